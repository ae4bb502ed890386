/** The filter of a fused track: how it starts, moves in time and takes a tracklet in. */
import { roughHeight } from '../earth/wgs84.ts';
import { type Phase, type Tracklet, unpackUpper } from '../model/track.ts';
import { predictBallistic, predictBoost } from './dynamics.ts';
import { IMM } from './imm.ts';
import { addInformation, invertInformation, scaledLogDet } from './information.ts';
import { START } from './initiation.ts';

/** A first tracklet must fix the position within this spread, m. */
const START_SPREAD_M = 100e3;

/** A filter state: ballistic (7) or boost (9). */
export interface Filter {
  timeUs: number;
  boost: boolean;
  phase: Phase;
  x: Float64Array;
  p: Float64Array;
}

export function isBoost(phase: Phase): boolean {
  return phase === 'boost' || phase === 'notBallistic';
}

/** The one order of tracklets: by time, then by who says it. */
export function before(a: Tracklet, b: Tracklet): boolean {
  if (a.timeUs !== b.timeUs) return a.timeUs < b.timeUs;
  if (a.node !== b.node) return a.node < b.node;
  if (a.track !== b.track) return a.track < b.track;
  return a.sequence < b.sequence;
}

export function copyOf(f: Filter): Filter {
  return { timeUs: f.timeUs, boost: f.boost, phase: f.phase, x: f.x.slice(), p: f.p.slice() };
}

/** Predicted velocity spread of a track whose first tracklet does not fix the velocity, m/s. */
const VELOCITY_SIGMA = 4000;

/** A filter from one tracklet; where that says nothing of the velocity, a wide one is assumed. */
export function startFilter(tracklet: Tracklet): Filter | undefined {
  const matrix = unpackUpper(tracklet.matrix, 6);
  let p6 = invertInformation(matrix);
  if (!p6 || p6[21] + p6[28] + p6[35] > VELOCITY_SIGMA ** 2) {
    for (let i = 0; i < 3; i++) {
      matrix[7 * i] += 1e-16;
      matrix[7 * (3 + i)] += 1 / VELOCITY_SIGMA ** 2;
    }
    p6 = invertInformation(matrix);
  }
  if (!p6 || p6[0] + p6[7] + p6[14] > START_SPREAD_M ** 2) return undefined;
  const boost = isBoost(tracklet.phase);
  const n = boost ? 9 : 7;
  const x = new Float64Array(n);
  const p = new Float64Array(n * n);
  for (let i = 0; i < 6; i++) {
    for (let j = 0; j < 6; j++) {
      x[i] += p6[6 * i + j] * tracklet.vector[j];
      p[n * i + j] = p6[6 * i + j];
    }
  }
  if (boost) {
    const v = Math.hypot(x[3], x[4], x[5]);
    for (let i = 0; i < 3; i++) {
      x[6 + i] = v > 0 && tracklet.phase === 'boost' ? (IMM.igniteMps2 * x[3 + i]) / v : 0;
      p[10 * (6 + i)] = START.thrustSigma ** 2;
    }
  } else {
    x[6] = START.lnB;
    p[48] = START.lnBSigma ** 2;
  }
  return { timeUs: tracklet.timeUs, boost, phase: tracklet.phase, x, p };
}

const slab = new Float64Array(9 + 81);

export function predict(f: Filter, timeUs: number): void {
  const dt = (timeUs - f.timeUs) / 1e6;
  f.timeUs = timeUs;
  if (dt === 0) return;
  const n = f.boost ? 9 : 7;
  slab.set(f.x);
  slab.set(f.p, n);
  if (f.boost) predictBoost(slab, 0, n, dt);
  else predictBallistic(slab, 0, n, dt);
  f.x.set(slab.subarray(0, n));
  f.p.set(slab.subarray(n, n + n * n));
}

/** What falls freely has come down so far below the ground, m: further than any error of a track that is held to its end. */
const COME_DOWN_M = 3e3;

/** True of what the models only carry on below the ground, where nothing that they say is of anything. */
export function hasComeDown({ boost, x }: Filter): boolean {
  return !boost && roughHeight(x[0], x[1], x[2]) < -COME_DOWN_M;
}

export function apply(f: Filter, tracklet: Tracklet, how: 'add' | 'intersect'): void {
  // Who has not found the lift yet may take it for thrust.
  if (f.phase !== 'notBallistic') f.phase = tracklet.phase;
  const n = f.boost ? 9 : 7;
  const matrix = unpackUpper(tracklet.matrix, 6);
  if (how === 'add') {
    addInformation(n, f.x, f.p, matrix, tracklet.vector, 1);
    return;
  }
  // Covariance intersection: the weight that leaves the least volume of position and velocity.
  let best: Filter | undefined;
  let least = scaledLogDet(f.p, n);
  for (let k = 1; k < 20; k++) {
    const w = k / 20;
    const trial = copyOf(f);
    for (let i = 0; i < n * n; i++) trial.p[i] /= w;
    addInformation(n, trial.x, trial.p, matrix, tracklet.vector, 1 - w);
    const det = scaledLogDet(trial.p, n);
    if (det < least) {
      least = det;
      best = trial;
    }
  }
  if (!best) return;
  f.x.set(best.x);
  f.p.set(best.p);
}
