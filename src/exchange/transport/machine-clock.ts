/** The machine's own time, for nodes that run for real and networks that are real: nothing else here asks for it. */
import type { Scheduler } from '../../model/clock.ts';

export interface MachineClockOptions {
  /** What the clock says when the machine's wall clock says `atMs`; by default they are the same. */
  startUs?: number;
  atMs?: number;
  /** Seconds a second: an exercise may be played faster than it happens. */
  speed?: number;
}

export class MachineClock implements Scheduler {
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #startUs: number;
  readonly #startMs: number;
  readonly #speed: number;

  constructor(options: MachineClockOptions = {}) {
    // A steady clock from one reading of the wall clock on: a correction of the machine's time never runs it back.
    const wallMs = performance.timeOrigin + performance.now();
    const { speed = 1, startUs = wallMs * 1000, atMs = wallMs } = options;
    this.#speed = speed;
    this.#startUs = startUs;
    this.#startMs = atMs - performance.timeOrigin;
  }

  nowUs(): number {
    return Math.round(this.#startUs + (performance.now() - this.#startMs) * 1000 * this.#speed);
  }

  at(timeUs: number, task: () => void): () => void {
    const waitMs = Math.max(0, (timeUs - this.nowUs()) / 1000 / this.#speed);
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        // The machine's timer has milliseconds and may be early.
        if (this.nowUs() >= timeUs) task();
        else this.at(timeUs, task);
      },
      Math.min(waitMs, 2 ** 31 - 1),
    );
    this.#timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.#timers.delete(timer);
    };
  }

  /** Forgets everything that was to come. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
