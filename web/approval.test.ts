/** Two people at two desks let a public warning out by keyboard: a real node behind the page (W2, W3). */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Browser, chromium, type Page } from 'playwright-core';
import { buildWeb } from '../scripts/build-web.mjs';
import { prepareRun } from '../src/exercise/run.ts';
import { ExerciseSession } from '../src/exercise/session.ts';
import { type NodeServer, startServer } from '../src/node/server.ts';
import { CHROMIUM_ARGS, findChromium } from './testing/browser.ts';

const executablePath = findChromium();
const skip = executablePath
  ? false
  : 'no Chromium on the PATH or at CHROME_PATH: the page is not tested in a browser';

describe('approval by keyboard', { skip, timeout: 120_000 }, () => {
  let session: ExerciseSession;
  let server: NodeServer;
  let browser: Browser;
  let folder: string;
  let sender: ReturnType<typeof setInterval>;
  const desks: Page[] = [];
  const node = () => session.run.node('JPN');
  const code = (person: string): string =>
    session.people().find((p) => p.nation === 'JPN' && p.person === person)!.code;
  const said = (page: Page) => page.locator('.approval .refusal');

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'beaconfire-approval-'));
    const { outDir } = await buildWeb(join(folder, 'web'));
    const options = prepareRun({ scenario: '2022-10-04-over-japan' });
    session = new ExerciseSession({ ...options, approval: 'people' }, 1);
    server = await startServer({ host: '127.0.0.1', port: 0, webRoot: outDir, feeds: session.feeds() });
    sender = setInterval(() => server.broadcast(), 100);
    browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
    for (const language of ['en', 'ko']) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page.setDefaultTimeout(8000);
      await page.goto(`${server.url}?nation=JPN&lang=${language}`);
      desks.push(page);
    }
  });
  after(async () => {
    clearInterval(sender);
    await browser?.close();
    await server?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const signIn = async (page: Page, text: string): Promise<void> => {
    await page.locator('.desk').waitFor();
    await page.keyboard.press('i');
    await page.locator('#sign-in-code:focus').waitFor();
    await page.keyboard.insertText(text);
    await page.keyboard.press('Enter');
  };

  it('signs in with a code of this office alone', async () => {
    const [first, second] = desks;
    await signIn(first, 'not a code');
    await first.locator('.sign-in .refusal', { hasText: 'That is not a code' }).waitFor();
    const korean = session.people().find((p) => p.nation === 'KOR')!.code;
    await first.locator('#sign-in-code').fill(korean);
    await first.keyboard.press('Enter');
    await first.locator('.sign-in .refusal', { hasText: 'belongs to nobody of this office' }).waitFor();
    await first.keyboard.press('Escape');
    await first.locator('#sign-in-code').waitFor({ state: 'detached' });
    await signIn(first, code('officer-1'));
    await first.locator('.desk', { hasText: 'officer-1 (watch officer)' }).waitFor();
    await signIn(second, code('officer-1'));
    await second.locator('.desk', { hasText: 'officer-1 (상황 근무자)' }).waitFor();
  });

  it('shows what waits, in three languages with its areas, and lets it out by two people only', async () => {
    const [first, second] = desks;
    while (node().warnings.awaiting().length === 0) session.run.advanceTo(session.run.nowUs + 0.5e6);
    await first.locator('.awaiting').waitFor();
    const alerts = await first.locator('[role=alert]').allTextContents();
    assert.ok(
      alerts.some((a) => /Waits for approval: EXERCISE/.test(a)),
      alerts.join('|'),
    );
    await first.keyboard.press('a');
    await first.locator('.approval h2:focus').waitFor();
    await first.locator('.approval .text').first().waitFor();
    assert.deepEqual(
      await first.locator('.approval .text').evaluateAll((all) => all.map((e) => e.getAttribute('lang'))),
      ['en', 'ko', 'ja'],
    );
    const [view] = node().warnings.awaiting();
    assert.equal(await first.locator('.approval .areas li').count(), view.messages[0].areas.length);
    await first.keyboard.press('Control+Enter');
    await said(first).filter({ hasText: 'A second, different person must sign' }).waitFor();
    await first.keyboard.press('Control+Enter');
    await said(first).filter({ hasText: 'It takes two different people' }).waitFor();

    // A node that shows one text and would publish another finds nobody to sign it.
    const [english] = view.messages.map((m) => m.headline.en);
    assert.ok((await first.locator('.approval .text h3').first().textContent())?.includes(english));
    await second.route('**/awaiting/*', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace('shelter', 'come out') });
    });
    await second.keyboard.press('a');
    await said(second).filter({ hasText: '서명할 수 없습니다' }).waitFor();
    assert.equal(await second.locator('.approval .text').count(), 0);
    assert.ok(await second.locator('.approval button.danger').isDisabled());
    await second.keyboard.press('Control+Enter');
    await second.keyboard.press('Escape');
    await second.locator('.approval h2').waitFor({ state: 'detached' });
    assert.equal(node().warnings.awaiting()[0].signed.length, 1);
    await second.unroute('**/awaiting/*');

    // The same person at a second desk is still one person.
    await second.keyboard.press('a');
    await second.locator('.approval .signatures [data-state=signed]').waitFor();
    await second.locator('.approval .text').first().waitFor();
    await second.keyboard.press('Control+Enter');
    await said(second).filter({ hasText: '서로 다른 두 사람이 필요' }).waitFor();
    assert.equal(node().warnings.issued.length, 0);
    await second.keyboard.press('Escape');
    await second.locator('.approval h2').waitFor({ state: 'detached' });
    await second.locator('.desk button').click();
    await signIn(second, code('supervisor'));
    await second.locator('.desk', { hasText: 'supervisor (감독관)' }).waitFor();
    await second.keyboard.press('a');
    await second.locator('.approval .text').first().waitFor();
    await second.keyboard.press('Control+Enter');
    await said(second).filter({ hasText: '두 번째로 서명했습니다' }).waitFor();
    assert.equal(node().warnings.issued.length, 1);
    session.run.advanceTo(session.run.nowUs + 4e6);
    await first.locator('.approval button:focus', { hasText: 'Close' }).waitFor();
    await first.keyboard.press('Enter');
    await first.locator('.authorised', { hasText: 'Approved by officer-1, supervisor' }).waitFor();
    await first.locator('.delivery li[data-state=done]').first().waitFor();
  });

  it('takes it back with one person by a key, a confirmation and nothing else', async () => {
    const [first] = desks;
    await first.keyboard.press('c');
    await first.locator(':focus', { hasText: 'Keep the alert' }).waitFor();
    await first.keyboard.press('Escape');
    await first.locator('.retract:focus').waitFor();
    assert.equal(node().warnings.issued.length, 1);
    await first.keyboard.press('c');
    await first.locator(':focus', { hasText: 'Keep the alert' }).waitFor();
    await first.keyboard.press('Control+Enter');
    await first.locator('.office-answer', { hasText: 'officer-1 has taken the alert back' }).waitFor();
    const last = node().warnings.issued.at(-1)!.warning;
    assert.deepEqual([last.messageType, last.cancelReason], ['cancel', 'false']);
    session.run.advanceTo(session.run.nowUs + 5e6);
    await first
      .locator('.warning[data-type=cancel] .authorised', { hasText: 'Taken back by officer-1' })
      .waitFor();
    // Every channel that carried the alert has acknowledged the Cancel.
    await first.locator('.warning[data-type=cancel] .delivery li[data-state=done]').nth(2).waitFor();
  });
});
