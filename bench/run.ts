/**
 * The default exercise from the reading of its scenario to its summary, in this process; and, without `--quick`, what of the
 * exercise is done in a second where sixty launches are in flight at once (all of it takes minutes).
 */
import { recordRun, startRecording } from '../src/exercise/record.ts';
import { prepareRun } from '../src/exercise/run.ts';
import { MemoryFiles } from '../src/exercise/run-files.ts';
import type { BenchContext, BenchRow } from './bench.ts';
import { calibrate } from './bench.ts';

/** After so long all sixty are in flight and seen by radars, s; then so much of the exercise is watched. */
const FULL_S = 120;
const WATCHED_S = 10;

export async function* bench(context: BenchContext): AsyncGenerator<BenchRow> {
  yield calibrate(context.nowMs);
  const start = context.nowMs();
  const options = prepareRun({ scenario: '2022-10-04-over-japan' });
  const prepared = context.nowMs();
  const { summary } = recordRun(options, context.progress);
  const done = context.nowMs();
  const simulatedS = (options.world.endUs - options.world.startUs) / 1e6;
  const row = (
    name: string,
    value: number,
    unit: string,
    better: 'higher' | 'lower',
    gate: number | null,
    goal: number | null,
  ) => ({ name, value, unit, better, gate, goal }) satisfies BenchRow;
  yield row('run: world (flight, sites, plots)', (prepared - start) / 1000, 's', 'lower', 3, 0.5);
  yield row('run: whole exercise', (done - start) / 1000, 's', 'lower', 30, 5);
  yield row('run: exercise seconds a second', simulatedS / ((done - prepared) / 1000), '', 'higher', 60, 300);
  yield row(
    'run: items shared a second',
    summary.exchange.delivered / ((done - prepared) / 1000),
    '1/s',
    'higher',
    null,
    null,
  );
  if (context.quick) return;
  const salvo = prepareRun({ scenario: 'salvo-60' });
  const { run } = startRecording(salvo, new MemoryFiles());
  const upTo = (seconds: number): number => {
    while (run.nowUs < run.startUs + seconds * 1e6) {
      run.advanceTo(run.nowUs + 1e6);
      context.progress((run.nowUs - run.startUs) / (FULL_S + WATCHED_S) / 1e6);
    }
    return context.nowMs();
  };
  const full = upTo(FULL_S);
  const tookS = (upTo(FULL_S + WATCHED_S) - full) / 1000;
  // Below one a page of it falls behind.
  yield row('run: sixty launches, exercise seconds a second', WATCHED_S / tookS, '', 'higher', null, 1);
}
