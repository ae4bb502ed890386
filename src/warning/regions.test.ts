import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import geographiclib from 'geographiclib-geodesic';
import data from '../../data/regions/regions.json' with { type: 'json' };
import { geodesicDirect, geodesicInverse } from '../earth/geodesic.ts';
import {
  distanceToRegionM,
  neighboursOf,
  REGIONS,
  regionAt,
  regionByCode,
  regionContains,
  regionsOf,
} from './regions.ts';

/**
 * Official areas, km2: Statistics Korea and the Geospatial Information Authority of Japan, to the nearest few km2.
 * Hokkaido without the northern islands (83 424 with them less 5 003), as the outlines have it.
 */
const OFFICIAL: Record<string, number> = {
  'KR-11': 605,
  'KR-26': 770,
  'KR-27': 884,
  'KR-28': 1067,
  'KR-29': 501,
  'KR-30': 540,
  'KR-31': 1062,
  'KR-41': 10199,
  'KR-42': 16830,
  'KR-43': 7407,
  'KR-44': 8247,
  'KR-45': 8073,
  'KR-46': 12361,
  'KR-47': 19035,
  'KR-48': 10542,
  'KR-49': 1850,
  'KR-50': 465,
  'JP-01': 78421,
  'JP-02': 9646,
  'JP-03': 15275,
  'JP-04': 7282,
  'JP-05': 11638,
  'JP-06': 9323,
  'JP-07': 13784,
  'JP-11': 3798,
  'JP-12': 5157,
  'JP-13': 2194,
  'JP-14': 2416,
  'JP-15': 12584,
  'JP-17': 4186,
  'JP-20': 13562,
  'JP-23': 5173,
  'JP-26': 4612,
  'JP-27': 1905,
  'JP-28': 8401,
  'JP-32': 6708,
  'JP-34': 8479,
  'JP-37': 1877,
  'JP-39': 7104,
  'JP-40': 4987,
  'JP-42': 4131,
  'JP-43': 7409,
  'JP-46': 9187,
  'JP-47': 2282,
};

/** Known places: latitude, longitude, code. */
const TOWNS: [string, number, number, string][] = [
  ['Sapporo', 43.062, 141.354, 'JP-01'],
  ['Hakodate', 41.769, 140.729, 'JP-01'],
  ['Nemuro', 43.33, 145.58, 'JP-01'],
  ['Rishiri', 45.18, 141.22, 'JP-01'],
  ['Aomori', 40.822, 140.747, 'JP-02'],
  ['Hachinohe', 40.512, 141.488, 'JP-02'],
  ['Mutsu', 41.29, 141.18, 'JP-02'],
  ['Morioka', 39.702, 141.154, 'JP-03'],
  ['Sendai', 38.268, 140.872, 'JP-04'],
  ['Akita', 39.72, 140.103, 'JP-05'],
  ['Niigata', 37.902, 139.023, 'JP-15'],
  ['Sado (Ryotsu)', 38.05, 138.4, 'JP-15'],
  ['Wajima', 37.385, 136.91, 'JP-17'],
  ['Shinjuku', 35.69, 139.7, 'JP-13'],
  ['Hachijo', 33.11, 139.79, 'JP-13'],
  ['Ogasawara (Chichijima)', 27.075, 142.21, 'JP-13'],
  ['Yokohama', 35.45, 139.63, 'JP-14'],
  ['Nagoya', 35.18, 136.91, 'JP-23'],
  ['Kyoto', 35.01, 135.77, 'JP-26'],
  ['Osaka', 34.69, 135.5, 'JP-27'],
  ['Sumoto (Awaji)', 34.34, 134.88, 'JP-28'],
  ['Matsue', 35.468, 133.05, 'JP-32'],
  ['Oki', 36.21, 133.31, 'JP-32'],
  ['Hiroshima', 34.396, 132.46, 'JP-34'],
  ['Kochi', 33.56, 133.53, 'JP-39'],
  ['Fukuoka', 33.59, 130.4, 'JP-40'],
  ['Tsushima (Izuhara)', 34.205, 129.285, 'JP-42'],
  ['Goto (Fukue)', 32.69, 128.83, 'JP-42'],
  ['Kagoshima', 31.58, 130.55, 'JP-46'],
  ['Yakushima', 30.35, 130.52, 'JP-46'],
  ['Amami (Naze)', 28.375, 129.495, 'JP-46'],
  ['Yoron', 27.04, 128.43, 'JP-46'],
  ['Naha', 26.212, 127.69, 'JP-47'],
  ['Ishigaki', 24.36, 124.16, 'JP-47'],
  ['Yonaguni', 24.46, 122.99, 'JP-47'],
  ['Seoul City Hall', 37.5665, 126.978, 'KR-11'],
  ['Haeundae', 35.17, 129.165, 'KR-26'],
  ['Gijang', 35.245, 129.215, 'KR-26'],
  ['Gadeokdo', 35.045, 128.83, 'KR-26'],
  ['Daegu', 35.871, 128.601, 'KR-27'],
  ['Dalseong (Hyeonpung)', 35.695, 128.445, 'KR-27'],
  ['Incheon', 37.456, 126.705, 'KR-28'],
  ['Ganghwa', 37.747, 126.485, 'KR-28'],
  ['Yeongjong', 37.49, 126.52, 'KR-28'],
  ['Baengnyeong', 37.955, 124.67, 'KR-28'],
  ['Deokjeok', 37.23, 126.13, 'KR-28'],
  ['Yeonpyeong', 37.665, 125.7, 'KR-28'],
  ['Gwangsan (Songjeong)', 35.139, 126.793, 'KR-29'],
  ['Yuseong', 36.362, 127.356, 'KR-30'],
  ['Ulsan', 35.539, 129.311, 'KR-31'],
  ['Suwon', 37.264, 127.029, 'KR-41'],
  ['Gimpo', 37.615, 126.716, 'KR-41'],
  ['Pyeongtaek', 36.992, 127.113, 'KR-41'],
  ['Chuncheon', 37.881, 127.73, 'KR-42'],
  ['Gangneung', 37.752, 128.876, 'KR-42'],
  ['Wonju', 37.342, 127.92, 'KR-42'],
  ['Cheongju', 36.642, 127.489, 'KR-43'],
  ['Chungju', 36.991, 127.926, 'KR-43'],
  ['Cheonan', 36.815, 127.114, 'KR-44'],
  ['Byeongcheon', 36.76, 127.3, 'KR-44'],
  ['Jeonju', 35.824, 127.148, 'KR-45'],
  ['Mokpo', 34.812, 126.392, 'KR-46'],
  ['Heuksando', 34.66, 125.43, 'KR-46'],
  ['Pohang', 36.019, 129.343, 'KR-47'],
  ['Uljin', 36.993, 129.395, 'KR-47'],
  ['Hupo', 36.68, 129.445, 'KR-47'],
  ['Samcheok', 37.44, 129.16, 'KR-42'],
  ['Sokcho', 38.205, 128.58, 'KR-42'],
  ['Andong', 36.568, 128.73, 'KR-47'],
  ['Ulleung', 37.505, 130.86, 'KR-47'],
  ['Changwon', 35.228, 128.681, 'KR-48'],
  ['Geoje', 34.88, 128.621, 'KR-48'],
  ['Jeju', 33.499, 126.531, 'KR-49'],
  ['Seogwipo', 33.254, 126.56, 'KR-49'],
  ['Sejong', 36.48, 127.289, 'KR-50'],
];

function areaKm2(code: string): number {
  let sum = 0;
  for (const ring of regionByCode(code)!.polygons.flatMap((p) => p.rings)) {
    const polygon = geographiclib.Geodesic.WGS84.Polygon(false);
    for (const [lon, lat] of ring.slice(1)) polygon.AddPoint(lat, lon);
    sum += polygon.Compute(false, true).area ?? 0;
  }
  return sum / 1e6;
}

test('47 prefectures and 17 provinces, each named in three languages', () => {
  assert.equal(regionsOf('JPN').length, 47);
  assert.equal(regionsOf('KOR').length, 17);
  assert.equal(new Set(REGIONS.map((r) => r.code)).size, 64);
  for (const r of REGIONS) {
    assert.match(r.name.en, /^[A-Z][A-Za-z ]+$/);
    assert.match(r.name.ja, /^[\p{Script=Han}\p{Script=Katakana}]+$/u);
    assert.match(r.name.ko, /^[\p{Script=Hangul}]+$/u);
  }
});

test('geodesic areas lie within 10 % of the official ones', () => {
  for (const [code, official] of Object.entries(OFFICIAL)) {
    const ratio = areaKm2(code) / official;
    assert.ok(Math.abs(ratio - 1) < 0.1, `${code}: ${areaKm2(code).toFixed(0)} km2, official ${official}`);
  }
});

test('each known town lies in exactly one region, the right one', () => {
  for (const [town, lat, lon, code] of TOWNS) {
    const found = REGIONS.filter((r) => regionContains(r, lat, lon)).map((r) => r.code);
    assert.deepEqual(found, [code], town);
  }
});

test('regions never overlap', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...REGIONS),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (r, u, v) => {
        const lon = r.box[0] + u * (r.box[2] - r.box[0]);
        const lat = r.box[1] + v * (r.box[3] - r.box[1]);
        assert.ok(REGIONS.filter((s) => regionContains(s, lat, lon)).length <= 1, `${lat},${lon}`);
      },
    ),
    { numRuns: 3000 },
  );
});

test('rings are closed, simple and wind as GeoJSON wants (outer counter-clockwise, holes clockwise)', () => {
  for (const r of REGIONS) {
    for (const { rings } of r.polygons) {
      rings.forEach((ring, k) => {
        assert.deepEqual(ring[0], ring.at(-1));
        assert.ok(ring.length >= 4, `${r.code}: a ring of ${ring.length}`);
        let twice = 0;
        for (let i = 1; i < ring.length; i++)
          twice += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
        assert.equal(twice > 0, k === 0, r.code);
        assert.equal(
          new Set(ring.slice(1).map(String)).size,
          ring.length - 1,
          `${r.code}: a ring touches itself`,
        );
      });
    }
  }
});

test('distance to a region agrees with the geodesic to its nearest point', () => {
  const aomori = regionByCode('JP-02')!;
  const vertices = aomori.polygons.flatMap((p) => p.rings.flat());
  fc.assert(
    fc.property(
      fc.double({ min: 36, max: 44, noNaN: true }),
      fc.double({ min: 136, max: 146, noNaN: true }),
      (lat, lon) => {
        const d = distanceToRegionM(aomori, lat, lon);
        if (regionContains(aomori, lat, lon)) assert.equal(d, 0);
        else {
          const nearest = Math.min(...vertices.map(([x, y]) => geodesicInverse(lat, lon, y, x).distanceM));
          // The nearest point may lie between vertices: never farther, and nearer by less than an edge.
          assert.ok(d <= nearest * 1.02 && d > nearest * 0.95 - 15_000, `${d} ${nearest}`);
        }
      },
    ),
    { numRuns: 60 },
  );
  const north = geodesicDirect(41.55, 140.9, 0, 300_000);
  assert.equal(
    distanceToRegionM(aomori, north.latitudeDeg, north.longitudeDeg, 100_000),
    Number.POSITIVE_INFINITY,
  );
});

test('neighbours: shared borders and narrow straits, own nation only', () => {
  assert.deepEqual([...neighboursOf('JP-02')].sort(), ['JP-01', 'JP-03', 'JP-05']);
  assert.ok(neighboursOf('KR-41').has('KR-11') && neighboursOf('KR-11').has('KR-41'));
  assert.ok(neighboursOf('KR-46').has('KR-29'));
  assert.equal(neighboursOf('JP-47').size, 1, 'Okinawa: only Kagoshima, by way of Yoron');
  for (const r of REGIONS) for (const n of neighboursOf(r.code)) assert.ok(neighboursOf(n).has(r.code));
  assert.equal(regionAt(37.24, 131.0), undefined);
});

test('the file names its source and licence, and tells of each mended region', () => {
  assert.match(data.source, /Natural Earth.*public domain/);
  assert.match(data.source, /Statistics Korea/);
  assert.match(data.note, /not a statement on any boundary/);
  const mended = data.features.filter((f) => f.properties.mended !== undefined).map((f) => f.id);
  for (const code of ['JP-46', 'KR-26', 'KR-27', 'KR-28', 'KR-29', 'KR-30', 'KR-42', 'KR-44', 'KR-50']) {
    assert.ok(mended.includes(code), code);
  }
});
