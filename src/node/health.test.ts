import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEG } from '../earth/wgs84.ts';
import { check } from '../model/schema.ts';
import { NIS_ALARM } from '../tracking/index.ts';
import { healthViews } from './health.ts';
import { SensorHealthView } from './wire-words.ts';

test('health in the words of the page: unknown until judged, degrees, null where nothing is stated', () => {
  const base = { sensor: 'R', judged: NIS_ALARM.plots, nis: 1.1, alarm: false };
  const [good, alarm, few, none, biased] = healthViews([
    base,
    { ...base, nis: 3, alarm: true },
    { ...base, judged: NIS_ALARM.plots - 1, nis: 3 },
    { ...base, judged: 0, nis: 0 },
    {
      ...base,
      bias: [
        { component: 'range', value: 40, sigma: 5, stated: 15 },
        { component: 'azimuth', value: 0.1 * DEG, sigma: 0.02 * DEG, stated: 0.3 * DEG },
      ],
    },
  ]);
  for (const view of [good, alarm, few, none, biased]) check(SensorHealthView, view);
  assert.deepEqual(
    [good, alarm, few, none].map((v) => v.state),
    ['good', 'alarm', 'unknown', 'unknown'],
  );
  assert.equal(none.nis, null);
  assert.equal(good.bias, null);
  assert.deepEqual(
    biased.bias?.map((b) =>
      [b.unit, b.value, b.sigma, b.stated].map((v) => (typeof v === 'number' ? +v.toFixed(9) : v)),
    ),
    [
      ['m', 40, 5, 15],
      ['deg', 0.1, 0.02, 0.3],
    ],
  );
});
