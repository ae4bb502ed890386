/**
 * The compact form of an envelope: deterministic CBOR (RFC 8949, 4.2), names of fields and fixed words as small
 * integers of a published table, signatures and hashes as bytes. docs/envelope.md is its schema.
 *
 * What is signed is the canonical JSON of the payload. It is not carried as text: it is made again from the values, and
 * the signature is verified over that, so a value that changed on the way is found out as any other change is. A
 * payload whose text is not the canonical one is carried as text.
 */
import { conforms } from '../model/schema.ts';
import { canonicalJson } from './canonical.ts';
import { Envelope, type EnvelopeCodec } from './envelope.ts';
import { WORDS } from './words.ts';

const CODES = new Map(WORDS.map((word, i) => [word, i]));
/** Tags of this form: a word of the table, and a text of hexadecimal digits as bytes. */
const WORD_TAG = 6;
const HEX_TAG = 7;
const VERSION = 1;

class Writer {
  #bytes = Buffer.allocUnsafe(1024);
  #at = 0;

  #room(n: number): void {
    if (this.#at + n <= this.#bytes.length) return;
    const more = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + n));
    this.#bytes.copy(more, 0, 0, this.#at);
    this.#bytes = more;
  }

  head(major: number, value: number): void {
    this.#room(9);
    const top = major << 5;
    const b = this.#bytes;
    if (value < 24) b[this.#at++] = top | value;
    else if (value < 0x100) {
      b[this.#at++] = top | 24;
      b[this.#at++] = value;
    } else if (value < 0x10000) {
      b[this.#at++] = top | 25;
      this.#at = b.writeUInt16BE(value, this.#at);
    } else if (value < 0x100000000) {
      b[this.#at++] = top | 26;
      this.#at = b.writeUInt32BE(value, this.#at);
    } else {
      b[this.#at++] = top | 27;
      this.#at = b.writeBigUInt64BE(BigInt(value), this.#at);
    }
  }

  raw(major: number, bytes: Uint8Array): void {
    this.head(major, bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  text(text: string): void {
    const code = CODES.get(text);
    if (code !== undefined) {
      this.head(6, WORD_TAG);
      this.head(0, code);
    } else if (text.length >= 32 && text.length % 2 === 0 && /^[0-9a-f]+$/.test(text)) {
      this.head(6, HEX_TAG);
      this.raw(2, Buffer.from(text, 'hex'));
    } else this.raw(3, Buffer.from(text, 'utf8'));
  }

  number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value >= 0) this.head(0, value);
      else this.head(1, -1 - value);
      return;
    }
    this.#room(9);
    this.#bytes[this.#at++] = 0xfb;
    this.#at = this.#bytes.writeDoubleBE(value, this.#at);
  }

  value(v: unknown): void {
    if (typeof v === 'string') this.text(v);
    else if (typeof v === 'number') this.number(v);
    else if (v === null) this.head(7, 22);
    else if (typeof v === 'boolean') this.head(7, v ? 21 : 20);
    else if (Array.isArray(v)) {
      this.head(4, v.length);
      for (const e of v) this.value(e);
    } else {
      const entries = Object.entries(v as Record<string, unknown>).filter(([, e]) => e !== undefined);
      this.head(5, entries.length);
      // A name of the table is its number; any other is text. The order is that of the names.
      for (const [name, e] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
        const code = CODES.get(name);
        if (code === undefined) this.raw(3, Buffer.from(name, 'utf8'));
        else this.head(0, code);
        this.value(e);
      }
    }
  }

  take(): Uint8Array {
    return Buffer.from(this.#bytes.subarray(0, this.#at));
  }
}

/** Reading throws on anything that is not of the form; {@link binaryCodec} makes one answer of all of it. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  #head(): { major: number; value: number } {
    const first = this.#bytes.readUInt8(this.#at++);
    const [major, low] = [first >> 5, first & 31];
    if (low < 24) return { major, value: low };
    const size = low === 24 ? 1 : low === 25 ? 2 : low === 26 ? 4 : low === 27 ? 8 : 0;
    if (size === 0 || (major === 7 && size !== 8)) throw new RangeError('length');
    const at = this.#at;
    this.#at += size;
    if (major === 7) return { major: 8, value: this.#bytes.readDoubleBE(at) };
    const value = size === 8 ? Number(this.#bytes.readBigUInt64BE(at)) : this.#bytes.readUIntBE(at, size);
    if (!Number.isSafeInteger(value)) throw new RangeError('integer');
    return { major, value };
  }

  #slice(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new RangeError('end');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #text(length: number): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#slice(length));
  }

  value(depth = 0): unknown {
    if (depth > 12) throw new RangeError('depth');
    const { major, value } = this.#head();
    if (major === 0) return value;
    if (major === 1) return -1 - value;
    if (major === 3) return this.#text(value);
    if (major === 8) return value;
    if (major === 7 && value >= 20 && value <= 22) return value === 22 ? null : value === 21;
    if (major === 4) {
      if (value > this.#bytes.length) throw new RangeError('length');
      return Array.from({ length: value }, () => this.value(depth + 1));
    }
    if (major === 5) {
      const out: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
      for (let i = 0; i < value; i++) {
        const name = this.#head();
        const key =
          name.major === 0 ? this.#word(name.value) : name.major === 3 ? this.#text(name.value) : undefined;
        if (key === undefined || key in out) throw new RangeError('name');
        out[key] = this.value(depth + 1);
      }
      return { ...out };
    }
    if (major === 6) {
      const inner = this.#head();
      if (value === WORD_TAG && inner.major === 0) return this.#word(inner.value);
      if (value === HEX_TAG && inner.major === 2) return this.#slice(inner.value).toString('hex');
    }
    throw new RangeError('type');
  }

  #word(code: number): string {
    if (code >= WORDS.length) throw new RangeError('word');
    return WORDS[code];
  }
}

function parsed(payload: string): unknown {
  try {
    const value: unknown = JSON.parse(payload);
    return canonicalJson(value) === payload ? value : undefined;
  } catch {
    return undefined;
  }
}

export const binaryCodec: EnvelopeCodec = {
  encode({ mode, keyId, payload, signature, hops, batch }) {
    const writer = new Writer();
    const value = parsed(payload);
    const content = value === undefined ? payload : [value];
    writer.value([VERSION, mode, keyId, content, signature, hops, ...(batch ? [batch] : [])]);
    return writer.take();
  },
  decode(bytes) {
    try {
      const reader = new Reader(bytes);
      const all = reader.value();
      if (!reader.done || !Array.isArray(all) || all[0] !== VERSION) return undefined;
      if (all.length !== 6 && all.length !== 7) return undefined;
      const [, mode, keyId, content, signature, hops, batch] = all as unknown[];
      const payload = Array.isArray(content) && content.length === 1 ? canonicalJson(content[0]) : content;
      const envelope = { mode, keyId, payload, signature, hops, ...(all.length === 7 ? { batch } : {}) };
      if (!conforms(Envelope, envelope)) return undefined;
      // One envelope, one form: bytes that another encoder might have made are refused.
      return Buffer.compare(binaryCodec.encode(envelope), bytes) === 0 ? envelope : undefined;
    } catch {
      return undefined;
    }
  },
};
