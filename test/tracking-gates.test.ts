/**
 * The gates of the tracker's goals, at sizes that take seconds; the same studies with more runs are
 * `beaconfire bench accuracy` and `bench speed`. And the worked examples of docs/tracking.md.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ascents, loadAscents } from '../bench/accuracy-ascents.ts';
import { bias } from '../bench/accuracy-bias.ts';
import { coast, late } from '../bench/accuracy-coast.ts';
import { flights } from '../bench/accuracy-flights.ts';
import { fusion } from '../bench/accuracy-fusion.ts';
import { runStudies } from '../bench/accuracy-pool.ts';
import { crowd, salvo } from '../bench/accuracy-salvo.ts';
import { infrared, rangeRate, ships } from '../bench/accuracy-sensors.ts';
import type { AnyStudy } from '../bench/accuracy-study.ts';
import { type BenchRow, missed } from '../bench/bench.ts';
import { chartPage, percentile } from '../bench/chart.ts';
import { gospa } from '../bench/gospa.ts';
import { fuseTwoNodes } from '../examples/fuse-two-nodes.ts';
import { trackALaunch } from '../examples/track-a-launch.ts';
import { seededRandom } from '../src/earth/random.ts';
import { coastARun, loadCoastA } from '../src/tracking/testing/coast-a.ts';
import { Tracker } from '../src/tracking/tracker.ts';
import { callCommand } from './command.ts';

const scenario = loadCoastA();
const skip = scenario ? false : 'the shared data (coast-a.scenario.json) is not at hand';

function rowsOf(study: AnyStudy, runs: number): Map<string, BenchRow> {
  const results = Array.from({ length: runs }, (_, run) => study.work(1, run));
  return new Map(study.rows(results).map((r) => [r.name, r]));
}

function value(rows: Map<string, BenchRow>, part: string): number {
  const found = [...rows.values()].find((r) => r.name.includes(part));
  assert.ok(found, part);
  return found.value;
}

test('gates of coast-A: bound, NEES, NIS, impact coverage, impact error against the bound at the ground', {
  skip,
}, () => {
  const rows = rowsOf(coast, 50);
  for (const r of rows.values()) assert.ok(!missed(r), `${r.name}: ${r.value}`);
  assert.ok([...rows.values()].filter((r) => r.gate !== null).length >= 12);
});

test('gates of late plots: little is lost, and the end states are equal bit for bit', { skip }, () => {
  for (const r of rowsOf(late, 6).values()) assert.ok(!missed(r), `${r.name}: ${r.value}`);
});

test('plots in any order within the window end in the state of those in order', { skip }, () => {
  const a = scenario!;
  const { plots } = coastARun(a, 0);
  const end = (list: typeof plots) => {
    const tracker = new Tracker([a.sensor], { vacuum: true });
    for (const plot of list) {
      tracker.addPlot(plot);
      tracker.advanceTo(plots[0].timeUs + 9.5e6);
    }
    tracker.advanceTo(plots[9].timeUs);
    const [view] = tracker.tracks();
    return [view.plots, ...view.state, ...view.covariance];
  };
  const first = plots.slice(0, 10);
  const straight = end(first);
  assert.deepEqual(end([...first].reverse()), straight);
  for (let seed = 1; seed <= 30; seed++) {
    const random = seededRandom(seed);
    const keyed = first.map((plot) => ({ plot, key: random.uniform() })).sort((x, y) => x.key - y.key);
    assert.deepEqual(end(keyed.map((k) => k.plot)), straight, `order ${seed}`);
  }
});

test('gates of flights: burnout, velocity after it, one track each', () => {
  const rows = rowsOf(flights, 12);
  // Twelve flights: the worst of them stands for the 95 %, so the gate is wider here than in the benchmark.
  assert.ok(value(rows, 'burnout declared, p95') < 14);
  assert.ok(value(rows, 'burnout declared, p50') < 8);
  assert.equal(value(rows, 'while it burnt'), 0);
  assert.ok(value(rows, 'clairvoyant') < 1.5);
  assert.equal(value(rows, 'more than one track'), 0);
  assert.equal(value(rows, 'called not ballistic'), 0);
  for (const r of rows.values())
    if (r.name.includes('ellipse')) assert.ok(r.value >= 75, `${r.name}: ${r.value}`);
});

test('flights seen by infrared alone, with range rate, from ships: one track, no burnout before its time, honest places', () => {
  for (const [study, positionM, launchKm, impactKm] of [
    [infrared, 1200, 5, 80],
    [rangeRate, 500, 2, 5],
    [ships, 600, 3, 6],
  ] as const) {
    const rows = rowsOf(study, 8);
    assert.equal(value(rows, 'not held by one track'), 0);
    assert.equal(value(rows, 'while it burnt'), 0);
    assert.equal(value(rows, 'called not ballistic'), 0);
    assert.ok(value(rows, 'position RMSE') < positionM);
    assert.ok(value(rows, 'launch, median miss') < launchKm);
    assert.ok(value(rows, 'impact, median miss') < impactKm);
    // Of eight at 95 %, fewer than six have probability 0.006.
    assert.ok(value(rows, 'launch in its 95 %') >= 75);
    assert.ok(value(rows, 'impact in its 95 %') >= 75);
  }
});

test('gates of fusion: tracklets are nearly as good as plots, loops do not make it too sure', () => {
  const rows = rowsOf(fusion, 12);
  assert.ok(value(rows, 'tracklets / central') < 1.12);
  assert.ok(value(rows, 'loop, hub and direct links: ANEES/6') < 1.4);
  assert.ok(value(rows, 'loop, hub and direct links: RMSE') < 1.12);
});

test('gates of registration: the bias of one radar of three is learnt, and what is not known of it is told', () => {
  const rows = rowsOf(bias, 3);
  assert.ok(value(rows, 'second and third launch') < 1.5, `${value(rows, 'second and third launch')}`);
  assert.ok(value(rows, 'first launch') < 2.6, `${value(rows, 'first launch')}`);
  // Three runs: a band of the mean over three numbers of six components.
  for (const name of ['bias: ANEES/6', 'biases of every radar, drawn: ANEES/6']) {
    const honest = value(rows, name);
    assert.ok(honest > 0.4 && honest < 1.8, `${name}: ${honest}`);
  }
  // That it has something to learn: ignored, the same bias spoils everything.
  assert.ok(value(rows, 'bias ignored: RMSE') > 5 && value(rows, 'bias ignored: ANEES/6') > 50);
  assert.ok(value(rows, 'biases of every radar, drawn: RMSE / ignored') < 0.5);
});

test('six launches, two pairs at once: each has its track and keeps its number', () => {
  const rows = rowsOf(salvo, 2);
  assert.ok(value(rows, 'completeness') > 97);
  assert.ok(value(rows, 'spuriousness') < 3);
  assert.ok(value(rows, 'number changes') <= 1);
});

test('six launches among false plots: probabilities lose no more than the best assignment, and are honest', () => {
  const rows = rowsOf(crowd, 6);
  assert.ok(value(rows, 'GOSPA') <= value(rows, 'GOSPA, best'));
  assert.ok(value(rows, 'changes') <= value(rows, 'changes, best'));
  assert.ok(value(rows, 'NEES/6') < 1.3);
});

test('GOSPA of small sets, by hand', () => {
  const at = (x: number): [number, number, number] => [x, 0, 0];
  assert.equal(gospa([], [], 10).total, 0);
  assert.equal(gospa([at(0)], [at(3)], 10).total, 3);
  // Beyond the cut-off: one missed and one false, each 10^2 / 2.
  assert.equal(gospa([at(0)], [at(30)], 10).total, 10);
  const g = gospa([at(0), at(100)], [at(4), at(103), at(500)], 10);
  assert.deepEqual([g.localisation2, g.missed2, g.false2], [25, 0, 50]);
  assert.deepEqual(g.pairs, [
    [0, 0],
    [1, 1],
  ]);
  // The nearest pair is not always in the best set: 0-4 and 5-11 cost less than 5-4 with one missed and one false.
  assert.equal(gospa([at(0), at(5)], [at(4), at(11)], 10).localisation2, 16 + 36);
});

const found = loadAscents().length;
test('real ascents: one track through the staging and the end of the second burn', {
  skip: found > 0 ? false : 'the shared data (ascents) is not at hand',
}, () => {
  const rows = rowsOf(ascents, found);
  assert.equal(value(rows, 'not held'), 0);
  assert.ok(value(rows, 'position RMSE') < 600);
  assert.ok(value(rows, 'speed RMSE') < 80);
});

test('runs on threads give what the same runs give here, in their order', { skip }, async () => {
  const few: AnyStudy = { ...late, runs: () => 3 };
  for await (const { results } of runStudies([few], 1, true, () => {}))
    assert.deepEqual(
      results,
      [0, 1, 2].map((run) => late.work(1, run)),
    );
});

test('the page of plots has no scripts, loads nothing, and marks what is missed', () => {
  const points: [number, number][] = [
    [0, 1],
    [10, 3],
    [20, Number.POSITIVE_INFINITY],
  ];
  const chart = { title: 'A < B', note: 'n', x: 'x', y: 'y', series: [{ name: 's', points }] };
  const rows: BenchRow[] = [
    { name: 'good', value: 1, unit: '', better: 'lower', gate: 2, goal: 1 },
    { name: 'out of its band', value: 3, unit: '', better: 'higher', gate: 1, gateMax: 2, goal: null },
  ];
  const page = chartPage('Title', [chart], rows, 1, true);
  assert.doesNotMatch(page, /<script|https?:|src=|NaN|Infinity/);
  assert.match(page, /A &lt; B/);
  assert.equal(page.match(/class="m"/g)?.length, 1);
  assert.equal(percentile([3, 1, 2], 0.5), 2);
});

test('bench speed prints every row', async () => {
  const { stdout } = await callCommand(['bench', 'speed', '--quick', '--json']);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as BenchRow);
  assert.ok(rows.length >= 9);
  for (const r of rows) assert.ok(r.value > 0, r.name);
  // A machine that runs other things beside the tests may miss a gate by its caches; a fifth of it is no accident.
  for (const r of rows)
    if (r.gate !== null && r.better === 'higher') assert.ok(r.value > r.gate / 5, `${r.name}: ${r.value}`);
});

test('the worked examples run and say what they should', () => {
  const told = trackALaunch();
  assert.deepEqual(told.map(shape), expectedOutput('track-a-launch').map(shape));
  assert.match(told[1], /^launched near (38\.9|39\.[01]) N (125\.9|126\.[01]) E$/);
  const { korM, jpnM, fusedM, againM } = fuseTwoNodes();
  assert.ok(fusedM < 0.8 * Math.min(korM, jpnM));
  assert.equal(againM, fusedM);
});

/** A line without its figures, which change when the tracker gets better. */
function shape(line: string): string {
  return line.replace(/[\d.]+/g, '0');
}

/** What the document says that an example prints. */
function expectedOutput(name: string): string[] {
  const text = readFileSync(new URL('../docs/tracking.md', import.meta.url), 'utf8');
  const block = new RegExp(`npx tsx examples/${name}\\.ts\\n([^\`]*)\`\`\``).exec(text);
  assert.ok(block, name);
  return block[1].trim().split('\n');
}
