/** The lines that a node's process is told, checked: one that is not right is refused by itself, and the node goes on. */
import { type TSchema, Type } from 'typebox';
import { BeaconfireError } from '../model/errors.ts';
import { check, parseJsonText } from '../model/schema.ts';
import type { ProcessInput } from './process-wire.ts';

const strict = { additionalProperties: false } as const;
const Vector = Type.Tuple([Type.Number(), Type.Number(), Type.Number()]);
const plot = { sensor: Type.String({ maxLength: 64 }), timeUs: Type.Integer() };
/** The form alone: values that no plot can have refuse the plot, in the tracker and in the journal. */
const PLOTS: Readonly<Record<string, TSchema>> = {
  radar: Type.Object(
    {
      kind: Type.Literal('radar'),
      ...plot,
      rangeM: Type.Number(),
      azimuthRad: Type.Number(),
      elevationRad: Type.Number(),
      rangeRateMps: Type.Optional(Type.Number()),
      positionEcefM: Type.Optional(Vector),
      snrDb: Type.Optional(Type.Number()),
    },
    strict,
  ),
  infrared: Type.Object(
    { kind: Type.Literal('infrared'), ...plot, positionEcefM: Vector, lineOfSightEcef: Vector },
    strict,
  ),
};
const number = Type.Integer({ minimum: 1 });
const share = Type.Number({ minimum: 0, maximum: 1 });
const ms = Type.Number({ minimum: 0, maximum: 60_000 });
const Mischief = Type.Object({ loss: share, duplicates: share, delayMs: ms, jitterMs: ms }, strict);
const AnyPlot = Type.Object({ kind: Type.Union(Object.keys(PLOTS).map((k) => Type.Literal(k))) });

/** By the field that only this input has. */
const INPUTS: Readonly<Record<string, TSchema>> = {
  plot: Type.Object({ number, plot: AnyPlot }, strict),
  message: Type.Object({ number, message: Type.String({ maxLength: 100_000 }) }, strict),
  agreement: Type.Object(
    {
      agreement: Type.String({ maxLength: 64 }),
      event: Type.Union([Type.Literal('suspended'), Type.Literal('resumed')]),
    },
    strict,
  ),
  rotateKey: Type.Object({ rotateKey: Type.Literal(true) }, strict),
  mischief: Type.Object({ mischief: Type.Union([Type.Null(), Mischief]) }, strict),
  report: Type.Object({ report: Type.Integer() }, strict),
  end: Type.Object({ end: Type.Literal(true) }, strict),
};

/** One line, the `n`-th; BF_SYNTAX or BF_FIELD with its number. */
export function readInput(line: string, n: number): ProcessInput {
  const place = { file: 'standard input', line: n };
  const value = parseJsonText(line, place);
  const fields = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const name = Object.keys(INPUTS).find((k) => fields.includes(k));
  if (name === undefined)
    throw new BeaconfireError(
      'BF_FIELD',
      `expected an object with one of ${Object.keys(INPUTS).join(', ')}, found none of them`,
      place,
    );
  const input = check(INPUTS[name], value, place) as ProcessInput;
  if ('plot' in input) check(PLOTS[input.plot.kind], input.plot, { ...place, field: 'plot' });
  return input;
}
