import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../earth/random.ts';
import { DEG, ecefToAzElRange, enuRotation, geodeticToEcef, roughHeight } from '../earth/wgs84.ts';
import type { RadarPlot } from '../model/plot.ts';
import {
  bankLook,
  membersOf,
  newMembers,
  PRIOR_LNB,
  PRIOR_LNB_SIGMA,
  startBank,
  wantsBank,
  weighPrior,
} from './bank.ts';
import { predictBallistic } from './dynamics.ts';
import { isPositiveDefinite } from './linear.ts';
import { lookAt, newLook, sensorModel } from './measurement.ts';
import { BANK, MEMBERS, PC, slabLength, WK, XC } from './slab.ts';

function momentsOf(m: ReturnType<typeof newMembers>): [number, number] {
  let mean = 0;
  let second = 0;
  for (let k = 0; k < MEMBERS; k++) {
    mean += m.weight[k] * m.mean[k];
    second += m.weight[k] * (m.variance[k] + m.mean[k] ** 2);
  }
  return [mean, second - mean * mean];
}

test('the prior spreads evenly over a factor of four, as one filter that starts with its moments takes it', () => {
  const out = newMembers();
  weighPrior(PRIOR_LNB, PRIOR_LNB_SIGMA ** 2, out);
  const [mean, variance] = momentsOf(out);
  assert.ok(Math.abs(mean - Math.log(1 / 5000)) < 1e-9);
  assert.ok(Math.abs(variance - PRIOR_LNB_SIGMA ** 2) < 1e-9);
  // An even law over ln 4 has ln 4 / sqrt 12; air and what is not usual add a little.
  assert.ok(Math.sqrt(variance) > Math.log(4) / Math.sqrt(12) && Math.sqrt(variance) < 0.45);
});

test('what one filter has learnt weighs the members as Bayes does on a grid', () => {
  const start = newMembers();
  weighPrior(PRIOR_LNB, PRIOR_LNB_SIGMA ** 2, start);
  fc.assert(
    fc.property(
      fc.double({ min: -1.5, max: 1.5, noNaN: true }),
      fc.double({ min: 0.05, max: 2, noNaN: true }),
      (off, sigma) => {
        // A measurement of ln B as the one normal filter takes it in.
        const measured = PRIOR_LNB + off;
        const variance = 1 / (1 / PRIOR_LNB_SIGMA ** 2 + 1 / sigma ** 2);
        const mean = variance * (PRIOR_LNB / PRIOR_LNB_SIGMA ** 2 + measured / sigma ** 2);
        const out = newMembers();
        weighPrior(mean, variance, out);
        let sum = 0;
        let first = 0;
        let second = 0;
        for (let x = PRIOR_LNB - 6; x < PRIOR_LNB + 6; x += 1e-3) {
          let density = 0;
          for (let k = 0; k < MEMBERS; k++) {
            const v = start.variance[k];
            density += (start.weight[k] / Math.sqrt(v)) * Math.exp(-((x - start.mean[k]) ** 2) / (2 * v));
          }
          const p = density * Math.exp(-((x - measured) ** 2) / (2 * sigma * sigma));
          sum += p;
          first += p * x;
          second += p * x * x;
        }
        const [m, v] = momentsOf(out);
        assert.ok(Math.abs(m - first / sum) < 1e-4, `${m} ${first / sum}`);
        assert.ok(Math.abs(v - (second / sum - (first / sum) ** 2)) < 1e-4);
      },
    ),
    { numRuns: 30 },
  );
});

/** A body that falls from 95 km with the inverse ballistic coefficient 1 / `kgM2`, and what a radar measures each half second. */
function reentry(kgM2: number, seed: number) {
  const random = seededRandom(seed);
  const sensor = sensorModel(
    {
      id: 'R',
      kind: 'radar',
      latitudeDeg: 38,
      longitudeDeg: 131,
      heightM: 0,
      sigma: { rangeM: 30, azimuthDeg: 0.05, elevationDeg: 0.05 },
    },
    0,
  );
  const m = enuRotation(38 * DEG, 131 * DEG);
  const site = geodeticToEcef(38 * DEG, 131 * DEG, 0);
  const truth = new Float64Array(56);
  truth.set(geodeticToEcef(38.5 * DEG, 131.5 * DEG, 95e3));
  // 2.4 km/s to the east and down.
  for (let i = 0; i < 3; i++) truth[3 + i] = 1700 * m[i] - 1700 * m[6 + i];
  truth[6] = -Math.log(kgM2);
  const s = new Float64Array(slabLength(1));
  for (let i = 0; i < 6; i++) {
    const sigma = i < 3 ? 60 : 5;
    s[XC + i] = truth[i] + sigma * random.normal();
    s[PC + 8 * i] = sigma * sigma;
  }
  s[XC + 6] = PRIOR_LNB;
  s[PC + 48] = PRIOR_LNB_SIGMA ** 2;
  const look = newLook();
  const next = (): boolean => {
    predictBallistic(truth, 0, 7, 0.5);
    if (roughHeight(truth[0], truth[1], truth[2]) < 12e3) return false;
    const g = ecefToAzElRange(m, site, [truth[0], truth[1], truth[2]]);
    const plot: RadarPlot = {
      kind: 'radar',
      sensor: 'R',
      timeUs: 0,
      rangeM: g.rangeM + 30 * random.normal(),
      azimuthRad: g.azimuthRad + 0.05 * DEG * random.normal(),
      elevationRad: g.elevationRad + 0.05 * DEG * random.normal(),
    };
    lookAt(look, plot, sensor);
    return true;
  };
  return { s, truth, look, next };
}

test('a bank finds the ballistic coefficient of a falling body, also of an empty stage and of a dart', () => {
  let z2 = 0;
  let runs = 0;
  for (const kgM2 of [1200, 2600, 5000, 9500, 30_000]) {
    for (let seed = 1; seed <= 4; seed++) {
      const { s, truth, look, next } = reentry(kgM2, seed);
      assert.ok(wantsBank(s, 95e3));
      startBank(s);
      while (next() && s[BANK] === 1) {
        assert.ok(bankLook(s, look, 0.5));
        assert.ok(isPositiveDefinite(7, s, PC));
        let sum = 0;
        for (let k = 0; k < MEMBERS; k++) sum += s[WK + k];
        assert.ok(Math.abs(sum - 1) < 1e-12);
      }
      const z = (s[XC + 6] - truth[6]) / Math.sqrt(s[PC + 48]);
      assert.ok(Math.abs(z) < 4, `${kgM2} kg/m^2, seed ${seed}: ${z} sigma off`);
      assert.ok(s[PC + 48] < 0.2 ** 2, `${kgM2} kg/m^2: known only within ${Math.sqrt(s[PC + 48])}`);
      assert.equal(wantsBank(s, 95e3), false);
      z2 += z * z;
      runs++;
    }
  }
  assert.ok(z2 / runs > 0.3 && z2 / runs < 2.5, `${z2 / runs}`);
});

test('the members go together as the one state before the air is felt, and say the same of ln B', () => {
  const { s } = reentry(5000, 9);
  s[PC + 6] = 3;
  s[PC + 42] = 3;
  const before = s.slice(XC, PC + 49);
  const told = newMembers();
  membersOf(s, told);
  startBank(s);
  for (let i = 0; i < 7; i++) assert.ok(Math.abs(s[XC + i] - before[i]) < 1e-6);
  for (let i = 0; i < 49; i++)
    assert.ok(Math.abs(s[PC + i] - before[7 + i]) < 1e-9 * (1 + Math.abs(before[7 + i])));
  const run = newMembers();
  membersOf(s, run);
  for (let k = 0; k < MEMBERS; k++) {
    assert.ok(Math.abs(run.weight[k] - told.weight[k]) < 1e-12);
    assert.ok(Math.abs(run.mean[k] - told.mean[k]) < 1e-9);
    assert.ok(Math.abs(run.variance[k] - told.variance[k]) < 1e-9);
  }
});
