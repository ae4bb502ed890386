/** The receiving half of a link for one flow: each frame is taken once, and answered as often as it comes. */
import type { AckFrame, DataFrame } from './frames.ts';
import type { Hold } from './transport.ts';

export class Inbox {
  readonly #by: number;
  readonly #answer: (ack: AckFrame) => void;
  #epoch = -1;
  #base = 0;
  /** Sequences taken, from the sender's base on: true when settled, false while held. */
  readonly #taken = new Map<number, boolean>();

  /** `by` is the life of this node; `answer` sends an acknowledgement back. */
  constructor(by: number, answer: (ack: AckFrame) => void) {
    this.#by = by;
    this.#answer = answer;
  }

  /** Hands the content over through `deliver`, unless it was taken before or is of an earlier life of the sender. */
  take(frame: DataFrame, deliver: (hold: Hold) => void): void {
    if (frame.epoch < this.#epoch) return;
    if (frame.epoch > this.#epoch) {
      this.#epoch = frame.epoch;
      this.#base = 0;
      this.#taken.clear();
    }
    const { sequence } = frame;
    if (frame.base > this.#base) {
      this.#base = frame.base;
      for (const known of this.#taken.keys()) if (known < frame.base) this.#taken.delete(known);
    }
    // Late, of a frame that its sender holds for settled.
    if (sequence < this.#base) return;
    const known = this.#taken.get(sequence);
    if (known !== undefined) {
      this.#acknowledge(frame, known);
      return;
    }
    this.#taken.set(sequence, false);
    let held = false;
    deliver(() => {
      held = true;
      return () => {
        if (this.#epoch !== frame.epoch) return;
        if (this.#taken.get(sequence) === false) this.#taken.set(sequence, true);
        this.#acknowledge(frame, true);
      };
    });
    if (!held) this.#taken.set(sequence, true);
    if (!held || this.#taken.get(sequence) === false) this.#acknowledge(frame, !held);
  }

  #acknowledge({ epoch, flow, sequence }: DataFrame, settled: boolean): void {
    this.#answer({ type: 'ack', epoch, flow, sequence, settled, by: this.#by });
  }
}
