import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { EMPTY_ROOT, type Hash, leafHash, MerkleTree, verifyConsistency, verifyInclusion } from './merkle.ts';

const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** MTH, PATH and SUBPROOF as RFC 6962 section 2.1 writes them, word for word and without any cache. */
function mth(d: Uint8Array[]): Buffer {
  if (d.length === 0) return sha();
  if (d.length === 1) return sha(Buffer.from([0]), d[0]);
  const k = largestPowerBelow(d.length);
  return sha(Buffer.from([1]), mth(d.slice(0, k)), mth(d.slice(k)));
}
function path(m: number, d: Uint8Array[]): Buffer[] {
  if (d.length === 1) return [];
  const k = largestPowerBelow(d.length);
  return m < k
    ? [...path(m, d.slice(0, k)), mth(d.slice(k))]
    : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
}
function subproof(m: number, d: Uint8Array[], b: boolean): Buffer[] {
  if (m === d.length) return b ? [] : [mth(d)];
  const k = largestPowerBelow(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), b), mth(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
}
function largestPowerBelow(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}

const data = Array.from({ length: 40 }, (_, i) => Buffer.from(`record ${i}`));
const tree = new MerkleTree();
for (const d of data) tree.append(leafHash(d));

test('the published root of the eight test leaves of Certificate Transparency', () => {
  // certificate-transparency, merkletree test vectors: leaves and root of 8.
  const leaves = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  const t = new MerkleTree();
  for (const l of leaves) t.append(leafHash(Buffer.from(l, 'hex')));
  assert.equal(t.root().toString('hex'), '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
  assert.equal(
    EMPTY_ROOT.toString('hex'),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
});

test('roots and proofs of every size equal the definition, and verify', () => {
  for (let n = 0; n <= data.length; n++) {
    const first = data.slice(0, n);
    const root = tree.root(n);
    assert.deepEqual(root, mth(first));
    for (let m = 0; m < n; m++) {
      const inclusion = tree.inclusionProof(m, n);
      assert.deepEqual(inclusion, path(m, first));
      assert.ok(verifyInclusion(leafHash(data[m]), m, n, inclusion, root));
      assert.ok(!verifyInclusion(leafHash(data[(m + 1) % data.length]), m, n, inclusion, root));
    }
    for (let m = 0; m <= n; m++) {
      const proof = tree.consistencyProof(m, n);
      if (m > 0) assert.deepEqual(proof, subproof(m, first, true));
      assert.ok(verifyConsistency(m, n, proof, tree.root(m), root), `${m} to ${n}`);
      if (m > 0 && m < n) assert.ok(!verifyConsistency(m, n, proof, root, tree.root(m)));
    }
  }
});

test('a proof that is changed, cut, lengthened or of another place proves nothing', () => {
  const flip = (h: Hash, at: number): Hash => {
    const copy = Buffer.from(h);
    copy[at % 32] ^= 1;
    return copy;
  };
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), fc.nat(), (n, a, b, at) => {
      const m = 1 + (a % (n - 1));
      const proof = tree.consistencyProof(m, n);
      const root = tree.root(n);
      const changed = proof.map((h, i) => (i === b % proof.length ? flip(h, at) : h));
      assert.ok(!verifyConsistency(m, n, changed, tree.root(m), root));
      assert.ok(!verifyConsistency(m, n, proof.slice(1), tree.root(m), root));
      assert.ok(!verifyConsistency(m, n, [...proof, root], tree.root(m), root));
      assert.ok(!verifyConsistency(m, n, proof, flip(tree.root(m), at), root));
      const inclusion = tree.inclusionProof(m, n);
      assert.ok(!verifyInclusion(leafHash(data[m]), m, n, [...inclusion, root], root));
      assert.ok(
        !verifyInclusion(leafHash(data[m]), m, n, inclusion.slice(1), root) || inclusion.length === 0,
      );
      assert.ok(!verifyInclusion(leafHash(data[m]), (m + 1) % n, n, inclusion, root));
    }),
    { numRuns: 300 },
  );
});
