/** Works scan after scan: association, update, initiation, and the tracks' lives between scans. */

import type { InfraredPlot, Plot } from '../model/plot.ts';
import { watchAir } from './air.ts';
import { Associator, inGate } from './associate.ts';
import { Feeder } from './feeding.ts';
import { coarse, ScanPlots } from './gating.ts';
import { freeze, predictTo, unfreeze, weigh, weight } from './imm.ts';
import { startFromRadar } from './initiation.ts';
import { noteKin, settleKin } from './kin.ts';
import { isDead, judgeEnd } from './life.ts';
import { type LooseLine, LooseLines } from './lines.ts';
import type { Look, SensorModel } from './measurement.ts';
import type { TrackerCounts, TrackerOptions } from './options.ts';
import { Registration, type RegistrationState } from './registration.ts';
import {
  CONFIRMED,
  copyTrack,
  EARLY,
  ENDED,
  FROZEN,
  IR_GAP,
  KEPT,
  SENSORS,
  slabLength,
  TIME,
} from './slab.ts';
import { burntOutBySilence, countInfrared, LIFE, newTrack, silenceDueUs, type Track } from './track.ts';

/** After a longer silence than this no new thrust or manoeuvre is assumed to explain a plot, us. */
const SECOND_CHANCE_US = 12e6;

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
  readonly #vacuum: boolean;
  readonly #lines = new LooseLines();
  #nextUid = 1;
  #lifeUs = Number.NEGATIVE_INFINITY;
  /** Latest time at which anything was changed: a plot of later time than this needs no replay. */
  changedUs = Number.NEGATIVE_INFINITY;
  readonly #plots = new ScanPlots();
  readonly #associator: Associator;
  readonly #feeder: Feeder;
  readonly #length: number;
  /** Undefined if no sensor states a bias. */
  readonly registration: Registration | undefined;

  constructor(
    sensors: readonly SensorModel[],
    options: TrackerOptions,
    counts: TrackerCounts,
    onUpdate: (track: Track) => void,
  ) {
    this.sensors = sensors;
    this.registration = Registration.of(sensors, options.biases !== 'consider');
    this.#associator = new Associator(options.association ?? 'auto', this.registration);
    this.#length = this.registration?.slab ?? slabLength(sensors.length);
    this.#feeder = new Feeder(sensors, options, counts, this.registration, this.#length, onUpdate);
    this.#counts = counts;
    this.#onUpdate = onUpdate;
    this.#vacuum = options.vacuum ?? false;
  }

  /** Per sensor: plots judged, mean NIS per component. */
  get nis(): Float64Array {
    return this.#feeder.nis;
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
      tracks[i] ??= { track, s: new Float64Array(this.#length), id: '' };
      const kept = tracks[i];
      kept.track = track;
      copyTrack(track.s, kept.s);
      kept.id = track.id;
    });
    tracks.length = this.tracks.length;
    state.lines = this.#lines.save();
    state.nextUid = this.#nextUid;
    state.lifeUs = this.#lifeUs;
    state.changedUs = this.changedUs;
    state.nis.set(this.nis);
    state.registration = this.registration?.save(state.registration);
    return state;
  }

  restore(state: WorkerState): void {
    this.tracks = state.tracks.map(({ track, s, id }) => {
      copyTrack(s, track.s);
      track.id = id;
      track.early.length = s[EARLY];
      track.version++;
      return track;
    });
    this.#lines.restore(state.lines);
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
    this.registration?.moveOn(timeUs, this.tracks);
    const scan = this.#plots;
    scan.load(plots, from, to, sensor);
    this.#associate(plots, from, sensor, timeUs, true);
    if (scan.left > 0) this.#secondChance(plots, from, sensor, timeUs);
    if (scan.left > 0) this.#associate(plots, from, sensor, timeUs, false);
    for (let i = 0; i < scan.count && scan.left > 0; i++) {
      if (!scan.isTaken(i)) this.#initiate(plots[from + i], scan.looks[i], sensor);
    }
    settleKin(this.tracks, timeUs);
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
    const feeder = this.#feeder;
    const clutter = feeder.clutter(sensor, scan.looks[0]);
    pairs.pair(this.tracks, scan, sensor, timeUs, confirmed, clutter);
    const { best } = pairs;
    if (confirmed) {
      for (let c = 0; c < best.clusters; c++) {
        if (!pairs.weighs(c)) continue;
        for (let row = 0; row < best.rows[c]; row++) {
          const n = pairs.shares(c, row);
          const track = this.tracks[pairs.track(c, row)];
          feeder.feedJointly(track, plots, from, scan.looks, pairs, n, sensor, clutter);
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
      feeder.feed(this.tracks[best.track[k]], plots[from + plot], scan.looks[plot], sensor, clutter);
    }
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
        this.#feeder.feed(track, plots[from + best], look, sensor, this.#feeder.clutter(sensor, look));
      } else freeze(s);
    }
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
    noteKin(track, this.tracks, plot.timeUs);
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
    track.kept[track.s[KEPT]] = plot;
    track.s[KEPT] += 1;
    track.early[track.s[EARLY]] = plot;
    track.s[EARLY] += 1;
  }

  /** A track of two lines of sight that meet, or the line waits for another. */
  #pairLines(plot: InfraredPlot, look: Look, sensor: SensorModel): void {
    const line = this.#lines.meeting(plot, look, sensor);
    if (!line) {
      this.#lines.add(plot, sensor);
      return;
    }
    const track = this.#newTrack(plot, sensor);
    if (!this.#lines.start(track.s, plot, look, line, this.#vacuum)) {
      this.tracks.pop();
      this.#lines.add(plot, sensor);
      return;
    }
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
        if (judgeEnd(track, timeUs)) this.changedUs = timeUs;
      }
      if (isDead(s, timeUs)) {
        dead++;
        // Only a plot from before its death could have kept a tentative track alive.
        if (s[CONFIRMED] === 0) this.changedUs = Math.max(this.changedUs, s[TIME] + LIFE.tentativeS * 1e6);
      }
    }
    if (dead > 0) this.tracks = this.tracks.filter((t) => !isDead(t.s, timeUs));
    this.#lines.forget(timeUs);
  }
}
