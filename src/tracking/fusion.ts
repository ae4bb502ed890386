/**
 * Fusing the tracks of several nodes from their tracklets. A fused track is a filter whose measurements are
 * tracklets: it is predicted to the tracklet's time by the same motion models and takes the information in,
 * H = [I6 0]. Independent tracklets add. What is not known to be independent goes in by covariance
 * intersection; what has been taken in already is dropped.
 *
 * Drummond, Proc. SPIE 3163 (1997) 512; Julier and Uhlmann, Proc. American Control Conference (1997) 2369.
 */
import { roughHeight } from '../earth/wgs84.ts';
import {
  type Pedigree,
  type Phase,
  type PointEstimate,
  packUpper,
  type RangeClass,
  type Tracklet,
  unpackUpper,
} from '../model/track.ts';
import { predictBallistic, predictBoost } from './dynamics.ts';
import { IMM } from './imm.ts';
import { estimateImpact } from './impact.ts';
import { addInformation, informedDistance, invertInformation, scaledLogDet } from './information.ts';
import { START } from './initiation.ts';
import { rangeClassProbabilities } from './rangeclass.ts';

/** What became of a tracklet. */
export type FusionResult = 'added' | 'intersected' | 'restarted' | 'duplicate' | 'tooOld' | 'ignored';

/** How far back a tracklet may come out of order, us, and how many are kept for that. */
const HISTORY_US = 30e6;
const HISTORY_MAX = 256;
/** A first tracklet must fix the position within this spread, m. */
const START_SPREAD_M = 100e3;
/** Sequence numbers remembered against duplicates, per node's track, behind the latest. */
const SEQUENCES_KEPT = 512;

interface Entry {
  tracklet: Tracklet;
  how: 'add' | 'intersect';
  /** The filter after this tracklet. */
  after: Filter;
}

/** A filter state: ballistic (7) or boost (9). */
interface Filter {
  timeUs: number;
  boost: boolean;
  phase: Phase;
  x: Float64Array;
  p: Float64Array;
}

export class FusedTrack {
  #filter: Filter;
  /** When the present kind of motion began, us. */
  #sinceUs: number;
  #entries: Entry[] = [];
  readonly #seen = new Map<string, Set<number>>();
  /** Of each node's track in the present filter: the sequence numbers of its first and of its last whole report. */
  #members = new Map<string, { first: number; whole: number }>();
  #pedigree: Pedigree = {};
  #plots = 0;
  #impactVersion = -1;
  #impact: ReturnType<typeof estimateImpact>;
  #version = 0;

  /** Starts a fused track; undefined if the tracklet does not fix a position. */
  static start(tracklet: Tracklet): FusedTrack | undefined {
    const filter = startFilter(tracklet);
    return filter ? new FusedTrack(tracklet, filter) : undefined;
  }

  private constructor(tracklet: Tracklet, filter: Filter) {
    this.#filter = filter;
    this.#sinceUs = filter.timeUs;
    this.#take(tracklet);
    this.#join(tracklet, `${tracklet.node}/${tracklet.track}`);
    this.#entries.push({ tracklet, how: 'add', after: copyOf(filter) });
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
    return this.#filter.boost ? undefined : this.#sinceUs;
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
    return this.#pedigree;
  }
  /** Plots behind it, of all nodes. */
  get plots(): number {
    return this.#plots;
  }
  /** Counts changes. */
  get version(): number {
    return this.#version;
  }

  /** Takes a tracklet in. Order of arrival does not matter within half a minute. */
  add(tracklet: Tracklet): FusionResult {
    const key = `${tracklet.node}/${tracklet.track}`;
    if (this.#seen.get(key)?.has(tracklet.sequence)) return 'duplicate';
    const f = this.#filter;
    const boost = isBoost(tracklet.phase);
    const restart = tracklet.sinceUs === tracklet.timeUs;
    if (f.phase === 'notBallistic' && !boost && tracklet.timeUs < f.timeUs + LIFT_WORD_US) {
      // One node has found lift. Others that still fit a free fall to it would drag the state along their fall.
      this.#take(tracklet);
      return 'ignored';
    }
    if (boost !== f.boost) {
      // Burnout, or a stage lit, as one node sees it: its whole information begins the filter anew.
      const anew = restart && tracklet.timeUs >= f.timeUs - HISTORY_US && (f.boost || this.#members.has(key));
      const filter = anew ? startFilter(tracklet) : undefined;
      this.#take(tracklet);
      if (!filter) return 'ignored';
      this.#filter = filter;
      this.#sinceUs = filter.timeUs;
      this.#members = new Map();
      this.#join(tracklet, key);
      this.#entries = [{ tracklet, how: 'add', after: copyOf(filter) }];
      return 'restarted';
    }
    const oldest = this.#entries[0];
    if (
      tracklet.timeUs < f.timeUs - HISTORY_US ||
      (oldest && tracklet.timeUs < oldest.after.timeUs && this.#entries.length >= HISTORY_MAX)
    ) {
      this.#take(tracklet);
      return 'tooOld';
    }
    if (tracklet.sequence < (this.#members.get(key)?.whole ?? 0)) {
      // A later whole report holds it already.
      this.#take(tracklet);
      return 'ignored';
    }
    const how = this.#independent(tracklet, key, restart) ? 'add' : 'intersect';
    if (how === 'intersect' && !restart && !this.#whole(tracklet)) {
      // A part of unknown pedigree has nothing that could be intersected.
      this.#take(tracklet);
      return 'ignored';
    }
    this.#take(tracklet);
    this.#join(tracklet, key);
    this.#insert(tracklet, how);
    return how === 'add' ? 'added' : 'intersected';
  }

  /** True if nothing of the tracklet can be in the filter already. */
  #independent(tracklet: Tracklet, key: string, restart: boolean): boolean {
    const sources = Object.keys(tracklet.pedigree);
    if (sources.length === 0) return false;
    const own = `${tracklet.node}/`;
    // A relay's product of others' sources is not independent of them.
    if (sources.some((s) => !s.startsWith(own))) return false;
    // A whole report holds again what its track's earlier ones brought.
    const member = this.#members.get(key);
    return !(restart && member && member.first < tracklet.sequence);
  }

  #join(tracklet: Tracklet, key: string): void {
    const { sequence } = tracklet;
    const whole = tracklet.sinceUs === tracklet.timeUs ? sequence : 0;
    const member = this.#members.get(key);
    if (!member) this.#members.set(key, { first: sequence, whole });
    else {
      member.first = Math.min(member.first, sequence);
      member.whole = Math.max(member.whole, whole);
    }
  }

  #whole(tracklet: Tracklet): boolean {
    return invertInformation(unpackUpper(tracklet.matrix, 6)) !== undefined;
  }

  #take(tracklet: Tracklet): void {
    this.#version++;
    const key = `${tracklet.node}/${tracklet.track}`;
    let seen = this.#seen.get(key);
    if (!seen) {
      seen = new Set();
      this.#seen.set(key, seen);
    }
    seen.add(tracklet.sequence);
    if (seen.size > 2 * SEQUENCES_KEPT) {
      const last = Math.max(...seen);
      for (const n of seen) if (n < last - SEQUENCES_KEPT) seen.delete(n);
    }
    for (const [source, t] of Object.entries(tracklet.pedigree)) {
      this.#pedigree[source] = Math.max(this.#pedigree[source] ?? 0, t);
    }
    this.#plots = Math.max(this.#plots, tracklet.plots);
  }

  #insert(tracklet: Tracklet, how: 'add' | 'intersect'): void {
    const entries = this.#entries;
    let i = entries.length;
    while (i > 0 && before(tracklet, entries[i - 1].tracklet)) i--;
    if (i === 0) {
      // Before the first: that one's information is then added to this, moved back to its time.
      const f = copyOf(entries[0].after);
      const t0 = f.timeUs;
      predict(f, tracklet.timeUs);
      apply(f, tracklet, how);
      predict(f, t0);
      f.timeUs = t0;
      entries[0].after = f;
      i = 1;
    } else entries.splice(i, 0, { tracklet, how, after: copyOf(entries[i - 1].after) });
    for (let k = i; k < entries.length; k++) {
      const f = copyOf(entries[k - 1].after);
      predict(f, entries[k].tracklet.timeUs);
      apply(f, entries[k].tracklet, entries[k].how);
      entries[k].after = f;
    }
    this.#filter = copyOf(entries[entries.length - 1].after);
    let drop = 0;
    while (
      entries.length - drop > HISTORY_MAX ||
      (entries.length - drop > 1 && entries[drop + 1].after.timeUs < this.#filter.timeUs - HISTORY_US)
    ) {
      drop++;
    }
    if (drop > 0) entries.splice(0, drop);
  }

  /** State and covariance (6 x 6, full) predicted to a time. */
  at(timeUs: number): { state: Float64Array; covariance: Float64Array } {
    const f = copyOf(this.#filter);
    predict(f, timeUs);
    const n = f.boost ? 9 : 7;
    const covariance = new Float64Array(36);
    for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) covariance[6 * i + j] = f.p[n * i + j];
    return { state: f.x.slice(0, 6), covariance };
  }

  #estimate(): ReturnType<typeof estimateImpact> {
    const f = this.#filter;
    if (f.boost) return undefined;
    if (this.#impactVersion !== this.#version) {
      this.#impactVersion = this.#version;
      this.#impact = estimateImpact(f.x, f.p, f.timeUs, false);
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

export interface FusedEstimates {
  impact: PointEstimate;
  apogeeKm: number;
  rangeClass: Record<RangeClass, number>;
}

/** A node's word that a target is not ballistic holds for this long after its last tracklet, us. */
const LIFT_WORD_US = 30e6;

function isBoost(phase: Phase): boolean {
  return phase === 'boost' || phase === 'notBallistic';
}

function before(a: Tracklet, b: Tracklet): boolean {
  if (a.timeUs !== b.timeUs) return a.timeUs < b.timeUs;
  if (a.node !== b.node) return a.node < b.node;
  if (a.track !== b.track) return a.track < b.track;
  return a.sequence < b.sequence;
}

function copyOf(f: Filter): Filter {
  return { timeUs: f.timeUs, boost: f.boost, phase: f.phase, x: f.x.slice(), p: f.p.slice() };
}

/** Predicted velocity spread of a track whose first tracklet does not fix the velocity, m/s. */
const VELOCITY_SIGMA = 4000;

/** A filter from one tracklet; where that says nothing of the velocity, a wide one is assumed. */
function startFilter(tracklet: Tracklet): Filter | undefined {
  const matrix = unpackUpper(tracklet.matrix, 6);
  let p6 = invertInformation(matrix);
  if (!p6 || p6[21] + p6[28] + p6[35] > VELOCITY_SIGMA ** 2) {
    for (let i = 0; i < 3; i++) {
      matrix[7 * i] += 1e-16;
      matrix[7 * (3 + i)] += 1 / VELOCITY_SIGMA ** 2;
    }
    p6 = invertInformation(matrix);
  }
  if (!p6 || p6[0] + p6[7] + p6[14] > START_SPREAD_M ** 2) return undefined;
  const boost = isBoost(tracklet.phase);
  const n = boost ? 9 : 7;
  const x = new Float64Array(n);
  const p = new Float64Array(n * n);
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      x[i] += p6[6 * i + j] * tracklet.vector[j];
      p[n * i + j] = p6[6 * i + j];
    }
  }
  if (boost) {
    const v = Math.hypot(x[3], x[4], x[5]);
    for (let i = 0; i < 3; i++) {
      x[6 + i] = v > 0 && tracklet.phase === 'boost' ? (IMM.igniteMps2 * x[3 + i]) / v : 0;
      p[10 * (6 + i)] = START.thrustSigma ** 2;
    }
  } else {
    x[6] = START.lnB;
    p[48] = START.lnBSigma ** 2;
  }
  return { timeUs: tracklet.timeUs, boost, phase: tracklet.phase, x, p };
}

const slab = new Float64Array(9 + 81);

function predict(f: Filter, timeUs: number): void {
  const dt = (timeUs - f.timeUs) / 1e6;
  f.timeUs = timeUs;
  if (dt === 0) return;
  const n = f.boost ? 9 : 7;
  slab.set(f.x);
  slab.set(f.p, n);
  if (f.boost) predictBoost(slab, 0, n, dt);
  else predictBallistic(slab, 0, n, dt);
  f.x.set(slab.subarray(0, n));
  f.p.set(slab.subarray(n, n + n * n));
}

function apply(f: Filter, tracklet: Tracklet, how: 'add' | 'intersect'): void {
  // Who has not found the lift yet may take it for thrust.
  if (f.phase !== 'notBallistic') f.phase = tracklet.phase;
  const n = f.boost ? 9 : 7;
  const matrix = unpackUpper(tracklet.matrix, 6);
  if (how === 'add') {
    addInformation(n, f.x, f.p, matrix, tracklet.vector, 1);
    return;
  }
  // Covariance intersection: the weight that leaves the least volume of position and velocity.
  let best: Filter | undefined;
  let least = scaledLogDet(f.p, n);
  for (let k = 1; k < 20; k++) {
    const w = k / 20;
    const trial = copyOf(f);
    for (let i = 0; i < n * n; i++) trial.p[i] /= w;
    addInformation(n, trial.x, trial.p, matrix, tracklet.vector, 1 - w);
    const det = scaledLogDet(trial.p, n);
    if (det < least) {
      least = det;
      best = trial;
    }
  }
  if (!best) return;
  f.x.set(best.x);
  f.p.set(best.p);
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
  const { state, covariance } = fused.at(tracklet.timeUs);
  const { distance2, degrees } = informedDistance(
    unpackUpper(tracklet.matrix, 6),
    tracklet.vector,
    state,
    covariance,
  );
  return degrees < 3 ? Number.POSITIVE_INFINITY : distance2;
}
