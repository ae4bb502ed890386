import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { NATIONS, type Nation, NODE_IDS } from '../model/nation.ts';
import { BATCH_LEAST, BATCH_MOST, type BatchProof, batchesOf, signBatch, verifySigned } from './batch.ts';
import { binaryCodec } from './binary.ts';
import { canonicalJson } from './canonical.ts';
import {
  addHop,
  addHops,
  type Envelope,
  type EnvelopeCodec,
  jsonCodec,
  payloadHash,
  seal,
  sealTogether,
} from './envelope.ts';
import { exerciseKeys, KeyRing, revokeKey, Signer } from './keys.ts';
import { leafHash, MerkleTree, rootByInclusion } from './merkle.ts';
import { openMarking, testAgreements, testExchange, testItem } from './testing/exchange.ts';
import { openEnvelope } from './verify-envelope.ts';

const NOW = 1.705e15;
const { signers, roots, ring } = exerciseKeys(1, NODE_IDS);
const kor = signers.get('KOR')!;
const hub = signers.get('HUB')!;
const dispatch = { to: 'JPN', via: 'HUB', agreement: 'tisa-2014', offeredUs: NOW, sentUs: NOW } as const;
const batch = (count: number, from = 1): Envelope[] =>
  sealTogether(
    Array.from({ length: count }, (_, i) => ({ item: testItem('KOR', from + i, NOW), dispatch })),
    kor,
  );
const pass = (e: Envelope): Envelope => addHop(e, 'tisa-2014', NOW + 1000, hub);
const passTogether = (all: Envelope[]): Envelope[] =>
  addHops(
    all.map((envelope) => ({ envelope, agreement: 'tisa-2014' })),
    NOW + 1000,
    hub,
  );
const open = (e: Envelope, codec: EnvelopeCodec = jsonCodec, keys = ring) =>
  openEnvelope(codec.encode(e), { node: 'JPN', mode: 'exercise', ring: keys, codec }, NOW + 2000);
const fault = (e: Envelope): string => {
  const opened = open(e);
  return opened.ok ? 'ok' : opened.fault;
};
const otherHex = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);

test('one signature for all, and each envelope is verified, relayed and named alone, in both forms', () => {
  for (const count of [2, 3, 8, 13, BATCH_MOST]) {
    const all = batch(count);
    assert.equal(new Set(all.map((e) => e.signature)).size, 1);
    for (const [i, e] of all.entries()) {
      const alone = seal(testItem('KOR', 1 + i, NOW), dispatch, kor);
      assert.deepEqual(
        [e.payload, payloadHash(e)],
        [alone.payload, payloadHash(alone)],
        'the same item either way',
      );
      for (const codec of [jsonCodec, binaryCodec]) {
        assert.deepEqual(codec.decode(codec.encode(e)), e);
        // A ring that has seen no other of the batch.
        const opened = open(pass(e), codec, new KeyRing(ring.records));
        assert.ok(opened.ok && opened.hash === payloadHash(e));
      }
    }
    for (const e of passTogether(all)) assert.equal(fault(e), 'ok');
  }
});

test('any byte that is changed anywhere, in payload, signatures, proofs or hop, refuses the envelope', () => {
  const [e] = passTogether(batch(11)).slice(6);
  for (const codec of [jsonCodec, binaryCodec]) {
    const bytes = codec.encode(e);
    const receiver = { node: 'JPN' as const, mode: 'exercise' as const, ring, codec };
    assert.ok(openEnvelope(bytes, receiver, NOW + 2000).ok);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Uint8Array.from(bytes);
        changed[at] ^= flip;
        assert.equal(openEnvelope(changed, receiver, NOW + 2000).ok, false, `byte ${at}`);
      }),
      { numRuns: 1500 },
    );
  }
  // Every digit of every hash of both proofs, and every other place and number of messages.
  const withProof = (proof: BatchProof): Envelope => ({ ...e, batch: proof });
  const withHopProof = (proof: BatchProof): Envelope => ({ ...e, hops: [{ ...e.hops[0], batch: proof }] });
  for (const [proof, changed] of [
    [e.batch!, withProof],
    [e.hops[0].batch!, withHopProof],
  ] as const) {
    for (const [k, hash] of proof.path.entries())
      for (let at = 0; at < hash.length; at++)
        assert.notEqual(fault(changed({ ...proof, path: proof.path.with(k, otherHex(hash, at)) })), 'ok');
    for (let index = 0; index < 64; index++)
      if (index !== proof.index) assert.notEqual(fault(changed({ ...proof, index })), 'ok', `index ${index}`);
    for (let count = 2; count <= BATCH_MOST; count++)
      if (count !== proof.count) assert.notEqual(fault(changed({ ...proof, count })), 'ok', `count ${count}`);
    assert.notEqual(fault(changed({ ...proof, path: proof.path.slice(1) })), 'ok');
    assert.notEqual(fault(changed({ ...proof, path: [...proof.path, proof.path[0]] })), 'ok');
  }
  const { batch: _, ...bare } = e;
  assert.equal(fault(bare), 'badSignature', 'without its proof the signature is of nothing');
});

test('a proof of another message or another batch proves nothing', () => {
  const [one, other] = [batch(9), batch(9, 100)];
  for (const [i, e] of one.entries()) {
    for (const [k, stranger] of other.entries()) {
      assert.equal(fault(pass({ ...e, batch: stranger.batch! })), 'badSignature');
      assert.equal(
        fault(pass({ ...e, batch: stranger.batch!, signature: stranger.signature })),
        'badSignature',
      );
      if (k !== i) assert.equal(fault(pass({ ...e, batch: one[k].batch! })), 'badSignature');
    }
  }
  const alone = seal(testItem('KOR', 50, NOW), dispatch, kor);
  assert.equal(fault(pass({ ...alone, batch: one[0].batch! })), 'badSignature');
  const [relayed, again] = [passTogether(one), passTogether(other)];
  const swapped = { ...relayed[0], hops: [{ ...relayed[0].hops[0], batch: again[0].hops[0].batch! }] };
  assert.equal(fault(swapped), 'badSignature');
  // The hop names the proof that it was given with: it cannot be taken off or exchanged below it.
  assert.equal(fault({ ...relayed[0], hops: relayed[1].hops }), 'brokenProvenance');
});

test('an inner node is no message, nor a message an inner node', () => {
  const messages = Array.from({ length: 8 }, (_, i) => Buffer.from(`message ${i}`));
  const { signature, proofs } = signBatch('ENVELOPE', messages, 'exercise', kor);
  const check = (message: Uint8Array, proof: BatchProof): boolean =>
    verifySigned(ring, 'ENVELOPE', 'exercise', kor.keyId, message, signature, proof);
  for (const [i, m] of messages.entries()) assert.ok(check(m, proofs[i]));
  const [a, b] = [leafHash(messages[0]), leafHash(messages[1])];
  const joined = Buffer.concat([a, b]);
  const above = proofs[0].path.slice(1);
  for (const count of [2, 3, 4, 8])
    for (let index = 0; index < count; index++)
      for (const made of [joined, Buffer.concat([Buffer.from([1]), joined])])
        assert.equal(check(made, { count, index, path: above }), false);
  // Were leaves and nodes hashed alike, the pair would pass for a message of a tree of four.
  const plain = (...parts: Uint8Array[]): Buffer => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
  };
  const leaves = messages.map((m) => plain(m));
  const pairs = [0, 2, 4, 6].map((i) => plain(leaves[i], leaves[i + 1]));
  const right = plain(pairs[2], pairs[3]);
  const root = plain(plain(pairs[0], pairs[1]), right);
  const forged = plain(Buffer.concat([leaves[0], leaves[1]]));
  assert.deepEqual(plain(plain(forged, pairs[1]), right), root);
  // With the two hashed apart it leads elsewhere.
  const tree = new MerkleTree();
  for (const m of messages) tree.append(leafHash(m));
  const path = above.map((h) => Buffer.from(h, 'hex'));
  assert.notDeepEqual(rootByInclusion(leafHash(joined), 0, 4, path), tree.root());
});

test('a signature is for one purpose and one mode: batch, envelope and hop never stand in for each other', () => {
  const live = new Signer('KOR', 'live', generateKeyPairSync('ed25519').privateKey);
  const both = new KeyRing([...ring.records, live.record]);
  const messages = [Buffer.from('a'), Buffer.from('b')];
  const { signature, proofs } = signBatch('ENVELOPE', messages, 'exercise', kor);
  const check = (
    signs: 'ENVELOPE' | 'HOP',
    mode: 'exercise' | 'live',
    proof: BatchProof | undefined,
  ): boolean => verifySigned(both, signs, mode, kor.keyId, messages[0], signature, proof);
  assert.ok(check('ENVELOPE', 'exercise', proofs[0]));
  assert.equal(check('HOP', 'exercise', proofs[0]), false);
  assert.equal(check('ENVELOPE', 'live', proofs[0]), false);
  assert.equal(check('ENVELOPE', 'exercise', undefined), false);
  // The statement of a batch, signed as if it were an envelope, is no signature of the batch, nor the reverse.
  const tree = new MerkleTree();
  for (const m of messages) tree.append(leafHash(m));
  const text = Buffer.from(canonicalJson({ count: 2, root: tree.root().toString('hex'), signs: 'ENVELOPE' }));
  const asEnvelope = kor.sign('ENVELOPE', 'exercise', text);
  assert.equal(
    verifySigned(both, 'ENVELOPE', 'exercise', kor.keyId, messages[0], asEnvelope, proofs[0]),
    false,
  );
  assert.equal(
    verifySigned(
      both,
      'ENVELOPE',
      'exercise',
      kor.keyId,
      text,
      kor.sign('BATCH', 'exercise', text),
      undefined,
    ),
    false,
  );
  assert.throws(() => signBatch('ENVELOPE', messages, 'live', kor), /BF_KEY_MODE/);
  const items = [1, 2].map((n) => ({ item: testItem('KOR', n, NOW, { mode: 'live' }), dispatch }));
  assert.throws(() => sealTogether(items, kor), /BF_KEY_MODE/);
  assert.throws(() => sealTogether([items[0], { item: testItem('KOR', 3, NOW), dispatch }], kor), /BF_/);
});

test('a key that is revoked refuses what it signed in a batch too, although the batch was found to fit before', () => {
  const own = new KeyRing(ring.records);
  const [first, second] = batch(8).map(pass);
  assert.ok(open(first, jsonCodec, own).ok);
  const next = new Signer('KOR', 'exercise', generateKeyPairSync('ed25519').privateKey);
  own.apply(revokeKey(kor.keyId, roots.get('KOR')!, NOW));
  const opened = open(second, jsonCodec, own);
  assert.equal(!opened.ok && opened.fault, 'revokedKey');
  assert.equal(own.verify('BATCH', 'exercise', next.keyId, Buffer.from('x'), first.signature), false);
});

test('batches are bounded, few are signed alone, none is left out or doubled', () => {
  fc.assert(
    fc.property(fc.nat(500), (n) => {
      const all = Array.from({ length: n }, (_, i) => i);
      const lists = batchesOf(all);
      assert.deepEqual(lists.flat(), all);
      for (const list of lists)
        assert.ok(list.length <= BATCH_MOST && (n < BATCH_LEAST ? list.length === 1 : list.length > 1));
    }),
  );
});

const DAY = '2024-01-14T05:55:00Z';
type Run = ReturnType<typeof testExchange>;
const salvo = (x: Run, nation: Nation, n: number): void => {
  const now = x.clock.nowUs();
  const exchange = x.nations.get(nation)!;
  exchange.together(() => {
    for (let i = 1; i <= n; i++) exchange.share(testItem(nation, i, now));
  });
};
const lines = (x: Run, node: Nation | 'HUB', kind: string): Record<string, unknown>[] =>
  x
    .journals()
    .get(node)!
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as { kind: string; body: Record<string, unknown> })
    .filter((r) => r.kind === kind)
    .map((r) => r.body);

test('a node’s step with many items goes as batches, arrives as soon, and the journals verify', () => {
  for (const codec of [jsonCodec, binaryCodec])
    for (const hubBatches of [false, true]) {
      const run = (together: boolean): Run => {
        const x = testExchange(DAY, { marking: openMarking, codec, hubBatches });
        if (together) for (const nation of NATIONS) salvo(x, nation, 70);
        else
          for (const nation of NATIONS)
            for (let i = 1; i <= 70; i++) x.nations.get(nation)!.share(testItem(nation, i, x.clock.nowUs()));
        x.clock.advanceTo(x.clock.nowUs() + 10e6);
        return x;
      };
      const [x, alone] = [run(true), run(false)];
      const got = (r: Run): string[] =>
        r.received
          .map(({ at, got: g }) => `${at} ${g.item.label.id} ${g.path} ${g.receivedUs} ${g.hash}`)
          .sort();
      assert.equal(x.received.length, 3 * 2 * 70);
      assert.deepEqual(got(x), got(alone), 'the same items, at the same time, under the same names');
      const envelopes = lines(x, 'JPN', 'received').map((b) => b.envelope as Envelope);
      assert.ok(envelopes.every((e) => e.batch?.count === 35));
      assert.equal(new Set(envelopes.map((e) => e.signature)).size, 4);
      assert.equal(envelopes.filter((e) => e.hops[0]?.batch).length > 0, hubBatches);
      const again = run(true);
      assert.deepEqual([...x.journals()], [...again.journals()], 'the same run, the same bytes');
      assert.deepEqual(x.finish().problems, []);
    }
});

test('a batch tells a recipient nothing of what the hub will not give it', () => {
  // Under TISA the hub refuses what its originator did not consent to; at the sender it is released.
  const tisa = testAgreements.filter((a) => a.id === 'tisa-2014').map((a) => ({ ...a, handlingDelayS: 0 }));
  const run = (hidden: number): Run => {
    const x = testExchange(DAY, { agreements: tisa });
    const kor = x.nations.get('KOR')!;
    const now = x.clock.nowUs();
    const consents = [{ by: 'KOR' as const, to: 'JPN' as const, until: '2100-01-01' }];
    kor.together(() => {
      for (let i = 1; i <= 12; i++) {
        kor.share(testItem('KOR', i, now, { consents }));
        if (i <= hidden) kor.share(testItem('KOR', 100 + i, now, { releasableTo: ['JPN'] }));
      }
    });
    x.clock.advanceTo(now + 10e6);
    return x;
  };
  const [without, with9] = [run(0), run(9)];
  assert.equal(lines(with9, 'HUB', 'notRelayed').length, 9);
  const received = lines(with9, 'JPN', 'received');
  assert.equal(received.length, 12);
  assert.ok(received.every((b) => (b.envelope as Envelope).batch?.count === 12));
  assert.deepEqual(with9.journals().get('JPN'), without.journals().get('JPN'));
});

test('what is withdrawn in the same step is sealed before, and recalled after', () => {
  const x = testExchange(DAY, { marking: openMarking });
  const kor = x.nations.get('KOR')!;
  const now = x.clock.nowUs();
  kor.together(() => {
    for (let i = 1; i <= 10; i++) kor.share(testItem('KOR', i, now));
    kor.recall('KOR-3', 'wrong');
  });
  x.clock.advanceTo(now + 10e6);
  assert.equal(kor.recalls()[0].holders.length, 2);
  assert.deepEqual(x.finish().problems, []);
});

test('what waits for its batch at the hub when its agreement is suspended is decided again, and leaves no trace', () => {
  const x = testExchange(DAY, { marking: openMarking, hubBatches: true });
  const start = x.clock.nowUs();
  salvo(x, 'KOR', 10);
  // All ten are at the hub, and its batch is not signed yet.
  let atHub = 0;
  x.clock.at(start + 20_000, () => {
    atHub = x.hub.counters.received;
    x.book.append('mechanism-2023', { timeUs: x.clock.nowUs(), event: 'suspended' });
  });
  x.clock.advanceTo(start + 10e6);
  assert.equal(atHub, 20);
  const mechanism = lines(x, 'HUB', 'relayed').filter((b) => b.agreement === 'mechanism-2023');
  assert.deepEqual(mechanism, []);
  assert.equal(lines(x, 'HUB', 'notRelayed').length, 20);
  assert.deepEqual(x.finish().problems, []);
});
