/** Whole flights through the whole tracker: burnout, velocity after it, impact with drag; and with a wrong model. */
import { type Random, seededRandom } from '../src/earth/random.ts';
import type { RadarPlot } from '../src/model/plot.ts';
import { unpackUpper } from '../src/model/track.ts';
import { predictBallistic, predictBoost } from '../src/tracking/dynamics.ts';
import { START } from '../src/tracking/initiation.ts';
import { lookAt, newLook, sensorModel } from '../src/tracking/measurement.ts';
import { ellipseMiss, nees } from '../src/tracking/metrics.ts';
import { BOOST_PARTS, filterForth } from '../src/tracking/refilter.ts';
import { PB, PC, slabLength, TIME, XB, XC } from '../src/tracking/slab.ts';
import { EPOCH_US, radarPlots, truthAt } from '../src/tracking/testing/flight.ts';
import { Tracker } from '../src/tracking/tracker.ts';
import { update } from '../src/tracking/update.ts';
import { coverageBand, mean, rms, row, square3, study } from './accuracy-study.ts';
import { drawFlight, notionalRadar, type TruthFlight } from './accuracy-truth.ts';
import type { BenchRow } from './bench.ts';
import { percentile } from './chart.ts';

export const RADARS = [
  notionalRadar('R1', 37, 127),
  notionalRadar('R2', 37.5, 131.5),
  notionalRadar('R3', 39.5, 137),
];
/** Times before the impact at which its estimate is looked at, s. */
const LEFT = [480, 360, 240, 180, 120, 90, 60, 30];

interface FlightResult {
  /** From burnout to its declaration, s; null: never. */
  delayS: number | null;
  /** Declared while it still burnt. */
  early: boolean;
  /** Squared velocity errors 10 to 40 s after burnout, (m/s)^2. */
  velocity: number[];
  clairvoyant: number[];
  nees: number[];
  /** By {@link LEFT}: null where there is no estimate. */
  impacts: ({ share: number; distanceM: number } | null)[];
  tracks: number;
  /** Called not ballistic, which none of them is. */
  notBallistic: boolean;
}

/** The filter that is told when it burns out: boost-9 until then, ballistic-7 after. Velocity errors squared at the plots' times. */
export function clairvoyant(flight: TruthFlight, plots: readonly RadarPlot[]): Map<number, number> {
  const models = RADARS.map(sensorModel);
  const byId = new Map(models.map((model) => [model.id, model]));
  const burnoutUs = EPOCH_US + Math.round(flight.burnS * 1e6);
  const s = new Float64Array(slabLength(models.length));
  const errors = new Map<number, number>();
  const burning = plots.filter((p) => p.timeUs <= burnoutUs);
  if (burning.length < 4 || filterForth(s, burning, byId, BOOST_PARTS, false) === 0) return errors;
  predictBoost(s, XB, PB, (burnoutUs - s[TIME]) / 1e6);
  s.fill(0, PC, PC + 49);
  for (let i = 0; i < 6; i++) {
    s[XC + i] = s[XB + i];
    for (let j = 0; j < 6; j++) s[PC + 7 * i + j] = s[PB + 9 * i + j];
  }
  s[XC + 6] = START.lnB;
  s[PC + 48] = START.lnBSigma ** 2;
  let atUs = burnoutUs;
  const look = newLook();
  for (const plot of plots) {
    if (plot.timeUs <= burnoutUs) continue;
    predictBallistic(s, XC, PC, (plot.timeUs - atUs) / 1e6);
    atUs = plot.timeUs;
    lookAt(look, plot, byId.get(plot.sensor)!);
    if (!update(7, s, XC, PC, look)) return errors;
    errors.set(atUs, square3(s.subarray(XC), truthAt(flight, atUs), 3));
  }
  return errors;
}

/** The plots of the three radars, in order of time. */
export function plotsOf(flight: TruthFlight, random: Random): RadarPlot[] {
  return RADARS.flatMap((radar, k) =>
    radarPlots(flight, radar, random.fork(radar.id), { periodS: 1, offsetS: 0.3 * k, detection: 0.9 }),
  ).sort((a, b) => a.timeUs - b.timeUs);
}

function oneFlight(seed: number, run: number, wrong: { density: number; thrust: number }): FlightResult {
  const random = seededRandom(seed).fork(`flight ${run}`);
  const { flight } = drawFlight(random.fork('draw'), wrong);
  const plots = plotsOf(flight, random);
  const best = clairvoyant(flight, plots);
  const tracker = new Tracker(RADARS, { windowS: 0 });
  const out: FlightResult = {
    delayS: null,
    early: false,
    velocity: [],
    clairvoyant: [],
    nees: [],
    impacts: LEFT.map(() => null),
    tracks: 0,
    notBallistic: false,
  };
  const due = LEFT.map((left) => Math.floor(flight.impactS - left));
  const ids = new Set<string>();
  let i = 0;
  for (let t = 1; t < flight.impactS; t++) {
    const now = EPOCH_US + t * 1e6;
    while (i < plots.length && plots[i].timeUs <= now) tracker.addPlot(plots[i++]);
    tracker.advanceTo(now);
    const since = t - flight.burnS;
    const mark = due.indexOf(t);
    // Looking costs estimates, so only where there is something to see.
    if (mark < 0 && (since > 42 || t < 20) && t % 10 !== 0) continue;
    const views = tracker.tracks();
    for (const v of views) ids.add(v.id);
    const view = views[0];
    if (views.some((v) => v.phase === 'notBallistic')) out.notBallistic = true;
    if (!view || view.ended) continue;
    if (view.burnoutDecidedUs !== undefined && out.delayS === null) {
      const delay = (view.burnoutDecidedUs - EPOCH_US) / 1e6 - flight.burnS;
      if (delay < 0) out.early = true;
      else out.delayS = delay;
    }
    const fresh = now - view.timeUs < 1e6;
    const truth = fresh ? truthAt(flight, view.timeUs) : undefined;
    const told = best.get(view.timeUs);
    if (truth && told !== undefined && since >= 10 && since <= 40) {
      out.velocity.push(square3(view.state, truth, 3));
      out.clairvoyant.push(told);
    }
    if (truth && since > 20 && t % 10 === 0) {
      const error = Array.from(view.state, (v, k) => v - truth[k]);
      out.nees.push(nees(error, unpackUpper(view.covariance, 6), 6));
    }
    if (mark >= 0 && view.impactEstimate) {
      const { latitudeDeg, longitudeDeg } = flight.impact;
      out.impacts[mark] = ellipseMiss(view.impactEstimate, latitudeDeg, longitudeDeg);
    }
  }
  out.tracks = ids.size;
  return out;
}

function estimated(results: readonly FlightResult[], k: number) {
  return results.flatMap((r) => r.impacts[k] ?? []);
}

function impactRows(what: string, results: readonly FlightResult[]): BenchRow[] {
  return LEFT.flatMap((left, k) => {
    const there = estimated(results, k);
    // Too few flights are that long, or seen so late.
    if (there.length < results.length / 3) return [];
    const covered = (100 * there.filter((e) => e.share <= 1).length) / there.length;
    return [
      row(
        `${what}: in the 95 % ellipse, ${left} s before`,
        covered,
        `% of ${there.length}`,
        null,
        Number(coverageBand(there.length)[0].toFixed(1)),
        'higher',
      ),
      row(
        `${what}: median miss, ${left} s before`,
        percentile(
          there.map((e) => e.distanceM / 1000),
          0.5,
        ),
        'km',
      ),
    ];
  });
}

function burnoutRows(what: string, results: readonly FlightResult[], gated: boolean): BenchRow[] {
  const delays = results.map((r) => r.delayS ?? Number.POSITIVE_INFINITY);
  const ratio = rms(results.flatMap((r) => r.velocity)) / rms(results.flatMap((r) => r.clairvoyant));
  const only = (limit: number): number | null => (gated ? limit : null);
  return [
    row(`${what}: runs`, results.length, '', null, null, 'higher'),
    row(`${what}: burnout declared, p50`, percentile(delays, 0.5), 's'),
    row(`${what}: burnout declared, p95`, percentile(delays, 0.95), 's', only(8), 6),
    row(`${what}: burnout declared while it burnt`, results.filter((r) => r.early).length, 'runs', null, 0),
    row(`${what}: velocity RMSE 10-40 s after burnout / clairvoyant`, ratio, '', only(1.25), 1.1),
    row(`${what}: ANEES/6 after burnout`, mean(results.flatMap((r) => r.nees)), ''),
    row(
      `${what}: called not ballistic`,
      results.filter((r) => r.notBallistic).length,
      'runs',
      Math.floor(results.length / 100),
      0,
    ),
    row(
      `${what}: runs with more than one track`,
      results.filter((r) => r.tracks !== 1).length,
      'runs',
      null,
      0,
    ),
  ];
}

export const flights = study<FlightResult>({
  name: 'flights',
  runs: (quick) => (quick ? 16 : 300),
  work: (seed, run) => oneFlight(seed, run, { density: 0, thrust: 0 }),
  rows: (results) => [
    ...burnoutRows('flights', results, true),
    ...impactRows('impact, drag, B unknown by 4', results),
  ],
  charts: (results) => [
    {
      title: `Impact error against time to impact, ${results.length} flights`,
      note: 'Drag with a ballistic coefficient unknown over a factor of 4. Half and 95 % of the flights miss by less; below, the share whose 95 % ellipse holds the true point.',
      x: 'time to impact, s',
      y: 'miss, km',
      xDown: true,
      yMin: 0,
      series: [0.95, 0.5].map((share) => ({
        name: share === 0.5 ? 'median' : '95 %',
        dash: share !== 0.5,
        points: LEFT.map((left, k): [number, number, number] => {
          const there = estimated(results, k).map((e) => e.distanceM / 1000);
          return [left, percentile(there, share), there.length];
        })
          .filter(([, , n]) => n >= results.length / 3)
          .map(([x, y]): [number, number] => [x, y]),
      })),
    },
    {
      title: `Coverage of the impact ellipse, ${results.length} flights`,
      note: 'Share of flights whose 95 % ellipse holds the true point. Shaded: the band of a true 95 % over so many runs.',
      x: 'time to impact, s',
      y: 'inside, %',
      xDown: true,
      yMin: 80,
      yMax: 100,
      band: coverageBand(results.length),
      series: [
        {
          name: 'in the ellipse',
          dots: true,
          points: LEFT.map((left, k): [number, number, number] => {
            const there = estimated(results, k);
            return [left, (100 * there.filter((e) => e.share <= 1).length) / there.length, there.length];
          })
            .filter(([, , n]) => n >= results.length / 3)
            .map(([x, y]): [number, number] => [x, y]),
        },
      ],
    },
    {
      title: `From burnout to its declaration, ${results.length} flights`,
      note: 'Share of the flights whose burnout had been declared so soon. Gate: 95 % within 8 s; goal: within 6 s.',
      x: 'delay, s',
      y: 'declared, %',
      yMin: 0,
      yMax: 100,
      series: [
        {
          name: 'declared',
          points: Array.from({ length: 61 }, (_, k): [number, number] => [
            k / 5,
            (100 * results.filter((r) => r.delayS !== null && r.delayS <= k / 5).length) / results.length,
          ]),
        },
      ],
    },
  ],
});

export const mismatch = study<FlightResult>({
  name: 'wrong model',
  runs: (quick) => (quick ? 8 : 300),
  work: (seed, run) => oneFlight(seed + 1, run, { density: 0.15, thrust: 0.05 }),
  rows: (results) => [
    ...burnoutRows('air +-15 %, thrust +-5 %', results, false),
    ...impactRows('impact, air +-15 %, B unknown by 4', results),
  ],
});
