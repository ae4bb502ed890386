/**
 * Where and when a ballistic track comes down. The state's covariance is carried to the ground by the
 * transition matrix along the fall; the unknown ballistic coefficient by three-point Gauss-Hermite
 * quadrature over its logarithm, the state shifted with it by their correlation.
 */
import { ecefHeight, roughHeight } from '../earth/wgs84.ts';
import type { PointEstimate } from '../model/track.ts';
import { ballisticStep, ballisticStepLimit, F6, fallHarmonics } from './dynamics.ts';
import { GroundMoments } from './ground.ts';
import { multiply } from './linear.ts';

export interface Fall {
  /** Time from the start to the ground, s. */
  timeS: number;
  apogeeM: number;
  /** State at the ground. */
  state: Float64Array;
}

/** Longest fall that is followed, s. */
const MAX_FALL_S = 9000;

const product = new Float64Array(36);

/**
 * Follows the ballistic state (6) with B = `b` down to the ellipsoid. With `phi` (36) its transition matrix
 * is gathered there. Undefined if it does not come down (or starts below ground).
 */
export function fall(state: ArrayLike<number>, b: number, phi?: Float64Array): Fall | undefined {
  const s = Float64Array.from(state).slice(0, 6);
  let t = 0;
  let height = roughHeight(s[0], s[1], s[2]);
  let apogeeM = height;
  if (height < 0) return undefined;
  if (phi) {
    phi.fill(0);
    for (let i = 0; i < 6; i++) phi[7 * i] = 1;
  }
  while (height > 0) {
    if (t > MAX_FALL_S) return undefined;
    const r = Math.sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2]);
    const climb = (s[0] * s[3] + s[1] * s[4] + s[2] * s[5]) / r;
    let dt = ballisticStepLimit(height);
    // Do not leap from thin air deep into thick air.
    if (climb < 0 && b > 0 && height > 90e3) dt = Math.min(dt, Math.max(1, (height - 85e3) / -climb));
    fallHarmonics(s, 0, dt);
    ballisticStep(s, 0, b, dt, phi !== undefined);
    if (phi) {
      multiply(6, F6, phi, product);
      phi.set(product);
    }
    t += dt;
    height = roughHeight(s[0], s[1], s[2]);
    if (height > apogeeM) apogeeM = height;
  }
  for (let i = 0; i < 4; i++) {
    const r = Math.sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2]);
    const climb = (s[0] * s[3] + s[1] * s[4] + s[2] * s[5]) / r;
    const dt = -ecefHeight(s[0], s[1], s[2]) / climb;
    if (!Number.isFinite(dt) || Math.abs(dt) > 60) return undefined;
    ballisticStep(s, 0, b, dt, phi !== undefined);
    if (phi) {
      multiply(6, F6, phi, product);
      phi.set(product);
    }
    t += dt;
    if (Math.abs(dt) < 1e-6) break;
  }
  return { timeS: t, apogeeM, state: s };
}

export interface ImpactResult {
  impact: PointEstimate;
  apogeeM: number;
}

/** How far the ln B of the fall may be from the one estimated so far: attitude, ablation, parts lost. */
const FALL_LNB_SIGMA = 0.15;

const phi = new Float64Array(36);
const shifted = new Float64Array(6);
const conditional = new Float64Array(36);
const own = new Float64Array(9);

/**
 * The impact of a ballistic state: `x` [x y z vx vy vz lnB], `p` 7 x 7, at `timeUs`. With `vacuum` there is
 * no air. Undefined if it does not come down.
 */
export function estimateImpact(
  x: ArrayLike<number>,
  p: ArrayLike<number>,
  timeUs: number,
  vacuum: boolean,
): ImpactResult | undefined {
  const nominal = fall(x, vacuum ? 0 : Math.exp(x[6]), phi);
  if (!nominal) return undefined;
  const moments = new GroundMoments(nominal.state);
  const variance = vacuum ? 0 : Math.max(1e-4, p[48]);
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      conditional[6 * i + j] =
        p[7 * i + j] - (variance > 1e-9 ? (p[7 * i + 6] * p[7 * j + 6]) / variance : 0);
    }
  }
  groundCovariance(moments, nominal.state);
  if (variance <= 1e-9) moments.add(1, nominal.state[0], nominal.state[1], nominal.state[2], 0, own);
  else {
    const step = Math.sqrt(3 * (variance + FALL_LNB_SIGMA ** 2));
    for (let k = -1; k <= 1; k++) {
      for (let i = 0; i < 6; i++) shifted[i] = x[i] + (p[7 * i + 6] / variance) * Math.sqrt(3 * variance) * k;
      const f = k === 0 ? nominal : fall(shifted, Math.exp(x[6] + k * step));
      if (!f) return undefined;
      moments.add(k === 0 ? 2 / 3 : 1 / 6, f.state[0], f.state[1], f.state[2], f.timeS - nominal.timeS, own);
    }
  }
  // What the gravity model leaves out: some 1e-5 m/s^2 over the whole fall.
  const extra = vacuum ? 0 : (1e-5 * nominal.timeS * nominal.timeS) ** 2;
  const impact = moments.estimate('impact', timeUs, timeUs + Math.round(nominal.timeS * 1e6), extra);
  return { impact, apogeeM: nominal.apogeeM };
}

/** Covariance over east, north and time of passing the ground, from {@link conditional} through {@link phi}, into {@link own}. */
function groundCovariance(moments: GroundMoments, at: Float64Array): void {
  const m = moments.rotation;
  // dr = Phi dx; the surface is passed dt = -up.dr / up.v later, and the point moves by dr + v dt.
  const v = [0, 0, 0];
  const rows = new Float64Array(18);
  for (let k = 0; k < 3; k++) {
    v[k] = m[3 * k] * at[3] + m[3 * k + 1] * at[4] + m[3 * k + 2] * at[5];
    for (let j = 0; j < 6; j++) {
      rows[6 * k + j] = m[3 * k] * phi[j] + m[3 * k + 1] * phi[6 + j] + m[3 * k + 2] * phi[12 + j];
    }
  }
  for (let j = 0; j < 6; j++) {
    const dt = -rows[12 + j] / v[2];
    rows[j] += v[0] * dt;
    rows[6 + j] += v[1] * dt;
    rows[12 + j] = dt;
  }
  for (let a = 0; a < 3; a++) {
    for (let b = 0; b < 3; b++) {
      let sum = 0;
      for (let i = 0; i < 6; i++)
        for (let j = 0; j < 6; j++) sum += rows[6 * a + i] * conditional[6 * i + j] * rows[6 * b + j];
      own[3 * a + b] = sum;
    }
  }
}
