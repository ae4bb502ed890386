/** One object, one track, in flights with stages: three nations' trackers and pictures over scenarios as they are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../src/earth/random.ts';
import { loadScenario } from '../src/exercise/scenario.ts';
import type { Item } from '../src/model/item.ts';
import { Picture } from '../src/picture/index.ts';
import { follow } from './one-track.fixture.ts';

/** Past both separations of the lofted flight, at 151 and 346 s. */
const lofted = follow(loadScenario('2022-03-24-lofted'), { untilS: 420 });

const failed = follow(loadScenario('satellite-launch-2023-05-31'), { untilS: 240 });

test('the lofted flight: its launch keeps one number in each picture, and no body has two tracks for long', () => {
  for (const [nation, count] of lofted.pictures) {
    const vehicle = count.bodies.get('L1')!;
    assert.deepEqual([...vehicle.tracks], ['S1'], `${nation}: ${count.log.join('; ')}`);
    for (const [id, body] of count.bodies) {
      assert.ok(body.doubleS <= 5, `${nation} ${id}: two tracks for ${body.doubleS} s`);
      assert.ok(body.tracks.size <= 1, `${nation} ${id}: ${[...body.tracks].join(' ')}`);
    }
    assert.equal(count.takenBack, 0, `${nation}: ${count.log.join('; ')}`);
  }
});

test('the failed satellite launch: no impact is told of a stage that burns, none is taken back', () => {
  const { pictures, trackers } = failed;
  for (const [nation, count] of [...pictures, ...trackers])
    assert.equal(count.takenBack, 0, `${nation}: ${count.log.join('; ')}`);
  for (const [nation, count] of pictures) {
    assert.equal(count.falseS, 0, `${nation}: ${count.log.join('; ')}`);
    assert.ok(count.bodies.get('L1-stage1')!.tracks.size <= 1, nation);
  }
});

interface Told {
  tracklet: (typeof lofted.told)[number]['tracklet'];
  madeUs: number;
}

/** Japan's picture of what was told, each so long after it was made, us; and the tracks that were made one on the way. */
function pictured(told: readonly Told[], delayUs: () => number): { tracks: unknown[]; merged: number } {
  let merged = 0;
  const picture = new Picture({ node: 'JPN', onEvent: (e) => void (e.kind === 'merged' && merged++) });
  const arriving = told.map((t) => ({ ...t, atUs: t.madeUs + delayUs() })).sort((a, b) => a.atUs - b.atUs);
  let next = 0;
  for (let nowUs = told[0].madeUs; nowUs <= told[told.length - 1].madeUs + 10e6; nowUs += 5e5) {
    for (; next < arriving.length && arriving[next].atUs <= nowUs; next++) {
      const { tracklet } = arriving[next];
      const item = { body: { track: tracklet.track, tracklet } } as Item;
      if (tracklet.node === 'JPN') picture.addOwn(tracklet, nowUs);
      else picture.addPartner(item, [tracklet.node], 'test', nowUs);
    }
    picture.update(nowUs);
  }
  const tracks = picture
    .tracks()
    .map((t) => [[...t.members].sort(), t.fused.timeUs, [...t.fused.state], [...t.fused.covariance]])
    .sort();
  return { tracks, merged };
}

test('tracks that become one: whatever the order in which the tracklets come, the picture is the same to the bit', () => {
  const separation = failed.told.filter((t) => t.madeUs < failed.world.flights[0].launchUs + 205e6);
  const prompt = pictured(separation, () => 0);
  assert.ok(prompt.merged > 0, 'there is something to make one');
  assert.ok(prompt.tracks.length < 5);
  for (const seed of [1, 2]) {
    const random = seededRandom(seed);
    assert.deepEqual(
      pictured(separation, () => 4e6 * random.uniform()).tracks,
      prompt.tracks,
      `seed ${seed}`,
    );
  }
});
