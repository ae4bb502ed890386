/**
 * What a site can see. Radars: sector, elevation limits, slant range and the horizon. The horizon is that of
 * the 4/3-Earth model: refraction in a standard atmosphere bends a ray so that it runs straight over an Earth
 * of 4/3 the radius (Skolnik, Introduction to Radar Systems, 3rd ed., section 8.5). For targets far above the
 * air the model gives a little too much: the true horizon of a target 90 km up lies some kilometres nearer.
 * Azimuth, elevation and range are those of the straight line: a radar corrects its own refraction.
 * Infrared satellites: burning vehicles above the cloud break that the Earth does not hide.
 */
import {
  DEG,
  EARTH_MEAN_RADIUS,
  ecefToAzElRange,
  ecefToGeodetic,
  enuRotation,
  geodeticToEcef,
  type Vec3,
  WGS84_A,
  WGS84_B,
} from '../earth/wgs84.ts';
import type { SensorSite } from '../model/sensor.ts';

/** Factor on the Earth's radius that stands for refraction in a standard atmosphere. */
export const REFRACTION_FACTOR = 4 / 3;
const EFFECTIVE_RADIUS = REFRACTION_FACTOR * EARTH_MEAN_RADIUS;

export type Unseen =
  | 'outOfRange'
  | 'outsideSector'
  | 'elevation'
  | 'belowHorizon'
  | 'notBurning'
  | 'belowCloud'
  | 'hidden';

export type Sight =
  | { seen: false; reason: Unseen }
  | {
      seen: true;
      azimuthRad: number;
      elevationRad: number;
      rangeM: number;
      /** Unit vector from the site to the target, ECEF. */
      lineOfSight: Vec3;
    };

/** The fixed geometry of a site, worked out once. */
export interface SiteFrame {
  position: Vec3;
  /** ECEF to east-north-up, nine numbers by rows. */
  enu: Float64Array;
  /** Distance on the ground to the site's own 4/3-Earth horizon, m. */
  horizonM: number;
}

const frames = new WeakMap<SensorSite, SiteFrame>();

export function siteFrame(site: SensorSite): SiteFrame {
  let frame = frames.get(site);
  if (!frame) {
    const latitude = site.latitudeDeg * DEG;
    const longitude = site.longitudeDeg * DEG;
    frame = {
      position: geodeticToEcef(latitude, longitude, site.heightM),
      enu: enuRotation(latitude, longitude),
      horizonM: horizonDistance(site.heightM),
    };
    frames.set(site, frame);
  }
  return frame;
}

/** Distance on the ground from a point at this height to its 4/3-Earth horizon, m. */
export function horizonDistance(heightM: number): number {
  return heightM > 0 ? EFFECTIVE_RADIUS * Math.acos(EFFECTIVE_RADIUS / (EFFECTIVE_RADIUS + heightM)) : 0;
}

/**
 * Whether the site sees a target at this ECEF position, m, and how; else the first reason why not. `frame` is where a
 * moving sensor is at the time.
 */
export function visible(
  site: SensorSite,
  target: Vec3,
  thrusting: boolean,
  frame: SiteFrame = siteFrame(site),
): Sight {
  return site.kind === 'infrared'
    ? infraredSight(site, target, thrusting, frame)
    : radarSight(site, target, frame);
}

function radarSight(site: SensorSite, target: Vec3, frame: SiteFrame): Sight {
  const { azimuthRad, elevationRad, rangeM } = ecefToAzElRange(frame.enu, frame.position, target);
  if (rangeM > (site.maxRangeKm ?? Number.POSITIVE_INFINITY) * 1000)
    return { seen: false, reason: 'outOfRange' };
  if (!inSector(site, azimuthRad)) return { seen: false, reason: 'outsideSector' };
  if (
    elevationRad < (site.minElevationDeg ?? -90) * DEG ||
    elevationRad > (site.maxElevationDeg ?? 90) * DEG
  ) {
    return { seen: false, reason: 'elevation' };
  }
  const { position } = frame;
  // A target above the site's level needs no test; so most are spared one.
  if (elevationRad < 0.02) {
    const heightM = ecefToGeodetic(...target).heightM;
    if (groundDistance(position, target) > frame.horizonM + horizonDistance(heightM)) {
      return { seen: false, reason: 'belowHorizon' };
    }
  }
  return { seen: true, azimuthRad, elevationRad, rangeM, lineOfSight: direction(position, target, rangeM) };
}

/** Distance on the ground between the points below two positions, m: the geocentric angle times the mean of their radii there; to 0.2 %. */
function groundDistance(a: Vec3, b: Vec3): number {
  const x = a[1] * b[2] - a[2] * b[1];
  const y = a[2] * b[0] - a[0] * b[2];
  const z = a[0] * b[1] - a[1] * b[0];
  const angle = Math.atan2(Math.hypot(x, y, z), a[0] * b[0] + a[1] * b[1] + a[2] * b[2]);
  return (angle * (surfaceRadius(a) + surfaceRadius(b))) / 2;
}

/** Radius of the ellipsoid in the direction of a point, m. */
function surfaceRadius(p: Vec3): number {
  const equatorial = p[0] * p[0] + p[1] * p[1];
  const polar = p[2] * p[2];
  return Math.sqrt((equatorial + polar) / (equatorial / WGS84_A ** 2 + polar / WGS84_B ** 2));
}

/** Whether an azimuth lies in the site's sector; always if it has none. */
export function inSector(site: SensorSite, azimuthRad: number): boolean {
  if (site.boresightDeg === undefined || site.sectorHalfWidthDeg === undefined) return true;
  const off = Math.abs(((azimuthRad / DEG - site.boresightDeg + 540) % 360) - 180);
  return off <= site.sectorHalfWidthDeg;
}

function infraredSight(site: SensorSite, target: Vec3, thrusting: boolean, frame: SiteFrame): Sight {
  if (!thrusting) return { seen: false, reason: 'notBurning' };
  const { position, enu } = frame;
  if (ecefToGeodetic(...target).heightM < (site.cloudBreakKm ?? 0) * 1000)
    return { seen: false, reason: 'belowCloud' };
  if (hiddenByEarth(position, target)) return { seen: false, reason: 'hidden' };
  const { azimuthRad, elevationRad, rangeM } = ecefToAzElRange(enu, position, target);
  return { seen: true, azimuthRad, elevationRad, rangeM, lineOfSight: direction(position, target, rangeM) };
}

/** Whether the straight line between two points outside the ellipsoid cuts it. */
function hiddenByEarth(a: Vec3, b: Vec3): boolean {
  // With z stretched by a/b the ellipsoid is a sphere, and straight lines stay straight.
  const f = WGS84_A / WGS84_B;
  const d = [b[0] - a[0], b[1] - a[1], (b[2] - a[2]) * f];
  const p = [a[0], a[1], a[2] * f];
  const dd = d[0] * d[0] + d[1] * d[1] + d[2] * d[2];
  const t = -(p[0] * d[0] + p[1] * d[1] + p[2] * d[2]) / dd;
  if (t <= 0 || t >= 1) return false;
  return Math.hypot(p[0] + t * d[0], p[1] + t * d[1], p[2] + t * d[2]) < WGS84_A;
}

function direction(from: Vec3, to: Vec3, rangeM: number): [number, number, number] {
  return [(to[0] - from[0]) / rangeM, (to[1] - from[1]) / rangeM, (to[2] - from[2]) / rangeM];
}
