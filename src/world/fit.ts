/**
 * Fitting a flight to a published apogee and range: three unknowns (the tilt of the pitch-over east and
 * north, the stretch of the burn) against three figures (where it falls, east and north of the launch, and
 * how high it rises), by Newton's method with a guarded step.
 */
import { geodesicInverse } from '../earth/geodesic.ts';
import { DEG, EARTH_OMEGA, enuRotation, geodeticToEcef } from '../earth/wgs84.ts';
import { BeaconfireError, type ErrorCode } from '../model/errors.ts';
import type { RangeClass } from '../model/track.ts';
import { type Propulsion, stagesOf } from './boost.ts';
import { type Flight, type FlightPlan, type Flown, fly, keep } from './flight.ts';
import type { Pad } from './motion.ts';
import { rangeClassOf, SPHERE_RADIUS, turningArc } from './twobody.ts';

export interface FlightRequest {
  latitudeDeg: number;
  longitudeDeg: number;
  /** Height of the launch point above the ellipsoid, m; 0 if left out. */
  heightM?: number;
  /** Azimuth of the geodesic from launch to impact. */
  bearingDeg: number;
  /** Greatest height above the ellipsoid. */
  apogeeKm: number;
  /** Geodesic from launch to impact. */
  rangeKm: number;
  /** Whose generic boost it flies with; derived from the energy of the flight if left out. */
  rangeClass?: RangeClass;
  /** Liquid if left out. */
  propulsion?: Propulsion;
}

/** Relative error of apogee and range at which a fit is done; a tenth of it is reached as a rule. */
const TOLERANCE = 1e-5;
const MAX_ITERATIONS = 20;
const STRETCH_MIN = 0.02;
const STRETCH_MAX = 8;
const TILT_MAX = 89.5 * DEG;

type Unknowns = [tiltEast: number, tiltNorth: number, lnStretch: number];

/** A flight fitted to the request; throws BF_NO_FLIGHT if no ballistic flight with such a boost fits. */
export function fitFlight(request: FlightRequest): Flight {
  const { plan, pad } = fitPlan(request);
  return keep(plan, pad, fly(plan, pad));
}

/** The flight fitted to the request, whose thrust ends at `atS`, s after launch: it falls with the speed that it has then. */
export function fitUntil(request: FlightRequest, atS: number): Flight {
  const { plan, pad } = fitPlan(request);
  const cut = { ...plan, thrustEndsS: atS };
  const flown = fly(cut, pad);
  if (flown.ending !== 'impact') throw noFlight(request, `thrust that ends at ${atS} s leads nowhere`);
  return keep(cut, pad, flown);
}

function fitPlan(request: FlightRequest): { plan: FlightPlan; pad: Pad } {
  const { latitudeDeg, longitudeDeg, heightM = 0, apogeeKm, rangeKm } = request;
  checkRequest(request);
  const rangeClass = request.rangeClass ?? rangeClassOf(apogeeKm, rangeKm);
  const pad: Pad = {
    position: Float64Array.from(geodeticToEcef(latitudeDeg * DEG, longitudeDeg * DEG, heightM)),
    enu: enuRotation(latitudeDeg * DEG, longitudeDeg * DEG),
  };
  const planOf = (x: Unknowns): FlightPlan => ({
    latitudeDeg,
    longitudeDeg,
    heightM,
    rangeClass,
    stretch: Math.exp(x[2]),
    steering: { tiltEastRad: x[0], tiltNorthRad: x[1] },
    ...(request.propulsion ? { propulsion: request.propulsion } : {}),
  });
  const missOf = (wantKm: number) => (x: Unknowns) => missAt(fly(planOf(x), pad), request, wantKm);
  const x =
    newton(firstGuess(request, rangeClass), missOf(apogeeKm)) ??
    fromHigher(apogeeKm, (km) => firstGuess({ ...request, apogeeKm: km }, rangeClass), missOf);
  if (!x) {
    const flat = apogeeKm < 0.15 * request.rangeKm;
    const why = flat
      ? 'so flat a flight is not ballistic or does not leave the air'
      : 'no steering leads there';
    throw noFlight(request, `${why} (boost of class ${rangeClass})`);
  }
  return { plan: planOf(x), pad };
}

/** How far a flight is from the request with the apogee set to `apogeeKm`: parts of the range and of the apogee. */
function missAt(flown: Flown, r: FlightRequest, apogeeKm: number): Try {
  if (flown.ending !== 'impact') return { error: Number.POSITIVE_INFINITY, residual: [0, 0, 0] };
  const g = geodesicInverse(
    r.latitudeDeg,
    r.longitudeDeg,
    flown.impact.latitudeDeg,
    flown.impact.longitudeDeg,
  );
  const km = g.distanceM / 1000;
  const residual: Unknowns = [
    (km * Math.sin(g.azimuth1Deg * DEG)) / r.rangeKm - Math.sin(r.bearingDeg * DEG),
    (km * Math.cos(g.azimuth1Deg * DEG)) / r.rangeKm - Math.cos(r.bearingDeg * DEG),
    Math.log(flown.apogeeM / (apogeeKm * 1000)),
  ];
  return { error: Math.hypot(...residual), residual };
}

/** Where the first guess of a depressed flight leads nowhere: starts from a higher one of the same range and comes down. */
function fromHigher(
  apogeeKm: number,
  guess: (km: number) => Unknowns,
  missOf: (km: number) => (x: Unknowns) => Try,
): Unknowns | undefined {
  let km = apogeeKm * 3;
  let x = newton(guess(km), missOf(km));
  let ratio = 0.8;
  while (x && ratio < 0.98) {
    const next: number = Math.max(apogeeKm, km * ratio);
    const there = newton(x, missOf(next));
    if (!there) {
      ratio = Math.sqrt(ratio);
      continue;
    }
    x = there;
    km = next;
    if (km === apogeeKm) return x;
  }
  return undefined;
}

interface Try {
  error: number;
  residual: Unknowns;
}

function newton(start: Unknowns, miss: (x: Unknowns) => Try): Unknowns | undefined {
  let x = start;
  let now = miss(x);
  for (let i = 0; i < MAX_ITERATIONS; i++) {
    if (now.error < TOLERANCE) return x;
    const step = newtonStep(x, now, miss);
    if (!step) return undefined;
    let scale = Math.min(1, 0.35 / Math.hypot(step[0], step[1]), 0.4 / Math.abs(step[2]));
    let better: { x: Unknowns; at: Try } | undefined;
    for (let halving = 0; halving < 8 && !better; halving++, scale /= 2) {
      const next = bounded([x[0] + scale * step[0], x[1] + scale * step[1], x[2] + scale * step[2]]);
      const there = miss(next);
      if (there.error < now.error) better = { x: next, at: there };
    }
    if (!better) return undefined;
    x = better.x;
    now = better.at;
  }
  return undefined;
}

function bounded(x: Unknowns): Unknowns {
  const tilt = Math.hypot(x[0], x[1]);
  const f = tilt > TILT_MAX ? TILT_MAX / tilt : 1;
  return [x[0] * f, x[1] * f, Math.min(Math.log(STRETCH_MAX), Math.max(Math.log(STRETCH_MIN), x[2]))];
}

function newtonStep(x: Unknowns, now: Try, miss: (x: Unknowns) => Try): Unknowns | undefined {
  const columns: number[][] = [];
  for (let j = 0; j < 3; j++) {
    const d = 1e-4;
    const moved: Unknowns = [...x];
    moved[j] += d;
    let there = miss(moved);
    let sign = 1;
    if (there.error === Number.POSITIVE_INFINITY) {
      moved[j] -= 2 * d;
      sign = -1;
      there = miss(moved);
      if (there.error === Number.POSITIVE_INFINITY) return undefined;
    }
    columns.push(there.residual.map((r, i) => (sign * (r - now.residual[i])) / d));
  }
  return solve3(
    columns,
    now.residual.map((r) => -r),
  );
}

/** Solves the 3x3 system with the given columns, by Cramer's rule; undefined if it is singular. */
function solve3(c: number[][], b: number[]): Unknowns | undefined {
  const det = (p: number[], q: number[], r: number[]) =>
    p[0] * (q[1] * r[2] - q[2] * r[1]) -
    q[0] * (p[1] * r[2] - p[2] * r[1]) +
    r[0] * (p[1] * q[2] - p[2] * q[1]);
  const d = det(c[0], c[1], c[2]);
  if (!(Math.abs(d) > 1e-14)) return undefined;
  return [det(b, c[1], c[2]) / d, det(c[0], b, c[2]) / d, det(c[0], c[1], b) / d];
}

/** A guess from the two-body arc on the turning sphere: its velocity over the ground sets tilt and stretch. */
function firstGuess(request: FlightRequest, rangeClass: RangeClass): Unknowns {
  const { latitudeDeg, bearingDeg, apogeeKm, rangeKm } = request;
  const arc = turningArc(apogeeKm * 1000, (rangeKm * 1000) / SPHERE_RADIUS, { latitudeDeg, bearingDeg });
  const level = arc.speedMps * Math.cos(arc.elevationRad);
  const east = level * Math.sin(arc.azimuthRad) - EARTH_OMEGA * SPHERE_RADIUS * Math.cos(latitudeDeg * DEG);
  const north = level * Math.cos(arc.azimuthRad);
  const up = arc.speedMps * Math.sin(arc.elevationRad);
  const tilt = Math.atan2(Math.hypot(east, north), up);
  const g0 = 9.80665;
  let gain = 0;
  let burn = 0;
  for (const s of stagesOf(rangeClass, request.propulsion)) {
    gain += (s.startG * g0 * s.burnS * Math.log(s.endG / s.startG)) / (1 - s.startG / s.endG);
    burn += s.burnS;
  }
  const stretch = (Math.hypot(east, north, up) + 150) / (gain - 0.6 * g0 * burn * Math.cos(tilt));
  // The gravity turn bends on from the pitch-over: about this part of the tilt is to be given at the start.
  const part = 0.62;
  const heading = Math.atan2(east, north);
  return [part * tilt * Math.sin(heading), part * tilt * Math.cos(heading), Math.log(stretch)];
}

function checkRequest(r: FlightRequest): void {
  const fields: [keyof FlightRequest, number, number, ErrorCode][] = [
    ['latitudeDeg', -90, 90, 'BF_FIELD'],
    ['longitudeDeg', -180, 360, 'BF_FIELD'],
    ['heightM', -500, 9000, 'BF_FIELD'],
    ['bearingDeg', -360, 360, 'BF_FIELD'],
    ['apogeeKm', 1, 20000, 'BF_NO_FLIGHT'],
    ['rangeKm', 1, 19000, 'BF_NO_FLIGHT'],
  ];
  for (const [field, low, high, code] of fields) {
    const v = field === 'heightM' ? (r.heightM ?? 0) : r[field];
    if (typeof v !== 'number' || !(v >= low && v <= high)) {
      throw new BeaconfireError(code, `expected ${low} to ${high}, found ${String(v)}`, { field });
    }
  }
  if (r.apogeeKm * 1000 <= (r.heightM ?? 0)) throw noFlight(r, 'the apogee lies below the launch point');
}

function noFlight(r: FlightRequest, why: string): BeaconfireError {
  return new BeaconfireError(
    'BF_NO_FLIGHT',
    `expected an apogee and range that a ballistic flight can have, found apogee ${r.apogeeKm} km with range ${r.rangeKm} km: ${why}`,
  );
}
