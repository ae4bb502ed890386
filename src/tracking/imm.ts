/**
 * Interacting multiple models of one track: boost-9 and ballistic-7, mixed without bias across their
 * different dimensions: what a model lacks is taken from the one that has it.
 * Blom and Bar-Shalom, IEEE Trans. Automatic Control 33 (1988) 780; Yuan, Bar-Shalom, Willett et al., "A
 * multiple IMM estimation approach with unbiased mixing for thrusting projectiles", IEEE Trans. AES 48 (2012) 3250.
 */
import { roughHeight } from '../earth/wgs84.ts';
import { bank, bankLook, endBank } from './bank.ts';
import { MODEL, predictBallistic, predictBoost, sightedJerkQ } from './dynamics.ts';
import { isPositiveDefinite } from './linear.ts';
import type { Look } from './measurement.ts';
import {
  BANK,
  BURNOUT_DECIDED,
  CHECKS,
  COAST_SINCE,
  FROZEN,
  IR_COUNT,
  IR_GAP,
  IR_LAST,
  LIFT_TIME,
  MU_B,
  NOT_BALLISTIC,
  PB,
  PBP,
  PC,
  PCP,
  PLOTS,
  PRED_MU_B,
  PRED_TIME,
  RESETS,
  TIME,
  XB,
  XBP,
  XC,
  XCP,
} from './slab.ts';
import { gate, innovation, update } from './update.ts';

export const IMM = {
  /** Mean time to burnout, s. */
  burnS: 80,
  /** The same while infrared sensors see it. */
  hotBurnS: 300,
  /** Mean time from burnout to the ignition of a further stage while that is open, s. */
  reigniteS: 600,
  /** The same in the time after a burnout in which a next stage usually is lit. */
  nextStageS: 150,
  stagingS: 20,
  /** Thrust acceleration of a stage just lit: along the velocity, m/s^2, and its spread. */
  igniteMps2: 20,
  igniteSigma: 18,
  /** Below this height a ballistic body may have lift, m. */
  liftHeight: 60e3,
  /** White jerk of what is known to have lift, m^2/s^5. */
  liftJerkQ: 5,
};

const boost9 = new Float64Array(9);

/** Boost as it would be if a stage were lit now, from the ballistic state: mean 9, covariance 9 x 9. */
export function ignited(
  s: Float64Array,
  xo: number,
  po: number,
  x: Float64Array,
  xOff: number,
  p: Float64Array,
  pOff: number,
): void {
  ignitedMean(s, xo, x, xOff);
  p.fill(0, pOff, pOff + 81);
  for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) p[pOff + 9 * i + j] = s[po + 7 * i + j];
  for (let i = 6; i < 9; i++) p[pOff + 10 * i] = IMM.igniteSigma ** 2;
}

function ignitedMean(s: Float64Array, xo: number, x: Float64Array, xOff: number): void {
  const v = Math.sqrt(s[xo + 3] * s[xo + 3] + s[xo + 4] * s[xo + 4] + s[xo + 5] * s[xo + 5]);
  // In the air after burnout it is rather lift than thrust: any direction.
  const thrust = roughHeight(s[xo], s[xo + 1], s[xo + 2]) < IMM.liftHeight ? 0 : IMM.igniteMps2;
  for (let i = 0; i < 6; i++) x[xOff + i] = s[xo + i];
  for (let i = 0; i < 3; i++) x[xOff + 6 + i] = v > 0 ? (thrust * s[xo + 3 + i]) / v : 0;
}

/** Predicts both models to `timeUs` into the predicted areas, mixing first. Done once for a time. */
export function predictTo(s: Float64Array, timeUs: number): void {
  if (s[PRED_TIME] === timeUs) return;
  s[PRED_TIME] = timeUs;
  const dt = (timeUs - s[TIME]) / 1e6;
  s.copyWithin(XCP, XC, PC + 49);
  if (s[FROZEN] === 1) {
    s[PRED_MU_B] = 0;
    if (dt !== 0) predictBallistic(s, XCP, PCP, dt);
    return;
  }
  s.copyWithin(XBP, XB, PB + 81);
  s[PRED_MU_B] = mixWeights(s, timeUs);
  mixIntoBoost(s, mixed.intoBoost);
  mixIntoBallistic(s, mixed.intoBallistic);
  if (dt !== 0) {
    predictBoost(s, XBP, PBP, dt, jerkQ(s));
    predictBallistic(s, XCP, PCP, dt);
  }
}

/** White jerk of the boost model of a track, m^2/s^5. */
export function jerkQ(s: Float64Array): number {
  if (s[NOT_BALLISTIC] > 0) return IMM.liftJerkQ;
  // The first of its plots, the other of the pair that began it, is not counted.
  const sighted = s[IR_COUNT] > 0 && s[IR_COUNT] >= s[PLOTS] - 1;
  return sighted ? sightedJerkQ(s, XB) : MODEL.boostJerkQ;
}

/** Of the last {@link mixWeights}: how much of the other model goes into each. */
export const mixed = { intoBoost: 0, intoBallistic: 0 };

/** The weights of the mixing from the track's time to `timeUs`; returns the probability of boost after it. */
export function mixWeights(s: Float64Array, timeUs: number): number {
  const dt = (timeUs - s[TIME]) / 1e6;
  const muB = s[MU_B];
  if (s[NOT_BALLISTIC] > 0) {
    // What has lift keeps it: the other model is where it would be if the lift ended now.
    mixed.intoBoost = 0;
    mixed.intoBallistic = 1;
    return muB;
  }
  const hot = s[IR_GAP] > 0 && timeUs - s[IR_LAST] < 1.6 * s[IR_GAP];
  const burnt = 1 - Math.exp(-Math.abs(dt) / (hot ? IMM.hotBurnS : IMM.burnS));
  const sinceS = s[COAST_SINCE] > 0 ? (timeUs - s[COAST_SINCE]) / 1e6 : 0;
  const lit = 1 - Math.exp(-Math.abs(dt) / (sinceS < IMM.stagingS ? IMM.nextStageS : IMM.reigniteS));
  const b = muB * (1 - burnt) + (1 - muB) * lit;
  mixed.intoBoost = ((1 - muB) * lit) / b;
  // Once the last stage has burnt out, what the other model follows would be lift: as long as that is not the likelier, the
  // free fall is not to be blurred by it.
  mixed.intoBallistic = s[LIFT_TIME] > 0 && muB < 0.5 ? 0 : (muB * burnt) / (1 - b);
  return b;
}

/** Mixes the ballistic state, as just ignited, into the boost prediction with weight `w`. */
function mixIntoBoost(s: Float64Array, w: number): void {
  if (w < 1e-5) return;
  ignitedMean(s, XC, boost9, 0);
  for (let i = 0; i < 9; i++) boost9[i] -= s[XBP + i];
  const rest = 1 - w;
  const both = w * rest;
  for (let i = 0; i < 9; i++) {
    const bi = both * boost9[i];
    for (let j = i; j < 9; j++) {
      const k = PBP + 9 * i + j;
      let v = rest * s[k];
      if (j < 6) v += w * s[PC + 7 * i + j];
      else if (j === i) v += w * (IMM.igniteSigma * IMM.igniteSigma);
      v += bi * boost9[j];
      s[k] = v;
      s[PBP + 9 * j + i] = v;
    }
  }
  for (let i = 0; i < 9; i++) s[XBP + i] += w * boost9[i];
}

/** Mixes position and velocity of boost into the ballistic prediction; ln B is the ballistic model's own. */
function mixIntoBallistic(s: Float64Array, w: number): void {
  if (w < 1e-5) return;
  for (let i = 0; i < 6; i++) boost9[i] = s[XB + i] - s[XCP + i];
  const rest = 1 - w;
  const both = w * rest;
  for (let i = 0; i < 6; i++) {
    const bi = both * boost9[i];
    for (let j = i; j < 6; j++) {
      const k = PCP + 7 * i + j;
      const v = rest * s[k] + w * s[PB + 9 * i + j] + bi * boost9[j];
      s[k] = v;
      s[PCP + 7 * j + i] = v;
    }
    // The boost part has no correlation with ln B.
    s[PCP + 7 * i + 6] *= rest;
    s[PCP + 42 + i] *= rest;
  }
  for (let i = 0; i < 6; i++) s[XCP + i] += w * boost9[i];
}

/**
 * Of the last {@link weigh}: distance of the nearer model, log likelihood of the mixture; and that of the boost model,
 * not a number if it was not asked.
 */
export const weight = { distance2: 0, logLikelihood: 0, ballistic2: 0, boost: 0 };

/** How well a look fits the track predicted to its time. False if neither model gives a proper innovation. */
export function weigh(s: Float64Array, look: Look): boolean {
  const b = s[PRED_MU_B];
  const okC = innovation(7, s, XCP, PCP, look);
  const dC = okC ? gate.distance2 : Number.POSITIVE_INFINITY;
  const lC = okC ? gate.logLikelihood : Number.NEGATIVE_INFINITY;
  weight.ballistic2 = dC;
  if (s[FROZEN] === 1 || b < 1e-9) {
    weight.distance2 = dC;
    weight.logLikelihood = lC;
    weight.boost = Number.NaN;
    return okC;
  }
  const okB = innovation(9, s, XBP, PBP, look);
  const dB = okB ? gate.distance2 : Number.POSITIVE_INFINITY;
  const lB = okB ? gate.logLikelihood : Number.NEGATIVE_INFINITY;
  weight.boost = lB;
  weight.distance2 = Math.min(dB, dC);
  const top = Math.max(lB, lC);
  weight.logLikelihood = top + Math.log(b * Math.exp(lB - top) + (1 - b) * Math.exp(lC - top));
  return okB || okC;
}

/** Updates the track, predicted to the look's time, with the look; the filtered areas and probabilities are replaced. */
export function commitUpdate(s: Float64Array, look: Look): void {
  const b = s[PRED_MU_B];
  const frozen = s[FROZEN] === 1;
  const banked = s[BANK] === 1 && unmixed(s) && bankLook(s, look, (s[PRED_TIME] - s[TIME]) / 1e6);
  if (!banked) s.copyWithin(XC, XCP, PCP + 49);
  const lnB = s[XC + 6];
  const lnBVariance = s[PC + 48];
  // With a bank the innovation of the one prediction is for those who ask how well the plot fits.
  const okC = banked ? innovation(7, s, XCP, PCP, look) : update(7, s, XC, PC, look);
  if (!banked && !frozen && !dragKnown(s)) {
    // What is left of the thrust must not be learnt as drag: ln B is only considered (Schmidt-Kalman).
    s[XC + 6] = lnB;
    s[PC + 48] = lnBVariance;
  }
  const lC = banked ? bank.logLikelihood : okC ? gate.logLikelihood : -1e9;
  weight.ballistic2 = okC ? gate.distance2 : Number.POSITIVE_INFINITY;
  weight.logLikelihood = lC;
  let muB = 0;
  if (!frozen) {
    s.copyWithin(XB, XBP, PBP + 81);
    const okB = update(9, s, XB, PB, look);
    const lB = okB ? gate.logLikelihood : -1e9;
    const top = Math.max(lB, lC);
    // That an infrared sensor sees it is no evidence of burning: some see cold bodies too, and it would add up.
    const eB = b * Math.exp(lB - top);
    const eC = (1 - b) * Math.exp(lC - top);
    weight.logLikelihood = top + Math.log(b * Math.exp(lB - top) + (1 - b) * Math.exp(lC - top));
    muB = eB / (eB + eC);
    muB = s[NOT_BALLISTIC] > 0 ? 1 - 1e-9 : Math.min(1 - 1e-9, Math.max(1e-9, muB));
    checkCovariance(s, 9, PB, XB);
  }
  s[MU_B] = muB;
  s[TIME] = s[PRED_TIME];
  s[PRED_TIME] = 0;
  checkCovariance(s, 7, PC, XC);
}

/** True if the other model does not go into the ballistic one; mixed with it the members of a bank would be one again. */
function unmixed(s: Float64Array): boolean {
  if (s[FROZEN] === 1) return true;
  mixWeights(s, s[PRED_TIME]);
  if (mixed.intoBallistic < 1e-3) return true;
  endBank(s);
  return false;
}

/** So long after burnout was declared the ballistic coefficient is learnt, us. */
const DRAG_TRUST_US = 8e6;

/** True if the ballistic coefficient may be learnt from the plots of a time, that which it is predicted to if left out. */
export function dragKnown(s: Float64Array, timeUs = s[PRED_TIME]): boolean {
  return s[BURNOUT_DECIDED] > 0 && timeUs - s[BURNOUT_DECIDED] > DRAG_TRUST_US;
}

/** A cheap check at each update and the full one now and then; a covariance that fails is reset and counted, never used. */
export function checkCovariance(s: Float64Array, n: number, po: number, xo: number): void {
  let sound = true;
  for (let i = 0; i < n; i++) if (!(s[po + (n + 1) * i] > 0)) sound = false;
  for (let i = 0; i < n; i++) if (!Number.isFinite(s[xo + i])) sound = false;
  s[CHECKS] += 1;
  if (sound && s[CHECKS] % 16 === 0) sound = isPositiveDefinite(n, s, po);
  if (sound) return;
  s[RESETS] += 1;
  for (let i = 0; i < n; i++) {
    const v = s[po + (n + 1) * i];
    for (let j = 0; j < n; j++) s[po + n * i + j] = 0;
    const floor = i < 3 ? 1e6 : i < 6 ? 1e4 : n === 9 ? 400 : 0.5;
    s[po + (n + 1) * i] = Number.isFinite(v) && v > floor ? v : floor;
  }
}

/** Leaves the boost model aside: the track is ballistic beyond doubt. */
export function freeze(s: Float64Array): void {
  s[FROZEN] = 1;
  s[MU_B] = 0;
  s[PRED_TIME] = 0;
}

/** Takes the boost model up again, seeded as just ignited. */
export function unfreeze(s: Float64Array, muB: number): void {
  s[FROZEN] = 0;
  s[MU_B] = muB;
  s[PRED_TIME] = 0;
  ignited(s, XC, PC, s, XB, s, PB);
}

/** Moment-matched position and velocity of the mixture of two models: mean 6 into `x`, covariance 36 into `p`. */
export function mixture(
  s: Float64Array,
  muB: number,
  xb: number,
  pb: number,
  xc: number,
  pc: number,
  x: Float64Array,
  p: Float64Array,
): void {
  const c = 1 - muB;
  for (let i = 0; i < 6; i++) {
    boost9[i] = s[xb + i] - s[xc + i];
    x[i] = s[xc + i] + (muB > 0 ? muB * boost9[i] : 0);
  }
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      let v = c * s[pc + 7 * i + j];
      if (muB > 0) v += muB * s[pb + 9 * i + j] + muB * c * boost9[i] * boost9[j];
      p[6 * i + j] = v;
    }
  }
}
