/** One text for one value: keys sorted, no spaces, so that a hash or a comparison of bytes means something. */
import { createHash } from 'node:crypto';
import { BeaconfireError } from '../model/errors.ts';

/** Canonical JSON (as RFC 8785 for what we write: finite numbers, sorted keys; absent and undefined are the same). */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new BeaconfireError('BF_INTERNAL', `expected a finite number, found ${value}`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object') {
    const record = value as Record<string, unknown>;
    const parts: string[] = [];
    for (const key of Object.keys(record).sort()) {
      if (record[key] !== undefined) parts.push(`${JSON.stringify(key)}:${canonicalJson(record[key])}`);
    }
    return `{${parts.join(',')}}`;
  }
  throw new BeaconfireError('BF_INTERNAL', `expected a JSON value, found ${typeof value}`);
}

/** SHA-256 of the parts one after the other, hexadecimal. */
export function sha256(...parts: (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
