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
/** A step as short as this leaves an error of its square. */
const SCALE_TOLERANCE = 1e-2;
/** A difference to a sum is trusted down to this part of it: seven digits are left. */
const LEAST_REST = 1e-9;

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
    const { tracks, plots, pairs, row, column, p, none } = this;
    const weight = this.#weight;
    const alone = this.#alone;
    const rowEnd = this.#rowEnd;
    const toPlot = this.#toPlot;
    const toTrack = this.#toTrack;
    const trackSum = this.#trackSum;
    const plotSum = this.#plotSum;
    // Of each track: the sum of weights times messages to it. `scale` is still to be multiplied into the messages.
    for (let i = 0, e = 0; i < tracks; i++) {
      let sum = 0;
      for (const end = rowEnd[i]; e < end; e++) {
        toTrack[e] = 1;
        sum += weight[e];
      }
      trackSum[i] = sum;
    }
    let scale = 1;
    let turn = 0;
    let change = 1;
    while (change > TOLERANCE && turn < TURNS) {
      turn++;
      plotSum.fill(0, 0, plots);
      for (let i = 0, e = 0; i < tracks; i++) {
        const all = alone[i] + scale * trackSum[i];
        const least = LEAST_REST * all;
        for (const end = rowEnd[i]; e < end; e++) {
          const w = weight[e];
          let others = all - scale * (w * toTrack[e]);
          if (others < least) others = this.#othersOfTrack(e, scale);
          const message = w / others;
          toPlot[e] = message;
          plotSum[column[e]] += message;
        }
      }
      change = 0;
      for (let i = 0, e = 0; i < tracks; i++) {
        let sum = 0;
        for (const end = rowEnd[i]; e < end; e++) {
          const all = 1 + plotSum[column[e]];
          let others = all - toPlot[e];
          if (others < LEAST_REST * all) others = this.#othersOfPlot(e);
          const message = 1 / others;
          const moved = 1 - scale * toTrack[e] * others;
          if (moved > change) change = moved;
          else if (-moved > change) change = -moved;
          toTrack[e] = message;
          sum += weight[e] * message;
        }
        trackSum[i] = sum;
      }
      scale = this.#scale();
      if (Math.abs(scale - 1) > TOLERANCE) change = 1;
    }
    for (let i = 0; i < tracks; i++) {
      trackSum[i] = 1 / Math.max(alone[i] + scale * trackSum[i], 1e-300);
      none[i] = alone[i] * trackSum[i];
    }
    for (let e = 0; e < pairs; e++) p[e] = weight[e] * scale * toTrack[e] * trackSum[row[e]];
    return turn;
  }

  /** What stands against a pair at its track, summed up: for where the difference to the whole would lose it. */
  #othersOfTrack(pair: number, scale: number): number {
    const i = this.row[pair];
    let sum = 0;
    for (let e = i === 0 ? 0 : this.#rowEnd[i - 1]; e < this.#rowEnd[i]; e++)
      if (e !== pair) sum += this.#weight[e] * this.#toTrack[e];
    return Math.max(this.#alone[i] + scale * sum, 1e-300);
  }

  /** The same at its plot. */
  #othersOfPlot(pair: number): number {
    const j = this.column[pair];
    let sum = 1;
    for (let c = j === 0 ? 0 : this.#columnEnd[j - 1]; c < this.#columnEnd[j]; c++) {
      const e = this.#byColumn[c];
      if (e !== pair) sum += this.#toPlot[e];
    }
    return sum;
  }

  /**
   * Where hardly any track or plot can be left over, a common factor on all messages to tracks changes next to nothing, so
   * that the turns alone would take thousands to find it. It follows from this: as many tracks have a plot as plots have a
   * track. Solved for its logarithm by Newton's method; at the fixed point it is 1, so that no result is changed.
   */
  #scale(): number {
    const { tracks, plots } = this;
    const alone = this.#alone;
    let log = 0;
    for (let step = 0; step < SCALE_STEPS; step++) {
      const c = Math.exp(log);
      let excess = 0;
      let slope = 1e-30;
      for (let i = 0; i < tracks; i++) {
        const sum = c * this.#trackSum[i];
        const q = sum / (alone[i] + sum);
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
      if (Math.abs(move) < SCALE_TOLERANCE) break;
    }
    return Math.exp(log);
  }
}
