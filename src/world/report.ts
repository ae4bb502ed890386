import type { RangeClass } from '../model/track.ts';
import type { Flight } from './flight.ts';
import { twoBodyFlightTimeS } from './twobody.ts';

/** What `fly --json` prints. */
export interface FlyReport {
  flightTimeS: number;
  burnTimeS: number;
  apogeeKm: number;
  rangeKm: number;
  impact: { latitudeDeg: number; longitudeDeg: number };
  burnoutSpeedMps: number;
  apogeeTimeS: number;
  rangeClass: RangeClass;
  /** The floor under the flight time on the turning sphere: {@link twoBodyFlightTimeS}. */
  twoBodyFlightTimeS: number;
}

/** A flight in figures, rounded to what they are worth: milliseconds, metres, a tenth of a metre on the ground. */
export function flyReport(flight: Flight): FlyReport {
  const { apogeeKm, rangeKm, launch, bearingDeg } = flight;
  return {
    flightTimeS: round(flight.flightTimeS, 3),
    burnTimeS: round(flight.burnTimeS, 3),
    apogeeKm: round(apogeeKm, 3),
    rangeKm: round(rangeKm, 3),
    impact: {
      latitudeDeg: round(flight.impact.latitudeDeg, 6),
      longitudeDeg: round(flight.impact.longitudeDeg, 6),
    },
    burnoutSpeedMps: round(flight.burnoutSpeedMps, 2),
    apogeeTimeS: round(flight.apogeeTimeS, 3),
    rangeClass: flight.rangeClass,
    twoBodyFlightTimeS: round(
      twoBodyFlightTimeS(apogeeKm, rangeKm, { latitudeDeg: launch.latitudeDeg, bearingDeg }),
      3,
    ),
  };
}

function round(value: number, digits: number): number {
  const f = 10 ** digits;
  return Math.round(value * f) / f;
}
