/** Takes plots into tracks, and what follows of it: confirmation, aircraft, burnout, the sensor's own score. */

import { roughHeight } from '../earth/wgs84.ts';
import type { Plot } from '../model/plot.ts';
import { airLook } from './air.ts';
import { SURE } from './associate.ts';
import { TIMES, weighBurnoutTimes, weighingDue } from './burnout-times.ts';
import { commitUpdate, weight } from './imm.ts';
import { commitJoint } from './joint.ts';
import { endTrack } from './life.ts';
import { liftLook } from './lift.ts';
import type { Look, SensorModel } from './measurement.ts';
import { NIS_ALARM, type TrackerCounts, type TrackerOptions } from './options.ts';
import { BALLISTIC_PARTS, filterForth } from './refilter.ts';
import type { Registration } from './registration.ts';
import {
  AIR,
  AIR_TIME,
  BANK,
  CONFIRMED,
  EARLY,
  FIRST,
  FROZEN,
  KEPT,
  LIFT_TIME,
  LIT_TIME,
  MU_B,
  PC,
  PLOTS,
  RESETS,
  SCORE,
  SEEN_COAST,
  SENSORS,
  TIME,
  XB,
  XC,
} from './slab.ts';
import { stageLook } from './staging.ts';
import { afterUpdate, astray, countInfrared, LIFE, type Track } from './track.ts';

/** The probable plots of one track, by number in the scan, most probable first. */
interface Shares {
  readonly plots: Int32Array;
  readonly p: Float64Array;
  /** How each was weighed: the four numbers of `weight` in imm.ts. */
  readonly known: Float64Array;
}

export class Feeder {
  /** Per sensor: plots judged, mean NIS per component. */
  readonly nis: Float64Array;
  readonly #counts: TrackerCounts;
  readonly #onUpdate: (track: Track) => void;
  readonly #registration: Registration | undefined;
  readonly #prefix: string;
  readonly #vacuum: boolean;
  readonly #clutterRadar: number;
  readonly #clutterInfrared: number;
  readonly #sensorById: ReadonlyMap<string, SensorModel>;
  /** A slab for filters that are run for themselves. */
  readonly #bench: Float64Array;
  /** Ids once given, by the uid and first plot's time of the track: never taken back by a replay. */
  readonly #ids = new Map<string, string>();
  #nextId = 1;

  /** Slabs of tracks have `length` numbers. */
  constructor(
    sensors: readonly SensorModel[],
    options: TrackerOptions,
    counts: TrackerCounts,
    registration: Registration | undefined,
    length: number,
    onUpdate: (track: Track) => void,
  ) {
    this.nis = new Float64Array(2 * sensors.length);
    this.#counts = counts;
    this.#registration = registration;
    this.#onUpdate = onUpdate;
    this.#prefix = options.prefix ?? 'T';
    this.#vacuum = options.vacuum ?? false;
    this.#clutterRadar = Math.log(options.clutterRadar ?? 1e-6);
    this.#clutterInfrared = Math.log(options.clutterInfrared ?? 10);
    this.#sensorById = new Map(sensors.map((m) => [m.id, m]));
    this.#bench = new Float64Array(length);
  }

  /** Radar with range rate counts its false plots over 1e4 m/s as well. */
  clutter(sensor: SensorModel, look: Look): number {
    if (sensor.infrared) return this.#clutterInfrared;
    return this.#clutterRadar - (look.rows === 4 ? Math.log(1e4) : 0);
  }

  /** A plot that is the track's own. */
  feed(track: Track, plot: Plot, look: Look, sensor: SensorModel, clutter: number): void {
    const { s } = track;
    const dtS = (plot.timeUs - s[TIME]) / 1e6;
    const resets = s[RESETS];
    // As long as it has all plots of the track: one that may be another's, and it has them all no more.
    if (s[FROZEN] === 0 && s[KEPT] === s[PLOTS] && s[KEPT] < TIMES.plots) {
      track.kept[s[KEPT]] = plot;
      s[KEPT] += 1;
    }
    this.#registration?.carry(s);
    commitUpdate(s, look);
    s[SENSORS + sensor.index] = plot.timeUs;
    this.#registration?.update(s, look, sensor);
    if (s[FROZEN] === 1 && s[CONFIRMED] > 0) this.#judgeSensor(sensor, look);
    if (s[LIT_TIME] > 0) stageLook(s, look);
    else if (s[LIFT_TIME] > 0) liftLook(s, look);
    this.#count(track, plot, look, sensor, clutter, dtS, resets);
  }

  /** The plots of a track that the associator has found, each with its probability, if one at all is rather than none. */
  feedJointly(
    track: Track,
    plots: readonly Plot[],
    from: number,
    looks: readonly Look[],
    shares: Shares,
    count: number,
    sensor: SensorModel,
    clutter: number,
  ): void {
    const { s } = track;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += shares.p[k];
    if (sum < 0.5) return;
    const likeliest = shares.plots[0];
    const plot = plots[from + likeliest];
    const look = looks[likeliest];
    if (shares.p[0] > SURE) {
      this.feed(track, plot, look, sensor, clutter);
      return;
    }
    const dtS = (plot.timeUs - s[TIME]) / 1e6;
    const resets = s[RESETS];
    this.#registration?.carry(s);
    if (!commitJoint(s, looks, shares.plots, shares.p, shares.known, count)) return;
    s[SENSORS + sensor.index] = plot.timeUs;
    this.#registration?.updateJointly(s, look, sensor, sum);
    this.#counts.jointly++;
    // That filter is of one history of plots; a plot that may be another's would spoil it.
    if (shares.p[0] > 0.8) {
      if (s[LIT_TIME] > 0) stageLook(s, look);
      else if (s[LIFT_TIME] > 0) liftLook(s, look);
    }
    this.#count(track, plot, look, sensor, clutter, dtS, resets);
  }

  /** What an update changes of a track beside its state. */
  #count(
    track: Track,
    plot: Plot,
    look: Look,
    sensor: SensorModel,
    clutter: number,
    dtS: number,
    resets: number,
  ): void {
    const { s } = track;
    this.#counts.associated++;
    this.#counts.covarianceResets += s[RESETS] - resets;
    s[PLOTS] += 1;
    s[SCORE] += weight.logLikelihood - clutter;
    track.version++;
    if (s[AIR_TIME] > 0 && !this.#airborne(track, look)) return;
    if (s[EARLY] < LIFE.earlyPlots && plot.timeUs - s[FIRST] <= LIFE.earlyS * 1e6) {
      track.early[s[EARLY]] = plot;
      s[EARLY] += 1;
    }
    if (sensor.infrared) countInfrared(s, plot.timeUs);
    if (s[CONFIRMED] === 0 && this.#confirms(s)) this.#confirm(track);
    const wasFrozen = s[FROZEN];
    afterUpdate(s, dtS, look.rows);
    // With biases to be considered the state would need how it moves with each, for all times: it stays the mixed one then.
    if (
      weighingDue(s, wasFrozen === 1) &&
      !this.#registration &&
      !this.#vacuum &&
      weighBurnoutTimes(s, track.kept.slice(0, s[KEPT]), this.#sensorById)
    )
      s[BANK] = 0;
    if (s[FROZEN] > wasFrozen) this.#refilter(track);
    if (s[CONFIRMED] > 0 && astray(s)) {
      this.#counts.astray++;
      endTrack(track, plot.timeUs, 1);
    }
    if (s[CONFIRMED] > 0 && s[AIR] === 0) this.#onUpdate(track);
  }

  /** Asks whether it is an aircraft. False if it was taken for one and has turned out to be something else: it is begun anew. */
  #airborne(track: Track, look: Look): boolean {
    const { s } = track;
    const before = s[AIR];
    airLook(s, look, weight.logLikelihood);
    if (before === 0 && s[AIR] > 0) this.#counts.aircraft++;
    if (before === 0 || s[AIR] > 0 || s[CONFIRMED] === 0) return true;
    endTrack(track, s[TIME], 1);
    return false;
  }

  /** Takes the innovation of the last update into the sensor's mean NIS. */
  #judgeSensor(sensor: SensorModel, look: Look): void {
    const o = 2 * sensor.index;
    const share = 1 / Math.min(++this.nis[o], NIS_ALARM.plots);
    this.nis[o + 1] += share * (weight.ballistic2 / look.rows - this.nis[o + 1]);
  }

  /**
   * Ballistic beyond doubt and never seen to burn: the filter of that one model over all plots so far is the
   * best estimate there is, with nothing of the other model mixed in.
   */
  #refilter(track: Track): void {
    const { s } = track;
    if (s[SEEN_COAST] === 0 || s[EARLY] < s[PLOTS]) return;
    this.#bench.set(s.subarray(0, XC));
    const plots = track.early.slice(0, s[EARLY]);
    const registration = this.#registration;
    const used = filterForth(
      this.#bench,
      plots,
      this.#sensorById,
      BALLISTIC_PARTS,
      this.#vacuum,
      registration,
      true,
    );
    if (used === 0) return;
    s.set(this.#bench.subarray(XC, PC + 49), XC);
    s[BANK] = 0;
    registration?.takeBallistic(s, this.#bench);
  }

  #confirms(s: Float64Array): boolean {
    if (s[PLOTS] < LIFE.confirmPlots || s[SCORE] < LIFE.confirmScore || s[AIR] > 0) return false;
    const xo = s[MU_B] >= 0.5 ? XB : XC;
    const height = roughHeight(s[xo], s[xo + 1], s[xo + 2]);
    const speed = Math.hypot(s[xo + 3], s[xo + 4], s[xo + 5]);
    return height > -5e3 && height < 1e7 && speed < 9500 && speed > 100;
  }

  #confirm(track: Track): void {
    track.s[CONFIRMED] = track.s[TIME];
    const key = `${track.uid}@${track.s[FIRST]}`;
    let id = this.#ids.get(key);
    if (!id) {
      id = `${this.#prefix}${this.#nextId++}`;
      this.#ids.set(key, id);
      this.#counts.confirmed++;
    }
    track.id = id;
  }
}
