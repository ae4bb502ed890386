/** Which node's track is in which group, from when to when. */
import type { Tracklet } from '../model/track.ts';
import { before, type FusedTrack, keyOf } from '../tracking/index.ts';

/** Nodes' tracks that are held to be of one object, fused. */
export interface Group {
  readonly fused: FusedTrack;
  /** `NODE/track`. */
  readonly members: Set<string>;
}

/** From a tracklet on, and up to another, a node's track is in a group. */
export interface Span {
  readonly first: Tracklet;
  readonly group: Group;
  /** The one that showed it to belong there, if that was not its first. */
  readonly by?: Tracklet;
  /** The one that proved it to be of another object. */
  until?: Tracklet;
}

/** When it was decided that a track is in a group. */
export const decidedBy = (s: Span): Tracklet => s.by ?? s.first;

/** The spans of every node's track, each track's in order. */
export class Spans {
  readonly #spans = new Map<string, Span[]>();

  [Symbol.iterator](): IterableIterator<[string, Span[]]> {
    return this.#spans[Symbol.iterator]();
  }

  of(key: string): readonly Span[] {
    return this.#spans.get(key) ?? [];
  }

  /** The span that a tracklet falls into. */
  at(tracklet: Tracklet): Span | undefined {
    return this.of(keyOf(tracklet)).findLast(
      (s) => !before(tracklet, s.first) && !(s.until && !before(tracklet, s.until)),
    );
  }

  /** The groups where the nodes' tracks went that made up a group in which none is left now. */
  heirsOf(group: Group): Group[] {
    const heirs: Group[] = [];
    if (group.members.size > 0) return heirs;
    for (const spans of this.#spans.values()) {
      const last = spans.findLastIndex((s) => s.group === group);
      if (last >= 0 && last + 1 < spans.length) heirs.push(spans[last + 1].group);
    }
    return heirs;
  }

  /** The earliest tracklet that ever was in a group. */
  originOf(group: Group): Tracklet {
    let origin: Tracklet | undefined;
    for (const spans of this.#spans.values())
      for (const s of spans) if (s.group === group && !(origin && before(origin, s.first))) origin = s.first;
    return origin!;
  }

  enter(first: Tracklet, group: Group, by?: Tracklet): void {
    const key = keyOf(first);
    const spans = this.#spans.get(key) ?? [];
    spans.push(by ? { first, group, by } : { first, group });
    spans.sort((a, b) => (before(a.first, b.first) ? -1 : 1));
    this.#spans.set(key, spans);
    group.members.add(key);
  }

  /** Ends a node's track's part in a group with a tracklet that is not in it any more. */
  leave(key: string, group: Group, from: Tracklet): void {
    const left = this.of(key).filter((s) => s.group !== group || before(s.first, from));
    for (const s of left) if (s.group === group && (!s.until || before(from, s.until))) s.until = from;
    this.#keep(key, left);
    group.members.delete(key);
  }

  /** Forgets a node's track. */
  forget(key: string): void {
    this.#spans.delete(key);
  }

  /** Forgets a group. */
  drop(group: Group): void {
    for (const [key, spans] of this.#spans) {
      const left = spans.filter((s) => s.group !== group);
      if (left.length < spans.length) this.#keep(key, left);
    }
  }

  #keep(key: string, spans: Span[]): void {
    if (spans.length > 0) this.#spans.set(key, spans);
    else this.#spans.delete(key);
  }
}

/** The span of a node's track that a time falls into. */
export function spanAt(spans: readonly Span[], atUs: number): Span | undefined {
  return spans.findLast((s) => s.first.timeUs <= atUs && !(s.until && s.until.timeUs <= atUs));
}
