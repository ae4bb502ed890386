/**
 * The transport within one process, on virtual time: links with a latency that can be broken and mended, and
 * that can be made to lose, repeat, delay and reorder what they carry.
 */
import { type Random, seededRandom } from '../../earth/random.ts';
import type { Clock, Scheduler } from '../../model/clock.ts';
import { BeaconfireError } from '../../model/errors.ts';
import type { NodeId } from '../../model/nation.ts';
import type { Frame } from './frames.ts';
import { type HistoryLimits, MemoryHistory } from './history.ts';
import { LinkedTransport } from './linked.ts';
import type { Transport } from './transport.ts';

export interface LinkSpec {
  between: readonly [NodeId, NodeId];
  latencyUs: number;
}

/** What a bad line does to each frame, by chance; in both directions. */
export interface LinkFaults {
  /** Share of frames that vanish; 1 is a cut that nobody tells of. */
  loss?: number;
  /** Share of frames that arrive twice. */
  duplicates?: number;
  /** Added to each frame's latency, us. */
  delayUs?: number;
  /** Up to this much more by chance, so that frames overtake each other, us. */
  jitterUs?: number;
}

export interface InProcessOptions {
  links: readonly LinkSpec[];
  /** Parcels of one flow that may wait on a link, in each direction. */
  capacity?: number;
  /** Parcels of one flow that may be on the way without an acknowledgement, in each direction. */
  window?: number;
  /** Whether two nodes may be joined now. The link of KOR and JPN needs an agreement for the direct route. */
  permitted?: (a: NodeId, b: NodeId, nowUs: number) => boolean;
  /** Each node asks its neighbours this often whether they answer, us; without it breaks are told by `setLink` alone. */
  probeUs?: number;
  history?: HistoryLimits;
  /** Chance: of faults and of back-off. */
  random?: Random;
  /** A node's own clock, if it is not the network's. */
  clockOf?: (node: NodeId) => Clock;
}

/** One direction of a link. */
interface Wire {
  to: NodeId;
  latencyUs: number;
  up: boolean;
  /** Counts breaks: a frame of an earlier one never arrives. */
  breaks: number;
  faults: LinkFaults | null;
  /** Drawn from for faults, so that those of one link shift nothing on another. */
  random: Random;
}

export class InProcessNetwork {
  readonly scheduler: Scheduler;
  readonly #options: InProcessOptions;
  readonly #random: Random;
  readonly #endpoints = new Map<NodeId, LinkedTransport>();
  /** Outlives a node's transport, as its disk would. */
  readonly #histories = new Map<NodeId, MemoryHistory>();
  readonly #epochs = new Map<NodeId, number>();
  readonly #wires = new Map<string, Wire>();

  constructor(scheduler: Scheduler, options: InProcessOptions) {
    this.scheduler = scheduler;
    this.#options = options;
    this.#random = options.random ?? seededRandom(0);
    for (const { between, latencyUs } of options.links) {
      for (const [from, to] of [between, [between[1], between[0]]] as const) {
        const random = this.#random.fork(`line ${from} ${to}`);
        this.#wires.set(`${from} ${to}`, { to, latencyUs, up: true, breaks: 0, faults: null, random });
      }
    }
    for (const node of new Set(options.links.flatMap((l) => l.between))) this.#start(node);
  }

  transport(node: NodeId): Transport {
    return this.#endpoints.get(node) ?? this.#start(node);
  }

  /** Breaks or mends a link, both directions; both ends are told. What is on the way is lost and goes again later. */
  setLink(a: NodeId, b: NodeId, up: boolean): void {
    for (const [from, wire] of this.#both(a, b)) {
      if (wire.up === up) continue;
      wire.up = up;
      wire.breaks++;
      this.#endpoints.get(from)?.setUp(wire.to, up);
    }
  }

  /** Makes a link bad, or with null good again; nobody is told. */
  setFaults(a: NodeId, b: NodeId, faults: LinkFaults | null): void {
    for (const [, wire] of this.#both(a, b)) wire.faults = faults;
  }

  /** Kills a node's transport without a word; what it had not settled its neighbours still have. */
  kill(node: NodeId): void {
    this.#endpoints.get(node)?.stop();
  }

  /** A transport for a node that begins anew. */
  restart(node: NodeId): Transport {
    this.kill(node);
    return this.#start(node);
  }

  #both(a: NodeId, b: NodeId): [NodeId, Wire][] {
    const there = this.#wires.get(`${a} ${b}`);
    const back = this.#wires.get(`${b} ${a}`);
    if (!there || !back)
      throw new BeaconfireError('BF_INTERNAL', `expected a link of the network, found ${a}-${b}`);
    return [
      [a, there],
      [b, back],
    ];
  }

  #start(node: NodeId): LinkedTransport {
    const { scheduler } = this;
    const { permitted, clockOf, capacity, window, probeUs, links } = this.#options;
    const epoch = (this.#epochs.get(node) ?? 0) + 1;
    this.#epochs.set(node, epoch);
    const neighbours = links.flatMap(({ between: [a, b] }) => (a === node ? [b] : b === node ? [a] : []));
    const clock = clockOf?.(node) ?? scheduler;
    const history = this.#histories.get(node) ?? new MemoryHistory(clock, this.#options.history);
    this.#histories.set(node, history);
    const transport = new LinkedTransport({
      node,
      history,
      neighbours: neighbours.map((to) => ({ to, channels: [''], notes: '' })),
      epoch,
      clock,
      timers: scheduler,
      random: this.#random.fork(`back-off ${node} ${epoch}`),
      ...(capacity === undefined ? {} : { capacity }),
      ...(window === undefined ? {} : { window }),
      ...(probeUs === undefined ? {} : { probeUs }),
      upAtFirst: true,
      permitted: (to) => permitted?.(node, to, scheduler.nowUs()) ?? true,
      emit: (to, channel, frame) => this.#carry(node, to, channel, frame),
    });
    this.#endpoints.set(node, transport);
    return transport;
  }

  #carry(from: NodeId, to: NodeId, channel: string, frame: Frame): void {
    const wire = this.#wires.get(`${from} ${to}`);
    if (!wire?.up) return;
    const { faults, random, breaks } = wire;
    if (faults?.loss && random.uniform() < faults.loss) return;
    const times = faults?.duplicates && random.uniform() < faults.duplicates ? 2 : 1;
    for (let i = 0; i < times; i++) {
      const jitterUs = faults?.jitterUs ? Math.round(random.uniform() * faults.jitterUs) : 0;
      const atUs = this.scheduler.nowUs() + wire.latencyUs + (faults?.delayUs ?? 0) + jitterUs;
      this.scheduler.at(atUs, () => {
        if (breaks === wire.breaks) this.#endpoints.get(to)?.arrive(from, channel, frame);
      });
    }
  }
}
