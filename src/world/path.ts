/** The path of an integrated flight: its steps stored densely, and its place at any time between. */

import { DEG, ecefHeight, ecefToGeodetic } from '../earth/wgs84.ts';
import type { OnStep } from './integrate.ts';

/** Numbers stored for one step: its times, then at each end position, velocity and acceleration. */
const STRIDE = 20;

/** [x y z vx vy vz] at a time into `out`; ECEF m and m/s. */
export type StateAt = (tS: number, out: Float64Array) => void;

const at = new Float64Array(6);

/** Position and velocity within stored step `i` by the quintic through both ends: millimetres beside the integration. */
function interpolate(steps: Float64Array, i: number, tS: number, out: Float64Array): void {
  const o = i * STRIDE;
  const h = steps[o + 1] - steps[o];
  const s = (tS - steps[o]) / h;
  for (let c = 0; c < 3; c++) {
    const p0 = steps[o + 2 + c];
    const v0 = steps[o + 5 + c] * h;
    const a0 = steps[o + 8 + c] * h * h;
    const d = steps[o + 11 + c] - p0;
    const v1 = steps[o + 14 + c] * h;
    const a1 = steps[o + 17 + c] * h * h;
    const c3 = 10 * d - 6 * v0 - 4 * v1 - 1.5 * a0 + 0.5 * a1;
    const c4 = -15 * d + 8 * v0 + 7 * v1 + 1.5 * a0 - a1;
    const c5 = 6 * d - 3 * v0 - 3 * v1 - 0.5 * a0 + 0.5 * a1;
    out[c] = p0 + s * (v0 + s * (a0 / 2 + s * (c3 + s * (c4 + s * c5))));
    out[c + 3] = (v0 + s * (a0 + s * (3 * c3 + s * (4 * c4 + s * 5 * c5)))) / h;
  }
}

/** Climb rate over the ellipsoid of a state, m/s. */
export function climbRate(y: Float64Array): number {
  const g = ecefToGeodetic(y[0], y[1], y[2]);
  const c = Math.cos(g.latitudeRad);
  return (
    c * (Math.cos(g.longitudeRad) * y[3] + Math.sin(g.longitudeRad) * y[4]) + Math.sin(g.latitudeRad) * y[5]
  );
}

/** The time in [a, b] at which `f` changes from positive to not positive, to a microsecond. */
export function crossing(f: (t: number) => number, a: number, b: number): number {
  let lo = a;
  let hi = b;
  for (let i = 0; i < 60 && hi - lo > 1e-7; i++) {
    const mid = (lo + hi) / 2;
    if (f(mid) > 0) lo = mid;
    else hi = mid;
  }
  return (lo + hi) / 2;
}

/** Takes the steps of one integration after the other and finds the top. Kept from try to try of a fit. */
export class PathRecorder {
  #steps = new Float64Array(STRIDE * 1024);
  #count = 0;
  #climbing = 0;
  apogeeM = 0;
  apogeeTimeS = 0;

  /** Begins anew, at a height and a time. */
  reset(heightM: number, timeS = 0): void {
    this.#count = 0;
    this.#climbing = 0;
    this.apogeeM = heightM;
    this.apogeeTimeS = timeS;
  }

  readonly store: OnStep = (t0, y0, d0, t1, y1, d1) => {
    const o = this.#count * STRIDE;
    if (o + STRIDE > this.#steps.length) {
      const grown = new Float64Array(this.#steps.length * 2);
      grown.set(this.#steps);
      this.#steps = grown;
    }
    const steps = this.#steps;
    steps[o] = t0;
    steps[o + 1] = t1;
    for (let i = 0; i < 6; i++) {
      steps[o + 2 + i] = y0[i];
      steps[o + 11 + i] = y1[i];
    }
    for (let i = 0; i < 3; i++) {
      steps[o + 8 + i] = d0[3 + i];
      steps[o + 17 + i] = d1[3 + i];
    }
    const step = this.#count++;
    const rate = climbRate(y1);
    if (rate <= 0 && this.#climbing > 0) {
      const t = crossing(
        (time) => {
          interpolate(steps, step, time, at);
          return climbRate(at);
        },
        t0,
        t1,
      );
      interpolate(steps, step, t, at);
      const height = ecefHeight(at[0], at[1], at[2]);
      if (height > this.apogeeM) {
        this.apogeeM = height;
        this.apogeeTimeS = t;
      }
    }
    this.#climbing = rate;
    return false;
  };

  /** When and where, in the last step, the ground is reached. */
  ground(): { timeS: number; latitudeDeg: number; longitudeDeg: number } {
    const last = this.#count - 1;
    const steps = this.#steps;
    const timeS = crossing(
      (time) => {
        interpolate(steps, last, time, at);
        return ecefHeight(at[0], at[1], at[2]);
      },
      steps[last * STRIDE],
      steps[last * STRIDE + 1],
    );
    interpolate(steps, last, timeS, at);
    const g = ecefToGeodetic(at[0], at[1], at[2]);
    return { timeS, latitudeDeg: g.latitudeRad / DEG, longitudeDeg: g.longitudeRad / DEG };
  }

  /** The path so far, of its own: a time before or after is that of the nearest end. */
  path(): StateAt {
    const count = this.#count;
    const steps = this.#steps.slice(0, count * STRIDE);
    const fromS = steps[0];
    const toS = steps[(count - 1) * STRIDE + 1];
    /** The step found last: questions mostly come in order of time. */
    let hint = 0;
    return (tS, out) => {
      const t = Math.max(fromS, Math.min(tS, toS));
      if (t < steps[hint * STRIDE] || t > steps[hint * STRIDE + 1]) {
        let lo = 0;
        let hi = count - 1;
        while (lo < hi) {
          const mid = (lo + hi) >> 1;
          if (steps[mid * STRIDE + 1] < t) lo = mid + 1;
          else hi = mid;
        }
        hint = lo;
      }
      interpolate(steps, hint, t, out);
    };
  }
}
