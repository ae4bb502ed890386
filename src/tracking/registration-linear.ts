/** The linear algebra of registration: covariances of any number of biases, whose units differ. */

let size = 0;
let factor = new Float64Array(0);
let work = new Float64Array(0);
let inner = new Float64Array(0);
let scale = new Float64Array(0);
let every = new Int32Array(0);

function grow(n: number): void {
  if (n <= size) return;
  size = n;
  factor = new Float64Array(n * n);
  work = new Float64Array(n * n);
  inner = new Float64Array(n * n);
  scale = new Float64Array(n);
  every = Int32Array.from({ length: n }, (_, i) => i);
}

/** Lower Cholesky factor of the n x n matrix in place. False if it is not positive definite. */
function factorise(n: number, a: Float64Array): boolean {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[n * i + j];
      for (let k = 0; k < j; k++) sum -= a[n * i + k] * a[n * j + k];
      if (i !== j) a[n * i + j] = sum / a[(n + 1) * j];
      else if (sum > 0 && sum < Number.POSITIVE_INFINITY) a[(n + 1) * i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** Scales rows and columns `of` (n of them) of a covariance of `stride` to a unit diagonal, into `out`. */
function scaled(n: number, p: Float64Array, stride: number, of: ArrayLike<number>, out: Float64Array): void {
  for (let i = 0; i < n; i++) scale[i] = Math.sqrt(p[(stride + 1) * of[i]]);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) out[n * i + j] = p[stride * of[i] + of[j]] / (scale[i] * scale[j]);
    // What rounding may take.
    out[(n + 1) * i] = 1 + 1e-13;
  }
}

/**
 * Covariance of n unknowns with the covariance `prior` after information (n x n) on them: (prior^-1 + information)^-1, as
 * L (I + L' information L)^-1 L' with prior = L L', whose inner eigenvalues are all at least 1. `out` may be `prior`. False,
 * and nothing changed, if it is not a number.
 */
export function posterior(
  n: number,
  prior: Float64Array,
  information: Float64Array,
  out: Float64Array,
): boolean {
  grow(n);
  scaled(n, prior, n, every, factor);
  if (!factorise(n, factor)) return false;
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) factor[n * i + j] *= scale[i];
  // work = information L; inner = I + L' work.
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = j; k < n; k++) sum += information[n * i + k] * factor[n * k + j];
      work[n * i + j] = sum;
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 1 : 0;
      for (let k = i; k < n; k++) sum += factor[n * k + i] * work[n * k + j];
      inner[n * i + j] = sum;
    }
  }
  if (!factorise(n, inner)) return false;
  // work = L inner^-T, row by row.
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = j <= i ? factor[n * i + j] : 0;
      for (let k = 0; k < j; k++) sum -= inner[n * j + k] * work[n * i + k];
      work[n * i + j] = sum / inner[(n + 1) * j];
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += work[n * i + k] * work[n * j + k];
      out[n * i + j] = sum;
      out[n * j + i] = sum;
    }
  }
  return true;
}

/** Inverse of the rows and columns `of` (the first n) of a covariance of `stride`, n x n, into `out`. False if it has none. */
export function inverseOfPart(
  n: number,
  p: Float64Array,
  stride: number,
  of: ArrayLike<number>,
  out: Float64Array,
): boolean {
  grow(n);
  scaled(n, p, stride, of, factor);
  if (!factorise(n, factor)) return false;
  // work = L^-1.
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= factor[n * i + k] * work[n * k + j];
      work[n * i + j] = i < j ? 0 : sum / factor[(n + 1) * i];
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += work[n * k + i] * work[n * k + j];
      out[n * i + j] = sum / (scale[i] * scale[j]);
      out[n * j + i] = out[n * i + j];
    }
  }
  return true;
}
