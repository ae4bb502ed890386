/** Flights for the tests of the life cycle: geodesic ground tracks at constant speed, known exactly to the tests. */
import { geodesicDirect, geodesicInverse } from '../earth/geodesic.ts';
import { isoToUs } from '../earth/time.ts';
import type { PointEstimate } from '../model/track.ts';
import type { GroundTrackPoint } from './areas.ts';
import type { SourceReport } from './corroboration.ts';
import type { WarningInput } from './state.ts';

export interface TestFlight {
  id: string;
  launchUs: number;
  from: readonly [number, number];
  azimuthDeg: number;
  rangeM: number;
  flightS: number;
  burnS: number;
  /** One standard deviation of the heading as the tracker knows it in the coast, degrees. */
  sigmaDeg: number;
}

export const MUPYONG = [40.61, 126.43] as const;

/** 2022-10-04 in outline: 07:22 JST from Mupyong-ni, 4600 km, 22 minutes, over Aomori. */
export function flight20221004(): TestFlight {
  return {
    id: '2022-10-04',
    launchUs: isoToUs('2022-10-03T22:22:00Z')!,
    from: MUPYONG,
    azimuthDeg: 84.6,
    rangeM: 4_600_000,
    flightS: 1320,
    burnS: 150,
    sigmaDeg: 0.4,
  };
}

export function flightTo(id: string, latitudeDeg: number, longitudeDeg: number, flightS: number): TestFlight {
  const g = geodesicInverse(...MUPYONG, latitudeDeg, longitudeDeg);
  return {
    id,
    launchUs: isoToUs('2030-01-01T00:00:00Z')!,
    from: MUPYONG,
    azimuthDeg: g.azimuth1Deg,
    rangeM: g.distanceM,
    flightS,
    burnS: 90,
    sigmaDeg: 0.3,
  };
}

export function placeAt(f: TestFlight, distanceM: number, azimuthDeg = f.azimuthDeg) {
  return geodesicDirect(f.from[0], f.from[1], azimuthDeg, distanceM);
}

const SOURCES: Omit<SourceReport, 'lastUs'>[] = [
  { source: 'USA/SAT-1', path: 'HUB' },
  { source: 'JPN/R1', path: 'own-R1' },
];

/** What a tracker would say `t` seconds after the launch; `seenAzimuthDeg` is its estimate of the heading. */
export function inputAt(
  f: TestFlight,
  t: number,
  overrides: Partial<WarningInput> = {},
  seenAzimuthDeg = f.azimuthDeg,
): WarningInput {
  const nowUs = f.launchUs + Math.round(t * 1e6);
  const boost = t < f.burnS;
  const reachM = boost ? f.rangeM * (t / f.burnS) ** 2.5 : f.rangeM;
  const sigma = boost ? Math.max(f.sigmaDeg, 3 * (1 - t / f.burnS)) : f.sigmaDeg;
  const speed = f.rangeM / f.flightS;
  const flown = Math.min(speed * t, reachM);
  const groundTrack: GroundTrackPoint[] = [];
  const steps = Math.max(1, Math.ceil((reachM - flown) / 60_000));
  for (let i = 0; i <= steps; i++) {
    const d = flown + ((reachM - flown) * i) / steps;
    const p = placeAt(f, d, seenAzimuthDeg);
    groundTrack.push({
      timeUs: f.launchUs + Math.round((d / speed) * 1e6),
      latitudeDeg: p.latitudeDeg,
      longitudeDeg: p.longitudeDeg,
      crossSigmaM: d * Math.sin((sigma * Math.PI) / 180),
      heightM: 1e6,
    });
  }
  const end = groundTrack.at(-1)!;
  const impact: PointEstimate = {
    kind: 'impact',
    timeUs: nowUs,
    atUs: end.timeUs,
    atSigmaS: 5,
    latitudeDeg: end.latitudeDeg,
    longitudeDeg: end.longitudeDeg,
    ellipse95: {
      semiMajorM: 2.45 * Math.max(end.crossSigmaM, 5_000),
      semiMinorM: 2.45 * 5_000,
      azimuthDeg: f.azimuthDeg + 90,
    },
  };
  const launch: PointEstimate = {
    ...impact,
    kind: 'launch',
    atUs: f.launchUs,
    latitudeDeg: f.from[0],
    longitudeDeg: f.from[1],
  };
  return {
    nowUs,
    launchId: f.id,
    launchDeclared: t > 40,
    sources: SOURCES.filter((_, i) => t > [30, 75][i]).map((s) => ({ ...s, lastUs: nowUs })),
    track: {
      state: t >= f.flightS ? 'impact' : 'held',
      phase: boost ? 'boost' : 'coast',
      lastUpdateUs: nowUs,
    },
    impact,
    groundTrack,
    launch,
    ...overrides,
  };
}
