/** The parts of the interface that give reasons: release decisions, agreements, warnings not yet given, alarms. */
import { type Static, Type } from 'typebox';
import { Nation, NodeId, Trilingual } from '../model/nation.ts';

const Time = Type.Integer();
const strict = { additionalProperties: false } as const;

/** The latest decision on items of one kind for one nation. */
export const ReleaseView = Type.Object(
  {
    /** Kind of item: tracklet, launch, impact, ... */
    kind: Type.String(),
    to: Nation,
    item: Type.String(),
    revision: Type.Integer(),
    /** When it was decided. */
    timeUs: Time,
    /** Since when each decision for this kind and nation has been this one, under this agreement. */
    sinceUs: Time,
    decision: Type.Union([Type.Literal('allow'), Type.Literal('reduce'), Type.Literal('deny')]),
    agreement: Type.Union([Type.String(), Type.Null()]),
    /** The node that passes it on; null: directly. */
    via: Type.Union([NodeId, Type.Null()]),
    /** Elements taken out. */
    removed: Type.Array(Type.String()),
    /** Places go no finer than this, m. Absent: as they are. */
    positionFloorM: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    /** Handling before it may go, s. */
    delayS: Type.Number(),
    /** Codes of the catalogue src/exchange/reasons.ts; `agreement` is absent where it is about the item. */
    reasons: Type.Array(
      Type.Object(
        {
          code: Type.String(),
          agreement: Type.Optional(Type.String()),
          detail: Type.Optional(Type.String()),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type ReleaseView = Static<typeof ReleaseView>;

/** What canaries found of one release rule between two nations: an agreement, its route and a kind of item. */
export const CanaryRuleView = Type.Object(
  {
    agreement: Type.String(),
    /** The node that passes it on; null: directly. */
    via: Type.Union([NodeId, Type.Null()]),
    kind: Type.String(),
    /**
     * `release`: an item like the real ones. Else what makes it one that must not pass: `kind`, `threat`, `level`,
     * `marking`, `elements`, `route`, `originator`, or `consent` (the relay must refuse it).
     */
    trial: Type.String(),
    /** By the agreement's data as it stood at the latest trial. */
    expected: Type.Union([Type.Literal('release'), Type.Literal('deny')]),
    /** `answered` and `denied` are as they should be; `failed`: it passed and should not, or the reverse. */
    outcome: Type.Union([
      Type.Literal('untried'),
      Type.Literal('waiting'),
      Type.Literal('answered'),
      Type.Literal('missed'),
      Type.Literal('denied'),
      Type.Literal('failed'),
    ]),
    /** Code of the catalogue src/exchange/reasons.ts, of the latest denial. */
    reason: Type.Optional(Type.String()),
    /** Handling each way, s. */
    delayS: Type.Number(),
    triedUs: Type.Optional(Time),
    answeredUs: Type.Optional(Time),
    /** When the other nation's canary by this rule last came here. */
    heardUs: Type.Optional(Time),
    /** There and back, handling included; and hop by hop, each by one clock. */
    roundTripMs: Type.Optional(Type.Number()),
    hops: Type.Optional(
      Type.Array(Type.Object({ from: NodeId, to: NodeId, roundTripMs: Type.Number() }, strict)),
    ),
  },
  strict,
);
export type CanaryRuleView = Static<typeof CanaryRuleView>;

export const AgreementView = Type.Object(
  {
    id: Type.String(),
    title: Trilingual,
    /** notYet, inForce, notice, noticeSuspended, suspended, ended. */
    state: Type.String(),
    /** `direct`, or `hub` and the nation of the hub. */
    route: Type.String(),
    parties: Type.Array(Nation),
    /** Handling delay, s. */
    delayS: Type.Number(),
    /** It protects what was given; nothing is released under it. */
    protectionOnly: Type.Optional(Type.Boolean()),
    /** The latest thing that happened to it while this run was on. */
    change: Type.Optional(
      Type.Object(
        { event: Type.String(), timeUs: Time, by: Type.Array(Nation), cause: Type.Optional(Trilingual) },
        strict,
      ),
    ),
  },
  strict,
);
export type AgreementView = Static<typeof AgreementView>;

/** A threat to an area of this nation's that is not warned of yet, and what is lacking. */
export const UnconfirmedView = Type.Object(
  {
    launchId: Type.String(),
    /** Independent sources behind it, and how many the nation's rule asks for. */
    sources: Type.Integer(),
    needed: Type.Integer(),
    /** The nation holds the launch for confirmed. */
    declared: Type.Boolean(),
    /** ISO 3166-2 codes. */
    areas: Type.Array(Type.String()),
    /** A message is written and waits for two people. */
    awaitingApproval: Type.Boolean(),
  },
  strict,
);
export type UnconfirmedView = Static<typeof UnconfirmedView>;

/** How an own sensor's plots agree with the tracks that they feed, and what is known of its constant error. */
export const SensorHealthView = Type.Object(
  {
    sensor: Type.String(),
    /** Plots judged: those that fed a confirmed track in free fall. */
    plots: Type.Integer(),
    /** Mean normalised innovation squared per component over about the last 50 of them: 1 if the sensor is as stated. Null: none yet. */
    nis: Type.Union([Type.Number(), Type.Null()]),
    /** Outside this band that mean is an alarm. */
    bandLow: Type.Number(),
    bandHigh: Type.Number(),
    /** unknown: too few plots to judge. */
    state: Type.Union([Type.Literal('good'), Type.Literal('alarm'), Type.Literal('unknown')]),
    /** The estimated constant error by component, with one standard deviation, and that which was stated beforehand. Null: none is stated. */
    bias: Type.Union([
      Type.Null(),
      Type.Array(
        Type.Object(
          {
            component: Type.Union([
              Type.Literal('range'),
              Type.Literal('azimuth'),
              Type.Literal('elevation'),
              Type.Literal('placeX'),
              Type.Literal('placeY'),
              Type.Literal('placeZ'),
              Type.Literal('acrossEast'),
              Type.Literal('acrossNorth'),
            ]),
            unit: Type.Union([Type.Literal('m'), Type.Literal('deg')]),
            value: Type.Number(),
            sigma: Type.Number(),
            stated: Type.Number(),
          },
          strict,
        ),
      ),
    ]),
  },
  strict,
);
export type SensorHealthView = Static<typeof SensorHealthView>;

/** Something is wrong on a public channel: a receipt that is late, a message refused or not of this office. */
export const PublicAlarmView = Type.Object(
  {
    kind: Type.String(),
    atUs: Time,
    /** The channel, or the area of the local desk. */
    where: Type.String(),
    identifier: Type.Optional(Type.String()),
  },
  strict,
);
export type PublicAlarmView = Static<typeof PublicAlarmView>;

/** An item of this nation's that it has withdrawn, and who of its holders has said that it dropped it. */
export const RecallView = Type.Object(
  {
    item: Type.String(),
    /** Kind of item: tracklet, launch, impact, ... */
    kind: Type.String(),
    /** The revision that withdraws it. */
    revision: Type.Integer(),
    reason: Type.String(),
    sinceUs: Time,
    holders: Type.Array(
      Type.Object(
        {
          nation: Nation,
          /** Null: it has not acknowledged yet. */
          acknowledgedUs: Type.Union([Time, Type.Null()]),
          /** It has not acknowledged in time: to be asked another way. */
          late: Type.Boolean(),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type RecallView = Static<typeof RecallView>;

/** An item that its originator has withdrawn, and what of this nation's picture rested on it. */
export const WithdrawalView = Type.Object(
  {
    item: Type.String(),
    kind: Type.String(),
    from: Nation,
    receivedUs: Time,
    /** Tracks of this picture that were worked out again without it, by id. */
    tracks: Type.Array(Type.String()),
    /** Tracks of which nothing was left: they are no longer shown. */
    gone: Type.Array(Type.String()),
    /** This nation's open public warnings of those tracks, by identifier: people decide whether they stand. */
    warnings: Type.Array(Type.String()),
  },
  strict,
);
export type WithdrawalView = Static<typeof WithdrawalView>;

/** An own item that others hold, or that waits to go to them: what could be withdrawn. */
export const RecallableView = Type.Object(
  { item: Type.String(), kind: Type.String(), revision: Type.Integer(), holders: Type.Array(Nation) },
  strict,
);
export type RecallableView = Static<typeof RecallableView>;

/** What a nation's own people ask of its node to withdraw one of its items. */
export const RecallRequest = Type.Object(
  {
    item: Type.String({ minLength: 1, maxLength: 200 }),
    reason: Type.String({ minLength: 1, maxLength: 500 }),
  },
  strict,
);
export type RecallRequest = Static<typeof RecallRequest>;
