/** The default exercise from the reading of its scenario to its summary, in this process. */
import { recordRun } from '../src/exercise/record.ts';
import { prepareRun } from '../src/exercise/run.ts';
import type { BenchContext, BenchRow } from './bench.ts';
import { calibrate } from './bench.ts';

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
}
