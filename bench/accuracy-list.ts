/** The studies of the accuracy benchmark, in the order of their rows. */
import { ascents } from './accuracy-ascents.ts';
import { bias } from './accuracy-bias.ts';
import { bound } from './accuracy-bound.ts';
import { coast, late } from './accuracy-coast.ts';
import { flights, mismatch } from './accuracy-flights.ts';
import { fusion } from './accuracy-fusion.ts';
import { crowd, salvo } from './accuracy-salvo.ts';
import { infrared, rangeRate, ships } from './accuracy-sensors.ts';
import type { AnyStudy } from './accuracy-study.ts';

export const STUDIES: readonly AnyStudy[] = [
  coast,
  flights,
  bound,
  mismatch,
  infrared,
  rangeRate,
  ships,
  fusion,
  late,
  bias,
  salvo,
  crowd,
  ascents,
];
