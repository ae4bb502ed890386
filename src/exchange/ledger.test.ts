import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoToUs } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import { NODE_IDS, type NodeId } from '../model/nation.ts';
import { AgreementBook } from './book.ts';
import { Journal, memorySink, readJournal } from './journal.ts';
import { exerciseKeys } from './keys.ts';
import { AgreementLedger, type LedgerDraft, type LedgerEntry } from './ledger.ts';
import { openMarking, testAgreements, testExchange, testItem } from './testing/exchange.ts';
import { verifyJournals } from './verify-run.ts';

const { signers, ring } = exerciseKeys(7, NODE_IDS);
const us = (iso: string): number => isoToUs(iso)!;
const cause = { en: 'exercise', ko: '훈련', ja: '訓練' };
const refused = (e: unknown): boolean => e instanceof BeaconfireError && e.code === 'BF_AGREEMENT';
const by = (...nodes: NodeId[]) => nodes.map((n) => signers.get(n)!);
const suspend = (agreement: string, nation: 'USA' | 'KOR' | 'JPN', timeUs: number): LedgerDraft => ({
  agreement,
  event: 'suspended',
  timeUs,
  by: [nation],
  cause,
});

test('an entry takes effect only with the signatures of the parties whose act it is, in its place and unchanged', () => {
  const book = new AgreementBook(testAgreements);
  const ledger = new AgreementLedger({
    mode: 'exercise',
    clock: { nowUs: () => us('2024-01-01') },
    ring,
    book,
  });
  const now = us('2024-01-01');
  const good = ledger.draft(suspend('gsomia-2016', 'KOR', now), by('KOR'));
  const bad: [string, LedgerEntry][] = [
    ['signed by another', ledger.draft(suspend('gsomia-2016', 'KOR', now), by('JPN'))],
    ['signed by one more', ledger.draft(suspend('gsomia-2016', 'KOR', now), by('KOR', 'JPN'))],
    ['of a nation that is no party', ledger.draft(suspend('gsomia-2016', 'USA', now), by('USA'))],
    ['changed', { ...good, agreement: 'tisa-2014' }],
    ['in another place', { ...good, seq: 2 }],
    [
      'of an unknown key',
      ledger.draft(suspend('gsomia-2016', 'KOR', now), [exerciseKeys(8, ['KOR']).signers.get('KOR')!]),
    ],
    ['contradictory', ledger.draft({ ...suspend('gsomia-2016', 'KOR', now), event: 'resumed' }, by('KOR'))],
    [
      'in force by one alone',
      ledger.draft({ ...suspend('gsomia-2016', 'KOR', us('2016-11-23') - 1), event: 'inForce' }, by('KOR')),
    ],
  ];
  for (const [what, entry] of bad) {
    assert.throws(() => ledger.append(entry), refused, what);
    assert.deepEqual(
      [ledger.entries.length, book.epoch, book.state('gsomia-2016', now)],
      [0, 0, 'inForce'],
      what,
    );
  }
  ledger.append(good);
  assert.equal(book.state('gsomia-2016', now), 'suspended');
  assert.throws(() => ledger.append(good), refused, 'twice');
  ledger.append(ledger.draft({ ...suspend('gsomia-2016', 'KOR', now + 1), event: 'resumed' }, by('KOR')));
  assert.equal(book.state('gsomia-2016', now + 1), 'inForce');
});

test('entry into force while everything runs: signed by all, from the next item on', () => {
  const x = testExchange('2016-11-20T00:00:00Z', {
    agreements: testAgreements.filter((a) => a.id === 'gsomia-2016'),
    marking: openMarking,
  });
  const ledger = new AgreementLedger({ mode: 'exercise', clock: x.clock, ring, book: x.book });
  const kor = x.nations.get('KOR')!;
  kor.share(testItem('KOR', 1, x.clock.nowUs(), {}, 200000));
  x.clock.advanceTo(x.clock.nowUs() + 1e6);
  const inForce = {
    ...suspend('gsomia-2016', 'KOR', x.clock.nowUs()),
    event: 'inForce' as const,
    by: ['KOR', 'JPN'] as ['KOR', 'JPN'],
  };
  ledger.append(ledger.draft(inForce, by('KOR', 'JPN')));
  kor.share(testItem('KOR', 2, x.clock.nowUs(), {}, 200000));
  x.clock.advanceTo(x.clock.nowUs() + 86500e6);
  assert.deepEqual(
    x.received.map((r) => [r.at, r.got.item.label.id, r.got.agreement]),
    [['JPN', 'KOR-2', 'gsomia-2016']],
  );
  assert.deepEqual(x.finish().problems, []);
});

test('what is held is decided again at the event: sooner when the fast agreement is back, denied when none is left', () => {
  const run = (resume: boolean) => {
    const x = testExchange('2024-01-14T05:55:00Z', { marking: openMarking });
    const ledger = new AgreementLedger({ mode: 'exercise', clock: x.clock, ring, book: x.book });
    const start = x.clock.nowUs();
    const act = (draft: LedgerDraft): void => ledger.append(ledger.draft(draft, by('USA')));
    act(suspend('mechanism-2023', 'USA', start));
    x.nations.get('KOR')!.share(testItem('KOR', 1, start, {}, 3600));
    x.clock.advanceTo(start + 100e6);
    assert.deepEqual([x.received.length, x.nations.get('KOR')!.held], [0, 2]);
    if (resume) act({ ...suspend('mechanism-2023', 'USA', x.clock.nowUs()), event: 'resumed' });
    else act(suspend('tisa-2014', 'USA', x.clock.nowUs()));
    x.clock.advanceTo(start + 2000e6);
    assert.equal(x.nations.get('KOR')!.held, 0);
    return x;
  };
  const back = run(true);
  assert.deepEqual(
    back.received.map((r) => [r.at, r.got.agreement, r.got.receivedUs - r.got.item.madeUs < 101e6]),
    [
      ['USA', 'mechanism-2023', true],
      ['JPN', 'mechanism-2023', true],
    ],
  );
  assert.deepEqual(back.finish().problems, []);
  const none = run(false);
  assert.equal(none.received.length, 0);
  assert.deepEqual(none.finish().problems, []);
  // The journals hold moment, cause and signatures; a forged entry or a node that had another ledger is found.
  const journals = none.journals();
  const read = readJournal(journals.get('JPN')!, 'JPN', 'exercise', ring);
  const entries = read.records.filter((r) => r.kind === 'agreement').map((r) => r.body.entry as LedgerEntry);
  assert.deepEqual(
    entries.map((e) => [e.agreement, e.event, e.cause.en]),
    [
      ['mechanism-2023', 'suspended', 'exercise'],
      ['tisa-2014', 'suspended', 'exercise'],
    ],
  );
  const keys = JSON.parse(none.keyFile);
  const forged = journals.get('JPN')!.replace(entries[0].signatures[0].signature, 'ab'.repeat(64));
  assert.ok(
    verifyJournals(keys, new Map([...journals, ['JPN', forged]])).problems.some((p) =>
      p.text.includes('a signature that fits'),
    ),
  );
});

test('what a journal says was sent under an agreement that was not in force is found', () => {
  const clock = { nowUs: () => 5e6 };
  const problems = (state: string | undefined): string[] => {
    const sink = memorySink();
    const journal = new Journal({ clock, sink, signer: signers.get('KOR')! });
    const item = { item: 'K-1', revision: 1, to: 'JPN' };
    if (state) journal.write('agreement', { agreement: 'mechanism-2023', event: 'noted', state, epoch: 1 });
    journal.write('decision', { ...item, decision: 'allow', agreement: 'mechanism-2023' });
    journal.write('sent', { ...item, via: 'HUB', agreement: 'mechanism-2023', envelope: 'x' });
    journal.close();
    const keys = { mode: 'exercise' as const, keys: [signers.get('KOR')!.record] };
    return verifyJournals(keys, new Map([['KOR', sink.text()]])).problems.map((p) => p.text);
  };
  assert.deepEqual(problems(undefined), []);
  assert.deepEqual(problems('inForce'), []);
  for (const state of ['suspended', 'ended', 'notYet'])
    assert.deepEqual(problems(state), [
      'expected nothing under mechanism-2023, which was not in force, found it sent to JPN',
    ]);
});
