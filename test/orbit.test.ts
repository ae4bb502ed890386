/** A satellite launch that succeeds: allowed in a scenario, and its tracks end in orbit, with no impact. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkScenario, loadScenario, type Scenario } from '../src/exercise/scenario.ts';
import { makeWorld } from '../src/exercise/world.ts';
import { sensorOfSite } from '../src/model/sensor.ts';
import { fallPath, Tracker, type TrackView } from '../src/tracking/index.ts';

const failed = loadScenario('satellite-launch-2023-05-31');
const scenario: Scenario = checkScenario(
  {
    ...failed,
    // To the east and soon there, so that it is still seen after it.
    launches: failed.launches.map(({ failure: _, separates: __, ...launch }) => ({
      ...launch,
      bearingDeg: 85,
      flightTimeS: 420,
    })),
  },
  'orbit.yaml',
);
const world = makeWorld(scenario, 1);
const [{ flight, launchUs }] = world.flights;

test('a launch without a failure reaches orbit, and the world says so', () => {
  assert.equal(flight.inOrbit, true);
  assert.ok(flight.apogeeKm > 480 && flight.apogeeKm < 530, `${flight.apogeeKm} km`);
});

test('the trackers of all sites together hold it to orbit: no impact is told from then on, class satellite launch', () => {
  const tracker = new Tracker(world.sites.map(sensorOfSite));
  const plots = world.plots.filter((p) => p.truthId !== null).sort((a, b) => a.arrivalUs - b.arrivalUs);
  let i = 0;
  let orbiting: TrackView | undefined;
  let seenAfterS = 0;
  const truth = new Float64Array(6);
  for (let now = world.startUs; now < launchUs + (flight.burnTimeS + 240) * 1e6; now += 1e6) {
    while (i < plots.length && plots[i].arrivalUs <= now) tracker.addPlot(plots[i++].plot);
    tracker.advanceTo(now);
    const sinceS = (now - launchUs) / 1e6 - flight.burnTimeS;
    if (sinceS < 30) continue;
    flight.stateAt((now - launchUs) / 1e6, truth);
    for (const view of tracker.tracks()) {
      if (now - view.lastPlotUs > 3e6) continue;
      const off = Math.hypot(...[0, 1, 2].map((k) => view.state[k] - truth[k]));
      if (off > 50e3) continue;
      seenAfterS++;
      orbiting = view;
      if (sinceS > 45) {
        assert.equal(view.impactEstimate, undefined, `${sinceS} s after insertion`);
        assert.ok(view.phase === 'boost' || view.orbitProbability! > 0.9, `${view.orbitProbability}`);
      }
    }
  }
  assert.ok(orbiting && seenAfterS > 30, `seen for ${seenAfterS} s after insertion`);
  assert.equal(orbiting.phase, 'coast');
  assert.ok(orbiting.orbitProbability! > 0.99);
  assert.deepEqual(fallPath(orbiting.state, orbiting.covariance, orbiting.timeUs, 10), []);
});
