/**
 * The interface between a node and its page (and any other client): every message over HTTP and WebSocket.
 * `web/` imports the types of this file and nothing else of ours. Times are integer microseconds UTC,
 * angles degrees, heights kilometres: what a person reads.
 *
 *   GET  /api/exercise             ExerciseHello
 *   GET  /api/nations/:nation      NationHello
 *   POST /api/nations/:nation/people  PersonRequest -> PersonAnswer | PersonRefusal | ErrorMessage
 *   WS   /api/exercise/feed        ExerciseState, about four a second   <- ClientMessage (control, ack)
 *   GET  /api/nations/:nation/recalls   RecallList: own items that could be withdrawn, and those that were
 *   POST /api/nations/:nation/recalls   RecallRequest -> RecallView; ErrorMessage with status 400 if it is refused.
 *                                  Each node withdraws its own items only
 *   WS   /api/nations/:nation/feed PictureMessage, about four a second   <- ClientMessage (ack)
 *
 * A server keeps at most two unacknowledged messages per client in flight and then skips to the latest, so a
 * slow client sees fewer pictures, never old ones (a socket's `bufferedAmount` stays 0 while the kernel's
 * buffers swallow a backlog: the age is known from acknowledgements alone).
 */
import { type Static, Type } from 'typebox';
import { type Language, Mode, Nation, NodeId, Trilingual } from '../model/nation.ts';
import { Phase, PointEstimate, RangeClass } from '../model/track.ts';
import { CancelReason, Evidence, ThreatenedArea, WarningStage } from '../model/warning.ts';
import { ClientMessage, ExerciseHello, ExerciseState, SPEEDS } from './wire-exercise.ts';
import {
  AwaitingView,
  ConflictView,
  OfficeView,
  PersonAnswer,
  PersonRefusal,
  PersonRequest,
  type PersonView,
  REFUSAL_REASONS,
  type RefusalReason,
} from './wire-office.ts';
import { Milestones, SiteView } from './wire-shared.ts';
import {
  AgreementView,
  CanaryRuleView,
  PublicAlarmView,
  RecallableView,
  RecallRequest,
  RecallView,
  ReleaseView,
  SensorHealthView,
  UnconfirmedView,
  WithdrawalView,
} from './wire-words.ts';

export const PROTOCOL = 1;

const Time = Type.Integer();
const MaybeTime = Type.Union([Time, Type.Null()]);
const strict = { additionalProperties: false } as const;

/** [longitude deg, latitude deg, height km, time us] */
export const PathPoint = Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Time]);
export type PathPoint = Static<typeof PathPoint>;

/** Where a piece of a track's information came from. */
export const SourceView = Type.Object(
  {
    /** `NODE/sensor`, or `NODE/*` where the originator did not release the sensor's identity. */
    source: Type.String(),
    node: NodeId,
    kind: Type.Union([Type.Literal('radar'), Type.Literal('infrared'), Type.Literal('unknown')]),
    firstUs: Time,
    lastUs: Time,
  },
  strict,
);
export type SourceView = Static<typeof SourceView>;

export const TrackView = Type.Object(
  {
    id: Type.String(),
    launchId: Type.String(),
    phase: Phase,
    /** held: updated within the last few seconds; stale: predicted only; lost, impact: over. */
    status: Type.Union([
      Type.Literal('held'),
      Type.Literal('stale'),
      Type.Literal('lost'),
      Type.Literal('impact'),
    ]),
    /** Own sensors, partners' data, or both. */
    source: Type.Union([Type.Literal('own'), Type.Literal('partner'), Type.Literal('both')]),
    /** When the newest observation in it was made. */
    lastObservedUs: Time,
    latitudeDeg: Type.Number(),
    longitudeDeg: Type.Number(),
    heightKm: Type.Number(),
    speedMps: Type.Number(),
    headingDeg: Type.Number(),
    climbDeg: Type.Number(),
    /** Rates for drawing between two pictures: latitude and longitude in degrees a second, height in kilometres a second. */
    rates: Type.Tuple([Type.Number(), Type.Number(), Type.Number()]),
    /** 95 % of the position, horizontal semi-major axis, m. */
    positionUncertaintyM: Type.Number(),
    sources: Type.Array(SourceView),
    flown: Type.Array(PathPoint),
    predicted: Type.Array(PathPoint),
    launch: Type.Optional(PointEstimate),
    impact: Type.Optional(PointEstimate),
    apogeeKm: Type.Optional(Type.Number()),
    rangeClass: Type.Optional(RangeClass),
    rangeClassProbability: Type.Optional(Type.Number()),
  },
  strict,
);
export type TrackView = Static<typeof TrackView>;

/** What the partners state of a launch, each for itself; a divergence is shown, never hidden. */
export const AssessmentView = Type.Object(
  {
    node: NodeId,
    launchId: Type.String(),
    apogeeKm: Type.Optional(Type.Number()),
    rangeKm: Type.Optional(Type.Number()),
    impact: Type.Optional(PointEstimate),
    divergent: Type.Boolean(),
  },
  strict,
);
export type AssessmentView = Static<typeof AssessmentView>;

export const WarningView = Type.Object(
  {
    identifier: Type.String(),
    chain: Type.String(),
    revision: Type.Integer(),
    nation: Nation,
    messageType: Type.Union([Type.Literal('alert'), Type.Literal('update'), Type.Literal('cancel')]),
    stage: WarningStage,
    evidence: Evidence,
    cancelReason: Type.Optional(CancelReason),
    launchId: Type.String(),
    sentUs: Time,
    expiresUs: Time,
    areas: Type.Array(ThreatenedArea),
    headline: Trilingual,
    description: Trilingual,
    instruction: Trilingual,
    /** True while no later message of the chain has replaced or cancelled it. */
    current: Type.Boolean(),
    /** Who stood behind it. */
    authorised: Type.Optional(
      Type.Object(
        {
          how: Type.Union([Type.Literal('two people'), Type.Literal('rule'), Type.Literal('one person')]),
          people: Type.Array(Type.String()),
        },
        strict,
      ),
    ),
    /** The public channels that carried it and who has acknowledged there. */
    delivery: Type.Optional(
      Type.Array(
        Type.Object(
          {
            channel: Type.String(),
            acknowledged: Type.Integer(),
            receivers: Type.Integer(),
            /** A receipt is missing beyond the limit of time. */
            late: Type.Boolean(),
            sentUs: Type.Optional(Time),
            /** By receiver: when it acknowledged, or null. */
            receipts: Type.Optional(
              Type.Array(Type.Object({ receiver: Type.String(), atUs: MaybeTime }, strict)),
            ),
          },
          strict,
        ),
      ),
    ),
  },
  strict,
);
export type WarningView = Omit<Static<typeof WarningView>, 'stage'> & { stage: WarningStage };

/** A link of this node, judged by what a canary item did end to end, never by a socket's state. */
export const LinkView = Type.Object(
  {
    from: NodeId,
    to: NodeId,
    status: Type.Union([
      Type.Literal('up'),
      Type.Literal('degraded'),
      Type.Literal('down'),
      Type.Literal('noAgreement'),
    ]),
    /** The agreement under which the route carries items now, if any. */
    agreement: Type.Union([Type.String(), Type.Null()]),
    /** Handling delay of that agreement, s. */
    delayS: Type.Number(),
    lastReceivedUs: MaybeTime,
    /** Of the latest canary: there and back, through every rule and hop, handling delays included. */
    roundTripMs: Type.Union([Type.Number(), Type.Null()]),
    /** The same hop by hop, each by one clock. */
    hops: Type.Optional(
      Type.Array(Type.Object({ from: NodeId, to: NodeId, roundTripMs: Type.Number() }, strict)),
    ),
    /** Canaries due without an answer. */
    missed: Type.Optional(Type.Integer()),
    /** Every release rule to this nation, as canaries found it: what must pass, and what must be denied. */
    rules: Type.Optional(Type.Array(CanaryRuleView)),
    /** What will not come any more, in either direction, newest last. */
    gaps: Type.Optional(
      Type.Array(
        Type.Object({ from: NodeId, to: NodeId, count: Type.Integer(), firstUs: Time, lastUs: Time }, strict),
      ),
    ),
    sent: Type.Integer(),
    received: Type.Integer(),
    denied: Type.Integer(),
    queued: Type.Integer(),
  },
  strict,
);
export type LinkView = Static<typeof LinkView>;

/** One line of the event list. `text` is what a person reads; `kind` picks its icon and filter. */
export const EventView = Type.Object(
  {
    sequence: Type.Integer(),
    timeUs: Time,
    kind: Type.Union([
      Type.Literal('plot'),
      Type.Literal('track'),
      Type.Literal('launch'),
      Type.Literal('impact'),
      Type.Literal('partner'),
      Type.Literal('release'),
      Type.Literal('denied'),
      Type.Literal('warning'),
      Type.Literal('link'),
      Type.Literal('agreement'),
    ]),
    severity: Type.Union([Type.Literal('info'), Type.Literal('notice'), Type.Literal('alert')]),
    text: Trilingual,
  },
  strict,
);
export type EventView = Static<typeof EventView>;

export const NationHello = Type.Object(
  {
    type: Type.Literal('nationHello'),
    protocol: Type.Integer(),
    nation: Nation,
    mode: Mode,
    sites: Type.Array(SiteView),
    /** ISO 3166-2 codes of the regions that this nation warns. */
    regionPrefix: Type.String(),
    /** The people of its warning office; absent where it warns no public. */
    office: Type.Optional(OfficeView),
  },
  strict,
);
export type NationHello = Static<typeof NationHello>;

export const PictureMessage = Type.Object(
  {
    type: Type.Literal('picture'),
    nation: Nation,
    mode: Mode,
    sequence: Type.Integer(),
    /** Time of the node when the picture was made. */
    timeUs: Time,
    /** Counts restarts of the exercise: a page clears what it held of an earlier run. */
    run: Type.Integer(),
    tracks: Type.Array(TrackView),
    assessments: Type.Array(AssessmentView),
    milestones: Milestones,
    warnings: Type.Array(WarningView),
    links: Type.Array(LinkView),
    /** The latest events, oldest first, at most 200. */
    events: Type.Array(EventView),
    /** The latest release decision by kind of item and recipient: why, and why not. */
    releases: Type.Optional(Type.Array(ReleaseView)),
    /** Every agreement, as it stands now. */
    agreements: Type.Optional(Type.Array(AgreementView)),
    /** Threats seen, for which no warning is issued yet. */
    unconfirmed: Type.Optional(Type.Array(UnconfirmedView)),
    /** Areas about which two authorities disagree in public. */
    conflicts: Type.Optional(Type.Array(ConflictView)),
    /** Messages that wait for two people. */
    awaiting: Type.Optional(Type.Array(AwaitingView)),
    /** The latest alarms of the public channels, oldest first. */
    alarms: Type.Optional(Type.Array(PublicAlarmView)),
    /** Every own sensor, in the order of the sites. */
    sensorHealth: Type.Array(SensorHealthView),
    /** This nation's items that it has withdrawn, oldest first. */
    recalls: Type.Optional(Type.Array(RecallView)),
    /** Items of others that they have withdrawn, oldest first, the latest 100. */
    withdrawals: Type.Optional(Type.Array(WithdrawalView)),
  },
  strict,
);
export type PictureMessage = Omit<Static<typeof PictureMessage>, 'warnings' | 'awaiting'> & {
  warnings: WarningView[];
  awaiting?: AwaitingView[];
};

/** What `GET /api/nations/:nation/recalls` answers. */
export const RecallList = Type.Object(
  { items: Type.Array(RecallableView), recalls: Type.Array(RecallView) },
  strict,
);
export type RecallList = Static<typeof RecallList>;

export const ErrorMessage = Type.Object(
  { type: Type.Literal('error'), code: Type.String(), message: Type.String() },
  strict,
);
export type ErrorMessage = Static<typeof ErrorMessage>;

export type {
  AgreementView,
  AwaitingView,
  CanaryRuleView,
  ConflictView,
  Language,
  Mode,
  Nation,
  NodeId,
  OfficeView,
  PersonView,
  PublicAlarmView,
  RecallableView,
  RecallView,
  RefusalReason,
  ReleaseView,
  SensorHealthView,
  Trilingual,
  UnconfirmedView,
  WithdrawalView,
};
export {
  ClientMessage,
  ExerciseHello,
  ExerciseState,
  Milestones,
  PersonAnswer,
  PersonRefusal,
  PersonRequest,
  REFUSAL_REASONS,
  RecallRequest,
  SiteView,
  SPEEDS,
};
