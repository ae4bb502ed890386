/**
 * Which regions a predicted ground track crosses, and how surely. Each vertex of a region's outline has a place
 * along the track and a distance across it in standard deviations; a region is crossed by the displaced tracks
 * between its extremes across. So one look at the outline answers for all tracks at once.
 */
import { normalCdf } from '../earth/normal.ts';
import { type AreaProbability, byProbability, type GroundTrackPoint } from './areas.ts';
import {
  type Box,
  boxesMeet,
  type LonLat,
  metresPerDegree,
  type Region,
  type RegionPolygon,
  regionContains,
} from './regions.ts';

/** Tracks further out than this many standard deviations are left out: 1.2 % of them. */
const OUTER = 2.5;
/** Outlines are looked at in steps of at most this, m; the track's own points lie some 20 km apart. */
const OUTLINE_STEP_M = 3000;
/** Least standard deviation across, m: a track is never surer than its map. */
const LEAST_SIGMA_M = 50;
/** Share of a segment that its neighbour overlaps it by, so that no vertex falls between two at a bend. */
const OVERLAP = 0.02;
/** A meridian through the midst of the regions, degrees. */
const MIDST_DEG = 138;

/** One straight piece of the track in a plane of metres. */
interface Segment {
  longitudeDeg: number;
  latitudeDeg: number;
  /** Metres a degree. */
  eastM: number;
  northM: number;
  /** Unit vector along. */
  ux: number;
  uy: number;
  lengthM: number;
  startUs: number;
  endUs: number;
  sigma0M: number;
  sigma1M: number;
  box: Box;
}

/** What one polygon is to the track: its extent across, and where along it is entered and left. */
interface Crossing {
  low: number;
  high: number;
  /** Outline in order: [distance across in standard deviations, time], gaps as undefined. */
  outline: ([number, number] | undefined)[];
  lastUs: number;
}

/**
 * Regions that the track crosses, the cross-track error being one normal variable for the whole track, scaled by
 * `crossSigmaM` at each point (an error of heading or place moves the whole path to one side). The time told is
 * that of the likeliest track that crosses; the end is the latest of all.
 */
export function passageAreas(
  groundTrack: readonly GroundTrackPoint[],
  regions: readonly Region[],
): AreaProbability[] {
  const segments = segmentsOf(groundTrack);
  const found: AreaProbability[] = [];
  for (const region of regions) {
    const near = segments.filter((s) => boxesMeet(s.box, region.box));
    if (near.length === 0) continue;
    const crossings = region.polygons.flatMap((polygon) => crossingOf(polygon, near) ?? []);
    const area = areaOf(region.code, crossings);
    if (!area) continue;
    const [start] = groundTrack;
    // A track that begins over the region has entered it already; its outline only tells the way out.
    if (regionContains(region, start.latitudeDeg, start.longitudeDeg)) area.atUs = start.timeUs;
    found.push(area);
  }
  return found.sort(byProbability);
}

function segmentsOf(track: readonly GroundTrackPoint[]): Segment[] {
  const out: Segment[] = [];
  for (let i = 1; i < track.length; i++) {
    const [a, b] = [track[i - 1], track[i]];
    const longitudeDeg = nearRegions(a.longitudeDeg);
    const { eastM, northM } = metresPerDegree((a.latitudeDeg + b.latitudeDeg) / 2);
    const x = (nearRegions(b.longitudeDeg) - longitudeDeg) * eastM;
    const y = (b.latitudeDeg - a.latitudeDeg) * northM;
    const lengthM = Math.hypot(x, y);
    // A piece over the seam on the far side is no piece over half the world; one that stands still crosses nothing.
    if (!(lengthM > 1) || Math.abs(x) > 90 * eastM) continue;
    const sigma0M = Math.max(a.crossSigmaM, LEAST_SIGMA_M);
    const sigma1M = Math.max(b.crossSigmaM, LEAST_SIGMA_M);
    const reach = OUTER * Math.max(sigma0M, sigma1M) + OVERLAP * lengthM;
    const [dx, dy] = [reach / eastM, reach / northM];
    out.push({
      longitudeDeg,
      latitudeDeg: a.latitudeDeg,
      eastM,
      northM,
      ux: x / lengthM,
      uy: y / lengthM,
      lengthM,
      startUs: a.timeUs,
      endUs: b.timeUs,
      sigma0M,
      sigma1M,
      box: [
        Math.min(longitudeDeg, longitudeDeg + x / eastM) - dx,
        Math.min(a.latitudeDeg, b.latitudeDeg) - dy,
        Math.max(longitudeDeg, longitudeDeg + x / eastM) + dx,
        Math.max(a.latitudeDeg, b.latitudeDeg) + dy,
      ],
    });
  }
  return out;
}

/** A longitude within half a turn of the regions: a track that ends beyond the antimeridian stays one line. */
function nearRegions(longitudeDeg: number): number {
  return longitudeDeg - 360 * Math.round((longitudeDeg - MIDST_DEG) / 360);
}

const outlines = new WeakMap<RegionPolygon, readonly LonLat[]>();

/** The outer ring with no edge longer than the step. */
function outlineOf(polygon: RegionPolygon): readonly LonLat[] {
  const known = outlines.get(polygon);
  if (known) return known;
  const ring = polygon.rings[0];
  const out: LonLat[] = [ring[0]];
  for (let i = 1; i < ring.length; i++) {
    const [a, b] = [ring[i - 1], ring[i]];
    const { eastM, northM } = metresPerDegree(a[1]);
    const pieces = Math.ceil(Math.hypot((b[0] - a[0]) * eastM, (b[1] - a[1]) * northM) / OUTLINE_STEP_M);
    for (let k = 1; k <= pieces; k++)
      out.push([a[0] + ((b[0] - a[0]) * k) / pieces, a[1] + ((b[1] - a[1]) * k) / pieces]);
  }
  outlines.set(polygon, out);
  return out;
}

function crossingOf(polygon: RegionPolygon, segments: readonly Segment[]): Crossing | undefined {
  const near = segments.filter((s) => boxesMeet(s.box, polygon.box));
  if (near.length === 0) return undefined;
  const crossing: Crossing = { low: Infinity, high: -Infinity, outline: [], lastUs: -Infinity };
  let hint = 0;
  for (const vertex of outlineOf(polygon)) {
    let placed: [number, number] | undefined;
    // Neighbours on the outline mostly lie beside the same piece of the track.
    for (let k = 0; k < near.length && !placed; k++) {
      const i = (hint + k) % near.length;
      placed = place(vertex, near[i]);
      if (placed) hint = i;
    }
    crossing.outline.push(placed);
    if (!placed) continue;
    const [z, timeUs] = placed;
    crossing.low = Math.min(crossing.low, z);
    crossing.high = Math.max(crossing.high, z);
    if (Math.abs(z) <= OUTER) crossing.lastUs = Math.max(crossing.lastUs, timeUs);
  }
  return crossing.low < OUTER && crossing.high > -OUTER ? crossing : undefined;
}

/** Distance across in standard deviations and time of passing, or undefined if the place is not beside the segment. */
function place(vertex: LonLat, s: Segment): [number, number] | undefined {
  const x = (vertex[0] - s.longitudeDeg) * s.eastM;
  const y = (vertex[1] - s.latitudeDeg) * s.northM;
  const share = (x * s.ux + y * s.uy) / s.lengthM;
  if (share < -OVERLAP || share > 1 + OVERLAP) return undefined;
  const sigma = s.sigma0M + share * (s.sigma1M - s.sigma0M);
  return [(x * s.uy - y * s.ux) / sigma, s.startUs + share * (s.endUs - s.startUs)];
}

function areaOf(code: string, crossings: readonly Crossing[]): AreaProbability | undefined {
  if (crossings.length === 0) return undefined;
  // The union of the polygons' extents across.
  const extents = crossings.map((c) => [c.low, c.high] as const).sort((a, b) => a[0] - b[0]);
  let probability = 0;
  let reached = -Infinity;
  let likeliest = Infinity;
  for (const [low, high] of extents) {
    if (high > reached) probability += normalCdf(high) - normalCdf(Math.max(low, reached));
    reached = Math.max(reached, high);
    const nearest = Math.min(Math.max(0, low), high);
    if (Math.abs(nearest) < Math.abs(likeliest)) likeliest = nearest;
  }
  const inReach = crossings.filter((c) => c.low <= likeliest && likeliest <= c.high);
  const atUs = Math.min(...inReach.map((c) => entryUs(c, likeliest)));
  const untilUs = Math.max(atUs, ...crossings.map((c) => c.lastUs));
  return {
    code,
    probability: Math.min(1, probability),
    atUs: Math.round(atUs),
    untilUs: Math.round(untilUs),
  };
}

/** When the track displaced by `z` first meets the outline; it grazes it at an extreme. */
function entryUs(c: Crossing, z: number): number {
  let first = Infinity;
  let nearest: [number, number] | undefined;
  for (let i = 0; i < c.outline.length; i++) {
    const b = c.outline[i];
    if (!b) continue;
    if (!nearest || Math.abs(b[0] - z) < Math.abs(nearest[0] - z)) nearest = b;
    const a = c.outline[i - 1];
    if (!a || (a[0] - z) * (b[0] - z) > 0) continue;
    const share = a[0] === b[0] ? 0 : (z - a[0]) / (b[0] - a[0]);
    first = Math.min(first, a[1] + share * (b[1] - a[1]));
  }
  return Number.isFinite(first) ? first : nearest![1];
}
