/**
 * The free fall after a burnout, from all plots so far with every burnout time weighed. Two mixed models carry something of the
 * boost into the fall for long: which plots were still under thrust is not settled when they are taken in. Once the boost model
 * is left aside it is: a boost filter is run over the kept plots again, from each plot on a coast filter of its own starts from it,
 * and each is weighed by the likelihood of what followed. Nothing is mixed, so no time's evidence is lost
 * (Shiryaev, Theory of Probability and its Applications 8 (1963) 22).
 */
import type { Plot } from '../model/plot.ts';
import { predictBallistic, predictBoost } from './dynamics.ts';
import { START, startFromRadar } from './initiation.ts';
import { lookAt, newLook, type SensorModel } from './measurement.ts';
import { BURNOUT, FROZEN, KEPT, PB, PC, PLOTS, slabLength, TIME, XB, XC } from './slab.ts';
import { gate, update } from './update.ts';

export const TIMES = {
  /** Burnouts are supposed from so long before the one declared, s; a longer way back is not asked. */
  backS: 20,
  /** Plots kept of a track for this. */
  plots: 400,
  /** No burnout is supposed before so many plots: with fewer any motion fits. */
  first: 8,
  /** A time e^25 times less likely than the best is left out, and so many are kept. */
  least: -25,
  most: 48,
};

/** A burnout time that is supposed. */
export interface Time {
  /** The fall since, as it is after the plots so far. */
  s: Float64Array;
  /** Log-likelihood ratio against burning on. */
  ratio: number;
  /** The time that it stands for, s. */
  prior: number;
}

const look = newLook();
const mean = new Float64Array(7);

/**
 * True if the burnout times are to be weighed: the boost model was left aside just now. Not sooner, when the burnout is declared:
 * while a further stage may be lit, and a spent one flies beside, what was weighed so took tracks of the two for each other
 * (2022-03-24-lofted, satellite-launch-2023-05-31).
 */
export function weighingDue(s: Float64Array, wasFrozen: boolean): boolean {
  return s[BURNOUT] > 0 && s[KEPT] === s[PLOTS] && s[FROZEN] === 1 && !wasFrozen;
}

/** Burnt out somewhere in the next `dtS`, from the boost state as it is. */
export function burntOut(boost: Float64Array, dtS: number): Time {
  const s = boost.slice();
  predictBoost(s, XB, PB, dtS / 2);
  s.fill(0, PC, PC + 49);
  for (let i = 0; i < 6; i++) {
    s[XC + i] = s[XB + i];
    for (let j = 0; j < 6; j++) s[PC + 7 * i + j] = s[PB + 9 * i + j];
  }
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++)
      s[PC + 7 * (3 + i) + 3 + j] += ((dtS * dtS) / 12) * s[XB + 6 + i] * s[XB + 6 + j];
  }
  s[XC + 6] = START.lnB;
  s[PC + 48] = START.lnBSigma ** 2;
  s[TIME] += (dtS / 2) * 1e6;
  return { s, ratio: 0, prior: dtS };
}

/**
 * Writes the state of the free fall at the last of `plots` (in order of time, the first a radar's) into the ballistic area of
 * `s`, whose burnout is declared, if burning on is far less likely. True if it did.
 */
export function weighBurnoutTimes(
  s: Float64Array,
  plots: readonly Plot[],
  sensors: ReadonlyMap<string, SensorModel>,
): boolean {
  const first = plots[0];
  if (first.kind !== 'radar') return false;
  const fromUs = s[BURNOUT] - TIMES.backS * 1e6;
  const boost = new Float64Array(slabLength(0));
  lookAt(look, first, sensors.get(first.sensor)!);
  startFromRadar(boost, look, first.timeUs, false);
  let bank: Time[] = [];
  let best = 0;
  for (let n = 1; n < plots.length; n++) {
    const plot = plots[n];
    const dt = (plot.timeUs - boost[TIME]) / 1e6;
    if (n >= TIMES.first && dt > 0 && plot.timeUs > fromUs) bank.push(burntOut(boost, dt));
    predictBoost(boost, XB, PB, dt);
    boost[TIME] = plot.timeUs;
    lookAt(look, plot, sensors.get(plot.sensor)!);
    if (!update(9, boost, XB, PB, look)) return false;
    const burning = gate.logLikelihood;
    best = 0;
    for (const h of bank) {
      predictBallistic(h.s, XC, PC, (plot.timeUs - h.s[TIME]) / 1e6);
      h.s[TIME] = plot.timeUs;
      h.ratio += update(7, h.s, XC, PC, look) ? gate.logLikelihood - burning : Number.NEGATIVE_INFINITY;
      if (h.ratio > best) best = h.ratio;
    }
    bank = bank.filter((h) => h.ratio - best > TIMES.least);
    if (bank.length > TIMES.most) {
      bank.sort((a, b) => b.ratio - a.ratio);
      bank.length = TIMES.most;
    }
  }
  let sum = 0;
  for (const h of bank) sum += h.prior * Math.exp(h.ratio - best);
  // Against burning on, at one burnout in 80 s.
  if (!(sum > 80 * 3 * Math.exp(-best))) return false;
  mixInto(s, bank, best, sum);
  return true;
}

/** The mixture of the times by moments. */
function mixInto(s: Float64Array, bank: readonly Time[], best: number, sum: number): void {
  mean.fill(0);
  s.fill(0, PC, PC + 49);
  for (const h of bank) {
    const w = (h.prior * Math.exp(h.ratio - best)) / sum;
    for (let i = 0; i < 7; i++) mean[i] += w * h.s[XC + i];
  }
  for (const h of bank) {
    const w = (h.prior * Math.exp(h.ratio - best)) / sum;
    for (let i = 0; i < 7; i++) {
      const d = h.s[XC + i] - mean[i];
      for (let j = 0; j < 7; j++)
        s[PC + 7 * i + j] += w * (h.s[PC + 7 * i + j] + d * (h.s[XC + j] - mean[j]));
    }
  }
  for (let i = 0; i < 7; i++) s[XC + i] = mean[i];
}
