/**
 * The numbers of a track, all in one Float64Array, so that a snapshot is one copy and nothing is allocated
 * for a plot. B is boost-9, C is ballistic-7, L is a third filter that runs unmixed when there is a question;
 * the P-areas hold B and C predicted to the time of the scan.
 */
export const TIME = 0; // of the filtered state, us
export const FIRST = 1; // first plot, us
export const PLOTS = 2;
export const SCORE = 3; // log-likelihood ratio against false plots
export const MU_B = 4; // probability of boost
export const CONFIRMED = 5; // us, 0: tentative
export const FROZEN = 6; // 1: ballistic only, boost is not computed
export const BURNOUT = 7; // us, when it is thought to have burnt out, 0: not declared
export const DECLARED = 8; // us, launch declared
export const MISFIT = 9; // running mean of NIS per degree of freedom under the ballistic model
export const ENDED = 10; // 0 live, 1 lost, 2 impact
export const IR_LAST = 11; // last infrared plot, us
export const IR_GAP = 12; // usual time between infrared plots of this track, us
export const COAST_SINCE = 13; // us, since when ballistic has been the likelier, 0: it is not
export const NOT_BALLISTIC = 14; // us, since when; 0: ballistic as far as known
export const MANOEUVRE = 15; // time for which lift has been beyond doubt, s
export const RESETS = 16; // covariances that failed and were reset
export const SEEN_COAST = 17; // 1: the first plots were already ballistic
export const MAX_HEIGHT = 18; // highest filtered height, m
export const BURNOUT_DECIDED = 19; // us, when it was declared
export const ENDED_AT = 20; // us
export const COAST_START_COUNT = 21; // plots when the present ballistic phase began
export const CHECKS = 22; // covariance checks made
export const SEEN_BOOST = 23; // 1: boost has been certain once
export const IR_USED = 24; // 1: the present silence of the infrared sensors has been judged
export const EARLY = 25; // plots kept for the launch estimate
export const IR_LONG = 26; // longest of the recent gaps between infrared plots, us
export const IR_COUNT = 27; // infrared plots
export const LIT_TIME = 28; // of the filter that supposes a stage lit at burnout, us, 0: it does not run
export const LIT_P = 29; // probability of that by its estimate of the thrust
export const SETTLED = 30; // 1: this burnout was the last one, as far as can be known
export const LIFT_TIME = 31; // of the filter that supposes lift, us, 0: it does not run
export const LIFT_P = 32; // probability of lift by its estimate
export const AIR_TIME = 33; // of the filter that supposes an aircraft, us, 0: it does not run
export const AIR_EVIDENCE = 34; // log-likelihood ratio of that against the track's own models
export const AIR = 35; // us, since when it is held for an aircraft, 0: it is not
export const BANK = 36; // 1: the bank of ballistic coefficients runs, 2: it has done its work, 0: neither
export const KIN = 37; // uid of the track that it may have parted from, 0: none
export const SWAPPED = 38; // us, when it changed its state with another, 0: never
export const KEPT = 39; // plots kept for the state after burnout: all of them so far, or no more
/** What every track has lies together, what only some have after it: the cache is most of what a sparse scan costs. */
export const XC = 40;
export const PC = XC + 7;
export const PRED_TIME = PC + 49; // us, of the predicted areas below, 0: none
export const PRED_MU_B = PRED_TIME + 1;
export const XCP = PRED_MU_B + 1;
export const PCP = XCP + 7;
export const XB = PCP + 49;
export const PB = XB + 9;
export const XBP = PB + 81;
export const PBP = XBP + 9;
/**
 * The filter that supposes something more: that the next stage was lit (boost-9, started when ballistic became the
 * likelier), or later, in the air, that it has lift. Never both.
 */
export const XL = PBP + 81;
export const PL = XL + 9;
/** The filter that supposes level flight: position and velocity. */
export const XA = PL + 81;
export const PA = XA + 6;
/** The bank of ballistic coefficients: its weights, and for each member mean and covariance of a ballistic filter. */
export const MEMBERS = 5;
export const MEMBER = 7 + 49;
export const WK = PA + 36;
export const XK = WK + MEMBERS;
/** Per sensor: time of the last plot, us, 0: none. */
export const SENSORS = XK + MEMBER * MEMBERS;

export function slabLength(sensors: number): number {
  return SENSORS + sensors;
}

/**
 * Copies a track's numbers without the areas that nothing reads: the predictions, which are made anew, and the filters that
 * do not run. Of a track in free fall that is a fifth of them.
 */
export function copyTrack(from: Float64Array, to: Float64Array): void {
  copy(from, to, 0, PRED_TIME);
  to[PRED_TIME] = 0;
  if (from[FROZEN] === 0) copy(from, to, XB, XBP);
  if (from[LIT_TIME] > 0 || from[LIFT_TIME] > 0) copy(from, to, XL, XA);
  if (from[AIR_TIME] > 0) copy(from, to, XA, WK);
  if (from[BANK] === 1) copy(from, to, WK, SENSORS);
  copy(from, to, SENSORS, from.length);
}

function copy(from: Float64Array, to: Float64Array, start: number, end: number): void {
  for (let i = start; i < end; i++) to[i] = from[i];
}
