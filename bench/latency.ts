/**
 * From a plot's track update in one nation to the partner's node, through decision, sealing, transport, hub and
 * verification, on the machine's clock: 1,000 tracks, each with a report a second, KOR to JPN.
 */
import {
  AgreementBook,
  Exchange,
  exerciseKeys,
  Hub,
  Journal,
  loadAgreements,
  loadTerms,
} from '../src/exchange/index.ts';
import { connectNodes, NatsTestNetwork } from '../src/exchange/testing/nats-network.ts';
import { InProcessNetwork } from '../src/exchange/transport/inprocess.ts';
import { MachineClock } from '../src/exchange/transport/machine-clock.ts';
import { findNatsServer } from '../src/exchange/transport/nats-servers.ts';
import type { Transport } from '../src/exchange/transport/transport.ts';
import { percentile } from '../src/exercise/summary.ts';
import type { Item } from '../src/model/item.ts';
import { NODE_IDS, type NodeId } from '../src/model/nation.ts';
import { type BenchContext, type BenchRow, calibrate } from './bench.ts';

const TRACKS = 1000;
const BATCHES_A_SECOND = 50;

export async function* bench(context: BenchContext): AsyncGenerator<BenchRow> {
  yield calibrate(context.nowMs);
  const seconds = context.quick ? 3 : 10;
  const embedded = await measureEmbedded(seconds);
  yield* rows('embedded', embedded);
  context.progress(0.5);
  if (findNatsServer() === undefined) {
    process.stderr.write('beaconfire: no program nats-server here: latency over NATS is not measured\n');
    return;
  }
  yield* rows('over four NATS servers, mutual TLS', await measureNats(seconds));
}

function* rows(where: string, { sent, latenciesMs }: Measured): Generator<BenchRow> {
  const sorted = [...latenciesMs].sort((a, b) => a - b);
  const row = (
    name: string,
    value: number,
    unit: string,
    gate: number | null,
    goal: number | null,
  ): BenchRow => ({
    name: `latency, ${where}: ${name}`,
    value,
    unit,
    better: 'lower',
    gate,
    goal,
  });
  yield row('p50', percentile(sorted, 0.5) ?? Number.POSITIVE_INFINITY, 'ms', 1000, 50);
  yield row('p99', percentile(sorted, 0.99) ?? Number.POSITIVE_INFINITY, 'ms', 2000, 200);
  yield row(`not arrived of ${sent}`, sent - sorted.length, 'items', 0, null);
}

interface Measured {
  sent: number;
  latenciesMs: number[];
}

const FOLDER = new URL('../agreements', import.meta.url).pathname;
const agreementsNow = () => loadAgreements(FOLDER).filter((a) => a.id === 'mechanism-2023');

async function measureEmbedded(seconds: number): Promise<Measured> {
  const clock = new MachineClock();
  const network = new InProcessNetwork(clock, {
    links: [
      { between: ['KOR', 'HUB'], latencyUs: 0 },
      { between: ['JPN', 'HUB'], latencyUs: 0 },
      { between: ['USA', 'HUB'], latencyUs: 0 },
    ],
  });
  try {
    return await measure(clock, (node) => network.transport(node), seconds);
  } finally {
    clock.stop();
  }
}

async function measureNats(seconds: number): Promise<Measured> {
  const agreements = agreementsNow();
  const network = await NatsTestNetwork.start(
    agreements,
    agreements.map((a) => a.id),
  );
  const clock = new MachineClock();
  try {
    const nodes = await connectNodes(network, agreements, { clock, probeUs: 250_000 });
    try {
      await nodes.allUp();
      return await measure(clock, nodes.transport, seconds);
    } finally {
      await nodes.kill();
    }
  } finally {
    clock.stop();
    await network.stop();
  }
}

async function measure(
  clock: MachineClock,
  transport: (node: NodeId) => Transport,
  seconds: number,
): Promise<Measured> {
  const { signers, ring } = exerciseKeys(1, NODE_IDS);
  const agreements = agreementsNow();
  // As in a node's process the written terms are asked too, and are there before the first release.
  const terms = loadTerms(FOLDER);
  terms?.prepare();
  const latenciesMs: number[] = [];
  const common = (node: NodeId) => ({
    mode: 'exercise' as const,
    clock,
    book: new AgreementBook(agreements, terms),
    ring,
    signer: signers.get(node)!,
    journal: new Journal({ clock, signer: signers.get(node)!, sink: { append() {}, close() {} } }),
    transport: transport(node),
  });
  // As a node's process does: what has come together goes on together, and so does what is offered in one step.
  const hub = new Hub({ ...common('HUB'), soon: (flush) => void setImmediate(flush) });
  const kor = new Exchange({ ...common('KOR'), nation: 'KOR', onItem() {} });
  const jpn = new Exchange({
    ...common('JPN'),
    nation: 'JPN',
    onItem: ({ item }) => latenciesMs.push((clock.nowUs() - item.observedUs) / 1000),
  });
  let sent = 0;
  const startMs = performance.now();
  const batches = seconds * BATCHES_A_SECOND;
  for (let batch = 0; batch < batches; batch++) {
    await pause(startMs + (batch * 1000) / BATCHES_A_SECOND - performance.now());
    kor.together(() => {
      for (let i = 0; i < TRACKS / BATCHES_A_SECOND; i++) {
        const track = (batch % BATCHES_A_SECOND) * (TRACKS / BATCHES_A_SECOND) + i;
        kor.share(report(track, Math.floor(batch / BATCHES_A_SECOND) + 1, clock.nowUs()));
        sent++;
      }
    });
  }
  for (let i = 0; i < 200 && latenciesMs.length < sent; i++) await pause(25);
  kor.close();
  jpn.close();
  hub.close();
  return { sent, latenciesMs };
}

/** A track's report as a node shares it, at the moment that its plot was taken in. */
function report(track: number, revision: number, nowUs: number): Item {
  const name = `KOR-${track}`;
  return {
    label: {
      id: `${name}:tracklet`,
      kind: 'tracklet',
      mode: 'exercise',
      originators: ['KOR'],
      threat: 'DPRK',
      level: 'secret',
      releasableTo: ['JPN'],
      elements: ['trajectory'],
      consents: [],
    },
    revision,
    sourceType: 'radar',
    observedUs: nowUs,
    madeUs: nowUs,
    expiresUs: nowUs + 600e6,
    body: {
      track: name,
      tracklet: {
        node: 'KOR',
        track: name,
        sequence: revision,
        timeUs: nowUs,
        sinceUs: nowUs - 1_000_000,
        vector: [1, 2, 3, 4, 5, 6],
        matrix: Array.from({ length: 21 }, (_, i) => i / 7),
        phase: 'coast',
        plots: revision,
        pedigree: { 'KOR/*': nowUs },
      },
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
