/**
 * Ballistic flight in closed form: two bodies, a spherical Earth, an impulse at the surface, no air. It is
 * the floor under every real flight time and the first guess of the fit.
 * Bate, Mueller and White, Fundamentals of Astrodynamics (1971), chapter 6.
 */
import { DEG, EARTH_GM, EARTH_OMEGA } from '../earth/wgs84.ts';
import type { RangeClass } from '../model/track.ts';

/** Radius of the sphere, m. */
export const SPHERE_RADIUS = 6371000;

export interface TwoBodyArc {
  /** Speed at the surface, inertial, m/s. */
  speedMps: number;
  /** Flight-path angle at the surface above the horizontal, rad. */
  elevationRad: number;
  timeS: number;
}

/** The arc that rises to `apogeeM` above the sphere and spans the central angle `psiRad`, 0 to below 2 pi. */
export function twoBodyArc(apogeeM: number, psiRad: number): TwoBodyArc {
  const r0 = SPHERE_RADIUS;
  const ra = r0 + apogeeM;
  const c = Math.cos(psiRad / 2);
  // The orbit r = p / (1 - e cos theta), theta from the apogee, through (ra, 0) and (r0, psi/2).
  const e = (ra - r0) / (ra - r0 * c);
  const a = ra / (1 + e);
  const eccentricAnomaly = Math.acos(Math.max(-1, Math.min(1, (1 - r0 / a) / e)));
  const timeS =
    (2 * (Math.PI - eccentricAnomaly + e * Math.sin(eccentricAnomaly))) / Math.sqrt(EARTH_GM / (a * a * a));
  const speedMps = Math.sqrt(EARTH_GM * (2 / r0 - 1 / a));
  const horizontal = Math.sqrt(Math.max(0, EARTH_GM * ra * (1 - e))) / r0;
  return { speedMps, elevationRad: Math.acos(Math.min(1, horizontal / speedMps)), timeS };
}

/** A launch on the turning sphere: the latitude of the launch point and the bearing of the impact from it. */
export interface TurningLaunch {
  latitudeDeg: number;
  bearingDeg: number;
}

/**
 * The shortest time in which a body can fly from the ground to the ground over the given apogee and range.
 *
 * A real flight takes longer: while the engine burns, the vehicle is at every height slower than the body
 * that has had the whole impulse at the surface, and drag on the way down slows it again. So this is a floor.
 * Left out are the flattening and J2 (under 0.1 % of the time) and the height of the launch point.
 *
 * Without `launch` the sphere stands still. On the turning Earth the impact point moves on while the body
 * flies, so the arc in inertial space is longer to the east and shorter to the west than the range on the
 * ground, and the time with it; with `launch` that is taken into account. The vertical flight, range 0, is
 * the floor for every direction.
 *
 * KCNA's figures for 2022-03-24 (6248.5 km, 1090 km, 4052 s) lie below all three: 4066 s vertical, 4075 s on
 * the standing sphere, about 4110 s on the turning one. No flight can have had them.
 */
export function twoBodyFlightTimeS(apogeeKm: number, rangeKm: number, launch?: TurningLaunch): number {
  const psi = (rangeKm * 1000) / SPHERE_RADIUS;
  if (!launch) return twoBodyArc(apogeeKm * 1000, psi).timeS;
  return turningArc(apogeeKm * 1000, psi, launch).timeS;
}

/** The arc on the turning sphere, with the azimuth of the inertial velocity at the launch. */
export function turningArc(
  apogeeM: number,
  psiRad: number,
  launch: TurningLaunch,
): TwoBodyArc & { azimuthRad: number } {
  const latitude = launch.latitudeDeg * DEG;
  const bearing = launch.bearingDeg * DEG;
  const sinImpact =
    Math.sin(latitude) * Math.cos(psiRad) + Math.cos(latitude) * Math.sin(psiRad) * Math.cos(bearing);
  const impactLatitude = Math.asin(Math.max(-1, Math.min(1, sinImpact)));
  const east = Math.atan2(
    Math.sin(bearing) * Math.sin(psiRad) * Math.cos(latitude),
    Math.cos(psiRad) - Math.sin(latitude) * sinImpact,
  );
  // Longitudes beyond half a turn are not unwrapped: no flight here goes so far.
  let arc = twoBodyArc(apogeeM, psiRad);
  let azimuthRad = bearing;
  for (let i = 0; i < 20; i++) {
    const dLongitude = east + EARTH_OMEGA * arc.timeS;
    const cl = Math.cos(impactLatitude);
    const x = Math.cos(latitude) * Math.sin(impactLatitude) - Math.sin(latitude) * cl * Math.cos(dLongitude);
    const y = cl * Math.sin(dLongitude);
    const cosPsi =
      Math.sin(latitude) * Math.sin(impactLatitude) + Math.cos(latitude) * cl * Math.cos(dLongitude);
    azimuthRad = Math.atan2(y, x);
    const next = twoBodyArc(apogeeM, Math.atan2(Math.hypot(x, y), cosPsi));
    const change = Math.abs(next.timeS - arc.timeS);
    arc = next;
    if (change < 1e-6) break;
  }
  return { ...arc, azimuthRad };
}

/** The ground range, m, of the minimum-energy flight that leaves the sphere at the given speed; half the globe if it nears orbit. */
export function minimumEnergyRangeM(speedMps: number): number {
  const q = (speedMps * speedMps * SPHERE_RADIUS) / EARTH_GM;
  return q >= 1 ? Math.PI * SPHERE_RADIUS : 2 * SPHERE_RADIUS * Math.asin(q / (2 - q));
}

/** Upper ends of the range classes, km (the usual public division, e.g. NASIC, Ballistic and Cruise Missile Threat, 2020). */
const CLASS_LIMITS_KM: readonly (readonly [RangeClass, number])[] = [
  ['close', 300],
  ['short', 1000],
  ['medium', 3000],
  ['intermediate', 5500],
  ['intercontinental', Number.POSITIVE_INFINITY],
];

/**
 * The class of a flight by its energy: by the range that a minimum-energy flight from the same speed would
 * have, so that a lofted shot to 6000 km height is intercontinental wherever it falls.
 */
export function rangeClassOf(apogeeKm: number, rangeKm: number): RangeClass {
  const { speedMps } = twoBodyArc(apogeeKm * 1000, (rangeKm * 1000) / SPHERE_RADIUS);
  const km = minimumEnergyRangeM(speedMps) / 1000;
  return CLASS_LIMITS_KM.find(([, limit]) => km <= limit)![0];
}
