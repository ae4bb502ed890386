/**
 * Writer of the Common Alerting Protocol 1.2 (OASIS, CAP-v1.2, 2010-07-01): one document in several languages.
 * What is lost on the way to CAP: times are cut to whole seconds; probabilities and evidence become parameters.
 * It refuses (BF_WARNING) what contradicts itself: status against words, message type against references (W14).
 */
import { BeaconfireError } from '../model/errors.ts';
import type { Language, Mode } from '../model/nation.ts';
import { wordsContradict } from './marking.ts';

export type CapStatus = 'Actual' | 'Exercise';
export type CapMessageType = 'Alert' | 'Update' | 'Cancel';
/** `[longitude, latitude]` degrees. */
export type CapPoint = readonly [number, number];
export type CapPair = readonly [name: string, value: string];

export interface CapArea {
  areaDesc: string;
  /** Closed simple rings, [longitude, latitude] degrees. */
  polygons: readonly (readonly CapPoint[])[];
  geocodes: readonly CapPair[];
}

export interface CapInfo {
  language: Language;
  category: readonly ('Safety' | 'Security')[];
  event: string;
  responseType: readonly ('Shelter' | 'Avoid' | 'Monitor' | 'Prepare' | 'AllClear' | 'None')[];
  urgency: 'Immediate' | 'Expected' | 'Future' | 'Past' | 'Unknown';
  severity: 'Extreme' | 'Severe' | 'Moderate' | 'Minor' | 'Unknown';
  certainty: 'Observed' | 'Likely' | 'Possible' | 'Unlikely' | 'Unknown';
  eventCodes: readonly CapPair[];
  effectiveUs: number;
  onsetUs?: number;
  expiresUs: number;
  senderName: string;
  headline: string;
  description: string;
  instruction: string;
  parameters: readonly CapPair[];
  areas: readonly CapArea[];
}

export interface CapAlert {
  identifier: string;
  sender: string;
  sentUs: number;
  status: CapStatus;
  msgType: CapMessageType;
  source: string;
  codes: readonly string[];
  note: string;
  /** Earlier messages, `sender,identifier,sent` each. */
  references: readonly string[];
  incidents: readonly string[];
  infos: readonly CapInfo[];
  /** Offset of the zone that times are written in, minutes east of UTC. */
  zoneMinutes: number;
}

export const CAP_LANGUAGE: Record<Language, string> = { ko: 'ko-KR', ja: 'ja-JP', en: 'en-US' };

export function capStatus(mode: Mode): CapStatus {
  return mode === 'live' ? 'Actual' : 'Exercise';
}

/** `2022-10-04T07:27:00+09:00`; UTC is written `-00:00`, for CAP forbids `Z`. Fractions of a second are cut. */
export function capTime(timeUs: number, zoneMinutes: number): string {
  const local = new Date(Math.floor(timeUs / 1e6) * 1000 + zoneMinutes * 60_000).toISOString().slice(0, 19);
  const [h, m] = [Math.floor(Math.abs(zoneMinutes) / 60), Math.abs(zoneMinutes) % 60];
  return `${local}${zoneMinutes > 0 ? '+' : '-'}${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`;
}

/** How another message refers to this one. */
export function capReference(
  sender: string,
  identifier: string,
  sentUs: number,
  zoneMinutes: number,
): string {
  return `${sender},${identifier},${capTime(sentUs, zoneMinutes)}`;
}

/** The document, UTF-8 text. `channel` is the mode of the channel that it is for; it must be the document's. */
export function writeCap(alert: CapAlert, channel: Mode): string {
  checkCap(alert, channel);
  const t = (us: number) => capTime(us, alert.zoneMinutes);
  const x = new XmlWriter();
  x.open('alert', ' xmlns="urn:oasis:names:tc:emergency:cap:1.2"');
  x.leaf('identifier', alert.identifier);
  x.leaf('sender', alert.sender);
  x.leaf('sent', t(alert.sentUs));
  x.leaf('status', alert.status);
  x.leaf('msgType', alert.msgType);
  x.leaf('source', alert.source);
  x.leaf('scope', 'Public');
  for (const code of alert.codes) x.leaf('code', code);
  x.leaf('note', alert.note);
  if (alert.references.length > 0) x.leaf('references', alert.references.join(' '));
  if (alert.incidents.length > 0) x.leaf('incidents', alert.incidents.join(' '));
  for (const info of alert.infos) writeInfo(x, info, t);
  x.close('alert');
  return x.text();
}

function writeInfo(x: XmlWriter, info: CapInfo, t: (us: number) => string): void {
  x.open('info');
  x.leaf('language', CAP_LANGUAGE[info.language]);
  for (const c of info.category) x.leaf('category', c);
  x.leaf('event', info.event);
  for (const r of info.responseType) x.leaf('responseType', r);
  x.leaf('urgency', info.urgency);
  x.leaf('severity', info.severity);
  x.leaf('certainty', info.certainty);
  for (const code of info.eventCodes) x.pair('eventCode', code);
  x.leaf('effective', t(info.effectiveUs));
  if (info.onsetUs !== undefined) x.leaf('onset', t(info.onsetUs));
  x.leaf('expires', t(info.expiresUs));
  x.leaf('senderName', info.senderName);
  x.leaf('headline', info.headline);
  x.leaf('description', info.description);
  x.leaf('instruction', info.instruction);
  for (const p of info.parameters) x.pair('parameter', p);
  for (const area of info.areas) {
    x.open('area');
    x.leaf('areaDesc', area.areaDesc);
    for (const ring of area.polygons) x.leaf('polygon', ring.map(([lon, lat]) => `${lat},${lon}`).join(' '));
    for (const g of area.geocodes) x.pair('geocode', g);
    x.close('area');
  }
  x.close('info');
}

function refuse(field: string, detail: string): never {
  throw new BeaconfireError('BF_WARNING', detail, { field });
}

/** Throws BF_WARNING at the first contradiction or missing part of a document to be. */
export function checkCap(alert: CapAlert, channel: Mode): void {
  const mode: Mode = alert.status === 'Actual' ? 'live' : 'exercise';
  if (mode !== channel)
    refuse('status', `expected ${capStatus(channel)} on a channel for ${channel}, found ${alert.status}`);
  // CAP 3.2.1: no spaces, commas or restricted characters (< and &) in what references are made of.
  for (const field of ['identifier', 'sender'] as const) {
    if (!/^[^\s,<&]+$/.test(alert[field]))
      refuse(field, `expected no spaces, commas, < or &, found ${JSON.stringify(alert[field])}`);
  }
  const first = alert.msgType === 'Alert';
  if (first !== (alert.references.length === 0)) {
    refuse(
      'references',
      `expected ${first ? 'none' : 'the earlier messages'} in a message of type ${alert.msgType}, found ${alert.references.length}`,
    );
  }
  for (const r of alert.references) {
    if (!/^[^\s,<&]+,[^\s,<&]+,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d$/.test(r)) {
      refuse('references', `expected sender,identifier,sent, found ${JSON.stringify(r)}`);
    }
  }
  if (alert.infos.length === 0) refuse('info', 'expected at least one language, found none');
  for (const [i, info] of alert.infos.entries()) checkInfo(info, mode, `info[${i}]`);
}

function checkInfo(info: CapInfo, mode: Mode, place: string): void {
  for (const field of ['headline', 'description', 'instruction'] as const) {
    const text = info[field];
    if (text.trim() === '') refuse(`${place}.${field}`, 'expected a text, found nothing');
    const why = wordsContradict(text, info.language, mode);
    if (why) refuse(`${place}.${field}`, `expected words of mode ${mode}, found ${why}`);
  }
  // SAME codes are read by machines: the code of a practice warning goes with an exercise and with nothing else.
  for (const [name, value] of info.eventCodes) {
    if (name === 'SAME' && (value === 'DMO') !== (mode === 'exercise')) {
      refuse(`${place}.eventCode`, `expected a SAME code of mode ${mode}, found ${value}`);
    }
  }
  if (info.expiresUs <= info.effectiveUs)
    refuse(`${place}.expires`, 'expected a time after effective, found an earlier one');
  if (info.areas.length === 0) refuse(`${place}.area`, 'expected at least one area, found none');
  for (const area of info.areas) {
    if (area.areaDesc.trim() === '' || area.geocodes.length === 0) {
      refuse(`${place}.area`, `expected a name and a geocode, found ${JSON.stringify(area.areaDesc)}`);
    }
    for (const ring of area.polygons) {
      if (!isSimpleRing(ring))
        refuse(`${place}.area`, `expected closed simple polygons, found another in ${area.areaDesc}`);
    }
  }
}

/** Rings already found simple: documents of one warning share them. */
const simpleRings = new WeakSet<readonly CapPoint[]>();

/** True for a closed ring of at least four points whose edges meet only at their common ends. */
export function isSimpleRing(ring: readonly CapPoint[]): boolean {
  if (simpleRings.has(ring)) return true;
  const n = ring.length - 1;
  if (n < 3 || ring[0][0] !== ring[n][0] || ring[0][1] !== ring[n][1]) return false;
  for (let i = 0; i < n; i++) {
    if (ring[i][0] === ring[i + 1][0] && ring[i][1] === ring[i + 1][1]) return false;
    for (let j = i + 1; j < n; j++) {
      const adjacent = j === i + 1 || (i === 0 && j === n - 1);
      if (adjacent ? foldsBack(ring, i, j, n) : meet(ring[i], ring[i + 1], ring[j], ring[j + 1]))
        return false;
    }
  }
  simpleRings.add(ring);
  return true;
}

const side = (p: CapPoint, q: CapPoint, r: CapPoint) =>
  Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));

/** Two edges with a common end that run along each other. */
function foldsBack(ring: readonly CapPoint[], i: number, j: number, n: number): boolean {
  const [a, b, c] = j === i + 1 ? [ring[i], ring[j], ring[j + 1]] : [ring[n - 1], ring[0], ring[1]];
  return side(a, b, c) === 0 && (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0;
}

function meet(a: CapPoint, b: CapPoint, c: CapPoint, d: CapPoint): boolean {
  const within = (p: CapPoint, q: CapPoint, r: CapPoint) =>
    Math.min(p[0], q[0]) <= r[0] &&
    r[0] <= Math.max(p[0], q[0]) &&
    Math.min(p[1], q[1]) <= r[1] &&
    r[1] <= Math.max(p[1], q[1]);
  const [s1, s2, s3, s4] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (s1 !== s2 && s3 !== s4) return true;
  return (
    (s1 === 0 && within(a, b, c)) ||
    (s2 === 0 && within(a, b, d)) ||
    (s3 === 0 && within(c, d, a)) ||
    (s4 === 0 && within(c, d, b))
  );
}

/** Writes indented XML; text is escaped, and what XML 1.0 cannot hold (section 2.2) is refused. */
class XmlWriter {
  readonly #lines = ['<?xml version="1.0" encoding="UTF-8"?>'];
  #depth = 0;

  open(name: string, attributes = ''): void {
    this.#line(`<${name}${attributes}>`);
    this.#depth++;
  }

  close(name: string): void {
    this.#depth--;
    this.#line(`</${name}>`);
  }

  leaf(name: string, text: string): void {
    this.#line(`<${name}>${escapeXml(text)}</${name}>`);
  }

  pair(name: string, [valueName, value]: CapPair): void {
    this.open(name);
    this.leaf('valueName', valueName);
    this.leaf('value', value);
    this.close(name);
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #line(text: string): void {
    this.#lines.push('  '.repeat(this.#depth) + text);
  }
}

/** What XML 1.0 can hold, section 2.2. */
export function isXmlCharacter(c: number): boolean {
  return c >= 0x20
    ? (c < 0xd800 || c > 0xdfff) && c !== 0xfffe && c !== 0xffff
    : c === 9 || c === 10 || c === 13;
}

export function escapeXml(text: string): string {
  for (const ch of text) {
    const c = ch.codePointAt(0)!;
    if (!isXmlCharacter(c))
      refuse(
        'text',
        `expected characters that XML can hold, found U+${c.toString(16).toUpperCase().padStart(4, '0')}`,
      );
  }
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    '\r': '&#13;',
  };
  return text.replace(/[&<>"\r]/g, (ch) => entities[ch]);
}
