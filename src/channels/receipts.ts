/**
 * Receipts of receivers that fetch their messages: who got which bytes and what became of them, signed by the receiver's own
 * key as a compact JSON Web Signature (RFC 7515, Ed25519 of RFC 8037). A relay, or whoever else can reach the endpoint,
 * cannot acknowledge in a receiver's name.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { type Static, Type } from 'typebox';
import { exerciseKey, publicKeyFrom, rawPublicKey, sha256 } from '../exchange/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import { Mode } from '../model/nation.ts';
import { conforms, show } from '../model/schema.ts';

const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$' });

/** A receiver whose receipts are expected. */
export const ReceiverRecord = Type.Object(
  {
    name: Name,
    mode: Mode,
    /** 32 bytes, hexadecimal. */
    publicKey: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
);
export type ReceiverRecord = Static<typeof ReceiverRecord>;

/** A receiver's own record with its private key, as it keeps it in a file. */
export const ReceiverIdentity = Type.Object(
  { name: Name, mode: Mode, privateKey: Type.String({ pattern: '^[A-Za-z0-9+/=]{1,200}$' }) },
  { additionalProperties: false },
);
export type ReceiverIdentity = Static<typeof ReceiverIdentity>;

const Header = Type.Object(
  { alg: Type.Literal('EdDSA'), kid: Type.String(), typ: Type.Literal('beaconfire-receipt+jws'), mode: Mode },
  { additionalProperties: false },
);

const ReceiptBody = Type.Object(
  {
    identifier: Type.String({ minLength: 1, maxLength: 200 }),
    /** SHA-256 of the bytes received, hexadecimal: a receipt is of these bytes, not of a name. */
    digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    accepted: Type.Boolean(),
    reason: Type.Optional(Type.String({ maxLength: 1000 })),
  },
  { additionalProperties: false },
);
export type ReceiptBody = Static<typeof ReceiptBody>;

/** Longest receipt taken, characters. */
export const RECEIPT_MAX = 10_000;

/** The key with which a receiver signs its receipts. */
export class ReceiverKey {
  readonly record: ReceiverRecord;
  readonly #key: KeyObject;

  constructor(name: string, mode: Mode, privateKey: KeyObject) {
    const publicKey = rawPublicKey(createPublicKey(privateKey)).toString('hex');
    this.record = { name, mode, publicKey };
    this.#key = privateKey;
  }

  /** A new key of this name. */
  static make(name: string, mode: Mode): ReceiverKey {
    return new ReceiverKey(name, mode, generateKeyPairSync('ed25519').privateKey);
  }

  static fromIdentity({ name, mode, privateKey }: ReceiverIdentity, file: string): ReceiverKey {
    const der = Buffer.from(privateKey, 'base64');
    try {
      return new ReceiverKey(name, mode, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
    } catch (cause) {
      throw new BeaconfireError(
        'BF_FIELD',
        'expected an Ed25519 private key (PKCS #8, base64), found another text',
        { file, field: 'privateKey' },
        { cause },
      );
    }
  }

  /** What the receiver keeps to itself. */
  identity(): ReceiverIdentity {
    const der = this.#key.export({ format: 'der', type: 'pkcs8' }) as Buffer;
    return { name: this.record.name, mode: this.record.mode, privateKey: der.toString('base64') };
  }

  sign(body: ReceiptBody): string {
    const { name, mode } = this.record;
    const header = { alg: 'EdDSA', kid: name, mode, typ: 'beaconfire-receipt+jws' };
    const input = `${encode(header)}.${encode(body)}`;
    return `${input}.${sign(null, Buffer.from(input), this.#key).toString('base64url')}`;
  }
}

/** The key of a receiver of an exercise, the same for the same seed. */
export function exerciseReceiver(seed: number | string, name: string): ReceiverKey {
  return new ReceiverKey(name, 'exercise', exerciseKey(`${seed}\nreceiver ${name}`));
}

/** The receipt for a message as it came in. */
export function receiptFor(
  bytes: Uint8Array,
  identifier: string,
  receipt: { accepted: true } | { accepted: false; reason: string },
): ReceiptBody {
  return {
    identifier,
    digest: sha256(bytes),
    accepted: receipt.accepted,
    ...(receipt.accepted ? {} : { reason: receipt.reason.slice(0, 1000) }),
  };
}

/** Who of the known receivers signed this, and what it says; or why it does not hold. */
export function verifyReceipt(
  known: readonly ReceiverRecord[],
  mode: Mode,
  jws: string,
): { ok: true; receiver: string; body: ReceiptBody } | { ok: false; reason: string } {
  const no = (reason: string) => ({ ok: false as const, reason });
  const parts = /^([A-Za-z0-9_-]{1,1000})\.([A-Za-z0-9_-]{1,8000})\.([A-Za-z0-9_-]{86})$/.exec(jws);
  if (!parts) return no('expected a signed receipt, found other text');
  const [header, body] = [decode(parts[1]), decode(parts[2])];
  if (!conforms(Header, header)) return no('expected the header of a receipt, found another');
  const record = known.find((r) => r.name === header.kid);
  if (!record) return no(`expected an enrolled receiver, found ${show(header.kid)}`);
  if (header.mode !== mode || record.mode !== mode)
    return no(`expected a receipt of mode ${mode}, found ${header.mode}`);
  const key = publicKeyFrom(Buffer.from(record.publicKey, 'hex'));
  if (!verify(null, Buffer.from(`${parts[1]}.${parts[2]}`), key, Buffer.from(parts[3], 'base64url')))
    return no(`expected the signature of ${record.name}, found another`);
  if (!conforms(ReceiptBody, body)) return no('expected a receipt, found other content');
  return { ok: true, receiver: record.name, body };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
