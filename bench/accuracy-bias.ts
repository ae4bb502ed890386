/**
 * Registration: three radars see three launches, one after the other; one radar (or all) has a lasting error, constant or
 * drifting, or is on a ship that does not quite know where it is. Against the same tracker on the same plots without it.
 */
import { type Random, seededRandom } from '../src/earth/random.ts';
import { DEG, geodeticToEcef } from '../src/earth/wgs84.ts';
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
/** Its errors change within the hour; said so, and taken for constant. */
const DRIFT_HOURS = 1;
const DRIFTING = ONE.map((radar, k): RadarSensor => (k === 0 ? { ...radar, biasHours: DRIFT_HOURS } : radar));
const KEEPING = ONE.map((radar, k): RadarSensor => (k === 0 ? { ...radar, biasHours: 1e6 } : radar));
/** The first radar on a ship: what it says of its own place is off by so much on each axis, m. */
const PLACE_M = 100;
const AFLOAT = RADARS.map(
  ({ latitudeDeg, longitudeDeg, heightM, ...radar }, k): RadarSensor =>
    k === 0 ? radar : { ...radar, latitudeDeg, longitudeDeg, heightM },
);
/** Next to nothing is wrong with it but its place. */
const PLACED = AFLOAT.map(
  (radar, k): RadarSensor =>
    k === 0
      ? { ...radar, biasSigma: { rangeM: 1, azimuthDeg: 1e-3, elevationDeg: 1e-3, positionM: PLACE_M } }
      : radar,
);
/** As it was before: its place is taken for an error of its range. */
const RANGED = AFLOAT.map(
  (radar, k): RadarSensor =>
    k === 0 ? { ...radar, biasSigma: { rangeM: PLACE_M, azimuthDeg: 1e-3, elevationDeg: 1e-3 } } : radar,
);
const ALL = RADARS.map((radar): RadarSensor => ({ ...radar, biasSigma: BIAS }));
const ALL_KEEPING = ALL.map((radar): RadarSensor => ({ ...radar, biasHours: 1e6 }));

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

/** The plots with lasting errors, by radar and time, in units of what is stated. */
function biased(
  plots: readonly RadarPlot[],
  off: (sensor: string, timeUs: number) => readonly number[],
): RadarPlot[] {
  return plots.map((p) => {
    const [range, azimuth, elevation] = off(p.sensor, p.timeUs);
    return {
      ...p,
      rangeM: p.rangeM + range * BIAS.rangeM,
      azimuthRad: p.azimuthRad + azimuth * BIAS.azimuthDeg * DEG,
      elevationRad: p.elevationRad + elevation * BIAS.elevationDeg * DEG,
    };
  });
}

/** Three errors that start at one standard deviation and wander, by second since the first launch. */
function wandering(random: Random): (timeUs: number) => readonly number[] {
  const kept = Math.exp(-1 / (3600 * DRIFT_HOURS));
  const came = Math.sqrt(1 - kept * kept);
  const path: number[][] = [[1, 1, 1]];
  for (let t = 0; t < 3 * (APART_US / 1e6); t++)
    path.push(path[t].map((v) => kept * v + came * random.normal()));
  return (timeUs) => path[Math.floor((timeUs - EPOCH_US) / 1e6)];
}

/** The first radar's plots as of a ship: they carry where it believes to be. */
function afloat(plots: readonly RadarPlot[], off: readonly number[]): RadarPlot[] {
  const { latitudeDeg = 0, longitudeDeg = 0, heightM = 0 } = RADARS[0];
  const [x, y, z] = geodeticToEcef(latitudeDeg * DEG, longitudeDeg * DEG, heightM);
  const positionEcefM: [number, number, number] = [x + off[0], y + off[1], z + off[2]];
  return plots.map((p) => (p.sensor === 'R1' ? { ...p, positionEcefM } : p));
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
  /** Constant, and said to be; and nothing said of it. */
  estimated: Treated;
  constantUnsaid: Treated;
  /** Biases of every radar, drawn anew for each run: constant, and said to be; and nothing said of it. */
  every: Treated;
  everyUnsaid: Treated;
  everyIgnored: Treated;
  /** The bias wanders within the hour: the description says so; and it is taken for constant. */
  drifting: Treated;
  keeping: Treated;
  /** Nothing is said of it. */
  unsaid: Treated;
  /** On a ship that is wrong about its place: that is learnt; it is taken for range; it is ignored. */
  placed: Treated;
  ranged: Treated;
  placeIgnored: Treated;
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
    const path = wandering(random.fork('drift'));
    const drifted = biased(plots, (sensor, timeUs) => (sensor === 'R1' ? path(timeUs) : [0, 0, 0]));
    const place = random.fork('place');
    const ship = afloat(
      plots,
      [0, 1, 2].map(() => PLACE_M * place.normal()),
    );
    return {
      clean: treated(RADARS, plots),
      ignored: treated(RADARS, one),
      considered: treated(KEEPING, one, { biases: 'consider' }),
      estimated: treated(KEEPING, one),
      constantUnsaid: treated(ONE, one),
      every: treated(ALL_KEEPING, every),
      everyUnsaid: treated(ALL, every),
      everyIgnored: treated(RADARS, every),
      drifting: treated(DRIFTING, drifted),
      keeping: treated(KEEPING, drifted),
      unsaid: treated(ONE, drifted),
      placed: treated(PLACED, ship),
      ranged: treated(RANGED, ship),
      placeIgnored: treated(AFLOAT, ship),
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
      row('bias constant but not said to be: RMSE / without', over('constantUnsaid', 'clean', [1, 2]), ''),
      row('bias constant but not said to be: ANEES/6', honest('constantUnsaid'), ''),
      row('bias only considered: RMSE / without', over('considered', 'clean'), ''),
      row('bias only considered: ANEES/6', honest('considered'), ''),
      row('bias ignored: RMSE / without', over('ignored', 'clean'), ''),
      row('bias ignored: ANEES/6', honest('ignored'), ''),
      row('biases of every radar, drawn: RMSE / ignored', over('every', 'everyIgnored'), ''),
      banded('biases of every radar, drawn: ANEES/6', honest('every'), '', band),
      row('biases of every radar, constant but not said to be: ANEES/6', honest('everyUnsaid'), ''),
      row(
        'bias drifting within the hour: RMSE / without, second and third launch',
        over('drifting', 'clean', [1, 2]),
        '',
      ),
      banded('bias drifting within the hour: ANEES/6', honest('drifting'), '', band),
      row('bias drifting, time constant not stated: RMSE / without', over('unsaid', 'clean', [1, 2]), ''),
      row('bias drifting, time constant not stated: ANEES/6', honest('unsaid'), ''),
      row('bias drifting, taken for constant: RMSE / without', over('keeping', 'clean', [1, 2]), ''),
      row('bias drifting, taken for constant: ANEES/6', honest('keeping'), ''),
      row(
        `ship ${PLACE_M} m off on each axis: RMSE / without, second and third launch`,
        over('placed', 'clean', [1, 2]),
        '',
      ),
      banded('ship off its place: ANEES/6', honest('placed'), '', band),
      row('ship off its place, taken for range: RMSE / without', over('ranged', 'clean', [1, 2]), ''),
      row('ship off its place, taken for range: ANEES/6', honest('ranged'), ''),
      row('ship off its place, ignored: RMSE / without', over('placeIgnored', 'clean', [1, 2]), ''),
      banded('no bias, none stated: ANEES/6', honest('clean'), '', band),
    ];
  },
});
