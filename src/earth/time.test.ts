import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isoToUs, usToIso } from './time.ts';

test('microseconds to ISO and back is exact', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 4e15 }), (us) => assert.equal(isoToUs(usToIso(us)), us)));
});

test('offsets, dates and fractions are read; impossible times are not', () => {
  assert.equal(isoToUs('1970-01-01'), 0);
  assert.equal(isoToUs('2022-10-04T07:22:00+09:00'), isoToUs('2022-10-03T22:22:00Z'));
  assert.equal(isoToUs('1970-01-01T00:00:00.0000019Z'), 1);
  for (const bad of [
    '2022-13-01',
    '2022-02-30',
    '2022-10-04T24:00:00Z',
    '2022-10-04T07:22',
    'yesterday',
    '',
  ]) {
    assert.equal(isoToUs(bad), undefined, bad);
  }
});
