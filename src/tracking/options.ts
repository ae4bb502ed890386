/** What a tracker is told, and what it counts. */

/**
 * What is done where more than one plot may be of a track. `gnn`: the best assignment is taken for true. `jpda`: all plots are
 * weighed by their probabilities. `auto`: the latter where false plots in the gate are to be expected, the former elsewhere.
 */
export type AssociationMethod = 'auto' | 'gnn' | 'jpda';

export interface TrackerOptions {
  /** Track ids are prefix + number. */
  prefix?: string;
  /** How late a plot may come, s; 0: plots come in order. */
  windowS?: number;
  /** Bodies without drag: for arcs that are known to be computed in vacuum. */
  vacuum?: boolean;
  /** What is done about biases that the sensors' descriptions state: estimated (if left out), or only considered in what is told. */
  biases?: 'estimate' | 'consider';
  /** Density of false plots: radar per m rad^2, infrared per rad^2. */
  clutterRadar?: number;
  clutterInfrared?: number;
  association?: AssociationMethod;
}

/** Why a plot was refused. */
export const REFUSALS = [
  'unknownSensor',
  'wrongKind',
  'notFinite',
  'impossible',
  'noPosition',
  'late',
  'future',
] as const;
export type Refusal = (typeof REFUSALS)[number];

export interface TrackerCounts {
  plots: number;
  refused: Record<Refusal, number>;
  /** Plots that fed a track, confirmed or not; and those that started one. */
  associated: number;
  /** Of those, updates by several plots with their probabilities. */
  jointly: number;
  initiated: number;
  confirmed: number;
  rollbacks: number;
  covarianceResets: number;
  /** Tracks held for aircraft and kept to itself, and tracks ended because their state made no sense any more. */
  aircraft: number;
  astray: number;
}

/** How a sensor's plots agree with the tracks they feed: needs no truth, so it is known live. */
export interface SensorHealth {
  sensor: string;
  /** Plots judged: those that fed a confirmed track which is ballistic beyond doubt. */
  judged: number;
  /** Mean NIS per component over about the last {@link NIS_ALARM.plots} of them; 1 if sensor and filter are as stated. */
  nis: number;
  /** True while that mean is outside what chance gives (too far off, or nearer than the stated errors allow), or a bias is far beyond what is stated. */
  alarm: boolean;
  /** What is known of its constant error, by component; undefined if its description states none. */
  bias?: BiasEstimate[];
}

/** A component of a sensor's constant error: its estimate, one standard deviation of it now, and as first stated. m or rad. */
export interface BiasEstimate {
  component: BiasComponent;
  value: number;
  sigma: number;
  stated: number;
}

/** `placeX` to `placeZ`: of what a moving radar says of its own place, ECEF. */
export type BiasComponent =
  | 'range'
  | 'azimuth'
  | 'elevation'
  | 'placeX'
  | 'placeY'
  | 'placeZ'
  | 'acrossEast'
  | 'acrossNorth';

/**
 * The alarm: the mean's chance spread over so many plots of three components is sqrt(2 / (3 * plots)) = 0.115;
 * it takes five of them, for what the sites' stated biases do is no fault.
 */
export const NIS_ALARM = { plots: 50, above: 1.6, below: 0.4, bias: 4 } as const;
