import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sortKeys } from './order.ts';

test('keys come in order, equal ones as they stood', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ noNaN: true })), { maxLength: 200 }),
      (list) => {
        const keys = Float64Array.from([...list, Number.NaN]);
        const order = new Int32Array(list.length);
        sortKeys(list.length, keys, order);
        // 0 and -0 are equal here.
        const expected = list
          .map((_, i) => i)
          .sort((a, b) => (list[a] < list[b] ? -1 : list[a] > list[b] ? 1 : a - b));
        assert.deepEqual([...order], expected);
        assert.ok(expected.every((at, i) => keys[i] === list[at]));
      },
    ),
  );
});
