import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { geodesicInverse } from '../earth/geodesic.ts';
import { seededRandom } from '../earth/random.ts';
import type { Item } from '../model/item.ts';
import type { PointEstimate } from '../model/track.ts';
import { binaryCodec } from './binary.ts';
import { cellOf, coarsen, finerThanLabel } from './coarsen.ts';
import { decide } from './decide.ts';
import { parseAgreement } from './load.ts';
import { applyReduction } from './reduce.ts';
import { openMarking, testExchange, testItem } from './testing/exchange.ts';
import { itemContradiction } from './verify-envelope.ts';

const EXAMPLE = new URL('../../examples/coarse-estimates.yaml', import.meta.url).pathname;
const example = parseAgreement(readFileSync(EXAMPLE, 'utf8'), 'coarse-estimates.yaml');
const NOW = Date.parse('2024-01-14T05:55:00Z') * 1000;
const FLOOR = 10_000;

const point = (
  kind: 'launch' | 'impact',
  latitudeDeg: number,
  longitudeDeg: number,
  axisM = 500,
): PointEstimate => ({
  kind,
  timeUs: NOW,
  atUs: NOW,
  atSigmaS: 1,
  latitudeDeg,
  longitudeDeg,
  ellipse95: { semiMajorM: 2 * axisM, semiMinorM: axisM, azimuthDeg: 30 },
});

function impactItem(impact: PointEstimate, revision = 1): Item {
  const item = testItem('KOR', 1, NOW);
  return {
    ...item,
    label: {
      ...item.label,
      id: 'KOR-1:impact',
      kind: 'impact',
      releasableTo: ['JPN'],
      elements: ['impactPoint', 'trajectory', 'sensorIdentity'],
    },
    revision,
    body: { track: 'KOR-1', impact, apogeeKm: 483.2, sensors: ['R'] },
  };
}

const places = fc.record({
  latitudeDeg: fc.double({ min: -90, max: 90, noNaN: true }),
  longitudeDeg: fc.double({ min: -180, max: 180, noNaN: true }),
});
const floors = fc.double({ min: 100, max: 500_000, noNaN: true });

test('a cell is a cell: its middle is in it, near the place, and as far from the next as the floor', () => {
  fc.assert(
    fc.property(places, floors, (place, floorM) => {
      const middle = cellOf(place, floorM);
      assert.ok(Math.abs(middle.latitudeDeg) <= 90 && Math.abs(middle.longitudeDeg) <= 180);
      const again = cellOf(middle, floorM);
      assert.ok(Math.abs(again.latitudeDeg - middle.latitudeDeg) < 1e-9);
      assert.ok(Math.abs(again.longitudeDeg - middle.longitudeDeg) < 1e-9);
      if (Math.abs(place.latitudeDeg) > 80) return;
      const { distanceM } = geodesicInverse(
        place.latitudeDeg,
        place.longitudeDeg,
        middle.latitudeDeg,
        middle.longitudeDeg,
      );
      assert.ok(distanceM < floorM * 2, `${distanceM} of ${floorM}`);
      // The next cell to the north is at least a floor away.
      const rows = Math.floor((180 * 110_574) / floorM);
      const north = Math.min(89.9, middle.latitudeDeg + 180 / rows);
      const step = geodesicInverse(middle.latitudeDeg, 0, north, 0).distanceM;
      assert.ok(north === 89.9 || step > 0.999 * floorM);
    }),
    { numRuns: 300 },
  );
});

test('coarsening never adds, is idempotent, keeps nothing finer than the floor, and its label says so', () => {
  fc.assert(
    fc.property(places, floors, fc.double({ min: 1, max: 200e3, noNaN: true }), (place, floorM, axisM) => {
      const item = impactItem(point('impact', place.latitudeDeg, place.longitudeDeg, axisM));
      const out = coarsen(item, floorM);
      assert.equal(out.label.positionFloorM, floorM);
      assert.equal(finerThanLabel(out), undefined);
      assert.equal(coarsen(out, floorM), out, 'idempotent');
      assert.equal(coarsen(out, floorM / 2), out, 'as coarse already');
      for (const part of Object.keys(out.body)) assert.ok(part in item.body, `${part} was added`);
      const { semiMajorM, semiMinorM } = out.body.impact!.ellipse95;
      assert.ok(semiMinorM >= 2.447 * floorM && semiMinorM >= axisM && semiMajorM >= semiMinorM);
      // Two places of one cell can't be told apart by what goes.
      const twin = cellOf(place, floorM);
      const other = coarsen(impactItem(point('impact', twin.latitudeDeg, twin.longitudeDeg, axisM)), floorM);
      assert.deepEqual(other.body, out.body);
    }),
    { numRuns: 200 },
  );
  const whole = testItem('KOR', 1, NOW);
  assert.ok(whole.body.tracklet);
  assert.equal(
    coarsen(whole, FLOOR).body.tracklet,
    undefined,
    'a sum of coarse increments is a fine track again',
  );
});

test('what goes stays honest: the coarse place and its ellipse hold the truth as they say', () => {
  const random = seededRandom(4);
  const gauss = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  for (const sigmaM of [300, 3000, 10_000, 40_000]) {
    let inside = 0;
    let sum = 0;
    const runs = 600;
    for (let run = 0; run < runs; run++) {
      const truth = { latitudeDeg: 30 + 10 * random.uniform(), longitudeDeg: 130 + 20 * random.uniform() };
      let before: Item | undefined;
      let out: Item | undefined;
      // Revisions that waver about the truth: what was given last decides along.
      for (let revision = 1; revision <= 5; revision++) {
        const lat = truth.latitudeDeg + (sigmaM * gauss()) / 110_574;
        const lon =
          truth.longitudeDeg + (sigmaM * gauss()) / (111_320 * Math.cos((truth.latitudeDeg * Math.PI) / 180));
        const p = point('impact', lat, lon);
        p.ellipse95 = { semiMajorM: 2.4477 * sigmaM, semiMinorM: 2.4477 * sigmaM, azimuthDeg: 0 };
        out = coarsen(impactItem(p, revision), FLOOR, before);
        before = out;
      }
      const { impact } = out!.body;
      const d = geodesicInverse(
        truth.latitudeDeg,
        truth.longitudeDeg,
        impact!.latitudeDeg,
        impact!.longitudeDeg,
      ).distanceM;
      const sigma = impact!.ellipse95.semiMajorM / 2.4477;
      sum += (d / sigma) ** 2 / 2;
      if (d <= impact!.ellipse95.semiMajorM) inside++;
    }
    // Normalised error squared is 1 for an exact spread; below it the spread is stated too wide, never too narrow.
    assert.ok(sum / runs < 1.06, `sigma ${sigmaM}: ${(sum / runs).toFixed(2)}`);
    assert.ok(inside / runs > 0.94, `sigma ${sigmaM}: ${inside} of ${runs}`);
  }
});

test('an estimate that wavers about a border gives one cell: nothing to average', () => {
  const random = seededRandom(9);
  const edge = cellOf({ latitudeDeg: 40, longitudeDeg: 140 }, FLOOR);
  const rows = Math.floor((180 * 110_574) / FLOOR);
  const border = edge.latitudeDeg + 90 / rows;
  const given = new Set<string>();
  const fresh = new Set<string>();
  let before: Item | undefined;
  for (let i = 0; i < 200; i++) {
    const p = point('impact', border + ((random.uniform() - 0.5) * 4000) / 110_574, edge.longitudeDeg);
    fresh.add(String(coarsen(impactItem(p), FLOOR).body.impact!.latitudeDeg));
    before = coarsen(impactItem(p, i + 1), FLOOR, before);
    given.add(String(before.body.impact!.latitudeDeg));
  }
  assert.equal(fresh.size, 2, 'the border is where it is said to be');
  assert.equal(given.size, 1);
  // A place that has really moved is told.
  const moved = point('impact', border + 0.3, edge.longitudeDeg);
  assert.notEqual(
    coarsen(impactItem(moved, 999), FLOOR, before).body.impact!.latitudeDeg,
    before!.body.impact!.latitudeDeg,
  );
});

test('the decision: coarse under the floor, fine where another agreement releases it so, denied what cannot be coarse', () => {
  const item = impactItem(point('impact', 39.123, 140.456));
  const d = decide(item.label, 'KOR', 'JPN', null, [example], NOW);
  assert.deepEqual([d.decision, d.agreement, d.positionFloorM], ['reduce', 'coarse-estimates', FLOOR]);
  assert.deepEqual(d.reductions, ['trajectory', 'sensorIdentity']);
  assert.deepEqual(
    d.reasons.map((r) => r.code),
    ['released', 'elementsRemoved', 'positionCoarsened'],
  );
  const out = applyReduction(item, d);
  assert.equal(itemContradiction(out), undefined);
  assert.deepEqual(Object.keys(out.body).sort(), ['impact', 'track']);
  // As it goes it is allowed: at the queue, at the relay, at display.
  const then = decide(out.label, 'KOR', 'JPN', null, [example], NOW);
  assert.deepEqual([then.decision, then.positionFloorM], ['allow', undefined]);
  assert.deepEqual(applyReduction(out, then), out);
  const fine = { ...example, id: 'fine', reduce: undefined as never };
  const both = decide(item.label, 'KOR', 'JPN', null, [example, fine], NOW);
  assert.deepEqual([both.agreement, both.positionFloorM], ['fine', undefined]);
  assert.ok(both.reasons.some((r) => r.agreement === 'coarse-estimates' && r.code === 'releasesLess'));
  const any = { ...example, kinds: 'any' as const, elements: 'any' as const };
  for (const kind of ['plot', 'tracklet', 'track', 'warning', 'assessment', 'message'] as const) {
    const no = decide({ ...item.label, kind }, 'KOR', 'JPN', null, [any], NOW);
    assert.deepEqual([no.decision, no.reasons[0].code], ['deny', 'kindNotCoarsened'], kind);
  }
});

test('an item that is finer than its label says contradicts itself, whichever way', () => {
  const out = coarsen(impactItem(point('impact', 39.123, 140.456)), FLOOR);
  assert.equal(itemContradiction(out), undefined);
  const impact = out.body.impact!;
  const finer: Partial<Item['body']>[] = [
    { impact: { ...impact, latitudeDeg: impact.latitudeDeg + 0.001 } },
    { impact: { ...impact, ellipse95: { ...impact.ellipse95, semiMinorM: 1000 } } },
    { apogeeKm: 483.2 },
  ];
  for (const body of finer)
    assert.match(itemContradiction({ ...out, body: { ...out.body, ...body } }) ?? '', /no finer than/);
  const label = { ...out.label, positionFloorM: 0 };
  assert.match(itemContradiction({ ...out, label }) ?? '', /positionFloorM/);
});

test('through the exchange: what Japan gets is coarse, and the journals say what was taken', () => {
  const x = testExchange('2024-01-14T05:55:00Z', {
    marking: openMarking,
    agreements: [example],
    codec: binaryCodec,
  });
  const kor = x.nations.get('KOR')!;
  const start = x.clock.nowUs();
  for (let revision = 1; revision <= 3; revision++) {
    const p = point('impact', 39.123 + revision * 1e-4, 140.456);
    kor.share({ ...impactItem(p, revision), madeUs: start, observedUs: start, expiresUs: start + 3600e6 });
  }
  kor.share(testItem('KOR', 7, start));
  x.clock.advanceTo(start + 2e6);
  assert.deepEqual(
    x.received.map((r) => [r.at, r.got.item.label.id, r.got.item.revision, r.got.item.label.positionFloorM]),
    [1, 2, 3].map((n) => ['JPN', 'KOR-1:impact', n, FLOOR]),
  );
  assert.equal(new Set(x.received.map((r) => r.got.item.body.impact!.latitudeDeg)).size, 1);
  assert.match(x.journals().get('KOR')!, /"positionFloorM":10000/);
  assert.deepEqual(x.finish().problems, []);
});
