import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CHI2_95_2, contentChi2 } from './normal.ts';
import { seededRandom } from './random.ts';

test('a circle of 95 % content holds 95 % of what is drawn, of one normal law and of sums', () => {
  assert.ok(Math.abs(contentChi2([1], [7], [3]) - CHI2_95_2) < 1e-3);
  const member = fc.record({
    weight: fc.double({ min: 0.05, max: 1, noNaN: true }),
    mean: fc.double({ min: -3, max: 3, noNaN: true }),
    variance: fc.double({ min: 0.5, max: 4, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(member, { minLength: 2, maxLength: 5 }), fc.integer(), (members, seed) => {
      const sum = members.reduce((a, m) => a + m.weight, 0);
      const weights = members.map((m) => m.weight / sum);
      const mean = members.reduce((a, m, k) => a + weights[k] * m.mean, 0);
      const variance = members.reduce((a, m, k) => a + weights[k] * (m.variance + (m.mean - mean) ** 2), 0);
      const chi2 = contentChi2(
        weights,
        members.map((m) => m.mean),
        members.map((m) => m.variance),
      );
      const random = seededRandom(seed);
      const draws = 4000;
      let inside = 0;
      for (let i = 0; i < draws; i++) {
        let pick = random.uniform();
        let k = 0;
        while (k < members.length - 1 && pick > weights[k]) pick -= weights[k++];
        const u =
          (members[k].mean + Math.sqrt(members[k].variance) * random.normal() - mean) / Math.sqrt(variance);
        if (u * u + random.normal() ** 2 <= chi2) inside++;
      }
      // Four standard deviations of so many draws.
      assert.ok(Math.abs(inside / draws - 0.95) < 0.0138, `${inside / draws}`);
    }),
    { numRuns: 25 },
  );
});
