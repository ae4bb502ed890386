/**
 * WGS-84 ellipsoid: constants and conversions between geodetic, Earth-centred Earth-fixed (ECEF) and
 * local East-North-Up (ENU) coordinates. Metres and radians throughout.
 * Source: NGA.STND.0036 (World Geodetic System 1984), table 3.1 and section 4.
 */

/** Semi-major axis, m. */
export const WGS84_A = 6378137;
/** Flattening. */
export const WGS84_F = 1 / 298.257223563;
/** Semi-minor axis, m. */
export const WGS84_B = WGS84_A * (1 - WGS84_F);
/** First eccentricity squared. */
export const WGS84_E2 = WGS84_F * (2 - WGS84_F);
/** Earth's gravitational constant, m^3/s^2. */
export const EARTH_GM = 3.986004418e14;
/** Earth's rotation rate, rad/s. */
export const EARTH_OMEGA = 7.292115e-5;
/** Mean radius (2a + b)/3, m. */
export const EARTH_MEAN_RADIUS = (2 * WGS84_A + WGS84_B) / 3;

export const DEG = Math.PI / 180;

/** A 3-vector, metres or metres a second. */
export type Vec3 = readonly [number, number, number];

export interface Geodetic {
  /** Geodetic latitude, rad, north positive. */
  latitudeRad: number;
  /** Longitude, rad, east positive, (-pi, pi]. */
  longitudeRad: number;
  /** Height above the ellipsoid, m. */
  heightM: number;
}

/** Geodetic to ECEF, m. Exact. */
export function geodeticToEcef(
  latitudeRad: number,
  longitudeRad: number,
  heightM: number,
): [number, number, number] {
  const s = Math.sin(latitudeRad);
  const c = Math.cos(latitudeRad);
  const n = WGS84_A / Math.sqrt(1 - WGS84_E2 * s * s);
  return [
    (n + heightM) * c * Math.cos(longitudeRad),
    (n + heightM) * c * Math.sin(longitudeRad),
    (n * (1 - WGS84_E2) + heightM) * s,
  ];
}

/**
 * ECEF to geodetic. Bowring's start with Newton-like refinement on the parametric latitude; below a
 * nanometre from -10 km to 50 000 km. Bowring, Survey Review 23 (1976) 323-327.
 */
export function ecefToGeodetic(x: number, y: number, z: number): Geodetic {
  const p = Math.hypot(x, y);
  const longitudeRad = p === 0 ? 0 : Math.atan2(y, x);
  const ep2 = WGS84_E2 / (1 - WGS84_E2);
  let beta = Math.atan2(z * WGS84_A, p * WGS84_B);
  let latitudeRad = 0;
  for (let i = 0; i < 4; i++) {
    const sb = Math.sin(beta);
    const cb = Math.cos(beta);
    latitudeRad = Math.atan2(z + ep2 * WGS84_B * sb * sb * sb, p - WGS84_E2 * WGS84_A * cb * cb * cb);
    const next = Math.atan2((1 - WGS84_F) * Math.sin(latitudeRad), Math.cos(latitudeRad));
    if (Math.abs(next - beta) < 1e-16) break;
    beta = next;
  }
  const s = Math.sin(latitudeRad);
  const c = Math.cos(latitudeRad);
  // The height along the normal: this form has no singularity at the poles or the equator.
  const heightM = p * c + z * s - WGS84_A * Math.sqrt(1 - WGS84_E2 * s * s);
  return { latitudeRad, longitudeRad, heightM };
}

/** Height above the ellipsoid, m, without the rest (for hot paths); below 1 mm from -10 km to 40 000 km. */
export function ecefHeight(x: number, y: number, z: number): number {
  return ecefToGeodetic(x, y, z).heightM;
}

/** The rotation from ECEF to ENU at a place, as nine numbers by rows: east, north, up. */
export function enuRotation(latitudeRad: number, longitudeRad: number): Float64Array {
  const sl = Math.sin(longitudeRad);
  const cl = Math.cos(longitudeRad);
  const sp = Math.sin(latitudeRad);
  const cp = Math.cos(latitudeRad);
  return Float64Array.of(-sl, cl, 0, -sp * cl, -sp * sl, cp, cp * cl, cp * sl, sp);
}

/** Azimuth (from true north, clockwise), elevation and range of a point from a site. Radians, metres. */
export function ecefToAzElRange(
  rotation: Float64Array,
  site: Vec3,
  point: Vec3,
): { azimuthRad: number; elevationRad: number; rangeM: number } {
  const dx = point[0] - site[0];
  const dy = point[1] - site[1];
  const dz = point[2] - site[2];
  const e = rotation[0] * dx + rotation[1] * dy + rotation[2] * dz;
  const n = rotation[3] * dx + rotation[4] * dy + rotation[5] * dz;
  const u = rotation[6] * dx + rotation[7] * dy + rotation[8] * dz;
  const azimuth = Math.atan2(e, n);
  return {
    azimuthRad: azimuth < 0 ? azimuth + 2 * Math.PI : azimuth,
    elevationRad: Math.atan2(u, Math.hypot(e, n)),
    rangeM: Math.hypot(e, n, u),
  };
}

/** The inverse of {@link ecefToAzElRange}: an ECEF point, m. */
export function azElRangeToEcef(
  rotation: Float64Array,
  site: Vec3,
  azimuthRad: number,
  elevationRad: number,
  rangeM: number,
): [number, number, number] {
  const c = Math.cos(elevationRad) * rangeM;
  const e = Math.sin(azimuthRad) * c;
  const n = Math.cos(azimuthRad) * c;
  const u = Math.sin(elevationRad) * rangeM;
  return [
    site[0] + rotation[0] * e + rotation[3] * n + rotation[6] * u,
    site[1] + rotation[1] * e + rotation[4] * n + rotation[7] * u,
    site[2] + rotation[2] * e + rotation[5] * n + rotation[8] * u,
  ];
}

/** Height above the ellipsoid within about 20 m, m, cheap: series to second order in the flattening. */
export function roughHeight(x: number, y: number, z: number): number {
  const r2 = x * x + y * y + z * z;
  const s2 = (z * z) / r2;
  return Math.sqrt(r2) - WGS84_A * (1 - WGS84_F * s2 - 1.5 * WGS84_F * WGS84_F * s2 * (1 - s2));
}
