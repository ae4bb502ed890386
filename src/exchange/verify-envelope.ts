/** Opening an envelope: everything that can be wrong with it has a name, and the first that is wrong refuses it. */
import type { BeaconfireError } from '../model/errors.ts';
import type { Item } from '../model/item.ts';
import { type Mode, type NodeId, nationOf } from '../model/nation.ts';
import { verifySigned } from './batch.ts';
import { canonicalJson } from './canonical.ts';
import { finerThanLabel } from './coarsen.ts';
import {
  type Envelope,
  type EnvelopeCodec,
  envelopeError,
  hopBytes,
  innerHash,
  jsonCodec,
  type Payload,
  payloadHash,
  pedigreeOf,
  readPayload,
} from './envelope.ts';
import type { KeyRing } from './keys.ts';
import { labelFaults } from './label.ts';
import { partsBeyondLabel } from './reduce.ts';

export const ENVELOPE_FAULTS = {
  malformed: 'The bytes are no envelope in its one form.',
  wrongMode: 'Exercise and live are mixed: of the receiver, the key, the envelope or the label.',
  unknownKey: 'The signing key is not known.',
  revokedKey: 'The signing key was revoked before the envelope came.',
  keyOfAnother: 'The key is not that of the node that is said to have signed.',
  badSignature: 'The signature does not fit the bytes.',
  contradiction: 'The parts of the envelope contradict each other.',
  brokenProvenance: 'The relays are not those of the route, or a relay signed something else.',
  notForUs: 'The envelope is for another recipient.',
  ownInformation: 'The information is the recipient’s own; it is not taken back.',
  expired: 'The item is no longer valid.',
  replay: 'Another envelope already carried this revision of the item.',
} as const;
export type EnvelopeFault = keyof typeof ENVELOPE_FAULTS;

/** Clocks of two nodes may differ by so much before a sending time in the future is a contradiction. */
const CLOCK_TOLERANCE_US = 5e6;

export interface Receiver {
  node: NodeId;
  mode: Mode;
  ring: KeyRing;
  codec?: EnvelopeCodec;
}

export type Opened =
  | { ok: true; envelope: Envelope; payload: Payload; hash: string }
  | { ok: false; fault: EnvelopeFault; error: BeaconfireError; hash?: string };

/** Why an item could not be sent or taken: it contradicts itself. Undefined if it does not. */
export function itemContradiction(item: Item): string | undefined {
  const fault = labelFaults(item.label)[0];
  if (fault) return fault.text;
  const { observedUs, madeUs, expiresUs } = item;
  // A sensor stamps what it observes by its own clock.
  if (observedUs > madeUs + CLOCK_TOLERANCE_US)
    return `expected it made after it was observed, found ${madeUs} before ${observedUs}`;
  if (expiresUs <= madeUs) return `expected it to expire after it was made, found ${expiresUs} and ${madeUs}`;
  const beyond = partsBeyondLabel(item);
  return beyond.length > 0
    ? `expected only parts that the label names, found ${beyond.join(', ')}`
    : finerThanLabel(item);
}

/** Verifies an envelope as it came from the wire. Never throws; replays are the {@link ReplayGuard}'s matter. */
export function openEnvelope(bytes: Uint8Array, receiver: Receiver, nowUs: number): Opened {
  const envelope = (receiver.codec ?? jsonCodec).decode(bytes);
  if (!envelope) return refuse('malformed', `${bytes.length} bytes`);
  const hash = payloadHash(envelope);
  const no = (fault: EnvelopeFault, detail: string): Opened => ({ ...refuse(fault, detail), hash });

  const revoked = [envelope.keyId, ...envelope.hops.map((h) => h.keyId)].find((k) =>
    receiver.ring.isRevoked(k, nowUs),
  );
  if (revoked !== undefined) return no('revokedKey', revoked);
  const signed = signatureFault(envelope, receiver);
  if (signed) return no(...signed);
  const payload = readPayload(envelope);
  if (!payload) return no('malformed', 'the signed payload is not of the form');
  const { item } = payload;
  if (payload.mode !== envelope.mode || item.label.mode !== envelope.mode) {
    return no('wrongMode', `envelope ${envelope.mode}, payload ${payload.mode}, label ${item.label.mode}`);
  }
  const signer = receiver.ring.find(envelope.keyId);
  if (signer?.node !== payload.from)
    return no('keyOfAnother', `from ${payload.from}, key of ${signer?.node}`);
  const contradiction = itemContradiction(item);
  if (contradiction) return no('contradiction', contradiction);
  if (
    payload.sentUs < item.madeUs ||
    payload.offeredUs > payload.sentUs ||
    payload.sentUs > nowUs + CLOCK_TOLERANCE_US
  ) {
    return no('contradiction', 'expected times in the order made, offered, sent, now');
  }
  if (canonicalJson(payload.pedigree) !== canonicalJson(pedigreeOf(item)))
    return no('contradiction', 'pedigree and tracklet differ');
  const own = nationOf(receiver.node);
  const forUs = receiver.node === 'HUB' ? payload.via === 'HUB' : payload.to === own;
  if (!forUs) return no('notForUs', `for ${payload.to} via ${payload.via}`);
  const provenance = provenanceFault(envelope, payload, receiver);
  if (provenance) return no('brokenProvenance', provenance);
  if (receiver.node !== 'HUB' && item.label.originators.every((n) => n === own))
    return no('ownInformation', item.label.id);
  if (item.expiresUs <= nowUs) return no('expired', item.label.id);
  return { ok: true, envelope, payload, hash };
}

function refuse(fault: EnvelopeFault, detail: string): Extract<Opened, { ok: false }> {
  return { ok: false, fault, error: envelopeError(fault, detail) };
}

/** Keys, modes and signatures of the sender and of every relay. */
export function signatureFault(
  envelope: Envelope,
  receiver: Pick<Receiver, 'mode' | 'ring'>,
): [EnvelopeFault, string] | undefined {
  const { ring, mode } = receiver;
  if (envelope.mode !== mode) return ['wrongMode', `envelope ${envelope.mode}, receiver ${mode}`];
  for (const keyId of [envelope.keyId, ...envelope.hops.map((h) => h.keyId)]) {
    const key = ring.find(keyId);
    if (!key) return ['unknownKey', keyId];
    if (key.mode !== mode) return ['wrongMode', `key ${keyId}, receiver ${mode}`];
  }
  const { keyId, payload, signature, batch } = envelope;
  if (!verifySigned(ring, 'ENVELOPE', mode, keyId, Buffer.from(payload, 'utf8'), signature, batch))
    return ['badSignature', keyId];
  for (const [i, hop] of envelope.hops.entries()) {
    if (ring.find(hop.keyId)?.node !== hop.node)
      return ['keyOfAnother', `hop of ${hop.node}, key ${hop.keyId}`];
    if (hop.inner !== innerHash(envelope, i)) return ['brokenProvenance', `hop ${i} is of another envelope`];
    if (!verifySigned(ring, 'HOP', mode, hop.keyId, hopBytes(hop), hop.signature, hop.batch))
      return ['badSignature', hop.keyId];
  }
  return undefined;
}

function provenanceFault(envelope: Envelope, payload: Payload, receiver: Receiver): string | undefined {
  const expected = payload.via === null || payload.via === receiver.node ? [] : [payload.via];
  const found = envelope.hops.map((h) => h.node);
  if (found.join() !== expected.join())
    return `expected relays [${expected.join()}], found [${found.join()}]`;
  const other = envelope.hops.find((h) => h.agreement !== payload.agreement);
  return other && `expected agreement ${payload.agreement}, found ${other.agreement}`;
}

/** Remembers which revisions came: (sender, recipient, item, revision). Bounded, forgetting the oldest. */
export class ReplayGuard {
  readonly #seen = new Map<string, string>();
  readonly #capacity: number;

  constructor(capacity = 200_000) {
    this.#capacity = capacity;
  }

  /** `duplicate`: the same envelope again, as after a break of a link. `replay`: another with the same name. */
  admit(payload: Payload, hash: string): 'new' | 'duplicate' | 'replay' {
    const key = `${payload.from}\n${payload.to}\n${payload.item.label.id}\n${payload.item.revision}`;
    const known = this.#seen.get(key);
    if (known !== undefined) return known === hash ? 'duplicate' : 'replay';
    this.#seen.set(key, hash);
    if (this.#seen.size > this.#capacity) {
      const oldest = this.#seen.keys().next().value;
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return 'new';
  }
}
