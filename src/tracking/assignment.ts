/**
 * Assignment of plots to tracks: candidate pairs fall into clusters that share nothing, and each cluster is
 * solved for the greatest total gain. A track or a plot may stay alone at gain 0.
 */

/** One candidate pair; a greater gain is better, gains at or below zero are not worth assigning. */
export interface Candidate {
  track: number;
  plot: number;
  gain: number;
}

/** Best assignment; returns the chosen candidates in order of plot. Order of the input doesn't matter. */
export function assign(candidates: readonly Candidate[]): Candidate[] {
  const worth = candidates.filter((c) => c.gain > 0);
  if (worth.length === 0) return [];
  const trackUses = new Map<number, number>();
  const plotUses = new Map<number, number>();
  for (const c of worth) {
    trackUses.set(c.track, (trackUses.get(c.track) ?? 0) + 1);
    plotUses.set(c.plot, (plotUses.get(c.plot) ?? 0) + 1);
  }
  const chosen: Candidate[] = [];
  const contested: Candidate[] = [];
  for (const c of worth) {
    if (trackUses.get(c.track) === 1 && plotUses.get(c.plot) === 1) chosen.push(c);
    else contested.push(c);
  }
  for (const cluster of clusters(contested)) chosen.push(...solve(cluster));
  return chosen.sort((a, b) => a.plot - b.plot);
}

function clusters(candidates: readonly Candidate[]): Candidate[][] {
  // Union-find over tracks (even keys) and plots (odd keys).
  const parent = new Map<number, number>();
  const find = (k: number): number => {
    let root = k;
    for (;;) {
      const p = parent.get(root) ?? root;
      if (p === root) break;
      root = p;
    }
    parent.set(k, root);
    return root;
  };
  for (const c of candidates) {
    const a = find(2 * c.track);
    const b = find(2 * c.plot + 1);
    if (a !== b) parent.set(Math.max(a, b), Math.min(a, b));
  }
  const groups = new Map<number, Candidate[]>();
  for (const c of candidates) {
    const root = find(2 * c.track);
    const group = groups.get(root);
    if (group) group.push(c);
    else groups.set(root, [c]);
  }
  return [...groups.keys()].sort((a, b) => a - b).map((k) => groups.get(k)!);
}

function solve(cluster: readonly Candidate[]): Candidate[] {
  const tracks = [...new Set(cluster.map((c) => c.track))].sort((a, b) => a - b);
  const plots = [...new Set(cluster.map((c) => c.plot))].sort((a, b) => a - b);
  const trackRow = new Map(tracks.map((t, i) => [t, i]));
  const plotColumn = new Map(plots.map((p, i) => [p, i]));
  const rows = tracks.length;
  // One private column for each track stands for "no plot".
  const columns = plots.length + rows;
  const cost = new Float64Array(rows * columns).fill(FORBIDDEN);
  const at = new Map<number, Candidate>();
  for (let i = 0; i < rows; i++) cost[i * columns + plots.length + i] = 0;
  for (const c of cluster) {
    const k = trackRow.get(c.track)! * columns + plotColumn.get(c.plot)!;
    cost[k] = -c.gain;
    at.set(k, c);
  }
  const chosen: Candidate[] = [];
  const columnOf = hungarian(rows, columns, cost);
  for (let i = 0; i < rows; i++) {
    const c = at.get(i * columns + columnOf[i]);
    if (c) chosen.push(c);
  }
  return chosen;
}

const FORBIDDEN = 1e12;

/**
 * Least-cost assignment of each row to its own column, rows <= columns: shortest augmenting paths with
 * potentials. Jonker and Volgenant, Computing 38 (1987) 325; in the form of Crouse, IEEE Trans. AES 52 (2016) 1679.
 */
export function hungarian(rows: number, columns: number, cost: Float64Array): Int32Array {
  const u = new Float64Array(rows + 1);
  const v = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  const way = new Int32Array(columns + 1);
  for (let i = 1; i <= rows; i++) {
    rowOf[0] = i;
    let j0 = 0;
    const least = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const used = new Uint8Array(columns + 1);
    do {
      used[j0] = 1;
      const i0 = rowOf[j0];
      let delta = Number.POSITIVE_INFINITY;
      let j1 = 0;
      for (let j = 1; j <= columns; j++) {
        if (used[j]) continue;
        const reduced = cost[(i0 - 1) * columns + j - 1] - u[i0] - v[j];
        if (reduced < least[j]) {
          least[j] = reduced;
          way[j] = j0;
        }
        if (least[j] < delta) {
          delta = least[j];
          j1 = j;
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (used[j]) {
          u[rowOf[j]] += delta;
          v[j] -= delta;
        } else least[j] -= delta;
      }
      j0 = j1;
    } while (rowOf[j0] !== 0);
    do {
      const j1 = way[j0];
      rowOf[j0] = rowOf[j1];
      j0 = j1;
    } while (j0 !== 0);
  }
  const out = new Int32Array(rows).fill(-1);
  for (let j = 1; j <= columns; j++) if (rowOf[j] > 0) out[rowOf[j] - 1] = j - 1;
  return out;
}
