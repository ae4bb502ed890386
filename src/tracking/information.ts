/**
 * Arithmetic of information matrices over position and velocity. Worked in scaled units (1 km, 10 m/s), so
 * that the eigenvalues of position and velocity can be compared.
 */
import { eigenSymmetric, invertSpd } from './linear.ts';

const UNIT = [1e3, 1e3, 1e3, 10, 10, 10];
/** Eigenvalues below this share of the greatest say nothing: rounding. */
const FLOOR = 1e-12;

function scaled(matrix: ArrayLike<number>): Float64Array {
  const out = new Float64Array(36);
  for (let i = 0; i < 6; i++)
    for (let j = 0; j < 6; j++) out[6 * i + j] = matrix[6 * i + j] * UNIT[i] * UNIT[j];
  return out;
}

/** Inverse of a 6 x 6 information matrix; undefined if it leaves a direction open. */
export function invertInformation(matrix: ArrayLike<number>): Float64Array | undefined {
  const out = new Float64Array(36);
  if (!invertSpd(6, scaled(matrix), 0, out, 0)) return undefined;
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      out[6 * i + j] *= UNIT[i] * UNIT[j];
      if (!Number.isFinite(out[6 * i + j])) return undefined;
    }
  }
  return out;
}

/**
 * Cuts a symmetric 6 x 6 information matrix to its positive part, and its vector with it, in place. Returns
 * the trace that was cut, in scaled units.
 */
export function positivePart(matrix: Float64Array, vector: Float64Array): number {
  const { values, vectors } = eigenSymmetric(6, scaled(matrix));
  const floor = FLOOR * Math.max(...values);
  let cut = 0;
  for (const v of values) if (v < 0) cut -= v;
  if (values.every((v) => v >= floor)) return 0;
  const keep = new Float64Array(6);
  for (let k = 0; k < 6; k++) {
    if (values[k] < floor) continue;
    let c = 0;
    for (let i = 0; i < 6; i++) c += vectors[6 * i + k] * vector[i] * UNIT[i];
    for (let i = 0; i < 6; i++) keep[i] += vectors[6 * i + k] * c;
  }
  for (let i = 0; i < 6; i++) {
    vector[i] = keep[i] / UNIT[i];
    for (let j = 0; j < 6; j++) {
      let sum = 0;
      for (let k = 0; k < 6; k++)
        if (values[k] >= floor) sum += values[k] * vectors[6 * i + k] * vectors[6 * j + k];
      matrix[6 * i + j] = sum / (UNIT[i] * UNIT[j]);
    }
  }
  return cut;
}

/**
 * Adds information (`matrix` 6 x 6 and `vector`, times `weight`) on position and velocity to a state of
 * dimension n, in place: one scalar update for each direction that the matrix tells of, so that it may be
 * of any rank.
 */
export function addInformation(
  n: number,
  x: Float64Array,
  p: Float64Array,
  matrix: ArrayLike<number>,
  vector: ArrayLike<number>,
  weight: number,
): void {
  const { values, vectors } = eigenSymmetric(6, scaled(matrix));
  const floor = FLOOR * Math.max(...values);
  const h = new Float64Array(6);
  const ph = new Float64Array(n);
  for (let k = 0; k < 6; k++) {
    const value = values[k];
    if (!(value > floor)) continue;
    let measured = 0;
    for (let i = 0; i < 6; i++) {
      measured += vectors[6 * i + k] * vector[i] * UNIT[i];
      h[i] = vectors[6 * i + k] / UNIT[i];
    }
    let residual = measured / value;
    let s = 1 / (weight * value);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < 6; j++) sum += p[n * i + j] * h[j];
      ph[i] = sum;
    }
    for (let i = 0; i < 6; i++) {
      residual -= h[i] * x[i];
      s += h[i] * ph[i];
    }
    for (let i = 0; i < n; i++) {
      x[i] += (ph[i] * residual) / s;
      for (let j = i; j < n; j++) {
        const v = p[n * i + j] - (ph[i] * ph[j]) / s;
        p[n * i + j] = v;
        p[n * j + i] = v;
      }
    }
  }
}

/** Logarithm of the determinant of the leading 6 x 6 of a covariance of dimension n, in scaled units. */
export function scaledLogDet(p: Float64Array, n: number): number {
  const block = new Float64Array(36);
  for (let i = 0; i < 6; i++)
    for (let j = 0; j < 6; j++) block[6 * i + j] = p[n * i + j] / (UNIT[i] * UNIT[j]);
  let sum = 0;
  for (const v of eigenSymmetric(6, block).values) sum += Math.log(Math.max(v, 1e-300));
  return sum;
}

/**
 * Squared Mahalanobis distance between an information pair and a state with covariance (6 x 6), over the
 * directions that the information tells of at least as sharply as 1000 km and 10 km/s.
 */
export function informedDistance(
  matrix: ArrayLike<number>,
  vector: ArrayLike<number>,
  state: ArrayLike<number>,
  covariance: ArrayLike<number>,
): { distance2: number; degrees: number } {
  const { values, vectors } = eigenSymmetric(6, scaled(matrix));
  const floor = Math.max(1e-6, FLOOR * Math.max(...values));
  const used: number[] = [];
  for (let k = 0; k < 6; k++) if (values[k] > floor) used.push(k);
  const n = used.length;
  if (n === 0) return { distance2: 0, degrees: 0 };
  const d = new Float64Array(n);
  const s = new Float64Array(n * n);
  for (let a = 0; a < n; a++) {
    const k = used[a];
    for (let i = 0; i < 6; i++) {
      d[a] +=
        (vectors[6 * i + k] * vector[i] * UNIT[i]) / values[k] - (vectors[6 * i + k] * state[i]) / UNIT[i];
    }
    for (let b = 0; b < n; b++) {
      let sum = a === b ? 1 / values[k] : 0;
      for (let i = 0; i < 6; i++) {
        for (let j = 0; j < 6; j++) {
          sum +=
            (vectors[6 * i + k] * covariance[6 * i + j] * vectors[6 * j + used[b]]) / (UNIT[i] * UNIT[j]);
        }
      }
      s[n * a + b] = sum;
    }
  }
  const inverse = new Float64Array(n * n);
  if (!invertSpd(n, s, 0, inverse, 0)) return { distance2: Number.POSITIVE_INFINITY, degrees: n };
  let distance2 = 0;
  for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) distance2 += d[a] * inverse[n * a + b] * d[b];
  return { distance2, degrees: n };
}
