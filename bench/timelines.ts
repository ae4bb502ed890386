/**
 * The real launches flown again through the whole chain, our times beside the public ones. What is assumed is said with
 * each: the flights are point masses fitted to published figures, many sensors are notional, the agreements are those of
 * the scenario's day and not of the flight's own.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEG, ecefToGeodetic } from '../src/earth/wgs84.ts';
import { ExerciseRun, prepareRun } from '../src/exercise/run.ts';
import { areaLeads, crossings, regionsOf } from '../src/warning/index.ts';
import type { BenchContext, BenchRow } from './bench.ts';

export interface PublicTimeline {
  id: string;
  scenario: string;
  /** Launch to the first public alert in Japan, s; null if none was given. */
  alertS: number | null;
  /** First alert to the first overflight, s, as published; negative: too late. Null where nothing was crossed. */
  leadS: number | null;
  /** Launch to the message that it has passed, or that it was an error, s. */
  closedS: number | null;
  wrongRegions: number | null;
  note: string;
  source: string;
}

/** Times of the public record, to the minute (the project's facts, alert_timelines.json). */
export const TIMELINES: readonly PublicTimeline[] = [
  {
    id: '2017-08-29',
    scenario: '2017-08-29-over-japan',
    alertS: 240,
    leadS: 180,
    closedS: 960,
    wrongRegions: null,
    note: 'twelve prefectures were alerted as a block',
    source: 'j-cast.com/2017/08/29306959.html',
  },
  {
    id: '2017-09-15',
    scenario: '2017-09-15-over-japan',
    alertS: 180,
    leadS: 240,
    closedS: 600,
    wrongRegions: null,
    note: 'twelve prefectures were alerted as a block',
    source: 'city.osaki.miyagi.jp',
  },
  {
    id: '2022-10-04',
    scenario: '2022-10-04-over-japan',
    alertS: 300,
    leadS: 60,
    closedS: 1200,
    wrongRegions: 9,
    note: 'nine towns of Tokyo from an old drill; Aomori was told as it passed',
    source: 'huffingtonpost.jp story_jp_633b8f8ce4b0e376dbf9da41',
  },
  {
    id: '2022-11-03',
    scenario: '2022-11-03-boost-failure',
    alertS: 660,
    leadS: null,
    closedS: 3600,
    wrongRegions: 3,
    note: 'told to pass over three prefectures, and to have passed; it fell short',
    source: 'mod.go.jp/j/press/news/2022/11/03b.html',
  },
  {
    id: '2023-04-13',
    scenario: '2023-04-13-solid-lofted',
    alertS: 1980,
    leadS: null,
    closedS: 3240,
    wrongRegions: 1,
    note: 'told to fall near Hokkaido, withdrawn on another channel only',
    source: 'sputniknews.jp/20230413/j-15653117.html',
  },
];

export interface Replay {
  timeline: PublicTimeline;
  /** Launch to our first alert in Japan, and until every receiver of every channel had acknowledged it, s. */
  alertS: number | null;
  receivedS: number | null;
  /** First alert to the first overflight or impact, s. */
  leadS: number | null;
  /** Launch to the first message that it has passed, is no longer tracked, or is cancelled, s. */
  closedS: number | null;
  /** Regions named themselves that were neither crossed nor hit; affected ones that were never alerted in time. */
  wrong: number;
  missed: number;
  regions: string[];
}

export function replay(timeline: PublicTimeline): Replay {
  const options = prepareRun({ scenario: timeline.scenario });
  const run = new ExerciseRun(options);
  run.advanceTo(run.endUs);
  const { launchUs, flight } = options.world.flights[0];
  const { issued } = run.node('JPN').warnings;
  const s = (us: number) => (us - launchUs) / 1e6;
  const state = new Float64Array(6);
  const path = [];
  for (let t = 0; t <= flight.flightTimeS; t += 1) {
    flight.stateAt(t, state);
    const g = ecefToGeodetic(state[0], state[1], state[2]);
    path.push({
      timeUs: launchUs + t * 1e6,
      latitudeDeg: g.latitudeRad / DEG,
      longitudeDeg: g.longitudeRad / DEG,
    });
  }
  const crossed = crossings(path, regionsOf('JPN'));
  const leads = areaLeads(issued, crossed);
  const alert = issued.find((i) => i.warning.messageType === 'alert');
  const closing = issued.find(
    ({ warning: w }) => w.stage === 'passed' || w.stage === 'trackLost' || w.messageType === 'cancel',
  );
  const named = new Set(
    issued.flatMap((i) => i.warning.areas.filter((a) => !a.neighbour).map((a) => a.code)),
  );
  const receipts = alert ? run.offices.get('JPN')!.publisher.receipts(alert.warning.identifier) : [];
  const receivedUs = Math.max(...receipts.flatMap((d) => [...d.receipts.values()]));
  return {
    timeline,
    alertS: alert ? s(alert.warning.sentUs) : null,
    receivedS: receipts.length > 0 ? s(receivedUs) : null,
    leadS: alert && crossed.length > 0 ? (crossed[0].atUs - alert.warning.sentUs) / 1e6 : null,
    closedS: closing ? s(closing.warning.sentUs) : null,
    wrong: [...named].filter((code) => !crossed.some((c) => c.code === code)).length,
    missed: leads.filter((l) => l.leadS === undefined || l.leadS < 0).length,
    regions: crossed.map((c) => c.code),
  };
}

const text = (value: number | null) => (value === null ? 'none' : `${Math.round(value)} s`);

/** The table, in Markdown. */
export function timelineTable(replays: readonly Replay[]): string {
  const rows = replays.map(({ timeline: t, ...r }) =>
    [
      t.id,
      text(t.alertS),
      `${text(r.alertS)}${r.receivedS === null ? '' : ` (received ${text(r.receivedS)})`}`,
      text(t.leadS),
      text(r.leadS),
      text(t.closedS),
      text(r.closedS),
      t.wrongRegions === null ? '-' : String(t.wrongRegions),
      `${r.wrong} wrong, ${r.missed} missed`,
      t.note,
    ].join(' | '),
  );
  return [
    '| launch | public: alert after | here | public: before overflight | here | public: passed or corrected | here: passed, lost or cancelled | public: wrong areas | here | on the day |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n');
}

export async function* bench(context: BenchContext): AsyncGenerator<BenchRow> {
  const chosen = context.quick ? TIMELINES.filter((t) => t.id === '2022-10-04') : TIMELINES;
  const replays: Replay[] = [];
  for (const [i, timeline] of chosen.entries()) {
    const r = replay(timeline);
    replays.push(r);
    context.progress((i + 1) / chosen.length);
    const row = (
      name: string,
      value: number | null,
      theirs: number | null,
      better: 'higher' | 'lower',
      unit = 's',
    ): BenchRow[] =>
      value === null
        ? []
        : [
            {
              name: `timelines ${timeline.id}: ${name}${theirs === null ? '' : ` (public: ${theirs})`}`,
              value,
              unit,
              better,
              gate: null,
              goal: null,
            },
          ];
    yield* row('launch to alert', r.alertS, timeline.alertS, 'lower');
    yield* row('launch to the last receipt of the alert', r.receivedS, null, 'lower');
    yield* row('alert before overflight', r.leadS, timeline.leadS, 'higher');
    yield* row('launch to "passed", "lost" or cancel', r.closedS, timeline.closedS, 'lower');
    yield* row('areas wrongly named', r.wrong, timeline.wrongRegions, 'lower', '');
    yield* row('areas missed', r.missed, null, 'lower', '');
  }
  if (context.outDir !== undefined)
    writeFileSync(join(context.outDir, 'timelines.md'), timelineTable(replays));
}
