/**
 * The motion of a point mass from the pad to the ground on the rotating Earth: gravity with J2 to J4, Coriolis and
 * centrifugal terms, drag of the 1976 atmosphere that turns with the Earth, and a boost that rises
 * vertically, pitches over in one plane and then follows its own velocity (a gravity turn).
 */
import { airInto } from '../earth/atmosphere.ts';
import { freeAccelerationJ4 } from '../earth/gravity.ts';
import { ecefHeight, ecefToGeodetic, roughHeight } from '../earth/wgs84.ts';
import { type Boost, dragCoefficient, HAND_OVER_END, PITCH_OVER_END, RISE_END } from './boost.ts';
import { type Derivative, integrate, type OnStep, type StepControl } from './integrate.ts';

/** Where a flight starts and how: ECEF position m, and unit vectors east, north, up there (nine numbers by rows). */
export interface Pad {
  position: Float64Array;
  enu: Float64Array;
}

/** How the boost is steered: the tilt from the vertical at the end of the pitch-over, rad, as a vector east and north. */
export interface Steering {
  tiltEastRad: number;
  tiltNorthRad: number;
}

/** Above this height the air is left out: there it brakes by less than 1e-5 m/s^2. */
const AIR_TOP = 160e3;

const air = new Float64Array(2);
const push = new Float64Array(2);

function addDrag(y: Float64Array, dy: Float64Array, massKgM2: number): void {
  const h = roughHeight(y[0], y[1], y[2]);
  if (h > AIR_TOP) return;
  airInto(Math.max(h, -2000), air);
  const v = Math.sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5]);
  const f = (0.5 * air[0] * v * dragCoefficient(v / air[1])) / massKgM2;
  dy[3] -= f * y[3];
  dy[4] -= f * y[4];
  dy[5] -= f * y[5];
}

const acceleration = new Float64Array(3);

function free(y: Float64Array, dy: Float64Array): void {
  freeAccelerationJ4(y, 0, acceleration);
  dy[0] = y[3];
  dy[1] = y[4];
  dy[2] = y[5];
  dy[3] = acceleration[0];
  dy[4] = acceleration[1];
  dy[5] = acceleration[2];
}

/** The derivative under the thrust of one stage. */
export function boostDerivative(pad: Pad, boost: Boost, steering: Steering, stage: number): Derivative {
  const { enu } = pad;
  const tilt = Math.hypot(steering.tiltEastRad, steering.tiltNorthRad);
  const east = tilt > 0 ? steering.tiltEastRad / tilt : 0;
  const north = tilt > 0 ? steering.tiltNorthRad / tilt : 1;
  const riseEnd = RISE_END * boost.burnTimeS;
  const pitchEnd = PITCH_OVER_END * boost.burnTimeS;
  const handOverEnd = HAND_OVER_END * boost.burnTimeS;
  return (t, y, dy) => {
    free(y, dy);
    boost.at(stage, t, push);
    let ux = 0;
    let uy = 0;
    let uz = 0;
    let follow = 1;
    if (t < handOverEnd) {
      follow = smooth((t - pitchEnd) / (handOverEnd - pitchEnd));
      const angle = tilt * smooth((t - riseEnd) / (pitchEnd - riseEnd));
      const e = Math.sin(angle) * east;
      const n = Math.sin(angle) * north;
      const u = Math.cos(angle);
      ux = enu[0] * e + enu[3] * n + enu[6] * u;
      uy = enu[1] * e + enu[4] * n + enu[7] * u;
      uz = enu[2] * e + enu[5] * n + enu[8] * u;
    }
    const v = Math.sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5]);
    if (follow > 0 && v > 0) {
      const rest = 1 - follow;
      ux = rest * ux + (follow * y[3]) / v;
      uy = rest * uy + (follow * y[4]) / v;
      uz = rest * uz + (follow * y[5]) / v;
    }
    const a = push[0] / Math.sqrt(ux * ux + uy * uy + uz * uz);
    const mass = push[1];
    dy[3] += a * ux;
    dy[4] += a * uy;
    dy[5] += a * uz;
    addDrag(y, dy, mass);
  };
}

/** The derivative without thrust. */
export function coastDerivative(massKgM2: number): Derivative {
  return (_t, y, dy) => {
    free(y, dy);
    addDrag(y, dy, massKgM2);
  };
}

/** 0 below 0, 1 above 1, a cubic with level ends between. */
function smooth(x: number): number {
  return x <= 0 ? 0 : x >= 1 ? 1 : x * x * (3 - 2 * x);
}

/** No flight here lasts longer, s. */
const MAX_FLIGHT_S = 8 * 3600;

// Tight: an error of a millimetre a second at burnout is metres at the impact of a long flight.
const BOOST_STEPS: StepControl = { toleranceM: 1e-5, firstStepS: 0.05, maxStepS: 2, maxSteps: 5000 };
const COAST_STEPS: StepControl = { toleranceM: 0.01, firstStepS: 0.5, maxStepS: 60, maxSteps: 6000 };

export type Ending = 'impact' | 'groundedInBoost' | 'noReturn' | 'failed';

/** Integrates the boost alone, to its end or to `endS` before; `y` becomes the state then. */
export function flyBoost(
  pad: Pad,
  boost: Boost,
  steering: Steering,
  y: Float64Array,
  onStep: OnStep,
  endS = boost.burnTimeS,
): Ending | undefined {
  y.fill(0);
  y.set(pad.position);
  const padHeight = ecefHeight(y[0], y[1], y[2]);
  let grounded = false;
  const watch: OnStep = (t0, y0, d0, t1, y1, d1) => {
    onStep(t0, y0, d0, t1, y1, d1);
    grounded = roughHeight(y1[0], y1[1], y1[2]) < padHeight - 100;
    return grounded;
  };
  const corners = boost.cornersS;
  for (let i = 0; i + 1 < corners.length && corners[i] < endS; i++) {
    const stage = boost.stageAfter(corners[i]);
    const done = integrate(
      boostDerivative(pad, boost, steering, stage),
      corners[i],
      Math.min(endS, corners[i + 1]),
      y,
      BOOST_STEPS,
      watch,
    );
    if (!done) return 'failed';
    if (grounded) return 'groundedInBoost';
  }
  return undefined;
}

/**
 * Integrates the coast from `fromS` to below the ground, at the latest to `untilS`; the last step handed on crosses
 * height 0 if it lands.
 */
export function flyCoast(
  massKgM2: number,
  fromS: number,
  y: Float64Array,
  onStep: OnStep,
  untilS = MAX_FLIGHT_S,
): Ending {
  let landed = false;
  const watch: OnStep = (t0, y0, d0, t1, y1, d1) => {
    onStep(t0, y0, d0, t1, y1, d1);
    landed = roughHeight(y1[0], y1[1], y1[2]) < 1000 && ecefToGeodetic(y1[0], y1[1], y1[2]).heightM <= 0;
    return landed;
  };
  const done = integrate(coastDerivative(massKgM2), fromS, untilS, y, COAST_STEPS, watch);
  if (!done) return 'failed';
  return landed ? 'impact' : 'noReturn';
}
