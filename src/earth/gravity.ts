/**
 * Gravity of the Earth with J2 (or J2 to J4), and the acceleration of a free body in the rotating frame.
 * Source: Vallado, Fundamentals of Astrodynamics and Applications (4th ed.), section 8.7.1, eqs. 8-30 and
 * the accelerations of J3 and J4 beside it.
 */
import { EARTH_GM, EARTH_OMEGA, WGS84_A } from './wgs84.ts';

/** Second zonal harmonic (EGM96, unnormalised). */
export const EARTH_J2 = 1.08262668355e-3;
/** Third and fourth zonal harmonics (EGM96, unnormalised). */
export const EARTH_J3 = -2.53265649e-6;
export const EARTH_J4 = -1.61962159e-6;

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

/**
 * As {@link freeAcceleration}, with the harmonics J3 and J4 beside J2: for the simulated truth. A filter that stops at J2
 * is wrong by some 1e-4 m/s^2, tens of metres over half an hour.
 */
export function freeAccelerationJ4(
  state: ArrayLike<number>,
  offset: number,
  out: Float64Array | number[],
): void {
  freeAcceleration(state, offset, out);
  addHarmonics(state, offset, out);
}

/** Adds the acceleration of J3 and J4 at a place, ECEF, m/s^2. */
export function addHarmonics(state: ArrayLike<number>, offset: number, out: Float64Array | number[]): void {
  const x = state[offset];
  const y = state[offset + 1];
  const z = state[offset + 2];
  const r2 = x * x + y * y + z * z;
  const k = EARTH_GM / (r2 * Math.sqrt(r2));
  const a2 = (WGS84_A * WGS84_A) / r2;
  /** Square of the sine of the latitude, and the sine over the radius times a. */
  const q = (z * z) / r2;
  const s = (WGS84_A * z) / r2;
  const j3 = -2.5 * EARTH_J3 * a2 * k;
  const j4 = 1.875 * EARTH_J4 * a2 * a2 * k;
  const level = j3 * s * (3 - 7 * q) + j4 * (1 - 14 * q + 21 * q * q);
  out[0] += x * level;
  out[1] += y * level;
  out[2] += j3 * (s * z * (6 - 7 * q) - 0.6 * WGS84_A) + j4 * z * (5 - (70 / 3) * q + 21 * q * q);
}
