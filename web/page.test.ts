/** The page in a browser, with mock feeds. Skipped aloud where there is no Chromium (set CHROME_PATH). */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { buildWeb } from '../scripts/build-web.mjs';
import { CHROMIUM_ARGS, findChromium } from './testing/browser.ts';
import { LAUNCH_US } from './testing/mock-feed.ts';
import { type MockServer, startMockServer } from './testing/mock-server.ts';

const executablePath = findChromium();
const skip = executablePath
  ? false
  : 'no Chromium on the PATH or at CHROME_PATH: the page is not tested in a browser';
const axeSource = skip
  ? ''
  : readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const seconds = (s: number): number => LAUNCH_US + s * 1e6;

describe('the page in a browser', { skip, timeout: 40_000 }, () => {
  let server: MockServer;
  let browser: Browser;
  let page: Page;
  let folder: string;
  const complaints: string[] = [];
  /** Complaints that a test provokes itself. */
  let expected: RegExp | undefined;

  const open = async (query: string): Promise<void> => {
    await page.goto(`${server.url}?${query}`);
    await page.locator('.status:not([data-state=connecting])').waitFor({ timeout: 8000 });
  };
  const text = async (selector: string): Promise<string> =>
    ((await page.locator(selector).first().textContent()) ?? '')
      .replaceAll('\u00a0', ' ')
      .replaceAll('\u2060', '');
  const control = async (wanted: object): Promise<void> => {
    await until(
      () => server.controls.some((c) => JSON.stringify(c) === JSON.stringify(wanted)),
      JSON.stringify(wanted),
    );
  };
  const until = async (done: () => boolean | Promise<boolean>, what: string, ms = 6000): Promise<void> => {
    for (let left = ms; left > 0; left -= 50) {
      if (await done()) return;
      await new Promise((r) => setTimeout(r, 50));
    }
    assert.fail(`did not come: ${what}`);
  };
  const violations = (): Promise<string[]> =>
    page.evaluate(async () => {
      const axe = (
        globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        }
      ).axe;
      const result = await axe.run();
      return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`);
    });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'beaconfire-page-'));
    const built = await buildWeb(join(folder, 'web'));
    server = await startMockServer(built.outDir, { startUs: seconds(240) });
    browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(6000);
    page.on('console', (m) => {
      if ((m.type() === 'error' || m.type() === 'warning') && !expected?.test(m.text()))
        complaints.push(m.text());
    });
    page.on('pageerror', (e) => complaints.push(String(e)));
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it('says exercise at top and bottom, outside of what scrolls, at every width', async () => {
    await open('lang=en&nation=JPN');
    for (const width of [1920, 1280, 1024, 400]) {
      await page.setViewportSize({ width, height: 800 });
      await page.mouse.wheel(0, 3000);
      const boxes = await page
        .locator('.banner')
        .evaluateAll((all) => all.map((b) => b.getBoundingClientRect().toJSON()));
      assert.equal(boxes.length, 2);
      assert.ok(boxes[0].top === 0 && Math.abs(boxes[1].bottom - 800) < 1, JSON.stringify(boxes));
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} px of content at ${width}`);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    assert.match(await text('.banner'), /EXERCISE - SIMULATION \/ UNCLASSIFIED/);
  });

  it('tells the situation, draws the track and acknowledges', async () => {
    assert.match(await text('.status-sentence'), /Launched 07:22 JST from the Mupyong-ni area/);
    assert.equal(await text('.status-state'), 'MISSILE IN FLIGHT');
    // Hostile red on the situation layer.
    const red = await page
      .locator('.globe-canvas canvas')
      .nth(1)
      .evaluate((canvas) => {
        const c = canvas as HTMLCanvasElement;
        const data = c.getContext('2d')!.getImageData(0, 0, c.width, c.height).data;
        let n = 0;
        for (let i = 0; i < data.length; i += 4)
          if (data[i] > 200 && data[i + 1] < 150 && data[i + 3] > 200) n++;
        return n;
      });
    assert.ok(red > 150, `${red} red pixels`);
    assert.ok(server.acks.nation > 0 && server.acks.exercise > 0);
    assert.match(await text('.knew-table'), /34/);
  });

  it('switches the nation by tab and by key, and never shows one under the name of another', async () => {
    await page.getByRole('button', { name: /USA/ }).click();
    await page.locator('.globe-nation[data-nation=USA]').waitFor();
    await until(async () => /22:22 UTC/.test(await text('.status-sentence')), 'the US picture');
    await page.keyboard.press('1');
    await page.locator('.globe-nation[data-nation=KOR]').waitFor();
    await until(async () => /KOR-T1/.test(await text('.tab-panel')), 'the Korean track');
    assert.match(page.url(), /nation=KOR/);
  });

  it('switches the language, and remembers it', async () => {
    await page.getByRole('button', { name: '한국어' }).click();
    await until(async () => /무평리 일대에서 발사/.test(await text('.status-sentence')), 'Korean');
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'ko');
    await page.getByRole('button', { name: '日本語' }).click();
    await until(async () => /舞坪里付近から発射/.test(await text('.status-sentence')), 'Japanese');
    assert.equal(await page.evaluate(() => localStorage.getItem('beaconfire.language')), 'ja');
    const loaded = await page.evaluate(() => document.fonts.check("16px 'Noto Sans JP Variable'", '発'));
    assert.ok(loaded, 'the Japanese font is not there');
    await open('nation=JPN');
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'ja');
  });

  it('has no accessibility violations, in each tab and in the list of keys', async () => {
    await open('lang=en&nation=JPN');
    await page.evaluate(axeSource);
    for (const tab of ['Partners', 'Links', 'Events', 'Sensors', 'Track']) {
      await page.getByRole('tab', { name: tab }).click();
      assert.deepEqual(await violations(), [], tab);
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await violations(), [], 'keys');
    await page.keyboard.press('Escape');
  });

  it('controls the exercise by button and key', async () => {
    await page.getByRole('button', { name: 'Pause' }).click();
    await control({ type: 'control', action: 'pause' });
    await page.getByRole('button', { name: 'Run' }).waitFor();
    await page.locator('.globe-canvas').focus();
    await page.keyboard.press('Space');
    await control({ type: 'control', action: 'resume' });
    await page.keyboard.press('+');
    await control({ type: 'control', action: 'speed', speed: 10 });
    await page.getByRole('button', { name: '60 times real time' }).click();
    await control({ type: 'control', action: 'speed', speed: 60 });
    await page.keyboard.press('r');
    await control({ type: 'control', action: 'restart' });
    await page.getByRole('button', { name: '1 times real time', exact: true }).click();
    await control({ type: 'control', action: 'speed', speed: 1 });
  });

  it('leaves the view to the person once moved, and takes it back when asked', async () => {
    const whole = page.getByRole('button', { name: 'Launch to impact' });
    await until(async () => (await whole.getAttribute('aria-pressed')) === 'true', 'framed');
    await page.mouse.move(500, 400);
    await page.mouse.wheel(0, -400);
    await until(async () => (await whole.getAttribute('aria-pressed')) === 'false', 'free');
    await page.keyboard.press('f');
    await until(
      async () =>
        (await page.getByRole('button', { name: 'Follow' }).getAttribute('aria-pressed')) === 'true',
      'follow',
    );
    await page.keyboard.press('0');
    await until(async () => (await whole.getAttribute('aria-pressed')) === 'true', 'framed again');
  });

  it('reports what it does not understand, and goes on', async () => {
    server.inject('{"type":"fromTheFuture","protocol":9}');
    await page.locator('.problem').waitFor();
    assert.match(await text('.problem'), /fromTheFuture/);
    await page.locator('.problem button').click();
    server.inject('not even JSON');
    await page.locator('.problem').waitFor();
    await page.locator('.problem button').click();
    assert.equal(await page.locator('.map-fresh .freshness').getAttribute('data-level'), 'fresh');
  });

  it('says how old the picture is when the feed stops, and comes back by itself', async () => {
    expected = /WebSocket|503|ERR_CONNECTION/;
    server.setDown(true);
    await page.locator('.freshness[data-level=late]').waitFor();
    await page.locator('.stale-notice:not([hidden])').waitFor();
    assert.match(await text('.stale-notice'), /Picture is \d+ s old[\s\S]*No connection/);
    assert.match(await text('.status'), /Picture is \d+ s old/);
    assert.doesNotMatch(await text('.status-sentence'), /\bnow\b/);
    assert.deepEqual(await violations(), [], 'stale');
    server.setDown(false);
    await page.locator('.freshness[data-level=fresh]').waitFor({ timeout: 9000 });
    await page.locator('.stale-notice[hidden]').waitFor({ state: 'attached' });
  });

  it('had nothing to complain of', () => {
    assert.deepEqual(complaints, []);
  });
});
