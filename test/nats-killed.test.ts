/**
 * Nodes as processes, killed with SIGKILL at instants drawn by a seed while an exercise runs over real NATS servers. Each
 * goes on with its journal: nothing that was acknowledged is lost, nothing is doubled, and no history forks.
 */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../src/earth/random.ts';
import { findNatsServer } from '../src/exchange/transport/nats-servers.ts';
import { FourProcesses, pause } from '../src/exercise/testing/four-processes.ts';
import { NODE_IDS, type NodeId } from '../src/model/nation.ts';

const skip = findNatsServer() === undefined ? 'no program nats-server (Debian: package nats-server)' : false;
const KILLS = 4;

test('NATS: node processes killed at any instant go on with their journals: nothing lost, nothing doubled, no fork', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const x = await FourProcesses.start({
    scenario: '2022-10-04-over-japan',
    fromS: 60,
    speed: 2,
    separate: false,
  });
  const random = seededRandom(11);
  try {
    x.feed();
    await pause(Math.max(0, (x.startUs - x.nowUs()) / 2000) + 2000);
    // What it is told wrongly it refuses by itself, and goes on.
    assert.match(await x.refuses('KOR', '{"number":1,"plot":'), /expected JSON/);
    for (const node of ['JPN', 'HUB'] as const)
      assert.match(
        await x.refuses(node, '{"agreement":"mechanism-2023","event":"resumed"}'),
        /\[BF_AGREEMENT\]/,
      );
    const histories: { node: NodeId; text: string }[] = [];
    for (let i = 0; i < KILLS; i++) {
      // Each node once at least, the others by chance.
      const node = NODE_IDS[i] ?? NODE_IDS[Math.floor(random.uniform() * NODE_IDS.length)];
      await pause(100 + 500 * random.uniform());
      await x.killNode(node);
      const file = join(x.network.dir, 'journal', node, 'journal.ndjson');
      const text = readFileSync(file, 'utf8');
      histories.push({ node, text: text.slice(0, text.lastIndexOf('\n') + 1) });
      // A machine that fails, not a process alone, leaves the beginning of a line as well.
      if (i % 2 === 0) appendFileSync(file, text.slice(0, Math.floor(random.uniform() * 200)));
      await x.startNode(node);
    }
    x.stopFeeding();
    assert.notEqual(await x.drainedWithin(20_000), undefined, 'nothing waits any more');

    // A journal that is put back to an earlier state, rightly chained: its witnesses know better.
    await x.killNode('JPN');
    const file = join(x.network.dir, 'journal', 'JPN', 'journal.ndjson');
    const whole = readFileSync(file, 'utf8');
    const lines = whole.slice(0, whole.lastIndexOf('\n')).split('\n');
    assert.ok(lines.filter((l) => l.includes('"kind":"cosigned"')).length > 4, 'its beats were cosigned');
    writeFileSync(file, `${lines.slice(0, Math.floor(lines.length / 2)).join('\n')}\n`);
    assert.match(await x.startsInVain('JPN'), /put back to an earlier state \[BF_JOURNAL\]/);
    writeFileSync(file, whole);
    await x.startNode('JPN');

    for (const node of ['JPN', 'HUB'] as const)
      assert.ok(
        readFileSync(join(x.network.dir, 'journal', node, 'journal.ndjson'), 'utf8').includes(
          '"kind":"agreementRefused"',
        ),
        `${node} says that an event was refused`,
      );
    const { messages, plots, items, resumed, torn, report } = await x.end();
    assert.deepEqual(report.problems, []);
    assert.ok(report.counts.beats > 10, `${report.counts.beats} beats`);
    assert.equal(resumed, KILLS + 1);
    assert.ok(torn > 0, 'a torn tail was taken off');
    assert.ok(
      messages.due > 50 && plots.given > 100 && items.received > 100,
      JSON.stringify({ messages, plots, items }),
    );
    assert.deepEqual([messages.lost, messages.doubled], [0, 0], 'messages lost and doubled');
    assert.deepEqual([plots.lost, plots.doubled], [0, 0], 'plots lost and doubled');
    assert.equal(items.doubled, 0, 'items doubled');
    for (const { node, text } of histories)
      assert.ok(
        readFileSync(join(x.network.dir, 'journal', node, 'journal.ndjson'), 'utf8').startsWith(text),
        `${node}: what was written when it was killed still begins its journal`,
      );
    t.diagnostic(
      `${KILLS} killed, ${torn} torn tails; ${messages.due} messages, ${plots.given} plots, ${items.received} tracklets and estimates; ${report.counts.beats} beats, ${report.counts.beatsAlone} not signed by all`,
    );
  } finally {
    await x.stop();
  }
});
