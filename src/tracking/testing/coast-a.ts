/**
 * The scenario coast-A (data/coast-a.scenario.json of the shared data): one radar, one drag-free arc, and a
 * portable random generator, so that run k has the same numbers in any language. For tests only.
 */
import { existsSync, readFileSync } from 'node:fs';
import { freeAcceleration } from '../../earth/gravity.ts';
import { DEG, enuRotation, geodeticToEcef } from '../../earth/wgs84.ts';
import type { RadarPlot } from '../../model/plot.ts';
import type { RadarSensor } from '../../model/sensor.ts';

interface Scenario {
  radar: { latDeg: number; lonDeg: number; h: number };
  start: { latDeg: number; lonDeg: number; h: number; speed: number; fpaDeg: number; azDeg: number };
  sensor: { sigmaRange: number; sigmaAz: number; sigmaEl: number; period: number; scans: number };
  prior: { sigmaPos: number; sigmaVel: number };
}

/**
 * One step of Runge-Kutta order 4 of a free body, state of six in place: the tests' own integrator. The scenario has
 * gravity with J2 alone.
 */
export function freeStep(s: Float64Array, dt: number, acceleration = freeAcceleration): void {
  const a = new Float64Array(3);
  const rate = (y: Float64Array): Float64Array => {
    acceleration(y, 0, a);
    return Float64Array.of(y[3], y[4], y[5], a[0], a[1], a[2]);
  };
  const at = (k: Float64Array, h: number): Float64Array => s.map((v, i) => v + h * k[i]);
  const k1 = rate(s);
  const k2 = rate(at(k1, dt / 2));
  const k3 = rate(at(k2, dt / 2));
  const k4 = rate(at(k3, dt));
  for (let i = 0; i < 6; i++) s[i] += (dt / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
}

export interface CoastA {
  scenario: Scenario;
  sensor: RadarSensor;
  /** ECEF to ENU at the radar, and the radar's place. */
  rotation: Float64Array;
  site: Float64Array;
  /** ECEF state at each scan, scan 0 being one period after the start. */
  truth: Float64Array[];
  start: Float64Array;
}

const EPOCH_US = Date.UTC(2026, 0, 1) * 1000;

/** Undefined where the shared data is not at hand. */
export function loadCoastA(): CoastA | undefined {
  const path = new URL('../../../../shared/data/coast-a.scenario.json', import.meta.url);
  if (!existsSync(path)) return undefined;
  const scenario = JSON.parse(readFileSync(path, 'utf8')) as Scenario;
  const { start, radar, sensor } = scenario;
  const lat = start.latDeg * DEG;
  const lon = start.lonDeg * DEG;
  const m = enuRotation(lat, lon);
  const e = start.speed * Math.cos(start.fpaDeg * DEG) * Math.sin(start.azDeg * DEG);
  const n = start.speed * Math.cos(start.fpaDeg * DEG) * Math.cos(start.azDeg * DEG);
  const u = start.speed * Math.sin(start.fpaDeg * DEG);
  const s = new Float64Array(6);
  s.set(geodeticToEcef(lat, lon, start.h));
  for (let i = 0; i < 3; i++) s[3 + i] = m[i] * e + m[3 + i] * n + m[6 + i] * u;
  const first = s.slice();
  const truth: Float64Array[] = [];
  for (let k = 0; k < sensor.scans; k++) {
    for (let i = 0; i < 10 * sensor.period; i++) freeStep(s, 0.1);
    truth.push(s.slice());
  }
  return {
    scenario,
    sensor: {
      id: 'R1',
      kind: 'radar',
      latitudeDeg: radar.latDeg,
      longitudeDeg: radar.lonDeg,
      heightM: radar.h,
      sigma: {
        rangeM: sensor.sigmaRange,
        azimuthDeg: sensor.sigmaAz / DEG,
        elevationDeg: sensor.sigmaEl / DEG,
      },
    },
    rotation: enuRotation(radar.latDeg * DEG, radar.lonDeg * DEG),
    site: Float64Array.from(geodeticToEcef(radar.latDeg * DEG, radar.lonDeg * DEG, radar.h)),
    truth,
    start: first,
  };
}

/** East, north, up of an ECEF position (or, without the site, of a velocity). */
export function toEnu(
  rotation: Float64Array,
  v: ArrayLike<number>,
  site?: ArrayLike<number>,
): [number, number, number] {
  const x = v[0] - (site ? site[0] : 0);
  const y = v[1] - (site ? site[1] : 0);
  const z = v[2] - (site ? site[2] : 0);
  const m = rotation;
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}

/** The scenario's generator: mulberry32 and Box-Muller pairs of ln(u) itself, cosine first, then sine. */
function scenarioNormals(seed: number): () => number {
  let s = seed >>> 0;
  const uniform = (): number => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const v = spare;
      spare = undefined;
      return v;
    }
    const r = Math.sqrt(-2 * Math.log(uniform()));
    const a = 2 * Math.PI * uniform();
    spare = r * Math.sin(a);
    return r * Math.cos(a);
  };
}

/** Run k: the prior's error (3 + 3, east north up) and the plots. */
export function coastARun(a: CoastA, run: number): { priorError: number[]; plots: RadarPlot[] } {
  const normal = scenarioNormals(1000 + run);
  const { prior, sensor } = a.scenario;
  const priorError: number[] = [];
  for (let i = 0; i < 6; i++) priorError.push(normal() * (i < 3 ? prior.sigmaPos : prior.sigmaVel));
  const plots = a.truth.map((s, k): RadarPlot => {
    const [e, n, u] = toEnu(a.rotation, s, a.site);
    const r = Math.hypot(e, n, u);
    const rangeM = r + normal() * sensor.sigmaRange;
    const east = Math.atan2(n, e) + normal() * sensor.sigmaAz;
    const elevationRad = Math.asin(u / r) + normal() * sensor.sigmaEl;
    return {
      kind: 'radar',
      sensor: 'R1',
      timeUs: EPOCH_US + (k + 1) * sensor.period * 1e6,
      rangeM,
      azimuthRad: Math.PI / 2 - east,
      elevationRad,
    };
  });
  return { priorError, plots };
}
