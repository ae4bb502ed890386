/**
 * An item: one thing that a nation may share, with its label. The label is what a release decision is made
 * of; the body is what is released. Shaped so that a STANAG 4774 label could be made of it.
 */
import { type Static, Type } from 'typebox';
import { Mode, Nation } from './nation.ts';
import { PointEstimate, RangeClass, Tracklet } from './track.ts';

export const ITEM_KINDS = [
  'plot',
  'tracklet',
  'track',
  'launch',
  'impact',
  'warning',
  'assessment',
  'message',
] as const;
export const ItemKind = Type.Union(ITEM_KINDS.map((k) => Type.Literal(k)));
export type ItemKind = (typeof ITEM_KINDS)[number];

export const THREATS = ['DPRK', 'CHN', 'RUS', 'unknown'] as const;
export const Threat = Type.Union(THREATS.map((k) => Type.Literal(k)));
export type Threat = (typeof THREATS)[number];

/** Classification levels, lowest first. Levels by name in data only: simulated data bears no real banner. */
export const LEVELS = ['unclassified', 'confidential', 'secret', 'topSecret'] as const;
export const Level = Type.Union(LEVELS.map((k) => Type.Literal(k)));
export type Level = (typeof LEVELS)[number];

export const ELEMENTS = ['launchPoint', 'trajectory', 'impactPoint', 'sensorIdentity', 'rawPlot'] as const;
export const Element = Type.Union(ELEMENTS.map((k) => Type.Literal(k)));
export type Element = (typeof ELEMENTS)[number];

/** An originator's approval of onward release by others, where an agreement has no standing one. */
export const Consent = Type.Object(
  { by: Nation, to: Nation, until: Type.String() },
  { additionalProperties: false },
);
export type Consent = Static<typeof Consent>;

/** The label of an item: the input of `decide`. */
export const ItemLabel = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 200 }),
    kind: ItemKind,
    mode: Mode,
    originators: Type.Array(Nation, { minItems: 1, maxItems: 3, uniqueItems: true }),
    threat: Threat,
    level: Level,
    releasableTo: Type.Array(Nation, { maxItems: 3, uniqueItems: true }),
    elements: Type.Array(Element, { maxItems: 5, uniqueItems: true }),
    consents: Type.Array(Consent, { maxItems: 20 }),
    /** Places were coarsened to this floor, m, before the item went; absent, they are as they were estimated. */
    positionFloorM: Type.Optional(Type.Number({ minimum: 1, maximum: 1e6 })),
  },
  { additionalProperties: false },
);
export type ItemLabel = Omit<Static<typeof ItemLabel>, 'kind' | 'threat' | 'level' | 'elements'> & {
  kind: ItemKind;
  threat: Threat;
  level: Level;
  elements: Element[];
};

/** What an item carries. The body's parts answer to the label's elements; a part that is not released is absent. */
export const ItemBody = Type.Object(
  {
    /** Element `trajectory`. */
    tracklet: Type.Optional(Tracklet),
    /** Element `launchPoint`. */
    launch: Type.Optional(PointEstimate),
    /** Element `impactPoint`. */
    impact: Type.Optional(PointEstimate),
    /** Element `sensorIdentity`: which of the originator's sensors saw it. */
    sensors: Type.Optional(Type.Array(Type.String(), { maxItems: 64 })),
    /** The originator's track that this is about. */
    track: Type.Optional(Type.String()),
    rangeClass: Type.Optional(RangeClass),
    apogeeKm: Type.Optional(Type.Number()),
    /** The originator holds the launch for confirmed. */
    launchDeclared: Type.Optional(Type.Boolean()),
    /** The originator withdraws the item; with this revision it has no content. */
    withdrawn: Type.Optional(Type.Literal(true)),
    /** This is the answer of a holder: it has dropped the item that was withdrawn. */
    acknowledges: Type.Optional(
      Type.Object(
        { item: Type.String(), revision: Type.Integer({ minimum: 1 }) },
        { additionalProperties: false },
      ),
    ),
    /** The sender asks for what it was given since then: it came late, or was away. */
    asks: Type.Optional(Type.Object({ sinceUs: Type.Integer() }, { additionalProperties: false })),
    /** The answer to such a question: what was given again, and what is not there any more. */
    answers: Type.Optional(
      Type.Object(
        {
          asked: Type.String(),
          given: Type.Integer({ minimum: 0 }),
          lost: Type.Integer({ minimum: 0 }),
        },
        { additionalProperties: false },
      ),
    ),
    /** Kinds `warning`, `assessment`, `message`: text or a document. */
    text: Type.Optional(Type.String({ maxLength: 100000 })),
  },
  { additionalProperties: false },
);
export type ItemBody = Static<typeof ItemBody>;

/** How an item's information came about: signed, and never changed by a relay (W10: a radar trace relayed as "satellite warning"). */
export const SourceType = Type.Union([
  Type.Literal('radar'),
  Type.Literal('infrared'),
  Type.Literal('fused'),
  Type.Literal('human'),
]);
export type SourceType = Static<typeof SourceType>;

export const Item = Type.Object(
  {
    label: ItemLabel,
    /** Counts the revisions of the item, from 1; a later one replaces an earlier. */
    revision: Type.Integer({ minimum: 1 }),
    sourceType: SourceType,
    observedUs: Type.Integer(),
    madeUs: Type.Integer(),
    expiresUs: Type.Integer(),
    body: ItemBody,
  },
  { additionalProperties: false },
);
export type Item = Omit<Static<typeof Item>, 'label'> & { label: ItemLabel };
