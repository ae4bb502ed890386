/**
 * Update of a track with several plots by their association probabilities, both models at once: each model takes in each
 * plot for itself, and what comes out is one mean and covariance by moments, which holds the spread of the innovations
 * exactly, also where a plot's surface bends or plots differ in accuracy. The probability of a plot and that of a model go
 * together: P(plot, model) = P(plot) times the model's share of the likelihood of that plot.
 * Bar-Shalom and Li, Multitarget-Multisensor Tracking (1995), 6.4; Blackman and Popoli, Design and Analysis of Modern
 * Tracking Systems (1999), 6.5.
 */
import { checkCovariance, dragKnown, weight } from './imm.ts';
import type { Look } from './measurement.ts';
import { FROZEN, MU_B, PB, PBP, PC, PCP, PRED_MU_B, PRED_TIME, TIME, XB, XBP, XC, XCP } from './slab.ts';
import { gate, innovation, update } from './update.ts';

const trial = new Float64Array(9 + 81);
const mean = new Float64Array(9);
const second = new Float64Array(81);
const shareB = new Float64Array(64);
const shareC = new Float64Array(64);
/** A plot less probable than this moves nothing that matters. */
const LEAST = 1e-3;

/** At most so many plots of one track; of more, those given last are left out. */
export const JOINT_PLOTS = shareB.length;

/**
 * Updates the track, predicted to the looks' time, with `looks[plots[k]]` at probability `p[k]`, k below `count`; what is
 * missing to 1 is that none is its own. `known[4 k]` on are the four numbers of {@link weight} of that plot. {@link weight}
 * then holds what is expected of its three numbers. False if nothing could be used: the track is as it was.
 */
export function commitJoint(
  s: Float64Array,
  looks: readonly Look[],
  plots: Int32Array,
  p: Float64Array,
  known: Float64Array,
  count: number,
): boolean {
  const b = s[PRED_MU_B];
  const frozen = s[FROZEN] === 1;
  let ballistic2 = 0;
  let logLikelihood = 0;
  let distance2 = 0;
  let sum = 0;
  let muB = 0;
  const n = Math.min(count, JOINT_PLOTS);
  for (let k = 0; k < n; k++) {
    shareB[k] = 0;
    shareC[k] = 0;
    const look = looks[plots[k]];
    if (p[k] < LEAST) continue;
    const w = p[k];
    const total = known[4 * k + 1];
    sum += w;
    distance2 += w * known[4 * k];
    logLikelihood += w * total;
    ballistic2 += w * Math.min(known[4 * k + 2], 1e6);
    let boost = 0;
    if (!frozen) {
      let l = known[4 * k + 3];
      // So improbable that it has not been asked.
      if (Number.isNaN(l))
        l = innovation(9, s, XBP, PBP, look) ? gate.logLikelihood : Number.NEGATIVE_INFINITY;
      boost = Math.min(1, b * Math.exp(l - total));
    }
    shareB[k] = w * boost;
    shareC[k] = w - shareB[k];
    muB += shareB[k];
  }
  if (sum === 0) return false;
  const none = Math.max(0, 1 - sum);
  muB += none * b;
  const lnB = s[XCP + 6];
  const lnBVariance = s[PCP + 48];
  blend(s, 7, XCP, PCP, XC, PC, looks, plots, shareC, n, none * (1 - b));
  if (!frozen && !dragKnown(s)) {
    s[XC + 6] = lnB;
    s[PC + 48] = lnBVariance;
  }
  if (!frozen) {
    blend(s, 9, XBP, PBP, XB, PB, looks, plots, shareB, n, none * b);
    checkCovariance(s, 9, PB, XB);
  }
  s[MU_B] = frozen ? 0 : Math.min(1 - 1e-9, Math.max(1e-9, muB));
  s[TIME] = s[PRED_TIME];
  s[PRED_TIME] = 0;
  checkCovariance(s, 7, PC, XC);
  weight.logLikelihood = logLikelihood / sum;
  weight.distance2 = distance2 / sum;
  weight.ballistic2 = ballistic2 / sum;
  return true;
}

/** One model: the mixture of its updates with each plot and of its prediction, by moments about the prediction. */
function blend(
  s: Float64Array,
  n: number,
  xp: number,
  pp: number,
  xo: number,
  po: number,
  looks: readonly Look[],
  plots: Int32Array,
  share: Float64Array,
  count: number,
  none: number,
): void {
  mean.fill(0, 0, n);
  second.fill(0, 0, n * n);
  let total = none;
  for (let i = 0; i < n * n; i++) second[i] = none * s[pp + i];
  for (let k = 0; k < count; k++) {
    const w = share[k];
    if (w < 1e-12) continue;
    for (let i = 0; i < n; i++) trial[i] = s[xp + i];
    for (let i = 0; i < n * n; i++) trial[n + i] = s[pp + i];
    if (!update(n, trial, 0, n, looks[plots[k]])) continue;
    total += w;
    for (let i = 0; i < n; i++) {
      trial[i] -= s[xp + i];
      mean[i] += w * trial[i];
    }
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) second[n * i + j] += w * (trial[n + n * i + j] + trial[i] * trial[j]);
    }
  }
  if (!(total > 0)) {
    for (let i = 0; i < n; i++) s[xo + i] = s[xp + i];
    for (let i = 0; i < n * n; i++) s[po + i] = s[pp + i];
    return;
  }
  for (let i = 0; i < n; i++) {
    mean[i] /= total;
    s[xo + i] = s[xp + i] + mean[i];
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) s[po + n * i + j] = second[n * i + j] / total - mean[i] * mean[j];
  }
}
