/**
 * The tracker against truth and against theory: seeded Monte Carlo over all cores, every row with the gate that
 * must hold and the goal. `--out` gets accuracy.html with the plots. What each row means: docs/tracking.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STUDIES } from './accuracy-list.ts';
import { runStudies } from './accuracy-pool.ts';
import type { BenchContext, BenchRow } from './bench.ts';
import { type Chart, chartPage } from './chart.ts';

export async function* bench(context: BenchContext): AsyncGenerator<BenchRow> {
  const rows: BenchRow[] = [];
  const charts: Chart[] = [];
  for await (const { study, results } of runStudies(STUDIES, context.seed, context.quick, context.progress)) {
    if (results.length === 0) continue;
    charts.push(...(study.charts?.(results) ?? []));
    for (const row of study.rows(results)) {
      rows.push(row);
      yield row;
    }
  }
  if (context.outDir !== undefined)
    writeFileSync(
      join(context.outDir, 'accuracy.html'),
      chartPage('Accuracy of the tracker', charts, rows, context.seed, context.quick),
    );
}
