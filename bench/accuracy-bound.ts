/**
 * How soon a burnout can be known at all from the plots of the flights study: the exact posterior of its time. A boost filter
 * that never burns out and, from each plot on, a coast filter that started from it there; none is mixed with another, so what
 * a plot says of any burnout time is kept whole (Shiryaev, Theory of Probability and its Applications 8 (1963) 22). What the
 * tracker, which mixes two models, loses against it is the difference of the rows.
 */
import { seededRandom } from '../src/earth/random.ts';
import { burntOut, type Time } from '../src/tracking/burnout-times.ts';
import { predictBallistic, predictBoost } from '../src/tracking/dynamics.ts';
import { IMM } from '../src/tracking/imm.ts';
import { startFromRadar } from '../src/tracking/initiation.ts';
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

interface BoundResult {
  /** From burnout to the posterior above {@link KNOWN}, s; null: never within 40 s. */
  delayS: number | null;
  early: boolean;
  velocity: number[];
  clairvoyant: number[];
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
  let bank: Time[] = [];
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
    const weights = bank.map((h) => (h.prior / IMM.burnS) * Math.exp(h.ratio - best));
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
