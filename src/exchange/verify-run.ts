/** Verifying the journals of a run: each by itself, and all against each other. Reads `DIR/journal/`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { BeaconfireError } from '../model/errors.ts';
import { Mode, NODE_IDS, type NodeId } from '../model/nation.ts';
import { conforms, parseJson } from '../model/schema.ts';
import { canonicalJson } from './canonical.ts';
import { JournalReader, type JournalRecord, leafOf } from './journal.ts';
import { eachLine, type JournalSource } from './journal-lines.ts';
import { KeyEvent, KeyRing, PublicKeyRecord } from './keys.ts';
import { MerkleTree } from './merkle.ts';
import {
  type Ledger,
  LedgerReader,
  type RunProblem,
  type RunReport,
  reconcile,
  reconcileAgreements,
} from './verify-ledger.ts';
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

export function keyFileText(ring: KeyRing, mode: Mode, witnessed?: KeyFile['witnessed']): string {
  return `${canonicalJson({ mode, keys: ring.records, ...(witnessed ? { witnessed } : {}) })}\n`;
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
  const journals = new Map<NodeId, JournalSource>();
  for (const node of NODE_IDS) {
    const path = join(dir, 'journal', node, 'journal.ndjson');
    if (existsSync(path)) journals.set(node, { path });
  }
  const read = (node: NodeId, name: string): string => {
    const path = join(dir, 'journal', node, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return verifyJournals(keys, journals, trusted, keys.witnessed === true ? readWitnesses(read) : undefined);
}

/** Keys that came while the run was on: each vouched for by one that was known before. */
function addKeysOf(journals: ReadonlyMap<NodeId, JournalSource>, ring: KeyRing): void {
  const events = new Map<string, Extract<KeyEvent, { event: 'added' }>>();
  for (const source of journals.values())
    eachLine(source, (line) => {
      if (!line.includes('"kind":"key"')) return;
      try {
        const { event } = (JSON.parse(line) as { body: { event: unknown } }).body;
        if (conforms(KeyEvent, event) && event.event === 'added') events.set(canonicalJson(event), event);
      } catch {
        // What is no line of a journal is told where the journal is read.
      }
    });
  // In the order of the times that root keys signed: which key is newer is nothing that a journal can turn round.
  for (const event of [...events.values()].sort((a, b) => a.atUs - b.atUs))
    if (ring.faultOf(event) === undefined) ring.apply(event);
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

/** The same over journals wherever they are. */
export function verifyJournals(
  keys: KeyFile,
  journals: ReadonlyMap<NodeId, JournalSource>,
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
  const readers = new Map<NodeId, JournalReader>();
  const nodes = [...new Set([...ring.records.map((k) => k.node), ...journals.keys()])];
  for (const node of NODE_IDS.filter((n) => nodes.includes(n))) {
    const source = journals.get(node);
    if (source === undefined) {
      problems.push({ node, seq: 0, text: 'expected a journal of each node that has a key, found none' });
      continue;
    }
    const reader = new JournalReader(node, keys.mode, ring);
    readers.set(node, reader);
    const ledger = new LedgerReader(node, keys.mode, ring, counts);
    const tree = new MerkleTree();
    const kept: JournalRecord[] = [];
    const rest = eachLine(source, (line) => {
      const record = reader.take(line);
      if (!record) return;
      counts.records++;
      const brief = briefOf(record);
      ledger.take(record, brief);
      if (keys.witnessed === true) tree.append(leafOf(record));
      if (keys.witnessed === 'inJournals' || KEPT.has(record.kind)) kept.push(brief);
    });
    reader.end(rest, false);
    counts.journals++;
    for (const p of reader.problems) problems.push({ node, seq: p.line, text: p.text });
    const files = witnesses?.get(node);
    if (files) {
      counts.beats += files.beats.split('\n').length - 1;
      for (const text of witnessFaults(node, keys.mode, ring, tree, files, reader.ended))
        problems.push({ node, seq: 0, text });
    }
    problems.push(...ledger.problems);
    records.set(node, kept);
    ledgers.set(node, ledger.ledger);
  }
  for (const node of keys.witnessed === 'inJournals' ? records.keys() : []) {
    const { faults, beats, alone } = witnessedInJournals(node, keys.mode, ring, records);
    for (const fault of faults) problems.push({ node, ...fault });
    counts.beats += beats;
    counts.beatsAlone += alone;
  }
  reconcileKeys(readers, ring, problems);
  reconcile(ledgers, problems, counts);
  reconcileAgreements(ledgers, problems);
  const recalled = recallReport(records);
  problems.push(...recalled.faults);
  counts.recalls = recalled.recalls;
  counts.recallHolders = recalled.holders;
  counts.recallsAcknowledged = recalled.acknowledged;
  return { ok: problems.length === 0, mode: keys.mode, problems, counts };
}

/** What the recalls are held against; where the witnesses are in the journals, every record counts. */
const KEPT: ReadonlySet<string> = new Set([
  'sent',
  'sentAgain',
  'received',
  'recall',
  'recallAcknowledged',
  'withdrawn',
]);

/** A record without its envelope or its plot: of a long exercise these do not all fit into memory. */
function briefOf(r: JournalRecord): JournalRecord {
  const { envelope, sealed, plot, ...body } = r.body;
  if (r.kind === 'received') return { ...r, body };
  return sealed || plot ? { ...r, body: { ...body, ...(envelope === undefined ? {} : { envelope }) } } : r;
}

/**
 * The end of a node's key that others heard of must be in its own journal: whoever wrote one anew with a stolen key would
 * leave it out.
 */
function reconcileKeys(
  readers: ReadonlyMap<NodeId, JournalReader>,
  ring: KeyRing,
  problems: RunProblem[],
): void {
  for (const [node, own] of readers) {
    const missing = new Set<string>();
    for (const { ended } of readers.values())
      for (const [keyId, timeUs] of ended) {
        if (timeUs <= own.lastUs && ring.find(keyId)?.node === node && !own.ended.has(keyId))
          missing.add(keyId);
      }
    for (const keyId of missing)
      problems.push({
        node,
        seq: 0,
        text: `expected the end of ${keyId}, which others heard of, found none`,
      });
  }
}
