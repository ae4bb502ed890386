/**
 * The updates of tracks as they wait for their taker, in slabs that are kept: the objects are made one by one as they are
 * read, so that each is gone before the next and no garbage collection has to carry a whole scan of them along.
 */
import type { Phase, TrackState } from '../model/track.ts';
import { mixture } from './imm.ts';
import type { Registration } from './registration.ts';
import { MU_B, PB, PC, PLOTS, TIME, XB, XC } from './slab.ts';
import type { Track } from './track.ts';
import { phaseOf } from './view.ts';

/** Of each: time, plots, state of 6, covariance's upper triangle by rows. */
const STATE = 2;
const COVARIANCE = STATE + 6;
const UPPER = 21;
const STRIDE = COVARIANCE + UPPER;

const x6 = new Float64Array(6);
const p36 = new Float64Array(36);

/** Updates in order, each read as an object of its own. */
class Batch implements Iterable<TrackState> {
  count = 0;
  #numbers = new Float64Array(16 * STRIDE);
  readonly #ids: string[] = [];
  readonly #phases: Phase[] = [];

  add(track: Track, registration: Registration | undefined): void {
    const s = registration?.told(track.s) ?? track.s;
    const k = this.count++;
    let o = k * STRIDE;
    if (o === this.#numbers.length) {
      const more = new Float64Array(2 * o);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    const n = this.#numbers;
    this.#ids[k] = track.id;
    this.#phases[k] = phaseOf(s);
    n[o++] = s[TIME];
    n[o++] = s[PLOTS];
    if (s[MU_B] === 0) {
      for (let i = 0; i < 6; i++) n[o++] = s[XC + i];
      for (let i = 0; i < 6; i++) for (let j = i; j < 6; j++) n[o++] = s[PC + 7 * i + j];
      return;
    }
    mixture(s, s[MU_B], XB, PB, XC, PC, x6, p36);
    for (let i = 0; i < 6; i++) n[o++] = x6[i];
    for (let i = 0; i < 6; i++) for (let j = i; j < 6; j++) n[o++] = p36[6 * i + j];
  }

  *[Symbol.iterator](): Generator<TrackState> {
    for (let k = 0; k < this.count; k++) yield this.#at(k);
  }

  #at(k: number): TrackState {
    const n = this.#numbers;
    const o = k * STRIDE;
    const x = o + STATE;
    const p = o + COVARIANCE;
    return {
      track: this.#ids[k],
      timeUs: n[o],
      state: [n[x], n[x + 1], n[x + 2], n[x + 3], n[x + 4], n[x + 5]],
      covariance: [
        n[p],
        n[p + 1],
        n[p + 2],
        n[p + 3],
        n[p + 4],
        n[p + 5],
        n[p + 6],
        n[p + 7],
        n[p + 8],
        n[p + 9],
        n[p + 10],
        n[p + 11],
        n[p + 12],
        n[p + 13],
        n[p + 14],
        n[p + 15],
        n[p + 16],
        n[p + 17],
        n[p + 18],
        n[p + 19],
        n[p + 20],
      ],
      phase: this.#phases[k],
      plots: n[o + 1],
    };
  }
}

export class Updates {
  #filling = new Batch();
  #taken = new Batch();

  /** The track as it stands now. */
  add(track: Track, registration: Registration | undefined): void {
    this.#filling.add(track, registration);
  }

  /** Those since the last call; they can be read until the next one. */
  take(): Iterable<TrackState> {
    const taken = this.#filling;
    this.#filling = this.#taken;
    this.#filling.count = 0;
    this.#taken = taken;
    return taken;
  }
}
