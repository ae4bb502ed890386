/**
 * One step of a fused track: what a tracklet does to the filter, given all that came before it in the order of time.
 * Whoever runs the same tracklets through these steps in that order ends in the same state, bit for bit.
 */
import { type Tracklet, unpackUpper } from '../model/track.ts';
import { apply, copyOf, type Filter, hasComeDown, isBoost, predict, startFilter } from './fused-filter.ts';
import { informedDistance, invertInformation } from './information.ts';

/** What a step made of a tracklet. */
export type StepResult = 'added' | 'replaced' | 'intersected' | 'restarted' | 'ignored';

/**
 * Gate of the association of two tracks, chi-squared with six degrees of freedom at 1 - 1e-6, widened by half
 * for the models' differences. Two launches close in time and place must stay two (W16).
 */
export const ASSOCIATION_GATE = 60;
/** So many tracklets of a node's track in a row outside the gate are no chance: it is of another object. */
const DOUBT_AFTER = 5;
/** The same while it tells of another kind of motion than the filter's: who mistakes a phase is off for a while. */
const DOUBT_OTHER_KIND = 20;
/** A node's word on the kind of motion counts for so long, us, and from so many plots on: until then it says boost of anything. */
const WORD_US = 10e6;
const WORD_PLOTS = 10;
/** What tells of the other kind of motion is kept for so long, us, in case that is the one. */
const PENDING_US = 30e6;
/** A node's word that a target is not ballistic holds for this long after its last tracklet, us. */
const LIFT_WORD_US = 30e6;

/** So many tracklets are remembered to put a whole report in the place of what its track brought before. */
const TAKEN_MAX = 1024;

/** Of a node's track in the present filter: the sequence numbers of its first and of its last whole report. */
interface Member {
  readonly first: number;
  readonly whole: number;
  /** What there was before its first: what is left when all that it brought is taken out. Undefined: that is forgotten. */
  readonly before: Readonly<Content> | undefined;
}

/** What a node's track last said of its motion. */
interface Word {
  readonly boost: boolean;
  readonly timeUs: number;
  readonly plots: number;
}

/** What has been taken into the present filter, newest first. */
interface Taken {
  readonly tracklet: Tracklet;
  readonly earlier: Taken | undefined;
  readonly depth: number;
}

/** The filter and what is in it. The maps are never changed in place, so that a copy may share them. */
interface Content {
  filter: Filter | undefined;
  /** By node and track, `NODE/track`. */
  members: ReadonlyMap<string, Member>;
  taken: Taken | undefined;
}

/** The state between two steps. */
export interface Context extends Content {
  /** When the present kind of motion began, us. */
  sinceUs: number;
  /** Tracklets in a row outside the gate, of each node's track that has been taken. */
  misfits: ReadonlyMap<string, number>;
  /** Node's tracks that proved to be of another object, from which tracklet on. */
  expelled: ReadonlyMap<string, Tracklet>;
  /** By node and track. */
  words: ReadonlyMap<string, Word>;
  /** Told of the kind of motion that the filter is not of, in order; of each node's track from a whole report on. */
  pending: readonly Tracklet[];
}

export function emptyContext(): Context {
  return {
    ...emptyContent(),
    sinceUs: 0,
    misfits: new Map(),
    expelled: new Map(),
    words: new Map(),
    pending: [],
  };
}

function emptyContent(): Content {
  return { filter: undefined, members: new Map(), taken: undefined };
}

function contentOf({ filter, members, taken }: Readonly<Content>): Content {
  return { filter: filter && copyOf(filter), members, taken };
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
  const f = c.filter;
  // One node has found lift. Others that still fit a free fall to it would drag the state along their fall.
  if (f?.phase === 'notBallistic' && !isBoost(tracklet.phase) && tracklet.timeUs < f.timeUs + LIFT_WORD_US)
    return 'ignored';
  const boost = isBoost(tracklet.phase);
  c.words = new Map(c.words).set(key, { boost, timeUs: tracklet.timeUs, plots: tracklet.plots });
  if (!f || boost !== f.boost) return otherKind(c, key, tracklet);
  if (c.pending.some((t) => keyOf(t) === key)) c.pending = c.pending.filter((t) => keyOf(t) !== key);
  const whole = isWhole(tracklet);
  const member = c.members.get(key);
  // A later whole report holds it already.
  if (member && tracklet.sequence < member.whole) return 'ignored';
  if (whole && member && member.first < tracklet.sequence && own(tracklet)) {
    const content = without(c, key, member);
    if (content && take(content, key, tracklet) !== 'ignored') {
      Object.assign(c, content);
      return 'replaced';
    }
  }
  return take(c, key, tracklet);
}

/** Takes a tracklet into the filter, or begins it with it. */
function take(c: Content, key: string, tracklet: Tracklet): 'added' | 'intersected' | 'ignored' {
  const how = independent(c, key, tracklet) ? 'add' : 'intersect';
  if (!c.filter) {
    const filter = startFilter(tracklet);
    if (!filter) return 'ignored';
    join(c, key, tracklet);
    c.filter = filter;
    return 'added';
  }
  // A part of unknown pedigree has nothing that could be intersected.
  if (how === 'intersect' && !isWhole(tracklet) && !invertInformation(unpackUpper(tracklet.matrix, 6)))
    return 'ignored';
  join(c, key, tracklet);
  predict(c.filter, tracklet.timeUs);
  apply(c.filter, tracklet, how);
  return how === 'add' ? 'added' : 'intersected';
}

/**
 * The content as it would be without a member: what there was before its first tracklet, and all that others brought since.
 * Undefined if that is no longer known.
 */
function without(c: Readonly<Content>, key: string, { before }: Member): Content | undefined {
  if (!before) return undefined;
  const others: Tracklet[] = [];
  for (let t = c.taken; t !== before.taken; t = t.earlier) {
    if (!t) return undefined;
    if (keyOf(t.tracklet) !== key) others.push(t.tracklet);
  }
  const content = contentOf(before);
  for (const t of others.reverse()) take(content, keyOf(t), t);
  return content;
}

/**
 * Burnout, or a stage lit, as one node sees it. The filter begins anew with what is of that kind, unless more nodes say
 * otherwise: one that sees little is wrong at times, and must not take the others' target off its course.
 */
function otherKind(c: Context, key: string, tracklet: Tracklet): StepResult {
  const f = c.filter;
  const { timeUs } = tracklet;
  const boost = isBoost(tracklet.phase);
  const whole = isWhole(tracklet);
  const kept = c.pending.filter(
    (t) => isBoost(t.phase) === boost && t.timeUs >= timeUs - PENDING_US && !(whole && keyOf(t) === key),
  );
  const based = kept.filter((t) => isWhole(t) || kept.some((w) => isWhole(w) && keyOf(w) === keyOf(t)));
  c.pending = whole || based.some((t) => keyOf(t) === key) ? [...based, tracklet] : based;
  let yes = 0;
  let no = 0;
  for (const [of, word] of c.words) {
    if (timeUs - word.timeUs > WORD_US || (word.plots < WORD_PLOTS && of !== key)) continue;
    if (word.boost === boost) yes++;
    else no++;
  }
  if (f) {
    // A stage lit, or lift, is news only of what was seen to coast; lift is believed of one.
    const may = f.boost ? no === 0 || c.pending.some(isWhole) : whole && c.members.has(key);
    const believed = yes > no || (yes === no && whole) || tracklet.phase === 'notBallistic';
    if (!may || !believed) return 'ignored';
  }
  const [first, ...rest] = c.pending.includes(tracklet) ? c.pending : [tracklet];
  const content = emptyContent();
  if (take(content, keyOf(first), first) === 'ignored') return 'ignored';
  for (const t of rest) take(content, keyOf(t), t);
  Object.assign(c, content);
  c.sinceUs = first.timeUs;
  c.pending = [];
  return f ? 'restarted' : 'added';
}

/** When a node's track that has seen something last said boost, us; 0 if none did. */
export function boostSaidUs(c: Context): number {
  let us = 0;
  for (const [key, w] of c.words)
    if (w.boost && w.plots >= WORD_PLOTS && !c.expelled.has(key)) us = Math.max(us, w.timeUs);
  return us;
}

/** Counts the misfits of a node's track; true if the tracklet is the one that proves it to be of another object. */
function doubted(c: Context, key: string, tracklet: Tracklet): boolean {
  const before = c.misfits.get(key);
  // Lift takes a target off what the others still predict of it; they will follow.
  if (before !== undefined && (tracklet.phase === 'notBallistic' || c.filter!.phase === 'notBallistic'))
    return false;
  const now = before === undefined || fits(c.filter!, tracklet) ? 0 : before + 1;
  if (now !== before) c.misfits = new Map(c.misfits).set(key, now);
  const other = isBoost(tracklet.phase) !== c.filter!.boost;
  if (now < (other ? DOUBT_OTHER_KIND : DOUBT_AFTER)) return false;
  c.expelled = new Map(c.expelled).set(key, tracklet);
  return true;
}

function fits(f: Filter, tracklet: Tracklet): boolean {
  return distanceOf(tracklet, f) <= ASSOCIATION_GATE;
}

/** True if the tracklet is known to be of its node's sensors alone; a relay's product of others' is not independent of them. */
function own(tracklet: Tracklet): boolean {
  const sources = Object.keys(tracklet.pedigree);
  return sources.length > 0 && sources.every((s) => s.startsWith(`${tracklet.node}/`));
}

/** True if nothing of the tracklet can be in the filter already. */
function independent(c: Readonly<Content>, key: string, tracklet: Tracklet): boolean {
  if (!own(tracklet)) return false;
  // A whole report holds again what its track's earlier ones brought.
  const member = c.members.get(key);
  return !(isWhole(tracklet) && member && member.first < tracklet.sequence);
}

/** Enters a tracklet that is about to be taken. */
function join(c: Content, key: string, tracklet: Tracklet): void {
  const { sequence } = tracklet;
  const whole = isWhole(tracklet) ? sequence : 0;
  const member = c.members.get(key);
  if (!member || member.first > sequence || member.whole < whole)
    c.members = new Map(c.members).set(
      key,
      member
        ? { ...member, first: Math.min(member.first, sequence), whole: Math.max(member.whole, whole) }
        : { first: sequence, whole, before: contentOf(c) },
    );
  const depth = (c.taken?.depth ?? 0) + 1;
  c.taken = { tracklet, earlier: c.taken, depth };
  if (depth < TAKEN_MAX) return;
  c.taken = undefined;
  c.members = new Map([...c.members].map(([k, m]) => [k, { ...m, before: undefined }]));
}

/**
 * How far a tracklet is from a filter: the squared Mahalanobis distance of their states at the tracklet's time over the
 * directions that the tracklet tells of. Infinite if it tells of fewer than three, or if the filter has come down by
 * then: below the ground its covariance grows beyond all bounds, and would take anything in. The filter is unchanged.
 */
export function distanceOf(
  tracklet: { timeUs: number; matrix: ArrayLike<number>; vector: ArrayLike<number> },
  filter: Filter,
): number {
  const f = copyOf(filter);
  predict(f, tracklet.timeUs);
  if (hasComeDown(f)) return Number.POSITIVE_INFINITY;
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
