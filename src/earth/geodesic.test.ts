import assert from 'node:assert/strict';
import { test } from 'node:test';
import { geodesicDirect, geodesicInverse } from './geodesic.ts';
import { sharedData } from './reference.testing.ts';

/** C. Karney's test set GeodTest (MIT): lat1, lon1, azi1, lat2, lon2, azi2, s12 in m. */
const CASES = [
  [35.60777, -139.44815, 111.09874842956033, -11.17491, -69.95921, 129.28927088970877, 8935244.56048183],
  [55.52454, 106.05087, 22.0200598809828, 77.03196, 197.18234, 109.11204111067151, 4105086.171392441],
  [-21.97856, 142.59065, -32.44456876433189, 41.84138, 98.56635, -41.84359951440466, 8394328.894657671],
] as const;

type Case = readonly [number, number, number, number, number, number, number];

function meets([lat1, lon1, azi1, lat2, lon2, azi2, s12]: Case) {
  const inverse = geodesicInverse(lat1, lon1, lat2, lon2);
  assert.ok(Math.abs(inverse.distanceM - s12) < 1e-7, `${inverse.distanceM} for ${s12}`);
  assert.ok(Math.abs(inverse.azimuth1Deg - azi1) < 1e-9);
  assert.ok(Math.abs(inverse.azimuth2Deg - azi2) < 1e-9);
  const direct = geodesicDirect(lat1, lon1, azi1, s12);
  assert.ok(Math.abs(direct.latitudeDeg - lat2) < 1e-9);
  assert.ok(Math.abs(((direct.longitudeDeg - lon2 + 540) % 360) - 180) < 1e-9);
}

test('geodesics meet published cases', () => {
  for (const c of CASES) meets(c);
  // Sunan to Tokyo.
  const r = geodesicInverse(39.200159, 125.673256, 35.6812, 139.7671);
  assert.ok(Math.abs(r.distanceM - 1305327.816) < 0.001);
  assert.ok(Math.abs(r.azimuth1Deg - 103.00214) < 1e-6);
});

test('geodesics meet the whole reference', (t) => {
  const text = sharedData('physics_reference.json');
  if (text === undefined) return t.skip('no reference data beside the repository');
  const { geodesics } = JSON.parse(text) as {
    geodesics: {
      cases: number[][];
      regional: { lat1: number; lon1: number; lat2: number; lon2: number; s12_m: number; azi1: number }[];
    };
  };
  for (const c of geodesics.cases) meets(c.slice(0, 7) as unknown as Case);
  for (const c of geodesics.regional) {
    const r = geodesicInverse(c.lat1, c.lon1, c.lat2, c.lon2);
    assert.ok(Math.abs(r.distanceM - c.s12_m) < 0.001);
    assert.ok(Math.abs(r.azimuth1Deg - c.azi1) < 1e-5);
  }
});
