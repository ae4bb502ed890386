import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { geodesicInverse } from '../earth/geodesic.ts';
import { DEG, ecefHeight, geodeticToEcef, type Vec3 } from '../earth/wgs84.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { SensorSite } from '../model/sensor.ts';
import { coverageAtHeight } from './coverage.ts';
import { visible } from './sensing.ts';
import { loadSites } from './sites.ts';

const read = (name: string) => readFileSync(new URL(`../../sites/${name}.yaml`, import.meta.url), 'utf8');
const sites = ['usa', 'kor', 'jpn'].flatMap((name) => loadSites(read(name), `sites/${name}.yaml`));
const siteOf = (id: string) => sites.find((s) => s.id === id)!;
const above = (latitudeDeg: number, longitudeDeg: number, heightM: number): Vec3 =>
  geodeticToEcef(latitudeDeg * DEG, longitudeDeg * DEG, heightM);
const reasonOf = (site: SensorSite, target: Vec3, thrusting = false) => {
  const sight = visible(site, target, thrusting);
  return sight.seen ? 'seen' : sight.reason;
};

test('the site files hold the sensors of three nations, each value with its basis', () => {
  assert.deepEqual(
    ['USA', 'KOR', 'JPN'].map((nation) => sites.filter((s) => s.nation === nation).length),
    [7, 5, 12],
  );
  assert.equal(new Set(sites.map((s) => s.id)).size, sites.length);
  for (const s of sites) {
    for (const group of Object.values(s.basis)) assert.ok(group.note.length > 3, s.id);
    // Nothing that moves or hides is given a real place.
    if (/DDG|OPIR|GREENPINE/.test(s.id)) assert.equal(s.basis.position.basis, 'notional', s.id);
    for (const text of Object.values(s.name)) assert.ok(text.length > 3);
    assert.match(s.name.ko, /[\uac00-\ud7a3]/);
    assert.match(s.name.ja, /[\u3040-\u30ff\u4e00-\u9fff]/);
  }
});

test('a site file that lacks what its sensor needs is refused with file and field', () => {
  for (const [from, to, field] of [
    ['    maxRangeKm: 600\n', '', 'maxRangeKm'],
    ['    boresightDeg: 10\n', '', 'boresightDeg'],
    ['rangeM: 30, ', '', 'sigma.rangeM'],
    ['id: KR-GREENPINE-B2', 'id: KR-GREENPINE-B1', 'id'],
    ['    revisitS: 1\n', '    revisitS: -1\n', 'revisitS'],
  ]) {
    assert.throws(
      () => loadSites(read('kor').replace(from, to), 'kor.yaml'),
      (e) => e instanceof BeaconfireError && e.message.startsWith('kor.yaml') && e.message.includes(field),
    );
  }
});

/** The lowest height at which a site sees a target over a place, km, to 0.1; undefined if never below 300. */
function lowestSeenKm(site: SensorSite, latitudeDeg: number, longitudeDeg: number): number | undefined {
  for (let km = 0; km < 300; km += 0.1) {
    if (visible(site, above(latitudeDeg, longitudeDeg, km * 1000), true).seen) return km;
  }
  return undefined;
}

test('the horizon over a launch near Pyongyang is the public one', () => {
  // Geometry behind the exchange: Korean radars see from 3 to 12 km up, Kyogamisaki from 48, Shariki from 92.
  const sunan = [39.200159, 125.673256] as const;
  const km = (id: string) => lowestSeenKm(siteOf(id), ...sunan)!;
  assert.ok(Math.abs(km('US-TPY2-KYOGAMISAKI') - 48) < 1);
  assert.ok(Math.abs(km('US-TPY2-SHARIKI') - 92) < 1);
  for (const id of ['KR-GREENPINE-B1', 'KR-GREENPINE-B2', 'KR-GREENPINE-C2', 'KR-DDG-1']) {
    assert.ok(km(id) >= 2.5 && km(id) <= 12.5, `${id} ${km(id)}`);
  }
  for (const s of sites) if (s.nation === 'JPN') assert.ok((lowestSeenKm(s, ...sunan) ?? 300) > 40, s.id);
});

const allRound: SensorSite = {
  ...siteOf('KR-DDG-1'),
  id: 'T',
  maxRangeKm: 9000,
  maxElevationDeg: 90,
  latitudeDeg: 38,
  longitudeDeg: 130,
  heightM: 500,
};

test('the radar horizon is that of straight rays over an Earth of 4/3 the radius', () => {
  const effective = (4 / 3) * 6371008.8;
  fc.assert(
    fc.property(
      fc.double({ min: 30, max: 46, noNaN: true }),
      fc.double({ min: 118, max: 145, noNaN: true }),
      fc.double({ min: 10, max: 3e5, noNaN: true }),
      (latitudeDeg, longitudeDeg, heightM) => {
        // Independently: the ground distance by geodesic, laid on the larger sphere; the lowest point of the chord.
        const { distanceM } = geodesicInverse(38, 130, latitudeDeg, longitudeDeg);
        const angle = distanceM / effective;
        const a = [0, effective + 500];
        const b = [(effective + heightM) * Math.sin(angle), (effective + heightM) * Math.cos(angle)];
        const d = [b[0] - a[0], b[1] - a[1]];
        const t = Math.max(0, Math.min(1, -(a[0] * d[0] + a[1] * d[1]) / (d[0] ** 2 + d[1] ** 2)));
        const clearanceM = Math.hypot(a[0] + t * d[0], a[1] + t * d[1]) - effective;
        // Ground distances agree to 0.3 %: near the border both answers are right.
        fc.pre(Math.abs(clearanceM) > 0.01 * distanceM * angle + 5);
        const reason = reasonOf(allRound, above(latitudeDeg, longitudeDeg, heightM));
        assert.equal(reason, clearanceM > 0 ? 'seen' : 'belowHorizon');
      },
    ),
    { numRuns: 500 },
  );
});

test('sector, elevation and range limits each have their reason', () => {
  const site: SensorSite = {
    ...allRound,
    boresightDeg: 350,
    sectorHalfWidthDeg: 30,
    maxRangeKm: 800,
    maxElevationDeg: 70,
    minElevationDeg: 2,
  };
  assert.equal(reasonOf(site, above(40, 130, 100e3)), 'seen');
  assert.equal(reasonOf(site, above(40, 130.9, 100e3)), 'seen');
  assert.equal(reasonOf(site, above(40, 132, 100e3)), 'outsideSector');
  assert.equal(reasonOf(site, above(36, 130, 100e3)), 'outsideSector');
  assert.equal(reasonOf(site, above(38.1, 130, 100e3)), 'elevation');
  assert.equal(reasonOf(site, above(40, 130, 3e3)), 'elevation');
  assert.equal(reasonOf(site, above(46, 130, 100e3)), 'outOfRange');
});

test('infrared satellites see burning vehicles above the cloud break that the Earth does not hide', () => {
  const satellite = siteOf('US-OPIR-B');
  const eye = above(satellite.latitudeDeg, satellite.longitudeDeg, satellite.heightM);
  assert.equal(reasonOf(satellite, above(39, 126, 50e3), false), 'notBurning');
  assert.equal(reasonOf(satellite, above(39, 126, 9.9e3), true), 'belowCloud');
  assert.equal(reasonOf(satellite, above(39, 126, 10.1e3), true), 'seen');
  fc.assert(
    fc.property(
      fc.double({ min: -85, max: 85, noNaN: true }),
      fc.double({ min: -180, max: 180, noNaN: true }),
      fc.double({ min: 11e3, max: 1e6, noNaN: true }),
      (latitudeDeg, longitudeDeg, heightM) => {
        const target = above(latitudeDeg, longitudeDeg, heightM);
        // Independently: the least height along the line, by sampling it.
        let least = Number.POSITIVE_INFINITY;
        for (let i = 1; i < 2000; i++) {
          const t = i / 2000;
          const p = [0, 1, 2].map((j) => target[j] + t * t * (eye[j] - target[j]));
          least = Math.min(least, ecefHeight(p[0], p[1], p[2]));
        }
        fc.pre(Math.abs(least) > 2000);
        assert.equal(reasonOf(satellite, target, true), least > 0 ? 'seen' : 'hidden');
      },
    ),
    { numRuns: 60 },
  );
});

test('coverage outlines are where the site starts to see', () => {
  for (const site of sites) {
    for (const heightM of [20e3, 100e3, 500e3]) {
      const ring = coverageAtHeight(site, heightM, 5);
      if (ring.length === 0) continue;
      assert.deepEqual(ring[0], ring[ring.length - 1]);
      for (const [longitudeDeg, latitudeDeg] of ring.slice(2, -2)) {
        const g = geodesicInverse(site.latitudeDeg, site.longitudeDeg, latitudeDeg, longitudeDeg);
        const on = (part: number) => {
          const p = pointAlong(site, g.azimuth1Deg, g.distanceM * part);
          return reasonOf(site, above(p[0], p[1], heightM), true);
        };
        assert.equal(on(0.985), 'seen', `${site.id} at ${heightM} m`);
        assert.ok(
          ['belowHorizon', 'outOfRange', 'hidden'].includes(on(1.015)),
          `${site.id} at ${heightM} m: ${on(1.015)}`,
        );
      }
    }
  }
  assert.deepEqual(coverageAtHeight({ ...allRound, maxRangeKm: 100 }, 500e3), []);
});

function pointAlong(site: SensorSite, azimuthDeg: number, distanceM: number): [number, number] {
  // On the sphere; a degree of azimuth or a part in a thousand of distance does not matter here.
  const psi = distanceM / 6371008.8;
  const lat = site.latitudeDeg * DEG;
  const az = azimuthDeg * DEG;
  const s = Math.sin(lat) * Math.cos(psi) + Math.cos(lat) * Math.sin(psi) * Math.cos(az);
  const dl = Math.atan2(Math.sin(az) * Math.sin(psi) * Math.cos(lat), Math.cos(psi) - Math.sin(lat) * s);
  return [Math.asin(s) / DEG, site.longitudeDeg + dl / DEG];
}
