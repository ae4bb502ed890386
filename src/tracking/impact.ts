/**
 * Where and when a ballistic track comes down. The state's covariance is carried to the ground by the
 * transition matrix along the fall; the unknown ballistic coefficient by falls with three of them, the state shifted with
 * it by their correlation, and the members of the bank weighed on the parabola through these.
 */
import { CHI2_95_2, contentChi2 } from '../earth/normal.ts';
import { ecefHeight, roughHeight } from '../earth/wgs84.ts';
import type { PointEstimate } from '../model/track.ts';
import { type Members, newMembers, weighPrior } from './bank.ts';
import { ballisticStep, ballisticStepLimit, F6, F6lnB, fallHarmonics, lastDrag, MODEL } from './dynamics.ts';
import { GroundMoments } from './ground.ts';
import { multiply } from './linear.ts';
import { MEMBERS } from './slab.ts';

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
const column = new Float64Array(6);

/**
 * Of the last {@link fall} that gathered its transition matrix: how the state at the ground moves with ln B, and the
 * time for which it was braked in earnest (each second counts by the drag, m/s^2, at most one), s.
 */
const braked = { byLnB: new Float64Array(6), timeS: 0 };

/** Takes what is gathered along a fall through a step. */
function carry(phi: Float64Array, dt: number): void {
  multiply(6, F6, phi, product);
  phi.set(product);
  const { byLnB } = braked;
  for (let i = 0; i < 6; i++) {
    let sum = F6lnB[i];
    for (let j = 0; j < 6; j++) sum += F6[6 * i + j] * byLnB[j];
    column[i] = sum;
  }
  byLnB.set(column);
  braked.timeS += dt * Math.min(1, lastDrag);
}

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
    braked.byLnB.fill(0);
    braked.timeS = 0;
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
    if (phi) carry(phi, dt);
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
    if (phi) carry(phi, dt);
    t += dt;
    if (Math.abs(dt) < 1e-6) break;
  }
  return { timeS: t, apogeeM, state: s };
}

export interface ImpactResult {
  impact: PointEstimate;
  apogeeM: number;
}

const phi = new Float64Array(36);
const shifted = new Float64Array(6);
const conditional = new Float64Array(36);
const own = new Float64Array(9);
const total = new Float64Array(9);
const up = new Float64Array(3);
const down = new Float64Array(3);
const linear = new Float64Array(3);
const bent = new Float64Array(3);
/** Of each member its impact over east and north, and ee, en, nn of its covariance. */
const places = new Float64Array(2 * MEMBERS);
const spreads = new Float64Array(3 * MEMBERS);
const along = new Float64Array(MEMBERS);
const variances = new Float64Array(MEMBERS);
const prior = newMembers();

/** Least variance of ln B with which its correlation with the state is asked. */
const LEAST_VARIANCE = 1e-4;

/**
 * The impact of a ballistic state: `x` [x y z vx vy vz lnB], `p` 7 x 7, at `timeUs`. With `vacuum` there is
 * no air. `law`: that of ln B; if left out, that of the bank's prior after what the state has learnt. Undefined if it does
 * not come down.
 */
export function estimateImpact(
  x: ArrayLike<number>,
  p: ArrayLike<number>,
  timeUs: number,
  vacuum: boolean,
  law?: Members,
): ImpactResult | undefined {
  const nominal = fall(x, vacuum ? 0 : Math.exp(x[6]), phi);
  if (!nominal) return undefined;
  const moments = new GroundMoments(nominal.state);
  const variance = vacuum ? 0 : Math.max(LEAST_VARIANCE, p[48]);
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      conditional[6 * i + j] = p[7 * i + j] - (vacuum ? 0 : (p[7 * i + 6] * p[7 * j + 6]) / variance);
    }
  }
  groundCovariance(moments, nominal.state);
  // What the gravity model leaves out: some 1e-5 m/s^2 over the whole fall.
  const extra = vacuum ? 0 : (1e-5 * nominal.timeS * nominal.timeS) ** 2;
  let chi2 = CHI2_95_2;
  if (vacuum) moments.add(1, nominal.state[0], nominal.state[1], nominal.state[2], 0, own);
  else {
    if (!law) weighPrior(x[6], variance, prior);
    if (!dragMoments(x, p, variance, nominal, law ?? prior, moments)) return undefined;
    chi2 = contentOf(law ?? prior, moments, extra);
  }
  const impact = moments.estimate(
    'impact',
    timeUs,
    timeUs + Math.round(nominal.timeS * 1e6),
    extra,
    chi2 / CHI2_95_2,
  );
  return { impact, apogeeM: nominal.apogeeM };
}

/**
 * Gathers the impact over the law of ln B. Over ln B the point of impact is a parabola through three falls, each with the
 * state that goes with its ln B; of a normal member that has mean and variance in closed form.
 */
function dragMoments(
  x: ArrayLike<number>,
  p: ArrayLike<number>,
  variance: number,
  nominal: Fall,
  law: Members,
  moments: GroundMoments,
): boolean {
  const h = Math.max(0.1, 1.2 * Math.sqrt(variance));
  for (const [sign, out] of [
    [1, up],
    [-1, down],
  ] as const) {
    for (let i = 0; i < 6; i++) shifted[i] = x[i] + (p[7 * i + 6] / variance) * sign * h;
    const f = fall(shifted, Math.exp(x[6] + sign * h));
    if (!f) return false;
    moments.local(f.state, out);
    out[2] = f.timeS - nominal.timeS;
  }
  for (let i = 0; i < 3; i++) {
    linear[i] = (up[i] - down[i]) / (2 * h);
    bent[i] = (up[i] + down[i]) / (2 * h * h);
  }
  for (let k = 0; k < MEMBERS; k++) {
    const d = law.mean[k] - x[6];
    const v = law.variance[k];
    for (let i = 0; i < 3; i++) {
      const si = linear[i] + 2 * bent[i] * d;
      for (let j = 0; j < 3; j++) {
        const sj = linear[j] + 2 * bent[j] * d;
        total[3 * i + j] = own[3 * i + j] + si * sj * v + 2 * bent[i] * bent[j] * v * v;
      }
      up[i] = linear[i] * d + bent[i] * (d * d + v);
    }
    if (law.weight[k] > 0) moments.addLocal(law.weight[k], up, total);
    places.set(up.subarray(0, 2), 2 * k);
    spreads[3 * k] = total[0];
    spreads[3 * k + 1] = total[1];
    spreads[3 * k + 2] = total[4];
  }
  return true;
}

/**
 * How far out 95 % of the sum of normal members lies, in squared units of its moments' ellipse: an even spread ends sooner
 * than a normal one. In the direction in which ln B moves the impact, seen in those units, the sum is followed; across it
 * is taken for normal.
 */
function contentOf(law: Members, moments: GroundMoments, extra: number): number {
  const [ee, en, nn] = moments.covariance(extra);
  const det = ee * nn - en * en;
  if (!(det > 0)) return CHI2_95_2;
  // The inverse covariance times that direction.
  const qe = nn * linear[0] - en * linear[1];
  const qn = ee * linear[1] - en * linear[0];
  const isotropic = extra * (qe * qe + qn * qn);
  for (let k = 0; k < MEMBERS; k++) {
    along[k] = qe * places[2 * k] + qn * places[2 * k + 1];
    variances[k] =
      qe * qe * spreads[3 * k] + 2 * qe * qn * spreads[3 * k + 1] + qn * qn * spreads[3 * k + 2] + isotropic;
  }
  return contentChi2(law.weight, along, variances);
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
  // ln B goes on to wander along the fall: at its end by the walk, on average over the braking by a third of that.
  const walk = (MODEL.lnBQ * braked.timeS) / 3;
  const { byLnB } = braked;
  const byDrag = [0, 1, 2].map(
    (k) => m[3 * k] * byLnB[0] + m[3 * k + 1] * byLnB[1] + m[3 * k + 2] * byLnB[2],
  );
  const later = -byDrag[2] / v[2];
  byDrag[0] += v[0] * later;
  byDrag[1] += v[1] * later;
  byDrag[2] = later;
  for (let a = 0; a < 3; a++) {
    for (let b = 0; b < 3; b++) {
      let sum = walk * byDrag[a] * byDrag[b];
      for (let i = 0; i < 6; i++)
        for (let j = 0; j < 6; j++) sum += rows[6 * a + i] * conditional[6 * i + j] * rows[6 * b + j];
      own[3 * a + b] = sum;
    }
  }
}
