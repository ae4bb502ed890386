/** One flown flight: dense storage of its steps, and what can be asked of it at any time. */

import { geodesicInverse } from '../earth/geodesic.ts';
import { DEG, ecefHeight, ecefToGeodetic } from '../earth/wgs84.ts';
import type { RangeClass } from '../model/track.ts';
import { BOOST_CLASSES, stretchedBoost } from './boost.ts';
import type { OnStep } from './integrate.ts';
import { type Ending, flyBoost, flyCoast, type Pad, type Steering } from './motion.ts';

/** A simulated ballistic flight. Times are seconds after launch; positions ECEF, m. */
export interface Flight {
  /**
   * [x y z vx vy vz], ECEF m and m/s, into `out`. Before the launch it stands on the pad; after the impact
   * it lies where it fell.
   */
  stateAt(tS: number, out: Float64Array): void;
  thrusting(tS: number): boolean;
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
  /** Speed over the turning Earth at the last burnout. */
  readonly burnoutSpeedMps: number;
  readonly rangeClass: RangeClass;
  readonly stages: readonly { readonly burnoutS: number }[];
}

/** Numbers stored for one step: its times, then at each end position, velocity and acceleration. */
const STRIDE = 20;

/** Where one try of the fit writes its steps; kept from try to try. */
let scratch = new Float64Array(STRIDE * 1024);

/** Everything that says how a vehicle is flown. */
export interface FlightPlan {
  latitudeDeg: number;
  longitudeDeg: number;
  heightM: number;
  rangeClass: RangeClass;
  /** Factor on the burn times of the class. */
  stretch: number;
  steering: Steering;
}

/** What a try came to. Steps lie in the shared scratch until the next try. */
export interface Flown {
  ending: Ending;
  steps: number;
  apogeeM: number;
  apogeeTimeS: number;
  impactTimeS: number;
  impact: { latitudeDeg: number; longitudeDeg: number };
  burnoutSpeedMps: number;
}

const at = new Float64Array(6);

/** Position and velocity within stored step `i` by the quintic through both ends: millimetres beside the integration. */
function interpolate(steps: Float64Array, i: number, tS: number, out: Float64Array): void {
  const o = i * STRIDE;
  const h = steps[o + 1] - steps[o];
  const s = (tS - steps[o]) / h;
  for (let c = 0; c < 3; c++) {
    const p0 = steps[o + 2 + c];
    const v0 = steps[o + 5 + c] * h;
    const a0 = steps[o + 8 + c] * h * h;
    const d = steps[o + 11 + c] - p0;
    const v1 = steps[o + 14 + c] * h;
    const a1 = steps[o + 17 + c] * h * h;
    const c3 = 10 * d - 6 * v0 - 4 * v1 - 1.5 * a0 + 0.5 * a1;
    const c4 = -15 * d + 8 * v0 + 7 * v1 + 1.5 * a0 - a1;
    const c5 = 6 * d - 3 * v0 - 3 * v1 - 0.5 * a0 + 0.5 * a1;
    out[c] = p0 + s * (v0 + s * (a0 / 2 + s * (c3 + s * (c4 + s * c5))));
    out[c + 3] = (v0 + s * (a0 + s * (3 * c3 + s * (4 * c4 + s * 5 * c5)))) / h;
  }
}

function climbRate(y: Float64Array): number {
  const g = ecefToGeodetic(y[0], y[1], y[2]);
  const c = Math.cos(g.latitudeRad);
  return (
    c * (Math.cos(g.longitudeRad) * y[3] + Math.sin(g.longitudeRad) * y[4]) + Math.sin(g.latitudeRad) * y[5]
  );
}

/** The time in [a, b] at which `f` changes from positive to not positive, to a microsecond. */
function crossing(f: (t: number) => number, a: number, b: number): number {
  let lo = a;
  let hi = b;
  for (let i = 0; i < 60 && hi - lo > 1e-7; i++) {
    const mid = (lo + hi) / 2;
    if (f(mid) > 0) lo = mid;
    else hi = mid;
  }
  return (lo + hi) / 2;
}

/** Flies a plan. The steps stay in a scratch that the next call overwrites; {@link keep} copies them. */
export function fly(plan: FlightPlan, pad: Pad): Flown {
  const boost = stretchedBoost(plan.rangeClass, plan.stretch);
  const y = new Float64Array(6);
  let steps = 0;
  let apogeeM = plan.heightM;
  let apogeeTimeS = 0;
  let climbing = 0;
  const store: OnStep = (t0, y0, d0, t1, y1, d1) => {
    const o = steps * STRIDE;
    if (o + STRIDE > scratch.length) {
      const grown = new Float64Array(scratch.length * 2);
      grown.set(scratch);
      scratch = grown;
    }
    scratch[o] = t0;
    scratch[o + 1] = t1;
    for (let i = 0; i < 6; i++) {
      scratch[o + 2 + i] = y0[i];
      scratch[o + 11 + i] = y1[i];
    }
    for (let i = 0; i < 3; i++) {
      scratch[o + 8 + i] = d0[3 + i];
      scratch[o + 17 + i] = d1[3 + i];
    }
    const step = steps++;
    const rate = climbRate(y1);
    if (rate <= 0 && climbing > 0) {
      const t = crossing(
        (time) => {
          interpolate(scratch, step, time, at);
          return climbRate(at);
        },
        t0,
        t1,
      );
      interpolate(scratch, step, t, at);
      const height = ecefHeight(at[0], at[1], at[2]);
      if (height > apogeeM) {
        apogeeM = height;
        apogeeTimeS = t;
      }
    }
    climbing = rate;
    return false;
  };
  const none = { latitudeDeg: 0, longitudeDeg: 0 };
  const early = flyBoost(pad, boost, plan.steering, y, store);
  const burnoutSpeedMps = Math.hypot(y[3], y[4], y[5]);
  const ending = early ?? flyCoast(BOOST_CLASSES[plan.rangeClass].reentryKgM2, boost.burnTimeS, y, store);
  if (ending !== 'impact') {
    return { ending, steps, apogeeM, apogeeTimeS, impactTimeS: 0, impact: none, burnoutSpeedMps };
  }
  const last = steps - 1;
  const impactTimeS = crossing(
    (time) => {
      interpolate(scratch, last, time, at);
      return ecefHeight(at[0], at[1], at[2]);
    },
    scratch[last * STRIDE],
    scratch[last * STRIDE + 1],
  );
  interpolate(scratch, last, impactTimeS, at);
  const g = ecefToGeodetic(at[0], at[1], at[2]);
  const impact = { latitudeDeg: g.latitudeRad / DEG, longitudeDeg: g.longitudeRad / DEG };
  return { ending, steps, apogeeM, apogeeTimeS, impactTimeS, impact, burnoutSpeedMps };
}

/** Makes a {@link Flight} of the last {@link fly}, which was of this plan. */
export function keep(plan: FlightPlan, pad: Pad, flown: Flown): Flight {
  const steps = scratch.slice(0, flown.steps * STRIDE);
  const boost = stretchedBoost(plan.rangeClass, plan.stretch);
  const { latitudeDeg, longitudeDeg, heightM } = plan;
  const ground = geodesicInverse(
    latitudeDeg,
    longitudeDeg,
    flown.impact.latitudeDeg,
    flown.impact.longitudeDeg,
  );
  const count = flown.steps;
  /** The step found last: questions mostly come in order of time. */
  let hint = 0;
  return {
    stateAt(tS, out) {
      if (!(tS > 0)) {
        out.fill(0, 0, 6);
        out.set(pad.position);
        return;
      }
      const t = Math.min(tS, flown.impactTimeS);
      if (t < steps[hint * STRIDE] || t > steps[hint * STRIDE + 1]) {
        let lo = 0;
        let hi = count - 1;
        while (lo < hi) {
          const mid = (lo + hi) >> 1;
          if (steps[mid * STRIDE + 1] < t) lo = mid + 1;
          else hi = mid;
        }
        hint = lo;
      }
      interpolate(steps, hint, t, out);
      if (tS > flown.impactTimeS) out.fill(0, 3, 6);
    },
    thrusting: (tS) => tS >= 0 && tS < boost.burnTimeS,
    flightTimeS: flown.impactTimeS,
    burnTimeS: boost.burnTimeS,
    apogeeKm: flown.apogeeM / 1000,
    apogeeTimeS: flown.apogeeTimeS,
    rangeKm: ground.distanceM / 1000,
    bearingDeg: (ground.azimuth1Deg + 360) % 360,
    launch: { latitudeDeg, longitudeDeg, heightM },
    impact: flown.impact,
    burnoutSpeedMps: flown.burnoutSpeedMps,
    rangeClass: plan.rangeClass,
    stages: boost.burnoutsS.map((burnoutS) => ({ burnoutS })),
  };
}
