/**
 * The envelope: an item as one node gives it to one nation under one agreement, signed over its exact bytes.
 * A relay passes those bytes on unchanged and adds its own signature over their hash and its decision; so the
 * source type, the label and the times are the originator's to the end (W10).
 */
import { type Static, Type } from 'typebox';
import { BeaconfireError } from '../model/errors.ts';
import { Item } from '../model/item.ts';
import { Mode, Nation, NodeId } from '../model/nation.ts';
import { conforms } from '../model/schema.ts';
import { Pedigree } from '../model/track.ts';
import { BatchProof, signBatch } from './batch.ts';
import { canonicalJson, sha256 } from './canonical.ts';
import type { Signer } from './keys.ts';
import { withholdSensors } from './reduce.ts';

const strict = { additionalProperties: false } as const;
const Signature = Type.String({ pattern: '^[0-9a-f]{128}$' });
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** What the sender signs. One envelope for each recipient, so none can tell what others were sent. */
export const Payload = Type.Object(
  {
    version: Type.Literal(1),
    mode: Mode,
    from: NodeId,
    to: Nation,
    /** The node that relays; null on the direct route. */
    via: Type.Union([NodeId, Type.Null()]),
    /** The agreement under which it was released. */
    agreement: Type.String({ minLength: 1 }),
    /** Label, id, revision, source type, and the times observed, made and of expiry. */
    item: Item,
    pedigree: Pedigree,
    /** When the sender first held it for release: the handling delay counts from here. */
    offeredUs: Type.Integer(),
    sentUs: Type.Integer(),
  },
  strict,
);
export type Payload = Omit<Static<typeof Payload>, 'item'> & { item: Item };

/** A relay's statement on what it passes on. `inner` is the hash of all that came before it. */
export const Hop = Type.Object(
  {
    node: NodeId,
    keyId: Type.String(),
    agreement: Type.String(),
    decision: Type.Literal('allow'),
    /** Always empty: a relay cannot change signed bytes; the origin reduces for the whole route. */
    reductions: Type.Array(Type.String(), { maxItems: 0 }),
    atUs: Type.Integer(),
    inner: Hash,
    signature: Signature,
    /** The signature is over a batch of hops: the place in it. */
    batch: Type.Optional(BatchProof),
  },
  strict,
);
export type Hop = Static<typeof Hop>;

export const Envelope = Type.Object(
  {
    mode: Mode,
    keyId: Type.String(),
    /** The signed bytes, as UTF-8 text; never made anew from the values. */
    payload: Type.String(),
    signature: Signature,
    /** The signature is over a batch of payloads: the place in it. */
    batch: Type.Optional(BatchProof),
    /** Provenance, in the order of the relays. */
    hops: Type.Array(Hop, { maxItems: 4 }),
  },
  strict,
);
export type Envelope = Static<typeof Envelope>;

/** How envelopes become bytes. JSON first; another form must carry the payload's bytes unchanged too. */
export interface EnvelopeCodec {
  encode(envelope: Envelope): Uint8Array;
  /** Undefined if the bytes are not exactly what `encode` makes of some envelope. */
  decode(bytes: Uint8Array): Envelope | undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const jsonCodec: EnvelopeCodec = {
  encode: (envelope) => Buffer.from(canonicalJson(envelope), 'utf8'),
  decode(bytes) {
    try {
      // Bytes that are no UTF-8 are refused, so that each text has one form.
      const text = utf8.decode(bytes);
      const value: unknown = JSON.parse(text);
      return conforms(Envelope, value) && canonicalJson(value) === text ? value : undefined;
    } catch {
      return undefined;
    }
  },
};

/** The name of an envelope in journals and gaps: the hash of what its sender signed. */
export function payloadHash(envelope: Pick<Envelope, 'payload'>): string {
  return sha256(envelope.payload);
}

/** The hash that a hop signs: payload, the sender's signature and proof, and those of the hops before. */
export function innerHash(envelope: Envelope, hops: number): string {
  const signed = ({ signature, batch }: Pick<Envelope, 'signature' | 'batch'>): string =>
    batch ? signature + canonicalJson(batch) : signature;
  return sha256(envelope.payload, signed(envelope), ...envelope.hops.slice(0, hops).map(signed));
}

export function hopBytes(hop: Omit<Hop, 'signature' | 'batch'>): Uint8Array {
  const { node, keyId, agreement, decision, reductions, atUs, inner } = hop;
  return Buffer.from(canonicalJson({ node, keyId, agreement, decision, reductions, atUs, inner }), 'utf8');
}

/** The pedigree that an item states: its tracklet's, or its originators at the time of observation. */
export function pedigreeOf(item: Item): Pedigree {
  const pedigree =
    item.body.tracklet?.pedigree ??
    Object.fromEntries(item.label.originators.map((n) => [`${n}/*`, item.observedUs]));
  return item.label.elements.includes('sensorIdentity') ? pedigree : withholdSensors(pedigree);
}

export interface Dispatch {
  to: Nation;
  via: NodeId | null;
  agreement: string;
  offeredUs: number;
  sentUs: number;
}

/** Seals an item that is already reduced for its route. BF_KEY_MODE if item and key are not of one mode. */
export function seal(item: Item, dispatch: Dispatch, signer: Signer): Envelope {
  return sealTogether([{ item, dispatch }], signer)[0];
}

/**
 * Seals items that are already reduced for their route, all for one recipient, by one signature; a single one by its own.
 * At most {@link BATCH_MOST}. BF_KEY_MODE if items and key are not of one mode.
 */
export function sealTogether(all: readonly { item: Item; dispatch: Dispatch }[], signer: Signer): Envelope[] {
  const { mode } = all[0].item.label;
  const texts = all.map(({ item, dispatch }) => {
    const payload: Payload = {
      version: 1,
      mode: item.label.mode,
      from: signer.node,
      ...dispatch,
      item,
      pedigree: pedigreeOf(item),
    };
    return canonicalJson(payload);
  });
  if (all.some(({ item, dispatch: d }) => item.label.mode !== mode || d.to !== all[0].dispatch.to))
    throw new BeaconfireError('BF_INTERNAL', 'expected a batch for one recipient in one mode, found several');
  const messages = texts.map((text) => Buffer.from(text, 'utf8'));
  const { keyId } = signer;
  if (messages.length === 1) {
    const signature = signer.sign('ENVELOPE', mode, messages[0]);
    return [{ mode, keyId, payload: texts[0], signature, hops: [] }];
  }
  const { signature, proofs } = signBatch('ENVELOPE', messages, mode, signer);
  return texts.map((payload, i) => ({ mode, keyId, payload, signature, batch: proofs[i], hops: [] }));
}

/** The envelope with the relay's hop added; what it received is carried as it came. */
export function addHop(envelope: Envelope, agreement: string, atUs: number, signer: Signer): Envelope {
  return addHops([{ envelope, agreement }], atUs, signer)[0];
}

/** The same for envelopes that all go to one recipient: one signature for all; for a single one its own. */
export function addHops(
  all: readonly { envelope: Envelope; agreement: string }[],
  atUs: number,
  signer: Signer,
): Envelope[] {
  const { mode } = all[0].envelope;
  const hops = all.map(({ envelope, agreement }) => ({
    node: signer.node,
    keyId: signer.keyId,
    agreement,
    decision: 'allow' as const,
    reductions: [],
    atUs,
    inner: innerHash(envelope, envelope.hops.length),
  }));
  if (all.length === 1) {
    const signature = signer.sign('HOP', mode, hopBytes(hops[0]));
    return [{ ...all[0].envelope, hops: [...all[0].envelope.hops, { ...hops[0], signature }] }];
  }
  const { signature, proofs } = signBatch('HOP', hops.map(hopBytes), mode, signer);
  return all.map(({ envelope }, i) => ({
    ...envelope,
    hops: [...envelope.hops, { ...hops[i], signature, batch: proofs[i] }],
  }));
}

/** The payload of an envelope whose signature was verified; undefined if it is not of the form. */
export function readPayload(envelope: Envelope): Payload | undefined {
  try {
    const value: unknown = JSON.parse(envelope.payload);
    return conforms(Payload, value) ? (value as Payload) : undefined;
  } catch {
    return undefined;
  }
}

export function envelopeError(fault: string, detail: string): BeaconfireError {
  return new BeaconfireError('BF_ENVELOPE', `${fault}: ${detail}`, {}, { status: 1 });
}
