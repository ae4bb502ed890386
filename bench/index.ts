/** The benchmarks by name; each is loaded when it is called. */
import type { Bench } from './bench.ts';

export const BENCHES: Record<string, { about: string; load: () => Promise<Bench> }> = {
  run: { about: 'the default exercise, whole', load: async () => (await import('./run.ts')).bench },
};
