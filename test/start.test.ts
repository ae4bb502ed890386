/** `beaconfire start` as a user has it: the real command in a process of its own, its page in a real browser. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { buildWeb } from '../scripts/build-web.mjs';
import { CHROMIUM_ARGS, findChromium } from '../web/testing/browser.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const executablePath = findChromium();
const skip = executablePath
  ? false
  : 'no Chromium on the PATH or at CHROME_PATH: the started page is not tested in a browser';

describe('beaconfire start in a browser', { skip, timeout: 90_000 }, () => {
  let node: ChildProcess;
  let url: string;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  before(async () => {
    await buildWeb(join(root, 'dist', 'web'));
    node = spawn(process.execPath, ['bin/beaconfire.mjs', 'start', '--port', '0', '--json'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(node.stdout!, 'data')) as [Buffer];
    url = (JSON.parse(String(line)) as { url: string }).url;
    browser = await chromium.launch({ executablePath: executablePath!, args: CHROMIUM_ARGS });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on('pageerror', (e) => complaints.push(e.message));
    page.on('console', (m) => m.type() === 'error' && complaints.push(m.text()));
  });
  after(async () => {
    await browser?.close();
    if (node?.exitCode === null) {
      node.kill('SIGTERM');
      await once(node, 'exit');
    }
  });

  it('shows the launch, the track, the warning and who knew when, in every nation and language', async () => {
    await page.goto(`${url}?nation=JPN&lang=en`);
    await page
      .getByText(/EXERCISE - SIMULATION/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: /60/ }).first().click();
    await page.locator('.status', { hasText: /launched/i }).waitFor({ timeout: 20_000 });
    await page
      .getByText(/Hokkaido|Aomori/)
      .first()
      .waitFor({ timeout: 20_000 });
    for (const [lang, word] of [
      ['ko', '훈련'],
      ['ja', '訓練'],
    ] as const) {
      await page.goto(`${url}?nation=KOR&lang=${lang}`);
      await page.getByText(word).first().waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), lang);
    }
    assert.deepEqual(complaints, []);
  });

  it('ends on a signal with status 0', async () => {
    node.kill('SIGTERM');
    const [code] = (await once(node, 'exit')) as [number];
    assert.equal(code, 0);
  });
});
