/** The path that a body would take from here if nothing but gravity and air acted on it, with its uncertainty. */
import { DEG, ecefToGeodetic, enuRotation, roughHeight } from '../earth/wgs84.ts';
import { unpackUpper } from '../model/track.ts';
import { ballisticStep, ballisticStepLimit, F6, fallHarmonics } from './dynamics.ts';
import { START } from './initiation.ts';
import { multiply } from './linear.ts';
import { orbitProbability } from './orbit.ts';

export interface FallPoint {
  timeUs: number;
  latitudeDeg: number;
  longitudeDeg: number;
  heightM: number;
  /** One standard deviation of the position across the direction of flight over the ground, m. */
  crossSigmaM: number;
}

/** What falls for longer than this is in orbit, s. */
const MAX_S = 3 * 3600;

/**
 * Samples the fall from `state` [x y z vx vy vz] (ECEF) with `covariance` (upper triangle, 21) at `timeUs` down
 * to the ground, about every `stepS` seconds and at its end, with the drag of a usual body. Empty if it is below
 * ground or does not come down.
 */
export function fallPath(
  state: ArrayLike<number>,
  covariance: ArrayLike<number>,
  timeUs: number,
  stepS: number,
): FallPoint[] {
  const s = Float64Array.from({ length: 6 }, (_, i) => state[i]);
  const p = unpackUpper(covariance, 6);
  if (orbitProbability(s, p, 6) > 0.5) return [];
  const b = Math.exp(START.lnB);
  let phi = new Float64Array(36);
  let product = new Float64Array(36);
  for (let i = 0; i < 6; i++) phi[7 * i] = 1;
  const out: FallPoint[] = [];
  let t = 0;
  let due = 0;
  let height = roughHeight(s[0], s[1], s[2]);
  while (height > 0) {
    if (t > MAX_S) return [];
    if (t >= due - 1e-9) {
      out.push(sample(s, phi, p, timeUs + Math.round(t * 1e6)));
      due += stepS;
    }
    const dt = Math.min(ballisticStepLimit(height), due - t);
    fallHarmonics(s, 0, dt);
    ballisticStep(s, 0, b, dt, true);
    multiply(6, F6, phi, product);
    [phi, product] = [product, phi];
    t += dt;
    height = roughHeight(s[0], s[1], s[2]);
  }
  if (out.length > 0) out.push(sample(s, phi, p, timeUs + Math.round(t * 1e6)));
  return out;
}

function sample(s: Float64Array, phi: Float64Array, p: Float64Array, timeUs: number): FallPoint {
  const g = ecefToGeodetic(s[0], s[1], s[2]);
  const m = enuRotation(g.latitudeRad, g.longitudeRad);
  const east = m[0] * s[3] + m[1] * s[4] + m[2] * s[5];
  const north = m[3] * s[3] + m[4] * s[4] + m[5] * s[5];
  const speed = Math.hypot(east, north);
  // Unit vector to the right of the direction over the ground; of a body that falls straight, to the east.
  const ce = speed > 0 ? north / speed : 1;
  const cn = speed > 0 ? -east / speed : 0;
  // The cross-track position in terms of the first state, and its variance.
  const row = new Float64Array(6);
  for (let j = 0; j < 6; j++) {
    for (let i = 0; i < 3; i++) row[j] += (ce * m[i] + cn * m[3 + i]) * phi[6 * i + j];
  }
  let variance = 0;
  for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) variance += row[i] * p[6 * i + j] * row[j];
  return {
    timeUs,
    latitudeDeg: g.latitudeRad / DEG,
    longitudeDeg: g.longitudeRad / DEG,
    heightM: Math.max(0, g.heightM),
    crossSigmaM: Math.sqrt(Math.max(0, variance)),
  };
}
