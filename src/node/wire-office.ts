/** The part of the interface in which people let public warnings out and take them back. */
import { type Static, Type } from 'typebox';
import { Trilingual } from '../model/nation.ts';
import { CancelReason, Evidence, ThreatenedArea, WarningStage } from '../model/warning.ts';

const Time = Type.Integer();
const strict = { additionalProperties: false } as const;
const Code = Type.String({ minLength: 1, maxLength: 200 });
const Signature = Type.String({ pattern: '^[0-9a-f]{128}$' });
const PublicKey = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** A person of a nation's warning office, by one public key. */
export const PersonView = Type.Object(
  { person: Type.String(), role: Type.String(), credential: PublicKey },
  strict,
);
export type PersonView = Static<typeof PersonView>;

/** Who lets public warnings out: a rule that two people signed beforehand, or two people each time. */
export const OfficeView = Type.Object(
  {
    approval: Type.Union([Type.Literal('rule'), Type.Literal('people')]),
    people: Type.Array(PersonView),
  },
  strict,
);
export type OfficeView = Static<typeof OfficeView>;

/** Messages of one launch that wait for two people: they go out together or not at all. */
export const AwaitingView = Type.Object(
  {
    launchId: Type.String(),
    /** Since when something has waited; when the waiting is escalated; when this wording was written. */
    sinceUs: Time,
    lateUs: Time,
    writtenUs: Time,
    /** The key is locked for maintenance: no signature helps. */
    locked: Type.Boolean(),
    /** The public channels on which they will go. */
    channels: Type.Array(Type.String()),
    messages: Type.Array(
      Type.Object(
        {
          identifier: Type.String(),
          chain: Type.String(),
          /** SHA-256 of the CAP document that is to be had by its identifier. A page signs the digest of what it shows. */
          digest: Type.String(),
          messageType: Type.Union([Type.Literal('alert'), Type.Literal('update'), Type.Literal('cancel')]),
          stage: WarningStage,
          evidence: Evidence,
          cancelReason: Type.Optional(CancelReason),
          areas: Type.Array(ThreatenedArea),
          headline: Trilingual,
        },
        strict,
      ),
    ),
    /** Who has signed, in order. */
    signed: Type.Array(Type.Object({ person: Type.String(), role: Type.String(), atUs: Time }, strict)),
    needed: Type.Integer(),
  },
  strict,
);
type AwaitingShape = Static<typeof AwaitingView>;
export type AwaitingView = Omit<AwaitingShape, 'messages'> & {
  messages: (Omit<AwaitingShape['messages'][number], 'stage'> & { stage: WarningStage })[];
};

/** One side of a disagreement: who speaks, and what it last said. */
const StatementView = Type.Object(
  {
    /** A nation, or the ISO 3166-2 code of a region whose own authority speaks. */
    authority: Type.String(),
    sentUs: Time,
    cancelled: Type.Boolean(),
    headline: Type.Object(
      {
        en: Type.Optional(Type.String()),
        ko: Type.Optional(Type.String()),
        ja: Type.Optional(Type.String()),
      },
      strict,
    ),
  },
  strict,
);

/** Two authorities disagree in public about an area (W11): one warns of it, the other speaks of the event and does not. */
export const ConflictView = Type.Object(
  { area: Type.String(), sinceUs: Time, danger: StatementView, none: StatementView },
  strict,
);
export type ConflictView = Static<typeof ConflictView>;

/**
 * What a person asks of the warning office, signed with the person's own key, which never leaves the person's page:
 * Ed25519 over `BEACONFIRE-APPROVAL-1\n` and the canonical JSON of the subject (src/channels/people.ts).
 */
export const PersonRequest = Type.Union([
  Type.Object(
    {
      action: Type.Literal('approve'),
      launchId: Code,
      signatures: Type.Array(
        Type.Object(
          {
            identifier: Code,
            digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
            credential: PublicKey,
            signature: Signature,
          },
          strict,
        ),
        { minItems: 1, maxItems: 4 },
      ),
    },
    strict,
  ),
  Type.Object(
    { action: Type.Literal('retract'), chain: Code, credential: PublicKey, signature: Signature },
    strict,
  ),
]);
export type PersonRequest = Static<typeof PersonRequest>;

/** What became of a request that was granted. */
export const PersonAnswer = Type.Object(
  {
    type: Type.Literal('personAnswer'),
    action: Type.Union([Type.Literal('approve'), Type.Literal('retract')]),
    person: Type.String(),
    /** People still missing; 0: it is on its way to the public. */
    missing: Type.Integer(),
  },
  strict,
);
export type PersonAnswer = Static<typeof PersonAnswer>;

export const REFUSAL_REASONS = [
  'stranger',
  'sameTwice',
  'changed',
  'nothingWaits',
  'locked',
  'noOpenAlert',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

export const PersonRefusal = Type.Object(
  {
    type: Type.Literal('personRefused'),
    reason: Type.Union(REFUSAL_REASONS.map((r) => Type.Literal(r))),
    message: Type.String(),
  },
  strict,
);
export type PersonRefusal = { type: 'personRefused'; reason: RefusalReason; message: string };
