/**
 * Tracks against truths as sets. GOSPA: Rahmathullah, Garcia-Fernandez, Svensson, Proc. Fusion (2017), p = 2,
 * alpha = 2: the only alpha for which it splits into localisation, missed and false.
 */
import { assign } from '../src/tracking/assignment.ts';

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
  const candidates = truths.flatMap((t, i) =>
    tracks.flatMap((x, j) => {
      const d2 = (t[0] - x[0]) ** 2 + (t[1] - x[1]) ** 2 + (t[2] - x[2]) ** 2;
      // A pair at the cut-off costs as much as one missed and one false.
      return d2 < c * c ? [{ track: j, plot: i, gain: c * c - d2 }] : [];
    }),
  );
  const chosen = assign(candidates);
  const localisation2 = chosen.reduce((sum, p) => sum + c * c - p.gain, 0);
  const missed2 = (c * c * (truths.length - chosen.length)) / 2;
  const false2 = (c * c * (tracks.length - chosen.length)) / 2;
  return {
    total: Math.sqrt(localisation2 + missed2 + false2),
    localisation2,
    missed2,
    false2,
    pairs: chosen.map((p): [number, number] => [p.plot, p.track]),
  };
}
