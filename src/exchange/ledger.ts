/**
 * The ledger of agreement events: append-only, chained by hash, each entry signed by the nations that made it. What is
 * in force during a run comes from the files and from this, and from nothing else; an entry that is not rightly
 * signed, or contradicts what stands, changes nothing.
 */
import { type Static, Type } from 'typebox';
import type { Clock } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import { Mode, Nation, Trilingual } from '../model/nation.ts';
import { conforms } from '../model/schema.ts';
import type { Agreement } from './agreement.ts';
import { canonicalJson, sha256 } from './canonical.ts';
import { HISTORY_EVENTS, type HistoryEventKind, type TimelineEvent } from './history.ts';
import type { KeyRing, Signer } from './keys.ts';

const strict = { additionalProperties: false } as const;

export const LedgerEntry = Type.Object(
  {
    /** From 1. */
    seq: Type.Integer({ minimum: 1 }),
    mode: Mode,
    agreement: Type.String({ minLength: 1 }),
    event: Type.Union(HISTORY_EVENTS.map((e) => Type.Literal(e))),
    timeUs: Type.Integer(),
    /** Of `noticeGiven`. */
    lapsesUs: Type.Optional(Type.Integer()),
    /** The parties whose act it is; each signs. */
    by: Type.Array(Nation, { minItems: 1, maxItems: 3, uniqueItems: true }),
    /** Why, as those who made it say. */
    cause: Trilingual,
    /** Hash of the entry before. */
    prev: Type.String(),
    signatures: Type.Array(
      Type.Object({ keyId: Type.String(), signature: Type.String({ pattern: '^[0-9a-f]{128}$' }) }, strict),
      { minItems: 1, maxItems: 3 },
    ),
  },
  strict,
);
export type LedgerEntry = Omit<Static<typeof LedgerEntry>, 'event'> & { event: HistoryEventKind };
export type LedgerDraft = Pick<LedgerEntry, 'agreement' | 'event' | 'timeUs' | 'lapsesUs' | 'by' | 'cause'>;

/** What all parties must do together; anything else one party may do alone (a suspension, a notice, its withdrawal). */
const JOINT: readonly HistoryEventKind[] = ['inForce'];

export const LEDGER_GENESIS = sha256('BEACONFIRE-LEDGER-1\n');

function entryBytes(entry: Omit<LedgerEntry, 'signatures'>): Uint8Array {
  const { seq, mode, agreement, event, timeUs, lapsesUs, by, cause, prev } = entry;
  return Buffer.from(
    canonicalJson({ seq, mode, agreement, event, timeUs, lapsesUs, by, cause, prev }),
    'utf8',
  );
}

/** The hash that the next entry follows: over the content and its signatures. */
export function entryHash(entry: LedgerEntry): string {
  return sha256('BEACONFIRE-LEDGER-1\n', canonicalJson(entry));
}

/**
 * What is wrong with an entry by itself: its form and its signatures. Undefined if nothing is. `ended`: whether a key had
 * ended when the entry came; what the entry says of its own time does not count, for a thief writes any date.
 */
export function entryFault(
  value: unknown,
  mode: Mode,
  ring: KeyRing,
  ended: (keyId: string) => boolean,
): string | undefined {
  if (!conforms(LedgerEntry, value)) return 'expected an entry of the ledger, found something else';
  const entry = value as LedgerEntry;
  if (entry.mode !== mode) return `expected an entry of mode ${mode}, found ${entry.mode}`;
  const signed = new Set<string>();
  for (const { keyId, signature } of entry.signatures) {
    const node = ring.find(keyId)?.node;
    if (node === undefined || !ring.verify('LEDGER', mode, keyId, entryBytes(entry), signature))
      return `expected a signature that fits, found one of ${keyId} that does not`;
    if (ended(keyId)) return `expected a signature of a key in use, found one of ${keyId}, which was revoked`;
    signed.add(node);
  }
  const missing = entry.by.find((n) => !signed.has(n));
  if (missing) return `expected the signature of ${missing}, found none`;
  return signed.size === entry.by.length ? undefined : 'expected signatures of those whose act it is only';
}

/** What the ledger acts on: the agreements of a run (book.ts). */
export interface LedgerTarget {
  readonly agreements: readonly Agreement[];
  append(agreement: string, event: TimelineEvent, entry: LedgerEntry): void;
}

export class AgreementLedger {
  readonly #mode: Mode;
  readonly #clock: Clock;
  readonly #ring: KeyRing;
  readonly #book: LedgerTarget;
  readonly #entries: LedgerEntry[] = [];
  #head = LEDGER_GENESIS;

  constructor(options: { mode: Mode; clock: Clock; ring: KeyRing; book: LedgerTarget }) {
    this.#mode = options.mode;
    this.#clock = options.clock;
    this.#ring = options.ring;
    this.#book = options.book;
  }

  get entries(): readonly LedgerEntry[] {
    return this.#entries;
  }

  /** Hash of the last entry. Two ledgers with one head are one. */
  get head(): string {
    return this.#head;
  }

  /** The next entry, signed. It has no effect before it is appended. */
  draft(draft: LedgerDraft, signers: readonly Signer[]): LedgerEntry {
    const entry = { ...draft, seq: this.#entries.length + 1, mode: this.#mode, prev: this.#head };
    const bytes = entryBytes(entry);
    const signatures = signers.map((s) => ({
      keyId: s.keyId,
      signature: s.sign('LEDGER', this.#mode, bytes),
    }));
    return { ...entry, signatures };
  }

  /** Appends, and puts into effect at once. BF_AGREEMENT if it is not rightly signed or contradicts what stands. */
  append(entry: LedgerEntry): void {
    const fail = (detail: string): never => {
      throw new BeaconfireError('BF_AGREEMENT', detail, { file: entry.agreement, field: 'ledger' });
    };
    const nowUs = this.#clock.nowUs();
    const fault = entryFault(entry, this.#mode, this.#ring, (key) => this.#ring.isRevoked(key, nowUs));
    if (fault) fail(fault);
    if (entry.seq !== this.#entries.length + 1 || entry.prev !== this.#head)
      fail(`expected entry ${this.#entries.length + 1} after the last, found another branch`);
    const last = this.#entries[this.#entries.length - 1];
    if (last && entry.timeUs < last.timeUs)
      fail('expected a time not before the last entry, found an earlier');
    const agreement = this.#book.agreements.find((a) => a.id === entry.agreement);
    if (agreement) {
      const stranger = entry.by.find((n) => !agreement.parties.includes(n));
      if (stranger) fail(`expected an act of the parties, found one of ${stranger}`);
      const absent = agreement.parties.find((n) => !entry.by.includes(n));
      if (absent && JOINT.includes(entry.event))
        fail(`expected ${entry.event} by all parties, found it without ${absent}`);
    }
    const event: TimelineEvent = { timeUs: entry.timeUs, event: entry.event };
    if (entry.lapsesUs !== undefined) event.lapsesUs = entry.lapsesUs;
    // Listeners of the book must find the ledger as it is after the entry, and a refused entry not in it.
    this.#entries.push(entry);
    const before = this.#head;
    this.#head = entryHash(entry);
    try {
      this.#book.append(entry.agreement, event, entry);
    } catch (cause) {
      this.#entries.pop();
      this.#head = before;
      throw cause;
    }
  }
}
