/**
 * The transport over NATS: core publish and subscribe, with the outbox, repetition and gaps of this project above
 * it, because core publish loses what a broken link does not take and says nothing. One connection for a node; one
 * subject for each agreement and direction, so that servers hold the agreements apart (docs/transport.md).
 */
import type { NatsConnection } from '@nats-io/nats-core';
import type { Random } from '../../earth/random.ts';
import type { Clock, Scheduler } from '../../model/clock.ts';
import { BeaconfireError } from '../../model/errors.ts';
import type { Mode, NodeId } from '../../model/nation.ts';
import { decodeFrame, encodeFrame } from './frames.ts';
import { HISTORY_LIMITS, type HistoryLimits, MemoryHistory, type StreamName } from './history.ts';
import { LinkedTransport, type NeighbourSpec } from './linked.ts';
import { inboxOf, NatsHistory } from './nats-history.ts';
import type { Transport } from './transport.ts';

export interface NatsTls {
  caFile: string;
  certFile: string;
  keyFile: string;
}

export interface NatsOptions {
  node: NodeId;
  mode: Mode;
  /** `host:port` of the node's own server. */
  server: string;
  /** The node's user: a JWT and its key, as a `.creds` file has them. */
  credentials?: string;
  tls?: NatsTls;
  /** Neighbours, each with the agreements that the link to it may carry. */
  neighbours: readonly NeighbourSpec[];
  /** Names this life of the node: greater after each restart; the time of its start will do. */
  epoch: number;
  clock: Clock;
  timers: Scheduler;
  random: Random;
  probeUs: number;
  capacity?: number;
  window?: number;
  permitted: (to: NodeId) => boolean;
  /**
   * Lets a frame with content or an acknowledgement leave: calls `go` when what it rests on is kept (a journal on the
   * disk). At once by default.
   */
  leave?: (go: () => void) => void;
  /** What is released is kept in JetStream, in these streams; without it in memory. */
  history?: {
    streams: readonly StreamName[];
    limits?: HistoryLimits;
    /** Calls `go` when what a parcel rests on is on the disk. At once by default. */
    commit?: (go: () => void) => void;
  };
  /** Called with what the connection goes through, for a log. */
  onConnection?: (what: string) => void;
}

export interface NatsLink {
  transport: Transport;
  /** Closes the connection to the server; the transport is closed by its user before. */
  disconnect(): Promise<void>;
  /** Breaks off without a word, as a process that is killed. */
  kill(): Promise<void>;
}

const RECONNECT_FIRST_MS = 100;
const RECONNECT_MOST_MS = 5000;

/**
 * How long to wait before a connection is tried again, `attempt` counting from 0: doubled up to a limit, and spread by a
 * quarter either way, so that nodes that lost a server together do not come back together.
 */
export function reconnectDelayMs(attempt: number, random: Random): number {
  const grown = Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(attempt, 10), RECONNECT_MOST_MS);
  return Math.round(grown * (0.75 + 0.5 * random.uniform()));
}

/**
 * Paces the attempts of the client, which asks before each turn of its loop and not before each attempt, and by itself tries
 * at once where the last attempt is long past: it is told to wait until an attempt is due, and then to make it.
 */
export class ReconnectPace {
  readonly #timers: Clock;
  readonly #random: Random;
  #attempts = 0;
  /** When the next attempt is due, us; undefined: none is planned yet. The first is due at once. */
  #dueUs: number | undefined;
  #lastUs: number;

  constructor(timers: Clock, random: Random) {
    this.#timers = timers;
    this.#random = random;
    this.#lastUs = timers.nowUs();
    this.#dueUs = this.#lastUs;
  }

  connected(): void {
    this.#attempts = 0;
  }

  /** What the client is to be told: it tries when so much has passed since its last attempt, ms. */
  sinceLastMs(): number {
    const nowUs = this.#timers.nowUs();
    this.#dueUs ??= nowUs + 1000 * reconnectDelayMs(this.#attempts++, this.#random);
    if (nowUs >= this.#dueUs) {
      this.#dueUs = undefined;
      this.#lastUs = nowUs;
      return 0;
    }
    return Math.ceil((this.#dueUs - this.#lastUs) / 1000) + 1;
  }
}

/** From node to node, under an agreement. */
export function subjectOf(mode: Mode, agreement: string, from: NodeId, to: NodeId): string {
  return `bf.${mode}.${agreement}.${from}.${to}`;
}

/** Connects to the node's server and waits for it if need be; the client is loaded only now. */
export async function connectNats(options: NatsOptions): Promise<NatsLink> {
  const { node, mode, neighbours, random, tls, timers } = options;
  const [{ connect }, { credsAuthenticator, headers }] = await loadClient();
  const pace = new ReconnectPace(timers, random);
  const connection: NatsConnection = await connect({
    servers: options.server,
    name: `beaconfire ${mode} ${node}`,
    ...(options.credentials === undefined
      ? {}
      : { authenticator: credsAuthenticator(new TextEncoder().encode(options.credentials)) }),
    ...(tls ? { tls: { caFile: tls.caFile, certFile: tls.certFile, keyFile: tls.keyFile } } : {}),
    inboxPrefix: inboxOf(node),
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    ignoreAuthErrorAbort: true,
    reconnectDelayHandler: () => pace.sinceLastMs(),
  });
  let connected = true;
  const { history } = options;
  const kept = history
    ? new NatsHistory(connection, {
        node,
        mode,
        clock: options.clock,
        timers,
        headers,
        streams: history.streams,
        limits: history.limits ?? HISTORY_LIMITS,
        commit: history.commit ?? ((go) => go()),
        onTrouble: (what) => options.onConnection?.(what),
      })
    : undefined;
  const linked = new LinkedTransport({
    ...options,
    history: kept ?? new MemoryHistory(options.clock),
    upAtFirst: false,
    emit(to, channel, frame) {
      const go = (): void => {
        // While disconnected the client would keep it and send it late; what matters is repeated from here.
        if (connected && !connection.isClosed())
          connection.publish(subjectOf(mode, channel, node, to), encodeFrame(frame));
      };
      if (options.leave && frame.type !== 'probe' && frame.type !== 'answer') options.leave(go);
      else go();
    },
  });
  for (const { to, channels, notes } of neighbours) {
    for (const channel of [...channels, ...(notes === undefined ? [] : [notes])]) {
      connection.subscribe(subjectOf(mode, channel, to, node), {
        callback: (error, message) => {
          if (error) options.onConnection?.(`${channel} from ${to}: ${error.message}`);
          const frame = error ? undefined : decodeFrame(message.data);
          if (frame) linked.arrive(to, channel, frame);
        },
      });
    }
  }
  const watch = async (): Promise<void> => {
    for await (const status of connection.status()) {
      options.onConnection?.(status.type);
      if (status.type === 'disconnect') {
        connected = false;
        for (const { to } of neighbours) linked.setUp(to, false);
      } else if (status.type === 'reconnect') {
        connected = true;
        pace.connected();
      }
    }
  };
  void watch();
  const close = async (): Promise<void> => {
    kept?.close();
    if (!connection.isClosed()) await connection.close();
  };
  return {
    transport: linked,
    disconnect: close,
    async kill() {
      linked.stop();
      await close();
    },
  };
}

async function loadClient(): Promise<
  [typeof import('@nats-io/transport-node'), typeof import('@nats-io/nats-core')]
> {
  try {
    return await Promise.all([import('@nats-io/transport-node'), import('@nats-io/nats-core')]);
  } catch (cause) {
    throw new BeaconfireError(
      'BF_USAGE',
      'expected the NATS client (optional packages @nats-io/transport-node and @nats-io/nats-core), found it not installed',
      {},
      { cause },
    );
  }
}
