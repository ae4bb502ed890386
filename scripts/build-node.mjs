/**
 * Bundles the command into dist/node, so that it starts in half a second: read one by one, its sources take
 * twice as long. The bundle is a cache: bin/beaconfire.mjs uses it only while no source is newer.
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

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

/** The bundle if it is of these sources in this place, else undefined. */
export function freshBundle() {
  try {
    const stamp = JSON.parse(readFileSync(STAMP, 'utf8'));
    return stamp.root === root && stamp.newest === newestSource()
      ? join(root, 'dist/node/main.js')
      : undefined;
  } catch {
    return undefined;
  }
}

export async function buildNode() {
  if (freshBundle()) return;
  const { build } = await import('esbuild');
  const newest = newestSource();
  const scratch = join(root, `dist/.node-${process.pid}`);
  await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    outdir: scratch,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: true,
    logLevel: 'error',
    plugins: [{ name: 'own-place', setup: keepPlaces }],
  });
  writeFileSync(join(scratch, 'stamp.json'), JSON.stringify({ root, newest }));
  rmSync(join(root, 'dist/node'), { recursive: true, force: true });
  renameSync(scratch, join(root, 'dist/node'));
}

/** Files that are found beside a source are found beside it from the bundle too. */
function keepPlaces({ onLoad }) {
  onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const text = readFileSync(path, 'utf8');
    if (!text.includes('import.meta.url')) return undefined;
    return {
      contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    };
  });
}
