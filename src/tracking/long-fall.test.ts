/** Half an hour of free fall, seen all along: whether the motion model keeps what the plots tell, and says no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../earth/random.ts';
import { DEG, geodeticToEcef } from '../earth/wgs84.ts';
import type { RadarSensor } from '../model/sensor.ts';
import { unpackUpper } from '../model/track.ts';
import { predictBallistic } from './dynamics.ts';
import { aneesBand, nees } from './metrics.ts';
import { EPOCH_US, fallStep, radarPlots, testFlight, truthAt } from './testing/flight.ts';
import { Tracker } from './tracker.ts';

const flight = testFlight({
  latitudeDeg: 39,
  longitudeDeg: 126,
  bearingDeg: 40,
  burnS: 150,
  startG: 2,
  endG: 20,
  tiltDeg: 7,
  untilS: 1500,
});

test('the ballistic prediction is the fall in gravity with J2 to J4, to a tenth of a metre over ten minutes', () => {
  const s = new Float64Array(7 + 49);
  s.set(flight.states[3000]);
  s[6] = -30;
  const truth = flight.states[3000].slice();
  for (let k = 0; k < 300; k++) {
    predictBallistic(s, 0, 7, 2);
    for (let i = 0; i < 20; i++) fallStep(truth, 0.1);
  }
  const apart = Math.hypot(s[0] - truth[0], s[1] - truth[1], s[2] - truth[2]);
  assert.ok(apart < 0.1, `${apart} m`);
});

test('a track held through twenty minutes of free fall is honest to its end', () => {
  const sigma = { rangeM: 10, azimuthDeg: 0.02, elevationDeg: 0.02 };
  const radars = (
    [
      ['R1', 37, 127],
      ['R2', 45, 140],
      ['R3', 55, 160],
      ['R4', 60, 190],
    ] as const
  ).map(
    ([id, latitudeDeg, longitudeDeg]): RadarSensor => ({
      id,
      kind: 'radar',
      latitudeDeg,
      longitudeDeg,
      heightM: 0,
      sigma,
    }),
  );
  const runs = 12;
  const marks = [700, 1000, 1300];
  const sums = marks.map(() => 0);
  for (let run = 1; run <= runs; run++) {
    const random = seededRandom(run);
    const plots = radars
      .flatMap((radar, k) =>
        radarPlots(flight, radar, random.fork(radar.id), {
          periodS: 2,
          offsetS: 0.4 * k,
          maxRangeM: 5e6,
          fromS: 200,
        }),
      )
      .sort((a, b) => a.timeUs - b.timeUs);
    const tracker = new Tracker(radars, { windowS: 0 });
    let i = 0;
    marks.forEach((t, m) => {
      while (i < plots.length && plots[i].timeUs <= EPOCH_US + t * 1e6) tracker.addPlot(plots[i++]);
      tracker.advanceTo(EPOCH_US + t * 1e6);
      const [view] = tracker.tracks();
      const truth = truthAt(flight, view.timeUs);
      const e = Array.from(view.state, (v, k) => v - truth[k]);
      sums[m] += nees(e, unpackUpper(view.covariance, 6), 6) / runs;
    });
  }
  const [low, high] = aneesBand(6, runs);
  sums.forEach((v, m) => {
    assert.ok(v > low && v < high, `ANEES/6 after ${marks[m]} s: ${v.toFixed(2)}`);
  });
});

test('after an hour without plots the spread has bent, and the prediction knows it', () => {
  const start = new Float64Array(7 + 49);
  // As the lofted flight of 2022-03-24 after burnout: straight up, an apogee of some 6000 km.
  const place = geodeticToEcef(40 * DEG, 130 * DEG, 700e3);
  for (let i = 0; i < 3; i++) {
    start[i] = place[i];
    start[3 + i] = (6500 * place[i]) / Math.hypot(...place);
  }
  start[6] = -30;
  for (let i = 0; i < 3; i++) {
    start[7 + 8 * i] = 100 ** 2;
    start[7 + 8 * (i + 3)] = 4 ** 2;
  }
  start[7 + 48] = 0.01;
  const predicted = start.slice();
  predictBallistic(predicted, 0, 7, 3080);
  const covariance = new Float64Array(36);
  for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) covariance[6 * i + j] = predicted[7 + 7 * i + j];
  const random = seededRandom(1);
  const runs = 300;
  let mean = 0;
  for (let run = 0; run < runs; run++) {
    const body = start.slice();
    for (let i = 0; i < 6; i++) body[i] += Math.sqrt(start[7 + 8 * i]) * random.normal();
    predictBallistic(body, 0, 7, 3080);
    const e = Array.from({ length: 6 }, (_, i) => body[i] - predicted[i]);
    mean += nees(e, covariance, 6) / runs;
  }
  assert.ok(mean > 0.5 && mean < 1.2, mean.toFixed(2));
});
