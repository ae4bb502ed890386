/**
 * Runs every test in one process of node:test and ends with the runner's summary.
 * Arguments: paths or parts of paths narrow the choice (`npm test -- tracking`).
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;

function collect(folder, found = []) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules') collect(path, found);
    } else if (/\.test\.tsx?$/.test(entry.name)) found.push(path);
  }
  return found;
}

const wanted = process.argv.slice(2);
const files = ['src', 'web', 'test', 'scripts']
  .flatMap((folder) => collect(folder))
  .filter((path) => wanted.length === 0 || wanted.some((w) => path.includes(w)))
  .sort();
if (files.length === 0) {
  console.error(`no test matches ${wanted.join(' ')}`);
  process.exit(2);
}
const run = spawnSync(
  process.execPath,
  [
    '--import',
    'tsx',
    '--conditions=source',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    join(root, 'scripts/run-tests.mjs'),
    ...files,
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_NO_WARNINGS: '1' } },
);
process.exit(run.status ?? 1);
