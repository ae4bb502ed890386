/** Aircraft are kept to the tracker itself; what is launched or falls is not taken for one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../earth/random.ts';
import { DEG, ecefToAzElRange, enuRotation, geodeticToEcef } from '../earth/wgs84.ts';
import type { RadarPlot } from '../model/plot.ts';
import type { RadarSensor } from '../model/sensor.ts';
import { EPOCH_US, radarPlots, testFlight } from './testing/flight.ts';
import { Tracker } from './tracker.ts';

const RADAR: RadarSensor = {
  id: 'R1',
  kind: 'radar',
  latitudeDeg: 37,
  longitudeDeg: 127,
  heightM: 100,
  sigma: { rangeM: 30, azimuthDeg: 0.06, elevationDeg: 0.1 },
};
const LAT = 37 * DEG;
const LON = 127 * DEG;

/** Plots of something that moves steadily: from a place (degrees, m), with speeds east, north and up, m/s. */
function steady(
  seed: number,
  from: readonly [number, number, number],
  speed: readonly [number, number, number],
  seconds: number,
): RadarPlot[] {
  const random = seededRandom(seed);
  const m = enuRotation(LAT, LON);
  const site = geodeticToEcef(LAT, LON, 100);
  const plots: RadarPlot[] = [];
  for (let t = 0; t < seconds; t++) {
    const lat = from[0] * DEG + (speed[1] * t) / 6.37e6;
    const lon = from[1] * DEG + (speed[0] * t) / (6.37e6 * Math.cos(lat));
    const g = ecefToAzElRange(m, site, geodeticToEcef(lat, lon, from[2] + speed[2] * t));
    const noise = [random.normal(), random.normal(), random.normal()];
    if (random.uniform() > 0.9) continue;
    plots.push({
      kind: 'radar',
      sensor: 'R1',
      timeUs: EPOCH_US + t * 1e6,
      rangeM: g.rangeM + 30 * noise[0],
      azimuthRad: g.azimuthRad + 0.06 * DEG * noise[1],
      elevationRad: g.elevationRad + 0.1 * DEG * noise[2],
    });
  }
  return plots;
}

test('aircraft: no launch, no impact, no tracklet once they are known; lost to others, held by the tracker itself', () => {
  let held = 0;
  const runs = 20;
  for (let seed = 1; seed <= runs; seed++) {
    const random = seededRandom(1000 + seed);
    const course = 2 * Math.PI * random.uniform();
    const v = 200 + 60 * random.uniform();
    const tracker = new Tracker([RADAR], { windowS: 0 });
    const from = [37.5 + random.uniform(), 127.5 + random.uniform(), 8500 + 3500 * random.uniform()] as const;
    for (const p of steady(seed, from, [v * Math.sin(course), v * Math.cos(course), 0], 300))
      tracker.addPlot(p);
    for (let t = 0; t <= 300; t++) {
      tracker.advanceTo(EPOCH_US + t * 1e6);
      for (const view of tracker.tracks()) {
        assert.equal(view.launchDeclaredUs, undefined, `seed ${seed}: a launch at ${t} s`);
        assert.equal(view.impactEstimate, undefined, `seed ${seed}: an impact at ${t} s`);
      }
      const sent = tracker.takeTracklets('KOR', EPOCH_US + t * 1e6);
      if (t > 120) assert.equal(sent.length, 0, `seed ${seed}: a tracklet at ${t} s`);
    }
    assert.equal(tracker.tracks().length, 0, `seed ${seed}: a track at the end`);
    held += tracker.counts.aircraft;
  }
  assert.equal(held, runs);
});

test('launches are declared as soon as they climb, by radars of any bearing; none is held for an aircraft', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(2000 + seed);
    const flight = testFlight({
      latitudeDeg: 37.5 + 0.7 * random.uniform(),
      longitudeDeg: 126 + 2 * random.uniform(),
      bearingDeg: 360 * random.uniform(),
      burnS: 60,
      startG: 1.8 + 0.8 * random.uniform(),
      endG: 5,
      tiltDeg: 3 + 5 * random.uniform(),
      untilS: 150,
    });
    const tracker = new Tracker([RADAR], { windowS: 0 });
    const plots = radarPlots(flight, RADAR, random.fork('plots'), { periodS: 1, detection: 0.9 });
    for (const p of plots) tracker.addPlot(p);
    let declaredS = Number.POSITIVE_INFINITY;
    for (let t = 0; t <= 150; t++) {
      tracker.advanceTo(EPOCH_US + t * 1e6);
      for (const v of tracker.tracks()) {
        if (v.launchDeclaredUs !== undefined) declaredS = Math.min(declaredS, t);
      }
    }
    assert.equal(tracker.counts.aircraft, 0, `seed ${seed}`);
    const height = (s: Float64Array): number => Math.hypot(s[0], s[1], s[2]) - 6.37e6;
    // Before 3 km and 300 m/s nothing is declared of any track.
    const first = flight.states.findIndex(
      (s, k) => height(s) - height(flight.states[0]) > 3e3 && k / 10 >= (plots[0].timeUs - EPOCH_US) / 1e6,
    );
    assert.ok(
      declaredS <= first / 10 + 12,
      `seed ${seed}: declared at ${declaredS} s, above 3 km at ${first / 10} s`,
    );
  }
});

test('a body that comes down steeply and slowly is no aircraft', () => {
  const tracker = new Tracker([RADAR], { windowS: 0 });
  for (const p of steady(5, [37.8, 127.6, 16e3], [30, 0, -200], 70)) tracker.addPlot(p);
  tracker.advanceTo(EPOCH_US + 70e6);
  assert.equal(tracker.counts.aircraft, 0);
});

test('a state beyond any place where something flies ends its track, counted', () => {
  const tracker = new Tracker([RADAR], { windowS: 0 });
  // A radar gone mad: plots that recede ever faster.
  for (let t = 0; t < 400; t++) {
    tracker.addPlot({
      kind: 'radar',
      sensor: 'R1',
      timeUs: EPOCH_US + t * 1e6,
      rangeM: 3e5 + 2e3 * t + 20 * t * t,
      azimuthRad: 1,
      elevationRad: 0.8,
    });
    tracker.advanceTo(EPOCH_US + t * 1e6);
  }
  assert.ok(tracker.counts.astray > 0);
  assert.ok(tracker.tracks().every((v) => v.ended === 'lost' || Math.hypot(...v.state.subarray(3)) < 12e3));
});
