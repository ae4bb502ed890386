/** W16: simultaneous launches through the whole chain (sensors, trackers, exchange, picture) are not merged. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { geodesicDirect } from '../src/earth/geodesic.ts';
import { isoToUs, usToIso } from '../src/earth/time.ts';
import { ExerciseRun, prepareRun, type RunOptions } from '../src/exercise/run.ts';
import { loadScenario } from '../src/exercise/scenario.ts';
import { makeWorld } from '../src/exercise/world.ts';

interface Count {
  /** Looks at a flight, and those at which no track of its own was held. */
  looks: number;
  without: number;
  /** Looks at which a second track was held of one flight. */
  doubled: number;
  /** Tracks that went over from one flight to another. */
  switched: number;
  launches: number;
}

/** The same flight twice, `gapS` seconds and `apartKm` to the north of the first, until 200 s after the later launch. */
function fly(base: RunOptions, gapS: number, apartKm: number): Count {
  const scenario = structuredClone(loadScenario('2022-10-04-over-japan'));
  const [one] = scenario.launches;
  Object.assign(one, {
    apogeeKm: 400,
    rangeKm: 1300,
    bearingDeg: 80,
    rangeClass: 'medium',
    latitudeDeg: 36.5,
  });
  const there = geodesicDirect(one.latitudeDeg, one.longitudeDeg, 10, apartKm * 1000);
  scenario.launches.push({
    ...one,
    id: 'L2',
    latitudeDeg: there.latitudeDeg,
    longitudeDeg: there.longitudeDeg,
    launchTime: `${usToIso(isoToUs(one.launchTime)! + gapS * 1e6).slice(0, 19)}Z`,
  });
  const world = makeWorld(scenario, 16);
  const run = new ExerciseRun({ ...base, scenario, world });
  const count: Count = { looks: 0, without: 0, doubled: 0, switched: 0, launches: 0 };
  const flightOf = new Map<string, string>();
  const truth = new Float64Array(6);
  const startUs = Math.max(...world.flights.map((f) => f.launchUs));
  // Two minutes after the later launch both are to have had their tracks for long.
  for (let s = 120; s <= 200; s += 5) {
    run.advanceTo(startUs + s * 1e6);
    const held = new Map<string, number>(world.flights.map((f) => [f.id, 0]));
    for (const track of run.node('JPN').pictureOf.tracks()) {
      if (track.status === 'lost' || track.status === 'impact') continue;
      const { state, timeUs } = track.fused;
      const distances = world.flights.map(({ id, launchUs, flight }) => {
        flight.stateAt((timeUs - launchUs) / 1e6, truth);
        return { id, m: Math.hypot(state[0] - truth[0], state[1] - truth[1], state[2] - truth[2]) };
      });
      const nearest = distances.reduce((a, b) => (b.m < a.m ? b : a));
      // Farther off it is a track of nothing that flies, and no answer to anybody's question.
      if (nearest.m > 20_000) continue;
      held.set(nearest.id, held.get(nearest.id)! + 1);
      const before = flightOf.get(track.id);
      if (before !== undefined && before !== nearest.id) count.switched++;
      flightOf.set(track.id, nearest.id);
    }
    for (const n of held.values()) {
      count.looks++;
      if (n === 0) count.without++;
      if (n > 1) count.doubled++;
    }
  }
  count.launches = new Set(
    run
      .node('JPN')
      .pictureOf.tracks()
      .filter((t) => flightOf.has(t.id))
      .map((t) => t.launchId),
  ).size;
  return count;
}

test('W16 two launches 0-60 s and 50-800 km apart are not merged: association errors are counted and bounded', (t) => {
  const total: Count = { looks: 0, without: 0, doubled: 0, switched: 0, launches: 0 };
  const base = prepareRun({ scenario: '2022-10-04-over-japan' });
  for (const [gapS, apartKm] of [
    [0, 50],
    [30, 300],
    [60, 800],
  ] as const) {
    const count = fly(base, gapS, apartKm);
    t.diagnostic(`${gapS} s, ${apartKm} km apart: ${JSON.stringify(count)}`);
    assert.equal(count.launches, 2, `${gapS} s, ${apartKm} km: two launches`);
    for (const key of ['looks', 'without', 'doubled', 'switched'] as const) total[key] += count[key];
  }
  // A merged pair would leave one of two flights without a track at every look: half of them.
  assert.ok(total.without / total.looks <= 0.02, `${total.without} of ${total.looks} without a track`);
  assert.ok(total.doubled / total.looks <= 0.05, `${total.doubled} of ${total.looks} with two tracks`);
  assert.equal(total.switched, 0);
});
