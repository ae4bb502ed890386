/** Catching up with what was given before: over the in-process transport; over NATS servers in test/nats-history.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NATIONS, type Nation, NODE_IDS } from '../model/nation.ts';
import type { Marking } from './delivery.ts';
import { Journal, type JournalRecord, memorySink } from './journal.ts';
import { addKey, exerciseKey, exerciseKeys, Signer } from './keys.ts';
import {
  openMarking,
  type TestExchange,
  testAgreements,
  testExchange,
  testItem,
} from './testing/exchange.ts';
import { keyFileText, verifyJournals } from './verify-run.ts';

const START = '2024-06-01T00:00:00Z';
const MECHANISM = 'mechanism-2023';

function at(x: TestExchange, s: number): void {
  x.clock.advanceTo(x.clock.nowUs() + s * 1e6);
}

function share(x: TestExchange, nation: Nation, n: number, validS = 3000): void {
  x.nations.get(nation)!.share(testItem(nation, n, x.clock.nowUs(), {}, validS));
}

const got = (x: TestExchange, nation: Nation, since = 0): string[] =>
  x.received
    .slice(since)
    .filter((r) => r.at === nation)
    .map((r) => `${r.got.item.label.id}${r.got.history ? ' again' : ''}`);

const records = (x: TestExchange, node: 'KOR' | 'USA' | 'JPN' | 'HUB'): JournalRecord[] =>
  x
    .journals()
    .get(node)!
    .split('\n')
    .slice(0, -1)
    .map((l) => JSON.parse(l) as JournalRecord);

test('a node that was away for longer than the queues of the others last asks for what it missed, and has all of it', () => {
  const x = testExchange(START, { marking: openMarking, window: 4, capacity: 5, catchesUp: true });
  x.network.setLink('JPN', 'HUB', false);
  for (let n = 1; n <= 40; n++) {
    share(x, 'KOR', n);
    share(x, 'USA', n);
    at(x, 10);
  }
  assert.deepEqual(got(x, 'JPN'), []);
  x.network.setLink('JPN', 'HUB', true);
  at(x, 120);
  const all = (nation: Nation) => Array.from({ length: 40 }, (_, i) => `${nation}-${i + 1}`);
  const names = got(x, 'JPN').map((g) => g.replace(' again', ''));
  assert.deepEqual(
    [...names].sort(),
    [...all('KOR'), ...all('USA')].sort(),
    'each of them, and none of them twice',
  );
  for (const nation of ['KOR', 'USA'] as const) {
    const again = got(x, 'JPN').filter((g) => g.startsWith(nation) && g.endsWith('again'));
    assert.ok(again.length >= 30, `${again.length} by history`);
    const numbers = again.map((g) => Number(g.split(/[- ]/)[1]));
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
      'in order',
    );
    const [answer] = x.caughtUp.filter((c) => c.at === 'JPN' && c.what.from === nation);
    assert.equal(answer.what.lost, 0);
  }
  // A replayed release is a release: decided and journalled where it left, at the relay, and where it came.
  const sentAgain = records(x, 'KOR').filter((r) => r.kind === 'sentAgain');
  const taken = records(x, 'JPN').filter((r) => r.kind === 'received' && r.body.history);
  const relayed = records(x, 'HUB').filter((r) => r.kind === 'decision');
  assert.ok(taken.length > 60 && sentAgain.length >= 30 && relayed.length >= 40 + 30);
  const { problems, counts } = x.finish();
  assert.deepEqual(problems, []);
  assert.ok(counts.received >= 160);
});

test('a node that lost its disk is given the same signed bytes again; who has them takes them once', () => {
  const x = testExchange(START, { marking: openMarking });
  for (let n = 1; n <= 200; n++) {
    share(x, 'KOR', n);
    at(x, 1);
  }
  const first = new Map(
    x.received.filter((r) => r.at === 'JPN').map((r) => [r.got.item.label.id, r.got.hash] as const),
  );
  assert.equal(first.size, 200);
  let before = x.received.length;
  x.nations.get('JPN')!.catchUp(0);
  at(x, 60);
  assert.deepEqual(got(x, 'JPN', before), [], 'it has everything');
  before = x.received.length;
  x.loseDisk('JPN').catchUp(0);
  at(x, 60);
  const again = x.received.slice(before).filter((r) => r.at === 'JPN');
  assert.deepEqual(
    again.map((r) => [r.got.item.label.id, r.got.hash, r.got.history]),
    [...first].map(([id, hash]) => [id, hash, true]),
  );
  assert.deepEqual(
    x.caughtUp.filter((c) => c.what.from === 'KOR').map((c) => c.what.given),
    [200, 200],
  );
});

test('what may not go now is not given again: recalled, expired, suspended, withdrawn while it waited', () => {
  const x = testExchange(START, { marking: openMarking });
  share(x, 'KOR', 1, 60);
  for (let n = 2; n <= 6; n++) share(x, 'KOR', n);
  at(x, 10);
  x.nations.get('KOR')!.recall('KOR-3', 'a test');
  at(x, 10);
  // What waits for a broken link when its agreement is suspended never goes.
  x.network.setLink('JPN', 'HUB', false);
  share(x, 'KOR', 7);
  at(x, 1);
  x.book.append(MECHANISM, { timeUs: x.clock.nowUs(), event: 'suspended' });
  at(x, 100);
  const jpn = x.loseDisk('JPN');
  x.network.setLink('JPN', 'HUB', true);
  const before = x.received.length;
  jpn.catchUp(0);
  at(x, 600);
  assert.deepEqual(got(x, 'JPN', before), [], 'nothing under a suspended agreement');
  assert.deepEqual(
    x.caughtUp.filter((c) => c.what.agreement === MECHANISM),
    [],
  );
  const refusals = records(x, 'KOR').filter((r) => r.kind === 'sentAgain');
  assert.deepEqual(refusals, []);
  x.book.append(MECHANISM, { timeUs: x.clock.nowUs(), event: 'resumed' });
  at(x, 60);
  // The withdrawal of the third goes where the third went; the first has expired, which is told.
  assert.deepEqual(
    x.received
      .slice(before)
      .flatMap((r) => (r.at === 'JPN' ? [`${r.got.item.label.id} ${r.got.item.revision}`] : [])),
    ['KOR-2 1', 'KOR-4 1', 'KOR-5 1', 'KOR-6 1', 'KOR-3 2'],
  );
  const [answer] = x.caughtUp.filter((c) => c.what.from === 'KOR' && c.what.agreement === MECHANISM);
  assert.deepEqual([answer.what.given, answer.what.lost], [5, 1]);
});

test('suspended while an answer is on, the rest is not given; resumed, it comes', () => {
  const x = testExchange(START, { marking: openMarking, window: 4, capacity: 5, catchesUp: true });
  x.network.setLink('JPN', 'HUB', false);
  for (let n = 1; n <= 40; n++) {
    share(x, 'KOR', n);
    at(x, 10);
  }
  x.network.setLink('JPN', 'HUB', true);
  at(x, 1);
  x.book.append(MECHANISM, { timeUs: x.clock.nowUs(), event: 'suspended' });
  at(x, 300);
  const before = got(x, 'JPN').length;
  assert.ok(before > 10 && before < 40, `${before} before the suspension`);
  const denied = records(x, 'KOR').filter((r) => r.kind === 'decision' && r.body.decision === 'deny');
  assert.ok(denied.length > 0, 'each was decided again');
  x.book.append(MECHANISM, { timeUs: x.clock.nowUs(), event: 'resumed' });
  at(x, 300);
  const names = new Set(got(x, 'JPN').map((g) => g.replace(' again', '')));
  assert.deepEqual([names.size, got(x, 'JPN').length], [40, 40]);
  assert.deepEqual(x.finish().problems, []);
});

test('copies that were withdrawn when an answer was broken off go when they may: they went before', () => {
  const x = testExchange(START, { marking: openMarking, window: 4, capacity: 5 });
  for (let n = 1; n <= 40; n++) share(x, 'KOR', n, 7200);
  at(x, 10);
  const before = x.received.length;
  x.loseDisk('JPN').catchUp(0);
  at(x, 0.1);
  for (const a of ['JPN', 'KOR'] as const) x.network.setLink(a, 'HUB', false);
  x.book.append(MECHANISM, { timeUs: x.clock.nowUs(), event: 'suspended' });
  at(x, 30);
  x.book.append(MECHANISM, { timeUs: x.clock.nowUs(), event: 'resumed' });
  for (const a of ['JPN', 'KOR'] as const) x.network.setLink(a, 'HUB', true);
  at(x, 1200);
  const withdrawn = records(x, 'KOR').filter((r) => r.kind === 'gap' && r.body.reason === 'withdrawn');
  assert.ok(withdrawn.length > 0 && withdrawn.every((r) => r.body.history === true));
  assert.equal(got(x, 'JPN', before).length, 40);
  // A node that was killed knows it from its journal.
  const past = records(x, 'KOR');
  const again = x.received.length;
  x.loseDisk('KOR').goOn(past, () => {});
  x.loseDisk('JPN').catchUp(0);
  at(x, 1200);
  assert.equal(got(x, 'JPN', again).length, 40);
});

test('an answer that a suspension broke off is not given as the whole, however soon it is over', () => {
  const x = testExchange(START, { marking: openMarking });
  for (let n = 1; n <= 100; n++) share(x, 'KOR', n, 7200);
  at(x, 10);
  const { history } = x.network.transport('KOR');
  const read = history.read.bind(history);
  // A store that takes a second for each page.
  history.read = (name, from, done) =>
    read(name, from, (page) => void x.clock.at(x.clock.nowUs() + 1e6, () => done(page)));
  const before = x.received.length;
  x.loseDisk('JPN').catchUp(0);
  at(x, 0.9);
  x.book.append(MECHANISM, { timeUs: x.clock.nowUs(), event: 'suspended' });
  at(x, 0.5);
  x.book.append(MECHANISM, { timeUs: x.clock.nowUs(), event: 'resumed' });
  at(x, 600);
  assert.equal(got(x, 'JPN', before).length, 100);
  const [answer] = x.caughtUp.filter((c) => c.what.from === 'KOR' && c.what.agreement === MECHANISM);
  assert.deepEqual([answer.what.given, answer.what.lost], [100, 0]);
});

test('after a crash an event of an agreement does not make it ask before its witnesses had their time', () => {
  const x = testExchange(START, { marking: openMarking });
  const jpn = x.loseDisk('JPN');
  const wanted = {
    seq: 1,
    timeUs: 0,
    kind: 'historyWanted',
    body: { from: 'KOR', agreement: MECHANISM, sinceUs: 0 },
  };
  jpn.goOn([wanted as unknown as JournalRecord], () => {});
  at(x, 1);
  for (const event of ['suspended', 'resumed'] as const)
    x.book.append(MECHANISM, { timeUs: x.clock.nowUs(), event });
  const asked = (): number =>
    records(x, 'JPN').filter((r) => r.kind === 'sent' && String(r.body.item).startsWith('history:')).length;
  at(x, 18);
  assert.equal(asked(), 0);
  at(x, 2);
  assert.equal(asked(), 1);
});

test('the relay decides again too: consent that has run out meanwhile', () => {
  const tisa = testAgreements.filter((a) => a.id === 'tisa-2014');
  const until = '2024-06-01T01:00:00Z';
  const marking = (): Marking => ({
    releasableTo: NATIONS,
    consents: NATIONS.map((to) => ({ to, until })),
  });
  const x = testExchange(START, { agreements: tisa, marking });
  for (let n = 1; n <= 3; n++) share(x, 'KOR', n, 4 * 3600);
  at(x, 2000);
  assert.deepEqual(got(x, 'JPN'), ['KOR-1', 'KOR-2', 'KOR-3']);
  const given = (): string[] => {
    const before = x.received.length;
    x.loseDisk('JPN').catchUp(0);
    at(x, 2 * 900 + 60);
    return got(x, 'JPN', before);
  };
  const before = records(x, 'HUB').length;
  assert.deepEqual(given(), ['KOR-1 again', 'KOR-2 again', 'KOR-3 again']);
  const again = records(x, 'HUB')
    .slice(before)
    .map((r) => r.kind);
  assert.equal(again.filter((k) => k === 'duplicate').length, 3);
  assert.ok(again.filter((k) => k === 'relayed').length >= 3);
  assert.deepEqual(given(), [], 'after the consent has run out');
});

test('history is bounded, and what fell off is told', () => {
  const x = testExchange(START, { marking: openMarking, history: { maxBytes: 20_000, maxAgeUs: 86_400e6 } });
  for (let n = 1; n <= 50; n++) share(x, 'KOR', n);
  at(x, 10);
  const before = x.received.length;
  x.loseDisk('JPN').catchUp(0);
  at(x, 60);
  const names = got(x, 'JPN', before);
  assert.ok(names.length > 3 && names.length < 30, `${names.length} envelopes in 20000 bytes`);
  assert.equal(names[names.length - 1], 'KOR-50 again');
  const [answer] = x.caughtUp.filter((c) => c.what.from === 'KOR' && c.what.agreement === MECHANISM);
  assert.deepEqual([answer.what.given, answer.what.lost], [names.length, 50 - names.length]);
});

test('what a nation is given again does not depend on what there is for others', () => {
  const run = (others: boolean): string[] => {
    const x = testExchange(START, { history: { maxBytes: 20_000, maxAgeUs: 86_400e6 } });
    for (let n = 1; n <= 30; n++) {
      share(x, 'KOR', n);
      if (others)
        for (const m of [1, 2, 3])
          x.nations
            .get('KOR')!
            .share(testItem('KOR', 1000 * m + n, x.clock.nowUs(), { releasableTo: ['USA'] }, 3000));
      at(x, 1);
    }
    const before = x.received.length;
    x.loseDisk('JPN').catchUp(0);
    at(x, 60);
    return x.received
      .slice(before)
      .flatMap((r) => (r.at === 'JPN' ? [`${r.got.hash} ${r.got.receivedUs}`] : []));
  };
  const with_ = run(true);
  assert.ok(with_.length > 5);
  assert.deepEqual(with_, run(false));
});

test('whatever breaks and when, who asks has in the end all that it was released and that is there', () => {
  const step = fc.record({
    waitS: fc.integer({ min: 1, max: 60 }),
    what: fc.constantFrom('share', 'share', 'share', 'cut', 'mend', 'hubDies'),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 30 }), (steps) => {
      const x = testExchange(START, { marking: openMarking, window: 3, capacity: 4, catchesUp: true });
      let n = 0;
      for (const { waitS, what } of steps) {
        if (what === 'share') for (let i = 0; i < 4; i++) share(x, 'KOR', ++n);
        else if (what === 'cut') x.network.setLink('JPN', 'HUB', false);
        else if (what === 'mend') x.network.setLink('JPN', 'HUB', true);
        else {
          x.network.setLink('KOR', 'HUB', false);
          at(x, 5);
          x.network.setLink('KOR', 'HUB', true);
        }
        at(x, waitS);
      }
      x.network.setLink('JPN', 'HUB', true);
      at(x, 1);
      x.nations.get('JPN')!.catchUp(0);
      at(x, 400);
      const names = got(x, 'JPN').map((g) => g.replace(' again', ''));
      assert.equal(names.length, new Set(names).size, 'none twice');
      assert.deepEqual(names.length, n, 'all');
      assert.deepEqual(x.finish().problems, []);
    }),
    { numRuns: 10 },
  );
});

test('who comes late learns the keys that came meanwhile, and then takes what they signed; what an ended key signed is told as lost', () => {
  const { roots } = exerciseKeys(7, NODE_IDS);
  for (const from of NATIONS)
    for (const late of NATIONS) {
      if (from === late) continue;
      const x = testExchange(START, { marking: openMarking, ownRings: true });
      for (let n = 1; n <= 3; n++) share(x, from, n);
      at(x, 5);
      for (const office of [x.nations.get(from)!.keys, x.hub.keys]) {
        const { node } = office.signer;
        const next = new Signer(node, 'exercise', exerciseKey(`second key of ${node}`));
        office.rotate(next, addKey(next.record, roots.get(node)!, x.clock.nowUs()));
      }
      at(x, 5);
      for (let n = 4; n <= 6; n++) share(x, from, n);
      at(x, 5);
      const before = x.received.length;
      x.loseDisk(late).catchUp(0);
      at(x, 120);
      share(x, from, 7);
      at(x, 5);
      const names = [4, 5, 6].map((n) => `${from}-${n} again`);
      const [answer] = x.caughtUp.filter(
        (c) => c.at === late && c.what.from === from && c.what.agreement === MECHANISM,
      );
      const what = `${late} of ${from}`;
      assert.deepEqual(got(x, late, before), [...names, `${from}-7`], what);
      assert.deepEqual([answer.what.given, answer.what.lost], [3, 3], what);
    }
});

test('verify: what is given again needs a decision, an agreement in force, and a first release', () => {
  const released = { item: 'KOR-1', revision: 1, to: 'JPN', via: 'HUB', agreement: MECHANISM };
  const sent = (kind: 'sent' | 'sentAgain') => [kind, { ...released, envelope: 'a'.repeat(64) }] as const;
  const decided = (decision: 'allow' | 'reduce' | 'deny') => ['decision', { ...released, decision }] as const;
  const suspended = ['agreement', { agreement: MECHANISM, event: 'suspended', state: 'suspended' }] as const;
  const faults = (...lines: (readonly [string, Record<string, unknown>])[]): string[] => {
    const { signers, ring } = exerciseKeys(7, ['KOR']);
    const sink = memorySink();
    const journal = new Journal({ clock: { nowUs: () => 5 }, signer: signers.get('KOR')!, sink });
    for (const [kind, body] of lines) journal.write(kind, body);
    journal.close();
    const keys = JSON.parse(keyFileText(ring, 'exercise'));
    return verifyJournals(keys, new Map([['KOR', sink.text()]])).problems.map((p) => p.text);
  };
  assert.deepEqual(faults(decided('allow'), sent('sent'), decided('allow'), sent('sentAgain')), []);
  assert.match(faults(decided('allow'), sent('sentAgain')).join(), /before it was again/);
  const resumed = ['agreement', { agreement: MECHANISM, event: 'resumed', state: 'inForce' }] as const;
  assert.match(
    faults(decided('allow'), sent('sent'), suspended, resumed, sent('sentAgain')).join(),
    /a decision that released it/,
    'each time anew',
  );
  assert.deepEqual(faults(decided('reduce'), sent('sent')), []);
  assert.match(
    faults(decided('reduce'), sent('sent'), decided('reduce'), sent('sentAgain')).join(),
    /a decision that released it/,
    'the same bytes cannot be reduced',
  );
  assert.match(
    faults(decided('allow'), sent('sent'), decided('deny'), sent('sentAgain')).join(),
    /a decision that released it/,
  );
  assert.match(
    faults(decided('allow'), sent('sent'), suspended, decided('allow'), sent('sentAgain')).join(),
    /which was not in force/,
  );
  const recall = ['recall', { item: 'KOR-1', revision: 2, holders: [] }] as const;
  assert.match(
    faults(decided('allow'), sent('sent'), recall, decided('allow'), sent('sentAgain')).join(),
    /nothing of an item after its recall/,
  );
});
