/**
 * An agreement is data: who, by which route, about which threat, what, up to which level, on whose approval,
 * and its history. Files in `agreements/` are of this form; docs/agreements.md explains how one is written.
 */
import { type Static, Type } from 'typebox';
import {
  type Element,
  Element as ElementSchema,
  type ItemKind,
  ItemKind as ItemKindSchema,
  type Level,
  type Threat,
} from '../model/item.ts';
import { Nation, Trilingual } from '../model/nation.ts';
import { HISTORY_EVENTS, type HistoryEventKind, type Period, type TimelineEvent } from './history.ts';

const Day = Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?$' });
const Any = Type.Literal('any');
/** A threat that a decision can be made of: `unknown` is none. */
const NamedThreat = Type.Union([Type.Literal('DPRK'), Type.Literal('CHN'), Type.Literal('RUS')]);
/** What an agreement may reach: `topSecret` is never shared. */
const Ceiling = Type.Union([
  Type.Literal('unclassified'),
  Type.Literal('confidential'),
  Type.Literal('secret'),
]);
const Names = Type.Array(Type.String({ minLength: 1 }), { minItems: 1 });

export const HistoryEvent = Type.Object(
  {
    /** A day (its UTC midnight) or an ISO 8601 time. */
    date: Day,
    event: Type.Union(HISTORY_EVENTS.map((e) => Type.Literal(e))),
    by: Type.Optional(Type.Array(Nation, { minItems: 1, uniqueItems: true })),
    /** Of `noticeGiven`: the day that the agreement ends by, unless the notice is suspended before. */
    lapsesOn: Type.Optional(Day),
    text: Type.Optional(Type.String()),
    source: Type.String({ minLength: 1 }),
  },
  { additionalProperties: false },
);
export type HistoryEvent = Omit<Static<typeof HistoryEvent>, 'event'> & { event: HistoryEventKind };

/** The fields that state a fact: each has a source, or an assumption that says so. */
export const FACT_FIELDS = [
  'binding',
  'parties',
  'route',
  'threats',
  'kinds',
  'elements',
  'level',
  'approval',
  'onwardRelease',
  'handlingDelayS',
  'term',
] as const;
/** One that states a fact where it is there. */
export const OPTIONAL_FACT = 'reduce';
const FactField = Type.Union([...FACT_FIELDS, OPTIONAL_FACT].map((f) => Type.Literal(f)));

export const AgreementFile = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' }),
    title: Trilingual,
    /**
     * `release` (if left out): items may pass under it. `protection`: it says how what was given is protected, and
     * no decision is ever made of it.
     */
    purpose: Type.Optional(Type.Union([Type.Literal('release'), Type.Literal('protection')])),
    /** Legally binding. */
    binding: Type.Boolean(),
    parties: Type.Array(Nation, { minItems: 2, uniqueItems: true }),
    /** `direct`: from party to party. `hub`: through the nation `hub`, which itself gives and takes directly. */
    route: Type.Union([Type.Literal('direct'), Type.Literal('hub')]),
    hub: Type.Optional(Nation),
    threats: Type.Union([Any, Type.Array(NamedThreat, { minItems: 1, uniqueItems: true })]),
    kinds: Type.Union([Any, Type.Array(ItemKindSchema, { minItems: 1, uniqueItems: true })]),
    elements: Type.Union([Any, Type.Array(ElementSchema, { minItems: 1, uniqueItems: true })]),
    level: Type.Object(
      {
        ceiling: Ceiling,
        /** The national markings that are equal to a level, where they are public. */
        equivalents: Type.Array(
          Type.Object(
            {
              level: Ceiling,
              USA: Type.Optional(Names),
              KOR: Type.Optional(Names),
              JPN: Type.Optional(Names),
            },
            { additionalProperties: false },
          ),
        ),
        /** The agreements under which what is received is protected, by id. A reference for the reader: no decision rests on it. */
        protectedUnder: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { uniqueItems: true })),
      },
      { additionalProperties: false },
    ),
    /** How the giver comes to give: item by item, by a standing duty, or when asked. */
    approval: Type.Union([Type.Literal('perItem'), Type.Literal('standing'), Type.Literal('onRequest')]),
    /** Passing on what another originated: with its consent, or standing where the hub passes on. */
    onwardRelease: Type.Union([Type.Literal('originatorConsent'), Type.Literal('standingViaHub')]),
    /** How coarse what is given has to be made. */
    reduce: Type.Optional(
      Type.Object(
        {
          /** Places are given no finer than this, m: one standard deviation in every direction, at the least. */
          positionFloorM: Type.Number({ minimum: 100, maximum: 500_000 }),
        },
        { additionalProperties: false },
      ),
    ),
    /** From the moment an item could be released to the moment it is sent. */
    handlingDelayS: Type.Number({ minimum: 0, maximum: 31_622_400 }),
    term: Type.String({ minLength: 1 }),
    history: Type.Array(HistoryEvent, { minItems: 1 }),
    sources: Type.Record(Type.String(), Type.String({ minLength: 1 })),
    assumptions: Type.Array(
      Type.Object({ field: FactField, text: Type.String({ minLength: 1 }) }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);
export type AgreementFile = Omit<
  Static<typeof AgreementFile>,
  'threats' | 'kinds' | 'elements' | 'level' | 'assumptions' | 'history'
> & {
  history: HistoryEvent[];
  threats: 'any' | Threat[];
  kinds: 'any' | ItemKind[];
  elements: 'any' | Element[];
  level: {
    ceiling: Level;
    equivalents: { level: Level; USA?: string[]; KOR?: string[]; JPN?: string[] }[];
    protectedUnder?: string[];
  };
  assumptions: { field: (typeof FACT_FIELDS)[number] | typeof OPTIONAL_FACT; text: string }[];
};

/** Whether items may pass under the agreement at all. */
export function releases(a: Pick<AgreementFile, 'purpose'>): boolean {
  return a.purpose !== 'protection';
}

/** A checked agreement, its history resolved to times and to the periods of its states. */
export interface Agreement extends AgreementFile {
  readonly timeline: readonly TimelineEvent[];
  readonly periods: readonly Period[];
}
