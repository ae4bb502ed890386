/** Shapes on the sphere: error ellipses, distances, directions. Degrees and kilometres; a sphere suffices to draw. */
import type { TrackView } from '../../../src/node/wire.ts';
import { EARTH_KM } from './camera.ts';

const DEG = Math.PI / 180;
export type LonLat = [longitudeDeg: number, latitudeDeg: number];

/** The place at a distance and azimuth (from north, clockwise) from another. */
export function destination(from: LonLat, azimuthDeg: number, distanceKm: number): LonLat {
  const d = distanceKm / EARTH_KM;
  const lat = from[1] * DEG;
  const az = azimuthDeg * DEG;
  const sin = Math.sin(lat) * Math.cos(d) + Math.cos(lat) * Math.sin(d) * Math.cos(az);
  const lon =
    from[0] * DEG + Math.atan2(Math.sin(az) * Math.sin(d) * Math.cos(lat), Math.cos(d) - Math.sin(lat) * sin);
  return [((((lon / DEG + 180) % 360) + 360) % 360) - 180, Math.asin(Math.max(-1, Math.min(1, sin))) / DEG];
}

export function distanceKm(a: LonLat, b: LonLat): number {
  const s =
    Math.sin(((b[1] - a[1]) * DEG) / 2) ** 2 +
    Math.cos(a[1] * DEG) * Math.cos(b[1] * DEG) * Math.sin(((b[0] - a[0]) * DEG) / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.min(1, Math.sqrt(s)));
}

/** Initial azimuth from one place to another, degrees from north, [0, 360). */
export function azimuthDeg(a: LonLat, b: LonLat): number {
  const dl = (b[0] - a[0]) * DEG;
  const y = Math.sin(dl) * Math.cos(b[1] * DEG);
  const x =
    Math.cos(a[1] * DEG) * Math.sin(b[1] * DEG) - Math.sin(a[1] * DEG) * Math.cos(b[1] * DEG) * Math.cos(dl);
  return (Math.atan2(y, x) / DEG + 360) % 360;
}

/** A closed ring around an ellipse of the given semi-axes; the major axis lies at `azimuth` from north. */
export function ellipseRing(
  centre: LonLat,
  semiMajorKm: number,
  semiMinorKm: number,
  azimuth: number,
  n = 72,
): LonLat[] {
  const ring: LonLat[] = [];
  for (let i = 0; i <= n; i++) {
    const a = (2 * Math.PI * i) / n;
    const along = semiMajorKm * Math.cos(a);
    const across = semiMinorKm * Math.sin(a);
    ring.push(destination(centre, azimuth + Math.atan2(across, along) / DEG, Math.hypot(along, across)));
  }
  return ring;
}

/** Where a track is `seconds` after its picture was made: straight on along its rates. */
export function extrapolate(
  track: TrackView,
  seconds: number,
): { lon: number; lat: number; heightKm: number } {
  const moving = track.status === 'held' || track.status === 'stale';
  const dt = moving ? seconds : 0;
  const [ratesLat, ratesLon, climb] = track.rates;
  return {
    lon: track.longitudeDeg + ratesLon * dt,
    lat: Math.max(-90, Math.min(90, track.latitudeDeg + ratesLat * dt)),
    heightKm: Math.max(0, track.heightKm + climb * dt),
  };
}

/** The middle of several places on the sphere. */
export function meanPlace(points: readonly LonLat[]): LonLat {
  let x = 0;
  let y = 0;
  let z = 0;
  for (const [lon, lat] of points) {
    x += Math.cos(lat * DEG) * Math.cos(lon * DEG);
    y += Math.cos(lat * DEG) * Math.sin(lon * DEG);
    z += Math.sin(lat * DEG);
  }
  return [Math.atan2(y, x) / DEG, Math.atan2(z, Math.hypot(x, y)) / DEG];
}
