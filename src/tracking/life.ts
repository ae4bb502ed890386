/** When tracks end, and how long ended ones are kept. */
import { roughHeight } from '../earth/wgs84.ts';
import { coarse, rough } from './gating.ts';
import { predictTo } from './imm.ts';
import {
  CONFIRMED,
  ENDED,
  ENDED_AT,
  MU_B,
  NOT_BALLISTIC,
  PCP,
  PRED_MU_B,
  PRED_TIME,
  TIME,
  XBP,
  XC,
  XCP,
} from './slab.ts';
import { LIFE, type Track } from './track.ts';

/** Ended tracks are shown for so long, us. */
export const ENDED_KEPT_US = 60e6;

/** True if nothing is to be shown of it any more. */
export function isDead(s: Float64Array, timeUs: number): boolean {
  if (!Number.isFinite(s[XC]) || !Number.isFinite(s[XC + 3])) return true;
  if (s[CONFIRMED] === 0) return timeUs - s[TIME] > LIFE.tentativeS * 1e6;
  return s[ENDED] !== 0 && timeUs - s[ENDED_AT] > ENDED_KEPT_US;
}

/** A confirmed track ends when it is predicted below ground, or its silence leaves nothing to say. True if it does. */
export function judgeEnd(track: Track, timeUs: number): boolean {
  const { s } = track;
  const silenceS = (timeUs - s[TIME]) / 1e6;
  if (silenceS < 1) return false;
  coarse(s, timeUs);
  const boosting = s[MU_B] >= 0.5;
  if (boosting || s[NOT_BALLISTIC] > 0) return silenceS > LIFE.boostSilenceS && endTrack(track, timeUs, 1);
  // The cheap prediction decides only whether to look closer.
  if (silenceS > LIFE.coastSilenceS) return endTrack(track, timeUs, 1);
  if (silenceS < 5 && roughHeight(rough[0], rough[1], rough[2]) > 50e3) return false;
  if (Math.floor(silenceS) === Math.floor(silenceS - 0.5)) return false;
  predictTo(s, timeUs);
  const low = s[PRED_MU_B] < 0.5 ? XCP : XBP;
  const height = roughHeight(s[low], s[low + 1], s[low + 2]);
  const spread = Math.sqrt(s[PCP] + s[PCP + 8] + s[PCP + 16]);
  s[PRED_TIME] = 0;
  if (height < 0) return endTrack(track, timeUs, silenceS <= LIFE.heldToImpactS ? 2 : 1);
  return spread > LIFE.coastSpreadM && endTrack(track, timeUs, 1);
}

/** Ends it: 1 lost, 2 impact. Returns true. */
export function endTrack(track: Track, timeUs: number, how: 1 | 2): true {
  track.s[ENDED] = how;
  track.s[ENDED_AT] = timeUs;
  track.version++;
  return true;
}
