/**
 * Was it the last stage? When a stage burns out and the next one pushes much less, a ballistic arc fits as
 * well as a weak thrust for many seconds, and two mixed models forget what they learn of that thrust at each
 * mixing. So from the moment at which ballistic is the likelier, one more filter runs beside them, unmixed:
 * boost-9 that supposes a stage lit, its thrust unknown within the usual. What its estimate says against no
 * thrust at all is the Bayes factor by the ratio of Savage and Dickey (Dickey, Ann. Math. Statist. 42 (1971)
 * 204): the density of "no thrust" after the plots over that before.
 */
import { roughHeight } from '../earth/wgs84.ts';
import { predictBoost } from './dynamics.ts';
import { mixture } from './imm.ts';
import type { Look } from './measurement.ts';
import {
  BURNOUT_DECIDED,
  COAST_SINCE,
  LIT_P,
  LIT_TIME,
  MU_B,
  PB,
  PC,
  PL,
  PRED_TIME,
  SETTLED,
  TIME,
  XB,
  XC,
  XL,
} from './slab.ts';
import { update } from './update.ts';

export const STAGING = {
  /** Thrust acceleration along the velocity of a stage just lit, m/s^2, with its spread, and the spread across. */
  thrustMps2: 20,
  thrustSigma: 18,
  acrossSigma: 5,
  /** White jerk of that stage, m^2/s^5: far less than of a whole boost, or weak radars could never tell. */
  jerkQ: 0.1,
  /** The course must be known so well before the question is asked, rad. */
  courseRad: 0.1,
  /** Probability of another stage before anything was seen of it: by the speed at burnout, m/s. */
  fastMps: 4800,
  usual: 0.3,
  unusual: 0.1,
  /** Below this probability the burnout was the last; above this a stage has been lit. */
  settled: 0.05,
  lit: 0.95,
  /** After so long the question is left, s: the ballistic model then fits well enough by itself. */
  openS: 45,
};

const x6 = new Float64Array(6);
const p36 = new Float64Array(36);

/** Starts the filter from the mixture of the two models as it stands. */
export function watchStage(s: Float64Array): void {
  mixture(s, s[MU_B], XB, PB, XC, PC, x6, p36);
  const v = Math.hypot(x6[3], x6[4], x6[5]);
  s.fill(0, XL, PL + 81);
  const along = STAGING.thrustSigma ** 2;
  const across = STAGING.acrossSigma ** 2;
  for (let i = 0; i < 6; i++) {
    s[XL + i] = x6[i];
    for (let j = 0; j < 6; j++) s[PL + 9 * i + j] = p36[6 * i + j];
  }
  for (let i = 0; i < 3; i++) {
    const u = x6[3 + i] / v;
    s[XL + 6 + i] = STAGING.thrustMps2 * u;
    for (let j = 0; j < 3; j++) {
      s[PL + 9 * (6 + i) + 6 + j] = (i === j ? across : 0) + ((along - across) * u * x6[3 + j]) / v;
    }
  }
  s[LIT_TIME] = s[TIME];
  s[LIT_P] = prior(s);
}

function prior(s: Float64Array): number {
  const v = Math.hypot(s[XL + 3], s[XL + 4], s[XL + 5]);
  return v < STAGING.fastMps ? STAGING.usual : STAGING.unusual;
}

/** Takes a look in; to be called after the update of the track itself with it. */
export function stageLook(s: Float64Array, look: Look): void {
  const dt = (s[TIME] - s[LIT_TIME]) / 1e6;
  if (dt > 0) predictBoost(s, XL, PL, dt, STAGING.jerkQ);
  s[LIT_TIME] = s[TIME];
  if (!update(9, s, XL, PL, look)) {
    s[LIT_TIME] = 0;
    s[LIT_P] = 0;
    s[SETTLED] = 1;
    return;
  }
  const v = Math.hypot(s[XL + 3], s[XL + 4], s[XL + 5]);
  let thrust = 0;
  let variance = 0;
  for (let i = 0; i < 3; i++) {
    thrust += (s[XL + 6 + i] * s[XL + 3 + i]) / v;
    for (let j = 0; j < 3; j++) {
      variance += (s[XL + 3 + i] * s[PL + 60 + 9 * i + j] * s[XL + 3 + j]) / (v * v);
    }
  }
  // A pull backwards is no thrust.
  const z = Math.max(0, thrust) ** 2 / variance;
  const z0 = (STAGING.thrustMps2 / STAGING.thrustSigma) ** 2;
  const none = Math.sqrt(STAGING.thrustSigma ** 2 / variance) * Math.exp(Math.max(-300, (z0 - z) / 2));
  const p = prior(s);
  s[LIT_P] = p / (p + (1 - p) * none);
}

/** Ends the question if it can be. True if a stage has been lit: its filter is then that of the boost. */
export function judgeStage(s: Float64Array): boolean {
  if (s[LIT_TIME] === 0) return false;
  const p = s[LIT_P];
  const longS = s[COAST_SINCE] > 0 ? (s[TIME] - s[COAST_SINCE]) / 1e6 : 0;
  if ((p < STAGING.settled && s[MU_B] < 0.5 && s[BURNOUT_DECIDED] > 0) || longS > STAGING.openS) {
    s[LIT_TIME] = 0;
    s[LIT_P] = 0;
    s[SETTLED] = 1;
    return false;
  }
  if (p > STAGING.lit) {
    s.copyWithin(XB, XL, PL + 81);
    s[MU_B] = 0.97;
    s[PRED_TIME] = 0;
    s[LIT_TIME] = 0;
    s[LIT_P] = 0;
    return true;
  }
  return false;
}

/** Whether a further stage is a question at all: not for what falls back into the air. */
export function stageOpen(s: Float64Array): boolean {
  const climb = s[XC] * s[XC + 3] + s[XC + 1] * s[XC + 4] + s[XC + 2] * s[XC + 5];
  return climb > 0 || roughHeight(s[XC], s[XC + 1], s[XC + 2]) > 100e3;
}

/**
 * Whether the course is known well enough to ask. Thrust is looked for along it; of a track just begun it is anywhere, and
 * the prior across it, which is narrow, would be taken for an answer.
 */
export function courseKnown(s: Float64Array): boolean {
  const variance = s[PC + 24] + s[PC + 32] + s[PC + 40];
  return variance < STAGING.courseRad ** 2 * (s[XC + 3] ** 2 + s[XC + 4] ** 2 + s[XC + 5] ** 2);
}
