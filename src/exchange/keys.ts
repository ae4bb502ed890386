/** Keys: Ed25519, each of one node and one mode. A key of an exercise cannot sign anything live, nor the reverse (W1). */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { BeaconfireError } from '../model/errors.ts';
import { Mode, NodeId } from '../model/nation.ts';
import { conforms, show } from '../model/schema.ts';
import { canonicalJson, sha256 } from './canonical.ts';

/** What a signature is for; part of what is signed, so that none can stand in for another. */
export type SigningPurpose = 'ENVELOPE' | 'HOP' | 'BATCH' | 'HEAD' | 'LEDGER' | 'DERIVE' | 'KEY';

export const PublicKeyRecord = Type.Object(
  {
    /** `NODE.mode.fingerprint`; of a root key `NODE.mode.root.fingerprint`. */
    id: Type.String(),
    node: NodeId,
    mode: Mode,
    /** 32 bytes, hexadecimal. */
    publicKey: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** Kept offline, it vouches for the node's other keys and ends them, and signs nothing else. */
    role: Type.Optional(Type.Literal('root')),
  },
  { additionalProperties: false },
);
export type PublicKeyRecord = Static<typeof PublicKeyRecord>;

/** The signed bytes: what for, mode, key and length stand before the message, so nothing can be moved or cut. */
function signedBytes(purpose: SigningPurpose, mode: Mode, keyId: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`BEACONFIRE-${purpose}-1\n${mode}\n${keyId}\n${bytes.length}\n`), bytes]);
}

/** The 32 bytes of a public key. */
export function rawPublicKey(key: KeyObject): Buffer {
  return Buffer.from((key.export({ format: 'jwk' }) as { x: string }).x, 'base64url');
}

export class Signer {
  readonly node: NodeId;
  readonly mode: Mode;
  readonly keyId: string;
  readonly record: PublicKeyRecord;
  readonly #key: KeyObject;

  constructor(node: NodeId, mode: Mode, privateKey: KeyObject, role?: 'root') {
    const raw = rawPublicKey(createPublicKey(privateKey));
    this.node = node;
    this.mode = mode;
    this.keyId = keyIdOf(node, mode, raw, role);
    this.record = { id: this.keyId, node, mode, publicKey: raw.toString('hex'), ...(role ? { role } : {}) };
    this.#key = privateKey;
  }

  /**
   * The signature over the exact bytes, 64 bytes in hexadecimal. BF_KEY_MODE if the key is of the other mode, or a root key
   * is to sign anything but events of keys.
   */
  sign(purpose: SigningPurpose, mode: Mode, bytes: Uint8Array): string {
    if (this.record.role === 'root' && purpose !== 'KEY')
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected a key of the node, found its root key ${this.keyId}`,
      );
    if (mode !== this.mode) {
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected a key of mode ${mode}, found ${this.keyId} of mode ${this.mode}`,
      );
    }
    return sign(null, signedBytes(purpose, mode, this.keyId, bytes), this.#key).toString('hex');
  }

  /** The 32 bytes of the public key. */
  get publicKey(): Buffer {
    return Buffer.from(this.record.publicKey, 'hex');
  }

  /**
   * The bare signature of a note's text, 64 bytes: signed notes have a form of their own (C2SP). Only of texts that
   * name a log of this mode in their first line, or after the two lines of a cosignature.
   */
  signNote(text: string): Buffer {
    if (
      this.record.role === 'root' ||
      !new RegExp(`^(cosignature/v1\\ntime \\d+\\n)?beaconfire/${this.mode}/`).test(text)
    )
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected a note of a log of mode ${this.mode}, found another text`,
      );
    return sign(null, Buffer.from(text, 'utf8'), this.#key);
  }

  /** A secret of this key alone, the same for the same label; for what must be hidden from others, not for signing. */
  derive(label: string): Buffer {
    const seed = sign(
      null,
      signedBytes('DERIVE', this.mode, this.keyId, Buffer.from(label, 'utf8')),
      this.#key,
    );
    return Buffer.from(sha256(seed), 'hex');
  }
}

function keyIdOf(node: NodeId, mode: Mode, raw: Uint8Array, role?: 'root'): string {
  return `${node}.${mode}.${role ? 'root.' : ''}${sha256(raw).slice(0, 16)}`;
}

const PUBLIC_DER = Buffer.from('302a300506032b6570032100', 'hex');
const PRIVATE_DER = Buffer.from('302e020100300506032b657004220420', 'hex');

const keyEvent = {
  mode: Mode,
  atUs: Type.Integer(),
  /** The key that signs: of the same node. */
  by: Type.String(),
  signature: Type.String({ pattern: '^[0-9a-f]{128}$' }),
};
/**
 * A key is `added` by the node's root key alone, and `revoked` by the root key or by one that was added after it. So who
 * steals the key in use can neither put in a key of his own nor end the one that takes its place.
 */
export const KeyEvent = Type.Union([
  Type.Object(
    { event: Type.Literal('added'), key: PublicKeyRecord, ...keyEvent },
    { additionalProperties: false },
  ),
  Type.Object(
    { event: Type.Literal('revoked'), keyId: Type.String(), ...keyEvent },
    { additionalProperties: false },
  ),
]);
export type KeyEvent = Static<typeof KeyEvent>;

function keyEventBytes(e: KeyEvent): Uint8Array {
  const { signature: _, ...rest } = e;
  return Buffer.from(canonicalJson(rest), 'utf8');
}

/** A new key, said to be good by the node's root key. */
export function addKey(key: PublicKeyRecord, by: Signer, atUs: number): KeyEvent {
  const event = { event: 'added' as const, key, mode: by.mode, atUs, by: by.keyId, signature: '' };
  return { ...event, signature: by.sign('KEY', by.mode, keyEventBytes(event)) };
}

/** The end of a key from a time on. */
export function revokeKey(keyId: string, by: Signer, atUs: number): KeyEvent {
  const event = { event: 'revoked' as const, keyId, mode: by.mode, atUs, by: by.keyId, signature: '' };
  return { ...event, signature: by.sign('KEY', by.mode, keyEventBytes(event)) };
}

/** Signatures that are remembered as fitting. */
const SIGNATURES_KNOWN = 512;

/** The public keys that a node trusts. */
export class KeyRing {
  readonly #keys = new Map<string, { record: PublicKeyRecord; key: KeyObject; order: number }>();
  /** Keys that are not to be relied on any more, and since when. */
  readonly #revoked = new Map<string, number>();
  /** Signatures that were found to fit, with what they sign; the latest of those that come more than once. */
  readonly #known = new Set<string>();

  /** BF_KEY_MODE if a record's id is not that of its node, mode and key. */
  constructor(records: readonly PublicKeyRecord[]) {
    for (const record of records) this.#add(record, 0);
  }

  /** `order`: 0 for a key that was there from the beginning, higher for each that was added later. */
  #add(record: PublicKeyRecord, order: number): void {
    const raw = Buffer.from(record.publicKey, 'hex');
    const id = keyIdOf(record.node, record.mode, raw, record.role);
    if (record.id !== id)
      throw new BeaconfireError('BF_KEY_MODE', `expected key id ${id}, found ${show(record.id)}`);
    this.#keys.set(id, { record, key: publicKeyFrom(raw), order });
  }

  /**
   * A new key of a node, or the end of one, once it is rightly signed; `nowUs`: when it is heard of here. A key ends at the
   * latest now. BF_KEY_MODE if the event is not rightly signed; nothing changes then.
   */
  apply(event: KeyEvent, nowUs = event.atUs): void {
    const fault = this.faultOf(event);
    const found =
      // What it says of its own time does not count: who has a stolen key writes any date.
      fault ?? (this.isRevoked(event.by, nowUs) ? 'a key that was revoked' : undefined);
    if (found !== undefined)
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected an event signed by a key of the same node that may, found ${found}`,
      );
    if (event.event === 'added') {
      if (!this.#keys.has(event.key.id)) this.#add(event.key, this.#keys.size);
    } else {
      const before = this.#revoked.get(event.keyId) ?? Number.POSITIVE_INFINITY;
      this.#revoked.set(event.keyId, Math.min(event.atUs, nowUs, before));
    }
  }

  /** What was found in place of an event that is rightly signed by a key that may; whether that key had ended is left open. */
  faultOf(event: unknown): string | undefined {
    if (!conforms(KeyEvent, event)) return 'something else';
    const { by, mode } = event;
    const signer = this.#keys.get(by)?.record;
    const subject = event.event === 'added' ? event.key : this.#keys.get(event.keyId)?.record;
    if (!signer || !subject) return 'a key that is not known';
    if (signer.node !== subject.node || signer.mode !== mode || subject.mode !== mode)
      return `a key of ${signer.node}, mode ${signer.mode}`;
    const root = signer.role === 'root';
    if (event.event === 'added' && !root)
      return `${by}, which is not its root key and cannot vouch for another`;
    if (subject.role === 'root') return 'an event of a root key';
    if (subject.id !== keyIdOf(subject.node, subject.mode, Buffer.from(subject.publicKey, 'hex')))
      return `a key that is not ${show(subject.id)}`;
    // A key ends older ones alone: the thief of an old key must not end the new one.
    if (event.event === 'revoked' && !root && !this.isNewer(by, event.keyId))
      return `${by}, which is not newer than the key that it would end`;
    return this.verify('KEY', mode, by, keyEventBytes(event), event.signature)
      ? undefined
      : 'a signature that does not fit';
  }

  /** Whether a key was added after another, and may end it. */
  isNewer(keyId: string, other: string): boolean {
    return (this.#keys.get(keyId)?.order ?? -1) > (this.#keys.get(other)?.order ?? -1);
  }

  /**
   * Whether a key is not to be relied on at a time. What counts is when a message arrives, never when it says it was
   * made: who has a stolen key writes any date.
   */
  isRevoked(keyId: string, nowUs: number): boolean {
    return nowUs >= (this.#revoked.get(keyId) ?? Number.POSITIVE_INFINITY);
  }

  get records(): PublicKeyRecord[] {
    return [...this.#keys.values()].map((k) => k.record).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  find(keyId: string): PublicKeyRecord | undefined {
    return this.#keys.get(keyId)?.record;
  }

  /** Whether the bare signature is of the text, by some key of the node and mode with these bytes. */
  verifyNote(node: NodeId, mode: Mode, publicKey: Uint8Array, text: string, signature: Uint8Array): boolean {
    const known = this.#keys.get(keyIdOf(node, mode, publicKey));
    return known !== undefined && verify(null, Buffer.from(text, 'utf8'), known.key, signature);
  }

  /** The keys that a node signs with in a mode. */
  of(node: NodeId, mode: Mode): PublicKeyRecord[] {
    const all = [...this.#keys.values()].map((k) => k.record);
    return all.filter((r) => r.node === node && r.mode === mode && r.role !== 'root');
  }

  verify(purpose: SigningPurpose, mode: Mode, keyId: string, bytes: Uint8Array, signature: string): boolean {
    const known = this.#keys.get(keyId);
    if (!known || known.record.mode !== mode || !/^[0-9a-f]{128}$/.test(signature)) return false;
    if (known.record.role === 'root' && purpose !== 'KEY') return false;
    const signed = signedBytes(purpose, mode, keyId, bytes);
    // Of a batch each message brings the same signature; of an envelope its relay and its recipient look at the same one,
    // where they are in one process.
    if (purpose !== 'BATCH' && purpose !== 'ENVELOPE')
      return verify(null, signed, known.key, Buffer.from(signature, 'hex'));
    const name = `${signature} ${signed.toString('latin1')}`;
    if (this.#known.has(name)) return true;
    if (!verify(null, signed, known.key, Buffer.from(signature, 'hex'))) return false;
    this.#known.add(name);
    if (this.#known.size > SIGNATURES_KNOWN) this.#known.delete(this.#known.values().next().value!);
    return true;
  }
}

export function publicKeyFrom(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([PUBLIC_DER, raw]), format: 'der', type: 'spki' });
}

/** A private key that is the same for the same text: for exercises alone, where it is no secret. */
export function exerciseKey(text: string): KeyObject {
  const secret = Buffer.from(sha256(`beaconfire exercise key\n${text}`), 'hex');
  return createPrivateKey({ key: Buffer.concat([PRIVATE_DER, secret]), format: 'der', type: 'pkcs8' });
}

/**
 * The keys of an exercise, the same for the same seed: no secret, and of mode `exercise` whatever is asked.
 * A live key never comes from here.
 */
export function exerciseKeys(
  seed: number | string,
  nodes: readonly NodeId[],
): { signers: Map<NodeId, Signer>; roots: Map<NodeId, Signer>; ring: KeyRing } {
  const signers = new Map<NodeId, Signer>();
  const roots = new Map<NodeId, Signer>();
  for (const node of nodes) {
    signers.set(node, new Signer(node, 'exercise', exerciseKey(`${seed}\n${node}`)));
    roots.set(node, new Signer(node, 'exercise', exerciseKey(`${seed}\n${node}\nroot`), 'root'));
  }
  return { signers, roots, ring: new KeyRing([...signers.values(), ...roots.values()].map((s) => s.record)) };
}
