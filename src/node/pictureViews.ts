/** A node's picture in the words of its interface: degrees, kilometres, and what a person asks of a track. */

import type { Authorisation, Publisher } from '../channels/index.ts';
import { geodesicInverse } from '../earth/geodesic.ts';
import { DEG, ecefToGeodetic, enuRotation } from '../earth/wgs84.ts';
import type { Nation } from '../model/nation.ts';
import type { Sensor } from '../model/sensor.ts';
import { divergences, lastObservedUs, type SystemTrack } from '../picture/index.ts';
import { ellipse95 } from '../tracking/index.ts';
import type { IssuedWarning } from '../warning/index.ts';
import { predictedPath } from './warnings.ts';
import type {
  AssessmentView,
  OfficeView,
  PathPoint,
  PublicAlarmView,
  SourceView,
  TrackView,
  WarningView,
} from './wire.ts';

export function pictureTracks(
  tracks: readonly SystemTrack[],
  nation: Nation,
  sensors: readonly Sensor[],
  nowUs: number,
): TrackView[] {
  return tracks.map((track) => trackView(track, nation, sensors, nowUs));
}

function trackView(track: SystemTrack, nation: Nation, sensors: readonly Sensor[], nowUs: number): TrackView {
  const over = track.status === 'lost' || track.status === 'impact';
  // A track that is over is shown where it was last known to be.
  const { state, covariance } = track.fused.at(over ? track.fused.timeUs : nowUs);
  const g = ecefToGeodetic(state[0], state[1], state[2]);
  const m = enuRotation(g.latitudeRad, g.longitudeRad);
  const east = m[0] * state[3] + m[1] * state[4] + m[2] * state[5];
  const north = m[3] * state[3] + m[4] * state[4] + m[5] * state[5];
  const up = m[6] * state[3] + m[7] * state[4] + m[8] * state[5];
  const ground = Math.hypot(east, north);
  const radius = Math.hypot(state[0], state[1], state[2]);
  const heading = Math.atan2(east, north) / DEG;
  const sources = [...track.sources.values()];
  const own = sources.some((s) => s.node === nation);
  const partner = sources.some((s) => s.node !== nation);
  const predicted = over || track.fused.phase === 'notBallistic' ? [] : predictedPath(track);
  return {
    id: track.id,
    launchId: track.launchId,
    phase: track.fused.phase,
    status: track.status,
    source: own && partner ? 'both' : own ? 'own' : 'partner',
    lastObservedUs: lastObservedUs(track),
    latitudeDeg: g.latitudeRad / DEG,
    longitudeDeg: g.longitudeRad / DEG,
    heightKm: g.heightM / 1000,
    speedMps: Math.hypot(east, north, up),
    headingDeg: heading < 0 ? heading + 360 : heading,
    climbDeg: Math.atan2(up, ground) / DEG,
    rates: over
      ? [0, 0, 0]
      : [north / radius / DEG, east / (radius * Math.cos(g.latitudeRad)) / DEG, up / 1000],
    positionUncertaintyM: horizontal95(covariance, m),
    sources: sources.map((s) => sourceView(s, sensors)),
    flown: track.flown.samples.map((p): PathPoint => [round(p[0], 4), round(p[1], 4), round(p[2], 2), p[3]]),
    predicted: predicted
      .filter((_, i) => i % 2 === 0 || i === predicted.length - 1)
      .map(
        (p): PathPoint => [
          round(p.longitudeDeg, 4),
          round(p.latitudeDeg, 4),
          round(p.heightM / 1000, 2),
          p.timeUs,
        ],
      ),
    ...(track.launch ? { launch: track.launch } : {}),
    ...(track.impact ? { impact: track.impact } : {}),
    ...(track.apogeeKm === undefined ? {} : { apogeeKm: track.apogeeKm }),
    ...(track.rangeClass === undefined
      ? {}
      : { rangeClass: track.rangeClass, rangeClassProbability: track.rangeClassProbability ?? 0 }),
  };
}

function sourceView(
  s: { source: string; node: SourceView['node']; firstUs: number; lastUs: number },
  sensors: readonly Sensor[],
): SourceView {
  const name = s.source.slice(s.source.indexOf('/') + 1);
  const kind = sensors.find((sensor) => sensor.id === name)?.kind ?? 'unknown';
  return { source: s.source, node: s.node, kind, firstUs: s.firstUs, lastUs: s.lastUs };
}

/** Semi-major axis of the 95 % ellipse over the ground, m, of a position in a 6 x 6 covariance. `rotation`: ECEF to ENU. */
function horizontal95(p: Float64Array, rotation: Float64Array): number {
  const c = [0, 0, 0];
  [
    [0, 0],
    [0, 1],
    [1, 1],
  ].forEach(([a, b], k) => {
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < 3; j++) c[k] += rotation[3 * a + i] * p[6 * i + j] * rotation[3 * b + j];
  });
  return ellipse95(c[0], c[1], c[2]).semiMajorM;
}

export function assessmentViews(tracks: readonly SystemTrack[]): AssessmentView[] {
  return tracks.flatMap((track) => {
    const diverging = divergences(track);
    return [...track.assessments.values()].map((a): AssessmentView => {
      const from = a.launch ?? track.launch;
      const rangeKm =
        a.impact && from
          ? geodesicInverse(from.latitudeDeg, from.longitudeDeg, a.impact.latitudeDeg, a.impact.longitudeDeg)
              .distanceM / 1000
          : undefined;
      return {
        node: a.node,
        launchId: track.launchId,
        ...(a.apogeeKm === undefined ? {} : { apogeeKm: a.apogeeKm }),
        ...(rangeKm === undefined ? {} : { rangeKm }),
        ...(a.impact ? { impact: a.impact } : {}),
        divergent: diverging.some((d) => d.node === a.node && d.divergent),
      };
    });
  });
}

export function warningViews(
  issued: readonly IssuedWarning[],
  publisher?: Publisher,
  authorised?: ReadonlyMap<string, Authorisation>,
): WarningView[] {
  const latest = new Map(issued.map(({ warning }) => [warning.chain, warning.revision]));
  return issued.map(({ warning: w }) => ({
    identifier: w.identifier,
    chain: w.chain,
    revision: w.revision,
    nation: w.nation,
    messageType: w.messageType,
    stage: w.stage,
    evidence: w.evidence,
    ...(w.cancelReason === undefined ? {} : { cancelReason: w.cancelReason }),
    launchId: w.launchId,
    sentUs: w.sentUs,
    expiresUs: w.expiresUs,
    areas: w.areas,
    headline: w.headline,
    description: w.description,
    instruction: w.instruction,
    current: w.messageType !== 'cancel' && latest.get(w.chain) === w.revision,
    ...(authorised?.has(w.identifier) ? { authorised: authorised.get(w.identifier) } : {}),
    ...(publisher ? { delivery: deliveryViews(publisher, w.identifier) } : {}),
  }));
}

function deliveryViews(publisher: Publisher, identifier: string): NonNullable<WarningView['delivery']> {
  return publisher.receipts(identifier).map((d) => {
    const receivers = publisher.options.channels.find((c) => c.id === d.channel)?.receivers ?? [];
    return {
      channel: d.channel,
      acknowledged: d.receipts.size,
      receivers: receivers.length,
      late: d.late,
      sentUs: d.sentUs,
      receipts: receivers.map((receiver) => ({ receiver, atUs: d.receipts.get(receiver) ?? null })),
    };
  });
}

/** Who lets public warnings out. */
export function officeView({ options: { roster, rule } }: Publisher): OfficeView {
  return {
    approval: rule ? 'rule' : 'people',
    people: roster.records.map(({ person, role, publicKey }) => ({ person, role, credential: publicKey })),
  };
}

/** Alarms that are shown; all are in the journal. */
const ALARMS_SHOWN = 20;

export function alarmViews(publisher?: Publisher): PublicAlarmView[] {
  return (publisher?.alarms ?? []).slice(-ALARMS_SHOWN).map(({ kind, atUs, where, identifier }) => ({
    kind,
    atUs,
    where,
    ...(identifier === undefined ? {} : { identifier }),
  }));
}

function round(value: number, digits: number): number {
  const f = 10 ** digits;
  return Math.round(value * f) / f;
}
