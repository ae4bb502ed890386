/**
 * Motion models in ECEF, metres and seconds, each with its transition matrix and process noise.
 *
 * - ballistic-7: [x y z vx vy vz lnB], gravity GM + J2 to J4, Coriolis, centrifugal, and drag of the 1976
 *   atmosphere with the inverse ballistic coefficient B = Cd A / m, m^2/kg, as its logarithm. Above the air
 *   its first six components are the coast-6 model and the seventh is carried along.
 * - boost-9: [x y z vx vy vz ax ay az]; a is the acceleration that gravity does not explain (thrust less
 *   drag). Its direction is kept, its size grows as thrust on a mass that burns away makes it:
 *   da/dt = a^2 / c, c the effective exhaust velocity. White jerk covers the rest.
 *
 * Mean by Runge-Kutta of order 4 (J3 and J4: one value for a step); transition matrix to second order in the step at the step's middle.
 * Li and Jilkov, Survey of maneuvering target tracking II: ballistic target models, Proc. SPIE 4473 (2001).
 */
import { airInto } from '../earth/atmosphere.ts';
import { addHarmonics, freeAcceleration } from '../earth/gravity.ts';
import { EARTH_GM, EARTH_OMEGA, roughHeight } from '../earth/wgs84.ts';
import {
  coastStep,
  predictCovariance7,
  predictCovariance7Vacuum,
  predictCovariance9,
  predictCovariance9Free,
  thrustStep,
} from './kernels/kernels.gen.ts';

/** Above this height drag is left out: below 1e-4 m/s^2 at any speed here. */
export const AIR_TOP_M = 120e3;

/** Process noise and constants of the models. */
export const MODEL = {
  /**
   * White acceleration in vacuum, m^2/s^3. The model has J2 to J4, as what it is measured by has: what is left are rounding
   * and steps. (Real gravity beyond J4 is of the order 1e-4 m/s^2, and would want 1e-6.)
   */
  coastQ: 1e-9,
  /** Random part of the drag as a share of the drag, for a white acceleration of that size over 1 s. */
  dragShare: 0.005,
  /** Random walk of ln B in the air (Mach number, attitude, ablation), 1/s: a tenth over a re-entry. */
  lnBQ: 0.015 * 0.015,
  /** White jerk while boosting, m^2/s^5: with 5 % of the thrust wrong for seconds at a time the errors are still honest. */
  boostJerkQ: 0.5,
  /**
   * The same more where only lines of sight are known, as a share of (da/dt)^2, s: the growth of the thrust may be four
   * tenths off for ten seconds, which plots of the range would show at once.
   */
  growthQ: 3,
  /** Effective exhaust velocity less losses, m/s. */
  exhaustMps: 2800,
};

/** Transition matrix of the last ballistic step, 6 x 6, and its column for ln B. */
export const F6 = new Float64Array(36);
export const F6lnB = new Float64Array(6);
/** Drag deceleration at the middle of the last ballistic step, m/s^2. */
export let lastDrag = 0;

const air = new Float64Array(2);
const acc = new Float64Array(3);
const stage = new Float64Array(6);
const kv = new Float64Array(12);
const ka = new Float64Array(12);

/**
 * Drag coefficient of a slender body over Mach number, as a share of its hypersonic value: the transonic rise
 * that any textbook shows. What a given body has instead is left to the random walk of ln B.
 */
const MACH = [0, 0.8, 0.95, 1.1, 1.3, 1.6, 2, 3, 4, 5, 8, 12];
const SHAPE = [1.35, 1.4, 1.9, 2.4, 2.35, 2.1, 1.8, 1.42, 1.25, 1.15, 1.04, 1];
let shapeSlope = 0;

function dragShape(mach: number): number {
  let i = MACH.length - 1;
  if (mach >= MACH[i]) {
    shapeSlope = 0;
    return SHAPE[i];
  }
  i--;
  while (MACH[i] > mach) i--;
  shapeSlope = (SHAPE[i + 1] - SHAPE[i]) / (MACH[i + 1] - MACH[i]);
  return SHAPE[i] + shapeSlope * (mach - MACH[i]);
}

function ballisticAcceleration(y: Float64Array, b: number, out: Float64Array, o: number): void {
  freeAcceleration(y, 0, acc);
  out[o] = acc[0];
  out[o + 1] = acc[1];
  out[o + 2] = acc[2];
  if (b <= 0) return;
  const h = roughHeight(y[0], y[1], y[2]);
  if (h >= AIR_TOP_M) return;
  airInto(Math.max(h, -1000), air);
  const v = Math.sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5]);
  const f = 0.5 * air[0] * v * b * dragShape(v / air[1]);
  out[o] -= f * y[3];
  out[o + 1] -= f * y[4];
  out[o + 2] -= f * y[5];
}

function addGravityGradient(x: number, y: number, z: number): void {
  const r2 = x * x + y * y + z * z;
  const k = EARTH_GM / (r2 * Math.sqrt(r2));
  const t = (3 * k) / r2;
  const w2 = EARTH_OMEGA * EARTH_OMEGA;
  G[0] = t * x * x - k + w2;
  G[1] = t * x * y;
  G[2] = t * x * z;
  G[3] = G[1];
  G[4] = t * y * y - k + w2;
  G[5] = t * y * z;
  G[6] = G[2];
  G[7] = G[5];
  G[8] = t * z * z - k;
}
/** Gradient of the acceleration over position and over velocity at the middle of a step. */
const G = new Float64Array(9);
const W = new Float64Array(9);

/**
 * One Runge-Kutta step of the ballistic model: `s[xo..xo+5]` in place, drag with B = `b` (0: none). With
 * `jacobian` the transition goes to {@link F6} and {@link F6lnB}. A step may be negative.
 */
export function ballisticStep(s: Float64Array, xo: number, b: number, dt: number, jacobian: boolean): void {
  for (let i = 0; i < 6; i++) stage[i] = s[xo + i];
  for (let k = 0; k < 4; k++) {
    if (k > 0) {
      const h = k === 3 ? dt : 0.5 * dt;
      const p = 3 * (k - 1);
      for (let i = 0; i < 3; i++) {
        stage[i] = s[xo + i] + h * kv[p + i];
        stage[3 + i] = s[xo + 3 + i] + h * ka[p + i];
      }
    }
    kv[3 * k] = stage[3];
    kv[3 * k + 1] = stage[4];
    kv[3 * k + 2] = stage[5];
    ballisticAcceleration(stage, b, ka, 3 * k);
    if (k === 1 && jacobian) gradientAt(stage, b);
  }
  for (let i = 0; i < 3; i++) {
    s[xo + i] += (dt / 6) * (kv[i] + 2 * kv[3 + i] + 2 * kv[6 + i] + kv[9 + i]);
    s[xo + 3 + i] += (dt / 6) * (ka[i] + 2 * ka[3 + i] + 2 * ka[6 + i] + ka[9 + i]);
  }
  if (jacobian) transition(dt);
}

const dragVector = new Float64Array(3);

function gradientAt(y: Float64Array, b: number): void {
  addGravityGradient(y[0], y[1], y[2]);
  W.fill(0);
  W[1] = 2 * EARTH_OMEGA;
  W[3] = -2 * EARTH_OMEGA;
  dragVector.fill(0);
  lastDrag = 0;
  if (b <= 0) return;
  const h = roughHeight(y[0], y[1], y[2]);
  if (h >= AIR_TOP_M) return;
  airInto(h + 50, air);
  const above = air[0];
  airInto(Math.max(h, -1000), air);
  const rho = air[0];
  const v = Math.sqrt(y[3] * y[3] + y[4] * y[4] + y[5] * y[5]);
  const mach = v / air[1];
  const shape = dragShape(mach);
  const along = 1 + (mach * shapeSlope) / shape;
  const f = 0.5 * rho * b * shape;
  lastDrag = f * v * v;
  const slope = Math.log(above / rho) / 50;
  const r = Math.sqrt(y[0] * y[0] + y[1] * y[1] + y[2] * y[2]);
  for (let i = 0; i < 3; i++) {
    dragVector[i] = -f * v * y[3 + i];
    for (let j = 0; j < 3; j++) {
      W[3 * i + j] -= (f * along * y[3 + i] * y[3 + j]) / v;
      G[3 * i + j] += (dragVector[i] * slope * y[j]) / r;
    }
    W[4 * i] -= f * v;
  }
}

/** F = I + A dt + A^2 dt^2 / 2 of A = [0 I 0; G W d; 0 0 0]. */
function transition(dt: number): void {
  const h = 0.5 * dt * dt;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      const one = i === j ? 1 : 0;
      const g = G[3 * i + j];
      const w = W[3 * i + j];
      let wg = 0;
      let ww = 0;
      for (let k = 0; k < 3; k++) {
        wg += W[3 * i + k] * G[3 * k + j];
        ww += W[3 * i + k] * W[3 * k + j];
      }
      F6[6 * i + j] = one + g * h;
      F6[6 * i + 3 + j] = one * dt + w * h;
      F6[6 * (3 + i) + j] = g * dt + wg * h;
      F6[6 * (3 + i) + 3 + j] = one + w * dt + (g + ww) * h;
    }
    let wd = 0;
    for (let k = 0; k < 3; k++) wd += W[3 * i + k] * dragVector[k];
    F6lnB[i] = dragVector[i] * h;
    F6lnB[3 + i] = dragVector[i] * dt + wd * h;
  }
}

/** The longest step that keeps the errors below the noise at this height, s. */
export function ballisticStepLimit(heightM: number): number {
  if (heightM > AIR_TOP_M + 60e3) return 10;
  if (heightM > 90e3) return 4;
  return heightM > 50e3 ? 1 : 0.5;
}

/**
 * Predicts ballistic-7 over `dt` s (either sign; the noise grows with |dt|): mean `s[xo..xo+6]`, covariance
 * 7 x 7 at `s[po]`.
 */
export function predictBallistic(s: Float64Array, xo: number, po: number, dt: number): void {
  let rest = dt;
  while (rest !== 0) {
    const height = roughHeight(s[xo], s[xo + 1], s[xo + 2]);
    const limit = ballisticStepLimit(height);
    const step = rest > limit ? limit : Math.max(rest, -limit);
    rest = step === rest ? 0 : rest - step;
    const t = step < 0 ? -step : step;
    fallHarmonics(s, xo, step);
    if (height > VACUUM_HEIGHT) {
      coastStep(s, xo, step, true, F6);
      whiteAcceleration(MODEL.coastQ, step, t);
      predictCovariance7Vacuum(s, po, F6, noise);
      continue;
    }
    ballisticStep(s, xo, Math.exp(s[xo + 6]), step, true);
    const q = MODEL.coastQ + (MODEL.dragShare * lastDrag) ** 2;
    whiteAcceleration(q, step, t);
    noise[3] = lastDrag > 0 ? MODEL.lnBQ * t * Math.min(1, lastDrag) : 0;
    predictCovariance7(s, po, F6, F6lnB, noise);
  }
  if (dt > LONG_SILENCE_S) widenForBend(s, xo, po);
}

/** Without plots for longer than this, s, the spread may have grown until it bends. */
const LONG_SILENCE_S = 60;

/**
 * What the linear prediction leaves out after a long silence: places spread along the path by sigma lie on a curve, beside
 * its tangent by sigma^2 / 2r, and their velocities turn with it. The second moment of that, 3/4 (sigma^2 / r)^2, is added
 * on every axis; without it a track that was silent for an hour was 16 sigma too sure across its path (2022-03-24-lofted).
 */
function widenForBend(s: Float64Array, xo: number, po: number): void {
  const r = length3(s, xo);
  const v = length3(s, xo + 3);
  const beside = (s[po] + s[po + 8] + s[po + 16]) / r;
  const place = 0.75 * beside * beside;
  const turn = place * (v / r) ** 2;
  for (let i = 0; i < 3; i++) {
    s[po + 8 * i] += place;
    s[po + 8 * (i + 3)] += turn;
  }
}

/** One step of a ballistic state of seven, mean alone, with its transition in {@link F6} and {@link F6lnB}; `dt` within the limit. */
export function ballisticTransition(x: Float64Array, dt: number): void {
  if (roughHeight(x[0], x[1], x[2]) > VACUUM_HEIGHT) {
    coastStep(x, 0, dt, true, F6);
    F6lnB.fill(0);
  } else ballisticStep(x, 0, Math.exp(x[6]), dt, true);
}

/** What the kernels of the covariances take besides the transition. */
const noise = new Float64Array(8);

/** Noise of a white acceleration of density q over a step of length t. */
function whiteAcceleration(q: number, step: number, t: number): void {
  noise[0] = (q * t * t * t) / 3;
  noise[1] = (q * t * step) / 2;
  noise[2] = q * t;
}

/**
 * What J3 and J4 do to a free body, `s[xo..xo+5]` in place, in a step of either sign: less than 1e-4 m/s^2, so that it is
 * the same all along a step of {@link ballisticStepLimit}. To be called before the step.
 */
export function fallHarmonics(s: Float64Array, xo: number, dt: number): void {
  acc[0] = 0;
  acc[1] = 0;
  acc[2] = 0;
  addHarmonics(s, xo, acc);
  for (let i = 0; i < 3; i++) {
    s[xo + i] += 0.5 * acc[i] * dt * dt;
    s[xo + 3 + i] += acc[i] * dt;
  }
}

/** From this height no step of {@link ballisticStepLimit} reaches the air, m. */
const VACUUM_HEIGHT = AIR_TOP_M + 100e3;

/**
 * Predicts lift-9 over `dt` s (not negative): the ballistic body with drag of a known inverse ballistic coefficient
 * `b`, and an acceleration besides, [x y z vx vy vz ax ay az], that wanders with white jerk of density `q`, m^2/s^5.
 */
export function predictLift(s: Float64Array, xo: number, po: number, dt: number, b: number, q: number): void {
  let rest = dt;
  while (rest > 0) {
    const step = Math.min(rest, ballisticStepLimit(roughHeight(s[xo], s[xo + 1], s[xo + 2])));
    rest -= step;
    fallHarmonics(s, xo, step);
    liftStep(s, xo, po, step, q, b);
  }
}

/** Longest step of the boost model, s. */
const BOOST_STEP = 2;
/** How the last boost step turned and grew the acceleration, 3 x 3. */
export const E3 = new Float64Array(9);

/**
 * Predicts boost-9 over `dt` s (either sign): mean `s[xo..xo+8]`, covariance 9 x 9 at `s[po]`, with white jerk
 * of density `q`, m^2/s^5.
 */
export function predictBoost(
  s: Float64Array,
  xo: number,
  po: number,
  dt: number,
  q = MODEL.boostJerkQ,
): void {
  const steps = Math.max(1, Math.ceil(Math.abs(dt) / BOOST_STEP));
  for (let i = 0; i < steps && dt !== 0; i++) boostStep(s, xo, po, dt / steps, q);
}

/** White jerk of the boost state at `s[xo]` of which only lines of sight are known, m^2/s^5. */
export function sightedJerkQ(s: Float64Array, xo: number): number {
  const a2 = s[xo + 6] ** 2 + s[xo + 7] ** 2 + s[xo + 8] ** 2;
  return MODEL.boostJerkQ + MODEL.growthQ * (a2 / MODEL.exhaustMps) ** 2;
}

/** {@link predictBoost} of that. */
export function predictSighted(s: Float64Array, xo: number, po: number, dt: number): void {
  predictBoost(s, xo, po, dt, sightedJerkQ(s, xo));
}

/** Factor by which a thrust acceleration of size `a` has grown after `dt`. */
function thrustGrowth(a: number, dt: number): number {
  if (dt > 0 && a > MAX_THRUST) return 1;
  const burnt = (a * dt) / MODEL.exhaustMps;
  return burnt > 0.5 ? 2 : 1 / (1 - burnt);
}
/** No stage is predicted to push harder, m/s^2. */
const MAX_THRUST = 150;

/** Length of three components; `hypot` takes ten times as long. */
function length3(s: Float64Array, o: number): number {
  return Math.sqrt(s[o] * s[o] + s[o + 1] * s[o + 1] + s[o + 2] * s[o + 2]);
}

/** One step of boost-9: its acceleration holds the drag and grows as thrust does. */
function boostStep(s: Float64Array, xo: number, po: number, dt: number, q: number): void {
  const a = length3(s, xo + 6);
  const full = thrustGrowth(a, dt);
  const turn = a > 0 ? (full * full - full) / (a * a) : 0;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) E3[3 * i + j] = turn * s[xo + 6 + i] * s[xo + 6 + j];
    E3[4 * i] += full;
  }
  lastDrag = 0;
  growth[0] = dt;
  growth[1] = thrustGrowth(a, 0.5 * dt);
  growth[2] = full;
  thrustStep(s, xo, growth, F6);
  whiteJerk(q, dt);
  predictCovariance9Free(s, po, F6, E3, noise);
}
const growth = new Float64Array(3);

/** One step of lift-9, drag with B = `b`. */
function liftStep(s: Float64Array, xo: number, po: number, dt: number, q: number, b: number): void {
  for (let i = 0; i < 6; i++) stage[i] = s[xo + i];
  for (let k = 0; k < 4; k++) {
    if (k > 0) {
      const h = k === 3 ? dt : 0.5 * dt;
      const p = 3 * (k - 1);
      for (let i = 0; i < 3; i++) {
        stage[i] = s[xo + i] + h * kv[p + i];
        stage[3 + i] = s[xo + 3 + i] + h * ka[p + i];
      }
    }
    ballisticAcceleration(stage, b, ka, 3 * k);
    for (let i = 0; i < 3; i++) {
      kv[3 * k + i] = stage[3 + i];
      ka[3 * k + i] += s[xo + 6 + i];
    }
    if (k === 1) gradientAt(stage, b);
  }
  transition(dt);
  for (let i = 0; i < 9; i++) E3[i] = i % 4 === 0 ? 1 : 0;
  for (let i = 0; i < 3; i++) {
    s[xo + i] += (dt / 6) * (kv[i] + 2 * kv[3 + i] + 2 * kv[6 + i] + kv[9 + i]);
    s[xo + 3 + i] += (dt / 6) * (ka[i] + 2 * ka[3 + i] + 2 * ka[6 + i] + ka[9 + i]);
  }
  whiteJerk(q, dt);
  predictCovariance9(s, po, F6, E3, noise);
}

/** Step and noise of a white jerk of density q; going back its sign stays in the odd powers, so that it is consistent. */
function whiteJerk(q: number, dt: number): void {
  const t = Math.abs(dt);
  const t3 = t * t * t;
  noise[0] = dt;
  noise[1] = 0.5 * dt * dt;
  noise[2] = (q * t3 * t * t) / 20;
  noise[3] = (q * dt * t3) / 8;
  noise[4] = (q * t3) / 6;
  noise[5] = (q * t3) / 3;
  noise[6] = (q * dt * t) / 2;
  noise[7] = q * t;
}
