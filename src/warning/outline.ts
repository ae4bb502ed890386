/** Coarse outlines of regions for alert documents: closed simple rings of few points. */
import { type CapPoint, isSimpleRing } from '../formats/cap.ts';
import { type LonLat, metresPerDegree, type Region } from './regions.ts';

/** Deviation from the region's own outline, m. */
const COARSE_M = 2_000;
/** Islands below this are left to the geocode; a region always keeps its largest part. */
const SMALLEST_KM2 = 4;

const cache = new WeakMap<Region, readonly (readonly CapPoint[])[]>();

/** Outer rings of the region's parts, [longitude, latitude] degrees to 0.001, largest first. */
export function coarseOutline(region: Region): readonly (readonly CapPoint[])[] {
  let rings = cache.get(region);
  if (!rings) {
    const parts = region.polygons
      .map((p) => ({ ring: p.rings[0], km2: areaKm2(p.rings[0]) }))
      .sort((a, b) => b.km2 - a.km2);
    rings = parts.filter((p, i) => i === 0 || p.km2 >= SMALLEST_KM2).map((p) => coarsen(p.ring));
    cache.set(region, rings);
  }
  return rings;
}

/** Finer and finer until the ring is simple; the source's rings are. */
function coarsen(ring: readonly LonLat[]): readonly CapPoint[] {
  for (let tolerance = COARSE_M; tolerance > 1; tolerance /= 2) {
    const thin = thinRing(ring, tolerance);
    if (thin.length >= 5 && isSimpleRing(thin)) return thin;
  }
  return ring;
}

/** Douglas & Peucker (Cartographica 10 (1973) 112-122) on the two halves of a closed ring. */
function thinRing(ring: readonly LonLat[], toleranceM: number): readonly LonLat[] {
  const { eastM, northM } = metresPerDegree(ring[0][1]);
  const flat = ring.map(([x, y]) => [x * eastM, y * northM] as const);
  const far = (i: number, j: number): [number, number] => {
    let [worst, at] = [-1, -1];
    const [ax, ay] = flat[i];
    const [dx, dy] = [flat[j][0] - ax, flat[j][1] - ay];
    const n = dx * dx + dy * dy;
    for (let k = i + 1; k < j; k++) {
      const [px, py] = [flat[k][0] - ax, flat[k][1] - ay];
      const t = n === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / n));
      const d = Math.hypot(px - t * dx, py - t * dy);
      if (d > worst) [worst, at] = [d, k];
    }
    return [worst, at];
  };
  const keep = new Set([0, ring.length - 1]);
  const split = (i: number, j: number) => {
    const [worst, at] = far(i, j);
    if (worst <= toleranceM) return;
    keep.add(at);
    split(i, at);
    split(at, j);
  };
  const [, half] = far(0, ring.length - 1);
  keep.add(half);
  split(0, half);
  split(half, ring.length - 1);
  return ring.filter((_, i) => keep.has(i));
}

function areaKm2(ring: readonly LonLat[]): number {
  const { eastM, northM } = metresPerDegree(ring[0][1]);
  let twice = 0;
  for (let i = 1; i < ring.length; i++) twice += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
  return (Math.abs(twice) * eastM * northM) / 2e6;
}
