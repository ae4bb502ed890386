/** One text for one value: keys sorted, no spaces, so that a hash or a comparison of bytes means something. */
import { createHash, hash } from 'node:crypto';
import { BeaconfireError } from '../model/errors.ts';

/** Text that JSON writes as it stands. */
const PLAIN = /^[ !#-[\]-~]*$/;
/** Longer text is left to JSON.stringify, which looks through it faster. */
const SHORT = 40;

function quoted(text: string): string {
  return text.length <= SHORT && PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Canonical JSON (as RFC 8785 for what we write: finite numbers, sorted keys; absent and undefined are the same). */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'number':
      if (!Number.isFinite(value))
        throw new BeaconfireError('BF_INTERNAL', `expected a finite number, found ${value}`);
      return `${value}`;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? arrayText(value) : recordText(value as Record<string, unknown>);
    default:
      throw new BeaconfireError('BF_INTERNAL', `expected a JSON value, found ${typeof value}`);
  }
}

function arrayText(values: readonly unknown[]): string {
  let text = '[';
  for (let i = 0; i < values.length; i++)
    text += i === 0 ? canonicalJson(values[i]) : `,${canonicalJson(values[i])}`;
  return `${text}]`;
}

function recordText(record: Record<string, unknown>): string {
  const keys = Object.keys(record);
  // What was read from canonical text is in order already.
  for (let i = 1; i < keys.length; i++) {
    if (keys[i - 1] < keys[i]) continue;
    keys.sort();
    break;
  }
  let text = '';
  for (const key of keys) {
    const value = record[key];
    if (value === undefined) continue;
    text +=
      text === '' ? `${quoted(key)}:${canonicalJson(value)}` : `,${quoted(key)}:${canonicalJson(value)}`;
  }
  return `{${text}}`;
}

/** SHA-256 of the parts one after the other, hexadecimal. */
export function sha256(...parts: (string | Uint8Array)[]): string {
  if (parts.length === 1) return hash('sha256', parts[0], 'hex');
  const whole = createHash('sha256');
  for (const part of parts) whole.update(part);
  return whole.digest('hex');
}
