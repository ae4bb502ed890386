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
