/**
 * Witnesses between nodes that are processes of their own: at each beat a node shows each of its witnesses the
 * checkpoint of its journal, and they cosign it, over the notes of the transport. Nothing is repeated: the next beat
 * says all that a lost one said. What a node or a witness must remember is a record of its journal, on the disk before
 * anything leaves: `beat` (opened), `cosigned`, `witnessed`, `otherHistory`. So a journal that went back to an earlier
 * state is found out by what its witnesses saw, and a node that learns of it from them must not go on.
 */
import { type Static, Type } from 'typebox';
import type { Clock } from '../model/clock.ts';
import { type Mode, NODE_IDS, NodeId } from '../model/nation.ts';
import { conforms } from '../model/schema.ts';
import { canonicalJson } from './canonical.ts';
import { endedBy, type Journal, type JournalRecord, leafOf } from './journal.ts';
import type { KeyRing, Signer } from './keys.ts';
import { leafHash, MerkleTree } from './merkle.ts';
import { checkpointText, logName, readNote } from './note.ts';
import type { Transport } from './transport/transport.ts';
import { commitment, Opening, Witness, WitnessedLog, witnessesOf } from './witness.ts';

/** Journals are witnessed this often, us. */
export const BEAT_US = 2e6;

const strict = { additionalProperties: false } as const;
const ends = { from: NodeId, to: NodeId };
const Note = Type.String({ maxLength: 2000 });
const WitnessMessage = Type.Union([
  /** The checkpoint as it is, proved to add to the one of `since` beats. Empty where there was no beat yet. */
  Type.Object(
    {
      type: Type.Literal('request'),
      ...ends,
      note: Note,
      since: Type.Integer({ minimum: 0 }),
      proof: Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' }), { maxItems: 64 }),
    },
    strict,
  ),
  Type.Object(
    { type: Type.Literal('cosigned'), ...ends, size: Type.Integer({ minimum: 1 }), line: Note },
    strict,
  ),
  /** The last checkpoint of `to` that `from` saw, as `to` signed it; empty: none. */
  Type.Object({ type: Type.Literal('seen'), ...ends, note: Note }, strict),
  /** Two checkpoints of one size, both signed by `node`. */
  Type.Object({ type: Type.Literal('fork'), ...ends, node: NodeId, notes: Type.Tuple([Note, Note]) }, strict),
]);
type WitnessMessage = Static<typeof WitnessMessage>;

export interface WitnessOfficeOptions {
  mode: Mode;
  clock: Clock;
  journal: Journal;
  /** The node's key now. */
  signer: () => Signer;
  ring: KeyRing;
  transport: Transport;
  /** A node has two histories; told once of each other node. Of the node itself, in each life: its journal is not the one that was witnessed. */
  onOtherHistory: (node: NodeId) => void;
}

export class WitnessOffice {
  readonly #o: WitnessOfficeOptions;
  readonly #node: NodeId;
  readonly #log: WitnessedLog;
  /** The hub is the node of a nation that witnesses already. */
  readonly #witness: Witness | undefined;
  /** Beats that each witness is known to have seen. */
  readonly #since = new Map<NodeId, number>();
  readonly #answered = new Set<NodeId>();
  readonly #forked = new Set<NodeId>();
  readonly #ended = (keyId: string): boolean => this.#o.ring.isRevoked(keyId, this.#o.clock.nowUs());

  constructor(options: WitnessOfficeOptions) {
    const { journal, signer, ring, transport } = options;
    this.#o = options;
    this.#node = journal.node;
    this.#log = new WitnessedLog(journal, signer);
    if (this.#node !== 'HUB') this.#witness = new Witness(this.#node, signer, ring);
    transport.onNote((link, bytes) => this.#hear(link, bytes));
  }

  /** Goes on after a crash with what the journal has of beats and checkpoints. */
  goOn(past: readonly JournalRecord[]): void {
    for (const record of past) {
      const { kind, body } = record;
      if (kind === 'beat') {
        const opening = openingIn(record);
        if (opening) this.#log.again(opening);
      } else if (kind === 'cosigned') this.#since.set(body.witness as NodeId, Number(body.size));
      else if (kind === 'witnessed') this.#witness?.again(body.node as NodeId, String(body.note));
      // Of the node itself it is told in each life: to be started again makes no journal the right one.
      else if (kind === 'otherHistory' && body.node !== this.#node) this.#forked.add(body.node as NodeId);
    }
    this.#log.goOn();
  }

  /** Each witness has said what it saw last of this node. */
  get answered(): boolean {
    return witnessesOf(this.#node).every((w) => this.#answered.has(w));
  }

  /** Shows the witnesses the journal as it was left, so that they answer with what they saw. */
  ask(): void {
    for (const to of witnessesOf(this.#node)) if (!this.#answered.has(to)) this.#request(to);
  }

  /** The next beat: the journal as it is now, for the witnesses to sign. */
  beat(): void {
    const { journal, clock } = this.#o;
    if (journal.closed) return;
    const { timeUs: _, ...opened } = this.#log.beat(clock.nowUs());
    journal.write('beat', opened);
    for (const to of witnessesOf(this.#node)) this.#request(to);
  }

  #request(to: NodeId): void {
    const known = this.#since.get(to) ?? 0;
    // More than there is: the journal went back. The witness will say so; nothing can be proved to it.
    const since = Math.min(known, this.#log.size);
    const { note, proof } = this.#log.request(since);
    this.#send({ type: 'request', from: this.#node, to, note, since, proof });
  }

  #hear(link: NodeId, bytes: Uint8Array): void {
    const message = readMessage(bytes);
    if (!message || this.#o.journal.closed) return;
    const { from, to } = message;
    if (from !== link && link !== 'HUB') return;
    if (to !== this.#node) {
      // The hub passes on what nations say to each other.
      if (this.#node === 'HUB' && to !== link) this.#o.transport.note(to, bytes);
      return;
    }
    if (message.type === 'request') this.#judge(message);
    else if (message.type === 'cosigned') this.#cosigned(message);
    else if (message.type === 'seen') this.#seen(message);
    else this.#fork(message.node, message.notes, from);
  }

  #judge({ from: node, note, since, proof }: Extract<WitnessMessage, { type: 'request' }>): void {
    const { journal, clock } = this.#o;
    const witness = this.#witness;
    if (!witness || !witnessesOf(node).includes(this.#node)) return;
    const answer = { from: this.#node, to: node };
    if (note !== '') {
      const judged = witness.judge({ node, note, from: since, proof }, clock.nowUs());
      if (judged.is === 'cosigned') {
        journal.write('witnessed', { node, note });
        this.#send({ type: 'cosigned', ...answer, size: witness.seen(node), line: judged.line });
        return;
      }
      if (judged.is === 'notSigned') journal.write('witnessRefused', { node, note });
      // Seen by this witness alone, and no proof to others: a wrong proof proves nothing.
      if (judged.is === 'refused')
        this.#otherHistory(node, { by: this.#node, notes: [witness.noteOf(node), note] });
      if (judged.is === 'fork') {
        for (const to of NODE_IDS)
          if (to !== this.#node)
            this.#send({ type: 'fork', from: this.#node, to, node, notes: judged.notes });
        this.#fork(node, judged.notes, this.#node);
        return;
      }
    }
    this.#send({ type: 'seen', ...answer, note: witness.noteOf(node) });
  }

  #cosigned({ from, size, line }: Extract<WitnessMessage, { type: 'cosigned' }>): void {
    const { journal, mode, ring } = this.#o;
    if (!witnessesOf(this.#node).includes(from) || size > this.#log.size) return;
    if (!cosignatureFits(this.#node, mode, ring, this.#log, size, from, line, this.#ended)) return;
    this.#answered.add(from);
    if (size <= (this.#since.get(from) ?? 0)) return;
    this.#since.set(from, size);
    journal.write('cosigned', { witness: from, size, line });
  }

  #seen({ from, note }: Extract<WitnessMessage, { type: 'seen' }>): void {
    const { mode, ring } = this.#o;
    if (!witnessesOf(this.#node).includes(from)) return;
    if (note === '') {
      this.#answered.add(from);
      this.#since.set(from, 0);
      return;
    }
    const read = readNote(note, this.#node, mode, ring);
    // What this node did not sign, nobody can say to have seen of it.
    if (!read?.bySelf) return;
    const { size, root } = read.checkpoint;
    if (size > this.#log.size || Buffer.compare(this.#log.root(size), root) !== 0) {
      // Who stole a key that has ended must not stop the node with it.
      if (readNote(note, this.#node, mode, ring, this.#ended)?.bySelf)
        this.#otherHistory(this.#node, { by: from, notes: [note, this.#log.note] });
      return;
    }
    this.#answered.add(from);
    this.#since.set(from, size);
  }

  #fork(node: NodeId, notes: [string, string], by: NodeId): void {
    const { mode, ring } = this.#o;
    const [a, b] = notes.map((note) => readNote(note, node, mode, ring));
    // The later of the two at least is signed by a key that has not ended: a stolen old one proves nothing alone.
    const now = notes.some((note) => readNote(note, node, mode, ring, this.#ended)?.bySelf);
    const proved =
      now &&
      a?.bySelf &&
      b?.bySelf &&
      a.checkpoint.size === b.checkpoint.size &&
      Buffer.compare(a.checkpoint.root, b.checkpoint.root) !== 0;
    if (proved) this.#otherHistory(node, { by, notes });
  }

  #otherHistory(node: NodeId, proof: { by: NodeId; notes: [string, string] }): void {
    if (this.#forked.has(node)) return;
    this.#forked.add(node);
    this.#o.journal.write('otherHistory', { node, ...proof });
    this.#o.onOtherHistory(node);
  }

  #send(message: WitnessMessage): void {
    const { from, to } = message;
    const next = from === 'HUB' || to === 'HUB' ? to : 'HUB';
    this.#o.transport.note(next, Buffer.from(canonicalJson(message), 'utf8'));
  }
}

/** Whether a journal that was left says of its own node that its witnesses saw another one: it must not be gone on with. */
export function sawOtherHistory(node: NodeId, past: readonly JournalRecord[]): boolean {
  return past.some(({ kind, body }) => kind === 'otherHistory' && body.node === node);
}

function readMessage(bytes: Uint8Array): WitnessMessage | undefined {
  if (bytes.length > 20_000) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return conforms(WitnessMessage, value) ? (value as WitnessMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** A beat as the journal has it, opened. */
function openingIn({ body, timeUs }: JournalRecord): Opening | undefined {
  const opening = { ...body, timeUs };
  return conforms(Opening, opening) ? (opening as Opening) : undefined;
}

function cosignatureFits(
  node: NodeId,
  mode: Mode,
  ring: KeyRing,
  log: Pick<WitnessedLog, 'root'>,
  size: number,
  witness: NodeId,
  line: string,
  ended: (keyId: string) => boolean,
): boolean {
  const text = checkpointText({ origin: logName(node, mode), size, root: log.root(size) });
  return readNote(`${text}\n${line}`, node, mode, ring, ended)?.witnesses.has(witness) ?? false;
}

/** What is wrong with the witnessed log of a node, and how far it was witnessed. */
export interface WitnessedJournal {
  faults: { seq: number; text: string }[];
  beats: number;
  /** Beats at the end that not every witness has signed: they came too late for it, or a link was down. */
  alone: number;
}

/** The log of the beats that a journal has, each opened to the records before it. */
function logOf(records: readonly JournalRecord[], faults: WitnessedJournal['faults']): MerkleTree {
  const tree = new MerkleTree();
  const log = new MerkleTree();
  for (const record of records) {
    const { seq, kind } = record;
    if (kind === 'beat') {
      const opening = openingIn(record);
      if (!opening || opening.beat !== log.size)
        faults.push({ seq, text: `expected beat ${log.size} in its form, found something else` });
      else if (opening.size !== tree.size || opening.root !== tree.root().toString('hex'))
        faults.push({
          seq,
          text: `beat ${opening.beat}: the records before it are not those that were witnessed`,
        });
      if (opening) log.append(leafHash(commitment(opening)));
    }
    tree.append(leafOf(record));
  }
  return log;
}

/** The witnesses' part of journals that have it in themselves, `records` of all nodes. */
export function witnessedInJournals(
  node: NodeId,
  mode: Mode,
  ring: KeyRing,
  records: ReadonlyMap<NodeId, readonly JournalRecord[]>,
): WitnessedJournal {
  const own = records.get(node) ?? [];
  const faults: WitnessedJournal['faults'] = [];
  const log = logOf(own, faults);
  const signed = new Map<NodeId, number>();
  const ended = new Set<string>();
  for (const record of own) {
    const { seq, kind, body } = record;
    const end = endedBy(record, ring);
    if (end !== undefined) ended.add(end);
    if (kind === 'otherHistory')
      faults.push({ seq, text: `expected one history of ${body.node}, found two` });
    if (kind !== 'cosigned') continue;
    const witness = body.witness as NodeId;
    const size = Number(body.size);
    const fits =
      witnessesOf(node).includes(witness) &&
      size <= log.size &&
      cosignatureFits(node, mode, ring, log, size, witness, String(body.line), (key) => ended.has(key));
    if (fits) signed.set(witness, Math.max(size, signed.get(witness) ?? 0));
    else faults.push({ seq, text: `expected a cosignature of ${witness} that fits, found another` });
  }
  for (const witness of witnessesOf(node)) {
    if (log.size > 0 && !signed.has(witness))
      faults.push({
        seq: 0,
        text: `expected a checkpoint witnessed by ${witness}, found no signature that fits`,
      });
    const endedThere = new Set<string>();
    for (const record of records.get(witness) ?? []) {
      const { seq, kind, body } = record;
      const end = endedBy(record, ring);
      if (end !== undefined) endedThere.add(end);
      if (kind !== 'witnessed' || body.node !== node) continue;
      const read = readNote(String(body.note), node, mode, ring);
      if (read?.bySelf && !readNote(String(body.note), node, mode, ring, (k) => endedThere.has(k))?.bySelf)
        faults.push({
          seq: 0,
          text: `${witness} witnessed, in record ${seq}, a checkpoint signed by a key that had ended`,
        });
      const fits =
        read?.bySelf &&
        read.checkpoint.size <= log.size &&
        Buffer.compare(log.root(read.checkpoint.size), read.checkpoint.root) === 0;
      if (fits) continue;
      faults.push({ seq: 0, text: `${witness} witnessed another history of this journal` });
      break;
    }
  }
  const both = Math.min(...witnessesOf(node).map((w) => signed.get(w) ?? 0));
  return { faults, beats: log.size, alone: log.size - both };
}
