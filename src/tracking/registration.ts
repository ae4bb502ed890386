/**
 * Registration: the constant errors (biases) of sensors whose description states how large they may be, estimated
 * from the targets that several sensors see, and taken into what is said of every track.
 *
 * The filters of the tracks run as if the biases were known to be {@link Registration.mean}: plots are corrected by
 * it, gains and covariances are those without bias. Beside each filter stands how its state would move with each
 * bias, V (columns in the track's slab): x(b) = x + V (b - mean). With T = H V + D, D how a bias enters the plot,
 * an update makes V - K T of V, and the innovation is T (b - mean) + white noise of the covariance S of the filter.
 * So every plot adds T' S^-1 T to the information on all biases, its own track's motion taken out, and the
 * information of different tracks simply adds: given the biases, their plots are independent. For linear models
 * this is exactly the filter of all tracks and biases together (Friedland, IEEE Trans. Automatic Control 14 (1969)
 * 359), with the stated standard deviations as its prior.
 *
 * A bias that the plots do not tell of stays at its prior and is only considered (Schmidt): what is said of a
 * track has the covariance P + V B V', B the biases' own. Once a second of event time the estimate moves on and
 * takes every track's state along by V. All of it is part of the tracker's snapshots, so a replay ends in the same bits.
 *
 * Only tracks that fall freely beyond doubt and rest on two sensors or more inform: thrust would pass for a bias.
 */
import { ballisticStep, ballisticStepLimit, E3, F6, F6lnB, predictBoost } from './dynamics.ts';
import { dragKnown, mixed, mixWeights, weight } from './imm.ts';
import { factor, pht, white } from './kernels/kernels.gen.ts';
import type { Look, SensorModel } from './measurement.ts';
import type { BiasEstimate } from './options.ts';
import { inverseOfOnePlus } from './registration-linear.ts';
import {
  CONFIRMED,
  FROZEN,
  LIFT_TIME,
  LIT_TIME,
  MU_B,
  PB,
  PBP,
  PC,
  PCP,
  PRED_MU_B,
  PRED_TIME,
  SENSORS,
  slabLength,
  TIME,
  XB,
  XBP,
  XC,
  XCP,
  XL,
} from './slab.ts';
import { innovation } from './update.ts';

/** Numbers of a track for each bias: the column of V of boost-9 and of ballistic-7. */
const STRIDE = 16;
const C = 9;
/** The estimate moves on this often, us. */
const EVERY_US = 1e6;
/** A change smaller than this share of a bias's own standard deviation moves no track. */
const STEP_SHARE = 1e-3;

/** What a snapshot keeps. */
export interface RegistrationState {
  /** Information matrix, vector, covariance, mean, and when it last moved on. */
  numbers: Float64Array;
  movedUs: number;
  informed: boolean;
}

export class Registration {
  /** Number of biases. */
  readonly size: number;
  /** How many numbers a track's slab needs. */
  readonly slab: number;
  readonly #sensors: readonly SensorModel[];
  /** First bias of each sensor, -1: none stated. */
  readonly #first: Int32Array;
  readonly #stated: Float64Array;
  /** Whether estimates are used; if not, biases are only considered. */
  readonly #estimate: boolean;
  /** Offset of V in a slab. */
  readonly #offset: number;
  /** Information of the plots, its vector; covariance and mean of the biases as used now. One array, so that a snapshot is one copy. */
  readonly #numbers: Float64Array;
  readonly #information: Float64Array;
  readonly #vector: Float64Array;
  readonly #covariance: Float64Array;
  readonly #mean: Float64Array;
  #movedUs = Number.NEGATIVE_INFINITY;
  #informed = false;
  /** T of the last update: rows of a plot by biases; and whitened. */
  readonly #t: Float64Array;
  readonly #whitened: Float64Array;
  readonly #step: Float64Array;
  /** Biases of the sensors in a track, and their number. */
  readonly #active: Int32Array;
  #count = 0;
  readonly #scratch = new Float64Array(9 + 81);
  readonly #column = new Float64Array(9);
  readonly #told: Float64Array;
  /** A slab for filters that are run for themselves. */
  readonly bench: Float64Array;

  /** Undefined if no sensor states a bias: nothing is then spent on it. */
  static of(sensors: readonly SensorModel[], estimate: boolean): Registration | undefined {
    return sensors.some((m) => m.biasSigma) ? new Registration(sensors, estimate) : undefined;
  }

  private constructor(sensors: readonly SensorModel[], estimate: boolean) {
    this.#sensors = sensors;
    this.#estimate = estimate;
    this.#first = new Int32Array(sensors.length).fill(-1);
    let n = 0;
    for (const m of sensors) {
      if (!m.biasSigma) continue;
      this.#first[m.index] = n;
      n += m.biasSigma.length;
    }
    this.size = n;
    this.#offset = SENSORS + sensors.length;
    this.slab = slabLength(sensors.length) + STRIDE * n;
    this.#numbers = new Float64Array(2 * n * n + 2 * n);
    this.#information = this.#numbers.subarray(0, n * n);
    this.#covariance = this.#numbers.subarray(n * n, 2 * n * n);
    this.#vector = this.#numbers.subarray(2 * n * n, 2 * n * n + n);
    this.#mean = this.#numbers.subarray(2 * n * n + n);
    this.#stated = new Float64Array(n);
    this.#t = new Float64Array(4 * n);
    this.#whitened = new Float64Array(4 * n);
    this.#step = new Float64Array(n);
    this.#active = new Int32Array(n);
    this.#told = new Float64Array(this.slab);
    this.bench = new Float64Array(this.slab);
    for (const m of sensors) {
      const first = this.#first[m.index];
      m.biasSigma?.forEach((v, k) => {
        this.#stated[first + k] = v;
        this.#covariance[(first + k) * (n + 1)] = v * v;
      });
    }
    this.#show();
  }

  save(into?: RegistrationState): RegistrationState {
    const state = into ?? { numbers: new Float64Array(this.#numbers.length), movedUs: 0, informed: false };
    state.numbers.set(this.#numbers);
    state.movedUs = this.#movedUs;
    state.informed = this.#informed;
    return state;
  }

  restore(state: RegistrationState): void {
    this.#numbers.set(state.numbers);
    this.#movedUs = state.movedUs;
    this.#informed = state.informed;
    this.#show();
  }

  /** The estimate of a sensor's biases; undefined if it states none. */
  estimate(sensor: SensorModel): BiasEstimate[] | undefined {
    const first = this.#first[sensor.index];
    if (first < 0) return undefined;
    const names = sensor.infrared
      ? (['acrossEast', 'acrossNorth'] as const)
      : (['range', 'azimuth', 'elevation'] as const);
    return names.map((component, k) => ({
      component,
      // Inside the second axis of an infrared sensor points south.
      value: component === 'acrossNorth' ? -this.#mean[first + k] : this.#mean[first + k],
      sigma: Math.sqrt(this.#covariance[(first + k) * (this.size + 1)]),
      stated: this.#stated[first + k],
    }));
  }

  /** Puts the estimate where plots are made ready: what is taken off, and how much wider gates must be. */
  #show(): void {
    for (const m of this.#sensors) {
      const first = this.#first[m.index];
      if (first < 0 || !m.biasSigma) continue;
      let ratio = 0;
      for (let k = 0; k < m.biasSigma.length; k++) {
        m.bias[k] = this.#mean[first + k];
        ratio = Math.max(ratio, this.#covariance[(first + k) * (this.size + 1)] / m.variances[k]);
      }
      m.wide = Math.sqrt(1 + ratio);
    }
  }

  /** Fills the list of biases that a track depends on. */
  #activate(s: Float64Array): void {
    let n = 0;
    for (const m of this.#sensors) {
      const first = this.#first[m.index];
      if (first < 0 || !m.biasSigma || s[SENSORS + m.index] === 0) continue;
      for (let k = 0; k < m.biasSigma.length; k++) this.#active[n++] = first + k;
    }
    this.#count = n;
  }

  /** How the own biases of the look's sensor enter its rows: row k, bias l. */
  #direct(look: Look, k: number, l: number): number {
    if (!look.infrared) return k === l ? 1 : 0;
    const a = look.axes;
    const e = 3 * (k + 1);
    return a[e] * look.across[3 * l] + a[e + 1] * look.across[3 * l + 1] + a[e + 2] * look.across[3 * l + 2];
  }

  /**
   * Begins V of a track that was just started from a radar plot: its position follows the plot. (One from two lines of
   * sight begins with none: what the target may have travelled between them is far more.)
   */
  start(s: Float64Array, look: Look, sensor: SensorModel): void {
    const first = this.#first[sensor.index];
    if (first < 0 || !sensor.biasSigma) return;
    for (let l = 0; l < sensor.biasSigma.length; l++) {
      const t = this.#t;
      for (let k = 0; k < look.rows; k++) t[k] = this.#direct(look, k, l) / look.variances[k];
      const o = this.#offset + STRIDE * (first + l);
      gainInto(9, s, PB, look, t, 0, s, o);
      gainInto(7, s, PC, look, t, 0, s, o + C);
    }
  }

  /** Takes V of a track to the time of its prediction; before its update. */
  carry(s: Float64Array): void {
    const dt = (s[PRED_TIME] - s[TIME]) / 1e6;
    this.#activate(s);
    if (this.#count === 0 || dt === 0) return;
    if (s[FROZEN] === 0) {
      mixWeights(s, s[PRED_TIME]);
      for (let a = 0; a < this.#count; a++) {
        const o = this.#offset + STRIDE * this.#active[a];
        const { intoBoost, intoBallistic } = mixed;
        for (let i = 0; i < 6; i++) {
          const b = s[o + i];
          const c = s[o + C + i];
          s[o + i] += intoBoost * (c - b);
          s[o + C + i] += intoBallistic * (b - c);
        }
        for (let i = 6; i < 9; i++) s[o + i] *= 1 - intoBoost;
      }
      this.#carryBoost(s, dt);
    }
    this.#carryBallistic(s, dt);
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
      for (let a = 0; a < this.#count; a++) {
        const o = this.#offset + STRIDE * this.#active[a];
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
      ballisticStep(x, 0, Math.exp(x[6]), step, true);
      for (let a = 0; a < this.#count; a++) {
        const o = this.#offset + STRIDE * this.#active[a] + C;
        for (let i = 0; i < 6; i++) this.#column[i] = s[o + i];
        for (let i = 0; i < 6; i++) {
          let sum = F6lnB[i] * s[o + 6];
          for (let j = 0; j < 6; j++) sum += F6[6 * i + j] * this.#column[j];
          s[o + i] = sum;
        }
      }
    }
  }

  /**
   * After the update of a track with a look: V, and what the plot tells of the biases. The NIS of the update is
   * put right for what the biases may do to it.
   */
  update(s: Float64Array, look: Look, sensor: SensorModel): void {
    this.#activate(s);
    const n = this.#count;
    if (n === 0) return;
    const frozen = s[FROZEN] === 1;
    this.#fill(s, look, sensor, C);
    if (frozen) {
      this.#whiten(look.rows);
      weight.ballistic2 = this.#distance2(look.rows);
      if (s[CONFIRMED] > 0 && this.#informs(s, sensor)) this.#inform(look.rows);
    } else weight.ballistic2 /= sensor.wide * sensor.wide;
    this.#turn(s, look, 7, PC, C, frozen || dragKnown(s, s[TIME]) ? 7 : 6);
    if (!frozen) {
      this.#fill(s, look, sensor, 0);
      this.#turn(s, look, 9, PB, 0, 9);
      return;
    }
    this.#keepForBoost(s);
  }

  /**
   * After an update with plots of which none is certain: V moves by the gain on the prediction, which still stands, as
   * far as one of them is the track's own (`probability`). It tells nothing of the biases.
   */
  updateJointly(s: Float64Array, look: Look, sensor: SensorModel, probability: number): void {
    this.#activate(s);
    if (this.#count === 0) return;
    weight.ballistic2 /= sensor.wide * sensor.wide;
    if (innovation(7, s, XCP, PCP, look)) {
      this.#fill(s, look, sensor, C);
      this.#turnBy(s, look.rows, C, s[FROZEN] === 1 || dragKnown(s, s[TIME]) ? 7 : 6, probability);
    }
    if (s[FROZEN] === 1) this.#keepForBoost(s);
    else if (innovation(9, s, XBP, PBP, look)) {
      this.#fill(s, look, sensor, 0);
      this.#turnBy(s, look.rows, 0, 9, probability);
    }
  }

  /** V - p K T, K = P H' S^-1 of the innovation that stands in the scratch. */
  #turnBy(s: Float64Array, rows: number, part: number, rowsOfV: number, p: number): void {
    this.#whiten(rows);
    const z = residual;
    for (let a = 0; a < this.#count; a++) {
      for (let k = rows - 1; k >= 0; k--) {
        let v = this.#whitened[4 * a + k];
        for (let m = k + 1; m < rows; m++) v -= factor[4 * m + k] * z[m];
        z[k] = v / factor[5 * k];
      }
      const o = this.#offset + STRIDE * this.#active[a] + part;
      for (let i = 0; i < rowsOfV; i++) for (let k = 0; k < rows; k++) s[o + i] -= p * pht[4 * i + k] * z[k];
    }
  }

  /** Should it be lit again, the boost model starts from the ballistic one. */
  #keepForBoost(s: Float64Array): void {
    for (let a = 0; a < this.#count; a++) {
      const o = this.#offset + STRIDE * this.#active[a];
      s.copyWithin(o, o + C, o + C + 6);
      s.fill(0, o + 6, o + 9);
    }
  }

  /** Clears V of a slab on which a filter is run for itself. */
  clear(s: Float64Array): void {
    s.fill(0, SENSORS);
  }

  /** For one model of such a filter: V over `dt` s; before its prediction. */
  carryOne(s: Float64Array, n: number, dt: number): void {
    this.#activate(s);
    if (n === 9) this.#carryBoost(s, dt);
    else this.#carryBallistic(s, dt);
  }

  /** The same of one that is run for itself. */
  started(s: Float64Array, look: Look, sensor: SensorModel): void {
    s[SENSORS + sensor.index] = s[TIME];
    this.start(s, look, sensor);
  }

  /** The same after its update with a look; with `inform` the plot tells of the biases, once and for all. */
  updateOne(s: Float64Array, look: Look, sensor: SensorModel, n: number, inform: boolean): void {
    s[SENSORS + sensor.index] = s[TIME];
    this.#activate(s);
    const part = n === 9 ? 0 : C;
    this.#fill(s, look, sensor, part);
    if (inform && this.#informs(s, sensor)) {
      this.#whiten(look.rows);
      this.#inform(look.rows);
    }
    this.#turn(s, look, n, n === 9 ? PB : PC, part, n);
  }

  /** T = H V + D of the active biases, four rows for each. */
  #fill(s: Float64Array, look: Look, sensor: SensorModel, part: number, dt = 0): void {
    const { rows, columns, jacobian } = look;
    const first = this.#first[sensor.index];
    const last = first + (sensor.biasSigma?.length ?? 0);
    for (let a = 0; a < this.#count; a++) {
      const bias = this.#active[a];
      const o = this.#offset + STRIDE * bias + part;
      for (let k = 0; k < rows; k++) {
        let sum = first >= 0 && bias >= first && bias < last ? this.#direct(look, k, bias - first) : 0;
        for (let j = 0; j < columns; j++)
          sum += jacobian[6 * k + j] * (s[o + j] + (j < 3 ? dt * s[o + 3 + j] : 0));
        this.#t[4 * a + k] = sum;
      }
    }
  }

  /** V - K T, K = P H' R^-1 of the updated P. */
  #turn(s: Float64Array, look: Look, n: number, po: number, part: number, rowsOfV: number): void {
    const t = this.#t;
    for (let a = 0; a < this.#count; a++) {
      for (let k = 0; k < look.rows; k++) t[4 * a + k] /= look.variances[k];
      const o = this.#offset + STRIDE * this.#active[a] + part;
      gainInto(n, s, po, look, t, 4 * a, s, o, rowsOfV);
    }
  }

  /** Adds what the plot of the last update, whitened, tells of the biases. */
  #inform(rows: number): void {
    const { size } = this;
    const n = this.#count;
    const t = this.#whitened;
    this.#informed = true;
    for (let k = 0; k < rows; k++) {
      let r = white[k];
      for (let a = 0; a < n; a++) r += t[4 * a + k] * this.#mean[this.#active[a]];
      for (let a = 0; a < n; a++) {
        const i = this.#active[a];
        const ti = t[4 * a + k];
        this.#vector[i] += ti * r;
        for (let b = 0; b < n; b++) this.#information[size * i + this.#active[b]] += ti * t[4 * b + k];
      }
    }
  }

  /** Whether a track's plots of this sensor may inform: another sensor has fed it too. */
  #informs(s: Float64Array, sensor: SensorModel): boolean {
    if (!this.#estimate) return false;
    for (let i = 0; i < this.#sensors.length; i++) if (i !== sensor.index && s[SENSORS + i] > 0) return true;
    return false;
  }

  /** T by the factor of S, beside the whitened residual that stands there. */
  #whiten(rows: number): void {
    for (let a = 0; a < this.#count; a++) {
      for (let k = 0; k < rows; k++) {
        let v = this.#t[4 * a + k];
        for (let m = 0; m < k; m++) v -= factor[4 * k + m] * this.#whitened[4 * a + m];
        this.#whitened[4 * a + k] = v / factor[5 * k];
      }
    }
  }

  /** white' (I + T B T')^-1 white, T whitened. */
  #distance2(rows: number): number {
    const n = this.#count;
    const t = this.#whitened;
    const m = spread;
    for (let k = 0; k < rows; k++) {
      for (let l = 0; l <= k; l++) m[4 * k + l] = k === l ? 1 : 0;
    }
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        const c = this.#covariance[this.size * this.#active[a] + this.#active[b]];
        if (c === 0) continue;
        for (let k = 0; k < rows; k++) {
          const tc = t[4 * a + k] * c;
          for (let l = 0; l <= k; l++) m[4 * k + l] += tc * t[4 * b + l];
        }
      }
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

  /** Moves the estimate on if it is time, and the states of the slabs with it. True if it did. */
  moveOn(timeUs: number, tracks: readonly { s: Float64Array; version: number }[]): boolean {
    if (!this.#informed || timeUs - this.#movedUs < EVERY_US) return false;
    this.#movedUs = timeUs;
    this.#informed = false;
    const n = this.size;
    this.#step.set(this.#mean);
    if (!inverseOfOnePlus(n, this.#information, this.#stated, this.#covariance)) return false;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += this.#covariance[n * i + j] * this.#vector[j];
      this.#mean[i] = sum;
    }
    let far = false;
    for (let i = 0; i < n; i++) {
      this.#step[i] = this.#mean[i] - this.#step[i];
      if (this.#step[i] ** 2 > STEP_SHARE ** 2 * this.#covariance[(n + 1) * i]) far = true;
    }
    if (!far) for (let i = 0; i < n; i++) this.#mean[i] -= this.#step[i];
    else for (const track of tracks) this.#shift(track.s);
    for (const track of tracks) track.version++;
    this.#show();
    return true;
  }

  #shift(s: Float64Array): void {
    this.#activate(s);
    for (let a = 0; a < this.#count; a++) {
      const bias = this.#active[a];
      const d = this.#step[bias];
      const o = this.#offset + STRIDE * bias;
      for (let i = 0; i < 9; i++) s[XB + i] += d * s[o + i];
      for (let i = 0; i < 7; i++) s[XC + i] += d * s[o + C + i];
      if (s[LIT_TIME] > 0 || s[LIFT_TIME] > 0) for (let i = 0; i < 6; i++) s[XL + i] += d * s[o + C + i];
    }
    s[PRED_TIME] = 0;
  }

  /** Ballistic V of a track that has just been taken from its boost model, `dt` s on. */
  takeBoost(s: Float64Array, dt: number): void {
    this.#activate(s);
    for (let a = 0; a < this.#count; a++) {
      const o = this.#offset + STRIDE * this.#active[a];
      for (let i = 0; i < 6; i++) s[o + C + i] = s[o + i] + (i < 3 ? dt * s[o + 3 + i] : 0);
      s[o + C + 6] = 0;
    }
  }

  /** Copies V of one model from another slab. */
  takeBallistic(s: Float64Array, from: Float64Array): void {
    this.#activate(s);
    for (let a = 0; a < this.#count; a++) {
      const o = this.#offset + STRIDE * this.#active[a] + C;
      s.set(from.subarray(o, o + 7), o);
    }
  }

  /** Spread of a track's position at a time that the biases add, m: V is taken there in a straight line. */
  spread(s: Float64Array, timeUs: number): number {
    this.#activate(s);
    const dt = (timeUs - s[TIME]) / 1e6;
    const part = s[MU_B] >= 0.5 ? 0 : C;
    let sum = 0;
    for (let a = 0; a < this.#count; a++) {
      const i = this.#active[a];
      const oa = this.#offset + STRIDE * i + part;
      for (let b = 0; b < this.#count; b++) {
        const j = this.#active[b];
        const c = this.#covariance[this.size * i + j];
        if (c === 0) continue;
        const ob = this.#offset + STRIDE * j + part;
        for (let k = 0; k < 3; k++)
          sum += c * (s[oa + k] + dt * s[oa + 3 + k]) * (s[ob + k] + dt * s[ob + 3 + k]);
      }
    }
    return Math.sqrt(Math.max(0, sum));
  }

  /** Whether a look may be that of a track, predicted to its time, by its likelier model and with the biases considered. */
  mayBe(s: Float64Array, look: Look, sensor: SensorModel, timeUs: number, gate: number): boolean {
    const dt = (timeUs - s[TIME]) / 1e6;
    const boost = s[FROZEN] === 0 && s[PRED_MU_B] >= 0.5;
    const part = boost ? 0 : C;
    if (!(boost ? innovation(9, s, XBP, PBP, look) : innovation(7, s, XCP, PCP, look))) return false;
    const seen = s[SENSORS + sensor.index];
    s[SENSORS + sensor.index] = 1;
    this.#activate(s);
    s[SENSORS + sensor.index] = seen;
    this.#fill(s, look, sensor, part, dt);
    this.#whiten(look.rows);
    return this.#distance2(look.rows) <= gate;
  }

  /**
   * Adds to the covariances of a slab what the biases do to them; of both models, or of the one of dimension `only`.
   */
  widen(s: Float64Array, only?: number): void {
    this.#activate(s);
    if (only === 9 || (only === undefined && s[FROZEN] === 0)) this.#widenOne(s, 9, PB, 0);
    if (only !== 9) this.#widenOne(s, 7, PC, C);
  }

  #widenOne(s: Float64Array, n: number, po: number, part: number): void {
    const { size } = this;
    const vb = this.#column;
    for (let b = 0; b < this.#count; b++) {
      const j = this.#active[b];
      vb.fill(0);
      for (let a = 0; a < this.#count; a++) {
        const i = this.#active[a];
        const c = this.#covariance[size * i + j];
        const o = this.#offset + STRIDE * i + part;
        for (let k = 0; k < n; k++) vb[k] += c * s[o + k];
      }
      const o = this.#offset + STRIDE * j + part;
      for (let k = 0; k < n; k++) {
        for (let l = k; l < n; l++) {
          // The sum over biases is symmetric; each term is made so, and the matrix stays so exactly.
          const v = s[po + n * k + l] + 0.5 * (vb[k] * s[o + l] + vb[l] * s[o + k]);
          s[po + n * k + l] = v;
          s[po + n * l + k] = v;
        }
      }
    }
  }

  /** A slab as others may see it: the same state, with covariances that hold what the biases may do. One scratch for all. */
  told(s: Float64Array): Float64Array {
    this.#told.set(s);
    this.widen(this.#told);
    return this.#told;
  }
}

const residual = new Float64Array(4);
const spread = new Float64Array(16);

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
