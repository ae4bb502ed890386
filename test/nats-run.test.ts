/**
 * `run --transport nats` is as repeatable as any run: the same scenario and seed over four real servers give the same bytes
 * in every file, and what the nations see, decide and tell their publics is what they do embedded.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JournalRecord } from '../src/exchange/index.ts';
import { findNatsServer } from '../src/exchange/transport/nats-servers.ts';
import { recordRunOverNats } from '../src/exercise/nats-run.ts';
import { type RunRecord, recordRun } from '../src/exercise/record.ts';
import { prepareRun } from '../src/exercise/run.ts';
import { MemoryFiles } from '../src/exercise/run-files.ts';
import { NODE_IDS, type NodeId } from '../src/model/nation.ts';

const skip = findNatsServer() === undefined ? 'no program nats-server (Debian: package nats-server)' : false;
/**
 * From the beginning of the exercise past a suspension (70 s) and the first public alert (142 s). What was sent in the last
 * step has come over links with latencies by then.
 */
const SECONDS = 143.4;

const journalOf = (run: RunRecord, node: NodeId): JournalRecord[] =>
  run.files
    .get(`journal/${node}/journal.ndjson`)!
    .trimEnd()
    .split('\n')
    .map((l) => JSON.parse(l) as JournalRecord);

/** What a journal has of a kind (canaries count the links' latencies, and are left out), without when, by whose hash and in which order over its links. */
const told = (records: readonly JournalRecord[], kind: string, ...fields: string[]): string[] =>
  records
    .filter((r) => r.kind === kind && !String(r.body.item).startsWith('canary:'))
    .map(({ body }) => fields.map((f) => JSON.stringify(body[f])).join(' '))
    .sort();

test('NATS: two runs with one scenario and seed give equal bytes, and say what the embedded run says', {
  skip,
  timeout: 120_000,
}, async (t) => {
  const whole = prepareRun({ scenario: '2022-10-04-suspension' });
  const options = { ...whole, world: { ...whole.world, endUs: whole.world.startUs + SECONDS * 1e6 } };
  const overNats = async (): Promise<RunRecord> => {
    const files = new MemoryFiles();
    const summary = await recordRunOverNats(files, options);
    return { summary, files: files.texts() };
  };
  const first = await overNats();
  const second = await overNats();
  assert.deepEqual([...first.files.keys()], [...second.files.keys()]);
  assert.deepEqual(
    [...first.files].filter(([path, text]) => second.files.get(path) !== text).map(([path]) => path),
    [],
    'files that differ between two runs over NATS',
  );
  assert.deepEqual(first.summary, second.summary);

  // The links of the embedded run have their latencies, those of this one have none: times differ by that, and with
  // them the hashes of envelopes and journals.
  const embedded = recordRun(options);
  assert.deepEqual([...first.files.keys()], [...embedded.files.keys()]);
  const same = [...first.files.keys()].filter((path) => !/^journal\/[A-Z]/.test(path));
  assert.ok(same.some((p) => p.endsWith('.xml')) && same.some((p) => p.startsWith('tracks.')));
  for (const path of same) assert.equal(first.files.get(path), embedded.files.get(path), path);
  let compared = 0;
  for (const node of NODE_IDS) {
    const [a, b] = [journalOf(first, node), journalOf(embedded, node)];
    for (const [kind, ...fields] of [
      ['decision', 'item', 'revision', 'to', 'via', 'decision', 'agreement', 'reductions', 'reasons'],
      ['sent', 'item', 'revision', 'to', 'via', 'agreement'],
      ['received', 'item', 'revision', 'from', 'link'],
      ['relayed', 'item', 'revision', 'to', 'agreement'],
      ['notSent', 'item', 'revision', 'to', 'reason'],
      ['agreement', 'agreement', 'event', 'state'],
      ['warning', 'warning'],
    ]) {
      const [x, y] = [told(a, kind, ...fields), told(b, kind, ...fields)];
      assert.deepEqual(x, y, `${node}: ${kind}`);
      compared += x.length;
    }
    const lost = told(a, 'gap', 'reason').filter((why) => why !== '"closed"');
    assert.deepEqual(lost, [], `${node}: nothing is lost before the end`);
  }
  assert.ok(compared > 1000, `${compared} records compared`);
  t.diagnostic(`${first.files.size} files equal; ${compared} records of the journals as embedded`);
});
