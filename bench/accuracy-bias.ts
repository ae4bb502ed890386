/**
 * Registration: three radars see three launches, one after the other; one radar (or all) has a constant error.
 * Against the same tracker on the same plots without it.
 */
import { seededRandom } from '../src/earth/random.ts';
import { DEG } from '../src/earth/wgs84.ts';
import type { RadarPlot } from '../src/model/plot.ts';
import type { RadarSensor } from '../src/model/sensor.ts';
import { unpackUpper } from '../src/model/track.ts';
import { aneesBand, nees } from '../src/tracking/metrics.ts';
import type { TrackerOptions } from '../src/tracking/options.ts';
import {
  EPOCH_US,
  radarPlots,
  type TestFlight,
  testFlight,
  truthAt,
} from '../src/tracking/testing/flight.ts';
import { Tracker } from '../src/tracking/tracker.ts';
import { banded, mean, rms, row, square3, study } from './accuracy-study.ts';
import { notionalRadar } from './accuracy-truth.ts';

const SIGMA = { rangeM: 30, azimuthDeg: 0.06, elevationDeg: 0.06 };
const BIAS = { rangeM: 100, azimuthDeg: 1e-3 / DEG, elevationDeg: 1e-3 / DEG };
const RADARS = [
  notionalRadar('R1', 37, 127, SIGMA),
  notionalRadar('R2', 36, 132, SIGMA),
  notionalRadar('R3', 39, 135, SIGMA),
];
/** One radar whose mounting is in doubt; and all of them. */
const ONE = RADARS.map((radar, k): RadarSensor => (k === 0 ? { ...radar, biasSigma: BIAS } : radar));
const ALL = RADARS.map((radar): RadarSensor => ({ ...radar, biasSigma: BIAS }));

const UNTIL_S = 420;
const APART_US = 500e6;
const MARKS = Array.from({ length: 13 }, (_, i) => 180 + 20 * i);

let flown: TestFlight[] | undefined;

function theFlights(): TestFlight[] {
  flown ??= [
    [80, 95, 5],
    [65, 85, 6],
    [95, 90, 4],
  ].map(([bearingDeg, burnS, tiltDeg]) =>
    testFlight({
      latitudeDeg: 39,
      longitudeDeg: 126,
      bearingDeg,
      burnS,
      startG: 2,
      endG: 8,
      tiltDeg,
      untilS: UNTIL_S,
    }),
  );
  return flown;
}

function plotsOf(seed: number, run: number): RadarPlot[] {
  const random = seededRandom(seed).fork(`bias plots ${run}`);
  return theFlights()
    .flatMap((flight, f) =>
      RADARS.flatMap((radar, k) =>
        radarPlots(flight, radar, random.fork(`${radar.id} ${f}`), {
          periodS: 1,
          offsetS: 0.3 * k,
          detection: 0.9,
        }).map((p) => ({ ...p, timeUs: p.timeUs + f * APART_US })),
      ),
    )
    .sort((a, b) => a.timeUs - b.timeUs);
}

/** The plots with constant errors, by radar, in units of what is stated. */
function biased(plots: readonly RadarPlot[], off: (sensor: string) => readonly number[]): RadarPlot[] {
  return plots.map((p) => {
    const [range, azimuth, elevation] = off(p.sensor);
    return {
      ...p,
      rangeM: p.rangeM + range * BIAS.rangeM,
      azimuthRad: p.azimuthRad + azimuth * BIAS.azimuthDeg * DEG,
      elevationRad: p.elevationRad + elevation * BIAS.elevationDeg * DEG,
    };
  });
}

/** Squared position errors, and NEES/6, by launch. */
interface Treated {
  square: number[][];
  nees: number[][];
}

function treated(
  sensors: readonly RadarSensor[],
  list: readonly RadarPlot[],
  options: TrackerOptions = {},
): Treated {
  const out: Treated = { square: [], nees: [] };
  const tracker = new Tracker(sensors, { windowS: 0, ...options });
  let i = 0;
  theFlights().forEach((flight, f) => {
    const square: number[] = [];
    const honest: number[] = [];
    for (let t = 0; t <= UNTIL_S; t++) {
      const now = EPOCH_US + f * APART_US + t * 1e6;
      while (i < list.length && list[i].timeUs <= now) tracker.addPlot(list[i++]);
      tracker.advanceTo(now);
      if (!MARKS.includes(t)) continue;
      const [view] = [...tracker.tracks()].sort((a, b) => b.firstPlotUs - a.firstPlotUs);
      const truth = truthAt(flight, view.timeUs - f * APART_US);
      square.push(square3(view.state, truth));
      const error = Array.from(view.state, (v, k) => v - truth[k]);
      honest.push(nees(error, unpackUpper(view.covariance, 6), 6));
    }
    out.square.push(square);
    out.nees.push(honest);
  });
  return out;
}

interface BiasResult {
  /** Plots without bias, none stated. */
  clean: Treated;
  ignored: Treated;
  considered: Treated;
  estimated: Treated;
  /** Biases of every radar, drawn anew for each run. */
  every: Treated;
  everyIgnored: Treated;
}

export const bias = study<BiasResult>({
  name: 'bias',
  runs: (quick) => (quick ? 8 : 100),
  work: (seed, run) => {
    const plots = plotsOf(seed, run);
    const one = biased(plots, (sensor) => (sensor === 'R1' ? [1, 1, 1] : [0, 0, 0]));
    const random = seededRandom(seed).fork(`bias ${run}`);
    const draws = new Map(RADARS.map(({ id }) => [id, [random.normal(), random.normal(), random.normal()]]));
    const every = biased(plots, (sensor) => draws.get(sensor)!);
    return {
      clean: treated(RADARS, plots),
      ignored: treated(RADARS, one),
      considered: treated(ONE, one, { biases: 'consider' }),
      estimated: treated(ONE, one),
      every: treated(ALL, every),
      everyIgnored: treated(RADARS, every),
    };
  },
  rows: (results) => {
    const launches = [0, 1, 2];
    const over = (key: keyof BiasResult, base: keyof BiasResult, which = launches): number => {
      const error = (k: keyof BiasResult): number =>
        rms(results.flatMap((r) => which.flatMap((f) => r[k].square[f])));
      return error(key) / error(base);
    };
    const honest = (key: keyof BiasResult): number => mean(results.flatMap((r) => r[key].nees.flat()));
    // Launches of one run share the bias, so they count as one.
    const band = aneesBand(6, results.length);
    const what = 'bias 100 m, 1 mrad, one radar of three';
    return [
      row(
        `${what}: RMSE / without, second and third launch`,
        over('estimated', 'clean', [1, 2]),
        '',
        1.5,
        1.31,
      ),
      row(`${what}: RMSE / without, first launch`, over('estimated', 'clean', [0]), ''),
      banded('bias: ANEES/6', honest('estimated'), '', band),
      row('bias only considered: RMSE / without', over('considered', 'clean'), ''),
      row('bias only considered: ANEES/6', honest('considered'), ''),
      row('bias ignored: RMSE / without', over('ignored', 'clean'), ''),
      row('bias ignored: ANEES/6', honest('ignored'), ''),
      row('biases of every radar, drawn: RMSE / ignored', over('every', 'everyIgnored'), ''),
      banded('biases of every radar, drawn: ANEES/6', honest('every'), '', band),
      banded('no bias, none stated: ANEES/6', honest('clean'), '', band),
    ];
  },
});
