/** Agreement of fused tracks: it finds that two nodes see one flight, and never that two launches close together are one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../earth/random.ts';
import { agreement } from './agreement.ts';
import { FusedTrack } from './fusion.ts';
import { EPOCH_US, radarPlots, THREE_NODES, THREE_RADARS, testFlight } from './testing/flight.ts';
import { Tracker } from './tracker.ts';

const UNTIL_S = 200;

/** What the node of a radar alone makes of a launch so far north of the first, degrees; looked at every ten seconds. */
function seenBy(k: number, northDeg: number, seed: number): FusedTrack {
  const flight = testFlight({
    latitudeDeg: 39 + northDeg,
    longitudeDeg: 126,
    bearingDeg: 90,
    burnS: 95,
    startG: 2,
    endG: 8,
    tiltDeg: 5,
    untilS: UNTIL_S + 10,
  });
  const tracker = new Tracker([THREE_RADARS[k]], { prefix: 'T' });
  const plots = radarPlots(flight, THREE_RADARS[k], seededRandom(seed).fork(`R${k}`), {
    periodS: 1,
    offsetS: 0.3 * k,
    detection: 0.9,
  });
  let fused: FusedTrack | undefined;
  for (let t = 0; t <= UNTIL_S; t++) {
    const now = EPOCH_US + t * 1e6;
    for (const p of plots) if (p.timeUs > now - 1e6 && p.timeUs <= now) tracker.addPlot(p);
    tracker.advanceTo(now);
    for (const tracklet of tracker.takeTracklets(THREE_NODES[k], now)) {
      if (fused) fused.add(tracklet);
      else fused = FusedTrack.start(tracklet);
    }
  }
  return fused!;
}

function agreed(a: FusedTrack, b: FusedTrack): number {
  let n = 0;
  for (let t = 20; t <= UNTIL_S; t += 2) if (agreement(a, b, EPOCH_US + t * 1e6) !== undefined) n++;
  return n;
}

test('one flight seen by two nodes: they agree; two launches of the same second 1 and 2 km apart: never', () => {
  for (let seed = 1; seed <= 4; seed++) {
    const a = seenBy(0, 0, seed);
    const same = agreed(a, seenBy(1, 0, seed));
    assert.ok(same > 20, `seed ${seed}: ${same} looks of one flight agreed`);
    for (const northDeg of [0.009, 0.018])
      assert.equal(agreed(a, seenBy(1, northDeg, seed)), 0, `seed ${seed}, ${northDeg} degrees`);
  }
});
