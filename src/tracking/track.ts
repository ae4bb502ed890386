/** One track and the rules of its life: launch, burnout, what is not ballistic, and its end. */
import { roughHeight } from '../earth/wgs84.ts';
import type { Plot } from '../model/plot.ts';
import { climbing, maybeAircraft } from './air.ts';
import { AIR_FELT_M, startBank, wantsBank } from './bank.ts';
import { predictBoost } from './dynamics.ts';
import { dragKnown, freeze, jerkQ, unfreeze, weight } from './imm.ts';
import { judgeLift, watchLift } from './lift.ts';
import {
  BANK,
  BURNOUT,
  BURNOUT_DECIDED,
  COAST_SINCE,
  COAST_START_COUNT,
  CONFIRMED,
  DECLARED,
  FIRST,
  FROZEN,
  IR_COUNT,
  IR_GAP,
  IR_LAST,
  IR_LONG,
  IR_USED,
  LIFT_TIME,
  LIT_P,
  LIT_TIME,
  MANOEUVRE,
  MAX_HEIGHT,
  MISFIT,
  MU_B,
  NOT_BALLISTIC,
  PB,
  PC,
  PLOTS,
  PRED_TIME,
  SEEN_BOOST,
  SEEN_COAST,
  SETTLED,
  TIME,
  XB,
  XC,
} from './slab.ts';
import { courseKnown, judgeStage, stageOpen, watchStage } from './staging.ts';

export interface Track {
  /** Counts the tracks of a tracker, confirmed or not. */
  uid: number;
  /** Empty until confirmed. */
  id: string;
  s: Float64Array;
  /** The first plots, for the launch estimate; only the first `s[EARLY]` count. */
  early: Plot[];
  /** All plots up to some time after the burnout, if there is one and they are not too many; only the first `s[KEPT]` count. */
  kept: Plot[];
  /** Counts updates, so that what is derived is made anew only when needed. */
  version: number;
  /** Time of the last update handed out, in the tracker's box for its id. */
  handed: Float64Array | undefined;
}

/** A track with a slab of so many numbers. */
export function newTrack(uid: number, length: number): Track {
  return { uid, id: '', s: new Float64Array(length), early: [], kept: [], version: 0, handed: undefined };
}

export const LIFE = {
  /** A tentative track without a further plot is dropped after, s. */
  tentativeS: 15,
  /** Plots and score (log-likelihood ratio) that confirm a track. */
  confirmPlots: 4,
  confirmScore: 25,
  /** Silence after which a boosting track is lost, s. */
  boostSilenceS: 40,
  /** Silence after which a ballistic track is lost, s, and the spread of its position, m. */
  coastSilenceS: 7200,
  coastSpreadM: 50e3,
  /** A track that was still seen within this time of its predicted impact has impacted, s. */
  heldToImpactS: 120,
  /** Beyond these heights, m, and this speed, m/s, a state makes no sense. */
  lowestM: -30e3,
  highestM: 2e7,
  fastestMps: 12e3,
  /** Plots kept for the launch estimate, and over which time, s. */
  earlyPlots: 60,
  earlyS: 40,
};

/** Speed of the likelier model, m/s. */
function speedAt(s: Float64Array, xo: number): number {
  return Math.sqrt(s[xo + 3] * s[xo + 3] + s[xo + 4] * s[xo + 4] + s[xo + 5] * s[xo + 5]);
}

/** True if the track is where nothing flies that this tracker is for: its state makes no sense any more. */
export function astray(s: Float64Array): boolean {
  const xo = s[MU_B] >= 0.5 ? XB : XC;
  const height = roughHeight(s[xo], s[xo + 1], s[xo + 2]);
  return !(height > LIFE.lowestM && height < LIFE.highestM && speedAt(s, xo) < LIFE.fastestMps);
}

/** To be called after each update of a track, `dtS` after the one before. */
export function afterUpdate(s: Float64Array, dtS: number, rows: number): void {
  const xo = s[MU_B] >= 0.5 ? XB : XC;
  const height = roughHeight(s[xo], s[xo + 1], s[xo + 2]);
  if (height > s[MAX_HEIGHT]) s[MAX_HEIGHT] = height;
  const share = Math.min(0.5, 0.1 * Math.max(1, dtS));
  const misfit = Math.min(weight.ballistic2 / rows, 50);
  s[MISFIT] += share * (misfit - s[MISFIT]);
  judgeBurnout(s, height);
  judgeBallistic(s, dtS, height);
  judgeBank(s, height);
  if (s[DECLARED] === 0 && s[CONFIRMED] > 0 && launchShown(s, xo, height)) s[DECLARED] = s[TIME];
}

/** In free fall beyond doubt and in the air, its ballistic coefficient unknown: a bank of them. */
function judgeBank(s: Float64Array, height: number): void {
  if (s[BANK] !== 0 || height > AIR_FELT_M || s[SETTLED] === 0 || s[LIT_TIME] > 0) return;
  if (s[MU_B] > 0.1 || s[NOT_BALLISTIC] > 0 || !dragKnown(s, s[TIME])) return;
  if (wantsBank(s, peakHeight(s, height))) startBank(s);
}

function launchShown(s: Float64Array, xo: number, height: number): boolean {
  const speed = speedAt(s, xo);
  if (height < 3e3 || speed < 300) return false;
  const po = xo === XB ? PB : PC;
  const n = xo === XB ? 9 : 7;
  const spread = Math.sqrt(s[po + 3 * (n + 1)] + s[po + 4 * (n + 1)] + s[po + 5 * (n + 1)]);
  if (spread > 0.4 * speed) return false;
  const r = Math.hypot(s[xo], s[xo + 1], s[xo + 2]);
  const climb = (s[xo] * s[xo + 3] + s[xo + 1] * s[xo + 4] + s[xo + 2] * s[xo + 5]) / r;
  return height > 30e3 || (climb > 100 && climbing(s, xo, po, n, climb));
}

function judgeBurnout(s: Float64Array, height: number): void {
  const muB = s[MU_B];
  if (s[FROZEN] === 1) {
    if (s[MISFIT] > MISFIT_LIMIT) {
      unfreeze(s, 0.3);
      s[COAST_SINCE] = s[TIME];
      s[COAST_START_COUNT] = s[PLOTS];
      s[MISFIT] = 1.2;
    }
    return;
  }
  // Without evidence the probability falls by itself, so that it is still high after a while says as much.
  const lasting = muB > 0.85 && s[PLOTS] >= 10 && s[TIME] - s[FIRST] > 8e6;
  if (((muB > 0.97 && s[PLOTS] >= 5) || lasting) && s[SEEN_COAST] === 0) s[SEEN_BOOST] = 1;
  if (muB >= 0.5) {
    s[COAST_SINCE] = 0;
    // What was said only for now is taken back as soon as it is not the likelier any more.
    const doubt =
      s[SETTLED] === 0 ? muB > (s[SEEN_BOOST] === 1 ? 0.6 : 0.9) : muB > 0.8 && stageOpen(s) && thrusting(s);
    if (doubt && s[BURNOUT_DECIDED] > 0 && s[NOT_BALLISTIC] === 0) litAgain(s);
    if (s[BURNOUT_DECIDED] === 0) s[SETTLED] = 0;
    if (muB > 0.95) {
      s[LIT_TIME] = 0;
      s[LIT_P] = 0;
    } else if (judgeStage(s)) litAgain(s);
    // Lit again: the burnout was that of a stage.
    if (muB > 0.95 && s[BURNOUT_DECIDED] > 0 && s[NOT_BALLISTIC] === 0 && thrusting(s)) litAgain(s);
    return;
  }
  if (s[COAST_SINCE] === 0) {
    s[COAST_SINCE] = s[TIME];
    s[COAST_START_COUNT] = s[PLOTS];
  }
  if (s[SETTLED] === 0 && s[LIT_TIME] === 0 && courseKnown(s)) {
    if (stageOpen(s)) watchStage(s);
    else s[SETTLED] = 1;
  }
  if (judgeStage(s)) {
    litAgain(s);
    return;
  }
  const coastS = (s[TIME] - s[COAST_SINCE]) / 1e6;
  const coastPlots = s[PLOTS] - s[COAST_START_COUNT];
  // The hypothesis that a stage is lit just now never dies out, so a steady small probability is no doubt;
  // but low down, where little separates a slow climb under thrust from a short arc, it takes more.
  // What an infrared sensor still sees most likely burns (some see cold bodies, so this gives way in the end).
  const hot = infraredActive(s);
  const steady = height > STEADY_HEIGHT && muB < 0.25 && coastS >= (hot ? 12 : 6) && coastPlots >= 5;
  const persistS = hot
    ? 8
    : height > STEADY_HEIGHT
      ? 2
      : s[SEEN_BOOST] === 0 || peakHeight(s, height) < LOW_PEAK
        ? 6
        : 2;
  // Seen to burn before, the change itself is evidence: it need not last. Among 600 flights at the exact posterior of a burnout
  // reached 0.9 in one while it burnt (bench/accuracy-bound.ts).
  const soon = s[SEEN_BOOST] === 1 && !hot && (muB < 0.1 || (coastS >= 0.5 && muB < 0.15));
  const sure = ((muB < 0.05 && coastS >= persistS) || soon || steady) && s[LIT_P] < 0.5;
  if (s[BURNOUT_DECIDED] === 0 && sure && !maybeAircraft(s) && s[PLOTS] >= 4 && s[CONFIRMED] > 0) {
    s[BURNOUT_DECIDED] = s[TIME];
    if (s[SEEN_BOOST] === 1) s[BURNOUT] = s[COAST_SINCE];
    else s[SEEN_COAST] = 1;
  }
  if (
    s[BURNOUT_DECIDED] > 0 &&
    muB < 0.25 &&
    coastS >= 9 &&
    coastPlots >= 6 &&
    height > FREEZE_HEIGHT &&
    (s[SETTLED] === 1 || (s[SEEN_BOOST] === 0 && (s[LIT_P] < 0.1 || coastS > 20))) &&
    s[MISFIT] < 3
  ) {
    s[SETTLED] = 1;
    s[LIT_TIME] = 0;
    s[LIT_P] = 0;
    freeze(s);
  }
}

function litAgain(s: Float64Array): void {
  s[BANK] = 0;
  s[BURNOUT] = 0;
  s[BURNOUT_DECIDED] = 0;
  s[COAST_SINCE] = 0;
  s[SETTLED] = 0;
  s[SEEN_COAST] = 0;
  s[SEEN_BOOST] = 1;
}

/** A running mean of NIS per component that a ballistic track reaches once in a million plots. */
const MISFIT_LIMIT = 2;

const STEADY_HEIGHT = 60e3;

/** An engine that stops where the arc would peak below this would make no missile, m: more likely it still burns. */
const LOW_PEAK = 40e3;

function peakHeight(s: Float64Array, height: number): number {
  const climb =
    (s[XC] * s[XC + 3] + s[XC + 1] * s[XC + 4] + s[XC + 2] * s[XC + 5]) /
    Math.hypot(s[XC], s[XC + 1], s[XC + 2]);
  return climb > 0 ? height + (climb * climb) / 19 : height;
}

/** Below this height the second model stays, for what pulls up or glides, m. */
const FREEZE_HEIGHT = 60e3;

const pushed = { along: 0, across: 0, alongSigma: 0, acrossSigma: 0 };

/** Splits the boost model's acceleration into its part along the velocity and the rest, with their spreads. */
function splitAcceleration(s: Float64Array): void {
  const v = speedAt(s, XB);
  let along = 0;
  let alongVariance = 0;
  for (let i = 0; i < 3; i++) {
    along += (s[XB + 6 + i] * s[XB + 3 + i]) / v;
    for (let j = 0; j < 3; j++)
      alongVariance += (s[XB + 3 + i] * s[PB + 60 + 9 * i + j] * s[XB + 3 + j]) / (v * v);
  }
  const c = [0, 1, 2].map((i) => s[XB + 6 + i] - (along * s[XB + 3 + i]) / v);
  const across = Math.hypot(c[0], c[1], c[2]);
  let acrossVariance = 0;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++)
      acrossVariance += (c[i] * s[PB + 60 + 9 * i + j] * c[j]) / (across * across + 1e-12);
  }
  pushed.along = along;
  pushed.across = across;
  pushed.alongSigma = Math.sqrt(Math.max(0, alongVariance));
  pushed.acrossSigma = Math.sqrt(Math.max(0, acrossVariance));
}

/** An acceleration along the velocity beyond doubt: thrust, not lift or drag. */
export function thrusting(s: Float64Array): boolean {
  splitAcceleration(s);
  return pushed.along > 8 && pushed.along > 3 * pushed.alongSigma && pushed.along > pushed.across;
}

/** Where the air can carry, m; and the time that an acceleration before any burnout must last to be lift, s. */
const LIFT_HEIGHT = 90e3;
const LIFT_S = 8;

/** An acceleration across the velocity that lasts is lift: the target is not ballistic, and no fit is forced on it. */
function judgeBallistic(s: Float64Array, dtS: number, height: number): void {
  if (s[NOT_BALLISTIC] > 0) return;
  if (s[BURNOUT_DECIDED] > 0 && s[SETTLED] === 1 && s[LIT_TIME] === 0) {
    if (height > FREEZE_HEIGHT + 5e3) s[LIFT_TIME] = 0;
    if (s[FROZEN] === 1) {
      // In the air again on the way down: look out for manoeuvres.
      if (height < FREEZE_HEIGHT) unfreeze(s, 1e-3);
      return;
    }
    if (s[LIFT_TIME] === 0 && height < FREEZE_HEIGHT && s[CONFIRMED] > 0) watchLift(s);
    else if (s[LIFT_TIME] > 0 && judgeLift(s)) s[NOT_BALLISTIC] = s[TIME];
    return;
  }
  if (s[FROZEN] === 1) return;
  s[LIFT_TIME] = 0;
  let lift = 0;
  if (
    s[BURNOUT_DECIDED] === 0 &&
    s[MU_B] > 0.5 &&
    s[CONFIRMED] > 0 &&
    height < LIFT_HEIGHT &&
    speedAt(s, XB) > 500
  ) {
    splitAcceleration(s);
    const { along, across, acrossSigma } = pushed;
    // Before any burnout a pitch-over looks alike for a while, so it must be beyond doubt, far from thrust, and last.
    lift = across > 3 && across > 3 * acrossSigma && across > 3 * Math.abs(along) ? 0.3 : 0;
  }
  s[MANOEUVRE] = Math.max(0, s[MANOEUVRE] + (lift > 0 ? lift * dtS : -0.5 * dtS));
  if (s[MANOEUVRE] > LIFT_S) s[NOT_BALLISTIC] = s[TIME];
}

/** True while infrared plots of this track keep coming in their rhythm. */
function infraredActive(s: Float64Array): boolean {
  return s[IR_GAP] > 0 && s[TIME] - s[IR_LAST] < 1.6 * s[IR_GAP];
}

/** Counts an infrared plot at `timeUs` for the rhythm of the track. */
export function countInfrared(s: Float64Array, timeUs: number): void {
  const last = s[IR_LAST];
  if (s[IR_USED] === 1 && s[FROZEN] === 0 && s[PLOTS] <= s[COAST_START_COUNT] + 1) {
    // Its silence was taken for burnout, and the next that is seen of it is in the infrared again: the looks were missed.
    s[MU_B] = Math.max(s[MU_B], SEEN_AGAIN);
    s[SETTLED] = 0;
  }
  s[IR_USED] = 0;
  s[IR_COUNT] += 1;
  if (last > 0 && timeUs - last > 1e5) {
    const gap = timeUs - last;
    s[IR_LONG] = Math.max(gap, 0.95 * s[IR_LONG]);
    if (s[IR_GAP] === 0) s[IR_GAP] = gap;
    else if (gap < 4 * s[IR_GAP]) s[IR_GAP] += 0.2 * (gap - s[IR_GAP]);
  }
  if (timeUs > last) s[IR_LAST] = timeUs;
}

/** Probability that what infrared sensors see again after a silence burns still. */
const SEEN_AGAIN = 0.9;

/** Silence means burnout after so many usual gaps, and so many of the longest gap there was lately. */
const SILENT_GAPS = 3.5;
const SILENT_LONG = 2;
/** So many infrared plots make a rhythm that silence can break. */
const SILENT_AFTER_PLOTS = 6;

/** When the silence of the infrared sensors means that this track has burnt out; infinite if that is no question. */
export function silenceDueUs(s: Float64Array): number {
  if (s[IR_GAP] === 0 || s[IR_USED] === 1 || s[FROZEN] === 1 || s[MU_B] < 0.5 || s[CONFIRMED] === 0) {
    return Number.POSITIVE_INFINITY;
  }
  // Another sensor that still sees it decides by the motion.
  if (s[TIME] > s[IR_LAST] || s[IR_COUNT] < SILENT_AFTER_PLOTS) return Number.POSITIVE_INFINITY;
  return Math.max(s[IR_LAST], s[TIME]) + Math.max(SILENT_GAPS * s[IR_GAP], SILENT_LONG * s[IR_LONG]);
}

/**
 * Burnout by silence: infrared sensors see what burns, and all of them have stopped. The boost state is
 * taken on by half a gap and its velocity spread by what the thrust may have done in the gap.
 */
export function burntOutBySilence(s: Float64Array, nowUs: number): void {
  const gapS = s[IR_GAP] / 1e6;
  predictBoost(s, XB, PB, gapS / 2, jerkQ(s));
  // As of twice the usual gap: looks are missed.
  const spread = (gapS * gapS) / 3;
  for (let i = 0; i < 6; i++) s[XC + i] = s[XB + i];
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) s[PC + 7 * i + j] = s[PB + 9 * i + j];
    s[PC + 7 * i + 6] = 0;
    s[PC + 42 + i] = 0;
  }
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) s[PC + 7 * (3 + i) + 3 + j] += spread * s[XB + 6 + i] * s[XB + 6 + j];
  }
  s[TIME] += s[IR_GAP] / 2;
  s[PRED_TIME] = 0;
  s[IR_USED] = 1;
  s[MU_B] = 0.02;
  s[COAST_SINCE] = s[TIME];
  s[COAST_START_COUNT] = s[PLOTS];
  s[BURNOUT] = s[TIME];
  s[BURNOUT_DECIDED] = nowUs;
  s[LIT_TIME] = 0;
  s[LIT_P] = 0;
  s[SETTLED] = 1;
  s[SEEN_BOOST] = 1;
}
