/** What the journals of a run say of envelopes and agreements, each by itself and against the others. */
import type { Mode, NodeId } from '../model/nation.ts';
import { conforms } from '../model/schema.ts';
import { Envelope, payloadHash, readPayload } from './envelope.ts';
import { type AgreementState, inForce } from './history.ts';
import { endedBy, type JournalRecord } from './journal.ts';
import type { KeyRing } from './keys.ts';
import { entryFault, entryHash, LEDGER_GENESIS, type LedgerEntry } from './ledger.ts';
import { signatureFault } from './verify-envelope.ts';

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

/** What one journal says of envelopes, by hash. */
export interface Ledger {
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

/** Reads a journal's records one by one: what is wrong with each, and what it says of envelopes. */
export class LedgerReader {
  readonly ledger: Ledger = {
    sent: new Map(),
    relayed: new Map(),
    received: new Map(),
    arrived: new Set(),
    accounted: new Set(),
    told: new Set(),
    agreements: [],
  };
  readonly problems: RunProblem[] = [];
  readonly #node: NodeId;
  readonly #mode: Mode;
  readonly #ring: KeyRing;
  readonly #counts: RunReport['counts'];
  /** Agreements under which nothing may pass, and from when, by the journal's own word. */
  readonly #closed = new Map<string, number>();
  /** What was decided, until it went: each departure has a decision of its own. */
  readonly #released = new Map<string, 'allow' | 'reduce'>();
  /** Keys that had ended, by the journal's own word. */
  readonly #revoked = new Set<string>();

  constructor(node: NodeId, mode: Mode, ring: KeyRing, counts: RunReport['counts']) {
    this.#node = node;
    this.#mode = mode;
    this.#ring = ring;
    this.#counts = counts;
  }

  /** `brief`: the same record without its envelope, which is all that is kept of it. */
  take(r: JournalRecord, brief: JournalRecord): void {
    const { body } = r;
    const ledger = this.ledger;
    const counts = this.#counts;
    const node = this.#node;
    const hash = String(body.envelope);
    const say = (text: string): void =>
      void this.problems.push({ node, seq: r.seq, item: itemName(r), text });
    const name = `${body.item}\n${body.revision}\n${body.to}`;
    switch (r.kind) {
      case 'decision':
        if (body.decision === 'allow' || body.decision === 'reduce') this.#released.set(name, body.decision);
        else this.#released.delete(name);
        break;
      case 'sent':
      case 'sentAgain':
      case 'relayed':
        if (r.timeUs >= (this.#closed.get(String(body.agreement)) ?? Number.POSITIVE_INFINITY))
          say(
            `expected nothing under ${body.agreement}, which was not in force, found it sent to ${body.to}`,
          );
        // Bytes that are signed cannot be reduced.
        if (!this.#released.has(name) || (r.kind !== 'sent' && this.#released.get(name) === 'reduce'))
          say(`expected a decision that released it to ${body.to}, found none`);
        this.#released.delete(name);
        // What is given again is a release like the first, of the same envelope.
        if (r.kind === 'sentAgain') {
          if (!ledger.sent.has(hash)) say(`expected it sent to ${body.to} before it was again, found it not`);
          break;
        }
        ledger[r.kind].set(hash, brief);
        counts[r.kind]++;
        break;
      case 'received': {
        const fault = receivedFault(node, r, this.#mode, this.#ring, this.#revoked);
        if (fault) say(fault);
        counts.envelopes++;
        if (node !== 'HUB') counts.received++;
        ledger.received.set(String(body.hash), brief);
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
        const fault = agreementFault(r, ledger.agreements, this.#mode, this.#ring, this.#revoked);
        if (fault) say(fault);
        const id = String(body.agreement);
        if (!inForce(body.state as AgreementState)) this.#closed.set(id, r.timeUs);
        else if (typeof body.lapsesUs === 'number') this.#closed.set(id, body.lapsesUs);
        else this.#closed.delete(id);
        break;
      }
      case 'key': {
        const ended = endedBy(r, this.#ring);
        if (ended !== undefined) this.#revoked.add(ended);
        break;
      }
      case 'notRelayed':
        ledger.accounted.add(hash);
        break;
    }
  }
}

/** What is wrong with a recorded event of an agreement; puts its entry among those of the journal. */
function agreementFault(
  r: JournalRecord,
  before: string[],
  mode: Mode,
  ring: KeyRing,
  revoked: ReadonlySet<string>,
): string | undefined {
  const { entry, agreement, event } = r.body;
  // An event that came by no ledger (a book that is changed by hand) has nothing to check.
  if (entry === undefined) return undefined;
  const fault = entryFault(entry, mode, ring, (key) => revoked.has(key));
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
export function reconcileAgreements(ledgers: ReadonlyMap<NodeId, Ledger>, problems: RunProblem[]): void {
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
export function reconcile(
  ledgers: Map<NodeId, Ledger>,
  problems: RunProblem[],
  counts: RunReport['counts'],
): void {
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
