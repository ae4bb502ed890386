/** Many launches out of one: places scattered about it, times after it. */
import { geodesicDirect } from '../earth/geodesic.ts';
import type { Random } from '../earth/random.ts';

export interface Salvo {
  /** How many launches besides the first. */
  count: number;
  /** Greatest distance of a launch point from the first one, km. */
  spreadKm: number;
  /** Greatest time after the first, s. */
  spreadS: number;
  /** Greatest difference of a bearing from the first one's; 0 if left out. */
  bearingSpreadDeg?: number;
}

export interface SalvoLaunch {
  latitudeDeg: number;
  longitudeDeg: number;
  bearingDeg: number;
  /** After the first launch, s, in milliseconds. */
  afterS: number;
}

/** Places even over the disc, times and bearings even over their spans; in order of time. */
export function salvo(
  first: { latitudeDeg: number; longitudeDeg: number; bearingDeg: number },
  { count, spreadKm, spreadS, bearingSpreadDeg = 0 }: Salvo,
  random: Random,
): SalvoLaunch[] {
  return Array.from({ length: count }, (_, i) => {
    const draws = random.fork(`launch ${i + 1}`);
    const distanceM = spreadKm * 1000 * Math.sqrt(draws.uniform());
    const p = geodesicDirect(first.latitudeDeg, first.longitudeDeg, 360 * draws.uniform(), distanceM);
    const turned = first.bearingDeg + bearingSpreadDeg * (2 * draws.uniform() - 1);
    return {
      latitudeDeg: p.latitudeDeg,
      longitudeDeg: p.longitudeDeg,
      bearingDeg: (turned + 360) % 360,
      afterS: Math.round(1000 * spreadS * draws.uniform()) / 1000,
    };
  }).sort((a, b) => a.afterS - b.afterS);
}
