import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const folders = (path: string): string[] =>
  readdirSync(new URL(`../${path}`, import.meta.url), { withFileTypes: true })
    .filter((e) => e.isDirectory())
    .map((e) => e.name);

test('every run-time dependency has its row in docs/dependencies.md, and no row is left over', () => {
  const { dependencies, optionalDependencies } = JSON.parse(read('package.json')) as {
    dependencies: Record<string, string>;
    optionalDependencies: Record<string, string>;
  };
  const rows = read('docs/dependencies.md')
    .split('\n')
    .filter((l) => l.startsWith('| `'))
    .flatMap((l) => [...l.split('|')[1].matchAll(/`([^`]+)`/g)].map((m) => m[1]));
  assert.deepEqual(rows.sort(), Object.keys({ ...dependencies, ...optionalDependencies }).sort());
});

test('every folder of src is in ARCHITECTURE.md', () => {
  const page = read('ARCHITECTURE.md');
  for (const folder of folders('src')) assert.ok(page.includes(`\`src/${folder}\``), folder);
});

test('links between the documents lead somewhere', () => {
  for (const page of ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'SECURITY.md']) {
    for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)#]+)\)/g))
      assert.doesNotThrow(() => read(target), `${page}: ${target}`);
  }
});

test('the lock file names no download addresses', () => {
  assert.ok(!read('package-lock.json').includes('"resolved": "http'));
});
