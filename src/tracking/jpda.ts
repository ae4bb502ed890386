/**
 * Joint probabilistic data association of one cluster: how probable each pair of a track and a plot is, given that a track
 * takes at most one plot and a plot is of at most one track. Two ways, both in slabs that are kept and only grow:
 *
 * - {@link Marginals.exact}: the sum over all joint events by a recursion over plots whose states are the sets of tracks
 *   that have theirs, O(plots tracks 2^tracks); for clusters up to {@link EXACT_TRACKS} tracks. Fortmann, Bar-Shalom and
 *   Scheffe, IEEE J. Oceanic Engineering 8 (1983) 173, for the probabilities.
 * - {@link Marginals.belief}: loopy belief propagation, for any cluster; exact where the pairs form a tree. Williams and Lau,
 *   "Approximate evaluation of marginal association probabilities with belief propagation", IEEE Trans. AES 50 (2014) 2942.
 */

/** The recursion goes up to so many tracks and plots. */
export const EXACT_TRACKS = 8;
const EXACT_PLOTS = 32;
/** Belief propagation ends when no message changes by more than this part, or after so many turns. */
const TOLERANCE = 1e-4;
const TURNS = 60;
/** Steps of Newton's method for the common scale of the messages, and the longest of them in its logarithm. */
const SCALE_STEPS = 6;
const SCALE_STEP = 5;

/**
 * One cluster after another: {@link begin}, {@link pair} for each pair by rows, then one of the two ways; then `p` holds
 * each pair's probability in the order given and `none` that of each track to have no plot.
 */
export class Marginals {
  tracks = 0;
  plots = 0;
  pairs = 0;
  row = new Int32Array(64);
  column = new Int32Array(64);
  p = new Float64Array(64);
  none = new Float64Array(16);
  /** Weight of each pair over the greatest of its track, and of "no plot" by the same measure. */
  #weight = new Float64Array(64);
  #alone = new Float64Array(16);
  /** Pairs by column. */
  #byColumn = new Int32Array(64);
  #columnEnd = new Int32Array(17);
  #rowEnd = new Int32Array(16);
  #toPlot = new Float64Array(64);
  #toTrack = new Float64Array(64);
  #trackSum = new Float64Array(16);
  #plotSum = new Float64Array(16);
  #forward = new Float64Array(0);
  #back = new Float64Array(1 << EXACT_TRACKS);
  #next = new Float64Array(1 << EXACT_TRACKS);

  begin(tracks: number, plots: number): void {
    this.tracks = tracks;
    this.plots = plots;
    this.pairs = 0;
    if (this.none.length < tracks) {
      this.none = new Float64Array(2 * tracks);
      this.#alone = new Float64Array(2 * tracks);
      this.#rowEnd = new Int32Array(2 * tracks);
      this.#trackSum = new Float64Array(2 * tracks);
    }
    if (this.#plotSum.length < plots) {
      this.#columnEnd = new Int32Array(2 * plots + 1);
      this.#plotSum = new Float64Array(2 * plots);
    }
  }

  /**
   * A pair, rows ascending. `gain`: log of its likelihood times the probability of detection, over that of a missed
   * detection times the density of false plots.
   */
  pair(row: number, column: number, gain: number): void {
    const e = this.pairs++;
    if (e === this.p.length) this.#grow();
    this.row[e] = row;
    this.column[e] = column;
    this.p[e] = gain;
  }

  #grow(): void {
    const n = 2 * this.p.length;
    const { row, column, p } = this;
    this.row = new Int32Array(n);
    this.row.set(row);
    this.column = new Int32Array(n);
    this.column.set(column);
    this.p = new Float64Array(n);
    this.p.set(p);
    this.#weight = new Float64Array(n);
    this.#byColumn = new Int32Array(n);
    this.#toPlot = new Float64Array(n);
    this.#toTrack = new Float64Array(n);
  }

  /** Weights from gains, scaled row by row, which changes no probability; pairs sorted by column. */
  #prepare(): void {
    const { tracks, plots, pairs, row, column, p } = this;
    const weight = this.#weight;
    const alone = this.#alone;
    const rowEnd = this.#rowEnd;
    const columnEnd = this.#columnEnd;
    for (let i = 0; i < tracks; i++) {
      alone[i] = 0;
      rowEnd[i] = 0;
    }
    // `alone` holds the greatest gain of the row for the moment.
    for (let e = 0; e < pairs; e++) {
      const i = row[e];
      if (p[e] > alone[i]) alone[i] = p[e];
      rowEnd[i] = e + 1;
    }
    for (let i = 1; i < tracks; i++) if (rowEnd[i] === 0) rowEnd[i] = rowEnd[i - 1];
    columnEnd.fill(0, 0, plots + 1);
    for (let e = 0; e < pairs; e++) {
      weight[e] = Math.exp(p[e] - alone[row[e]]);
      columnEnd[column[e] + 1]++;
    }
    for (let i = 0; i < tracks; i++) alone[i] = Math.exp(-alone[i]);
    for (let j = 0; j < plots; j++) columnEnd[j + 1] += columnEnd[j];
    // Filling moves each start to its end, so that afterwards columnEnd[j] is the end of column j.
    for (let e = 0; e < pairs; e++) this.#byColumn[columnEnd[column[e]]++] = e;
  }

  /** Exact for small clusters, by belief propagation else. */
  solve(): void {
    if (this.tracks <= EXACT_TRACKS && this.plots <= EXACT_PLOTS) this.exact();
    else this.belief();
  }

  /** The sum over all joint events; at most {@link EXACT_TRACKS} tracks. */
  exact(): void {
    this.#prepare();
    const { tracks, plots, row, p, none } = this;
    const weight = this.#weight;
    const alone = this.#alone;
    const columnEnd = this.#columnEnd;
    const sets = 1 << tracks;
    if (this.#forward.length < (plots + 1) * sets) this.#forward = new Float64Array(2 * (plots + 1) * sets);
    const forward = this.#forward;
    // forward[j][A]: sum over the first j plots with just the tracks of A having theirs among them.
    forward.fill(0, 0, sets);
    forward[0] = 1;
    for (let j = 0; j < plots; j++) {
      const from = j * sets;
      const to = from + sets;
      forward.copyWithin(to, from, to);
      for (let c = j === 0 ? 0 : columnEnd[j - 1]; c < columnEnd[j]; c++) {
        const e = this.#byColumn[c];
        const bit = 1 << row[e];
        const w = weight[e];
        for (let a = 0; a < sets; a++) if ((a & bit) === 0) forward[to + a + bit] += w * forward[from + a];
      }
    }
    // back[A]: sum over the plots from j on, the tracks outside A having theirs there or none.
    let back = this.#back;
    let next = this.#next;
    for (let a = 0; a < sets; a++) {
      let product = 1;
      for (let i = 0; i < tracks; i++) if ((a & (1 << i)) === 0) product *= alone[i];
      back[a] = product;
    }
    none.fill(1, 0, tracks);
    let total = 0;
    for (let a = 0; a < sets; a++) total += forward[plots * sets + a] * back[a];
    for (let j = plots - 1; j >= 0; j--) {
      const from = j * sets;
      next.set(back);
      for (let c = j === 0 ? 0 : columnEnd[j - 1]; c < columnEnd[j]; c++) {
        const e = this.#byColumn[c];
        const bit = 1 << row[e];
        const w = weight[e];
        let sum = 0;
        for (let a = 0; a < sets; a++) {
          if ((a & bit) !== 0) continue;
          sum += forward[from + a] * back[a + bit];
          next[a] += w * back[a + bit];
        }
        p[e] = (w * sum) / total;
        none[row[e]] -= p[e];
      }
      const swap = back;
      back = next;
      next = swap;
    }
    for (let i = 0; i < tracks; i++) if (none[i] < 0) none[i] = 0;
  }

  /** Loopy belief propagation. Returns the turns taken. */
  belief(): number {
    this.#prepare();
    const { tracks, plots, pairs, p, none } = this;
    const weight = this.#weight;
    const alone = this.#alone;
    const byColumn = this.#byColumn;
    const columnEnd = this.#columnEnd;
    const rowEnd = this.#rowEnd;
    const toPlot = this.#toPlot;
    const toTrack = this.#toTrack;
    toTrack.fill(1, 0, pairs);
    let turn = 0;
    let change = 1;
    while (change > TOLERANCE && turn < TURNS) {
      turn++;
      // The sums leave out the pair itself; made from both ends, for a difference would lose what is small.
      for (let i = 0; i < tracks; i++) {
        const start = i === 0 ? 0 : rowEnd[i - 1];
        let sum = alone[i];
        for (let e = start; e < rowEnd[i]; e++) {
          toPlot[e] = sum;
          sum += weight[e] * toTrack[e];
        }
        sum = 0;
        for (let e = rowEnd[i] - 1; e >= start; e--) {
          toPlot[e] = weight[e] / Math.max(toPlot[e] + sum, 1e-300);
          sum += weight[e] * toTrack[e];
        }
      }
      change = 0;
      for (let j = 0; j < plots; j++) {
        const start = j === 0 ? 0 : columnEnd[j - 1];
        // A forward pass leaves the sum of those before, the backward pass adds those after.
        let sum = 1;
        for (let c = start; c < columnEnd[j]; c++) {
          const e = byColumn[c];
          p[e] = sum;
          sum += toPlot[e];
        }
        sum = 0;
        for (let c = columnEnd[j] - 1; c >= start; c--) {
          const e = byColumn[c];
          const message = 1 / (p[e] + sum);
          sum += toPlot[e];
          const moved = Math.abs(message - toTrack[e]) / message;
          if (moved > change) change = moved;
          toTrack[e] = message;
        }
        this.#plotSum[j] = sum;
      }
      const scale = this.#scale();
      if (Math.abs(scale - 1) > TOLERANCE) change = 1;
      for (let e = 0; e < pairs; e++) toTrack[e] *= scale;
    }
    for (let i = 0; i < tracks; i++) {
      const start = i === 0 ? 0 : rowEnd[i - 1];
      let sum = alone[i];
      for (let e = start; e < rowEnd[i]; e++) sum += weight[e] * toTrack[e];
      const scale = 1 / Math.max(sum, 1e-300);
      for (let e = start; e < rowEnd[i]; e++) p[e] = weight[e] * toTrack[e] * scale;
      none[i] = alone[i] * scale;
    }
    return turn;
  }

  /**
   * Where hardly any track or plot can be left over, a common factor on all messages to tracks changes next to nothing, so
   * that the turns alone would take thousands to find it. It follows from this: as many tracks have a plot as plots have a
   * track. Solved for its logarithm by Newton's method; at the fixed point it is 1, so that no result is changed.
   */
  #scale(): number {
    const { tracks, plots } = this;
    const alone = this.#alone;
    const weight = this.#weight;
    for (let i = 0; i < tracks; i++) {
      let sum = 0;
      for (let e = i === 0 ? 0 : this.#rowEnd[i - 1]; e < this.#rowEnd[i]; e++)
        sum += weight[e] * this.#toTrack[e];
      this.#trackSum[i] = sum;
    }
    let log = 0;
    for (let step = 0; step < SCALE_STEPS; step++) {
      const c = Math.exp(log);
      let excess = 0;
      let slope = 1e-30;
      for (let i = 0; i < tracks; i++) {
        const q = (c * this.#trackSum[i]) / (alone[i] + c * this.#trackSum[i]);
        excess += q;
        slope += q * (1 - q);
      }
      for (let j = 0; j < plots; j++) {
        const q = this.#plotSum[j] / (c + this.#plotSum[j]);
        excess -= q;
        slope += q * (1 - q);
      }
      const move = Math.max(-SCALE_STEP, Math.min(SCALE_STEP, -excess / slope));
      log += move;
      if (Math.abs(move) < TOLERANCE) break;
    }
    return Math.exp(log);
  }
}
