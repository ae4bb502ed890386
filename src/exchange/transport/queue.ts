/** The bounded queue of a link: by priority, oldest first; full or congested it lets go of what matters least, and says so. */
import { type Parcel, PRIORITIES } from './transport.ts';

export class ParcelQueue<P extends Parcel = Parcel> {
  readonly #lanes: P[][] = PRIORITIES.map(() => []);
  readonly #capacity: number;
  readonly #congested: number;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#congested = Math.ceil(capacity / 2);
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a parcel; returns the one that had to go for it (it may be the new one itself), and why. */
  push(parcel: P): { lost: P; reason: 'overflow' | 'superseded' } | undefined {
    const own = PRIORITIES.indexOf(parcel.priority);
    const lane = this.#lanes[own];
    if (parcel.key !== null && this.#size >= this.#congested) {
      const i = lane.findIndex((p) => p.key === parcel.key);
      if (i >= 0) {
        const [lost] = lane.splice(i, 1, parcel);
        return { lost, reason: 'superseded' };
      }
    }
    lane.push(parcel);
    this.#size++;
    if (this.#size <= this.#capacity) return undefined;
    for (let i = PRIORITIES.length - 1; i >= 0; i--) {
      const lost = this.#lanes[i].shift();
      if (lost) {
        this.#size--;
        return { lost, reason: 'overflow' };
      }
    }
    return undefined;
  }

  shift(): P | undefined {
    for (const lane of this.#lanes) {
      const next = lane.shift();
      if (next) {
        this.#size--;
        return next;
      }
    }
    return undefined;
  }

  /** Everything that waits, highest priority first; the queue is empty then. */
  drain(): P[] {
    const all = this.#lanes.flat();
    for (const lane of this.#lanes) lane.length = 0;
    this.#size = 0;
    return all;
  }
}
