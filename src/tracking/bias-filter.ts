/**
 * The estimate of all sensors' biases. What the plots tell of them adds up as information until the estimate moves on; the
 * prior is what is stated. Between, each bias wanders: a first-order Gauss-Markov process with the stated standard deviation
 * and time constant (Gelb, Applied Optimal Estimation (1974), section 3.8), so that what was learnt long ago counts for less.
 */
import type { BiasColumns } from './bias-columns.ts';
import { white } from './kernels/kernels.gen.ts';
import { inverseOfPart, posterior } from './registration-linear.ts';

/** A step of the wandering is not taken for longer than so many time constants: nothing is left of what was known. */
const FORGOTTEN = 10;

export class BiasFilter {
  readonly size: number;
  readonly stated: Float64Array;
  /** Information of the plots since the estimate last moved on, its vector; covariance and mean of the biases as used now. One array, so that a snapshot is one copy. */
  readonly numbers: Float64Array;
  readonly covariance: Float64Array;
  readonly mean: Float64Array;
  /** How the mean moved last by what the plots told. */
  readonly step: Float64Array;
  readonly #information: Float64Array;
  readonly #vector: Float64Array;
  /** By bias: its rate of change (one over the time constant), 1/s; what is kept over the last step, and the variance that came. */
  readonly #rate: Float64Array;
  readonly #kept: Float64Array;
  readonly #came: Float64Array;
  /** For the biases that a track depends on, of the last step: how biases before follow from those after, G, and what is left open of them, N (by bias). */
  readonly #inverse: Float64Array;
  readonly #from: Float64Array;
  readonly #open: Float64Array;
  readonly #of: Int32Array;
  #ofCount = -1;

  /** With the stated standard deviations as its prior, and the rates of change, 1/s. */
  constructor(stated: Float64Array, rate: Float64Array) {
    const n = stated.length;
    this.size = n;
    this.stated = stated;
    this.numbers = new Float64Array(2 * n * n + 2 * n);
    this.#information = this.numbers.subarray(0, n * n);
    this.covariance = this.numbers.subarray(n * n, 2 * n * n);
    this.#vector = this.numbers.subarray(2 * n * n, 2 * n * n + n);
    this.mean = this.numbers.subarray(2 * n * n + n);
    this.step = new Float64Array(n);
    this.#rate = rate;
    this.#kept = new Float64Array(n);
    this.#came = new Float64Array(n);
    this.#inverse = new Float64Array(n * n);
    this.#from = new Float64Array(n * n);
    this.#open = new Float64Array(n * n);
    this.#of = new Int32Array(n);
    for (let i = 0; i < n; i++) this.covariance[i * (n + 1)] = stated[i] ** 2;
  }

  /** Adds what the plot of the last update, whitened, tells of the biases. */
  inform({ count: n, active, whitened: t }: BiasColumns, rows: number): void {
    const { size } = this;
    for (let k = 0; k < rows; k++) {
      const r = white[k];
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

  /** What the plots have told since comes into covariance and mean; {@link step} is how the mean moved. False if it can't be. */
  learn(): boolean {
    const n = this.size;
    const { covariance, mean, step } = this;
    const sound = posterior(n, covariance, this.#information, covariance);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      if (sound) for (let j = 0; j < n; j++) sum += covariance[n * i + j] * this.#vector[j];
      step[i] = sum;
    }
    for (let i = 0; i < n; i++) mean[i] += step[i];
    this.#information.fill(0);
    this.#vector.fill(0);
    return sound;
  }

  /** Lets the biases wander for `dt` s. */
  wander(dt: number): void {
    const n = this.size;
    const { covariance, mean } = this;
    for (let i = 0; i < n; i++) {
      this.#kept[i] = Math.exp(-Math.min(FORGOTTEN, dt * this.#rate[i]));
      this.#came[i] = this.stated[i] ** 2 * (1 - this.#kept[i] ** 2);
    }
    for (let i = 0; i < n; i++) {
      mean[i] *= this.#kept[i];
      for (let j = 0; j < n; j++) covariance[n * i + j] *= this.#kept[i] * this.#kept[j];
      covariance[(n + 1) * i] += this.#came[i];
    }
    this.#ofCount = -1;
  }

  /**
   * After {@link wander}: V of a track, which says how it follows from the biases as they were, becomes how it follows from
   * those as they are, V G; what that leaves open of them is noise of the track's own, V N V'. False if it depends on none. G = P F P'^-1 and
   * N = P - G P' G' of the covariance P before, F what is kept and P' after, over the biases that the track depends on.
   */
  age(columns: BiasColumns, s: Float64Array): boolean {
    columns.activate(s);
    const n = columns.count;
    if (n === 0 || !this.#relate(n, columns.active)) return false;
    columns.addNoise(s, this.#open);
    columns.turnInto(s, this.#from);
    return true;
  }

  /** G (n x n) and N (size x size) over the biases `of`. False if there are none. */
  #relate(n: number, of: Int32Array): boolean {
    const { size } = this;
    let same = n === this.#ofCount;
    for (let a = 0; a < n && same; a++) same = of[a] === this.#of[a];
    if (same) return true;
    this.#ofCount = -1;
    if (!inverseOfPart(n, this.covariance, size, of, this.#inverse)) return false;
    this.#ofCount = n;
    for (let a = 0; a < n; a++) {
      const i = of[a];
      this.#of[a] = i;
      for (let b = 0; b < n; b++) {
        const j = of[b];
        const one = a === b ? 1 : 0;
        const share = this.#came[i] * this.#inverse[n * a + b];
        this.#from[n * a + b] = (one - share) / this.#kept[i];
        this.#open[size * i + j] =
          (one * this.#came[i] - share * this.#came[j]) / (this.#kept[i] * this.#kept[j]);
      }
    }
    return true;
  }
}

const residual = new Float64Array(4);
const spread = new Float64Array(16);
