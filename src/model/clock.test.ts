import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VirtualScheduler } from './clock.ts';

test('tasks run once each, in order of time and then of their scheduling, and never before their time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }),
      fc.array(fc.nat(59)),
      (times, cancelled) => {
        const clock = new VirtualScheduler(0);
        const ran: number[] = [];
        const cancels = times.map((t, i) =>
          clock.at(t, () => {
            assert.equal(clock.nowUs(), t);
            ran.push(i);
          }),
        );
        for (const i of cancelled) cancels[i]?.();
        clock.advanceTo(25);
        assert.ok(ran.every((i) => times[i] <= 25));
        clock.advanceTo(50);
        const expected = times
          .map((t, i) => [t, i])
          .filter(([, i]) => !cancelled.includes(i))
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        assert.deepEqual(
          ran,
          expected.map(([, i]) => i),
        );
      },
    ),
  );
});

test('a task may schedule another for now', () => {
  const clock = new VirtualScheduler(10);
  const ran: string[] = [];
  clock.at(5, () => {
    ran.push(`a${clock.nowUs()}`);
    clock.at(0, () => ran.push(`b${clock.nowUs()}`));
  });
  clock.advanceTo(10);
  assert.deepEqual(ran, ['a10', 'b10']);
});
