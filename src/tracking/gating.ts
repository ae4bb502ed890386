/** Which plots of a scan can belong to a track: a cheap prediction, and the plots near it found by their order along one axis. */
import { EARTH_GM } from '../earth/wgs84.ts';
import type { Plot } from '../model/plot.ts';
import { predictTo } from './imm.ts';
import { type Look, lookAt, newLook, radarPoint, type SensorModel } from './measurement.ts';
import { sortKeys } from './order.ts';
import { MU_B, PB, PBP, PC, PCP, TIME, XB, XBP, XC, XCP } from './slab.ts';

/** Cheap prediction: position, and a radius that holds the target unless it manoeuvres beyond 80 m/s^2. */
export const rough = new Float64Array(4);

/** Beyond this the cheap prediction is not good enough, s. */
const CHEAP_S = 20;

export function coarse(s: Float64Array, timeUs: number): void {
  const dt = (timeUs - s[TIME]) / 1e6;
  const boost = s[MU_B] >= 0.5;
  const xo = boost ? XB : XC;
  const po = boost ? PB : PC;
  const n = boost ? 10 : 8;
  if (dt > CHEAP_S) {
    predictTo(s, timeUs);
    const o = boost ? XBP : XCP;
    const q = boost ? PBP : PCP;
    for (let i = 0; i < 3; i++) rough[i] = s[o + i];
    rough[3] = 6 * Math.sqrt(s[q] + s[q + n] + s[q + 2 * n]);
    return;
  }
  const r2 = s[xo] * s[xo] + s[xo + 1] * s[xo + 1] + s[xo + 2] * s[xo + 2];
  const h = 0.5 * dt * dt;
  const g = (-EARTH_GM * h) / (r2 * Math.sqrt(r2));
  for (let i = 0; i < 3; i++) {
    rough[i] = s[xo + i] + s[xo + 3 + i] * dt + g * s[xo + i] + (boost ? h * s[XB + 6 + i] : 0);
  }
  const spread = Math.sqrt(s[po] + s[po + n] + s[po + 2 * n]);
  const speedSpread = Math.sqrt(s[po + 3 * n] + s[po + 4 * n] + s[po + 5 * n]);
  rough[3] = 6 * (spread + speedSpread * Math.abs(dt)) + 40 * dt * dt;
}

/** The plots of one scan made ready: looks, Cartesian points, and which of them have been taken. Reused scan after scan. */
export class ScanPlots {
  count = 0;
  /** Plots not yet taken. */
  left = 0;
  readonly looks: Look[] = [];
  /** Plots near the last {@link rough} asked with {@link near}. */
  hits = new Int32Array(16);
  #taken = new Uint8Array(16);
  #infrared = false;
  readonly #points: Float64Array[] = [];
  /** Radius of each plot's own error, m. */
  #radius = new Float64Array(16);
  #widest = 0;
  #wide = 1;
  /** Plot numbers by x, and the x in that order. */
  #order = new Int32Array(16);
  #x = new Float64Array(16);

  load(plots: readonly Plot[], from: number, to: number, sensor: SensorModel): void {
    const n = to - from;
    this.count = n;
    this.left = n;
    this.#infrared = sensor.infrared;
    this.#wide = sensor.wide;
    while (this.looks.length < n) {
      // Worked one at a time, and the fewer arrays the more stay in the cache.
      this.looks.push(newLook(this.looks[0]));
      this.#points.push(new Float64Array(3));
    }
    if (this.#taken.length < n) this.#grow(2 * n);
    this.#taken.fill(0, 0, n);
    this.#widest = 0;
    for (let i = 0; i < n; i++) {
      const look = this.looks[i];
      lookAt(look, plots[from + i], sensor);
      if (sensor.infrared) continue;
      radarPoint(look, this.#points[i]);
      const angle = Math.sqrt(Math.max(look.variances[1], look.variances[2]));
      const radius = 6 * sensor.wide * (Math.sqrt(look.variances[0]) + angle * look.measured[0]);
      this.#radius[i] = radius;
      if (radius > this.#widest) this.#widest = radius;
    }
    if (sensor.infrared) return;
    for (let i = 0; i < n; i++) this.#x[i] = this.#points[i][0];
    sortKeys(n, this.#x, this.#order);
  }

  #grow(n: number): void {
    this.hits = new Int32Array(n);
    this.#taken = new Uint8Array(n);
    this.#radius = new Float64Array(n);
    this.#order = new Int32Array(n);
    this.#x = new Float64Array(n);
  }

  isTaken(i: number): boolean {
    return this.#taken[i] !== 0;
  }

  take(i: number): void {
    this.#taken[i] = 1;
    this.left--;
  }

  /** Fills {@link hits} with the plots not taken that lie near {@link rough}; returns how many. */
  near(): number {
    return this.#infrared ? this.#nearLines() : this.#nearPoints();
  }

  #nearPoints(): number {
    const reach = rough[3] + this.#widest;
    const low = rough[0] - reach;
    const high = rough[0] + reach;
    let a = 0;
    let b = this.count;
    while (a < b) {
      const mid = (a + b) >> 1;
      if (this.#x[mid] < low) a = mid + 1;
      else b = mid;
    }
    let found = 0;
    for (let k = a; k < this.count && this.#x[k] <= high; k++) {
      const i = this.#order[k];
      if (this.#taken[i] !== 0) continue;
      const p = this.#points[i];
      const dy = rough[1] - p[1];
      const dz = rough[2] - p[2];
      const dx = rough[0] - p[0];
      const radius = rough[3] + this.#radius[i];
      if (dx * dx + dy * dy + dz * dz < radius * radius) this.hits[found++] = i;
    }
    return found;
  }

  #nearLines(): number {
    let found = 0;
    for (let i = 0; i < this.count; i++) {
      if (this.#taken[i] !== 0) continue;
      const look = this.looks[i];
      const dx = rough[0] - look.origin[0];
      const dy = rough[1] - look.origin[1];
      const dz = rough[2] - look.origin[2];
      const along = dx * look.axes[0] + dy * look.axes[1] + dz * look.axes[2];
      if (along <= 0) continue;
      const across2 = dx * dx + dy * dy + dz * dz - along * along;
      const radius = rough[3] + 6 * this.#wide * Math.sqrt(look.variances[0]) * along;
      if (across2 < radius * radius) this.hits[found++] = i;
    }
    return found;
  }
}
