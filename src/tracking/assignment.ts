/**
 * Assignment of plots to tracks: candidate pairs fall into clusters that share nothing, and each cluster is solved for the
 * greatest total gain. A track or a plot may stay alone at gain 0. All in slabs that are kept and only grow.
 */

const FORBIDDEN = 1e12;

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
  readonly #hungarian = new Hungarian();

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
    // One private column for each track stands for "no plot".
    const width = columns + rows;
    const cost = this.#hungarian.begin(rows, width);
    for (let i = 0; i < rows; i++) cost[i * width + columns + i] = 0;
    for (let m = from; m < to; m++) cost[row[members[m]] * width + column[members[m]]] = -gain[members[m]];
    const columnOf = this.#hungarian.solve();
    for (let m = from; m < to; m++) {
      const k = members[m];
      if (columnOf[row[k]] === column[k]) chosen[k] = 1;
    }
  }
}

function grown(from: Int32Array, n: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(n);
  to.set(from);
  return to;
}

/**
 * Least-cost assignment of each row to its own column, rows <= columns: shortest augmenting paths with potentials. Jonker and
 * Volgenant, Computing 38 (1987) 325; in the form of Crouse, IEEE Trans. AES 52 (2016) 1679.
 */
export class Hungarian {
  #rows = 0;
  #columns = 0;
  #cost = new Float64Array(0);
  #u = new Float64Array(0);
  #v = new Float64Array(0);
  #least = new Float64Array(0);
  #rowOf = new Int32Array(0);
  #way = new Int32Array(0);
  #used = new Uint8Array(0);
  #columnOf = new Int32Array(0);

  /** The cost by rows to be filled in; what is left as it is cannot be chosen. */
  begin(rows: number, columns: number): Float64Array {
    this.#rows = rows;
    this.#columns = columns;
    if (this.#cost.length < rows * columns) this.#cost = new Float64Array(2 * rows * columns);
    if (this.#u.length < rows + 1) {
      this.#u = new Float64Array(2 * rows + 1);
      this.#columnOf = new Int32Array(2 * rows);
    }
    if (this.#v.length < columns + 1) {
      this.#v = new Float64Array(2 * columns + 1);
      this.#least = new Float64Array(2 * columns + 1);
      this.#rowOf = new Int32Array(2 * columns + 1);
      this.#way = new Int32Array(2 * columns + 1);
      this.#used = new Uint8Array(2 * columns + 1);
    }
    this.#cost.fill(FORBIDDEN, 0, rows * columns);
    return this.#cost;
  }

  /** The column of each row; to be read before the next {@link begin}. */
  solve(): Int32Array {
    const rows = this.#rows;
    const columns = this.#columns;
    const cost = this.#cost;
    const u = this.#u.fill(0, 0, rows + 1);
    const v = this.#v.fill(0, 0, columns + 1);
    const rowOf = this.#rowOf.fill(0, 0, columns + 1);
    const way = this.#way;
    const least = this.#least;
    const used = this.#used;
    for (let i = 1; i <= rows; i++) {
      rowOf[0] = i;
      let j0 = 0;
      least.fill(Number.POSITIVE_INFINITY, 0, columns + 1);
      used.fill(0, 0, columns + 1);
      do {
        used[j0] = 1;
        const i0 = rowOf[j0];
        const row = (i0 - 1) * columns - 1;
        let delta = Number.POSITIVE_INFINITY;
        let j1 = 0;
        for (let j = 1; j <= columns; j++) {
          if (used[j] !== 0) continue;
          const reduced = cost[row + j] - u[i0] - v[j];
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
          if (used[j] !== 0) {
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
    const out = this.#columnOf.fill(-1, 0, rows);
    for (let j = 1; j <= columns; j++) if (rowOf[j] > 0) out[rowOf[j] - 1] = j - 1;
    return out;
  }
}
