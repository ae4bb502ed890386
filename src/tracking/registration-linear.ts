/** The linear algebra of registration: matrices of any size, most of whose rows may be empty. */

let size = 0;
let work = new Float64Array(0);
let factor = new Float64Array(0);
let column = new Float64Array(0);
let told = new Int32Array(0);

function grow(n: number): void {
  if (n <= size) return;
  size = n;
  work = new Float64Array(n * n);
  factor = new Float64Array(n * n);
  column = new Float64Array(n);
  told = new Int32Array(n);
}

/**
 * Covariance of n unknowns with independent priors of standard deviation `sigma` and information `information`
 * (n x n): (diag(1/sigma^2) + information)^-1 into `out`, as D (I + D information D)^-1 D with D = diag(sigma), whose
 * eigenvalues are all at least 1 inside. Unknowns of which nothing is told cost nothing. False if it is not a number.
 */
export function inverseOfOnePlus(
  n: number,
  information: Float64Array,
  sigma: Float64Array,
  out: Float64Array,
): boolean {
  grow(n);
  let m = 0;
  for (let i = 0; i < n; i++) if (information[(n + 1) * i] > 0) told[m++] = i;
  for (let a = 0; a < m; a++) {
    for (let b = 0; b <= a; b++) {
      const i = told[a];
      const j = told[b];
      work[m * a + b] =
        0.5 * (information[n * i + j] + information[n * j + i]) * sigma[i] * sigma[j] + (a === b ? 1 : 0);
    }
  }
  for (let a = 0; a < m; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = work[m * a + b];
      for (let k = 0; k < b; k++) sum -= factor[m * a + k] * factor[m * b + k];
      if (a !== b) factor[m * a + b] = sum / factor[(m + 1) * b];
      else if (sum > 0 && sum < Number.POSITIVE_INFINITY) factor[(m + 1) * a] = Math.sqrt(sum);
      else return false;
    }
  }
  out.fill(0, 0, n * n);
  for (let i = 0; i < n; i++) out[(n + 1) * i] = sigma[i] * sigma[i];
  for (let c = 0; c < m; c++) {
    for (let a = 0; a < m; a++) {
      let sum = a === c ? 1 : 0;
      for (let k = 0; k < a; k++) sum -= factor[m * a + k] * column[k];
      column[a] = sum / factor[(m + 1) * a];
    }
    for (let a = m - 1; a >= 0; a--) {
      let sum = column[a];
      for (let k = a + 1; k < m; k++) sum -= factor[m * k + a] * column[k];
      column[a] = sum / factor[(m + 1) * a];
    }
    const j = told[c];
    // Below the diagonal only, then mirrored: exactly symmetric.
    for (let a = c; a < m; a++) {
      const v = column[a] * sigma[told[a]] * sigma[j];
      out[n * told[a] + j] = v;
      out[n * j + told[a]] = v;
    }
  }
  return true;
}
