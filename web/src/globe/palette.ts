/** Colours of the map. Panels have the same ones as custom properties in styles/tokens.css. */
import type { Nation, WarningView } from '../../../src/node/wire.ts';

export const NATION_COLOUR: Record<Nation, string> = { KOR: '#5fd0b0', JPN: '#c7a6ff', USA: '#74b4ff' };
export const HOSTILE = '#ff6b5e';
export const HOSTILE_SOFT = '#ff9a86';

export const MAP = {
  space: '#060b10',
  ocean: '#0b1722',
  oceanEdge: '#07101a',
  rim: '#3a6a8c',
  graticule: 'rgba(120, 160, 190, 0.09)',
  land: '#17242e',
  focusLand: '#1e303c',
  border: '#31485a',
  coast: '#4f7690',
  region: 'rgba(120, 160, 185, 0.34)',
  seaText: 'rgba(125, 165, 195, 0.55)',
  regionText: 'rgba(190, 210, 225, 0.75)',
  text: '#e8eff5',
  halo: 'rgba(5, 10, 15, 0.85)',
};

export const URGENCY = { now: '#ff4d4d', soon: '#ff8a3d', later: '#f2c14e', past: '#7d8c99' } as const;
export type Urgency = keyof typeof URGENCY;

/** How urgent a warned area is, by the time that is left, s. */
export function urgency(leadS: number): Urgency {
  return leadS < -30 ? 'past' : leadS < 180 ? 'now' : leadS < 480 ? 'soon' : 'later';
}

/**
 * Why no countdown may promise time that there is not: the motor burns on (a cut-off now would be later than what
 * comes), or the target is not ballistic and nobody can tell.
 */
export type OpenTime = 'minutes' | 'unknown';
export function openTime(stage: WarningView['stage']): OpenTime | undefined {
  return stage === 'launch' ? 'minutes' : stage === 'fallUnknown' ? 'unknown' : undefined;
}

/** Urgency of an area of a message; while its time is unknown it is now, and never past. */
export function areaUrgency(stage: WarningView['stage'], leadS: number): Urgency {
  return stage === 'fallUnknown' ? 'now' : urgency(leadS);
}
