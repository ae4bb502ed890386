/** What falls freely from a point on another flight's path: spent stages and the pieces of a break-up. */
import { DEG, ecefHeight, ecefToGeodetic } from '../earth/wgs84.ts';
import type { RangeClass } from '../model/track.ts';
import { type Flight, track } from './flight.ts';
import { flyCoast } from './motion.ts';
import { PathRecorder, type StateAt } from './path.ts';

/** A free fall from a state on: its path in seconds after the state. */
export interface Fall {
  stateAt: StateAt;
  /** When it reaches the ground; if it does not, the end of the time asked for. */
  endS: number;
  landed: boolean;
  apogeeM: number;
  apogeeTimeS: number;
  end: { latitudeDeg: number; longitudeDeg: number };
}

const recorder = new PathRecorder();

/** Lets go of a body at `state` ([x y z vx vy vz], ECEF m and m/s); undefined if the integration fails. */
export function fallFrom(state: Float64Array, massKgM2: number, untilS?: number): Fall | undefined {
  const y = Float64Array.from(state.subarray(0, 6));
  recorder.reset(ecefHeight(y[0], y[1], y[2]));
  const ending = flyCoast(massKgM2, 0, y, recorder.store, untilS);
  if (ending === 'failed') return undefined;
  const landed = ending === 'impact';
  const stateAt = recorder.path();
  const { apogeeM, apogeeTimeS } = recorder;
  if (landed) {
    const { timeS, ...end } = recorder.ground();
    return { stateAt, endS: timeS, landed, apogeeM, apogeeTimeS, end };
  }
  const g = ecefToGeodetic(y[0], y[1], y[2]);
  const end = { latitudeDeg: g.latitudeRad / DEG, longitudeDeg: g.longitudeRad / DEG };
  return {
    stateAt,
    endS: untilS ?? 8 * 3600,
    landed,
    apogeeM: Math.max(apogeeM, g.heightM),
    apogeeTimeS,
    end,
  };
}

/**
 * A separated body as a flight of its own, its times from the separation. Before it, it is where it separates; its launch
 * point is the point below. It never thrusts.
 */
export function bodyFrom(state: Float64Array, massKgM2: number, rangeClass: RangeClass): Flight | undefined {
  const fall = fallFrom(state, massKgM2);
  if (!fall?.landed) return undefined;
  const g = ecefToGeodetic(state[0], state[1], state[2]);
  const launch = {
    latitudeDeg: g.latitudeRad / DEG,
    longitudeDeg: g.longitudeRad / DEG,
    heightM: g.heightM,
  };
  return {
    motion: 'body',
    stateAt(tS, out) {
      fall.stateAt(Math.min(tS, fall.endS), out);
      if (tS > fall.endS) out.fill(0, 3, 6);
    },
    thrusting: () => false,
    flightTimeS: fall.endS,
    burnTimeS: 0,
    apogeeKm: fall.apogeeM / 1000,
    apogeeTimeS: fall.apogeeTimeS,
    ...track(launch, fall.end),
    launch,
    impact: fall.end,
    burnoutSpeedMps: 0,
    rangeClass,
    stages: [],
  };
}
