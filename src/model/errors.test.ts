import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { BeaconfireError, ERROR_CATALOGUE } from './errors.ts';

test('docs/errors.md and the catalogue say the same', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `(BF_\w+)` \| (.+) \|$/gm)].map((m) => [m[1], m[2]]);
  assert.deepEqual(Object.fromEntries(rows), ERROR_CATALOGUE);
});

test('an error is one line that names its place and its code', () => {
  const error = new BeaconfireError('BF_FIELD', 'expected a number, found "x"', {
    file: 'a.yaml',
    line: 3,
    field: 'apogeeKm',
  });
  assert.equal(error.message, 'a.yaml:3: apogeeKm: expected a number, found "x" [BF_FIELD]');
  assert.equal(error.status, 2);
});
