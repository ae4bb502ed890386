/**
 * Strict reader of the Common Alerting Protocol 1.2: what OASIS CAP-v1.2.xsd demands, in its order, and what a schema
 * cannot say: status against words and codes (W14: TEST in the header, codes read as real), message type against
 * references, closed simple polygons of bounded size, no markup in names. What fails is refused whole (BF_ALERT).
 */
import { isoToUs } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import { LANGUAGES, type Language } from '../model/nation.ts';
import { show } from '../model/schema.ts';
import { CAP_LANGUAGE, type CapPair, type CapPoint, isSimpleRing } from './cap.ts';
import {
  ALERT,
  AREA,
  CAP_LIMITS,
  CATEGORY,
  CERTAINTY,
  INFO,
  MSG_TYPE,
  PAIR,
  RESPONSE,
  type ReadCap,
  type ReadCapArea,
  type ReadCapInfo,
  SCOPE,
  SEVERITY,
  STATUS,
  URGENCY,
} from './cap-schema.ts';
import { forbiddenPhrase, wordsContradict } from './marking.ts';
import { parseXml, type XmlElement } from './xml.ts';

const SPACE = 'urn:oasis:names:tc:emergency:cap:1.2';
const SIGNATURE_SPACE = 'http://www.w3.org/2000/09/xmldsig#';

/** The document, checked; `file` names it in errors. */
export function readCap(text: string, file?: string): ReadCap {
  const root = parseXml(text, file);
  return new CapReader(file).alert(root);
}

/** Words that say "not real", wherever they stand in a document of status Actual. */
const NOT_REAL =
  /\b(?:test|exercise|drill)\b|훈련|연습|테스트|시험\s*(?:방송|발송|문자)|訓練|演習|テスト|試験(?:放送|配信)/i;
/** Direction overrides and invisible characters make a name look like another. */
const DECEIT = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

type Rule = Readonly<Record<string, 'one' | 'maybe' | 'many' | 'some'>>;

class CapReader {
  readonly #file: string | undefined;
  #points = 0;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  alert(root: XmlElement): ReadCap {
    if (root.name !== 'alert' || root.space !== SPACE)
      this.#fail(root, 'alert', `expected <alert> of CAP 1.2, found <${root.name}> of ${show(root.space)}`);
    const of = this.#children(root, ALERT, true);
    const text = (name: string) => of(name)[0]?.text.trim() ?? '';
    const identifier = this.#token(of('identifier')[0]);
    const sender = this.#token(of('sender')[0]);
    const sent = text('sent');
    const sentUs = this.#time(of('sent')[0])!;
    const status = this.#among(of('status')[0], STATUS);
    const msgType = this.#among(of('msgType')[0], MSG_TYPE);
    const scope = this.#among(of('scope')[0], SCOPE);
    if (scope === 'Restricted' && text('restriction') === '')
      this.#fail(
        root,
        'restriction',
        'expected the restriction of a message of scope Restricted, found none',
      );
    if (scope === 'Private' && text('addresses') === '')
      this.#fail(root, 'addresses', 'expected the addresses of a message of scope Private, found none');
    const references =
      text('references') === ''
        ? []
        : text('references')
            .split(/\s+/)
            .map((r) => this.#reference(of('references')[0], r));
    if (msgType === 'Alert' && references.length > 0)
      this.#fail(
        of('references')[0],
        'references',
        `expected none in a message of type Alert, found ${references.length}`,
      );
    if (msgType !== 'Alert' && references.length === 0)
      this.#fail(root, 'references', `expected the earlier messages in one of type ${msgType}, found none`);
    if (references.some((r) => r.identifier === identifier && r.sender === sender))
      this.#fail(root, 'references', 'expected references to earlier messages, found one to itself');
    if (of('info').length > CAP_LIMITS.infos)
      this.#fail(root, 'info', `expected at most ${CAP_LIMITS.infos}, found ${of('info').length}`);
    const cap: ReadCap = {
      identifier,
      sender,
      sentUs,
      sent,
      status,
      msgType,
      scope,
      source: this.#name(of('source')[0]),
      note: this.#name(of('note')[0]),
      codes: of('code').map((c) => this.#name(c)),
      references,
      incidents: text('incidents') === '' ? [] : text('incidents').split(/\s+/),
      infos: of('info').map((e) => this.#info(e)),
    };
    if (['Alert', 'Update', 'Cancel'].includes(msgType) && cap.infos.length === 0)
      this.#fail(root, 'info', `expected at least one in a message of type ${msgType}, found none`);
    this.#consistent(cap, root);
    return cap;
  }

  #info(e: XmlElement): ReadCapInfo {
    const of = this.#children(e, INFO, false);
    for (const c of of('category')) this.#among(c, CATEGORY);
    const language = of('language')[0]?.text.trim() ?? 'en-US';
    if (!/^[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*$/.test(language))
      this.#fail(e, 'language', `expected a language tag (RFC 3066), found ${show(language)}`);
    const [effectiveUs, onsetUs, expiresUs] = ['effective', 'onset', 'expires'].map((n) =>
      this.#time(of(n)[0]),
    );
    if (of('area').length > CAP_LIMITS.areas)
      this.#fail(e, 'area', `expected at most ${CAP_LIMITS.areas}, found ${of('area').length}`);
    return {
      language,
      event: this.#name(of('event')[0]),
      responseTypes: of('responseType').map((r) => this.#among(r, RESPONSE)),
      urgency: this.#among(of('urgency')[0], URGENCY),
      severity: this.#among(of('severity')[0], SEVERITY),
      certainty: this.#among(of('certainty')[0], CERTAINTY),
      eventCodes: of('eventCode').map((p) => this.#pair(p)),
      ...(effectiveUs === undefined ? {} : { effectiveUs }),
      ...(onsetUs === undefined ? {} : { onsetUs }),
      ...(expiresUs === undefined ? {} : { expiresUs }),
      senderName: this.#name(of('senderName')[0]),
      headline: this.#name(of('headline')[0]),
      description: this.#prose(of('description')[0]),
      instruction: this.#prose(of('instruction')[0]),
      parameters: of('parameter').map((p) => this.#pair(p)),
      areas: of('area').map((a) => this.#area(a)),
    };
  }

  #area(e: XmlElement): ReadCapArea {
    const of = this.#children(e, AREA, false);
    const areaDesc = this.#name(of('areaDesc')[0]);
    if (areaDesc === '') this.#fail(e, 'areaDesc', 'expected the name of an area, found nothing');
    return {
      areaDesc,
      polygons: of('polygon').map((p) => this.#polygon(p, areaDesc)),
      circles: of('circle').map((c) => {
        const m = /^\s*(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)\s+(\d+(?:\.\d+)?)\s*$/.exec(c.text);
        if (!m || Math.abs(Number(m[1])) > 90 || Math.abs(Number(m[2])) > 180 || Number(m[3]) > 20_040)
          this.#fail(c, 'circle', `expected "latitude,longitude radius", found ${show(c.text)}`);
        return { latitudeDeg: Number(m![1]), longitudeDeg: Number(m![2]), radiusKm: Number(m![3]) };
      }),
      geocodes: of('geocode').map((g) => this.#pair(g)),
    };
  }

  #polygon(e: XmlElement, areaDesc: string): CapPoint[] {
    const words = e.text.trim().split(/\s+/);
    this.#points += words.length;
    if (words.length > CAP_LIMITS.pointsPerRing || this.#points > CAP_LIMITS.points)
      this.#fail(
        e,
        'polygon',
        `expected at most ${CAP_LIMITS.pointsPerRing} points in a polygon and ${CAP_LIMITS.points} in a message, found ${words.length} and ${this.#points}`,
      );
    const ring = words.map((word): CapPoint => {
      const m = /^(-?\d{1,3}(?:\.\d{1,10})?),(-?\d{1,3}(?:\.\d{1,10})?)$/.exec(word);
      if (!m || Math.abs(Number(m[1])) > 90 || Math.abs(Number(m[2])) > 180)
        this.#fail(e, 'polygon', `expected "latitude,longitude" in degrees, found ${show(word)}`);
      return [Number(m![2]), Number(m![1])];
    });
    if (!isSimpleRing(ring))
      this.#fail(e, 'polygon', `expected a closed simple polygon, found another in ${show(areaDesc)}`);
    return ring;
  }

  /** What no schema can say: one field for the mode, and nothing that contradicts it. */
  #consistent(cap: ReadCap, root: XmlElement): void {
    const contradiction = (field: string, detail: string) => this.#fail(root, field, detail);
    const actual = cap.status === 'Actual';
    for (const code of cap.codes) {
      const mode = /^beaconfire:(exercise|live)$/.exec(code)?.[1];
      // Of no third status either: a test message is neither an exercise of ours nor live.
      if (mode && cap.status !== (mode === 'live' ? 'Actual' : 'Exercise'))
        contradiction('code', `expected a code of a message of status ${cap.status}, found ${code}`);
    }
    for (const [i, info] of cap.infos.entries()) {
      const texts = ['event', 'headline', 'description', 'instruction', 'senderName'] as const;
      for (const field of [...texts] as const) {
        const phrase = forbiddenPhrase(info[field]);
        if (phrase) contradiction(`info[${i}].${field}`, `expected no such phrase, found ${show(phrase)}`);
        const found = actual ? NOT_REAL.exec(info[field]) : null;
        if (found)
          contradiction(
            `info[${i}].${field}`,
            `expected words of a message of status Actual, found ${show(found[0])}`,
          );
      }
      if (cap.status === 'Exercise') this.#exerciseWords(info, i, root);
      for (const [name, value] of info.eventCodes) {
        // The SAME codes of practice and test: DMO, RMT, RWT, NPT (47 CFR 11.31).
        const practice = /^(?:DMO|RMT|RWT|NPT)$/.test(value);
        if (name === 'SAME' && practice === actual)
          contradiction(
            `info[${i}].eventCode`,
            `expected a SAME code of a message of status ${cap.status}, found ${value}`,
          );
      }
      const from = info.effectiveUs ?? cap.sentUs;
      if (info.expiresUs !== undefined && info.expiresUs <= from)
        contradiction(`info[${i}].expires`, 'expected a time after sent and effective, found an earlier one');
      const clear = info.responseTypes.includes('AllClear');
      if (clear && info.responseTypes.some((r) => r === 'Shelter' || r === 'Evacuate'))
        contradiction(`info[${i}].responseType`, 'expected shelter or all clear, found both');
      if (cap.msgType === 'Alert' && clear)
        contradiction(
          `info[${i}].responseType`,
          'expected an instruction in a message of type Alert, found AllClear',
        );
      if (
        cap.msgType === 'Cancel' &&
        (info.responseTypes.includes('Shelter') || info.responseTypes.includes('Evacuate'))
      )
        contradiction(
          `info[${i}].responseType`,
          'expected no order to shelter in a message of type Cancel, found one',
        );
    }
    if (actual && NOT_REAL.test(cap.note))
      contradiction('note', `expected the note of a message of status Actual, found ${show(cap.note)}`);
    const codesOf = (info: ReadCapInfo) =>
      info.areas
        .flatMap((a) => a.geocodes.map(([n, v]) => `${n}=${v}`))
        .sort()
        .join();
    if (cap.infos.some((info) => codesOf(info) !== codesOf(cap.infos[0])))
      contradiction('info', 'expected the same areas in each language, found others');
  }

  #exerciseWords(info: ReadCapInfo, i: number, root: XmlElement): void {
    const language = LANGUAGES.find(
      (l) => CAP_LANGUAGE[l].slice(0, 2) === info.language.slice(0, 2).toLowerCase(),
    );
    if (!language) return;
    for (const field of ['headline', 'description', 'instruction'] as const) {
      if (info[field] === '') continue;
      const why = wordsContradict(info[field], language as Language, 'exercise');
      if (why) this.#fail(root, `info[${i}].${field}`, `expected words of an exercise, found ${why}`);
    }
  }

  #children(e: XmlElement, rule: Rule, root: boolean): (name: string) => XmlElement[] {
    const names = Object.keys(rule);
    const found = new Map<string, XmlElement[]>();
    let last = 0;
    for (const child of e.children) {
      if (root && child.space === SIGNATURE_SPACE && child.name === 'Signature') continue;
      const at = child.space === SPACE ? names.indexOf(child.name) : -1;
      if (at < 0)
        this.#fail(child, child.name.slice(0, 40), `expected no such element in <${e.name}>, found one`);
      if (at < last) this.#fail(child, child.name, `expected before <${names[last]}>, found after it`);
      last = at;
      const list = found.get(child.name) ?? [];
      if (list.length > 0 && (rule[child.name] === 'one' || rule[child.name] === 'maybe'))
        this.#fail(child, child.name, 'expected once, found again');
      list.push(child);
      found.set(child.name, list);
      const nested = ['info', 'area', 'eventCode', 'parameter', 'geocode', 'resource'].includes(child.name);
      if (!nested && child.children.length > 0)
        this.#fail(child, child.name, 'expected a text, found elements in it');
    }
    for (const name of names) {
      if ((rule[name] === 'one' || rule[name] === 'some') && !found.has(name))
        this.#fail(e, name, `expected this element in <${e.name}>, found none`);
    }
    return (name) => found.get(name) ?? [];
  }

  #pair(e: XmlElement): CapPair {
    const of = this.#children(e, PAIR, false);
    return [this.#name(of('valueName')[0]), this.#prose(of('value')[0])];
  }

  #reference(e: XmlElement, text: string): { sender: string; identifier: string; sent: string } {
    const parts = text.split(',');
    if (parts.length !== 3 || parts.some((p) => p === '') || this.#parseTime(parts[2]) === undefined)
      this.#fail(e, 'references', `expected sender,identifier,sent, found ${show(text)}`);
    return { sender: parts[0], identifier: parts[1], sent: parts[2] };
  }

  /** Identifiers and senders: CAP 1.2, 3.2.1. */
  #token(e: XmlElement): string {
    const text = this.#name(e);
    if (!/^[^\s,<&]+$/.test(text))
      this.#fail(e, e.name, `expected no spaces, commas, < or &, found ${show(text)}`);
    return text;
  }

  /** A short text that is shown as a name: no markup, nothing invisible. */
  #name(e: XmlElement | undefined): string {
    const text = this.#prose(e);
    if (e && text.length > CAP_LIMITS.nameLength)
      this.#fail(e, e.name, `expected at most ${CAP_LIMITS.nameLength} characters, found ${text.length}`);
    if (e && /[<>]/.test(text)) this.#fail(e, e.name, `expected plain text, found markup in ${show(text)}`);
    return text;
  }

  #prose(e: XmlElement | undefined): string {
    const text = e?.text.trim() ?? '';
    if (e && (/<\s*[A-Za-z/!?]/.test(text) || DECEIT.test(text)))
      this.#fail(e, e.name, `expected plain text, found markup or invisible characters in ${show(text)}`);
    return text;
  }

  #time(e: XmlElement | undefined): number | undefined {
    if (!e) return undefined;
    const us = this.#parseTime(e.text.trim());
    if (us === undefined)
      this.#fail(e, e.name, `expected a time like 2022-10-04T07:27:00+09:00, found ${show(e.text)}`);
    return us;
  }

  #parseTime(text: string): number | undefined {
    // The schema's pattern also lets a comma stand for the sign; nobody means that.
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d$/.test(text) ? isoToUs(text) : undefined;
  }

  #among<T extends string>(e: XmlElement, values: readonly T[]): T {
    const text = e.text.trim();
    if (!(values as readonly string[]).includes(text))
      this.#fail(e, e.name, `expected one of ${values.join(', ')}, found ${show(text)}`);
    return text as T;
  }

  #fail(e: XmlElement, field: string, detail: string): never {
    const place = { ...(this.#file === undefined ? {} : { file: this.#file }), line: e.line, field };
    throw new BeaconfireError('BF_ALERT', detail, place);
  }
}
