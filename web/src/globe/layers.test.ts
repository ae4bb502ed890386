import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LAUNCH_US, picture } from '../../testing/mock-feed.ts';
import { createCamera } from './camera.ts';
import { frame, picturePoints, stillFits } from './framing.ts';
import { extrapolate } from './geometry.ts';
import { type Box, createPlacer } from './labels.ts';
import { urgency } from './palette.ts';
import { warnedAreas } from './situation-layer.ts';

const apart = (a: Box, b: Box): boolean =>
  a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;

describe('labels', () => {
  it('never overlap and never leave the map', () => {
    const places = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 800 }),
        fc.integer({ min: 0, max: 500 }),
        fc.integer({ min: 20, max: 160 }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(places, (list) => {
        const placer = createPlacer(800, 500);
        const boxes = list.flatMap(
          ([x, y, w], i) => (i % 3 === 0 ? placer.centre(x, y, w, 18) : placer.place(x, y, w, 18, 12)) ?? [],
        );
        for (const [i, a] of boxes.entries()) {
          assert.ok(a.x >= 0 && a.y >= 0 && a.x + a.width <= 800 && a.y + a.height <= 500);
          for (const b of boxes.slice(i + 1)) assert.ok(apart(a, b));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('warned areas', () => {
  const at = (s: number) => picture('JPN', LAUNCH_US + s * 1e6, 1, 1);
  it('are those of warnings in force, by what time is left', () => {
    const areas = warnedAreas(at(210).warnings, LAUNCH_US + 210e6);
    assert.deepEqual([...areas.keys()].sort(), ['JP-01', 'JP-02', 'JP-13']);
    assert.equal(areas.get('JP-02')?.urgency, 'now');
    assert.equal(areas.get('JP-13')?.neighbour, true);
    // In boost no countdown is told: the motor burns on, and what is predicted from a cut-off now comes too late.
    assert.equal(areas.get('JP-02')?.open, 'minutes');
    assert.equal(warnedAreas(at(320).warnings, LAUNCH_US + 320e6).get('JP-02')?.open, undefined);
    assert.equal(warnedAreas(at(320).warnings, LAUNCH_US + 320e6).size, 2);
  });
  it('have no time, and are never past, once nobody can tell where it will come down', () => {
    const told = at(320).warnings.map((w) => ({ ...w, stage: 'fallUnknown' as const }));
    for (const s of [320, 3200]) {
      const area = warnedAreas(told, LAUNCH_US + s * 1e6).get('JP-02');
      assert.deepEqual([area?.open, area?.urgency], ['unknown', 'now']);
    }
  });
  it('are none after the cancel', () => {
    assert.equal(warnedAreas(at(500).warnings, LAUNCH_US + 500e6).size, 0);
  });
  it('grow more urgent as time runs out', () => {
    assert.deepEqual([900, 400, 100, -10, -60].map(urgency), ['later', 'soon', 'now', 'now', 'past']);
  });
});

describe('tracks between two pictures', () => {
  it('go on along their rates and stay close to where the next picture has them', () => {
    const [track] = picture('JPN', LAUNCH_US + 400e6, 1, 1).tracks;
    const [next] = picture('JPN', LAUNCH_US + 402e6, 1, 2).tracks;
    const moved = extrapolate(track, 2);
    assert.ok(Math.abs(moved.lon - next.longitudeDeg) < 0.001);
    assert.ok(Math.abs(moved.lat - next.latitudeDeg) < 0.001);
    assert.ok(Math.abs(moved.heightKm - next.heightKm) < 0.1);
  });
  it('stand still once they are lost or have come down', () => {
    const [track] = picture('JPN', LAUNCH_US + 400e6, 1, 1).tracks;
    assert.equal(extrapolate({ ...track, status: 'lost' }, 9).lon, track.longitudeDeg);
  });
});

describe('framing of a flight', () => {
  const size = { width: 900, height: 430 };
  const padding = { top: 60, right: 120, bottom: 56, left: 90 };
  it('shows launch, arc and impact through the whole flight, and rests once it does', () => {
    const points = picturePoints(picture('JPN', LAUNCH_US + 300e6, 1, 1));
    const view = frame(points, size, padding);
    let moves = 0;
    for (let s = 300; s < 1320; s += 60) {
      const now = picturePoints(picture('JPN', LAUNCH_US + s * 1e6, 1, 1));
      if (!stillFits(now, view, frame(now, size, padding), size, padding)) moves++;
      const out = new Float64Array(2);
      const camera = createCamera(view, size);
      for (const [lon, lat, h] of now) {
        camera.project(lon, lat, h, out);
        assert.ok(out[0] > 0 && out[0] < size.width && out[1] > 0 && out[1] < size.height, `${s} ${out}`);
      }
    }
    assert.equal(moves, 0);
  });
});
