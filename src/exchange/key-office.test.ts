import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualScheduler } from '../model/clock.ts';
import { NATIONS, type Nation, NODE_IDS, type NodeId } from '../model/nation.ts';
import { AgreementBook } from './book.ts';
import { canonicalJson } from './canonical.ts';
import type { Envelope } from './envelope.ts';
import { Hub } from './hub.ts';
import { Journal, memorySink } from './journal.ts';
import type { KeyOffice } from './key-office.ts';
import { addKey, exerciseKey, exerciseKeys, type KeyEvent, KeyRing, revokeKey, Signer } from './keys.ts';
import { AgreementLedger } from './ledger.ts';
import { openMarking, testAgreements, testExchange, testItem } from './testing/exchange.ts';
import { keyFileText, verifyJournals } from './verify-run.ts';

const NO_CAUSE = { en: 'test', ko: '시험', ja: '試験' };
const DAY = '2024-01-14T05:55:00Z';
const nextKey = (node: NodeId, n = 1): Signer =>
  new Signer(node, 'exercise', exerciseKey(`7\n${node}\nnext ${n}`));
const { roots } = exerciseKeys(7, NODE_IDS);
const rotate = (x: Run, office: KeyOffice, next: Signer): void =>
  office.rotate(next, addKey(next.record, roots.get(next.node)!, x.clock.nowUs()));
const network = (options: Parameters<typeof testExchange>[1] = {}) =>
  testExchange(DAY, { marking: openMarking, ownRings: true, ...options });
type Run = ReturnType<typeof network>;
const records = (x: Run, node: NodeId, kind: string): Record<string, unknown>[] =>
  x
    .journals()
    .get(node)!
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as { kind: string; body: Record<string, unknown> })
    .filter((r) => r.kind === kind)
    .map((r) => r.body);
const advance = (x: Run, seconds: number): void => x.clock.advanceTo(x.clock.nowUs() + seconds * 1e6);
const knows = (x: Run, keyId: string): NodeId[] => NODE_IDS.filter((n) => x.rings.get(n)!.find(keyId));
const refuses = (x: Run, keyId: string): NodeId[] =>
  NODE_IDS.filter((n) => x.rings.get(n)!.isRevoked(keyId, x.clock.nowUs()));

test('a rotation reaches every node, the new key signs from then on, the old one ends, and nothing is lost', () => {
  for (const node of NODE_IDS) {
    const x = network();
    const office = node === 'HUB' ? x.hub.keys : x.nations.get(node)!.keys;
    const [old, next] = [office.signer, nextKey(node)];
    let n = 0;
    const share = (): void => {
      n++;
      for (const nation of NATIONS) x.nations.get(nation)!.share(testItem(nation, n, x.clock.nowUs()));
    };
    // Items all the while, several in each hop's time.
    for (let i = 0; i < 40; i++) {
      if (i === 10) rotate(x, office, next);
      share();
      advance(x, 0.01);
    }
    assert.equal(office.signer, next, node);
    assert.deepEqual(knows(x, next.keyId), [...NODE_IDS], node);
    advance(x, 1);
    share();
    advance(x, 10);
    assert.deepEqual(refuses(x, old.keyId), [...NODE_IDS], node);
    assert.equal(x.received.length, 41 * 6, `${node}: every item arrived`);
    for (const at of NATIONS) {
      assert.deepEqual(records(x, at, 'refused'), []);
      const last = records(x, at, 'received').at(-1)!.envelope as Envelope;
      const used = [last.keyId, ...last.hops.map((h) => h.keyId)];
      assert.ok(!used.includes(old.keyId));
      assert.equal(records(x, at, 'key').length, 2, 'each event once');
    }
    const report = x.finish();
    assert.deepEqual(report.problems, [], node);
    assert.equal(report.counts.received, 41 * 6);
  }
});

test('over a break a rotation waits: no item is signed with a key that its recipient cannot know', () => {
  const x = network();
  const kor = x.nations.get('KOR')!;
  const [old, next] = [kor.keys.signer, nextKey('KOR')];
  x.network.setLink('JPN', 'HUB', false);
  x.network.setLink('KOR', 'JPN', false);
  rotate(x, kor.keys, next);
  for (let i = 1; i <= 5; i++) kor.share(testItem('KOR', i, x.clock.nowUs()));
  advance(x, 30);
  assert.equal(kor.keys.signer, old);
  assert.deepEqual(knows(x, next.keyId), ['USA', 'KOR', 'HUB']);
  x.network.setLink('JPN', 'HUB', true);
  x.network.setLink('KOR', 'JPN', true);
  advance(x, 30);
  assert.equal(kor.keys.signer, next);
  kor.share(testItem('KOR', 6, x.clock.nowUs()));
  advance(x, 30);
  assert.equal(x.received.filter((r) => r.at === 'JPN').length, 6);
  assert.deepEqual(refuses(x, old.keyId), [...NODE_IDS]);
  assert.deepEqual(x.finish().problems, []);
});

test('a stolen key is revoked: from the moment that the event arrives nothing it signs is taken, however it is dated', () => {
  const x = network();
  const kor = x.nations.get('KOR')!;
  const stolen = kor.keys.signer;
  rotate(x, kor.keys, nextKey('KOR'));
  advance(x, 5);
  // Taken back already by the rotation. A further key is put in and revoked outright.
  const [second, third] = [kor.keys.signer, nextKey('KOR', 3)];
  rotate(x, kor.keys, third);
  advance(x, 5);
  assert.deepEqual(refuses(x, stolen.keyId), [...NODE_IDS]);
  assert.deepEqual(refuses(x, second.keyId), [...NODE_IDS]);
  assert.throws(() => kor.keys.revoke(third.keyId), /BF_KEY_MODE/);
  assert.throws(() => rotate(x, kor.keys, nextKey('JPN')), /BF_KEY_MODE/);
  // The key in use cannot vouch for another by itself, nor with what was vouched for some other key.
  const own = nextKey('KOR', 4);
  for (const vouched of [
    addKey(own.record, third, 0),
    addKey(nextKey('KOR', 5).record, roots.get('KOR')!, 0),
  ])
    assert.throws(() => kor.keys.rotate(own, vouched), /BF_KEY_MODE/);
  // The thief vouches for a key of his own, and ends the honest one, both dated before the revocation.
  const before = x.clock.nowUs() - 3600e6;
  const thiefs = nextKey('KOR', 9);
  for (const event of [addKey(thiefs.record, stolen, before), revokeKey(third.keyId, stolen, before)])
    x.network.transport('KOR').send('HUB', {
      id: event.signature,
      bytes: Buffer.from(canonicalJson(event)),
      flow: 'USA',
      priority: 'warning',
      key: null,
    });
  advance(x, 5);
  assert.deepEqual([knows(x, thiefs.keyId), refuses(x, third.keyId)], [[], []]);
  assert.equal(records(x, 'HUB', 'refused').length, 2);
  kor.share(testItem('KOR', 1, x.clock.nowUs()));
  advance(x, 5);
  assert.equal(x.received.length, 2);
  assert.deepEqual(x.finish().problems, []);
});

test('a thief of the key in use, who is first, puts in no key of his own and locks nobody out; the root key ends it', () => {
  const x = network();
  const kor = x.nations.get('KOR')!;
  const [first, stolen, thiefs] = [kor.keys.signer, nextKey('KOR'), nextKey('KOR', 9)];
  rotate(x, kor.keys, stolen);
  advance(x, 5);
  assert.equal(kor.keys.signer, stolen);
  const root = roots.get('KOR')!;
  const nowUs = x.clock.nowUs();
  const tries = [
    addKey(thiefs.record, stolen, nowUs),
    addKey(thiefs.record, thiefs, nowUs),
    revokeKey(stolen.keyId, stolen, nowUs),
    revokeKey(root.keyId, stolen, nowUs),
    addKey(
      { ...thiefs.record, id: thiefs.keyId.replace('exercise.', 'exercise.root.'), role: 'root' },
      stolen,
      nowUs,
    ),
  ];
  for (const event of tries)
    x.network.transport('KOR').send('HUB', {
      id: event.signature,
      bytes: Buffer.from(canonicalJson(event)),
      flow: 'USA',
      priority: 'warning',
      key: null,
    });
  advance(x, 5);
  assert.equal(records(x, 'HUB', 'refused').length, tries.length);
  assert.deepEqual([knows(x, thiefs.keyId), refuses(x, stolen.keyId)], [[], []]);
  assert.equal(x.rings.get('HUB')!.find(stolen.keyId)!.id, stolen.keyId);
  // The nation gets a new key vouched for by the root key; that one ends the stolen one, and the thief cannot end it.
  const honest = nextKey('KOR', 2);
  rotate(x, kor.keys, honest);
  advance(x, 5);
  assert.deepEqual([kor.keys.signer, refuses(x, stolen.keyId)], [honest, [...NODE_IDS]]);
  assert.deepEqual(refuses(x, first.keyId), [...NODE_IDS]);
  const ring = x.rings.get('JPN')!;
  assert.throws(() => ring.apply(revokeKey(honest.keyId, stolen, nowUs), x.clock.nowUs()), /BF_KEY_MODE/);
  // Even one that was never ended: an older key ends no newer one, the root key ends any.
  const plain = new KeyRing([...exerciseKeys(7, NODE_IDS).ring.records]);
  plain.apply(addKey(honest.record, root, 0));
  assert.throws(() => plain.apply(revokeKey(honest.keyId, first, 0)), /not newer/);
  plain.apply(revokeKey(honest.keyId, root, 0));
  assert.ok(plain.isRevoked(honest.keyId, 0));
  assert.deepEqual(x.finish().problems, []);
});

test('a root key signs events of keys and nothing else, and nothing else that it signed would be taken', () => {
  const { ring } = exerciseKeys(7, NODE_IDS);
  const root = roots.get('KOR')!;
  assert.throws(() => root.sign('ENVELOPE', 'exercise', Buffer.from('x')), /BF_KEY_MODE/);
  assert.throws(() => root.signNote('beaconfire/exercise/KOR/journal\n0\n\n'), /BF_KEY_MODE/);
  // The same private key without its role has another name, which no ring knows.
  const bare = new Signer('KOR', 'exercise', exerciseKey('7\nKOR\nroot'));
  const signature = bare.sign('HEAD', 'exercise', Buffer.from('x'));
  assert.equal(ring.verify('HEAD', 'exercise', bare.keyId, Buffer.from('x'), signature), false);
  assert.equal(ring.verify('HEAD', 'exercise', root.keyId, Buffer.from('x'), signature), false);
  assert.ok(ring.of('KOR', 'exercise').every((r) => r.role === undefined));
});

test('verify: a head or a ledger entry signed by a key that had ended is a problem, and so is an end that is left out', () => {
  const { ring, signers } = exerciseKeys(7, NODE_IDS);
  const clock = new VirtualScheduler(1_700_000_000e6);
  const [old, next, root] = [signers.get('KOR')!, nextKey('KOR'), roots.get('KOR')!];
  const events = [addKey(next.record, root, clock.nowUs()), revokeKey(old.keyId, next, clock.nowUs())];
  const journalOf = (node: NodeId, write: (journal: Journal) => void): string => {
    const sink = memorySink();
    const journal = new Journal({ clock, sink, signer: signers.get(node)! });
    write(journal);
    journal.close();
    return sink.text();
  };
  const hear = (journal: Journal): void => {
    for (const event of events) journal.write('key', { event, link: 'KOR' });
  };
  const book = new AgreementBook(testAgreements);
  const ledger = new AgreementLedger({ mode: 'exercise', clock, ring, book });
  const entry = ledger.draft(
    { agreement: 'gsomia-2016', event: 'suspended', by: ['KOR'], cause: NO_CAUSE, timeUs: clock.nowUs() },
    [old],
  );
  const suspended = (journal: Journal): void =>
    void journal.write('agreement', {
      agreement: 'gsomia-2016',
      event: 'suspended',
      state: 'suspended',
      epoch: 1,
      entry,
    });
  const verified = (write: (node: NodeId) => (journal: Journal) => void): string[] =>
    verifyJournals(
      JSON.parse(keyFileText(ring, 'exercise')),
      new Map(NODE_IDS.map((node) => [node, journalOf(node, write(node))])),
    ).problems.map((p) => `${p.node} ${p.text}`);
  // KOR's journal is closed with the new key by a node that turned to it, with the old one by who stole that.
  const honest = (node: NodeId) => (j: Journal) => {
    hear(j);
    if (node === 'KOR') j.use(next);
  };
  assert.deepEqual(verified(honest), []);
  assert.match(verified(() => hear).join(), /KOR expected a head signed by a key in use/);
  assert.match(
    verified((node) => (node === 'KOR' ? () => {} : hear)).join(),
    /KOR expected the end of KOR\S+, which others heard of, found none/,
  );
  assert.deepEqual(
    verified((node) => (j) => {
      suspended(j);
      honest(node)(j);
    }),
    [],
    'signed before its key ended',
  );
  // One node's journal, rightly chained, with what nobody signed: it alone is at fault, and nobody's key has ended by it.
  const bySay = (say: (j: Journal) => void): string[] =>
    verified((node) => (j) => {
      honest(node)(j);
      if (node === 'USA') say(j);
    });
  const unsigned = { ...revokeKey(next.keyId, root, clock.nowUs()), signature: '0'.repeat(128) };
  // Under the signature of an honest event, so that it would stand in its place.
  const twin = { ...events[0], key: nextKey('KOR', 7).record };
  for (const event of [unsigned, twin, { event: 'revoked', keyId: next.keyId }]) {
    const told = bySay((j) => j.write('key', { event, link: 'KOR' }));
    assert.equal(told.length, 1, told.join());
    assert.match(told[0], /^USA expected an event signed by a key of the same node that may, found /);
  }
  // Which key is newer is not for another's journal to say.
  const third = nextKey('KOR', 3);
  const more = [
    addKey(third.record, root, clock.nowUs() + 1),
    revokeKey(next.keyId, third, clock.nowUs() + 1),
  ];
  const turned = verified((node) => (j) => {
    for (const event of node === 'USA' ? [more[0], events[0]] : [...events, ...more])
      j.write('key', { event, link: 'KOR' });
    if (node === 'KOR') j.use(third);
  });
  assert.deepEqual(turned, []);
  const late = verified((node) => (j) => {
    honest(node)(j);
    suspended(j);
  });
  assert.equal(late.filter((t) => t.includes('expected a signature of a key in use')).length, 4);
  // While it runs, whatever date the entry has.
  for (const event of events) ring.apply(event);
  assert.throws(() => ledger.append(entry), /expected a signature of a key in use/);
  assert.deepEqual(ledger.entries, []);
});

test('the hub killed while it passes an event on: the event still reaches all', () => {
  const x = network();
  const jpn = x.nations.get('JPN')!;
  x.network.setLink('KOR', 'HUB', false);
  x.network.setLink('KOR', 'JPN', false);
  rotate(x, jpn.keys, nextKey('JPN'));
  advance(x, 2);
  // KOR does not have it, so the hub has not acknowledged, and JPN still has it to tell.
  assert.equal(
    x.network
      .transport('JPN')
      .links()
      .find((l) => l.to === 'HUB')!.unacknowledged > 0,
    true,
  );
  assert.equal(jpn.keys.signer, x.signers.get('JPN'));
  x.hub.kill();
  const { clock, book } = x;
  const signer = x.signers.get('HUB')!;
  const ring = new KeyRing(x.rings.get('USA')!.records.filter((r) => r.id !== nextKey('JPN').keyId));
  const journal = new Journal({ clock, signer, sink: memorySink() });
  const hub = new Hub({
    mode: 'exercise',
    clock,
    book,
    ring,
    signer,
    journal,
    transport: x.network.restart('HUB'),
  });
  x.network.setLink('KOR', 'HUB', true);
  x.network.setLink('KOR', 'JPN', true);
  advance(x, 60);
  for (const known of [ring, ...NATIONS.map((n) => x.rings.get(n)!)])
    assert.ok(
      known.find(nextKey('JPN').keyId) && known.isRevoked(x.signers.get('JPN')!.keyId, clock.nowUs()),
    );
  jpn.share(testItem('JPN', 1, clock.nowUs()));
  advance(x, 5);
  assert.deepEqual([x.received.length, hub.counters.relayed], [2, 2]);
});

test('after a restart a node knows again what its journal has of keys, and tells its own again', () => {
  const x = network();
  const kor = x.nations.get('KOR')!;
  rotate(x, kor.keys, nextKey('KOR'));
  advance(x, 5);
  const events = records(x, 'KOR', 'key').map((b) => b.event as KeyEvent);
  assert.equal(events.length, 2);
  const y = network({ signer: (node, first) => (node === 'KOR' ? nextKey('KOR') : first) });
  for (const event of events) y.rings.get('KOR')!.apply(event);
  y.nations.get('KOR')!.keys.resume(events);
  advance(y, 5);
  assert.deepEqual(knows(y, nextKey('KOR').keyId), [...NODE_IDS]);
  assert.deepEqual(refuses(y, x.signers.get('KOR')!.keyId), [...NODE_IDS]);
  // It ended between the new key and the end of the old: the old one ends now.
  const z = network({ signer: (node, first) => (node === 'KOR' ? nextKey('KOR') : first) });
  z.rings.get('KOR')!.apply(events[0]);
  z.nations.get('KOR')!.keys.resume(events.slice(0, 1));
  advance(z, 5);
  assert.deepEqual(knows(z, nextKey('KOR').keyId), [...NODE_IDS]);
  assert.deepEqual(refuses(z, x.signers.get('KOR')!.keyId), [...NODE_IDS]);
  // It ended before it turned to the new key: the old one is still its own, and ends none that is newer.
  const w = network();
  w.rings.get('KOR')!.apply(events[0]);
  w.nations.get('KOR')!.keys.resume(events.slice(0, 1));
  advance(w, 5);
  assert.deepEqual([refuses(w, nextKey('KOR').keyId), refuses(w, x.signers.get('KOR')!.keyId)], [[], []]);
  rotate(w, w.nations.get('KOR')!.keys, nextKey('KOR', 2));
  advance(w, 5);
  assert.deepEqual(refuses(w, nextKey('KOR').keyId), [...NODE_IDS]);
  assert.deepEqual(refuses(w, x.signers.get('KOR')!.keyId), [...NODE_IDS]);
});

test('verify: what a journal took from a key that it knew to be revoked is a problem', () => {
  const x = network();
  const kor = x.nations.get('KOR')!;
  const old = kor.keys.signer;
  rotate(x, kor.keys, nextKey('KOR'));
  advance(x, 5);
  // A node that does not look at its keys: the ring of JPN forgets what was revoked.
  const jpn = x.rings.get('JPN')!;
  jpn.isRevoked = () => false;
  const hub = x.rings.get('HUB')!;
  hub.isRevoked = () => false;
  const exchange = x.nations.get('KOR')! as unknown as { keys: { signer: Signer } };
  Object.defineProperty(exchange.keys, 'signer', { get: () => old });
  kor.share(testItem('KOR', 1, x.clock.nowUs(), { releasableTo: ['JPN' as Nation] }));
  advance(x, 5);
  const { problems } = x.finish();
  assert.ok(
    problems.some((p) => p.node === 'JPN' && p.text.includes('which was revoked before')),
    JSON.stringify(problems),
  );
});
