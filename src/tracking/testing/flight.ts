/**
 * A simple truth for the tests of this folder: a point mass with thrust along its velocity after a short
 * vertical rise, then a free fall without drag in gravity with J2 to J4, and radars that see it. Nothing of it is in the
 * filters.
 */
import { freeAccelerationJ4 } from '../../earth/gravity.ts';
import type { Random } from '../../earth/random.ts';
import { DEG, ecefToAzElRange, enuRotation, geodeticToEcef } from '../../earth/wgs84.ts';
import type { Nation } from '../../model/nation.ts';
import type { RadarPlot } from '../../model/plot.ts';
import type { RadarSensor } from '../../model/sensor.ts';
import { freeStep } from './coast-a.ts';

export interface TestFlight {
  /** State at 0.1 s steps from the launch. */
  states: Float64Array[];
  burnS: number;
  launch: { latitudeDeg: number; longitudeDeg: number };
}

/** A nation each, with a radar that sees the launches of these tests. */
export const THREE_NODES: Nation[] = ['USA', 'KOR', 'JPN'];
export const THREE_RADARS: RadarSensor[] = (
  [
    ['R1', 37, 127],
    ['R2', 36, 132],
    ['R3', 39, 135],
  ] as const
).map(([id, latitudeDeg, longitudeDeg]) => ({
  id,
  kind: 'radar',
  latitudeDeg,
  longitudeDeg,
  heightM: 0,
  sigma: { rangeM: 30, azimuthDeg: 0.06, elevationDeg: 0.06 },
}));

const STEP = 0.1;

/** One step of the free fall of these flights, state of six in place. */
export function fallStep(s: Float64Array, dt: number): void {
  freeStep(s, dt, freeAccelerationJ4);
}

/** Flies until `untilS`: thrust from `startG` growing as mass burns away, tilted by `tiltDeg` towards `bearingDeg`. */
export function testFlight(o: {
  latitudeDeg: number;
  longitudeDeg: number;
  bearingDeg: number;
  burnS: number;
  startG: number;
  endG: number;
  tiltDeg: number;
  untilS: number;
}): TestFlight {
  const lat = o.latitudeDeg * DEG;
  const lon = o.longitudeDeg * DEG;
  const m = enuRotation(lat, lon);
  const s = new Float64Array(6);
  s.set(geodeticToEcef(lat, lon, 0));
  const a = new Float64Array(3);
  const tilt = o.tiltDeg * DEG;
  const e = Math.sin(tilt) * Math.sin(o.bearingDeg * DEG);
  const n = Math.sin(tilt) * Math.cos(o.bearingDeg * DEG);
  const u = Math.cos(tilt);
  const states: Float64Array[] = [s.slice()];
  for (let k = 0; k * STEP < o.untilS; k++) {
    const t = k * STEP;
    if (t >= o.burnS) fallStep(s, STEP);
    else {
      const thrust = (9.80665 * o.startG) / (1 - (1 - o.startG / o.endG) * (t / o.burnS));
      const v = Math.hypot(s[3], s[4], s[5]);
      // Ten seconds up with a slight tilt, then along the velocity.
      const direction = [0, 1, 2].map((i) =>
        t < 10 || v < 10 ? m[i] * e + m[3 + i] * n + m[6 + i] * u : s[3 + i] / v,
      );
      for (let sub = 0; sub < 10; sub++) {
        freeAccelerationJ4(s, 0, a);
        for (let i = 0; i < 3; i++) {
          const acc = a[i] + thrust * direction[i];
          s[i] += s[3 + i] * (STEP / 10) + 0.5 * acc * (STEP / 10) ** 2;
          s[3 + i] += acc * (STEP / 10);
        }
      }
    }
    states.push(s.slice());
  }
  return { states, burnS: o.burnS, launch: { latitudeDeg: o.latitudeDeg, longitudeDeg: o.longitudeDeg } };
}

export const EPOCH_US = Date.UTC(2026, 0, 1) * 1000;

/** Plots of a radar each `periodS` while the flight is above two degrees and within range. */
export function radarPlots(
  flight: TestFlight,
  radar: RadarSensor,
  random: Random,
  o: {
    periodS: number;
    offsetS?: number;
    fromS?: number;
    toS?: number;
    maxRangeM?: number;
    detection?: number;
  },
): RadarPlot[] {
  const lat = radar.latitudeDeg! * DEG;
  const lon = radar.longitudeDeg! * DEG;
  const m = enuRotation(lat, lon);
  const site = geodeticToEcef(lat, lon, radar.heightM!);
  const plots: RadarPlot[] = [];
  const last = (flight.states.length - 1) * STEP;
  for (let t = o.offsetS ?? 0; t <= Math.min(last, o.toS ?? last); t += o.periodS) {
    if (t < (o.fromS ?? 0)) continue;
    const s = flight.states[Math.round(t / STEP)];
    const g = ecefToAzElRange(m, site, [s[0], s[1], s[2]]);
    if (g.elevationRad < 2 * DEG || g.rangeM > (o.maxRangeM ?? 2e6)) continue;
    const seen = random.uniform() < (o.detection ?? 1);
    const noise = [random.normal(), random.normal(), random.normal()];
    if (!seen) continue;
    plots.push({
      kind: 'radar',
      sensor: radar.id,
      timeUs: EPOCH_US + Math.round(t * 1e6),
      rangeM: g.rangeM + noise[0] * radar.sigma.rangeM,
      azimuthRad: g.azimuthRad + noise[1] * radar.sigma.azimuthDeg * DEG,
      elevationRad: g.elevationRad + noise[2] * radar.sigma.elevationDeg * DEG,
    });
  }
  return plots;
}

/** The true state at a time, us. */
export function truthAt(flight: TestFlight, timeUs: number): Float64Array {
  return flight.states[Math.round((timeUs - EPOCH_US) / 1e6 / STEP)];
}
