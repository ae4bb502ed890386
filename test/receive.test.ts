/** `beaconfire receive` on files: a chain that holds, and alerts from elsewhere that are broken, hostile or unsigned. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CONTENT } from '../src/channels/index.ts';
import { stage } from './incidents.fixture.ts';

const dir = mkdtempSync(join(tmpdir(), 'beaconfire-receive-'));
after(() => rmSync(dir, { recursive: true }));
const s = stage('JPN', { localDeskS: () => 20 });
s.runTo(400);
s.publish(s.desk.finish(s.clock.nowUs()));
for (const { warning, cap } of s.issued) {
  writeFileSync(join(dir, `${warning.identifier}.xml`), cap);
  writeFileSync(
    join(dir, `${warning.identifier}.jws`),
    s.signer.sign('exercise', CONTENT.cap, Buffer.from(cap)),
  );
}
writeFileSync(join(dir, 'keys.json'), JSON.stringify([s.signer.record]));

function receive(...args: string[]): { status: number | null; out: string; err: string } {
  const bin = fileURLToPath(new URL('../bin/beaconfire.mjs', import.meta.url));
  const run = spawnSync(process.execPath, [bin, 'receive', ...args], { encoding: 'utf8' });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

test('receive: the signed alerts of a folder are shown in order up to the cancel, in the language asked for', () => {
  const { status, out } = receive(dir, '--lang', 'ko');
  assert.equal(status, 0, out);
  assert.equal(out.split('\n').filter((l) => /: acknowledged, /.test(l)).length, s.issued.length);
  assert.ok(out.includes(s.issued[0].warning.headline.ko));
  assert.match(out.trim().split('\n').slice(-3)[0], /acknowledged, cancelled/);
});

test('receive: hostile, contradictory and unsigned files are refused with the reason and nothing of them is shown', () => {
  const [first] = s.issued;
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text);
    return join(dir, name);
  };
  const hostile = receive(file('hostile.alert', `<!DOCTYPE a [<!ENTITY b "c">]>${first.cap}`));
  assert.deepEqual([hostile.status, hostile.out], [2, '']);
  assert.match(hostile.err, /hostile\.alert:1: expected no document type.*\[BF_ALERT\]\n$/);
  const twofaced = receive(file('twofaced.alert', first.cap.replace('>Exercise<', '>Actual<')));
  assert.deepEqual([twofaced.status, twofaced.out], [2, '']);
  assert.match(twofaced.err, /Actual/);
  const unsigned = receive(file('unsigned.alert', first.cap));
  assert.equal(unsigned.status, 1);
  assert.match(unsigned.out, /REFUSED: expected a signature, found none/);
  assert.ok(!unsigned.out.includes(first.warning.headline.en));
});
