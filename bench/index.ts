/** The benchmarks by name; each is loaded when it is called. */
import type { Bench } from './bench.ts';

export const BENCHES: Record<string, { about: string; load: () => Promise<Bench> }> = {
  accuracy: {
    about:
      'the tracker against truth and against theory: every row with its gate and goal, and a page of plots',
    load: async () => (await import('./accuracy.ts')).bench,
  },
  speed: {
    about: 'the tracker on one core: filter steps, plots a second, the slowest scans',
    load: async () => (await import('./speed.ts')).bench,
  },
  decisions: {
    about:
      'every release decision there can be, against the second table and the written terms (minutes; --quick: a sample)',
    load: async () => (await import('./decisions.ts')).bench,
  },
  exchange: {
    about: 'decisions, envelopes, journal and witnesses of the exchange',
    load: async () => (await import('./exchange.ts')).bench,
  },
  run: { about: 'the default exercise, whole', load: async () => (await import('./run.ts')).bench },
  faults: {
    about: 'random faults on the links between the nations: what was injected, what was lost',
    load: async () => (await import('./faults.ts')).bench,
  },
  'faults-nats': {
    about:
      'faults over real processes and NATS servers: lines cut, programs and servers killed, frames late and out of order',
    load: async () => (await import('./faults-nats.ts')).bench,
  },
  warning: {
    about: 'seeded flights: lead times, false and missed areas of public warnings, per threshold',
    load: async () => (await import('./warning.ts')).bench,
  },
  timelines: {
    about: 'real launches flown again: our times of warning beside the public ones',
    load: async () => (await import('./timelines.ts')).bench,
  },
  latency: {
    about: 'plot to partner at 1,000 tracks a second, embedded and over NATS',
    load: async () => (await import('./latency.ts')).bench,
  },
};
