/**
 * The measurement update of an extended Kalman filter, for states whose first six components are position
 * and velocity. S is factored by Cholesky and P falls by W W', W = P H' L^-T, which keeps P exactly
 * symmetric; a singular S is reported, never used.
 */
import {
  factor,
  gain7x2,
  gain7x3,
  gain9x2,
  gain9x3,
  gate,
  innovation7x2,
  innovation7x3,
  innovation9x2,
  innovation9x3,
  pht,
  white,
} from './kernels/kernels.gen.ts';
import { type Look, linearise } from './measurement.ts';

const MAX_N = 9;
const w = new Float64Array(4);
const start = new Float64Array(MAX_N);

export { gate };

/** Innovation of a look at the state: fills {@link gate}. False if S is not positive definite. */
export function innovation(n: number, s: Float64Array, xo: number, po: number, look: Look): boolean {
  linearise(look, s, xo);
  return factorise(n, s, po, look);
}

function factorise(n: number, s: Float64Array, po: number, look: Look): boolean {
  const { rows, columns, jacobian, variances, residual } = look;
  if (rows === 3) {
    if (n === 7) return innovation7x3(s, po, jacobian, variances, residual);
    if (n === 9) return innovation9x3(s, po, jacobian, variances, residual);
  } else if (rows === 2) {
    if (n === 7) return innovation7x2(s, po, jacobian, variances, residual);
    if (n === 9) return innovation9x2(s, po, jacobian, variances, residual);
  }
  for (let i = 0; i < n; i++) {
    const row = po + n * i;
    for (let k = 0; k < rows; k++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += s[row + j] * jacobian[6 * k + j];
      pht[4 * i + k] = sum;
    }
  }
  let logDet = 0;
  let d2 = 0;
  for (let k = 0; k < rows; k++) {
    let y = residual[k];
    for (let l = 0; l <= k; l++) {
      let sum = k === l ? variances[k] : 0;
      for (let j = 0; j < columns; j++) sum += jacobian[6 * k + j] * pht[4 * j + l];
      for (let m = 0; m < l; m++) sum -= factor[4 * k + m] * factor[4 * l + m];
      if (k === l) {
        if (!(sum > 0)) return false;
        factor[5 * k] = Math.sqrt(sum);
        logDet += Math.log(sum);
      } else factor[4 * k + l] = sum / factor[5 * l];
    }
    for (let m = 0; m < k; m++) y -= factor[4 * k + m] * white[m];
    white[k] = y / factor[5 * k];
    d2 += white[k] * white[k];
  }
  gate.distance2 = d2;
  gate.logLikelihood = -0.5 * (d2 + logDet + rows * 1.8378770664093453);
  return true;
}

/** The straight-line form where there is one. False if there is none. */
function straightGain(n: number, s: Float64Array, xo: number, po: number, rows: number): boolean {
  if (n === 7 && rows === 3) gain7x3(s, xo, po);
  else if (n === 9 && rows === 3) gain9x3(s, xo, po);
  else if (n === 7 && rows === 2) gain7x2(s, xo, po);
  else if (n === 9 && rows === 2) gain9x2(s, xo, po);
  else return false;
  return true;
}

/** Moves the mean, and if asked the covariance, by the innovation that stands in the scratch. */
function applyGain(
  n: number,
  s: Float64Array,
  xo: number,
  po: number,
  rows: number,
  covariance: boolean,
): void {
  if (covariance && straightGain(n, s, xo, po, rows)) return;
  for (let i = 0; i < n; i++) {
    let dx = 0;
    for (let k = 0; k < rows; k++) {
      let sum = pht[4 * i + k];
      for (let m = 0; m < k; m++) sum -= factor[4 * k + m] * w[m];
      w[k] = sum / factor[5 * k];
      dx += w[k] * white[k];
    }
    s[xo + i] += dx;
    for (let k = 0; k < rows; k++) pht[4 * i + k] = w[k];
  }
  if (!covariance) return;
  for (let i = 0; i < n; i++) {
    for (let j = i; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < rows; k++) sum += pht[4 * i + k] * pht[4 * j + k];
      const v = s[po + n * i + j] - sum;
      s[po + n * i + j] = v;
      s[po + n * j + i] = v;
    }
  }
}

/**
 * Updates mean `s[xo..xo+n-1]` and covariance `s[po]` with a look; {@link gate} holds the innovation at the
 * prediction. Where the position moves so far that the bend of the measured surface shows against the
 * range error, it is linearised again at the new point (iterated EKF; Bell and Cathey, IEEE Trans. Automatic
 * Control 38 (1993) 294).
 */
export function update(n: number, s: Float64Array, xo: number, po: number, look: Look): boolean {
  if (!innovation(n, s, xo, po, look)) return false;
  const { rows } = look;
  for (let i = 0; i < n; i++) start[i] = s[xo + i];
  if (look.infrared || !bends(n, s, po, look)) {
    applyGain(n, s, xo, po, rows, true);
    return true;
  }
  const { distance2, logLikelihood } = gate;
  applyGain(n, s, xo, po, rows, false);
  for (let iteration = 0; iteration < 4; iteration++) {
    linearise(look, s, xo);
    for (let k = 0; k < rows; k++) {
      for (let j = 0; j < look.columns; j++)
        look.residual[k] += look.jacobian[6 * k + j] * (s[xo + j] - start[j]);
    }
    const lastX = s[xo];
    const lastY = s[xo + 1];
    const lastZ = s[xo + 2];
    if (!factorise(n, s, po, look)) return false;
    for (let i = 0; i < n; i++) s[xo + i] = start[i];
    const last = iteration === 3;
    applyGain(n, s, xo, po, rows, last);
    if (!last && Math.abs(s[xo] - lastX) + Math.abs(s[xo + 1] - lastY) + Math.abs(s[xo + 2] - lastZ) < 1e-3)
      iteration = 2;
  }
  gate.distance2 = distance2;
  gate.logLikelihood = logLikelihood;
  return true;
}

/** True if the spread of the prediction across the line of sight bends the range by more than a tenth of its error. */
export function bends(n: number, s: Float64Array, po: number, look: Look): boolean {
  const spread = s[po] + s[po + n + 1] + s[po + 2 * n + 2];
  const range = look.measured[0];
  return spread * spread > 0.04 * look.variances[0] * range * range;
}
