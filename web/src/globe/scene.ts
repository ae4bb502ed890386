/** What the layers draw: everything about the picture that the globe needs, put together by the page. */
import type { ExerciseState, Language, Nation, PictureMessage, SiteView } from '../../../src/node/wire.ts';
import type { Freshness } from '../feed/freshness.ts';
import type { Catalogue } from '../i18n/en.ts';
import type { Zone } from '../i18n/format.ts';
import type { MapData } from './map-data.ts';

export interface Scene {
  nation: Nation;
  picture?: PictureMessage;
  receivedMs: number;
  maps?: MapData;
  /** The nation's own sensors, or all nations' in the controllers' view. */
  sites: readonly SiteView[];
  showCoverage: boolean;
  /** The vehicles' true places, where the exercise's controllers ask for them; never part of a nation's picture. */
  truth?: ExerciseState['truth'];
  selectedTrack?: string;
  selectedSite?: string;
  freshness: Freshness;
  language: Language;
  t: Catalogue;
  zone: Zone;
  fontFamily: string;
}
