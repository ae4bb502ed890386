/**
 * Which nodes' tracks are of one object. Each decision is made on what is known of the moment that it is about: the
 * first tracklet of a node's track against the groups as they stood then. What comes late is decided as of then, and
 * what was decided after it, near it, is decided again; so the groups do not depend on the order of arrival either.
 */
import type { Tracklet } from '../model/track.ts';
import {
  ASSOCIATION_GATE,
  before,
  distanceOf,
  FusedTrack,
  type FusionResult,
  keyOf,
} from '../tracking/index.ts';
import { agreeing, NEAR_M, TOGETHER_S } from './agreeing.ts';
import { decidedBy, type Group, type Span, Spans, spanAt } from './spans.ts';

/** A group is no candidate for a new track when it was last heard of this long before, s: in boost, and in the coast. */
const GONE_BOOST_S = 40;
const GONE_COAST_S = 900;
/** Two tracks of a node that have been told for no longer than this, s, may have been taken for each other at first. */
const AT_FIRST_S = 20;
/** Groups are looked at for being of one object this often, us of the tracklets' time, and so long after it. */
const SWEEP_US = 2e6;
const SWEEP_AFTER_US = 2e6;
/** Tracklets that are kept without a place. */
const WAITING_MAX = 1024;
/** Rounds of moving what proved to be of another object; more would be a quarrel that never ends. */
const ROUNDS = 32;

export interface Taken {
  group: Group;
  result: FusionResult;
}

export class Correlator {
  readonly #groups = new Set<Group>();
  readonly #spans = new Spans();
  readonly #unsettled = new Set<Group>();
  /** Tracklets without a place, oldest first. */
  #waiting: Tracklet[] = [];
  /** The earliest of what came out of order, by group, since it was last looked at. */
  readonly #late = new Map<Group, Tracklet>();
  readonly #mayOpen: () => boolean;
  readonly #historyMax: () => number;
  #changes = 0;
  #settling = false;
  /** The newest time of any tracklet, and up to when the groups have been looked at, us. */
  #newestUs = Number.NEGATIVE_INFINITY;
  #sweptUs = Number.POSITIVE_INFINITY;

  /** `mayOpen`: asked before a group is opened. `historyMax`: tracklets that a new group may keep. */
  constructor(mayOpen: () => boolean, historyMax: () => number) {
    this.#mayOpen = mayOpen;
    this.#historyMax = historyMax;
  }

  get size(): number {
    return this.#groups.size;
  }
  /** Counts changes of who belongs to whom. */
  get changes(): number {
    return this.#changes;
  }
  groups(): Iterable<Group> {
    return this.#groups;
  }
  /** The group that a node's track is in now. */
  groupOf(key: string): Group | undefined {
    const last = this.#spans.of(key).at(-1);
    return last?.until ? undefined : last?.group;
  }

  /** See {@link Spans.heirsOf}. */
  heirsOf(group: Group): Group[] {
    return this.#spans.heirsOf(group);
  }

  /** Takes a tracklet; undefined if it belongs to no group and opens none. */
  take(tracklet: Tracklet): Taken | undefined {
    if (this.#spans.at(tracklet)) {
      const taken = this.#place(tracklet);
      // What is far back waits for more of its kind, and is looked at with the next picture.
      if (taken?.result !== 'late') this.settle(taken?.group);
      return taken;
    }
    this.settle();
    const next = this.#spans.of(keyOf(tracklet)).find((s) => before(tracklet, s.first));
    // The first that is known of this track is not its first: all of it is decided again.
    if (next && !this.#isOpen(next)) return { group: next.group, result: next.group.fused.add(tracklet) };
    const place = FusedTrack.start(tracklet)?.state;
    const later = place ? this.#decisionsAfter(tracklet, place) : [];
    if (next && !later.some(([, s]) => s === next)) later.push([keyOf(tracklet), next]);
    const again = this.#takeApart(later, tracklet);
    if (again.length === 0) return this.#place(tracklet);
    again.unshift(tracklet);
    again.sort((a, b) => (before(a, b) ? -1 : 1));
    let taken: Taken | undefined;
    for (const t of again) {
      const one = this.#place(t);
      if (t === tracklet) taken = one;
    }
    return taken;
  }

  /** Puts a node's track into a group, whatever it tells: what is too late to be fused. */
  join(tracklet: Tracklet, group: Group): Taken {
    this.#enter(tracklet, group);
    return { group, result: group.fused.add(tracklet) };
  }

  /** Moves what proved to be of another object; of one group alone, if it is given. */
  settle(only?: Group): void {
    if (this.#settling) return;
    this.#settling = true;
    // What is decided again is decided to the end.
    if (this.#late.size > 0) only = undefined;
    this.#decideAgain();
    for (let round = 0; this.#unsettled.size > 0 && round < ROUNDS; round++) {
      const groups = only ? (this.#unsettled.has(only) ? [only] : []) : [...this.#unsettled];
      for (const group of groups) {
        this.#unsettled.delete(group);
        if (!this.#groups.has(group)) continue;
        // The first alone: without what it brought, others may fit again.
        const [from] = [...group.fused.expelled.values()].sort((a, b) => (before(a, b) ? -1 : 1));
        if (!from) continue;
        this.#unsettled.add(group);
        if (this.#swap(group, from)) continue;
        const moved = group.fused.release(keyOf(from), from);
        this.#leave(keyOf(from), group, from);
        if (group.fused.empty) this.drop(group);
        for (const t of moved) this.take(t);
      }
    }
    if (!only) this.#sweep();
    this.#settling = false;
  }

  /**
   * Groups of which no node holds both, and that have agreed for long, are of one object: nodes that each took up a part
   * of a flight, or a track that went astray and has come back. From then on the younger one's tracks are in the older.
   * Each moment is looked at with what is known of it, so that it does not matter when that became known.
   */
  #sweep(): void {
    let untilUs = Math.floor((this.#newestUs - SWEEP_AFTER_US) / SWEEP_US) * SWEEP_US;
    if (this.#groups.size < 2) this.#sweptUs = Math.max(this.#sweptUs, untilUs);
    for (let atUs = this.#sweptUs + SWEEP_US; atUs <= untilUs; atUs += SWEEP_US) {
      this.#sweptUs = atUs;
      for (const [older, younger] of agreeing(this.#spans, atUs)) this.#merge(older, younger, atUs);
      // What was moved may prove to be of another object: first things first.
      if (this.#late.size > 0) untilUs = atUs;
    }
  }

  /** What a group's tracks tell after a time goes into another. */
  #merge(into: Group, from: Group, atUs: number): void {
    const moved: Tracklet[] = [];
    for (const [key, spans] of [...this.#spans]) {
      const span = spanAt(spans, atUs);
      if (span?.group !== from) continue;
      const mark: Tracklet = { ...span.first, timeUs: atUs, sequence: Number.MAX_SAFE_INTEGER };
      // Where it went from here afterwards is decided anew.
      for (const later of spans.filter((s) => before(mark, s.first))) moved.push(...this.#pull(key, later));
      moved.push(...from.fused.release(key, mark));
      this.#leave(key, from, mark);
      this.#enter(mark, into);
    }
    moved.sort((a, b) => (before(a, b) ? -1 : 1));
    for (const t of moved) this.#place(t);
  }

  /**
   * A node's track that proves to be of another object may belong where another of its node's is, and that one where it
   * was: launches close together, taken for each other at first. Both then change places from their beginning, so that
   * nothing of either stays where it never belonged.
   */
  #swap(group: Group, from: Tracklet): boolean {
    const one = this.#whole(keyOf(from), group, from);
    const was = group.fused.asOf(from);
    if (!one || !was || group.members.size < 2) return false;
    let least = Math.min(ASSOCIATION_GATE, distanceOf(from, was));
    let best: { other: string; span: Span; group: Group } | undefined;
    for (const g of this.#groups) {
      if (g === group || g.members.size < 2) continue;
      const last = g.fused.lastOther(from, TOGETHER_S * 1e6);
      const span = last && this.#whole(keyOf(last), g, from);
      const then = span && g.fused.asOf(from);
      if (!span || !then) continue;
      const d = distanceOf(from, then);
      if (!(d < least)) continue;
      const here = distanceOf(last, was);
      const there = distanceOf(last, then);
      // Where that one is at home, it stays; and the two together must fit better.
      if (here >= there && there <= ASSOCIATION_GATE) continue;
      if (!(d + here < distanceOf(from, was) + there)) continue;
      least = d;
      best = { other: keyOf(last), span, group: g };
    }
    if (!best) return false;
    const goes = this.#pull(keyOf(from), one);
    const comes = this.#pull(best.other, best.span);
    for (const [tracklets, to] of [
      [goes, best.group],
      [comes, group],
    ] as const) {
      // A group of which nothing that fixes a position was left is gone.
      const there = tracklets.length > 0 && this.#groups.has(to);
      if (there) this.#enter(tracklets[0], to, from);
      for (const t of tracklets)
        if (there) to.fused.add(t);
        else this.take(t);
      if (there) this.#unsettled.add(to);
    }
    return true;
  }

  /** A node's track's part in a group as of a tracklet, if it is its first, is young and can still be taken out. */
  #whole(key: string, group: Group, asOf: Tracklet): Span | undefined {
    const span = this.#spans.of(key)[0];
    if (!span || span.group !== group || span.until || before(asOf, span.first)) return undefined;
    const young = asOf.timeUs - span.first.timeUs <= AT_FIRST_S * 1e6;
    return young && this.#isOpen(span) ? span : undefined;
  }

  /**
   * What came out of order may change what was decided after it, near it: who is of one object, and who proved not to
   * be. All that is taken apart and put in its place again, in order.
   */
  #decideAgain(): void {
    const late = [...this.#late];
    for (const [group, from] of late) {
      if (!this.#groups.has(group) || group.fused.empty) continue;
      const { state } = group.fused.at(from.timeUs);
      const again = this.#takeApart(this.#decisionsAfter(from, state), from);
      again.sort((a, b) => (before(a, b) ? -1 : 1));
      for (const t of again) this.#place(t);
    }
    for (const [, from] of late)
      this.#sweptUs = Math.min(this.#sweptUs, Math.floor(from.timeUs / SWEEP_US - 1e-9) * SWEEP_US);
    // What was only put in its place again is nothing new.
    this.#late.clear();
  }

  /**
   * The spans near a place that were decided after a tracklet: what it tells may change that. One that ended after it
   * goes on until that is decided anew.
   */
  #decisionsAfter(from: Tracklet, place: ArrayLike<number>): [string, Span][] {
    const out: [string, Span][] = [];
    const near = new Map<Group, boolean>();
    const isNear = (g: Group): boolean => {
      let answer = near.get(g);
      if (answer === undefined) {
        answer = false;
        if (!g.fused.empty && !g.fused.isBeyond(place, from.timeUs, NEAR_M)) {
          const { state: s } = g.fused.at(from.timeUs);
          answer = Math.hypot(s[0] - place[0], s[1] - place[1], s[2] - place[2]) < NEAR_M;
        }
        near.set(g, answer);
      }
      return answer;
    };
    for (const [key, spans] of this.#spans) {
      if (!spans.some((s) => before(from, decidedBy(s)) || (s.until && before(from, s.until)))) continue;
      if (!spans.some((s) => isNear(s.group))) continue;
      for (const s of spans) {
        if (before(from, decidedBy(s))) {
          if (this.#isOpen(s)) out.push([key, s]);
        } else if (s.until && before(from, s.until)) {
          delete s.until;
          s.group.members.add(key);
          this.#changes++;
        }
      }
    }
    return out;
  }

  /** Takes out all of a node's track; the groups that it was in. Those that are then empty are gone. */
  withdraw(key: string): Group[] {
    const groups = [...new Set(this.#spans.of(key).map((s) => s.group))];
    this.#spans.forget(key);
    this.#waiting = this.#waiting.filter((t) => keyOf(t) !== key);
    for (const group of groups) {
      group.fused.withdraw(key);
      group.members.delete(key);
      if (group.fused.empty) this.drop(group);
    }
    if (groups.length > 0) this.#changes++;
    return groups;
  }

  has(group: Group): boolean {
    return this.#groups.has(group);
  }

  /** Forgets a group. */
  drop(group: Group): void {
    if (!this.#groups.delete(group)) return;
    this.#changes++;
    this.#spans.drop(group);
  }

  /** Into the group where its track is, or, if that is in none, into the nearest as of then, or a new one. */
  #place(tracklet: Tracklet): Taken | undefined {
    const span = this.#spans.at(tracklet);
    const known = span?.group;
    let group = known ?? this.#nearest(tracklet);
    let result: FusionResult = 'added';
    this.#newestUs = Math.max(this.#newestUs, tracklet.timeUs);
    if (this.#sweptUs === Number.POSITIVE_INFINITY)
      this.#sweptUs = Math.floor(tracklet.timeUs / SWEEP_US) * SWEEP_US;
    if (group) {
      const { newest } = group.fused;
      result = group.fused.add(tracklet);
      const last = this.#late.get(group);
      const late = before(tracklet, newest) || tracklet.timeUs <= this.#sweptUs || span?.until !== undefined;
      if (late && !(last && before(last, tracklet))) this.#late.set(group, tracklet);
    } else group = this.#open(tracklet);
    if (!group) {
      this.#wait(tracklet);
      return undefined;
    }
    if (!known) this.#enter(tracklet, group);
    this.#unsettled.add(group);
    return { group, result };
  }

  /** Of no group and too little to open one: another order of things may find it a place. */
  #wait(tracklet: Tracklet): void {
    const waiting = this.#waiting;
    waiting.push(tracklet);
    if (waiting.length > WAITING_MAX) waiting.splice(0, waiting.length - WAITING_MAX);
  }

  /** The tracklets of the spans, and those without a place that come after a tracklet. */
  #takeApart(spans: [string, Span][], from: Tracklet): Tracklet[] {
    const out = spans.flatMap(([key, span]) => this.#pull(key, span));
    const waiting = this.#waiting.filter((t) => before(from, t));
    if (waiting.length > 0) this.#waiting = this.#waiting.filter((t) => !before(from, t));
    return [...out, ...waiting];
  }

  #open(tracklet: Tracklet): Group | undefined {
    const fused = FusedTrack.start(tracklet, this.#historyMax());
    if (!fused || !this.#mayOpen()) return undefined;
    const group = { fused, members: new Set<string>() };
    this.#groups.add(group);
    return group;
  }

  #enter(first: Tracklet, group: Group, by?: Tracklet): void {
    this.#spans.enter(first, group, by);
    this.#changes++;
  }

  #leave(key: string, group: Group, from: Tracklet): void {
    this.#spans.leave(key, group, from);
    this.#changes++;
  }

  /** All of a span's tracklets, taken out of its group; a group of which nothing is left is gone. */
  #pull(key: string, span: Span): Tracklet[] {
    const out = span.group.fused.release(key, span.first);
    this.#leave(key, span.group, span.first);
    if (span.group.fused.empty) this.drop(span.group);
    return out;
  }

  /** True if all of the span can still be taken apart. */
  #isOpen(span: Span): boolean {
    return span.first.timeUs > span.group.fused.keptFromUs;
  }

  /** The group that the tracklet's track is part of, as things stood then; none if one of its node's was in it then. */
  #nearest(tracklet: Tracklet): Group | undefined {
    let best: Group | undefined;
    let least = ASSOCIATION_GATE;
    const place = FusedTrack.start(tracklet);
    const c = place?.covariance;
    const unsureM = c ? 10 * Math.sqrt(c[0] + c[6] + c[11]) : 0;
    const state = place?.state;
    for (const group of this.#groups) {
      if (state && group.fused.isBeyond(state, tracklet.timeUs, unsureM)) continue;
      const then = group.members.size > 0 ? group.fused.asOf(tracklet) : undefined;
      if (!then) continue;
      const ageS = (tracklet.timeUs - then.timeUs) / 1e6;
      if (ageS > (then.boost ? GONE_BOOST_S : GONE_COAST_S)) continue;
      const d = distanceOf(tracklet, then);
      if (!(d < least) || group.fused.lastOther(tracklet, TOGETHER_S * 1e6)) continue;
      best = group;
      least = d;
    }
    return best;
  }
}
