/** Sensors of the mock feeds. */
import type { Nation, SiteView, Trilingual } from '../../src/node/wire.ts';
import { destination, type LonLat } from '../src/globe/geometry.ts';

function sector(at: LonLat, boresight: number, half: number, rangeKm: number): [number, number][] {
  const arc = Array.from({ length: 41 }, (_, i) =>
    destination(at, boresight - half + (2 * half * i) / 40, rangeKm),
  );
  return half >= 180 ? arc : [at, ...arc, at];
}

function radar(
  id: string,
  nation: Nation,
  name: Trilingual,
  type: string,
  at: LonLat,
  boresight: number,
  half: number,
  rangeKm: number,
  assumed: boolean,
): SiteView {
  return {
    id,
    name,
    nation,
    kind: 'radar',
    type,
    latitudeDeg: at[1],
    longitudeDeg: at[0],
    heightM: 50,
    boresightDeg: boresight,
    sectorHalfWidthDeg: half,
    maxRangeKm: rangeKm,
    coverage: [
      { heightKm: 300, ring: sector(at, boresight, half, rangeKm) },
      { heightKm: 100, ring: sector(at, boresight, half, Math.min(rangeKm, 1100)) },
    ],
    notional: assumed
      ? [
          {
            group: 'position',
            basis: 'notional',
            note: {
              en: 'Invented position on the coast.',
              ko: '해안에 지어낸 위치.',
              ja: '海岸の架空の位置。',
            },
          },
          {
            group: 'sector',
            basis: 'assumption',
            note: {
              en: 'The sector is not published.',
              ko: '탐지 구역은 공개되지 않음.',
              ja: '覆域は公表されていない。',
            },
          },
        ]
      : [
          {
            group: 'sigma',
            basis: 'assumption',
            note: { en: 'Beamwidth / 20.', ko: '빔폭의 1/20.', ja: 'ビーム幅の 1/20。' },
          },
        ],
  };
}

export const SITES: readonly SiteView[] = [
  radar(
    'KR-GP1',
    'KOR',
    { en: 'Radar A', ko: '레이더 A', ja: 'レーダー A' },
    'EL/M-2080',
    [127.3, 36.6],
    20,
    60,
    800,
    true,
  ),
  radar(
    'KR-GP2',
    'KOR',
    { en: 'Radar B', ko: '레이더 B', ja: 'レーダー B' },
    'EL/M-2080',
    [127.1, 35.2],
    40,
    60,
    800,
    true,
  ),
  radar(
    'JP-SHARIKI',
    'USA',
    { en: 'Shariki', ko: '샤리키', ja: '車力' },
    'AN/TPY-2',
    [140.338, 40.888],
    290,
    60,
    1500,
    false,
  ),
  radar(
    'JP-KYOGA',
    'USA',
    { en: 'Kyogamisaki', ko: '교가미사키', ja: '経ヶ岬' },
    'AN/TPY-2',
    [135.2, 35.77],
    320,
    60,
    1500,
    false,
  ),
  radar(
    'JP-FPS5-O',
    'JPN',
    { en: 'Ominato', ko: '오미나토', ja: '大湊' },
    'J/FPS-5',
    [141.1, 41.3],
    290,
    60,
    1300,
    false,
  ),
  radar(
    'JP-FPS5-S',
    'JPN',
    { en: 'Sado', ko: '사도', ja: '佐渡' },
    'J/FPS-5',
    [138.36, 38.02],
    310,
    60,
    1300,
    false,
  ),
  radar(
    'JP-FPS5-K',
    'JPN',
    { en: 'Shimo-Koshiki', ko: '시모코시키', ja: '下甑島' },
    'J/FPS-5',
    [129.7, 31.64],
    330,
    60,
    1300,
    false,
  ),
  {
    id: 'US-IR-1',
    nation: 'USA',
    name: { en: 'Satellite W', ko: '위성 W', ja: '衛星 W' },
    kind: 'infrared',
    type: 'GEO infrared',
    latitudeDeg: 0,
    longitudeDeg: 135,
    heightM: 35786000,
    coverage: [],
    notional: [
      {
        group: 'position',
        basis: 'notional',
        note: { en: 'Longitude invented.', ko: '지어낸 경도.', ja: '架空の経度。' },
      },
    ],
  },
];
