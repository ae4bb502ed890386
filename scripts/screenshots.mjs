/**
 * Pictures of the page at chosen moments of the default exercise, for README and for looking at.
 * node scripts/screenshots.mjs FOLDER [--lang en,ko,ja] [--nation JPN] [--at 60,300,900] [--size 1440x900]
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
    lang: { type: 'string', default: 'en,ko,ja' },
    nation: { type: 'string', default: 'JPN' },
    at: { type: 'string', default: '60,300,900' },
    size: { type: 'string', default: '1440x900' },
  },
});
const folder = positionals[0] ?? 'out/screenshots';
const [width, height] = values.size.split('x').map(Number);
mkdirSync(folder, { recursive: true });

const root = fileURLToPath(new URL('..', import.meta.url));
const node = spawn(process.execPath, ['bin/beaconfire.mjs', 'start', '--port', '0', '--json'], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = await once(node.stdout, 'data');
const { url } = JSON.parse(String(line));
const browser = await chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGS });
try {
  const page = await browser.newPage({ viewport: { width, height } });
  await page.goto(url);
  for (const at of values.at.split(',').map(Number)) {
    await page.evaluate(runTo, at);
    for (const lang of values.lang.split(',')) {
      for (const nation of values.nation.split(',')) {
        await page.goto(`${url}?lang=${lang}&nation=${nation}`);
        await page.waitForTimeout(1500);
        const path = join(folder, `${lang}-${nation}-${at}.png`);
        await page.screenshot({ path });
        console.log(path);
      }
    }
  }
} finally {
  await browser.close();
  node.kill('SIGTERM');
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
