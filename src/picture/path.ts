/** The path that a track has flown, thinned as it grows: bounded in memory, even in time. */

/** [longitude deg, latitude deg, height km, time us] */
export type PathSample = [number, number, number, number];

const CAPACITY = 300;

export class FlownPath {
  #samples: PathSample[] = [];
  #spacingUs = 2e6;

  /** Keeps the sample if it is far enough from the last kept; the newest is always the end of {@link samples}. */
  add(sample: PathSample): void {
    const samples = this.#samples;
    const n = samples.length;
    // The last sample is provisional until the one before it is a full spacing away.
    if (n >= 2 && samples[n - 1][3] - samples[n - 2][3] < this.#spacingUs) samples[n - 1] = sample;
    else samples.push(sample);
    if (samples.length > CAPACITY) {
      this.#samples = samples.filter((_, i) => i % 2 === 0 || i === samples.length - 1);
      this.#spacingUs *= 2;
    }
  }

  get samples(): readonly PathSample[] {
    return this.#samples;
  }
}
