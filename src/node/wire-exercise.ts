/**
 * The exercise as its controllers see it, across nations, and what a client may send. Part of the interface
 * (wire.ts). Never part of a nation's picture: it holds the truth.
 */
import { type Static, Type } from 'typebox';
import { Mode, Nation, Trilingual } from '../model/nation.ts';
import { Milestones, SiteView } from './wire-shared.ts';

const Time = Type.Integer();
const strict = { additionalProperties: false } as const;

/** The exercise as its controllers see it: across nations. Never part of a nation's picture. */
export const ExerciseHello = Type.Object(
  {
    type: Type.Literal('exerciseHello'),
    protocol: Type.Integer(),
    scenario: Type.Object(
      {
        id: Type.String(),
        title: Trilingual,
        summary: Trilingual,
        source: Type.String(),
        assumptions: Type.Array(Trilingual),
      },
      strict,
    ),
    mode: Mode,
    nations: Type.Array(Nation),
    startUs: Time,
    endUs: Time,
    launches: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          launchUs: Time,
          place: Trilingual,
          latitudeDeg: Type.Number(),
          longitudeDeg: Type.Number(),
        },
        strict,
      ),
    ),
    /** All nations' sites, for the controllers' view. */
    sites: Type.Array(SiteView),
    /** The date under whose agreements the exercise runs. */
    asOf: Type.String(),
    agreements: Type.Array(
      Type.Object(
        { id: Type.String(), title: Trilingual, state: Type.String(), route: Type.String() },
        strict,
      ),
    ),
  },
  strict,
);
export type ExerciseHello = Static<typeof ExerciseHello>;

export const SPEEDS = [1, 10, 60] as const;

export const ExerciseState = Type.Object(
  {
    type: Type.Literal('exercise'),
    sequence: Type.Integer(),
    run: Type.Integer(),
    timeUs: Time,
    speed: Type.Number(),
    paused: Type.Boolean(),
    ended: Type.Boolean(),
    milestones: Type.Object({ USA: Milestones, KOR: Milestones, JPN: Milestones }, strict),
    /** Truth, for the controllers only: [lon, lat, height km] of each vehicle in flight. */
    truth: Type.Array(
      Type.Object(
        {
          id: Type.String(),
          latitudeDeg: Type.Number(),
          longitudeDeg: Type.Number(),
          heightKm: Type.Number(),
          thrusting: Type.Boolean(),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type ExerciseState = Static<typeof ExerciseState>;

export const ClientMessage = Type.Union([
  Type.Object({ type: Type.Literal('ack'), sequence: Type.Integer() }, strict),
  Type.Object(
    {
      type: Type.Literal('control'),
      action: Type.Union([Type.Literal('pause'), Type.Literal('resume'), Type.Literal('restart')]),
    },
    strict,
  ),
  Type.Object(
    {
      type: Type.Literal('control'),
      action: Type.Literal('speed'),
      speed: Type.Number({ minimum: 0.1, maximum: 1000 }),
    },
    strict,
  ),
  /** Exercise control only: something happens to an agreement, by act of a party, effective at once at every node. */
  Type.Object(
    {
      type: Type.Literal('control'),
      action: Type.Literal('agreement'),
      agreement: Type.String({ minLength: 1, maxLength: 64 }),
      event: Type.Union([Type.Literal('suspended'), Type.Literal('resumed'), Type.Literal('ended')]),
      by: Nation,
    },
    strict,
  ),
  /** Exercise control only: the authority of one region warns its people on its own, or takes that back (W11). */
  Type.Object(
    {
      type: Type.Literal('control'),
      action: Type.Literal('localAlert'),
      nation: Nation,
      area: Type.String({ pattern: '^[A-Z]{2}-[0-9]{2}$' }),
      event: Type.Union([Type.Literal('alert'), Type.Literal('cancel')]),
    },
    strict,
  ),
  /** Exercise control only: one person of the nation's office takes back the open alert of a launch as false. */
  Type.Object(
    {
      type: Type.Literal('control'),
      action: Type.Literal('retract'),
      nation: Nation,
      chain: Type.String({ maxLength: 200 }),
    },
    strict,
  ),
]);
export type ClientMessage = Static<typeof ClientMessage>;
