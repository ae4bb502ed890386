/**
 * A smooth curve through given points that rises and falls only where they do: a cubic Hermite interpolant
 * with the slopes of Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5 (1984) 300-304. Its first derivative is
 * continuous. Outside the points it goes on as the end cubics do; callers bound their argument.
 */
export function monotoneCubic(points: readonly (readonly [x: number, y: number])[]): (x: number) => number {
  const n = points.length;
  const xs = Float64Array.from(points, (p) => p[0]);
  const ys = Float64Array.from(points, (p) => p[1]);
  const slope = new Float64Array(n);
  const secant = (i: number) => (ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i]);
  for (let i = 1; i < n - 1; i++) {
    const h0 = xs[i] - xs[i - 1];
    const h1 = xs[i + 1] - xs[i];
    const d0 = secant(i - 1);
    const d1 = secant(i);
    slope[i] = d0 * d1 <= 0 ? 0 : (3 * (h0 + h1)) / ((2 * h1 + h0) / d0 + (h1 + 2 * h0) / d1);
  }
  slope[0] = secant(0);
  slope[n - 1] = secant(n - 2);
  return (x) => {
    let i = 0;
    while (i < n - 2 && xs[i + 1] <= x) i++;
    const h = xs[i + 1] - xs[i];
    const t = (x - xs[i]) / h;
    const s = 1 - t;
    return (
      s * s * ((1 + 2 * t) * ys[i] + h * t * slope[i]) +
      t * t * ((3 - 2 * t) * ys[i + 1] - h * s * slope[i + 1])
    );
  };
}
