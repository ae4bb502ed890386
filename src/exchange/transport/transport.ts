/**
 * What carries envelopes from node to node. One interface, and one suite (`testing/transport-conformance.ts`) that each adapter
 * passes. A transport knows nothing of agreements: it carries bytes, tells what it could not carry, and asks
 * before each departure whether a parcel may still go.
 */
import type { Nation, NodeId } from '../../model/nation.ts';
import type { History } from './history.ts';

/** Highest first. What is only given again (`history`) never goes before, or takes room from, anything new. */
export const PRIORITIES = ['warning', 'estimate', 'track', 'history'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Parcel {
  /** Names the parcel in gaps; the same bytes have the same id, and a receiver takes an id once. */
  id: string;
  bytes: Uint8Array;
  /**
   * The nation it is for in the end. Each flow has a queue and a window of its own on every link, so what one
   * recipient gets, and when, never depends on what there is for another (non-interference).
   */
  flow: Nation;
  /** The agreement that it goes under: a network may keep each agreement's traffic apart. */
  channel?: string;
  priority: Priority;
  /** Under congestion a later parcel of the same key replaces one that still waits; null: every one counts. */
  key: string | null;
  /**
   * Asked at each departure, first or again: a parcel that waited may be withdrawn (no longer released) or
   * have expired. Absent: it may always go.
   */
  mayGo?: () => 'go' | 'withdrawn' | 'expired';
  /**
   * Called once when nothing more can become of it here: it was acknowledged, or a gap says that it was not
   * carried and who is to know of it does. Never called for what closing leaves behind.
   */
  onSettled?: () => void;
}

/**
 * Takes over the acknowledgement of what just arrived and returns the function that gives it. A relay
 * acknowledges when its own duty is done: what it held when it was killed, the sender still has.
 */
export type Hold = () => () => void;

export type Receive = (from: NodeId, bytes: Uint8Array, hold: Hold, history: boolean) => void;

/**
 * Why parcels did not arrive: the queue was full; a later one took their place; they expired or were withdrawn
 * while waiting; the link is not permitted any more; the transport was closed before they were acknowledged
 * (these may have arrived).
 */
export type GapReason = 'overflow' | 'superseded' | 'expired' | 'withdrawn' | 'notPermitted' | 'closed';

/** Reasons that the receiver is told of too. What was withdrawn it must not even know to have existed. */
export const TOLD_REASONS: readonly GapReason[] = ['overflow', 'superseded', 'expired'];

/** An explicit record of what was not carried. Told at the sender; for some reasons at the receiver too. */
export interface Gap {
  /** The neighbours between which it happened, or (told on by a relay) the last two of the way. */
  from: NodeId;
  to: NodeId;
  flow: Nation;
  channel?: string;
  timeUs: number;
  reason: GapReason;
  ids: string[];
  /** So many more were lost in this time: a neighbour that cannot be told for long is told how many, not each by its id. */
  more?: number;
  /** At the sender alone: copies, given again on request. What became of the first release of them it does not say. */
  history?: true;
  /** When the first and the last of them were handed over. */
  firstUs: number;
  lastUs: number;
}

/** What a relay tells on of a gap. */
export type GapTold = Pick<Gap, 'flow' | 'channel' | 'reason' | 'ids' | 'more'> &
  Partial<Pick<Gap, 'firstUs' | 'lastUs'>>;

export type LinkState = 'up' | 'down' | 'notPermitted';

export interface LinkStatus {
  to: NodeId;
  /** What the link can carry; one without a name carries all. */
  channels: readonly string[];
  state: LinkState;
  queued: number;
  /** Sent and not yet acknowledged. */
  unacknowledged: number;
  /** Known to have arrived: acknowledged by the other node, not only written to a socket. */
  acknowledged: number;
  lastAcknowledgedUs: number | null;
  /** From sending to the neighbour's first answer, of the latest frame. */
  roundTripUs: number | null;
}

export type SendResult =
  | { accepted: true }
  | { accepted: false; reason: 'noLink' | 'notPermitted' | 'closed' };

export interface Transport {
  readonly node: NodeId;
  /** What this node released is kept here for whoever asks later; beside the live path, and never in its way. */
  readonly history: History;
  /** Hands a parcel over for the neighbour `to`. Accepted means: it will arrive, or a gap will say that it did not. */
  send(to: NodeId, parcel: Parcel): SendResult;
  /**
   * Sends what is worth sending at this moment alone: neither queued nor repeated nor acknowledged, and lost without a
   * word. Only between a nation and the hub, whatever agreements are in force: so it may tell nothing of an item.
   */
  note(to: NodeId, bytes: Uint8Array): void;
  onNote(handler: (from: NodeId, bytes: Uint8Array) => void): void;
  /** So many more parcels of a flow may wait; 0 where there is no link. */
  room(to: NodeId, flow: Nation, channel?: string): number;
  /** Tells a neighbour of parcels of its flow that were lost before they came to this node. */
  tellGap(to: NodeId, gap: GapTold, onSettled?: () => void): void;
  /**
   * Called for each parcel that arrives, at least once, in any order; acknowledged when the handler returns,
   * unless the handler takes the acknowledgement over with `hold`. `history`: the neighbour sent it as history, given
   * again on request; nothing but that word of the neighbour says so.
   */
  onReceive(handler: Receive): void;
  onGap(handler: (gap: Gap, hold: Hold) => void): void;
  onStatus(handler: (to: NodeId, state: LinkState) => void): void;
  /** The links of this node, in order of their names. */
  links(): LinkStatus[];
  /** Stops; what is queued or not acknowledged is told as gaps of reason `closed`. */
  close(): void;
}
