/**
 * A nation's part in the exchange: each item it offers is decided for each other nation, reduced, held for the
 * handling delay, decided again, sealed and sent; what comes is verified, taken once, journalled, handed over.
 */
import type { Scheduler } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Item } from '../model/item.ts';
import { type Mode, NATIONS, type Nation, type NodeId, nationOf } from '../model/nation.ts';
import type { AgreementBook } from './book.ts';
import type { CanaryHealth } from './canary.ts';
import { CanaryRound } from './canary-round.ts';
import { type CanaryOptions, isCanary } from './canary-rules.ts';
import { sha256 } from './canonical.ts';
import { CatchUp, type CaughtUp, isOfTheMoment } from './catch-up.ts';
import type { Decision } from './decide.ts';
import {
  agreementBody,
  decisionBody,
  gapBody,
  type Marking,
  markOwn,
  newCounters,
  type Offer,
  type PeerCounters,
  type ReceivedItem,
  type Release,
} from './delivery.ts';
import { type Envelope, type EnvelopeCodec, type Payload, readPayload } from './envelope.ts';
import type { Journal, JournalRecord } from './journal.ts';
import { KeyOffice, requireKey } from './key-office.ts';
import type { KeyRing, Signer } from './keys.ts';
import { Outbox, type Ready } from './outbox.ts';
import { outcomeKey, readPast } from './past.ts';
import type { ReasonCode } from './reasons.ts';
import { type RecallStatus, Recalls } from './recall.ts';
import { applyReduction } from './reduce.ts';
import { bestRoute, type Route } from './route.ts';
import type { Gap, Hold, Transport } from './transport/transport.ts';
import { itemContradiction, openEnvelope, type Receiver, ReplayGuard } from './verify-envelope.ts';

export interface ExchangeOptions {
  nation: Nation;
  mode: Mode;
  clock: Scheduler;
  book: AgreementBook;
  signer: Signer;
  ring: KeyRing;
  transport: Transport;
  journal: Journal;
  /** The form of envelopes on the wire; JSON by default. All nodes of an exchange speak the same. */
  codec?: EnvelopeCodec;
  /** Put on the nation's own items; absent, their labels stand as they are. */
  marking?: Marking;
  /** Asks the other nations, again and again, whether items get through; absent, nobody is asked. */
  canary?: CanaryOptions;
  /** Asks for what it missed by itself, when a gap says that a partner's or the hub's queue was too short. */
  catchesUp?: boolean;
  /** The journal keeps what is on the way, so that a process that was killed goes on where it was. */
  resumable?: boolean;
  onItem: (received: ReceivedItem) => void;
  onRelease?: (release: Release) => void;
  /** Called when a canary showed a rule that does not hold: what had to pass did not, or the reverse. */
  onCanaryFailed?: (to: Nation, rule: string, what: string) => void;
  onGap?: (gap: Gap) => void;
  /** Called when what was asked for by `catchUp` is here, or is told as not to be had any more. */
  onCaughtUp?: (what: CaughtUp) => void;
}

/** Items whose last coarse form is remembered. */
const COARSE_KEPT = 10_000;

export class Exchange {
  readonly nation: Nation;
  readonly #o: ExchangeOptions;
  readonly #receiver: Receiver;
  readonly #peers: Map<Nation, PeerCounters>;
  readonly #revisions = new Map<string, number>();
  readonly #held = new Map<Offer, () => void>();
  readonly #guard = new ReplayGuard();
  readonly #recalls: Recalls;
  /** What was last given of an item to a nation where its places had to be coarsened. */
  readonly #coarse = new Map<string, Item>();
  readonly #canaries: CanaryRound | undefined;
  readonly #outbox: Outbox;
  readonly #catchUp: CatchUp;
  /** The keys that this node signs with. */
  readonly keys: KeyOffice;
  #closed = false;
  /** While the past is worked through: what it would offer. */
  #again: Offer[] | undefined;

  /** BF_KEY_MODE if the key is not this nation's and of this mode. */
  constructor(options: ExchangeOptions) {
    const { nation, mode, signer, ring, transport } = options;
    requireKey(signer, nation, mode);
    this.nation = nation;
    this.#o = options;
    this.#receiver = { node: nation, mode, ring, ...(options.codec ? { codec: options.codec } : {}) };
    this.#recalls = new Recalls(nation);
    this.#peers = new Map(NATIONS.filter((n) => n !== nation).map((n) => [n, newCounters()]));
    transport.onReceive((from, bytes, hold, history) => this.#receive(from, bytes, hold, history));
    transport.onGap((gap) => this.#gap(gap));
    this.keys = new KeyOffice(options);
    this.#outbox = new Outbox({
      ...options,
      keys: this.keys,
      dropped: (offer, code, detail) => this.#drop(offer, code, detail),
      sent: (ready) => this.#sent(ready),
    });
    this.#catchUp = new CatchUp({
      ...options,
      attempt: (offer) => this.#attempt(offer),
      again: (item, one, settled) => this.#outbox.again(item, one, settled),
      recalled: (id) => this.#recalls.isRecalled(id),
      closed: () => this.#closed,
    });
    if (options.canary) {
      this.#canaries = new CanaryRound({
        ...options,
        canary: options.canary,
        attempt: (offer) => this.#attempt(offer),
        closed: () => this.#closed,
      });
    }
    options.book.onEvent((agreement, event, entry) => {
      if (this.#closed) return;
      options.journal.write('agreement', agreementBody(options.book, agreement, event, entry));
      this.#decideHeldAgain();
      this.#catchUp.agreementsChanged();
    });
  }

  /** Counters of the exchange with another nation. */
  peer(nation: Nation): PeerCounters {
    return this.#peers.get(nation) ?? newCounters();
  }

  /** How the latest canaries to another nation fared; undefined without canaries. */
  canary(nation: Nation): CanaryHealth | undefined {
    return this.#canaries?.health(nation);
  }

  /** Items held for the handling delay of an agreement. */
  get held(): number {
    return this.#held.size;
  }

  /**
   * Offers an item to the other nations. Each gets what may be released to it, when it may; the journal has
   * every decision. BF_KEY_MODE if the item is of the other mode (W1).
   */
  share(unmarked: Item): void {
    const { journal, mode, marking, clock } = this.#o;
    const item = marking ? markOwn(unmarked, this.nation, marking) : unmarked;
    const { id } = item.label;
    if (item.label.mode !== mode) {
      journal.write('notSent', { ...about(item), to: null, reason: 'wrongMode' satisfies ReasonCode });
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected an item of mode ${mode}, found ${id} of mode ${item.label.mode}`,
      );
    }
    const newer = item.revision > (this.#revisions.get(id) ?? 0);
    if (newer) this.#revisions.set(id, item.revision);
    for (const to of this.#peers.keys()) {
      const offer = { item, to, offeredUs: clock.nowUs() };
      if (this.#recalls.isRecalled(id)) this.#drop(offer, 'withdrawn');
      else if (newer) this.#attempt(offer);
      else this.#drop(offer, 'revisionNotNewer');
    }
  }

  /**
   * What `work` offers is sealed when it is done: where there is much for one recipient, signed as one. For what a node
   * has ready in one step; nothing is ever kept waiting for more.
   */
  together(work: () => void): void {
    this.#outbox.together(work);
  }

  /**
   * Withdraws an own item from those who hold it. What still waits here is not sent; each holder drops what it has and
   * acknowledges. BF_USAGE if nobody holds it and nothing of it waits. The withdrawal, as it was given.
   */
  recall(id: string, why: string): Item {
    const { clock, journal } = this.#o;
    this.#outbox.sealReady();
    const nowUs = clock.nowUs();
    const revision = (this.#revisions.get(id) ?? 0) + 1;
    const offers = [...this.#held.keys(), ...(this.#again ?? [])];
    const waiting = offers.find((offer) => offer.item.label.id === id)?.item;
    const { item, holders } = this.#recalls.begin(id, revision, why, nowUs, waiting);
    this.#revisions.set(id, revision);
    journal.write('recall', { ...about(item), why, holders });
    for (const [offer, cancel] of [...this.#held]) {
      if (offer.item.label.id !== id) continue;
      cancel();
      this.#held.delete(offer);
      this.#drop(offer, 'withdrawn');
    }
    for (const to of holders) this.#attempt({ item, to, offeredUs: nowUs });
    return item;
  }

  /** Asks all other nations for what they gave this one since then (all of it: 0), under the agreements in force. */
  catchUp(sinceUs: number): void {
    for (const from of this.#peers.keys()) this.#catchUp.want(from, sinceUs);
  }

  /** Own items that others hold and that are not recalled. */
  given(): ReturnType<Recalls['standing']> {
    return this.#recalls.standing();
  }

  /** The recalls of own items: who holds them, who has acknowledged, who is late. */
  recalls(): RecallStatus[] {
    return this.#recalls.status(this.#o.clock.nowUs());
  }

  /**
   * Goes on after a crash with the journal's past. `work` works through the inputs again, in their order, handing this
   * exchange's own records to `takeAgain`; then what was on the way goes again, and what the journal has no outcome
   * for is done now.
   */
  goOn(records: readonly JournalRecord[], work: () => void): void {
    const past = readPast(records);
    this.#canaries?.goOnFrom(past.revisions);
    const offers: Offer[] = [];
    this.#again = offers;
    try {
      work();
    } finally {
      this.#again = undefined;
    }
    this.#outbox.goOn(past);
    this.#catchUp.goOn(records);
    this.together(() => {
      for (const offer of offers) {
        const { id } = offer.item.label;
        if (past.done.has(outcomeKey(id, offer.item.revision, offer.to))) continue;
        if (this.#recalls.isRecalled(id) && !offer.item.body.withdrawn) this.#drop(offer, 'withdrawn');
        else this.#attempt(offer);
      }
    });
  }

  /** One of this exchange's records of the past; others are passed over. */
  takeAgain({ kind, body, timeUs }: JournalRecord): void {
    if (kind === 'sent' && body.sealed) {
      const payload = readPayload(body.sealed as Envelope);
      if (!payload || isOfTheMoment(payload.item)) return;
      this.#recalls.given(payload.item, payload.to);
      this.peer(payload.to).sent++;
    } else if (kind === 'received') {
      const envelope = body.envelope as Envelope;
      const payload = readPayload(envelope);
      if (!payload) return;
      const hash = String(body.hash);
      this.#guard.admit(payload, hash);
      if (!isOfTheMoment(payload.item)) this.#taken(envelope, payload, hash, timeUs, body.history === true);
    }
  }

  /** Tells what is held or on the way as not sent, closes the transport, and signs and closes the journal. */
  close(): void {
    if (this.#closed) return;
    this.#outbox.sealReady();
    for (const [offer, cancel] of this.#held) {
      cancel();
      this.#drop(offer, 'runEnded');
    }
    this.#held.clear();
    this.#catchUp.close();
    this.#o.transport.close();
    this.#closed = true;
    this.#o.journal.close();
  }

  /** Decides now; sends now, or comes back when the handling is done and decides again. */
  #attempt(offer: Offer): void {
    const { clock, journal, onRelease } = this.#o;
    if (this.#again) {
      this.#again.push(offer);
      return;
    }
    const { item, to, offeredUs } = offer;
    const nowUs = clock.nowUs();
    const peer = this.peer(to);
    const { via, decision } = this.#route(offer, nowUs);
    const { agreement, delayS } = decision;
    journal.write('decision', decisionBody(item, to, via, decision));
    const counted = !isOfTheMoment(item);
    if (counted)
      onRelease?.({ item: item.label.id, revision: item.revision, kind: item.label.kind, to, via, decision });
    if (decision.decision === 'deny' || agreement === null) {
      if (counted) peer.denied++;
      return;
    }
    if (counted) {
      peer.agreement = agreement;
      peer.delayS = delayS;
    }
    const dueUs = offeredUs + Math.round(delayS * 1e6);
    if (dueUs >= item.expiresUs) this.#drop(offer, 'expiresBeforeRelease');
    else if (dueUs > nowUs) this.#hold(offer, dueUs);
    else this.#send(offer, via, decision, agreement);
  }

  #hold(offer: Offer, dueUs: number): void {
    const cancel = this.#o.clock.at(dueUs, () => {
      this.#held.delete(offer);
      this.#attempt(offer);
    });
    this.#held.set(offer, cancel);
  }

  /** After an event of an agreement: what is held may go sooner, later or no more. */
  #decideHeldAgain(): void {
    const held = [...this.#held];
    this.#held.clear();
    this.together(() => {
      for (const [offer, cancel] of held) {
        cancel();
        this.#attempt(offer);
      }
    });
  }

  /** A canary goes the way that it is to try; anything else the best there is. */
  #route({ item, to, under }: Offer, nowUs: number): Route {
    const { transport, book } = this.#o;
    if (under) {
      const { agreement, via } = under;
      const decision = book.decideUnder(agreement, item.label, this.nation, to, via && nationOf(via), nowUs);
      return { via, decision };
    }
    const neighbours = transport.links().map((l) => l.to);
    return bestRoute(item, this.nation, to, neighbours, book, nowUs);
  }

  /** Takes out what is not released; what is offered together is sealed together, anything else at once. */
  #send(offer: Offer, via: NodeId | null, decision: Decision, agreement: string): void {
    const name = `${offer.item.label.id}\n${offer.to}`;
    const item = applyReduction(offer.item, decision, this.#coarse.get(name));
    const contradiction = itemContradiction(item);
    if (contradiction) {
      this.#drop(offer, 'itemContradiction', contradiction);
      return;
    }
    if (decision.positionFloorM !== undefined) {
      this.#coarse.delete(name);
      this.#coarse.set(name, item);
      if (this.#coarse.size > COARSE_KEPT) this.#coarse.delete(this.#coarse.keys().next().value!);
    }
    this.#outbox.add({ offer, item, via, agreement, reduced: decision.decision === 'reduce' });
  }

  #sent({ offer, item, reduced }: Ready): void {
    if (isOfTheMoment(item)) return;
    this.#recalls.given(offer.item, offer.to);
    const peer = this.peer(offer.to);
    peer.sent++;
    if (reduced) peer.reduced++;
  }

  #drop(offer: Offer, code: ReasonCode, detail?: string): void {
    this.#o.journal.write('notSent', { ...about(offer.item), to: offer.to, reason: code, detail });
    if (!isOfTheMoment(offer.item)) this.peer(offer.to).dropped++;
  }

  #receive(link: NodeId, bytes: Uint8Array, hold: Hold, history: boolean): void {
    if (this.#closed || this.keys.take(link, bytes, hold)) return;
    const { clock, journal } = this.#o;
    const receivedUs = clock.nowUs();
    const opened = openEnvelope(bytes, this.#receiver, receivedUs);
    if (!opened.ok) {
      this.#refuse(link, bytes, opened.error.message, opened.hash);
      return;
    }
    const { payload, envelope, hash } = opened;
    const { item, from } = payload;
    if (link !== (payload.via ?? from)) {
      this.#refuse(link, bytes, `brokenProvenance: came over ${link}`, hash);
      return;
    }
    const admitted = this.#guard.admit(payload, hash);
    const peer = this.peer(nationOf(from));
    if (admitted === 'duplicate') {
      peer.duplicates++;
      journal.write('duplicate', { link, envelope: hash });
      return;
    }
    if (admitted === 'replay') {
      this.#refuse(link, bytes, 'replay: another envelope carried this revision', hash);
      return;
    }
    if (this.#recalls.isDropped(item)) {
      this.#refuse(link, bytes, 'withdrawn: the originator has withdrawn this item', hash);
      return;
    }
    const again = history ? { history } : {};
    journal.write('received', { ...about(item), from, link, hash, envelope, ...again });
    this.#taken(envelope, payload, hash, receivedUs, history);
  }

  /** What was received and journalled is acted on. */
  #taken(envelope: Envelope, payload: Payload, hash: string, receivedUs: number, history: boolean): void {
    const { journal, onItem } = this.#o;
    const { item, from } = payload;
    const peer = this.peer(nationOf(from));
    const { acknowledges, withdrawn } = item.body;
    if (acknowledges) {
      const fits = this.#recalls.acknowledged(nationOf(from), acknowledges, receivedUs);
      if (fits) journal.write('recallAcknowledged', { ...acknowledges, by: from });
      return;
    }
    if (withdrawn) {
      journal.write('withdrawn', { ...about(item), from });
      const answer = this.#recalls.drop({ item, receivedUs });
      this.#attempt({ item: answer, to: nationOf(from), offeredUs: receivedUs });
    }
    if (this.#catchUp.hear(payload)) {
      if (item.body.asks) this.keys.tellAgain();
      return;
    }
    if (isCanary(item)) {
      this.#canaries?.hear(nationOf(from), item, envelope.hops);
      return;
    }
    peer.delivered++;
    peer.lastReceivedUs = receivedUs;
    // How long ago it was given first says nothing of the way.
    if (!history) peer.latencyUs.push(receivedUs - item.madeUs);
    const path = [from, ...envelope.hops.map((h) => h.node)];
    const { agreement, pedigree } = payload;
    onItem({ item, from, path, agreement, pedigree, receivedUs, hash, history });
  }

  #refuse(link: NodeId, bytes: Uint8Array, why: string, hash?: string): void {
    this.#o.journal.write('refused', { link, why, envelope: hash ?? null, bytes: sha256(bytes) });
    // What is refused is of nobody yet; it is counted with the nation at the other end of the link.
    this.peer(nationOf(link)).refused++;
  }

  #gap(gap: Gap): void {
    if (this.#closed) return;
    const own = gap.from === this.nation;
    const { channel } = gap;
    const body = { ...gapBody(gap), ...(this.#o.resumable && channel !== undefined ? { channel } : {}) };
    this.#o.journal.write(own ? 'gap' : 'gapTold', body);
    if (own) this.peer(gap.flow).lost += gap.ids.length;
    this.#catchUp.gap(gap, this.#o.catchesUp === true);
    this.#o.onGap?.(gap);
  }
}

export function about(item: Item): { item: string; revision: number } {
  return { item: item.label.id, revision: item.revision };
}
