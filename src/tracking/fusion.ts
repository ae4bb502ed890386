/**
 * Fusing the tracks of several nodes from their tracklets. A fused track is a filter whose measurements are
 * tracklets: it is predicted to the tracklet's time by the same motion models and takes the information in,
 * H = [I6 0]. Independent tracklets add. A whole report takes the place of all that its track brought before: what
 * others brought is worked through again without that. What is not known to be independent goes in by covariance
 * intersection; what has been taken in already is dropped.
 *
 * Drummond, Proc. SPIE 3163 (1997) 512; Julier and Uhlmann, Proc. American Control Conference (1997) 2369.
 *
 * The state is a function of the set of tracklets, not of the order in which they came: they are kept in the order of
 * time for five minutes, and one that comes late is put in its place and all after it are worked through again. Two
 * nations that have received the same therefore hold the same, however their links fared.
 */
import { roughHeight } from '../earth/wgs84.ts';
import type { NodeId } from '../model/nation.ts';
import {
  type Pedigree,
  type Phase,
  type PointEstimate,
  packUpper,
  type RangeClass,
  type Tracklet,
} from '../model/track.ts';
import { before, copyOf, type Filter, hasComeDown, predict, startFilter } from './fused-filter.ts';
import {
  boostSaidUs,
  type Context,
  copyContext,
  covariance6,
  distanceOf,
  emptyContext,
  keyOf,
  type StepResult,
  step,
} from './fused-steps.ts';
import { estimateImpact } from './impact.ts';
import { orbitProbability } from './orbit.ts';
import { rangeClassProbabilities } from './rangeclass.ts';

/** What became of a tracklet. `late`: put in its place among what came before it; it counts with the next look. */
export type FusionResult = StepResult | 'late' | 'duplicate' | 'tooOld';

/** How far back a tracklet may come out of order, us. */
export const HISTORY_US = 300e6;
/** Tracklets kept for that, at the most: three nodes with two a second over that time, and more. */
const HISTORY_MAX = 2048;
/** Nothing that comes down again is faster, m/s. */
const FASTEST_MPS = 12e3;
/** The states after the last few tracklets are kept, of those before only each sixteenth. */
const DENSE = 16;
/** Sequence numbers remembered against duplicates, per node's track, behind the latest. */
const SEQUENCES_KEPT = 1024;

interface Entry {
  readonly tracklet: Tracklet;
  /** The state after it, where it is kept. */
  after?: Context;
}

/** What is remembered of one node's track. */
interface Part {
  seen: Set<number>;
  pedigree: Pedigree;
  plots: number;
}

export class FusedTrack {
  /** The state after all that is no longer kept, and the time of the last of it. */
  #base = emptyContext();
  #baseUs = Number.NEGATIVE_INFINITY;
  /** In order of time. */
  #entries: Entry[] = [];
  /** So many of the entries are in the present state. */
  #done = 0;
  #now = emptyContext();
  readonly #parts = new Map<string, Part>();
  readonly #historyMax: number;
  #impactVersion = -1;
  #impact: ReturnType<typeof estimateImpact>;
  #version = 0;

  /** Starts a fused track; undefined if the tracklet does not fix a position. */
  static start(tracklet: Tracklet, historyMax = HISTORY_MAX): FusedTrack | undefined {
    if (!startFilter(tracklet)) return undefined;
    const fused = new FusedTrack(historyMax);
    fused.add(tracklet);
    return fused;
  }

  private constructor(historyMax: number) {
    this.#historyMax = historyMax;
  }

  get #filter(): Filter {
    this.#settle();
    return this.#now.filter!;
  }
  /** Nothing is left in it that fixes a position: it has no state, and none may be asked of it. */
  get empty(): boolean {
    this.#settle();
    return this.#now.filter === undefined;
  }
  get timeUs(): number {
    return this.#filter.timeUs;
  }
  get phase(): Phase {
    const f = this.#filter;
    if (f.boost) return f.phase;
    const { x } = f;
    const climb = x[0] * x[3] + x[1] * x[4] + x[2] * x[5];
    return climb < 0 && roughHeight(x[0], x[1], x[2]) < 100e3 ? 'reentry' : 'coast';
  }
  /** Since when a node's word has it ballistic, us; undefined while it boosts or manoeuvres. */
  get ballisticSinceUs(): number | undefined {
    return this.#filter.boost ? undefined : this.#now.sinceUs;
  }
  /** When a node's track in it that has seen something last said that it burns, us; 0 if none did. */
  get boostSaidUs(): number {
    this.#settle();
    return boostSaidUs(this.#now);
  }
  /** [x y z vx vy vz], ECEF. */
  get state(): Float64Array {
    return this.#filter.x.slice(0, 6);
  }
  /** Upper triangle of the 6 x 6 covariance by rows (21). */
  get covariance(): Float64Array {
    const f = this.#filter;
    return Float64Array.from(packUpper(f.p, 6, f.boost ? 9 : 7));
  }
  /** Every source in it with the time of its last report. */
  get pedigree(): Readonly<Pedigree> {
    const out: Pedigree = {};
    for (const part of this.#parts.values()) latest(out, part.pedigree);
    return out;
  }
  /** Plots behind it, of all nodes. */
  get plots(): number {
    return Math.max(0, ...[...this.#parts.values()].map((p) => p.plots));
  }
  /** Counts changes. */
  get version(): number {
    return this.#version;
  }
  /** Nodes' tracks, `NODE/track`, that proved to be of another object, from which tracklet on. */
  get expelled(): ReadonlyMap<string, Tracklet> {
    this.#settle();
    return this.#now.expelled;
  }
  /** The last in the order of time of what it holds. */
  get newest(): Tracklet {
    return this.#entries[this.#entries.length - 1].tracklet;
  }
  /** What came before this time is no longer kept apart, us. */
  get keptFromUs(): number {
    return this.#baseUs;
  }

  /** Takes a tracklet in. The order of arrival does not matter within five minutes. */
  add(tracklet: Tracklet): FusionResult {
    const part = this.#part(keyOf(tracklet));
    if (part.seen.has(tracklet.sequence)) return 'duplicate';
    this.#remember(part, tracklet);
    const entries = this.#entries;
    const newest = entries[entries.length - 1]?.tracklet;
    if (tracklet.timeUs < this.#baseUs || (newest && tracklet.timeUs < newest.timeUs - HISTORY_US))
      return 'tooOld';
    this.#version++;
    let i = entries.length;
    while (i > 0 && before(tracklet, entries[i - 1].tracklet)) i--;
    entries.splice(i, 0, { tracklet });
    const behind = i < this.#done;
    if (behind) this.#rewind(i);
    // Far back it waits for more of its kind: one working through serves them all.
    if (entries.length - i > DENSE && entries.length <= this.#historyMax) return 'late';
    const result = this.#settle(i);
    this.#fold();
    return result ?? 'late';
  }

  /** Takes out all that a node's track brought. What is left is worked out again; see {@link empty}. */
  withdraw(key: string): boolean {
    if (!this.#parts.delete(key)) return false;
    // What is no longer kept apart cannot be told apart: it goes as a whole, and the last minutes begin anew.
    if (this.#base.members.has(key)) {
      this.#base = emptyContext();
      this.#rewind(0);
    }
    this.#remove(({ tracklet }) => keyOf(tracklet) === key);
    return true;
  }

  /** Takes out what a node's track brought from a tracklet on, and gives it back in order. */
  release(key: string, from: Tracklet): Tracklet[] {
    const out = this.#remove(({ tracklet }) => keyOf(tracklet) === key && !before(tracklet, from));
    const part = this.#parts.get(key);
    if (part) {
      for (const t of out) part.seen.delete(t.sequence);
      part.pedigree = {};
      for (const { tracklet } of this.#entries)
        if (keyOf(tracklet) === key) latest(part.pedigree, tracklet.pedigree);
      if (Object.keys(part.pedigree).length === 0 && !this.#base.members.has(key)) this.#parts.delete(key);
    }
    return out;
  }

  #remove(which: (entry: Entry) => boolean): Tracklet[] {
    const first = this.#entries.findIndex(which);
    this.#version++;
    if (first < 0) return [];
    this.#rewind(first);
    const out = this.#entries.filter(which).map((e) => e.tracklet);
    this.#entries = this.#entries.filter((e) => !which(e));
    return out;
  }

  /** The last tracklet of another of the node's tracks in it, of those within a time before the tracklet, us. */
  lastOther(tracklet: Tracklet, withinUs: number): Tracklet | undefined {
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const { tracklet: t } = this.#entries[i];
      if (t.timeUs <= tracklet.timeUs - withinUs) return undefined;
      if (t.node === tracklet.node && t.track !== tracklet.track && before(t, tracklet)) return t;
    }
    return undefined;
  }

  /** The filter as it was before a tracklet, of all that is known of then; undefined if there was none. */
  asOf(tracklet: Tracklet): Filter | undefined {
    this.#settle();
    const entries = this.#entries;
    let i = entries.length;
    while (i > 0 && before(tracklet, entries[i - 1].tracklet)) i--;
    if (i === entries.length) return this.#now.filter;
    if (tracklet.timeUs < this.#baseUs) return undefined;
    let from = i;
    while (from > 0 && !entries[from - 1].after) from--;
    const c = copyContext(from > 0 ? entries[from - 1].after! : this.#base);
    for (let k = from; k < i; k++) step(c, entries[k].tracklet);
    return c.filter;
  }

  /** The nodes that told of it within the time up to another, us. */
  nodesWithin(fromUs: number, toUs: number): Set<NodeId> {
    const nodes = new Set<NodeId>();
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const { timeUs, node } = this.#entries[i].tracklet;
      if (timeUs <= fromUs) break;
      if (timeUs <= toUs) nodes.add(node);
    }
    return nodes;
  }

  /** At each of some times, in order, the filter as what came up to then has it; undefined if that is not known or old. */
  filtersAt(timesUs: readonly number[], freshUs: number): (Filter | undefined)[] {
    this.#settle();
    const entries = this.#entries;
    let next = entries.length;
    while (next > 0 && !(entries[next - 1].after && entries[next - 1].tracklet.timeUs <= timesUs[0])) next--;
    const c = copyContext(next > 0 ? entries[next - 1].after! : this.#base);
    return timesUs.map((timeUs) => {
      while (next < entries.length && entries[next].tracklet.timeUs <= timeUs)
        step(c, entries[next++].tracklet);
      if (!c.filter || timeUs < this.#baseUs || timeUs - c.filter.timeUs > freshUs) return undefined;
      const then = copyOf(c.filter);
      predict(then, timeUs);
      return then;
    });
  }

  #part(key: string): Part {
    let part = this.#parts.get(key);
    if (!part) {
      part = { seen: new Set(), pedigree: {}, plots: 0 };
      this.#parts.set(key, part);
    }
    return part;
  }

  #remember(part: Part, tracklet: Tracklet): void {
    part.seen.add(tracklet.sequence);
    if (part.seen.size > 2 * SEQUENCES_KEPT) {
      const last = Math.max(...part.seen);
      for (const n of part.seen) if (n < last - SEQUENCES_KEPT) part.seen.delete(n);
    }
    latest(part.pedigree, tracklet.pedigree);
    part.plots = Math.max(part.plots, tracklet.plots);
  }

  /** Forgets the states after an entry; the next look works them out again. */
  #rewind(to: number): void {
    let from = Math.min(to, this.#done);
    while (from > 0 && !this.#entries[from - 1].after) from--;
    for (let k = from; k < this.#entries.length; k++) delete this.#entries[k].after;
    this.#done = from;
    this.#now = copyContext(from > 0 ? this.#entries[from - 1].after! : this.#base);
  }

  /** Works through what is not in the present state yet; what became of the entry `of`, if it was among it. */
  #settle(of = -1): StepResult | undefined {
    const entries = this.#entries;
    let result: StepResult | undefined;
    for (; this.#done < entries.length; this.#done++) {
      const i = this.#done;
      const r = step(this.#now, entries[i].tracklet);
      if (i === of) result = r;
      entries[i].after = copyContext(this.#now);
      const old = i - DENSE;
      if (old >= 0 && old % DENSE !== 0) delete entries[old].after;
    }
    return result;
  }

  /** Lets go of what is too old to be placed among. Kept states end what is let go of. */
  #fold(): void {
    const entries = this.#entries;
    const newestUs = entries[entries.length - 1].tracklet.timeUs;
    const spare = entries.length - this.#historyMax;
    let drop = 0;
    for (let i = 0; i < Math.min(this.#done, entries.length - 1); i++) {
      if (i >= spare && entries[i].tracklet.timeUs >= newestUs - HISTORY_US) break;
      if (entries[i].after) drop = i + 1;
    }
    if (drop < DENSE) return;
    this.#base = entries[drop - 1].after!;
    this.#baseUs = entries[drop - 1].tracklet.timeUs;
    entries.splice(0, drop);
    this.#done -= drop;
  }

  /** See {@link associationDistance}. */
  distanceTo(tracklet: Parameters<typeof distanceOf>[0]): number {
    return distanceOf(tracklet, this.#filter);
  }

  /** Whether it can't have been within a distance of a place at a time, m: a rough look that costs next to nothing. */
  isBeyond(place: ArrayLike<number>, timeUs: number, withinM: number): boolean {
    const { x, p, boost, timeUs: t } = this.#filter;
    const n = boost ? 9 : 7;
    const moved = (FASTEST_MPS * Math.abs(timeUs - t)) / 1e6;
    const unsure = 10 * Math.sqrt(p[0] + p[n + 1] + p[2 * n + 2]);
    return Math.hypot(x[0] - place[0], x[1] - place[1], x[2] - place[2]) > withinM + moved + unsure;
  }

  /** Where it was after each tracklet that is kept, of what is in it now; oldest first. */
  history(): { timeUs: number; state: Float64Array }[] {
    const c = copyContext(this.#base);
    const out: { timeUs: number; state: Float64Array }[] = [];
    for (const { tracklet } of this.#entries) {
      step(c, tracklet);
      if (c.filter) out.push({ timeUs: c.filter.timeUs, state: c.filter.x.slice(0, 6) });
    }
    return out;
  }

  /** State and covariance (6 x 6, full) predicted to a time. */
  at(timeUs: number): { state: Float64Array; covariance: Float64Array } {
    const f = copyOf(this.#filter);
    predict(f, timeUs);
    return { state: f.x.slice(0, 6), covariance: covariance6(f) };
  }

  /** Whether it is below the ground by a time, for all that is predicted of it. */
  hasComeDown(timeUs: number): boolean {
    const f = copyOf(this.#filter);
    predict(f, timeUs);
    return hasComeDown(f);
  }

  /** Probability that it stays up; 0 while it boosts or manoeuvres. */
  get orbitProbability(): number {
    const f = this.#filter;
    return f.boost ? 0 : orbitProbability(f.x, f.p, 7);
  }

  #estimate(): ReturnType<typeof estimateImpact> {
    const f = this.#filter;
    if (f.boost) return undefined;
    if (this.#impactVersion !== this.#version) {
      this.#impactVersion = this.#version;
      this.#impact = this.orbitProbability > 0.5 ? undefined : estimateImpact(f.x, f.p, f.timeUs, false);
    }
    return this.#impact;
  }

  /** Impact, apogee and range class; undefined while it boosts or manoeuvres, or if it does not come down. */
  estimates(): FusedEstimates | undefined {
    const f = this.#filter;
    const e = this.#estimate();
    if (!e) return undefined;
    const speedSigma = Math.sqrt((f.p[24] + f.p[32] + f.p[40]) / 3);
    return {
      impact: e.impact,
      apogeeKm: e.apogeeM / 1000,
      rangeClass: rangeClassProbabilities(f.x, speedSigma),
    };
  }
}

function latest(into: Pedigree, from: Readonly<Pedigree>): void {
  for (const [source, t] of Object.entries(from)) into[source] = Math.max(into[source] ?? 0, t);
}

export interface FusedEstimates {
  impact: PointEstimate;
  apogeeKm: number;
  rangeClass: Record<RangeClass, number>;
}

/**
 * How far a node's track, by its tracklet, is from a fused track: the squared Mahalanobis distance of their
 * states at the tracklet's time over the directions that the tracklet tells of, chi-squared with at most six
 * degrees of freedom if they are the same object. Infinite if it tells of fewer than three directions.
 */
export function associationDistance(
  tracklet: { timeUs: number; matrix: ArrayLike<number>; vector: ArrayLike<number> },
  fused: FusedTrack,
): number {
  return fused.distanceTo(tracklet);
}
