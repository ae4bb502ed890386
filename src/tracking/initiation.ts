/** The first state of a track: from one radar plot with a wide velocity, or from two lines of sight that meet. */
import { roughHeight } from '../earth/wgs84.ts';
import { PRIOR_LNB, PRIOR_LNB_SIGMA } from './bank.ts';
import { invertSpd } from './linear.ts';
import { type Look, linearise, radarPoint } from './measurement.ts';
import { FIRST, MAX_HEIGHT, MU_B, PB, PC, PLOTS, TIME, XB, XC } from './slab.ts';

export const START = {
  /** Spread of each velocity component before anything is known of it, m/s. */
  velocitySigma: 3000,
  /** Spread of each component of an unknown thrust acceleration, m/s^2. */
  thrustSigma: 30,
  /** Low down it is a young boost most of the time: up, at little more than one g net of drag. */
  lowHeight: 40e3,
  lowThrust: 13,
  lowThrustSigma: 13,
  /** What infrared sensors see burns: up, and at more than it had at the pad. */
  sightedThrust: 20,
  sightedThrustSigma: 30,
  /** ln of the inverse ballistic coefficient at hypersonic speed, m^2/kg, and its spread: those of the bank's prior. */
  lnB: PRIOR_LNB,
  lnBSigma: PRIOR_LNB_SIGMA,
  /** Probability of boost before anything is known, and low down. */
  boost: 0.5,
  lowBoost: 0.95,
};

const point = new Float64Array(6);
const covariance = new Float64Array(36);

function seed(s: Float64Array, timeUs: number, plots: number, vacuum: boolean): void {
  for (let i = 0; i < 6; i++) {
    s[XB + i] = point[i];
    s[XC + i] = point[i];
    for (let j = 0; j < 6; j++) {
      s[PB + 9 * i + j] = covariance[6 * i + j];
      s[PC + 7 * i + j] = covariance[6 * i + j];
    }
  }
  const low = roughHeight(point[0], point[1], point[2]) < START.lowHeight;
  const r = Math.hypot(point[0], point[1], point[2]);
  for (let i = 0; i < 3; i++) {
    s[XB + 6 + i] = low ? (START.lowThrust * point[i]) / r : 0;
    s[PB + 10 * (6 + i)] = (low ? START.lowThrustSigma : START.thrustSigma) ** 2;
  }
  s[XC + 6] = vacuum ? NO_DRAG : START.lnB;
  s[PC + 48] = vacuum ? 1e-12 : START.lnBSigma ** 2;
  s[MU_B] = low ? START.lowBoost : START.boost;
  s[TIME] = timeUs;
  s[FIRST] = timeUs;
  s[PLOTS] = plots;
  s[MAX_HEIGHT] = -1e9;
}

/** ln B of a body that the air does not brake. */
export const NO_DRAG = -60;

/** One radar plot: the point with its errors; a measured range rate narrows the velocity. */
export function startFromRadar(s: Float64Array, look: Look, timeUs: number, vacuum: boolean): void {
  point.fill(0);
  radarPoint(look, point);
  linearise(look, point, 0);
  covariance.fill(0);
  const h = look.jacobian;
  // The three rows are orthogonal, so the inverse of the Jacobian has its columns h_k / |h_k|^2.
  for (let k = 0; k < 3; k++) {
    const n2 = h[6 * k] ** 2 + h[6 * k + 1] ** 2 + h[6 * k + 2] ** 2;
    const f = look.variances[k] / (n2 * n2);
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++) covariance[6 * i + j] += f * h[6 * k + i] * h[6 * k + j];
  }
  const v2 = START.velocitySigma ** 2;
  for (let i = 3; i < 6; i++) covariance[7 * i] = v2;
  if (look.rows === 4) {
    for (let i = 0; i < 3; i++) {
      point[3 + i] = look.measured[3] * h[i];
      for (let j = 0; j < 3; j++) covariance[6 * (3 + i) + 3 + j] += (look.variances[3] - v2) * h[i] * h[j];
    }
  }
  seed(s, timeUs, 1, vacuum);
}

/** Where two lines of sight pass each other: miss distance and its spread, distances along them, m. */
export interface Meeting {
  missM: number;
  sigmaM: number;
  alongA: number;
  alongB: number;
}

export function meeting(a: Look, b: Look, gapS: number): Meeting | undefined {
  const wx = b.origin[0] - a.origin[0];
  const wy = b.origin[1] - a.origin[1];
  const wz = b.origin[2] - a.origin[2];
  const c = a.axes[0] * b.axes[0] + a.axes[1] * b.axes[1] + a.axes[2] * b.axes[2];
  const sin2 = 1 - c * c;
  if (sin2 < 1e-6) return undefined;
  const wa = wx * a.axes[0] + wy * a.axes[1] + wz * a.axes[2];
  const wb = wx * b.axes[0] + wy * b.axes[1] + wz * b.axes[2];
  const alongA = (wa - c * wb) / sin2;
  const alongB = (c * wa - wb) / sin2;
  if (alongA <= 0 || alongB <= 0) return undefined;
  let miss2 = 0;
  for (let i = 0; i < 3; i++) {
    const d = b.origin[i] + alongB * b.axes[i] - a.origin[i] - alongA * a.axes[i];
    miss2 += d * d;
  }
  const sigma2 =
    a.variances[0] * alongA * alongA + b.variances[0] * alongB * alongB + (TRAVEL_MPS * gapS) ** 2;
  return { missM: Math.sqrt(miss2), sigmaM: Math.sqrt(sigma2), alongA, alongB };
}

/** Motion across the lines between two looks, one sigma, m/s. */
const TRAVEL_MPS = 2000;

/**
 * Two lines of sight, `a` at the track's time, `b` `gapS` earlier or at the same time: the point that fits
 * both best. False if they do not fix a point.
 */
export function startFromLines(
  s: Float64Array,
  a: Look,
  b: Look,
  timeUs: number,
  gapS: number,
  vacuum: boolean,
): boolean {
  const m = meeting(a, b, gapS);
  if (!m) return false;
  const info = new Float64Array(9);
  const rhs = new Float64Array(3);
  for (const [look, along, extra] of [
    [a, m.alongA, 0],
    [b, m.alongB, TRAVEL_MPS * gapS],
  ] as const) {
    const w = 1 / (look.variances[0] * along * along + extra * extra);
    for (let k = 1; k <= 2; k++) {
      const o = 3 * k;
      let c = 0;
      for (let i = 0; i < 3; i++) c += look.axes[o + i] * look.origin[i];
      for (let i = 0; i < 3; i++) {
        rhs[i] += w * look.axes[o + i] * c;
        for (let j = 0; j < 3; j++) info[3 * i + j] += w * look.axes[o + i] * look.axes[o + j];
      }
    }
  }
  const inverse = new Float64Array(9);
  if (!invertSpd(3, info, 0, inverse, 0)) return false;
  point.fill(0);
  covariance.fill(0);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      point[i] += inverse[3 * i + j] * rhs[j];
      covariance[6 * i + j] = inverse[3 * i + j];
    }
    covariance[7 * (3 + i)] = INFRARED_VELOCITY_SIGMA ** 2;
  }
  seed(s, timeUs, 2, vacuum);
  const r = Math.hypot(point[0], point[1], point[2]);
  for (let i = 0; i < 3; i++) {
    s[XB + 6 + i] = (START.sightedThrust * point[i]) / r;
    s[PB + 10 * (6 + i)] = START.sightedThrustSigma ** 2;
  }
  s[MU_B] = 0.95;
  return true;
}

/** An infrared sensor sees what burns, so less than full speed is likely, m/s. */
const INFRARED_VELOCITY_SIGMA = 2000;
