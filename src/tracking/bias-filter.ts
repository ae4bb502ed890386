/** The estimate of all sensors' biases: what the plots tell of them, added up as information, on the prior of what is stated. */
import type { BiasColumns } from './bias-columns.ts';
import { white } from './kernels/kernels.gen.ts';
import { inverseOfOnePlus } from './registration-linear.ts';

/** A change smaller than this share of a bias's own standard deviation moves no track. */
const STEP_SHARE = 1e-3;

export class BiasFilter {
  readonly size: number;
  readonly stated: Float64Array;
  /** Information of the plots, its vector; covariance and mean of the biases as used now. One array, so that a snapshot is one copy. */
  readonly numbers: Float64Array;
  readonly covariance: Float64Array;
  readonly mean: Float64Array;
  /** How the mean moved last. */
  readonly step: Float64Array;
  readonly #information: Float64Array;
  readonly #vector: Float64Array;

  /** With the stated standard deviations as its prior. */
  constructor(stated: Float64Array) {
    const n = stated.length;
    this.size = n;
    this.stated = stated;
    this.numbers = new Float64Array(2 * n * n + 2 * n);
    this.#information = this.numbers.subarray(0, n * n);
    this.covariance = this.numbers.subarray(n * n, 2 * n * n);
    this.#vector = this.numbers.subarray(2 * n * n, 2 * n * n + n);
    this.mean = this.numbers.subarray(2 * n * n + n);
    this.step = new Float64Array(n);
    for (let i = 0; i < n; i++) this.covariance[i * (n + 1)] = stated[i] ** 2;
  }

  /** Adds what the plot of the last update, whitened, tells of the biases. */
  inform({ count: n, active, whitened: t }: BiasColumns, rows: number): void {
    const { size } = this;
    for (let k = 0; k < rows; k++) {
      let r = white[k];
      for (let a = 0; a < n; a++) r += t[4 * a + k] * this.mean[active[a]];
      for (let a = 0; a < n; a++) {
        const i = active[a];
        const ti = t[4 * a + k];
        this.#vector[i] += ti * r;
        for (let b = 0; b < n; b++) this.#information[size * i + active[b]] += ti * t[4 * b + k];
      }
    }
  }

  /** white' (I + T B T')^-1 white, T whitened. */
  distance2({ count: n, active, whitened: t }: BiasColumns, rows: number): number {
    const m = spread;
    for (let k = 0; k < rows; k++) {
      for (let l = 0; l <= k; l++) m[4 * k + l] = k === l ? 1 : 0;
    }
    for (let a = 0; a < n; a++) {
      residual.fill(0);
      for (let b = 0; b < n; b++) {
        const c = this.covariance[this.size * active[a] + active[b]];
        for (let l = 0; l < rows; l++) residual[l] += c * t[4 * b + l];
      }
      for (let k = 0; k < rows; k++) for (let l = 0; l <= k; l++) m[4 * k + l] += t[4 * a + k] * residual[l];
    }
    let d2 = 0;
    for (let k = 0; k < rows; k++) {
      let y = white[k];
      for (let l = 0; l <= k; l++) {
        let v = m[4 * k + l];
        for (let q = 0; q < l; q++) v -= m[4 * k + q] * m[4 * l + q];
        m[4 * k + l] = k === l ? Math.sqrt(v) : v / m[5 * l];
      }
      for (let l = 0; l < k; l++) y -= m[4 * k + l] * residual[l];
      residual[k] = y / m[5 * k];
      d2 += residual[k] * residual[k];
    }
    return d2;
  }

  /** What the plots have told so far comes into covariance and mean; {@link step} is how the mean moved. */
  moveOn(): 'moved' | 'stayed' | 'failed' {
    const n = this.size;
    const { covariance, mean, step } = this;
    step.set(mean);
    if (!inverseOfOnePlus(n, this.#information, this.stated, covariance)) return 'failed';
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += covariance[n * i + j] * this.#vector[j];
      mean[i] = sum;
    }
    let far = false;
    for (let i = 0; i < n; i++) {
      step[i] = mean[i] - step[i];
      if (step[i] ** 2 > STEP_SHARE ** 2 * covariance[(n + 1) * i]) far = true;
    }
    if (far) return 'moved';
    for (let i = 0; i < n; i++) mean[i] -= step[i];
    return 'stayed';
  }
}

const residual = new Float64Array(4);
const spread = new Float64Array(16);
