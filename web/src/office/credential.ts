/**
 * A person's key in the page: it signs here and never leaves. Signatures are those of src/channels/people.ts, Ed25519
 * over `BEACONFIRE-APPROVAL-1\n` and the canonical JSON of the subject.
 */
import type { Mode, Nation, OfficeView, PersonView } from '../../../src/node/wire.ts';

export type Subject =
  | { what: 'publish'; nation: Nation; mode: Mode; identifier: string; digest: string }
  | { what: 'retract'; nation: Nation; mode: Mode; chain: string };

/** A person who is signed in at this desk. */
export interface SignedIn extends PersonView {
  nation: Nation;
  sign(subject: Subject): Promise<{ credential: string; signature: string }>;
}

export type SignInProblem = 'badCode' | 'notOfOffice' | 'noCrypto';

/** PKCS #8 header of an Ed25519 private key (RFC 8410). */
const PRIVATE_DER = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/** Objects with their keys in order, as RFC 8785 has it for the strings that a subject holds. */
function canonical(subject: Subject): string {
  const entries = Object.entries(subject).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`;
}

export function subjectBytes(subject: Subject): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`BEACONFIRE-APPROVAL-1\n${canonical(subject)}`);
}

function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
}

const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');

/** The person of this office whose code it is; the key stays in the returned person and can't be read from it. */
export async function signIn(
  code: string,
  nation: Nation,
  office: OfficeView,
): Promise<SignedIn | SignInProblem> {
  const text = code.trim();
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return 'badCode';
  // Absent where the page came from elsewhere without TLS.
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) return 'noCrypto';
  let readable: CryptoKey;
  let key: CryptoKey;
  try {
    const der = Uint8Array.from([...PRIVATE_DER, ...fromBase64Url(text)]);
    readable = await subtle.importKey('pkcs8', der, 'Ed25519', true, ['sign']);
    key = await subtle.importKey('pkcs8', der, 'Ed25519', false, ['sign']);
  } catch {
    return 'noCrypto';
  }
  const { x } = await subtle.exportKey('jwk', readable);
  const credential = hex(fromBase64Url(x ?? ''));
  const person = office.people.find((p) => p.credential === credential);
  if (!person) return 'notOfOffice';
  return {
    ...person,
    nation,
    async sign(subject) {
      const signature = new Uint8Array(await subtle.sign('Ed25519', key, subjectBytes(subject)));
      return { credential, signature: hex(signature) };
    },
  };
}
