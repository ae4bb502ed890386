/** What plots of one scan share must change nothing: weighing and joint updates against each plot worked for itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../earth/random.ts';
import type { RadarPlot } from '../model/plot.ts';
import type { RadarSensor } from '../model/sensor.ts';
import { commitUpdate, freeze, predictTo, weigh, weight } from './imm.ts';
import { startFromRadar } from './initiation.ts';
import { commitJoint } from './joint.ts';
import { type Look, lookAt, newLook, sensorModel } from './measurement.ts';
import { FROZEN, PB, PBP, PC, PCP, PRED_MU_B, slabLength, XB, XBP, XC, XCP } from './slab.ts';
import { radarPlots, testFlight } from './testing/flight.ts';
import { update } from './update.ts';
import { weighBegin, weighNext } from './weighing.ts';

const random = seededRandom(1);
const radar: RadarSensor = {
  id: 'R',
  kind: 'radar',
  latitudeDeg: 37,
  longitudeDeg: 127,
  heightM: 100,
  sigma: { rangeM: 30, azimuthDeg: 0.05, elevationDeg: 0.05 },
};
const model = sensorModel(radar, 0);
const plots = radarPlots(
  testFlight({
    latitudeDeg: 39,
    longitudeDeg: 126,
    bearingDeg: 80,
    burnS: 60,
    startG: 2,
    endG: 8,
    tiltDeg: 5,
    untilS: 160,
  }),
  radar,
  random.fork('plots'),
  { periodS: 1, fromS: 20 },
);

/** Each plot of the flight with nine more about it, now and then with their own signal-to-noise ratio, and the track predicted to them. */
function* scans(): Generator<{ s: Float64Array; looks: Look[] }> {
  const s = new Float64Array(slabLength(1));
  const look = newLook();
  lookAt(look, plots[0], model);
  startFromRadar(s, look, plots[0].timeUs, false);
  for (const [k, plot] of plots.entries()) {
    if (k === 0) continue;
    if (k === 75) freeze(s);
    predictTo(s, plot.timeUs);
    const looks = Array.from({ length: 10 }, (_, i) => {
      const other: RadarPlot = {
        ...plot,
        rangeM: plot.rangeM + (i > 0 ? 200 * random.normal() : 0),
        azimuthRad: plot.azimuthRad + (i > 0 ? 0.003 * random.normal() : 0),
        elevationRad: plot.elevationRad + (i > 0 ? 0.003 * random.normal() : 0),
        ...(k % 3 === 0 && { snrDb: 12 + 8 * random.uniform() }),
      };
      const l = newLook();
      lookAt(l, other, model);
      return l;
    });
    yield { s, looks };
    lookAt(look, plot, model);
    commitUpdate(s, look);
  }
}

test('plots weighed together are weighed as each is alone, bit for bit', () => {
  let compared = 0;
  for (const { s, looks } of scans()) {
    weighBegin(s, looks[0]);
    for (const look of looks) {
      assert.ok(look.plain);
      const done = weighNext(look, Number.POSITIVE_INFINITY);
      const together = { ...weight };
      assert.equal(weigh(s, look), done);
      assert.deepEqual(together, { ...weight });
      // Stopped early only where it would be out of the gate.
      weighBegin(s, looks[0]);
      assert.equal(weighNext(look, 21), together.distance2 <= 21);
      compared++;
    }
  }
  assert.ok(compared > 1000);
});

/** Moments of the mixture of the prediction and its updates with each plot. */
function mixed(
  s: Float64Array,
  n: number,
  xp: number,
  pp: number,
  looks: readonly Look[],
  shares: readonly number[],
): { mean: number[]; covariance: number[] } {
  const parts = [
    { w: 1 - shares.reduce((a, b) => a + b, 0), x: s.slice(xp, xp + n), p: s.slice(pp, pp + n * n) },
  ];
  looks.forEach((look, k) => {
    const t = new Float64Array(n + n * n);
    t.set(s.subarray(xp, xp + n));
    t.set(s.subarray(pp, pp + n * n), n);
    assert.ok(update(n, t, 0, n, look));
    parts.push({ w: shares[k], x: t.slice(0, n), p: t.slice(n) });
  });
  const total = parts.reduce((a, b) => a + b.w, 0);
  const mean = Array.from({ length: n }, (_, i) =>
    parts.reduce((a, b) => a + (b.w / total) * (b.x[i] - s[xp + i]), 0),
  );
  const covariance = Array.from({ length: n * n }, (_, e) => {
    const [i, j] = [Math.floor(e / n), e % n];
    return parts.reduce(
      (a, b) =>
        a + (b.w / total) * (b.p[e] + (b.x[i] - s[xp + i] - mean[i]) * (b.x[j] - s[xp + j] - mean[j])),
      0,
    );
  });
  return { mean: mean.map((v, i) => v + s[xp + i]), covariance };
}

test('a joint update is the mixture of the updates with each plot, by moments', () => {
  let compared = 0;
  for (const { s, looks } of scans()) {
    const draws = looks.map(() => 0.1 + random.uniform());
    const p = Float64Array.from(draws, (v) => (0.9 * v) / draws.reduce((a, b) => a + b, 0));
    const known = new Float64Array(4 * looks.length);
    looks.forEach((look, k) => {
      weigh(s, look);
      known.set([weight.distance2, weight.logLikelihood, weight.ballistic2, weight.boost], 4 * k);
    });
    const t = s.slice();
    const numbers = Int32Array.from(looks.keys());
    assert.ok(commitJoint(t, looks, numbers, p, known, looks.length));
    // A frozen track has one model, so all of each plot's share is that model's.
    if (s[FROZEN] === 0) continue;
    const expected = mixed(s, 7, XCP, PCP, looks, [...p]);
    for (let i = 0; i < 7; i++) {
      const sigma = Math.sqrt(expected.covariance[8 * i]);
      assert.ok(
        Math.abs(t[XC + i] - expected.mean[i]) < 1e-8 * sigma,
        `${compared}: ${i}, ${t[XC + i] - expected.mean[i]} of ${sigma}`,
      );
      for (let j = 0; j < 7; j++) {
        const scale = sigma * Math.sqrt(expected.covariance[8 * j]);
        assert.ok(
          Math.abs(t[PC + 7 * i + j] - expected.covariance[7 * i + j]) < 1e-8 * scale,
          `${compared}: ${i} ${j}, ${t[PC + 7 * i + j] - expected.covariance[7 * i + j]} of ${scale}`,
        );
        assert.equal(t[PC + 7 * i + j], t[PC + 7 * j + i]);
      }
    }
    compared++;
  }
  assert.ok(compared > 30);
});

test('with both models the boost part is the mixture by the shares of that model', () => {
  let compared = 0;
  for (const { s, looks } of scans()) {
    if (s[FROZEN] === 1) break;
    const few = looks.slice(0, 3);
    const p = Float64Array.of(0.5, 0.3, 0.1);
    const known = new Float64Array(12);
    const shares: number[] = [];
    const b = s[PRED_MU_B];
    few.forEach((look, k) => {
      weigh(s, look);
      known.set([weight.distance2, weight.logLikelihood, weight.ballistic2, weight.boost], 4 * k);
      shares.push(p[k] * Math.min(1, b * Math.exp(weight.boost - weight.logLikelihood)));
    });
    const t = s.slice();
    assert.ok(commitJoint(t, few, Int32Array.of(0, 1, 2), p, known, 3));
    const total = shares.reduce((x, y) => x + y, 0) + 0.1 * b;
    const expected = mixed(
      s,
      9,
      XBP,
      PBP,
      few,
      shares.map((v) => v / total),
    );
    for (let i = 0; i < 9; i++) {
      const sigma = Math.sqrt(expected.covariance[10 * i]);
      assert.ok(Math.abs(t[XB + i] - expected.mean[i]) < 1e-7 * sigma, `${compared}: ${i}`);
      assert.ok(Math.abs(t[PB + 10 * i] - expected.covariance[10 * i]) < 1e-7 * sigma * sigma);
    }
    compared++;
  }
  assert.ok(compared > 50);
});
