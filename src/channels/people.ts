/**
 * Who stands behind a public warning (W1, W2, W3). People hold Ed25519 credentials of one mode. A first or changed
 * warning takes two different people, or a rule that two signed beforehand; to take one back takes one person. People
 * are counted, not keys or sessions: two credentials of one person are one.
 */
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { canonicalJson, exerciseKey, publicKeyFrom, rawPublicKey, sha256 } from '../exchange/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Mode, Nation } from '../model/nation.ts';
import type { WarningStage } from '../model/warning.ts';

export const ROLES = ['watchOfficer', 'supervisor', 'controller'] as const;
export type Role = (typeof ROLES)[number];

/** One credential of one person; a person may hold several. */
export interface PersonRecord {
  person: string;
  role: Role;
  nation: Nation;
  mode: Mode;
  /** 32 bytes, hexadecimal. */
  publicKey: string;
}

/** A person's signature under something. */
export interface Approval {
  credential: string;
  signature: string;
}

/** What people sign: never a name alone, always the digest of what will be said. */
export type Subject =
  | { what: 'publish'; nation: Nation; mode: Mode; identifier: string; digest: string }
  | { what: 'retract'; nation: Nation; mode: Mode; chain: string }
  | { what: 'rule'; nation: Nation; mode: Mode; digest: string };

function subjectBytes(subject: Subject): Buffer {
  return Buffer.from(`BEACONFIRE-APPROVAL-1\n${canonicalJson(subject)}`);
}

/** A person's credential with its private key: what a person's token would hold. */
export class Credential {
  readonly record: PersonRecord;
  readonly #key: KeyObject;

  constructor(record: Omit<PersonRecord, 'publicKey'>, privateKey: KeyObject) {
    this.record = { ...record, publicKey: rawPublicKey(createPublicKey(privateKey)).toString('hex') };
    this.#key = privateKey;
  }

  /** BF_KEY_MODE if the credential is of the other mode: an exercise holds no live key, whoever asks. */
  approve(subject: Subject): Approval {
    const { mode, person, publicKey } = this.record;
    if (subject.mode !== mode)
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected a credential of mode ${subject.mode}, found one of ${person} of mode ${mode}`,
      );
    const signature = sign(null, subjectBytes(subject), this.#key).toString('hex');
    return { credential: publicKey, signature };
  }

  /** The private key as a person of an exercise types it in, base64url; BF_KEY_MODE for any other. */
  exerciseCode(): string {
    if (this.record.mode !== 'exercise')
      throw new BeaconfireError('BF_KEY_MODE', 'expected a credential of an exercise, found a live one');
    return this.#key.export({ format: 'jwk' }).d!;
  }
}

/** A person of an exercise: the same key for the same seed. */
export function exercisePerson(
  seed: number | string,
  nation: Nation,
  person: string,
  role: Role = 'watchOfficer',
): Credential {
  const record = { person, role, nation, mode: 'exercise' as const };
  return new Credential(record, exerciseKey(`${seed}\nperson ${nation} ${person}`));
}

/** A rule under which warnings go out by themselves; it says what it covers and until when. */
export interface StandingRule {
  nation: Nation;
  mode: Mode;
  /** SHA-256 of the rules of the warning desk that it was signed for. */
  rulesDigest: string;
  stages: readonly WarningStage[];
  /** Independent sources that must stand behind a warning. */
  corroboration: number;
  validFromUs: number;
  validUntilUs: number;
}

export interface SignedRule {
  rule: StandingRule;
  approvals: readonly Approval[];
}

export function ruleSubject(rule: StandingRule): Subject {
  return { what: 'rule', nation: rule.nation, mode: rule.mode, digest: sha256(canonicalJson(rule)) };
}

/** Who stood behind a message: kept in the journal. */
export interface Authorisation {
  how: 'two people' | 'rule' | 'one person';
  people: string[];
}

/** The people of a nation's warning office in one mode. */
export class Roster {
  readonly nation: Nation;
  readonly mode: Mode;
  readonly #byKey = new Map<string, { record: PersonRecord; key: KeyObject }>();

  /** BF_APPROVAL if a credential is of another nation or mode, or one key is enrolled for two people. */
  constructor(nation: Nation, mode: Mode, records: readonly PersonRecord[]) {
    this.nation = nation;
    this.mode = mode;
    for (const record of records) {
      const known = this.#byKey.get(record.publicKey);
      if (record.nation !== nation || record.mode !== mode)
        refuse(
          `expected people of ${nation} ${mode}, found ${record.person} of ${record.nation} ${record.mode}`,
        );
      if (known && known.record.person !== record.person)
        refuse(`expected a key of one person, found one of ${known.record.person} and ${record.person}`);
      this.#byKey.set(record.publicKey, { record, key: publicKeyFrom(Buffer.from(record.publicKey, 'hex')) });
    }
  }

  /** Everybody's credentials, as enrolled. */
  get records(): PersonRecord[] {
    return [...this.#byKey.values()].map((k) => k.record);
  }

  /** The different people whose signatures under the subject hold. */
  signers(subject: Subject, approvals: readonly Approval[]): string[] {
    if (subject.mode !== this.mode || subject.nation !== this.nation) return [];
    const people = new Set<string>();
    for (const { credential, signature } of approvals) {
      const known = this.#byKey.get(credential);
      if (!known || !/^[0-9a-f]{128}$/.test(signature)) continue;
      if (verify(null, subjectBytes(subject), known.key, Buffer.from(signature, 'hex')))
        people.add(known.record.person);
    }
    return [...people].sort();
  }

  /** Two different people under the subject, or BF_APPROVAL. */
  requireTwo(subject: Subject, approvals: readonly Approval[]): string[] {
    const people = this.signers(subject, approvals);
    if (people.length < 2)
      refuse(
        `expected two different people under this, found ${people.length === 0 ? 'none' : people.join(', ')}`,
      );
    return people;
  }

  requireOne(subject: Subject, approvals: readonly Approval[]): string[] {
    const people = this.signers(subject, approvals);
    if (people.length < 1) refuse('expected one person of the office under this, found none');
    return people;
  }

  /** Whether a rule signed by two people covers a message of this stage now; who signed it, or why not. */
  ruleCovers(
    signed: SignedRule,
    message: { stage: WarningStage; rulesDigest: string; sources: number },
    nowUs: number,
  ): { people: string[] } | { why: string } {
    const { rule } = signed;
    if (rule.mode !== this.mode || rule.nation !== this.nation)
      return { why: 'it is of another nation or mode' };
    const people = this.signers(ruleSubject(rule), signed.approvals);
    if (people.length < 2) return { why: `${people.length} of two people signed it` };
    if (nowUs < rule.validFromUs || nowUs >= rule.validUntilUs) return { why: 'it is not valid now' };
    if (!rule.stages.includes(message.stage)) return { why: `it does not cover the stage ${message.stage}` };
    if (rule.rulesDigest !== message.rulesDigest)
      return { why: 'the rules of the desk are not those it was signed for' };
    if (message.sources < rule.corroboration)
      return { why: `${message.sources} of ${rule.corroboration} independent sources stand behind it` };
    return { people };
  }
}

function refuse(detail: string): never {
  throw new BeaconfireError('BF_APPROVAL', detail);
}
