/** Outlines of what a site sees at a height, for maps. */
import { geodesicDirect } from '../earth/geodesic.ts';
import { DEG, EARTH_MEAN_RADIUS } from '../earth/wgs84.ts';
import type { SensorSite } from '../model/sensor.ts';
import { horizonDistance } from './sensing.ts';

/**
 * The outer outline of where the site sees a target at this height above the ellipsoid: a closed ring of
 * [longitude, latitude] in degrees, clockwise seen from above, the first point again at the end; empty where
 * it sees nothing there. The blind cone overhead is not cut out. Range and elevation on the mean sphere.
 */
export function coverageAtHeight(site: SensorSite, heightM: number, stepDeg = 2): [number, number][] {
  const reachM = site.kind === 'infrared' ? infraredReach(site, heightM) : radarReach(site, heightM);
  if (!(reachM > 0)) return [];
  const ring: [number, number][] = [];
  const at = (azimuthDeg: number) => {
    const p = geodesicDirect(site.latitudeDeg, site.longitudeDeg, azimuthDeg, reachM);
    ring.push([p.longitudeDeg, p.latitudeDeg]);
  };
  const { boresightDeg, sectorHalfWidthDeg } = site;
  const whole = boresightDeg === undefined || sectorHalfWidthDeg === undefined || sectorHalfWidthDeg >= 180;
  const from = whole ? 0 : boresightDeg - sectorHalfWidthDeg;
  const width = whole ? 360 : 2 * sectorHalfWidthDeg;
  if (!whole) ring.push([site.longitudeDeg, site.latitudeDeg]);
  const count = Math.ceil(width / stepDeg);
  for (let i = whole ? 1 : 0; i <= count; i++) at(from + (width * i) / count);
  ring.push([...ring[0]]);
  return ring;
}

/** Greatest distance on the ground, m, at which a radar sees this height. */
function radarReach(site: SensorSite, heightM: number): number {
  const r1 = EARTH_MEAN_RADIUS + site.heightM;
  const r2 = EARTH_MEAN_RADIUS + heightM;
  const rangeM = (site.maxRangeKm ?? 1e5) * 1000;
  const cos = (r1 * r1 + r2 * r2 - rangeM * rangeM) / (2 * r1 * r2);
  if (cos > 1) return 0;
  const byRange = cos < -1 ? Math.PI : Math.acos(cos);
  const byHorizon = (horizonDistance(site.heightM) + horizonDistance(heightM)) / EARTH_MEAN_RADIUS;
  let reach = Math.min(byRange, byHorizon);
  if (site.minElevationDeg !== undefined) {
    const e = site.minElevationDeg * DEG;
    const c = (r1 * Math.cos(e)) / r2;
    if (c < 1) reach = Math.min(reach, Math.acos(c) - e);
    else if (e > 0 || r2 < r1) reach = 0;
  }
  return reach * EARTH_MEAN_RADIUS;
}

/** Greatest distance on the ground from below the satellite, m: where the line of sight grazes the sphere. */
function infraredReach(site: SensorSite, heightM: number): number {
  const limb = (h: number) => Math.acos(EARTH_MEAN_RADIUS / (EARTH_MEAN_RADIUS + Math.max(0, h)));
  return (limb(site.heightM) + limb(heightM)) * EARTH_MEAN_RADIUS;
}
