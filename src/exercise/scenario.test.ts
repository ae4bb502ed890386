import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BeaconfireError } from '../model/errors.ts';
import { checkScenario, loadScenario, PROJECT_ROOT, type Scenario, scenarioNames } from './scenario.ts';
import { makeWorld } from './world.ts';

test('every scenario of the project is read, and says in three languages what it assumes and on which source it stands', () => {
  const names = scenarioNames();
  assert.ok(names.length >= 14, names.join(', '));
  for (const name of names) {
    const s = loadScenario(name);
    assert.equal(s.id, name);
    assert.ok(s.assumptions.length >= 3, name);
    assert.ok(s.launches.length >= 1 && s.launches.length <= 60);
    for (const l of s.launches) assert.ok(l.source.length > 10, `${name} ${l.id}`);
    for (const text of [s.title, s.summary]) {
      assert.match(text.ko, /[\uac00-\ud7a3]/, name);
      assert.match(text.ja, /[\u3040-\u30ff\u4e00-\u9fff]/, name);
    }
  }
});

test('the world of each scenario that is not a plain arc holds what it promises', () => {
  const world = (name: string) => {
    const s = loadScenario(name);
    return makeWorld(s, s.seed);
  };
  // ROK JCS: 1,920 km, 760 km; its thrust ends before the class's own burnout.
  const failed = world('2022-11-03-boost-failure');
  const [f] = failed.flights;
  assert.ok(
    Math.abs(f.flight.apogeeKm - 1920) < 10 && Math.abs(f.flight.rangeKm - 760) < 10,
    `${f.flight.rangeKm} km`,
  );
  assert.deepEqual(
    failed.bodies.map((b) => b.id),
    ['L1-stage1'],
  );
  assert.ok(failed.plots.some((p) => p.truthId === 'L1-stage1'));
  const broken = world('2017-08-29-over-japan');
  assert.equal(broken.bodies.length, 2);
  const launch = world('satellite-launch-2023-05-31');
  assert.equal(launch.flights[0].flight.motion, 'spaceLaunch');
  assert.ok(Math.abs(launch.flights[0].flight.rangeKm - 380) < 0.1);
  const irregular = world('quasi-ballistic-2023-06-15');
  assert.deepEqual(
    irregular.flights.map((x) => [
      x.flight.motion,
      Math.round(x.flight.rangeKm),
      Math.round(x.flight.flightTimeS),
    ]),
    [
      ['pullUp', 850, 660],
      ['pullUp', 900, 660],
    ],
  );
});

test('a scenario simulated in full: moving radars, late plots, an outage, aircraft; the same bytes each time', () => {
  const s = loadScenario('2022-10-04-full-sensing');
  const world = makeWorld(s, s.seed);
  const { plots } = world;
  const firstUs = world.flights[0].launchUs;
  const out = plots
    .filter((p) => p.plot.sensor === 'JP-FPS5-OMINATO')
    .map((p) => (p.plot.timeUs - firstUs) / 1e6);
  assert.ok(out.length > 100 && !out.some((t) => t >= 200 && t < 260));
  assert.ok(plots.some((p) => p.truthId?.startsWith('air:')));
  assert.ok(plots.some((p) => p.plot.sensor === 'US-HEO-1'));
  assert.ok(
    plots.filter((p) => p.plot.kind === 'radar').every((p) => p.plot.kind === 'radar' && p.plot.snrDb! > 11),
  );
  assert.ok(plots.filter((p) => /DDG/.test(p.plot.sensor)).every((p) => p.plot.positionEcefM !== undefined));
  assert.deepEqual(makeWorld(s, s.seed).plots, plots);
});

test('a salvo is written out as launches, each with an id of its own', () => {
  const s = loadScenario('salvo-10');
  assert.equal(s.launches.length, 10);
  assert.equal(new Set(s.launches.map((l) => l.id)).size, 10);
  assert.equal(s.salvo, undefined);
  // Up to sixty, of a file of one's own.
  const text = readFileSync(join(PROJECT_ROOT, 'scenarios', 'salvo-10.yaml'), 'utf8').replace(
    'count: 9',
    'count: 59',
  );
  const folder = mkdtempSync(join(tmpdir(), 'beaconfire-'));
  try {
    writeFileSync(join(folder, 'own.yaml'), text);
    const own = loadScenario(join(folder, 'own.yaml'));
    assert.equal(own.launches.length, 60);
    assert.equal(makeWorld(own, 1).flights.length, 60);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what a launch cannot be is refused by field', () => {
  const good = loadScenario('two-launches');
  const changed = (
    change: Partial<Scenario['launches'][number]>,
    more: Partial<Scenario> = {},
  ): Scenario => ({
    ...good,
    launches: [{ ...good.launches[0], ...change }],
    ...more,
  });
  const salvo = { of: 'L1', count: 5, spreadKm: 1, spreadS: 1, seed: 1 };
  const cases: [Scenario, string][] = [
    [changed({ failure: { kind: 'thrustEnds' } }), 'launches[0].failure.atS'],
    [changed({ motion: 'glide', failure: { kind: 'breakUp', atS: 5 } }), 'launches[0].failure'],
    [changed({}, { salvo: { ...salvo, of: 'L9' } }), 'salvo.of'],
    [
      changed({}, { recalls: [{ atS: 1, by: 'KOR', kind: 'launch', launch: 'L9', reason: 'x' }] }),
      'recalls[0].launch',
    ],
    [{ ...good, salvo: { ...salvo, count: 59 } }, 'salvo.count'],
    [changed({}, { outages: [{ sensor: 'JP-FPS5-SADO', fromS: 5, toS: 5 }] }), 'outages[0].toS'],
  ];
  for (const [scenario, field] of cases) {
    assert.throws(
      () => checkScenario(scenario, 'x.yaml'),
      (e) => e instanceof BeaconfireError && e.code === 'BF_FIELD' && e.message.includes(field),
      field,
    );
  }
  const lost = changed({}, { outages: [{ sensor: 'NONE', fromS: 0, toS: 5 }] });
  assert.throws(
    () => makeWorld(lost, 1),
    (e) => e instanceof BeaconfireError && e.message.includes('outages[0].sensor'),
  );
  // What would never happen is refused, not passed over.
  const recall = { by: 'KOR', kind: 'impact', launch: good.launches[0].id, reason: 'x' };
  const cause = { en: 'x', ko: 'x', ja: 'x' };
  const event = { agreement: 'gsomia-2016', event: 'suspended', by: ['KOR'], cause };
  for (const [name, what] of [
    ['recalls', recall],
    ['events', event],
  ] as const) {
    const late = checkScenario(changed({}, { [name]: [{ atS: 20_000, ...what }] }), 'x.yaml');
    assert.throws(
      () => makeWorld(late, 1),
      (e) => e instanceof BeaconfireError && e.code === 'BF_FIELD' && e.message.includes(`${name}[0].atS`),
    );
  }
});
