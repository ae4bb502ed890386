import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../earth/random.ts';
import type { NodeId } from '../model/nation.ts';
import { packUpper, type Tracklet, unpackUpper } from '../model/track.ts';
import { associationDistance, FusedTrack } from './fusion.ts';
import { positivePart } from './information.ts';
import { bilinear, eigenSymmetric } from './linear.ts';
import { aneesBand, nees } from './metrics.ts';
import { EPOCH_US, THREE_RADARS, testFlight, truthAt } from './testing/flight.ts';
import { flyNodes, nodePlots, theFlight } from './testing/nodes.ts';
import { Tracker } from './tracker.ts';

const other = testFlight({
  latitudeDeg: 38.4,
  longitudeDeg: 126.4,
  bearingDeg: 85,
  burnS: 90,
  startG: 2,
  endG: 8,
  tiltDeg: 5,
  untilS: 420,
});

function fedWith(fused: FusedTrack | undefined, tracklet: Tracklet): FusedTrack | undefined {
  if (!fused) return FusedTrack.start(tracklet);
  fused.add(tracklet);
  return fused;
}

test('three nodes fused by tracklets are as good as one central tracker, with an honest covariance', () => {
  let fusedSquare = 0;
  let centralSquare = 0;
  const honest: number[] = [];
  const marks = [180, 240, 300, 360, 420];
  const runs = 20;
  for (let seed = 1; seed <= runs; seed++) {
    let fused: FusedTrack | undefined;
    const central = new Tracker(THREE_RADARS);
    flyNodes(seed, (tracklets, t, plots) => {
      for (const p of plots) central.addPlot(p);
      central.advanceTo(EPOCH_US + t * 1e6);
      for (const tracklet of tracklets) {
        if (fused) fused.add(tracklet);
        else fused = FusedTrack.start(tracklet);
      }
      if (!marks.includes(t)) return;
      const truth = truthAt(theFlight(), EPOCH_US + t * 1e6);
      const now = fused!.at(EPOCH_US + t * 1e6);
      const e = Array.from(now.state, (v, i) => v - truth[i]);
      fusedSquare += e[0] ** 2 + e[1] ** 2 + e[2] ** 2;
      honest.push(nees(e, now.covariance, 6));
      const [view] = central.tracks();
      const at = truthAt(theFlight(), view.timeUs);
      centralSquare += [0, 1, 2].reduce((sum, i) => sum + (view.state[i] - at[i]) ** 2, 0);
    });
    assert.equal(fused!.phase, 'coast');
    assert.deepEqual(Object.keys(fused!.pedigree).sort(), ['JPN/R3', 'KOR/R2', 'USA/R1']);
    assert.ok(fused!.estimates());
  }
  const ratio = Math.sqrt(fusedSquare / centralSquare);
  assert.ok(ratio <= 1.05, `fused/central ${ratio.toFixed(3)}`);
  const mean = honest.reduce((a, b) => a + b, 0) / honest.length;
  const [low, high] = aneesBand(6, runs);
  assert.ok(mean > low && mean < high, `ANEES/6 ${mean.toFixed(3)}`);
});

test('duplicates, own data coming back and relayed products do not shrink the covariance', () => {
  let clean: FusedTrack | undefined;
  let looped: FusedTrack | undefined;
  const kept: Tracklet[] = [];
  flyNodes(3, (tracklets, t) => {
    for (const tracklet of tracklets) {
      clean = fedWith(clean, tracklet);
      looped = fedWith(looped, tracklet);
      kept.push(tracklet);
      // Each comes again, at once and later, over other ways.
      assert.equal(looped!.add(structuredClone(tracklet)), 'duplicate');
      if (kept.length > 20) assert.equal(looped!.add(kept[kept.length - 20]), 'duplicate');
    }
    // A relay sends back what it has fused of all: the whole state, with everybody's pedigree.
    if (t > 150 && t % 10 === 0 && looped) {
      const relay = fullTracklet(clean!, 'HUB', t);
      assert.equal(looped.add(relay), 'intersected');
    }
  });
  const a = unpackUpper(clean!.covariance, 6);
  const b = unpackUpper(looped!.covariance, 6);
  for (let i = 0; i < 6; i++)
    assert.ok(b[7 * i] > 0.97 * a[7 * i], `axis ${i}: ${b[7 * i]} against ${a[7 * i]}`);
});

/** The whole state of a fused track as a tracklet with the pedigree of all that is in it. */
function fullTracklet(fused: FusedTrack, node: NodeId, sequence: number): Tracklet {
  const p = unpackUpper(fused.covariance, 6);
  const { values, vectors } = eigenSymmetric(6, p);
  const y = new Float64Array(36);
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++)
      for (let k = 0; k < 6; k++) y[6 * i + j] += (vectors[6 * i + k] * vectors[6 * j + k]) / values[k];
  }
  const vector = Array.from({ length: 6 }, (_, i) =>
    fused.state.reduce((sum, v, j) => sum + y[6 * i + j] * v, 0),
  );
  return {
    node,
    track: 'H1',
    sequence,
    timeUs: fused.timeUs,
    sinceUs: fused.timeUs,
    vector,
    matrix: packUpper(y, 6),
    phase: 'coast',
    plots: 0,
    pedigree: { ...fused.pedigree },
  };
}

test('tracklets out of order end in the same state as in order', () => {
  const all: Tracklet[] = [];
  flyNodes(5, (tracklets) => all.push(...tracklets));
  const coast = all.filter((t) => t.timeUs > EPOCH_US + 130e6 && t.phase === 'coast');
  const firstOf = (list: Tracklet[]) =>
    list.findIndex((t) => t.sinceUs === t.timeUs || FusedTrack.start(t) !== undefined);
  const begin = all.find((t) => t.phase === 'coast' && t.sinceUs === t.timeUs)!;
  assert.ok(firstOf(all) >= 0);
  const inOrder = FusedTrack.start(begin)!;
  const shuffled = FusedTrack.start(begin)!;
  const random = seededRandom(11);
  const arrivals = coast
    .map((t) => ({ t, at: t.timeUs + 8e6 * random.uniform() }))
    .sort((a, b) => a.at - b.at);
  for (const t of coast) inOrder.add(t);
  for (const { t } of arrivals) shuffled.add(t);
  assert.deepEqual(shuffled.state, inOrder.state);
  assert.deepEqual(shuffled.covariance, inOrder.covariance);
});

test('one node alone: the chain of its tracklets is its own track again', () => {
  const shares = Array.from({ length: 16 }, (_, k) => chainApart(k + 1));
  assert.ok(Math.max(...shares) < 0.01, `${Math.max(...shares).toFixed(3)} sigma apart`);
});

/** Distance of the fused track from the tracker's own at the end of a flight, over its standard deviation. */
function chainApart(seed: number): number {
  let fused: FusedTrack | undefined;
  const tracker = new Tracker([THREE_RADARS[0]]);
  const plots = nodePlots(seed, 0);
  for (let t = 0; t <= 420; t++) {
    const now = EPOCH_US + t * 1e6;
    for (const p of plots) if (p.timeUs > now - 1e6 && p.timeUs <= now) tracker.addPlot(p);
    tracker.advanceTo(now);
    for (const tracklet of tracker.takeTracklets('USA', now)) {
      for (let i = 0; i < 6; i++) assert.ok(tracklet.matrix.every(Number.isFinite));
      const m = unpackUpper(tracklet.matrix, 6);
      const { values } = eigenSymmetric(
        6,
        m.map((v, k) => v * (k % 6 < 3 ? 1e3 : 10) * (k < 18 ? 1e3 : 10)),
      );
      assert.ok(Math.min(...values) > -1e-9 * Math.max(...values));
      fused = fedWith(fused, tracklet);
    }
  }
  const [view] = tracker.tracks();
  const apart = [0, 1, 2].map((i) => fused!.state[i] - view.state[i]);
  const p = unpackUpper(view.covariance, 6);
  const sigma = Math.sqrt(p[0] + p[7] + p[14]);
  const q = unpackUpper(fused!.covariance, 6);
  const trace = Math.sqrt(q[0] + q[7] + q[14]);
  assert.ok(trace > 0.9 * sigma && trace < 1.25 * sigma);
  return Math.hypot(...apart) / sigma;
}

test('association: the same target is near, another launch is far', () => {
  let fused: FusedTrack | undefined;
  flyNodes(4, (tracklets) => {
    for (const t of tracklets) if (t.node === 'USA') fused = fedWith(fused, t);
  });
  for (const [of, same] of [
    [theFlight(), true],
    [other, false],
  ] as const) {
    const tracker = new Tracker([THREE_RADARS[1]]);
    for (const p of nodePlots(40, 1, of)) tracker.addPlot(p);
    let first: Tracklet | undefined;
    for (let t = 400; t <= 420; t++) {
      tracker.advanceTo(EPOCH_US + t * 1e6);
      first = tracker.takeTracklets('KOR', 0)[0] ?? first;
      if (first) break;
    }
    const d = associationDistance(first!, fused!);
    assert.ok(same ? d < 25 : d > 1000, `${same ? 'same' : 'other'}: ${d.toFixed(1)}`);
  }
});

test('the positive part of an indefinite information matrix is what it says, and keeps its vector in range', () => {
  const m = Float64Array.from({ length: 36 }, (_, k) => (k % 7 === 0 ? (k === 35 ? -1e-4 : 1e-4) : 0));
  const x = [1, 2, 3, 4, 5, 6];
  const v = Float64Array.from(x, (value, i) => m[7 * i] * value);
  assert.ok(positivePart(m, v) > 0);
  assert.ok(eigenSymmetric(6, m).values.every((e) => e >= -1e-18));
  assert.equal(v[5], 0);
  assert.ok(Math.abs(v[0] - 1e-4) < 1e-12);
  assert.ok(bilinear(6, x, m, x) > 0);
});
