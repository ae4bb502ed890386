/** For tests: four NATS servers on loopback from generated configuration, with lines between them that can be cut. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../earth/random.ts';
import type { Clock } from '../../model/clock.ts';
import { NODE_IDS, type NodeId } from '../../model/nation.ts';
import type { Agreement } from '../agreement.ts';
import type { HistoryLimits } from '../transport/history.ts';
import type { MachineClock } from '../transport/machine-clock.ts';
import { connectNats, type NatsLink } from '../transport/nats.ts';
import { generateNats, type ServerPlace } from '../transport/nats-config.ts';
import { channelsOf, historyStreams, LINKS, neighboursOf } from '../transport/nats-plan.ts';
import {
  NatsAuthority,
  type RunningServer,
  startNatsServer,
  tlsOf,
  writeNatsFiles,
} from '../transport/nats-servers.ts';
import type { LinkState, Transport } from '../transport/transport.ts';
import { Namespaces } from './namespaces.ts';

/** A TCP line that can be cut: what comes while it is cut goes nowhere, and nobody is told. */
class Line {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut = false;
  #delayMs = 0;
  readonly port: Promise<number>;

  constructor(to: () => { host: string; port: number }) {
    this.#server = createServer((from) => {
      const place = to();
      const on = new Socket();
      on.connect(place.port, place.host);
      from.setNoDelay(true);
      on.setNoDelay(true);
      for (const [a, b] of [
        [from, on],
        [on, from],
      ] as const) {
        this.#sockets.add(a);
        if (this.#cut) a.pause();
        a.on('data', (bytes) => {
          if (this.#delayMs > 0) setTimeout(() => b.write(bytes), this.#delayMs);
          else b.write(bytes);
        });
        a.on('error', () => b.destroy());
        a.on('close', () => {
          this.#sockets.delete(a);
          b.destroy();
        });
      }
    });
    this.port = new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as { port: number }).port));
    });
  }

  /** Cut, it stands still; mended, what stood still is lost with its connection and a new one is made. */
  setUp(up: boolean): void {
    this.#cut = !up;
    for (const s of [...this.#sockets]) {
      if (up) s.destroy();
      else s.pause();
    }
  }

  slow(delayMs: number): void {
    this.#delayMs = delayMs;
  }

  stop(): void {
    for (const s of this.#sockets) s.destroy();
    this.#server.close();
  }
}

export class NatsTestNetwork {
  readonly dir: string;
  readonly places: Record<NodeId, ServerPlace>;
  readonly servers = new Map<NodeId, RunningServer>();
  readonly #lines: Map<string, Line>;
  /** Where the network is made of namespaces. */
  readonly namespaces: Namespaces | undefined;
  readonly #authorities = new Map<NodeId, NatsAuthority>();
  #inForce: Set<string>;

  private constructor(
    dir: string,
    places: Record<NodeId, ServerPlace>,
    lines: Map<string, Line>,
    inForce: string[],
    namespaces?: Namespaces,
  ) {
    this.dir = dir;
    this.namespaces = namespaces;
    this.places = places;
    this.#lines = lines;
    this.#inForce = new Set(inForce);
  }

  static async start(
    agreements: readonly Pick<Agreement, 'id' | 'parties' | 'route'>[],
    inForce: string[],
  ): Promise<NatsTestNetwork> {
    const dir = mkdtempSync(join(tmpdir(), 'beaconfire-nats-'));
    const places = {} as Record<NodeId, ServerPlace>;
    for (const node of NODE_IDS) {
      places[node] = { host: '127.0.0.1', clientPort: await freePort(), leafPort: await freePort() };
    }
    const lines = new Map<string, Line>();
    const ports = new Map<string, number>();
    for (const [a, b] of LINKS) {
      // A nation dials the hub, JPN dials KOR.
      const [from, to] = b === 'HUB' ? [a, b] : [b, a];
      const line = new Line(() => ({ host: places[to].host, port: places[to].leafPort }));
      lines.set(key(a, b), line);
      ports.set(`${from} ${to}`, await line.port);
    }
    const network = new NatsTestNetwork(dir, places, lines, inForce);
    const files = await generateNats({
      mode: 'exercise',
      agreements,
      inForce,
      nowS: Date.now() / 1000,
      places,
      // Otherwise a server that reconnects learns the way around the line.
      advertise: '127.0.0.1:1',
      leafAddress: (from, to) => `127.0.0.1:${ports.get(`${from} ${to}`)}`,
    });
    writeNatsFiles(dir, files);
    for (const node of ['HUB', 'KOR', 'USA', 'JPN'] as const) await network.startServer(node);
    return network;
  }

  /** The same in four network namespaces with a wire for each link; only where `Namespaces.possible()`. */
  static async startInNamespaces(
    agreements: readonly Pick<Agreement, 'id' | 'parties' | 'route'>[],
    inForce: string[],
  ): Promise<NatsTestNetwork> {
    const dir = mkdtempSync(join(tmpdir(), 'beaconfire-nats-'));
    const namespaces = new Namespaces(LINKS.filter(([a, b]) => channelsOf(a, b, agreements).length > 0));
    const places = {} as Record<NodeId, ServerPlace>;
    for (const node of NODE_IDS)
      places[node] = { host: namespaces.address(node), clientPort: 4222, leafPort: 7422 };
    const network = new NatsTestNetwork(dir, places, new Map(), inForce, namespaces);
    try {
      const nowS = Date.now() / 1000;
      writeNatsFiles(dir, await generateNats({ mode: 'exercise', agreements, inForce, nowS, places }));
      for (const node of ['HUB', 'KOR', 'USA', 'JPN'] as const) await network.startServer(node);
    } catch (error) {
      await network.stop();
      throw error;
    }
    return network;
  }

  /** What goes before a command that is to run where a node is. */
  wrap(node: NodeId): string[] {
    return this.namespaces?.wrap(node) ?? [];
  }

  server(node: NodeId): string {
    const { host, clientPort } = this.places[node];
    return `${host}:${clientPort}`;
  }

  credentials(node: NodeId): string {
    return readFileSync(join(this.dir, node, 'node.creds'), 'utf8');
  }

  async startServer(node: NodeId): Promise<void> {
    this.servers.set(node, await startNatsServer(this.dir, node, this.places[node], this.wrap(node)));
  }

  setLine(a: NodeId, b: NodeId, up: boolean): void {
    if (this.namespaces) this.namespaces.setWire(a, b, up);
    else this.#lines.get(key(a, b))?.setUp(up);
  }

  slowLine(a: NodeId, b: NodeId, delayMs: number): void {
    this.#lines.get(key(a, b))?.slow(delayMs);
  }

  /** Puts an agreement in force, or out of force, at the given servers. */
  async setInForce(agreement: string, inForce: boolean, at: readonly NodeId[] = NODE_IDS): Promise<void> {
    if (inForce) this.#inForce.add(agreement);
    else this.#inForce.delete(agreement);
    for (const node of at) {
      let authority = this.#authorities.get(node);
      if (!authority) {
        authority = await NatsAuthority.connect(this.dir, node, this.server(node));
        this.#authorities.set(node, authority);
      }
      await authority.apply(agreement, this.#inForce, Date.now() / 1000);
    }
  }

  async stop(): Promise<void> {
    for (const authority of this.#authorities.values()) await authority.close().catch(() => {});
    for (const line of this.#lines.values()) line.stop();
    for (const server of this.servers.values()) await server.kill();
    this.namespaces?.remove();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export interface ConnectedNodes {
  transport(node: NodeId): Transport;
  stateOf(a: NodeId, b: NodeId): LinkState | undefined;
  /** Returns when every link that there is is up and has nothing on the way. */
  allUp(): Promise<void>;
  /** Breaks a node's connection off and makes a new one, for a new life. */
  restart(node: NodeId): Promise<void>;
  /** Breaks all connections off. */
  kill(): Promise<void>;
}

/** Connects each of the four nodes to its own server. */
export async function connectNodes(
  network: NatsTestNetwork,
  agreements: readonly Pick<Agreement, 'id' | 'parties' | 'route'>[],
  options: {
    clock: MachineClock;
    /** The time that is told, if it is not the machine's. */
    told?: Clock;
    /** Nodes that come later, by `restart`. */
    late?: readonly NodeId[];
    window?: number;
    probeUs: number;
    /** Names the nodes' lives, and seeds their back-off. */
    epoch?: number;
    capacity?: number;
    history?: HistoryLimits;
    permitted?: (from: NodeId, to: NodeId) => boolean;
  },
): Promise<ConnectedNodes> {
  const {
    clock,
    told = clock,
    late = [],
    probeUs,
    epoch = 1,
    window,
    capacity,
    permitted,
    history,
  } = options;
  const links = new Map<NodeId, NatsLink>();
  let lives = 0;
  const join = async (node: NodeId, life: number): Promise<void> => {
    const link = await connectNats({
      node,
      mode: 'exercise',
      server: network.server(node),
      credentials: network.credentials(node),
      tls: tlsOf(network.dir, node),
      neighbours: neighboursOf(node, agreements),
      epoch: life,
      clock: told,
      timers: clock,
      random: seededRandom(epoch).fork(node),
      probeUs,
      history: { streams: historyStreams(node, agreements), ...(history ? { limits: history } : {}) },
      ...(capacity === undefined ? {} : { capacity }),
      ...(window === undefined ? {} : { window }),
      permitted: (to) => permitted?.(node, to) ?? true,
    });
    links.set(node, link);
  };
  for (const node of NODE_IDS) if (!late.includes(node)) await join(node, epoch);
  const transport = (node: NodeId): Transport => links.get(node)!.transport;
  return {
    transport,
    stateOf: (a, b) =>
      transport(a)
        .links()
        .find((l) => l.to === b)?.state,
    allUp: () =>
      until('all links up', () =>
        NODE_IDS.every((n) =>
          transport(n)
            .links()
            .every((l) => l.state === 'up' && l.unacknowledged === 0),
        ),
      ),
    async restart(node) {
      await links.get(node)?.kill();
      lives++;
      await join(node, epoch + lives);
    },
    async kill() {
      for (const link of links.values()) await link.kill();
    },
  };
}

/** Waits until something holds; throws after 15 s. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`expected ${what} within 15 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function key(a: NodeId, b: NodeId): string {
  return [a, b].sort().join(' ');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
