/** Works scan after scan: association, update, initiation, and the tracks' lives between scans. */

import { roughHeight } from '../earth/wgs84.ts';
import type { Plot } from '../model/plot.ts';
import { airLook, watchAir } from './air.ts';
import { Associator, inGate, SURE } from './associate.ts';
import { coarse, rough, ScanPlots } from './gating.ts';
import { commitUpdate, freeze, predictTo, unfreeze, weigh, weight } from './imm.ts';
import { meeting, startFromLines, startFromRadar } from './initiation.ts';
import { commitJoint } from './joint.ts';
import { liftLook } from './lift.ts';
import { type Look, lookAt, newLook, type SensorModel } from './measurement.ts';
import { NIS_ALARM, type TrackerCounts, type TrackerOptions } from './options.ts';
import { BALLISTIC_PARTS, filterForth } from './refilter.ts';
import { Registration, type RegistrationState } from './registration.ts';
import {
  AIR,
  AIR_TIME,
  CONFIRMED,
  EARLY,
  ENDED,
  ENDED_AT,
  FIRST,
  FROZEN,
  IR_GAP,
  LIFT_TIME,
  LIT_TIME,
  MU_B,
  NOT_BALLISTIC,
  PC,
  PCP,
  PLOTS,
  PRED_MU_B,
  PRED_TIME,
  RESETS,
  SCORE,
  SEEN_COAST,
  SENSORS,
  slabLength,
  TIME,
  XB,
  XBP,
  XC,
  XCP,
} from './slab.ts';
import { stageLook } from './staging.ts';
import {
  afterUpdate,
  astray,
  burntOutBySilence,
  countInfrared,
  LIFE,
  newTrack,
  silenceDueUs,
  type Track,
} from './track.ts';

/** A line of sight that fed no track waits this long for one of another satellite, us. */
const LINE_WAIT_US = 6e6;
/** After a longer silence than this no new thrust or manoeuvre is assumed to explain a plot, us. */
const SECOND_CHANCE_US = 12e6;
/** Ended tracks are shown for so long, us. */
export const ENDED_KEPT_US = 60e6;

interface LooseLine {
  plot: Plot;
  sensor: SensorModel;
}

/** All that a replay must restore. */
export interface WorkerState {
  tracks: { track: Track; s: Float64Array; id: string }[];
  lines: LooseLine[];
  nextUid: number;
  lifeUs: number;
  changedUs: number;
  nis: Float64Array;
  registration: RegistrationState | undefined;
}

export class ScanWorker {
  tracks: Track[] = [];
  readonly sensors: readonly SensorModel[];
  readonly #counts: TrackerCounts;
  readonly #onUpdate: (track: Track) => void;
  readonly #prefix: string;
  readonly #vacuum: boolean;
  readonly #clutterRadar: number;
  readonly #clutterInfrared: number;
  #lines: LooseLine[] = [];
  #nextUid = 1;
  #lifeUs = Number.NEGATIVE_INFINITY;
  /** Latest time at which anything was changed: a plot of later time than this needs no replay. */
  changedUs = Number.NEGATIVE_INFINITY;
  /** Ids once given, by the uid and first plot's time of the track: never taken back by a replay. */
  readonly #ids = new Map<string, string>();
  #nextId = 1;
  readonly #plots = new ScanPlots();
  readonly #associator: Associator;
  readonly #bench: Float64Array;
  readonly #length: number;
  /** Undefined if no sensor states a bias. */
  readonly registration: Registration | undefined;
  /** Per sensor: plots judged, mean NIS per component. */
  readonly nis: Float64Array;
  readonly #sensorById: ReadonlyMap<string, SensorModel>;

  constructor(
    sensors: readonly SensorModel[],
    options: TrackerOptions,
    counts: TrackerCounts,
    onUpdate: (track: Track) => void,
  ) {
    this.sensors = sensors;
    this.nis = new Float64Array(2 * sensors.length);
    this.registration = Registration.of(sensors, options.biases !== 'consider');
    this.#associator = new Associator(options.association ?? 'auto', this.registration);
    this.#length = this.registration?.slab ?? slabLength(sensors.length);
    this.#bench = new Float64Array(this.#length);
    this.#sensorById = new Map(sensors.map((m) => [m.id, m]));
    this.#counts = counts;
    this.#onUpdate = onUpdate;
    this.#prefix = options.prefix ?? 'T';
    this.#vacuum = options.vacuum ?? false;
    this.#clutterRadar = Math.log(options.clutterRadar ?? 1e-6);
    this.#clutterInfrared = Math.log(options.clutterInfrared ?? 10);
  }

  /** The state as it is, into one that is no longer wanted if there is one: nothing is then allocated. */
  save(into?: WorkerState): WorkerState {
    const state: WorkerState = into ?? {
      tracks: [],
      lines: [],
      nextUid: 0,
      lifeUs: 0,
      changedUs: 0,
      nis: new Float64Array(this.nis.length),
      registration: undefined,
    };
    const { tracks } = state;
    this.tracks.forEach((track, i) => {
      const kept = tracks[i];
      if (kept) {
        kept.track = track;
        kept.s.set(track.s);
        kept.id = track.id;
      } else tracks.push({ track, s: track.s.slice(), id: track.id });
    });
    tracks.length = this.tracks.length;
    state.lines = this.#lines.slice();
    state.nextUid = this.#nextUid;
    state.lifeUs = this.#lifeUs;
    state.changedUs = this.changedUs;
    state.nis.set(this.nis);
    state.registration = this.registration?.save(state.registration);
    return state;
  }

  restore(state: WorkerState): void {
    this.tracks = state.tracks.map(({ track, s, id }) => {
      track.s.set(s);
      track.id = id;
      track.early.length = s[EARLY];
      track.version++;
      return track;
    });
    this.#lines = state.lines.slice();
    this.#nextUid = state.nextUid;
    this.#lifeUs = state.lifeUs;
    this.changedUs = state.changedUs;
    this.nis.set(state.nis);
    if (state.registration) this.registration?.restore(state.registration);
  }

  /** One scan: plots[from..to) of one sensor at one time. */
  scan(plots: readonly Plot[], from: number, to: number, sensor: SensorModel): void {
    const timeUs = plots[from].timeUs;
    // The clock may have gone ahead of this plot without changing anything.
    if (this.#lifeUs > timeUs) this.#lifeUs = timeUs;
    this.liveUntil(timeUs);
    this.changedUs = timeUs;
    const scan = this.#plots;
    scan.load(plots, from, to, sensor);
    this.#associate(plots, from, sensor, timeUs, true);
    if (scan.left > 0) this.#secondChance(plots, from, sensor, timeUs);
    if (scan.left > 0) this.#associate(plots, from, sensor, timeUs, false);
    for (let i = 0; i < scan.count && scan.left > 0; i++) {
      if (!scan.isTaken(i)) this.#initiate(plots[from + i], scan.looks[i], sensor);
    }
    this.registration?.moveOn(timeUs, this.tracks);
  }

  #associate(
    plots: readonly Plot[],
    from: number,
    sensor: SensorModel,
    timeUs: number,
    confirmed: boolean,
  ): void {
    const scan = this.#plots;
    const pairs = this.#associator;
    const clutter = this.#clutter(sensor, scan.looks[0]);
    pairs.pair(this.tracks, scan, sensor, timeUs, confirmed, clutter);
    const { best } = pairs;
    if (confirmed) {
      for (let c = 0; c < best.clusters; c++) {
        if (!pairs.weighs(c)) continue;
        for (let row = 0; row < best.rows[c]; row++) {
          const n = pairs.shares(c, row);
          this.#feedJointly(this.tracks[pairs.track(c, row)], plots, from, n, sensor, clutter);
        }
        // They have had theirs.
        for (let m = best.clusterStart[c]; m < best.clusterStart[c + 1]; m++) {
          const k = best.members[m];
          if (best.chosen[k] === 0) continue;
          best.chosen[k] = 0;
          scan.take(best.plot[k]);
        }
      }
    }
    for (let k = 0; k < best.count; k++) {
      if (best.chosen[k] === 0) continue;
      const plot = best.plot[k];
      scan.take(plot);
      this.#feed(this.tracks[best.track[k]], plots[from + plot], scan.looks[plot], sensor, clutter);
    }
  }

  /** Radar with range rate counts its false plots over 1e4 m/s as well. */
  #clutter(sensor: SensorModel, look: Look): number {
    if (sensor.infrared) return this.#clutterInfrared;
    return this.#clutterRadar - (look.rows === 4 ? Math.log(1e4) : 0);
  }

  /** A ballistic track that fits no plot may have been lit again or manoeuvre: try its boost model. */
  #secondChance(plots: readonly Plot[], from: number, sensor: SensorModel, timeUs: number): void {
    const scan = this.#plots;
    for (const track of this.tracks) {
      const { s } = track;
      if (s[CONFIRMED] === 0 || s[ENDED] !== 0 || s[FROZEN] === 0 || s[TIME] >= timeUs) continue;
      if (timeUs - s[TIME] > SECOND_CHANCE_US) continue;
      coarse(s, timeUs);
      const near = scan.near();
      if (near === 0) continue;
      unfreeze(s, 0.1);
      predictTo(s, timeUs);
      let best = -1;
      let gain = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < near; k++) {
        const look = scan.looks[scan.hits[k]];
        if (
          !weigh(s, look) ||
          !inGate(this.registration, s, look, sensor, timeUs) ||
          weight.logLikelihood <= gain
        )
          continue;
        best = scan.hits[k];
        gain = weight.logLikelihood;
      }
      if (best >= 0) {
        const look = scan.looks[best];
        scan.take(best);
        this.#feed(track, plots[from + best], look, sensor, this.#clutter(sensor, look));
      } else freeze(s);
    }
  }

  #feed(track: Track, plot: Plot, look: Look, sensor: SensorModel, clutter: number): void {
    const { s } = track;
    const dtS = (plot.timeUs - s[TIME]) / 1e6;
    const resets = s[RESETS];
    this.registration?.carry(s);
    commitUpdate(s, look);
    s[SENSORS + sensor.index] = plot.timeUs;
    this.registration?.update(s, look, sensor);
    if (s[FROZEN] === 1 && s[CONFIRMED] > 0) this.#judgeSensor(sensor, look);
    if (s[LIT_TIME] > 0) stageLook(s, look);
    else if (s[LIFT_TIME] > 0) liftLook(s, look);
    this.#count(track, plot, look, sensor, clutter, dtS, resets);
  }

  /** The plots of a track that the associator has found, each with its probability, if one at all is rather than none. */
  #feedJointly(
    track: Track,
    plots: readonly Plot[],
    from: number,
    count: number,
    sensor: SensorModel,
    clutter: number,
  ): void {
    const { s } = track;
    const { looks } = this.#plots;
    const shares = this.#associator;
    let sum = 0;
    for (let k = 0; k < count; k++) sum += shares.p[k];
    if (sum < 0.5) return;
    const likeliest = shares.plots[0];
    const plot = plots[from + likeliest];
    const look = looks[likeliest];
    if (shares.p[0] > SURE) {
      this.#feed(track, plot, look, sensor, clutter);
      return;
    }
    const dtS = (plot.timeUs - s[TIME]) / 1e6;
    const resets = s[RESETS];
    this.registration?.carry(s);
    if (!commitJoint(s, looks, shares.plots, shares.p, count)) return;
    s[SENSORS + sensor.index] = plot.timeUs;
    this.registration?.updateJointly(s, look, sensor, sum);
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
    if (s[FROZEN] > wasFrozen) this.#refilter(track);
    if (s[CONFIRMED] > 0 && astray(s)) {
      this.#counts.astray++;
      this.#end(track, plot.timeUs, 1);
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
    this.#end(track, s[TIME], 1);
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
    this.#bench.set(s.subarray(0, XB));
    const plots = track.early.slice(0, s[EARLY]);
    const { registration } = this;
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

  #initiate(plot: Plot, look: Look, sensor: SensorModel): void {
    if (plot.kind === 'infrared') {
      this.#pairLines(plot, look, sensor);
      return;
    }
    const track = this.#newTrack(plot, sensor);
    startFromRadar(track.s, look, plot.timeUs, this.#vacuum);
    this.registration?.start(track.s, look, sensor);
    watchAir(track.s);
    this.#keepEarly(track, plot);
    this.#counts.initiated++;
  }

  #newTrack(plot: Plot, sensor: SensorModel): Track {
    const track = newTrack(this.#nextUid++, this.#length);
    this.tracks.push(track);
    track.s[SENSORS + sensor.index] = plot.timeUs;
    return track;
  }

  #keepEarly(track: Track, plot: Plot): void {
    track.early[track.s[EARLY]] = plot;
    track.s[EARLY] += 1;
  }

  /** Looks for a waiting line of another satellite that this one meets above the ground. */
  #pairLines(plot: Plot, look: Look, sensor: SensorModel): void {
    let best = -1;
    let bestRatio = 4;
    for (let i = 0; i < this.#lines.length; i++) {
      const line = this.#lines[i];
      if (line.sensor.index === sensor.index) continue;
      const gapS = (plot.timeUs - line.plot.timeUs) / 1e6;
      lookAt(otherLook, line.plot, line.sensor);
      const m = meeting(look, otherLook, gapS);
      if (!m || m.missM / m.sigmaM >= bestRatio) continue;
      const h = roughHeight(
        look.origin[0] + m.alongA * look.axes[0],
        look.origin[1] + m.alongA * look.axes[1],
        look.origin[2] + m.alongA * look.axes[2],
      );
      if (h < -20e3 || h > 600e3) continue;
      best = i;
      bestRatio = m.missM / m.sigmaM;
    }
    if (best < 0) {
      this.#lines.push({ plot, sensor });
      return;
    }
    const line = this.#lines[best];
    lookAt(otherLook, line.plot, line.sensor);
    const gapS = (plot.timeUs - line.plot.timeUs) / 1e6;
    const track = this.#newTrack(plot, sensor);
    if (!startFromLines(track.s, look, otherLook, plot.timeUs, gapS, this.#vacuum)) {
      this.tracks.pop();
      this.#lines.push({ plot, sensor });
      return;
    }
    this.#lines.splice(best, 1);
    track.s[SENSORS + line.sensor.index] = line.plot.timeUs;
    this.#keepEarly(track, line.plot);
    this.#keepEarly(track, plot);
    countInfrared(track.s, plot.timeUs);
    this.#counts.initiated++;
  }

  /** Ends what has to end up to the time. */
  liveUntil(timeUs: number): void {
    if (timeUs <= this.#lifeUs) return;
    this.#lifeUs = timeUs;
    let dead = 0;
    for (const track of this.tracks) {
      const { s } = track;
      if (s[ENDED] === 0 && s[CONFIRMED] > 0) {
        const due = silenceDueUs(s);
        if (due <= timeUs) {
          this.registration?.takeBoost(s, s[IR_GAP] / 2e6);
          burntOutBySilence(s, due);
          this.changedUs = Math.max(this.changedUs, due);
          track.version++;
          this.#onUpdate(track);
        }
        this.#judgeEnd(track, timeUs);
      }
      if (this.#isDead(s, timeUs)) {
        dead++;
        // Only a plot from before its death could have kept a tentative track alive.
        if (s[CONFIRMED] === 0) this.changedUs = Math.max(this.changedUs, s[TIME] + LIFE.tentativeS * 1e6);
      }
    }
    if (dead > 0) this.tracks = this.tracks.filter((t) => !this.#isDead(t.s, timeUs));
    if (this.#lines.length > 0 && this.#lines[0].plot.timeUs < timeUs - LINE_WAIT_US) {
      this.#lines = this.#lines.filter((l) => l.plot.timeUs >= timeUs - LINE_WAIT_US);
    }
  }

  #isDead(s: Float64Array, timeUs: number): boolean {
    if (!Number.isFinite(s[XC]) || !Number.isFinite(s[XC + 3])) return true;
    if (s[CONFIRMED] === 0) return timeUs - s[TIME] > LIFE.tentativeS * 1e6;
    return s[ENDED] !== 0 && timeUs - s[ENDED_AT] > ENDED_KEPT_US;
  }

  /** A confirmed track ends when it is predicted below ground, or its silence leaves nothing to say. */
  #judgeEnd(track: Track, timeUs: number): void {
    const { s } = track;
    const silenceS = (timeUs - s[TIME]) / 1e6;
    if (silenceS < 1) return;
    coarse(s, timeUs);
    const boosting = s[MU_B] >= 0.5;
    if (boosting || s[NOT_BALLISTIC] > 0) {
      if (silenceS > LIFE.boostSilenceS) this.#end(track, timeUs, 1);
      return;
    }
    // The cheap prediction decides only whether to look closer.
    if (silenceS > LIFE.coastSilenceS) {
      this.#end(track, timeUs, 1);
      return;
    }
    if (silenceS < 5 && roughHeight(rough[0], rough[1], rough[2]) > 50e3) return;
    if (Math.floor(silenceS) === Math.floor(silenceS - 0.5)) return;
    predictTo(s, timeUs);
    const low = s[PRED_MU_B] < 0.5 ? XCP : XBP;
    const height = roughHeight(s[low], s[low + 1], s[low + 2]);
    const spread = Math.sqrt(s[PCP] + s[PCP + 8] + s[PCP + 16]);
    s[PRED_TIME] = 0;
    if (height < 0) this.#end(track, timeUs, silenceS <= LIFE.heldToImpactS ? 2 : 1);
    else if (spread > LIFE.coastSpreadM) this.#end(track, timeUs, 1);
  }

  #end(track: Track, timeUs: number, how: number): void {
    this.changedUs = timeUs;
    track.s[ENDED] = how;
    track.s[ENDED_AT] = timeUs;
    track.version++;
  }
}

const otherLook = newLook();
