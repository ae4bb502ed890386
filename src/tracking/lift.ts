/**
 * Is it ballistic? In the air lift shows as an acceleration across the velocity, which neither drag nor an unknown
 * ballistic coefficient nor thrust along the path explains. Two mixed models forget what they learn of it at each
 * mixing, so where lift can be (in the air, the last stage burnt out) one more filter runs beside them, unmixed: the
 * ballistic body with the drag known so far and an acceleration besides, free to wander. What its estimate says of
 * the part across the velocity against none at all is the Bayes factor by the ratio of Savage and Dickey, as in
 * {@link file://./staging.ts}: the density of "none" after the plots over that before.
 */
import { lastDrag, predictLift } from './dynamics.ts';
import type { Look } from './measurement.ts';
import { LIFT_P, LIFT_TIME, MANOEUVRE, MU_B, PC, PL, PRED_TIME, TIME, XB, XC, XL } from './slab.ts';
import { update } from './update.ts';

export const LIFT = {
  /** Spread of each component of the acceleration at the start, m/s^2, and its white jerk, m^2/s^5. */
  sigma: 1,
  jerkQ: 1,
  /** The same along the velocity, as a share of the drag: what the density and the coefficient may be wrong by. */
  dragShare: 0.3,
  /** Lift is of about this size, m/s^2: the spread that it has before the plots are asked. */
  size: 10,
  /** Beyond doubt: above this probability, and with an acceleration of at least this, m/s^2, for so long, s. */
  beyond: 0.97,
  leastMps2: 3,
  lastS: 1.5,
  /**
   * Probability of lift before its direction is asked: that of the mixed models' second one, which any motion feeds
   * that is not ballistic, kept within these.
   */
  prior: [0.01, 0.9],
};

/** Starts the filter from the ballistic state. */
export function watchLift(s: Float64Array): void {
  s.fill(0, XL, PL + 81);
  for (let i = 0; i < 6; i++) {
    s[XL + i] = s[XC + i];
    for (let j = 0; j < 6; j++) s[PL + 9 * i + j] = s[PC + 7 * i + j];
    if (i >= 3) s[PL + 10 * (i + 3)] = LIFT.sigma ** 2;
  }
  s[LIFT_TIME] = s[TIME];
  s[LIFT_P] = LIFT.prior[0];
  s[MANOEUVRE] = 0;
}

/** Takes a look in; to be called after the update of the track itself with it, `dtS` after the one before. */
export function liftLook(s: Float64Array, look: Look): void {
  const dt = (s[TIME] - s[LIFT_TIME]) / 1e6;
  predictLift(s, XL, PL, dt, Math.exp(s[XC + 6]), LIFT.jerkQ);
  s[LIFT_TIME] = s[TIME];
  const v2 = s[XL + 3] ** 2 + s[XL + 4] ** 2 + s[XL + 5] ** 2;
  const along = ((LIFT.dragShare * lastDrag) ** 2 * dt) / v2;
  for (let i = 0; i < 3; i++)
    for (let j = 0; j < 3; j++) s[PL + 60 + 9 * i + j] += along * s[XL + 3 + i] * s[XL + 3 + j];
  if (!update(9, s, XL, PL, look)) {
    watchLift(s);
    return;
  }
  judge(s);
  s[MANOEUVRE] = s[LIFT_P] > LIFT.beyond && across.size > LIFT.leastMps2 ? s[MANOEUVRE] + Math.min(dt, 1) : 0;
}

const across = { size: 0 };

/** Probability of lift by the acceleration across the velocity, two components. */
function judge(s: Float64Array): void {
  const v = Math.hypot(s[XL + 3], s[XL + 4], s[XL + 5]);
  // Two unit vectors across the velocity.
  const u0 = s[XL + 3] / v;
  const u1 = s[XL + 4] / v;
  const u2 = s[XL + 5] / v;
  const flat = Math.hypot(u0, u1);
  const e0 = flat > 1e-6 ? -u1 / flat : 1;
  const e1 = flat > 1e-6 ? u0 / flat : 0;
  const n0 = -u2 * e1;
  const n1 = u2 * e0;
  const n2 = u0 * e1 - u1 * e0;
  const a = XL + 6;
  const p = PL + 60;
  const e = e0 * s[a] + e1 * s[a + 1];
  const n = n0 * s[a] + n1 * s[a + 1] + n2 * s[a + 2];
  const ee = e0 * e0 * s[p] + 2 * e0 * e1 * s[p + 1] + e1 * e1 * s[p + 10];
  const p0 = n0 * s[p] + n1 * s[p + 1] + n2 * s[p + 2];
  const p1 = n0 * s[p + 1] + n1 * s[p + 10] + n2 * s[p + 11];
  const p2 = n0 * s[p + 2] + n1 * s[p + 11] + n2 * s[p + 20];
  const nn = n0 * p0 + n1 * p1 + n2 * p2;
  const en = e0 * p0 + e1 * p1;
  const det = ee * nn - en * en;
  if (!(det > 0)) return;
  across.size = Math.hypot(e, n);
  const z2 = (nn * e * e - 2 * en * e * n + ee * n * n) / det;
  const none = (LIFT.size ** 2 / Math.sqrt(det)) * Math.exp(Math.max(-300, -z2 / 2));
  const prior = Math.min(LIFT.prior[1], Math.max(LIFT.prior[0], s[MU_B]));
  s[LIFT_P] = prior / (prior + (1 - prior) * none);
}

/** True if lift is beyond doubt; the track's other model is then its only one. */
export function judgeLift(s: Float64Array): boolean {
  if (s[MANOEUVRE] < LIFT.lastS) return false;
  if (s[MU_B] < 0.5) {
    s.copyWithin(XB, XL, PL + 81);
    // The boost model's acceleration holds the drag.
    const v = Math.hypot(s[XB + 3], s[XB + 4], s[XB + 5]);
    for (let i = 0; i < 3; i++) s[XB + 6 + i] -= (lastDrag * s[XB + 3 + i]) / v;
  }
  s[MU_B] = 1 - 1e-9;
  s[PRED_TIME] = 0;
  s[LIFT_TIME] = 0;
  s[LIFT_P] = 1;
  return true;
}
