/** Seeded flights through the warning desks: lead times, false and missed areas, at several thresholds, with a plot. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../src/earth/random.ts';
import type { IssuedWarning } from '../src/warning/index.ts';
import { neighboursOf } from '../src/warning/regions.ts';
import type { BenchContext, BenchRow } from './bench.ts';
import { configOf, type SeededFlight, seededFlight, warnAll } from './warning-model.ts';
import { warningPage } from './warning-page.ts';
import { LEADS_S, type Score, share } from './warning-score.ts';

/** Factors on the thresholds of the nations' rules. */
export const SCALES = [0.2, 1, 5] as const;
/** From the alert to the receivers, s: more than the slowest channel of the exercise takes. */
const DELIVERY_S = 2;

/** The scores of `count` flights at each scale; the flights of a seed are the same for all scales and counts. */
export function scoreFlights(
  seed: number,
  count: number,
  scales: readonly number[],
  onFlight: (done: number) => void = () => {},
): Score[] {
  const scores = scales.map(
    (scale): Score => ({
      scale,
      flights: 0,
      leads: [],
      affected: 0,
      missed: 0,
      alerted: 0,
      falseAreas: 0,
      farFalseAreas: 0,
      harmless: 0,
      falseFlights: 0,
    }),
  );
  const random = seededRandom(seed);
  for (let i = 0; i < count; i++) {
    const flight = seededFlight(random.fork(`flight ${i}`));
    const told = warnAll(
      flight,
      scales.flatMap((scale) => NATIONS.map((nation) => configOf(nation, scale))),
      random.fork(`track ${i}`),
    );
    scores.forEach((score, k) => {
      addFlight(score, flight, { JPN: told[2 * k], KOR: told[2 * k + 1] });
    });
    onFlight(i + 1);
  }
  return scores;
}

const NATIONS = ['JPN', 'KOR'] as const;

function addFlight(score: Score, seeded: SeededFlight, told: Record<'JPN' | 'KOR', IssuedWarning[]>): void {
  score.flights++;
  let named = 0;
  for (const nation of NATIONS) {
    const affected = seeded.affected[nation];
    const issued = told[nation];
    const first = new Map<string, number>();
    const direct = new Set<string>();
    for (const { warning } of issued) {
      if (warning.messageType === 'cancel') continue;
      for (const area of warning.areas) {
        if (!first.has(area.code)) first.set(area.code, warning.sentUs / 1e6);
        if (!area.neighbour) direct.add(area.code);
      }
    }
    named += direct.size;
    for (const { code, atS } of affected) {
      const sentS = first.get(code);
      const lead = sentS === undefined ? Number.NEGATIVE_INFINITY : atS - sentS - DELIVERY_S;
      score.affected++;
      score.leads.push(lead);
      if (lead < 0) score.missed++;
    }
    score.alerted += direct.size;
    for (const code of direct) {
      if (affected.some((a) => a.code === code)) continue;
      score.falseAreas++;
      if (!affected.some((a) => neighboursOf(a.code).has(code))) score.farFalseAreas++;
    }
  }
  if (seeded.affected.JPN.length + seeded.affected.KOR.length > 0) return;
  score.harmless++;
  if (named > 0) score.falseFlights++;
}

export async function* bench(context: BenchContext): AsyncGenerator<BenchRow> {
  const count = context.quick ? 40 : 500;
  const scores = scoreFlights(context.seed, count, SCALES, (done) => context.progress(done / count));
  const row = (
    name: string,
    value: number,
    unit: string,
    better: 'higher' | 'lower',
    gate: number | null = null,
    goal: number | null = null,
  ): BenchRow => ({ name: `warning: ${name}`, value, unit, better, gate, goal });
  for (const score of scores) {
    const at = `thresholds x ${score.scale}`;
    const own = score.scale === 1;
    for (const leadS of LEADS_S)
      yield row(`${at}: affected areas with ${leadS} s or more`, 100 * share(score, leadS), '%', 'higher');
    yield row(
      `${at}: affected areas missed or late`,
      (100 * score.missed) / Math.max(1, score.affected),
      '%',
      'lower',
      own ? 5 : null,
      own ? 1 : null,
    );
    yield row(
      `${at}: named areas not affected`,
      (100 * score.falseAreas) / Math.max(1, score.alerted),
      '%',
      'lower',
    );
    yield row(
      `${at}: of them not even bordering on one affected`,
      (100 * score.farFalseAreas) / Math.max(1, score.alerted),
      '%',
      'lower',
    );
    yield row(
      `${at}: harmless flights warned of`,
      (100 * score.falseFlights) / Math.max(1, score.harmless),
      '%',
      'lower',
    );
  }
  const [, ours] = scores;
  yield row('flights', ours.flights, '', 'higher');
  yield row('affected areas', ours.affected, '', 'higher');
  if (context.outDir !== undefined)
    writeFileSync(join(context.outDir, 'warning.html'), warningPage(scores, context.seed));
}
