/**
 * A node as a process of its own: it reads its configuration, joins its NATS server, and takes the plots of its own
 * sensors as lines on standard input, until it is told to end. What it knows it says as lines on standard output.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Static, Type } from 'typebox';
import { seededRandom } from '../earth/random.ts';
import { type DurableSink, openDurable } from '../exchange/durable.ts';
import {
  AgreementBook,
  exerciseKeys,
  Hub,
  Journal,
  loadAgreements,
  shiftAgreements,
  type Transport,
} from '../exchange/index.ts';
import { MachineClock } from '../exchange/transport/machine-clock.ts';
import { connectNats } from '../exchange/transport/nats.ts';
import { neighboursOf } from '../exchange/transport/nats-plan.ts';
import type { Scheduler } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import { Level, Threat } from '../model/item.ts';
import { NATIONS, NODE_IDS, NodeId } from '../model/nation.ts';
import type { Plot } from '../model/plot.ts';
import { parseJson } from '../model/schema.ts';
import type { Sensor } from '../model/sensor.ts';
import { NationNode } from './node.ts';

const strict = { additionalProperties: false } as const;

export const ProcessConfig = Type.Object(
  {
    node: NodeId,
    /** A process of simulated data holds exercise keys alone. */
    mode: Type.Literal('exercise'),
    keySeed: Type.Integer(),
    nats: Type.Object(
      {
        server: Type.String(),
        credentialsFile: Type.String(),
        caFile: Type.String(),
        certFile: Type.String(),
        keyFile: Type.String(),
      },
      strict,
    ),
    /** The node's clock says `startUs` when the machine's says `atMs`; `skewUs` is the clock's error. */
    clock: Type.Object(
      { startUs: Type.Integer(), atMs: Type.Number(), speed: Type.Number(), skewUs: Type.Integer() },
      strict,
    ),
    agreements: Type.Object({ path: Type.String(), shiftUs: Type.Integer() }, strict),
    journalFile: Type.String(),
    threat: Threat,
    level: Level,
    sensors: Type.Array(Type.Unknown()),
    /** Neighbours are asked this often whether they answer, us of the machine's clock. */
    probeUs: Type.Integer({ minimum: 1000 }),
    tickUs: Type.Integer({ minimum: 1000 }),
  },
  strict,
);
export type ProcessConfig = Static<typeof ProcessConfig>;

/** A message of people is worth passing on this long, us. */
const MESSAGE_VALID_US = 3600e6;

/** What a process is told, one JSON object a line. */
export type ProcessInput =
  | { plot: Plot }
  | { message: string }
  | { agreement: string; event: 'suspended' | 'resumed' }
  | { report: number }
  | { end: true };

/** One track of a picture: where it was at its own time, and how sure. */
export interface ReportedTrack {
  members: string[];
  timeUs: number;
  state: number[];
  sigmaM: number;
}

/** What a process says, one JSON object a line. */
export type ProcessOutput =
  | { ready: true }
  | { connection: string }
  | {
      links: { to: string; state: string }[];
      picture: ReportedTrack[];
      received: number;
      lost: number;
      report: number;
    }
  | { ended: true };

/** Runs a node until it is told to end. */
export async function runProcess(
  config: ProcessConfig,
  input: NodeJS.ReadableStream,
  say: (line: ProcessOutput) => void,
): Promise<void> {
  const { node, mode, clock: c, nats } = config;
  const own = new MachineClock({ startUs: c.startUs + c.skewUs, atMs: c.atMs, speed: c.speed });
  const timers = new MachineClock();
  const agreements = shiftAgreements(loadAgreements(config.agreements.path), config.agreements.shiftUs);
  const book = new AgreementBook(agreements);
  const { signers, ring } = exerciseKeys(config.keySeed, NODE_IDS);
  const signer = signers.get(node)!;
  const link = await connectNats({
    node,
    mode,
    server: nats.server,
    credentials: readFileSync(nats.credentialsFile, 'utf8'),
    tls: { caFile: nats.caFile, certFile: nats.certFile, keyFile: nats.keyFile },
    neighbours: neighboursOf(node, agreements),
    epoch: Math.round(timers.nowUs()),
    clock: own,
    timers,
    random: seededRandom(config.keySeed).fork(`${node} back-off`),
    probeUs: config.probeUs,
    capacity: 5000,
    permitted: (to) => book.linkAllowed(node, to, own.nowUs()),
    onConnection: (connection) => say({ connection }),
  });
  const { sink, text, torn } = openDurable(config.journalFile);
  const journal = Journal.resume({ clock: own, sink, signer, ring, text, torn });
  const transport = acknowledgedWhenSynced(link.transport, sink);
  const common = { mode, clock: own as Scheduler, book, signer, ring, transport, journal };
  const part = node === 'HUB' ? hubPart(common) : nationPart(node, config, common);
  say({ ready: true });
  for await (const line of createInterface({ input })) {
    const message = JSON.parse(line) as ProcessInput;
    if ('plot' in message) part.plot(message.plot);
    else if ('message' in message) part.message(message.message);
    else if ('agreement' in message)
      book.append(message.agreement, { timeUs: own.nowUs(), event: message.event });
    else if ('report' in message) {
      const links = link.transport.links().map(({ to, state }) => ({ to, state }));
      say({ links, ...part.report(), report: message.report });
    } else break;
  }
  part.close();
  await link.disconnect();
  own.stop();
  timers.stop();
  say({ ended: true });
}

/** The transport, but what arrives is acknowledged only when the journal has it on the disk; one sync serves many. */
function acknowledgedWhenSynced(transport: Transport, sink: DurableSink): Transport {
  let waiting: (() => void)[] = [];
  const afterSync = (acknowledge: () => void): void => {
    if (waiting.push(acknowledge) > 1) return;
    setImmediate(() => {
      const all = waiting;
      waiting = [];
      sink.sync();
      for (const give of all) give();
    });
  };
  return {
    node: transport.node,
    send: (to, parcel) => transport.send(to, parcel),
    tellGap: (to, gap, onSettled) => transport.tellGap(to, gap, onSettled),
    onGap: (handler) => transport.onGap(handler),
    onStatus: (handler) => transport.onStatus(handler),
    links: () => transport.links(),
    close: () => transport.close(),
    onReceive: (handler) =>
      transport.onReceive((from, bytes, hold) => {
        const acknowledge = hold();
        let held = false;
        handler(from, bytes, () => {
          held = true;
          return () => afterSync(acknowledge);
        });
        if (!held) afterSync(acknowledge);
      }),
  };
}

interface Part {
  plot(plot: Plot): void;
  /** Shares a message of people with the other nations. */
  message(text: string): void;
  report(): { picture: ReportedTrack[]; received: number; lost: number };
  close(): void;
}

type Common = ConstructorParameters<typeof Hub>[0];

function hubPart(common: Common): Part {
  const hub = new Hub({ ...common, soon: (flush) => void setImmediate(flush) });
  return {
    plot() {},
    message() {},
    report: () => ({ picture: [], received: hub.counters.received, lost: hub.counters.lost }),
    close: () => hub.close(),
  };
}

function nationPart(nation: Exclude<NodeId, 'HUB'>, config: ProcessConfig, common: Common): Part {
  const others = NATIONS.filter((n) => n !== nation);
  let closed = false;
  let messages = 0;
  const node = new NationNode({
    ...common,
    nation,
    sensors: config.sensors as Sensor[],
    sites: [],
    marking: { releasableTo: others, consents: others.map((to) => ({ to, until: '2100-01-01T00:00:00Z' })) },
    threat: config.threat,
    level: config.level,
  });
  const { clock } = common;
  const tick = (): void => {
    if (closed) return;
    node.tick();
    clock.at(clock.nowUs() + config.tickUs, tick);
  };
  clock.at(clock.nowUs() + config.tickUs, tick);
  return {
    plot: (plot) => node.plot(plot),
    message(text) {
      const nowUs = clock.nowUs();
      node.exchange.share({
        label: {
          id: `${nation}-message-${++messages}`,
          kind: 'message',
          mode: config.mode,
          originators: [nation],
          threat: config.threat,
          level: config.level,
          releasableTo: others,
          elements: ['impactPoint'],
          consents: [],
        },
        revision: 1,
        sourceType: 'human',
        observedUs: nowUs,
        madeUs: nowUs,
        expiresUs: nowUs + MESSAGE_VALID_US,
        body: { text },
      });
    },
    report: () => ({
      picture: node.pictureOf.tracks().map((t) => {
        const c = t.fused.covariance;
        return {
          members: [...t.members].sort(),
          timeUs: t.fused.timeUs,
          state: [...t.fused.state],
          sigmaM: Math.sqrt(c[0] + c[6] + c[11]),
        };
      }),
      received: others.reduce((n, o) => n + node.exchange.peer(o).delivered, 0),
      lost: others.reduce((n, o) => n + node.exchange.peer(o).lost, 0),
    }),
    close() {
      closed = true;
      node.close();
    },
  };
}

/** The configuration of a process from its file. */
export function readProcessConfig(file: string): ProcessConfig {
  try {
    return parseJson(ProcessConfig, readFileSync(file, 'utf8'), { file });
  } catch (cause) {
    if (cause instanceof BeaconfireError) throw cause;
    throw new BeaconfireError(
      'BF_FILE',
      `expected a readable file, found: ${(cause as Error).message}`,
      { file },
      { cause },
    );
  }
}
