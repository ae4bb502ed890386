import { existsSync } from 'node:fs';
import { isoToUs } from '../../earth/time.ts';
import { scoreRun } from '../../exercise/record.ts';
import { prepareRun, type RunRequest } from '../../exercise/run.ts';
import { COMPARED, percentile, type Summary } from '../../exercise/summary.ts';
import { NATIONS, type Nation } from '../../model/nation.ts';
import { type CommandSpec, usage } from '../arguments.ts';
import { Progress, seconds, table } from '../output.ts';

interface Regime {
  name: string;
  request: Omit<RunRequest, 'scenario' | 'seed'>;
  /** With no agreement in force. */
  none: boolean;
}

export const compare: CommandSpec = {
  name: 'compare',
  positionals: ['SCENARIO'],
  about:
    'The same flight under different agreements: what each nation knew, and when. A regime is a day (the agreements as\nthey stood on it), a path to agreements, or `none`. With --runs the seeds count up from the first, medians are shown.',
  options: {
    regimes: { value: 'A,B,...', about: 'for example none,2020-01-01,2024-08-01', required: true },
    runs: { value: 'N', about: 'seeds for each regime (default 1)' },
    seed: { value: 'N', about: 'the first seed' },
  },
  async run(call) {
    const regimes = call
      .text('regimes')!
      .split(',')
      .map((name) => regime(name.trim()));
    const twice = regimes.find((r, i) => regimes.findIndex((q) => q.name === r.name) < i);
    if (twice) throw usage(`--regimes: ${JSON.stringify(twice.name)} is named twice`);
    const runs = call.integer('runs', 1, 1000) ?? 1;
    const scenario = call.positionals[0];
    const first = prepareRun({ scenario });
    const seed = call.integer('seed', 0, 4294967295) ?? first.seed;
    const progress = new Progress('compare', () => performance.now());
    const summaries = new Map<string, Summary[]>(regimes.map((r) => [r.name, []]));
    for (let i = 0; i < runs; i++) {
      const base = i === 0 && seed === first.seed ? first : prepareRun({ scenario, seed: (seed + i) >>> 0 });
      regimes.forEach((r, k) => {
        const options = prepareRun({ scenario, seed: base.seed, ...r.request }, base.world);
        summaries
          .get(r.name)!
          .push(
            scoreRun(r.none ? { ...options, agreements: [] } : options, (share) =>
              progress.update((i + (k + share) / regimes.length) / runs),
            ),
          );
      });
    }
    progress.end();
    const rows = regimes.flatMap((r) => NATIONS.map((nation) => row(r.name, nation, summaries.get(r.name)!)));
    if (call.flag('json'))
      process.stdout.write(`${JSON.stringify({ scenario: first.scenario.id, seed, runs, results: rows })}\n`);
    else {
      const cells = rows.map((r) => [
        r.regime,
        r.nation,
        ...COMPARED.map((f) => seconds(r[f])),
        r.impactErrorKm === null ? '-' : `${r.impactErrorKm.toFixed(1)} km`,
      ]);
      process.stdout.write(
        `EXERCISE  ${first.scenario.title.en}: ${runs} run${runs > 1 ? 's, medians' : ''}, seconds after launch\n\n${table(['regime', 'nation', 'first track', 'launch declared', 'impact estimate', 'public warning', 'lead time', 'impact error'], cells)}`,
      );
    }
    return 0;
  },
};

function regime(name: string): Regime {
  if (name === 'none') return { name, request: {}, none: true };
  if (/^\d{4}-\d{2}-\d{2}$/.test(name) && isoToUs(name) !== undefined)
    return { name, request: { asOf: name }, none: false };
  if (name !== '' && existsSync(name)) return { name, request: { agreementsPath: name }, none: false };
  throw usage(`--regimes: expected days, paths to agreements or none, found ${JSON.stringify(name)}`);
}

type Row = { regime: string; nation: Nation; runs: number; impactErrorKm: number | null } & Record<
  (typeof COMPARED)[number],
  number | null
>;

/** Medians over the runs and launches; null where fewer than half of them have a value. */
function row(name: string, nation: Nation, summaries: readonly Summary[]): Row {
  const results = summaries.flatMap((s) => s.launches.map((l) => l.nations[nation]));
  const median = (pick: (r: (typeof results)[number]) => number | null): number | null => {
    const known = results.map(pick).filter((v): v is number => v !== null);
    return known.length * 2 < results.length
      ? null
      : percentile(
          known.sort((a, b) => a - b),
          0.5,
        );
  };
  const fields = Object.fromEntries(COMPARED.map((f) => [f, median((r) => r[f])])) as Record<
    (typeof COMPARED)[number],
    number | null
  >;
  return {
    regime: name,
    nation,
    runs: summaries.length,
    ...fields,
    impactErrorKm: median((r) => r.impactErrorKm),
  };
}
