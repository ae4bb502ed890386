/**
 * Flights with air, written for the benchmarks alone: thrust along the velocity after a short rise, drag with its
 * own curve over Mach number, down to the ground. What the tracker assumes of air and thrust can be made wrong.
 */
import { airInto } from '../src/earth/atmosphere.ts';
import { freeAccelerationJ4 } from '../src/earth/gravity.ts';
import type { Random } from '../src/earth/random.ts';
import { DEG, ecefHeight, ecefToGeodetic, enuRotation, geodeticToEcef } from '../src/earth/wgs84.ts';
import type { RadarSensor } from '../src/model/sensor.ts';
import type { TestFlight } from '../src/tracking/testing/flight.ts';

export interface TruthFlight extends TestFlight {
  impactS: number;
  impact: { latitudeDeg: number; longitudeDeg: number };
}

export interface TruthRequest {
  latitudeDeg: number;
  longitudeDeg: number;
  bearingDeg: number;
  /** In tenths of a second. */
  burnS: number;
  /** Thrust over weight at the launch and at burnout. */
  startG: number;
  endG: number;
  tiltDeg: number;
  /** Mass over drag area at hypersonic speed after burnout, kg/m^2: 1 / B. */
  kgM2: number;
  /** Factor on the density of the 1976 atmosphere. */
  density: number;
  /** Factors on the thrust, one for each five seconds of the burn. */
  thrust: readonly number[];
}

export const STEP_S = 0.1;
/** Mass over drag area of the whole stack, kg/m^2. */
const STACK_KG_M2 = 25e3;
const AIR_TOP_M = 150e3;

/** Drag over its hypersonic value: a transonic peak and a slow decline; not the tracker's curve. */
function dragOverMach(mach: number): number {
  return mach < 1.1
    ? 1.25 + 0.95 / (1 + Math.exp(-(mach - 0.97) / 0.03))
    : 1 + 1.2 * Math.exp(-(mach - 1.1) / 1.7);
}

export function flyTruth(o: TruthRequest): TruthFlight {
  const lat = o.latitudeDeg * DEG;
  const lon = o.longitudeDeg * DEG;
  const m = enuRotation(lat, lon);
  const tilt = o.tiltDeg * DEG;
  const e = Math.sin(tilt) * Math.sin(o.bearingDeg * DEG);
  const n = Math.sin(tilt) * Math.cos(o.bearingDeg * DEG);
  const rise = [0, 1, 2].map((i) => m[i] * e + m[3 + i] * n + m[6 + i] * Math.cos(tilt));
  const air = new Float64Array(2);
  const acc = new Float64Array(3);
  const rate = (y: Float64Array, t: number, burns: boolean, d: Float64Array): void => {
    freeAccelerationJ4(y, 0, acc);
    const v = Math.hypot(y[3], y[4], y[5]);
    const h = ecefHeight(y[0], y[1], y[2]);
    let drag = 0;
    if (h < AIR_TOP_M) {
      airInto(Math.max(0, h), air);
      drag = (0.5 * o.density * air[0] * v * dragOverMach(v / air[1])) / (burns ? STACK_KG_M2 : o.kgM2);
    }
    let push = 0;
    if (burns) {
      const factor = o.thrust[Math.min(o.thrust.length - 1, Math.floor(t / 5))];
      push = (9.80665 * factor * o.startG) / (1 - (1 - o.startG / o.endG) * (t / o.burnS));
    }
    for (let i = 0; i < 3; i++) {
      d[i] = y[3 + i];
      d[3 + i] = acc[i] - drag * y[3 + i] + push * (t < 10 ? rise[i] : y[3 + i] / v);
    }
  };
  const s = new Float64Array(6);
  s.set(geodeticToEcef(lat, lon, 0));
  const k = Array.from({ length: 4 }, () => new Float64Array(6));
  const y = new Float64Array(6);
  const states: Float64Array[] = [s.slice()];
  let step = 0;
  for (; step < 40_000; step++) {
    const t = step * STEP_S;
    // The end of the burn lies on a step.
    const burns = t < o.burnS - 1e-6;
    rate(s, t, burns, k[0]);
    for (let i = 0; i < 6; i++) y[i] = s[i] + 0.5 * STEP_S * k[0][i];
    rate(y, t + STEP_S / 2, burns, k[1]);
    for (let i = 0; i < 6; i++) y[i] = s[i] + 0.5 * STEP_S * k[1][i];
    rate(y, t + STEP_S / 2, burns, k[2]);
    for (let i = 0; i < 6; i++) y[i] = s[i] + STEP_S * k[2][i];
    rate(y, t + STEP_S, burns, k[3]);
    for (let i = 0; i < 6; i++) s[i] += (STEP_S / 6) * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
    states.push(s.slice());
    if (step > 100 && ecefHeight(s[0], s[1], s[2]) < 0) break;
  }
  const before = states[states.length - 2];
  const high = ecefHeight(before[0], before[1], before[2]);
  const part = high / (high - ecefHeight(s[0], s[1], s[2]));
  const [x, yy, z] = [0, 1, 2].map((i) => before[i] + part * (s[i] - before[i]));
  const g = ecefToGeodetic(x, yy, z);
  return {
    states,
    burnS: o.burnS,
    launch: { latitudeDeg: o.latitudeDeg, longitudeDeg: o.longitudeDeg },
    impactS: (step + part) * STEP_S,
    impact: { latitudeDeg: g.latitudeRad / DEG, longitudeDeg: g.longitudeRad / DEG },
  };
}

/** Flights that peak lower than this hardly leave the air; they are drawn again, m. */
const LEAST_PEAK_M = 50e3;

/** A flight drawn by chance, some 300 to 3000 km of range, ballistic coefficient over a factor of 4. */
export function drawFlight(
  random: Random,
  wrong: { density: number; thrust: number },
): { request: TruthRequest; flight: TruthFlight } {
  for (let n = 0; ; n++) {
    const request = drawRequest(random.fork(`draw ${n}`), wrong);
    const flight = flyTruth(request);
    if (flight.states.some((s) => ecefHeight(s[0], s[1], s[2]) > LEAST_PEAK_M)) return { request, flight };
  }
}

function drawRequest(random: Random, wrong: { density: number; thrust: number }): TruthRequest {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const burnS = Math.round(between(650, 1300)) / 10;
  return {
    latitudeDeg: between(38.5, 40.5),
    longitudeDeg: between(125.5, 127.5),
    bearingDeg: between(60, 100),
    burnS,
    startG: between(1.8, 2.4),
    endG: between(5, 9),
    tiltDeg: between(3, 8),
    kgM2: 2500 * 4 ** random.uniform(),
    density: 1 + wrong.density * (2 * random.uniform() - 1),
    thrust: Array.from({ length: Math.ceil(burnS / 5) }, () => 1 + wrong.thrust * (2 * random.uniform() - 1)),
  };
}

/** A notional radar of the benchmarks. */
export function notionalRadar(
  id: string,
  latitudeDeg: number,
  longitudeDeg: number,
  sigma = { rangeM: 30, azimuthDeg: 0.05, elevationDeg: 0.05 },
): RadarSensor {
  return { id, kind: 'radar', latitudeDeg, longitudeDeg, heightM: 100, sigma };
}
