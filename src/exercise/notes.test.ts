import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadSites } from '../world/index.ts';
import { siteNotes } from './notes.ts';
import { PROJECT_ROOT } from './scenario.ts';
import { siteView } from './views.ts';

test('what is assumed of each site is said in three languages, and no translation is left over', () => {
  const used = new Set<string>();
  for (const file of readdirSync(join(PROJECT_ROOT, 'sites'))) {
    for (const site of loadSites(readFileSync(join(PROJECT_ROOT, 'sites', file), 'utf8'), file, 'full')) {
      for (const { note, group } of siteView(site).notional) {
        used.add(note.en);
        assert.match(note.ko, /\p{Script=Hangul}|^±/u, `${site.id} ${group}`);
        assert.match(
          note.ja,
          /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]|^±/u,
          `${site.id} ${group}`,
        );
      }
    }
  }
  assert.deepEqual(
    [...siteNotes().keys()].filter((n) => !used.has(n)),
    [],
  );
  assert.ok(used.size > 40);
});
