/** Faults of links, hub and clocks, on virtual time. `beaconfire bench faults` is the campaign of 200. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  drawFaults,
  type Fault,
  prepareWorkload,
  runTrial,
  type Workload,
} from '../bench/faults-campaign.ts';
import { seededRandom } from '../src/earth/random.ts';

let kept: Workload | undefined;
const workload = (): Workload => {
  kept ??= prepareWorkload('2022-10-04-over-japan', 180);
  return kept;
};

function check(faults: Fault[], seed: number): void {
  const r = runTrial(workload(), faults, seed);
  assert.deepEqual(r.problems, []);
  assert.ok(r.warnings.due > 150 && r.items.due > 500, JSON.stringify({ ...r.warnings, ...r.items }));
  assert.deepEqual([r.warnings.lost, r.warnings.doubled], [0, 0], 'no warning lost, none doubled');
  assert.deepEqual([r.items.lost, r.items.doubled], [0, 0], 'every other item arrives once or is in a gap');
  assert.ok(r.equalAfterS.length > 0);
  assert.ok(!r.equalAfterS.includes(null), `pictures equal 2 s after healing: ${r.equalAfterS.join()}`);
}

const fault = (kind: Fault['kind'], where: string, fromS: number, forS: number, strength = 1): Fault => ({
  kind,
  where,
  fromS,
  forS,
  strength,
});

test('faults: a link cut for 60 s in mid-flight, and nobody tells the nodes', () => {
  check([fault('cut', 'KOR-HUB', 70, 60)], 1);
});

test('faults: the hub killed and restarted, what it held with it', () => {
  check(
    [
      fault('slow', 'JPN-HUB', 60, 20, 1.5),
      fault('hubKilled', 'HUB', 70, 5),
      fault('hubKilled', 'HUB', 110, 12),
    ],
    2,
  );
});

test('faults: a slow link with messages repeated and out of order, and clocks that are wrong', () => {
  check(
    [
      fault('skew', 'HUB', 0, 1000, -4),
      fault('slow', 'USA-HUB', 50, 40, 2),
      fault('duplicates', 'KOR-HUB', 60, 40, 0.8),
      fault('reordered', 'JPN-HUB', 60, 50, 2),
    ],
    3,
  );
});

test('faults: drawn by chance', () => {
  for (const seed of [11]) {
    const { startUs, endUs } = workload();
    check(drawFaults(seededRandom(seed), (endUs - startUs) / 1e6), seed);
  }
});

test('faults: the same seed draws and loses the same', () => {
  const { startUs, endUs } = workload();
  const run = () => runTrial(workload(), drawFaults(seededRandom(5), (endUs - startUs) / 1e6), 5);
  assert.deepEqual(run(), run());
});

test('faults: a network that loses for good is noticed', () => {
  // The check itself: a link that stays cut to the end must not pass.
  const { startUs, endUs } = workload();
  const r = runTrial(workload(), [fault('cut', 'KOR-HUB', 60, (endUs - startUs) / 1e6)], 1);
  assert.ok(r.warnings.lost > 0);
});
