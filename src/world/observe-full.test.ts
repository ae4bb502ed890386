/** What sensors simulated in full add: range equation, search, bias, motion, orbits, late plots, outages, air traffic. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { geodesicInverse } from '../earth/geodesic.ts';
import { seededRandom } from '../earth/random.ts';
import { DEG, ecefToGeodetic } from '../earth/wgs84.ts';
import { type SensorSite, sensorOfSite, sigmaFactor } from '../model/sensor.ts';
import { detectionProbability } from './detection.ts';
import { fitFlight } from './fit.ts';
import { type ObservedPlot, observeFlights, sensorBias } from './observe.ts';
import { platform } from './platform.ts';
import { salvo } from './salvo.ts';
import { visible } from './sensing.ts';
import { loadSites } from './sites.ts';
import { AIR_PREFIX, airTraffic } from './traffic.ts';

const read = (name: string) => readFileSync(new URL(`../../sites/${name}.yaml`, import.meta.url), 'utf8');
const sites = ['usa', 'usa-heo', 'kor', 'jpn'].flatMap((name) => loadSites(read(name), name, 'full'));
const siteOf = (id: string) => sites.find((s) => s.id === id)!;

const START_US = Date.UTC(2022, 9, 3, 22, 21, 50) * 1000;
const flight = fitFlight({
  latitudeDeg: 40.611208,
  longitudeDeg: 126.425743,
  bearingDeg: 80,
  apogeeKm: 1000,
  rangeKm: 4600,
});
const observed = { id: 'L1', launchUs: START_US + 10e6, flight };
const whole = { flights: [observed], fromUs: START_US, toUs: START_US + 1500e6 };
const observe = (site: SensorSite, seed = 1, more = {}) =>
  observeFlights({ ...whole, sites: [site], random: seededRandom(seed), ...more });
const state = new Float64Array(6);

/** A site without chance but for what a test looks at. */
function quiet(id: string, change: Partial<SensorSite> = {}): SensorSite {
  const { late: _late, biasSigma: _bias, searchRevisitS: _search, ...site } = siteOf(id);
  return { ...site, falsePlotsPerScan: 0, ...change };
}

test('the range equation: detections at each range as often as it says, errors as large as each plot says', () => {
  const site = quiet('US-DDG-1', { revisitS: 0.05 });
  const frameAt = platform(site, START_US);
  const plots = observe(site);
  const seen = new Set(plots.map((p) => p.plot.timeUs));
  const phase = plots[0].plot.timeUs % 50_000;
  let expected = 0;
  let variance = 0;
  let count = 0;
  let looks = 0;
  for (let us = START_US + phase; us < START_US + 1400e6; us += 50_000) {
    const t = (us - observed.launchUs) / 1e6;
    if (t < 0 || t > flight.flightTimeS) continue;
    flight.stateAt(t, state);
    const sight = visible(site, [state[0], state[1], state[2]], false, frameAt(us));
    if (!sight.seen) continue;
    const p = detectionProbability(site.rangeEquation!, sight.rangeM);
    expected += p;
    variance += p * (1 - p);
    looks++;
    if (seen.has(us)) count++;
  }
  assert.ok(looks > 3000, `${looks} looks`);
  assert.ok(Math.abs(count - expected) < 4 * Math.sqrt(variance), `${count} for ${expected}`);
  let sum = 0;
  for (const { plot } of plots) {
    assert.ok(plot.kind === 'radar' && plot.snrDb! > 11.4);
    const frame = frameAt(plot.timeUs);
    flight.stateAt((plot.timeUs - observed.launchUs) / 1e6, state);
    const sight = visible(site, [state[0], state[1], state[2]], false, frame);
    assert.ok(sight.seen);
    sum +=
      ((plot.elevationRad - sight.elevationRad) /
        (site.sigma.elevationDeg! * DEG * sigmaFactor(plot.snrDb!))) **
      2;
  }
  assert.ok(Math.abs(sum - plots.length) < 4 * Math.sqrt(2 * plots.length), `${sum} of ${plots.length}`);
});

test('a radar searches seldom and tracks often, and searches again after a loss', () => {
  const site = quiet('JP-FPS3-KAMO', { revisitS: 1, searchRevisitS: 10 });
  const { rangeEquation: _equation, ...always } = site;
  const plots = observe({ ...always, detectionProbability: 1 });
  const plain = observe({ ...always, detectionProbability: 1, searchRevisitS: 1 });
  const late = plots[0].plot.timeUs - plain[0].plot.timeUs;
  assert.ok(late >= 0 && late <= 10e6, `${late}`);
  for (let i = 1; i < plots.length; i++) {
    const gap = plots[i].plot.timeUs - plots[i - 1].plot.timeUs;
    assert.ok(gap === 1e6 || gap > 5e6, `${gap}`);
  }
  // With one look in five hitting it is often lost: then gaps are long, and there are far fewer plots.
  const weak = observe({ ...always, detectionProbability: 0.2 });
  const weakPlain = observe({ ...always, detectionProbability: 0.2, searchRevisitS: 1 });
  assert.ok(weak.length < 0.6 * weakPlain.length, `${weak.length} of ${weakPlain.length}`);
});

/** Mean errors of a site's plots in range and azimuth. */
function meanErrors(plots: readonly ObservedPlot[], site: SensorSite): [rangeM: number, azimuthRad: number] {
  let range = 0;
  let azimuth = 0;
  for (const { plot } of plots) {
    assert.ok(plot.kind === 'radar');
    flight.stateAt((plot.timeUs - observed.launchUs) / 1e6, state);
    const sight = visible(site, [state[0], state[1], state[2]], false);
    assert.ok(sight.seen);
    range += plot.rangeM - sight.rangeM;
    azimuth += ((plot.azimuthRad - sight.azimuthRad + 3 * Math.PI) % (2 * Math.PI)) - Math.PI;
  }
  return [range / plots.length, azimuth / plots.length];
}

test('a given bias is in every plot; drawn ones differ from run to run with the standard deviation stated', () => {
  const given = quiet('JP-FPS5-OMINATO', { bias: { rangeM: 100, azimuthDeg: 0.0573 } });
  const { rangeEquation: _equation, ...site } = given;
  const plots = observe(site);
  const [rangeM, azimuthRad] = meanErrors(plots, site);
  assert.ok(Math.abs(rangeM - 100) < (4 * site.sigma.rangeM!) / Math.sqrt(plots.length), `${rangeM}`);
  assert.ok(Math.abs(azimuthRad - 1e-3) < (4 * site.sigma.azimuthDeg! * DEG) / Math.sqrt(plots.length));
  const drawn = siteOf('JP-FPS5-OMINATO');
  let sum = 0;
  const n = 2000;
  for (let seed = 0; seed < n; seed++) sum += (sensorBias(drawn, seededRandom(seed)).rangeM / 15) ** 2;
  assert.ok(Math.abs(sum / n - 1) < 4 * Math.sqrt(2 / n), `${sum / n}`);
  const { rangeEquation: _, ...noisy } = quiet('JP-FPS5-OMINATO', { biasSigma: { rangeM: 500 } });
  const found = meanErrors(observe(noisy, 9), noisy)[0];
  assert.ok(Math.abs(found - sensorBias(noisy, seededRandom(9)).rangeM) < 8, `${found}`);
});

test('a ship moves on its course, and its plots carry a place that is wrong by a constant', () => {
  const site = quiet('KR-DDG-1');
  const frameAt = platform(site, START_US);
  const offsets: number[][] = [];
  const plots = observe(site);
  for (const { plot } of plots) {
    assert.ok(plot.kind === 'radar' && plot.positionEcefM);
    const { position } = frameAt(plot.timeUs);
    offsets.push(plot.positionEcefM.map((p, i) => p - position[i]));
    const g = ecefToGeodetic(...position);
    const run = geodesicInverse(
      site.latitudeDeg,
      site.longitudeDeg,
      g.latitudeRad / DEG,
      g.longitudeRad / DEG,
    );
    assert.ok(Math.abs(run.distanceM - (8 * (plot.timeUs - START_US)) / 1e6) < 0.01);
    assert.ok(Math.abs(run.azimuth1Deg - site.motion!.courseDeg) < 1e-3);
  }
  for (const o of offsets) for (let i = 0; i < 3; i++) assert.ok(Math.abs(o[i] - offsets[0][i]) < 1e-6);
  assert.ok(Math.hypot(...offsets[0]) > 0.1 && Math.hypot(...offsets[0]) < 100);
  const sensor = sensorOfSite(site);
  assert.ok(sensor.kind === 'radar' && sensor.latitudeDeg === undefined && sensor.sigma.rangeM > 30);
});

test('late plots: their share and delay as stated, out of order, and no plot changed by it', () => {
  const { late: _late, ...prompt } = siteOf('JP-FPS5-SADO');
  const site: SensorSite = { ...prompt, revisitS: 0.2, late: { probability: 0.3, minS: 0.5, maxS: 4 } };
  const plots = observe(site);
  const delays = plots.map((p) => (p.arrivalUs - p.plot.timeUs) / 1e6 - site.delayS);
  const late = delays.filter((d) => d > 1e-9);
  assert.ok(Math.abs(late.length - 0.3 * plots.length) < 4 * Math.sqrt(0.21 * plots.length));
  assert.ok(late.every((d) => d >= 0.5 - 1e-6 && d <= 4 + 1e-6));
  let backwards = 0;
  for (let i = 1; i < plots.length; i++) if (plots[i].plot.timeUs < plots[i - 1].plot.timeUs) backwards++;
  assert.ok(backwards > 0.1 * plots.length);
  const bare = (list: readonly ObservedPlot[]) =>
    list
      .map((p) => p.plot)
      .sort(
        (a, b) => a.timeUs - b.timeUs || (a.kind === 'radar' && b.kind === 'radar' ? a.rangeM - b.rangeM : 0),
      );
  assert.deepEqual(bare(plots), bare(observe({ ...site, late: { probability: 0, minS: 0, maxS: 0 } })));
});

test('a sensor that is out says nothing, and the rest as if it had not been', () => {
  const site = siteOf('JP-FPS5-SADO');
  const [fromUs, toUs] = [START_US + 300e6, START_US + 360e6];
  const out = observe(site, 1, { outages: [{ sensor: site.id, fromUs, toUs }] });
  const all = observe(site);
  assert.ok(all.some((p) => p.plot.timeUs >= fromUs && p.plot.timeUs < toUs));
  assert.deepEqual(
    out,
    all.filter((p) => p.plot.timeUs < fromUs || p.plot.timeUs >= toUs),
  );
  assert.deepEqual(observe(site, 1, { outages: [{ sensor: 'another', fromUs, toUs }] }), all);
});

test('an infrared bias shifts every line of sight alike, across it', () => {
  const site = quiet('US-HEO-1', { sigma: { angleDeg: 1e-9 }, bias: { angleDeg: 0.001 }, revisitS: 1 });
  const plots = observe(site);
  assert.ok(plots.length > 50);
  const frameAt = platform(site, START_US);
  for (const { plot } of plots) {
    assert.ok(plot.kind === 'infrared');
    assert.deepEqual(plot.positionEcefM, frameAt(plot.timeUs).position);
    flight.stateAt((plot.timeUs - observed.launchUs) / 1e6, state);
    const d = [0, 1, 2].map((i) => state[i] - plot.positionEcefM[i]);
    const n = Math.hypot(...d);
    const off = Math.hypot(...d.map((c, i) => c / n - plot.lineOfSightEcef[i]));
    assert.ok(Math.abs(off - Math.SQRT2 * 0.001 * DEG) < 1e-8, `${off}`);
  }
});

test('air traffic flies level at the speed of airliners, is seen by radars alone, and is not a launch', () => {
  const random = seededRandom(3);
  const circle = { latitudeDeg: 38, longitudeDeg: 132, radiusKm: 700 };
  const aircraft = airTraffic({ count: 60, ...circle, fromUs: START_US, toUs: START_US + 1200e6, random });
  const later = new Float64Array(6);
  for (const { id, flight: f } of aircraft) {
    assert.ok(id.startsWith(AIR_PREFIX));
    f.stateAt(0, state);
    const g = ecefToGeodetic(state[0], state[1], state[2]);
    assert.ok(g.heightM > 8400 && g.heightM < 12100, `${g.heightM}`);
    const away = geodesicInverse(38, 132, g.latitudeRad / DEG, g.longitudeRad / DEG).distanceM;
    assert.ok(away < 710e3, `${away}`);
    const speed = Math.hypot(state[3], state[4], state[5]);
    assert.ok(speed > 195 && speed < 265, `${speed}`);
    f.stateAt(1000, later);
    const h = ecefToGeodetic(later[0], later[1], later[2]);
    assert.ok(Math.abs(h.heightM - g.heightM) < 60, `${h.heightM - g.heightM}`);
    const flown = geodesicInverse(
      g.latitudeRad / DEG,
      g.longitudeRad / DEG,
      h.latitudeRad / DEG,
      h.longitudeRad / DEG,
    ).distanceM;
    assert.ok(Math.abs(flown / (1000 * speed) - 1) < 0.01, `${flown} ${speed}`);
  }
  const plots = observeFlights({
    sites: sites
      .filter((s) => s.kind === 'infrared' || /DDG|WAJIMA/.test(s.id))
      .map((s) => ({ ...s, revisitS: 10 })),
    flights: aircraft,
    fromUs: START_US,
    toUs: START_US + 300e6,
    random,
  });
  const real = plots.filter((p) => p.truthId !== null);
  assert.ok(
    real.length > 100 && real.every((p) => p.plot.kind === 'radar' && p.truthId!.startsWith(AIR_PREFIX)),
  );
});

test('a salvo: as many as asked for, within its spans, even over the disc, the same for the same seed', () => {
  const first = { latitudeDeg: 39, longitudeDeg: 126, bearingDeg: 80 };
  const spec = { count: 59, spreadKm: 800, spreadS: 120, bearingSpreadDeg: 5 };
  const list = salvo(first, spec, seededRandom(7));
  assert.deepEqual(salvo(first, spec, seededRandom(7)), list);
  assert.equal(list.length, 59);
  let inner = 0;
  for (const [i, l] of list.entries()) {
    const km = geodesicInverse(39, 126, l.latitudeDeg, l.longitudeDeg).distanceM / 1000;
    assert.ok(km <= 800.001 && l.afterS >= 0 && l.afterS <= 120 && Math.abs(l.bearingDeg - 80) <= 5);
    assert.ok(i === 0 || l.afterS >= list[i - 1].afterS);
    if (km < 800 / Math.SQRT2) inner++;
  }
  // Half of the disc's area lies within 1/sqrt(2) of its radius.
  assert.ok(Math.abs(inner - 29.5) < 4 * Math.sqrt(59 / 4), `${inner}`);
});

test('a plain simulation of the sites leaves all of it out', () => {
  for (const name of ['usa', 'usa-heo', 'kor', 'jpn']) {
    for (const site of loadSites(read(name), name)) {
      const { rangeEquation, searchRevisitS, biasSigma, bias, motion, orbit, late } = site;
      assert.deepEqual(
        [rangeEquation, searchRevisitS, biasSigma, bias, motion, orbit, late].filter((x) => x !== undefined),
        [],
      );
    }
  }
});

test('what the model of a site must have is asked for by name', () => {
  for (const [from, to, field] of [
    [
      'late: { probability: 0.05, minS: 0.5, maxS: 4 }',
      'late: { probability: 0.05, minS: 5, maxS: 4 }',
      'late.maxS',
    ],
    ['      model: { basis: assumption,', '      other: { basis: assumption,', 'basis'],
    ['searchRevisitS: 2', 'searchRevisitS: -2', 'searchRevisitS'],
  ]) {
    assert.throws(
      () => loadSites(read('kor').replace(from, to), 'kor.yaml', 'full'),
      (e: Error) => e.message.startsWith('kor.yaml') && e.message.includes(field),
    );
  }
});
