/** What a Monte Carlo study is: runs that know nothing of each other, rows and plots from all of them. */
import type { BenchRow } from './bench.ts';
import type { Chart } from './chart.ts';

export interface Study<R> {
  /** What its runs are called in the progress and in tasks. */
  name: string;
  runs(quick: boolean): number;
  /** One run; what it returns is copied between threads. Undefined if its data is not at hand. */
  work(seed: number, run: number): R | undefined;
  rows(results: readonly R[]): BenchRow[];
  charts?(results: readonly R[]): Chart[];
}

/** A study whose result type is known to itself alone. */
export type AnyStudy = Study<unknown>;

export function study<R>(s: Study<R>): AnyStudy {
  const { rows, charts } = s;
  return {
    name: s.name,
    runs: s.runs,
    work: s.work,
    rows: (results) => rows(results as readonly R[]),
    ...(charts ? { charts: (results: readonly unknown[]) => charts(results as readonly R[]) } : {}),
  };
}

export function row(
  name: string,
  value: number,
  unit: string,
  gate: number | null = null,
  goal: number | null = null,
  better: BenchRow['better'] = 'lower',
): BenchRow {
  return { name, value, unit, better, gate, goal };
}

/** A row whose value must lie in a band. */
export function banded(name: string, value: number, unit: string, band: readonly [number, number]): BenchRow {
  return { name, value, unit, better: 'higher', gate: band[0], gateMax: band[1], goal: null };
}

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

export function rms(squares: readonly number[]): number {
  return Math.sqrt(mean(squares));
}

/** Squared distance of the first three components. */
export function square3(a: ArrayLike<number>, b: ArrayLike<number>, from = 0): number {
  return (a[from] - b[from]) ** 2 + (a[from + 1] - b[from + 1]) ** 2 + (a[from + 2] - b[from + 2]) ** 2;
}

/** The 95 % band of a share of `runs` that is 95 % in truth, in percent (normal approximation). */
export function coverageBand(runs: number): [number, number] {
  const half = 1.96 * Math.sqrt((0.95 * 0.05) / runs);
  return [100 * (0.95 - half), Math.min(100, 100 * (0.95 + half))];
}
