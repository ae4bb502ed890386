import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ecefToGeodetic } from '../earth/wgs84.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Flight } from './flight.ts';
import { fitShaped, type ShapedRequest } from './shaped.ts';

const site = { latitudeDeg: 39.20299, longitudeDeg: 125.70926, bearingDeg: 81 };
const height = (s: Float64Array) => ecefToGeodetic(s[0], s[1], s[2]).heightM;

/** Greatest acceleration after burnout, and the greatest difference between stated and differenced velocity, m/s^2 and m/s. */
function smoothness(f: Flight): { acceleration: number; velocity: number } {
  const [a, b] = [new Float64Array(6), new Float64Array(6)];
  let acceleration = 0;
  let velocity = 0;
  for (let t = 1; t < f.flightTimeS - 1; t += 0.7) {
    f.stateAt(t, a);
    f.stateAt(t + 0.01, b);
    const d = (i: number) => (b[i] - a[i]) / 0.01;
    velocity = Math.max(velocity, Math.hypot(...[0, 1, 2].map((i) => d(i) - (a[3 + i] + b[3 + i]) / 2)));
    if (t > f.burnTimeS) acceleration = Math.max(acceleration, Math.hypot(d(3), d(4), d(5)));
  }
  return { acceleration, velocity };
}

test('the published irregular flights: apogee, range, bearing and time as stated, and one motion without jumps', () => {
  const published: ShapedRequest[] = [
    // Japan Ministry of Defense, 2023-06-15: 850 and 900 km, 50 km, 19:24 to 19:35 and 19:36 to 19:47.
    { ...site, motion: 'pullUp', apogeeKm: 50, rangeKm: 850, flightTimeS: 660 },
    { ...site, motion: 'pullUp', apogeeKm: 50, rangeKm: 900, flightTimeS: 660 },
    // 2024-01-14: about 1000 km (ROK).
    { ...site, motion: 'glide', apogeeKm: 50, rangeKm: 1000, propulsion: 'solid', rangeClass: 'medium' },
  ];
  for (const r of published) {
    const f = fitShaped(r);
    assert.equal(f.motion, r.motion);
    assert.ok(Math.abs(f.apogeeKm - r.apogeeKm) < 0.05 && Math.abs(f.rangeKm - r.rangeKm) < 0.01);
    assert.ok(Math.abs(((f.bearingDeg - r.bearingDeg + 540) % 360) - 180) < 0.01);
    if (r.flightTimeS) assert.ok(Math.abs(f.flightTimeS - r.flightTimeS) < 1e-6);
    const s = smoothness(f);
    assert.ok(s.velocity < 0.1, `${s.velocity} m/s`);
    assert.ok(s.acceleration < 60, `${s.acceleration} m/s^2`);
    const state = new Float64Array(6);
    f.stateAt(f.flightTimeS, state);
    assert.ok(Math.abs(height(state)) < 1, `${height(state)} m at the end`);
  }
});

test('neither is ballistic: one climbs again, both stay in the air where a body would fall through it', () => {
  const heights = (motion: 'pullUp' | 'glide') => {
    const f = fitShaped({ ...site, motion, apogeeKm: 60, rangeKm: 700 });
    const state = new Float64Array(6);
    const list: number[] = [];
    for (let t = f.apogeeTimeS; t < f.flightTimeS; t += 1) {
      f.stateAt(t, state);
      list.push(height(state));
    }
    return list;
  };
  const climbs = heights('pullUp');
  const lowest = climbs.findIndex((h, i) => i > 0 && climbs[i + 1] > h);
  assert.ok(lowest > 0 && Math.max(...climbs.slice(lowest)) > climbs[lowest] + 5000);
  const level = heights('glide').filter((h) => h > 25e3 && h < 45e3);
  assert.ok(level.length > 150, `${level.length} s between 25 and 45 km`);
});

test('whatever the figures, a shaped flight fits them or is refused by name', () => {
  let fitted = 0;
  fc.assert(
    fc.property(
      fc.constantFrom('pullUp' as const, 'glide' as const),
      fc.double({ min: 25, max: 110, noNaN: true }),
      fc.double({ min: 5, max: 16, noNaN: true }),
      fc.double({ min: 0, max: 360, noNaN: true }),
      (motion, apogeeKm, ratio, bearingDeg) => {
        const rangeKm = apogeeKm * ratio;
        try {
          const f = fitShaped({ ...site, bearingDeg, motion, apogeeKm, rangeKm });
          assert.ok(Math.abs(f.apogeeKm / apogeeKm - 1) < 2e-3 && Math.abs(f.rangeKm - rangeKm) < 0.1);
          fitted++;
        } catch (e) {
          assert.ok(e instanceof BeaconfireError && e.code === 'BF_NO_FLIGHT', String(e));
        }
      },
    ),
    { numRuns: 12, seed: 4 },
  );
  assert.ok(fitted >= 9, `${fitted} of 12 fitted`);
  assert.throws(
    () => fitShaped({ ...site, motion: 'pullUp', apogeeKm: 50, rangeKm: 850, flightTimeS: 200 }),
    (e) => e instanceof BeaconfireError && e.code === 'BF_NO_FLIGHT',
  );
});
