/**
 * Which plot of a scan is of which track: gated pairs, their clusters, the best assignment of each, and where that is not
 * beyond doubt how probable each pair is.
 */
import { Assignment } from './assignment.ts';
import { coarse, rough, type ScanPlots } from './gating.ts';
import { predictTo, weigh, weight } from './imm.ts';
import { Marginals } from './jpda.ts';
import type { Look, SensorModel } from './measurement.ts';
import type { AssociationMethod } from './options.ts';
import type { Registration } from './registration.ts';
import { CONFIRMED, ENDED, TIME } from './slab.ts';
import type { Track } from './track.ts';
import { weighBegin, weighNext } from './weighing.ts';

/** Squared Mahalanobis gate by number of components: about 1 in 30 000 true plots outside. */
const GATE = [0, 17.5, 21, 24, 26];
/** A plot in the gate of a track is rather its own than false, the more so if the track is confirmed. */
const PREFER_CONFIRMED = 30;
const PREFER_TENTATIVE = 15;
/** Log of the probability of detection over that of a miss, for probabilities: 0.9. */
const DETECTED = Math.log(9);
/** An association as probable as this is taken as certain. */
export const SURE = 0.98;
/** A plot less probable than this is left out. */
const LEAST = 1e-3;
/** So many false plots to be expected within the spread of an innovation make a crowd; measured in docs/tracking.md. */
const CROWDED = Math.log(3e-3);

export class Associator {
  readonly best = new Assignment();
  /** The probable plots of the track of the last {@link shares}, by number in the scan, most probable first. */
  plots = new Int32Array(16);
  p = new Float64Array(16);
  /** How each was weighed: distance, log likelihood, distance of the ballistic model, log likelihood of the boost model. */
  known = new Float64Array(64);
  readonly #marginals = new Marginals();
  readonly #method: AssociationMethod;
  /** Where each row's pairs begin in the marginals. */
  #start = new Int32Array(16);
  /** Log of the false plots to be expected within the spread of each pair's innovation. */
  #falsePlots = new Float64Array(64);
  /** How each pair was weighed, four numbers for each. */
  #weighed = new Float64Array(256);

  readonly #registration: Registration | undefined;

  constructor(method: AssociationMethod, registration?: Registration) {
    this.#method = method;
    this.#registration = registration;
  }

  /** Pairs confirmed or tentative tracks with the plots that are left, and finds the best assignment. */
  pair(
    tracks: readonly Track[],
    scan: ScanPlots,
    sensor: SensorModel,
    timeUs: number,
    confirmed: boolean,
    clutter: number,
  ): void {
    const { best } = this;
    best.begin(tracks.length, scan.count);
    const prefer = (confirmed ? PREFER_CONFIRMED : PREFER_TENTATIVE) - clutter;
    for (let t = 0; t < tracks.length; t++) {
      const { s } = tracks[t];
      if (s[CONFIRMED] > 0 !== confirmed || s[ENDED] !== 0 || s[TIME] > timeUs) continue;
      coarse(s, timeUs);
      if (this.#registration) rough[3] += 6 * this.#registration.spread(s, timeUs);
      const near = scan.near();
      if (near === 0) continue;
      predictTo(s, timeUs);
      let begun = false;
      for (let k = 0; k < near; k++) {
        const plot = scan.hits[k];
        const look = scan.looks[plot];
        if (look.plain && near > 1) {
          if (!begun) weighBegin(s, look);
          begun = true;
          // Nothing but the gate decides where no bias is in doubt.
          if (!weighNext(look, this.#registration ? Number.POSITIVE_INFINITY : GATE[3])) continue;
        } else if (!weigh(s, look)) continue;
        if (!inGate(this.#registration, s, look, sensor, timeUs)) continue;
        if (best.count >= this.#falsePlots.length) {
          this.#falsePlots = grown(this.#falsePlots);
          this.#weighed = grown(this.#weighed);
        }
        // The likelihood at no distance is one over the volume of the innovation's spread.
        this.#falsePlots[best.count] = clutter - weight.logLikelihood - weight.distance2 / 2;
        const o = 4 * best.count;
        this.#weighed[o] = weight.distance2;
        this.#weighed[o + 1] = weight.logLikelihood;
        this.#weighed[o + 2] = weight.ballistic2;
        this.#weighed[o + 3] = weight.boost;
        best.pair(t, plot, weight.logLikelihood + prefer);
      }
    }
    best.solve();
  }

  /** True if the cluster is to be worked by probabilities, which are then made. */
  weighs(cluster: number): boolean {
    if (this.#method === 'gnn') return false;
    const { best } = this;
    const from = best.clusterStart[cluster];
    const to = best.clusterStart[cluster + 1];
    if (this.#method === 'auto' && !this.#crowded(from, to)) return false;
    const m = this.#marginals;
    const rows = best.rows[cluster];
    m.begin(rows, best.columns[cluster]);
    if (this.#start.length < rows + 1) this.#start = new Int32Array(2 * rows + 2);
    let last = -1;
    for (let k = from; k < to; k++) {
      const e = best.members[k];
      while (last < best.row[e]) this.#start[++last] = k - from;
      m.pair(best.row[e], best.column[e], best.gain[e] - PREFER_CONFIRMED + DETECTED);
    }
    while (last < rows) this.#start[++last] = to - from;
    m.solve();
    for (let k = from; k < to; k++) {
      const e = best.members[k];
      const p = m.p[k - from];
      if (best.chosen[e] !== 0 ? p < SURE : p > 1 - SURE) return true;
    }
    return false;
  }

  /** True if a gate of these pairs may well hold a false plot; elsewhere a plot too many is rather of a body not yet tracked. */
  #crowded(from: number, to: number): boolean {
    for (let k = from; k < to; k++) if (this.#falsePlots[this.best.members[k]] > CROWDED) return true;
    return false;
  }

  /** The plots of one track of the cluster last weighed into `plots` and `p`; returns how many. */
  shares(cluster: number, row: number): number {
    const { best } = this;
    const m = this.#marginals;
    const from = best.clusterStart[cluster];
    let n = 0;
    for (let k = this.#start[row]; k < this.#start[row + 1]; k++) {
      const p = m.p[k];
      if (p < LEAST) continue;
      if (n === this.plots.length) this.#grow();
      let at = n++;
      for (; at > 0 && this.p[at - 1] < p; at--) {
        this.p[at] = this.p[at - 1];
        this.plots[at] = this.plots[at - 1];
        this.known.copyWithin(4 * at, 4 * at - 4, 4 * at);
      }
      const e = best.members[from + k];
      this.p[at] = p;
      this.plots[at] = best.plot[e];
      for (let i = 0; i < 4; i++) this.known[4 * at + i] = this.#weighed[4 * e + i];
    }
    return n;
  }

  /** The track, by number, of a row of a cluster. */
  track(cluster: number, row: number): number {
    return this.best.track[this.best.members[this.best.clusterStart[cluster] + this.#start[row]]];
  }

  #grow(): void {
    const { plots, p, known } = this;
    this.plots = new Int32Array(2 * plots.length);
    this.plots.set(plots);
    this.p = grown(p);
    this.known = grown(known);
  }
}

/** Whether the plot last weighed against a track may be its own, biases considered. */
export function inGate(
  registration: Registration | undefined,
  s: Float64Array,
  look: Look,
  sensor: SensorModel,
  timeUs: number,
): boolean {
  if (weight.distance2 <= GATE[look.rows]) return true;
  return registration?.mayBe(s, look, sensor, timeUs, GATE[look.rows]) ?? false;
}

function grown(from: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const to = new Float64Array(2 * from.length);
  to.set(from);
  return to;
}
