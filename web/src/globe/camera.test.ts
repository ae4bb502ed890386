import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { blendViews, clampView, createCamera, EARTH_KM } from './camera.ts';
import { frame, type Point3 } from './framing.ts';
import { azimuthDeg, destination, distanceKm, ellipseRing } from './geometry.ts';

const size = { width: 1000, height: 700 };
const views = fc.record({
  longitudeDeg: fc.double({ min: -180, max: 180, noNaN: true }),
  latitudeDeg: fc.double({ min: -70, max: 80, noNaN: true }),
  tiltDeg: fc.double({ min: 0, max: 60, noNaN: true }),
  scalePx: fc.double({ min: 150, max: 20000, noNaN: true }),
});

describe('globe camera', () => {
  it('puts its target into the middle', () => {
    fc.assert(
      fc.property(views, (view) => {
        const out = new Float64Array(2);
        assert.equal(createCamera(view, size).project(view.longitudeDeg, view.latitudeDeg, 0, out), true);
        assert.ok(Math.hypot(out[0] - 500, out[1] - 350) < 1e-6);
      }),
    );
  });

  it('agrees with its d3 projection at every place in sight', () => {
    fc.assert(
      fc.property(
        views,
        fc.double({ min: -25, max: 25, noNaN: true }),
        fc.double({ min: -25, max: 25, noNaN: true }),
        (view, dLon, dLat) => {
          const camera = createCamera(view, { width: 1e7, height: 1e7 });
          const lon = view.longitudeDeg + dLon;
          const lat = Math.max(-89, Math.min(89, view.latitudeDeg + dLat));
          const out = new Float64Array(2);
          if (!camera.project(lon, lat, 0, out)) return;
          const p = camera.projection()([lon, lat]);
          assert.ok(p);
          assert.ok(Math.hypot(p[0] - out[0], p[1] - out[1]) < 1e-6 * view.scalePx, `${p} ${out}`);
        },
      ),
    );
  });

  it('finds the place again that it projected', () => {
    fc.assert(
      fc.property(
        views,
        fc.double({ min: 0, max: 1000, noNaN: true }),
        fc.double({ min: 0, max: 700, noNaN: true }),
        (view, x, y) => {
          const camera = createCamera(view, size);
          const place = camera.invert(x, y);
          if (!place) return;
          const out = new Float64Array(2);
          camera.project(place[0], place[1], 0, out);
          assert.ok(Math.hypot(out[0] - x, out[1] - y) < 1e-3);
        },
      ),
    );
  });

  it('shows height upwards, and hides what is behind the globe', () => {
    const camera = createCamera({ longitudeDeg: 140, latitudeDeg: 40, tiltDeg: 45, scalePx: 500 }, size);
    const ground = new Float64Array(2);
    const raised = new Float64Array(2);
    camera.project(140, 40, 0, ground);
    assert.equal(camera.project(140, 40, 1000, raised), true);
    assert.ok(ground[1] - raised[1] > 500 * (1000 / EARTH_KM) * 0.6);
    assert.equal(camera.project(-40, -40, 0, raised), false);
    assert.equal(camera.project(-40, -40, 100, raised), false);
    assert.equal(camera.project(-40, -40, 3000, raised), false);
  });

  it('frames all points inside the padding', () => {
    const padding = { top: 60, right: 80, bottom: 40, left: 50 };
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.double({ min: 115, max: 165, noNaN: true }),
            fc.double({ min: 20, max: 50, noNaN: true }),
            fc.double({ min: 0, max: 1000, noNaN: true }),
          ),
          { minLength: 2, maxLength: 12 },
        ),
        (points: Point3[]) => {
          const camera = createCamera(frame(points, size, padding), size);
          const out = new Float64Array(2);
          for (const p of points) {
            camera.project(p[0], p[1], p[2], out);
            assert.ok(out[0] > 40 && out[0] < 930 && out[1] > 48 && out[1] < 670, `${out}`);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('blends views the short way round', () => {
    const a = { longitudeDeg: 170, latitudeDeg: 0, tiltDeg: 0, scalePx: 100 };
    const b = { longitudeDeg: -170, latitudeDeg: 10, tiltDeg: 40, scalePx: 400 };
    const half = clampView(blendViews(a, b, 0.5), size);
    assert.ok(Math.abs(Math.abs(half.longitudeDeg) - 180) < 1e-9);
    assert.equal(blendViews(a, b, 0.5).scalePx, 200);
  });
});

describe('shapes on the sphere', () => {
  it('destination, distance and azimuth agree', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -179, max: 179, noNaN: true }),
        fc.double({ min: -80, max: 80, noNaN: true }),
        fc.double({ min: 0, max: 359.9, noNaN: true }),
        fc.double({ min: 1, max: 8000, noNaN: true }),
        (lon, lat, az, d) => {
          const to = destination([lon, lat], az, d);
          assert.ok(Math.abs(distanceKm([lon, lat], to) - d) < 1e-5 * d + 1e-6);
          const back = azimuthDeg([lon, lat], to);
          const off = Math.abs(((back - az + 540) % 360) - 180);
          assert.ok(off < 1e-3, `${back} ${az}`);
        },
      ),
    );
  });

  it('an ellipse reaches its semi-axes in the right directions', () => {
    const ring = ellipseRing([140, 40], 100, 20, 30);
    assert.ok(Math.abs(distanceKm([140, 40], ring[0]) - 100) < 1e-6);
    assert.ok(Math.abs(azimuthDeg([140, 40], ring[0]) - 30) < 1e-6);
    assert.ok(Math.abs(distanceKm([140, 40], ring[18]) - 20) < 1e-6);
    assert.ok(Math.abs(azimuthDeg([140, 40], ring[18]) - 120) < 1e-6);
  });
});
