import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { BeaconfireError } from '../model/errors.ts';
import { NODE_IDS } from '../model/nation.ts';
import { jsonCodec, seal } from './envelope.ts';
import { addKey, exerciseKeys, type KeyEvent, KeyRing, revokeKey, Signer } from './keys.ts';
import { testItem } from './testing/exchange.ts';
import { openEnvelope } from './verify-envelope.ts';

const NOW = 1_700_000_000e6;
const refused = (e: unknown): boolean => e instanceof BeaconfireError && e.code === 'BF_KEY_MODE';
const fresh = (mode: 'exercise' | 'live' = 'exercise'): Signer =>
  new Signer('KOR', mode, generateKeyPairSync('ed25519').privateKey);

test('a key is rotated: the new one is vouched for by the root key, and revokes the old one', () => {
  const { signers, roots, ring } = exerciseKeys(7, NODE_IDS);
  const root = roots.get('KOR')!;
  const [old, next] = [signers.get('KOR')!, fresh()];
  const send = (signer: Signer, n: number) =>
    jsonCodec.encode(
      seal(
        testItem('KOR', n, NOW, { elements: ['trajectory', 'launchPoint', 'impactPoint', 'sensorIdentity'] }),
        { to: 'JPN', via: null, agreement: 'gsomia-2016', offeredUs: NOW, sentUs: NOW },
        signer,
      ),
    );
  const open = (bytes: Uint8Array, atUs: number): string => {
    const opened = openEnvelope(bytes, { node: 'JPN', mode: 'exercise', ring }, atUs);
    return opened.ok ? 'ok' : opened.fault;
  };
  assert.deepEqual([open(send(old, 1), NOW), open(send(next, 2), NOW)], ['ok', 'unknownKey']);
  ring.apply(addKey(next.record, root, NOW));
  assert.deepEqual([open(send(old, 3), NOW), open(send(next, 4), NOW)], ['ok', 'ok']);
  ring.apply(revokeKey(old.keyId, next, NOW + 10e6));
  assert.equal(open(send(old, 5), NOW + 9e6), 'ok');
  // However old the envelope says it is: what counts is when it comes.
  assert.equal(open(send(old, 5), NOW + 10e6), 'revokedKey');
  assert.equal(open(send(next, 6), NOW + 10e6), 'ok');
  // A revoked key vouches for nothing, and does not come back by being added again or revoked later.
  assert.throws(() => ring.apply(addKey(fresh().record, old, NOW + 11e6)), refused);
  ring.apply(addKey(old.record, root, NOW + 11e6));
  ring.apply(revokeKey(old.keyId, next, NOW + 20e6));
  assert.equal(open(send(old, 7), NOW + 12e6), 'revokedKey');
});

test('nobody adds or revokes a key of another node or mode, nor by a signature that does not fit', () => {
  const { signers, roots, ring } = exerciseKeys(7, NODE_IDS);
  const root = roots.get('KOR')!;
  const kor = signers.get('KOR')!;
  const jpn = signers.get('JPN')!;
  const good = addKey(fresh().record, root, NOW);
  const bad: KeyEvent[] = [
    addKey(fresh().record, jpn, NOW),
    addKey(fresh().record, kor, NOW),
    addKey(fresh().record, roots.get('JPN')!, NOW),
    revokeKey(kor.keyId, roots.get('JPN')!, NOW),
    revokeKey(kor.keyId, jpn, NOW),
    addKey(fresh('live').record, root, NOW),
    addKey(fresh().record, fresh(), NOW),
    { ...good, atUs: NOW + 1 },
    { ...good, signature: 'ab'.repeat(64) },
    revokeKey('KOR.exercise.0000000000000000', root, NOW),
    { event: 'added' } as unknown as KeyEvent,
  ];
  for (const event of bad) assert.throws(() => ring.apply(event), refused, JSON.stringify(event));
  assert.equal(ring.records.length, 2 * NODE_IDS.length);
  assert.ok(NODE_IDS.every((n) => !ring.isRevoked(signers.get(n)!.keyId, Number.MAX_SAFE_INTEGER)));
  assert.ok(new KeyRing(ring.records).find(kor.keyId));
});
