/**
 * Channels that hold text: a J-Alert-style message in Japanese, a Korean cell broadcast with its limit of length, and
 * sirens with a voice. A few lines for machines stand before the words; they are signed with them.
 */
import { isoToUs, usToIso } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Mode } from '../model/nation.ts';
import { show } from '../model/schema.ts';
import type { Warning } from '../model/warning.ts';
import { type IssuedWarning, SHORT_LIMIT } from '../warning/index.ts';
import { CONTENT, type Rendered } from './channel.ts';

export type TextKind = 'jalert' | 'cellBroadcast' | 'siren';

/** What a receiver of a text channel reads. */
export interface TextMessage {
  kind: TextKind;
  identifier: string;
  chain: string;
  type: 'alert' | 'update' | 'cancel';
  mode: Mode;
  sentUs: number;
  expiresUs: number;
  references: string[];
  areas: string[];
  siren?: SirenCode;
  words: string;
}

/**
 * Korean civil-defence signals. `alert` (경계): steady tone, 60 s. `airRaid` (공습): 5 s rising, 3 s falling, 180 s.
 * `allClear` (해제): voice alone. etnews.com/20230601000325; Haenam fire station, jnsobang.go.kr.
 */
export type SirenCode = 'alert' | 'airRaid' | 'allClear';
export const SIREN: Record<SirenCode, { name: string; toneS: number; riseS: number; fallS: number }> = {
  alert: { name: '경계', toneS: 60, riseS: 0, fallS: 0 },
  airRaid: { name: '공습', toneS: 180, riseS: 5, fallS: 3 },
  allClear: { name: '해제', toneS: 0, riseS: 0, fallS: 0 },
};

/** The tone of a siren, 0 (lowest) to 1 (highest pitch), `t` seconds after its start; undefined when it is silent. */
export function sirenPitch(code: SirenCode, t: number): number | undefined {
  const { toneS, riseS, fallS } = SIREN[code];
  if (t < 0 || t >= toneS) return undefined;
  if (riseS === 0) return 1;
  const phase = t % (riseS + fallS);
  return phase < riseS ? phase / riseS : 1 - (phase - riseS) / fallS;
}

/** An impact to come or unknown is an attack under way; a passage is one expected; a cancel is the all clear. */
export function sirenFor(w: Warning): SirenCode {
  if (w.messageType === 'cancel' || w.stage === 'passed') return 'allClear';
  return w.stage === 'passing' ? 'alert' : 'airRaid';
}

/** Characters of Korea's basic cell broadcast. */
export const CELL_BROADCAST_LIMIT = SHORT_LIMIT.ko;

export function renderText(kind: TextKind, { warning: w, short }: IssuedWarning): Rendered {
  const siren = kind === 'siren' ? sirenFor(w) : undefined;
  const words =
    kind === 'jalert'
      ? `${w.headline.ja}\n${w.description.ja}\n${w.instruction.ja}`
      : kind === 'cellBroadcast'
        ? short.ko
        : `${w.headline.ko} ${w.instruction.ko}`;
  if (kind === 'cellBroadcast' && words.length > CELL_BROADCAST_LIMIT) {
    throw new BeaconfireError(
      'BF_WARNING',
      `expected at most ${CELL_BROADCAST_LIMIT} characters, found ${words.length}`,
      { field: 'cellBroadcast' },
    );
  }
  const lines = [
    'BEACONFIRE-TEXT-1',
    `kind: ${kind}`,
    `identifier: ${w.identifier}`,
    `chain: ${w.chain}`,
    `type: ${w.messageType}`,
    `mode: ${w.mode}`,
    `sent: ${usToIso(w.sentUs)}`,
    `expires: ${usToIso(w.expiresUs)}`,
    `references: ${w.references.map((r) => r.split(',')[1]).join(' ')}`,
    `areas: ${w.areas.map((a) => a.code).join(' ')}`,
    ...(siren ? [`siren: ${siren}`] : []),
    '',
    words,
  ];
  return { contentType: CONTENT.text, text: lines.join('\n') };
}

/** The text of a channel, read strictly; BF_ALERT. */
export function readText(text: string): TextMessage {
  const fail = (field: string, expected: string, found: unknown): never => {
    throw new BeaconfireError('BF_ALERT', `expected ${expected}, found ${show(found)}`, { field });
  };
  if (text.length > 20_000) fail('text', 'at most 20000 characters', text.length);
  const end = text.indexOf('\n\n');
  const [first, ...lines] = text.slice(0, Math.max(0, end)).split('\n');
  if (first !== 'BEACONFIRE-TEXT-1') fail('text', 'a text message', first);
  const names = [
    'kind',
    'identifier',
    'chain',
    'type',
    'mode',
    'sent',
    'expires',
    'references',
    'areas',
    'siren',
  ];
  const values = new Map<string, string>();
  lines.forEach((line, i) => {
    const at = line.indexOf(': ');
    if (at < 0 || line.slice(0, at) !== names[i]) fail('text', `${names[i]} on line ${i + 2}`, line);
    values.set(names[i], line.slice(at + 2));
  });
  const value = (name: string) => values.get(name) ?? fail(name, 'a value', undefined);
  const among = <T extends string>(name: string, list: readonly T[]): T =>
    list.find((v) => v === value(name)) ?? fail(name, `one of ${list.join(', ')}`, value(name));
  const time = (name: string): number => isoToUs(value(name)) ?? fail(name, 'a time', value(name));
  const list = (name: string) => value(name).split(' ').filter(Boolean);
  const kind = among('kind', ['jalert', 'cellBroadcast', 'siren'] as const);
  const areas = list('areas');
  if (areas.length === 0) fail('areas', 'at least one area', '');
  if ((kind === 'siren') !== values.has('siren')) fail('siren', `a signal only of a siren`, kind);
  const words = text.slice(end + 2);
  if (words.trim() === '') fail('text', 'words', '');
  if (kind === 'cellBroadcast' && words.length > CELL_BROADCAST_LIMIT)
    fail('text', `at most ${CELL_BROADCAST_LIMIT} characters`, words.length);
  return {
    kind,
    identifier: value('identifier'),
    chain: value('chain'),
    type: among('type', ['alert', 'update', 'cancel'] as const),
    mode: among('mode', ['exercise', 'live'] as const),
    sentUs: time('sent'),
    expiresUs: time('expires'),
    references: list('references'),
    areas,
    ...(kind === 'siren' ? { siren: among('siren', ['alert', 'airRaid', 'allClear'] as const) } : {}),
    words,
  };
}
