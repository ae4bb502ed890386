/**
 * How soon a burnout can be known at all from the plots of the flights study: the exact posterior of its time. A boost filter
 * that never burns out and, from each plot on, a coast filter that started from it there; none is mixed with another, so what
 * a plot says of any burnout time is kept whole (Shiryaev, Theory of Probability and its Applications 8 (1963) 22). What the
 * tracker, which mixes two models, loses against it is the difference of the rows.
 */
import { seededRandom } from '../src/earth/random.ts';
import { predictBallistic, predictBoost } from '../src/tracking/dynamics.ts';
import { IMM } from '../src/tracking/imm.ts';
import { START, startFromRadar } from '../src/tracking/initiation.ts';
import { lookAt, newLook, sensorModel } from '../src/tracking/measurement.ts';
import { PB, PC, slabLength, TIME, XB, XC } from '../src/tracking/slab.ts';
import { EPOCH_US, truthAt } from '../src/tracking/testing/flight.ts';
import { gate, update } from '../src/tracking/update.ts';
import { clairvoyant, plotsOf, RADARS } from './accuracy-flights.ts';
import { rms, row, square3, study } from './accuracy-study.ts';
import { drawFlight } from './accuracy-truth.ts';
import { percentile } from './chart.ts';

/** A burnout counts as known above this posterior. */
const KNOWN = 0.9;
/** A burnout time e^25 times less likely than none, or than the best one later on, is left out. */
const LEAST = -25;
/** No burnout is supposed before so many plots: with fewer any motion fits. */
const FIRST_PLOTS = 8;

interface Hypothesis {
  s: Float64Array;
  /** Log-likelihood ratio against burning on. */
  ratio: number;
  prior: number;
}

interface BoundResult {
  /** From burnout to the posterior above {@link KNOWN}, s; null: never within 40 s. */
  delayS: number | null;
  early: boolean;
  velocity: number[];
  clairvoyant: number[];
}

/** Burnt out in the middle of the next `dtS`, from the boost state as it is. */
function burntOut(boost: Float64Array, dtS: number): Hypothesis {
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
  return { s, ratio: 0, prior: dtS / IMM.burnS };
}

function oneFlight(seed: number, run: number): BoundResult {
  const random = seededRandom(seed).fork(`flight ${run}`);
  const { flight } = drawFlight(random.fork('draw'), { density: 0, thrust: 0 });
  const plots = plotsOf(flight, random);
  const told = clairvoyant(flight, plots);
  const byId = new Map(RADARS.map(sensorModel).map((m) => [m.id, m]));
  const burnoutUs = EPOCH_US + flight.burnS * 1e6;
  const s = new Float64Array(slabLength(RADARS.length));
  const look = newLook();
  const out: BoundResult = { delayS: null, early: false, velocity: [], clairvoyant: [] };
  lookAt(look, plots[0], byId.get(plots[0].sensor)!);
  startFromRadar(s, look, plots[0].timeUs, false);
  let bank: Hypothesis[] = [];
  let count = 1;
  for (const plot of plots.slice(1)) {
    const since = (plot.timeUs - burnoutUs) / 1e6;
    if (since > 40) break;
    const dt = (plot.timeUs - s[TIME]) / 1e6;
    if (count > FIRST_PLOTS && dt > 0) bank.push(burntOut(s, dt));
    predictBoost(s, XB, PB, dt);
    s[TIME] = plot.timeUs;
    lookAt(look, plot, byId.get(plot.sensor)!);
    if (!update(9, s, XB, PB, look)) break;
    count++;
    const boost = gate.logLikelihood;
    for (const h of bank) {
      predictBallistic(h.s, XC, PC, (plot.timeUs - h.s[TIME]) / 1e6);
      h.s[TIME] = plot.timeUs;
      h.ratio += update(7, h.s, XC, PC, look) ? gate.logLikelihood - boost : Number.NEGATIVE_INFINITY;
    }
    const best = bank.reduce((m, h) => Math.max(m, h.ratio), 0);
    bank = bank.filter((h) => h.ratio - best > LEAST);
    const weights = bank.map((h) => h.prior * Math.exp(h.ratio - best));
    const sum = weights.reduce((a, b) => a + b, 0);
    const posterior = sum / (sum + Math.exp(-best));
    if (posterior > KNOWN && since <= 0) out.early = true;
    else if (posterior > KNOWN) out.delayS ??= since;
    const error = told.get(plot.timeUs);
    if (error === undefined || since < 10 || sum === 0) continue;
    const x = [3, 4, 5].map((i) => bank.reduce((a, h, k) => a + (weights[k] / sum) * h.s[XC + i], 0));
    out.velocity.push(square3([0, 0, 0, ...x], truthAt(flight, plot.timeUs), 3));
    out.clairvoyant.push(error);
  }
  return out;
}

export const bound = study<BoundResult>({
  name: 'bound of burnout',
  runs: (quick) => (quick ? 16 : 300),
  work: oneFlight,
  rows: (results) => {
    const delays = results.map((r) => r.delayS ?? Number.POSITIVE_INFINITY);
    const what = `flights, exact posterior of the burnout above ${KNOWN}`;
    const ratio = rms(results.flatMap((r) => r.velocity)) / rms(results.flatMap((r) => r.clairvoyant));
    return [
      row(`${what}: p50`, percentile(delays, 0.5), 's'),
      row(`${what}: p95`, percentile(delays, 0.95), 's'),
      row(`${what}: while it burnt`, results.filter((r) => r.early).length, 'runs'),
      row('flights, all burnout times weighed: velocity RMSE 10-40 s after burnout / clairvoyant', ratio, ''),
    ];
  },
});
