import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { NODE_IDS } from '../model/nation.ts';
import { binaryCodec } from './binary.ts';
import { canonicalJson } from './canonical.ts';
import { addHop, type Envelope, jsonCodec, seal } from './envelope.ts';
import { exerciseKeys } from './keys.ts';
import { applyReduction } from './reduce.ts';
import { openMarking, testExchange, testItem } from './testing/exchange.ts';
import { openEnvelope } from './verify-envelope.ts';
import { WORDS } from './words.ts';

const NOW = 1_700_000_000e6;
const { signers, ring } = exerciseKeys(7, NODE_IDS);
const reduced = applyReduction(testItem('KOR', 1, NOW), {
  decision: 'reduce',
  reductions: ['sensorIdentity'],
});
const dispatch = {
  to: 'JPN' as const,
  via: 'HUB' as const,
  agreement: 'mechanism-2023',
  offeredUs: NOW,
  sentUs: NOW,
};
const sealed = seal(reduced, dispatch, signers.get('KOR')!);
const relayed = addHop(sealed, 'mechanism-2023', NOW, signers.get('HUB')!);
const open = (bytes: Uint8Array) =>
  openEnvelope(bytes, { node: 'JPN', mode: 'exercise', ring, codec: binaryCodec }, NOW);

test('what comes out is what went in, with the text that was signed; smaller by half', () => {
  for (const e of [sealed, relayed]) assert.deepEqual(binaryCodec.decode(binaryCodec.encode(e)), e);
  assert.ok(open(binaryCodec.encode(relayed)).ok);
  const [binary, json] = [binaryCodec.encode(relayed).length, jsonCodec.encode(relayed).length];
  assert.ok(binary < 0.55 * json, `${binary} of ${json} bytes`);
  // Any payload, canonical or not, of any JSON.
  fc.assert(
    fc.property(fc.jsonValue(), fc.boolean(), (value, spaced) => {
      const payload = spaced
        ? JSON.stringify(value, null, 1)
        : canonicalJson(JSON.parse(JSON.stringify(value)));
      const envelope: Envelope = { ...sealed, payload };
      assert.deepEqual(binaryCodec.decode(binaryCodec.encode(envelope)), envelope);
    }),
    { numRuns: 1000 },
  );
});

test('bytes that are cut, changed or made up are refused, never mistaken and never an exception', () => {
  const bytes = binaryCodec.encode(relayed);
  for (let cut = 0; cut < bytes.length; cut++)
    assert.equal(binaryCodec.decode(bytes.subarray(0, cut)), undefined);
  assert.equal(binaryCodec.decode(Buffer.concat([bytes, Buffer.from([0])])), undefined);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Buffer.from(bytes);
      changed[at] ^= flip;
      assert.equal(open(changed).ok, false, `byte ${at}`);
      const envelope = binaryCodec.decode(changed);
      if (envelope) assert.deepEqual(Buffer.from(binaryCodec.encode(envelope)), changed);
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => {
      assert.equal(binaryCodec.decode(junk), undefined);
    }),
    { numRuns: 2000 },
  );
});

test('the published table is that of the code, each word once', () => {
  assert.equal(new Set(WORDS).size, WORDS.length);
  const page = readFileSync(new URL('../../docs/envelope.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (\d+) \| `([^`]+)` \|/gm)].map((m) => [Number(m[1]), m[2]]);
  assert.deepEqual(
    rows,
    WORDS.map((word, i) => [i, word]),
  );
});

test('an exchange that speaks the compact form delivers and verifies like one that speaks JSON', () => {
  const run = (codec: typeof binaryCodec) => {
    const x = testExchange('2024-01-14T05:55:00Z', { marking: openMarking, codec });
    for (let n = 1; n <= 5; n++) x.nations.get('KOR')!.share(testItem('KOR', n, x.clock.nowUs()));
    x.clock.advanceTo(x.clock.nowUs() + 10e6);
    assert.deepEqual(x.finish().problems, []);
    return [...x.journals()];
  };
  assert.deepEqual(run(binaryCodec), run(jsonCodec), 'the journals do not show by which form it came');
});
