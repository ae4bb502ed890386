/**
 * The hub: the node of the United States through which TISA and the mechanism of 2023 pass. It verifies, decides
 * for itself whether its leg is released under the agreement that the sender named, and passes the signed bytes
 * on with its own signature. It never changes, reduces or originates anything.
 */
import type { Scheduler } from '../model/clock.ts';
import { type Mode, NATIONS, type NodeId, nationOf } from '../model/nation.ts';
import { batchesOf } from './batch.ts';
import type { AgreementBook } from './book.ts';
import { sha256 } from './canonical.ts';
import type { Decision } from './decide.ts';
import { agreementBody, gapBody, parcelOf, reasonCodes } from './delivery.ts';
import { addHops, type Envelope, type EnvelopeCodec, type Payload, readPayload } from './envelope.ts';
import { about } from './exchange.ts';
import type { Journal, JournalRecord } from './journal.ts';
import { KeyOffice, requireKey } from './key-office.ts';
import type { KeyRing, Signer } from './keys.ts';
import { readPast } from './past.ts';
import { type ReasonCode, reason } from './reasons.ts';
import type { Gap, Hold, Transport } from './transport/transport.ts';
import { openEnvelope, type Receiver, ReplayGuard } from './verify-envelope.ts';

export interface HubOptions {
  mode: Mode;
  clock: Scheduler;
  book: AgreementBook;
  signer: Signer;
  ring: KeyRing;
  transport: Transport;
  journal: Journal;
  /** The form of envelopes on the wire; JSON by default. All nodes of an exchange speak the same. */
  codec?: EnvelopeCodec;
  /**
   * Runs `flush` as soon as what has arrived already is taken: what is to be passed on to one nation then is signed as
   * one where it is much. Without it each is passed on at once. It must never wait for more to arrive.
   */
  soon?: (flush: () => void) => void;
  /** The journal keeps what the hub is done with, so that a process that was killed goes on where it was. */
  resumable?: boolean;
}

export interface HubCounters {
  received: number;
  relayed: number;
  denied: number;
  refused: number;
  duplicates: number;
  lost: number;
}

/** What the hub is to pass on. Its sender has it until `settle`: a hub that is killed loses nothing. */
interface Duty {
  envelope: Envelope;
  payload: Payload;
  hash: string;
  settle: () => void;
  /** It is given again; it goes after everything new. */
  history: boolean;
}

interface Held extends Duty {
  cancel: () => void;
}

export class Hub {
  readonly counters: HubCounters = { received: 0, relayed: 0, denied: 0, refused: 0, duplicates: 0, lost: 0 };
  readonly #o: HubOptions;
  readonly #receiver: Receiver;
  readonly #guard = new ReplayGuard();
  readonly #held = new Map<string, Held>();
  /** Released, to be passed on together. */
  readonly #ready = new Map<string, Duty>();
  /** Received in an earlier life, and not known to be done with: whoever sent it has it still and sends it again. */
  readonly #unfinished = new Set<string>();
  /** The keys that the hub signs with. */
  readonly keys: KeyOffice;
  #closed = false;

  constructor(options: HubOptions) {
    const { mode, signer, ring, transport } = options;
    requireKey(signer, 'HUB', mode);
    this.#o = options;
    this.keys = new KeyOffice(options);
    this.#receiver = { node: 'HUB', mode, ring, ...(options.codec ? { codec: options.codec } : {}) };
    transport.onReceive((from, bytes, hold, history) => this.#receive(from, bytes, hold, history));
    transport.onGap((gap, hold) => this.#gap(gap, hold));
    options.book.onEvent((agreement, event, entry) => {
      if (this.#closed) return;
      options.journal.write('agreement', agreementBody(options.book, agreement, event, entry));
      this.#decideHeldAgain();
    });
  }

  /** Goes on after a crash with the journal's past: what it had taken is known, and relayed when it comes again. */
  goOn(records: readonly JournalRecord[]): void {
    const { settled } = readPast(records);
    for (const { kind, body } of records) {
      if (kind !== 'received') continue;
      const payload = readPayload(body.envelope as Envelope);
      const hash = String(body.hash);
      if (payload) this.#guard.admit(payload, hash);
      if (!settled.has(hash)) this.#unfinished.add(hash);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#relayReady();
    for (const duty of this.#held.values()) {
      duty.cancel();
      this.#notRelayed(duty, 'runEnded');
    }
    this.#held.clear();
    this.#o.transport.close();
    this.#closed = true;
    this.#o.journal.close();
  }

  /** Ends without a word, as a process that is killed; the journal is left as it stands. */
  kill(): void {
    this.#closed = true;
    for (const { cancel } of this.#held.values()) cancel();
    this.#held.clear();
    this.#ready.clear();
  }

  #receive(link: NodeId, bytes: Uint8Array, hold: Hold, history: boolean): void {
    if (this.#closed || this.keys.take(link, bytes, hold)) return;
    const { clock, journal } = this.#o;
    const opened = openEnvelope(bytes, this.#receiver, clock.nowUs());
    if (!opened.ok) {
      this.#refuse(link, bytes, opened.error.message, opened.hash);
      return;
    }
    const { payload, envelope, hash } = opened;
    if (link !== payload.from) {
      this.#refuse(link, bytes, `brokenProvenance: came over ${link}`, hash);
      return;
    }
    const admitted = this.#guard.admit(payload, hash);
    // Its sender gives it once more to who asked: it is decided again, and passed on again.
    if (admitted === 'duplicate' && history) {
      this.#unfinished.delete(hash);
      journal.write('duplicate', { link, envelope: hash, history });
      this.#attempt({ envelope, payload, hash, settle: hold(), history });
      return;
    }
    if (admitted === 'duplicate' && this.#unfinished.delete(hash)) {
      this.#attempt({ envelope, payload, hash, settle: hold(), history });
      return;
    }
    if (admitted === 'duplicate') {
      this.counters.duplicates++;
      journal.write('duplicate', { link, envelope: hash });
      return;
    }
    if (admitted === 'replay') {
      this.#refuse(link, bytes, 'replay: another envelope carried this revision', hash);
      return;
    }
    const again = history ? { history } : {};
    journal.write('received', { ...about(payload.item), from: payload.from, link, hash, envelope, ...again });
    this.counters.received++;
    // Who comes late may know neither the hub's keys nor those of the nations beyond it.
    if (payload.item.body.asks) this.keys.tellAllTo(link);
    this.#attempt({ envelope, payload, hash, settle: hold(), history });
  }

  #attempt(duty: Duty): void {
    const { clock, journal } = this.#o;
    const { payload, hash } = duty;
    const nowUs = clock.nowUs();
    const decision = this.#decide(payload, nowUs);
    const { item, to, agreement } = payload;
    journal.write('decision', {
      ...about(item),
      to,
      envelope: hash,
      decision: decision.decision,
      agreement,
      reasons: reasonCodes(decision),
    });
    if (decision.decision !== 'allow') {
      this.#notRelayed(duty, decision.reasons[0]?.code ?? 'decisionFailed');
      return;
    }
    // The sender has waited for the handling; the hub does not take its word for it.
    const dueUs = payload.offeredUs + Math.round(decision.delayS * 1e6);
    if (dueUs >= item.expiresUs) {
      this.#notRelayed(duty, 'expiresBeforeRelease');
      return;
    }
    // Where nothing has to wait, a hub whose clock is behind must not make it wait.
    if (decision.delayS === 0 || dueUs <= nowUs) {
      this.#relay(duty);
      return;
    }
    const cancel = clock.at(dueUs, () => {
      this.#held.delete(hash);
      this.#attempt(duty);
    });
    this.#held.set(hash, { ...duty, cancel });
  }

  /** After an event of an agreement: what is held, and what is to be passed on in this turn. */
  #decideHeldAgain(): void {
    const held = [...this.#held.values()];
    const ready = [...this.#ready.values()];
    this.#held.clear();
    this.#ready.clear();
    for (const { cancel } of held) cancel();
    for (const duty of [...held, ...ready]) this.#attempt(duty);
  }

  /**
   * The leg that the hub answers for, under the agreement that the sender named and no other. What the hub
   * would have to reduce it must not pass on: the bytes are signed.
   */
  #decide(payload: Payload, nowUs: number): Decision {
    const from = payload.to === 'USA' ? nationOf(payload.from) : 'USA';
    const d = this.#o.book.decideUnder(payload.agreement, payload.item.label, from, payload.to, null, nowUs);
    if (d.decision !== 'reduce') return d;
    const coarse = d.positionFloorM === undefined ? [] : [`places finer than ${d.positionFloorM} m`];
    const detail = [...d.reductions, ...coarse].join(', ');
    return {
      decision: 'deny',
      agreement: null,
      reasons: [reason('relayMustNotReduce', detail), ...d.reasons],
      reductions: [],
      delayS: 0,
    };
  }

  #relay(duty: Duty): void {
    const { soon } = this.#o;
    if (!soon) {
      this.#relayTogether([duty]);
      return;
    }
    // What came twice goes once.
    const known = this.#ready.get(duty.hash);
    const settle = (): void => {
      known?.settle();
      duty.settle();
    };
    this.#ready.set(duty.hash, known ? { ...duty, settle, history: known.history && duty.history } : duty);
    if (this.#ready.size === 1) soon(() => this.#relayReady());
  }

  #relayReady(): void {
    if (this.#closed) return;
    const ready = [...this.#ready.values()];
    this.#ready.clear();
    for (const to of NATIONS)
      for (const batch of batchesOf(ready.filter((d) => d.payload.to === to))) this.#relayTogether(batch);
  }

  /** All for one nation. */
  #relayTogether(batch: readonly Duty[]): void {
    const relayed = addHops(
      batch.map(({ envelope, payload: { agreement } }) => ({ envelope, agreement })),
      this.#o.clock.nowUs(),
      this.keys.signer,
    );
    for (const [i, duty] of batch.entries()) this.#passOn(duty, relayed[i]);
  }

  #passOn(duty: Duty, relayed: Envelope): void {
    const { clock, transport, journal } = this.#o;
    const { payload, hash, settle, history } = duty;
    const { item, to, agreement } = payload;
    const mayGo = (): 'go' | 'withdrawn' | 'expired' => {
      const nowUs = clock.nowUs();
      if (item.expiresUs <= nowUs) return 'expired';
      return this.#decide(payload, nowUs).decision === 'allow' ? 'go' : 'withdrawn';
    };
    const signed = this.keys.signed();
    const settled = (): void => {
      if (this.#o.resumable && !this.#closed) journal.write('settled', { envelope: hash, to });
      settle();
      signed();
    };
    const parcel = parcelOf(relayed, hash, to, item, agreement, mayGo, settled, this.#o.codec);
    const given = history ? { ...parcel, priority: 'history' as const, key: null } : parcel;
    if (!transport.send(to, given).accepted) {
      signed();
      this.#notRelayed(duty, 'linkRefused');
      return;
    }
    journal.write('relayed', { ...about(item), to, agreement, envelope: hash });
    this.counters.relayed++;
  }

  #notRelayed({ payload, hash, settle }: Duty, code: ReasonCode): void {
    this.#o.journal.write('notRelayed', {
      ...about(payload.item),
      to: payload.to,
      envelope: hash,
      reason: code,
    });
    this.counters.denied++;
    settle();
  }

  #refuse(link: NodeId, bytes: Uint8Array, why: string, hash?: string): void {
    this.#o.journal.write('refused', { link, why, envelope: hash ?? null, bytes: sha256(bytes) });
    this.counters.refused++;
  }

  /** What was lost on the way here, its recipient is told as what was lost on the way from here. */
  #gap(gap: Gap, hold: Hold): void {
    if (this.#closed) return;
    const own = gap.from === 'HUB';
    this.#o.journal.write(own ? 'gap' : 'gapTold', gapBody(gap));
    if (own) this.counters.lost += gap.ids.length;
    else this.#o.transport.tellGap(gap.flow, gap, hold());
  }
}
