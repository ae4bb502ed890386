/** 2017-03-06, four launches within six seconds from one place: what is first taken for another is put right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExerciseRun, prepareRun } from '../src/exercise/run.ts';
import { NATIONS } from '../src/model/nation.ts';

test('four launches side by side end as four system tracks in each nation, one for each flight', () => {
  const base = prepareRun({ scenario: '2017-03-06-four' });
  const run = new ExerciseRun(base);
  const { flights } = base.world;
  const startUs = Math.max(...flights.map((f) => f.launchUs));
  const truth = new Float64Array(6);
  // The United States' tracks are told apart 60 s after the launches; Japan's own come from 83 s on.
  for (const s of [70, 80, 95, 105]) {
    run.advanceTo(startUs + s * 1e6);
    for (const nation of NATIONS) {
      const at = `${nation} at ${s} s`;
      const live = run
        .node(nation)
        .pictureOf.tracks()
        .filter((t) => t.status === 'held' || t.status === 'stale');
      // What was there first goes on: no number is given up for a later one.
      assert.deepEqual(live.map((t) => t.id).sort(), ['S1', 'S2', 'S3', 'S4'], at);
      const near = live.map(({ fused: { state, timeUs } }) => {
        const m = flights.map(({ launchUs, flight }) => {
          flight.stateAt((timeUs - launchUs) / 1e6, truth);
          return Math.hypot(state[0] - truth[0], state[1] - truth[1], state[2] - truth[2]);
        });
        return m.indexOf(Math.min(...m));
      });
      assert.deepEqual(near.sort(), [0, 1, 2, 3], `${at}: each flight has its track`);
      const nodes = s > 100 ? ['JPN', 'KOR', 'USA'] : ['KOR', 'USA'];
      for (const t of live) {
        const from = [...t.members].map((key) => key.split('/')[0]).filter((n) => s > 100 || n !== 'JPN');
        assert.deepEqual(from.sort(), nodes, `${at}: ${t.id} is what each node has of one flight`);
      }
    }
  }
});
