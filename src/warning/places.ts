/** Where a missile came from, in words for the public. */
import type { Trilingual } from '../model/nation.ts';
import type { PointEstimate } from '../model/track.ts';
import { type LonLat, regionAt } from './regions.ts';

const NORTH_KOREA: Trilingual = { en: 'North Korea', ja: '北朝鮮', ko: '북한' };
const UNKNOWN: Trilingual = { en: 'an unknown place', ja: '不明の場所', ko: '미상의 장소' };

/** A coarse outline of North Korea with its coastal sea; only ever used for the name of a launch place. */
const NORTH_KOREA_OUTLINE: readonly LonLat[] = [
  [124.2, 40.0],
  [125.0, 40.6],
  [126.1, 41.15],
  [126.9, 41.8],
  [128.0, 41.4],
  [128.1, 42.0],
  [129.0, 42.1],
  [129.7, 42.45],
  [130.0, 43.0],
  [130.65, 42.4],
  [131.0, 42.1],
  [130.1, 40.8],
  [128.6, 39.6],
  [128.5, 38.7],
  [128.3, 38.6],
  [127.1, 38.3],
  [126.7, 37.95],
  [126.1, 37.72],
  [125.6, 37.75],
  [124.9, 38.05],
  [124.3, 38.2],
  [124.2, 39.4],
];

/** The name of the place of a launch estimate; an estimate worse than 150 km names none. */
export function launchPlaceName(launch: PointEstimate | undefined): Trilingual {
  if (!launch || launch.ellipse95.semiMajorM > 150_000) return UNKNOWN;
  const { latitudeDeg: y, longitudeDeg: x } = launch;
  const region = regionAt(y, x);
  if (region) return region.name;
  let odd = false;
  NORTH_KOREA_OUTLINE.forEach(([x1, y1], i, ring) => {
    const [x0, y0] = ring[(i + ring.length - 1) % ring.length];
    if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) odd = !odd;
  });
  return odd ? NORTH_KOREA : UNKNOWN;
}
