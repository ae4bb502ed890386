/**
 * Update of a track with several plots by their association probabilities, both models at once: each model takes in each
 * plot, and what comes out is one mean and covariance by moments, which holds the spread of the innovations exactly, also
 * where plots differ in accuracy or their surface bends (then each is taken in for itself). The probability of a plot and
 * that of a model go together: P(plot, model) = P(plot) times the model's share of the likelihood of that plot.
 * Bar-Shalom and Li, Multitarget-Multisensor Tracking (1995), 6.4; Blackman and Popoli, Design and Analysis of Modern
 * Tracking Systems (1999), 6.5.
 */
import { endBank } from './bank.ts';
import { checkCovariance, dragKnown, weight } from './imm.ts';
import { blend7, blend9 } from './kernels/kernels.gen.ts';
import { type Look, wrap } from './measurement.ts';
import {
  BANK,
  FROZEN,
  MU_B,
  PB,
  PBP,
  PC,
  PCP,
  PRED_MU_B,
  PRED_TIME,
  TIME,
  XB,
  XBP,
  XC,
  XCP,
} from './slab.ts';
import { bends, gate, innovation, update } from './update.ts';
import { factorise, foresee, newSide } from './weighing.ts';

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
  // Its members are of one history of plots.
  if (s[BANK] === 1) endBank(s);
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

/** One model: the mixture of its updates with each plot and of its prediction, by moments. */
function blend(
  s: Float64Array,
  n: 7 | 9,
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
  let first: Look | undefined;
  for (let k = 0; k < count; k++) {
    if (share[k] < LEAST_SHARE) continue;
    const look = looks[plots[k]];
    first ??= look;
    if (look.plain && !bends(n, s, pp, look)) continue;
    blendEach(s, n, xp, pp, xo, po, looks, plots, share, count, none);
    return;
  }
  if (first && sumUp(s, n, xp, pp, first, looks, plots, share, count, none)) {
    if (n === 7) blend7(s, xp, pp, xo, po, side.jacobian, u, m);
    else blend9(s, xp, pp, xo, po, side.jacobian, u, m);
    return;
  }
  for (let i = 0; i < n; i++) s[xo + i] = s[xp + i];
  for (let i = 0; i < n * n; i++) s[po + i] = s[pp + i];
}

/** A smaller share changes no digit that matters. */
const LEAST_SHARE = 1e-12;
const side = newSide();
/** Mean of S^-1 z over plots and none; and mean of S^-1 less the spread of S^-1 z, lower triangle. */
const u = new Float64Array(3);
const m = new Float64Array(6);
const inverse = new Float64Array(6);

/**
 * Where the plots share one linearisation, all that they do to a model lies in the space of the plots: with d = P H' S^-1 z the
 * mean moves by P H' mean(S^-1 z), the covariance falls by P H' (mean(S^-1) - spread(S^-1 z)) H P. False if nothing can be used.
 */
function sumUp(
  s: Float64Array,
  n: number,
  xp: number,
  pp: number,
  first: Look,
  looks: readonly Look[],
  plots: Int32Array,
  share: Float64Array,
  count: number,
  none: number,
): boolean {
  foresee(side, n, s, xp, pp, first);
  const { computed, factor: f, variances } = side;
  let total = none;
  u.fill(0);
  m.fill(0);
  for (let k = 0; k < count; k++) {
    const w = share[k];
    if (w < LEAST_SHARE) continue;
    const look = looks[plots[k]];
    const r = look.variances;
    const same = variances[0] === r[0] && variances[1] === r[1] && variances[2] === r[2];
    if (!same) {
      if (!factorise(side, r)) continue;
      invert(f);
    }
    const z = look.measured;
    const w0 = (z[0] - computed[0]) / f[0];
    const w1 = (wrap(z[1] - computed[1]) - f[1] * w0) / f[2];
    const u2 = (z[2] - computed[2] - f[3] * w0 - f[4] * w1) / (f[5] * f[5]);
    const u1 = (w1 - f[4] * u2) / f[2];
    const u0 = (w0 - f[1] * u1 - f[3] * u2) / f[0];
    total += w;
    u[0] += w * u0;
    u[1] += w * u1;
    u[2] += w * u2;
    m[0] += w * (inverse[0] - u0 * u0);
    m[1] += w * (inverse[1] - u1 * u0);
    m[2] += w * (inverse[2] - u1 * u1);
    m[3] += w * (inverse[3] - u2 * u0);
    m[4] += w * (inverse[4] - u2 * u1);
    m[5] += w * (inverse[5] - u2 * u2);
  }
  if (!(total > 0)) return false;
  for (let i = 0; i < 3; i++) u[i] /= total;
  for (let i = 0, o = 0; i < 3; i++) for (let j = 0; j <= i; j++, o++) m[o] = m[o] / total + u[i] * u[j];
  return true;
}

/** The inverse of the matrix of a factor, lower triangles both. */
function invert(f: Float64Array): void {
  const i0 = 1 / f[0];
  const i1 = 1 / f[2];
  const i2 = 1 / f[5];
  const a10 = -f[1] * i0 * i1;
  const a21 = -f[4] * i1 * i2;
  const a20 = -(f[3] * i0 + f[4] * a10) * i2;
  inverse[0] = i0 * i0 + a10 * a10 + a20 * a20;
  inverse[1] = i1 * a10 + a21 * a20;
  inverse[2] = i1 * i1 + a21 * a21;
  inverse[3] = i2 * a20;
  inverse[4] = i2 * a21;
  inverse[5] = i2 * i2;
}

/** The same plot by plot, where each bends the model its own way: moments about the prediction. */
function blendEach(
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
    if (w < LEAST_SHARE) continue;
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
