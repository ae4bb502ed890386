/**
 * At least 200 random faults on the links, hub and clocks of the exchange, on virtual time: what was injected, what
 * was lost, and how soon the pictures were equal again. `--out` gets faults.ndjson, one fault a line.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../src/earth/random.ts';
import { percentile } from '../src/exercise/summary.ts';
import type { BenchContext, BenchRow } from './bench.ts';
import {
  drawFaults,
  EQUAL_SIGMA,
  FAULT_KINDS,
  prepareWorkload,
  runTrial,
  type TrialResult,
} from './faults-campaign.ts';

const WANTED = 200;

export async function* bench(context: BenchContext): AsyncGenerator<BenchRow> {
  const wanted = context.quick ? 20 : WANTED;
  const workload = prepareWorkload('2022-10-04-over-japan');
  const durationS = (workload.endUs - workload.startUs) / 1e6;
  const random = seededRandom(context.seed);
  const trials: TrialResult[] = [];
  let injected = 0;
  for (let n = 1; injected < wanted; n++) {
    const result = runTrial(workload, drawFaults(random.fork(`trial ${n}`), durationS), context.seed + n);
    trials.push(result);
    injected += result.faults.length;
    context.progress(injected / wanted);
  }
  if (context.outDir !== undefined) {
    const lines = trials.flatMap((t, trial) =>
      t.faults.map((f) => JSON.stringify({ trial: trial + 1, ...f })),
    );
    writeFileSync(join(context.outDir, 'faults.ndjson'), `${lines.join('\n')}\n`);
  }
  const row = (
    name: string,
    value: number,
    unit: string,
    gate: number | null = null,
    better: BenchRow['better'] = 'lower',
  ): BenchRow => ({ name: `faults: ${name}`, value, unit, better, gate, goal: null });
  const sum = (of: (t: TrialResult) => number): number => trials.reduce((n, t) => n + of(t), 0);
  yield row('injected', injected, 'faults', wanted, 'higher');
  for (const kind of FAULT_KINDS) {
    const n = sum((t) => t.faults.filter((f) => f.kind === kind).length);
    yield row(`injected, ${kind}`, n, 'faults', null, 'higher');
  }
  yield row(
    'warnings due',
    sum((t) => t.warnings.due),
    '',
    null,
    'higher',
  );
  yield row(
    'warnings lost',
    sum((t) => t.warnings.lost),
    '',
    0,
  );
  yield row(
    'warnings doubled',
    sum((t) => t.warnings.doubled),
    '',
    0,
  );
  yield row(
    'tracklets and estimates due',
    sum((t) => t.items.due),
    '',
    null,
    'higher',
  );
  yield row(
    'tracklets and estimates told as a gap',
    sum((t) => t.items.toldAsGap),
    '',
  );
  yield row(
    'tracklets and estimates lost without a word',
    sum((t) => t.items.lost),
    '',
    0,
  );
  yield row(
    'tracklets and estimates doubled',
    sum((t) => t.items.doubled),
    '',
    0,
  );
  const healed = trials.flatMap((t) => t.equalAfterS);
  const times = healed.map((s) => s ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  yield row('healings looked at', healed.length, '', null, 'higher');
  yield row('pictures not equal 2 s after healing', healed.filter((s) => s === null).length, '', 0);
  yield row('pictures equal after healing, p50', percentile(times, 0.5) ?? 0, 's');
  yield row('pictures equal after healing, p99', percentile(times, 0.99) ?? 0, 's', 2);
  const worst = Math.max(...trials.map((t) => t.worstSigma));
  yield row('greatest distance from the undisturbed picture 2 s after healing', worst, 'sigma', EQUAL_SIGMA);
  yield row('journals that do not verify', trials.filter((t) => t.problems.length > 0).length, '', 0);
}
