/**
 * An unscented filter over coast-A in the radar's east-north-up frame, the independent check of the EKF.
 * Sigma points and weights of Wan and van der Merwe (2000), alpha 0.5, beta 2, kappa 3 - n.
 */
import { cholesky, invertSpd } from '../linear.ts';
import { type CoastA, coastARun, freeStep, toEnu } from './coast-a.ts';

const N = 6;
const ALPHA = 0.5;
const BETA = 2;
const LAMBDA = ALPHA * ALPHA * 3 - N;
const WM = [LAMBDA / (N + LAMBDA), ...new Array<number>(2 * N).fill(1 / (2 * (N + LAMBDA)))];
const WC = [WM[0] + 1 - ALPHA * ALPHA + BETA, ...WM.slice(1)];

function sigmaPoints(x: number[], p: Float64Array): number[][] {
  const l = new Float64Array(36);
  if (!cholesky(N, p, 0, l, 0)) throw new Error('covariance is not positive definite');
  const f = Math.sqrt(N + LAMBDA);
  const points = [x.slice()];
  for (const sign of [1, -1]) {
    for (let k = 0; k < N; k++) points.push(x.map((v, i) => v + (k <= i ? sign * f * l[N * i + k] : 0)));
  }
  return points;
}

function wrapped(angle: number): number {
  return angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
}

/** East, north, up, m, of the filter at the end of a run. */
export function unscentedCoastEnd(a: CoastA, run: number): [number, number, number] {
  const { priorError, plots } = coastARun(a, run);
  const { prior, sensor } = a.scenario;
  let x: number[] = [...toEnu(a.rotation, a.start, a.site), ...toEnu(a.rotation, a.start.subarray(3))];
  x = x.map((v, i) => v + priorError[i]);
  let p = new Float64Array(36);
  for (let i = 0; i < N; i++) p[7 * i] = (i < 3 ? prior.sigmaPos : prior.sigmaVel) ** 2;
  const m = a.rotation;
  const move = (q: number[]): number[] => {
    const s = new Float64Array(6);
    for (let i = 0; i < 3; i++) {
      s[i] = a.site[i];
      for (let k = 0; k < 3; k++) {
        s[i] += m[3 * k + i] * q[k];
        s[3 + i] += m[3 * k + i] * q[3 + k];
      }
    }
    freeStep(s, sensor.period);
    return [...toEnu(m, s, a.site), ...toEnu(m, s.subarray(3))];
  };
  for (const plot of plots) {
    const moved = sigmaPoints(x, p).map(move);
    x = x.map((_, i) => moved.reduce((sum, q, k) => sum + WM[k] * q[i], 0));
    p = new Float64Array(36);
    moved.forEach((q, k) => {
      for (let i = 0; i < N; i++)
        for (let j = 0; j < N; j++) p[N * i + j] += WC[k] * (q[i] - x[i]) * (q[j] - x[j]);
    });
    const points = sigmaPoints(x, p);
    const seen = points.map((q) => {
      const r = Math.hypot(q[0], q[1], q[2]);
      return [r, Math.atan2(q[1], q[0]), Math.asin(q[2] / r)];
    });
    const mean = [0, 1, 2].map((i) => seen.reduce((sum, z, k) => sum + WM[k] * z[i], 0));
    const s = Float64Array.of(
      sensor.sigmaRange ** 2,
      0,
      0,
      0,
      sensor.sigmaAz ** 2,
      0,
      0,
      0,
      sensor.sigmaEl ** 2,
    );
    const c = new Float64Array(18);
    seen.forEach((z, k) => {
      const d = [z[0] - mean[0], wrapped(z[1] - mean[1]), wrapped(z[2] - mean[2])];
      for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) s[3 * i + j] += WC[k] * d[i] * d[j];
      for (let i = 0; i < N; i++)
        for (let j = 0; j < 3; j++) c[3 * i + j] += WC[k] * (points[k][i] - x[i]) * d[j];
    });
    const inverse = new Float64Array(9);
    invertSpd(3, s, 0, inverse, 0);
    const gain = new Float64Array(18);
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < 3; j++)
        for (let k = 0; k < 3; k++) gain[3 * i + j] += c[3 * i + k] * inverse[3 * k + j];
    }
    const residual = [
      plot.rangeM - mean[0],
      wrapped(Math.PI / 2 - plot.azimuthRad - mean[1]),
      plot.elevationRad - mean[2],
    ];
    x = x.map(
      (v, i) => v + gain[3 * i] * residual[0] + gain[3 * i + 1] * residual[1] + gain[3 * i + 2] * residual[2],
    );
    for (let i = 0; i < N; i++) {
      for (let j = 0; j < N; j++) {
        for (let k = 0; k < 3; k++)
          for (let l = 0; l < 3; l++) p[N * i + j] -= gain[3 * i + k] * s[3 * k + l] * gain[3 * j + l];
      }
    }
  }
  return [x[0], x[1], x[2]];
}
