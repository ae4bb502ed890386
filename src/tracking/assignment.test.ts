/** The best assignment against plain enumeration, and at the size of a salvo against exchanges. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Assignment } from './assignment.ts';

interface Pair {
  track: number;
  plot: number;
  gain: number;
}

/** The greatest total gain of any set of pairs in which no track and no plot is twice. */
function best(pairs: readonly Pair[], at = 0, tracks = 0, plots = 0): number {
  if (at === pairs.length) return 0;
  const { track, plot, gain } = pairs[at];
  const without = best(pairs, at + 1, tracks, plots);
  if ((tracks & (1 << track)) !== 0 || (plots & (1 << plot)) !== 0) return without;
  return Math.max(without, gain + best(pairs, at + 1, tracks | (1 << track), plots | (1 << plot)));
}

function solved(a: Assignment, pairs: readonly Pair[], tracks: number, plots: number): Pair[] {
  a.begin(tracks, plots);
  for (const p of pairs) a.pair(p.track, p.plot, p.gain);
  a.solve();
  const chosen: Pair[] = [];
  for (let k = 0; k < a.count; k++)
    if (a.chosen[k] !== 0) chosen.push({ track: a.track[k], plot: a.plot[k], gain: a.gain[k] });
  return chosen;
}

const total = (pairs: readonly Pair[]): number => pairs.reduce((sum, p) => sum + p.gain, 0);

function once(pairs: readonly Pair[]): void {
  assert.equal(new Set(pairs.map((p) => p.track)).size, pairs.length);
  assert.equal(new Set(pairs.map((p) => p.plot)).size, pairs.length);
}

test('the assignment has the greatest total gain of all, each track and plot at most once', () => {
  const a = new Assignment();
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.option(fc.double({ min: 0.01, max: 30, noNaN: true }), { nil: undefined }), {
        minLength: 25,
        maxLength: 25,
      }),
      (tracks, plots, gains) => {
        const pairs: Pair[] = [];
        for (let t = 0; t < tracks; t++) {
          for (let p = 0; p < plots; p++) {
            const gain = gains[5 * t + p];
            if (gain !== undefined) pairs.push({ track: t, plot: p, gain });
          }
        }
        const chosen = solved(a, pairs, tracks, plots);
        once(chosen);
        assert.ok(Math.abs(total(chosen) - best(pairs)) < 1e-9);
      },
    ),
    { numRuns: 2000 },
  );
});

test('sixty tracks and plots in one cluster: no exchange of two tracks, and no plot left over, would gain', () => {
  const a = new Assignment();
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.1, max: 20, noNaN: true }), { minLength: 660, maxLength: 660 }),
      (g) => {
        const pairs: Pair[] = [];
        for (let t = 0; t < 60; t++)
          for (let d = -5; d <= 5; d++)
            if (t + d >= 0 && t + d < 60) pairs.push({ track: t, plot: t + d, gain: g[11 * t + d + 5] });
        const chosen = solved(a, pairs, 60, 60);
        once(chosen);
        const gain = new Map(pairs.map((p) => [60 * p.track + p.plot, p.gain]));
        const trackOf = new Map(chosen.map((p) => [p.plot, p.track]));
        for (const p of chosen) {
          for (const [key, other] of gain) {
            if (Math.floor(key / 60) !== p.track || key % 60 === p.plot) continue;
            const rival = trackOf.get(key % 60);
            if (rival === undefined) assert.ok(other <= p.gain + 1e-9);
            else {
              const back = gain.get(60 * rival + p.plot) ?? 0;
              assert.ok(other + back <= p.gain + gain.get(60 * rival + (key % 60))! + 1e-9);
            }
          }
        }
      },
    ),
    { numRuns: 20 },
  );
});
