/**
 * How the states of tracks would move with the sensors' biases: beside each filter of a track stands V, a column for each
 * bias, in the track's own slab (offsets below). See registration.ts.
 */
import { shiftBank } from './bank.ts';
import { ballisticStepLimit, ballisticTransition, E3, F6, F6lnB, predictBoost } from './dynamics.ts';
import { mixed, mixWeights } from './imm.ts';
import { factor, pht } from './kernels/kernels.gen.ts';
import type { Look, SensorModel } from './measurement.ts';
import {
  FROZEN,
  LIFT_TIME,
  LIT_TIME,
  PB,
  PC,
  PRED_TIME,
  SENSORS,
  slabLength,
  TIME,
  XB,
  XC,
  XL,
} from './slab.ts';

/** Numbers of a track for each bias: the column of V of boost-9 and of ballistic-7. */
const STRIDE = 16;
/** Where the ballistic part of a column begins. */
export const BALLISTIC = 9;

export class BiasColumns {
  /** Number of biases. */
  readonly size: number;
  /** How many numbers a track's slab needs. */
  readonly slab: number;
  /** First bias of each sensor, -1: none stated. */
  readonly first: Int32Array;
  /** Biases of the sensors in the track last looked at, and their number. */
  readonly active: Int32Array;
  count = 0;
  /** T of the last look: rows of a plot by active biases, four for each; and whitened. */
  readonly t: Float64Array;
  readonly whitened: Float64Array;
  readonly #sensors: readonly SensorModel[];
  /** Offset of V in a slab. */
  readonly #offset: number;
  readonly #scratch = new Float64Array(9 + 81);
  readonly #column = new Float64Array(9);
  readonly #row: Float64Array;

  constructor(sensors: readonly SensorModel[]) {
    this.#sensors = sensors;
    this.first = new Int32Array(sensors.length).fill(-1);
    let n = 0;
    for (const m of sensors) {
      if (!m.biasSigma) continue;
      this.first[m.index] = n;
      n += m.biasSigma.length;
    }
    this.size = n;
    this.#offset = SENSORS + sensors.length;
    this.slab = slabLength(sensors.length) + STRIDE * n;
    this.active = new Int32Array(n);
    this.t = new Float64Array(4 * n);
    this.whitened = new Float64Array(4 * n);
    this.#row = new Float64Array(n);
  }

  /** Offset in a slab of the column of a bias; `part` 0: of boost-9, {@link BALLISTIC}: of ballistic-7. */
  at(bias: number, part: number): number {
    return this.#offset + STRIDE * bias + part;
  }

  /** Fills the list of biases that a track depends on. */
  activate(s: Float64Array): void {
    let n = 0;
    for (const m of this.#sensors) {
      const first = this.first[m.index];
      if (first < 0 || !m.biasSigma || s[SENSORS + m.index] === 0) continue;
      for (let k = 0; k < m.biasSigma.length; k++) this.active[n++] = first + k;
    }
    this.count = n;
  }

  /** How the own biases of the look's sensor enter its rows: row k, bias l. */
  #direct(look: Look, k: number, l: number): number {
    // Where the radar is in truth, the target is as much farther on than it seems.
    if (!look.infrared) return l >= 3 ? look.jacobian[6 * k + l - 3] : k === l ? 1 : 0;
    const a = look.axes;
    const e = 3 * (k + 1);
    return a[e] * look.across[3 * l] + a[e + 1] * look.across[3 * l + 1] + a[e + 2] * look.across[3 * l + 2];
  }

  /**
   * Begins V of a track that was just started from a radar plot: its position follows the plot. (One from two lines of
   * sight begins with none: what the target may have travelled between them is far more.)
   */
  start(s: Float64Array, look: Look, sensor: SensorModel): void {
    const first = this.first[sensor.index];
    if (first < 0 || !sensor.biasSigma) return;
    for (let l = 0; l < sensor.biasSigma.length; l++) {
      const t = this.t;
      for (let k = 0; k < look.rows; k++) t[k] = this.#direct(look, k, l) / look.variances[k];
      const o = this.#offset + STRIDE * (first + l);
      gainInto(9, s, PB, look, t, 0, s, o);
      gainInto(7, s, PC, look, t, 0, s, o + BALLISTIC);
    }
  }

  /** Takes V of a track to the time of its prediction; before its update. */
  carry(s: Float64Array): void {
    const dt = (s[PRED_TIME] - s[TIME]) / 1e6;
    this.activate(s);
    if (this.count === 0 || dt === 0) return;
    if (s[FROZEN] === 0) {
      mixWeights(s, s[PRED_TIME]);
      for (let a = 0; a < this.count; a++) {
        const o = this.#offset + STRIDE * this.active[a];
        const { intoBoost, intoBallistic } = mixed;
        for (let i = 0; i < 6; i++) {
          const b = s[o + i];
          const c = s[o + BALLISTIC + i];
          s[o + i] += intoBoost * (c - b);
          s[o + BALLISTIC + i] += intoBallistic * (b - c);
        }
        for (let i = 6; i < 9; i++) s[o + i] *= 1 - intoBoost;
      }
      this.#carryBoost(s, dt);
    }
    this.#carryBallistic(s, dt);
  }

  /** For one model of such a filter: V over `dt` s; before its prediction. */
  carryOne(s: Float64Array, n: number, dt: number): void {
    this.activate(s);
    if (n === 9) this.#carryBoost(s, dt);
    else this.#carryBallistic(s, dt);
  }

  /** Takes V of boost over `dt` s from the state as it stands. */
  #carryBoost(s: Float64Array, dt: number): void {
    const x = this.#scratch;
    for (let i = 0; i < 9; i++) x[i] = s[XB + i];
    for (let rest = dt; Math.abs(rest) > 0; ) {
      const step = Math.max(-2, Math.min(2, rest));
      rest = step === rest ? 0 : rest - step;
      predictBoost(x, 0, 9, step);
      const half = 0.5 * step * step;
      for (let a = 0; a < this.count; a++) {
        const o = this.#offset + STRIDE * this.active[a];
        for (let i = 0; i < 9; i++) this.#column[i] = s[o + i];
        for (let i = 0; i < 6; i++) {
          let sum = (i < 3 ? half : step) * this.#column[6 + (i % 3)];
          for (let j = 0; j < 6; j++) sum += F6[6 * i + j] * this.#column[j];
          s[o + i] = sum;
        }
        for (let i = 0; i < 3; i++) {
          let sum = 0;
          for (let j = 0; j < 3; j++) sum += E3[3 * i + j] * this.#column[6 + j];
          s[o + 6 + i] = sum;
        }
      }
    }
  }

  /** The same of the ballistic model. */
  #carryBallistic(s: Float64Array, dt: number): void {
    const x = this.#scratch;
    for (let i = 0; i < 7; i++) x[i] = s[XC + i];
    for (let rest = dt; Math.abs(rest) > 0; ) {
      const limit = ballisticStepLimit(Math.hypot(x[0], x[1], x[2]) - 6.378e6);
      const step = Math.max(-limit, Math.min(limit, rest));
      rest = step === rest ? 0 : rest - step;
      ballisticTransition(x, step);
      for (let a = 0; a < this.count; a++) {
        const o = this.#offset + STRIDE * this.active[a] + BALLISTIC;
        for (let i = 0; i < 6; i++) this.#column[i] = s[o + i];
        for (let i = 0; i < 6; i++) {
          let sum = F6lnB[i] * s[o + 6];
          for (let j = 0; j < 6; j++) sum += F6[6 * i + j] * this.#column[j];
          s[o + i] = sum;
        }
      }
    }
  }

  /** T = H V + D of the active biases, four rows for each. */
  fill(s: Float64Array, look: Look, sensor: SensorModel, part: number, dt = 0): void {
    const { rows, columns, jacobian } = look;
    const first = this.first[sensor.index];
    const last = first + (sensor.biasSigma?.length ?? 0);
    for (let a = 0; a < this.count; a++) {
      const bias = this.active[a];
      const o = this.#offset + STRIDE * bias + part;
      for (let k = 0; k < rows; k++) {
        let sum = first >= 0 && bias >= first && bias < last ? this.#direct(look, k, bias - first) : 0;
        for (let j = 0; j < columns; j++)
          sum += jacobian[6 * k + j] * (s[o + j] + (j < 3 ? dt * s[o + 3 + j] : 0));
        this.t[4 * a + k] = sum;
      }
    }
  }

  /** V - K T, K = P H' R^-1 of the updated P. */
  turn(s: Float64Array, look: Look, n: number, po: number, part: number, rowsOfV: number): void {
    const t = this.t;
    for (let a = 0; a < this.count; a++) {
      for (let k = 0; k < look.rows; k++) t[4 * a + k] /= look.variances[k];
      const o = this.#offset + STRIDE * this.active[a] + part;
      gainInto(n, s, po, look, t, 4 * a, s, o, rowsOfV);
    }
  }

  /** V - p K T, K = P H' S^-1 of the innovation that stands in the scratch. */
  turnBy(s: Float64Array, rows: number, part: number, rowsOfV: number, p: number): void {
    this.whiten(rows);
    const z = residual;
    for (let a = 0; a < this.count; a++) {
      for (let k = rows - 1; k >= 0; k--) {
        let v = this.whitened[4 * a + k];
        for (let m = k + 1; m < rows; m++) v -= factor[4 * m + k] * z[m];
        z[k] = v / factor[5 * k];
      }
      const o = this.#offset + STRIDE * this.active[a] + part;
      for (let i = 0; i < rowsOfV; i++) for (let k = 0; k < rows; k++) s[o + i] -= p * pht[4 * i + k] * z[k];
    }
  }

  /** T by the factor of S, beside the whitened residual that stands there. */
  whiten(rows: number): void {
    for (let a = 0; a < this.count; a++) {
      for (let k = 0; k < rows; k++) {
        let v = this.t[4 * a + k];
        for (let m = 0; m < k; m++) v -= factor[4 * k + m] * this.whitened[4 * a + m];
        this.whitened[4 * a + k] = v / factor[5 * k];
      }
    }
  }

  /** Should it be lit again, the boost model starts from the ballistic one. */
  keepForBoost(s: Float64Array): void {
    for (let a = 0; a < this.count; a++) {
      const o = this.#offset + STRIDE * this.active[a];
      s.copyWithin(o, o + BALLISTIC, o + BALLISTIC + 6);
      s.fill(0, o + 6, o + 9);
    }
  }

  /** Ballistic V of a track that has just been taken from its boost model, `dt` s on. */
  takeBoost(s: Float64Array, dt: number): void {
    this.activate(s);
    for (let a = 0; a < this.count; a++) {
      const o = this.#offset + STRIDE * this.active[a];
      for (let i = 0; i < 6; i++) s[o + BALLISTIC + i] = s[o + i] + (i < 3 ? dt * s[o + 3 + i] : 0);
      s[o + BALLISTIC + 6] = 0;
    }
  }

  /** Copies V of one model from another slab. */
  takeBallistic(s: Float64Array, from: Float64Array): void {
    this.activate(s);
    for (let a = 0; a < this.count; a++) {
      const o = this.#offset + STRIDE * this.active[a] + BALLISTIC;
      s.set(from.subarray(o, o + 7), o);
    }
  }

  /** Moves the states of a track by what its biases have moved. */
  shift(s: Float64Array, step: Float64Array): void {
    this.activate(s);
    for (let a = 0; a < this.count; a++) {
      const bias = this.active[a];
      const d = step[bias];
      const o = this.#offset + STRIDE * bias;
      for (let i = 0; i < 9; i++) s[XB + i] += d * s[o + i];
      for (let i = 0; i < 7; i++) s[XC + i] += d * s[o + BALLISTIC + i];
      shiftBank(s, o + BALLISTIC, d);
      if (s[LIT_TIME] > 0 || s[LIFT_TIME] > 0)
        for (let i = 0; i < 6; i++) s[XL + i] += d * s[o + BALLISTIC + i];
    }
    s[PRED_TIME] = 0;
  }

  /** Adds V M V' to the covariance of a model of dimension `n`; M is `size` x `size`. The active biases are those of the slab. */
  widen(s: Float64Array, n: number, po: number, part: number, matrix: Float64Array): void {
    const { size, active } = this;
    const vb = this.#column;
    for (let b = 0; b < this.count; b++) {
      const j = active[b];
      vb.fill(0);
      for (let a = 0; a < this.count; a++) {
        const i = active[a];
        const c = matrix[size * i + j];
        const o = this.at(i, part);
        for (let k = 0; k < n; k++) vb[k] += c * s[o + k];
      }
      const o = this.at(j, part);
      for (let k = 0; k < n; k++) {
        for (let l = k; l < n; l++) {
          s[po + n * k + l] += vb[k] * s[o + l];
        }
      }
    }
    // The sum over biases is symmetric: one triangle is made, and mirrored.
    for (let k = 0; k < n; k++) for (let l = 0; l < k; l++) s[po + n * k + l] = s[po + n * l + k];
  }

  /** Adds V M V' to the covariances of a track's models. */
  addNoise(s: Float64Array, matrix: Float64Array): void {
    this.widen(s, 7, PC, BALLISTIC, matrix);
    if (s[FROZEN] === 0) this.widen(s, 9, PB, 0, matrix);
    s[PRED_TIME] = 0;
  }

  /** Makes V G of V; G over the active biases. */
  turnInto(s: Float64Array, g: Float64Array): void {
    const n = this.count;
    const row = this.#row;
    for (let i = 0; i < STRIDE; i++) {
      for (let b = 0; b < n; b++) {
        let sum = 0;
        for (let a = 0; a < n; a++) sum += s[this.#offset + STRIDE * this.active[a] + i] * g[n * a + b];
        row[b] = sum;
      }
      for (let b = 0; b < n; b++) s[this.#offset + STRIDE * this.active[b] + i] = row[b];
    }
  }

  /** Clears V of a slab on which a filter is run for itself. */
  clear(s: Float64Array): void {
    s.fill(0, SENSORS);
  }
}

const residual = new Float64Array(4);

/** Subtracts P H' t from the column at `out[o]`: the gain on a residual t that is already divided by the variances. */
function gainInto(
  n: number,
  s: Float64Array,
  po: number,
  look: Look,
  t: Float64Array,
  to: number,
  out: Float64Array,
  o: number,
  rows = n,
): void {
  for (let j = 0; j < look.columns; j++) {
    let h = 0;
    for (let k = 0; k < look.rows; k++) h += look.jacobian[6 * k + j] * t[to + k];
    for (let i = 0; i < rows; i++) out[o + i] -= s[po + n * i + j] * h;
  }
}
