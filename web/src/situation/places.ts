/**
 * Naming where something is: a warned region, a country, a sea, or a distance and direction from a nation.
 * Seas are coarse outlines of ours for words alone; they claim no limits.
 */
import { geoBounds, geoContains } from 'd3-geo';
import type { Feature, FeatureCollection, Geometry } from 'geojson';
import type { Language, Trilingual } from '../../../src/node/wire.ts';
import { azimuthDeg, distanceKm, type LonLat } from '../globe/geometry.ts';
import type { Catalogue } from '../i18n/en.ts';
import { roughly } from '../i18n/format.ts';

export type SeaId = keyof Catalogue['place']['sea'];
export type CountryId = keyof Catalogue['place']['country'];
export type Place =
  | { kind: 'region'; name: Trilingual }
  | { kind: 'country'; id: CountryId }
  | { kind: 'sea'; id: SeaId };

const SEAS: readonly (readonly [SeaId, readonly LonLat[]])[] = [
  [
    'koreaStrait',
    [
      [126.5, 34.4],
      [129.2, 35.2],
      [131, 34.5],
      [130.6, 33.8],
      [129.5, 33.2],
      [127, 33.4],
    ],
  ],
  [
    'eastSea',
    [
      [127.3, 39.5],
      [130, 42.7],
      [133, 43.3],
      [136, 45],
      [140, 49],
      [142, 51.5],
      [142.1, 46],
      [141.8, 45.3],
      [141, 43.3],
      [140.5, 41.4],
      [140.3, 40],
      [139, 38],
      [137, 36.7],
      [133, 35.3],
      [131, 34.4],
      [129.2, 35.2],
      [129.2, 37],
    ],
  ],
  [
    'yellowSea',
    [
      [117, 36],
      [117, 40.5],
      [122, 41.2],
      [125, 40],
      [127, 37.5],
      [126.8, 34.3],
      [126.3, 33.3],
      [122, 32.5],
      [119, 34],
    ],
  ],
  [
    'eastChinaSea',
    [
      [122, 32.5],
      [126.3, 33.3],
      [129.5, 33.2],
      [130.4, 31.5],
      [129.5, 28.5],
      [127.5, 26],
      [124, 24.4],
      [121.8, 25.2],
      [119, 25],
      [120, 29],
    ],
  ],
  [
    'okhotsk',
    [
      [142.1, 46],
      [142, 53],
      [137, 54],
      [142, 59.5],
      [155, 60.5],
      [156.5, 51],
      [150, 46.5],
      [145.5, 44],
      [143, 44.3],
    ],
  ],
];

function inside([x, y]: LonLat, ring: readonly LonLat[]): boolean {
  let odd = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

export function seaAt(at: LonLat): SeaId {
  for (const [id, ring] of SEAS) if (inside(at, ring)) return id;
  const [lon, lat] = at;
  return lat < 62 && (lon > 120 || lon < -100) ? 'pacific' : 'other';
}

interface Area<T> {
  value: T;
  feature: Feature<Geometry>;
  bounds: [[number, number], [number, number]];
}

function area<T>(value: T, feature: Feature<Geometry>): Area<T> {
  return { value, feature, bounds: geoBounds(feature) };
}

function find<T>(areas: readonly Area<T>[], at: LonLat): T | undefined {
  for (const { value, feature, bounds } of areas) {
    const [[west, south], [east, north]] = bounds;
    if (at[1] < south || at[1] > north) continue;
    if (west <= east ? at[0] < west || at[0] > east : at[0] < west && at[0] > east) continue;
    if (geoContains(feature, at)) return value;
  }
  return undefined;
}

/** Tells where a place lies. Regions are the ones that nations warn; they go before countries. */
export interface Gazetteer {
  locate(at: LonLat): Place;
}

export interface RegionNames {
  code: string;
  name: Trilingual;
}

export function createGazetteer(
  countries: FeatureCollection<Geometry>,
  regions: readonly { names: RegionNames; feature: Feature<Geometry> }[],
  countryNames: Catalogue['place']['country'],
): Gazetteer {
  const named = (id: unknown): CountryId =>
    typeof id === 'string' && id in countryNames ? (id as CountryId) : 'other';
  const regionAreas = regions.map((r) => area(r.names, r.feature));
  const countryAreas = countries.features.map((f) => area(named(f.id), f));
  // What matters first is found first.
  countryAreas.sort((a, b) => Number(a.value === 'other') - Number(b.value === 'other'));
  let last: { at: LonLat; place: Place } | undefined;
  return {
    locate(at) {
      // The same place is asked for several times a second.
      if (last && distanceKm(last.at, at) < 2) return last.place;
      const region = find(regionAreas, at);
      const country = region ? undefined : find(countryAreas, at);
      const place: Place = region
        ? { kind: 'region', name: region.name }
        : country
          ? { kind: 'country', id: country }
          : { kind: 'sea', id: seaAt(at) };
      last = { at, place };
      return place;
    },
  };
}

/** Places from which distances are told: the outermost inhabited points of the two archipelagos and the peninsula. */
const ANCHORS: readonly (readonly ['JPN' | 'KOR', LonLat])[] = [
  ['JPN', [145.8, 43.4]],
  ['JPN', [141.5, 45.5]],
  ['JPN', [142, 39.6]],
  ['JPN', [140.9, 35.7]],
  ['JPN', [139.8, 33.1]],
  ['JPN', [135.8, 33.4]],
  ['JPN', [130.9, 31]],
  ['JPN', [127.7, 26.2]],
  ['JPN', [123, 24.4]],
  ['JPN', [142.2, 27.1]],
  ['JPN', [139.7, 39.9]],
  ['JPN', [136.9, 37.5]],
  ['JPN', [132.9, 35.6]],
  ['KOR', [129.4, 36]],
  ['KOR', [128.6, 38.4]],
  ['KOR', [126.2, 33.4]],
  ['KOR', [124.7, 37.9]],
  ['KOR', [129.1, 35.1]],
  ['KOR', [130.9, 37.5]],
];

export function placeName(place: Place, t: Catalogue, language: Language): string {
  if (place.kind === 'region') return place.name[language];
  return place.kind === 'country' ? t.place.country[place.id] : t.place.sea[place.id];
}

/** A place at sea with its distance from the nearest of Japan and Korea; on land its name alone. */
export function placeWithDistance(
  at: LonLat,
  gazetteer: Gazetteer,
  t: Catalogue,
  language: Language,
): string {
  const place = gazetteer.locate(at);
  const name = placeName(place, t, language);
  if (place.kind !== 'sea') return name;
  let best = ANCHORS[0];
  let km = Infinity;
  for (const anchor of ANCHORS) {
    const d = distanceKm(anchor[1], at);
    if (d < km) {
      km = d;
      best = anchor;
    }
  }
  if (km > 9000) return name;
  const direction = t.place.direction[Math.round(azimuthDeg(best[1], at) / 45) % 8];
  const of = best[0] === 'JPN' ? t.place.country['392'] : t.place.country['410'];
  return t.place.relativeIn(name, t.place.relative(roughly(km, language), direction, of));
}
