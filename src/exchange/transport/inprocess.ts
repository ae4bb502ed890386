/** The transport within one process, on virtual time: links with a latency that can be broken and mended. */

import type { Scheduler } from '../../model/clock.ts';
import { BeaconfireError } from '../../model/errors.ts';
import type { Nation, NodeId } from '../../model/nation.ts';
import { ParcelQueue } from './queue.ts';
import {
  type Gap,
  type GapReason,
  type LinkState,
  type LinkStatus,
  type Parcel,
  PRIORITIES,
  type SendResult,
  TOLD_REASONS,
  type Transport,
} from './transport.ts';

export interface LinkSpec {
  between: readonly [NodeId, NodeId];
  latencyUs: number;
}

export interface InProcessOptions {
  links: readonly LinkSpec[];
  /** Parcels of one flow that may wait on a link, in each direction. */
  capacity?: number;
  /** Parcels of one flow that may be on the way without an acknowledgement, in each direction. */
  window?: number;
  /** Whether two nodes may be joined now. The link of KOR and JPN needs an agreement for the direct route. */
  permitted?: (a: NodeId, b: NodeId, nowUs: number) => boolean;
}

interface Frame {
  sequence: number;
  content: Parcel | Gap;
  sentUs: number;
}

/** One direction of a link: whether it is up, and the flows over it. */
class Lane {
  readonly network: InProcessNetwork;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly latencyUs: number;
  readonly #flows = new Map<Nation, Flow>();
  /** Counts breaks: a frame of an earlier one never arrives. */
  breaks = 0;
  up = true;
  acknowledged = 0;
  lastAcknowledgedUs: number | null = null;
  roundTripUs: number | null = null;

  constructor(network: InProcessNetwork, from: Endpoint, to: Endpoint, latencyUs: number) {
    this.network = network;
    this.from = from;
    this.to = to;
    this.latencyUs = latencyUs;
  }

  get permitted(): boolean {
    return this.network.permitted(this.from.node, this.to.node);
  }

  get state(): LinkState {
    return !this.permitted ? 'notPermitted' : this.up ? 'up' : 'down';
  }

  get status(): LinkStatus {
    const flows = [...this.#flows.values()];
    return {
      to: this.to.node,
      state: this.state,
      queued: flows.reduce((n, f) => n + f.queued, 0),
      unacknowledged: flows.reduce((n, f) => n + f.unacknowledged, 0),
      acknowledged: this.acknowledged,
      lastAcknowledgedUs: this.lastAcknowledgedUs,
      roundTripUs: this.roundTripUs,
    };
  }

  flow(nation: Nation): Flow {
    let flow = this.#flows.get(nation);
    if (!flow) {
      flow = new Flow(this, nation);
      this.#flows.set(nation, flow);
    }
    return flow;
  }

  setUp(up: boolean): void {
    if (up === this.up) return;
    this.up = up;
    this.breaks++;
    this.from.tellStatus(this.to.node, this.state);
    if (up) for (const flow of this.#flows.values()) flow.resume();
  }

  close(): void {
    this.breaks++;
    for (const flow of this.#flows.values()) flow.close();
  }
}

/** The parcels of one recipient over one direction of a link: queue, window of unacknowledged frames, gaps to tell. */
class Flow {
  readonly #lane: Lane;
  readonly #nation: Nation;
  readonly #queue: ParcelQueue;
  readonly #flying = new Map<number, Frame>();
  readonly #taken = new Set<number>();
  readonly #gaps = new Map<GapReason, string[]>();
  #sequence = 0;

  constructor(lane: Lane, nation: Nation) {
    this.#lane = lane;
    this.#nation = nation;
    this.#queue = new ParcelQueue(lane.network.capacity);
  }

  get queued(): number {
    return this.#queue.size;
  }

  get unacknowledged(): number {
    return this.#flying.size;
  }

  offer(parcel: Parcel): void {
    const loss = this.#queue.push(parcel);
    if (loss) this.#lose(loss.reason, [loss.lost.id]);
    this.pump();
  }

  /** A gap for the receiver; it goes before anything that waits. */
  tell(reason: GapReason, ids: readonly string[]): void {
    if (TOLD_REASONS.includes(reason)) this.#gaps.set(reason, [...(this.#gaps.get(reason) ?? []), ...ids]);
  }

  /** After a break: what was on the way may be lost, so it goes again, unless it may not go any more. */
  resume(): void {
    const again = [...this.#flying.values()].sort((a, b) => rank(a) - rank(b) || a.sequence - b.sequence);
    for (const frame of again) {
      if (this.#mayGo(frame.content)) this.#fly(frame);
      else this.#flying.delete(frame.sequence);
    }
    this.pump();
  }

  close(): void {
    const parcels = [...this.#flying.values()].map((f) => f.content).filter((c) => 'bytes' in c);
    const ids = [...parcels, ...this.#queue.drain()].map((p) => p.id);
    this.#flying.clear();
    if (ids.length > 0) this.#lose('closed', ids);
  }

  pump(): void {
    if (!this.#lane.permitted) {
      const ids = this.#queue.drain().map((p) => p.id);
      if (ids.length > 0) this.#lose('notPermitted', ids);
      return;
    }
    while (this.#lane.up && this.#flying.size < this.#lane.network.window) {
      const content = this.#nextGap() ?? this.#queue.shift();
      if (!content) return;
      if (!this.#mayGo(content)) continue;
      const frame = { sequence: ++this.#sequence, content, sentUs: 0 };
      this.#flying.set(frame.sequence, frame);
      this.#fly(frame);
    }
  }

  #mayGo(content: Parcel | Gap): boolean {
    const { permitted } = this.#lane;
    if (!('bytes' in content)) return permitted;
    const answer = permitted ? (content.mayGo?.() ?? 'go') : 'notPermitted';
    if (answer !== 'go') this.#lose(answer, [content.id]);
    return answer === 'go';
  }

  #fly(frame: Frame): void {
    const { network, from, to, latencyUs, breaks } = this.#lane;
    frame.sentUs = network.scheduler.nowUs();
    network.scheduler.at(frame.sentUs + latencyUs, () => {
      if (breaks !== this.#lane.breaks || to.closed) return;
      if (!this.#taken.has(frame.sequence)) {
        this.#taken.add(frame.sequence);
        if ('bytes' in frame.content) to.take(from.node, frame.content.bytes);
        else to.hearGap(frame.content);
      }
      // The acknowledgement leaves only now: the handler has returned, the receiver has it in its journal.
      network.scheduler.at(network.scheduler.nowUs() + latencyUs, () => {
        if (breaks === this.#lane.breaks) this.#acknowledge(frame);
      });
    });
  }

  #acknowledge(frame: Frame): void {
    if (!this.#flying.delete(frame.sequence)) return;
    this.#taken.delete(frame.sequence);
    const nowUs = this.#lane.network.scheduler.nowUs();
    if ('bytes' in frame.content) this.#lane.acknowledged++;
    this.#lane.lastAcknowledgedUs = nowUs;
    this.#lane.roundTripUs = nowUs - frame.sentUs;
    this.pump();
  }

  #lose(reason: GapReason, ids: string[]): void {
    this.#lane.from.hearGap(this.#gap(reason, ids));
    this.tell(reason, ids);
  }

  #nextGap(): Gap | undefined {
    for (const [reason, ids] of this.#gaps) {
      this.#gaps.delete(reason);
      return this.#gap(reason, ids);
    }
    return undefined;
  }

  #gap(reason: GapReason, ids: string[]): Gap {
    const { network, from, to } = this.#lane;
    return {
      from: from.node,
      to: to.node,
      flow: this.#nation,
      timeUs: network.scheduler.nowUs(),
      reason,
      ids,
    };
  }
}

function rank(frame: Frame): number {
  return 'bytes' in frame.content ? PRIORITIES.indexOf(frame.content.priority) : -1;
}

class Endpoint implements Transport {
  readonly node: NodeId;
  readonly lanes = new Map<NodeId, Lane>();
  closed = false;
  readonly #receive: ((from: NodeId, bytes: Uint8Array) => void)[] = [];
  readonly #gap: ((gap: Gap) => void)[] = [];
  readonly #status: ((to: NodeId, state: LinkState) => void)[] = [];

  constructor(node: NodeId) {
    this.node = node;
  }

  send(to: NodeId, parcel: Parcel): SendResult {
    const lane = this.lanes.get(to);
    if (this.closed) return { accepted: false, reason: 'closed' };
    if (!lane) return { accepted: false, reason: 'noLink' };
    if (!lane.permitted) return { accepted: false, reason: 'notPermitted' };
    lane.flow(parcel.flow).offer(parcel);
    return { accepted: true };
  }

  tellGap(to: NodeId, gap: Pick<Gap, 'flow' | 'reason' | 'ids'>): void {
    const flow = this.lanes.get(to)?.flow(gap.flow);
    flow?.tell(gap.reason, gap.ids);
    flow?.pump();
  }

  onReceive(handler: (from: NodeId, bytes: Uint8Array) => void): void {
    this.#receive.push(handler);
  }

  onGap(handler: (gap: Gap) => void): void {
    this.#gap.push(handler);
  }

  onStatus(handler: (to: NodeId, state: LinkState) => void): void {
    this.#status.push(handler);
  }

  links(): LinkStatus[] {
    return [...this.lanes.values()].map((l) => l.status).sort((a, b) => (a.to < b.to ? -1 : 1));
  }

  close(): void {
    if (this.closed) return;
    for (const lane of this.lanes.values()) lane.close();
    this.closed = true;
  }

  take(from: NodeId, bytes: Uint8Array): void {
    for (const handler of this.#receive) handler(from, bytes);
  }

  hearGap(gap: Gap): void {
    for (const handler of this.#gap) handler(gap);
  }

  tellStatus(to: NodeId, state: LinkState): void {
    for (const handler of this.#status) handler(to, state);
  }
}

export class InProcessNetwork {
  readonly scheduler: Scheduler;
  readonly capacity: number;
  readonly window: number;
  readonly #endpoints = new Map<NodeId, Endpoint>();
  readonly #permitted: NonNullable<InProcessOptions['permitted']>;

  constructor(scheduler: Scheduler, options: InProcessOptions) {
    this.scheduler = scheduler;
    this.capacity = options.capacity ?? 1000;
    this.window = options.window ?? 64;
    this.#permitted = options.permitted ?? (() => true);
    for (const { between, latencyUs } of options.links) {
      const [a, b] = between.map((n) => this.#endpoint(n));
      a.lanes.set(b.node, new Lane(this, a, b, latencyUs));
      b.lanes.set(a.node, new Lane(this, b, a, latencyUs));
    }
  }

  permitted(a: NodeId, b: NodeId): boolean {
    return this.#permitted(a, b, this.scheduler.nowUs());
  }

  transport(node: NodeId): Transport {
    return this.#endpoint(node);
  }

  /** Breaks or mends a link, both directions. What is on the way when it breaks is lost and goes again later. */
  setLink(a: NodeId, b: NodeId, up: boolean): void {
    const lanes = [this.#endpoints.get(a)?.lanes.get(b), this.#endpoints.get(b)?.lanes.get(a)];
    if (!lanes[0] || !lanes[1])
      throw new BeaconfireError('BF_INTERNAL', `expected a link of the network, found ${a}-${b}`);
    for (const lane of lanes) lane?.setUp(up);
  }

  #endpoint(node: NodeId): Endpoint {
    let endpoint = this.#endpoints.get(node);
    if (!endpoint) {
      endpoint = new Endpoint(node);
      this.#endpoints.set(node, endpoint);
    }
    return endpoint;
  }
}
