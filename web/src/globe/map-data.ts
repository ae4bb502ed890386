/** The maps: countries near and far, and the regions that nations warn. Fetched once; the far map is there first. */
import { geoArea, geoBounds, geoCentroid } from 'd3-geo';
import type {
  Feature,
  FeatureCollection,
  Geometry,
  MultiLineString,
  MultiPolygon,
  Polygon,
  Position,
} from 'geojson';
import { feature, mesh } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import type { Trilingual } from '../../../src/node/wire.ts';
import type { LonLat } from './geometry.ts';

export interface Countries {
  all: FeatureCollection<Geometry>;
  /** The nations of the exercise and the country that it looks at, drawn a little brighter. */
  focus: FeatureCollection<Geometry>;
  borders: MultiLineString;
  coasts: MultiLineString;
}

export interface Region {
  code: string;
  name: Trilingual;
  feature: Feature<Geometry>;
  /** The middle of its largest part, where its name is written. */
  centre: LonLat;
  bounds: [[number, number], [number, number]];
}

export interface MapData {
  far: Countries;
  near?: Countries;
  regions: readonly Region[];
}

const FOCUS = new Set(['392', '408', '410']);

export function prepareCountries(topology: Topology): Countries {
  const object = topology.objects.countries as GeometryCollection;
  const all = feature(topology, object) as FeatureCollection<Geometry>;
  return {
    all,
    focus: { type: 'FeatureCollection', features: all.features.filter((f) => FOCUS.has(String(f.id))) },
    borders: mesh(topology, object, (a, b) => a !== b),
    coasts: mesh(topology, object, (a, b) => a === b),
  };
}

function largestPart(geometry: Geometry): Polygon | MultiPolygon | undefined {
  if (geometry.type === 'Polygon') return geometry;
  if (geometry.type !== 'MultiPolygon') return undefined;
  let best: Polygon | undefined;
  let size = -1;
  for (const coordinates of geometry.coordinates) {
    const part: Polygon = { type: 'Polygon', coordinates };
    const area = geoArea(part);
    if (area > size) {
      size = area;
      best = part;
    }
  }
  return best;
}

/**
 * Rings turned the way d3 wants them (exterior clockwise): RFC 7946 has them the other way round, and what is
 * then the whole globe but the region would be filled.
 */
function rewound(geometry: Geometry): Geometry {
  const turn = (rings: Position[][]): Position[][] =>
    geoArea({ type: 'Polygon', coordinates: rings }) > 2 * Math.PI
      ? rings.map((ring) => [...ring].reverse())
      : rings;
  if (geometry.type === 'Polygon') return { ...geometry, coordinates: turn(geometry.coordinates) };
  if (geometry.type === 'MultiPolygon') return { ...geometry, coordinates: geometry.coordinates.map(turn) };
  return geometry;
}

const text = (v: unknown): string | undefined => (typeof v === 'string' && v !== '' ? v : undefined);

function regionOf(raw: Feature<Geometry>): Region | undefined {
  if (!raw.geometry) return undefined;
  const f = { ...raw, geometry: rewound(raw.geometry) };
  const p = f.properties ?? {};
  const code = text(p.code) ?? text(p.iso_3166_2) ?? text(f.id);
  const part = largestPart(f.geometry);
  if (!code || !part) return undefined;
  const names = (typeof p.name === 'object' && p.name !== null ? p.name : p) as Record<string, unknown>;
  const en = text(names.en) ?? text(names.name_en) ?? code;
  return {
    code,
    name: {
      en,
      ko: text(names.ko) ?? text(names.name_ko) ?? en,
      ja: text(names.ja) ?? text(names.name_ja) ?? en,
    },
    feature: f,
    centre: geoCentroid(part) as LonLat,
    bounds: geoBounds(f),
  };
}

/** Regions from GeoJSON or TopoJSON; what cannot be read is left out, for a map must not stop a picture. */
export function prepareRegions(data: unknown): Region[] {
  if (typeof data !== 'object' || data === null) return [];
  const loose = data as { type?: unknown; features?: unknown; objects?: Record<string, GeometryCollection> };
  let features: Feature<Geometry>[] = [];
  if (loose.type === 'Topology' && loose.objects) {
    const topology = data as Topology;
    features = Object.values(loose.objects).flatMap(
      (object) => (feature(topology, object) as FeatureCollection<Geometry>).features ?? [],
    );
  } else if (Array.isArray(loose.features)) features = loose.features as Feature<Geometry>[];
  return features.flatMap((f) => regionOf(f) ?? []);
}

async function json(path: string): Promise<unknown> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** Calls `use` whenever more of the map has come. */
export async function loadMaps(use: (maps: MapData) => void): Promise<void> {
  let maps: MapData = {
    far: prepareCountries((await json('data/countries-far.json')) as Topology),
    regions: [],
  };
  use(maps);
  const [near, regions] = await Promise.allSettled([json('data/countries.json'), json('data/regions.json')]);
  if (near.status === 'fulfilled') maps = { ...maps, near: prepareCountries(near.value as Topology) };
  if (regions.status === 'fulfilled') maps = { ...maps, regions: prepareRegions(regions.value) };
  use(maps);
}
