/**
 * Which number is whose after a separation. While the radars do not resolve the two parts, the older track goes on with
 * either; once it is known which of them burns, its number goes with that one: it is the vehicle's.
 */
import { roughHeight } from '../earth/wgs84.ts';
import {
  AIR,
  AIR_EVIDENCE,
  AIR_TIME,
  BURNOUT_DECIDED,
  CONFIRMED,
  DECLARED,
  EARLY,
  ENDED,
  FIRST,
  KEPT,
  KIN,
  LIT_P,
  MU_B,
  PLOTS,
  PRED_TIME,
  SEEN_BOOST,
  SWAPPED,
  TIME,
  XB,
} from './slab.ts';
import { type Track, thrusting } from './track.ts';

const KINSHIP = {
  /** A track parts from an older one that was within this of its first plot, m, had burnt for so long, s, and was up. */
  nearM: 3000,
  burntS: 30,
  heightM: 20e3,
  /** Which of them burns must turn out within this time, s. */
  openS: 30,
};

/** Notes of what a track just begun may have parted. */
export function noteKin(track: Track, tracks: readonly Track[], timeUs: number): void {
  const { s } = track;
  let nearest = KINSHIP.nearM;
  for (const other of tracks) {
    const o = other.s;
    if (other === track || o[CONFIRMED] === 0 || o[ENDED] !== 0 || o[SEEN_BOOST] === 0) continue;
    if (o[BURNOUT_DECIDED] > 0 || timeUs - o[FIRST] < KINSHIP.burntS * 1e6 || timeUs - o[TIME] > 5e6)
      continue;
    if (roughHeight(o[XB], o[XB + 1], o[XB + 2]) < KINSHIP.heightM) continue;
    const dt = (timeUs - o[TIME]) / 1e6;
    const d = Math.hypot(
      ...[0, 1, 2].map((i) => o[XB + i] + dt * o[XB + 3 + i] + 0.5 * dt * dt * o[XB + 6 + i] - s[XB + i]),
    );
    if (d >= nearest) continue;
    nearest = d;
    s[KIN] = other.uid;
  }
}

/** What stays with a number when its state goes to another. */
const OWN = [FIRST, PLOTS, CONFIRMED, DECLARED, EARLY, KIN, AIR, AIR_TIME, AIR_EVIDENCE, SWAPPED];
let spare = new Float64Array(0);

/** Lets tracks that have parted change their states where the older one went on with what does not burn. True if any did. */
export function settleKin(tracks: readonly Track[], timeUs: number): boolean {
  let any = false;
  for (const young of tracks) {
    const y = young.s;
    if (y[KIN] === 0 || y[CONFIRMED] === 0 || y[ENDED] !== 0) continue;
    if (timeUs - y[FIRST] > KINSHIP.openS * 1e6) {
      y[KIN] = 0;
      continue;
    }
    const old = tracks.find((t) => t.uid === y[KIN]);
    if (old?.s[ENDED] !== 0 || old.s[CONFIRMED] === 0) continue;
    const o = old.s;
    if (o[BURNOUT_DECIDED] === 0 || o[MU_B] > 0.25 || o[LIT_P] > 0.5) continue;
    if (y[MU_B] < 0.9 || !thrusting(y)) continue;
    if (spare.length !== o.length) spare = new Float64Array(o.length);
    spare.set(o);
    o.set(y);
    y.set(spare);
    for (const k of OWN) {
      y[k] = o[k];
      o[k] = spare[k];
    }
    for (const t of [old, young]) {
      t.s[PRED_TIME] = 0;
      t.s[SWAPPED] = timeUs;
      // The plots kept are the other's.
      t.s[KEPT] = 0;
      t.version++;
    }
    y[KIN] = 0;
    any = true;
  }
  return any;
}
