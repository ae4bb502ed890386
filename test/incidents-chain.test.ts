/** Incidents through the whole chain: sensors, trackers, exchange, picture and desk, not the desk's input alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExerciseRun, prepareRun } from '../src/exercise/run.ts';

const base = prepareRun({ scenario: '2022-10-04-over-japan' });
const { world } = base;
const [flight] = world.flights;

/** A run of which only some plots were ever made. */
function runWith(keep: (plot: (typeof world.plots)[number]) => boolean): ExerciseRun {
  return new ExerciseRun({ ...base, world: { ...world, plots: world.plots.filter(keep) } });
}

test('W7 all sensors of all nations die in mid-flight: the last word is "not tracked since", never passed or impacted', () => {
  // Alerted by then, and not yet over Japan.
  const deadUs = flight.launchUs + 230e6;
  const run = runWith((p) => p.plot.timeUs < deadUs);
  while (!run.ended) run.advanceTo(run.nowUs + 10e6);
  const issued = run.node('JPN').warnings.issued.map((i) => i.warning);
  const told = issued.map((w) => `${w.messageType} ${w.stage}`);
  assert.ok(issued.length > 2 && issued[0].sentUs < deadUs, told.join());
  assert.ok(!told.some((s) => /passed|impacted/.test(s)), told.join());
  assert.ok(!issued.some((w) => w.cancelReason === 'passed'), told.join());
  const lost = issued.filter((w) => w.stage === 'trackLost');
  assert.ok(lost.length > 0, told.join());
  for (const w of lost) {
    assert.equal(w.evidence, 'lost');
    assert.match(
      w.description.en,
      /has not been tracked since 07:2\d JST.*The last prediction was about 07:2\d/s,
    );
  }
  // Told while the danger was still to come: the time of the rules, and what was under way when the sensors died.
  assert.ok(
    lost[0].sentUs - deadUs <= 35e6 && lost[0].sentUs < Math.min(...lost[0].areas.map((a) => a.atUs)),
    `${(lost[0].sentUs - deadUs) / 1e6} s`,
  );
  const last = issued.at(-1)!;
  assert.deepEqual([last.messageType, last.cancelReason], ['cancel', 'superseded']);
});

test('W15 one radar alone, with its noise and false plots, shows its nation a threat and alerts nobody', () => {
  const own = world.sites.filter((s) => s.nation === 'JPN').map((s) => s.id);
  const count = (id: string) => world.plots.filter((p) => p.plot.sensor === id).length;
  const [sensor] = own.sort((a, b) => count(b) - count(a));
  const run = runWith((p) => p.plot.sensor === sensor);
  const { warnings, pictureOf } = run.node('JPN');
  let unconfirmed = 0;
  while (!run.ended) {
    run.advanceTo(run.nowUs + 5e6);
    for (const u of warnings.unconfirmed(pictureOf.tracks())) {
      unconfirmed++;
      assert.deepEqual([u.sources, u.needed], [1, 2]);
    }
  }
  assert.ok(unconfirmed > 10, `${sensor}: seen as a threat ${unconfirmed} times`);
  for (const nation of ['JPN', 'KOR'] as const) assert.deepEqual(run.node(nation).warnings.issued, []);
});
