/** Verifying the journals of a run: each by itself, and all against each other. Reads `DIR/journal/`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { BeaconfireError } from '../model/errors.ts';
import { Mode, NODE_IDS, type NodeId } from '../model/nation.ts';
import { conforms, parseJson } from '../model/schema.ts';
import { canonicalJson } from './canonical.ts';
import { Envelope, payloadHash, readPayload } from './envelope.ts';
import { type AgreementState, inForce } from './history.ts';
import { type JournalRecord, readJournal } from './journal.ts';
import { KeyEvent, KeyRing, PublicKeyRecord } from './keys.ts';
import { entryFault, entryHash, LEDGER_GENESIS, type LedgerEntry } from './ledger.ts';
import { signatureFault } from './verify-envelope.ts';
import { recallReport } from './verify-recalls.ts';
import { type WitnessFiles, witnessesOf, witnessFaults } from './witness.ts';
import { witnessedInJournals } from './witness-office.ts';

/** `DIR/journal/keys.json`: the public keys of the run, and the nodes whose journals there must be. */
export const KeyFile = Type.Object(
  {
    mode: Mode,
    keys: Type.Array(PublicKeyRecord, { minItems: 1 }),
    /**
     * The journals were witnessed while they grew, so each must come with what its witnesses signed: in files beside
     * it, or, of nodes that were processes of their own, in the journals themselves.
     */
    witnessed: Type.Optional(Type.Union([Type.Literal(true), Type.Literal('inJournals')])),
  },
  { additionalProperties: false },
);
export type KeyFile = Static<typeof KeyFile>;

export interface RunProblem {
  node: NodeId;
  /** Number of the record, or line, in the node's journal; 0 for the journal as a whole. */
  seq: number;
  item?: string;
  text: string;
}

export interface RunReport {
  ok: boolean;
  mode: Mode;
  problems: RunProblem[];
  counts: {
    journals: number;
    records: number;
    envelopes: number;
    sent: number;
    relayed: number;
    received: number;
    /** Not delivered, and told so: gaps, refusals, and what a relay did not release. */
    accounted: number;
    /** Items that their originators withdrew, those who held them, and of these who has acknowledged. */
    recalls: number;
    recallHolders: number;
    recallsAcknowledged: number;
    /** Beats of the clock at which witnesses signed that a journal only grew, over all journals. */
    beats: number;
    /** Of these, at the end of journals, those that not every witness has signed. */
    beatsAlone: number;
  };
}

export function keyFileText(ring: KeyRing, mode: Mode, witnessed?: KeyFile['witnessed']): string {
  return `${canonicalJson({ mode, keys: ring.records, ...(witnessed ? { witnessed } : {}) })}\n`;
}

/** What one journal says of envelopes, by hash. */
interface Ledger {
  sent: Map<string, JournalRecord>;
  relayed: Map<string, JournalRecord>;
  received: Map<string, JournalRecord>;
  /** Arrived in some form: received, refused, or again. */
  arrived: Set<string>;
  /** Hashes of the entries of the agreements' ledger, in order. */
  agreements: string[];
  /** Told as not carried on from here: gaps, and what a relay did not pass on. */
  accounted: Set<string>;
  /** Told to this node as not coming: what a relay that was killed could not say is said by who sent it. */
  told: Set<string>;
}

/**
 * Verifies the run in `dir`. BF_JOURNAL if there is no key file to begin with. The key file lies beside the
 * journals, so it proves that they agree, not whose they are: give `trusted` to hold the signers to known keys.
 */
export function verifyRun(dir: string, trusted?: KeyRing): RunReport {
  const file = join(dir, 'journal', 'keys.json');
  if (!existsSync(file))
    throw new BeaconfireError('BF_JOURNAL', 'expected the public keys of a run, found no file', { file });
  const keys = readKeys(file);
  const journals = new Map<NodeId, string>();
  for (const node of NODE_IDS) {
    const path = join(dir, 'journal', node, 'journal.ndjson');
    if (existsSync(path)) journals.set(node, readFileSync(path, 'utf8'));
  }
  const read = (node: NodeId, name: string): string => {
    const path = join(dir, 'journal', node, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return verifyJournals(keys, journals, trusted, keys.witnessed === true ? readWitnesses(read) : undefined);
}

/** Keys that came while the run was on: each vouched for by one that was known before. */
function addKeysOf(journals: ReadonlyMap<NodeId, string>, ring: KeyRing): void {
  const events = new Map<string, Extract<KeyEvent, { event: 'added' }>>();
  for (const text of journals.values())
    for (const line of text.split('\n')) {
      if (!line.includes('"kind":"key"')) continue;
      try {
        const { event } = (JSON.parse(line) as { body: { event: unknown } }).body;
        if (conforms(KeyEvent, event) && event.event === 'added') events.set(event.signature, event);
      } catch {
        // What is no line of a journal is told where the journal is read.
      }
    }
  for (let before = -1; events.size !== before; ) {
    before = events.size;
    for (const [signature, event] of events) {
      if (!ring.find(event.by)) continue;
      events.delete(signature);
      try {
        ring.apply(event);
      } catch {
        // Not rightly signed: the key stays unknown, and whatever it signed is told as that.
      }
    }
  }
}

/** What the folder holds of witnesses, by the node that is witnessed. */
function readWitnesses(read: (node: NodeId, name: string) => string): Map<NodeId, WitnessFiles> {
  const seen = new Map<NodeId, Map<NodeId, string>>(NODE_IDS.map((n) => [n, new Map()]));
  for (const node of NODE_IDS) {
    for (const witness of witnessesOf(node)) {
      // What cannot be read is an empty note, and an empty note is a fault.
      seen.get(node)!.set(witness, noteIn(read(witness, 'witnessed.json'), node));
    }
  }
  return new Map(
    NODE_IDS.map((node) => [
      node,
      { beats: read(node, 'beats.ndjson'), checkpoint: read(node, 'checkpoint.txt'), seen: seen.get(node)! },
    ]),
  );
}

function noteIn(text: string, node: NodeId): string {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    return typeof value[node] === 'string' ? value[node] : '';
  } catch {
    return '';
  }
}

/** The key file; one that is damaged is a run that does not verify. */
function readKeys(file: string): KeyFile {
  try {
    const keys = parseJson(KeyFile, readFileSync(file, 'utf8'), {});
    new KeyRing(keys.keys);
    return keys;
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new BeaconfireError(
      'BF_JOURNAL',
      `expected the public keys of a run, found: ${what}`,
      { file },
      { cause, status: 1 },
    );
  }
}

/** The same over texts. */
export function verifyJournals(
  keys: KeyFile,
  journals: ReadonlyMap<NodeId, string>,
  trusted?: KeyRing,
  witnesses?: ReadonlyMap<NodeId, WitnessFiles>,
): RunReport {
  const ring = new KeyRing(keys.keys);
  const problems: RunProblem[] = [];
  const counts = {
    journals: 0,
    records: 0,
    envelopes: 0,
    sent: 0,
    relayed: 0,
    received: 0,
    accounted: 0,
    recalls: 0,
    recallHolders: 0,
    recallsAcknowledged: 0,
    beats: 0,
    beatsAlone: 0,
  };
  for (const key of ring.records) {
    if (trusted && !trusted.find(key.id))
      problems.push({ node: key.node, seq: 0, text: `expected a trusted key, found ${key.id}` });
  }
  addKeysOf(journals, ring);
  const ledgers = new Map<NodeId, Ledger>();
  const records = new Map<NodeId, readonly JournalRecord[]>();
  const nodes = [...new Set([...ring.records.map((k) => k.node), ...journals.keys()])];
  for (const node of NODE_IDS.filter((n) => nodes.includes(n))) {
    const text = journals.get(node);
    if (text === undefined) {
      problems.push({ node, seq: 0, text: 'expected a journal of each node that has a key, found none' });
      continue;
    }
    const read = readJournal(text, node, keys.mode, ring);
    counts.journals++;
    counts.records += read.records.length;
    for (const p of read.problems) problems.push({ node, seq: p.line, text: p.text });
    const files = witnesses?.get(node);
    if (files) {
      counts.beats += files.beats.split('\n').length - 1;
      for (const text of witnessFaults(node, keys.mode, ring, read.records, files))
        problems.push({ node, seq: 0, text });
    }
    records.set(node, read.records);
    ledgers.set(node, readLedger(node, read.records, keys.mode, ring, problems, counts));
  }
  for (const node of keys.witnessed === 'inJournals' ? records.keys() : []) {
    const { faults, beats, alone } = witnessedInJournals(node, keys.mode, ring, records);
    for (const fault of faults) problems.push({ node, ...fault });
    counts.beats += beats;
    counts.beatsAlone += alone;
  }
  reconcile(ledgers, problems, counts);
  reconcileAgreements(ledgers, problems);
  const recalled = recallReport(records);
  problems.push(...recalled.faults);
  counts.recalls = recalled.recalls;
  counts.recallHolders = recalled.holders;
  counts.recallsAcknowledged = recalled.acknowledged;
  return { ok: problems.length === 0, mode: keys.mode, problems, counts };
}

function readLedger(
  node: NodeId,
  records: readonly JournalRecord[],
  mode: Mode,
  ring: KeyRing,
  problems: RunProblem[],
  counts: RunReport['counts'],
): Ledger {
  const ledger: Ledger = {
    sent: new Map(),
    relayed: new Map(),
    received: new Map(),
    arrived: new Set(),
    accounted: new Set(),
    told: new Set(),
    agreements: [],
  };
  /** Agreements under which nothing may pass, and from when, by the journal's own word. */
  const closed = new Map<string, number>();
  const released = new Set<string>();
  /** Keys that had ended, by the journal's own word. */
  const revoked = new Set<string>();
  for (const r of records) {
    const { body } = r;
    const hash = String(body.envelope);
    const say = (text: string): void => void problems.push({ node, seq: r.seq, item: itemName(r), text });
    const name = `${body.item}\n${body.revision}\n${body.to}`;
    switch (r.kind) {
      case 'decision':
        if (body.decision === 'deny') released.delete(name);
        else released.add(name);
        break;
      case 'sent':
      case 'sentAgain':
      case 'relayed':
        if (r.timeUs >= (closed.get(String(body.agreement)) ?? Number.POSITIVE_INFINITY))
          say(
            `expected nothing under ${body.agreement}, which was not in force, found it sent to ${body.to}`,
          );
        if (!released.has(name)) say(`expected a decision that released it to ${body.to}, found none`);
        // What is given again is a release like the first, of the same envelope.
        if (r.kind === 'sentAgain') {
          if (!ledger.sent.has(hash)) say(`expected it sent to ${body.to} before it was again, found it not`);
          break;
        }
        ledger[r.kind].set(hash, r);
        counts[r.kind]++;
        break;
      case 'received': {
        const fault = receivedFault(node, r, mode, ring, revoked);
        if (fault) say(fault);
        counts.envelopes++;
        if (node !== 'HUB') counts.received++;
        ledger.received.set(String(body.hash), r);
        ledger.arrived.add(String(body.hash));
        break;
      }
      case 'refused':
      case 'duplicate':
        ledger.arrived.add(hash);
        break;
      case 'gap':
        if (Array.isArray(body.envelopes)) for (const h of body.envelopes) ledger.accounted.add(String(h));
        break;
      case 'gapTold':
        if (Array.isArray(body.envelopes)) for (const h of body.envelopes) ledger.told.add(String(h));
        break;
      case 'agreement': {
        const fault = agreementFault(r, ledger.agreements, mode, ring);
        if (fault) say(fault);
        const id = String(body.agreement);
        if (!inForce(body.state as AgreementState)) closed.set(id, r.timeUs);
        else if (typeof body.lapsesUs === 'number') closed.set(id, body.lapsesUs);
        else closed.delete(id);
        break;
      }
      case 'key':
        if (conforms(KeyEvent, body.event) && body.event.event === 'revoked') revoked.add(body.event.keyId);
        break;
      case 'notRelayed':
        ledger.accounted.add(hash);
        break;
    }
  }
  return ledger;
}

/** What is wrong with a recorded event of an agreement; puts its entry among those of the journal. */
function agreementFault(r: JournalRecord, before: string[], mode: Mode, ring: KeyRing): string | undefined {
  const { entry, agreement, event } = r.body;
  // An event that came by no ledger (a book that is changed by hand) has nothing to check.
  if (entry === undefined) return undefined;
  const fault = entryFault(entry, mode, ring);
  if (fault) return fault;
  const e = entry as LedgerEntry;
  const prev = before[before.length - 1] ?? LEDGER_GENESIS;
  before.push(entryHash(e));
  if (e.prev !== prev || e.seq !== before.length)
    return `expected entry ${before.length} of the agreements' ledger, found another`;
  return e.agreement === agreement && e.event === event && e.timeUs === r.timeUs
    ? undefined
    : 'expected the event that its signed entry names, found another';
}

/** All nodes must have had one ledger: an agreement that binds some and not others binds nobody. */
function reconcileAgreements(ledgers: ReadonlyMap<NodeId, Ledger>, problems: RunProblem[]): void {
  const longest = [...ledgers.values()].reduce<string[]>(
    (best, l) => (l.agreements.length > best.length ? l.agreements : best),
    [],
  );
  for (const [node, { agreements }] of ledgers) {
    const at = longest.findIndex((hash, i) => agreements[i] !== hash);
    if (at >= 0)
      problems.push({
        node,
        seq: 0,
        text: `expected the ${longest.length} events of agreements that others have, found another at ${at + 1}`,
      });
  }
}

/** What is wrong with an envelope as it was recorded on receipt. */
function receivedFault(
  node: NodeId,
  r: JournalRecord,
  mode: Mode,
  ring: KeyRing,
  revoked: ReadonlySet<string>,
): string | undefined {
  const { envelope, hash, item, revision } = r.body;
  if (!conforms(Envelope, envelope)) return 'expected the envelope in its one form, found something else';
  const fault = signatureFault(envelope, { mode, ring });
  if (fault) return `expected an envelope signed as it says, found ${fault[0]}: ${fault[1]}`;
  const ended = [envelope.keyId, ...envelope.hops.map((h) => h.keyId)].find((k) => revoked.has(k));
  if (ended) return `expected nothing signed by ${ended}, which was revoked before, found it taken`;
  const payload = readPayload(envelope);
  if (!payload || payloadHash(envelope) !== hash)
    return 'expected the envelope that the record names, found another';
  if (payload.item.label.id !== item || payload.item.revision !== revision)
    return 'expected the item that the record names, found another';
  if (ring.find(envelope.keyId)?.node !== payload.from)
    return `expected a signature of ${payload.from}, found ${envelope.keyId}`;
  return node === 'HUB' || payload.to === node
    ? undefined
    : `expected an envelope for ${node}, found one for ${payload.to}`;
}

/** What each node says it sent against what the next says it received, both ways. */
function reconcile(ledgers: Map<NodeId, Ledger>, problems: RunProblem[], counts: RunReport['counts']): void {
  const handOver = (from: NodeId, hash: string, r: JournalRecord, to: NodeId): void => {
    const target = ledgers.get(to);
    if (!target || target.arrived.has(hash)) return;
    if (ledgers.get(from)?.accounted.has(hash) || target.told.has(hash)) {
      counts.accounted++;
      return;
    }
    problems.push({
      node: from,
      seq: r.seq,
      item: itemName(r),
      text: `sent to ${to}, which neither received it nor is there a gap`,
    });
  };
  for (const [node, ledger] of ledgers) {
    for (const [hash, r] of ledger.sent) handOver(node, hash, r, (r.body.via ?? r.body.to) as NodeId);
    for (const [hash, r] of ledger.relayed) handOver(node, hash, r, r.body.to as NodeId);
    for (const [hash, r] of ledger.received) {
      const link = r.body.link as NodeId;
      const source = ledgers.get(link);
      const said = link === 'HUB' ? source?.relayed : source?.sent;
      if (source && !said?.has(hash))
        problems.push({
          node,
          seq: r.seq,
          item: itemName(r),
          text: `received from ${link}, which does not say it sent it`,
        });
      if (node !== 'HUB' || ledger.relayed.has(hash)) continue;
      if (ledger.accounted.has(hash)) counts.accounted++;
      else
        problems.push({
          node,
          seq: r.seq,
          item: itemName(r),
          text: 'received for relay, and neither relayed nor said why not',
        });
    }
  }
}

function itemName(r: JournalRecord): string {
  return `${r.body.item} revision ${r.body.revision}`;
}
