/**
 * Is it an aircraft? What flies level, slowly and low, and neither thrusts upwards nor falls, is none of this tracker's
 * business: it must not become a track, and least of all a launch. From its first plot on, a track that begins low has one
 * more filter beside its own models: steady motion, with the speeds and the level course of aircraft as its prior. The
 * ratio of the two likelihoods of each plot adds up to the evidence (Bayes factor); a body that is thrust up or falls
 * leaves the level course by tens of metres within seconds.
 */
import { roughHeight } from '../earth/wgs84.ts';
import type { Look } from './measurement.ts';
import { AIR, AIR_EVIDENCE, AIR_TIME, DECLARED, PA, PC, PLOTS, TIME, XA, XC } from './slab.ts';
import { gate, update } from './update.ts';

export const AIRCRAFT = {
  /** Heights at which aircraft are looked for, m. */
  lowest: 300,
  highest: 18e3,
  /** Spread of each horizontal component of the velocity and of the climb, m/s. */
  speedSigma: 200,
  climbSigma: 20,
  /** White acceleration, m^2/s^3: gentle turns. */
  q: 2,
  /** No aircraft beyond these: m/s, m/s, m. */
  fastMps: 420,
  climbMps: 100,
  ceilingM: 25e3,
  /** Log of the odds before any plot: what begins low is rather a launch, if the tracker is to be any good. */
  prior: -3,
  /** Evidence at which it is held for an aircraft, at which it is not any more, and at which the question is closed. */
  sure: 8,
  doubt: 2,
  closed: -12,
  /** So many standard deviations of climb show a launch, and more by this share of the evidence for an aircraft. */
  climbSigmas: 2,
  climbSigmasShare: 0.3,
  /** With fewer plots one that errs by three standard deviations makes a climb. */
  climbPlots: 6,
  /** It is not counted beyond this, so that what begins beside an aircraft can leave it. */
  most: 25,
};

/** Starts the filter on a track of one radar plot, if that is where aircraft are. */
export function watchAir(s: Float64Array): void {
  const height = roughHeight(s[XC], s[XC + 1], s[XC + 2]);
  if (height < AIRCRAFT.lowest || height > AIRCRAFT.highest) return;
  const r = Math.hypot(s[XC], s[XC + 1], s[XC + 2]);
  const across = AIRCRAFT.speedSigma ** 2;
  const up = AIRCRAFT.climbSigma ** 2;
  s.fill(0, XA, PA + 36);
  for (let i = 0; i < 3; i++) {
    s[XA + i] = s[XC + i];
    for (let j = 0; j < 3; j++) {
      s[PA + 6 * i + j] = s[PC + 7 * i + j];
      s[PA + 6 * (3 + i) + 3 + j] =
        (i === j ? across : 0) + ((up - across) * s[XC + i] * s[XC + j]) / (r * r);
    }
  }
  s[AIR_TIME] = s[TIME];
  s[AIR_EVIDENCE] = AIRCRAFT.prior;
}

/** Takes a look in, after the update of the track itself with it, whose predicted log likelihood of it is given. */
export function airLook(s: Float64Array, look: Look, logLikelihood: number): void {
  const dt = (s[TIME] - s[AIR_TIME]) / 1e6;
  if (dt > 0) predictSteady(s, dt);
  s[AIR_TIME] = s[TIME];
  if (!update(6, s, XA, PA, look)) {
    close(s);
    return;
  }
  s[AIR_EVIDENCE] = Math.min(AIRCRAFT.most, s[AIR_EVIDENCE] + gate.logLikelihood - logLikelihood);
  const r = Math.hypot(s[XA], s[XA + 1], s[XA + 2]);
  const climb = (s[XA] * s[XA + 3] + s[XA + 1] * s[XA + 4] + s[XA + 2] * s[XA + 5]) / r;
  const speed = Math.hypot(s[XA + 3], s[XA + 4], s[XA + 5]);
  const possible =
    roughHeight(s[XA], s[XA + 1], s[XA + 2]) < AIRCRAFT.ceilingM &&
    speed < AIRCRAFT.fastMps &&
    Math.abs(climb) < AIRCRAFT.climbMps;
  if (!possible || s[AIR_EVIDENCE] < AIRCRAFT.closed) {
    close(s);
    return;
  }
  if (s[AIR] > 0) {
    if (s[AIR_EVIDENCE] < AIRCRAFT.doubt) s[AIR] = 0;
  } else if (s[AIR_EVIDENCE] > AIRCRAFT.sure && s[PLOTS] >= 4) s[AIR] = s[TIME];
}

/** True while it may be an aircraft as far as the plots tell: nothing has been seen to be launched or to fall. */
export function maybeAircraft(s: Float64Array): boolean {
  return s[AIR] > 0 || (s[AIR_TIME] > 0 && s[DECLARED] === 0);
}

/** True if a climb, m/s, is beyond what the errors of plots make of an aircraft. State and covariance of n components. */
export function climbing(s: Float64Array, xo: number, po: number, n: number, climb: number): boolean {
  if (s[AIR] > 0) return false;
  if (s[AIR_TIME] === 0) return true;
  let variance = 0;
  let r2 = 0;
  for (let i = 0; i < 3; i++) {
    r2 += s[xo + i] * s[xo + i];
    for (let j = 0; j < 3; j++) variance += s[xo + i] * s[po + n * (3 + i) + 3 + j] * s[xo + j];
  }
  const sigmas = AIRCRAFT.climbSigmas + AIRCRAFT.climbSigmasShare * Math.max(0, s[AIR_EVIDENCE]);
  return s[PLOTS] >= AIRCRAFT.climbPlots && climb > sigmas * Math.sqrt(variance / r2);
}

function close(s: Float64Array): void {
  s[AIR_TIME] = 0;
  s[AIR] = 0;
}

/** Steady motion over `dt` s. */
function predictSteady(s: Float64Array, dt: number): void {
  const { q } = AIRCRAFT;
  for (let i = 0; i < 3; i++) s[XA + i] += s[XA + 3 + i] * dt;
  // P = F P F': rows, then columns.
  for (let i = 0; i < 3; i++) for (let j = 0; j < 6; j++) s[PA + 6 * i + j] += dt * s[PA + 6 * (3 + i) + j];
  for (let j = 0; j < 6; j++) for (let i = 0; i < 3; i++) s[PA + 6 * j + i] += dt * s[PA + 6 * j + 3 + i];
  for (let i = 0; i < 3; i++) {
    s[PA + 7 * i] += (q * dt ** 3) / 3;
    s[PA + 6 * i + 3 + i] += (q * dt * dt) / 2;
    s[PA + 6 * (3 + i) + i] += (q * dt * dt) / 2;
    s[PA + 7 * (3 + i)] += q * dt;
  }
}
