/**
 * Satellite launches, as motion alone: height and ground speed are smooth curves over time along the launch azimuth up to
 * a circular orbit, and from the end of the thrust the vehicle falls freely, around the Earth or, after a failure, down.
 * The shape of the curves and the times of staging are assumptions, of the order of public webcasts of two- and
 * three-stage launchers (some 150 s for the first stage, 8 to 10 minutes to orbit).
 */
import { geodesicDirect } from '../earth/geodesic.ts';
import { DEG, EARTH_GM, EARTH_OMEGA, enuRotation, geodeticToEcef } from '../earth/wgs84.ts';
import { BeaconfireError } from '../model/errors.ts';
import { fallFrom } from './bodies.ts';
import { type Flight, standing, track } from './flight.ts';
import type { StateAt } from './path.ts';

export interface AscentRequest {
  latitudeDeg: number;
  longitudeDeg: number;
  heightM?: number;
  /** Azimuth at the launch, over the turning Earth. */
  bearingDeg: number;
  /** Height of the circular orbit aimed at, km; 500 if left out (assumption). */
  orbitKm?: number;
  /** From launch to orbit, s; 540 if left out (assumption). */
  ascentS?: number;
  /** A failure: thrust ends then, s after launch. */
  thrustEndsS?: number;
  /** How long an orbit is followed after the end of the thrust, s; 900 if left out. */
  followS?: number;
}

/** Parts of the ascent at which a stage burns out. */
const STAGES = [0.27, 0.58, 1];
/** Net acceleration upwards at the launch, m/s^2. */
const LIFT_OFF = 5;
/** How hard the climb ends in level flight: over the height and the square of the time. As seen in public webcasts. */
const LEVEL_OFF = 9;
/** Mass over cross-section of what flies on, kg/m^2: an upper stage, or the whole stack that has failed. */
const FLIES_ON_KG_M2 = 2500;

/** The satellite launch whose failure lets it fall at a range, km; throws BF_NO_FLIGHT where none does. */
export function ascendAndFall(r: AscentRequest, rangeKm: number): Flight {
  let low = 60;
  let high = 0.95 * (r.ascentS ?? 540);
  const until = (thrustEndsS: number) => ascend({ ...r, thrustEndsS });
  // The longer it thrusts, the further it falls.
  if (until(low).rangeKm > rangeKm || until(high).rangeKm < rangeKm) {
    throw noAscent(`a range at which a failed launch can fall, found ${rangeKm} km`);
  }
  while (high - low > 1e-4) {
    const mid = (low + high) / 2;
    if (until(mid).rangeKm > rangeKm) high = mid;
    else low = mid;
  }
  return until(high);
}

/** A satellite launch; throws BF_NO_FLIGHT where the figures leave no room for one. */
export function ascend(r: AscentRequest): Flight {
  const { latitudeDeg, longitudeDeg, heightM = 0, bearingDeg, orbitKm = 500, ascentS = 540 } = r;
  if (!(orbitKm >= 150 && orbitKm <= 2000 && ascentS >= 240 && ascentS <= 1500)) {
    throw noAscent(
      `an orbit of 150 to 2000 km reached in 240 to 1500 s, found ${orbitKm} km in ${ascentS} s`,
    );
  }
  const burnTimeS = Math.min(ascentS, r.thrustEndsS ?? ascentS);
  const pad = geodeticToEcef(latitudeDeg * DEG, longitudeDeg * DEG, heightM);
  const climb = climbTo(orbitKm * 1000 - heightM, ascentS);
  const speed = insertionSpeed(r, orbitKm * 1000, ascentS);
  const powered: StateAt = (tS, out) => {
    const tau = tS / ascentS;
    // Ground speed rises as tau^2 at first and faster towards the end, as the mass falls.
    const v = speed * tau * tau * (0.4 + 0.6 * tau);
    const s = speed * ascentS * tau ** 3 * (0.4 / 3 + 0.15 * tau);
    const at = geodesicDirect(latitudeDeg, longitudeDeg, bearingDeg, s);
    const lat = at.latitudeDeg * DEG;
    const [h, rate] = climb(tS);
    const position = geodeticToEcef(lat, at.longitudeDeg * DEG, heightM + h);
    const m = enuRotation(lat, at.longitudeDeg * DEG);
    const azimuth = at.azimuthDeg * DEG;
    const level = v * (1 + (heightM + h) / 6371000);
    for (let i = 0; i < 3; i++) {
      out[i] = position[i];
      out[3 + i] = level * (Math.sin(azimuth) * m[i] + Math.cos(azimuth) * m[3 + i]) + rate * m[6 + i];
    }
  };
  const state = new Float64Array(6);
  powered(burnTimeS, state);
  const fall = fallFrom(state, FLIES_ON_KG_M2, burnTimeS < ascentS ? undefined : (r.followS ?? 900));
  if (!fall) throw noAscent('an end of thrust from which the flight goes on');
  const flightTimeS = burnTimeS + fall.endS;
  const path: StateAt = (tS, out) => (tS < burnTimeS ? powered(tS, out) : fall.stateAt(tS - burnTimeS, out));
  const burnoutSpeedMps = Math.hypot(state[3], state[4], state[5]);
  return {
    motion: 'spaceLaunch',
    stateAt: fall.landed ? standing(pad, flightTimeS, path) : standing(pad, Number.POSITIVE_INFINITY, path),
    thrusting: (tS) => tS >= 0 && tS < burnTimeS,
    flightTimeS,
    burnTimeS,
    apogeeKm: fall.apogeeM / 1000,
    apogeeTimeS: burnTimeS + fall.apogeeTimeS,
    ...track(r, fall.end),
    launch: { latitudeDeg, longitudeDeg, heightM },
    impact: fall.end,
    ...(fall.landed ? {} : { inOrbit: true }),
    burnoutSpeedMps,
    rangeClass: 'intercontinental',
    stages: STAGES.map((part) => ({ burnoutS: part * ascentS })).filter((s) => s.burnoutS <= burnTimeS),
  };
}

/** Height over the pad and its rate: a quintic from the pad, lifting off, to level flight. */
function climbTo(top: number, T: number): (tS: number) => [number, number] {
  const a0 = LIFT_OFF * T * T;
  const a1 = -LEVEL_OFF * top;
  const c3 = 10 * top - 1.5 * a0 + 0.5 * a1;
  const c4 = -15 * top + 1.5 * a0 - a1;
  const c5 = 6 * top - 0.5 * a0 + 0.5 * a1;
  return (tS) => {
    const s = tS / T;
    return [
      s * s * (a0 / 2 + s * (c3 + s * (c4 + s * c5))),
      (s * (a0 + s * (3 * c3 + s * (4 * c4 + s * 5 * c5)))) / T,
    ];
  };
}

/** Speed over the ground, m/s at height 0, with which the end of the ascent is a circular orbit. */
function insertionSpeed(r: AscentRequest, orbitM: number, ascentS: number): number {
  let speed = 7000;
  for (let i = 0; i < 8; i++) {
    const at = geodesicDirect(
      r.latitudeDeg,
      r.longitudeDeg,
      r.bearingDeg,
      speed * ascentS * (0.4 / 3 + 0.15),
    );
    const [x, y, z] = geodeticToEcef(at.latitudeDeg * DEG, at.longitudeDeg * DEG, orbitM);
    const radius = Math.hypot(x, y, z);
    const turning = EARTH_OMEGA * Math.hypot(x, y);
    const azimuth = at.azimuthDeg * DEG;
    // |v + turning east| is the circular speed.
    const circular = EARTH_GM / radius;
    const e = Math.sin(azimuth) * turning;
    speed = (Math.sqrt(e * e + circular - turning * turning) - e) / (1 + orbitM / 6371000);
  }
  return speed;
}

function noAscent(expected: string): BeaconfireError {
  return new BeaconfireError('BF_NO_FLIGHT', `expected ${expected}`);
}
