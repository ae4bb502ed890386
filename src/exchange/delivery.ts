/** What the nodes of the exchange have in common: parcels, counters, markings. */
import type { Item, ItemKind } from '../model/item.ts';
import type { Nation, NodeId } from '../model/nation.ts';
import type { Pedigree } from '../model/track.ts';
import type { AgreementBook } from './book.ts';
import type { Decision } from './decide.ts';
import { type Envelope, type EnvelopeCodec, jsonCodec } from './envelope.ts';
import type { TimelineEvent } from './history.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Gap, Parcel, Priority } from './transport/transport.ts';

/** What a nation does for its own items before it offers them: its standing decision, and consents given in advance. */
export interface Marking {
  releasableTo: readonly Nation[];
  /** A standing readiness to approve onward release; an assumption of the exercise, and to be shown as one. */
  consents: readonly { to: Nation; until: string }[];
}

/** An item that is the nation's own alone, with the nation's marking; any other as it is. */
export function markOwn(item: Item, nation: Nation, marking: Marking): Item {
  if (item.label.originators.some((n) => n !== nation)) return item;
  const consents = marking.consents.map(({ to, until }) => ({ by: nation, to, until }));
  return { ...item, label: { ...item.label, releasableTo: [...marking.releasableTo], consents } };
}

/** An item as it came from a partner. */
export interface ReceivedItem {
  item: Item;
  from: NodeId;
  /** The nodes it came through, the sender first: reports over one path are not independent (W17). */
  path: NodeId[];
  agreement: string;
  pedigree: Pedigree;
  receivedUs: number;
  /** Names the envelope in the journals. */
  hash: string;
  /** Given again on request; how old it is, its own times say. */
  history: boolean;
}

/** An item that a nation offers another, held until it is sent or dropped. */
export interface Offer {
  item: Item;
  to: Nation;
  offeredUs: number;
  /** A canary tries this agreement on this route and no other. */
  under?: { agreement: string; via: NodeId | null };
}

/** A release decision as it was made for one recipient. */
export interface Release {
  item: string;
  revision: number;
  kind: ItemKind;
  to: Nation;
  via: NodeId | null;
  decision: Decision;
}

export interface PeerCounters {
  /** Envelopes handed to the transport for this nation. */
  sent: number;
  /** Of these, with elements taken out. */
  reduced: number;
  denied: number;
  /** Released, but expired before the handling was done, contradictory, or without a link. */
  dropped: number;
  /** New items from this nation. */
  delivered: number;
  /** Envelopes from this nation refused. */
  refused: number;
  duplicates: number;
  /** Envelopes for this nation that the transport gave up. */
  lost: number;
  /** From made at the origin to received here. */
  latencyUs: number[];
  lastReceivedUs: number | null;
  /** The agreement of the latest release to this nation, and its handling delay. */
  agreement: string | null;
  delayS: number;
}

export function newCounters(): PeerCounters {
  return {
    sent: 0,
    reduced: 0,
    denied: 0,
    dropped: 0,
    delivered: 0,
    refused: 0,
    duplicates: 0,
    lost: 0,
    latencyUs: [],
    lastReceivedUs: null,
    agreement: null,
    delayS: 0,
  };
}

const PRIORITY: Record<ItemKind, Priority> = {
  warning: 'warning',
  message: 'warning',
  launch: 'estimate',
  impact: 'estimate',
  assessment: 'estimate',
  track: 'track',
  tracklet: 'track',
  plot: 'track',
};
/**
 * Kinds whose later revision says all that the earlier said. A tracklet is an increment: each counts, and one
 * that was replaced would be information lost.
 */
const REPLACED_BY_LATER: readonly ItemKind[] = ['track', 'launch', 'impact'];

export function parcelOf(
  envelope: Envelope,
  hash: string,
  to: Nation,
  item: Item,
  agreement: string,
  mayGo: Parcel['mayGo'],
  onSettled?: () => void,
  codec: EnvelopeCodec = jsonCodec,
): Parcel {
  const { kind, id } = item.label;
  const key = REPLACED_BY_LATER.includes(kind) ? `${kind}\n${item.body.track ?? id}` : null;
  return {
    id: hash,
    bytes: codec.encode(envelope),
    flow: to,
    channel: agreement,
    priority: PRIORITY[kind],
    key,
    ...(mayGo ? { mayGo } : {}),
    ...(onSettled ? { onSettled } : {}),
  };
}

/** The reasons as the journal keeps them: `agreement:code`; `explain` gives the words. */
export function reasonCodes(decision: Decision): string[] {
  return decision.reasons.map((r) => (r.agreement === undefined ? r.code : `${r.agreement}:${r.code}`));
}

/** A nation's decision on an item for a recipient, as the journal keeps it. */
export function decisionBody(
  item: Item,
  to: Nation,
  via: NodeId | null,
  decision: Decision,
): Record<string, unknown> {
  const { agreement, reductions, positionFloorM, delayS } = decision;
  return {
    item: item.label.id,
    revision: item.revision,
    to,
    via,
    decision: decision.decision,
    agreement,
    reductions,
    positionFloorM,
    delayS,
    reasons: reasonCodes(decision),
  };
}

/** An event of an agreement as the journal keeps it: what happened, what stands after it, and the signed entry. */
export function agreementBody(
  book: AgreementBook,
  agreement: string,
  event: TimelineEvent,
  entry?: LedgerEntry,
): Record<string, unknown> {
  return {
    agreement,
    event: event.event,
    state: book.state(agreement, event.timeUs),
    epoch: book.epoch,
    lapsesUs: event.lapsesUs,
    entry,
  };
}

export function gapBody(gap: Gap): Record<string, unknown> {
  const { from, to, flow, reason, ids, more, history } = gap;
  return {
    from,
    to,
    flow,
    reason,
    envelopes: ids,
    ...(more === undefined ? {} : { more }),
    ...(history ? { history } : {}),
  };
}
