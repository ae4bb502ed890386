/**
 * Gravity of the Earth with J2, and the acceleration of a free body in the rotating frame.
 * Source: Vallado, Fundamentals of Astrodynamics and Applications (4th ed.), section 8.7.1, eq. 8-30.
 */
import { EARTH_GM, EARTH_OMEGA, WGS84_A } from './wgs84.ts';

/** Second zonal harmonic (EGM96, unnormalised). */
export const EARTH_J2 = 1.08262668355e-3;

/**
 * Acceleration of a free body (no drag, no thrust) in ECEF, m/s^2: gravity with J2, Coriolis and
 * centrifugal terms. `state` is [x y z vx vy vz ...] from `offset`; the result goes into `out[0..2]`.
 */
export function freeAcceleration(
  state: ArrayLike<number>,
  offset: number,
  out: Float64Array | number[],
): void {
  const x = state[offset];
  const y = state[offset + 1];
  const z = state[offset + 2];
  const r2 = x * x + y * y + z * z;
  const r = Math.sqrt(r2);
  const k = -EARTH_GM / (r2 * r);
  const a2 = WGS84_A / r;
  const j = 1.5 * EARTH_J2 * a2 * a2;
  const q = (5 * z * z) / r2;
  const w2 = EARTH_OMEGA * EARTH_OMEGA;
  out[0] = k * x * (1 + j * (1 - q)) + w2 * x + 2 * EARTH_OMEGA * state[offset + 4];
  out[1] = k * y * (1 + j * (1 - q)) + w2 * y - 2 * EARTH_OMEGA * state[offset + 3];
  out[2] = k * z * (1 + j * (3 - q));
}
