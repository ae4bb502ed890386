import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EARTH_J2, EARTH_J3, EARTH_J4, freeAcceleration, freeAccelerationJ4 } from './gravity.ts';
import { EARTH_GM, EARTH_OMEGA, WGS84_A, WGS84_B } from './wgs84.ts';

/** Potential of gravity with J2 and of the centrifugal force: Vallado (4th ed.), eq. 8-25 cut after J2. */
function potential(x: number, y: number, z: number): number {
  const r = Math.hypot(x, y, z);
  const sin = z / r;
  const j2 = EARTH_J2 * (WGS84_A / r) ** 2 * (1.5 * sin * sin - 0.5);
  return (EARTH_GM / r) * (1 - j2) + 0.5 * EARTH_OMEGA ** 2 * (x * x + y * y);
}

const coordinate = fc.double({ min: -2e7, max: 2e7, noNaN: true });
const speed = fc.double({ min: -8000, max: 8000, noNaN: true });

test('a free body is pulled along the gradient of the potential, and the Coriolis term does no work', () => {
  fc.assert(
    fc.property(coordinate, coordinate, coordinate, speed, speed, speed, (x, y, z, u, v, w) => {
      fc.pre(Math.hypot(x, y, z) > 6.3e6);
      const out = new Float64Array(3);
      freeAcceleration([x, y, z, 0, 0, 0], 0, out);
      const rest = [...out];
      const h = 10;
      const gradient = [
        (potential(x + h, y, z) - potential(x - h, y, z)) / (2 * h),
        (potential(x, y + h, z) - potential(x, y - h, z)) / (2 * h),
        (potential(x, y, z + h) - potential(x, y, z - h)) / (2 * h),
      ];
      for (let i = 0; i < 3; i++)
        assert.ok(Math.abs(rest[i] - gradient[i]) < 1e-7, `${rest} for ${gradient}`);
      freeAcceleration([0, x, y, z, u, v, w], 1, out);
      const c = [out[0] - rest[0], out[1] - rest[1], out[2] - rest[2]];
      assert.ok(Math.abs(c[0] * u + c[1] * v + c[2] * w) < 1e-8);
      assert.ok(Math.abs(Math.hypot(...c) - 2 * EARTH_OMEGA * Math.hypot(u, v)) < 1e-12);
    }),
  );
});

test('gravity on the ellipsoid is the published normal gravity, to the terms beyond J2', () => {
  const out = new Float64Array(3);
  freeAcceleration([WGS84_A, 0, 0, 0, 0, 0], 0, out);
  // NGA.STND.0036, table 3.6: equator 9.7803253359, pole 9.8321849379 m/s^2. The ellipsoid's J4 of -2.37e-6,
  // which is left out, makes 5 J4 g = 1.2e-4 at the pole and 3/8 of it at the equator.
  assert.ok(Math.abs(-out[0] - 9.7803253359) < 0.5e-4);
  freeAcceleration([0, 0, WGS84_B, 0, 0, 0], 0, out);
  assert.ok(Math.abs(-out[2] - 9.8321849379) < 1.25e-4);
});

/** The same with J3 and J4: Legendre polynomials of the sine of the latitude. */
function potentialJ4(x: number, y: number, z: number): number {
  const r = Math.hypot(x, y, z);
  const s = z / r;
  const j3 = EARTH_J3 * (WGS84_A / r) ** 3 * 0.5 * (5 * s ** 3 - 3 * s);
  const j4 = EARTH_J4 * (WGS84_A / r) ** 4 * 0.125 * (35 * s ** 4 - 30 * s * s + 3);
  return potential(x, y, z) - (EARTH_GM / r) * (j3 + j4);
}

test('J3 and J4 too are the gradient of their potential, and bring gravity at pole and equator closer to the published one', () => {
  fc.assert(
    fc.property(coordinate, coordinate, coordinate, (x, y, z) => {
      fc.pre(Math.hypot(x, y, z) > 6.3e6);
      const out = new Float64Array(3);
      const plain = new Float64Array(3);
      freeAccelerationJ4([x, y, z, 0, 0, 0], 0, out);
      freeAcceleration([x, y, z, 0, 0, 0], 0, plain);
      // The differences alone, so that the large terms do not drown them.
      const extra = (a: number, b: number, c: number) => potentialJ4(a, b, c) - potential(a, b, c);
      const h = 2000;
      const gradient = [
        (extra(x + h, y, z) - extra(x - h, y, z)) / (2 * h),
        (extra(x, y + h, z) - extra(x, y - h, z)) / (2 * h),
        (extra(x, y, z + h) - extra(x, y, z - h)) / (2 * h),
      ];
      for (let i = 0; i < 3; i++) {
        assert.ok(
          Math.abs(out[i] - plain[i] - gradient[i]) < 2e-9,
          `${out[i] - plain[i]} for ${gradient[i]}`,
        );
      }
    }),
  );
  const out = new Float64Array(3);
  freeAccelerationJ4([WGS84_A, 0, 0, 0, 0, 0], 0, out);
  // Left now: J6 of the ellipsoid, and that J4 is the Earth's own, not the ellipsoid's; J3 is gone from the mean of the poles.
  assert.ok(Math.abs(-out[0] - 9.7803253359) < 2.5e-5);
  freeAccelerationJ4([0, 0, WGS84_B, 0, 0, 0], 0, out);
  const north = -out[2];
  freeAccelerationJ4([0, 0, -WGS84_B, 0, 0, 0], 0, out);
  assert.ok(Math.abs((north + out[2]) / 2 - 9.8321849379) < 5e-5);
});
