/**
 * One nation's tracker: plots in, tracks out. Pure: time comes with the plots and with {@link Tracker.advanceTo}.
 *
 * Plots are worked in the order of event time (then sensor, then content), whatever the order of arrival. A
 * plot that comes late, but within the window, takes the tracker back to the snapshot before it, and all
 * later plots are worked again; so the end state is the same, bit for bit, as if it had come in time. One
 * scan is all plots of one sensor with one time: in it a track takes at most one plot and a plot feeds at
 * most one track.
 */

import type { NodeId } from '../model/nation.ts';
import type { Plot } from '../model/plot.ts';
import type { Sensor } from '../model/sensor.ts';
import type { Tracklet, TrackState } from '../model/track.ts';
import { ENDED_KEPT_US } from './life.ts';
import { type SensorModel, sensorModel } from './measurement.ts';
import {
  NIS_ALARM,
  type Refusal,
  type SensorHealth,
  type TrackerCounts,
  type TrackerOptions,
} from './options.ts';
import { sortKeys } from './order.ts';
import { ScanWorker, type WorkerState } from './scan.ts';
import { AIR, CONFIRMED, ENDED, TIME } from './slab.ts';
import type { Track } from './track.ts';
import { TrackletSender } from './tracklet.ts';
import { Updates } from './updates.ts';
import { type TrackView, ViewMaker } from './view.ts';

/** Plots further ahead of the clock than this are refused, us. */
const FUTURE_US = 5e6;
const SNAPSHOT_EVERY_US = 5e5;

interface Snapshot {
  timeUs: number;
  state: WorkerState;
}

export class Tracker {
  readonly counts: TrackerCounts;
  readonly #sensors = new Map<string, SensorModel>();
  readonly #windowUs: number;
  readonly #worker: ScanWorker;
  readonly #sender = new TrackletSender();
  readonly #views: ViewMaker;
  /** Plots not yet worked. */
  #queue: Plot[] = [];
  /** How it stands: scan after scan in order, and within each as well. */
  #byScans = true;
  #sorted = true;
  #keys = new Float64Array(64);
  #places = new Int32Array(64);
  readonly #scan: Plot[] = [];
  /** Plots worked, within the window, in order. */
  #history: Plot[] = [];
  #snapshots: Snapshot[] = [];
  /** States of snapshots that are no longer wanted, to be written over. */
  readonly #spare: WorkerState[] = [];
  #workedUs = Number.NEGATIVE_INFINITY;
  #nowUs = Number.NEGATIVE_INFINITY;
  readonly #updates = new Updates();
  /** Time of the last update handed out, for each track; in a box, so that a new time is no new object. */
  readonly #handed = new Map<string, Float64Array>();

  constructor(sensors: readonly Sensor[], options: TrackerOptions = {}) {
    sensors.forEach((s, i) => {
      this.#sensors.set(s.id, sensorModel(s, i));
    });
    this.#windowUs = (options.windowS ?? 10) * 1e6;
    this.counts = {
      plots: 0,
      refused: {
        unknownSensor: 0,
        wrongKind: 0,
        notFinite: 0,
        impossible: 0,
        noPosition: 0,
        late: 0,
        future: 0,
      },
      associated: 0,
      jointly: 0,
      initiated: 0,
      confirmed: 0,
      rollbacks: 0,
      covarianceResets: 0,
      aircraft: 0,
      astray: 0,
    };
    const models = [...this.#sensors.values()];
    this.#worker = new ScanWorker(models, options, this.counts, (track) => this.#onUpdate(track));
    this.#views = new ViewMaker(models, options.vacuum ?? false, this.#worker.registration);
    // So that there is a way back before the very first plot.
    this.#snapshots.push({ timeUs: Number.NEGATIVE_INFINITY, state: this.#worker.save() });
  }

  /** Takes a plot in. One that is not accepted is counted by its reason and changes nothing. */
  addPlot(plot: Plot): { accepted: true } | { accepted: false; reason: Refusal } {
    this.counts.plots++;
    const reason = this.#refusal(plot);
    if (reason) {
      this.counts.refused[reason]++;
      return { accepted: false, reason };
    }
    const last = this.#queue[this.#queue.length - 1];
    if (last && last.timeUs === plot.timeUs && last.sensor === plot.sensor) this.#sorted = false;
    else if (last && this.#compare(last, plot) > 0) this.#byScans = false;
    this.#queue.push(plot);
    return { accepted: true };
  }

  #refusal(plot: Plot): Refusal | undefined {
    const sensor = this.#sensors.get(plot.sensor);
    if (!sensor) return 'unknownSensor';
    if (sensor.infrared !== (plot.kind === 'infrared')) return 'wrongKind';
    if (!Number.isFinite(plot.timeUs)) return 'notFinite';
    const p = plot.positionEcefM;
    if (p && !(Number.isFinite(p[0]) && Number.isFinite(p[1]) && Number.isFinite(p[2]))) return 'notFinite';
    if (plot.kind === 'infrared') {
      const [x, y, z] = plot.lineOfSightEcef;
      if (!(Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(z))) return 'notFinite';
      if (!(x * x + y * y + z * z > 0)) return 'impossible';
    } else {
      const { rangeM, azimuthRad, elevationRad, rangeRateMps } = plot;
      if (!Number.isFinite(rangeM) || !Number.isFinite(azimuthRad) || !Number.isFinite(elevationRad))
        return 'notFinite';
      if (rangeRateMps !== undefined && !Number.isFinite(rangeRateMps)) return 'notFinite';
      if (rangeM <= 0 || Math.abs(elevationRad) > Math.PI / 2 + 1e-9) return 'impossible';
      if (sensor.moving && !p) return 'noPosition';
    }
    if (this.#nowUs > Number.NEGATIVE_INFINITY && plot.timeUs > this.#nowUs + FUTURE_US) return 'future';
    if (plot.timeUs < this.#workedUs - this.#windowUs) return 'late';
    return undefined;
  }

  /** Works all plots up to the time and brings the tracks' lives up to it. */
  advanceTo(timeUs: number): void {
    if (timeUs > this.#nowUs) this.#nowUs = timeUs;
    this.#work(timeUs);
    this.#worker.liveUntil(timeUs);
    if (timeUs > this.#workedUs) this.#workedUs = timeUs;
    this.#forget();
  }

  #work(timeUs: number): void {
    if (this.#queue.length === 0) return;
    if (!this.#byScans) this.#queue.sort((a, b) => this.#compare(a, b));
    else if (!this.#sorted) this.#sortScans(this.#queue);
    this.#byScans = true;
    this.#sorted = true;
    let end = 0;
    while (end < this.#queue.length && this.#queue[end].timeUs <= timeUs) end++;
    if (end === 0) return;
    let due = this.#queue.slice(0, end);
    this.#queue = end === this.#queue.length ? [] : this.#queue.slice(end);
    if (due[0].timeUs <= this.#worker.changedUs && this.#windowUs > 0) due = this.#rollBack(due);
    let i = 0;
    while (i < due.length) {
      const first = due[i];
      let j = i + 1;
      while (j < due.length && due[j].timeUs === first.timeUs && due[j].sensor === first.sensor) j++;
      this.#snapshot(first.timeUs);
      this.#worker.scan(due, i, j, this.#sensors.get(first.sensor)!);
      i = j;
    }
    if (this.#windowUs > 0) for (const p of due) this.#history.push(p);
    const last = due[due.length - 1].timeUs;
    if (last > this.#workedUs) this.#workedUs = last;
  }

  /** Goes back to before the earliest of `late` and returns all plots to be worked from there. */
  #rollBack(late: Plot[]): Plot[] {
    const from = late[0].timeUs;
    let k = this.#snapshots.length - 1;
    // A snapshot stands before the scan of its own time, so an equal time is early enough.
    while (k >= 0 && this.#snapshots[k].timeUs > from) k--;
    if (k < 0) return late;
    this.counts.rollbacks++;
    const snapshot = this.#snapshots[k];
    // It stays: a plot that comes later still may be from before all those that are worked again now.
    for (const { state } of this.#snapshots.splice(k + 1)) this.#spare.push(state);
    this.#worker.restore(snapshot.state);
    let i = this.#history.length;
    while (i > 0 && this.#history[i - 1].timeUs >= snapshot.timeUs) i--;
    const again = this.#history.splice(i);
    const all = again.concat(late);
    all.sort((a, b) => this.#compare(a, b));
    return all;
  }

  #snapshot(timeUs: number): void {
    if (this.#windowUs === 0) return;
    const last = this.#snapshots[this.#snapshots.length - 1];
    if (last && timeUs < last.timeUs + SNAPSHOT_EVERY_US) return;
    this.#snapshots.push({ timeUs, state: this.#worker.save(this.#spare.pop()) });
  }

  #forget(): void {
    const limit = this.#workedUs - this.#windowUs;
    let k = 0;
    while (k + 1 < this.#snapshots.length && this.#snapshots[k + 1].timeUs <= limit) k++;
    if (k > 0) for (const { state } of this.#snapshots.splice(0, k)) this.#spare.push(state);
    const oldest = this.#snapshots[0]?.timeUs ?? limit;
    let i = 0;
    while (i < this.#history.length && this.#history[i].timeUs < oldest) i++;
    if (i > 0) this.#history.splice(0, i);
  }

  /** Puts the plots of each scan in order, of a list in which the scans already are. */
  #sortScans(plots: Plot[]): void {
    for (let from = 0, to = 0; from < plots.length; from = to) {
      const { timeUs, sensor } = plots[from];
      while (to < plots.length && plots[to].timeUs === timeUs && plots[to].sensor === sensor) to++;
      const n = to - from;
      if (n > this.#keys.length) {
        this.#keys = new Float64Array(2 * n);
        this.#places = new Int32Array(2 * n);
      }
      const keys = this.#keys;
      for (let i = 0; i < n; i++) {
        const plot = plots[from + i];
        keys[i] = plot.kind === 'radar' ? plot.rangeM : plot.lineOfSightEcef[0];
        this.#scan[i] = plot;
      }
      sortKeys(n, keys, this.#places);
      for (let i = 0; i < n; i++) {
        const plot = this.#scan[this.#places[i]];
        let k = from + i;
        for (; k > from && keys[k - from - 1] === keys[i] && this.#compare(plots[k - 1], plot) > 0; k--)
          plots[k] = plots[k - 1];
        plots[k] = plot;
      }
    }
  }

  /** Time, then sensor, then content: a total order that does not depend on arrival. */
  #compare(a: Plot, b: Plot): number {
    if (a.timeUs !== b.timeUs) return a.timeUs - b.timeUs;
    if (a.sensor !== b.sensor) return a.sensor < b.sensor ? -1 : 1;
    if (a.kind === 'radar' && b.kind === 'radar') return a.rangeM - b.rangeM || a.azimuthRad - b.azimuthRad;
    if (a.kind === 'infrared' && b.kind === 'infrared') {
      return a.lineOfSightEcef[0] - b.lineOfSightEcef[0] || a.lineOfSightEcef[1] - b.lineOfSightEcef[1];
    }
    return 0;
  }

  #onUpdate(track: Track): void {
    const timeUs = track.s[TIME];
    let { handed } = track;
    if (!handed) {
      // A replay may have made the track anew.
      handed = this.#handed.get(track.id) ?? Float64Array.of(Number.NEGATIVE_INFINITY);
      this.#handed.set(track.id, handed);
      track.handed = handed;
    }
    if (timeUs < handed[0]) return;
    handed[0] = timeUs;
    this.#updates.add(track, this.#worker.registration);
  }

  /** The updates of confirmed tracks since the last call, in order; to be read before the next call. */
  takeUpdates(): Iterable<TrackState> {
    return this.#updates.take();
  }

  /** The confirmed tracks as they stand, ended ones for a minute after their end. */
  tracks(): readonly TrackView[] {
    const views: TrackView[] = [];
    for (const t of this.#worker.tracks) {
      const { s } = t;
      // What turned out to be an aircraft is shown as lost for a while, and then not at all.
      if (s[CONFIRMED] > 0 && (s[AIR] === 0 || this.#nowUs - s[AIR] < ENDED_KEPT_US))
        views.push(this.#views.view(t));
    }
    return views;
  }

  /** How each sensor's plots agree with the tracks, in the order in which the sensors were given. */
  health(): SensorHealth[] {
    const { sensors, nis, registration } = this.#worker;
    return sensors.map((m) => {
      const judged = nis[2 * m.index];
      const mean = nis[2 * m.index + 1];
      const bias = registration?.estimate(m);
      const off = !(mean >= NIS_ALARM.below && mean <= NIS_ALARM.above);
      const far = bias?.some(({ value, stated }) => Math.abs(value) > NIS_ALARM.bias * stated) ?? false;
      return {
        sensor: m.id,
        judged,
        nis: mean,
        alarm: (judged >= NIS_ALARM.plots && off) || far,
        ...(bias && { bias }),
      };
    });
  }

  /** New information of each confirmed track since its last tracklet, for the other nodes. */
  takeTracklets(node: NodeId, _nowUs: number): Tracklet[] {
    const out: Tracklet[] = [];
    for (const t of this.#worker.tracks) {
      if (t.s[CONFIRMED] === 0 || t.s[ENDED] !== 0 || t.s[AIR] > 0) continue;
      const tracklet = this.#sender.take(node, t, this.#worker.sensors, this.#worker.registration);
      if (tracklet) out.push(tracklet);
    }
    return out;
  }
}
