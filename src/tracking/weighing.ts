/**
 * How well each of many plots of one sensor fits one track: what the plots share (the predicted plot and its spread, for both
 * models) is made once for the track, and a plot then costs its innovation alone. Gives what `weigh` of imm.ts gives, bit for bit.
 */
import { weight } from './imm.ts';
import { type Look, lineariseRadar, wrap } from './measurement.ts';
import { FROZEN, PBP, PCP, PRED_MU_B, XBP, XCP } from './slab.ts';

/** One model as a plot of the sensor: its components, their spread by the model, and with a plot's own the factor of the sum. */
export interface Side {
  /** H, by rows of six. */
  readonly jacobian: Float64Array;
  readonly computed: Float64Array;
  /** Lower triangle by rows of H P H'. */
  readonly spread: Float64Array;
  /** Lower triangle of the factor of H P H' + R, for the variances beside it; the log of its determinant. */
  readonly factor: Float64Array;
  readonly variances: Float64Array;
  readonly logDet: Float64Array;
}

export const newSide = (): Side => ({
  jacobian: new Float64Array(18),
  computed: new Float64Array(3),
  spread: new Float64Array(6),
  factor: new Float64Array(6),
  variances: new Float64Array(3),
  logDet: new Float64Array(1),
});
const ballistic = newSide();
const boost = newSide();
/** Whether the boost model is asked. */
let both = false;
let boostShare = 0;
const LOG_2PI_3 = 1.5 * 1.8378770664093453;

/** Begins with a track predicted to the time of the scan; `look`: any {@link Look.plain} plot of the sensor. */
export function weighBegin(s: Float64Array, look: Look): void {
  foresee(ballistic, 7, s, XCP, PCP, look);
  both = s[FROZEN] !== 1 && s[PRED_MU_B] >= 1e-9;
  boostShare = s[PRED_MU_B];
  if (both) foresee(boost, 9, s, XBP, PBP, look);
}

/** The predicted plot of one model of n components, mean at `xo`, covariance at `po`. */
export function foresee(side: Side, n: number, s: Float64Array, xo: number, po: number, look: Look): void {
  const h = side.jacobian;
  lineariseRadar(look, s, xo, h, side.computed);
  const q = side.spread;
  for (let l = 0; l < 3; l++) {
    const h0 = h[6 * l];
    const h1 = h[6 * l + 1];
    const h2 = h[6 * l + 2];
    // P H' of this component, position alone.
    const y0 = s[po] * h0 + s[po + 1] * h1 + s[po + 2] * h2;
    const y1 = s[po + n] * h0 + s[po + n + 1] * h1 + s[po + n + 2] * h2;
    const y2 = s[po + 2 * n] * h0 + s[po + 2 * n + 1] * h1 + s[po + 2 * n + 2] * h2;
    for (let k = l; k < 3; k++) {
      const o = (k * (k + 1)) / 2 + l;
      q[o] = h[6 * k] * y0 + h[6 * k + 1] * y1 + h[6 * k + 2] * y2;
    }
  }
  // No plot has these: the factor is made with the first.
  side.variances[0] = -1;
}

/** Factors the spread with a plot's variances, if that is not done. False if it is not positive definite. */
export function factorise(side: Side, r: Float64Array): boolean {
  const { spread: q, factor: f, variances } = side;
  if (variances[0] === r[0] && variances[1] === r[1] && variances[2] === r[2]) return true;
  variances[0] = -1;
  const d0 = q[0] + r[0];
  if (!(d0 > 0)) return false;
  const l00 = Math.sqrt(d0);
  const l10 = q[1] / l00;
  const d1 = q[2] + r[1] - l10 * l10;
  if (!(d1 > 0)) return false;
  const l11 = Math.sqrt(d1);
  const l20 = q[3] / l00;
  const l21 = (q[4] - l20 * l10) / l11;
  const d2 = q[5] + r[2] - l20 * l20 - l21 * l21;
  if (!(d2 > 0)) return false;
  f[0] = l00;
  f[1] = l10;
  f[2] = l11;
  f[3] = l20;
  f[4] = l21;
  f[5] = Math.sqrt(d2);
  side.logDet[0] = Math.log(d0 * d1 * d2);
  variances[0] = r[0];
  variances[1] = r[1];
  variances[2] = r[2];
  return true;
}

/** Squared distance of a look by its range alone, a lower bound of the whole; infinite if there is no proper innovation. */
function rangeDistance(side: Side, look: Look): number {
  const v = side.variances;
  const r = look.variances;
  if ((v[0] !== r[0] || v[1] !== r[1] || v[2] !== r[2]) && !factorise(side, r))
    return Number.POSITIVE_INFINITY;
  const w = (look.measured[0] - side.computed[0]) / side.factor[0];
  return w * w;
}

/** Squared distance of a look after {@link rangeDistance}. */
function distance(side: Side, look: Look): number {
  const { computed: c, factor: f } = side;
  const z = look.measured;
  const w0 = (z[0] - c[0]) / f[0];
  const w1 = (wrap(z[1] - c[1]) - f[1] * w0) / f[2];
  const w2 = (z[2] - c[2] - f[3] * w0 - f[4] * w1) / f[5];
  return w0 * w0 + w1 * w1 + w2 * w2;
}

/**
 * Fills {@link weight} for one more plot of the track. False if neither model gives a proper innovation; with a finite
 * `limit` also if both are farther from the plot.
 */
export function weighNext(look: Look, limit: number): boolean {
  const rangeC = rangeDistance(ballistic, look);
  const rangeB = both ? rangeDistance(boost, look) : Number.POSITIVE_INFINITY;
  const okC = rangeC < Number.POSITIVE_INFINITY;
  const okB = rangeB < Number.POSITIVE_INFINITY;
  if ((!okC && !okB) || (rangeC > limit && rangeB > limit)) return false;
  const dC = okC ? distance(ballistic, look) : Number.POSITIVE_INFINITY;
  const dB = okB ? distance(boost, look) : Number.POSITIVE_INFINITY;
  const nearer = Math.min(dB, dC);
  if (!(nearer <= limit)) return false;
  const lC = okC ? -0.5 * (dC + ballistic.logDet[0]) - LOG_2PI_3 : Number.NEGATIVE_INFINITY;
  weight.ballistic2 = dC;
  weight.distance2 = nearer;
  if (!both) {
    weight.logLikelihood = lC;
    weight.boost = Number.NaN;
    return true;
  }
  const lB = okB ? -0.5 * (dB + boost.logDet[0]) - LOG_2PI_3 : Number.NEGATIVE_INFINITY;
  const top = Math.max(lB, lC);
  weight.boost = lB;
  weight.logLikelihood =
    top + Math.log(boostShare * Math.exp(lB - top) + (1 - boostShare) * Math.exp(lC - top));
  return true;
}
