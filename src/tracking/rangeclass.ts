/**
 * The range class of a flight by its energy: the range that a minimum-energy flight of the same energy would
 * have, so that a lofted flight counts by what it could reach. Bate, Mueller and White, Fundamentals of
 * Astrodynamics (1971), section 6.2; class limits as in NASIC, Ballistic and Cruise Missile Threat (2020).
 */
import { normalCdf } from '../earth/normal.ts';
import { EARTH_GM, EARTH_MEAN_RADIUS } from '../earth/wgs84.ts';
import type { RangeClass } from '../model/track.ts';

const LIMITS_KM: readonly (readonly [RangeClass, number])[] = [
  ['close', 300],
  ['short', 1000],
  ['medium', 3000],
  ['intermediate', 5500],
  ['intercontinental', Number.POSITIVE_INFINITY],
];

function rangeKm(surfaceSpeed: number): number {
  const q = (surfaceSpeed * surfaceSpeed * EARTH_MEAN_RADIUS) / EARTH_GM;
  return (q >= 1 ? Math.PI * EARTH_MEAN_RADIUS : 2 * EARTH_MEAN_RADIUS * Math.asin(q / (2 - q))) / 1000;
}

/** Share of the range that a class by energy may be off (rotation of the Earth, drag). */
const MODEL_SHARE = 0.04;

/** Probabilities of the classes from a ballistic state [x y z vx vy vz] and the spread of its speed, m/s. */
export function rangeClassProbabilities(
  state: ArrayLike<number>,
  speedSigma: number,
): Record<RangeClass, number> {
  const r = Math.hypot(state[0], state[1], state[2]);
  const v = Math.hypot(state[3], state[4], state[5]);
  const v2 = Math.max(0, v * v + 2 * EARTH_GM * (1 / EARTH_MEAN_RADIUS - 1 / r));
  const v0 = Math.sqrt(v2);
  const mean = rangeKm(v0);
  const slope = (rangeKm(v0 + 10) - rangeKm(Math.max(0, v0 - 10))) / 20;
  const sigma = Math.hypot(slope * speedSigma * (v0 > 0 ? v / v0 : 1), MODEL_SHARE * mean) + 1e-6;
  const out = {} as Record<RangeClass, number>;
  let below = 0;
  for (const [name, limit] of LIMITS_KM) {
    const up = limit === Number.POSITIVE_INFINITY ? 1 : normalCdf((limit - mean) / sigma);
    out[name] = Math.max(0, up - below);
    below = up;
  }
  return out;
}
