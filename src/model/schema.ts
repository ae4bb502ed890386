/**
 * Checking what comes from outside against a schema, with errors that name file, line and field, what was
 * expected and what came. All boundaries use these functions; nothing else in the project parses.
 */
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { isMap, isSeq, LineCounter, parseDocument, type Node as YamlNode } from 'yaml';
import { BeaconfireError, type ErrorPlace } from './errors.ts';

const compiled = new WeakMap<TSchema, Validator>();

function validator(schema: TSchema): Validator {
  let v = compiled.get(schema);
  if (!v) {
    v = Compile(schema) as unknown as Validator;
    compiled.set(schema, v);
  }
  return v;
}

/** True if `value` is of the schema. For hot paths; says nothing of why not. */
export function conforms<S extends TSchema>(schema: S, value: unknown): value is Static<S> {
  return validator(schema).Check(value);
}

export interface Mismatch {
  /** Dotted path, `launches[0].apogeeKm`; empty for the whole. */
  field: string;
  /** JSON-pointer segments of the same path. */
  path: string[];
  expected: string;
  found: string;
}

/** The first (deepest, most telling) mismatch between a value and a schema, or undefined. */
export function mismatch(schema: TSchema, value: unknown): Mismatch | undefined {
  const v = validator(schema);
  if (v.Check(value)) return undefined;
  const errors = v.Errors(value) as unknown as {
    keyword: string;
    instancePath: string;
    params: Record<string, unknown>;
    message: string;
  }[];
  const required = errors.find((e) => e.keyword === 'required');
  const extra = errors.find((e) => e.keyword === 'additionalProperties');
  const literals = errors.filter((e) => e.keyword === 'const');
  const other = errors
    .filter((e) => !['boolean', 'additionalProperties', 'required', 'const', 'anyOf'].includes(e.keyword))
    .sort((a, b) => b.instancePath.length - a.instancePath.length)[0];
  const make = (pointer: string, expected: string, found?: string): Mismatch => {
    const path = pointer
      .split('/')
      .slice(1)
      .map((s) => s.replace(/~1/g, '/').replace(/~0/g, '~'));
    return { path, field: dotted(path), expected, found: found ?? show(at(value, path)) };
  };
  if (other) return make(other.instancePath, other.message.replace(/^must be /, ''));
  if (extra) {
    const names = extra.params.additionalProperties as string[];
    return make(`${extra.instancePath}/${names[0]}`, 'no such field');
  }
  if (literals.length > 0) {
    const deepest = literals.reduce((a, b) =>
      b.instancePath.length >= a.instancePath.length ? b : a,
    ).instancePath;
    const allowed = literals
      .filter((e) => e.instancePath === deepest)
      .map((e) => show(e.params.allowedValue));
    return make(deepest, `one of ${[...new Set(allowed)].join(', ')}`);
  }
  if (required) {
    const names = (required.params.requiredProperties ?? required.params.missingProperties) as string[];
    return make(`${required.instancePath}/${names[0]}`, 'a value', 'nothing');
  }
  return make(errors[0]?.instancePath ?? '', errors[0]?.message ?? 'another value');
}

function dotted(path: string[]): string {
  return path.map((s, i) => (/^\d+$/.test(s) ? `[${s}]` : i === 0 ? s : `.${s}`)).join('');
}

function at(value: unknown, path: string[]): unknown {
  let v: unknown = value;
  for (const s of path)
    v = v !== null && typeof v === 'object' ? (v as Record<string, unknown>)[s] : undefined;
  return v;
}

/** A value as a person reads it in an error: short, quoted if text. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  // What a terminal would obey or hide (controls, changes of direction, zero width) is shown by its number.
  const text = (JSON.stringify(value) ?? String(value)).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`,
  );
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** The value, checked; throws BF_FIELD with place, expected and found. */
export function check<S extends TSchema>(schema: S, value: unknown, place: ErrorPlace = {}): Static<S> {
  const m = mismatch(schema, value);
  if (!m) return value as Static<S>;
  throw fieldError(m, place);
}

function fieldError(m: Mismatch, place: ErrorPlace): BeaconfireError {
  const field = [place.field, m.field].filter(Boolean).join('.');
  return new BeaconfireError('BF_FIELD', `expected ${m.expected}, found ${m.found}`, {
    ...place,
    field: field || undefined,
  });
}

/** Parses YAML text (JSON is YAML) and checks it; errors carry the line of the offending field. */
export function parseYaml<S extends TSchema>(schema: S, text: string, file: string): Static<S> {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, uniqueKeys: true, version: '1.2' });
  const bad = doc.errors[0];
  if (bad) {
    const what = bad.message.split('\n')[0].replace(/ at line \d+, column \d+:?$/, '');
    throw new BeaconfireError('BF_SYNTAX', `expected well-formed YAML, found: ${what}`, {
      file,
      line: lines.linePos(bad.pos[0]).line,
    });
  }
  let value: unknown;
  try {
    value = doc.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw new BeaconfireError('BF_SYNTAX', 'expected YAML without aliases, found one', { file }, { cause });
  }
  const m = mismatch(schema, value);
  if (!m) return value as Static<S>;
  throw fieldError(m, { file, line: lineOf(doc.contents, m.path, lines) });
}

function lineOf(root: YamlNode | null, path: string[], lines: LineCounter): number | undefined {
  let node: unknown = root;
  let line = rangeLine(root, lines);
  for (const s of path) {
    if (isMap(node)) {
      const pair = node.items.find((p) => String((p.key as { value?: unknown })?.value) === s);
      if (!pair) break;
      line = rangeLine(pair.key as YamlNode, lines) ?? line;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(s)];
      line = rangeLine(node as YamlNode, lines) ?? line;
    } else break;
  }
  return line;
}

function rangeLine(node: YamlNode | null | undefined, lines: LineCounter): number | undefined {
  return node?.range ? lines.linePos(node.range[0]).line : undefined;
}

/** Parses one JSON text (a whole file or one line of NDJSON) and checks it. */
export function parseJson<S extends TSchema>(schema: S, text: string, place: ErrorPlace): Static<S> {
  return check(schema, parseJsonText(text, place), place);
}

/** The value of one JSON text, not yet checked. */
export function parseJsonText(text: string, place: ErrorPlace): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new BeaconfireError('BF_SYNTAX', `expected JSON, found: ${what}`, place, { cause });
  }
}
