/** A glide in a whole run: called what it is by all three nations, on one track, the impact told before withdrawn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordRun } from '../src/exercise/record.ts';
import { prepareRun } from '../src/exercise/run.ts';
import { NATIONS } from '../src/model/nation.ts';

/** About when the flight leaves the free fall: 80 % of the apogee on the way down, s after launch. */
const PULLS_UP_S = 203;

test('the glide of 2024-01-14: not ballistic in each nation within 20 s, no impact after, one track to its end', () => {
  const { summary, files } = recordRun(prepareRun({ scenario: '2024-01-14-first-use' }));
  const [launch] = summary.launches;
  const launchMs = Date.parse(launch.truth.launchTime);
  for (const nation of NATIONS) {
    const r = launch.nations[nation];
    assert.ok(r.notBallisticS !== null, `${nation}: never called not ballistic`);
    const delayS = r.notBallisticS - PULLS_UP_S;
    assert.ok(delayS > 0 && delayS <= 20, `${nation}: called ${delayS} s after the pull-up`);
    assert.equal(r.impactErrorKm, null);
    assert.equal(r.insideEllipse95, null);
    const told = files
      .get(`tracks.${nation}.ndjson`)!
      .trim()
      .split('\n')
      .map((l) => JSON.parse(l) as { time: string; track: string; estimate?: string; phase?: string });
    const afterS = (t: { time: string }) => (Date.parse(t.time) - launchMs) / 1000;
    assert.deepEqual([...new Set(told.map((t) => t.track))], ['S1'], `${nation}: one track`);
    assert.ok(told.some((t) => t.estimate === 'impact' && afterS(t) < PULLS_UP_S));
    assert.ok(!told.some((t) => t.estimate === 'impact' && afterS(t) > r.notBallisticS! + 1));
    // It flies on for minutes, and is seen to.
    assert.ok(told.some((t) => t.phase === 'notBallistic' && afterS(t) > 400));
  }
});
