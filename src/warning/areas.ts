/**
 * Which regions are threatened, and how surely: by an impact estimate (two-dimensional Gaussian of its 95 %
 * ellipse) and by a predicted ground track (its cross-track error). Deterministic quadrature on equal-probability
 * lattices: no randomness, the same input gives the same bytes.
 */
import { CHI2_95_2 } from '../earth/normal.ts';
import { DEG, EARTH_MEAN_RADIUS } from '../earth/wgs84.ts';
import type { PointEstimate } from '../model/track.ts';
import {
  type Box,
  boxesMeet,
  edgeDistanceM,
  type LonLat,
  metresPerDegree,
  type Region,
  regionContains,
} from './regions.ts';

export interface AreaProbability {
  code: string;
  /** 0 to 1. */
  probability: number;
  /** Impact: when. Passage: when the ground track enters first. */
  atUs: number;
  /** Passage: when the ground track leaves for the last time; impact: as `atUs`. */
  untilUs: number;
}

/** One point of a predicted ground track. */
export interface GroundTrackPoint {
  timeUs: number;
  latitudeDeg: number;
  longitudeDeg: number;
  /** One standard deviation across the track on the ground, m. */
  crossSigmaM: number;
  /** Height above the ellipsoid, m: told, not used; a missile in space over a region still alerts it. */
  heightM: number;
}

/** Standard deviations that the half axes of a 95 % ellipse are long. */
const SIGMAS_95 = Math.sqrt(CHI2_95_2);
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/**
 * Probability of impact in each region. `marginM` widens every region ("in the vicinity of"), so that the sum
 * may exceed 1. Lattice: `points` points of equal weight, radii at the quantiles of the Rayleigh distribution and
 * angles by the golden section (Vogel, Math. Biosciences 44 (1979) 179-189); resolution 1/points.
 */
export function impactAreas(
  impact: PointEstimate,
  regions: readonly Region[],
  options: { marginM?: number; points?: number } = {},
): AreaProbability[] {
  const { marginM = 0, points = 800 } = options;
  // The outermost point of the lattice lies this far out; most impacts are told far from any region.
  const outerM = (impact.ellipse95.semiMajorM / SIGMAS_95) * Math.sqrt(2 * Math.log(2 * points));
  const centre = boxOfPlaces([[impact.longitudeDeg, impact.latitudeDeg]], outerM + marginM);
  const near = regions.filter((r) => boxesMeet(r.box, centre));
  if (near.length === 0) return [];
  const places = ellipseLattice(impact, points);
  const reach = boxOfPlaces(places, marginM);
  const found: AreaProbability[] = [];
  for (const region of near) {
    if (!boxesMeet(region.box, reach)) continue;
    const edges = marginM > 0 ? edgesIn(region, reach) : [];
    const hits = places.filter(
      ([lon, lat]) => regionContains(region, lat, lon) || edges.some((e) => nearEdge(e, lat, lon, marginM)),
    ).length;
    if (hits > 0) {
      found.push({ code: region.code, probability: hits / points, atUs: impact.atUs, untilUs: impact.atUs });
    }
  }
  return found.sort(byProbability);
}

/** Edges of the region whose box meets the given one. */
function edgesIn(region: Region, box: Box): [LonLat, LonLat][] {
  const out: [LonLat, LonLat][] = [];
  for (const p of region.polygons) {
    if (!boxesMeet(p.box, box)) continue;
    for (const ring of p.rings) {
      for (let i = 1; i < ring.length; i++) {
        if (boxesMeet(segmentBox(ring[i - 1], ring[i]), box)) out.push([ring[i - 1], ring[i]]);
      }
    }
  }
  return out;
}

function nearEdge([a, b]: [LonLat, LonLat], lat: number, lon: number, limitM: number): boolean {
  const reachDeg = limitM / 110_500;
  if (Math.min(a[1], b[1]) > lat + reachDeg || Math.max(a[1], b[1]) < lat - reachDeg) return false;
  return edgeDistanceM(a, b, lat, lon) < limitM;
}

function ellipseLattice(impact: PointEstimate, points: number): LonLat[] {
  const { semiMajorM, semiMinorM, azimuthDeg } = impact.ellipse95;
  const [a, b] = [semiMajorM / SIGMAS_95, semiMinorM / SIGMAS_95];
  const out: LonLat[] = [];
  for (let i = 0; i < points; i++) {
    const r = Math.sqrt(-2 * Math.log(1 - (i + 0.5) / points));
    const along = a * r * Math.cos(i * GOLDEN_ANGLE);
    const across = b * r * Math.sin(i * GOLDEN_ANGLE);
    out.push(
      offset(
        impact.latitudeDeg,
        impact.longitudeDeg,
        azimuthDeg + Math.atan2(across, along) / DEG,
        Math.hypot(along, across),
      ),
    );
  }
  return out;
}

/** The place at a distance and azimuth: great circle on the mean sphere, 0.3 % of the distance at worst. */
function offset(latitudeDeg: number, longitudeDeg: number, azimuthDeg: number, distanceM: number): LonLat {
  if (Math.abs(distanceM) < 100_000) {
    const { eastM, northM } = metresPerDegree(latitudeDeg);
    const northDeg = (distanceM * Math.cos(azimuthDeg * DEG)) / northM;
    const east = distanceM * Math.sin(azimuthDeg * DEG);
    // Half way north the degree of longitude is nearer its mean over the path.
    const shrink = Math.cos((latitudeDeg + northDeg / 2) * DEG) / Math.cos(latitudeDeg * DEG);
    return [longitudeDeg + east / (eastM * shrink), latitudeDeg + northDeg];
  }
  const d = distanceM / EARTH_MEAN_RADIUS;
  const [phi, az] = [latitudeDeg * DEG, azimuthDeg * DEG];
  const s = Math.sin(phi) * Math.cos(d) + Math.cos(phi) * Math.sin(d) * Math.cos(az);
  const lon = Math.atan2(Math.sin(az) * Math.sin(d) * Math.cos(phi), Math.cos(d) - Math.sin(phi) * s);
  return [longitudeDeg + lon / DEG, Math.asin(Math.max(-1, Math.min(1, s))) / DEG];
}

function segmentBox(a: LonLat, b: LonLat): Box {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
}

function boxOfPlaces(places: readonly LonLat[], marginM: number): Box {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of places) {
    west = Math.min(west, x);
    south = Math.min(south, y);
    east = Math.max(east, x);
    north = Math.max(north, y);
  }
  const { eastM, northM } = metresPerDegree(Math.min(85, Math.max(Math.abs(south), Math.abs(north))));
  return [west - marginM / eastM, south - marginM / northM, east + marginM / eastM, north + marginM / northM];
}

/** Order of areas: likeliest first, then by code. */
export function byProbability(a: AreaProbability, b: AreaProbability): number {
  return b.probability - a.probability || (a.code < b.code ? -1 : 1);
}

/**
 * Quantile of the standard normal distribution, by bisection on its distribution function (series of the error
 * function; Abramowitz & Stegun 7.1.5): exact to 1e-9 over the probabilities used here.
 */
export function normalQuantile(p: number): number {
  let [low, high] = [-6, 6];
  for (let i = 0; i < 50; i++) {
    const mid = (low + high) / 2;
    if (normalCdf(mid) < p) low = mid;
    else high = mid;
  }
  return (low + high) / 2;
}

function normalCdf(z: number): number {
  let term = z;
  let sum = z;
  for (let n = 1; n < 120; n++) {
    term *= (-z * z) / (2 * n);
    sum += term / (2 * n + 1);
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}
