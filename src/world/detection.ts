/**
 * Detection by a radar: the range equation, a target that fluctuates from scan to scan, and a threshold. The mean
 * signal-to-noise ratio goes as the fourth power of the range (Skolnik, Introduction to Radar Systems, 3rd ed., section
 * 1.2). The target is of Swerling's first kind: the power of signal and noise in one look is exponential with mean 1 + SNR
 * (noise power 1), and crosses the threshold -ln Pfa with probability Pfa^(1 / (1 + SNR)) (Swerling, IRE Trans. IT-6
 * (1960) 269; Skolnik section 2.8).
 */
import type { Random } from '../earth/random.ts';
import type { SensorSite } from '../model/sensor.ts';

export type RangeEquation = NonNullable<SensorSite['rangeEquation']>;

/** Mean signal-to-noise ratio, as a plain ratio, at a range, m. */
export function meanSnr({ rangeKm, snrDb }: RangeEquation, rangeM: number): number {
  return 10 ** (snrDb / 10) * ((rangeKm * 1000) / rangeM) ** 4;
}

/** Probability of detection in one look. */
export function detectionProbability(e: RangeEquation, rangeM: number): number {
  return e.falseAlarmProbability ** (1 / (1 + meanSnr(e, rangeM)));
}

/** One look: the signal-to-noise ratio measured, dB, if the threshold is crossed. Draws one number. */
export function detect(e: RangeEquation, rangeM: number, draws: Random): number | undefined {
  const power = -(1 + meanSnr(e, rangeM)) * Math.log(1 - draws.uniform());
  return power > -Math.log(e.falseAlarmProbability) ? 10 * Math.log10(power) : undefined;
}
