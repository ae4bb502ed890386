/**
 * Signed notes and checkpoints of logs in the forms of C2SP (c2sp.org): signed-note, tlog-checkpoint and
 * tlog-cosignature, so that other people's tools can read and witness them.
 *
 * A checkpoint is three lines: the name of the log, its size, its root in base64. A signature is a line
 * `— name base64(key hash || signature)`; a cosignature of version 1 puts the time between the two.
 */
import { createHash } from 'node:crypto';
import { type Mode, NODE_IDS, type NodeId } from '../model/nation.ts';
import type { KeyRing, Signer } from './keys.ts';

export interface Checkpoint {
  origin: string;
  size: number;
  root: Buffer;
}

/** Types of signatures; the byte is part of a key's hash, so another algorithm can be put beside. */
const ED25519 = 1;
const COSIGNATURE_V1 = 4;

/** Name of the log of a node, and of the key that signs it. */
export function logName(node: NodeId, mode: Mode): string {
  return `beaconfire/${mode}/${node}/journal`;
}

export function witnessName(node: NodeId, mode: Mode): string {
  return `beaconfire/${mode}/${node}/witness`;
}

export function checkpointText(c: Checkpoint): string {
  return `${c.origin}\n${c.size}\n${c.root.toString('base64')}\n`;
}

/** Undefined if the text is not a checkpoint in its one form. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const lines = text.split('\n');
  if (lines.length !== 4 || lines[3] !== '' || !/^(0|[1-9]\d{0,14})$/.test(lines[1])) return undefined;
  const root = Buffer.from(lines[2], 'base64');
  if (root.length !== 32 || root.toString('base64') !== lines[2]) return undefined;
  return { origin: lines[0], size: Number(lines[1]), root };
}

function keyHash(name: string, type: number, publicKey: Uint8Array): Buffer {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([type]))
    .update(publicKey)
    .digest()
    .subarray(0, 4);
}

function signatureLine(name: string, ...parts: Uint8Array[]): string {
  return `— ${name} ${Buffer.concat(parts).toString('base64')}\n`;
}

/** The line by which a log signs its checkpoint. */
export function signCheckpoint(text: string, signer: Signer): string {
  const name = logName(signer.node, signer.mode);
  return signatureLine(name, keyHash(name, ED25519, signer.publicKey), signer.signNote(text));
}

/** The line by which a witness says: this log has never shown me another history. `timeS` is Unix time. */
export function cosignCheckpoint(text: string, timeS: number, signer: Signer): string {
  const name = witnessName(signer.node, signer.mode);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(timeS));
  const signature = signer.signNote(`cosignature/v1\ntime ${timeS}\n${text}`);
  return signatureLine(name, keyHash(name, COSIGNATURE_V1, signer.publicKey), time, signature);
}

export interface ReadNote {
  checkpoint: Checkpoint;
  /** The log itself signed it. */
  bySelf: boolean;
  /** Witnesses whose signatures fit, with the time that each states, Unix s. */
  witnesses: Map<NodeId, number>;
}

/**
 * Reads a signed note and verifies the signatures of known keys, but not of those that had `ended` when it came; undefined
 * if it is no checkpoint of this node's log.
 */
export function readNote(
  note: string,
  node: NodeId,
  mode: Mode,
  ring: KeyRing,
  ended: (keyId: string) => boolean = () => false,
): ReadNote | undefined {
  const cut = note.indexOf('\n\n');
  if (cut < 0 || !note.endsWith('\n')) return undefined;
  const text = note.slice(0, cut + 1);
  const checkpoint = parseCheckpoint(text);
  const name = logName(node, mode);
  if (!checkpoint || checkpoint.origin !== name) return undefined;
  let bySelf = false;
  const witnesses = new Map<NodeId, number>();
  for (const line of note.slice(cut + 2, -1).split('\n')) {
    const match = /^— (\S+) (\S+)$/.exec(line);
    if (!match) return undefined;
    const blob = Buffer.from(match[2], 'base64');
    if (match[1] === name) {
      bySelf ||= ring
        .of(node, mode)
        .some(
          ({ id, publicKey }) =>
            !ended(id) && fits(name, ED25519, node, Buffer.from(publicKey, 'hex'), text, blob),
        );
      continue;
    }
    const witness = NODE_IDS.find((n) => match[1] === witnessName(n, mode));
    if (!witness || blob.length !== 76) continue;
    const timeS = Number(blob.readBigUInt64BE(4));
    const signed = `cosignature/v1\ntime ${timeS}\n${text}`;
    const bare = Buffer.concat([blob.subarray(0, 4), blob.subarray(12)]);
    const ok = ring
      .of(witness, mode)
      .some(
        (r) =>
          !ended(r.id) &&
          fits(match[1], COSIGNATURE_V1, witness, Buffer.from(r.publicKey, 'hex'), signed, bare),
      );
    if (ok) witnesses.set(witness, timeS);
  }
  return { checkpoint, bySelf, witnesses };

  function fits(name: string, type: number, by: NodeId, key: Buffer, text: string, blob: Buffer): boolean {
    return (
      blob.length === 68 &&
      Buffer.compare(blob.subarray(0, 4), keyHash(name, type, key)) === 0 &&
      ring.verifyNote(by, mode, key, text, blob.subarray(4))
    );
  }
}
