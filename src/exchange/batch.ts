/**
 * Several messages signed as one: a Merkle tree (RFC 6962: leaves and nodes hashed apart) over their exact bytes, and one
 * signature over its root. Each message carries its own proof, so it is verified, relayed and journalled alone, and what
 * is changed anywhere leads to another root. What one recipient gets is never in one tree with what another gets.
 */
import { type Static, Type } from 'typebox';
import type { Mode } from '../model/nation.ts';
import { canonicalJson } from './canonical.ts';
import type { KeyRing, Signer } from './keys.ts';
import { leafHash, MerkleTree, rootByInclusion } from './merkle.ts';

/** Fewer are signed one by one: a proof costs bytes. */
export const BATCH_LEAST = 8;
/** More make several batches. */
export const BATCH_MOST = 64;

/** Where a message stands in its batch, and the hashes beside its way to the root, lowest first. */
export const BatchProof = Type.Object(
  {
    count: Type.Integer({ minimum: 2, maximum: BATCH_MOST }),
    index: Type.Integer({ minimum: 0, maximum: BATCH_MOST - 1 }),
    path: Type.Array(Type.String({ pattern: '^[0-9a-f]{64}$' }), { minItems: 1, maxItems: 6 }),
  },
  { additionalProperties: false },
);
export type BatchProof = Static<typeof BatchProof>;

/** What the messages of a batch are; part of what is signed. */
type Batched = 'ENVELOPE' | 'HOP';

/** What is signed for a batch, besides what every signature binds: its purpose, the mode and the key. */
function statement(signs: Batched, count: number, root: Uint8Array): Uint8Array {
  const text = canonicalJson({ count, root: Buffer.from(root).toString('hex'), signs });
  return Buffer.from(text, 'utf8');
}

/** One signature for all messages, in their order, and each one's proof. 2 to {@link BATCH_MOST} messages. */
export function signBatch(
  signs: Batched,
  messages: readonly Uint8Array[],
  mode: Mode,
  signer: Signer,
): { signature: string; proofs: BatchProof[] } {
  const count = messages.length;
  const tree = new MerkleTree();
  for (const message of messages) tree.append(leafHash(message));
  const signature = signer.sign('BATCH', mode, statement(signs, count, tree.root()));
  const proofs = messages.map((_, index) => ({
    count,
    index,
    path: tree.inclusionProof(index).map((h) => h.toString('hex')),
  }));
  return { signature, proofs };
}

/** Whether the signature is of the message: over itself, or with a proof over the batch that it is in. */
export function verifySigned(
  ring: KeyRing,
  signs: Batched,
  mode: Mode,
  keyId: string,
  message: Uint8Array,
  signature: string,
  batch: BatchProof | undefined,
): boolean {
  if (!batch) return ring.verify(signs, mode, keyId, message, signature);
  const { count, index, path } = batch;
  const root = rootByInclusion(
    leafHash(message),
    index,
    count,
    path.map((h) => Buffer.from(h, 'hex')),
  );
  return root !== undefined && ring.verify('BATCH', mode, keyId, statement(signs, count, root), signature);
}

/** The lists in which so many messages are signed: all in one where they are few, each alone where they are very few. */
export function batchesOf<T>(all: readonly T[]): T[][] {
  if (all.length < BATCH_LEAST) return all.map((one) => [one]);
  const batches = Math.ceil(all.length / BATCH_MOST);
  const each = Math.ceil(all.length / batches);
  return Array.from({ length: batches }, (_, i) => all.slice(i * each, (i + 1) * each)).filter(
    (b) => b.length > 0,
  );
}
