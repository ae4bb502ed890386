/** The trackers of the three nations over flights of the simulated world: launch, burnout, impact, false plots. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { seededRandom } from '../src/earth/random.ts';
import { type Sensor, sensorOfSite } from '../src/model/sensor.ts';
import { unpackUpper } from '../src/model/track.ts';
import { Tracker, type TrackView } from '../src/tracking/index.ts';
import { ellipseMiss, nees } from '../src/tracking/metrics.ts';
import { type Flight, type FlightRequest, fitFlight, loadSites, observeFlights } from '../src/world/index.ts';

const START_US = Date.UTC(2026, 0, 1) * 1000;
const LAUNCH_US = START_US + 10e6;

const DEFAULT: FlightRequest = {
  latitudeDeg: 40.611208,
  longitudeDeg: 126.425743,
  bearingDeg: 80,
  apogeeKm: 1000,
  rangeKm: 4600,
  rangeClass: 'intermediate',
};
const LOFTED: FlightRequest = {
  latitudeDeg: 39.2,
  longitudeDeg: 125.67,
  bearingDeg: 60,
  apogeeKm: 4475,
  rangeKm: 950,
};
const SHORT: FlightRequest = {
  latitudeDeg: 38.7,
  longitudeDeg: 125.4,
  bearingDeg: 85,
  apogeeKm: 90,
  rangeKm: 450,
};

function sitesOf(nation: string) {
  const name = `sites/${nation.toLowerCase()}.yaml`;
  return loadSites(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'), name);
}

/** Runs a nation's tracker as its node would: plots by arrival, the clock in half seconds. */
function track(
  nation: string,
  flight: Flight,
  seed: number,
  untilS: number,
  each: (view: TrackView, tS: number) => void,
) {
  const sites = sitesOf(nation);
  const plots = observeFlights({
    sites,
    flights: [{ id: 'F', launchUs: LAUNCH_US, flight }],
    fromUs: START_US,
    toUs: LAUNCH_US + untilS * 1e6,
    random: seededRandom(seed),
  });
  const tracker = new Tracker(sites.map(sensorOfSite), { prefix: `${nation[0]}-` });
  const ids = new Set<string>();
  let i = 0;
  for (let now = START_US; now <= LAUNCH_US + untilS * 1e6; now += 0.5e6) {
    while (i < plots.length && plots[i].arrivalUs <= now) tracker.addPlot(plots[i++].plot);
    tracker.advanceTo(now);
    for (const view of tracker.tracks()) {
      ids.add(view.id);
      each(view, (now - LAUNCH_US) / 1e6);
    }
  }
  return { ids, counts: tracker.counts };
}

const truth = new Float64Array(6);

for (const [name, request, untilS, impactAfterS] of [
  ['the default flight', DEFAULT, 420, 150],
  ['a lofted flight', LOFTED, 500, 120],
  ['a short flight', SHORT, 320, 60],
] as const) {
  test(`${name}: each nation holds one track with an honest launch, burnout and impact`, () => {
    const flight = fitFlight(request);
    let nations = 0;
    for (const nation of ['USA', 'KOR', 'JPN']) {
      let last: TrackView | undefined;
      let burnoutS: number | undefined;
      let settled: TrackView | undefined;
      const honest: number[] = [];
      const { ids, counts } = track(nation, flight, 1, untilS, (view, tS) => {
        last = view;
        burnoutS = view.burnoutDecidedUs === undefined ? undefined : (burnoutS ?? tS);
        if (burnoutS !== undefined && !settled && tS >= burnoutS + impactAfterS && !view.ended)
          settled = view;
        if (view.ended || tS % 5 !== 0 || tS * 1e6 + LAUNCH_US - view.lastPlotUs > 3e6) return;
        flight.stateAt((view.timeUs - LAUNCH_US) / 1e6, truth);
        const e = Array.from(view.state, (v, k) => v - truth[k]);
        honest.push(nees(e, unpackUpper(view.covariance, 6), 6));
      });
      assert.equal(ids.size, 1, `${nation}: tracks ${[...ids]}`);
      assert.equal(counts.covarianceResets, 0);
      assert.ok(last?.launchDeclaredUs !== undefined, `${nation}: no launch declared`);
      const launch = ellipseMiss(last.launchEstimate!, request.latitudeDeg, request.longitudeDeg);
      assert.ok(
        launch.share < 2 && launch.distanceM < 10e3,
        `${nation}: launch ${launch.distanceM.toFixed(0)} m off`,
      );
      assert.ok(burnoutS !== undefined, `${nation}: no burnout`);
      // A nation that saw the end of the burn knows it soon.
      if (last.burnoutUs !== undefined && last.firstPlotUs < LAUNCH_US + (flight.burnTimeS - 15) * 1e6) {
        assert.ok(
          burnoutS - flight.burnTimeS < 9 && burnoutS > flight.burnTimeS,
          `${nation}: burnout at ${burnoutS} s`,
        );
      }
      const impact = settled?.impactEstimate;
      assert.ok(impact, `${nation}: no impact`);
      const miss = ellipseMiss(impact, flight.impact.latitudeDeg, flight.impact.longitudeDeg);
      assert.ok(
        miss.share < 2.5 && miss.distanceM < 40e3,
        `${nation}: impact ${miss.distanceM.toFixed(0)} m off, ${miss.share.toFixed(2)}`,
      );
      const mean = honest.reduce((a, b) => a + b, 0) / honest.length;
      assert.ok(mean < 2, `${nation}: ANEES/6 ${mean.toFixed(2)} over the flight`);
      nations++;
    }
    assert.equal(nations, 3);
  });
}

test('false plots of all sites for half an hour make no track', () => {
  for (const nation of ['USA', 'KOR', 'JPN']) {
    const sites = sitesOf(nation);
    const plots = observeFlights({
      sites,
      flights: [],
      fromUs: START_US,
      toUs: START_US + 1800e6,
      random: seededRandom(2),
    });
    const tracker = new Tracker(sites.map(sensorOfSite));
    let i = 0;
    for (let now = START_US; now <= START_US + 1800e6; now += 1e6) {
      while (i < plots.length && plots[i].arrivalUs <= now) tracker.addPlot(plots[i++].plot);
      tracker.advanceTo(now);
    }
    assert.ok(plots.length > 100);
    assert.equal(
      tracker.counts.confirmed,
      0,
      `${nation}: ${tracker.counts.confirmed} of ${plots.length} false plots`,
    );
  }
});

test('over 40 seeds launch and impact lie in their 95 % ellipses as often as they should, or more', () => {
  const flight = fitFlight(DEFAULT);
  let launches = 0;
  let impacts = 0;
  const runs = 40;
  for (let seed = 101; seed <= 100 + runs; seed++) {
    let last: TrackView | undefined;
    track(['USA', 'KOR', 'JPN'][seed % 3], flight, seed, 200, (view) => {
      last = view;
    });
    if (ellipseMiss(last!.launchEstimate!, DEFAULT.latitudeDeg, DEFAULT.longitudeDeg).share <= 1) launches++;
    const impact = last!.impactEstimate!;
    if (ellipseMiss(impact, flight.impact.latitudeDeg, flight.impact.longitudeDeg).share <= 1) impacts++;
  }
  // Binomial: 34 or fewer of 40 at 95 % has probability 0.0034.
  assert.ok(launches >= 35, `${launches} of ${runs} launches inside`);
  assert.ok(impacts >= 35, `${impacts} of ${runs} impacts inside`);
});

test('a stage that burns out is not the end: no impact is told while the next one burns, and soon after the last', () => {
  const two = fitFlight(LOFTED);
  const one = fitFlight(DEFAULT);
  assert.ok(two.stages.length === 2 && one.stages.length === 1);
  let falseCoastS = 0;
  for (const [nation, seed] of [
    ['KOR', 1],
    ['KOR', 5],
    ['JPN', 2],
    ['JPN', 12],
  ] as const) {
    let told: number | undefined;
    track(nation, two, seed, two.burnTimeS - 1, (view, tS) => {
      if (view.impactEstimate) told ??= tS;
      if (view.burnoutDecidedUs !== undefined) falseCoastS += 0.5;
    });
    assert.equal(
      told,
      undefined,
      `${nation}, seed ${seed}: an impact told at ${told} s, it burns until then`,
    );
  }
  assert.ok(falseCoastS / 4 < 12, `burnout is said while a stage burns for ${falseCoastS / 4} s on average`);
  for (const [nation, seed] of [
    ['USA', 2],
    ['JPN', 3],
  ] as const) {
    let told = Number.POSITIVE_INFINITY;
    track(nation, one, seed, one.burnTimeS + 12, (view, tS) => {
      if (view.impactEstimate) told = Math.min(told, tS - one.burnTimeS);
    });
    assert.ok(told > 0 && told <= 9, `${nation}: the impact of one stage told ${told} s after burnout`);
  }
});

test('sensors simulated in full: with their biases stated a track is as far off as it says, ignored it is not', () => {
  const flight = fitFlight(DEFAULT);
  for (const nation of ['USA', 'KOR', 'JPN']) {
    const name = `sites/${nation.toLowerCase()}.yaml`;
    const sites = loadSites(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'), name, 'full');
    const stated = sites.map(sensorOfSite);
    const ignored = stated.map(({ biasSigma: _, ...sensor }) => sensor as Sensor);
    const anees = [0, 0];
    for (let seed = 1; seed <= 2; seed++) {
      const toUs = LAUNCH_US + 350e6;
      const plots = observeFlights({
        sites,
        flights: [{ id: 'F', launchUs: LAUNCH_US, flight }],
        fromUs: START_US,
        toUs,
        random: seededRandom(seed),
      });
      [stated, ignored].forEach((sensors, k) => {
        const tracker = new Tracker(sensors);
        const honest: number[] = [];
        let i = 0;
        for (let now = START_US; now <= toUs; now += 0.5e6) {
          while (i < plots.length && plots[i].arrivalUs <= now) tracker.addPlot(plots[i++].plot);
          tracker.advanceTo(now);
          if ((now - LAUNCH_US) % 5e6 !== 0) continue;
          for (const view of tracker.tracks()) {
            if (view.ended || now - view.lastPlotUs > 3e6) continue;
            flight.stateAt((view.timeUs - LAUNCH_US) / 1e6, truth);
            const e = Array.from(view.state, (v, j) => v - truth[j]);
            honest.push(nees(e, unpackUpper(view.covariance, 6), 6));
          }
        }
        assert.ok(honest.length > 20, `${nation}: ${honest.length} marks`);
        anees[k] += honest.reduce((a, b) => a + b, 0) / honest.length / 2;
      });
    }
    const told = `${nation}: ANEES/6 ${anees[0].toFixed(2)}, ignored ${anees[1].toFixed(2)}`;
    assert.ok(anees[0] < 2 && anees[0] < anees[1] / 1.5, told);
  }
});
