/** `beaconfire track` over plots of which some cannot be: each is refused by itself, and the tracks are as without them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { risingPlots } from '../examples/plots.ts';
import { plotToRecord, readPlot } from '../src/model/plot.ts';
import { callCommand } from './command.ts';

const dir = mkdtempSync(join(tmpdir(), 'beaconfire-refusals-'));
after(() => rmSync(dir, { recursive: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const recorded = risingPlots();
const infrared = { id: 'S1', kind: 'infrared', sigma: { angleDeg: 0.001 } };
const sensors = file('sensors.json', JSON.stringify([...recorded.sensors, infrared]));
const records = recorded.plots.map(plotToRecord);
const good = records.map((p) => JSON.stringify(p));
const [radar] = records;
const line = (change: Record<string, unknown>) => JSON.stringify({ ...radar, ...change });

/** A plot that is none, and why. */
const BAD: [string, string, string][] = [
  [line({ rangeM: -4 }), 'impossible', 'rangeM: expected > 0, found -4'],
  [line({ rangeM: 0 }), 'impossible', 'rangeM: expected > 0, found 0'],
  [line({ elevationDeg: 91 }), 'impossible', 'elevationDeg: expected <= 90, found 91'],
  [line({ rangeM: null }), 'notFinite', 'rangeM: expected a number, found null'],
  [line({ rangeM: 'X' }).replace('"X"', 'NaN'), 'notFinite', 'rangeM: expected a number, found null'],
  [
    line({ azimuthDeg: 'X' }).replace('"X"', '-Infinity'),
    'notFinite',
    'azimuthDeg: expected a number, found null',
  ],
  [line({ rangeM: 'X' }).replace('"X"', '1e999'), 'notFinite', 'rangeM: expected a number, found Infinity'],
  [line({ positionEcefM: [1, null, 3] }), 'notFinite', 'positionEcefM: expected a number, found [1,null,3]'],
  [line({ sensor: 'nobody' }), 'unknownSensor', 'sensor "nobody"'],
  [
    JSON.stringify({
      sensor: 'S1',
      time: radar.time,
      positionEcefM: [4e7, 0, 0],
      lineOfSightEcef: [0, 0, 0],
    }),
    'impossible',
    'lineOfSightEcef: expected a direction, found [0,0,0]',
  ],
];

test('impossible plots among good ones are refused one by one, counted and named; the tracks are the same bytes', async () => {
  const track = (name: string, lines: string[], ...more: string[]) =>
    callCommand(['track', '--sensors', sensors, '--plots', file(name, lines.join('\n')), ...more]);
  const clean = await track('clean.ndjson', good);
  assert.equal(clean.status, 0);
  assert.ok(clean.stdout.split('\n').length > 50, 'there are tracks');
  assert.equal(clean.stderr, '');
  const mixed = good.flatMap((g, i) =>
    i % 7 === 3 && i / 7 < BAD.length ? [BAD[Math.floor(i / 7)][0], g] : [g],
  );
  const lineOf = (bad: string) => mixed.indexOf(bad) + 1;
  const dirty = await track('dirty.ndjson', mixed);
  assert.equal(dirty.status, 0);
  assert.equal(dirty.stdout, clean.stdout);
  const last = dirty.stderr.trimEnd().split('\n').at(-1)!;
  assert.ok(last.startsWith(`${mixed.length} plots, `), last);
  for (const reason of ['impossible', 'notFinite', 'unknownSensor']) {
    const lines = BAD.filter((b) => b[1] === reason).map((b) => lineOf(b[0]));
    assert.ok(
      last.includes(`${lines.length} ${reason} (line${lines.length > 1 ? 's' : ''} ${lines.join(', ')})`),
      `${reason} ${lines}: ${last}`,
    );
  }
  const json = await track('dirty.ndjson', mixed, '--out', join(dir, 'out.ndjson'), '--json');
  const summary = JSON.parse(json.stdout);
  assert.deepEqual(summary.refused, { impossible: 4, notFinite: 5, unknownSensor: 1 });
  const named = new Map(summary.refusedPlots.map((r: { line: number }) => [r.line, r]));
  for (const [text, reason, detail] of BAD)
    assert.deepEqual(named.get(lineOf(text)), { line: lineOf(text), reason, detail });
});

test('any number of a plot made NaN, null or far out of its range refuses that plot, never the file', () => {
  const fields = Object.entries(radar)
    .filter(([, v]) => typeof v === 'number')
    .map(([k]) => k);
  const values = ['NaN', '-Infinity', 'null', '1e999', '-1e300', '1e300'];
  fc.assert(
    fc.property(fc.constantFrom(...fields), fc.constantFrom(...values), (field, value) => {
      const read = readPlot(line({ [field]: 'X' }).replace('"X"', value));
      assert.ok('refused' in read && read.detail.startsWith(field), JSON.stringify(read));
      // The word in a name is no number.
      const name = readPlot(line({ sensor: `a: ${value},` }));
      assert.ok('plot' in name && name.plot.sensor === `a: ${value},`);
    }),
  );
});
