/**
 * Frames doubled, lost, late and out of order over a network that does none of it: for campaigns of faults over real
 * servers, where TCP below NATS keeps order. Seeded, off until it is asked for.
 */
import type { Random } from '../earth/random.ts';
import type { Scheduler } from '../model/clock.ts';

export interface MischiefSpec {
  /** Shares of the frames. */
  loss: number;
  duplicates: number;
  /** Every frame is late by this, ms of the machine. */
  delayMs: number;
  /** And each by a time of its own up to this: what is late by more is overtaken. */
  jitterMs: number;
}

export class Mischief {
  readonly #timers: Scheduler;
  readonly #random: Random;
  #spec: MischiefSpec | null = null;

  constructor(timers: Scheduler, random: Random) {
    this.#timers = timers;
    this.#random = random;
  }

  set(spec: MischiefSpec | null): void {
    this.#spec = spec;
  }

  /** Lets a frame go, as often and as late as it comes. */
  pass(go: () => void): void {
    const spec = this.#spec;
    if (!spec) {
      go();
      return;
    }
    if (this.#random.uniform() < spec.loss) return;
    const times = this.#random.uniform() < spec.duplicates ? 2 : 1;
    for (let i = 0; i < times; i++) {
      const lateUs = Math.round((spec.delayMs + this.#random.uniform() * spec.jitterMs) * 1000);
      if (lateUs === 0) go();
      else this.#timers.at(this.#timers.nowUs() + lateUs, go);
    }
  }
}
