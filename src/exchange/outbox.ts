/**
 * The last step before the transport: items that are released and reduced are sealed and handed over. What a node has
 * ready in one step for one recipient and way is signed as one where it is much; nothing waits for more.
 */
import type { Clock } from '../model/clock.ts';
import type { Item } from '../model/item.ts';
import { type Nation, type NodeId, nationOf } from '../model/nation.ts';
import { batchesOf } from './batch.ts';
import type { AgreementBook } from './book.ts';
import { isOfTheMoment } from './catch-up.ts';
import { type Offer, parcelOf } from './delivery.ts';
import { type Envelope, type EnvelopeCodec, payloadHash, readPayload, sealTogether } from './envelope.ts';
import type { Journal } from './journal.ts';
import type { KeyOffice } from './key-office.ts';
import type { OnTheWay, Past } from './past.ts';
import type { ReasonCode } from './reasons.ts';
import type { GapReason, Parcel, SendResult, Transport } from './transport/transport.ts';

/** What is released and reduced, and only has to be sealed. */
export interface Ready {
  offer: Offer;
  item: Item;
  via: NodeId | null;
  agreement: string;
  reduced: boolean;
}

interface OutboxOptions {
  nation: Nation;
  clock: Clock;
  book: AgreementBook;
  keys: KeyOffice;
  transport: Transport;
  journal: Journal;
  codec?: EnvelopeCodec;
  /** The journal keeps what is on the way, and when nothing more can become of it. */
  resumable?: boolean;
  sent: (ready: Ready) => void;
  dropped: (offer: Offer, code: ReasonCode, detail: string) => void;
}

export class Outbox {
  readonly #o: OutboxOptions;
  readonly #ready: Ready[] = [];
  #together = 0;

  constructor(options: OutboxOptions) {
    this.#o = options;
  }

  add(ready: Ready): void {
    if (this.#together > 0) this.#ready.push(ready);
    else this.#seal([ready]);
  }

  together(work: () => void): void {
    this.#together++;
    try {
      work();
    } finally {
      if (--this.#together === 0) this.sealReady();
    }
  }

  /** Seals what is ready, by recipient and way; as one where the whole way releases it now. */
  sealReady(): void {
    const ways = new Map<string, Ready[]>();
    for (const ready of this.#ready.splice(0)) {
      if (!this.#wholeWayReleases(ready)) {
        this.#seal([ready]);
        continue;
      }
      const way = `${ready.offer.to} ${ready.via}`;
      const list = ways.get(way);
      if (list) list.push(ready);
      else ways.set(way, [ready]);
    }
    for (const list of ways.values()) for (const batch of batchesOf(list)) this.#seal(batch);
  }

  /** What the hub would refuse must not show in the batch of what it passes on, not even as a number. */
  #wholeWayReleases({ item, offer: { to }, via, agreement }: Ready): boolean {
    const { book, clock, nation } = this.#o;
    if (via !== 'HUB' || to === 'USA' || nation === 'USA') return true;
    return book.decideUnder(agreement, item.label, 'USA', to, null, clock.nowUs()).decision === 'allow';
  }

  #seal(batch: readonly Ready[]): void {
    const { keys, clock } = this.#o;
    const sentUs = clock.nowUs();
    const envelopes = sealTogether(
      batch.map(({ offer: { to, offeredUs }, item, via, agreement }) => ({
        item,
        dispatch: { to, via, agreement, offeredUs, sentUs },
      })),
      keys.signer,
    );
    for (const [i, ready] of batch.entries()) this.#handOver(ready, envelopes[i]);
  }

  /** After a crash: what was on the way goes again, and who may not have been told of a gap is told. */
  goOn({ onTheWay, untold }: Past): void {
    const { nation, transport, journal } = this.#o;
    for (const gap of untold) transport.tellGap(gap.to, gap, this.#settle(gap.flow, gap.ids));
    for (const one of onTheWay) {
      const item = readPayload(one.envelope)?.item;
      if (!item || this.#hand(item, one).result.accepted) continue;
      journal.write('gap', {
        from: nation,
        to: one.via ?? one.to,
        flow: one.to,
        reason: 'notPermitted' satisfies GapReason,
        envelopes: [one.hash],
      });
    }
  }

  /** Hands over once more what was sealed before; it goes after everything new. */
  again(item: Item, one: OnTheWay, settled: () => void): SendResult {
    return this.#hand(item, one, settled).result;
  }

  #handOver(ready: Ready, envelope: Envelope): void {
    const { journal, resumable, sent, dropped, transport, clock } = this.#o;
    const { offer, item, via, agreement } = ready;
    const { to } = offer;
    const hash = payloadHash(envelope);
    const { result, parcel } = this.#hand(item, { envelope, hash, to, via, agreement });
    if (!result.accepted) {
      dropped(offer, 'linkRefused', result.reason);
      return;
    }
    journal.write('sent', {
      item: item.label.id,
      revision: item.revision,
      to,
      via,
      agreement,
      envelope: hash,
      ...(resumable ? { sealed: envelope } : {}),
    });
    // For who comes late. Beside the live path: what is on its way does not wait for it.
    if (!isOfTheMoment(item))
      transport.history.keep(
        { channel: agreement, flow: to },
        { id: hash, atUs: clock.nowUs(), bytes: parcel.bytes },
      );
    sent(ready);
  }

  /** To the transport, which asks at each departure whether it may still go. */
  #hand(
    item: Item,
    { envelope, hash, to, via, agreement }: OnTheWay,
    again?: () => void,
  ): { result: SendResult; parcel: Parcel } {
    const { nation, transport, clock, book, codec, keys, resumable } = this.#o;
    const mayGo = (): 'go' | 'withdrawn' | 'expired' => {
      const nowUs = clock.nowUs();
      if (item.expiresUs <= nowUs) return 'expired';
      const now = book.decideUnder(agreement, item.label, nation, to, via && nationOf(via), nowUs);
      return now.decision === 'allow' ? 'go' : 'withdrawn';
    };
    // What is given again was settled before, or is on the way beside.
    const kept = again ?? (resumable ? this.#settle(to, [hash]) : undefined);
    const signed = keys.signed(envelope.keyId);
    const settled = (): void => {
      kept?.();
      signed();
    };
    const first = parcelOf(envelope, hash, to, item, agreement, mayGo, settled, codec);
    const parcel: Parcel = again ? { ...first, priority: 'history', key: null } : first;
    const result = transport.send(via ?? to, parcel);
    if (!result.accepted) signed();
    return { result, parcel };
  }

  /** Keeps that nothing more can become of envelopes here. */
  #settle(to: Nation, hashes: readonly string[]): () => void {
    return () => {
      const { journal } = this.#o;
      if (!journal.closed) for (const envelope of hashes) journal.write('settled', { envelope, to });
    };
  }
}
