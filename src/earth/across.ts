/**
 * Two unit axes across a line of sight: east (u x the Earth's axis) and south (u x east), as a sensor above the
 * Earth that looks down names them. `u` is a unit vector, ECEF; `out` takes the first axis, then the second.
 */
export function eastAndSouthAcross(u: ArrayLike<number>, out: Float64Array | number[]): void {
  // Along the Earth's axis there is no east: any will do.
  const polar = Math.abs(u[2]) > 0.9999;
  const x = polar ? 0 : u[1];
  const y = polar ? u[2] : -u[0];
  const z = polar ? -u[1] : 0;
  const n = Math.hypot(x, y, z);
  out[0] = x / n;
  out[1] = y / n;
  out[2] = z / n;
  out[3] = u[1] * out[2] - u[2] * out[1];
  out[4] = u[2] * out[0] - u[0] * out[2];
  out[5] = u[0] * out[1] - u[1] * out[0];
}
