/** A filter with one motion model run over kept plots from the start: for the launch, and once the model is certain. */
import type { Plot } from '../model/plot.ts';
import { predictBallistic, predictBoost, predictSighted } from './dynamics.ts';
import { startFromLines, startFromRadar } from './initiation.ts';
import { type Look, lookAt, newLook, type SensorModel } from './measurement.ts';
import type { Registration } from './registration.ts';
import { PB, PC, TIME, XB, XC } from './slab.ts';
import { update } from './update.ts';

/** One model of a slab: dimension, offsets of mean and covariance, prediction. */
export interface ModelParts {
  n: number;
  xo: number;
  po: number;
  predict: (s: Float64Array, xo: number, po: number, dt: number) => void;
}
export const BOOST_PARTS: ModelParts = { n: 9, xo: XB, po: PB, predict: predictBoost };
/** The same of a boost of which only lines of sight are known. */
export const SIGHTED_PARTS: ModelParts = { n: 9, xo: XB, po: PB, predict: predictSighted };
export const BALLISTIC_PARTS: ModelParts = { n: 7, xo: XC, po: PC, predict: predictBallistic };

const look: Look = newLook();
const second: Look = newLook();

/**
 * Runs the model over the plots (in order of time) from a start on the first one or two. The slab's area
 * then holds the state at the last plot. Returns the number of plots the start used, 0 if it failed. With
 * `registration` it holds too how the state would move with the sensors' biases; with `inform` the plots tell of them.
 */
export function filterForth(
  s: Float64Array,
  plots: readonly Plot[],
  sensors: ReadonlyMap<string, SensorModel>,
  model: ModelParts,
  vacuum: boolean,
  registration?: Registration,
  inform = false,
): number {
  registration?.clear(s);
  const first = plots[0];
  let used = 1;
  lookAt(look, first, sensors.get(first.sensor)!);
  if (first.kind === 'radar') {
    startFromRadar(s, look, first.timeUs, vacuum);
    registration?.started(s, look, sensors.get(first.sensor)!);
  } else {
    const next = plots[1];
    if (next?.kind !== 'infrared' || next.sensor === first.sensor) return 0;
    lookAt(second, next, sensors.get(next.sensor)!);
    if (!startFromLines(s, second, look, next.timeUs, (next.timeUs - first.timeUs) / 1e6, vacuum)) return 0;
    used = 2;
  }
  for (let k = used; k < plots.length; k++)
    if (!step(s, plots[k], sensors, model, registration, inform)) return 0;
  return used;
}

/** Comes back over the plots from the state at the last, nearly all of it forgotten first; ends at the first plot. */
export function filterBack(
  s: Float64Array,
  plots: readonly Plot[],
  sensors: ReadonlyMap<string, SensorModel>,
  model: ModelParts,
  registration?: Registration,
): boolean {
  const { n, po } = model;
  // The spread is widened tenfold: the plots weigh 99 %, and the place to linearise at is kept.
  for (let i = 0; i < n * n; i++) s[po + i] *= 100;
  for (let k = plots.length - 1; k >= 0; k--)
    if (!step(s, plots[k], sensors, model, registration, false)) return false;
  return true;
}

function step(
  s: Float64Array,
  plot: Plot,
  sensors: ReadonlyMap<string, SensorModel>,
  model: ModelParts,
  registration: Registration | undefined,
  inform: boolean,
): boolean {
  const dt = (plot.timeUs - s[TIME]) / 1e6;
  if (dt !== 0) registration?.carryOne(s, model.n, dt);
  if (dt !== 0) model.predict(s, model.xo, model.po, dt);
  s[TIME] = plot.timeUs;
  const sensor = sensors.get(plot.sensor)!;
  lookAt(look, plot, sensor);
  if (!update(model.n, s, model.xo, model.po, look)) return false;
  registration?.updateOne(s, look, sensor, model.n, inform);
  return true;
}
