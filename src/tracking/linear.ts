/**
 * Small dense linear algebra on Float64Array with offsets, so that many matrices can live in one slab.
 * Matrices are full, by rows. Nothing here allocates unless its name says so.
 */

const MAX_N = 12;
const scratch = new Float64Array(MAX_N * MAX_N);
const scratch2 = new Float64Array(MAX_N * MAX_N);

/** Lower Cholesky factor of the n x n matrix at `a[ao]` into `l[lo]` (upper part untouched). False if not positive definite. */
export function cholesky(n: number, a: Float64Array, ao: number, l: Float64Array, lo: number): boolean {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[ao + i * n + j];
      for (let k = 0; k < j; k++) sum -= l[lo + i * n + k] * l[lo + j * n + k];
      if (i === j) {
        if (!(sum > 0)) return false;
        l[lo + i * n + i] = Math.sqrt(sum);
      } else l[lo + i * n + j] = sum / l[lo + j * n + j];
    }
  }
  return true;
}

/** True if the n x n matrix is positive definite to working precision (tested after scaling to unit diagonal). */
export function isPositiveDefinite(n: number, a: Float64Array, ao: number): boolean {
  for (let i = 0; i < n; i++) if (!(a[ao + i * n + i] > 0)) return false;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      scratch[i * n + j] = a[ao + i * n + j] / Math.sqrt(a[ao + i * n + i] * a[ao + j * n + j]);
    }
    scratch[i * n + i] += 1e-13;
  }
  return cholesky(n, scratch, 0, scratch2, 0);
}

/** Inverse of a symmetric positive definite matrix, by Cholesky of the matrix scaled to unit diagonal. False if it is not one. */
export function invertSpd(n: number, a: Float64Array, ao: number, out: Float64Array, oo: number): boolean {
  const d = diagonal;
  for (let i = 0; i < n; i++) {
    const v = a[ao + i * n + i];
    if (!(v > 0)) return false;
    d[i] = 1 / Math.sqrt(v);
  }
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) scratch[i * n + j] = a[ao + i * n + j] * d[i] * d[j];
  if (!cholesky(n, scratch, 0, scratch2, 0)) return false;
  // Column by column: L L' X = I.
  for (let c = 0; c < n; c++) {
    for (let i = 0; i < n; i++) {
      let sum = i === c ? 1 : 0;
      for (let k = 0; k < i; k++) sum -= scratch2[i * n + k] * column[k];
      column[i] = sum / scratch2[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = column[i];
      for (let k = i + 1; k < n; k++) sum -= scratch2[k * n + i] * column[k];
      column[i] = sum / scratch2[i * n + i];
    }
    for (let i = 0; i < n; i++) out[oo + i * n + c] = column[i] * d[i] * d[c];
  }
  symmetrise(n, out, oo);
  return true;
}
const diagonal = new Float64Array(MAX_N);
const column = new Float64Array(MAX_N);

export function symmetrise(n: number, a: Float64Array, ao: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const m = 0.5 * (a[ao + i * n + j] + a[ao + j * n + i]);
      a[ao + i * n + j] = m;
      a[ao + j * n + i] = m;
    }
  }
}

const product = new Float64Array(MAX_N * MAX_N);

/** P = F P F' for n x n matrices; P at `p[po]` is replaced and stays exactly symmetric. */
export function sandwich(n: number, f: Float64Array, p: Float64Array, po: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += f[i * n + k] * p[po + k * n + j];
      product[i * n + j] = sum;
    }
  }
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += product[i * n + k] * f[j * n + k];
      p[po + i * n + j] = sum;
      p[po + j * n + i] = sum;
    }
  }
}

/** out = a b for n x n matrices (out is neither). */
export function multiply(n: number, a: Float64Array, b: Float64Array, out: Float64Array): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[i * n + k] * b[k * n + j];
      out[i * n + j] = sum;
    }
  }
}

/** Quadratic form x' A y of n-vectors. */
export function bilinear(
  n: number,
  x: ArrayLike<number>,
  a: ArrayLike<number>,
  y: ArrayLike<number>,
): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) sum += x[i] * a[i * n + j] * y[j];
  return sum;
}

/** out = A x. */
export function apply(
  n: number,
  a: ArrayLike<number>,
  x: ArrayLike<number>,
  out: Float64Array | number[],
): void {
  for (let i = 0; i < n; i++) {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += a[i * n + j] * x[j];
    out[i] = sum;
  }
}

/**
 * Eigenvalues (ascending not guaranteed) and eigenvectors (columns of `vectors`) of a symmetric matrix, by
 * cyclic Jacobi rotations. Golub and Van Loan, Matrix Computations (4th ed.), section 8.5. Allocates.
 */
export function eigenSymmetric(
  n: number,
  matrix: ArrayLike<number>,
): { values: Float64Array; vectors: Float64Array } {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let on = 0;
    for (let i = 0; i < n; i++) {
      on += a[i * n + i] ** 2;
      for (let j = 0; j < i; j++) off += a[i * n + j] ** 2;
    }
    if (off <= 1e-32 * on) break;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = a[p * n + q];
        if (apq === 0) continue;
        const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const x = a[k * n + p];
          const y = a[k * n + q];
          a[k * n + p] = c * x - s * y;
          a[k * n + q] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const x = a[p * n + k];
          const y = a[q * n + k];
          a[p * n + k] = c * x - s * y;
          a[q * n + k] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const x = v[k * n + p];
          const y = v[k * n + q];
          v[k * n + p] = c * x - s * y;
          v[k * n + q] = s * x + c * y;
        }
      }
    }
  }
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) values[i] = a[i * n + i];
  return { values, vectors: v };
}
