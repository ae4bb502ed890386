/** Public warnings as the parts of a node pass them: statements with their areas; texts and documents are made of them. */
import { type Static, Type } from 'typebox';
import { Mode, Nation, Trilingual } from './nation.ts';

/**
 * The life cycle of a warning: what is stated. `passed` and `impacted` can only come of observation or of a held
 * track, never of a lost one (W7: "passed over at 7:48" was published; it had not crossed). `fallUnknown`: it is tracked, but
 * not ballistic, so nobody can tell where it will come down.
 */
export const WARNING_STAGES = [
  'launch',
  'impactExpected',
  'passing',
  'passed',
  'impacted',
  'fallUnknown',
  'trackLost',
  'ended',
  'cancelled',
] as const;
export const WarningStage = Type.Union(WARNING_STAGES.map((s) => Type.Literal(s)));
export type WarningStage = (typeof WARNING_STAGES)[number];

/** Whether a statement was observed, is predicted, or rests on a lost track. */
export const Evidence = Type.Union([
  Type.Literal('observed'),
  Type.Literal('predicted'),
  Type.Literal('lost'),
]);
export type Evidence = Static<typeof Evidence>;

/** One area under threat. `code` is ISO 3166-2. */
export const ThreatenedArea = Type.Object(
  {
    code: Type.String({ pattern: '^(JP|KR|KP)-[0-9]{2}$' }),
    threat: Type.Union([Type.Literal('impact'), Type.Literal('passage')]),
    /** Probability that the area is hit or crossed by the ground track, 0 to 1. */
    probability: Type.Number({ minimum: 0, maximum: 1 }),
    /** Predicted time of impact or of first passage. */
    atUs: Type.Integer(),
    /** Warned only as a neighbour of an area above the threshold (W6). */
    neighbour: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type ThreatenedArea = Static<typeof ThreatenedArea>;

/** Cancels carry exactly one reason (W9: was it an error or not?). */
export const CancelReason = Type.Union([
  Type.Literal('false'),
  Type.Literal('superseded'),
  Type.Literal('passed'),
  Type.Literal('narrowed'),
]);
export type CancelReason = Static<typeof CancelReason>;

/** One public warning message: an alert, its update or its cancel. */
export const Warning = Type.Object(
  {
    /** The same through alert, updates and cancel. */
    chain: Type.String(),
    /** 1 for the alert, then counted. */
    revision: Type.Integer({ minimum: 1 }),
    nation: Nation,
    mode: Mode,
    messageType: Type.Union([Type.Literal('alert'), Type.Literal('update'), Type.Literal('cancel')]),
    stage: WarningStage,
    evidence: Evidence,
    cancelReason: Type.Optional(CancelReason),
    launchId: Type.String(),
    sentUs: Type.Integer(),
    expiresUs: Type.Integer(),
    nextUpdateUs: Type.Optional(Type.Integer()),
    areas: Type.Array(ThreatenedArea),
    /** Where it came from, as far as it may be told to the public. */
    launchPlace: Trilingual,
    headline: Trilingual,
    description: Trilingual,
    instruction: Trilingual,
    /** `SOURCE over PATH`, each once: what stood behind the statement when it was made. */
    evidenceSources: Type.Array(Type.String()),
    /** How many of them are independent of each other, by sensor, site and path. */
    independentSources: Type.Integer({ minimum: 0 }),
    /** CAP identifiers: its own, and those it refers to (`sender,identifier,sent`). */
    identifier: Type.String(),
    references: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);
export type Warning = Omit<Static<typeof Warning>, 'stage'> & { stage: WarningStage };
