/**
 * The posterior Cramer-Rao bound along a true path without process noise: J(k+1) = F^-T J F^-1 + H' R^-1 H.
 * Tichavsky, Muravchik and Nehorai, IEEE Trans. Signal Processing 46 (1998) 1386. F by differences of the
 * tests' own integrator, H by differences of the measurement: independent of the filters' Jacobians.
 */
import { ecefToAzElRange } from '../../earth/wgs84.ts';
import { invertSpd, multiply } from '../linear.ts';
import { type CoastA, freeStep } from './coast-a.ts';

/** RMS position bound, m, at each scan of coast-A, from its prior. */
export function coastABound(a: CoastA): number[] {
  return coastABoundCovariances(a).map((p) => Math.sqrt(p[0] + p[7] + p[14]));
}

/** The bound as a covariance (36) at each scan. */
export function coastABoundCovariances(a: CoastA): Float64Array[] {
  const { prior, sensor } = a.scenario;
  const j = new Float64Array(36);
  for (let i = 0; i < 6; i++) j[7 * i] = 1 / (i < 3 ? prior.sigmaPos : prior.sigmaVel) ** 2;
  const out: Float64Array[] = [];
  const p = new Float64Array(36);
  const work = new Float64Array(36);
  const work2 = new Float64Array(36);
  for (const next of a.truth) {
    // G = F^-1, by stepping back from perturbed states.
    const g = new Float64Array(36);
    for (let k = 0; k < 6; k++) {
      const d = k < 3 ? 10 : 0.1;
      const up = next.slice();
      const down = next.slice();
      up[k] += d;
      down[k] -= d;
      for (let i = 0; i < 10; i++) {
        freeStep(up, -sensor.period / 10);
        freeStep(down, -sensor.period / 10);
      }
      for (let i = 0; i < 6; i++) g[6 * i + k] = (up[i] - down[i]) / (2 * d);
    }
    const gt = new Float64Array(36);
    for (let i = 0; i < 6; i++) for (let k = 0; k < 6; k++) gt[6 * i + k] = g[6 * k + i];
    multiply(6, gt, j, work);
    multiply(6, work, g, work2);
    j.set(work2);
    const h = [0, 1, 2].map((k) => {
      const at = (sign: number) => {
        const q: [number, number, number] = [next[0], next[1], next[2]];
        q[k] += sign;
        return ecefToAzElRange(a.rotation, [a.site[0], a.site[1], a.site[2]], q);
      };
      const up = at(1);
      const down = at(-1);
      return [
        (up.rangeM - down.rangeM) / 2,
        (up.azimuthRad - down.azimuthRad) / 2,
        (up.elevationRad - down.elevationRad) / 2,
      ];
    });
    const r = [sensor.sigmaRange ** 2, sensor.sigmaAz ** 2, sensor.sigmaEl ** 2];
    for (let i = 0; i < 3; i++) {
      for (let k = 0; k < 3; k++) for (let c = 0; c < 3; c++) j[6 * i + k] += (h[i][c] * h[k][c]) / r[c];
    }
    invertSpd(6, j, 0, p, 0);
    out.push(p.slice());
  }
  return out;
}
