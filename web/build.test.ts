import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { buildWeb } from '../scripts/build-web.mjs';

it('builds all that the page needs, once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'beaconfire-build-'));
  try {
    const out = join(folder, 'web');
    assert.equal((await buildWeb(out)).built, true);
    for (const file of [
      'index.html',
      'app.js',
      'app.css',
      'data/countries.json',
      'data/countries-far.json',
      'data/regions.json',
    ]) {
      assert.ok(existsSync(join(out, file)), file);
    }
    // The page lives under a policy of 'self': nothing inline, nothing from elsewhere.
    const html = readFileSync(join(out, 'index.html'), 'utf8');
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)/);
    assert.doesNotMatch(html, /(src|href)="(https?:)?\/\//);
    const css = readFileSync(join(out, 'app.css'), 'utf8');
    const urls = [...css.matchAll(/url\("?([^")]+)"?\)/g)].map((m) => m[1]);
    assert.ok(urls.length > 200);
    const fonts = new Set(readdirSync(join(out, 'fonts')));
    for (const url of urls) assert.ok(fonts.has(url.replace('./fonts/', '')), url);
    assert.equal((await buildWeb(out)).built, false);
    assert.equal((await buildWeb(out, { force: true })).built, true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
