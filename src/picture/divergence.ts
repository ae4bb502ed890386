/**
 * Divergence between national assessments. Information is shared, analysis is each country's: on 2024-01-14 the
 * Republic of Korea said about 1,000 km, Japan at least 500 km. A picture shows a divergence and never hides one.
 */
import { geodesicInverse } from '../earth/geodesic.ts';
import { DEG } from '../earth/wgs84.ts';
import type { NodeId } from '../model/nation.ts';
import type { PointEstimate } from '../model/track.ts';
import { ellipseCovariance } from '../tracking/index.ts';
import type { SystemTrack } from './system-track.ts';

export interface Divergence {
  node: NodeId;
  /** Distance of that node's impact from the picture's own, m, and in standard deviations. */
  distanceM: number;
  sigmas: number;
  divergent: boolean;
}

/** Beyond this the two statements can hardly both be right. */
const DIVERGENT_SIGMAS = 4;
/** A difference below this is no news to anybody, m. */
const NEGLIGIBLE_M = 5000;

/** How far each node's own impact estimate lies from the picture's. */
export function divergences(track: SystemTrack): Divergence[] {
  const own = track.impact;
  if (!own) return [];
  const out: Divergence[] = [];
  for (const a of track.assessments.values()) {
    if (!a.impact) continue;
    const { distanceM, azimuth1Deg } = geodesicInverse(
      own.latitudeDeg,
      own.longitudeDeg,
      a.impact.latitudeDeg,
      a.impact.longitudeDeg,
    );
    const sigma = Math.hypot(spread(own, azimuth1Deg), spread(a.impact, azimuth1Deg));
    const sigmas = distanceM / Math.max(sigma, 1);
    out.push({
      node: a.node,
      distanceM,
      sigmas,
      divergent: sigmas > DIVERGENT_SIGMAS && distanceM > NEGLIGIBLE_M,
    });
  }
  return out;
}

/** One standard deviation of an estimate in the direction of an azimuth, m. */
function spread(e: PointEstimate, azimuthDeg: number): number {
  const [ee, en, nn] = ellipseCovariance(e.ellipse95);
  const s = Math.sin(azimuthDeg * DEG);
  const c = Math.cos(azimuthDeg * DEG);
  return Math.sqrt(ee * s * s + 2 * en * s * c + nn * c * c);
}
