/**
 * Generic boosts by range class: public textbook orders of magnitude for burn time, acceleration and mass
 * over cross-section, not a model of any missile. Public values behind them: Scud-type single stages burn
 * 60 to 90 s, medium-range single stages 95 to 115 s, intermediate-range ones 150 to 165 s; two- and
 * three-stage intercontinental ones 180 to 320 s (Wright and Kadyshev, Science & Global Security 4 (1994)
 * 129; Wilkening, Science & Global Security 12 (2004) 1; APS Study Group on Boost-Phase Intercept (2003)).
 *
 * One number fits a boost to a flight: all times are stretched by one factor, the accelerations stay the
 * class's own. Nothing is tuned to a launch.
 */
import { monotoneCubic } from '../earth/monotone.ts';
import type { RangeClass } from '../model/track.ts';

/** Standard gravity, m/s^2. */
const G0 = 9.80665;

export interface BoostStage {
  /** Burn time, s, before stretching. */
  burnS: number;
  /** Thrust acceleration at ignition and, of constant thrust, at burnout, in g: thrust on a mass that burns away. */
  startG: number;
  endG: number;
  /** Mass over reference cross-section at ignition, kg/m^2; it falls as the acceleration rises. */
  startKgM2: number;
}

export interface BoostClass {
  stages: readonly BoostStage[];
  /** Mass over reference cross-section of what flies on after burnout, kg/m^2. */
  reentryKgM2: number;
}

export const BOOST_CLASSES: Readonly<Record<RangeClass, BoostClass>> = {
  close: { stages: [{ burnS: 45, startG: 2.5, endG: 7, startKgM2: 7000 }], reentryKgM2: 700 },
  short: { stages: [{ burnS: 75, startG: 2.3, endG: 8, startKgM2: 9500 }], reentryKgM2: 700 },
  medium: { stages: [{ burnS: 110, startG: 2.1, endG: 10, startKgM2: 11000 }], reentryKgM2: 900 },
  intermediate: { stages: [{ burnS: 155, startG: 1.9, endG: 11, startKgM2: 15000 }], reentryKgM2: 1200 },
  intercontinental: {
    stages: [
      { burnS: 135, startG: 1.6, endG: 5, startKgM2: 20000 },
      { burnS: 175, startG: 1.45, endG: 9, startKgM2: 9000 },
    ],
    reentryKgM2: 1500,
  },
};

/** Fractions of the whole burn: end of the vertical rise, of the pitch-over, and of the hand-over to the gravity turn. */
export const RISE_END = 0.04;
export const PITCH_OVER_END = 0.25;
export const HAND_OVER_END = 0.33;

/** A boost stretched in time: what the equations of motion ask. */
export interface Boost {
  readonly burnTimeS: number;
  /** Burnout of each stage, s after launch. */
  readonly burnoutsS: readonly number[];
  /** Times between which the motion is smooth, ascending, the first 0, the last `burnTimeS`. */
  readonly cornersS: readonly number[];
  /** Thrust acceleration, m/s^2, and mass over cross-section, kg/m^2, within stage `stage`, into `out[0..1]`. */
  at(stage: number, tS: number, out: Float64Array): void;
  /** The stage that burns just after `tS`; -1 after the last burnout. */
  stageAfter(tS: number): number;
}

/**
 * Liquid: constant thrust. Solid: burns faster and harder, and its thrust falls off before burnout. Public orders of
 * magnitude (APS Study Group on Boost-Phase Intercept (2003): about 240 s for liquid and 170 to 180 s for solid
 * intercontinental boosts); the share of each below is an assumption that carries them over to the other classes.
 */
export type Propulsion = 'liquid' | 'solid';
const SOLID_BURN = 0.65;
const SOLID_START = 1.5;
const SOLID_END = 1.2;
/** Part of a solid stage's burn after which its thrust falls, and what is left of it at burnout. */
const TAIL_FROM = 0.85;
const TAIL_LEFT = 0.4;

/** The stages of a class. */
export function stagesOf(rangeClass: RangeClass, propulsion: Propulsion = 'liquid'): readonly BoostStage[] {
  const { stages } = BOOST_CLASSES[rangeClass];
  if (propulsion === 'liquid') return stages;
  return stages.map((s) => ({
    burnS: s.burnS * SOLID_BURN,
    startG: s.startG * SOLID_START,
    endG: s.endG * SOLID_END,
    startKgM2: s.startKgM2,
  }));
}

/** Thrust of a solid stage at part `b` of its burn, and its impulse to there, both over those of constant thrust. */
function tail(b: number): [thrust: number, impulse: number] {
  if (b <= TAIL_FROM) return [1, b];
  const slope = (1 - TAIL_LEFT) / (1 - TAIL_FROM);
  const d = b - TAIL_FROM;
  return [1 - slope * d, b - (slope * d * d) / 2];
}
const TAIL_IMPULSE = tail(1)[1];

export function stretchedBoost(
  rangeClass: RangeClass,
  stretch: number,
  propulsion: Propulsion = 'liquid',
): Boost {
  const stages = stagesOf(rangeClass, propulsion);
  const solid = propulsion === 'solid';
  const burnoutsS: number[] = [];
  const tails: number[] = [];
  let total = 0;
  for (const s of stages) {
    if (solid) tails.push(total + s.burnS * stretch * TAIL_FROM);
    total += s.burnS * stretch;
    burnoutsS.push(total);
  }
  const corners = [
    0,
    RISE_END * total,
    PITCH_OVER_END * total,
    HAND_OVER_END * total,
    ...tails,
    ...burnoutsS,
  ];
  return {
    burnTimeS: total,
    burnoutsS,
    cornersS: [...new Set(corners)].sort((a, b) => a - b),
    at(stage, tS, out) {
      const s = stages[stage];
      const startS = stage === 0 ? 0 : burnoutsS[stage - 1];
      const burnt = (tS - startS) / (burnoutsS[stage] - startS);
      const [thrust, impulse] = solid ? tail(burnt) : [1, burnt];
      // Mass falls with the impulse given: m(burnt) / m(0).
      const mass = 1 - (1 - s.startG / s.endG) * (solid ? impulse / TAIL_IMPULSE : burnt);
      out[0] = (s.startG * thrust * G0) / mass;
      out[1] = s.startKgM2 * mass;
    },
    stageAfter(tS) {
      return burnoutsS.findIndex((end) => tS < end);
    },
  };
}

/** Drag coefficient of a slender body of revolution over Mach number: generic, of the shape in any textbook. */
const DRAG = [
  [0, 0.24],
  [0.8, 0.25],
  [0.95, 0.34],
  [1.1, 0.43],
  [1.3, 0.42],
  [1.6, 0.37],
  [2, 0.32],
  [3, 0.25],
  [4, 0.22],
  [5, 0.2],
  [8, 0.18],
  [12, 0.17],
  [30, 0.17],
] as const;
const drag = monotoneCubic(DRAG);

/** Drag coefficient on the cross-section at a Mach number; smooth, so that the integrator meets no corners. */
export function dragCoefficient(mach: number): number {
  return drag(Math.min(mach, 30));
}
