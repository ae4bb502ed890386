/** The normal distribution, on a line and in a plane. */

/** 95 % quantile of chi-squared with two degrees of freedom, -2 ln 0.05: the squared half axes of a 95 % ellipse over its variances. */
export const CHI2_95_2 = 5.991464547107982;

/** Cumulative distribution, within 1.5e-7. Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 7.1.26. */
export function normalCdf(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp(-x * x);
  return z >= 0 ? 0.5 * (1 + erf) : 0.5 * (1 - erf);
}

/**
 * The 95 % content of a plane law of unit covariance about its mean that is normal on the second axis and a sum of normal
 * laws (weights of the sum 1, means and variances in any unit) on the first: the squared radius of the circle that holds
 * it. {@link CHI2_95_2} if the sum is one normal law.
 */
export function contentChi2(
  weights: ArrayLike<number>,
  means: ArrayLike<number>,
  variances: ArrayLike<number>,
): number {
  const n = weights.length;
  let mean = 0;
  for (let k = 0; k < n; k++) mean += weights[k] * means[k];
  let variance = 0;
  for (let k = 0; k < n; k++) variance += weights[k] * (variances[k] + (means[k] - mean) ** 2);
  if (!(variance > 0)) return CHI2_95_2;
  const inside = (radius: number): number => {
    // Over the circle, first axis radius sin a: the density there times what the second axis has within the chord.
    const step = Math.PI / STEPS;
    let sum = 0;
    for (let i = 0; i < STEPS; i++) {
      const a = -Math.PI / 2 + (i + 0.5) * step;
      const chord = radius * Math.cos(a);
      const u = radius * Math.sin(a);
      let density = 0;
      for (let k = 0; k < n; k++) {
        const v = Math.max(LEAST_VARIANCE, variances[k] / variance);
        const d = u - (means[k] - mean) / Math.sqrt(variance);
        density += weights[k] * Math.exp((-d * d) / (2 * v)) * Math.sqrt(1 / (2 * Math.PI * v));
      }
      sum += density * (2 * normalCdf(chord) - 1) * chord * step;
    }
    return sum;
  };
  // Secants: the content grows nearly straight with the radius.
  let before = 2.2;
  let beforeIn = inside(before);
  let radius = Math.sqrt(CHI2_95_2);
  for (let i = 0; i < 8; i++) {
    const now = inside(radius);
    if (Math.abs(now - 0.95) < 1e-5 || now === beforeIn) break;
    const next = radius + ((0.95 - now) * (radius - before)) / (now - beforeIn);
    before = radius;
    beforeIn = now;
    radius = Math.min(3.5, Math.max(1.7, next));
  }
  return radius * radius;
}
const STEPS = 32;
/** Of the whole variance; a narrower member would fall between the steps. */
const LEAST_VARIANCE = 0.03;
