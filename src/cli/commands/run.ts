import { isoToUs } from '../../earth/time.ts';
import { recordRunInto, scoreRun } from '../../exercise/record.ts';
import { prepareRun, type RunRequest } from '../../exercise/run.ts';
import { checkOut, RunFolder } from '../../exercise/run-files.ts';
import {
  COMPARED,
  compareRuns,
  type LaunchResult,
  type NationResult,
  percentile,
  type Summary,
} from '../../exercise/summary.ts';
import { NATIONS } from '../../model/nation.ts';
import { type Call, type CommandSpec, type OptionSpec, usage } from '../arguments.ts';
import { Progress, seconds, table } from '../output.ts';

/** What every command that runs a scenario takes. */
export const RUN_OPTIONS: Record<string, OptionSpec> = {
  seed: { value: 'N', about: "another seed than the scenario's" },
  agreements: { value: 'PATH', about: "a file or folder of agreements (default: the project's)" },
  'as-of': {
    value: 'DATE',
    about: "run under the agreements as they stood on this day (default: the scenario's)",
  },
};

export function runRequest(call: Call, scenario: string): RunRequest {
  const seed = call.integer('seed', 0, 4294967295);
  const asOf = call.text('as-of');
  const agreementsPath = call.text('agreements');
  if (asOf !== undefined && (!/^\d{4}-\d{2}-\d{2}$/.test(asOf) || isoToUs(asOf) === undefined)) {
    throw usage(`--as-of: expected a date such as 2020-01-01, found ${JSON.stringify(asOf)}`);
  }
  return {
    scenario,
    ...(seed === undefined ? {} : { seed }),
    ...(asOf === undefined ? {} : { asOf }),
    ...(agreementsPath === undefined ? {} : { agreementsPath }),
  };
}

export const run: CommandSpec = {
  name: 'run',
  positionals: ['SCENARIO'],
  about:
    'Runs a scenario without a screen, as fast as it can, and writes what it left into a folder. The same scenario,\nseed, agreements and day give the same bytes.',
  options: {
    out: { value: 'DIR', about: 'folder for what the run leaves', required: true },
    ...RUN_OPTIONS,
    transport: {
      value: 'embedded|nats',
      about:
        'how the nodes are joined: within this process (default), or by four NATS servers that are started for it',
    },
  },
  async run(call) {
    const overNats = call.choice('transport', ['embedded', 'nats']) === 'nats';
    const dir = call.text('out')!;
    checkOut(dir);
    const startMs = performance.now();
    const options = prepareRun(runRequest(call, call.positionals[0]));
    const progress = new Progress(options.scenario.id, () => performance.now());
    // What other agreements than the scenario's own cost is seen only against those, in a second run.
    const own = prepareRun({ scenario: call.positionals[0], seed: options.seed }, options.world);
    const compared = options.asOf !== own.asOf || call.text('agreements') !== undefined;
    const update = (share: number): void => progress.update(compared ? share / 2 : share);
    const files = new RunFolder(dir);
    const stop = interrupted(() => files.discard());
    let summary: Summary;
    try {
      summary = overNats
        ? await (await import('../../exercise/nats-run.ts')).recordRunOverNats(files, options, update)
        : await recordRunInto(files, options, update);
      if (compared) {
        const other = scoreRun(own, (share) => progress.update(0.5 + share / 2));
        summary.comparison = compareRuns(summary, other);
      }
      // The machine's time would differ from run to run; the file must not. It is printed instead.
      files.put('summary.json', `${JSON.stringify({ ...summary, wallTimeS: null }, null, 2)}\n`);
      files.commit();
    } finally {
      stop();
      files.discard();
    }
    progress.end();
    const wallTimeS = (performance.now() - startMs) / 1000;
    if (call.flag('json')) process.stdout.write(`${JSON.stringify({ ...summary, wallTimeS })}\n`);
    else
      process.stdout.write(
        `${readable(summary, options.scenario.title.en)}\n${wallTimeS.toFixed(1)} s, written to ${dir}\n`,
      );
    return 0;
  },
};

/** Does `clean` before an interrupt ends the program as it would have; what is given back takes that off again. */
function interrupted(clean: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const handlers = signals.map((signal) => {
    const handler = (): void => {
      clean();
      process.removeListener(signal, handler);
      process.kill(process.pid, signal);
    };
    process.on(signal, handler);
    return { signal, handler };
  });
  return () => {
    for (const { signal, handler } of handlers) process.removeListener(signal, handler);
  };
}

const HEADER = [
  'nation',
  'first plot',
  'first track',
  'launch declared',
  'impact estimate',
  'public warning',
  'lead time',
  'impact error',
  'data',
];

/** More launches than this are told together: nobody reads sixty tables. */
const EACH_ALONE = 12;

/** The summary as a person reads it. */
export function readable(s: Summary, title: string): string {
  const agreements = s.agreements.length > 0 ? s.agreements.join(', ') : 'none';
  const launches =
    s.launches.length > EACH_ALONE ? allTogether(s) : s.launches.map((l) => launchText(l, s)).join('\n');
  return `EXERCISE  ${title}\nseed ${s.seed}, agreements in force as of ${s.asOf}: ${agreements}\n\n${launches}${exchangeText(s)}`;
}

/** How many of the launches each nation came to know, and when: median, and the latest. */
function allTogether(s: Summary): string {
  const steps = ['firstTrackS', 'launchDeclaredS', 'impactEstimateS', 'publicWarningS'] as const;
  const rows = NATIONS.map((nation) => {
    const results = s.launches.map((l) => l.nations[nation]);
    const sorted = (pick: (r: NationResult) => number | null): number[] =>
      results.flatMap((r) => pick(r) ?? []).sort((a, b) => a - b);
    const cells = steps.map((step) => {
      const times = sorted((r) => r[step]);
      if (times.length === 0) return '-';
      return `${times.length}: ${seconds(percentile(times, 0.5))}, ${seconds(percentile(times, 1))}`;
    });
    const errors = sorted((r) => r.impactErrorKm);
    const inside = results.filter((r) => r.insideEllipse95).length;
    const error = (fraction: number): string => `${(percentile(errors, fraction) ?? 0).toFixed(1)} km`;
    return [
      nation,
      ...cells,
      errors.length === 0 ? '-' : `${error(0.5)}, ${error(1)}`,
      `${inside} of ${errors.length}`,
    ];
  });
  const header = [
    'nation',
    'first track',
    'launch declared',
    'impact estimate',
    'public warning',
    'impact error',
    'inside the ellipse',
  ];
  return `${s.launches.length} launches; of how many, and seconds after launch (median, latest)\n${table(header, rows)}\nEach launch is in summary.json; \`beaconfire report DIR\` makes a page of it.\n`;
}

function launchText(l: LaunchResult, s: Summary): string {
  const rows = NATIONS.map((nation) => {
    const r = l.nations[nation];
    const error = r.impactErrorKm === null ? '-' : `${r.impactErrorKm.toFixed(1)} km`;
    return [
      nation,
      seconds(r.firstPlotS),
      seconds(r.firstTrackS),
      seconds(r.launchDeclaredS),
      seconds(r.impactEstimateS),
      seconds(r.publicWarningS),
      seconds(r.leadTimeS),
      error,
      r.source ?? '-',
    ];
  });
  const learnt = NATIONS.flatMap((nation) => {
    const text = learntText(nation, l.nations[nation]);
    return text ? [text] : [];
  });
  const cost = s.comparison?.delays[l.id] ? `${costText(l.id, s)}\n` : '';
  return `Launch ${l.id}, seconds after launch (first plot: own sensors)\n${table(HEADER, rows)}\n${liftText(l)}${learnt.map((t) => `${t}\n`).join('')}${cost}`;
}

/** Said once for all nations that found it. */
function liftText(l: LaunchResult): string {
  const found = NATIONS.flatMap((nation) => {
    const at = l.nations[nation].notBallisticS;
    return at === null ? [] : [`${nation} at +${at.toFixed(1)} s`];
  });
  return found.length === 0
    ? ''
    : `Found not to be ballistic, the impact told before withdrawn: ${found.join(', ')}.\n`;
}

function learntText(nation: string, r: NationResult): string | undefined {
  if (r.launchDeclaredS === null) return `${nation} never learnt of the launch.`;
  if (r.aheadOfOwnSightS === null) {
    return r.ownSightS === null
      ? `${nation} had no sensor that could see it, and knew at +${r.launchDeclaredS.toFixed(1)} s.`
      : undefined;
  }
  if (r.aheadOfOwnSightS <= 0) return undefined;
  return `${nation} knew of the launch at +${r.launchDeclaredS.toFixed(1)} s from its partners, ${r.aheadOfOwnSightS.toFixed(1)} s before any sensor of its own could see it (+${(r.ownSightS ?? 0).toFixed(1)} s).`;
}

const COMPARED_NAMES: Record<(typeof COMPARED)[number], string> = {
  firstTrackS: 'first track',
  launchDeclaredS: 'launch declared',
  impactEstimateS: 'impact estimate',
  publicWarningS: 'public warning',
  leadTimeS: 'lead time',
};

function costText(launch: string, s: Summary): string {
  const c = s.comparison!;
  const rows = NATIONS.map((nation) => [
    nation,
    ...COMPARED.map((f) => {
      const v = c.delays[launch][nation][f];
      return v === null ? '-' : v === 0 ? '0 s' : `${v > 0 ? '+' : ''}${v.toFixed(1)} s`;
    }),
  ]);
  const other = c.agreements.filter((a) => !s.agreements.includes(a));
  return `\nAgainst the agreements as of ${c.asOf}${other.length > 0 ? ` (with ${other.join(', ')})` : ''}: + is later, for lead time more\n${table(['nation', ...COMPARED.map((f) => COMPARED_NAMES[f])], rows)}`;
}

function exchangeText(s: Summary): string {
  const { sent, delivered, reduced, denied, latencyMs } = s.exchange;
  const ms = (v: number | null): string =>
    v === null ? '-' : v < 10000 ? `${v.toFixed(0)} ms` : `${(v / 1000).toFixed(0)} s`;
  return `\nExchange: ${sent} items sent, ${delivered} delivered, ${reduced} reduced, ${denied} denied; latency ${ms(latencyMs.p50)} (median), ${ms(latencyMs.p99)} (99 %).\n`;
}
