/**
 * A node that warns its public, as a process, killed with SIGKILL while its messages go out: every receiver has every
 * message, each once, and the alert is closed by the same chain that opened it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Listening, listenForAlerts } from '../src/channels/http.ts';
import { AlertKeyRing, exerciseAlertSigner, ReferenceReceiver } from '../src/channels/index.ts';
import { seededRandom } from '../src/earth/random.ts';
import type { JournalRecord } from '../src/exchange/index.ts';
import { findNatsServer } from '../src/exchange/transport/nats-servers.ts';
import { FourProcesses, KEY_SEED, pause } from '../src/exercise/testing/four-processes.ts';

const skip = findNatsServer() === undefined ? 'no program nats-server (Debian: package nats-server)' : false;

test('NATS: a node killed while it publishes goes on: no alert lost, none doubled at the receivers', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const ring = new AlertKeyRing([exerciseAlertSigner(KEY_SEED, 'JPN', ['JP-']).record]);
  const random = seededRandom(5);
  let x: FourProcesses | undefined;
  let restarted: Promise<void> | undefined;
  let kills = 0;
  const kill = (): void => {
    if (!x || restarted) return;
    kills++;
    const four = x;
    restarted = four.killNode('JPN').then(async () => {
      await four.startNode('JPN');
      restarted = undefined;
    });
  };
  const ends = ['broadcaster', 'carrier'].map((name) => ({
    name,
    receiver: new ReferenceReceiver('exercise', ring),
    listening: undefined as Listening | undefined,
    arrived: new Map<string, number>(),
    shown: [] as string[],
    refused: [] as string[],
  }));
  for (const [i, end] of ends.entries()) {
    end.listening = await listenForAlerts(end.receiver, {
      port: 0,
      timeOf: () => x?.nowUs() ?? 0,
      onReceipt: (receipt) => {
        if (!receipt.accepted) {
          end.refused.push(receipt.reason);
          return;
        }
        const { identifier, shown } = receipt;
        const before = end.arrived.get(identifier) ?? 0;
        end.arrived.set(identifier, before + 1);
        if (shown) end.shown.push(identifier);
        // Of the first message one receiver has it, the other does not, and no receipt has come back; of the next the
        // office dies a little later.
        if (before > 0) return;
        if (end.arrived.size === 1 && i === 0) kill();
        else if (end.arrived.size === 2 && i === 1) setTimeout(kill, 300 * random.uniform());
      },
    });
  }
  x = await FourProcesses.start({
    scenario: '2022-10-04-over-japan',
    fromS: 60,
    speed: 8,
    separate: false,
    push: { JPN: ends.map((e) => `${e.listening!.url}/alerts`) },
  });
  try {
    x.feed();
    const begun = performance.now();
    while (performance.now() - begun < 60_000 && !(kills >= 2 && ends.every((e) => e.arrived.size >= 3))) {
      await restarted;
      await pause(50);
    }
    await restarted;
    x.stopFeeding();
    await x.drainedWithin(20_000);
    const { report } = await x.end();
    assert.deepEqual(report.problems, []);
    const journal = readFileSync(join(x.network.dir, 'journal', 'JPN', 'journal.ndjson'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((l) => JSON.parse(l) as JournalRecord);
    const warned = journal
      .filter((r) => r.kind === 'warning')
      .map((r) => r.body.warning as { identifier: string; messageType: string; chain: string });
    assert.ok(warned.length >= 3, `${warned.length} messages`);
    const identifiers = warned.map((w) => w.identifier);
    assert.equal(new Set(identifiers).size, identifiers.length, 'each message published once');
    for (const { name, arrived, shown, refused, receiver } of ends) {
      assert.deepEqual(refused, [], `${name} refused`);
      assert.deepEqual([...arrived.keys()].sort(), [...identifiers].sort(), `${name} has every message`);
      assert.equal(new Set(shown).size, shown.length, `${name} showed each once`);
      assert.deepEqual(receiver.current(x.nowUs()), [], `${name}: the alert is closed at the end`);
    }
    // A chain is opened once, and the next only when it is closed.
    let open: string | undefined;
    for (const { messageType, chain } of warned) {
      if (messageType === 'alert') assert.equal(open, undefined, 'no second alert beside an open one');
      else assert.equal(chain, open);
      open = messageType === 'cancel' ? undefined : chain;
    }
    t.diagnostic(
      `${kills} killed; ${warned.length} messages, arrived ${ends.map((e) => [...e.arrived.values()].join(' ')).join(' and ')} times`,
    );
  } finally {
    await restarted?.catch(() => {});
    await x.stop();
    for (const { listening } of ends) await listening?.close();
  }
});
