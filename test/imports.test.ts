import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function cruise(...paths: string[]): { modules: number; violations: string[] } {
  const run = spawnSync(
    process.execPath,
    [
      'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'json',
      ...paths,
    ],
    { cwd: root, encoding: 'utf8', maxBuffer: 64e6 },
  );
  const result = JSON.parse(run.stdout) as {
    summary: { totalCruised: number; violations: { rule: { name: string } }[] };
  };
  return {
    modules: result.summary.totalCruised,
    violations: result.summary.violations.map((v) => v.rule.name),
  };
}

test('imports go one way', () => {
  const result = cruise('src', 'web/src');
  assert.deepEqual(result.violations, []);
  // With a parser that cannot read TypeScript nothing is cruised, and nothing is found.
  assert.ok(result.modules > 50, `${result.modules} modules cruised`);
});

test('a planted violation is found: operational code that imports the simulated world', () => {
  const folder = mkdtempSync(join(root, 'src/tracking/planted-'));
  try {
    writeFileSync(
      join(folder, 'planted.ts'),
      "import { fitFlight } from '../../world/index.ts';\nexport const planted = fitFlight;\n",
    );
    const result = cruise(folder.slice(root.length));
    assert.ok(result.violations.includes('tracking-imports'), result.violations.join());
  } finally {
    rmSync(folder, { recursive: true });
  }
});
