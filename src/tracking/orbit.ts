/**
 * Does it come down at all? The lowest point of the Keplerian orbit through a state, and how sure it is that this lies
 * above the air: what reaches orbit has no impact. Bate, Mueller and White, Fundamentals of Astrodynamics (1971),
 * sections 1.5 to 1.7.
 */
import { normalCdf } from '../earth/normal.ts';
import { EARTH_GM, EARTH_MEAN_RADIUS, EARTH_OMEGA } from '../earth/wgs84.ts';

/** A perigee above this stays up for a revolution at least, m over the mean radius; the ellipsoid and J2 move it by some 30 km. */
const LOWEST_M = 120e3;
/** What those move, m. */
const MODEL_SIGMA_M = 15e3;

/** Radius of the perigee of the free flight from a state [x y z vx vy vz] (ECEF), m; infinite if it escapes. */
export function perigeeRadius(s: ArrayLike<number>): number {
  const vx = s[3] - EARTH_OMEGA * s[1];
  const vy = s[4] + EARTH_OMEGA * s[0];
  const vz = s[5];
  const r = Math.hypot(s[0], s[1], s[2]);
  const v2 = vx * vx + vy * vy + vz * vz;
  const hx = s[1] * vz - s[2] * vy;
  const hy = s[2] * vx - s[0] * vz;
  const hz = s[0] * vy - s[1] * vx;
  const parameter = (hx * hx + hy * hy + hz * hz) / EARTH_GM;
  const energy = v2 / 2 - EARTH_GM / r;
  if (energy >= 0) return Number.POSITIVE_INFINITY;
  const e = Math.sqrt(Math.max(0, 1 + (2 * energy * parameter) / EARTH_GM));
  return parameter / (1 + e);
}

const probe = new Float64Array(6);
const slope = new Float64Array(6);

/**
 * Probability that the free flight from a state (six numbers) stays up. `p`: its covariance, full, of leading dimension
 * `stride`. 0 without further work for what is far from an orbit.
 */
export function orbitProbability(s: ArrayLike<number>, p: ArrayLike<number>, stride: number): number {
  const height = perigeeRadius(s) - EARTH_MEAN_RADIUS - LOWEST_M;
  if (height < -2500e3) return 0;
  if (height === Number.POSITIVE_INFINITY) return 1;
  for (let j = 0; j < 6; j++) {
    for (let i = 0; i < 6; i++) probe[i] = s[i];
    const step = j < 3 ? 100 : 0.5;
    probe[j] += step;
    const up = perigeeRadius(probe);
    probe[j] -= 2 * step;
    slope[j] = (up - perigeeRadius(probe)) / (2 * step);
  }
  let variance = MODEL_SIGMA_M ** 2;
  for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) variance += slope[i] * p[stride * i + j] * slope[j];
  return Number.isFinite(variance) ? normalCdf(height / Math.sqrt(variance)) : 0;
}
