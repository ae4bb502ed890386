/**
 * Frames a second and script time of the globe with moving tracks: `npx tsx web/testing/measure.ts [TRACKS...]`.
 * One line of JSON a figure, as `beaconfire bench` writes them.
 */
import { chromium } from 'playwright-core';
import { buildWeb } from '../../scripts/build-web.mjs';
import { CHROMIUM_ARGS, findChromium } from './browser.ts';
import { LAUNCH_US } from './mock-feed.ts';
import { startMockServer } from './mock-server.ts';

const SECONDS = 6;
const counts = process.argv.slice(2).map(Number);
const executablePath = findChromium();
if (!executablePath) {
  console.error('no Chromium on the PATH or at CHROME_PATH');
  process.exit(1);
}

interface Meter {
  frames: number;
  scriptMs: number;
  longestMs: number;
}

const { outDir } = await buildWeb();
const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
try {
  for (const tracks of counts.length > 0 ? counts : [1, 1000]) {
    const server = await startMockServer(outDir, { startUs: LAUNCH_US + 300e6, crowd: tracks - 1 });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    try {
      // tsx names functions through a helper that the page does not have.
      await page.addInitScript('globalThis.__name = (f) => f');
      await page.goto(`${server.url}?lang=en&nation=JPN`);
      await page.locator('.status:not([data-state=connecting])').waitFor();
      await page.waitForTimeout(2500);
      const measure = (dragging: boolean) =>
        page.evaluate(
          async ({ seconds, drag }) => {
            const meter = (globalThis as unknown as { beaconfireMeter: Meter }).beaconfireMeter;
            Object.assign(meter, { frames: 0, scriptMs: 0, longestMs: 0 });
            const gaps: number[] = [];
            const element = document.querySelector('.globe-canvas') as HTMLElement;
            const started = performance.now();
            let before = started;
            let step = 0;
            await new Promise<void>((done) => {
              const tick = (now: number): void => {
                gaps.push(now - before);
                before = now;
                if (drag) {
                  // A wheel event for each frame: the whole map is painted anew.
                  element.dispatchEvent(
                    new WheelEvent('wheel', {
                      deltaY: step++ % 40 < 20 ? 8 : -8,
                      clientX: 400,
                      clientY: 350,
                      bubbles: true,
                      cancelable: true,
                    }),
                  );
                }
                if (now - started > seconds * 1000) done();
                else requestAnimationFrame(tick);
              };
              requestAnimationFrame(tick);
            });
            gaps.sort((a, b) => a - b);
            return {
              ...meter,
              elapsed: performance.now() - started,
              gap95: gaps[Math.floor(gaps.length * 0.95)],
            };
          },
          { seconds: SECONDS, drag: dragging },
        );
      for (const [name, dragging] of [
        ['still', false],
        ['moving', true],
      ] as const) {
        const m = await measure(dragging);
        const say = (what: string, value: number, unit: string, better: string): void =>
          console.log(
            JSON.stringify({
              name: `page.${name}.${tracks}.${what}`,
              value: Number(value.toFixed(2)),
              unit,
              better,
            }),
          );
        say('framesPerSecond', (m.frames * 1000) / m.elapsed, '1/s', 'higher');
        say('scriptPerFrame', m.scriptMs / m.frames, 'ms', 'lower');
        say('longestScript', m.longestMs, 'ms', 'lower');
        say('frameGap95', m.gap95, 'ms', 'lower');
      }
    } finally {
      await page.close();
      await server.close();
    }
  }
} finally {
  await browser.close();
}
