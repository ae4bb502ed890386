/** What a tracker is told, and what it counts. */

export interface TrackerOptions {
  /** Track ids are prefix + number. */
  prefix?: string;
  /** How late a plot may come, s; 0: plots come in order. */
  windowS?: number;
  /** Bodies without drag: for arcs that are known to be computed in vacuum. */
  vacuum?: boolean;
  /** Density of false plots: radar per m rad^2, infrared per rad^2. */
  clutterRadar?: number;
  clutterInfrared?: number;
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
  initiated: number;
  confirmed: number;
  rollbacks: number;
  covarianceResets: number;
}
