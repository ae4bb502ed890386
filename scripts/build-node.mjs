/**
 * Bundles the command into dist/node, so that it starts in half a second: read one by one, its sources take
 * twice as long. The bundle is a cache: bin/beaconfire.mjs uses it only while no source is newer.
 * Beside it the library `beaconfire/tracking` as JavaScript (dist/tracking), for Node reads no TypeScript in
 * an installed package.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const STAMP = join(root, 'dist/node/stamp.json');

/** Time of the newest source of the command, ms. */
function newestSource() {
  let newest = statSync(join(root, 'package-lock.json')).mtimeMs;
  for (const folder of ['src', 'bench', 'data']) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      // A folder's own time tells of files that were removed.
      const path = join(entry.parentPath ?? entry.path, entry.name);
      if (entry.isDirectory() || /\.(ts|json)$/.test(entry.name))
        newest = Math.max(newest, statSync(path).mtimeMs);
    }
  }
  return newest;
}

/** The bundle if it is of these sources, else undefined. What was installed from a package (it has no lock) was packed so. */
export function freshBundle() {
  const bundle = join(root, 'dist/node/main.js');
  try {
    const { newest } = JSON.parse(readFileSync(STAMP, 'utf8'));
    return !existsSync(join(root, 'package-lock.json')) || newest === newestSource() ? bundle : undefined;
  } catch {
    return undefined;
  }
}

export async function buildNode() {
  if (freshBundle() && existsSync(join(root, 'dist/tracking/index.js'))) return;
  const { build } = await import('esbuild');
  const newest = newestSource();
  const options = {
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  };
  await replaceFolder('dist/tracking', (outdir) =>
    build({ ...options, entryPoints: ['src/tracking/index.ts'], outdir }),
  );
  await replaceFolder('dist/node', async (outdir) => {
    const plugins = [{ name: 'own-place', setup: keepPlaces }];
    await build({ ...options, entryPoints: ['src/cli/main.ts'], outdir, sourcemap: true, plugins });
    writeFileSync(join(outdir, 'stamp.json'), JSON.stringify({ newest }));
  });
}

/** Fills a folder beside its place and then moves it there: nobody finds half a bundle. */
async function replaceFolder(folder, fill) {
  const scratch = join(root, `${folder}.${process.pid}.draft`);
  await fill(scratch);
  rmSync(join(root, folder), { recursive: true, force: true });
  renameSync(scratch, join(root, folder));
}

/** Files that are found beside a source are found beside it from the bundle too, wherever the whole stands. */
function keepPlaces({ onLoad }) {
  onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const text = readFileSync(path, 'utf8');
    if (!text.includes('import.meta.url')) return undefined;
    const place = `../../${relative(root, path).split(sep).join('/')}`;
    return {
      contents: text.replaceAll('import.meta.url', `new URL(${JSON.stringify(place)}, import.meta.url).href`),
      loader: 'ts',
    };
  });
}
