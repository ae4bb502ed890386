import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EARTH_GM } from '../earth/wgs84.ts';
import { integrate } from './integrate.ts';
import {
  minimumEnergyRangeM,
  rangeClassOf,
  SPHERE_RADIUS,
  twoBodyArc,
  twoBodyFlightTimeS,
} from './twobody.ts';

/** Published or re-derived closed forms on the sphere of 6371 km: apogee km, range km, time s, speed km/s, elevation degrees. */
const LOFTED = [
  [2111.5, 787, 1675.8, 5.6051, 82.926],
  [3724.9, 998, 2587, 6.8098, 83.938],
  [4475, 950, 3017, 7.1953, 84.835],
  [6248.5, 1090, 4074.7, 7.8788, 85.06],
  [7687.5, 1001.2, 4973.5, 8.2762, 85.888],
  [550, 2700, 806.4, 4.6685, 36.769],
  [970, 4500, 1192.7, 5.6741, 36.52],
] as const;

/** Minimum-energy flights: range km, speed km/s, elevation degrees, apogee km, time s. */
const MINIMUM_ENERGY = [
  [300, 1.6965, 44.326, 74.1, 251],
  [1000, 3.0161, 42.752, 239.9, 474.4],
  [3000, 4.865, 38.255, 655.2, 895],
  [5500, 6.0752, 32.634, 1040.5, 1315.8],
  [10000, 7.1981, 22.517, 1319.5, 1931],
] as const;

test('the closed form meets the reference for lofted and minimum-energy flights', () => {
  for (const [apogee, range, time, speed, elevation] of LOFTED) {
    const arc = twoBodyArc(apogee * 1000, (range * 1000) / SPHERE_RADIUS);
    assert.ok(Math.abs(arc.timeS - time) < 0.1, `${arc.timeS} for ${time}`);
    assert.ok(Math.abs(arc.speedMps / 1000 - speed) < 1e-4);
    assert.ok(Math.abs((arc.elevationRad * 180) / Math.PI - elevation) < 1e-3);
  }
  for (const [range, speed, elevation, apogee, time] of MINIMUM_ENERGY) {
    const arc = twoBodyArc(apogee * 1000, (range * 1000) / SPHERE_RADIUS);
    // The apogee is given to 0.1 km.
    assert.ok(Math.abs(arc.timeS - time) < 0.3, `${arc.timeS} for ${time}`);
    assert.ok(Math.abs(arc.speedMps / 1000 - speed) < 3e-4);
    assert.ok(Math.abs((arc.elevationRad * 180) / Math.PI - elevation) < 0.03);
    assert.ok(Math.abs(minimumEnergyRangeM(speed * 1000) / 1000 / range - 1) < 2e-4);
  }
});

test('the integrator flies the closed form on a sphere that stands still', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 50, max: 8000, noNaN: true }),
      fc.double({ min: 50, max: 9000, noNaN: true }),
      (apogee, range) => {
        const psi = (range * 1000) / SPHERE_RADIUS;
        const arc = twoBodyArc(apogee * 1000, psi);
        const c = Math.cos(arc.elevationRad) * arc.speedMps;
        const y = Float64Array.of(SPHERE_RADIUS, 0, 0, Math.sin(arc.elevationRad) * arc.speedMps, c, 0);
        let top = 0;
        integrate(
          (_t, s, d) => {
            const r = Math.hypot(s[0], s[1], s[2]);
            const k = -EARTH_GM / r ** 3;
            d.set([s[3], s[4], s[5], k * s[0], k * s[1], k * s[2]]);
          },
          0,
          arc.timeS,
          y,
          { toleranceM: 0.01, firstStepS: 1, maxStepS: 60, maxSteps: 10000 },
          (_t0, _y0, _d0, _t1, y1) => {
            top = Math.max(top, Math.hypot(y1[0], y1[1], y1[2]) - SPHERE_RADIUS);
            return false;
          },
        );
        assert.ok(Math.abs(Math.hypot(y[0], y[1], y[2]) - SPHERE_RADIUS) < 20);
        assert.ok(Math.abs(Math.atan2(y[1], y[0]) - psi) * SPHERE_RADIUS < 20);
        assert.ok(top < apogee * 1000 + 1 && top > apogee * 1000 - 8000);
      },
    ),
    { numRuns: 40 },
  );
});

test('the floor of the flight time: KCNA 2022-03-24 lies below it whatever the direction', () => {
  const claimed = 4052;
  assert.ok(Math.abs(twoBodyFlightTimeS(6248.5, 0) - 4066.3) < 0.1);
  assert.ok(Math.abs(twoBodyFlightTimeS(6248.5, 1090) - 4074.7) < 0.1);
  const turning = twoBodyFlightTimeS(6248.5, 1090, { latitudeDeg: 39.200159, bearingDeg: 72 });
  assert.ok(Math.abs(turning - claimed - 58.8) < 0.2, `${turning}`);
  for (let bearingDeg = 0; bearingDeg < 360; bearingDeg += 15) {
    const t = twoBodyFlightTimeS(6248.5, 1090, { latitudeDeg: 39.2, bearingDeg });
    assert.ok(t > twoBodyFlightTimeS(6248.5, 0) - 1e-6 && t > claimed);
  }
});

test('classes go by energy: a lofted shot is intercontinental wherever it falls', () => {
  assert.equal(rangeClassOf(6040.9, 999.2), 'intercontinental');
  assert.equal(rangeClassOf(2111.5, 787), 'intermediate');
  assert.equal(rangeClassOf(900, 450), 'medium');
  assert.equal(rangeClassOf(97, 380), 'short');
  assert.equal(rangeClassOf(30, 120), 'close');
  assert.equal(rangeClassOf(1320, 10000), 'intercontinental');
});
