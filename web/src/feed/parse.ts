/** What comes over the wire, told apart. Anything unknown becomes a problem to be shown, never an exception. */
import type {
  ErrorMessage,
  ExerciseHello,
  ExerciseState,
  Nation,
  NationHello,
  PictureMessage,
} from '../../../src/node/wire.ts';

/** The protocol of src/node/wire.ts that this page was written for; a test holds the two equal. */
export const PROTOCOL = 1;

/** `sequence` is there whenever the message had one, understood or not. */
export type Parsed<T> = { ok: T; sequence?: number } | { problem: string; sequence?: number };

type Loose = Record<string, unknown>;
const isObject = (v: unknown): v is Loose => typeof v === 'object' && v !== null && !Array.isArray(v);
const isNumber = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v);

function parseObject(text: string): Parsed<Loose> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? { ok: value } : { problem: 'not an object' };
  } catch {
    return { problem: 'not JSON' };
  }
}

function withSequence<T>(text: string, read: (value: Loose) => Parsed<T>): Parsed<T> {
  const parsed = parseObject(text);
  if ('problem' in parsed) return parsed;
  const { sequence } = parsed.ok;
  return isNumber(sequence) ? { ...read(parsed.ok), sequence } : read(parsed.ok);
}

function withArrays(value: Loose, keys: readonly string[]): string | undefined {
  return keys.find((key) => !Array.isArray(value[key]));
}

/** A message of a nation's feed. A picture of another nation is refused: it must never be shown under the wrong name. */
export function parseNationMessage(text: string, nation: Nation): Parsed<PictureMessage | ErrorMessage> {
  return withSequence(text, (value) => nationMessage(value, nation));
}

function nationMessage(value: Loose, nation: Nation): Parsed<PictureMessage | ErrorMessage> {
  if (value.type === 'error') return { ok: value as unknown as ErrorMessage };
  if (value.type !== 'picture') return { problem: `type ${JSON.stringify(value.type)}` };
  if (value.nation !== nation)
    return { problem: `a picture of ${JSON.stringify(value.nation)} in the feed of ${nation}` };
  if (value.mode !== 'exercise' && value.mode !== 'live')
    return { problem: `mode ${JSON.stringify(value.mode)}` };
  if (!isNumber(value.sequence) || !isNumber(value.timeUs) || !isNumber(value.run)) {
    return { problem: 'a picture without sequence, time or run' };
  }
  const missing = withArrays(value, ['tracks', 'assessments', 'warnings', 'links', 'events']);
  if (missing) return { problem: `a picture without ${missing}` };
  if (!isObject(value.milestones)) return { problem: 'a picture without milestones' };
  return { ok: value as unknown as PictureMessage };
}

export function parseExerciseMessage(text: string): Parsed<ExerciseState | ErrorMessage> {
  return withSequence(text, exerciseMessage);
}

function exerciseMessage(value: Loose): Parsed<ExerciseState | ErrorMessage> {
  if (value.type === 'error') return { ok: value as unknown as ErrorMessage };
  if (value.type !== 'exercise') return { problem: `type ${JSON.stringify(value.type)}` };
  if (
    !isNumber(value.sequence) ||
    !isNumber(value.timeUs) ||
    !isNumber(value.run) ||
    !isNumber(value.speed)
  ) {
    return { problem: 'an exercise state without sequence, time, run or speed' };
  }
  if (!isObject(value.milestones)) return { problem: 'an exercise state without milestones' };
  return { ok: value as unknown as ExerciseState };
}

export function parseHello(value: unknown, type: 'nationHello'): Parsed<NationHello>;
export function parseHello(value: unknown, type: 'exerciseHello'): Parsed<ExerciseHello>;
export function parseHello(value: unknown, type: string): Parsed<NationHello> | Parsed<ExerciseHello> {
  if (!isObject(value)) return { problem: 'not an object' };
  if (value.type !== type) return { problem: `type ${JSON.stringify(value.type)}` };
  if (value.protocol !== PROTOCOL) {
    return { problem: `protocol ${JSON.stringify(value.protocol)}, this page speaks ${PROTOCOL}` };
  }
  if (!Array.isArray(value.sites)) return { problem: 'a hello without sites' };
  return { ok: value as unknown as NationHello } as Parsed<NationHello>;
}
