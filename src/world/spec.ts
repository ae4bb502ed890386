/** What a scenario says of one launch, and everything that flies because of it: the vehicle, spent stages, pieces. */
import type { Random } from '../earth/random.ts';
import { BeaconfireError } from '../model/errors.ts';
import { ascend, ascendAndFall } from './ascent.ts';
import { bodyFrom } from './bodies.ts';
import { type FlightRequest, fitFlight, fitUntil } from './fit.ts';
import type { Flight } from './flight.ts';
import { fitShaped } from './shaped.ts';

export interface FlightSpec extends FlightRequest {
  /**
   * Ballistic if left out. Of a satellite launch `apogeeKm` is the height of the orbit aimed at; `rangeKm` is where it falls if
   * it fails at a time that is not known, and else not used.
   */
  motion?: 'ballistic' | 'pullUp' | 'glide' | 'spaceLaunch';
  /** Published flight time of a pull-up or glide; time to orbit of a satellite launch. */
  flightTimeS?: number;
  /** Spent stages fly on beside it, the last one too. */
  separates?: boolean;
  failure?: FailureSpec;
}

export interface FailureSpec {
  /** Thrust ends; or the vehicle breaks up. */
  kind: 'thrustEnds' | 'breakUp';
  /** Seconds after launch; only of a satellite launch may it be left out. */
  atS?: number;
  /** Of a break-up: how many pieces fly on, the largest among them; 3 if left out. */
  pieces?: number;
}

/** Something that flies because of a launch. */
export interface FlyingBody {
  /** What it is called after the launch: `stage1`, `piece2`. */
  suffix: string;
  /** When it begins, s after launch. */
  fromS: number;
  flight: Flight;
}

/** Mass over cross-section of an empty stage that tumbles, kg/m^2: assumption. */
const EMPTY_STAGE_KG_M2 = 300;
/** Speed at which a spent stage falls behind, m/s: assumption. */
const SEPARATION_MPS = 4;
/** Pieces of a break-up: mass over cross-section, kg/m^2, even in its logarithm, and speed on each axis, m/s: assumptions. */
const PIECE_KG_M2 = [80, 800] as const;
const PIECE_MPS = 25;

/** The vehicle of a launch, and the bodies that part from it, in order of time. */
export function flyLaunch(spec: FlightSpec, random: Random): { flight: Flight; bodies: FlyingBody[] } {
  const flight = vehicle(spec);
  const bodies: FlyingBody[] = [];
  const { failure } = spec;
  const breakUpS = failure?.kind === 'breakUp' ? (failure.atS ?? flight.burnTimeS) : undefined;
  if (spec.separates) {
    flight.stages.forEach(({ burnoutS }, i) => {
      if (breakUpS !== undefined && burnoutS >= breakUpS) return;
      const body = partFrom(flight, burnoutS, EMPTY_STAGE_KG_M2, (s) => {
        const speed = Math.hypot(s[3], s[4], s[5]);
        for (let c = 3; c < 6; c++) s[c] -= (SEPARATION_MPS * s[c]) / speed;
      });
      if (body) bodies.push({ suffix: `stage${i + 1}`, fromS: burnoutS, flight: body });
    });
  }
  if (breakUpS !== undefined) {
    for (let n = 2; n <= (failure?.pieces ?? 3); n++) {
      const draws = random.fork(`piece ${n}`);
      const [light, heavy] = PIECE_KG_M2;
      const body = partFrom(flight, breakUpS, light * (heavy / light) ** draws.uniform(), (s) => {
        for (let c = 3; c < 6; c++) s[c] += PIECE_MPS * draws.normal();
      });
      if (body) bodies.push({ suffix: `piece${n}`, fromS: breakUpS, flight: body });
    }
  }
  return { flight, bodies };
}

function vehicle(spec: FlightSpec): Flight {
  const { motion = 'ballistic', failure } = spec;
  if (failure?.atS !== undefined && !(failure.atS > 0)) {
    throw new BeaconfireError(
      'BF_NO_FLIGHT',
      `expected a failure after the launch, found one at ${failure.atS} s`,
    );
  }
  if (motion === 'spaceLaunch') {
    const { apogeeKm, flightTimeS, latitudeDeg, longitudeDeg, heightM, bearingDeg } = spec;
    const request = {
      latitudeDeg,
      longitudeDeg,
      bearingDeg,
      ...(heightM === undefined ? {} : { heightM }),
      orbitKm: apogeeKm,
      ...(flightTimeS === undefined ? {} : { ascentS: flightTimeS }),
      ...(failure?.atS === undefined ? {} : { thrustEndsS: failure.atS }),
    };
    return failure && failure.atS === undefined ? ascendAndFall(request, spec.rangeKm) : ascend(request);
  }
  if (motion !== 'ballistic') {
    if (failure) throw new BeaconfireError('BF_NO_FLIGHT', `expected no failure with ${motion}, found one`);
    return fitShaped({ ...spec, motion });
  }
  if (!failure) return fitFlight(spec);
  if (failure.atS === undefined)
    throw new BeaconfireError('BF_NO_FLIGHT', 'expected the time of the failure, found none');
  return fitUntil(spec, failure.atS);
}

const state = new Float64Array(6);

function partFrom(
  flight: Flight,
  atS: number,
  massKgM2: number,
  push: (state: Float64Array) => void,
): Flight | undefined {
  if (!(atS < flight.flightTimeS)) return undefined;
  flight.stateAt(atS, state);
  push(state);
  return bodyFrom(state, massKgM2, flight.rangeClass);
}
