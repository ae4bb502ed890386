import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEG, ecefToGeodetic } from '../earth/wgs84.ts';
import { unpackUpper } from '../model/track.ts';
import { ballisticStep } from './dynamics.ts';
import { estimateImpact, fall } from './impact.ts';
import { aneesBand, ellipseMiss, nees } from './metrics.ts';
import { coastARun, loadCoastA, toEnu } from './testing/coast-a.ts';
import { covarianceOf6, filterCoastA } from './testing/coast-filter.ts';
import { coastABound } from './testing/pcrlb.ts';
import { unscentedCoastEnd } from './testing/ukf.ts';
import { Tracker } from './tracker.ts';

const scenario = loadCoastA();
const skip = scenario ? false : 'the shared data (coast-a.scenario.json) is not at hand';

test('coast-A, 50 runs: the EKF reaches the posterior Cramer-Rao bound with an honest covariance', {
  skip,
}, () => {
  const a = scenario!;
  const bound = coastABound(a);
  const runs = 50;
  const square = new Float64Array(241);
  const honest = new Float64Array(241);
  for (let run = 0; run < runs; run++) {
    filterCoastA(a, run, (scan, s) => {
      const truth = a.truth[scan - 1];
      const e = Array.from({ length: 6 }, (_, i) => s[i] - truth[i]);
      square[scan] += (e[0] ** 2 + e[1] ** 2 + e[2] ** 2) / runs;
      if (scan % 10 === 0) honest[scan] += nees(e, covarianceOf6(s), 6) / runs;
    });
  }
  // Bound and error as published for Stone Soup on the same numbers.
  assert.deepEqual(
    [60, 120, 240].map((k) => Math.round(bound[k - 1])),
    [293, 176, 89],
  );
  assert.deepEqual(
    [60, 120].map((k) => Math.round(Math.sqrt(square[k]))),
    [301, 193],
  );
  assert.ok(Math.abs(Math.sqrt(square[240]) - 89.5) < 1);
  let ratio = 0;
  for (let k = 30; k <= 240; k++) ratio += Math.sqrt(square[k]) / bound[k - 1] / 211;
  assert.ok(ratio <= 1.03, `RMSE/PCRLB over 30 to 240 s is ${ratio.toFixed(4)}`);
  for (const k of [60, 120, 240]) assert.ok(Math.sqrt(square[k]) <= 1.1 * bound[k - 1]);
  // In the 95 % band at nine tenths of the marks at least: neighbouring marks are not independent.
  const [low, high] = aneesBand(6, runs);
  let inside = 0;
  for (let k = 30; k <= 240; k += 10) if (honest[k] > low && honest[k] < high) inside++;
  assert.ok(inside >= 20, `ANEES/6 is in its band at ${inside} of 22 marks`);
});

test('coast-A, run 0: an unscented filter ends where the published one ends, the EKF near it', {
  skip,
}, () => {
  const a = scenario!;
  const end = unscentedCoastEnd(a, 0);
  const published = [100593.25268, 291468.08949, 217262.50985];
  const miss = Math.hypot(...published.map((v, i) => v - end[i]));
  assert.ok(miss < 0.005, `the unscented filter ends ${miss.toFixed(5)} m away`);
  filterCoastA(a, 0, (scan, s) => {
    if (scan !== 240) return;
    const enu = toEnu(a.rotation, s, a.site);
    const away = Math.hypot(...published.map((v, i) => v - enu[i]));
    assert.ok(away < 5, `the EKF ends ${away.toFixed(2)} m from the unscented filter`);
  });
});

test('coast-A, 50 runs: the tracker, which is told nothing, is within 10 % of the bound from 60 s', {
  skip,
}, () => {
  const a = scenario!;
  const bound = coastABound(a);
  const marks = [60, 120, 240];
  const square = [0, 0, 0];
  const honest = [0, 0, 0];
  const runs = 50;
  for (let run = 0; run < runs; run++) {
    const tracker = new Tracker([a.sensor], { windowS: 0 });
    const { plots } = coastARun(a, run);
    for (const plot of plots) tracker.addPlot(plot);
    marks.forEach((mark, i) => {
      tracker.advanceTo(plots[mark - 1].timeUs);
      const updates = [...tracker.takeUpdates()];
      const last = updates[updates.length - 1];
      assert.equal(new Set(updates.map((u) => u.track)).size, 1);
      const truth = a.truth[mark - 1];
      const e = last.state.map((v, k) => v - truth[k]);
      square[i] += (e[0] ** 2 + e[1] ** 2 + e[2] ** 2) / runs;
      honest[i] += nees(e, unpackUpper(last.covariance, 6), 6) / runs;
    });
  }
  const [low, high] = aneesBand(6, runs);
  marks.forEach((mark, i) => {
    const ratio = Math.sqrt(square[i]) / bound[mark - 1];
    assert.ok(ratio <= 1.1, `RMSE/PCRLB at ${mark} s is ${ratio.toFixed(3)}`);
    assert.ok(honest[i] > low && honest[i] < high, `ANEES/6 at ${mark} s is ${honest[i].toFixed(3)}`);
  });
});

test('coast-A: the 95 % impact ellipse holds the true impact in 92 to 98 % of 200 runs', { skip }, () => {
  const a = scenario!;
  const truth = fall(a.truth[239], 0)!;
  const g = ecefToGeodetic(truth.state[0], truth.state[1], truth.state[2]);
  const inside = new Map<number, number>();
  const runs = 200;
  for (let run = 0; run < runs; run++) {
    filterCoastA(a, run, (scan, s) => {
      if (scan !== 60 && scan !== 240) return;
      const e = estimateImpact(s, s.subarray(7), 0, true)!.impact;
      const { share } = ellipseMiss(e, g.latitudeRad / DEG, g.longitudeRad / DEG);
      if (share <= 1) inside.set(scan, (inside.get(scan) ?? 0) + 1 / runs);
    });
  }
  for (const [scan, share] of inside) {
    assert.ok(share >= 0.92 && share <= 0.98, `${(100 * share).toFixed(1)} % inside at ${scan} s`);
  }
});

test('coast-A: truth and filter agree on the motion to a millimetre over the whole arc', { skip }, () => {
  const a = scenario!;
  const s = a.start.slice();
  for (let k = 0; k < 240; k++) ballisticStep(s, 0, 0, 1, false);
  assert.ok(Math.hypot(s[0] - a.truth[239][0], s[1] - a.truth[239][1], s[2] - a.truth[239][2]) < 1e-3);
});
