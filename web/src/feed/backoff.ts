/** Waiting before another attempt: doubling, with a bound, and spread so that many pages never come back at once. */
export interface Backoff {
  /** The next wait, ms. */
  next(): number;
  reset(): void;
}

export function createBackoff(random: () => number, firstMs = 400, longestMs = 10_000): Backoff {
  let attempt = 0;
  return {
    next() {
      const ceiling = Math.min(longestMs, firstMs * 2 ** attempt);
      attempt = Math.min(attempt + 1, 20);
      return ceiling / 2 + (ceiling / 2) * random();
    },
    reset() {
      attempt = 0;
    },
  };
}
