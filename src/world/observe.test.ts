import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { seededRandom } from '../earth/random.ts';
import { DEG } from '../earth/wgs84.ts';
import type { SensorSite } from '../model/sensor.ts';
import { fitFlight } from './fit.ts';
import { type Observation, type ObservedPlot, observeFlights } from './observe.ts';
import { inSector, visible } from './sensing.ts';
import { loadSites } from './sites.ts';

const sites = ['usa', 'kor', 'jpn'].flatMap((name) =>
  loadSites(readFileSync(new URL(`../../sites/${name}.yaml`, import.meta.url), 'utf8'), name),
);
const launchUs = 1_664_749_320_000_000;
const pacific = fitFlight({
  latitudeDeg: 40.611208,
  longitudeDeg: 126.425743,
  bearingDeg: 80,
  apogeeKm: 1000,
  rangeKm: 4600,
});
const lofted = fitFlight({
  latitudeDeg: 39.2,
  longitudeDeg: 125.67,
  bearingDeg: 70,
  apogeeKm: 900,
  rangeKm: 450,
});
const flights = [
  { id: 'L1', launchUs, flight: pacific },
  { id: 'L2', launchUs: launchUs + 30e6, flight: lofted },
];
const whole: Observation = {
  sites,
  flights,
  fromUs: launchUs - 60e6,
  toUs: launchUs + 1500e6,
  random: seededRandom(7),
};
const all = observeFlights(whole);

test('plots come in order of arrival, within the window, with the delay and the nation of their site', () => {
  const byId = new Map(sites.map((s) => [s.id, s]));
  let last = 0;
  for (const { plot, arrivalUs, nation } of all) {
    const site = byId.get(plot.sensor)!;
    assert.ok(arrivalUs >= last);
    last = arrivalUs;
    assert.equal(arrivalUs - plot.timeUs, Math.round(site.delayS * 1e6));
    assert.equal(nation, site.nation);
    assert.equal(plot.kind, site.kind);
    assert.ok(Number.isInteger(plot.timeUs) && plot.timeUs >= whole.fromUs && plot.timeUs < whole.toUs);
  }
  for (const nation of ['USA', 'KOR', 'JPN']) {
    for (const id of ['L1', 'L2']) assert.ok(all.some((p) => p.nation === nation && p.truthId === id));
  }
});

test('the same seed gives the same plots; leaving out a site or a flight changes no other plot', () => {
  assert.deepEqual(observeFlights({ ...whole, random: seededRandom(7) }), all);
  assert.notDeepEqual(observeFlights({ ...whole, random: seededRandom(8) }), all);
  const without = sites[1].id;
  assert.deepEqual(
    observeFlights({ ...whole, sites: sites.filter((s) => s.id !== without) }),
    all.filter((p) => p.plot.sensor !== without),
  );
  assert.deepEqual(
    observeFlights({ ...whole, flights: flights.slice(1) }),
    all.filter((p) => p.truthId !== 'L1'),
  );
  assert.deepEqual(observeFlights({ ...whole, sites: [...sites].reverse() }), all);
});

test('no plot of a flight lies where its site does not see, and no false plot outside the sector', () => {
  const state = new Float64Array(6);
  const byId = new Map(sites.map((s) => [s.id, s]));
  for (const { plot, truthId } of all) {
    const site = byId.get(plot.sensor)!;
    const observed = flights.find((f) => f.id === truthId);
    if (observed) {
      const tS = (plot.timeUs - observed.launchUs) / 1e6;
      assert.ok(tS >= 0 && tS <= observed.flight.flightTimeS);
      observed.flight.stateAt(tS, state);
      assert.ok(visible(site, [state[0], state[1], state[2]], observed.flight.thrusting(tS)).seen);
      if (plot.kind === 'infrared') assert.ok(tS < observed.flight.burnTimeS);
    } else if (plot.kind === 'radar') {
      assert.ok(inSector(site, plot.azimuthRad));
      assert.ok(plot.rangeM <= site.maxRangeKm! * 1000 && plot.elevationRad >= 0);
    } else {
      const [x, y, z] = plot.positionEcefM;
      const [u, v, w] = plot.lineOfSightEcef;
      // It points at the Earth: nearer to its centre than the equator's radius.
      const along = x * u + y * v + z * w;
      assert.ok(along < 0 && Math.hypot(x - along * u, y - along * v, z - along * w) < 6378138);
    }
  }
});

/** Squared errors over variances of one site's plots of the flights, and how many numbers they hold. */
function normalisedErrors(
  site: SensorSite,
  plots: readonly ObservedPlot[],
): { sum: number; count: number; mean: number } {
  const state = new Float64Array(6);
  let sum = 0;
  let linear = 0;
  let count = 0;
  for (const { plot, truthId } of plots) {
    const observed = flights.find((f) => f.id === truthId);
    if (!observed || plot.sensor !== site.id) continue;
    observed.flight.stateAt((plot.timeUs - observed.launchUs) / 1e6, state);
    const sight = visible(site, [state[0], state[1], state[2]], true);
    assert.ok(sight.seen);
    const errors: number[] = [];
    if (plot.kind === 'radar') {
      const turned = ((plot.azimuthRad - sight.azimuthRad + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
      errors.push((plot.rangeM - sight.rangeM) / site.sigma.rangeM!);
      errors.push(turned / (site.sigma.azimuthDeg! * DEG));
      errors.push((plot.elevationRad - sight.elevationRad) / (site.sigma.elevationDeg! * DEG));
      if (site.sigma.rangeRateMps) {
        const [x, y, z] = sight.lineOfSight;
        errors.push(
          (plot.rangeRateMps! - x * state[3] - y * state[4] - z * state[5]) / site.sigma.rangeRateMps,
        );
      }
    } else {
      const [a, b] = [plot.lineOfSightEcef, sight.lineOfSight];
      const off = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / (site.sigma.angleDeg! * DEG);
      sum += off * off;
      count += 2;
    }
    for (const e of errors) {
      sum += e * e;
      linear += e;
      count++;
    }
  }
  return { sum, count, mean: linear / Math.max(1, count) };
}

test('noise is that of the site: unbiased, its normalised square within the chi-square band', () => {
  const kinds = ['US-TPY2-SHARIKI', 'KR-DDG-1', 'JP-FPS5-SADO', 'US-OPIR-A', 'US-OPIR-B'];
  for (const id of kinds) {
    const site: SensorSite = { ...sites.find((s) => s.id === id)!, revisitS: 0.1, falsePlotsPerScan: 0 };
    if (id === 'KR-DDG-1') site.sigma = { ...site.sigma, rangeRateMps: 5 };
    const plots = observeFlights({ ...whole, sites: [site] });
    const { sum, count, mean } = normalisedErrors(site, plots);
    assert.ok(count > 1500, `${id} ${count}`);
    // Chi-square with `count` degrees of freedom: mean count, variance 2 count; four standard deviations.
    assert.ok(Math.abs(sum - count) < 4 * Math.sqrt(2 * count), `${id}: ${sum} of ${count}`);
    assert.ok(Math.abs(mean) < 4 / Math.sqrt(count), `${id}: mean ${mean}`);
  }
});

test('misses and false plots come at their rates', () => {
  const site: SensorSite = {
    ...sites.find((s) => s.id === 'KR-DDG-1')!,
    revisitS: 0.1,
    falsePlotsPerScan: 0.3,
  };
  const some = observeFlights({ ...whole, sites: [site] });
  const every = observeFlights({ ...whole, sites: [{ ...site, detectionProbability: 1 }] });
  const seen = every.filter((p) => p.truthId !== null).length;
  const kept = some.filter((p) => p.truthId !== null).length;
  assert.ok(seen > 3000);
  assert.ok(Math.abs(kept - 0.9 * seen) < 4 * Math.sqrt(seen * 0.09), `${kept} of ${seen}`);
  const scans = (whole.toUs - whole.fromUs) / 1e5;
  const mean = 0.3 * scans;
  const falses = some.length - kept;
  assert.ok(Math.abs(falses - mean) < 4 * Math.sqrt(mean), `${falses} for ${mean}`);
});

test('sites scan each at their own phase, on a grid that the window does not move', () => {
  const phases = new Set<number>();
  for (const site of sites.filter((s) => s.revisitS === 1)) {
    const times = new Set(all.filter((p) => p.plot.sensor === site.id).map((p) => p.plot.timeUs % 1e6));
    assert.equal(times.size, 1, site.id);
    phases.add([...times][0]);
  }
  assert.ok(phases.size > 8);
  const later = observeFlights({ ...whole, fromUs: whole.fromUs + 123_457 });
  const grid = new Set(all.map((p) => `${p.plot.sensor} ${p.plot.timeUs % 10e6}`));
  const seconds = new Set(sites.filter((s) => s.revisitS <= 2).map((s) => s.id));
  for (const p of later) {
    if (seconds.has(p.plot.sensor) && p.truthId)
      assert.ok(grid.has(`${p.plot.sensor} ${p.plot.timeUs % 10e6}`));
  }
});

test('a whole scenario of 25 minutes with all sites is observed in well under a second', () => {
  const started = process.cpuUsage().user;
  observeFlights(whole);
  assert.ok(process.cpuUsage().user - started < 700e3);
});
