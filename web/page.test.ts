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

describe('the page in a browser', { skip, timeout: 120_000 }, () => {
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
  /** In the whole page, or in the part that a selector names. */
  const violations = async (part = 'html'): Promise<string[]> => {
    if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
    return page.evaluate(async (within) => {
      const axe = (
        globalThis as unknown as {
          axe: { run(within: string): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        }
      ).axe;
      const result = await axe.run(within);
      return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`);
    }, part);
  };

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
    for (const tab of ['Partners', 'Sharing', 'Links', 'Events', 'Sensors', 'Track']) {
      await page.getByRole('tab', { name: tab }).click();
      assert.deepEqual(await violations(tab === 'Track' ? 'html' : '.tabs'), [], tab);
    }
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    assert.deepEqual(await violations(), [], 'keys');
    await page.keyboard.press('Escape');
  });

  it('says why something is not released, and that and why an agreement changed', async () => {
    await open('lang=en&nation=JPN');
    await page.locator('.agreement-notice[data-shown=yes]').waitFor();
    assert.match(
      await text('.agreement-notice'),
      /GSOMIA: suspended 07:24:30 JST, by Republic of Korea · exercise inject.*Republic of Korea no agreement/,
    );
    await page.getByRole('button', { name: 'Hide this notice' }).click();
    await page.locator('.agreement-notice[data-shown=no]').waitFor({ state: 'attached' });
    await page.getByRole('tab', { name: 'Sharing' }).click();
    const refused = await text('.releases[data-nation=KOR]');
    assert.match(refused, /Not released\s*Track data, Launch estimate/);
    assert.match(refused, /GSOMIA: It is suspended\./);
    assert.match(refused, /ofTheFuture/);
    assert.equal(await page.locator('.reasons [lang=en]').first().textContent(), 'ofTheFuture');
    const held = await text('.releases[data-nation=USA]');
    assert.match(
      held,
      /Held, released later.*under: TISA · through US hub.*Taken out: identity of the sensor/,
    );
    assert.match(held, /Goes 15:00 after it was offered/);
    assert.match(await text('.agreements [data-state=suspended]'), /Republic of Korea, Japan · directly/);
    await page.getByRole('button', { name: '한국어' }).click();
    await until(async () => /효력이 정지되어 있습니다/.test(await text('.releases')), 'the reason in Korean');
    await page.getByRole('tab', { name: '연결' }).click();
    assert.match(
      await text('.links [data-status=up]'),
      /미국 허브 – 미국 34 ms.*확인 항목 1건 응답 없음.*갱신 812건 누락/,
    );
    await page.getByRole('button', { name: 'English' }).click();
  });

  it('shows two authorities that disagree, sensors and rules that fail, and what was withdrawn', async () => {
    await open('lang=en&nation=JPN');
    assert.match(await text('.conflict'), /AUTHORITIES DISAGREE.*JP-13|AUTHORITIES DISAGREE.*Tokyo/s);
    assert.match(await text('.conflict [data-side=none]'), /Japan speaks of this event and does not warn/);
    await page.getByRole('tab', { name: 'Sensors' }).click();
    const first = page.locator('.sensors .row').first();
    assert.match((await first.textContent()) ?? '', /NOT AS STATED/);
    await first.click();
    const figures = await text('.sensor-figures');
    assert.match(figures, /NIS 2.31 \(expected 0.60 to 1.60\).*61 plots judged/);
    assert.match(figures, /range 41 m ± 9 m \(stated ± 30 m\).*azimuth -0.021° ± 0.008°/);
    assert.deepEqual(await violations('.tabs'), [], 'sensors');
    await page.getByRole('tab', { name: 'Links' }).click();
    const rules = page.locator('.rules').first();
    assert.match(
      (await rules.textContent()) ?? '',
      /Canaries by rule: 2 as they should be, 0 not tried yet, 1 wrong/,
    );
    await rules.locator('summary').click();
    assert.match(await text('.rules li'), /WRONG: the rule does not hold.*must be refused.*without consent/);
    assert.deepEqual(await violations('.tabs'), [], 'links');
    await page.getByRole('tab', { name: 'Sharing' }).click();
    assert.match(await text('.recalls'), /JPN-7.*United States acknowledged.*Republic of Korea: LATE/s);
    assert.match(await text('.recalls'), /USA-3.*Worked out again without it: JPN-T1.*1 open public/s);
    assert.deepEqual(await violations('.tabs'), [], 'recalls');
    assert.deepEqual(await violations('.warnings'), [], 'conflict');
    await page.getByRole('tab', { name: 'Track' }).click();
  });

  it('tells the receipts of a warning, its course, and why there is none yet', async () => {
    assert.match(await text('.delivery'), /CAP feed 2\/22 of 2 acknowledged/);
    assert.match(await text('.delivery [data-state=late]'), /J-Alert style text .*LATE: escalated/);
    assert.match(await text('.alarms'), /07:25:35 No receipt of a warning: J-Alert style text/);
    server.setTime(seconds(470));
    await until(
      async () =>
        /ALERT 07:25:25\s*UPDATE 07:27:00\s*CANCEL: DANGER OVER 07:29:32/.test(await text('.course')),
      'course',
    );
    assert.equal(await page.locator('.retract').count(), 0);
    server.setTime(seconds(240));
    await page.keyboard.press('1');
    await page.locator('.unconfirmed').waitFor();
    assert.match(await text('.unconfirmed'), /Threat seen, no alert yet/);
    assert.match(await text('.unconfirmed'), /not held for confirmed.*1 of 2 independent sources/);
    assert.deepEqual(await violations('.warnings'), [], 'unconfirmed');
    await page.keyboard.press('2');
  });

  it('takes an alert back in two steps by keyboard, and not in one', async () => {
    await page.locator('.retract').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('group', { name: 'Retract as false' }).waitFor();
    assert.deepEqual(await violations('.warnings'), [], 'question');
    // The harmless answer has the focus.
    await page.locator(':focus', { hasText: 'Keep the alert' }).waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.retract:focus').waitFor();
    assert.ok(!server.controls.some((c) => c.type === 'control' && c.action === 'retract'));
    await page.keyboard.press('Enter');
    await page.locator(':focus', { hasText: 'Keep the alert' }).waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await control({ type: 'control', action: 'retract', nation: 'JPN', chain: 'JPN-2022-1' });
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
