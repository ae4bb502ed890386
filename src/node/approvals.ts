/**
 * Messages that wait for people (W2). What waits is held still while it is read and signed, and is written anew when it
 * no longer says what the desk would say; signatures never pass from one wording to another, for each is under a digest.
 */
import type { Approval, PersonRecord, Publisher } from '../channels/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { IssuedWarning, WarningRules } from '../warning/index.ts';
import type { AwaitingView, PersonRequest, RefusalReason } from './wire.ts';

/** A new wording does not take the place of one that nobody has signed sooner than this, us: it must be read. */
const HOLD_US = 10e6;
/** ... nor of one that somebody has signed, while the second person reads it. */
const HOLD_SIGNED_US = 60e6;

/** A person's request that is not granted; the reason has words on the page. */
export class PersonRefused extends BeaconfireError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, detail: string) {
    super('BF_APPROVAL', detail);
    this.reason = reason;
  }
}

export type PersonSignature = Extract<PersonRequest, { action: 'approve' }>['signatures'][number];

/** What a launch's desk wants to say and may not yet; several messages go out together or not at all. */
export class Waiting {
  readonly launchId: string;
  readonly issued: readonly IssuedWarning[];
  /** Since when something of this launch has waited. */
  readonly sinceUs: number;
  readonly writtenUs: number;
  /** The key is locked: nobody's signature helps. */
  readonly locked: boolean;
  readonly #signed: { person: PersonRecord; atUs: number; approvals: Approval[] }[] = [];

  constructor(
    launchId: string,
    issued: readonly IssuedWarning[],
    sinceUs: number,
    nowUs: number,
    locked: boolean,
  ) {
    this.launchId = launchId;
    this.issued = issued;
    this.sinceUs = sinceUs;
    this.writtenUs = nowUs;
    this.locked = locked;
  }

  /** Whether it stays while the desk would now write `next`. */
  stands(next: readonly IssuedWarning[], rules: WarningRules, nowUs: number): boolean {
    // By now it would have promised a message that did not come.
    if (nowUs - this.writtenUs >= rules.updateIntervalS * 1e6) return false;
    const hold = this.#signed.length > 0 ? HOLD_SIGNED_US : HOLD_US;
    if (sameStatement(this.issued, next, rules.timeShiftS * 1e6)) return true;
    return nowUs - this.writtenUs < hold && sameSteps(this.issued, next);
  }

  /** One person signs every message of it. Refused: a stranger, a person who has signed, another wording. */
  sign(signatures: readonly PersonSignature[], publisher: Publisher, nowUs: number): PersonRecord {
    if (this.locked)
      throw new PersonRefused('locked', 'expected a key in use, found it locked for maintenance');
    const { roster } = publisher.options;
    const approvals: Approval[] = [];
    const people = new Set<string>();
    for (const one of this.issued) {
      const subject = publisher.subject(one);
      const given = signatures.find((s) => s.identifier === one.warning.identifier);
      if (!given || subject.what !== 'publish' || given.digest !== subject.digest)
        throw new PersonRefused(
          'changed',
          'expected a signature under what waits now, found another wording',
        );
      const approval = { credential: given.credential, signature: given.signature };
      const [person] = roster.signers(subject, [approval]);
      if (person === undefined)
        throw new PersonRefused('stranger', 'expected the signature of a person of this office, found none');
      people.add(person);
      approvals.push(approval);
    }
    const [name, ...others] = people;
    if (others.length > 0)
      throw new PersonRefused('stranger', 'expected signatures of one person in a request, found several');
    if (this.#signed.some((s) => s.person.person === name))
      throw new PersonRefused(
        'sameTwice',
        `expected a second person, found ${name}, who has signed already: two sessions of one person are one`,
      );
    const person = roster.records.find((r) => r.person === name)!;
    this.#signed.push({ person, atUs: nowUs, approvals });
    return person;
  }

  /** The signatures under one of its messages. */
  approvalsOf(index: number): Approval[] {
    return this.#signed.map((s) => s.approvals[index]);
  }

  get people(): number {
    return this.#signed.length;
  }

  view(publisher: Publisher, limitUs: number): AwaitingView {
    return {
      launchId: this.launchId,
      sinceUs: this.sinceUs,
      writtenUs: this.writtenUs,
      lateUs: this.sinceUs + limitUs,
      locked: this.locked,
      channels: publisher.options.channels.map((c) => c.id),
      messages: this.issued.map((one) => {
        const { warning: w } = one;
        const subject = publisher.subject(one);
        return {
          identifier: w.identifier,
          chain: w.chain,
          digest: 'digest' in subject ? subject.digest : '',
          messageType: w.messageType,
          stage: w.stage,
          evidence: w.evidence,
          ...(w.cancelReason === undefined ? {} : { cancelReason: w.cancelReason }),
          areas: w.areas,
          headline: w.headline,
        };
      }),
      signed: this.#signed.map(({ person, atUs }) => ({ person: person.person, role: person.role, atUs })),
      needed: 2,
    };
  }
}

/** The same kinds of messages, of the same chains and stages. */
function sameSteps(a: readonly IssuedWarning[], b: readonly IssuedWarning[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ warning: x }, i) => {
      const y = b[i].warning;
      return (
        x.identifier === y.identifier &&
        x.messageType === y.messageType &&
        x.stage === y.stage &&
        x.cancelReason === y.cancelReason
      );
    })
  );
}

/** ... and about the same areas at the same times. */
function sameStatement(a: readonly IssuedWarning[], b: readonly IssuedWarning[], shiftUs: number): boolean {
  return (
    sameSteps(a, b) &&
    a.every(({ warning: x }, i) => {
      const areas = new Map(b[i].warning.areas.map((area) => [area.code, area]));
      return (
        x.areas.length === areas.size &&
        x.areas.every((area) => {
          const other = areas.get(area.code);
          return (
            other !== undefined &&
            other.threat === area.threat &&
            other.neighbour === area.neighbour &&
            Math.abs(other.atUs - area.atUs) < shiftUs
          );
        })
      );
    })
  );
}
