/** The flight of the mock feeds: a great circle with a parabola over it, and when each nation learns what of it. */
import type { Milestones, Nation, PathPoint } from '../../src/node/wire.ts';
import { destination, type LonLat } from '../src/globe/geometry.ts';

export const LAUNCH_US = Date.UTC(2022, 9, 3, 22, 22, 0) * 1000;
export const START_US = LAUNCH_US - 30e6;
export const FLIGHT_S = 1320;
export const END_US = LAUNCH_US + (FLIGHT_S + 240) * 1e6;
export const SITE: LonLat = [126.43, 40.61];
const AZIMUTH = 80;
const RANGE_KM = 4600;
const APOGEE_KM = 1000;
export const NATIONS: readonly Nation[] = ['USA', 'KOR', 'JPN'];

export interface Flight {
  id: string;
  site: LonLat;
  azimuth: number;
  rangeKm: number;
  apogeeKm: number;
  flightS: number;
  launchUs: number;
}

export const FLIGHT: Flight = {
  id: 'L1',
  site: SITE,
  azimuth: AZIMUTH,
  rangeKm: RANGE_KM,
  apogeeKm: APOGEE_KM,
  flightS: FLIGHT_S,
  launchUs: LAUNCH_US,
};

/** [lon, lat, height km] at `s` seconds after launch. */
export function position(f: Flight, s: number): [number, number, number] {
  const u = Math.max(0, Math.min(1, s / f.flightS));
  const [lon, lat] = destination(f.site, f.azimuth, f.rangeKm * u);
  return [lon, lat, 4 * f.apogeeKm * u * (1 - u)];
}

export function path(f: Flight, from: number, to: number, n: number): PathPoint[] {
  if (to <= from) return [];
  return Array.from({ length: n + 1 }, (_, i) => {
    const s = from + ((to - from) * i) / n;
    const [lon, lat, h] = position(f, s);
    return [lon, lat, h, Math.round(f.launchUs + s * 1e6)];
  });
}

/** When each nation reaches what, s after launch. */
export const KNEW: Record<Nation, Record<keyof Milestones, number | null>> = {
  USA: {
    firstPlotUs: 34,
    firstPartnerUs: 52,
    firstTrackUs: 46,
    launchDeclaredUs: 61,
    impactEstimateUs: 142,
    publicWarningUs: null,
  },
  KOR: {
    firstPlotUs: 41,
    firstPartnerUs: 66,
    firstTrackUs: 49,
    launchDeclaredUs: 58,
    impactEstimateUs: 160,
    publicWarningUs: null,
  },
  JPN: {
    firstPlotUs: 118,
    firstPartnerUs: 64,
    firstTrackUs: 70,
    launchDeclaredUs: 84,
    impactEstimateUs: 171,
    publicWarningUs: 205,
  },
};

export function milestones(nation: Nation, s: number): Milestones {
  const at = (key: keyof Milestones): number | null => {
    const v = KNEW[nation][key];
    return v !== null && v <= s ? LAUNCH_US + v * 1e6 : null;
  };
  return {
    firstPlotUs: at('firstPlotUs'),
    firstPartnerUs: at('firstPartnerUs'),
    firstTrackUs: at('firstTrackUs'),
    launchDeclaredUs: at('launchDeclaredUs'),
    impactEstimateUs: at('impactEstimateUs'),
    publicWarningUs: at('publicWarningUs'),
  };
}
