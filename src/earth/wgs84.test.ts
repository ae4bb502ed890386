import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ecefToGeodetic, geodeticToEcef } from './wgs84.ts';

test('geodetic to ECEF and back is exact from the deep to geostationary height', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -Math.PI / 2, max: Math.PI / 2, noNaN: true }),
      fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
      fc.double({ min: -10e3, max: 5e7, noNaN: true }),
      (latitude, longitude, height) => {
        const p = geodeticToEcef(latitude, longitude, height);
        const g = ecefToGeodetic(...p);
        const q = geodeticToEcef(g.latitudeRad, g.longitudeRad, g.heightM);
        assert.ok(Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) < 1e-6);
        assert.ok(Math.abs(g.heightM - height) < 1e-6);
      },
    ),
  );
});
