import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BeaconfireError } from '../model/errors.ts';
import { RunFolder } from './run-files.ts';

test('an earlier run stays in its place when the new one cannot be moved there', () => {
  const dir = mkdtempSync(join(tmpdir(), 'run-files-'));
  try {
    const place = join(dir, 'run');
    const summary = (name: string): string => JSON.stringify({ scenario: name, launches: [] });
    const run = (name: string, before: () => void = () => {}): void => {
      const folder = new RunFolder(place);
      folder.put('summary.json', summary(name));
      before();
      folder.commit();
    };
    run('first');
    const lose = (): void => {
      for (const name of readdirSync(dir))
        if (name.startsWith('.')) rmSync(join(dir, name), { recursive: true });
    };
    assert.throws(
      () => run('second', lose),
      (e) => e instanceof BeaconfireError && e.code === 'BF_FILE',
    );
    assert.ok(existsSync(place));
    assert.equal(readFileSync(join(place, 'summary.json'), 'utf8'), summary('first'));
    assert.deepEqual(readdirSync(dir), ['run']);
    run('third');
    assert.equal(readFileSync(join(place, 'summary.json'), 'utf8'), summary('third'));
    assert.deepEqual(readdirSync(dir), ['run']);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
