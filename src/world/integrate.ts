/**
 * Dormand and Prince's Runge-Kutta pair of order 5(4) with step control, for six-component motion, with every
 * accepted step handed on so that it can be stored. J. Comput. Appl. Math. 6 (1980) 19-26, table 2.
 */

/** Writes the derivative of `y` (6) at `t` into `dy` (6). */
export type Derivative = (t: number, y: Float64Array, dy: Float64Array) => void;

/** Called after each accepted step from `t0` to `t1`, with state and derivative at both ends; true stops. The arrays are reused. */
export type OnStep = (
  t0: number,
  y0: Float64Array,
  d0: Float64Array,
  t1: number,
  y1: Float64Array,
  d1: Float64Array,
) => boolean;

export interface StepControl {
  /** Position error allowed in one step, m; of the velocity the thousandth part. */
  toleranceM: number;
  firstStepS: number;
  maxStepS: number;
  /** More steps than this end the integration as failed. */
  maxSteps: number;
}

const N = 6;
const k: Float64Array[] = Array.from({ length: 7 }, () => new Float64Array(N));
const work = new Float64Array(N);
const trial = new Float64Array(N);

const C = [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1];
const A = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
];
const B = [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84];
/** Difference of the weights of order 5 and 4. */
const E = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

/**
 * Integrates `y` in place from `fromS` towards `toS`; the motion must be smooth between them (a corner, such as
 * a burnout, is where one call ends and the next begins). Undefined if the step control failed. Not reentrant:
 * its work arrays are shared.
 */
export function integrate(
  derivative: Derivative,
  fromS: number,
  toS: number,
  y: Float64Array,
  control: StepControl,
  onStep: OnStep,
): { stopped: boolean } | undefined {
  let t = fromS;
  let h = Math.min(control.firstStepS, toS - fromS);
  derivative(t, y, k[0]);
  for (let step = 0; step < control.maxSteps; step++) {
    const remaining = toS - t;
    // A last step that would leave a sliver takes the sliver too.
    if (h > remaining * 0.999999) h = remaining;
    for (let s = 1; s <= 5; s++) {
      const row = A[s];
      for (let i = 0; i < N; i++) {
        let sum = 0;
        for (let j = 0; j < s; j++) sum += row[j] * k[j][i];
        work[i] = y[i] + h * sum;
      }
      derivative(t + C[s] * h, work, k[s]);
    }
    for (let i = 0; i < N; i++) {
      trial[i] =
        y[i] + h * (B[0] * k[0][i] + B[2] * k[2][i] + B[3] * k[3][i] + B[4] * k[4][i] + B[5] * k[5][i]);
    }
    const t1 = h === remaining ? toS : t + h;
    derivative(t1, trial, k[6]);
    let error = 0;
    for (let i = 0; i < N; i++) {
      let e = 0;
      for (let s = 0; s < 7; s++) e += E[s] * k[s][i];
      error = Math.max(error, (Math.abs(e * h) * (i < 3 ? 1 : 1000)) / control.toleranceM);
    }
    if (!(error < 1e6) && h < 1e-6) return undefined;
    if (error <= 1) {
      const stop = onStep(t, y, k[0], t1, trial, k[6]);
      y.set(trial);
      t = t1;
      if (stop || t === toS) return { stopped: stop };
      k[0].set(k[6]);
    }
    const factor = error > 0 ? 0.9 * error ** -0.2 : 5;
    h = Math.min(control.maxStepS, h * Math.min(5, Math.max(0.2, Number.isFinite(factor) ? factor : 0.2)));
  }
  return undefined;
}
