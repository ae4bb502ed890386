/**
 * Where a satellite is: SGP4 (Hoots and Roehrich, Spacetrack Report no. 3 (1980); Vallado, Crawford, Hujsak and Kelso,
 * AIAA 2006-6753) by satellite.js, from notional mean elements at the start of a scenario. From the true equator and mean
 * equinox of date into the Earth-fixed frame by the mean sidereal time alone: the motion of the pole, some ten metres, is
 * left out, as is UT1 - UTC.
 */
import { gstime, type SatRec, sgp4, twoline2satrec } from 'satellite.js';
import { DEG, type Vec3 } from '../earth/wgs84.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { SensorSite } from '../model/sensor.ts';

export type OrbitElements = NonNullable<SensorSite['orbit']>;

const DAY_US = 86_400e6;

/** A satellite whose elements hold at `epochUs`: its ECEF position, m, at a time, integer microseconds UTC. */
export function satellite(elements: OrbitElements, epochUs: number): (timeUs: number) => Vec3 {
  const satrec = satrecOf(elements, epochUs);
  return (timeUs) => {
    const state = sgp4(satrec, (timeUs - epochUs) / 60e6);
    if (!state)
      throw new BeaconfireError(
        'BF_FIELD',
        'expected elements of an orbit that lasts, found one that decays',
        { field: 'orbit' },
      );
    const { x, y, z } = state.position;
    const angle = gstime(julianDay(timeUs));
    const c = Math.cos(angle);
    const s = Math.sin(angle);
    return [1000 * (c * x + s * y), 1000 * (c * y - s * x), 1000 * z];
  };
}

function julianDay(timeUs: number): number {
  return timeUs / DAY_US + 2440587.5;
}

/** The elements as a two-line set: what the library reads. Its columns hold the epoch to 1 ms: what is lost, 0.1 s of the Earth's turn at most, does not matter to notional elements. */
function satrecOf(e: OrbitElements, epochUs: number): SatRec {
  const date = new Date(epochUs / 1000);
  const year = date.getUTCFullYear();
  const day = (epochUs - Date.UTC(year, 0, 1) * 1000) / DAY_US + 1;
  const nodeDeg = (((e.nodeLongitudeDeg + gstime(julianDay(epochUs)) / DEG) % 360) + 360) % 360;
  const angle = (deg: number) => (((deg % 360) + 360) % 360).toFixed(4).padStart(8);
  const epoch = `${String(year % 100).padStart(2, '0')}${day.toFixed(8).padStart(12, '0')}`;
  const eccentricity = Math.round(e.eccentricity * 1e7)
    .toString()
    .padStart(7, '0');
  const one = `1 99999U 00000A   ${epoch}  .00000000  00000-0  00000-0 0    0`;
  const two = `2 99999 ${angle(e.inclinationDeg)} ${angle(nodeDeg)} ${eccentricity} ${angle(e.perigeeDeg)} ${angle(e.meanAnomalyDeg)} ${e.meanMotionRevPerDay.toFixed(8).padStart(11)}    0`;
  const satrec = twoline2satrec(one, two);
  if (satrec.error)
    throw new BeaconfireError(
      'BF_FIELD',
      `expected elements of an orbit, found some that SGP4 refuses (${satrec.error})`,
      { field: 'orbit' },
    );
  return satrec;
}
