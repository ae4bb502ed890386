/**
 * Tracklets, the sender's side: what a track has learnt since its last tracklet. The state that was sent is
 * taken along without updates to the present time by the model of the present phase; the difference of
 * information matrix and vector to the filtered state is what is new.
 * Drummond, Proc. SPIE 3163 (1997) 512-523 (inverse Kalman filter).
 *
 * When the model changes (burnout), when the mixing of models ends (free fall beyond doubt) and when the difference is no
 * information (a covariance reset), the whole information is sent anew: such a tracklet has `sinceUs` equal to `timeUs`
 * and replaces all earlier ones of its track. While models are mixed the differences are near what was learnt, no more:
 * mixing takes knowledge back, which no information can say. A difference that rounding or mixing leaves indefinite is cut to its positive part.
 */
import type { NodeId } from '../model/nation.ts';
import { type Pedigree, packUpper, type Tracklet } from '../model/track.ts';
import { predictBallistic, predictBoost } from './dynamics.ts';
import { isBoost } from './fused-filter.ts';
import { jerkQ } from './imm.ts';
import { positivePart } from './information.ts';
import { apply, invertSpd } from './linear.ts';
import type { SensorModel } from './measurement.ts';
import type { Registration } from './registration.ts';
import { FROZEN, MU_B, PB, PC, PLOTS, RESETS, SENSORS, SWAPPED, TIME, XB, XC } from './slab.ts';
import type { Track } from './track.ts';
import { phaseOf } from './view.ts';

/** A track whose models contradict its phase tells nothing for so long at the most, us. */
const DOUBT_MAX_US = 15e6;

interface Sent {
  sequence: number;
  timeUs: number;
  boost: boolean;
  lift: boolean;
  frozen: boolean;
  resets: number;
  swapped: number;
  plots: number;
  /** Mean then covariance of the model sent: 9 + 81 or 7 + 49. */
  state: Float64Array;
}

/** Information matrix (36) and vector (6) of position and velocity of a state of dimension n. False if singular. */
export function informationOf(
  x: ArrayLike<number>,
  p: ArrayLike<number>,
  n: number,
  matrix: Float64Array,
  vector: Float64Array,
): boolean {
  for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) block[6 * i + j] = p[n * i + j];
  if (!invertSpd(6, block, 0, matrix, 0)) return false;
  apply(6, matrix, x, vector);
  return true;
}
const block = new Float64Array(36);

const matrix = new Float64Array(36);
const vector = new Float64Array(6);
const sentMatrix = new Float64Array(36);
const sentVector = new Float64Array(6);

/** Remembers for each track what was sent. */
export class TrackletSender {
  readonly #sent = new WeakMap<Track, Sent>();

  /** With `registration` its covariance holds what the biases of the sensors may do. */
  take(
    node: NodeId,
    track: Track,
    sensors: readonly SensorModel[],
    registration?: Registration,
  ): Tracklet | undefined {
    const s = registration?.told(track.s) ?? track.s;
    const last = this.#sent.get(track);
    if (last && (s[TIME] <= last.timeUs || s[PLOTS] <= last.plots)) return undefined;
    const phase = phaseOf(s);
    // Its models contradict its phase: a burnout said for now, or lift not yet found. That is decided soon; until then
    // neither model is worth telling.
    const doubt = !isBoost(phase) && s[MU_B] >= 0.5;
    if (doubt && last && s[TIME] - last.timeUs < DOUBT_MAX_US) return undefined;
    const lift = phase === 'notBallistic';
    // The model that is sent is that of the phase that is told: receivers take it for what it is called.
    const boost = isBoost(phase);
    const n = boost ? 9 : 7;
    const xo = boost ? XB : XC;
    const po = boost ? PB : PC;
    const state = new Float64Array(n + n * n);
    state.set(s.subarray(xo, xo + n));
    state.set(s.subarray(po, po + n * n), n);
    if (!informationOf(state, state.subarray(n), n, matrix, vector)) return undefined;
    const frozen = s[FROZEN] === 1;
    const same =
      last !== undefined &&
      last.boost === boost &&
      last.lift === lift &&
      last.resets === s[RESETS] &&
      last.swapped === s[SWAPPED];
    let sinceUs = s[TIME];
    if (same && (last.frozen || !frozen)) {
      const old = last.state.slice();
      const dt = (s[TIME] - last.timeUs) / 1e6;
      if (boost) predictBoost(old, 0, 9, dt, jerkQ(s));
      else predictBallistic(old, 0, 7, dt);
      if (informationOf(old, old.subarray(n), n, sentMatrix, sentVector)) {
        for (let i = 0; i < 36; i++) matrix[i] -= sentMatrix[i];
        for (let i = 0; i < 6; i++) vector[i] -= sentVector[i];
        positivePart(matrix, vector);
        sinceUs = last.timeUs;
      }
    }
    const pedigree: Pedigree = {};
    for (const m of sensors) {
      const t = s[SENSORS + m.index];
      if (t > 0) pedigree[`${node}/${m.id}`] = t;
    }
    const sequence = (last?.sequence ?? 0) + 1;
    this.#sent.set(track, {
      sequence,
      timeUs: s[TIME],
      boost,
      lift,
      frozen,
      resets: s[RESETS],
      swapped: s[SWAPPED],
      plots: s[PLOTS],
      state,
    });
    return {
      node,
      track: track.id,
      sequence,
      timeUs: s[TIME],
      sinceUs,
      vector: Array.from(vector),
      matrix: packUpper(matrix, 6),
      phase,
      plots: s[PLOTS],
      pedigree,
    };
  }
}
