/** One flown flight: dense storage of its steps, and what can be asked of it at any time. */

import { geodesicInverse } from '../earth/geodesic.ts';
import type { RangeClass } from '../model/track.ts';
import { BOOST_CLASSES, type Boost, type Propulsion, stretchedBoost } from './boost.ts';
import { type Ending, flyBoost, flyCoast, type Pad, type Steering } from './motion.ts';
import { PathRecorder, type StateAt } from './path.ts';

/**
 * How it moves after its boost: falls freely; pulls up or glides (lift, so not ballistic); a satellite launch; a separated
 * body that never thrusts.
 */
export type Motion = 'ballistic' | 'pullUp' | 'glide' | 'spaceLaunch' | 'body';

/** A simulated flight. Times are seconds after launch; positions ECEF, m. */
export interface Flight {
  /**
   * [x y z vx vy vz], ECEF m and m/s, into `out`. Before the launch it stands on the pad; after the impact
   * it lies where it fell.
   */
  stateAt(tS: number, out: Float64Array): void;
  thrusting(tS: number): boolean;
  readonly motion: Motion;
  readonly flightTimeS: number;
  readonly burnTimeS: number;
  /** Greatest height above the ellipsoid, and when. */
  readonly apogeeKm: number;
  readonly apogeeTimeS: number;
  /** Geodesic from launch to impact. */
  readonly rangeKm: number;
  readonly bearingDeg: number;
  readonly launch: { readonly latitudeDeg: number; readonly longitudeDeg: number; readonly heightM: number };
  readonly impact: { readonly latitudeDeg: number; readonly longitudeDeg: number };
  /** It stays up: `impact` is then the point below it at the end of what is followed. */
  readonly inOrbit?: true;
  /** Speed over the turning Earth at the last burnout. */
  readonly burnoutSpeedMps: number;
  readonly rangeClass: RangeClass;
  readonly stages: readonly { readonly burnoutS: number }[];
}

/** Where each try of the fit writes its steps. */
const recorder = new PathRecorder();

/** Everything that says how a vehicle is flown. */
export interface FlightPlan {
  latitudeDeg: number;
  longitudeDeg: number;
  heightM: number;
  rangeClass: RangeClass;
  /** Factor on the burn times of the class. */
  stretch: number;
  steering: Steering;
  /** Solid or liquid; liquid if left out. */
  propulsion?: Propulsion;
  /** A failure: thrust ends then, s after launch. */
  thrustEndsS?: number;
}

/** What a try came to. Its steps lie in the recorder until the next try. */
export interface Flown {
  ending: Ending;
  apogeeM: number;
  apogeeTimeS: number;
  impactTimeS: number;
  impact: { latitudeDeg: number; longitudeDeg: number };
  burnoutSpeedMps: number;
}

/** The times of a plan's boost: those of the class, or until a failure ends it. */
function boostOf(plan: FlightPlan): Boost {
  return stretchedBoost(plan.rangeClass, plan.stretch, plan.propulsion);
}

/** Flies a plan. The steps stay in a recorder that the next call overwrites; {@link keep} copies them. */
export function fly(plan: FlightPlan, pad: Pad): Flown {
  const boost = boostOf(plan);
  const y = new Float64Array(6);
  recorder.reset(plan.heightM);
  const endS = Math.min(boost.burnTimeS, plan.thrustEndsS ?? boost.burnTimeS);
  const early = flyBoost(pad, boost, plan.steering, y, recorder.store, endS);
  const burnoutSpeedMps = Math.hypot(y[3], y[4], y[5]);
  const ending = early ?? flyCoast(coastKgM2(plan, boost, endS), endS, y, recorder.store);
  const { apogeeM, apogeeTimeS } = recorder;
  if (ending !== 'impact') {
    const impact = { latitudeDeg: 0, longitudeDeg: 0 };
    return { ending, apogeeM, apogeeTimeS, impactTimeS: 0, impact, burnoutSpeedMps };
  }
  const { timeS, ...impact } = recorder.ground();
  return { ending, apogeeM, apogeeTimeS, impactTimeS: timeS, impact, burnoutSpeedMps };
}

/** Mass over cross-section of what flies on: what is to come down, or after a failure the whole stack as it is then. */
function coastKgM2(plan: FlightPlan, boost: Boost, endS: number): number {
  if (endS >= boost.burnTimeS) return BOOST_CLASSES[plan.rangeClass].reentryKgM2;
  const now = new Float64Array(2);
  boost.at(boost.stageAfter(endS), endS, now);
  return now[1];
}

/** Makes a {@link Flight} of the last {@link fly}, which was of this plan. */
export function keep(plan: FlightPlan, pad: Pad, flown: Flown): Flight {
  const boost = boostOf(plan);
  const burnTimeS = Math.min(boost.burnTimeS, plan.thrustEndsS ?? boost.burnTimeS);
  const { latitudeDeg, longitudeDeg, heightM } = plan;
  const path = recorder.path();
  return {
    motion: 'ballistic',
    stateAt: standing(pad.position, flown.impactTimeS, path),
    thrusting: (tS) => tS >= 0 && tS < burnTimeS,
    flightTimeS: flown.impactTimeS,
    burnTimeS,
    apogeeKm: flown.apogeeM / 1000,
    apogeeTimeS: flown.apogeeTimeS,
    ...track(plan, flown.impact),
    launch: { latitudeDeg, longitudeDeg, heightM },
    impact: flown.impact,
    burnoutSpeedMps: flown.burnoutSpeedMps,
    rangeClass: plan.rangeClass,
    stages: boost.burnoutsS.filter((s) => s <= burnTimeS).map((burnoutS) => ({ burnoutS })),
  };
}

/** A path between the pad, where it stands before, and the ground, where it lies after `endS`. */
export function standing(pad: ArrayLike<number>, endS: number, path: StateAt): StateAt {
  return (tS, out) => {
    if (!(tS > 0)) {
      out.fill(0, 0, 6);
      out.set(pad);
      return;
    }
    path(Math.min(tS, endS), out);
    if (tS > endS) out.fill(0, 3, 6);
  };
}

/** Geodesic from the launch to the impact. */
export function track(
  from: { latitudeDeg: number; longitudeDeg: number },
  to: { latitudeDeg: number; longitudeDeg: number },
): { rangeKm: number; bearingDeg: number } {
  const g = geodesicInverse(from.latitudeDeg, from.longitudeDeg, to.latitudeDeg, to.longitudeDeg);
  return { rangeKm: g.distanceM / 1000, bearingDeg: (g.azimuth1Deg + 360) % 360 };
}
