/** The way a ballistic state takes to the ground, for maps. */
import { trackGeodetic } from '../model/track.ts';
import { ballisticStep, roughHeight } from './dynamics.ts';
import { START } from './initiation.ts';

export interface PathPoint {
  timeUs: number;
  latitudeDeg: number;
  longitudeDeg: number;
  heightM: number;
}

/**
 * Points of the ballistic path from a state [x y z vx vy vz] at `timeUs` down to the ground, one each
 * `stepS`, at most `maxPoints`; drag of a usual body.
 */
export function propagatePath(
  state: ArrayLike<number>,
  timeUs: number,
  stepS = 10,
  maxPoints = 400,
): PathPoint[] {
  const s = Float64Array.from(state).slice(0, 6);
  const b = Math.exp(START.lnB);
  const points: PathPoint[] = [{ timeUs, ...trackGeodetic(s) }];
  let t = 0;
  while (points.length < maxPoints) {
    let left = stepS;
    while (left > 0) {
      const step = Math.min(left, roughHeight(s[0], s[1], s[2]) < 100e3 ? 0.5 : 10);
      ballisticStep(s, 0, b, step, false);
      left -= step;
    }
    t += stepS;
    const g = trackGeodetic(s);
    points.push({ timeUs: timeUs + Math.round(t * 1e6), ...g });
    if (g.heightM <= 0) break;
  }
  return points;
}
