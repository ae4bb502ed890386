/** The fused state is a function of the set of tracklets: any order of arrival, any delay within the history, any repeats. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../earth/random.ts';
import type { Tracklet } from '../model/track.ts';
import { before } from './fused-filter.ts';
import { keyOf } from './fused-steps.ts';
import { FusedTrack, HISTORY_US } from './fusion.ts';
import { THREE_NODES } from './testing/flight.ts';
import { flyNodes } from './testing/nodes.ts';

/** What three nodes tell of one flight, boost, burnout and coast, in order of time. */
const told: Tracklet[] = [];
flyNodes(7, (tracklets) => told.push(...tracklets), 280);
told.sort((a, b) => (before(a, b) ? -1 : 1));
/** The first that fixes a position starts the track, and so each order must have it first or come to it. */
const start = told.findIndex((t) => FusedTrack.start(t));

function fuse(tracklets: readonly Tracklet[]): FusedTrack {
  const fused = FusedTrack.start(tracklets[0])!;
  for (const t of tracklets.slice(1)) fused.add(t);
  return fused;
}

function sameAs(a: FusedTrack, b: FusedTrack): void {
  assert.equal(a.timeUs, b.timeUs);
  assert.deepEqual([...a.state], [...b.state]);
  assert.deepEqual([...a.covariance], [...b.covariance]);
  assert.deepEqual(
    [a.phase, a.plots, a.ballisticSinceUs, a.estimates()],
    [b.phase, b.plots, b.ballisticSinceUs, b.estimates()],
  );
  assert.deepEqual(Object.entries(a.pedigree).sort(), Object.entries(b.pedigree).sort());
}

test('the flight has what makes order matter: three nodes, boost, burnout as each sees it, coast', () => {
  assert.ok(told.length > 400);
  assert.ok(told.at(-1)!.timeUs - told[start].timeUs < HISTORY_US);
  for (const node of THREE_NODES) {
    const phases = new Set(told.filter((t) => t.node === node).map((t) => t.phase));
    assert.ok(phases.has('coast'), node);
  }
  assert.ok(told.some((t) => t.phase === 'boost'));
});

test('any permutation, with repeats, ends in the same state bit for bit', () => {
  const all = told.slice(start);
  const inOrder = fuse(all);
  const seeds = fc.integer({ min: 0, max: 1e9 });
  fc.assert(
    fc.property(seeds, fc.constantFrom(1, 5, 60, 1000), (seed, spreadS) => {
      const random = seededRandom(seed);
      const arriving = all
        .flatMap((t) => {
          const at = t.timeUs + spreadS * 1e6 * random.uniform();
          return random.uniform() < 0.1
            ? [
                { t, at },
                { t: structuredClone(t), at: at + 3e6 },
              ]
            : [{ t, at }];
        })
        .sort((a, b) => a.at - b.at)
        .map(({ t }) => t);
      // A track is only ever started by a tracklet that can start one.
      const first = arriving.findIndex((t) => FusedTrack.start(t));
      const [starter] = arriving.splice(first, 1);
      sameAs(fuse([starter, ...arriving]), inOrder);
    }),
    { numRuns: 12, seed: 1 },
  );
});

test('a whole report leaves no trace of what it replaces: the state is that of the others and of what came from it on', () => {
  const free = told.filter((t) => t.phase !== 'boost' && t.timeUs >= told[start].timeUs);
  const whole = (t: Tracklet): boolean => t.sinceUs === t.timeUs;
  const last = new Map(free.filter(whole).map((t) => [keyOf(t), t.sequence]));
  const left = free.filter((t) => t.sequence >= last.get(keyOf(t))!);
  assert.ok(left.length < free.length, 'something is replaced');
  const fused = FusedTrack.start(free[0])!;
  const results = free.slice(1).map((t) => fused.add(t));
  assert.ok(results.includes('replaced') && !results.includes('intersected'));
  const others = fuse(left.slice(left.findIndex((t) => FusedTrack.start(t))));
  assert.deepEqual([...fused.state], [...others.state]);
  assert.deepEqual([...fused.covariance], [...others.covariance]);
});

test('looking at it in between changes nothing', () => {
  const all = told.slice(start);
  const looked = FusedTrack.start(all[0])!;
  const random = seededRandom(3);
  const arriving = all.slice(1).map((t) => ({ t, at: t.timeUs + 90e6 * random.uniform() }));
  for (const { t } of arriving.sort((a, b) => a.at - b.at)) {
    looked.add(t);
    if (random.uniform() < 0.05) assert.ok(looked.at(t.timeUs).state.every(Number.isFinite));
  }
  sameAs(looked, fuse(all));
});

test('what a node withdraws is gone: the rest is as if it had never come', () => {
  const all = told.slice(start);
  for (const node of THREE_NODES) {
    const without = all.filter((t) => t.node !== node);
    const key = keyOf(all.find((t) => t.node === node)!);
    const fused = fuse(all);
    assert.equal(fused.withdraw(key), true);
    const keys = new Set(all.filter((t) => t.node === node).map(keyOf));
    for (const k of keys) fused.withdraw(k);
    sameAs(fused, fuse(without.slice(without.findIndex((t) => FusedTrack.start(t)))));
    assert.ok(Object.keys(fused.pedigree).every((s) => !s.startsWith(node)));
  }
  const alone = fuse(all.filter((t) => t.node === 'USA'));
  for (const t of all) if (t.node === 'USA') alone.withdraw(keyOf(t));
  assert.equal(alone.empty, true);
});

test('what is too old to be told apart goes as a whole when a part of it is withdrawn', () => {
  const all = told.slice(start);
  // Kept so shortly that most is folded away.
  const fused = FusedTrack.start(all[0], 64)!;
  for (const t of all.slice(1)) fused.add(t);
  assert.ok(fused.keptFromUs > all[0].timeUs + 100e6);
  const before = fused.covariance[0];
  const usa = new Set(all.filter((t) => t.node === 'USA').map(keyOf));
  for (const k of usa) fused.withdraw(k);
  if (!fused.empty) assert.ok(fused.covariance[0] > before, 'less is known, and it is said');
  assert.ok(Object.keys(fused.pedigree).every((s) => !s.startsWith('USA')));
});

test('memory is bounded, and what is older than the history is refused', () => {
  const fused = fuse(told.slice(start));
  const old = { ...told[start], sequence: 9999, timeUs: fused.timeUs - HISTORY_US - 1e6 };
  assert.equal(fused.add(old), 'tooOld');
  assert.equal(fused.add(old), 'duplicate');
});
