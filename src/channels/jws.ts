/**
 * Signatures of public messages: detached JSON Web Signatures (RFC 7515, appendix F) with Ed25519 (RFC 8037) over the
 * exact bytes of a message. Any JOSE library can check them; the tests do so with `jose`. A key belongs to one
 * authority, one mode and the regions that this authority may warn (W1, W11).
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { exerciseKey, publicKeyFrom, rawPublicKey, sha256 } from '../exchange/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import { Mode } from '../model/nation.ts';
import { conforms, show } from '../model/schema.ts';

export const AlertKeyRecord = Type.Object(
  {
    /** `AUTHORITY.mode.fingerprint`. */
    id: Type.String(),
    /** Who speaks: a nation or a local authority. */
    authority: Type.String({ pattern: '^[A-Za-z0-9-]{1,40}$' }),
    mode: Mode,
    /** ISO 3166-2 codes, or the beginning that all of them have (`JP-`). */
    areas: Type.Array(Type.String({ pattern: '^[A-Z]{2}-[0-9]{0,2}$' }), { minItems: 1 }),
    /** 32 bytes, hexadecimal. */
    publicKey: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
);
export type AlertKeyRecord = Static<typeof AlertKeyRecord>;

const Header = Type.Object(
  {
    alg: Type.Literal('EdDSA'),
    kid: Type.String(),
    typ: Type.Literal('beaconfire-alert+jws'),
    mode: Mode,
    /** What the bytes are: no text of one channel can stand in for another's. */
    cty: Type.String(),
  },
  { additionalProperties: false },
);

export function mayWarn(record: AlertKeyRecord, code: string): boolean {
  return record.areas.some((a) => code.startsWith(a));
}

function keyIdOf(authority: string, mode: Mode, raw: Uint8Array): string {
  return `${authority}.${mode}.${sha256(raw).slice(0, 16)}`;
}

/** A key that signs for the public, and refuses to in the other mode or while it is locked. */
export class AlertSigner {
  readonly record: AlertKeyRecord;
  readonly #key: KeyObject;
  #lockedFor: string | undefined;

  constructor(authority: string, mode: Mode, areas: readonly string[], privateKey: KeyObject) {
    const raw = rawPublicKey(createPublicKey(privateKey));
    this.record = {
      id: keyIdOf(authority, mode, raw),
      authority,
      mode,
      areas: [...areas],
      publicKey: raw.toString('hex'),
    };
    this.#key = privateKey;
  }

  /** Maintenance locks a key (W18): nothing can be said in public until it is unlocked. */
  lock(reason: string): void {
    this.#lockedFor = reason;
  }

  unlock(): void {
    this.#lockedFor = undefined;
  }

  get locked(): boolean {
    return this.#lockedFor !== undefined;
  }

  /** The detached signature `header..signature` of the bytes; BF_KEY_MODE for another mode or a locked key. */
  sign(mode: Mode, contentType: string, bytes: Uint8Array): string {
    const { id } = this.record;
    if (mode !== this.record.mode)
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected a key of mode ${mode}, found ${id} of mode ${this.record.mode}`,
      );
    if (this.#lockedFor !== undefined)
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected a key in use, found ${id} locked: ${this.#lockedFor}`,
      );
    const header = { alg: 'EdDSA', cty: contentType, kid: id, mode, typ: 'beaconfire-alert+jws' };
    const protectedPart = Buffer.from(JSON.stringify(header)).toString('base64url');
    const signature = sign(null, signingInput(protectedPart, bytes), this.#key);
    return `${protectedPart}..${signature.toString('base64url')}`;
  }
}

function signingInput(protectedPart: string, bytes: Uint8Array): Buffer {
  return Buffer.from(`${protectedPart}.${Buffer.from(bytes).toString('base64url')}`);
}

export type Verification = { ok: true; record: AlertKeyRecord } | { ok: false; reason: string };

/** The public keys that a receiver trusts. */
export class AlertKeyRing {
  readonly #keys = new Map<string, { record: AlertKeyRecord; key: KeyObject }>();

  /** BF_KEY_MODE if a record's id is not that of its authority, mode and key. */
  constructor(records: readonly AlertKeyRecord[]) {
    for (const record of records) {
      const raw = Buffer.from(record.publicKey, 'hex');
      const id = keyIdOf(record.authority, record.mode, raw);
      if (record.id !== id)
        throw new BeaconfireError('BF_KEY_MODE', `expected key id ${id}, found ${show(record.id)}`);
      this.#keys.set(id, { record, key: publicKeyFrom(raw) });
    }
  }

  get records(): AlertKeyRecord[] {
    return [...this.#keys.values()].map((k) => k.record);
  }

  /** Whether a trusted key of this mode signed exactly these bytes as this type of content. */
  verify(mode: Mode, contentType: string, bytes: Uint8Array, jws: string | undefined): Verification {
    const no = (reason: string): Verification => ({ ok: false, reason });
    if (jws === undefined || jws === '') return no('expected a signature, found none');
    const parts = /^([A-Za-z0-9_-]{1,1000})\.\.([A-Za-z0-9_-]{86})$/.exec(jws);
    if (!parts) return no('expected a detached signature, found other text');
    let header: unknown;
    try {
      header = JSON.parse(Buffer.from(parts[1], 'base64url').toString('utf8'));
    } catch {
      return no('expected the header of a signature, found other text');
    }
    if (!conforms(Header, header)) return no('expected the header of an alert signature, found another');
    const known = this.#keys.get(header.kid);
    if (!known) return no(`expected a trusted key, found ${show(header.kid)}`);
    if (header.mode !== known.record.mode || header.mode !== mode)
      return no(`expected a signature of mode ${mode}, found ${header.mode}`);
    if (header.cty !== contentType) return no(`expected content ${contentType}, found ${show(header.cty)}`);
    const signature = Buffer.from(parts[2], 'base64url');
    if (signature.length !== 64 || !verify(null, signingInput(parts[1], bytes), known.key, signature))
      return no('expected the signature of these bytes, found another: the message was changed');
    return { ok: true, record: known.record };
  }
}

/** The key of an authority in an exercise, the same for the same seed. A live key never comes from here. */
export function exerciseAlertSigner(
  seed: number | string,
  authority: string,
  areas: readonly string[],
): AlertSigner {
  return new AlertSigner(authority, 'exercise', areas, exerciseKey(`${seed}\nalerts ${authority}`));
}
