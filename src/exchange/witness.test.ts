import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VirtualScheduler } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import { NODE_IDS, type NodeId } from '../model/nation.ts';
import { Journal, leafOf, memorySink, readJournal } from './journal.ts';
import { addKey, exerciseKey, exerciseKeys, revokeKey, Signer } from './keys.ts';
import { MerkleTree } from './merkle.ts';
import { parseCheckpoint, readNote } from './note.ts';
import { Witness, WitnessCircle, WitnessedLog, type WitnessFiles, witnessFaults } from './witness.ts';

const { signers, ring } = exerciseKeys(7, NODE_IDS);

/** A journal of KOR that writes `perBeat[i]` records before beat i, and its witnesses. */
function witnessed(perBeat: number[], word = 'x') {
  const clock = new VirtualScheduler(1_700_000_000e6);
  const sinks = new Map(NODE_IDS.map((n) => [n, memorySink()]));
  const journals = new Map<NodeId, Journal>(
    NODE_IDS.map((n) => [n, new Journal({ clock, sink: sinks.get(n)!, signer: signers.get(n)! })]),
  );
  const circle = new WitnessCircle({ clock, ring, journals, signers });
  for (const n of perBeat) {
    for (let i = 0; i < n; i++) journals.get('KOR')!.write('plot', { word, i });
    clock.advanceTo(clock.nowUs() + 1e6);
    circle.beat();
  }
  for (const j of journals.values()) j.close();
  circle.beat();
  return { files: circle.files(), text: (n: NodeId) => sinks.get(n)!.text() };
}

function faults(
  run: ReturnType<typeof witnessed>,
  change: Partial<WitnessFiles> = {},
  text = run.text('KOR'),
): string[] {
  const note = (w: NodeId): string =>
    (JSON.parse(run.files.get(`${w}/witnessed.json`)!) as Record<string, string>).KOR;
  const files: WitnessFiles = {
    beats: run.files.get('KOR/beats.ndjson')!,
    checkpoint: run.files.get('KOR/checkpoint.txt')!,
    seen: new Map([
      ['USA', note('USA')],
      ['JPN', note('JPN')],
    ]),
    ...change,
  };
  const tree = new MerkleTree();
  for (const record of readJournal(text, 'KOR', 'exercise', ring).records) tree.append(leafOf(record));
  return witnessFaults('KOR', 'exercise', ring, tree, files);
}

test('a journal that grew is witnessed by the other two nations; one that is rewritten is found, with the beat', () => {
  const honest = witnessed([3, 0, 5, 100, 1]);
  assert.deepEqual(faults(honest), []);
  const note = honest.files.get('KOR/checkpoint.txt')!;
  const read = readNote(note, 'KOR', 'exercise', ring)!;
  assert.deepEqual(
    [read.bySelf, [...read.witnesses.keys()], read.checkpoint.size],
    [true, ['USA', 'JPN'], 6],
  );
  const hub = readNote(honest.files.get('HUB/checkpoint.txt')!, 'HUB', 'exercise', ring)!;
  assert.deepEqual([...hub.witnesses.keys()], ['KOR', 'JPN'], 'the hub is run by the United States');
  // KOR rewrites its journal afterwards: chain, head and its own signatures are right, the past is another.
  const other = witnessed([3, 0, 5, 100, 1], 'y');
  assert.deepEqual(faults(honest, {}, other.text('KOR')), [
    'beat 0: the first 3 records are not those that were witnessed',
  ]);
  const own = {
    beats: other.files.get('KOR/beats.ndjson')!,
    checkpoint: other.files.get('KOR/checkpoint.txt')!,
  };
  assert.deepEqual(faults(honest, own, other.text('KOR')), [
    'USA witnessed another history of this journal',
    'JPN witnessed another history of this journal',
  ]);
  // Without the witnesses' signatures, or with records put in after the last beat.
  const lines = note.split('\n');
  const alone = `${[...lines.slice(0, 5)].join('\n')}\n`;
  assert.equal(faults(honest, { checkpoint: alone }).length, 2);
  assert.ok(
    faults(honest, { beats: honest.files.get('KOR/beats.ndjson')!.split('\n').slice(1).join('\n') }).length >
      0,
  );
  assert.ok(faults(honest, { checkpoint: '' }).length > 0);
});

test('what the witnesses are shown tells nothing of how many records there are, nor when', () => {
  const busy = witnessed([3, 50, 5, 100, 1]);
  const idle = witnessed([0, 0, 0, 0, 0]);
  const shape = (run: ReturnType<typeof witnessed>) => {
    const note = run.files.get('KOR/checkpoint.txt')!;
    return note.split('\n').map((l, i) => (i === 1 ? l : l.length));
  };
  assert.deepEqual(shape(busy), shape(idle));
  // Equal journals, different commitments at each beat: a root alone could be guessed from a guessed journal.
  const salts = idle.files
    .get('KOR/beats.ndjson')!
    .trimEnd()
    .split('\n')
    .map((l) => (JSON.parse(l) as { salt: string }).salt);
  assert.equal(new Set(salts).size, salts.length);
});

test('a witness signs no second history, no shrinking, and nothing that the node did not sign', () => {
  const clock = new VirtualScheduler(1_700_000_000e6);
  const make = (record?: string): WitnessedLog => {
    const journal = new Journal({ clock, sink: memorySink(), signer: signers.get('KOR')! });
    if (record) journal.write('plot', { record });
    return new WitnessedLog(journal, () => signers.get('KOR')!);
  };
  const refused = (e: unknown): boolean => e instanceof BeaconfireError && e.code === 'BF_JOURNAL';
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (first, more) => {
      const log = make();
      const witness = new Witness('JPN', () => signers.get('JPN')!, ring);
      for (let i = 0; i < first; i++) log.beat(i);
      witness.cosign(log.request(0), clock.nowUs());
      for (let i = 0; i < more; i++) log.beat(first + i);
      const good = log.request(first);
      const forked = make('another history');
      for (let i = 0; i < first + more; i++) forked.beat(1000 + i);
      assert.throws(() => witness.cosign(forked.request(first), 0), refused);
      const tampered = {
        ...good,
        proof: good.proof.map((h) => `${h.slice(0, 63)}${h.endsWith('0') ? '1' : '0'}`),
      };
      assert.throws(() => witness.cosign(tampered, 0), refused);
      assert.throws(() => witness.cosign({ ...good, from: 0 }, 0), refused);
      assert.throws(() => witness.cosign({ ...good, node: 'USA' }, 0), refused);
      assert.throws(
        () => witness.cosign({ ...good, note: good.note.replace(/\n(\d+)\n/, '\n1$1\n') }, 0),
        refused,
      );
      assert.equal(witness.seen('KOR'), first);
      witness.cosign(good, clock.nowUs());
      assert.equal(witness.seen('KOR'), first + more);
    }),
    { numRuns: 25 },
  );
  assert.equal(parseCheckpoint('a\n01\nAAAA\n'), undefined);
});

test('a witness signs no checkpoint of a key that has ended when it comes, however the log was before', () => {
  const { signers, roots, ring } = exerciseKeys(7, NODE_IDS);
  const clock = new VirtualScheduler(1_700_000_000e6);
  const journal = new Journal({ clock, sink: memorySink(), signer: signers.get('KOR')! });
  const next = new Signer('KOR', 'exercise', exerciseKey('next'));
  let signer = signers.get('KOR')!;
  const log = new WitnessedLog(journal, () => signer);
  const witness = new Witness('JPN', () => signers.get('JPN')!, ring);
  log.beat(0);
  assert.equal(witness.judge(log.request(0), clock.nowUs()).is, 'cosigned');
  ring.apply(addKey(next.record, roots.get('KOR')!, clock.nowUs()));
  const endUs = clock.nowUs() + 1e6;
  ring.apply(revokeKey(signer.keyId, next, endUs), endUs);
  log.beat(1);
  // It goes by when it comes: the same request before the end of the key, and after.
  assert.equal(witness.judge(log.request(1), endUs).is, 'notSigned');
  assert.equal(witness.seen('KOR'), 1);
  signer = next;
  log.beat(2);
  assert.equal(witness.judge(log.request(1), endUs).is, 'cosigned');
});
