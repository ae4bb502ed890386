/**
 * A transport over any network that carries frames between neighbours, however badly: what is common to all
 * adapters. An adapter gives `emit` and hands over what comes with `arrive`.
 */
import type { Random } from '../../earth/random.ts';
import type { Clock, Scheduler } from '../../model/clock.ts';
import type { Nation, NodeId } from '../../model/nation.ts';
import { Flow, type FlowLink } from './flow.ts';
import type { DataFrame, Frame, NoteFrame, ProbeFrame } from './frames.ts';
import type { History } from './history.ts';
import { Inbox } from './inbox.ts';
import type {
  Gap,
  GapTold,
  Hold,
  LinkState,
  LinkStatus,
  Parcel,
  Receive,
  SendResult,
  Transport,
} from './transport.ts';

export interface NeighbourSpec {
  to: NodeId;
  /** The channels of the link; one without a name carries all. */
  channels: readonly string[];
  /** The channel of notes; without it the link has none. */
  notes?: string;
}

export interface LinkedOptions {
  node: NodeId;
  neighbours: readonly NeighbourSpec[];
  /** Names this life of the node: greater after each restart. */
  epoch: number;
  /** The time that is told: of gaps and acknowledgements. */
  clock: Clock;
  /** The time that repetition and probes go by. */
  timers: Scheduler;
  random: Random;
  /** Parcels of one flow that may wait on a link. */
  capacity?: number;
  /** Parcels of one flow that may be on the way without an acknowledgement. */
  window?: number;
  /** Asks each neighbour this often, us, whether it answers; without it only the adapter tells of breaks. */
  probeUs?: number;
  /** Links count as up before the first answer. */
  upAtFirst: boolean;
  /** Whether the node may be joined to another now. */
  permitted: (to: NodeId) => boolean;
  emit: (to: NodeId, channel: string, frame: Frame) => void;
  history: History;
}

const CAPACITY = 1000;
const WINDOW = 256;
/** A link is down when so many probes' time passed without an answer. */
const SILENCE = 3.5;

/** One channel of a link: its flows and whether it is up. */
class Lane implements FlowLink {
  readonly #t: LinkedTransport;
  readonly #o: LinkedOptions;
  readonly to: NodeId;
  readonly channel: string;
  readonly #flows = new Map<Nation, Flow>();
  readonly #inboxes = new Map<Nation, Inbox>();
  #up: boolean;
  #theirEpoch = -1;
  #heardUs: number;
  #probe = 0;
  #probeSentUs = 0;
  counted = 0;
  lastAcknowledgedUs: number | null = null;
  roundTripUs: number | null = null;

  constructor(transport: LinkedTransport, options: LinkedOptions, to: NodeId, channel: string) {
    this.#t = transport;
    this.#o = options;
    this.to = to;
    this.channel = channel;
    this.#up = options.upAtFirst;
    this.#heardUs = options.timers.nowUs();
  }

  get from(): NodeId {
    return this.#o.node;
  }
  get epoch(): number {
    return this.#o.epoch;
  }
  get permitted(): boolean {
    return this.#o.permitted(this.to);
  }
  get up(): boolean {
    return this.#up && !this.#t.closed;
  }
  get window(): number {
    return this.#o.window ?? WINDOW;
  }
  get capacity(): number {
    return this.#o.capacity ?? CAPACITY;
  }
  get timers(): Scheduler {
    return this.#o.timers;
  }
  get random(): Random {
    return this.#o.random;
  }
  get queued(): number {
    return this.#sum((f) => f.queued);
  }
  get unacknowledged(): number {
    return this.#sum((f) => f.unacknowledged);
  }

  nowUs(): number {
    return this.#o.clock.nowUs();
  }

  emit(frame: DataFrame): void {
    this.#o.emit(this.to, this.channel, frame);
  }

  answered(roundTripUs: number | null): void {
    if (roundTripUs !== null) this.roundTripUs = roundTripUs;
  }

  acknowledged(): void {
    this.counted++;
    this.lastAcknowledgedUs = this.nowUs();
  }

  lost(gap: Gap): void {
    this.#t.hearGap(gap, () => () => {});
  }

  flow(nation: Nation): Flow {
    let flow = this.#flows.get(nation);
    if (!flow) {
      flow = new Flow(this, nation, this.channel);
      this.#flows.set(nation, flow);
    }
    return flow;
  }

  setUp(up: boolean): void {
    if (up === this.#up) return;
    const before = this.#t.stateOf(this.to);
    this.#up = up;
    this.#heardUs = this.timers.nowUs();
    const after = this.#t.stateOf(this.to);
    if (after !== before) this.#t.tellStatus(this.to, after);
    if (up) for (const flow of this.#flows.values()) flow.resume(false);
  }

  probe(): void {
    const { probeUs } = this.#o;
    if (probeUs === undefined) return;
    const nowUs = this.timers.nowUs();
    if (nowUs - this.#heardUs > SILENCE * probeUs) this.setUp(false);
    this.#probeSentUs = nowUs;
    if (!this.permitted) this.each((flow) => flow.abandon());
    else this.#o.emit(this.to, this.channel, { type: 'probe', number: ++this.#probe, by: this.epoch });
  }

  arrive(frame: Exclude<Frame, NoteFrame>): void {
    switch (frame.type) {
      case 'data':
        this.#inbox(frame.flow).take(frame, (hold) => {
          if ('gap' in frame.content) this.#t.hearGap(frame.content.gap, hold);
          else this.#t.take(this.to, frame.content.bytes, hold, frame.content.history === true);
        });
        break;
      case 'ack':
        this.#heard(frame.by);
        if (frame.epoch === this.epoch) this.#flows.get(frame.flow)?.acknowledge(frame);
        break;
      case 'probe':
        this.#o.emit(this.to, this.channel, { type: 'answer', number: frame.number, by: this.epoch });
        break;
      case 'answer':
        this.#answer(frame);
        break;
    }
  }

  each(act: (flow: Flow) => void): void {
    for (const flow of this.#flows.values()) act(flow);
  }

  #answer(frame: ProbeFrame): void {
    if (frame.number === this.#probe) this.roundTripUs = this.timers.nowUs() - this.#probeSentUs;
    this.#heard(frame.by);
  }

  /** The neighbour answered: the link is up both ways, and it may be that the neighbour began anew. */
  #heard(by: number): void {
    if (by < this.#theirEpoch) return;
    const anew = this.#theirEpoch >= 0 && by > this.#theirEpoch;
    this.#theirEpoch = by;
    this.#heardUs = this.timers.nowUs();
    if (anew) for (const flow of this.#flows.values()) flow.resume(true);
    if (this.#o.probeUs !== undefined) this.setUp(true);
  }

  #inbox(nation: Nation): Inbox {
    let inbox = this.#inboxes.get(nation);
    if (!inbox) {
      inbox = new Inbox(this.epoch, (ack) => {
        if (!this.#t.closed) this.#o.emit(this.to, this.channel, ack);
      });
      this.#inboxes.set(nation, inbox);
    }
    return inbox;
  }

  #sum(of: (flow: Flow) => number): number {
    let n = 0;
    for (const flow of this.#flows.values()) n += of(flow);
    return n;
  }
}

export class LinkedTransport implements Transport {
  readonly node: NodeId;
  readonly history: History;
  readonly #o: LinkedOptions;
  readonly #links = new Map<NodeId, Map<string, Lane>>();
  readonly #receive: Receive[] = [];
  readonly #gap: ((gap: Gap, hold: Hold) => void)[] = [];
  readonly #status: ((to: NodeId, state: LinkState) => void)[] = [];
  readonly #note: ((from: NodeId, bytes: Uint8Array) => void)[] = [];
  #closed = false;

  constructor(options: LinkedOptions) {
    this.node = options.node;
    this.history = options.history;
    this.#o = options;
    for (const { to, channels } of options.neighbours) {
      this.#links.set(to, new Map(channels.map((c) => [c, new Lane(this, options, to, c)])));
    }
    if (options.probeUs !== undefined) this.#probe(options.probeUs);
  }

  get closed(): boolean {
    return this.#closed;
  }

  send(to: NodeId, parcel: Parcel): SendResult {
    if (this.#closed) return { accepted: false, reason: 'closed' };
    const lane = this.#lane(to, parcel.channel);
    if (!lane) return { accepted: false, reason: 'noLink' };
    if (!lane.permitted) return { accepted: false, reason: 'notPermitted' };
    lane.flow(parcel.flow).offer(parcel);
    return { accepted: true };
  }

  note(to: NodeId, bytes: Uint8Array): void {
    const channel = this.#notesOf(to);
    if (!this.#closed && channel !== undefined) this.#o.emit(to, channel, { type: 'note', bytes });
  }

  onNote(handler: (from: NodeId, bytes: Uint8Array) => void): void {
    this.#note.push(handler);
  }

  room(to: NodeId, flow: Nation, channel?: string): number {
    return this.#closed ? 0 : (this.#lane(to, channel)?.flow(flow).room ?? 0);
  }

  tellGap(to: NodeId, gap: GapTold, onSettled?: () => void): void {
    const flow = this.#lane(to, gap.channel)?.flow(gap.flow);
    if (!flow) {
      onSettled?.();
      return;
    }
    flow.tell(gap, onSettled ? [onSettled] : []);
    flow.pump();
  }

  onReceive(handler: Receive): void {
    this.#receive.push(handler);
  }

  onGap(handler: (gap: Gap, hold: Hold) => void): void {
    this.#gap.push(handler);
  }

  onStatus(handler: (to: NodeId, state: LinkState) => void): void {
    this.#status.push(handler);
  }

  links(): LinkStatus[] {
    return [...this.#links]
      .map(([to, lanes]): LinkStatus => {
        const all = [...lanes.values()];
        const live = all.filter((l) => l.up && l.roundTripUs !== null);
        return {
          to,
          channels: [...lanes.keys()],
          state: this.stateOf(to),
          queued: all.reduce((n, l) => n + l.queued, 0),
          unacknowledged: all.reduce((n, l) => n + l.unacknowledged, 0),
          acknowledged: all.reduce((n, l) => n + l.counted, 0),
          lastAcknowledgedUs: latest(all.map((l) => l.lastAcknowledgedUs)),
          roundTripUs: (live[0] ?? all.find((l) => l.roundTripUs !== null))?.roundTripUs ?? null,
        };
      })
      .sort((a, b) => (a.to < b.to ? -1 : 1));
  }

  close(): void {
    if (this.#closed) return;
    this.#each((lane) => lane.each((flow) => flow.close()));
    this.#closed = true;
  }

  /** Ends without a word, as a process that is killed. */
  stop(): void {
    this.#closed = true;
    this.#each((lane) => lane.each((flow) => flow.stop()));
  }

  /** Up while any channel of the link is. */
  stateOf(to: NodeId): LinkState {
    if (!this.#o.permitted(to)) return 'notPermitted';
    const lanes = this.#links.get(to);
    return lanes && [...lanes.values()].some((l) => l.up) ? 'up' : 'down';
  }

  /** The adapter knows that a link broke or was mended. */
  setUp(to: NodeId, up: boolean): void {
    for (const lane of this.#links.get(to)?.values() ?? []) lane.setUp(up);
  }

  /** A frame came from a neighbour. */
  arrive(from: NodeId, channel: string, frame: Frame): void {
    if (this.#closed) return;
    if (frame.type !== 'note') this.#links.get(from)?.get(channel)?.arrive(frame);
    else if (this.#notesOf(from) === channel) for (const handler of this.#note) handler(from, frame.bytes);
  }

  take(from: NodeId, bytes: Uint8Array, hold: Hold, history: boolean): void {
    for (const handler of this.#receive) handler(from, bytes, hold, history);
  }

  hearGap(gap: Gap, hold: Hold): void {
    for (const handler of this.#gap) handler(gap, hold);
  }

  tellStatus(to: NodeId, state: LinkState): void {
    for (const handler of this.#status) handler(to, state);
  }

  #notesOf(to: NodeId): string | undefined {
    return this.#o.neighbours.find((n) => n.to === to)?.notes;
  }

  #lane(to: NodeId, channel: string | undefined): Lane | undefined {
    const lanes = this.#links.get(to);
    return lanes?.get('') ?? (channel === undefined ? undefined : lanes?.get(channel));
  }

  #each(act: (lane: Lane) => void): void {
    for (const lanes of this.#links.values()) for (const lane of lanes.values()) act(lane);
  }

  #probe(everyUs: number): void {
    const { timers } = this.#o;
    const step = (): void => {
      if (this.#closed) return;
      this.#each((lane) => lane.probe());
      timers.at(timers.nowUs() + everyUs, step);
    };
    timers.at(timers.nowUs(), step);
  }
}

function latest(times: (number | null)[]): number | null {
  return times.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}
