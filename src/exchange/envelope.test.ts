import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { BeaconfireError } from '../model/errors.ts';
import { NODE_IDS } from '../model/nation.ts';
import { canonicalJson } from './canonical.ts';
import { addHop, type Envelope, jsonCodec, type Payload, payloadHash, seal } from './envelope.ts';
import { exerciseKeys, KeyRing, Signer } from './keys.ts';
import { applyReduction } from './reduce.ts';
import { testItem } from './testing/exchange.ts';
import { type EnvelopeFault, openEnvelope, ReplayGuard } from './verify-envelope.ts';

const NOW = 1.705e15;
const { signers, ring } = exerciseKeys(1, NODE_IDS);
const kor = signers.get('KOR')!;
const hub = signers.get('HUB')!;
const item = testItem('KOR', 1, NOW);
const dispatch = { to: 'JPN', via: 'HUB', agreement: 'tisa-2014', offeredUs: NOW, sentUs: NOW } as const;
const sealed = seal(item, dispatch, kor);
const relayed = addHop(sealed, 'tisa-2014', NOW + 1000, hub);
const jpn = { node: 'JPN', mode: 'exercise', ring } as const;
const atHub = { ...jpn, node: 'HUB' } as const;

const open = (e: Envelope, receiver: Parameters<typeof openEnvelope>[1] = jpn, nowUs = NOW + 2000) =>
  openEnvelope(jsonCodec.encode(e), receiver, nowUs);
const fault = (...args: Parameters<typeof open>): EnvelopeFault | 'ok' => {
  const opened = open(...args);
  if (!opened.ok) assert.equal(opened.error.code, 'BF_ENVELOPE');
  return opened.ok ? 'ok' : opened.fault;
};
const rewritten = (change: (p: Payload) => void): string => {
  const payload = JSON.parse(sealed.payload) as Payload;
  change(payload);
  return canonicalJson(payload);
};

test('an envelope carries the signed bytes unchanged through the relay', () => {
  const opened = open(relayed);
  assert.ok(opened.ok);
  assert.equal(opened.envelope.payload, sealed.payload);
  assert.equal(opened.hash, payloadHash(sealed));
  assert.deepEqual(opened.payload.item, item);
  assert.equal(fault(sealed, atHub), 'ok');
});

test('W10: a relay that rewrites the source type fails verification, whoever signs it', () => {
  const payload = rewritten((p) => {
    p.item.sourceType = 'infrared';
  });
  assert.notEqual(payload, sealed.payload);
  assert.equal(fault({ ...relayed, payload }), 'badSignature');
  // The relay signs what it forged with its own key, as if it had come so.
  const signature = hub.sign('ENVELOPE', 'exercise', Buffer.from(payload));
  const forged = { ...sealed, payload, signature, keyId: hub.keyId };
  assert.equal(fault(addHop(forged, 'tisa-2014', NOW, hub)), 'keyOfAnother');
  assert.equal(fault({ ...relayed, payload, keyId: hub.keyId, signature }), 'brokenProvenance');
});

test('W1: a key of an exercise signs nothing live, and a live key nothing of an exercise', () => {
  const live = new Signer('KOR', 'live', generateKeyPairSync('ed25519').privateKey);
  const liveItem = testItem('KOR', 1, NOW, { mode: 'live' });
  const keyMode = (e: unknown): boolean => e instanceof BeaconfireError && e.code === 'BF_KEY_MODE';
  for (const signer of signers.values()) {
    assert.throws(() => seal(liveItem, dispatch, signer), keyMode);
    assert.throws(() => signer.sign('HOP', 'live', Buffer.from('x')), keyMode);
    assert.throws(() => signer.sign('HEAD', 'live', Buffer.from('x')), keyMode);
  }
  assert.throws(() => seal(item, dispatch, live), keyMode);
  assert.throws(() => addHop(seal(liveItem, dispatch, live), 'tisa-2014', NOW, hub), keyMode);
  // A ring cannot be made to call an exercise key a live one: the mode is in the key's id.
  assert.throws(() => new KeyRing([{ ...kor.record, mode: 'live' }]), keyMode);
});

test('W14: modes that differ anywhere are refused: receiver, key, envelope, payload, label', () => {
  const live = new Signer('KOR', 'live', generateKeyPairSync('ed25519').privateKey);
  const both = new KeyRing([...ring.records, live.record]);
  const liveSealed = seal(testItem('KOR', 1, NOW, { mode: 'live' }), { ...dispatch, via: null }, live);
  assert.equal(fault(liveSealed, { ...jpn, ring: both }), 'wrongMode');
  assert.equal(fault(liveSealed, { ...jpn, ring: both, mode: 'live' }), 'ok');
  assert.equal(fault({ ...liveSealed, mode: 'exercise' }, { ...jpn, ring: both }), 'wrongMode');
  assert.equal(fault(relayed, { ...jpn, mode: 'live' }), 'wrongMode');
  for (const where of ['payload', 'label'] as const) {
    const payload = rewritten((p) => {
      (where === 'payload' ? p : p.item.label).mode = 'live';
    });
    const signature = kor.sign('ENVELOPE', 'exercise', Buffer.from(payload));
    assert.equal(fault(addHop({ ...sealed, payload, signature }, 'tisa-2014', NOW, hub)), 'wrongMode');
  }
});

test('every byte counts: an envelope with one byte changed is refused', () => {
  const bytes = jsonCodec.encode(relayed);
  const guard = (changed: Uint8Array): void => {
    const opened = openEnvelope(changed, jpn, NOW + 2000);
    assert.equal(opened.ok, false);
  };
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (i, flip) => {
      const changed = Uint8Array.from(bytes);
      changed[i] ^= flip;
      guard(changed);
    }),
    { numRuns: 1500 },
  );
  guard(bytes.slice(0, -1));
  guard(Buffer.concat([bytes, Buffer.from('\n')]));
  guard(new Uint8Array());
});

test('each thing that can be wrong is refused by its name', () => {
  const { ring: others, signers: strangers } = exerciseKeys(2, NODE_IDS);
  /** The envelope as its sender might have signed it, with parts of the payload, item, label or body other. */
  const again = (parts: { payload?: object; item?: object; label?: object; body?: object }): Envelope => {
    const payload = rewritten((p) => {
      Object.assign(p, parts.payload);
      Object.assign(p.item, parts.item);
      Object.assign(p.item.label, parts.label);
      Object.assign(p.item.body, parts.body);
    });
    const signature = kor.sign('ENVELOPE', 'exercise', Buffer.from(payload));
    return addHop({ ...sealed, payload, signature }, 'tisa-2014', NOW, hub);
  };
  assert.equal(fault(relayed, { ...jpn, ring: others }), 'unknownKey');
  assert.equal(
    fault(addHop(seal(item, dispatch, strangers.get('KOR')!), 'tisa-2014', NOW, hub)),
    'unknownKey',
  );
  assert.equal(fault(relayed, { ...jpn, node: 'USA' }), 'notForUs');
  assert.equal(fault(relayed, jpn, item.expiresUs), 'expired');
  assert.equal(fault(sealed), 'brokenProvenance', 'the relay did not sign');
  assert.equal(fault(addHop(relayed, 'tisa-2014', NOW, hub)), 'brokenProvenance', 'a relay too many');
  assert.equal(
    fault(addHop(sealed, 'tisa-2014', NOW, signers.get('USA')!)),
    'brokenProvenance',
    'another relay',
  );
  assert.equal(fault(addHop(sealed, 'mechanism-2023', NOW, hub)), 'brokenProvenance', 'another agreement');
  assert.equal(fault(seal(item, { ...dispatch, via: null }, kor), atHub), 'notForUs', 'not for relay');
  assert.equal(fault(again({ item: { observedUs: NOW + 6e6 } })), 'contradiction');
  assert.equal(fault(again({ payload: { sentUs: NOW - 1 } })), 'contradiction');
  assert.equal(fault(again({ payload: { sentUs: NOW + 60e6 } })), 'contradiction');
  assert.equal(fault(again({ payload: { pedigree: { 'USA/*': NOW } } })), 'contradiction');
  assert.equal(fault(again({ label: { elements: ['trajectory', 'sensorIdentity'] } })), 'ok');
  assert.equal(fault(again({ label: { elements: ['launchPoint'] } })), 'contradiction');
  assert.equal(fault(again({ label: { originators: ['JPN'] } })), 'ownInformation');
  assert.equal(fault(again({ body: { text: 'x' } })), 'contradiction');
  assert.equal(fault(again({ payload: { version: 2 } })), 'malformed');
  const hop = relayed.hops[0];
  assert.equal(fault({ ...relayed, hops: [{ ...hop, atUs: hop.atUs + 1 }] }), 'badSignature');
});

test('a revision is taken once: again it is a duplicate, another under its name a replay', () => {
  const guard = new ReplayGuard(2);
  const opened = open(relayed);
  assert.ok(opened.ok);
  const { payload, hash } = opened;
  assert.deepEqual(
    [guard.admit(payload, hash), guard.admit(payload, hash), guard.admit(payload, 'other')],
    ['new', 'duplicate', 'replay'],
  );
  assert.equal(guard.admit({ ...payload, item: { ...item, revision: 2 } }, 'x'), 'new');
});

test('reduction takes out what an element stands for, and never what remains', () => {
  const all = ['launchPoint', 'trajectory', 'impactPoint', 'sensorIdentity', 'rawPlot'] as const;
  const full = {
    ...item,
    label: { ...item.label, elements: [...all] },
    body: { ...item.body, text: 'free words' },
  };
  fc.assert(
    fc.property(fc.subarray([...all]), (reductions) => {
      const out = applyReduction(full, { decision: 'reduce', reductions });
      const has = (e: (typeof all)[number]): boolean => out.label.elements.includes(e);
      assert.deepEqual(
        out.label.elements,
        all.filter((e) => !reductions.includes(e)),
      );
      assert.equal('sensors' in out.body, has('sensorIdentity'));
      assert.equal('tracklet' in out.body, has('trajectory'));
      assert.equal('apogeeKm' in out.body, has('trajectory'));
      assert.equal('text' in out.body, false, 'a tracklet carries no text');
      const named = canonicalJson(out.body).includes('radar-');
      assert.equal(named, has('sensorIdentity'));
      if (has('trajectory') && !has('sensorIdentity'))
        assert.deepEqual(out.body.tracklet?.pedigree, { 'KOR/*': NOW - 100000 });
    }),
  );
  assert.throws(() => applyReduction(full, { decision: 'deny', reductions: [] }), /BF_INTERNAL/);
});
