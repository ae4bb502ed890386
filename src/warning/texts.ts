/**
 * Public texts of a warning, complete in three languages (W12: what, where, when, what to do, who says so, when the
 * next message comes), and the linter that refuses any text that lacks a part or contradicts its mode (W4, W14).
 */
import { markExercise, wordsContradict } from '../formats/marking.ts';
import { BeaconfireError } from '../model/errors.ts';
import { LANGUAGES, type Language, type Mode, type Nation, type Trilingual } from '../model/nation.ts';
import type { CancelReason, WarningStage } from '../model/warning.ts';
import {
  CANCEL_WORDING,
  LAST_MESSAGE,
  LAUNCHED,
  NEXT_UPDATE,
  STAGE_WORDING,
  type StageWording,
  UNFORETOLD,
  WHO,
} from './wording.ts';

export const TEXT_PARTS = ['what', 'where', 'when', 'whatToDo', 'who', 'next'] as const;
export type TextPart = (typeof TEXT_PARTS)[number];

/**
 * Longest short form, characters. Korean: 90, the basic form of Korea's cell broadcast; English: 360, the long form
 * of Wireless Emergency Alerts (3GPP/ATIS CMAMlongtext); Japanese: 200, an assumption below every carrier's limit.
 */
export const SHORT_LIMIT: Record<Language, number> = { ko: 90, en: 360, ja: 200 };

export interface TextInput {
  nation: Nation;
  mode: Mode;
  stage: WarningStage;
  cancelReason?: CancelReason;
  launchPlace: Trilingual;
  /** Names of the areas, most urgent first. */
  areas: readonly Trilingual[];
  /** Time of impact or first passage. */
  atUs: number;
  /** When it was launched, if known. */
  launchedUs?: number;
  /** When the chain's first alert was sent. */
  alertedUs: number;
  /** When the track was last updated, if it is lost. */
  lostUs?: number;
  /** The time is void: it was told that the fall cannot be foretold. */
  unforetold?: boolean;
  nextUpdateUs?: number;
  authority: Trilingual;
}

export interface WarningTexts {
  headline: Trilingual;
  description: Trilingual;
  instruction: Trilingual;
  /** The first message of channels that hold little text. */
  short: Trilingual;
  /** The parts that description and instruction are made of. */
  parts: Record<TextPart, Trilingual>;
}

/** Both nations keep UTC+9. */
export const ZONE_MINUTES = 540;
const ZONE_NAME: Record<Nation, string> = { JPN: 'JST', KOR: 'KST', USA: 'UTC+9' };

/** A time of day for the public: "about" (頃, 경) for what is estimated, exact for what is promised. */
export function localTime(timeUs: number, language: Language, nation: Nation, about = true): string {
  const t = new Date(Math.floor(timeUs / 1000) + ZONE_MINUTES * 60_000);
  const [h, m] = [t.getUTCHours(), t.getUTCMinutes()];
  if (language === 'ja') return `${h}時${m}分${about ? '頃' : ''}`;
  if (language === 'ko') return `${h}시 ${m}분${about ? '경' : ''}`;
  return `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')} ${ZONE_NAME[nation]}`;
}

/** The texts of one message; checked (BF_WARNING) before they leave. */
export function makeTexts(input: TextInput): WarningTexts {
  const wording = wordingOf(input);
  const parts = Object.fromEntries(
    TEXT_PARTS.map((part) => [part, trilingual((l) => fill(partWording(part, wording, input)[l], input, l))]),
  ) as Record<TextPart, Trilingual>;
  const mark = (text: string, l: Language) => (input.mode === 'exercise' ? markExercise(text, l) : text);
  const glue = (l: Language, ...texts: string[]) => texts.join(l === 'ja' ? '' : ' ');
  const texts: WarningTexts = {
    headline: trilingual((l) => mark(headline(wording, input, l), l)),
    description: trilingual((l) =>
      mark(glue(l, parts.what[l], parts.where[l], parts.when[l], parts.who[l], parts.next[l]), l),
    ),
    instruction: trilingual((l) => mark(parts.whatToDo[l], l)),
    short: trilingual((l) => shortText(wording, input, l)),
    parts,
  };
  lintTexts(texts, input.mode);
  return texts;
}

function wordingOf(input: TextInput): StageWording {
  if (input.stage === 'ended' || input.stage === 'cancelled') {
    if (!input.cancelReason)
      throw new BeaconfireError('BF_WARNING', `expected a reason of the cancel, found none`, {
        field: 'cancelReason',
      });
    const wording = CANCEL_WORDING[input.cancelReason];
    return input.unforetold && input.cancelReason === 'superseded'
      ? { ...wording, ...UNFORETOLD.superseded }
      : wording;
  }
  const wording = STAGE_WORDING[input.stage];
  return input.unforetold && input.stage === 'trackLost' ? { ...wording, ...UNFORETOLD.trackLost } : wording;
}

function partWording(part: TextPart, wording: StageWording, input: TextInput): Trilingual {
  if (part === 'who') return WHO;
  if (part === 'next') return input.nextUpdateUs === undefined ? LAST_MESSAGE : NEXT_UPDATE;
  return wording[part];
}

function fill(pattern: string, input: TextInput, l: Language, areas = input.areas.map((a) => a[l])): string {
  const time = (us: number | undefined, about = true) =>
    us === undefined ? undefined : localTime(us, l, input.nation, about);
  const values: Record<string, string | undefined> = {
    place: input.launchPlace[l],
    areas: areas.join(l === 'ja' ? '、' : ', '),
    // What has happened is told to the nearest minute; what is to come, no later than it is expected.
    launchTime: time(input.launchedUs === undefined ? undefined : input.launchedUs + 30e6),
    launched: input.launchedUs === undefined ? '' : LAUNCHED[l],
    time: time(input.atUs),
    lost: time(input.lostUs),
    alerted: time(input.alertedUs, false),
    next: time(input.nextUpdateUs, false),
    who: input.authority[l],
  };
  const once = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  // Twice, for {launched} holds a time.
  return once(once(pattern));
}

/** "about five more": how a list of areas ends that does not fit. */
function andMore(count: number, l: Language): string {
  if (l === 'ja') return `ほか${count}地域`;
  return l === 'ko' ? `외 ${count}개 지역` : `and ${count} more`;
}

function shortened(input: TextInput, l: Language, shown: number): string[] {
  const names = input.areas.slice(0, shown).map((a) => a[l]);
  const rest = input.areas.length - names.length;
  return rest > 0 ? [...names, andMore(rest, l)] : names;
}

function headline(wording: StageWording, input: TextInput, l: Language): string {
  const list = shortened(input, l, 3).join(l === 'ja' ? '、' : ', ');
  return l === 'ja' ? `${wording.title.ja}：${list}。` : `${wording.title[l]}: ${list}.`;
}

/** The short form with as many areas as fit. */
function shortText(wording: StageWording, input: TextInput, l: Language): string {
  const [open, close] =
    input.mode === 'live'
      ? ['', '']
      : l === 'en'
        ? ['EXERCISE: ', ' EXERCISE.']
        : l === 'ko'
          ? ['[훈련] ', ' [훈련]']
          : ['【訓練】', '【訓練】'];
  for (let shown = input.areas.length; shown > 0; shown--) {
    const text = open + fill(wording.short[l], input, l, shortened(input, l, shown)) + close;
    if (text.length <= SHORT_LIMIT[l]) return text;
  }
  return (
    open +
    fill(wording.short[l], input, l, [andMore(input.areas.length, l).replace(/^(ほか|외 |and )/, '')]) +
    close
  );
}

/**
 * Refuses texts that lack a part in any language, keep a placeholder, contradict the mode, hold a forbidden phrase,
 * or are too long for their channel.
 */
export function lintTexts(texts: WarningTexts, mode: Mode): void {
  for (const l of LANGUAGES) {
    for (const part of TEXT_PARTS) {
      const text = texts.parts[part]?.[l] ?? '';
      const home = part === 'whatToDo' ? texts.instruction[l] : texts.description[l];
      if (text.trim() === '' || !home.includes(text))
        refuse(`${part}.${l}`, 'expected this part in the text, found nothing');
    }
    for (const field of ['headline', 'description', 'instruction', 'short'] as const) {
      const text = texts[field][l];
      const gap = /[{}●]|undefined|NaN|\bnull\b/.exec(text);
      if (gap) refuse(`${field}.${l}`, `expected a finished text, found ${JSON.stringify(gap[0])} in it`);
      const why = wordsContradict(text, l, mode);
      if (why) refuse(`${field}.${l}`, `expected words of mode ${mode}, found ${why}`);
    }
    if (texts.short[l].length > SHORT_LIMIT[l]) {
      refuse(`short.${l}`, `expected at most ${SHORT_LIMIT[l]} characters, found ${texts.short[l].length}`);
    }
  }
}

function refuse(field: string, detail: string): never {
  throw new BeaconfireError('BF_WARNING', detail, { field });
}

function trilingual(make: (l: Language) => string): Trilingual {
  return { en: make('en'), ko: make('ko'), ja: make('ja') };
}
