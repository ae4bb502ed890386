import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readable } from '../src/cli/commands/run.ts';
import { geodesicInverse } from '../src/earth/geodesic.ts';
import { usToIso } from '../src/earth/time.ts';
import { verifyRun } from '../src/exchange/index.ts';
import { recordRun, scoreRun } from '../src/exercise/record.ts';
import { prepareRun } from '../src/exercise/run.ts';
import { RunFolder } from '../src/exercise/run-files.ts';
import { plotFromRecord, type RecordedPlot } from '../src/model/plot.ts';
import { callCommand } from './command.ts';

const SCENARIO = '2022-10-04-over-japan';
const dir = mkdtempSync(join(tmpdir(), 'beaconfire-run-'));
after(() => rmSync(dir, { recursive: true }));

const options = prepareRun({ scenario: SCENARIO });
const record = recordRun(options);
const { summary } = record;
const [launch] = summary.launches;
const lines = (name: string): Record<string, unknown>[] =>
  record.files
    .get(name)!
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as Record<string, unknown>);

test('Japan learns of the launch from its partners before its own sensors could see it', () => {
  const { JPN } = launch.nations;
  assert.ok(JPN.launchDeclaredS !== null && JPN.ownSightS !== null);
  assert.ok(JPN.aheadOfOwnSightS! > 20, `${JPN.aheadOfOwnSightS} s`);
  assert.ok(JPN.firstPlotS! >= JPN.ownSightS!, 'no plot before sight');
  assert.ok(JPN.firstPartnerS! < JPN.firstPlotS!);
  assert.equal(JPN.source, 'both');
});

test('the public of Japan is warned minutes before the passage, that of Korea is not alarmed', () => {
  const { JPN, KOR, USA } = launch.nations;
  assert.ok(JPN.leadTimeS! >= 180, `${JPN.leadTimeS} s`);
  assert.equal(KOR.publicWarningS, null);
  assert.equal(USA.publicWarningS, null);
  const warnings = lines('warnings.JPN.ndjson');
  assert.equal(warnings[0].messageType, 'alert');
  assert.equal(warnings.at(-1)!.messageType, 'cancel', 'the chain is closed');
  const places = warnings.flatMap((w) => (w.areas as { code: string }[]).map((a) => a.code));
  assert.ok(places.includes('JP-01') || places.includes('JP-02'));
  assert.equal([...record.files.keys()].filter((f) => /^alerts\/.+\.xml$/.test(f)).length, warnings.length);
});

test('each nation ends with an impact estimate that holds the truth', () => {
  for (const r of Object.values(launch.nations)) {
    assert.ok(r.impactErrorKm! < 25, `${r.impactErrorKm} km`);
    assert.equal(r.insideEllipse95, true);
  }
});

test('without the real-time mechanism Japan learns of it later, and the summary says by how much', async () => {
  const before = scoreRun({ ...options, asOf: '2020-01-01' });
  assert.deepEqual(before.agreements, ['gsomia-2016', 'tisa-2014']);
  const { JPN } = before.launches[0].nations;
  assert.ok(JPN.launchDeclaredS! - launch.nations.JPN.launchDeclaredS! > 20);
  assert.ok(JPN.aheadOfOwnSightS! < 0);
  const out = join(dir, 'as-of');
  const { stdout, status } = await callCommand([
    'run',
    SCENARIO,
    '--out',
    out,
    '--as-of',
    '2020-01-01',
    '--json',
  ]);
  assert.equal(status, 0);
  const told = JSON.parse(stdout) as typeof summary & { wallTimeS: number };
  assert.ok(told.comparison!.delays.L1.JPN.launchDeclaredS! > 20);
  assert.ok(told.comparison!.agreements.includes('mechanism-2023'));
  assert.ok(told.wallTimeS > 0);
});

test('the same scenario and seed give the same bytes; another seed gives others', () => {
  const again = recordRun(prepareRun({ scenario: SCENARIO }));
  assert.deepEqual([...again.files.keys()], [...record.files.keys()]);
  for (const [name, text] of record.files) assert.ok(again.files.get(name) === text, name);
  assert.deepEqual(again.summary, summary);
  const other = prepareRun({ scenario: SCENARIO, seed: options.seed + 1 });
  assert.notDeepEqual(other.world.plots[0], options.world.plots[0]);
});

test('the journals verify, and one changed byte anywhere in them is found', async () => {
  const place = join(dir, 'run');
  const folder = new RunFolder(place);
  for (const [path, text] of record.files) folder.put(path, text);
  folder.put('summary.json', JSON.stringify(summary));
  folder.commit();
  assert.deepEqual(verifyRun(place).problems, []);
  assert.equal((await callCommand(['verify', place])).status, 0);
  const path = join(place, 'journal/JPN/journal.ndjson');
  const bytes = readFileSync(path);
  for (const share of [0.1, 0.5, 0.9]) {
    const bad = Buffer.from(bytes);
    bad[Math.floor(bytes.length * share)] ^= 1;
    writeFileSync(path, bad);
    const { status, stdout } = await callCommand(['verify', place]);
    assert.equal(status, 1);
    assert.match(stdout, /^JPN/m);
  }
  writeFileSync(path, bytes);
  const report = await callCommand(['report', place]);
  assert.equal(report.status, 0);
  assert.match(readFileSync(join(place, 'report.html'), 'utf8'), /launch declared/);
  assert.deepEqual(
    readdirSync(dir).filter((f) => f.startsWith('.')),
    [],
    'nothing half-written is left',
  );
});

test('what a run writes is what the interface says', () => {
  const expected = ['truth.ndjson', 'plots.ndjson', 'journal/keys.json'];
  for (const n of ['USA', 'KOR', 'JPN'])
    expected.push(`tracks.${n}.ndjson`, `warnings.${n}.ndjson`, `journal/${n}/journal.ndjson`);
  for (const name of [...expected, 'journal/HUB/journal.ndjson']) assert.ok(record.files.has(name), name);
  const plots = lines('plots.ndjson');
  assert.equal(plotFromRecord(plots[0] as RecordedPlot).timeUs, options.world.plots[0].plot.timeUs);
  const tracks = lines('tracks.JPN.ndjson');
  const update = tracks.find((t) => t.estimate === undefined)!;
  assert.equal((update.covariance as number[]).length, 21);
  const impact = tracks.filter((t) => t.estimate === 'impact').at(-1)!;
  const at = impact as { latitudeDeg: number; longitudeDeg: number };
  const { latitudeDeg, longitudeDeg } = launch.truth.impactPoint!;
  assert.ok(geodesicInverse(at.latitudeDeg, at.longitudeDeg, latitudeDeg, longitudeDeg).distanceM < 25e3);
  assert.equal(launch.truth.launchTime, usToIso(options.world.flights[0].launchUs));
});

test('README shows what the default exercise prints (node scripts/readme.mjs writes it)', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  assert.ok(readme.includes(readable(summary, options.scenario.title.en).trimEnd()));
});
