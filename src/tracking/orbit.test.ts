import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../earth/random.ts';
import { EARTH_MEAN_RADIUS, EARTH_OMEGA } from '../earth/wgs84.ts';
import { fall } from './impact.ts';
import { orbitProbability, perigeeRadius } from './orbit.ts';

const GM = 3.986004418e14;

/** A state in the plane of the equator at a radius, with an inertial speed at an angle over the horizon. */
function at(radiusM: number, speedMps: number, angleRad: number): Float64Array {
  const s = new Float64Array(6);
  s[0] = radiusM;
  s[3] = speedMps * Math.sin(angleRad);
  s[4] = speedMps * Math.cos(angleRad) - EARTH_OMEGA * radiusM;
  return s;
}

test('the perigee of known orbits', () => {
  const r = 6.871e6;
  assert.ok(Math.abs(perigeeRadius(at(r, Math.sqrt(GM / r), 0)) - r) < 1);
  // Vis-viva: at the apogee of an orbit between 6600 and 7000 km.
  const v = Math.sqrt(GM * (2 / 7e6 - 2 / (7e6 + 6.6e6)));
  assert.ok(Math.abs(perigeeRadius(at(7e6, v, 0)) - 6.6e6) < 1);
  assert.equal(perigeeRadius(at(r, 11_500, 0.3)), Number.POSITIVE_INFINITY);
});

test('what the integrator sees come down is no orbit, what it sees stay up is one', () => {
  const p = new Float64Array(36);
  for (let i = 0; i < 6; i++) p[7 * i] = i < 3 ? 50 ** 2 : 2 ** 2;
  const random = seededRandom(5);
  let up = 0;
  for (let k = 0; k < 60; k++) {
    const s = at(
      EARTH_MEAN_RADIUS + 200e3 + 400e3 * random.uniform(),
      7300 + 700 * random.uniform(),
      0.04 * random.normal(),
    );
    const share = orbitProbability(s, p, 6);
    const height = perigeeRadius(s) - EARTH_MEAN_RADIUS;
    if (height > 200e3) assert.ok(share > 0.99, `${height} m: ${share}`);
    if (height < 40e3) assert.ok(share < 0.01, `${height} m: ${share}`);
    if (share > 0.5) {
      up++;
      // Nine thousand seconds are more than one revolution.
      assert.equal(fall(s, 1 / 5000), undefined);
    } else if (height < 60e3) assert.ok(fall(s, 1 / 5000));
  }
  assert.ok(up > 5 && up < 55, `${up} of 60 stay up`);
});

test('an uncertain speed makes an uncertain orbit', () => {
  const r = EARTH_MEAN_RADIUS + 300e3;
  const s = at(r, Math.sqrt(GM * (2 / r - 2 / (r + EARTH_MEAN_RADIUS + 125e3))), 0);
  const p = new Float64Array(36);
  for (let i = 0; i < 6; i++) p[7 * i] = i < 3 ? 100 ** 2 : 1;
  const sharp = orbitProbability(s, p, 6);
  for (let i = 3; i < 6; i++) p[7 * i] = 200 ** 2;
  const blunt = orbitProbability(s, p, 6);
  assert.ok(sharp > 0.55 && blunt < sharp && blunt > 0.45, `${sharp} ${blunt}`);
});
