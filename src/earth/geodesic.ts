/** Geodesics on WGS-84 (Karney, J. Geodesy 87 (2013) 43-55) from geographiclib; degrees and metres at its edge. */
import geographiclib from 'geographiclib-geodesic';

const wgs84 = geographiclib.Geodesic.WGS84;

export interface GeodesicInverse {
  distanceM: number;
  /** Azimuth at the first point, degrees from north, clockwise, (-180, 180]. */
  azimuth1Deg: number;
  /** Azimuth at the second point (forward), degrees. */
  azimuth2Deg: number;
}

export function geodesicInverse(
  lat1Deg: number,
  lon1Deg: number,
  lat2Deg: number,
  lon2Deg: number,
): GeodesicInverse {
  const r = wgs84.Inverse(lat1Deg, lon1Deg, lat2Deg, lon2Deg);
  return { distanceM: r.s12 as number, azimuth1Deg: r.azi1 as number, azimuth2Deg: r.azi2 as number };
}

export function geodesicDirect(
  latDeg: number,
  lonDeg: number,
  azimuthDeg: number,
  distanceM: number,
): { latitudeDeg: number; longitudeDeg: number; azimuthDeg: number } {
  const r = wgs84.Direct(latDeg, lonDeg, azimuthDeg, distanceM);
  return { latitudeDeg: r.lat2 as number, longitudeDeg: r.lon2 as number, azimuthDeg: r.azi2 as number };
}
