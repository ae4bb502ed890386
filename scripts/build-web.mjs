/**
 * Builds the operational picture page into a folder that a server can hand out as it stands:
 * index.html, app.js, app.css, fonts/, data/. Nothing is built while the inputs are unchanged, so a
 * second start costs a few milliseconds. `node scripts/build-web.mjs [OUT] [--force]`.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const regionsFile = join(root, 'data/regions/regions.json');
/** Packages whose code or data goes into the page: a new version of one means a new build. */
const PACKAGES = [
  'preact',
  'd3-geo',
  'topojson-client',
  'world-atlas',
  'milsymbol',
  'uplot',
  'esbuild',
  '@fontsource-variable/noto-sans-kr',
  '@fontsource-variable/noto-sans-jp',
];

export const DEFAULT_OUT = join(root, 'dist/web');

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** One hash over everything that the page is made of. */
export function hashInputs() {
  const hash = createHash('sha256');
  const files = [
    ...filesUnder(join(root, 'web/src')),
    join(root, 'web/index.html'),
    fileURLToPath(import.meta.url),
  ];
  if (existsSync(regionsFile)) files.push(regionsFile);
  for (const file of files) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
  }
  for (const name of PACKAGES) {
    hash
      .update(name)
      .update(JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version);
  }
  return hash.digest('hex');
}

/** Countries with their ISO 3166-1 numeric id alone: names come from the page's own catalogue. */
function trimmedCountries(file) {
  const topology = JSON.parse(readFileSync(require.resolve(`world-atlas/${file}`), 'utf8'));
  for (const geometry of topology.objects.countries.geometries) delete geometry.properties;
  delete topology.objects.land;
  return JSON.stringify(topology);
}

/**
 * Builds the page into `outDir`.
 * @param {string} [outDir]
 * @param {{ force?: boolean }} [options]
 * @returns {Promise<{ outDir: string, built: boolean, milliseconds: number }>}
 */
export async function buildWeb(outDir = DEFAULT_OUT, options = {}) {
  const started = performance.now();
  const target = resolve(outDir);
  const stamp = join(target, 'inputs.sha256');
  const hash = hashInputs();
  if (!options.force && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) {
    return { outDir: target, built: false, milliseconds: performance.now() - started };
  }
  const { build } = await import('esbuild');
  // Built beside its place and then moved there: a server never hands out half a page.
  const draft = `${target}.${process.pid}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(join(draft, 'data'), { recursive: true });
  try {
    await build({
      absWorkingDir: root,
      entryPoints: { app: 'web/src/main.tsx' },
      outdir: draft,
      bundle: true,
      format: 'esm',
      target: 'es2022',
      minify: true,
      sourcemap: 'linked',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      legalComments: 'linked',
      logLevel: 'warning',
    });
    await build({
      absWorkingDir: root,
      entryPoints: { app: 'web/src/styles/app.css' },
      outdir: draft,
      bundle: true,
      minify: true,
      loader: { '.woff2': 'file' },
      assetNames: 'fonts/[name]',
      logLevel: 'warning',
    });
    cpSync(join(root, 'web/index.html'), join(draft, 'index.html'));
    writeFileSync(join(draft, 'data/countries.json'), trimmedCountries('countries-50m.json'));
    writeFileSync(join(draft, 'data/countries-far.json'), trimmedCountries('countries-110m.json'));
    const regions = existsSync(regionsFile)
      ? readFileSync(regionsFile, 'utf8')
      : JSON.stringify({ type: 'FeatureCollection', features: [] });
    writeFileSync(join(draft, 'data/regions.json'), regions);
    writeFileSync(join(draft, 'inputs.sha256'), hash);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(dirname(target), { recursive: true });
    renameSync(draft, target);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return { outDir: target, built: true, milliseconds: performance.now() - started };
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const args = process.argv.slice(2);
  const result = await buildWeb(
    args.find((a) => !a.startsWith('--')),
    { force: args.includes('--force') },
  );
  console.log(
    `${result.outDir}: ${result.built ? 'built' : 'unchanged'} in ${result.milliseconds.toFixed(0)} ms`,
  );
}
