/** Points and error ellipses on the ground. */
import { CHI2_95_2 } from '../earth/normal.ts';
import { DEG, ecefToGeodetic, enuRotation } from '../earth/wgs84.ts';
import type { Ellipse95, PointEstimate } from '../model/track.ts';

/** The 95 % ellipse of a 2 x 2 covariance over east and north, m^2. */
export function ellipse95(ee: number, en: number, nn: number): Ellipse95 {
  const mean = 0.5 * (ee + nn);
  const half = Math.hypot(0.5 * (ee - nn), en);
  let azimuthDeg = (0.5 * Math.atan2(2 * en, nn - ee)) / DEG;
  if (azimuthDeg < 0) azimuthDeg += 180;
  return {
    semiMajorM: Math.sqrt(CHI2_95_2 * (mean + half)),
    semiMinorM: Math.sqrt(CHI2_95_2 * Math.max(0, mean - half)),
    azimuthDeg,
  };
}

/** The covariance over east and north, m^2, that a 95 % ellipse stands for: [ee, en, nn]. */
export function ellipseCovariance(e: Ellipse95): [number, number, number] {
  const a = e.semiMajorM ** 2 / CHI2_95_2;
  const b = e.semiMinorM ** 2 / CHI2_95_2;
  const s = Math.sin(e.azimuthDeg * DEG);
  const c = Math.cos(e.azimuthDeg * DEG);
  return [a * s * s + b * c * c, (a - b) * s * c, a * c * c + b * s * s];
}

/** A set of weighted points near one place on the ground, gathered to mean and covariance over east, north, time. */
export class GroundMoments {
  readonly rotation: Float64Array;
  readonly origin: Float64Array;
  #weight = 0;
  readonly #at = new Float64Array(3);
  readonly #sum = new Float64Array(3);
  readonly #sum2 = new Float64Array(9);

  /** `origin`: ECEF, m; the tangent plane there carries the points. */
  constructor(origin: ArrayLike<number>) {
    this.origin = Float64Array.from(origin as ArrayLike<number>).slice(0, 3);
    const g = ecefToGeodetic(origin[0], origin[1], origin[2]);
    this.rotation = enuRotation(g.latitudeRad, g.longitudeRad);
  }

  /** Adds a point (ECEF m) at time `timeS` with its own covariance over east, north, time (3 x 3). */
  add(weight: number, x: number, y: number, z: number, timeS: number, own: ArrayLike<number>): void {
    this.#at[0] = x;
    this.#at[1] = y;
    this.#at[2] = z;
    this.local(this.#at, this.#at);
    this.#at[2] = timeS;
    this.addLocal(weight, this.#at, own);
  }

  /** East and north of a point (ECEF m) into the first two numbers of `out`. */
  local(point: ArrayLike<number>, out: Float64Array): void {
    const dx = point[0] - this.origin[0];
    const dy = point[1] - this.origin[1];
    const dz = point[2] - this.origin[2];
    const m = this.rotation;
    out[0] = m[0] * dx + m[1] * dy + m[2] * dz;
    out[1] = m[3] * dx + m[4] * dy + m[5] * dz;
  }

  /** Adds a point over east, north, m, and time, s, with its own covariance (3 x 3). */
  addLocal(weight: number, v: ArrayLike<number>, own: ArrayLike<number>): void {
    this.#weight += weight;
    for (let i = 0; i < 3; i++) {
      this.#sum[i] += weight * v[i];
      for (let j = 0; j < 3; j++) this.#sum2[3 * i + j] += weight * (v[i] * v[j] + own[3 * i + j]);
    }
  }

  /** Covariance over east and north so far, m^2: [ee, en, nn], with `extra` on each axis. */
  covariance(extra: number): [number, number, number] {
    const w = this.#weight;
    const [e, n] = [this.#sum[0] / w, this.#sum[1] / w];
    return [
      Math.max(0, this.#sum2[0] / w - e * e) + extra,
      this.#sum2[1] / w - e * n,
      Math.max(0, this.#sum2[4] / w - n * n) + extra,
    ];
  }

  /**
   * The estimate. `extra`: variance added on each horizontal axis, m^2. `content`: factor on the squared axes of the
   * ellipse, for what is not normal and has its 95 % elsewhere.
   */
  estimate(
    kind: 'launch' | 'impact',
    madeUs: number,
    epochUs: number,
    extra: number,
    content = 1,
  ): PointEstimate {
    const w = this.#weight;
    const [e, n, t] = [this.#sum[0] / w, this.#sum[1] / w, this.#sum[2] / w];
    const [ee, en, nn] = this.covariance(extra);
    const tt = Math.max(0, this.#sum2[8] / w - t * t);
    const m = this.rotation;
    const g = ecefToGeodetic(
      this.origin[0] + m[0] * e + m[3] * n,
      this.origin[1] + m[1] * e + m[4] * n,
      this.origin[2] + m[2] * e + m[5] * n,
    );
    return {
      kind,
      timeUs: madeUs,
      atUs: epochUs + Math.round(t * 1e6),
      atSigmaS: Math.sqrt(tt),
      latitudeDeg: g.latitudeRad / DEG,
      longitudeDeg: g.longitudeRad / DEG,
      ellipse95: ellipse95(content * ee, content * en, content * nn),
    };
  }
}
