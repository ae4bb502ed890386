/** Time as the parts of a node see it. In an exercise it is virtual; nothing below `node` asks the machine. */
export interface Clock {
  /** Now, integer microseconds UTC. */
  nowUs(): number;
}

/** A clock that can call back. Callbacks run in order of time, then of their scheduling. */
export interface Scheduler extends Clock {
  /** Runs `task` at the given time, or at once after the current task if it has passed. Returns a cancel. */
  at(timeUs: number, task: () => void): () => void;
}

interface Entry {
  timeUs: number;
  sequence: number;
  task: (() => void) | undefined;
}

/** A clock driven by hand: the exercise and the tests run on it. */
export class VirtualScheduler implements Scheduler {
  #now: number;
  #sequence = 0;
  /** A binary heap by (time, sequence). */
  readonly #heap: Entry[] = [];

  constructor(startUs: number) {
    this.#now = startUs;
  }

  nowUs(): number {
    return this.#now;
  }

  get pending(): number {
    return this.#heap.length;
  }

  at(timeUs: number, task: () => void): () => void {
    const entry: Entry = { timeUs: Math.max(timeUs, this.#now), sequence: this.#sequence++, task };
    this.#push(entry);
    return () => {
      entry.task = undefined;
    };
  }

  /** Runs everything due up to and including `timeUs`, then stands at it. */
  advanceTo(timeUs: number): void {
    while (this.#heap.length > 0 && this.#heap[0].timeUs <= timeUs) {
      const next = this.#pop();
      this.#now = next.timeUs;
      next.task?.();
    }
    if (timeUs > this.#now) this.#now = timeUs;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (before(heap[parent], entry)) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): Entry {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
      if (before(last, heap[child])) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.timeUs < b.timeUs || (a.timeUs === b.timeUs && a.sequence < b.sequence);
}
