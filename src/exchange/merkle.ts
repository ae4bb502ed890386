/**
 * Merkle trees as RFC 6962 section 2.1 (and RFC 9162 section 2.1) defines them: hashes, inclusion and consistency
 * proofs, and their verification. An append-only log's root says everything that is in it, in its order.
 */
import { createHash, hash } from 'node:crypto';

/** 32 bytes. */
export type Hash = Buffer;

const HASH_BYTES = 32;
const LEAF = Buffer.from([0]);
/** 0x01 and room for two hashes. */
const pair = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

/** Hash of a leaf: SHA-256(0x00 || data). */
export function leafHash(data: Uint8Array): Hash {
  return hash('sha256', Buffer.concat([LEAF, data]), 'buffer');
}

/** Hash of an inner node: SHA-256(0x01 || left || right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Hash {
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return hash('sha256', pair, 'buffer');
}

/** The root of no leaves: SHA-256 of nothing. */
export const EMPTY_ROOT: Hash = createHash('sha256').digest();

/** The largest power of two smaller than n, for n > 1. */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** Hashes one behind the other in one block, which doubles when it is full. */
class HashList {
  #bytes = Buffer.allocUnsafeSlow(HASH_BYTES);
  length = 0;

  push(hash: Uint8Array): void {
    const at = this.length * HASH_BYTES;
    if (at === this.#bytes.length) {
      const more = Buffer.allocUnsafeSlow(2 * at);
      this.#bytes.copy(more);
      this.#bytes = more;
    }
    this.#bytes.set(hash, at);
    this.length++;
  }

  at(i: number): Hash {
    return this.#bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
  }
}

/** A tree that grows. Appending costs one or two hashes; roots and proofs of any earlier size a few more. */
export class MerkleTree {
  /** `#levels[k].at(i)`: the hash over leaves i * 2^k to (i + 1) * 2^k, where these are complete. */
  readonly #levels = [new HashList()];

  get size(): number {
    return this.#levels[0].length;
  }

  /** Appends the hash of a leaf ({@link leafHash}). */
  append(leaf: Hash): void {
    let hash = leaf;
    for (let k = 0; ; k++) {
      this.#levels[k] ??= new HashList();
      const level = this.#levels[k];
      level.push(hash);
      const n = level.length;
      if (n % 2 === 1) return;
      hash = nodeHash(level.at(n - 2), level.at(n - 1));
    }
  }

  /** The root over the first `size` leaves, over all of them if left out. */
  root(size: number = this.size): Hash {
    return size === 0 ? EMPTY_ROOT : this.#range(0, this.#within(size));
  }

  /** Proof that leaf `index` is in the tree of `size` leaves: PATH(index, D[size]). */
  inclusionProof(index: number, size: number = this.size): Hash[] {
    this.#within(size);
    if (index < 0 || index >= size) throw new RangeError(`expected a leaf below ${size}, found ${index}`);
    const path: Hash[] = [];
    let [from, to] = [0, size];
    while (to - from > 1) {
      const middle = from + split(to - from);
      if (index < middle) {
        path.push(this.#range(middle, to));
        to = middle;
      } else {
        path.push(this.#range(from, middle));
        from = middle;
      }
    }
    return path.reverse();
  }

  /** Proof that the tree of `size` leaves only adds to that of its first `earlier`: PROOF(earlier, D[size]). */
  consistencyProof(earlier: number, size: number = this.size): Hash[] {
    this.#within(size);
    if (earlier < 0 || earlier > size)
      throw new RangeError(`expected at most ${size} leaves, found ${earlier}`);
    if (earlier === 0 || earlier === size) return [];
    const proof: Hash[] = [];
    let [from, to] = [0, size];
    let whole = true;
    for (;;) {
      if (earlier === to) {
        if (!whole) proof.push(this.#range(from, to));
        return proof.reverse();
      }
      const middle = from + split(to - from);
      if (earlier <= middle) {
        proof.push(this.#range(middle, to));
        to = middle;
      } else {
        proof.push(this.#range(from, middle));
        from = middle;
        whole = false;
      }
    }
  }

  #within(size: number): number {
    if (Number.isInteger(size) && size >= 0 && size <= this.size) return size;
    throw new RangeError(`expected a size up to ${this.size}, found ${size}`);
  }

  #range(from: number, to: number): Hash {
    const n = to - from;
    const k = Math.log2(n);
    if (Number.isInteger(k) && from % n === 0) return this.#levels[k].at(from / n);
    const middle = from + split(n);
    return nodeHash(this.#range(from, middle), this.#range(middle, to));
  }
}

/** The root that a leaf and its inclusion proof lead to; undefined if the proof is not of a tree of this size. RFC 9162, 2.1.3.2. */
export function rootByInclusion(
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
): Hash | undefined {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size)
    return undefined;
  let fn = index;
  let sn = size - 1;
  let hash = leaf;
  for (const p of proof) {
    if (sn === 0) return undefined;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(p, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else hash = nodeHash(hash, p);
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 ? hash : undefined;
}

/** Whether a leaf is in the tree of this size and root. RFC 9162, 2.1.3.2. */
export function verifyInclusion(
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  const found = rootByInclusion(leaf, index, size, proof);
  return found !== undefined && Buffer.compare(found, root) === 0;
}

/** RFC 9162, 2.1.4.2. Everything is consistent with an empty tree, and only a tree of equal root with one of equal size. */
export function verifyConsistency(
  earlier: number,
  size: number,
  proof: readonly Uint8Array[],
  earlierRoot: Uint8Array,
  root: Uint8Array,
): boolean {
  if (!Number.isSafeInteger(earlier) || !Number.isSafeInteger(size) || earlier < 0 || earlier > size)
    return false;
  if (earlier === 0) return proof.length === 0 && Buffer.compare(earlierRoot, EMPTY_ROOT) === 0;
  if (earlier === size) return proof.length === 0 && Buffer.compare(earlierRoot, root) === 0;
  const isPower = Number.isInteger(Math.log2(earlier));
  const path = isPower ? [earlierRoot, ...proof] : [...proof];
  if (path.length === 0) return false;
  let fn = earlier - 1;
  let sn = size - 1;
  while (fn % 2 === 1) {
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  let fr: Uint8Array = path[0];
  let sr: Uint8Array = path[0];
  for (const c of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      fr = nodeHash(c, fr);
      sr = nodeHash(c, sr);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else sr = nodeHash(sr, c);
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && Buffer.compare(fr, earlierRoot) === 0 && Buffer.compare(sr, root) === 0;
}
