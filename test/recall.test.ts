/** Recall from end to end: a person at the originator's node withdraws an item, over HTTP and on the command line. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { keyFileText, memorySink, whyReport } from '../src/exchange/index.ts';
import { verifyJournals } from '../src/exchange/verify-run.ts';
import { ExerciseRun, prepareRun } from '../src/exercise/run.ts';
import { ExerciseSession } from '../src/exercise/session.ts';
import { NODE_IDS, type NodeId } from '../src/model/nation.ts';
import { startServer } from '../src/node/server.ts';
import { callCommand } from './command.ts';

test('Korea withdraws a track: every holder drops it, says so, and works its picture out again', async () => {
  const webRoot = mkdtempSync(join(tmpdir(), 'beaconfire-recall-'));
  mkdirSync(webRoot, { recursive: true });
  writeFileSync(join(webRoot, 'index.html'), '<!doctype html>');
  const sinks = new Map<NodeId, ReturnType<typeof memorySink>>();
  const session = new ExerciseSession(
    {
      ...prepareRun({ scenario: '2022-10-04-over-japan' }),
      sink: (node) => {
        sinks.set(node, memorySink());
        return sinks.get(node)!;
      },
    },
    Infinity,
  );
  const { run } = session;
  const texts = () => new Map(NODE_IDS.map((n) => [n, sinks.get(n)!.text()]));
  run.advanceTo(run.startUs + 150e6);
  const server = await startServer({ host: '127.0.0.1', port: 0, webRoot, feeds: session.feeds() });
  try {
    const jpn = run.node('JPN');
    const track = jpn.pictureOf.tracks().find((t) => [...t.members].some((m) => m.startsWith('KOR/')))!;
    const key = [...track.members].find((m) => m.startsWith('KOR/'))!;
    const item = `${key.slice(4)}:tracklet`;
    assert.ok([...track.sources.values()].some((s) => s.node === 'KOR'));
    const at = ['--url', server.url];
    const listed = await callCommand(['recall', '--nation', 'KOR', ...at]);
    assert.match(listed.stdout, new RegExp(`${item} {2}revision \\d+, held by (USA, JPN|JPN, USA)`));
    // Another nation's node does not withdraw it, whoever asks.
    const other = await callCommand(['recall', item, '--nation', 'JPN', '--reason', 'not ours', ...at]);
    assert.equal(other.status, 2);
    assert.match(other.stderr, /expected an own item that others hold/);
    const said = await callCommand(['recall', item, '--nation', 'KOR', '--reason', 'a faulty radar', ...at]);
    assert.equal(said.status, 0, said.stderr);
    assert.match(said.stdout, /withdraws it: a faulty radar; .*not yet/);
    run.advanceTo(run.nowUs + 5e6);
    for (const node of run.nodes())
      for (const t of node.pictureOf.tracks()) {
        assert.ok(![...t.members].includes(key), `${node.nation} still has ${key}`);
        assert.ok(!Object.keys(t.fused.pedigree).some((s) => s.startsWith('KOR/')), node.nation);
      }
    const [mine] = run.node('KOR').picture(1, 1).recalls!;
    assert.deepEqual(mine.holders.map((h) => [h.nation, h.acknowledgedUs !== null, h.late]).sort(), [
      ['JPN', true, false],
      ['USA', true, false],
    ]);
    const [theirs] = jpn.picture(1, 1).withdrawals!;
    assert.deepEqual([theirs.item, theirs.from, theirs.tracks], [item, 'KOR', [track.id]]);
  } finally {
    await server.close();
    rmSync(webRoot, { recursive: true });
  }
  run.advanceTo(run.nowUs + 20e6);
  for (const node of run.nodes()) node.close();
  const why = whyReport(texts());
  assert.deepEqual(
    why.recalls.map((r) => [r.from, r.why, r.holders.every((h) => h.acknowledgedUs !== null)]),
    [['KOR', 'a faulty radar', true]],
  );
  assert.ok(why.recalls[0].holders.find((h) => h.nation === 'JPN')!.tracks.length > 0);
  const keys = JSON.parse(keyFileText(run.ring, 'exercise'));
  const { counts, problems } = verifyJournals(keys, texts());
  assert.deepEqual([counts.recalls, counts.recallHolders, counts.recallsAcknowledged], [1, 2, 2]);
  assert.deepEqual(
    problems.filter((p) => /recall|withdrawn|acknowledged/.test(p.text)),
    [],
  );
  // A journal that forgets that it dropped the item is found out by the originator's.
  const forged = texts();
  forged.set('JPN', forged.get('JPN')!.replace('"kind":"withdrawn"', '"kind":"noted"'));
  assert.ok(
    verifyJournals(keys, forged).problems.some((p) => p.node === 'KOR' && /acknowledged by JPN/.test(p.text)),
  );
});

test('an exercise trains it: a scenario says when a nation withdraws what it gave of the track of a launch', () => {
  const sinks = new Map<NodeId, ReturnType<typeof memorySink>>();
  const { scenario, ...options } = prepareRun({
    scenario: fileURLToPath(new URL('../examples/recall-in-flight.yaml', import.meta.url)),
  });
  const [recall] = scenario.recalls!;
  const run = new ExerciseRun({
    ...options,
    // Before anything was given there is nothing to withdraw.
    scenario: { ...scenario, recalls: [{ ...recall, atS: 5, kind: 'impact' }, recall] },
    sink: (node) => {
      sinks.set(node, memorySink());
      return sinks.get(node)!;
    },
  });
  const at = (s: number): void => run.advanceTo(options.world.flights[0].launchUs + s * 1e6);
  const kor = run.node('KOR');
  at(recall.atS - 1);
  assert.deepEqual(kor.recalls().recalls, []);
  const refused = sinks
    .get('KOR')!
    .text()
    .split('\n')
    .filter((l) => l.includes('"kind":"recallRefused"'));
  assert.equal(refused.length, 1);
  const had = run
    .node('JPN')
    .pictureOf.tracks()
    .filter((t) => [...t.members].some((m) => m.startsWith('KOR/')));
  assert.ok(had.length > 0, 'Japan has the Korean track before');
  at(recall.atS + 5);
  const [mine, ...more] = kor.recalls().recalls;
  assert.deepEqual([mine.kind, mine.reason, more], ['tracklet', recall.reason, []]);
  assert.deepEqual(mine.holders.map((h) => [h.nation, h.acknowledgedUs !== null]).sort(), [
    ['JPN', true],
    ['USA', true],
  ]);
  // Of the tracks of its own the one on the vehicle.
  const own = kor.tracker.tracks().find((t) => mine.item === `${t.id}:tracklet`)!;
  const truth = new Float64Array(6);
  const { flight, launchUs } = options.world.flights[0];
  flight.stateAt((own.timeUs - launchUs) / 1e6, truth);
  assert.ok(Math.hypot(...[0, 1, 2].map((i) => own.state[i] - truth[i])) < 50_000);
  for (const node of run.nodes())
    for (const t of node.pictureOf.tracks())
      assert.ok(![...t.members].includes(`KOR/${own.id}`), node.nation);
});
