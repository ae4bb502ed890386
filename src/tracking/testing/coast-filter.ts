/** The filter of the hot path alone on coast-A, started from the scenario's own prior: no tracker around it. For tests only. */
import { predictBallistic } from '../dynamics.ts';
import { NO_DRAG } from '../initiation.ts';
import { lookAt, newLook, sensorModel } from '../measurement.ts';
import { gate, update } from '../update.ts';
import { type CoastA, coastARun } from './coast-a.ts';

/**
 * Run `run` of coast-A, scan by scan.
 * @param each after scan 1 .. 240: the filter's state of 7 and covariance of 49 in one array (valid during the call),
 *   ECEF, m and s, and the squared normalised innovation over the plot's dimension (NIS/3)
 * @throws when the filter refuses a plot: on this scenario none may be
 */
export function filterCoastA(
  a: CoastA,
  run: number,
  each: (scan: number, s: Float64Array, nis: number) => void,
): void {
  const { priorError, plots } = coastARun(a, run);
  const { prior } = a.scenario;
  const s = new Float64Array(7 + 49);
  const m = a.rotation;
  s.set(a.start);
  for (let i = 0; i < 3; i++) {
    for (let k = 0; k < 3; k++) {
      s[i] += m[3 * k + i] * priorError[k];
      s[3 + i] += m[3 * k + i] * priorError[3 + k];
    }
    s[7 + 8 * i] = prior.sigmaPos ** 2;
    s[7 + 8 * (3 + i)] = prior.sigmaVel ** 2;
  }
  s[6] = NO_DRAG;
  s[7 + 48] = 1e-12;
  const sensor = sensorModel(a.sensor, 0);
  const look = newLook();
  plots.forEach((plot, k) => {
    predictBallistic(s, 0, 7, 1);
    lookAt(look, plot, sensor);
    if (!update(7, s, 0, 7, look)) throw new Error(`run ${run}: the filter failed at scan ${k + 1}`);
    each(k + 1, s, gate.distance2 / 3);
  });
}

/** Its covariance of position and velocity alone, 6 x 6, row by row. */
export function covarianceOf6(s: Float64Array): Float64Array {
  const p = new Float64Array(36);
  for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) p[6 * i + j] = s[7 + 7 * i + j];
  return p;
}
