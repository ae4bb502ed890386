/**
 * Real ascents: telemetry read from public webcasts (../shared/data/ascents, one second apart), seen by a notional
 * radar. The telemetry has speed, height and distance from the pad; the direction is one assumed azimuth.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { geodesicDirect } from '../src/earth/geodesic.ts';
import { seededRandom } from '../src/earth/random.ts';
import { DEG, EARTH_MEAN_RADIUS, ecefToAzElRange, enuRotation, geodeticToEcef } from '../src/earth/wgs84.ts';
import type { RadarPlot } from '../src/model/plot.ts';
import type { RadarSensor } from '../src/model/sensor.ts';
import { EPOCH_US } from '../src/tracking/testing/flight.ts';
import { Tracker } from '../src/tracking/tracker.ts';
import { rms, row, square3, study } from './accuracy-study.ts';
import { notionalRadar } from './accuracy-truth.ts';
import { percentile } from './chart.ts';

const FOLDER = new URL('../../shared/data/ascents/', import.meta.url);

interface Ascent {
  mission: string;
  latitudeDeg: number;
  longitudeDeg: number;
  azimuthDeg: number;
  /** First burnout (the staging), the next stage's ignition, its burnout: s. */
  mecoS: number;
  ignitionS: number;
  secoS: number;
  samples: { tS: number; speedMps: number; ecefM: [number, number, number] }[];
}

export interface AscentResult {
  mission: string;
  plots: number;
  /** Numbers of tracks that were confirmed. */
  ids: number;
  /** Whether one track was held from its first plot to the last, staging included. */
  held: boolean;
  /** Squared errors of position, m^2, and of the speed against the telemetry's own, (m/s)^2. */
  position: number[];
  speed: number[];
  /** From the staging, and from the end of the second burn, to a declared burnout, s; null: none was declared. */
  mecoDelayS: number | null;
  secoDelayS: number | null;
}

export function loadAscents(): Ascent[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.csv'))
    .sort()
    .map((name) => readAscent(readFileSync(new URL(name, FOLDER), 'utf8')));
}

function readAscent(text: string): Ascent {
  const lines = text.trim().split('\n');
  const head = lines.filter((l) => l.startsWith('#')).join('\n');
  const number = (pattern: RegExp): number => Number(pattern.exec(head)![1]);
  const latitudeDeg = number(/ lat=(-?[\d.]+)/);
  const longitudeDeg = number(/ lon=(-?[\d.]+)/);
  const azimuthDeg = number(/azimuth_deg=([\d.]+)/);
  // Its distance is the sum of the horizontal speed; over ground a height h shrinks that by R / (R + h).
  let groundM = 0;
  let before = 0;
  const samples = lines
    .filter((l) => /^\d/.test(l))
    .map((l) => {
      const [tS, speedMps, heightM, , , horizontalMps] = l.split(',').map(Number);
      groundM += (tS - before) * horizontalMps * (EARTH_MEAN_RADIUS / (EARTH_MEAN_RADIUS + heightM));
      before = tS;
      const p = geodesicDirect(latitudeDeg, longitudeDeg, azimuthDeg, groundM);
      const [x, y, z] = geodeticToEcef(p.latitudeDeg * DEG, p.longitudeDeg * DEG, heightM);
      return { tS, speedMps, ecefM: [x, y, z] as [number, number, number] };
    });
  return {
    mission: /mission=([^;]+);/.exec(head)![1],
    latitudeDeg,
    longitudeDeg,
    azimuthDeg,
    mecoS: number(/"meco":(\d+)/),
    ignitionS: number(/"ses1":(\d+)/),
    secoS: number(/"seco1":(\d+)/),
    samples,
  };
}

/** A notional radar beside the path, half way down range. */
function radarOf(a: Ascent): RadarSensor {
  const p = geodesicDirect(a.latitudeDeg, a.longitudeDeg, a.azimuthDeg + 25, 600e3);
  return notionalRadar('N1', p.latitudeDeg, p.longitudeDeg);
}

export function trackAscent(a: Ascent, seed: number): AscentResult {
  const radar = radarOf(a);
  const [lat, lon] = [radar.latitudeDeg! * DEG, radar.longitudeDeg! * DEG];
  const m = enuRotation(lat, lon);
  const site = geodeticToEcef(lat, lon, radar.heightM!);
  const random = seededRandom(seed).fork(a.mission);
  const plots = new Map<number, RadarPlot>();
  for (const { tS, ecefM } of a.samples) {
    const g = ecefToAzElRange(m, site, ecefM);
    const noise = [random.normal(), random.normal(), random.normal()];
    if (g.elevationRad < 2 * DEG || g.rangeM > 2.5e6 || random.uniform() > 0.95) continue;
    plots.set(tS, {
      kind: 'radar',
      sensor: radar.id,
      timeUs: EPOCH_US + tS * 1e6,
      rangeM: g.rangeM + noise[0] * radar.sigma.rangeM,
      azimuthRad: g.azimuthRad + noise[1] * radar.sigma.azimuthDeg * DEG,
      elevationRad: g.elevationRad + noise[2] * radar.sigma.elevationDeg * DEG,
    });
  }
  const first = Math.min(...plots.keys());
  const last = Math.max(...plots.keys());
  const tracker = new Tracker([radar], { windowS: 0 });
  const out: AscentResult = {
    mission: a.mission,
    plots: plots.size,
    ids: 0,
    held: true,
    position: [],
    speed: [],
    mecoDelayS: null,
    secoDelayS: null,
  };
  const ids = new Set<string>();
  for (const { tS, speedMps, ecefM } of a.samples) {
    const plot = plots.get(tS);
    if (plot) tracker.addPlot(plot);
    const now = EPOCH_US + tS * 1e6;
    tracker.advanceTo(now);
    const views = tracker.tracks();
    for (const v of views) ids.add(v.id);
    if (tS < first + 8 || tS > last) continue;
    const view = views[0];
    if (!view || view.ended) {
      out.held = false;
      continue;
    }
    if (view.timeUs === now && tS > first + 20) {
      out.position.push(square3(view.state, ecefM));
      out.speed.push((Math.hypot(view.state[3], view.state[4], view.state[5]) - speedMps) ** 2);
    }
    if (view.burnoutDecidedUs !== undefined) {
      if (tS >= a.mecoS && tS < a.ignitionS + 5) out.mecoDelayS ??= tS - a.mecoS;
      if (tS >= a.secoS) out.secoDelayS ??= tS - a.secoS;
    }
  }
  out.ids = ids.size;
  return out;
}

export const ascents = study<AscentResult>({
  name: 'real ascents',
  runs: () => loadAscents().length,
  work: (seed, run) => trackAscent(loadAscents()[run], seed),
  rows: (results) => {
    const known = results.flatMap((r) => r.mecoDelayS ?? []);
    return [
      row('real ascents: flights', results.length, '', null, null, 'higher'),
      row(
        'real ascents: not held by one track through staging',
        results.filter((r) => !r.held || r.ids !== 1).length,
        'flights',
        0,
        0,
      ),
      row('real ascents: position RMSE', rms(results.flatMap((r) => r.position)), 'm'),
      row('real ascents: speed RMSE against the telemetry', rms(results.flatMap((r) => r.speed)), 'm/s'),
      row('real ascents: staging seen as burnout', known.length, 'flights', null, null, 'higher'),
      ...(known.length > 0
        ? [row('real ascents: from staging to burnout declared, p50', percentile(known, 0.5), 's')]
        : []),
      row(
        'real ascents: end of the second burn declared within 8 s',
        results.filter((r) => r.secoDelayS !== null && r.secoDelayS <= 8).length,
        'flights',
        null,
        results.length,
        'higher',
      ),
    ];
  },
});
