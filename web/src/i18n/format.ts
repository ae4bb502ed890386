/** Times, durations and numbers as a person reads them. */
import type { Language, Nation } from '../../../src/node/wire.ts';

export type Zone = 'UTC' | 'KST' | 'JST';
const OFFSET_HOURS: Record<Zone, number> = { UTC: 0, KST: 9, JST: 9 };
const LOCALE: Record<Language, string> = { en: 'en-GB', ko: 'ko-KR', ja: 'ja-JP' };

/** The zone in which a nation's officers speak of time. */
export function zoneOf(nation: Nation): Zone {
  return nation === 'KOR' ? 'KST' : nation === 'JPN' ? 'JST' : 'UTC';
}

const two = (n: number): string => String(n).padStart(2, '0');

export function clockTime(timeUs: number, zone: Zone, seconds = true): string {
  const d = new Date(timeUs / 1000 + OFFSET_HOURS[zone] * 3_600_000);
  const hm = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
  return seconds ? `${hm}:${two(d.getUTCSeconds())}` : hm;
}

/** A time with its zone, to the second or rounded to the minute: an estimate that is seconds off is told of its minute. */
export function zonedTime(timeUs: number, zone: Zone, seconds = false): string {
  return `${clockTime(seconds ? timeUs : Math.round(timeUs / 60e6) * 60e6, zone, seconds)} ${zone}`;
}

export function isoDate(timeUs: number, zone: Zone): string {
  return new Date(timeUs / 1000 + OFFSET_HOURS[zone] * 3_600_000).toISOString().slice(0, 10);
}

/** A duration as m:ss or h:mm:ss; the sign is left to the caller. */
export function duration(us: number): string {
  const s = Math.floor(Math.abs(us) / 1e6);
  const h = Math.floor(s / 3600);
  const m = Math.floor(s / 60) % 60;
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

const formats = new Map<string, Intl.NumberFormat>();

export function number(value: number, language: Language, digits = 0): string {
  const key = `${language}${digits}`;
  let f = formats.get(key);
  if (!f) {
    f = new Intl.NumberFormat(LOCALE[language], {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formats.set(key, f);
  }
  const text = f.format(value);
  return /[1-9]/.test(text) ? text : text.replace('-', '');
}

/** Rounded to two significant digits: for distances that are told, not measured. */
export function roughly(value: number, language: Language): string {
  if (value < 10) return number(value, language);
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1);
  return number(Math.round(value / unit) * unit, language);
}

/** Keeps together on a line what is read as one: a time with its zone, a hyphenated name. */
export function unbroken(text: string): string {
  return text.replace(/(\d) (UTC|KST|JST)/g, '$1\u00a0$2').replace(/(\p{L})-(?=\p{L})/gu, '$1-\u2060');
}
