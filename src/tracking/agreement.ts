/** Whether two fused tracks have been of one object for a while: what no single look can tell of launches close together. */
import { covariance6 } from './fused-steps.ts';
import type { FusedTrack } from './fusion.ts';
import { invertSpd } from './linear.ts';

/** Looks of one second each, all of which must agree. */
const LOOKS = 11;
/** Neither may have gone without news for longer at any of them, us. */
const FRESH_US = 3e6;
/** One look: chi-squared with six degrees of freedom, 99.9 %; and the mean of all, which of one object is at most 6. */
const GATE = 22.5;
const MEAN_GATE = 12;
/**
 * Spread of the difference in position, m, and in velocity, m/s, beyond which agreement says nothing: launches a kilometre
 * apart must be beyond the gate.
 */
const SPREAD_M = 400;
const SPREAD_MPS = 80;

/**
 * Mean squared distance of two fused tracks over the ten seconds up to `timeUs`, of what was known then; undefined if
 * they did not agree all that time, or are too vague for that to say anything. For tracks that share no source.
 */
export function agreement(a: FusedTrack, b: FusedTrack, timeUs: number): number | undefined {
  const times = Array.from({ length: LOOKS }, (_, k) => timeUs - (LOOKS - 1 - k) * 1e6);
  const ones = a.filtersAt(times, FRESH_US);
  if (ones.includes(undefined)) return undefined;
  const others = b.filtersAt(times, FRESH_US);
  let sum = 0;
  for (let k = 0; k < LOOKS; k++) {
    const one = ones[k];
    const other = others[k];
    if (!one || !other || one.boost !== other.boost) return undefined;
    const p = covariance6(one);
    const q = covariance6(other);
    for (let i = 0; i < 36; i++) p[i] += q[i];
    if (p[0] + p[7] + p[14] > SPREAD_M ** 2 || p[21] + p[28] + p[35] > SPREAD_MPS ** 2) return undefined;
    const d2 = distance2(one.x, other.x, p);
    if (!(d2 < GATE)) return undefined;
    sum += d2;
  }
  return sum < MEAN_GATE * LOOKS ? sum / LOOKS : undefined;
}

const inverse = new Float64Array(36);
const UNIT = [1e3, 1e3, 1e3, 10, 10, 10];

function distance2(x: ArrayLike<number>, y: ArrayLike<number>, p: Float64Array): number {
  for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) p[6 * i + j] /= UNIT[i] * UNIT[j];
  if (!invertSpd(6, p, 0, inverse, 0)) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < 6; i++)
    for (let j = 0; j < 6; j++)
      sum += ((x[i] - y[i]) / UNIT[i]) * inverse[6 * i + j] * ((x[j] - y[j]) / UNIT[j]);
  return sum;
}
