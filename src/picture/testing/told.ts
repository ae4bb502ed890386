/** What nodes tell of a body that climbs fast from a place at EPOCH_US, made by hand: for tests of the picture. */
import { DEG, geodeticToEcef } from '../../earth/wgs84.ts';
import type { Item, ItemBody, ItemKind } from '../../model/item.ts';
import type { Nation, NodeId } from '../../model/nation.ts';
import { type Phase, packUpper, type Tracklet } from '../../model/track.ts';

const EPOCH_US = 1_700_000_000_000_000;

/** Time of so many seconds after the body left its place, us. */
export const s = (seconds: number): number => EPOCH_US + Math.round(seconds * 1e6);

/** Where it is after t s, ECEF m and m/s: straight up, so fast that no filter takes it for another. */
function climb(latitudeDeg: number, longitudeDeg: number, t: number): number[] {
  const h = 100e3 + 2000 * t - 4.3 * t * t;
  const v = 2000 - 8.6 * t;
  const p = geodeticToEcef(latitudeDeg * DEG, longitudeDeg * DEG, h);
  const r = Math.hypot(...p);
  return [...p, ...p.map((x) => (x / r) * v)];
}

/** A tracklet that tells its whole state, 300 m and 10 m/s; `offM`: how far along x a faulty radar is wrong. */
export function tracklet(
  node: NodeId,
  track: string,
  sequence: number,
  t: number,
  [latitudeDeg, longitudeDeg]: readonly [number, number],
  { phase = 'coast', offM = 0, radar = 'R' }: { phase?: Phase; offM?: number; radar?: string } = {},
): Tracklet {
  const x = climb(latitudeDeg, longitudeDeg, t);
  x[0] += offM;
  const full = new Float64Array(36);
  for (let i = 0; i < 6; i++) full[7 * i] = 1 / (i < 3 ? 300 : 10) ** 2;
  return {
    node,
    track,
    sequence,
    timeUs: s(t),
    sinceUs: sequence === 1 ? s(t) : s(t - 1),
    vector: x.map((v, i) => v * full[7 * i]),
    matrix: packUpper(full, 6),
    phase,
    plots: sequence,
    pedigree: { [`${node}/${radar}`]: s(t) },
  };
}

/** What a partner says of a track, for Japan; it holds for an hour. */
export function said(
  from: Nation,
  kind: ItemKind,
  track: string,
  revision: number,
  madeUs: number,
  body: ItemBody,
): Item {
  return {
    label: {
      id: `${track}:${kind}`,
      kind,
      mode: 'exercise',
      originators: [from],
      threat: 'DPRK',
      level: 'secret',
      releasableTo: ['JPN'],
      elements: ['trajectory', 'launchPoint', 'impactPoint'],
      consents: [],
    },
    revision,
    sourceType: 'radar',
    observedUs: madeUs,
    madeUs,
    expiresUs: madeUs + 3600e6,
    body: { track, ...body },
  };
}

/** A tracklet as its nation sends it, at once or later. */
export const sent = (told: Tracklet, madeUs = told.timeUs): Item =>
  said(told.node as Nation, 'tracklet', told.track, told.sequence, madeUs, { tracklet: told });
