/** The greatest load of an exercise: sixty launches of one cluster, each with a track of its own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadScenario } from '../src/exercise/scenario.ts';
import { makeWorld } from '../src/exercise/world.ts';
import { sensorOfSite } from '../src/model/sensor.ts';
import { Tracker } from '../src/tracking/index.ts';

test('sixty launches within a minute: every one declared, one track each, none merged', () => {
  const scenario = loadScenario('salvo-60');
  // One nation's sites suffice, and cost a third.
  const world = makeWorld({ ...scenario, sites: ['kor'] }, scenario.seed);
  assert.equal(world.flights.length, 60);
  const tracker = new Tracker(world.sites.map(sensorOfSite));
  const firstUs = Math.min(...world.flights.map((f) => f.launchUs));
  const truth = new Float64Array(6);
  let i = 0;
  for (let now = world.startUs; now <= firstUs + 150e6; now += 0.5e6) {
    while (i < world.plots.length && world.plots[i].arrivalUs <= now) tracker.addPlot(world.plots[i++].plot);
    tracker.advanceTo(now);
    tracker.takeUpdates();
  }
  const tracksOf = new Map<string, number>();
  const views = tracker.tracks().filter((v) => !v.ended);
  for (const v of views) {
    const near = world.flights.map(({ id, launchUs, flight }) => {
      flight.stateAt((v.timeUs - launchUs) / 1e6, truth);
      return { id, m: Math.hypot(v.state[0] - truth[0], v.state[1] - truth[1], v.state[2] - truth[2]) };
    });
    const { id, m } = near.reduce((a, b) => (b.m < a.m ? b : a));
    assert.ok(m < 5000, `${v.id} is ${m.toFixed(0)} m off ${id}`);
    tracksOf.set(id, (tracksOf.get(id) ?? 0) + 1);
  }
  assert.equal(tracksOf.size, 60, 'every launch has its track');
  assert.equal(views.length, 60, 'no launch has two');
  assert.ok(views.every((v) => v.launchDeclaredUs !== undefined));
});
