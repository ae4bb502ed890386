/** The picture is a function of what was received, not of when it came: links that break and catch up leave no trace. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Random, seededRandom } from '../earth/random.ts';
import type { Nation } from '../model/nation.ts';
import type { Tracklet } from '../model/track.ts';
import { Tracker } from '../tracking/index.ts';
import { EPOCH_US, radarPlots, THREE_NODES, THREE_RADARS, testFlight } from '../tracking/testing/flight.ts';
import { Picture } from './picture.ts';
import { sent } from './testing/told.ts';

/** Two launches 40 km apart, on courses that part slowly (W16). */
const FLIGHTS = [
  { latitudeDeg: 39, longitudeDeg: 126, bearingDeg: 80 },
  { latitudeDeg: 38.7, longitudeDeg: 126.3, bearingDeg: 84 },
].map((f) => testFlight({ ...f, burnS: 95, startG: 2, endG: 8, tiltDeg: 5, untilS: 260 }));

interface Told {
  tracklet: Tracklet;
  madeUs: number;
}

/** What each node tells; the third sees little before 120 s, so that it joins in mid-flight. */
const TOLD: Told[] = THREE_NODES.flatMap((node, k) => {
  const tracker = new Tracker([THREE_RADARS[k]], { prefix: `${node}-` });
  const plots = FLIGHTS.flatMap((flight, i) =>
    radarPlots(flight, THREE_RADARS[k], seededRandom(11 + i).fork(`R${k}`), {
      periodS: 1,
      offsetS: 0.3 * k + 0.1 * i,
      detection: 0.9,
    }),
  ).filter((p) => k < 2 || p.timeUs > EPOCH_US + 120e6);
  const out: Told[] = [];
  for (let t = 0; t <= 250; t++) {
    const now = EPOCH_US + t * 1e6;
    for (const p of plots) if (p.timeUs > now - 1e6 && p.timeUs <= now) tracker.addPlot(p);
    tracker.advanceTo(now);
    for (const tracklet of tracker.takeTracklets(node, now)) out.push({ tracklet, madeUs: now });
  }
  return out;
}).sort((a, b) => a.madeUs - b.madeUs);

/** Japan's picture when each tracklet arrives so long after it was made, us; looked at twice a second. */
function pictureOf(delayUs: (t: Told) => number, untilS: number): Picture {
  const picture = new Picture({ node: 'JPN' });
  const arriving = TOLD.map((t) => ({ t, at: t.madeUs + delayUs(t) })).sort((a, b) => a.at - b.at);
  let next = 0;
  for (let nowUs = EPOCH_US; nowUs <= EPOCH_US + untilS * 1e6; nowUs += 500_000) {
    for (; next < arriving.length && arriving[next].at <= nowUs; next++) {
      const { t, at } = arriving[next];
      if (t.tracklet.node === 'JPN') picture.addOwn(t.tracklet, at);
      else picture.addPartner(sent(t.tracklet, t.madeUs), [t.tracklet.node, 'HUB'], 'x', at);
    }
    picture.update(nowUs);
  }
  assert.equal(next, arriving.length, 'all have arrived');
  return picture;
}

/** By the nodes' tracks in it: where each track is, to the last bit, and who is behind it. */
function digest(picture: Picture): unknown[] {
  return picture
    .tracks()
    .map((t) => ({
      members: [...t.members].sort().join(' '),
      timeUs: t.fused.timeUs,
      state: [...t.fused.state],
      covariance: [...t.fused.covariance],
      impact: t.fused.estimates()?.impact,
      sources: [...t.sources.values()].map((s) => `${s.source} ${s.path} ${s.firstUs} ${s.lastUs}`).sort(),
    }))
    .sort((a, b) => (a.members < b.members ? -1 : 1));
}

const UNTIL_S = 420;
let prompt: unknown[] | undefined;
const inTime = (): unknown[] => {
  prompt ??= digest(pictureOf((t) => (t.tracklet.node === 'JPN' ? 0 : 130_000), UNTIL_S));
  return prompt;
};

test('the flights have what makes order matter', () => {
  const tracks = inTime() as { members: string }[];
  assert.equal(
    tracks.filter((t) => t.members.split(' ').length >= 3).length,
    2,
    JSON.stringify(tracks.map((t) => t.members)),
  );
});

/** Delays as links make them: jitter, and breaks after which all that was held comes at once or in a row. */
function links(random: Random): (t: Told) => number {
  const breaks = THREE_NODES.map(() => {
    const fromS = 250 * random.uniform();
    return { fromUs: EPOCH_US + fromS * 1e6, toUs: EPOCH_US + (fromS + 150 * random.uniform()) * 1e6 };
  });
  const jitterUs = 3e6 * random.uniform();
  return ({ tracklet, madeUs }) => {
    const { fromUs, toUs } = breaks[THREE_NODES.indexOf(tracklet.node as Nation)];
    if (tracklet.node === 'JPN') return 0;
    const atUs = madeUs + 130_000 + jitterUs * random.uniform();
    return (atUs >= fromUs && atUs < toUs ? toUs + 200_000 * random.uniform() : atUs) - madeUs;
  };
}

test('links that break for minutes, delay and reorder: when all has arrived the picture is the same to the bit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e9 }), (seed) => {
      assert.deepEqual(digest(pictureOf(links(seededRandom(seed)), UNTIL_S)), inTime());
    }),
    { numRuns: 4, seed: 1, endOnFailure: true },
  );
});

test('own data held up as well: whoever is late, the picture is the same', () => {
  const random = seededRandom(2);
  const delays = new Map(THREE_NODES.map((n) => [n, 120e6 * random.uniform()]));
  const late = pictureOf((t) => delays.get(t.tracklet.node as Nation)! * random.uniform(), UNTIL_S);
  assert.deepEqual(digest(late), inTime());
});
