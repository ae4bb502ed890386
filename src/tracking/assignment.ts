/**
 * Assignment of plots to tracks: candidate pairs fall into clusters that share nothing, and each cluster is solved for the
 * greatest total gain. A track or a plot may stay alone at gain 0. All in slabs that are kept and only grow.
 */

/** {@link begin}, {@link pair} for each candidate by tracks, {@link solve}; then the rest can be read until the next begin. */
export class Assignment {
  /** Candidate pairs. */
  count = 0;
  track = new Int32Array(64);
  plot = new Int32Array(64);
  gain = new Float64Array(64);
  /** 1 where the pair is in the best assignment. */
  chosen = new Uint8Array(64);
  /** Clusters with more than one pair; `members[clusterStart[c]..clusterStart[c + 1])` are their pairs, by tracks. */
  clusters = 0;
  clusterStart = new Int32Array(65);
  members = new Int32Array(64);
  /** Number of a pair's track and plot within its cluster. */
  row = new Int32Array(64);
  column = new Int32Array(64);
  /** Tracks and plots of each cluster. */
  rows = new Int32Array(64);
  columns = new Int32Array(64);
  #tracks = 0;
  #plots = 0;
  /** By track, then by plot: pairs that it is in, its root, its number within its cluster. */
  #uses = new Int32Array(64);
  #root = new Int32Array(64);
  #local = new Int32Array(64);
  #clusterOf = new Int32Array(64);
  readonly #paths = new Paths();

  /** Tracks are numbered below `tracks`, plots below `plots`. */
  begin(tracks: number, plots: number): void {
    this.count = 0;
    this.clusters = 0;
    this.#tracks = tracks;
    this.#plots = plots;
    const n = tracks + plots;
    if (this.#uses.length >= n) return;
    this.#uses = new Int32Array(2 * n);
    this.#root = new Int32Array(2 * n);
    this.#local = new Int32Array(2 * n);
    this.#clusterOf = new Int32Array(2 * n);
  }

  /** A greater gain is better; a pair that is not worth it (gain at or below 0) is not taken. */
  pair(track: number, plot: number, gain: number): void {
    if (!(gain > 0)) return;
    const k = this.count++;
    if (k === this.track.length) this.#grow();
    this.track[k] = track;
    this.plot[k] = plot;
    this.gain[k] = gain;
  }

  #grow(): void {
    const n = 2 * this.track.length;
    this.track = grown(this.track, n);
    this.plot = grown(this.plot, n);
    const gain = new Float64Array(n);
    gain.set(this.gain);
    this.gain = gain;
    this.chosen = new Uint8Array(n);
    this.clusterStart = new Int32Array(n + 1);
    this.members = new Int32Array(n);
    this.row = new Int32Array(n);
    this.column = new Int32Array(n);
    this.rows = new Int32Array(n);
    this.columns = new Int32Array(n);
  }

  /** Finds the clusters and the best assignment of each. */
  solve(): void {
    const { count, track, plot, chosen } = this;
    chosen.fill(0, 0, count);
    if (count === 0) return;
    if (count === 1) {
      chosen[0] = 1;
      return;
    }
    const uses = this.#uses;
    const plotNode = this.#tracks;
    uses.fill(0, 0, this.#tracks + this.#plots);
    for (let k = 0; k < count; k++) {
      uses[track[k]]++;
      uses[plotNode + plot[k]]++;
    }
    let contested = 0;
    for (let k = 0; k < count; k++) {
      if (uses[track[k]] === 1 && uses[plotNode + plot[k]] === 1) chosen[k] = 1;
      else contested++;
    }
    if (contested === 0) return;
    this.#cluster();
    for (let c = 0; c < this.clusters; c++) this.#best(c);
  }

  #cluster(): void {
    const { count, track, plot, chosen, clusterStart, members, row, column, rows, columns } = this;
    const root = this.#root;
    const local = this.#local;
    const clusterOf = this.#clusterOf;
    const plotNode = this.#tracks;
    const nodes = plotNode + this.#plots;
    for (let n = 0; n < nodes; n++) {
      root[n] = n;
      local[n] = -1;
      clusterOf[n] = -1;
    }
    for (let k = 0; k < count; k++) {
      if (chosen[k] !== 0) continue;
      const a = this.#find(track[k]);
      const b = this.#find(plotNode + plot[k]);
      if (a !== b) root[Math.max(a, b)] = Math.min(a, b);
    }
    clusterStart.fill(0, 0, count + 1);
    let clusters = 0;
    for (let k = 0; k < count; k++) {
      if (chosen[k] !== 0) continue;
      const r = this.#find(track[k]);
      if (clusterOf[r] < 0) {
        clusterOf[r] = clusters;
        rows[clusters] = 0;
        columns[clusters] = 0;
        clusters++;
      }
      clusterStart[clusterOf[r] + 1]++;
    }
    for (let c = 0; c < clusters; c++) clusterStart[c + 1] += clusterStart[c];
    for (let k = 0; k < count; k++) {
      if (chosen[k] !== 0) continue;
      const c = clusterOf[this.#find(track[k])];
      const j = plotNode + plot[k];
      if (local[track[k]] < 0) local[track[k]] = rows[c]++;
      if (local[j] < 0) local[j] = columns[c]++;
      row[k] = local[track[k]];
      column[k] = local[j];
      members[clusterStart[c]++] = k;
    }
    // Filling has moved each start to its end, which is the start of the next.
    for (let c = clusters; c > 0; c--) clusterStart[c] = clusterStart[c - 1];
    clusterStart[0] = 0;
    this.clusters = clusters;
  }

  #find(node: number): number {
    const root = this.#root;
    let r = node;
    while (root[r] !== r) r = root[r];
    root[node] = r;
    return r;
  }

  #best(c: number): void {
    const { members, gain, chosen, row, column } = this;
    const from = this.clusterStart[c];
    const to = this.clusterStart[c + 1];
    const rows = this.rows[c];
    const columns = this.columns[c];
    if (rows === 1 || columns === 1) {
      let best = members[from];
      for (let m = from + 1; m < to; m++) if (gain[members[m]] > gain[best]) best = members[m];
      chosen[best] = 1;
      return;
    }
    this.#paths.solve(row, column, gain, members, from, to, rows, columns);
    const { pairOf } = this.#paths;
    for (let r = 0; r < rows; r++) if (pairOf[r] >= 0) chosen[pairOf[r]] = 1;
  }
}

function grown(from: Int32Array, n: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(n);
  to.set(from);
  return to;
}

const REACHED = 1;
const FINAL = 2;

/**
 * Greatest total gain over the pairs of one cluster: shortest augmenting paths with potentials along the pairs that there are,
 * begun from the rows that get their best column unopposed. Jonker and Volgenant, Computing 38 (1987) 325; in the form of
 * Crouse, IEEE Trans. AES 52 (2016) 1679.
 */
class Paths {
  /** The pair of each row after {@link solve}, -1: none. */
  pairOf = new Int32Array(0);
  #u = new Float64Array(0);
  #start = new Int32Array(1);
  #v = new Float64Array(0);
  /** Of columns: row that has it (-1: none), length of the path to it, pair by which that comes, 0 or how far the search is with it. */
  #rowOf = new Int32Array(0);
  #length = new Float64Array(0);
  #by = new Int32Array(0);
  #state = new Uint8Array(0);
  /** Columns that the present search has reached. */
  #reached = new Int32Array(0);

  /** The pairs `members[from..to)`, by rows; each has its row, column and gain. */
  solve(
    row: Int32Array,
    column: Int32Array,
    gain: Float64Array,
    members: Int32Array,
    from: number,
    to: number,
    rows: number,
    columns: number,
  ): void {
    this.#begin(rows, columns);
    const u = this.#u;
    const start = this.#start;
    const rowOf = this.#rowOf;
    const { pairOf } = this;
    for (let m = from, r = 0; r < rows; r++) {
      start[r] = m;
      let best = members[m];
      for (; m < to && row[members[m]] === r; m++) if (gain[members[m]] > gain[best]) best = members[m];
      start[r + 1] = m;
      u[r] = -gain[best];
      if (rowOf[column[best]] >= 0) continue;
      rowOf[column[best]] = r;
      pairOf[r] = best;
    }
    for (let r = 0; r < rows; r++) if (pairOf[r] < 0) this.#augment(r, row, column, gain, members);
  }

  #begin(rows: number, columns: number): void {
    if (this.#u.length < rows) {
      this.pairOf = new Int32Array(2 * rows);
      this.#u = new Float64Array(2 * rows);
      this.#start = new Int32Array(2 * rows + 1);
    }
    if (this.#v.length < columns) {
      this.#v = new Float64Array(2 * columns);
      this.#rowOf = new Int32Array(2 * columns);
      this.#length = new Float64Array(2 * columns);
      this.#by = new Int32Array(2 * columns);
      this.#state = new Uint8Array(2 * columns);
      this.#reached = new Int32Array(2 * columns);
    }
    this.pairOf.fill(-1, 0, rows);
    this.#v.fill(0, 0, columns);
    this.#rowOf.fill(-1, 0, columns);
  }

  /** Finds the shortest path from a row without a pair to a free column, or to a row that had rather none. */
  #augment(
    first: number,
    row: Int32Array,
    column: Int32Array,
    gain: Float64Array,
    members: Int32Array,
  ): void {
    const { pairOf } = this;
    const u = this.#u;
    const v = this.#v;
    const start = this.#start;
    const rowOf = this.#rowOf;
    const length = this.#length;
    const by = this.#by;
    const state = this.#state;
    const reached = this.#reached;
    let count = 0;
    let r = first;
    let at = 0;
    let alone = Number.POSITIVE_INFINITY;
    let aloneRow = -1;
    let end = -1;
    while (true) {
      if (at - u[r] < alone) {
        alone = at - u[r];
        aloneRow = r;
      }
      for (let m = start[r]; m < start[r + 1]; m++) {
        const e = members[m];
        const c = column[e];
        const via = at - gain[e] - u[r] - v[c];
        if (state[c] === 0) {
          reached[count++] = c;
          state[c] = REACHED;
        } else if (state[c] === FINAL || via >= length[c]) continue;
        length[c] = via;
        by[c] = e;
      }
      end = -1;
      for (let k = 0; k < count; k++) {
        const c = reached[k];
        if (state[c] === REACHED && (end < 0 || length[c] < length[end])) end = c;
      }
      if (end < 0 || length[end] > alone) {
        end = -1;
        break;
      }
      if (rowOf[end] < 0) break;
      state[end] = FINAL;
      at = length[end];
      r = rowOf[end];
    }
    const total = end < 0 ? alone : length[end];
    u[first] += total;
    for (let k = 0; k < count; k++) {
      const c = reached[k];
      if (state[c] === FINAL) {
        u[rowOf[c]] += total - length[c];
        v[c] -= total - length[c];
      }
      state[c] = 0;
    }
    if (end < 0) {
      if (aloneRow === first) return;
      end = column[pairOf[aloneRow]];
      pairOf[aloneRow] = -1;
    }
    // Back along the path each row takes the column by which it was left.
    while (true) {
      const e = by[end];
      r = row[e];
      rowOf[end] = r;
      const before = pairOf[r];
      pairOf[r] = e;
      if (r === first) return;
      end = column[before];
    }
  }
}
