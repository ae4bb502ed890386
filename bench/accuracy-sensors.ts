/** Whole flights seen otherwise: by infrared satellites alone, by one radar with range rate, by radars on ships. */
import { seededRandom } from '../src/earth/random.ts';
import { DEG, ecefToAzElRange, enuRotation, geodeticToEcef } from '../src/earth/wgs84.ts';
import type { Plot } from '../src/model/plot.ts';
import type { InfraredSensor, RadarSensor, Sensor } from '../src/model/sensor.ts';
import { unpackUpper } from '../src/model/track.ts';
import { ellipseMiss, nees } from '../src/tracking/metrics.ts';
import { EPOCH_US, radarPlots, truthAt } from '../src/tracking/testing/flight.ts';
import { Tracker } from '../src/tracking/tracker.ts';
import { type AnyStudy, mean, rms, row, square3, study } from './accuracy-study.ts';
import { drawFlight, notionalRadar, STEP_S, type TruthFlight } from './accuracy-truth.ts';
import type { BenchRow } from './bench.ts';
import { percentile } from './chart.ts';

type Random = ReturnType<typeof seededRandom>;

interface Setting {
  name: string;
  sensors: Sensor[];
  plots(flight: TruthFlight, random: Random): Plot[];
}

interface SeenFlight {
  tracks: number;
  early: boolean;
  delayS: number | null;
  /** Squared errors while it burns from 25 s after its first plot on, m^2; and 10 to 40 s after burnout, (m/s)^2. */
  boost: number[];
  velocity: number[];
  nees: number[];
  launch: { share: number; distanceM: number } | null;
  /** 60 s after burnout, if one was told by then. */
  impact: { share: number; distanceM: number } | null;
  notBallistic: boolean;
}

const SATELLITES: [InfraredSensor, [number, number, number]][] = [75, 140].map((longitudeDeg, k) => [
  { id: `I${k + 1}`, kind: 'infrared', sigma: { angleDeg: 0.00086 } },
  geodeticToEcef(0, longitudeDeg * DEG, 35_786e3),
]);
/** Clouds hide what is below, m. */
const CLOUDS_M = 10e3;

/** Lines of sight every two seconds while it burns above the clouds. */
function lines(flight: TruthFlight, random: Random): Plot[] {
  return SATELLITES.flatMap(([sensor, at], k) => {
    const draws = random.fork(sensor.id);
    const out: Plot[] = [];
    for (let t = 0.7 * k; t < flight.burnS; t += 2) {
      const s = flight.states[Math.round(t / STEP_S)];
      if (Math.hypot(s[0], s[1], s[2]) < 6.371e6 + CLOUDS_M || draws.uniform() > 0.9) continue;
      const d = [0, 1, 2].map((i) => s[i] - at[i]);
      const sigma = Math.hypot(d[0], d[1], d[2]) * sensor.sigma.angleDeg * DEG;
      for (let i = 0; i < 3; i++) d[i] += sigma * draws.normal();
      const n = Math.hypot(d[0], d[1], d[2]);
      out.push({
        kind: 'infrared',
        sensor: sensor.id,
        timeUs: EPOCH_US + Math.round(t * 1e6),
        positionEcefM: at,
        lineOfSightEcef: [d[0] / n, d[1] / n, d[2] / n],
      });
    }
    return out;
  });
}

const RATED: RadarSensor = notionalRadar('D1', 37, 128);
RATED.sigma.rangeRateMps = 3;

function rated(flight: TruthFlight, random: Random): Plot[] {
  const m = enuRotation(37 * DEG, 128 * DEG);
  const site = geodeticToEcef(37 * DEG, 128 * DEG, 100);
  const draws = random.fork('rate');
  return radarPlots(flight, RATED, random.fork('D1'), { periodS: 1, detection: 0.9 }).map((plot) => {
    const s = truthAt(flight, plot.timeUs);
    const { rangeM } = ecefToAzElRange(m, site, [s[0], s[1], s[2]]);
    const rate = [0, 1, 2].reduce((sum, i) => sum + ((s[i] - site[i]) / rangeM) * s[3 + i], 0);
    return { ...plot, rangeRateMps: rate + 3 * draws.normal() };
  });
}

/** Ships at 10 m/s to the north; they know where they are. */
const SHIPS = [
  { id: 'M1', latitudeDeg: 37.2, longitudeDeg: 130 },
  { id: 'M2', latitudeDeg: 38.5, longitudeDeg: 133 },
];

function afloat(flight: TruthFlight, random: Random): Plot[] {
  return SHIPS.flatMap(({ id, latitudeDeg, longitudeDeg }, k) => {
    const draws = random.fork(id);
    const out: Plot[] = [];
    for (let t = 0.4 * k; t < (flight.states.length - 1) * STEP_S; t += 1) {
      const lat = (latitudeDeg + (10 * t) / 111e3) * DEG;
      const site = geodeticToEcef(lat, longitudeDeg * DEG, 20);
      const s = flight.states[Math.round(t / STEP_S)];
      const g = ecefToAzElRange(enuRotation(lat, longitudeDeg * DEG), site, [s[0], s[1], s[2]]);
      const noise = [draws.normal(), draws.normal(), draws.normal()];
      if (g.elevationRad < 2 * DEG || g.rangeM > 1.5e6 || draws.uniform() > 0.9) continue;
      out.push({
        kind: 'radar',
        sensor: id,
        timeUs: EPOCH_US + Math.round(t * 1e6),
        rangeM: g.rangeM + 30 * noise[0],
        azimuthRad: g.azimuthRad + 0.08 * DEG * noise[1],
        elevationRad: g.elevationRad + 0.08 * DEG * noise[2],
        positionEcefM: site,
      });
    }
    return out;
  });
}

export const SETTINGS = {
  infrared: { name: 'two infrared satellites alone', sensors: SATELLITES.map(([s]) => s), plots: lines },
  rated: { name: 'one radar with range rate', sensors: [RATED], plots: rated },
  afloat: {
    name: 'two radars on ships',
    sensors: SHIPS.map(
      ({ id }): RadarSensor => ({
        id,
        kind: 'radar',
        sigma: { rangeM: 30, azimuthDeg: 0.08, elevationDeg: 0.08 },
      }),
    ),
    plots: afloat,
  },
} satisfies Record<string, Setting>;

function oneFlight(setting: Setting, seed: number, run: number): SeenFlight {
  const random = seededRandom(seed).fork(`${setting.name} ${run}`);
  const { flight } = drawFlight(random.fork('draw'), { density: 0, thrust: 0 });
  const plots = setting.plots(flight, random.fork('plots')).sort((a, b) => a.timeUs - b.timeUs);
  const tracker = new Tracker(setting.sensors, { windowS: 0 });
  const out: SeenFlight = {
    tracks: 0,
    early: false,
    delayS: null,
    boost: [],
    velocity: [],
    nees: [],
    launch: null,
    impact: null,
    notBallistic: false,
  };
  const ids = new Set<string>();
  const firstS = plots.length > 0 ? (plots[0].timeUs - EPOCH_US) / 1e6 : 0;
  const lastS = Math.min(Math.floor(flight.impactS), Math.ceil(flight.burnS) + 60);
  let i = 0;
  for (let t = 1; t <= lastS; t++) {
    const now = EPOCH_US + t * 1e6;
    while (i < plots.length && plots[i].timeUs <= now) tracker.addPlot(plots[i++]);
    tracker.advanceTo(now);
    const views = tracker.tracks();
    for (const v of views) ids.add(v.id);
    if (views.some((v) => v.phase === 'notBallistic')) out.notBallistic = true;
    const view = views[0];
    if (!view) continue;
    const since = t - flight.burnS;
    if (view.burnoutDecidedUs !== undefined && out.delayS === null) {
      const delay = (view.burnoutDecidedUs - EPOCH_US) / 1e6 - flight.burnS;
      if (delay < 0) out.early = true;
      else out.delayS = delay;
    }
    if (!view.ended && now - view.timeUs < 1e6) {
      const truth = truthAt(flight, view.timeUs);
      if (since < 0 && t > firstS + 25) out.boost.push(square3(view.state, truth));
      if (since >= 10 && since <= 40) {
        out.velocity.push(square3(view.state, truth, 3));
        out.nees.push(
          nees(
            Array.from(view.state, (v, k) => v - truth[k]),
            unpackUpper(view.covariance, 6),
            6,
          ),
        );
      }
    }
    if (t === lastS) {
      const { launch, impact } = flight;
      if (view.launchEstimate)
        out.launch = ellipseMiss(view.launchEstimate, launch.latitudeDeg, launch.longitudeDeg);
      if (view.impactEstimate)
        out.impact = ellipseMiss(view.impactEstimate, impact.latitudeDeg, impact.longitudeDeg);
    }
  }
  out.tracks = ids.size;
  return out;
}

function rowsOf(what: string, results: readonly SeenFlight[]): BenchRow[] {
  const inside = (all: readonly SeenFlight['launch'][]): number => {
    const told = all.flatMap((e) => e ?? []);
    return (100 * told.filter((e) => e.share <= 1).length) / told.length;
  };
  const miss = (all: readonly SeenFlight['launch'][]): number =>
    percentile(
      all.flatMap((e) => (e ? [e.distanceM / 1000] : [])),
      0.5,
    );
  const launches = results.map((r) => r.launch);
  const impacts = results.map((r) => r.impact);
  const velocity = results.flatMap((r) => r.velocity);
  const n = (all: readonly unknown[]): number => all.filter((e) => e !== null).length;
  const delays = results.map((r) => r.delayS ?? Number.POSITIVE_INFINITY);
  return [
    row(`${what}: runs not held by one track`, results.filter((r) => r.tracks !== 1).length, 'runs', null, 0),
    row(`${what}: position RMSE while it burns`, rms(results.flatMap((r) => r.boost)), 'm'),
    row(`${what}: burnout declared while it burnt`, results.filter((r) => r.early).length, 'runs', null, 0),
    row(`${what}: burnout declared, p50`, percentile(delays, 0.5), 's'),
    row(`${what}: called not ballistic`, results.filter((r) => r.notBallistic).length, 'runs', null, 0),
    ...(velocity.length > 0
      ? [
          row(`${what}: velocity RMSE 10-40 s after burnout`, rms(velocity), 'm/s'),
          row(`${what}: ANEES/6 then`, mean(results.flatMap((r) => r.nees)), ''),
        ]
      : []),
    row(`${what}: launch in its 95 % ellipse`, inside(launches), `% of ${n(launches)}`, null, 95, 'higher'),
    row(`${what}: launch, median miss`, miss(launches), 'km'),
    ...(n(impacts) > 0
      ? [
          row(
            `${what}: impact in its 95 % ellipse, 60 s after burnout`,
            inside(impacts),
            `% of ${n(impacts)}`,
            null,
            95,
            'higher',
          ),
          row(`${what}: impact, median miss then`, miss(impacts), 'km'),
        ]
      : []),
  ];
}

function of(setting: Setting): AnyStudy {
  return study<SeenFlight>({
    name: setting.name,
    runs: (quick) => (quick ? 8 : 100),
    work: (seed, run) => oneFlight(setting, seed, run),
    rows: (results) => rowsOf(setting.name, results),
  });
}

export const infrared = of(SETTINGS.infrared);
export const rangeRate = of(SETTINGS.rated);
export const ships = of(SETTINGS.afloat);
