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

  /** Where it was at a time within the path, or undefined. */
  at(timeUs: number): PathSample | undefined {
    const samples = this.#samples;
    const i = samples.findIndex((p) => p[3] >= timeUs);
    if (i < 0) return undefined;
    if (samples[i][3] === timeUs) return samples[i];
    if (i === 0) return undefined;
    const [a, b] = [samples[i - 1], samples[i]];
    const share = (timeUs - a[3]) / (b[3] - a[3]);
    const turn = b[0] - a[0] - 360 * Math.round((b[0] - a[0]) / 360);
    return [a[0] + share * turn, a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2]), timeUs];
  }

  get samples(): readonly PathSample[] {
    return this.#samples;
  }
}
