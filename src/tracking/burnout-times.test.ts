import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../earth/random.ts';
import { weighBurnoutTimes } from './burnout-times.ts';
import { sensorModel } from './measurement.ts';
import { nees } from './metrics.ts';
import { BURNOUT, PC, slabLength, XC } from './slab.ts';
import { EPOCH_US, radarPlots, THREE_RADARS, testFlight, truthAt } from './testing/flight.ts';

const FLIGHT = testFlight({
  latitudeDeg: 39,
  longitudeDeg: 126,
  bearingDeg: 80,
  burnS: 90,
  startG: 2,
  endG: 7,
  tiltDeg: 5,
  untilS: 130,
});
const MODELS = new Map(THREE_RADARS.map((r, i) => [r.id, sensorModel(r, i)]));

function weighed(run: number, untilS: number): Float64Array | undefined {
  const random = seededRandom(run);
  const plots = THREE_RADARS.flatMap((radar, k) =>
    radarPlots(FLIGHT, radar, random.fork(radar.id), {
      periodS: 1,
      offsetS: 0.3 * k,
      toS: untilS,
      detection: 0.9,
    }),
  ).sort((a, b) => a.timeUs - b.timeUs);
  const s = new Float64Array(slabLength(3));
  // As the tracker declares it, some seconds late.
  s[BURNOUT] = EPOCH_US + 93e6;
  if (!weighBurnoutTimes(s, plots, MODELS)) return undefined;
  const truth = truthAt(FLIGHT, plots[plots.length - 1].timeUs);
  const error = Array.from(truth, (v, i) => s[XC + i] - v);
  const p = new Float64Array(36);
  for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) p[6 * i + j] = s[PC + 7 * i + j];
  return Float64Array.of(nees(error, p, 6), Math.hypot(error[3], error[4], error[5]));
}

test('all burnout times weighed: an honest state of the fall, ever better, and none while it burns', () => {
  const rms: number[] = [];
  for (const untilS of [97, 105, 120]) {
    let sum = 0;
    let squares = 0;
    for (let run = 0; run < 40; run++) {
      const out = weighed(run, untilS);
      assert.ok(out, `run ${run}, ${untilS} s: not found`);
      sum += out[0];
      squares += out[1] ** 2;
    }
    // Not too sure; too careful it is, for the jerk that the boost model allows is wider than this engine has.
    assert.ok(sum / 40 / 6 < 1.33, `${untilS} s: ANEES/6 ${sum / 40 / 6}`);
    rms.push(Math.sqrt(squares / 40));
  }
  assert.ok(rms[0] > rms[1] && rms[1] > rms[2] && rms[2] < 4, rms.join());
  for (let run = 0; run < 40; run++) assert.equal(weighed(run, 89), undefined, `run ${run}: while it burnt`);
});
