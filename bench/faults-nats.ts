/**
 * Random faults on four nodes as four processes with four NATS servers, in network namespaces where the machine allows
 * it: lines cut, programs and servers killed with SIGKILL and started again, frames late, lost, doubled and out of order,
 * wrong clocks. Prints what was injected, what was lost, and how soon all was well again. `--out` gets
 * faults-nats.ndjson, one fault a line. The faults are drawn by the seed; the instants at which they strike are the
 * machine's, so no two runs are alike.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Random, seededRandom } from '../src/earth/random.ts';
import { findNatsServer } from '../src/exchange/transport/nats-servers.ts';
import { percentile } from '../src/exercise/summary.ts';
import { type Account, FourProcesses, pause } from '../src/exercise/testing/four-processes.ts';
import { NATIONS, type Nation, NODE_IDS, type NodeId } from '../src/model/nation.ts';
import type { BenchContext, BenchRow } from './bench.ts';

const KINDS = ['cut', 'hubKilled', 'nodeKilled', 'serverKilled', 'slow', 'reordered', 'skew'] as const;
type Kind = (typeof KINDS)[number];

interface Fault {
  kind: Kind;
  /** The node, or for a line the nation whose line to the hub it is. */
  where: NodeId;
  /** Seconds of the exercise; of what is killed, until it is started again. */
  forS: number;
  /** Shares lost and doubled, delay in ms of the machine; the clock's error in s. */
  strength: number;
}

interface Healing extends Fault {
  trial: number;
  /** Ms of the machine until what waited had arrived, and until the pictures were equal; null: not within the limit. */
  arrivedMs: number | null;
  equalMs: number | null;
}

const SPEED = 4;
const FROM_S = 60;
/** The first fault strikes when all three nations have tracks, s of the exercise after its beginning. */
const FIRST_S = 50;
const TRIALS = 3;
const FAULTS_A_TRIAL = 5;
const HEALED_MS = 2000;
/** Looked at for so long, to tell how late. */
const LIMIT_MS = 10_000;

export async function* bench(context: BenchContext): AsyncGenerator<BenchRow> {
  if (findNatsServer() === undefined) {
    process.stderr.write('beaconfire: no program nats-server here: faults over NATS are not injected\n');
    return;
  }
  const trials = context.quick ? 1 : TRIALS;
  const separate = FourProcesses.separable();
  const random = seededRandom(context.seed);
  const healings: Healing[] = [];
  const accounts: Account[] = [];
  for (let trial = 1; trial <= trials; trial++) {
    const faults = drawFaults(random.fork(`trial ${trial}`), trial === 1, context.quick ? 2 : FAULTS_A_TRIAL);
    const done = await runTrial(trial, faults, separate, (healing) => {
      healings.push(healing);
      context.progress(healings.length / (trials * (faults.length || 1)));
    });
    accounts.push(done);
  }
  if (context.outDir !== undefined)
    writeFileSync(
      join(context.outDir, 'faults-nats.ndjson'),
      healings.map((h) => `${JSON.stringify(h)}\n`).join(''),
    );
  yield* rowsOf(healings, accounts, separate);
}

/** The first trial begins with what the exchange is asked to stand: a line cut for a minute, then the hub killed. */
function drawFaults(random: Random, first: boolean, count: number): Fault[] {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random.uniform() * of.length)];
  const between = (a: number, b: number): number => a + (b - a) * random.uniform();
  const faults: Fault[] = [
    { kind: 'skew', where: one(NODE_IDS), forS: 0, strength: Number(between(-2, 2).toFixed(3)) },
  ];
  if (first)
    faults.push(
      { kind: 'cut', where: 'KOR', forS: 60, strength: 1 },
      { kind: 'hubKilled', where: 'HUB', forS: 10, strength: 1 },
    );
  while (faults.length < count + 1) {
    const kind = one(KINDS.filter((k) => k !== 'skew'));
    const where = kind === 'hubKilled' ? 'HUB' : kind === 'nodeKilled' ? one(NODE_IDS) : one(NATIONS);
    const forS = Math.round(kind === 'cut' ? between(5, 60) : between(5, 30));
    faults.push({ kind, where, forS, strength: Number(between(0.1, 0.6).toFixed(2)) });
  }
  return faults;
}

async function runTrial(
  trial: number,
  faults: readonly Fault[],
  separate: boolean,
  told: (healing: Healing) => void,
): Promise<Account> {
  const skewUs: Partial<Record<NodeId, number>> = {};
  for (const { kind, where, strength } of faults)
    if (kind === 'skew') skewUs[where] = Math.round(strength * 1e6);
  const x = await FourProcesses.start({
    scenario: '2022-10-04-over-japan',
    fromS: FROM_S,
    speed: SPEED,
    separate,
    skewUs,
  });
  try {
    x.feed();
    await pause(Math.max(0, (x.startUs - x.nowUs()) / 1000 / SPEED) + (FIRST_S * 1000) / SPEED);
    for (const fault of faults) {
      if (fault.kind !== 'skew') await inject(x, fault);
      const arrivedMs = (await x.caughtUpWithin(LIMIT_MS)) ?? null;
      const left = LIMIT_MS - (arrivedMs ?? 0);
      const equal = await x.equalWithin(Math.max(0, left));
      const equalMs = equal === undefined ? null : equal + (arrivedMs ?? 0);
      told({ trial, ...fault, arrivedMs, equalMs });
    }
    x.stopFeeding();
    await x.drainedWithin(LIMIT_MS);
    return await x.end();
  } finally {
    await x.stop();
  }
}

/** Lets the fault stand for its time, and heals it. */
async function inject(x: FourProcesses, { kind, where, forS, strength }: Fault): Promise<void> {
  const { network } = x;
  const stand = (): Promise<void> => pause((forS * 1000) / SPEED);
  const kills: Record<Kind, { node: boolean; server: boolean }> = {
    hubKilled: { node: true, server: true },
    nodeKilled: { node: true, server: false },
    serverKilled: { node: false, server: true },
    cut: { node: false, server: false },
    slow: { node: false, server: false },
    reordered: { node: false, server: false },
    skew: { node: false, server: false },
  };
  const { node, server } = kills[kind];
  if (node || server) {
    await Promise.all([server ? network.servers.get(where)!.kill() : null, node ? x.killNode(where) : null]);
    await stand();
    if (server) await network.startServer(where);
    if (node) await x.startNode(where);
    return;
  }
  if (kind === 'cut') {
    network.setLine(where as Nation, 'HUB', false);
    await stand();
    network.setLine(where as Nation, 'HUB', true);
    return;
  }
  // Late by up to so much, and in the order that chance makes: at both ends of the line.
  const slow = kind === 'slow';
  const spec = slow
    ? { loss: 0, duplicates: 0, delayMs: 500 * strength, jitterMs: 0 }
    : { loss: strength / 4, duplicates: strength, delayMs: 0, jitterMs: 100 };
  for (const end of [where, 'HUB'] as const) x.mischief(end, spec);
  await stand();
  for (const end of [where, 'HUB'] as const) x.mischief(end, null);
}

function* rowsOf(
  healings: readonly Healing[],
  accounts: readonly Account[],
  separate: boolean,
): Generator<BenchRow> {
  const row = (
    name: string,
    value: number,
    unit = '',
    gate: number | null = null,
    better: BenchRow['better'] = 'lower',
  ): BenchRow => ({ name: `faults over NATS: ${name}`, value, unit, better, gate, goal: null });
  const sum = (of: (a: Account) => number): number => accounts.reduce((n, a) => n + of(a), 0);
  yield row('network namespaces', separate ? 4 : 0, '', null, 'higher');
  yield row('injected', healings.length, 'faults', null, 'higher');
  for (const kind of KINDS)
    yield row(`injected, ${kind}`, healings.filter((h) => h.kind === kind).length, 'faults', null, 'higher');
  const due = (a: Account): number => a.messages.due;
  yield row('warnings due', sum(due), '', null, 'higher');
  yield row(
    'warnings lost',
    sum((a) => a.messages.lost),
    '',
    0,
  );
  yield row(
    'warnings doubled',
    sum((a) => a.messages.doubled),
    '',
    0,
  );
  yield row(
    'tracklets and estimates received',
    sum((a) => a.items.received),
    '',
    null,
    'higher',
  );
  yield row(
    'tracklets and estimates doubled',
    sum((a) => a.items.doubled),
    '',
    0,
  );
  yield row(
    'plots lost or doubled',
    sum((a) => a.plots.lost + a.plots.doubled),
    '',
    0,
  );
  yield row(
    'journals gone on with after SIGKILL',
    sum((a) => a.resumed),
    '',
    null,
    'higher',
  );
  yield row(
    'what the journals do not agree on',
    sum((a) => a.report.problems.length),
    '',
    0,
  );
  const late = (ms: number | null): number => (ms === null ? Number.POSITIVE_INFINITY : ms / 1000);
  for (const [what, of] of [
    ['what waited had arrived', (h: Healing) => h.arrivedMs],
    ['pictures equal', (h: Healing) => h.equalMs],
  ] as const) {
    const times = healings.map((h) => late(of(h))).sort((a, b) => a - b);
    const over = times.filter((s) => s * 1000 > HEALED_MS).length;
    yield row(`${what} after healing, p50`, percentile(times, 0.5) ?? 0, 's');
    yield row(`${what} after healing, longest`, times.at(-1) ?? 0, 's');
    yield row(`${what} later than 2 s after healing`, over, 'healings', 0);
  }
}
