/**
 * MIL-STD-2525D symbols. The third digit, the context, is always 2 (simulation): a track of an exercise must
 * not be taken for a real one on any screen. A live picture would need the catalogue reviewed first.
 */
import ms from 'milsymbol';
import type { SiteView, TrackView } from '../../../src/node/wire.ts';

/** Version 10 (2525D), context 2, identity 6 (hostile), set 02 (air missile), entity 11 00 00, modifier 1 06: ballistic. */
const MISSILE = '1026020000110000' as const;
const RANGE_MODIFIER = {
  close: '12',
  short: '12',
  medium: '13',
  intermediate: '14',
  intercontinental: '16',
} as const;

export function missileSidc(rangeClass: TrackView['rangeClass']): string {
  return `${MISSILE}06${rangeClass ? RANGE_MODIFIER[rangeClass] : '00'}`;
}

/** A ballistic missile is one only once its flight says so. */
export function trackSidc(track: TrackView): string {
  return track.phase === 'notBallistic' ? '10260200001100000000' : missileSidc(track.rangeClass);
}

/** Radar on land or at sea (land equipment 22 03 00), infrared satellite (space, 11 07 00: satellite). Identity 3: friend. */
export const SITE_SIDC: Record<SiteView['kind'], string> = {
  radar: '10231500002203000000',
  infrared: '10230500001107000000',
};

export const ALL_SIDCS: readonly string[] = [
  '10260200001100000000',
  missileSidc(undefined),
  ...(['close', 'short', 'medium', 'intermediate', 'intercontinental'] as const).map(missileSidc),
  ...Object.values(SITE_SIDC),
];

export interface Icon {
  image: HTMLCanvasElement;
  width: number;
  height: number;
  anchorX: number;
  anchorY: number;
}

/** Frame, icon and the S of a simulation, light: the map is dark. */
const LIGHT = {
  Civilian: '#ffe9ff',
  Friend: '#e0f1ff',
  Hostile: '#fff0ec',
  Neutral: '#eaffea',
  Unknown: '#fffbe0',
  Suspect: '#fff3d6',
};
const cache = new Map<string, Icon>();

/** A symbol drawn once for each size and kind of screen. */
export function icon(sidc: string, sizePx: number, ratio: number, hollow = false): Icon {
  const key = `${sidc} ${sizePx} ${ratio} ${hollow}`;
  let found = cache.get(key);
  if (!found) {
    const symbol = new ms.Symbol(sidc, {
      size: sizePx,
      colorMode: 'Dark',
      infoFields: false,
      frameColor: LIGHT,
      iconColor: LIGHT,
      fillOpacity: hollow ? 0.45 : 0.95,
      outlineColor: '#060c12',
      outlineWidth: 3,
    });
    const { x, y } = symbol.getAnchor();
    const { width, height } = symbol.getSize();
    found = { image: symbol.asCanvas(ratio), width, height, anchorX: x, anchorY: y };
    cache.set(key, found);
  }
  return found;
}
