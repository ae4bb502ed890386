/**
 * Registration: the lasting errors (biases) of sensors whose description states how large they may be, estimated
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
 * Biases wander slowly, so the estimate forgets, and V says how a state follows from the biases as they are now: what those
 * before leave open beyond that becomes noise of the track's own (bias-filter.ts). That noise is common to tracks of the same
 * sensors; it is taken for independent, which the slower the wandering the less matters.
 *
 * A bias that the plots do not tell of stays at its prior and is only considered (Schmidt): what is said of a
 * track has the covariance P + V B V', B the biases' own. Once a second of event time the estimate moves on and
 * takes every track's state along by V. All of it is part of the tracker's snapshots, so a replay ends in the same bits.
 *
 * Only tracks that fall freely beyond doubt and rest on two sensors or more inform: thrust would pass for a bias.
 */
import { BALLISTIC, BiasColumns } from './bias-columns.ts';
import { BiasFilter } from './bias-filter.ts';
import { dragKnown, weight } from './imm.ts';
import type { Look, SensorModel } from './measurement.ts';
import type { BiasComponent, BiasEstimate } from './options.ts';
import {
  CONFIRMED,
  copyTrack,
  FROZEN,
  MU_B,
  PB,
  PBP,
  PC,
  PCP,
  PRED_MU_B,
  SENSORS,
  TIME,
  XBP,
  XCP,
} from './slab.ts';
import { innovation } from './update.ts';

/** The estimate moves on this often, us. */
const EVERY_US = 1e6;

/** Components in the order in which a sensor's description has them. */
const ACROSS: readonly BiasComponent[] = ['acrossEast', 'acrossNorth'];
const RADAR: readonly BiasComponent[] = ['range', 'azimuth', 'elevation', 'placeX', 'placeY', 'placeZ'];

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
  /** Whether estimates are used; if not, biases are only considered. */
  readonly #estimate: boolean;
  readonly #columns: BiasColumns;
  readonly #filter: BiasFilter;
  #movedUs = Number.NEGATIVE_INFINITY;
  #informed = false;
  readonly #told: Float64Array;
  /** Of {@link spread}: how each bias moves the position. */
  readonly #moved: Float64Array;
  /** A slab for filters that are run for themselves. */
  readonly bench: Float64Array;

  /** Undefined if no sensor states a bias: nothing is then spent on it. */
  static of(sensors: readonly SensorModel[], estimate: boolean): Registration | undefined {
    return sensors.some((m) => m.biasSigma) ? new Registration(sensors, estimate) : undefined;
  }

  private constructor(sensors: readonly SensorModel[], estimate: boolean) {
    this.#sensors = sensors;
    this.#estimate = estimate;
    this.#columns = new BiasColumns(sensors);
    this.size = this.#columns.size;
    this.slab = this.#columns.slab;
    const stated = sensors.filter((m) => m.biasSigma);
    this.#filter = new BiasFilter(
      Float64Array.from(stated.flatMap((m) => [...m.biasSigma!])),
      Float64Array.from(stated.flatMap((m) => Array.from(m.biasSigma!, () => m.biasRate))),
    );
    this.#told = new Float64Array(this.slab);
    this.#moved = new Float64Array(3 * this.size);
    this.bench = new Float64Array(this.slab);
    this.#show();
  }

  save(into?: RegistrationState): RegistrationState {
    const state = into ?? {
      numbers: new Float64Array(this.#filter.numbers.length),
      movedUs: 0,
      informed: false,
    };
    state.numbers.set(this.#filter.numbers);
    state.movedUs = this.#movedUs;
    state.informed = this.#informed;
    return state;
  }

  restore(state: RegistrationState): void {
    this.#filter.numbers.set(state.numbers);
    this.#movedUs = state.movedUs;
    this.#informed = state.informed;
    this.#show();
  }

  /** The estimate of a sensor's biases; undefined if it states none. */
  estimate(sensor: SensorModel): BiasEstimate[] | undefined {
    const first = this.#columns.first[sensor.index];
    if (first < 0) return undefined;
    const names = sensor.infrared ? ACROSS : RADAR;
    return names.slice(0, sensor.biasSigma!.length).map((component, k) => ({
      component,
      // Inside the second axis of an infrared sensor points south.
      value: component === 'acrossNorth' ? -this.#filter.mean[first + k] : this.#filter.mean[first + k],
      sigma: Math.sqrt(this.#filter.covariance[(first + k) * (this.size + 1)]),
      stated: this.#filter.stated[first + k],
    }));
  }

  /** Puts the estimate where plots are made ready: what is taken off, and how much wider gates must be. */
  #show(): void {
    for (const m of this.#sensors) {
      const first = this.#columns.first[m.index];
      if (first < 0 || !m.biasSigma) continue;
      let ratio = 0;
      for (let k = 0; k < m.biasSigma.length; k++) {
        m.bias[k] = this.#filter.mean[first + k];
        ratio = Math.max(
          ratio,
          this.#filter.covariance[(first + k) * (this.size + 1)] / m.variances[k < 3 ? k : 0],
        );
      }
      m.wide = Math.sqrt(1 + ratio);
    }
  }

  /** See {@link BiasColumns.start}. */
  start(s: Float64Array, look: Look, sensor: SensorModel): void {
    this.#columns.start(s, look, sensor);
  }

  /** Takes V of a track to the time of its prediction; before its update. */
  carry(s: Float64Array): void {
    this.#columns.carry(s);
  }

  /**
   * After the update of a track with a look: V, and what the plot tells of the biases. The NIS of the update is
   * put right for what the biases may do to it.
   */
  update(s: Float64Array, look: Look, sensor: SensorModel): void {
    this.#columns.activate(s);
    if (this.#columns.count === 0) return;
    const frozen = s[FROZEN] === 1;
    this.#columns.fill(s, look, sensor, BALLISTIC);
    if (frozen) {
      this.#columns.whiten(look.rows);
      weight.ballistic2 = this.#filter.distance2(this.#columns, look.rows);
      if (s[CONFIRMED] > 0 && this.#informs(s, sensor)) this.#inform(look.rows);
    } else weight.ballistic2 /= sensor.wide * sensor.wide;
    this.#columns.turn(s, look, 7, PC, BALLISTIC, frozen || dragKnown(s, s[TIME]) ? 7 : 6);
    if (!frozen) {
      this.#columns.fill(s, look, sensor, 0);
      this.#columns.turn(s, look, 9, PB, 0, 9);
      return;
    }
    this.#columns.keepForBoost(s);
  }

  /**
   * After an update with plots of which none is certain: V moves by the gain on the prediction, which still stands, as
   * far as one of them is the track's own (`probability`). It tells nothing of the biases.
   */
  updateJointly(s: Float64Array, look: Look, sensor: SensorModel, probability: number): void {
    this.#columns.activate(s);
    if (this.#columns.count === 0) return;
    weight.ballistic2 /= sensor.wide * sensor.wide;
    if (innovation(7, s, XCP, PCP, look)) {
      this.#columns.fill(s, look, sensor, BALLISTIC);
      this.#columns.turnBy(
        s,
        look.rows,
        BALLISTIC,
        s[FROZEN] === 1 || dragKnown(s, s[TIME]) ? 7 : 6,
        probability,
      );
    }
    if (s[FROZEN] === 1) this.#columns.keepForBoost(s);
    else if (innovation(9, s, XBP, PBP, look)) {
      this.#columns.fill(s, look, sensor, 0);
      this.#columns.turnBy(s, look.rows, 0, 9, probability);
    }
  }

  /** Clears V of a slab on which a filter is run for itself. */
  clear(s: Float64Array): void {
    this.#columns.clear(s);
  }

  /** For one model of such a filter: V over `dt` s; before its prediction. */
  carryOne(s: Float64Array, n: number, dt: number): void {
    this.#columns.carryOne(s, n, dt);
  }

  /** The same of one that is run for itself. */
  started(s: Float64Array, look: Look, sensor: SensorModel): void {
    s[SENSORS + sensor.index] = s[TIME];
    this.start(s, look, sensor);
  }

  /** The same after its update with a look; with `inform` the plot tells of the biases, once and for all. */
  updateOne(s: Float64Array, look: Look, sensor: SensorModel, n: number, inform: boolean): void {
    s[SENSORS + sensor.index] = s[TIME];
    this.#columns.activate(s);
    const part = n === 9 ? 0 : BALLISTIC;
    this.#columns.fill(s, look, sensor, part);
    if (inform && this.#informs(s, sensor)) {
      this.#columns.whiten(look.rows);
      this.#inform(look.rows);
    }
    this.#columns.turn(s, look, n, n === 9 ? PB : PC, part, n);
  }

  /** Whether a track's plots of this sensor may inform: another sensor has fed it too. */
  #informs(s: Float64Array, sensor: SensorModel): boolean {
    if (!this.#estimate) return false;
    for (let i = 0; i < this.#sensors.length; i++) if (i !== sensor.index && s[SENSORS + i] > 0) return true;
    return false;
  }

  /**
   * Moves the estimate on to a time if that is due, and the states of the tracks with it; before any plot of that time. True
   * if it did.
   */
  moveOn(timeUs: number, tracks: readonly { s: Float64Array; version: number }[]): boolean {
    const pastUs = timeUs - this.#movedUs;
    if (pastUs < EVERY_US) return false;
    this.#movedUs = timeUs;
    if (pastUs === Number.POSITIVE_INFINITY) return false;
    if (this.#informed && this.#filter.learn())
      for (const { s } of tracks) this.#columns.shift(s, this.#filter.step);
    this.#informed = false;
    this.#filter.wander(pastUs / 1e6);
    for (const track of tracks) {
      if (this.#filter.age(this.#columns, track.s)) track.version++;
    }
    this.#show();
    return true;
  }

  /** Adds what the plot of the last update, whitened, tells of the biases. */
  #inform(rows: number): void {
    this.#informed = true;
    this.#filter.inform(this.#columns, rows);
  }

  /** Ballistic V of a track that has just been taken from its boost model, `dt` s on. */
  takeBoost(s: Float64Array, dt: number): void {
    this.#columns.takeBoost(s, dt);
  }

  /** Copies V of one model from another slab. */
  takeBallistic(s: Float64Array, from: Float64Array): void {
    this.#columns.takeBallistic(s, from);
  }

  /** Spread of a track's position at a time that the biases add, m: V is taken there in a straight line. */
  spread(s: Float64Array, timeUs: number): number {
    const { active } = this.#columns;
    this.#columns.activate(s);
    const dt = (timeUs - s[TIME]) / 1e6;
    const part = s[MU_B] >= 0.5 ? 0 : BALLISTIC;
    const moved = this.#moved;
    let sum = 0;
    for (let a = 0; a < this.#columns.count; a++) {
      const i = active[a];
      const o = this.#columns.at(i, part);
      for (let k = 0; k < 3; k++) moved[3 * a + k] = s[o + k] + dt * s[o + 3 + k];
      // The pairs of each once: the covariance is symmetric.
      for (let b = 0; b <= a; b++) {
        const c = this.#filter.covariance[this.size * i + active[b]];
        if (c === 0) continue;
        const dot =
          moved[3 * a] * moved[3 * b] +
          moved[3 * a + 1] * moved[3 * b + 1] +
          moved[3 * a + 2] * moved[3 * b + 2];
        sum += (a === b ? c : 2 * c) * dot;
      }
    }
    return Math.sqrt(Math.max(0, sum));
  }

  /** Whether a look may be that of a track, predicted to its time, by its likelier model and with the biases considered. */
  mayBe(s: Float64Array, look: Look, sensor: SensorModel, timeUs: number, gate: number): boolean {
    const dt = (timeUs - s[TIME]) / 1e6;
    const boost = s[FROZEN] === 0 && s[PRED_MU_B] >= 0.5;
    const part = boost ? 0 : BALLISTIC;
    if (!(boost ? innovation(9, s, XBP, PBP, look) : innovation(7, s, XCP, PCP, look))) return false;
    const seen = s[SENSORS + sensor.index];
    s[SENSORS + sensor.index] = 1;
    this.#columns.activate(s);
    s[SENSORS + sensor.index] = seen;
    this.#columns.fill(s, look, sensor, part, dt);
    this.#columns.whiten(look.rows);
    return this.#filter.distance2(this.#columns, look.rows) <= gate;
  }

  /**
   * Adds to the covariances of a slab what the biases do to them; of both models, or of the one of dimension `only`.
   */
  widen(s: Float64Array, only?: number): void {
    this.#columns.activate(s);
    if (only === 9 || (only === undefined && s[FROZEN] === 0))
      this.#columns.widen(s, 9, PB, 0, this.#filter.covariance);
    if (only !== 9) this.#columns.widen(s, 7, PC, BALLISTIC, this.#filter.covariance);
  }

  /** A slab as others may see it: the same state, with covariances that hold what the biases may do. One scratch for all. */
  told(s: Float64Array): Float64Array {
    copyTrack(s, this.#told);
    this.widen(this.#told);
    return this.#told;
  }
}
