/** Tracks, estimates and tracklets: what a tracker says, and what nodes exchange. SI units, ECEF. */
import { type Static, Type } from 'typebox';
import { usToIso } from '../earth/time.ts';
import { DEG, ecefToGeodetic } from '../earth/wgs84.ts';
import { NodeId } from './nation.ts';

export const Phase = Type.Union([
  Type.Literal('boost'),
  Type.Literal('coast'),
  Type.Literal('reentry'),
  Type.Literal('notBallistic'),
]);
export type Phase = Static<typeof Phase>;

export const RangeClass = Type.Union([
  Type.Literal('close'),
  Type.Literal('short'),
  Type.Literal('medium'),
  Type.Literal('intermediate'),
  Type.Literal('intercontinental'),
]);
export type RangeClass = Static<typeof RangeClass>;

/** A place on the ellipsoid with its 95 % error ellipse (semi-axes on the ground, azimuth of the major axis from north). */
export const Ellipse95 = Type.Object(
  {
    semiMajorM: Type.Number({ minimum: 0 }),
    semiMinorM: Type.Number({ minimum: 0 }),
    azimuthDeg: Type.Number(),
  },
  { additionalProperties: false },
);
export type Ellipse95 = Static<typeof Ellipse95>;

/** An estimate of the launch or of the impact. `atUs` is when that happens, `timeUs` when the estimate was made. */
export const PointEstimate = Type.Object(
  {
    kind: Type.Union([Type.Literal('launch'), Type.Literal('impact')]),
    timeUs: Type.Integer(),
    atUs: Type.Integer(),
    /** Standard deviation of `atUs`, s. */
    atSigmaS: Type.Number({ minimum: 0 }),
    latitudeDeg: Type.Number({ minimum: -90, maximum: 90 }),
    longitudeDeg: Type.Number({ minimum: -180, maximum: 180 }),
    ellipse95: Ellipse95,
  },
  { additionalProperties: false },
);
export type PointEstimate = Static<typeof PointEstimate>;

/**
 * Pedigree: which sources are in a piece of information, each with the time of its last report.
 * A source is `NODE/sensor`, or `NODE/*` where the sensor's identity was withheld.
 */
export const Pedigree = Type.Record(Type.String(), Type.Integer());
export type Pedigree = Static<typeof Pedigree>;

/** State of a track at one moment. `state` is [x y z vx vy vz] ECEF; `covariance` the upper triangle of 6x6 by rows (21). */
export const TrackState = Type.Object(
  {
    track: Type.String(),
    timeUs: Type.Integer(),
    state: Type.Array(Type.Number(), { minItems: 6, maxItems: 6 }),
    covariance: Type.Array(Type.Number(), { minItems: 21, maxItems: 21 }),
    phase: Phase,
    plots: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);
export type TrackState = Static<typeof TrackState>;

/**
 * A tracklet: the information about a track that is new since the last tracklet of the same track and node,
 * in information form at `timeUs` on [x y z vx vy vz]: `matrix` = P^-1 - P_sent^-1 (upper triangle, 21),
 * `vector` = P^-1 x - P_sent^-1 x_sent (6). Drummond, Proc. SPIE 3163 (1997) 512-523, "inverse Kalman filter".
 * Tracklets of one track are independent of each other, so a receiver adds them in any number, once each.
 */
export const Tracklet = Type.Object(
  {
    node: NodeId,
    track: Type.String(),
    /** Counts the tracklets of this track at this node, from 1. */
    sequence: Type.Integer({ minimum: 1 }),
    timeUs: Type.Integer(),
    /** Time of the previous tracklet; equal to `timeUs` in the first. */
    sinceUs: Type.Integer(),
    vector: Type.Array(Type.Number(), { minItems: 6, maxItems: 6 }),
    matrix: Type.Array(Type.Number(), { minItems: 21, maxItems: 21 }),
    phase: Phase,
    plots: Type.Integer({ minimum: 0 }),
    pedigree: Pedigree,
  },
  { additionalProperties: false },
);
export type Tracklet = Static<typeof Tracklet>;

/** Upper triangle by rows (n(n+1)/2) of the leading n x n block of a full matrix of leading dimension `stride`. */
export function packUpper(full: ArrayLike<number>, n: number, stride = n): number[] {
  const out: number[] = [];
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) out.push(full[i * stride + j]);
  return out;
}

/** The inverse of {@link packUpper}: a full symmetric n x n matrix by rows. */
export function unpackUpper(packed: ArrayLike<number>, n: number): Float64Array {
  const out = new Float64Array(n * n);
  let k = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      out[i * n + j] = packed[k];
      out[j * n + i] = packed[k];
      k++;
    }
  }
  return out;
}

/** The recorded form of a track update: one line of `track`'s output and of `tracks.<NATION>.ndjson`. */
export function trackStateToRecord(t: TrackState): Record<string, unknown> {
  return {
    track: t.track,
    time: usToIso(t.timeUs),
    positionEcefM: t.state.slice(0, 3),
    velocityEcefMps: t.state.slice(3, 6),
    covariance: t.covariance,
    phase: t.phase,
    plots: t.plots,
  };
}

/** The recorded form of an estimate. */
export function estimateToRecord(track: string, e: PointEstimate): Record<string, unknown> {
  return {
    estimate: e.kind,
    track,
    time: usToIso(e.timeUs),
    at: usToIso(e.atUs),
    latitudeDeg: e.latitudeDeg,
    longitudeDeg: e.longitudeDeg,
    ellipse95: e.ellipse95,
  };
}

/** Where a track is, degrees and metres. */
export function trackGeodetic(state: ArrayLike<number>): {
  latitudeDeg: number;
  longitudeDeg: number;
  heightM: number;
} {
  const g = ecefToGeodetic(state[0], state[1], state[2]);
  return { latitudeDeg: g.latitudeRad / DEG, longitudeDeg: g.longitudeRad / DEG, heightM: g.heightM };
}
