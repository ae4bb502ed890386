/**
 * The bank of ballistic coefficients. How hard the air will brake a body is not known before it does: mass over drag area
 * of what comes down spreads over a factor of four and more, evenly rather than by a normal law. So the prior of ln B is a
 * sum of normal members, each a third of that factor, and one on either side for what is lighter (an empty stage, a piece)
 * or denser. A filter of one normal law has only their common mean and variance, and from far off it learns too surely.
 *
 * - Above the air that is enough: ln B is not seen there. What the one filter did learn of it, on the way up, weighs the
 *   members ({@link weighPrior}), and the impact is told from them.
 * - As the air begins to be felt on the way down (or from burnout on, in flights that never leave it) each member becomes
 *   a ballistic filter of its own, and the likelihoods of the plots weigh them; their mean and covariance are the track's.
 *   When ln B is known well enough, they are one filter again.
 *
 * Static multiple models: Magill, IEEE Trans. Automatic Control 10 (1965) 434; sums of normal members: Alspach and
 * Sorenson, IEEE Trans. Automatic Control 17 (1972) 439; for re-entry: Moon, Kim and Song (2012).
 */
import { predictBallistic } from './dynamics.ts';
import type { Look } from './measurement.ts';
import { BANK, MEMBER, MEMBERS, PC, WK, XC, XK } from './slab.ts';
import { gate, update } from './update.ts';

/** ln of the mass over drag area in the middle of the usual, kg/m^2, and the factor over which it spreads: 2500 to 10 000. */
const MIDDLE = Math.log(5000);
const FACTOR = 4;
/** A third of that factor, in ln B. */
const THIRD = Math.log(FACTOR) / 3;
/** What the air and the drag over Mach number are off by, in ln B. */
const AIR_SIGMA = 0.1;
const OWN = THIRD ** 2 / 12 + AIR_SIGMA ** 2;
/** Share of what is lighter than the usual, and as much of what is denser; how far off it lies, and its spread, in ln B. */
const OTHER_SHARE = 0.005;
const OTHER = 1.2;
const OTHER_SIGMA = 0.4;

/** A sum of normal laws of ln B. */
export interface Members {
  readonly weight: Float64Array;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

export function newMembers(): Members {
  return {
    weight: new Float64Array(MEMBERS),
    mean: new Float64Array(MEMBERS),
    variance: new Float64Array(MEMBERS),
  };
}

const USUAL_SHARE = (1 - 2 * OTHER_SHARE) / 3;
const PRIOR: Members = {
  weight: Float64Array.of(OTHER_SHARE, USUAL_SHARE, USUAL_SHARE, USUAL_SHARE, OTHER_SHARE),
  mean: Float64Array.of(-OTHER, -THIRD, 0, THIRD, OTHER).map((d) => d - MIDDLE),
  variance: Float64Array.of(OTHER_SIGMA ** 2, OWN, OWN, OWN, OTHER_SIGMA ** 2),
};

/** Mean and standard deviation of the prior of ln B, B in m^2/kg at hypersonic speed. */
export const PRIOR_LNB = -MIDDLE;
export const PRIOR_LNB_SIGMA = Math.sqrt(
  3 * USUAL_SHARE * (OWN + (2 / 3) * THIRD ** 2) + 2 * OTHER_SHARE * (OTHER_SIGMA ** 2 + OTHER ** 2),
);

/**
 * What is known of ln B less than this well is worth a bank. Known better than the second, it is told by one filter.
 */
const UNKNOWN = 0.15 ** 2;
const KNOWN = 0.1 ** 2;
/** A member of less weight than this is out of the question. */
const DECIDED = 1e-6;
/** A member of less weight than this counts for nothing. */
const LEAST = 1e-9;
/** Below this height falling bodies begin to feel the air, m. */
export const AIR_FELT_M = 100e3;

/**
 * The prior's members after what one filter that began with its mean and variance has learnt: that was as good as a
 * measurement of ln B, and each member takes it in for itself.
 */
export function weighPrior(mean: number, variance: number, out: Members): void {
  const prior = PRIOR_LNB_SIGMA ** 2;
  // Less than nothing is learnt where the random walk of ln B has done more than the plots.
  const learnt = Math.max(0, 1 / variance - 1 / prior);
  const measured = learnt > 0 ? (mean / variance - PRIOR_LNB / prior) / learnt : 0;
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < MEMBERS; k++) {
    const v = PRIOR.variance[k];
    const d = measured - PRIOR.mean[k];
    const spread = 1 + v * learnt;
    out.variance[k] = v / spread;
    out.mean[k] = PRIOR.mean[k] + (v * learnt * d) / spread;
    out.weight[k] = Math.log(PRIOR.weight[k]) - 0.5 * (Math.log(spread) + (d * d * learnt) / spread);
    top = Math.max(top, out.weight[k]);
  }
  normalise(out.weight, 0, top);
}

/** Logarithms of weights, the largest given, to weights of the sum 1. */
function normalise(w: Float64Array, o: number, top: number): void {
  let sum = 0;
  for (let k = 0; k < MEMBERS; k++) {
    w[o + k] = Math.max(LEAST, Math.exp(w[o + k] - top));
    sum += w[o + k];
  }
  for (let k = 0; k < MEMBERS; k++) w[o + k] /= sum;
}

/** The law of ln B of a track: of its bank if that runs, else of the prior after what its one filter has learnt. */
export function membersOf(s: Float64Array, out: Members): void {
  if (s[BANK] === 1) {
    for (let k = 0; k < MEMBERS; k++) {
      const o = XK + MEMBER * k;
      out.weight[k] = s[WK + k];
      out.mean[k] = s[o + 6];
      out.variance[k] = s[o + 7 + 48];
    }
  } else if (s[BANK] === 2) oneMember(s[XC + 6], s[PC + 48], out);
  else weighPrior(s[XC + 6], s[PC + 48], out);
}

/** One normal law. */
export function oneMember(mean: number, variance: number, out: Members): void {
  out.weight.fill(0);
  out.weight[0] = 1;
  out.mean.fill(mean);
  out.variance.fill(variance);
}

const members = newMembers();

/** True if a bank is of use to a track in free fall beyond doubt and in the air. `peakM`: how high its arc goes, m. */
export function wantsBank(s: Float64Array, peakM: number): boolean {
  if (s[PC + 48] < UNKNOWN) return false;
  const climb = s[XC] * s[XC + 3] + s[XC + 1] * s[XC + 4] + s[XC + 2] * s[XC + 5];
  return climb < 0 || peakM < AIR_FELT_M;
}

/** Makes members of the ballistic filter: each has its ln B, and the state that goes with it by their correlation. */
export function startBank(s: Float64Array): void {
  const variance = s[PC + 48];
  const mean = s[XC + 6];
  weighPrior(mean, variance, members);
  for (let k = 0; k < MEMBERS; k++) {
    const o = XK + MEMBER * k;
    const d = (members.mean[k] - mean) / variance;
    const shrink = (1 - members.variance[k] / variance) / variance;
    for (let i = 0; i < 7; i++) {
      s[o + i] = s[XC + i] + s[PC + 7 * i + 6] * d;
      for (let j = 0; j < 7; j++)
        s[o + 7 + 7 * i + j] = s[PC + 7 * i + j] - s[PC + 7 * i + 6] * s[PC + 42 + j] * shrink;
    }
    s[WK + k] = members.weight[k];
  }
  s[BANK] = 1;
  gather(s);
}

/** Leaves the bank: the track's own mean and covariance go on alone. */
export function endBank(s: Float64Array): void {
  s[BANK] = 2;
}

/** The log likelihood of the last {@link bankLook} over all members. */
export const bank = { logLikelihood: 0 };

/** Predicts every member by `dt` s, takes the look in and weighs them; their moments are the track's ballistic state. False if that failed: it is as it was. */
export function bankLook(s: Float64Array, look: Look, dt: number): boolean {
  let top = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < MEMBERS; k++) {
    const o = XK + MEMBER * k;
    if (dt !== 0) predictBallistic(s, o, o + 7, dt);
    if (!update(7, s, o, o + 7, look)) {
      endBank(s);
      return false;
    }
    s[WK + k] = Math.log(s[WK + k]) + gate.logLikelihood;
    top = Math.max(top, s[WK + k]);
  }
  let sum = 0;
  for (let k = 0; k < MEMBERS; k++) sum += Math.exp(s[WK + k] - top);
  bank.logLikelihood = top + Math.log(sum);
  normalise(s, WK, top);
  gather(s);
  if (s[PC + 48] < KNOWN && decided(s)) endBank(s);
  return true;
}

/** True if no member is left that says otherwise than the likeliest. */
function decided(s: Float64Array): boolean {
  for (let k = 0; k < MEMBERS; k++) {
    const d = s[XK + MEMBER * k + 6] - s[XC + 6];
    if (s[WK + k] > DECIDED && d * d > 9 * s[PC + 48]) return false;
  }
  return true;
}

/** Mean and covariance of the members into the track's ballistic state. */
function gather(s: Float64Array): void {
  for (let i = 0; i < 7; i++) {
    let sum = 0;
    for (let k = 0; k < MEMBERS; k++) sum += s[WK + k] * s[XK + MEMBER * k + i];
    s[XC + i] = sum;
  }
  s.fill(0, PC, PC + 49);
  for (let k = 0; k < MEMBERS; k++) {
    const o = XK + MEMBER * k;
    const w = s[WK + k];
    if (w < LEAST) continue;
    for (let i = 0; i < 7; i++) {
      const d = s[o + i] - s[XC + i];
      for (let j = i; j < 7; j++)
        s[PC + 7 * i + j] += w * (s[o + 7 + 7 * i + j] + d * (s[o + j] - s[XC + j]));
    }
  }
  for (let i = 0; i < 7; i++) for (let j = 0; j < i; j++) s[PC + 7 * i + j] = s[PC + 7 * j + i];
}

/** Takes every member along by `d` times the seven numbers of the slab at `from`. */
export function shiftBank(s: Float64Array, from: number, d: number): void {
  if (s[BANK] !== 1) return;
  for (let k = 0; k < MEMBERS; k++) for (let i = 0; i < 7; i++) s[XK + MEMBER * k + i] += d * s[from + i];
}
