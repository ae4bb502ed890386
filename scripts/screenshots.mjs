/**
 * Pictures of the page at chosen moments of an exercise (the default one), for README and for looking at.
 * node scripts/screenshots.mjs FOLDER [--scenario S] [--lang en,ko,ja] [--nation JPN] [--at 60,300,900] [--size 1440x900]
 * Moments are seconds after launch. Needs a Chromium (CHROME_PATH or on the PATH).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { register } from 'tsx/esm/api';

register();
const { CHROMIUM_ARGS, findChromium } = await import('../web/testing/browser.ts');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    scenario: { type: 'string', default: '2022-10-04-over-japan' },
    lang: { type: 'string', default: 'en,ko,ja' },
    nation: { type: 'string', default: 'JPN' },
    at: { type: 'string', default: '60,300,900' },
    size: { type: 'string', default: '1440x900' },
    warnings: { type: 'boolean', default: false },
    approval: { type: 'boolean', default: false },
  },
});
const folder = positionals[0] ?? 'out/screenshots';
const [width, height] = values.size.split('x').map(Number);
const languages = values.lang.split(',');
mkdirSync(folder, { recursive: true });

const root = fileURLToPath(new URL('..', import.meta.url));
const start = ['bin/beaconfire.mjs', 'start', values.scenario, '--port', '0', '--json'];
if (values.approval) start.push('--approval', 'people');
const node = spawn(process.execPath, start, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
const [line] = await once(node.stdout, 'data');
const { url, people = [] } = JSON.parse(String(line));
const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS });
try {
  const page = await browser.newPage({ viewport: { width, height } });
  await page.goto(url);
  const shot = async (name) => {
    const path = join(folder, `${name}.png`);
    await page.screenshot({ path });
    console.log(path);
  };
  const show = async (lang, nation) => {
    await page.goto(`${url}?lang=${lang}&nation=${nation}`);
    await page.waitForTimeout(1500);
  };
  if (values.approval) {
    await page.evaluate(runUntil, { nation: 'JPN', wanted: 'awaiting' });
    const { code } = people.find((p) => p.nation === 'JPN');
    for (const lang of languages) {
      await show(lang, 'JPN');
      await page.keyboard.press('i');
      await page.locator('#sign-in-code').fill(code);
      await page.keyboard.press('Enter');
      await page.locator('#sign-in-code').waitFor({ state: 'detached' });
      await page.keyboard.press('a');
      await page.locator('.approval .text').first().waitFor();
      await page.keyboard.press('Control+Enter');
      await page.waitForTimeout(800);
      await shot(`approval-${lang}`);
    }
  } else if (values.warnings) {
    for (const wanted of ['alert', 'update', 'cancel']) {
      await page.evaluate(runUntil, { nation: 'JPN', wanted });
      for (const lang of languages) {
        await show(lang, 'JPN');
        await shot(`warning-${wanted}-${lang}`);
      }
    }
  } else {
    for (const at of values.at.split(',').map(Number)) {
      await page.evaluate(runTo, at);
      for (const lang of languages) {
        for (const nation of values.nation.split(',')) {
          await show(lang, nation);
          await shot(`${lang}-${nation}-${at}`);
        }
      }
    }
  }
} finally {
  await browser.close();
  node.kill('SIGTERM');
}

/** In the page: lets the exercise run until the nation's last message is of this type and received, and pauses it there. */
function runUntil({ nation, wanted }) {
  return new Promise((resolve) => {
    const base = location.origin.replace('http', 'ws');
    const exercise = new WebSocket(`${base}/api/exercise/feed`);
    const picture = new WebSocket(`${base}/api/nations/${nation}/feed`);
    const control = (message) => exercise.send(JSON.stringify({ type: 'control', ...message }));
    exercise.onopen = () => {
      control({ action: 'resume' });
      control({ action: 'speed', speed: 20 });
    };
    exercise.onmessage = ({ data }) =>
      exercise.send(JSON.stringify({ type: 'ack', sequence: JSON.parse(data).sequence }));
    picture.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      picture.send(JSON.stringify({ type: 'ack', sequence: message.sequence }));
      const last = message.warnings.at(-1);
      const there = wanted === 'awaiting' ? message.awaiting.length > 0 : last?.messageType === wanted;
      if (!there || exercise.readyState !== 1) return;
      control({ action: 'speed', speed: 1 });
      if (last?.delivery.some((d) => d.acknowledged < d.receivers)) return;
      control({ action: 'pause' });
      exercise.close();
      picture.close();
      resolve();
    };
  });
}

/** In the page: lets the exercise run to `at` seconds after its first launch and pauses it there. */
function runTo(at) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/api/exercise/feed`);
    const say = (message) => socket.send(JSON.stringify(message));
    let launchUs;
    socket.onopen = async () => {
      const hello = await (await fetch('/api/exercise')).json();
      launchUs = hello.launches[0].launchUs;
      say({ type: 'control', action: 'resume' });
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type !== 'exercise') return;
      say({ type: 'ack', sequence: message.sequence });
      if (launchUs === undefined) return;
      const leftS = at - (message.timeUs - launchUs) / 1e6;
      if (leftS > 0) say({ type: 'control', action: 'speed', speed: Math.max(1, Math.min(60, leftS / 4)) });
      else {
        say({ type: 'control', action: 'pause' });
        socket.close();
        resolve();
      }
    };
  });
}
