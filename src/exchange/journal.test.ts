import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { VirtualScheduler } from '../model/clock.ts';
import { NODE_IDS, type NodeId } from '../model/nation.ts';
import { fileSink, Journal, memorySink, readJournal } from './journal.ts';
import { eachLine } from './journal-lines.ts';
import { exerciseKeys } from './keys.ts';
import { openMarking, testExchange, testItem } from './testing/exchange.ts';
import { verifyJournals, verifyRun } from './verify-run.ts';

const { signers, ring } = exerciseKeys(7, NODE_IDS);

/** A short run with deliveries, a denial, a reduction and a gap. */
function run(): { journals: Map<NodeId, string>; keyFile: string } {
  const x = testExchange('2024-01-14', { marking: openMarking });
  for (let n = 1; n <= 3; n++) {
    for (const nation of ['KOR', 'USA'] as const)
      x.nations.get(nation)!.share(testItem(nation, n, x.clock.nowUs()));
    x.clock.advanceTo(x.clock.nowUs() + 1e6);
  }
  x.nations.get('JPN')!.share(testItem('JPN', 9, x.clock.nowUs(), { threat: 'CHN' }));
  x.network.setLink('JPN', 'HUB', false);
  x.nations.get('JPN')!.share(testItem('JPN', 10, x.clock.nowUs()));
  assert.deepEqual(x.finish().problems, []);
  return { journals: x.journals(), keyFile: x.keyFile };
}
const whole = run();
const keys = JSON.parse(whole.keyFile);
const changed = (node: NodeId, text: string): ReturnType<typeof verifyJournals> =>
  verifyJournals(keys, new Map([...whole.journals, [node, text]]));

test('any byte of any journal changed is found, and named by node', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...NODE_IDS),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (node, at, flip) => {
        const bytes = Buffer.from(whole.journals.get(node)!);
        bytes[at % bytes.length] ^= flip;
        const { problems } = readJournal(bytes.toString('utf8'), node, 'exercise', ring);
        assert.ok(problems.length > 0);
      },
    ),
    { numRuns: 2000 },
  );
  const report = changed('KOR', whole.journals.get('KOR')!.replace('"seq":2', '"seq":3'));
  assert.equal(report.ok, false);
  assert.ok(report.problems.some((p) => p.node === 'KOR' && p.seq === 2));
});

test('a line left out, doubled, moved, or the end cut off is found', () => {
  for (const node of NODE_IDS) {
    const lines = whole.journals.get(node)!.trimEnd().split('\n');
    const join = (l: string[]): string => `${l.join('\n')}\n`;
    for (let i = 0; i < lines.length; i++) {
      assert.equal(
        changed(node, join(lines.filter((_, k) => k !== i))).ok,
        false,
        `${node} without line ${i + 1}`,
      );
      assert.equal(
        changed(node, join(lines.toSpliced(i, 0, lines[i]))).ok,
        false,
        `${node} with line ${i + 1} twice`,
      );
    }
    assert.equal(changed(node, join(lines.slice(0, -1))).ok, false, 'without a head');
    assert.equal(
      changed(node, join([...lines.slice(1, 2), ...lines.slice(0, 1), ...lines.slice(2)])).ok,
      false,
      'moved',
    );
    assert.equal(changed(node, '').ok, false, 'empty');
  }
});

/** A journal written anew by a dishonest node: chain and head are right, the story is not. */
function rewrite(node: NodeId, keep: (kind: string, body: Record<string, unknown>) => boolean): string {
  const { records } = readJournal(whole.journals.get(node)!, node, 'exercise', ring);
  const clock = new VirtualScheduler(0);
  const sink = memorySink();
  const journal = new Journal({ clock, sink, signer: signers.get(node)! });
  for (const r of records) {
    if (r.kind === 'head' || !keep(r.kind, r.body)) continue;
    clock.advanceTo(r.timeUs);
    journal.write(r.kind, r.body);
  }
  journal.close();
  return sink.text();
}

test('each difference between what one sent and another received is named', () => {
  assert.equal(
    changed(
      'KOR',
      rewrite('KOR', () => true),
    ).ok,
    true,
  );
  const texts = (node: NodeId, keep: Parameters<typeof rewrite>[1]): string[] =>
    changed(node, rewrite(node, keep)).problems.map((p) => `${p.node} ${p.item}: ${p.text}`);
  const first = (b: Record<string, unknown>): boolean => b.item === 'KOR-1' && b.to !== 'USA';
  assert.deepEqual(
    texts('JPN', (kind, b) => !(kind === 'received' && b.item === 'KOR-1')),
    ['HUB KOR-1 revision 1: sent to JPN, which neither received it nor is there a gap'],
  );
  assert.deepEqual(
    texts('KOR', (kind, b) => !(kind === 'sent' && first(b))),
    ['HUB KOR-1 revision 1: received from KOR, which does not say it sent it'],
  );
  assert.deepEqual(
    texts('KOR', (kind, b) => !(kind === 'decision' && first(b))),
    ['KOR KOR-1 revision 1: expected a decision that released it to JPN, found none'],
  );
  assert.deepEqual(
    texts('HUB', (kind, b) => !(kind === 'relayed' && first(b))),
    [
      'JPN KOR-1 revision 1: received from HUB, which does not say it sent it',
      'HUB KOR-1 revision 1: received for relay, and neither relayed nor said why not',
    ],
  );
  assert.deepEqual(
    texts('JPN', (kind) => kind !== 'gap'),
    [
      'JPN JPN-10 revision 1: sent to HUB, which neither received it nor is there a gap',
      'JPN JPN-10 revision 1: sent to HUB, which neither received it nor is there a gap',
    ],
  );
});

test('a journal cannot stand in for another node’s, and no key but the node’s own closes it', () => {
  assert.equal(changed('JPN', whole.journals.get('USA')!).ok, false);
  const { ring: others } = exerciseKeys(8, NODE_IDS);
  const report = verifyJournals(keys, whole.journals, others);
  assert.equal(
    report.problems.filter((p) => p.text.includes('trusted key')).length,
    8,
    'of each node its key and its root key',
  );
});

test('verifyRun reads a folder, finds a missing journal and a damaged key file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'journal-'));
  try {
    assert.throws(
      () => verifyRun(dir),
      /keys\.json: expected the public keys of a run, found no file \[BF_JOURNAL\]/,
    );
    for (const [node, text] of whole.journals) {
      const sink = fileSink(join(dir, 'journal', node, 'journal.ndjson'), 100);
      for (const line of text.match(/.*\n/g)!) sink.append(line);
      sink.close();
    }
    writeFileSync(join(dir, 'journal', 'keys.json'), whole.keyFile);
    const report = verifyRun(dir);
    assert.deepEqual(report.problems, []);
    assert.deepEqual([report.ok, report.counts.journals, report.counts.accounted], [true, 4, 2]);
    for (let i = 0; i < whole.keyFile.length; i += 7) {
      const bytes = Buffer.from(whole.keyFile);
      bytes[i] ^= 1;
      writeFileSync(join(dir, 'journal', 'keys.json'), bytes);
      assert.throws(() => assert.ok(verifyRun(dir).ok), `byte ${i} of the key file`);
    }
    writeFileSync(join(dir, 'journal', 'keys.json'), whole.keyFile);
    rmSync(join(dir, 'journal', 'HUB'), { recursive: true });
    mkdirSync(join(dir, 'journal', 'HUB'));
    assert.deepEqual(
      verifyRun(dir).problems.map((p) => [p.node, p.seq]),
      [['HUB', 0]],
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('the lines of a file are those of its text, wherever its blocks end', () => {
  const dir = mkdtempSync(join(tmpdir(), 'beaconfire-lines-'));
  try {
    const path = join(dir, 'journal.ndjson');
    const long = '훈련 訓練 '.repeat(80_000);
    for (const text of ['', 'a', '\n', 'a\nb', `${long}\n\n${long}é\n`, `${long}\nrest`]) {
      writeFileSync(path, text);
      const lines: string[] = [];
      const rest = eachLine({ path }, (line) => lines.push(line));
      assert.deepEqual([...lines, rest], text.split('\n'));
      const ofText: string[] = [];
      assert.equal(
        eachLine(text, (line) => ofText.push(line)),
        rest,
      );
      assert.deepEqual(ofText, lines);
      if (text.length > 10) continue;
      for (const chunkBytes of [1, 2, 3]) {
        const small: string[] = [];
        assert.equal(
          eachLine({ path, chunkBytes }, (line) => small.push(line)),
          rest,
        );
        assert.deepEqual(small, lines);
      }
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
});
