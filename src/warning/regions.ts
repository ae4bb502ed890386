/**
 * The regions that a public warning names: prefectures of Japan, provinces and metropolitan cities of Korea.
 * Degrees WGS-84 throughout, [longitude, latitude] in rings as in GeoJSON. Source and mends: data/regions/regions.json.
 */
import data from '../../data/regions/regions.json' with { type: 'json' };
import { DEG, WGS84_A, WGS84_E2 } from '../earth/wgs84.ts';
import type { Nation, Trilingual } from '../model/nation.ts';

/** [longitude, latitude], degrees. */
export type LonLat = readonly [number, number];
/** [west, south, east, north], degrees. */
export type Box = readonly [number, number, number, number];

export interface RegionPolygon {
  box: Box;
  /** The outer ring, then holes; closed (first point = last point). */
  rings: readonly (readonly LonLat[])[];
}

export interface Region {
  /** ISO 3166-2. */
  code: string;
  nation: Nation;
  name: Trilingual;
  box: Box;
  polygons: readonly RegionPolygon[];
}

export const REGIONS: readonly Region[] = data.features.map(({ properties, geometry }) => {
  const polygons = geometry.coordinates.map((rings) => ({
    box: boxOf(rings[0] as unknown as LonLat[]),
    rings: rings as unknown as LonLat[][],
  }));
  return {
    code: properties.code,
    nation: properties.nation as Nation,
    name: properties.name,
    box: polygons.map((p) => p.box).reduce(joinBoxes),
    polygons,
  };
});

const byCode = new Map(REGIONS.map((r) => [r.code, r]));

export function regionByCode(code: string): Region | undefined {
  return byCode.get(code);
}

export function regionsOf(nation: Nation): readonly Region[] {
  return REGIONS.filter((r) => r.nation === nation);
}

/** True if the place lies in the region (even-odd rule over its rings). */
export function regionContains(region: Region, latitudeDeg: number, longitudeDeg: number): boolean {
  if (!inBox(region.box, latitudeDeg, longitudeDeg)) return false;
  return region.polygons.some(
    (p) => inBox(p.box, latitudeDeg, longitudeDeg) && polygonContains(p.rings, latitudeDeg, longitudeDeg),
  );
}

/** The region of a place, or undefined at sea and abroad. */
export function regionAt(
  latitudeDeg: number,
  longitudeDeg: number,
  regions: readonly Region[] = REGIONS,
): Region | undefined {
  return regions.find((r) => regionContains(r, latitudeDeg, longitudeDeg));
}

/**
 * Distance from a place to the nearest point of a region, m; 0 inside. On the local tangent plane of the place:
 * within 1 % to 500 km. `limitM` bounds the search: Infinity comes back for a region farther than that.
 */
export function distanceToRegionM(
  region: Region,
  latitudeDeg: number,
  longitudeDeg: number,
  limitM = Number.POSITIVE_INFINITY,
): number {
  if (regionContains(region, latitudeDeg, longitudeDeg)) return 0;
  const { eastM, northM } = metresPerDegree(latitudeDeg);
  let best = limitM;
  for (const p of region.polygons) {
    if (boxDistanceM(p.box, latitudeDeg, longitudeDeg, eastM, northM) >= best) continue;
    for (const ring of p.rings) {
      for (let i = 1; i < ring.length; i++) {
        const d = segmentDistance(
          (ring[i - 1][0] - longitudeDeg) * eastM,
          (ring[i - 1][1] - latitudeDeg) * northM,
          (ring[i][0] - longitudeDeg) * eastM,
          (ring[i][1] - latitudeDeg) * northM,
        );
        if (d < best) best = d;
      }
    }
  }
  return best < limitM ? best : Number.POSITIVE_INFINITY;
}

/** Distance from a place to an edge, m; on the local tangent plane of the place. */
export function edgeDistanceM(a: LonLat, b: LonLat, latitudeDeg: number, longitudeDeg: number): number {
  const { eastM, northM } = metresPerDegree(latitudeDeg);
  return segmentDistance(
    (a[0] - longitudeDeg) * eastM,
    (a[1] - latitudeDeg) * northM,
    (b[0] - longitudeDeg) * eastM,
    (b[1] - latitudeDeg) * northM,
  );
}

/** Metres in a degree of longitude and of latitude at a latitude on WGS-84 (radii of curvature N cos(phi) and M). */
export function metresPerDegree(latitudeDeg: number): { eastM: number; northM: number } {
  const s = Math.sin(latitudeDeg * DEG);
  const w = Math.sqrt(1 - WGS84_E2 * s * s);
  return {
    eastM: (WGS84_A / w) * Math.cos(latitudeDeg * DEG) * DEG,
    northM: ((WGS84_A * (1 - WGS84_E2)) / (w * w * w)) * DEG,
  };
}

/** Coasts this close count as neighbours: the Tsugaru Strait, about 19 km, parts Hokkaido from Aomori. */
const STRAIT_M = 25_000;

let neighbourMap: Map<string, ReadonlySet<string>> | undefined;

/** Codes of the regions of the same nation that share a border with this one, or whose coast lies across a strait. */
export function neighboursOf(code: string): ReadonlySet<string> {
  neighbourMap ??= findNeighbours();
  return neighbourMap.get(code) ?? new Set();
}

/** Regions share border points exactly (the file is built so); a point of one region alone is coast. */
function findNeighbours(): Map<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>(REGIONS.map((r) => [r.code, new Set()]));
  const link = (a: string, b: string) => {
    if (a === b || a.slice(0, 2) !== b.slice(0, 2)) return;
    found.get(a)!.add(b);
    found.get(b)!.add(a);
  };
  const owners = new Map<string, { at: LonLat; codes: string[] }>();
  for (const r of REGIONS) {
    for (const at of r.polygons.flatMap((p) => p.rings.flat())) {
      const entry = owners.get(at.join());
      if (!entry) owners.set(at.join(), { at, codes: [r.code] });
      else if (!entry.codes.includes(r.code)) {
        for (const c of entry.codes) link(c, r.code);
        entry.codes.push(r.code);
      }
    }
  }
  const cellDeg = 0.4;
  const cells = new Map<string, { at: LonLat; code: string }[]>();
  for (const { at, codes } of owners.values()) {
    if (codes.length > 1) continue;
    const [x, y] = at.map((v) => Math.floor(v / cellDeg));
    for (const dx of [-1, 0, 1]) {
      for (const dy of [-1, 0, 1]) {
        for (const other of cells.get(`${x + dx},${y + dy}`) ?? []) {
          if (other.code === codes[0] || found.get(other.code)!.has(codes[0])) continue;
          const { eastM, northM } = metresPerDegree(at[1]);
          const d = Math.hypot((other.at[0] - at[0]) * eastM, (other.at[1] - at[1]) * northM);
          if (d < STRAIT_M) link(other.code, codes[0]);
        }
      }
    }
    const key = `${x},${y}`;
    const cell = cells.get(key);
    if (cell) cell.push({ at, code: codes[0] });
    else cells.set(key, [{ at, code: codes[0] }]);
  }
  return found;
}

export function boxesMeet(a: Box, b: Box): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

export function boxOf(points: readonly LonLat[]): Box {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    if (x < west) west = x;
    if (x > east) east = x;
    if (y < south) south = y;
    if (y > north) north = y;
  }
  return [west, south, east, north];
}

export function joinBoxes(a: Box, b: Box): Box {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

function inBox(box: Box, latitudeDeg: number, longitudeDeg: number): boolean {
  return longitudeDeg >= box[0] && longitudeDeg <= box[2] && latitudeDeg >= box[1] && latitudeDeg <= box[3];
}

function boxDistanceM(box: Box, lat: number, lon: number, eastM: number, northM: number): number {
  const dx = Math.max(box[0] - lon, 0, lon - box[2]) * eastM;
  const dy = Math.max(box[1] - lat, 0, lat - box[3]) * northM;
  return Math.hypot(dx, dy);
}

function polygonContains(rings: RegionPolygon['rings'], y: number, x: number): boolean {
  let odd = false;
  for (const ring of rings) {
    for (let i = 1; i < ring.length; i++) {
      const [x0, y0] = ring[i - 1];
      const [x1, y1] = ring[i];
      if (y0 > y !== y1 > y && x < ((x1 - x0) * (y - y0)) / (y1 - y0) + x0) odd = !odd;
    }
  }
  return odd;
}

/** Distance from the origin to the segment a-b in a plane. */
function segmentDistance(ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const n = dx * dx + dy * dy;
  const t = n === 0 ? 0 : Math.max(0, Math.min(1, -(ax * dx + ay * dy) / n));
  return Math.hypot(ax + t * dx, ay + t * dy);
}
