/**
 * Air traffic as a load on trackers: aircraft that fly level along great circles through the area. Everything about them is
 * invented: places and courses are even draws, heights and speeds those of airliners.
 */
import { geodesicDirect } from '../earth/geodesic.ts';
import type { Random } from '../earth/random.ts';
import { DEG, WGS84_A, WGS84_F } from '../earth/wgs84.ts';
import type { ObservedFlight } from './observe.ts';

export interface AirTraffic {
  count: number;
  /** Middle and radius of the circle in which they are when it begins. */
  latitudeDeg: number;
  longitudeDeg: number;
  radiusKm: number;
  fromUs: number;
  toUs: number;
  random: Random;
}

/** Their ids begin with this. */
export const AIR_PREFIX = 'air:';

/** Aircraft, each in the air from `fromUs` to `toUs`. */
export function airTraffic({
  count,
  latitudeDeg,
  longitudeDeg,
  radiusKm,
  fromUs,
  toUs,
  random,
}: AirTraffic): ObservedFlight[] {
  return Array.from({ length: count }, (_, i) => {
    const draws = random.fork(`aircraft ${i + 1}`);
    // Even over the disc.
    const awayM = radiusKm * 1000 * Math.sqrt(draws.uniform());
    const begin = geodesicDirect(latitudeDeg, longitudeDeg, 360 * draws.uniform(), awayM);
    const lat = begin.latitudeDeg * DEG;
    const lon = begin.longitudeDeg * DEG;
    const course = 2 * Math.PI * draws.uniform();
    const heightM = 8500 + 3500 * draws.uniform();
    const rate = (200 + 60 * draws.uniform()) / (6371000 + heightM);
    const start = [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)];
    const north = [-Math.sin(lat) * Math.cos(lon), -Math.sin(lat) * Math.sin(lon), Math.cos(lat)];
    const east = [-Math.sin(lon), Math.cos(lon), 0];
    const ahead = north.map((n, c) => Math.cos(course) * n + Math.sin(course) * east[c]);
    const place = (tS: number, out: Float64Array, offset: number) => {
      const angle = rate * tS;
      const u = start.map((s, c) => Math.cos(angle) * s + Math.sin(angle) * ahead[c]);
      // Height over the ellipsoid to a few metres: its radius at the geocentric latitude.
      const radius = WGS84_A * (1 - WGS84_F * u[2] * u[2]) + heightM;
      for (let c = 0; c < 3; c++) out[offset + c] = radius * u[c];
    };
    const beside = new Float64Array(6);
    return {
      id: `${AIR_PREFIX}${i + 1}`,
      launchUs: fromUs,
      flight: {
        stateAt(tS, out) {
          place(tS, out, 0);
          place(tS + 0.5, beside, 0);
          place(tS - 0.5, beside, 3);
          for (let c = 0; c < 3; c++) out[3 + c] = beside[c] - beside[3 + c];
        },
        thrusting: () => false,
        flightTimeS: (toUs - fromUs) / 1e6,
      },
    };
  });
}
