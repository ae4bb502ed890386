/**
 * One step of a fused track: what a tracklet does to the filter, given all that came before it in the order of time.
 * Whoever runs the same tracklets through these steps in that order ends in the same state, bit for bit.
 */
import { type Tracklet, unpackUpper } from '../model/track.ts';
import { apply, copyOf, type Filter, isBoost, predict, startFilter } from './fused-filter.ts';
import { informedDistance, invertInformation } from './information.ts';

/** What a step made of a tracklet. */
export type StepResult = 'added' | 'intersected' | 'restarted' | 'ignored';

/**
 * Gate of the association of two tracks, chi-squared with six degrees of freedom at 1 - 1e-6, widened by half
 * for the models' differences. Two launches close in time and place must stay two (W16).
 */
export const ASSOCIATION_GATE = 60;
/** So many tracklets of a node's track in a row outside the gate are no chance: it is of another object. */
const DOUBT_AFTER = 5;
/** A node's word that a target is not ballistic holds for this long after its last tracklet, us. */
const LIFT_WORD_US = 30e6;

/** Of a node's track in the present filter: the sequence numbers of its first and of its last whole report. */
interface Member {
  readonly first: number;
  readonly whole: number;
}

/** The state between two steps. The maps are never changed in place, so that a copy may share them. */
export interface Context {
  filter: Filter | undefined;
  /** When the present kind of motion began, us. */
  sinceUs: number;
  /** By node and track, `NODE/track`. */
  members: ReadonlyMap<string, Member>;
  /** Tracklets in a row outside the gate, of each node's track that has been taken. */
  misfits: ReadonlyMap<string, number>;
  /** Node's tracks that proved to be of another object, from which tracklet on. */
  expelled: ReadonlyMap<string, Tracklet>;
}

export function emptyContext(): Context {
  return { filter: undefined, sinceUs: 0, members: new Map(), misfits: new Map(), expelled: new Map() };
}

export function copyContext(c: Context): Context {
  return { ...c, filter: c.filter && copyOf(c.filter) };
}

export function keyOf(t: Pick<Tracklet, 'node' | 'track'>): string {
  return `${t.node}/${t.track}`;
}

const isWhole = (t: Tracklet): boolean => t.sinceUs === t.timeUs;

/** Takes the tracklet into the context, in place. It must not be older than what was taken before. */
export function step(c: Context, tracklet: Tracklet): StepResult {
  const key = keyOf(tracklet);
  if (c.expelled.has(key)) return 'ignored';
  if (c.filter && doubted(c, key, tracklet)) return 'ignored';
  const whole = isWhole(tracklet);
  const f = c.filter;
  // One node has found lift. Others that still fit a free fall to it would drag the state along their fall.
  if (f?.phase === 'notBallistic' && !isBoost(tracklet.phase) && tracklet.timeUs < f.timeUs + LIFT_WORD_US)
    return 'ignored';
  if (!f || isBoost(tracklet.phase) !== f.boost) {
    // Burnout, or a stage lit, as one node sees it: its whole information begins the filter anew.
    const anew = !f || (whole && (f.boost || c.members.has(key)));
    const filter = anew ? startFilter(tracklet) : undefined;
    if (!filter) return 'ignored';
    c.filter = filter;
    c.sinceUs = filter.timeUs;
    c.members = new Map();
    join(c, key, tracklet);
    return f ? 'restarted' : 'added';
  }
  // A later whole report holds it already.
  if (tracklet.sequence < (c.members.get(key)?.whole ?? 0)) return 'ignored';
  const how = independent(c, key, tracklet) ? 'add' : 'intersect';
  // A part of unknown pedigree has nothing that could be intersected.
  if (how === 'intersect' && !whole && !invertInformation(unpackUpper(tracklet.matrix, 6))) return 'ignored';
  join(c, key, tracklet);
  predict(f, tracklet.timeUs);
  apply(f, tracklet, how);
  return how === 'add' ? 'added' : 'intersected';
}

/** Counts the misfits of a node's track; true if the tracklet is the one that proves it to be of another object. */
function doubted(c: Context, key: string, tracklet: Tracklet): boolean {
  const before = c.misfits.get(key);
  // Lift takes a target off what the others still predict of it; they will follow.
  if (before !== undefined && (tracklet.phase === 'notBallistic' || c.filter!.phase === 'notBallistic'))
    return false;
  const now = before === undefined || fits(c.filter!, tracklet) ? 0 : before + 1;
  if (now !== before) c.misfits = new Map(c.misfits).set(key, now);
  if (now < DOUBT_AFTER) return false;
  c.expelled = new Map(c.expelled).set(key, tracklet);
  return true;
}

function fits(f: Filter, tracklet: Tracklet): boolean {
  return distanceOf(tracklet, f) <= ASSOCIATION_GATE;
}

/** True if nothing of the tracklet can be in the filter already. */
function independent(c: Context, key: string, tracklet: Tracklet): boolean {
  const sources = Object.keys(tracklet.pedigree);
  if (sources.length === 0) return false;
  const own = `${tracklet.node}/`;
  // A relay's product of others' sources is not independent of them.
  if (sources.some((s) => !s.startsWith(own))) return false;
  // A whole report holds again what its track's earlier ones brought.
  const member = c.members.get(key);
  return !(isWhole(tracklet) && member && member.first < tracklet.sequence);
}

function join(c: Context, key: string, tracklet: Tracklet): void {
  const { sequence } = tracklet;
  const whole = isWhole(tracklet) ? sequence : 0;
  const member = c.members.get(key);
  if (member && member.first <= sequence && member.whole >= whole) return;
  c.members = new Map(c.members).set(
    key,
    member
      ? { first: Math.min(member.first, sequence), whole: Math.max(member.whole, whole) }
      : { first: sequence, whole },
  );
}

/**
 * How far a tracklet is from a filter: the squared Mahalanobis distance of their states at the tracklet's time over the
 * directions that the tracklet tells of. Infinite if it tells of fewer than three. The filter is unchanged.
 */
export function distanceOf(
  tracklet: { timeUs: number; matrix: ArrayLike<number>; vector: ArrayLike<number> },
  filter: Filter,
): number {
  const f = copyOf(filter);
  predict(f, tracklet.timeUs);
  const { distance2, degrees } = informedDistance(
    unpackUpper(tracklet.matrix, 6),
    tracklet.vector,
    f.x,
    covariance6(f),
  );
  return degrees < 3 ? Number.POSITIVE_INFINITY : distance2;
}

/** Covariance of position and velocity, 6 x 6, full. */
export function covariance6(f: Filter): Float64Array {
  const n = f.boost ? 9 : 7;
  const out = new Float64Array(36);
  for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) out[6 * i + j] = f.p[n * i + j];
  return out;
}
