/**
 * The journal of a node: append-only lines of canonical JSON, each bound to the one before by its hash, closed
 * by a signed head. Over the hashes of the records stands a Merkle tree (RFC 6962), whose root others witness while
 * the journal grows (witness.ts).
 */
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Static, Type } from 'typebox';
import type { Clock } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Mode, NodeId } from '../model/nation.ts';
import { conforms } from '../model/schema.ts';
import { canonicalJson, sha256 } from './canonical.ts';
import { eachLine, type JournalSource } from './journal-lines.ts';
import type { KeyEvent, KeyRing, Signer } from './keys.ts';
import { leafHash, MerkleTree } from './merkle.ts';

export const JournalRecord = Type.Object(
  {
    /** From 1. */
    seq: Type.Integer({ minimum: 1 }),
    timeUs: Type.Integer(),
    kind: Type.String({ minLength: 1 }),
    body: Type.Record(Type.String(), Type.Unknown()),
    prev: Type.String(),
    hash: Type.String(),
  },
  { additionalProperties: false },
);
export type JournalRecord = Static<typeof JournalRecord>;

/** Where the lines go. */
export interface JournalSink {
  append(line: string): void;
  close(): void;
}

export function memorySink(): JournalSink & { text(): string } {
  const lines: string[] = [];
  return { append: (line) => void lines.push(line), close() {}, text: () => lines.join('') };
}

/** A new file, written in blocks; `close` writes the last. BF_FILE if it cannot be written. */
export function fileSink(path: string, blockBytes = 1 << 18): JournalSink {
  const guarded = (write: () => void): void => {
    try {
      write();
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new BeaconfireError(
        'BF_FILE',
        `expected a file that can be written, found: ${what}`,
        { file: path },
        { cause },
      );
    }
  };
  guarded(() => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
  });
  let block = '';
  const flush = (): void => {
    const text = block;
    block = '';
    if (text !== '') guarded(() => appendFileSync(path, text));
  };
  return {
    append(line) {
      block += line;
      if (block.length >= blockBytes) flush();
    },
    close: flush,
  };
}

/** What the first record follows: no journal can stand in for that of another node or mode. */
function genesis(node: NodeId, mode: Mode): string {
  return sha256(`BEACONFIRE-JOURNAL-1\n${mode}\n${node}\n`);
}

/** Canonical JSON of a record around its hash: what stands before it and after. Without it the two are what is hashed. */
function recordText({ seq, timeUs, kind, body, prev }: Omit<JournalRecord, 'hash'>): [string, string] {
  return [`{"body":${canonicalJson(body)},`, canonicalJson({ kind, prev, seq, timeUs }).slice(1)];
}

function hashOf([before, after]: readonly [string, string]): string {
  return sha256(`BEACONFIRE-RECORD-1\n${before}${after}`);
}

/** The leaf of a record in the tree. */
function recordLeaf(hash: string): Buffer {
  return leafHash(Buffer.from(hash, 'hex'));
}

/** The leaf of a record that was read, whatever it has for a hash. */
export function leafOf({ hash }: JournalRecord): Buffer {
  return recordLeaf(/^[0-9a-f]{64}$/.test(hash) ? hash : '');
}

function headBytes(node: NodeId, count: number, prev: string): Uint8Array {
  return Buffer.from(canonicalJson({ node, count, prev }), 'utf8');
}

export class Journal {
  readonly node: NodeId;
  readonly mode: Mode;
  readonly #clock: Clock;
  readonly #sink: JournalSink;
  #signer: Signer;
  readonly #tree = new MerkleTree();
  #seq = 0;
  #hash: string;
  #closed = false;
  #past: readonly JournalRecord[] = [];
  #again: ((kind: string, body: Record<string, unknown>) => void) | undefined;

  constructor(options: { clock: Clock; sink: JournalSink; signer: Signer }) {
    this.node = options.signer.node;
    this.mode = options.signer.mode;
    this.#clock = options.clock;
    this.#sink = options.sink;
    this.#signer = options.signer;
    this.#hash = genesis(this.node, this.mode);
  }

  /** The tree over the hashes of the records. */
  get tree(): MerkleTree {
    return this.#tree;
  }

  /** Number and hash of the last record; number 0 and the hash that the first will follow where there is none. */
  get head(): { seq: number; hash: string } {
    return { seq: this.#seq, hash: this.#hash };
  }

  /**
   * Goes on with a journal that was left, closed or cut off by a crash: `source` is all of it, `torn` what was cut off
   * its end (durable.ts). The first new record says so. BF_JOURNAL if the text is not this node's unbroken journal.
   */
  static resume(options: {
    clock: Clock;
    sink: JournalSink;
    signer: Signer;
    ring: KeyRing;
    source: JournalSource;
    torn: number;
  }): Journal {
    const { clock, sink, signer, ring, source, torn } = options;
    const journal = new Journal({ clock, sink, signer });
    const { records, problems } = readJournal(source, signer.node, signer.mode, ring, { open: true });
    if (problems.length > 0) {
      const { line, text: what } = problems[0];
      throw new BeaconfireError('BF_JOURNAL', `journal of ${signer.node}: ${what}`, { line }, { status: 1 });
    }
    const last = records.at(-1);
    if (!last) return journal;
    for (const { hash } of records) journal.#tree.append(recordLeaf(hash));
    journal.#seq = last.seq;
    journal.#hash = last.hash;
    journal.#past = records;
    journal.write('resumed', { torn });
    return journal;
  }

  /** What was there when the journal was resumed; empty for a new one. */
  get past(): readonly JournalRecord[] {
    return this.#past;
  }

  /** Forgets {@link past} once whoever goes on with it has taken what he needs. */
  forgetPast(): void {
    this.#past = [];
  }

  /**
   * While `work` runs, records go to `hear` and not into the log: what is worked through again after a crash is in it
   * already, and `hear` finds out what is not.
   */
  again(work: () => void, hear: (kind: string, body: Record<string, unknown>) => void): void {
    this.#again = hear;
    try {
      work();
    } finally {
      this.#again = undefined;
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** From now on the node signs with another key. */
  use(signer: Signer): void {
    this.#signer = signer;
    this.write('keyInUse', { keyId: signer.keyId });
  }

  /** Appends a record of JSON values and returns its number. */
  write(kind: string, body: Record<string, unknown>): number {
    if (this.#closed)
      throw new BeaconfireError('BF_JOURNAL', `expected an open journal of ${this.node}, found it closed`);
    if (this.#again) {
      this.#again(kind, body);
      return this.#seq;
    }
    const record = { seq: this.#seq + 1, timeUs: this.#clock.nowUs(), kind, body, prev: this.#hash };
    const text = recordText(record);
    const hash = hashOf(text);
    this.#sink.append(`${text[0]}"hash":"${hash}",${text[1]}\n`);
    this.#seq = record.seq;
    this.#hash = hash;
    this.#tree.append(recordLeaf(hash));
    return record.seq;
  }

  /** Signs the head as the last record and closes. */
  close(): void {
    if (this.#closed) return;
    const count = this.#seq;
    const signature = this.#signer.sign('HEAD', this.mode, headBytes(this.node, count, this.#hash));
    this.write('head', { node: this.node, count, keyId: this.#signer.keyId, signature });
    this.#closed = true;
    this.#sink.close();
  }
}

/** The key that a record says has ended, by an event that is rightly signed: nobody's word ends the key of another. */
export function endedBy({ kind, body }: JournalRecord, ring: KeyRing): string | undefined {
  if (kind !== 'key' || ring.faultOf(body.event) !== undefined) return undefined;
  const event = body.event as KeyEvent;
  return event.event === 'revoked' ? event.keyId : undefined;
}

/** One thing wrong with a journal: `line` counts from 1. */
export interface JournalProblem {
  line: number;
  text: string;
}

/**
 * Reads a journal line by line and checks each: its one form, its number, time, chain and hash, and the signed head at
 * the end. All problems are told.
 */
export class JournalReader {
  readonly problems: JournalProblem[] = [];
  /** Keys that ended, by the journal's own word, and when. */
  readonly ended = new Map<string, number>();
  readonly #node: NodeId;
  readonly #mode: Mode;
  readonly #ring: KeyRing;
  #line = 0;
  #prev: string;
  #timeUs = Number.NEGATIVE_INFINITY;
  #last: JournalRecord | undefined;

  constructor(node: NodeId, mode: Mode, ring: KeyRing) {
    this.#node = node;
    this.#mode = mode;
    this.#ring = ring;
    this.#prev = genesis(node, mode);
  }

  /** Time of the last record, us. */
  get lastUs(): number {
    return this.#timeUs;
  }

  /** The record of the next line; undefined if it could not be read. */
  take(line: string): JournalRecord | undefined {
    this.#line++;
    const read = readRecord(line);
    if (!read) {
      this.#say('expected a record in its one form, found other text');
      return undefined;
    }
    const { record, hash } = read;
    if (record.seq !== this.#line) this.#say(`expected record ${this.#line}, found ${record.seq}`);
    if (record.timeUs < this.#timeUs)
      this.#say('expected a time not before that of the record before, found an earlier one');
    if (record.prev !== this.#prev)
      this.#say(
        'expected the hash of the record before, found another: a record was changed, left out or put in',
      );
    if (record.hash !== hash) this.#say('expected the hash of this record, found another: it was changed');
    this.#prev = record.hash;
    this.#timeUs = record.timeUs;
    this.#last = record;
    const fault = record.kind === 'key' ? this.#ring.faultOf(record.body.event) : undefined;
    if (fault !== undefined)
      this.#say(`expected an event signed by a key of the same node that may, found ${fault}`);
    const key = endedBy(record, this.#ring);
    if (key !== undefined) this.ended.set(key, record.timeUs);
    return record;
  }

  /** After the last line. `rest`: what stands behind it. `open`: it is still being written. */
  end(rest: string, open: boolean): void {
    if (rest !== '')
      this.problems.unshift({
        line: this.#line + 1,
        text: 'expected the last line to be whole, found it cut',
      });
    if (open) return;
    const head = this.#last;
    if (head?.kind !== 'head') {
      this.#say('expected a signed head at the end, found none: the journal was cut or never closed');
      return;
    }
    const { keyId, signature, count } = head.body as { keyId: string; signature: string; count: number };
    if (count !== head.seq - 1) this.#say(`expected ${head.seq - 1} records before the head, found ${count}`);
    const ofNode = typeof keyId === 'string' && this.#ring.find(keyId)?.node === this.#node;
    if (
      !ofNode ||
      typeof signature !== 'string' ||
      !this.#ring.verify('HEAD', this.#mode, keyId, headBytes(this.#node, count, head.prev), signature)
    )
      this.#say(`expected a head signed by ${this.#node}, found a signature that does not fit`);
    else if (this.ended.has(keyId))
      this.#say(`expected a head signed by a key in use, found one by ${keyId}, which was revoked before`);
  }

  #say(text: string): void {
    this.problems.push({ line: this.#line, text });
  }
}

/** Reads all of a journal, see {@link JournalReader}; the records are those that could be read. */
export function readJournal(
  source: JournalSource,
  node: NodeId,
  mode: Mode,
  ring: KeyRing,
  options: { open?: boolean } = {},
): { records: JournalRecord[]; problems: JournalProblem[] } {
  const reader = new JournalReader(node, mode, ring);
  const records: JournalRecord[] = [];
  const rest = eachLine(source, (line) => {
    const record = reader.take(line);
    if (record) records.push(record);
  });
  reader.end(rest, options.open ?? false);
  return { records, problems: reader.problems };
}

/** A record in its one form, and the hash that it must have. */
function readRecord(line: string): { record: JournalRecord; hash: string } | undefined {
  try {
    const record: unknown = JSON.parse(line);
    if (!conforms(JournalRecord, record)) return undefined;
    const text = recordText(record);
    if (`${text[0]}"hash":${canonicalJson(record.hash)},${text[1]}` !== line) return undefined;
    return { record, hash: hashOf(text) };
  } catch {
    return undefined;
  }
}
