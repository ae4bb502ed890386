/** What a benchmark is: rows as they are measured, each with what must hold (gate) and what is wanted (goal). */

export interface BenchRow {
  name: string;
  value: number;
  unit: string;
  better: 'higher' | 'lower';
  /** Beyond it the project fails; null where there is none. */
  gate: number | null;
  /** Where the value must lie in a band: its upper edge, `gate` being the lower. */
  gateMax?: number;
  goal: number | null;
}

export interface BenchContext {
  /** Milliseconds of a steady clock. */
  nowMs(): number;
  /** Share of the work that is done, for the progress bar. */
  progress(share: number): void;
  /** Fewer runs, for the tests. */
  quick: boolean;
  seed: number;
  /** Folder for pages with plots; undefined: none are written. */
  outDir: string | undefined;
}

export type Bench = (context: BenchContext) => AsyncGenerator<BenchRow>;

/** True if a row's gate is missed. */
export function missed(r: BenchRow): boolean {
  return (
    (r.gate !== null && (r.better === 'higher' ? r.value < r.gate : r.value > r.gate)) ||
    (r.gateMax !== undefined && r.value > r.gateMax) ||
    Number.isNaN(r.value)
  );
}

/**
 * The machine's own calibration: dense 6 x 6 matrix products a second, in thousands. A speed beside it can be
 * compared between machines.
 */
export function calibrate(nowMs: () => number): BenchRow {
  const a = Float64Array.from({ length: 36 }, (_, i) => 1 / (i + 1));
  const b = a.slice();
  const c = new Float64Array(36);
  const multiply = (): void => {
    for (let i = 0; i < 6; i++) {
      for (let j = 0; j < 6; j++) {
        let sum = 0;
        for (let k = 0; k < 6; k++) sum += a[6 * i + k] * b[6 * k + j];
        c[6 * i + j] = sum;
      }
    }
  };
  for (let i = 0; i < 20_000; i++) multiply();
  const start = nowMs();
  const runs = 200_000;
  for (let i = 0; i < runs; i++) multiply();
  const value = runs / (nowMs() - start);
  return {
    name: 'calibration: 6x6 products',
    value,
    unit: 'thousand/s',
    better: 'higher',
    gate: null,
    goal: null,
  };
}
