/** Tracks of the mock feeds: the one flight as each nation holds it, and a crowd for measuring. */
import type { Nation, TrackView } from '../../src/node/wire.ts';
import { type Flight, KNEW, LAUNCH_US, path, position } from './mock-flight.ts';

/** Tracks of a crowd that come with their paths: a node does well to send no more than can be told apart. */
const WITH_PATHS = 40;

export function trackOf(nation: Nation, f: Flight, nowUs: number): TrackView | undefined {
  const s = (nowUs - f.launchUs) / 1e6;
  const knew = KNEW[nation];
  if (s < (knew.firstTrackUs ?? Infinity)) return undefined;
  const over = s >= f.flightS;
  const [lon, lat, heightKm] = position(f, s);
  const ahead = position(f, s + 1);
  const own = s >= (knew.firstPlotUs ?? Infinity);
  const partner = s >= (knew.firstPartnerUs ?? Infinity);
  const sharp = Math.max(0.06, Math.exp(-s / 260));
  const climbKmps = over ? 0 : ahead[2] - heightKm;
  const ground = f.rangeKm / f.flightS;
  const phase = s < 150 ? 'boost' : s < f.flightS - 60 ? 'coast' : 'reentry';
  const impact = position(f, f.flightS);
  const track: TrackView = {
    id: `${nation}-T1`,
    launchId: f.id,
    phase,
    status: over ? 'impact' : 'held',
    source: own && partner ? 'both' : own ? 'own' : 'partner',
    lastObservedUs: Math.min(nowUs - 1.2e6, f.launchUs + f.flightS * 1e6),
    latitudeDeg: lat,
    longitudeDeg: lon,
    heightKm,
    speedMps: Math.hypot(climbKmps, ground) * 1000 * Math.min(1, 0.15 + s / 170),
    headingDeg: 80 + 30 * Math.min(1, s / f.flightS),
    climbDeg: (Math.atan2(climbKmps, ground) * 180) / Math.PI,
    rates: over ? [0, 0, 0] : [ahead[1] - lat, ahead[0] - lon, climbKmps],
    positionUncertaintyM: 400 + 9000 * sharp,
    sources: [
      ...(own
        ? [
            {
              source: `${nation}/${nation === 'KOR' ? 'KR-GP1' : nation === 'JPN' ? 'JP-FPS5-O' : 'JP-SHARIKI'}`,
              node: nation,
              kind: 'radar' as const,
              firstUs: f.launchUs + (knew.firstPlotUs ?? 0) * 1e6,
              lastUs: nowUs - 1.2e6,
            },
          ]
        : []),
      ...(partner
        ? [
            {
              source: nation === 'USA' ? 'KOR/*' : 'USA/*',
              node: nation === 'USA' ? ('KOR' as const) : ('HUB' as const),
              kind: 'unknown' as const,
              firstUs: f.launchUs + (knew.firstPartnerUs ?? 0) * 1e6,
              lastUs: nowUs - 3e6,
            },
          ]
        : []),
    ].map((x) => ({ ...x, firstUs: Math.round(x.firstUs), lastUs: Math.round(x.lastUs) })),
    flown: path(f, Math.max(0, (knew.firstTrackUs ?? 0) - 12), Math.min(s, f.flightS), 60),
    predicted: over || s < 80 ? [] : path(f, s, f.flightS, 60),
    launch: {
      kind: 'launch',
      timeUs: Math.round(nowUs),
      atUs: f.launchUs,
      atSigmaS: 3,
      latitudeDeg: f.site[1] + 0.03,
      longitudeDeg: f.site[0] - 0.04,
      ellipse95: { semiMajorM: 9000 + 16000 * sharp, semiMinorM: 4000 + 5000 * sharp, azimuthDeg: 80 },
    },
  };
  if (s >= (knew.impactEstimateUs ?? Infinity)) {
    track.impact = {
      kind: 'impact',
      timeUs: Math.round(nowUs),
      atUs: f.launchUs + f.flightS * 1e6,
      atSigmaS: 60 * sharp,
      latitudeDeg: impact[1],
      longitudeDeg: impact[0],
      ellipse95: { semiMajorM: 15000 + 420000 * sharp, semiMinorM: 6000 + 60000 * sharp, azimuthDeg: 110 },
    };
    track.apogeeKm = f.apogeeKm - 20 * sharp;
    track.rangeClass = 'intermediate';
    track.rangeClassProbability = 1 - 0.3 * sharp;
  }
  return track;
}

/** `crowd` more tracks for measuring: short flights all over the region. */
export function crowdTracks(nation: Nation, count: number, nowUs: number): TrackView[] {
  return Array.from({ length: count }, (_, i) => {
    const f: Flight = {
      id: `C${i}`,
      site: [120 + (i % 40), 24 + Math.floor(i / 40) * 0.8],
      azimuth: (i * 37) % 360,
      rangeKm: 600 + (i % 9) * 120,
      apogeeKm: 120 + (i % 7) * 60,
      flightS: 400,
      launchUs: nowUs - ((i * 7) % 380) * 1e6 - 1e6,
    };
    const fixed = { ...f, launchUs: LAUNCH_US + (((i * 7) % 380) - 380) * 1e6 };
    const s = (((nowUs - fixed.launchUs) / 1e6) % 400) + 0.001;
    const moving = { ...fixed, launchUs: nowUs - s * 1e6 };
    const [lon, lat, heightKm] = position(moving, s);
    const next = position(moving, s + 1);
    return {
      id: `${nation}-C${i}`,
      launchId: f.id,
      phase: 'coast',
      status: 'held',
      source: 'own',
      lastObservedUs: Math.round(nowUs),
      latitudeDeg: lat,
      longitudeDeg: lon,
      heightKm,
      speedMps: 2500,
      headingDeg: f.azimuth,
      climbDeg: 10,
      rates: [next[1] - lat, next[0] - lon, next[2] - heightKm],
      positionUncertaintyM: 500,
      sources: [],
      flown: i >= WITH_PATHS ? [] : path(moving, Math.max(0, s - 100), s, 12),
      predicted: i >= WITH_PATHS ? [] : path(moving, s, 400, 12),
    };
  });
}
