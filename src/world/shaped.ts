/**
 * Targets that are not ballistic: after a boost and a free climb they meet the air again, pull up and go on by lift. Only
 * their motion is described, from published figures (apogee, range, flight time); forces, shapes and controls are not
 * modelled. The boost and the flight to the pull-up are those of a ballistic flight of the published apogee; from there
 * height and ground speed are smooth curves over time along a geodesic, chosen so that range and flight time come out.
 * The heights of the curves are assumptions, as parts of the apogee.
 */
import { geodesicDirect, geodesicInverse } from '../earth/geodesic.ts';
import { DEG, ecefToGeodetic, enuRotation, geodeticToEcef, WGS84_A, WGS84_E2 } from '../earth/wgs84.ts';
import { BeaconfireError } from '../model/errors.ts';
import { type FlightRequest, fitFlight } from './fit.ts';
import { type Flight, standing, track } from './flight.ts';
import { climbRate, crossing, type StateAt } from './path.ts';

export interface ShapedRequest extends FlightRequest {
  motion: 'pullUp' | 'glide';
  /** Published flight time; left out, the speed at the end of the glide is half of that at the pull-up. */
  flightTimeS?: number;
}

/**
 * Where lift takes over, and the heights after it, each as (part of the time from there to the ground, part of the apogee,
 * level there or not): assumptions. A pull-up bounces once and dives; a glide goes on nearly level and dives.
 */
const SHAPES = {
  pullUp: {
    from: 0.7,
    knots: [
      [0.16, 0.5],
      [0.45, 0.66],
      [0.72, 0.56],
    ],
  },
  glide: {
    from: 0.8,
    knots: [
      [0.12, 0.64],
      [0.45, 0.6],
      [0.82, 0.5],
    ],
  },
} as const;

/** Ground speed at the end over that at the pull-up, where no flight time is given. */
const END_SPEED = 0.5;

/** A height, its rate and its second derivative at a time. */
interface Knot {
  t: number;
  h: number;
  v: number;
  a: number;
}

/** A flight that pulls up or glides; throws BF_NO_FLIGHT where the figures leave no room for one. */
export function fitShaped(request: ShapedRequest): Flight {
  const { apogeeKm, rangeKm, flightTimeS } = request;
  let aim: FlightRequest = { ...request, rangeKm: rangeKm * 0.6 };
  if (flightTimeS !== undefined) aim = { ...aim, rangeKm: ballisticRange(request, flightTimeS) };
  // The path bends on its way and ends beside the bearing: three corrections bring it within metres.
  let shaped = shape(fitFlight(aim), request, rangeKm * 1000);
  let lengthM = rangeKm * 1000;
  for (let i = 0; i < 4; i++) {
    const off = ((shaped.bearingDeg - request.bearingDeg + 540) % 360) - 180;
    lengthM += rangeKm * 1000 - shaped.rangeKm * 1000;
    aim = { ...aim, bearingDeg: (aim.bearingDeg - off + 360) % 360 };
    shaped = shape(fitFlight(aim), request, lengthM);
  }
  if (Math.abs(shaped.apogeeKm / apogeeKm - 1) > 1e-3)
    throw noShape(request, 'the glide rises above the apogee');
  return shaped;
}

/** The ballistic range whose flight slows to {@link END_SPEED} when it takes the time given. */
function ballisticRange(r: ShapedRequest, flightTimeS: number): number {
  const endSpeed = (km: number) => {
    const { v0, endV } = speeds(fitFlight({ ...r, rangeKm: km }), r, r.rangeKm * 1000);
    return endV / v0 - END_SPEED;
  };
  // A longer arc is faster and leaves less to glide: the end gets slower.
  let low = r.rangeKm * 0.35;
  let high = r.rangeKm * 0.95;
  if (!(endSpeed(low) > 0)) throw noShape(r, 'too slow for its flight time');
  if (!(endSpeed(high) < 0)) throw noShape(r, 'too fast for its flight time');
  for (let i = 0; i < 24 && high - low > 0.05; i++) {
    const mid = (low + high) / 2;
    if (endSpeed(mid) > 0) low = mid;
    else high = mid;
  }
  return (low + high) / 2;

  function speeds(base: Flight, request: ShapedRequest, lengthM: number) {
    const p = pullUp(base, request);
    const left = lengthM - p.flownM;
    const time = flightTimeS - p.tS;
    return { v0: p.speedMps, endV: time > 0 ? (2 * left) / time - p.speedMps : Number.POSITIVE_INFINITY };
  }
}

/** Where and how the ballistic flight meets the height of the pull-up on its way down. */
function pullUp(base: Flight, r: ShapedRequest) {
  const state = new Float64Array(6);
  const heightM = SHAPES[r.motion].from * r.apogeeKm * 1000;
  const height = (t: number) => {
    base.stateAt(t, state);
    return ecefToGeodetic(state[0], state[1], state[2]).heightM - heightM;
  };
  const tS = crossing(height, Math.max(base.apogeeTimeS, base.burnTimeS), base.flightTimeS);
  base.stateAt(tS, state);
  const g = ecefToGeodetic(state[0], state[1], state[2]);
  const latitudeDeg = g.latitudeRad / DEG;
  const longitudeDeg = g.longitudeRad / DEG;
  const m = enuRotation(g.latitudeRad, g.longitudeRad);
  const east = m[0] * state[3] + m[1] * state[4] + m[2] * state[5];
  const north = m[3] * state[3] + m[4] * state[4] + m[5] * state[5];
  const azimuthDeg = Math.atan2(east, north) / DEG;
  const speedMps = Math.hypot(east, north) / (1 + g.heightM / curvature(g.latitudeRad, azimuthDeg * DEG));
  const climb = climbRate(state);
  // The vertical acceleration there, from the climb rate on both sides.
  base.stateAt(tS - 0.5, state);
  const before = climbRate(state);
  base.stateAt(tS + 0.5, state);
  const flownM = geodesicInverse(r.latitudeDeg, r.longitudeDeg, latitudeDeg, longitudeDeg).distanceM;
  return {
    tS,
    latitudeDeg,
    longitudeDeg,
    heightM: g.heightM,
    azimuthDeg,
    speedMps,
    climb,
    sink: climbRate(state) - before,
    flownM,
  };
}

/** Radius of curvature of the ellipsoid in an azimuth, m (Euler). */
function curvature(latitudeRad: number, azimuthRad: number): number {
  const w = 1 - WGS84_E2 * Math.sin(latitudeRad) ** 2;
  const n = WGS84_A / Math.sqrt(w);
  const meridian = (n * (1 - WGS84_E2)) / w;
  return 1 / (Math.cos(azimuthRad) ** 2 / meridian + Math.sin(azimuthRad) ** 2 / n);
}

function shape(base: Flight, r: ShapedRequest, lengthM: number): Flight {
  const p = pullUp(base, r);
  const leftM = lengthM - p.flownM;
  const glideS =
    r.flightTimeS === undefined ? (2 * leftM) / (p.speedMps * (1 + END_SPEED)) : r.flightTimeS - p.tS;
  if (!(leftM > 0 && glideS > 30)) throw noShape(r, 'no way is left after the pull-up');
  const slow = (2 * (leftM / glideS - p.speedMps)) / glideS;
  const heights = knots(p, r, glideS);
  const flightTimeS = p.tS + glideS;
  const glide: StateAt = (tS, out) => {
    const t = tS - p.tS;
    const s = p.speedMps * t + (slow * t * t) / 2;
    const at = geodesicDirect(p.latitudeDeg, p.longitudeDeg, p.azimuthDeg, s);
    const lat = at.latitudeDeg * DEG;
    const lon = at.longitudeDeg * DEG;
    const [h, climb] = heightAt(heights, t);
    const position = geodeticToEcef(lat, lon, h);
    const azimuth = at.azimuthDeg * DEG;
    const v = (p.speedMps + slow * t) * (1 + h / curvature(lat, azimuth));
    const m = enuRotation(lat, lon);
    for (let i = 0; i < 3; i++) {
      out[i] = position[i];
      out[3 + i] = v * (Math.sin(azimuth) * m[i] + Math.cos(azimuth) * m[3 + i]) + climb * m[6 + i];
    }
  };
  const path: StateAt = (tS, out) => (tS < p.tS ? base.stateAt(tS, out) : glide(tS, out));
  const end = geodesicDirect(p.latitudeDeg, p.longitudeDeg, p.azimuthDeg, leftM);
  const impact = { latitudeDeg: end.latitudeDeg, longitudeDeg: end.longitudeDeg };
  const { latitudeDeg, longitudeDeg, heightM } = base.launch;
  return {
    ...base,
    motion: r.motion,
    stateAt: standing(geodeticToEcef(latitudeDeg * DEG, longitudeDeg * DEG, heightM), flightTimeS, path),
    flightTimeS,
    impact,
    ...track(base.launch, impact),
  };
}

/** Heights over time from the pull-up (as the ballistic flight has it) by way of the shape's to the ground. */
function knots(p: ReturnType<typeof pullUp>, r: ShapedRequest, glideS: number): Knot[] {
  const top = r.apogeeKm * 1000;
  const inner = SHAPES[r.motion].knots.map(([part, height]) => ({
    t: part * glideS,
    h: height * top,
    v: 0,
    a: 0,
  }));
  const last = inner[inner.length - 1];
  const end: Knot = { t: glideS, h: 0, v: (-1.6 * last.h) / (glideS - last.t), a: 0 };
  return [{ t: 0, h: p.heightM, v: p.climb, a: p.sink }, ...inner, end];
}

/** Height and its rate by the quintic between two knots. */
function heightAt(list: readonly Knot[], t: number): [number, number] {
  let i = 0;
  while (i < list.length - 2 && t > list[i + 1].t) i++;
  const [a, b] = [list[i], list[i + 1]];
  const T = b.t - a.t;
  const s = (t - a.t) / T;
  const d = b.h - a.h;
  const [v0, v1, a0, a1] = [a.v * T, b.v * T, a.a * T * T, b.a * T * T];
  const c3 = 10 * d - 6 * v0 - 4 * v1 - 1.5 * a0 + 0.5 * a1;
  const c4 = -15 * d + 8 * v0 + 7 * v1 + 1.5 * a0 - a1;
  const c5 = 6 * d - 3 * v0 - 3 * v1 - 0.5 * a0 + 0.5 * a1;
  return [
    a.h + s * (v0 + s * (a0 / 2 + s * (c3 + s * (c4 + s * c5)))),
    (v0 + s * (a0 + s * (3 * c3 + s * (4 * c4 + s * 5 * c5)))) / T,
  ];
}

function noShape(r: ShapedRequest, why: string): BeaconfireError {
  return new BeaconfireError(
    'BF_NO_FLIGHT',
    `expected figures that a ${r.motion} can have, found apogee ${r.apogeeKm} km, range ${r.rangeKm} km${r.flightTimeS ? `, ${r.flightTimeS} s` : ''}: ${why}`,
  );
}
