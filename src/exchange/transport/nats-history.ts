/**
 * History in JetStream: a stream for each recipient and agreement, on the node's own server, in the node's own account,
 * which nobody else joins. Spoken to by its requests alone (docs.nats.io, JetStream wire API), over the node's one
 * connection. Debian's server (2.9.10) can all of it.
 *
 * Publishing never holds the live path up: parcels wait here, bounded, until the server has acknowledged those before.
 * What does not fit is told in the stream itself as a loss, in its place.
 */
import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import { type Static, Type } from 'typebox';
import type { Clock, Scheduler } from '../../model/clock.ts';
import type { Mode, NodeId } from '../../model/nation.ts';
import { conforms } from '../../model/schema.ts';
import {
  HISTORY_PAGE,
  type History,
  type HistoryLimits,
  type HistoryPage,
  type Kept,
  type Lost,
  type ReadFrom,
  type StreamName,
} from './history.ts';

/** Parcels that wait for the server, of one stream. */
const WAITING = 5000;
/** Published and not yet acknowledged. */
const AT_ONCE = 64;
const PATIENCE_MS = 5000;
const AGAIN_US = 500e3;
/** A parcel is smaller: the server takes no larger message. */
const MOST_BYTES = 1 << 20;
/** What is published again within this time is known by the server as the same. */
const SAME_US = 120e6;

const Header = Type.Union([
  Type.Object({ id: Type.String(), atUs: Type.Integer() }, { additionalProperties: false }),
  Type.Object(
    { lost: Type.Integer(), firstUs: Type.Union([Type.Integer(), Type.Null()]), lastUs: Type.Integer() },
    { additionalProperties: false },
  ),
]);

/** The stream of what `from` released to a recipient under an agreement. */
export function streamName(mode: Mode, from: NodeId, { channel, flow }: StreamName): string {
  return `HISTORY_${mode}_${channel}_${from}_${flow}`;
}

export function historySubject(mode: Mode, from: NodeId, { channel, flow }: StreamName): string {
  return `bfh.${mode}.${channel}.${from}.${flow}`;
}

/** Where answers to a node's own requests to its server come. */
export function inboxOf(node: NodeId): string {
  return `_INBOX.${node}`;
}

/** What a node's user may publish for its streams: their subjects, and the requests that are made here; not to delete. */
export function historyRequests(mode: Mode, node: NodeId, streams: readonly StreamName[]): string[] {
  return streams.flatMap((s) => {
    const name = streamName(mode, node, s);
    return [
      historySubject(mode, node, s),
      ...['CREATE', 'UPDATE', 'INFO', 'MSG.GET'].map((what) => `$JS.API.STREAM.${what}.${name}`),
    ];
  });
}

export interface NatsHistoryOptions {
  node: NodeId;
  mode: Mode;
  streams: readonly StreamName[];
  limits: HistoryLimits;
  /** The time that is told, which parcels bear. */
  clock: Clock;
  timers: Scheduler;
  /** Calls `go` when what a parcel rests on is on the disk. */
  commit: (go: () => void) => void;
  onTrouble: (what: string) => void;
  /** The client's, which is loaded only when it is used. */
  headers: () => MsgHdrs;
}

interface Stream {
  name: string;
  subject: string;
  waiting: (Kept | Lost)[];
  /** So many of those that wait are being published: they give way to nothing. */
  flying: number;
  past: readonly Kept[];
  /** Of the past, what the server lacks; it goes before what waits. */
  missing: (Kept | Lost)[];
  /** How many ever came to wait here, and who waits until the server has so many of them. */
  came: number;
  readers: { until: number; go: (there: boolean) => void }[];
  /** The server has it, and it is known what its last parcel is. */
  ready: boolean;
  busy: boolean;
}

export class NatsHistory implements History {
  readonly #o: NatsHistoryOptions;
  readonly #connection: NatsConnection;
  readonly #streams = new Map<string, Stream>();
  #closed = false;

  constructor(connection: NatsConnection, options: NatsHistoryOptions) {
    this.#connection = connection;
    this.#o = options;
    const { mode, node } = options;
    for (const s of options.streams)
      this.#streams.set(keyOf(s), {
        name: streamName(mode, node, s),
        subject: historySubject(mode, node, s),
        waiting: [],
        flying: 0,
        past: [],
        missing: [],
        came: 0,
        readers: [],
        ready: false,
        busy: false,
      });
  }

  close(): void {
    this.#closed = true;
  }

  keep(name: StreamName, parcel: Kept): void {
    const stream = this.#streams.get(keyOf(name));
    if (!stream) return;
    this.#o.commit(() => {
      wait(stream, parcel);
      void this.#pump(stream);
    });
  }

  restore(name: StreamName, past: readonly Kept[]): void {
    const stream = this.#streams.get(keyOf(name));
    if (!stream) return;
    stream.past = past;
    void this.#pump(stream);
  }

  read(name: StreamName, from: ReadFrom, done: (page: HistoryPage | undefined) => void): void {
    const stream = this.#streams.get(keyOf(name));
    if (!stream) {
      done({ parts: [], next: null });
      return;
    }
    this.#page(stream, from).then(
      (page) => this.#closed || done(page),
      (cause: unknown) => {
        this.#tell(stream, cause);
        if (!this.#closed) done(undefined);
      },
    );
  }

  async #page(stream: Stream, from: ReadFrom): Promise<HistoryPage | undefined> {
    if (!stream.ready) await this.#prepare(stream);
    // What is not in the stream yet would be missing at its end, and nobody would be told.
    if (!(await this.#allThere(stream))) return undefined;
    const { first, last, bytes } = await this.#state(stream);
    const { maxAgeUs, maxBytes } = this.#o.limits;
    // The server looks for what is too old now and then, by a clock of its own.
    const oldestUs = this.#o.clock.nowUs() - maxAgeUs;
    let at: number;
    let asked: number;
    if ('next' in from) {
      asked = from.next;
      at = Math.max(asked, first);
    } else {
      at = await this.#seek(stream, from.sinceUs, first, last);
      // All before the first that is asked for is of no interest, unless what fell off may have been: what did by age was
      // older than that, and where something since then fell off by bytes, the stream is full of what came after it.
      const full = bytes > maxBytes - MOST_BYTES;
      asked = at === first && (from.sinceUs < oldestUs || full) ? 1 : at;
    }
    const count = Math.min(HISTORY_PAGE, last - at + 1);
    const found = await Promise.all(
      Array.from({ length: Math.max(0, count) }, (_, i) => this.#get(stream, at + i)),
    );
    const there = found.filter((p) => p !== undefined);
    const parts = there.filter((part) => timeOf(part) >= oldestUs);
    const old = there.filter((part) => timeOf(part) < oldestUs);
    const lost = at - asked + found.length - there.length + old.reduce((n, part) => n + lossOf(part).lost, 0);
    const [one] = parts;
    const lastUs = one === undefined ? this.#o.clock.nowUs() : timeOf(one);
    return {
      parts: lost > 0 ? [{ lost, firstUs: null, lastUs }, ...parts] : parts,
      next: at + count <= last ? at + count : null,
    };
  }

  /** The first number of a parcel of this time or later: they lie in the order of their times. */
  async #seek(stream: Stream, sinceUs: number, first: number, last: number): Promise<number> {
    let [low, high] = [first, last + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const part = await this.#get(stream, middle);
      if (part === undefined || timeOf(part) < sinceUs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Once the server has what waits here now; false if it has not in time. */
  #allThere(stream: Stream): Promise<boolean> {
    const open = stream.missing.length + stream.waiting.length;
    if (open === 0) return Promise.resolve(true);
    const { timers } = this.#o;
    return new Promise((resolve) => {
      const reader = {
        until: stream.came,
        go: (there: boolean): void => {
          cancel();
          stream.readers = stream.readers.filter((r) => r !== reader);
          resolve(there);
        },
      };
      const cancel = timers.at(timers.nowUs() + PATIENCE_MS * 1000, () => reader.go(false));
      stream.readers.push(reader);
      void this.#pump(stream);
    });
  }

  /** Publishes what waits, in order; what the server has not acknowledged goes again. */
  async #pump(stream: Stream): Promise<void> {
    if (stream.busy || this.#closed) return;
    stream.busy = true;
    try {
      if (!stream.ready) await this.#prepare(stream);
      for (let from = nextOf(stream); !this.#closed && from.length > 0; from = nextOf(stream)) {
        const batch = from.slice(0, AT_ONCE);
        stream.flying = from === stream.waiting ? batch.length : 0;
        await Promise.all(batch.map((part) => this.#publish(stream, part)));
        from.splice(0, batch.length);
        stream.flying = 0;
        const there = stream.came - stream.missing.length - stream.waiting.length;
        for (const reader of stream.readers) if (reader.until <= there) reader.go(true);
      }
      stream.busy = false;
    } catch (cause) {
      stream.busy = false;
      if (this.#closed) return;
      this.#tell(stream, cause);
      const { timers } = this.#o;
      timers.at(timers.nowUs() + AGAIN_US, () => void this.#pump(stream));
    }
  }

  /** Makes the stream where there is none, and keeps what an earlier life handed over and the stream lacks. */
  async #prepare(stream: Stream): Promise<void> {
    const { limits } = this.#o;
    const config = {
      name: stream.name,
      subjects: [stream.subject],
      retention: 'limits',
      storage: 'file',
      discard: 'old',
      num_replicas: 1,
      max_consumers: -1,
      max_msgs: -1,
      max_msgs_per_subject: -1,
      max_msg_size: -1,
      max_bytes: limits.maxBytes,
      max_age: limits.maxAgeUs * 1000,
      duplicate_window: Math.min(SAME_US, limits.maxAgeUs) * 1000,
      deny_delete: true,
      deny_purge: true,
    };
    // Asked first: 2.9.10 refuses to create one that is there when the account has all its streams.
    const now = await this.#request<{ config: typeof config }>(`STREAM.INFO.${stream.name}`).catch(
      (cause) => {
        if (!/stream not found/.test(String(cause))) throw cause;
        return undefined;
      },
    );
    if (!now) await this.#request(`STREAM.CREATE.${stream.name}`, config);
    else if (now.config.max_bytes !== config.max_bytes || now.config.max_age !== config.max_age)
      await this.#request(`STREAM.UPDATE.${stream.name}`, config);
    const { first, last } = await this.#state(stream);
    const part = last >= first ? await this.#get(stream, last) : undefined;
    if (stream.ready) return;
    const { past } = stream;
    const known =
      part === undefined || 'lost' in part
        ? past.findLastIndex((p) => p.atUs < (part?.lastUs ?? Number.NEGATIVE_INFINITY))
        : past.findLastIndex((p) => p.id === part.id || p.atUs < part.atUs);
    stream.missing = whatFits(past.slice(known + 1), this.#o.clock.nowUs(), limits);
    stream.came += stream.missing.length;
    stream.past = [];
    stream.ready = true;
  }

  async #publish(stream: Stream, part: Kept | Lost): Promise<void> {
    const { bytes, ...header } = 'lost' in part ? { ...part, bytes: new Uint8Array() } : part;
    const named = this.#o.headers();
    named.set('Nats-Msg-Id', 'lost' in part ? `lost ${part.lost} ${part.firstUs} ${part.lastUs}` : part.id);
    const data = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), bytes]);
    const answer = await this.#connection.request(stream.subject, data, {
      headers: named,
      timeout: PATIENCE_MS,
    });
    const { error } = answer.json<{ error?: { description: string } }>();
    if (error) throw new Error(error.description);
  }

  /** Numbers of the first and the last parcel, from 1; the last is less where there is none. */
  async #state(stream: Stream): Promise<{ first: number; last: number; bytes: number }> {
    const { state } = await this.#request<{ state: { first_seq: number; last_seq: number; bytes: number } }>(
      `STREAM.INFO.${stream.name}`,
    );
    // A stream that never had any says 0.
    return { first: Math.max(1, state.first_seq), last: state.last_seq, bytes: state.bytes };
  }

  /** Undefined where there is none of this number any more. */
  async #get(stream: Stream, seq: number): Promise<Kept | Lost | undefined> {
    let data: string;
    try {
      const answer = await this.#request<{ message: { data?: string } }>(`STREAM.MSG.GET.${stream.name}`, {
        seq,
      });
      data = answer.message.data ?? '';
    } catch (cause) {
      if (/no message found/.test(String(cause))) return undefined;
      throw cause;
    }
    const text = Buffer.from(data, 'base64');
    const end = text.indexOf(10);
    const header: unknown = JSON.parse(text.subarray(0, end).toString('utf8'));
    if (!conforms(Header, header)) throw new Error(`expected a parcel at ${seq}, found something else`);
    const known = header as Static<typeof Header>;
    return 'lost' in known ? known : { ...known, bytes: text.subarray(end + 1) };
  }

  async #request<T>(what: string, body?: unknown): Promise<T> {
    const text = body === undefined ? '' : JSON.stringify(body);
    const answer = await this.#connection.request(`$JS.API.${what}`, text, { timeout: PATIENCE_MS });
    const value = answer.json<T & { error?: { description: string } }>();
    if (value.error) throw new Error(value.error.description);
    return value;
  }

  #tell(stream: Stream, cause: unknown): void {
    if (!this.#closed)
      this.#o.onTrouble(`${stream.name}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function keyOf({ channel, flow }: StreamName): string {
  return `${channel} ${flow}`;
}

function timeOf(part: Kept | Lost): number {
  return 'lost' in part ? part.lastUs : part.atUs;
}

/** What is missing goes before what came since. */
function nextOf({ missing, waiting }: Stream): (Kept | Lost)[] {
  return missing.length > 0 ? missing : waiting;
}

/** Of what a stream lacks, what it would still have; a loss in place of what would have fallen off. */
function whatFits(missing: readonly Kept[], nowUs: number, limits: HistoryLimits): (Kept | Lost)[] {
  let from = missing.length;
  for (let left = limits.maxBytes; from > 0; from--) {
    const { atUs, bytes } = missing[from - 1];
    left -= bytes.length;
    if (left < 0 || atUs < nowUs - limits.maxAgeUs) break;
  }
  if (from === 0) return [...missing];
  return [{ lost: from, firstUs: missing[0].atUs, lastUs: missing[from - 1].atUs }, ...missing.slice(from)];
}

/** Where too much waits, the oldest gives way, and a loss stands in its place. */
function wait(stream: Stream, part: Kept | Lost): void {
  const { waiting, flying } = stream;
  waiting.push(part);
  stream.came++;
  if (waiting.length <= WAITING) return;
  const [lost, more] = [waiting[flying], waiting[flying + 1]].map(lossOf);
  const both = { lost: lost.lost + more.lost, firstUs: lost.firstUs, lastUs: more.lastUs };
  waiting.splice(flying, 2, both);
}

function lossOf(part: Kept | Lost): Lost {
  return 'lost' in part ? part : { lost: 1, firstUs: part.atUs, lastUs: part.atUs };
}
