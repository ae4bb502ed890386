/** Measures of a tracker against truth. For tests, exercises and benchmarks. */

import { geodesicInverse } from '../earth/geodesic.ts';
import { DEG } from '../earth/wgs84.ts';
import type { PointEstimate } from '../model/track.ts';
import { bilinear, invertSpd } from './linear.ts';

/** Normalised estimation error squared over its dimension: e' P^-1 e / n; 1 on average if P is honest. */
export function nees(error: ArrayLike<number>, covariance: Float64Array, n: number): number {
  const inverse = new Float64Array(n * n);
  if (!invertSpd(n, covariance, 0, inverse, 0)) return Number.POSITIVE_INFINITY;
  return bilinear(n, error, inverse, error) / n;
}

/** Where a true point lies in a 95 % ellipse: inside if `share` is at most 1 (squared, in units of the ellipse). */
export function ellipseMiss(
  estimate: PointEstimate,
  latitudeDeg: number,
  longitudeDeg: number,
): { share: number; distanceM: number } {
  const g = geodesicInverse(estimate.latitudeDeg, estimate.longitudeDeg, latitudeDeg, longitudeDeg);
  const a = (g.azimuth1Deg - estimate.ellipse95.azimuthDeg) * DEG;
  const along = (g.distanceM * Math.cos(a)) / estimate.ellipse95.semiMajorM;
  const across = (g.distanceM * Math.sin(a)) / estimate.ellipse95.semiMinorM;
  return { share: along * along + across * across, distanceM: g.distanceM };
}

/**
 * The two-sided 95 % band of an average of `runs` chi-squared values of n degrees, over n. Wilson and Hilferty's
 * approximation (Proc. Nat. Acad. Sci. 17 (1931) 684), within 0.002 for 50 runs and more.
 */
export function aneesBand(n: number, runs: number): [number, number] {
  const k = n * runs;
  const at = (z: number): number => (1 - 2 / (9 * k) + z * Math.sqrt(2 / (9 * k))) ** 3;
  return [at(-1.959964), at(1.959964)];
}
