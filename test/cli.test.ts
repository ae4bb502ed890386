import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { callCommand } from './command.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'beaconfire-cli-'));
after(() => rmSync(dir, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
}

const scenario = readFileSync(join(root, 'scenarios/2022-10-04-over-japan.yaml'), 'utf8');
const agreement = readFileSync(join(root, 'agreements/gsomia-2016.yaml'), 'utf8');
const SENSORS =
  '[{"id":"R1","kind":"radar","latitudeDeg":35,"longitudeDeg":0,"heightM":0,"sigma":{"rangeM":30,"azimuthDeg":0.086,"elevationDeg":0.086}}]';
const PLOT =
  '{"sensor":"R1","time":"2026-01-01T00:00:01.000000Z","rangeM":400000,"azimuthDeg":10,"elevationDeg":20}';
const ITEM = {
  id: 'K-17',
  kind: 'track',
  mode: 'exercise',
  originators: ['KOR'],
  threat: 'DPRK',
  level: 'secret',
  releasableTo: ['USA', 'JPN'],
  elements: ['trajectory'],
  consents: [],
};
const DECIDE = [
  'decide',
  '--agreements',
  join(root, 'agreements'),
  '--at',
  '2024-08-01T00:00:00Z',
  '--from',
  'KOR',
  '--to',
  'JPN',
];

/** What is wrong, the command line, and the one line that it must give. */
const BAD: [string, () => string[], RegExp][] = [
  ['no command', () => ['fry'], /^beaconfire: no command "fry"; there are start, run, fly, .+ \[BF_USAGE\]$/],
  [
    'an unknown option',
    () => ['fly', '--sites', '1,2'],
    /no option --sites; see beaconfire fly --help \[BF_USAGE\]$/,
  ],
  [
    'a number that is none',
    () => ['fly', '--site', '40,126', '--bearing', 'east', '--apogee-km', '100', '--range-km', '300'],
    /--bearing: expected a number from .+, found "east"/,
  ],
  [
    'no place',
    () => ['fly', '--site', '40', '--bearing', '80', '--apogee-km', '100', '--range-km', '300'],
    /--site: expected LAT,LON in degrees, found "40"/,
  ],
  [
    'a flight that no ballistic missile makes',
    () => ['fly', '--site', '40,126', '--bearing', '80', '--apogee-km', '10', '--range-km', '3000'],
    /\[BF_NO_FLIGHT\]$/,
  ],
  [
    'an unknown scenario',
    () => ['run', 'atlantis', '--out', join(dir, 'o')],
    /expected a scenario \(.*2022-10-04-over-japan.*\) or a path, found "atlantis" \[BF_SCENARIO_UNKNOWN\]$/,
  ],
  [
    'a wrong field in a scenario',
    () => ['run', file('a.yaml', scenario.replace('apogeeKm:', 'apogeKm:')), '--out', join(dir, 'o')],
    /a\.yaml:27: launches\[0\]\.apogeKm: expected no such field, found 1000 \[BF_FIELD\]$/,
  ],
  [
    'an impossible value in a scenario',
    () => [
      'run',
      file('b.yaml', scenario.replace('bearingDeg: 80', 'bearingDeg: 800')),
      '--out',
      join(dir, 'o'),
    ],
    /b\.yaml:26: launches\[0\]\.bearingDeg: expected <= 360, found 800 \[BF_FIELD\]$/,
  ],
  [
    'a scenario that is no YAML',
    () => ['run', file('c.yaml', `${scenario}\n  - [`), '--out', join(dir, 'o')],
    /c\.yaml:\d+: expected well-formed YAML, found: .+ \[BF_SYNTAX\]$/,
  ],
  [
    'a launch before the start',
    () => [
      'run',
      file(
        'd.yaml',
        scenario.replace('launchTime: 2022-10-03T22:22:00Z', 'launchTime: 2022-10-03T22:02:00Z'),
      ),
      '--out',
      join(dir, 'o'),
    ],
    /d\.yaml: launches\[0\]\.launchTime: expected a time after the start/,
  ],
  [
    'a live scenario',
    () => ['run', file('e.yaml', scenario.replace('mode: exercise', 'mode: live')), '--out', join(dir, 'o')],
    /e\.yaml:\d+: mode: expected one of "exercise", found "live"/,
  ],
  [
    'an out folder without a name',
    () => ['run', '2022-10-04-over-japan', '--out', ''],
    /expected a new or empty folder, or one with an earlier run alone, found no name \[BF_FILE\]$/,
  ],
  [
    'the folder that one is in as out',
    () => ['run', '2022-10-04-over-japan', '--out', '.'],
    /found the folder you are in \[BF_FILE\]$/,
  ],
  [
    'a time as a date',
    () => ['run', '2022-10-04-over-japan', '--out', join(dir, 'o'), '--as-of', '2020-01-01T00:00:00Z'],
    /--as-of: expected a date such as 2020-01-01/,
  ],
  [
    'a launch in another month',
    () => [
      'run',
      file(
        'g.yaml',
        scenario.replace('launchTime: 2022-10-03T22:22:00Z', 'launchTime: 2022-11-03T22:22:00Z'),
      ),
      '--out',
      join(dir, 'o'),
    ],
    /g\.yaml: launches\[0\]\.launchTime: expected a time within 6 h of the start/,
  ],
  [
    'a link of a node to itself',
    () => [
      'run',
      file('h.yaml', scenario.replace('between: [KOR, JPN]', 'between: [KOR, KOR]')),
      '--out',
      join(dir, 'o'),
    ],
    /h\.yaml: links\[3\]\.between: expected two different nodes/,
  ],
  [
    'a nation without a way to the hub',
    () => [
      'run',
      file('k.yaml', scenario.replace('between: [JPN, HUB]', 'between: [JPN, USA]')),
      '--out',
      join(dir, 'o'),
    ],
    /k\.yaml: links: expected a link between JPN and HUB, found "none"/,
  ],
  [
    'standard input twice',
    () => ['track', '--sensors', '-', '--plots', '-'],
    /only one of --sensors and --plots can be standard input/,
  ],
  [
    'a regime twice',
    () => ['compare', '2022-10-04-over-japan', '--regimes', 'none,none'],
    /--regimes: "none" is named twice/,
  ],
  [
    'an out folder with other files',
    () => ['run', '2022-10-04-over-japan', '--out', dir],
    /expected a new or empty folder, or one with an earlier run alone, found other files in it \(.+\) \[BF_FILE\]$/,
  ],
  [
    'a wrong field in an agreement',
    () => [
      'run',
      '2022-10-04-over-japan',
      '--out',
      join(dir, 'o'),
      '--agreements',
      file('f.yaml', agreement.replace('parties: [KOR, JPN]', 'parties: [KOR, PRK]')),
    ],
    /f\.yaml:\d+: parties\[1\]: expected one of .+, found "PRK" \[BF_FIELD\]$/,
  ],
  [
    'a truncated plot',
    () => [
      'track',
      '--sensors',
      file('s.json', SENSORS),
      '--plots',
      file('p.ndjson', `${PLOT}\n${PLOT.slice(0, 50)}`),
    ],
    /p\.ndjson:2: expected JSON, found: .+ \[BF_SYNTAX\]$/,
  ],
  [
    'impossible plots alone',
    () => [
      'track',
      '--sensors',
      file('s.json', SENSORS),
      '--plots',
      file('q.ndjson', `\n${PLOT.replace('400000', '-4')}\n${PLOT.replace('400000', 'NaN')}`),
    ],
    /q\.ndjson:2: rangeM: expected > 0, found -4; no plot of the file can be used \[BF_FIELD\]$/,
  ],
  [
    'a plot without a range, among good ones',
    () => [
      'track',
      '--sensors',
      file('s.json', SENSORS),
      '--plots',
      file('q2.ndjson', `${PLOT}\n${PLOT.replace('"rangeM":400000,', '')}`),
    ],
    /q2\.ndjson:2: rangeM: expected a value, found nothing \[BF_FIELD\]$/,
  ],
  [
    'a plot with words for a number, among good ones',
    () => [
      'track',
      '--sensors',
      file('s.json', SENSORS),
      '--plots',
      file('q3.ndjson', `${PLOT}\n${PLOT.replace('400000', '"far"')}`),
    ],
    /q3\.ndjson:2: rangeM: expected number, found "far" \[BF_FIELD\]$/,
  ],
  [
    'a plot at no time',
    () => [
      'track',
      '--sensors',
      file('s.json', SENSORS),
      '--plots',
      file('t.ndjson', PLOT.replace('01:', '61:').replace('2026-01-01', '2026-13-01')),
    ],
    /t\.ndjson:1: time: expected an ISO 8601 time, found "2026-13/,
  ],
  [
    'a broken sensor file',
    () => ['track', '--sensors', file('u.json', SENSORS.slice(0, 60)), '--plots', file('p2.ndjson', PLOT)],
    /u\.json: expected JSON, found: .+ \[BF_SYNTAX\]$/,
  ],
  [
    'an impossible sensor',
    () => [
      'track',
      '--sensors',
      file('v.json', SENSORS.replace('"rangeM":30', '"rangeM":0')),
      '--plots',
      file('p3.ndjson', PLOT),
    ],
    /v\.json: \[0\]\.sigma\.rangeM: expected > 0, found 0 \[BF_FIELD\]$/,
  ],
  [
    'a file that is not there',
    () => ['track', '--sensors', join(dir, 'none.json'), '--plots', '-'],
    /none\.json: expected a readable file, found: no such file \[BF_FILE\]$/,
  ],
  [
    'an item that is no JSON',
    () => [...DECIDE, '--item', file('i.json', '{"id":')],
    /i\.json: expected JSON, found: .+ \[BF_SYNTAX\]$/,
  ],
  [
    'a moment that is none',
    () => [
      'decide',
      '--agreements',
      'agreements',
      '--at',
      'noon',
      '--item',
      '-',
      '--from',
      'KOR',
      '--to',
      'JPN',
    ],
    /--at: expected an ISO 8601 time with its zone, found "noon"/,
  ],
  ['a folder that is no run', () => ['verify', dir], /\[BF_JOURNAL\]$/],
  [
    'no folder at all',
    () => ['report', join(dir, 'nowhere')],
    /summary\.json: expected a readable file, found: no such file \[BF_FILE\]$/,
  ],
];

for (const [what, argv, message] of BAD) {
  test(`${what}: status 2 and one line`, async () => {
    const { status, stdout, stderr } = await callCommand(argv());
    assert.match(stderr.trimEnd(), message);
    assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    assert.equal(stdout, '');
    assert.equal(status, 2);
    assert.ok(!readdirSync(dir).includes('o'), 'nothing is written');
  });
}

test('fly --json gives the interface’s fields', async () => {
  const { status, stdout } = await callCommand([
    'fly',
    '--site',
    '40.611208,126.425743',
    '--bearing',
    '80',
    '--apogee-km',
    '1000',
    '--range-km',
    '4600',
    '--class',
    'intermediate',
    '--json',
  ]);
  const r = JSON.parse(stdout) as Record<string, unknown> & {
    impact: { latitudeDeg: number; longitudeDeg: number };
  };
  assert.equal(status, 0);
  for (const key of ['flightTimeS', 'burnTimeS', 'apogeeKm', 'rangeKm', 'burnoutSpeedMps'])
    assert.equal(typeof r[key], 'number', key);
  assert.ok(Math.abs((r.flightTimeS as number) - 1320) < 0.06 * 1320);
  assert.ok(Math.abs((r.apogeeKm as number) - 1000) < 1 && Math.abs((r.rangeKm as number) - 4600) < 5);
  assert.ok(r.impact.longitudeDeg > 170);
});

test('decide answers an item, a reduction and a missing field', async () => {
  const path = file('item.json', JSON.stringify(ITEM));
  const allow = JSON.parse((await callCommand([...DECIDE, '--via', 'USA', '--item', path, '--json'])).stdout);
  assert.equal(allow.decision, 'allow');
  assert.equal(allow.agreement, 'mechanism-2023');
  const wide = file(
    'wide.json',
    JSON.stringify({ ...ITEM, elements: ['trajectory', 'rawPlot', 'sensorIdentity'] }),
  );
  const reduce = JSON.parse(
    (await callCommand([...DECIDE, '--via', 'USA', '--item', wide, '--json'])).stdout,
  );
  assert.equal(reduce.decision, 'reduce');
  assert.deepEqual([...reduce.reductions].sort(), ['rawPlot', 'sensorIdentity']);
  const { threat: _, ...rest } = ITEM;
  const deny = await callCommand([
    ...DECIDE,
    '--via',
    'USA',
    '--item',
    file('lack.json', JSON.stringify(rest)),
    '--json',
  ]);
  assert.equal(JSON.parse(deny.stdout).decision, 'deny');
  assert.equal(deny.status, 0, 'a denial is an answer, not a failure');
});

test('every command tells its options', async () => {
  for (const name of ['start', 'run', 'fly', 'track', 'decide', 'compare', 'verify', 'report', 'bench']) {
    const { status, stdout } = await callCommand([name, '--help']);
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^beaconfire ${name} `));
  }
});

test('a folder with files of others is never replaced, whatever its summary.json says', async () => {
  const place = join(dir, 'project');
  mkdirSync(place);
  writeFileSync(join(place, 'precious.txt'), 'mine');
  writeFileSync(join(place, 'summary.json'), '{"scenario":"x","launches":[]}');
  const { status, stderr } = await callCommand(['run', '2022-10-04-over-japan', '--out', place]);
  assert.equal(status, 2);
  assert.match(stderr, /found other files in it \(precious\.txt\)/);
  assert.equal(readFileSync(join(place, 'precious.txt'), 'utf8'), 'mine');
});

test('a report of what is no summary names the file and the field', async () => {
  const place = join(dir, 'broken');
  mkdirSync(place);
  for (const text of ['null', '{"launches":[],"scenario":"x"}']) {
    writeFileSync(join(place, 'summary.json'), text);
    const { status, stderr } = await callCommand(['report', place]);
    assert.equal(status, 2);
    assert.match(stderr, /summary\.json: .*expected .+ \[BF_FIELD\]\n$/);
  }
});

test('track writes to a device and follows a link, and replaces neither', async () => {
  const target = join(dir, 'target.ndjson');
  writeFileSync(target, '');
  symlinkSync(target, join(dir, 'link.ndjson'));
  const argv = ['track', '--sensors', file('s.json', SENSORS), '--plots', file('one.ndjson', PLOT), '--out'];
  assert.equal((await callCommand([...argv, join(dir, 'link.ndjson')])).status, 0);
  assert.ok(lstatSync(join(dir, 'link.ndjson')).isSymbolicLink());
  assert.equal((await callCommand([...argv, '/dev/null'])).status, 0);
  assert.ok(lstatSync('/dev/null').isCharacterDevice());
});
