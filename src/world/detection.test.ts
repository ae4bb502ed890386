import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../earth/random.ts';
import { sigmaFactor } from '../model/sensor.ts';
import { detect, detectionProbability, meanSnr } from './detection.ts';

const equation = { rangeKm: 1000, snrDb: 13, falseAlarmProbability: 1e-6 };

test('the signal falls with the fourth power of the range, and at the stated range every second look detects', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e4, max: 3e6, noNaN: true }), (rangeM) => {
      assert.ok(Math.abs(meanSnr(equation, rangeM) / meanSnr(equation, 2 * rangeM) - 16) < 1e-9);
      assert.ok(detectionProbability(equation, rangeM) > detectionProbability(equation, rangeM * 1.01));
    }),
  );
  assert.ok(Math.abs(meanSnr(equation, 1e6) - 10 ** 1.3) < 1e-9);
  assert.ok(Math.abs(detectionProbability(equation, 1e6) - 0.517) < 1e-3);
  // Far beyond, only the false alarms of the noise are left.
  assert.ok(Math.abs(detectionProbability(equation, 1e9) / 1e-6 - 1) < 1e-3);
});

test('Swerling 1: published detection probabilities', () => {
  // Skolnik (3rd ed.), fig. 2.23 and the closed form behind it: SNR needed for Pd at Pfa 1e-6, dB.
  for (const [pd, snrDb] of [
    [0.5, 12.77],
    [0.9, 21.14],
  ]) {
    const p = detectionProbability({ rangeKm: 1, snrDb, falseAlarmProbability: 1e-6 }, 1000);
    assert.ok(Math.abs(p - pd) < 5e-4, `${p} for ${pd}`);
  }
});

test('looks detect as often as they should, with a power that is exponential beyond the threshold', () => {
  for (const rangeM of [3e5, 7e5, 1e6, 1.5e6]) {
    const draws = seededRandom(17);
    const n = 20000;
    const p = detectionProbability(equation, rangeM);
    const mean = 1 + meanSnr(equation, rangeM);
    const threshold = -Math.log(equation.falseAlarmProbability);
    let seen = 0;
    let over = 0;
    for (let i = 0; i < n; i++) {
      const snrDb = detect(equation, rangeM, draws);
      if (snrDb === undefined) continue;
      const power = 10 ** (snrDb / 10);
      assert.ok(power > threshold * (1 - 1e-12));
      over += power - threshold;
      seen++;
    }
    assert.ok(Math.abs(seen - n * p) < 4 * Math.sqrt(n * p * (1 - p)), `${seen} of ${n * p} at ${rangeM}`);
    // The exponential has no memory: beyond the threshold its mean is its mean.
    assert.ok(Math.abs(over / seen / mean - 1) < 4 / Math.sqrt(seen), `${over / seen} for ${mean}`);
  }
});

test('errors grow below 20 dB as 1 / sqrt(SNR), and no number, however odd, makes them infinite', () => {
  assert.equal(sigmaFactor(20), 1);
  assert.equal(sigmaFactor(55), 1);
  assert.ok(Math.abs(sigmaFactor(14) - Math.sqrt(10 ** 0.6)) < 1e-12);
  for (const odd of [Number.NaN, Number.NEGATIVE_INFINITY, -1e9, Number.POSITIVE_INFINITY]) {
    const f = sigmaFactor(odd);
    assert.ok(f >= 1 && f <= 10, `${odd}: ${f}`);
  }
});
