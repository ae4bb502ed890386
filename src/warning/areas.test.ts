import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { geodesicDirect, geodesicInverse } from '../earth/geodesic.ts';
import { seededRandom } from '../earth/random.ts';
import type { PointEstimate } from '../model/track.ts';
import { type GroundTrackPoint, impactAreas, normalQuantile } from './areas.ts';
import { passageAreas } from './passage.ts';
import { REGIONS, regionAt, regionsOf } from './regions.ts';

function impactAt(
  latitudeDeg: number,
  longitudeDeg: number,
  semiMajorM: number,
  semiMinorM: number,
  azimuthDeg: number,
): PointEstimate {
  return {
    kind: 'impact',
    timeUs: 0,
    atUs: 6e8,
    atSigmaS: 5,
    latitudeDeg,
    longitudeDeg,
    ellipse95: { semiMajorM, semiMinorM, azimuthDeg },
  };
}

/** A geodesic ground track from a launch at Mupyong-ni towards a place, a point every 20 s. */
function trackTo(latitudeDeg: number, longitudeDeg: number, sigmaPerM: number): GroundTrackPoint[] {
  const from = [40.61, 126.43] as const;
  const line = geodesicInverse(...from, latitudeDeg, longitudeDeg);
  const out: GroundTrackPoint[] = [];
  for (let d = 0; d <= line.distanceM; d += 60_000) {
    const p = geodesicDirect(...from, line.azimuth1Deg, d);
    out.push({
      timeUs: Math.round((d / 3000) * 1e6),
      latitudeDeg: p.latitudeDeg,
      longitudeDeg: p.longitudeDeg,
      crossSigmaM: d * sigmaPerM,
      heightM: 900_000,
    });
  }
  return out;
}

test('impact probabilities agree with a Monte Carlo over geodesics', () => {
  const random = seededRandom(1);
  for (const [lat, lon, a, b, az] of [
    [40.8, 140.7, 90e3, 30e3, 60],
    [37.5, 127, 40e3, 15e3, 150],
    [34.7, 129.3, 200e3, 80e3, 20],
  ] as const) {
    const n = 20_000;
    const counts = new Map<string, number>();
    const s95 = Math.sqrt(5.991464547);
    for (let i = 0; i < n; i++) {
      const along = (random.normal() * a) / s95;
      const across = (random.normal() * b) / s95;
      const p = geodesicDirect(
        lat,
        lon,
        az + (Math.atan2(across, along) * 180) / Math.PI,
        Math.hypot(along, across),
      );
      const code = regionAt(p.latitudeDeg, p.longitudeDeg)?.code;
      if (code) counts.set(code, (counts.get(code) ?? 0) + 1);
    }
    const found = new Map(
      impactAreas(impactAt(lat, lon, a, b, az), REGIONS).map((r) => [r.code, r.probability]),
    );
    for (const code of new Set([...counts.keys(), ...found.keys()])) {
      const p = (counts.get(code) ?? 0) / n;
      assert.ok(
        Math.abs((found.get(code) ?? 0) - p) < 0.006 + 4 * Math.sqrt((p * (1 - p)) / n),
        `${code} ${found.get(code)} ${p}`,
      );
    }
  }
});

test('a sure impact threatens one region, a wider vicinity never fewer', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 33, max: 43, noNaN: true }),
      fc.double({ min: 126, max: 142, noNaN: true }),
      fc.integer({ min: 1, max: 40 }),
      (lat, lon, km) => {
        const here = regionAt(lat, lon);
        const sure = impactAreas(impactAt(lat, lon, 1, 1, 0), REGIONS, { points: 50 });
        if (here) assert.ok(sure.some((r) => r.code === here.code && r.probability > 0.4));
        const tight = impactAreas(impactAt(lat, lon, 20e3, 5e3, 30), REGIONS, { points: 200 });
        const wide = new Map(
          impactAreas(impactAt(lat, lon, 20e3, 5e3, 30), REGIONS, { points: 200, marginM: km * 1000 }).map(
            (r) => [r.code, r.probability],
          ),
        );
        for (const r of tight) assert.ok((wide.get(r.code) ?? 0) >= r.probability);
        assert.ok(tight.reduce((sum, r) => sum + r.probability, 0) <= 1 + 1e-9);
      },
    ),
    { numRuns: 60 },
  );
});

test('passage probabilities agree with a Monte Carlo over displaced geodesics', () => {
  // The track of 2022-10-04 in outline: from Mupyong-ni over northern Honshu.
  const track = trackTo(39.5, 155, 0.03);
  const found = new Map(passageAreas(track, regionsOf('JPN')).map((r) => [r.code, r]));
  const random = seededRandom(7);
  const n = 1200;
  const counts = new Map<string, number>();
  const course = geodesicInverse(40.61, 126.43, 39.5, 155).azimuth1Deg;
  for (let i = 0; i < n; i++) {
    // Independent of the displaced lattice: turn the heading at the launch by the same standard deviation.
    const az = course + (random.normal() * 0.03 * 180) / Math.PI;
    const crossed = new Set<string>();
    for (let d = 600_000; d < 1_800_000; d += 2_000) {
      const p = geodesicDirect(40.61, 126.43, az, d);
      const code = regionAt(p.latitudeDeg, p.longitudeDeg, regionsOf('JPN'))?.code;
      if (code) crossed.add(code);
    }
    for (const code of crossed) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  for (const [code, count] of counts) {
    assert.ok(
      Math.abs((found.get(code)?.probability ?? 0) - count / n) < 0.06,
      `${code} ${found.get(code)?.probability} ${count / n}`,
    );
  }
  const aomori = found.get('JP-02')!;
  assert.ok(aomori.probability > 0.5);
  // The west coast of Aomori lies about 1130 km down the track, flown at 3 km/s.
  assert.ok(Math.abs(aomori.atUs / 1e6 - 377) < 15, String(aomori.atUs / 1e6));
  assert.ok(aomori.untilUs > aomori.atUs);
});

test('a ground track at any height counts, and one that ends short does not', () => {
  const track = trackTo(39.5, 155, 0.001);
  const short = track.filter((p) => p.longitudeDeg < 138);
  assert.deepEqual(passageAreas(short, regionsOf('JPN')), []);
  assert.ok(passageAreas(track, regionsOf('JPN')).some((r) => r.code === 'JP-02' && r.probability > 0.99));
  assert.deepEqual(passageAreas(track, regionsOf('KOR')), []);
});

test('normal quantiles against published values', () => {
  for (const [p, z] of [
    [0.5, 0],
    [0.975, 1.959963985],
    [0.025, -1.959963985],
    [0.999, 3.090232306],
  ]) {
    assert.ok(Math.abs(normalQuantile(p) - z) < 1e-8);
  }
});

test('a track that begins over a region has entered it at its beginning', () => {
  const track = trackTo(39.5, 155, 0.001);
  const over = track.findIndex((p) => regionAt(p.latitudeDeg, p.longitudeDeg)?.code === 'JP-02');
  assert.ok(over > 0);
  const rest = passageAreas(track.slice(over), regionsOf('JPN')).find((r) => r.code === 'JP-02')!;
  assert.equal(rest.atUs, track[over].timeUs);
  assert.ok(rest.untilUs >= rest.atUs);
});
