/**
 * Tracks against truths as sets. GOSPA: Rahmathullah, Garcia-Fernandez, Svensson, Proc. Fusion (2017), p = 2,
 * alpha = 2: the only alpha for which it splits into localisation, missed and false.
 */
import { Assignment } from '../src/tracking/assignment.ts';

export interface Gospa {
  /** Metric, m, and its three parts squared, m^2. */
  total: number;
  localisation2: number;
  missed2: number;
  false2: number;
  /** Pairs [truth, track] of the best assignment. */
  pairs: [number, number][];
}

/** Of points [x y z], m, with cut-off `c`, m. */
export function gospa(
  truths: readonly ArrayLike<number>[],
  tracks: readonly ArrayLike<number>[],
  c: number,
): Gospa {
  const best = new Assignment();
  best.begin(tracks.length, truths.length);
  tracks.forEach((x, j) => {
    truths.forEach((t, i) => {
      // A pair at the cut-off costs as much as one missed and one false.
      best.pair(j, i, c * c - ((t[0] - x[0]) ** 2 + (t[1] - x[1]) ** 2 + (t[2] - x[2]) ** 2));
    });
  });
  best.solve();
  const pairs: [number, number][] = [];
  let localisation2 = 0;
  for (let k = 0; k < best.count; k++) {
    if (best.chosen[k] === 0) continue;
    pairs.push([best.plot[k], best.track[k]]);
    localisation2 += c * c - best.gain[k];
  }
  pairs.sort(([a], [b]) => a - b);
  const missed2 = (c * c * (truths.length - pairs.length)) / 2;
  const false2 = (c * c * (tracks.length - pairs.length)) / 2;
  return {
    total: Math.sqrt(localisation2 + missed2 + false2),
    localisation2,
    missed2,
    false2,
    pairs,
  };
}
