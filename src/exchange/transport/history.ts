/**
 * What a node released, kept for whoever comes late: a store beside the live path, one stream for each recipient and
 * agreement, so that what one recipient finds never depends on what there was for another. Bounded by age and bytes; what
 * is not there any more is told as a loss. In memory here; in JetStream, nats-history.ts.
 *
 * A store only keeps and reads. Who may have what is decided anew whenever something is given again (catch-up.ts).
 */
import type { Clock } from '../../model/clock.ts';
import type { Nation } from '../../model/nation.ts';

/** A parcel as it was handed over at `atUs`. */
export interface Kept {
  id: string;
  atUs: number;
  bytes: Uint8Array;
}

/** So many parcels are not there any more. `firstUs` null: nobody knows when the first of them was. */
export interface Lost {
  lost: number;
  firstUs: number | null;
  lastUs: number;
}

export interface HistoryPage {
  /** Oldest first. */
  parts: readonly (Kept | Lost)[];
  /** Where to read on; null at the end. */
  next: number | null;
}

export interface StreamName {
  /** The agreement. */
  channel: string;
  /** The recipient. */
  flow: Nation;
}

/** Where to begin: with what was handed over at a time or later, or where a page ended. */
export type ReadFrom = { sinceUs: number } | { next: number };

export interface History {
  /** Keeps a parcel. Returns at once: whatever becomes of it, the live path does not wait. */
  keep(stream: StreamName, parcel: Kept): void;
  /** After a restart, before anything else: what was handed over in earlier lives, in order; what is missing is kept now. */
  restore(stream: StreamName, past: readonly Kept[]): void;
  /** One page; undefined if the store cannot be read now. */
  read(stream: StreamName, from: ReadFrom, done: (page: HistoryPage | undefined) => void): void;
}

export interface HistoryLimits {
  /** Of each stream. */
  maxBytes: number;
  maxAgeUs: number;
}

/** Items are worth sending for an hour, withdrawals for a day. */
export const HISTORY_LIMITS: HistoryLimits = { maxBytes: 64 << 20, maxAgeUs: 86_400e6 };

export const HISTORY_PAGE = 64;

interface MemoryStream {
  parcels: Kept[];
  /** Number of the first of `parcels`, counting from 1 all that were ever kept. */
  first: number;
  bytes: number;
  /** How many fell off by bytes before their time was over, and when the last of these was. */
  crowdedOut: number;
  crowdedOutUs: number;
}

/** In memory, on the node's clock. */
export class MemoryHistory implements History {
  readonly #clock: Clock;
  readonly #limits: HistoryLimits;
  readonly #streams = new Map<string, MemoryStream>();

  constructor(clock: Clock, limits: HistoryLimits = HISTORY_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  keep(name: StreamName, parcel: Kept): void {
    const stream = this.#stream(name);
    stream.parcels.push(parcel);
    stream.bytes += parcel.bytes.length;
    this.#shorten(stream);
  }

  restore(name: StreamName, past: readonly Kept[]): void {
    const stream = this.#stream(name);
    const last = stream.parcels[stream.parcels.length - 1]?.id;
    const from = last === undefined ? 0 : past.findLastIndex((p) => p.id === last) + 1;
    for (const parcel of past.slice(from)) this.keep(name, parcel);
  }

  read(name: StreamName, from: ReadFrom, done: (page: HistoryPage | undefined) => void): void {
    const stream = this.#stream(name);
    this.#shorten(stream);
    const { parcels, first } = stream;
    const found = 'next' in from ? from.next - first : parcels.findIndex((p) => p.atUs >= from.sinceUs);
    const at = found < 0 ? ('next' in from ? 0 : parcels.length) : found;
    const lost = 'next' in from ? first + at - from.next : at === 0 ? this.#gone(stream, from.sinceUs) : 0;
    const page = parcels.slice(at, at + HISTORY_PAGE);
    const lastUs = page[0]?.atUs ?? this.#clock.nowUs();
    done({
      parts: lost > 0 ? [{ lost, firstUs: null, lastUs }, ...page] : page,
      next: at + page.length < parcels.length ? first + at + page.length : null,
    });
  }

  #stream({ channel, flow }: StreamName): MemoryStream {
    const key = `${channel} ${flow}`;
    let stream = this.#streams.get(key);
    if (!stream) {
      stream = { parcels: [], first: 1, bytes: 0, crowdedOut: 0, crowdedOutUs: Number.NEGATIVE_INFINITY };
      this.#streams.set(key, stream);
    }
    return stream;
  }

  /** How many fell off that may have been of this time or later. What did by age is older than all that is kept. */
  #gone({ first, crowdedOut, crowdedOutUs }: MemoryStream, sinceUs: number): number {
    if (sinceUs < this.#clock.nowUs() - this.#limits.maxAgeUs) return first - 1;
    return crowdedOutUs >= sinceUs ? crowdedOut : 0;
  }

  #shorten(stream: MemoryStream): void {
    const { maxBytes, maxAgeUs } = this.#limits;
    const oldestUs = this.#clock.nowUs() - maxAgeUs;
    if (stream.crowdedOutUs < oldestUs) stream.crowdedOut = 0;
    let gone = 0;
    for (; gone < stream.parcels.length; gone++) {
      const { atUs, bytes } = stream.parcels[gone];
      if (stream.bytes <= maxBytes && atUs >= oldestUs) break;
      stream.bytes -= bytes.length;
      if (atUs < oldestUs) continue;
      stream.crowdedOut++;
      stream.crowdedOutUs = atUs;
    }
    if (gone === 0) return;
    stream.parcels.splice(0, gone);
    stream.first += gone;
  }
}
