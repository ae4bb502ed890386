/**
 * Witnesses: the other two nations cosign, second by second, that a node's journal only ever grew, so that nobody can
 * rewrite a past or show two of them.
 *
 * What they sign must not tell them what they may not know: the number of a nation's records, or the moment of one,
 * would betray items that exist and were not released. So a node's witnessed log has one leaf for each beat of the
 * clock whether anything happened or not, and a leaf is a commitment: SHA-256 of a secret salt, the size and the root
 * of the journal's tree. To a witness that is a row of random numbers; when the journal is opened for audit the salts
 * are too, and every beat binds the journal to what it then was.
 */
import { createHash, createHmac } from 'node:crypto';
import { type Static, Type } from 'typebox';
import type { Clock } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import { type Mode, NATIONS, type NodeId, nationOf } from '../model/nation.ts';
import { conforms } from '../model/schema.ts';
import { canonicalJson } from './canonical.ts';
import type { Journal } from './journal.ts';
import type { KeyRing, Signer } from './keys.ts';
import { leafHash, MerkleTree, verifyConsistency } from './merkle.ts';
import {
  type Checkpoint,
  checkpointText,
  cosignCheckpoint,
  logName,
  readNote,
  signCheckpoint,
} from './note.ts';

const Hex = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** One beat, opened: what the journal was then. */
export const Opening = Type.Object(
  {
    beat: Type.Integer({ minimum: 0 }),
    timeUs: Type.Integer(),
    size: Type.Integer({ minimum: 0 }),
    root: Hex,
    salt: Hex,
  },
  { additionalProperties: false },
);
export type Opening = Static<typeof Opening>;

export function commitment(o: Pick<Opening, 'size' | 'root' | 'salt'>): Buffer {
  return createHash('sha256').update(`BEACONFIRE-BEAT-1\n${o.salt}\n${o.size}\n${o.root}\n`).digest();
}

/** The nations that witness a node: those that it does not belong to. */
export function witnessesOf(node: NodeId): NodeId[] {
  return NATIONS.filter((n) => n !== nationOf(node));
}

/** What a node shows its witnesses: a checkpoint that it signed, and that it only adds to the one before. */
export interface WitnessRequest {
  node: NodeId;
  /** Signed note, without cosignatures. */
  note: string;
  /** Size that the witness last saw, and the proof from there, hexadecimal. */
  from: number;
  proof: string[];
}

/** The witnessed side of a journal. */
export class WitnessedLog {
  readonly node: NodeId;
  readonly #journal: Journal;
  readonly #signer: () => Signer;
  readonly #log = new MerkleTree();
  #salt: { keyId: string; secret: Buffer } | undefined;
  #note = '';

  /** `signer`: the node's key now. */
  constructor(journal: Journal, signer: () => Signer) {
    this.node = journal.node;
    this.#journal = journal;
    this.#signer = signer;
  }

  /** Size of the log: the number of beats. */
  get size(): number {
    return this.#log.size;
  }

  /** Root of the log as it was. */
  root(size: number): Buffer {
    return this.#log.root(size);
  }

  /** The latest checkpoint, signed by the node. */
  get note(): string {
    return this.#note;
  }

  /** A beat of an earlier life of the node. */
  again(opening: Opening): void {
    this.#log.append(leafHash(commitment(opening)));
  }

  /** After the last {@link again}: signs the checkpoint as it was left. */
  goOn(): void {
    if (this.#log.size > 0) this.#sign();
  }

  /** The next beat: commits to the journal as it is, and says how. */
  beat(timeUs: number): Opening {
    const { tree } = this.#journal;
    const beat = this.#log.size;
    const salt = createHmac('sha256', this.#secret()).update(`${beat}`).digest('hex');
    const opening = { beat, timeUs, size: tree.size, root: tree.root().toString('hex'), salt };
    this.#log.append(leafHash(commitment(opening)));
    this.#sign();
    return opening;
  }

  request(from: number): WitnessRequest {
    const proof = this.#log.consistencyProof(from).map((h) => h.toString('hex'));
    return { node: this.node, note: this.#note, from, proof };
  }

  #sign(): void {
    const signer = this.#signer();
    const text = checkpointText({
      origin: logName(this.node, signer.mode),
      size: this.#log.size,
      root: this.#log.root(),
    });
    this.#note = `${text}\n${signCheckpoint(text, signer)}`;
  }

  #secret(): Buffer {
    const signer = this.#signer();
    if (this.#salt?.keyId !== signer.keyId)
      this.#salt = { keyId: signer.keyId, secret: signer.derive('witnessed log') };
    return this.#salt.secret;
  }
}

/** What a witness makes of a checkpoint. */
export type Judgement =
  /** It adds to what was seen: the cosignature. */
  | { is: 'cosigned'; line: string }
  /** It is proved to add to something else than what was seen last: that is needed first. */
  | { is: 'elsewhere' }
  | { is: 'notSigned' }
  /** It is of another history than was seen. */
  | { is: 'refused' }
  /** Two checkpoints of one size, both signed by the node: proof of two histories. */
  | { is: 'fork'; notes: [string, string] };

/** Checkpoints of each log that a witness remembers: at a beat every two seconds, about half an hour. */
const REMEMBERED = 1024;

/** A witness: remembers the latest checkpoints of each log, and signs only what adds to them. */
export class Witness {
  readonly node: NodeId;
  readonly #signer: () => Signer;
  readonly #ring: KeyRing;
  readonly #seen = new Map<NodeId, { checkpoint: Checkpoint; note: string }>();
  /** The note seen of each size of a log; the latest. */
  readonly #notes = new Map<NodeId, Map<number, { root: Buffer; note: string }>>();

  /** `signer`: the key of the node now. */
  constructor(node: NodeId, signer: () => Signer, ring: KeyRing) {
    this.node = node;
    this.#signer = signer;
    this.#ring = ring;
  }

  /** Size of a node's log as last seen. */
  seen(node: NodeId): number {
    return this.#seen.get(node)?.checkpoint.size ?? 0;
  }

  /** The checkpoint of a node that was seen last, as the node signed it; empty: none. */
  noteOf(node: NodeId): string {
    return this.#seen.get(node)?.note ?? '';
  }

  /** What was cosigned in an earlier life. */
  again(node: NodeId, note: string): void {
    const read = readNote(note, node, this.#signer().mode, this.#ring);
    if (read) this.#remember(node, read.checkpoint, note);
  }

  judge({ node, note, from, proof }: WitnessRequest, nowUs: number): Judgement {
    const ended = (key: string): boolean => this.#ring.isRevoked(key, nowUs);
    const read = readNote(note, node, this.#signer().mode, this.#ring, ended);
    if (!read?.bySelf) return { is: 'notSigned' };
    const { checkpoint } = read;
    const known = this.#notes.get(node)?.get(checkpoint.size);
    if (known && Buffer.compare(known.root, checkpoint.root) !== 0)
      return { is: 'fork', notes: [known.note, note] };
    const before = this.#seen.get(node)?.checkpoint;
    if ((before?.size ?? 0) !== from) return { is: 'elsewhere' };
    const path = proof.map((h) => Buffer.from(h, 'hex'));
    if (before && !verifyConsistency(from, checkpoint.size, path, before.root, checkpoint.root))
      return { is: 'refused' };
    this.#remember(node, checkpoint, note);
    const timeS = Math.floor(nowUs / 1e6);
    return { is: 'cosigned', line: cosignCheckpoint(checkpointText(checkpoint), timeS, this.#signer()) };
  }

  /** The cosignature; BF_JOURNAL if the log does not add to what this witness saw, or is not signed by its node. */
  cosign(request: WitnessRequest, nowUs: number): string {
    const { node, from } = request;
    const judged = this.judge(request, nowUs);
    if (judged.is === 'cosigned') return judged.line;
    const found = {
      notSigned: 'a checkpoint that it did not sign',
      refused: `another history of its first ${from} beats`,
      fork: 'two checkpoints of one size',
      elsewhere: `a proof from ${from}, where ${this.seen(node)} was seen last`,
    }[judged.is];
    throw new BeaconfireError(
      'BF_JOURNAL',
      `expected a log of ${node} that only grows, found ${found}`,
      {},
      { status: 1 },
    );
  }

  /** What it saw last of each node, as JSON: kept apart from the nodes' own files. */
  seenText(): string {
    return `${canonicalJson(Object.fromEntries([...this.#seen].map(([node, { note }]) => [node, note])))}\n`;
  }

  #remember(node: NodeId, checkpoint: Checkpoint, note: string): void {
    this.#seen.set(node, { checkpoint, note });
    const notes = this.#notes.get(node) ?? new Map<number, { root: Buffer; note: string }>();
    this.#notes.set(node, notes);
    notes.set(checkpoint.size, { root: checkpoint.root, note });
    if (notes.size > REMEMBERED) notes.delete(notes.keys().next().value!);
  }
}

/** The logs of several nodes and their witnesses in one process. */
export class WitnessCircle {
  readonly #clock: Clock;
  readonly #logs: { log: WitnessedLog; openings: string[]; note: string }[];
  readonly #witnesses: Witness[];

  constructor(options: {
    clock: Clock;
    ring: KeyRing;
    journals: ReadonlyMap<NodeId, Journal>;
    signers: ReadonlyMap<NodeId, Signer>;
  }) {
    const { clock, ring, journals, signers } = options;
    this.#clock = clock;
    this.#logs = [...journals].map(([node, journal]) => ({
      log: new WitnessedLog(journal, () => signers.get(node)!),
      openings: [],
      note: '',
    }));
    this.#witnesses = NATIONS.filter((n) => signers.has(n)).map(
      (n) => new Witness(n, () => signers.get(n)!, ring),
    );
  }

  beat(): void {
    const nowUs = this.#clock.nowUs();
    for (const one of this.#logs) {
      const { log } = one;
      one.openings.push(`${canonicalJson(log.beat(nowUs))}\n`);
      one.note = log.note;
      const request = new Map<number, WitnessRequest>();
      for (const witness of this.#witnesses) {
        if (!witnessesOf(log.node).includes(witness.node)) continue;
        const from = witness.seen(log.node);
        if (!request.has(from)) request.set(from, log.request(from));
        one.note += witness.cosign(request.get(from)!, nowUs);
      }
    }
  }

  /** The files of a run, by path below its journals. */
  files(): Map<string, string> {
    const files = new Map<string, string>();
    for (const { log, openings, note } of this.#logs) {
      files.set(`${log.node}/beats.ndjson`, openings.join(''));
      files.set(`${log.node}/checkpoint.txt`, note);
    }
    for (const witness of this.#witnesses) files.set(`${witness.node}/witnessed.json`, witness.seenText());
    return files;
  }
}

/** What a node keeps of its witnessed log, as text. */
export interface WitnessFiles {
  beats: string;
  checkpoint: string;
  /** The latest checkpoints of this node that its witnesses keep, by witness. */
  seen: ReadonlyMap<NodeId, string>;
}

/** What is wrong with the witnessed log of a node and the journal that it opens to, whose tree is `tree`. */
export function witnessFaults(
  node: NodeId,
  mode: Mode,
  ring: KeyRing,
  tree: MerkleTree,
  files: WitnessFiles,
  ended: ReadonlyMap<string, number> = new Map(),
): string[] {
  // It is the last word on the whole journal, so no key that ended within it may be under it.
  const read = readNote(files.checkpoint, node, mode, ring, (key) => ended.has(key));
  if (!read) return ['expected a checkpoint of the journal, found none in its form'];
  const faults: string[] = [];
  if (!read.bySelf)
    faults.push(`expected a checkpoint signed by ${node}, found a signature that does not fit`);
  for (const witness of witnessesOf(node)) {
    if (!read.witnesses.has(witness))
      faults.push(`expected a checkpoint witnessed by ${witness}, found no signature that fits`);
  }
  const log = new MerkleTree();
  let last: Opening | undefined;
  const lines = files.beats.split('\n');
  lines.pop();
  for (const [i, line] of lines.entries()) {
    const o = openingOf(line);
    if (!o || o.beat !== i) {
      faults.push(`expected beat ${i} in its form, found something else`);
      return faults;
    }
    log.append(leafHash(commitment(o)));
    if (last && (o.size < last.size || o.timeUs < last.timeUs))
      faults.push(`beat ${i}: the journal shrank or time went back`);
    if (o.size > tree.size || tree.root(o.size).toString('hex') !== o.root) {
      faults.push(`beat ${i}: the first ${o.size} records are not those that were witnessed`);
      return faults;
    }
    last = o;
  }
  const { size, root } = read.checkpoint;
  if (log.size !== size || Buffer.compare(log.root(), root) !== 0)
    faults.push(`expected the ${size} beats that the witnesses signed, found others`);
  if (last && last.size !== tree.size)
    faults.push(`expected a last beat over all ${tree.size} records, found one over ${last.size}`);
  for (const [witness, note] of files.seen) {
    const seen = readNote(note, node, mode, ring)?.checkpoint;
    if (!seen || seen.size > log.size || Buffer.compare(log.root(seen.size), seen.root) !== 0)
      faults.push(`${witness} witnessed another history of this journal`);
  }
  return faults;
}

function openingOf(line: string): Opening | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return conforms(Opening, value) && canonicalJson(value) === line ? value : undefined;
  } catch {
    return undefined;
  }
}
