/**
 * The reference receiver: verifies, orders, shows, acknowledges. It shows nothing that is unsigned (W19), changed,
 * expired, contradictory, of the other mode, or about regions that its signer may not warn (W11), and says why. A late
 * alert never shows over its own cancel; two authorities that disagree are shown as a conflict.
 */
import { isoToUs } from '../earth/time.ts';
import { sha256 } from '../exchange/index.ts';
import { CAP_LANGUAGE, capStatus, readCap, wordsContradict } from '../formats/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import { LANGUAGES, type Language, type Mode } from '../model/nation.ts';
import { show } from '../model/schema.ts';
import { CONTENT } from './channel.ts';
import { type AlertKeyRing, mayWarn } from './jws.ts';
import { readText } from './text.ts';

/** A message as a receiver holds it. */
export interface Held {
  identifier: string;
  authority: string;
  type: 'alert' | 'update' | 'cancel';
  sentUs: number;
  expiresUs: number;
  references: string[];
  areas: string[];
  /** Words by language. */
  words: Partial<Record<Language, { headline: string; text: string }>>;
}

export type Receipt =
  | { accepted: true; identifier: string; shown: boolean; detail: string }
  | { accepted: false; identifier?: string; reason: string };

export interface Conflict {
  area: string;
  /** Who says that there is danger, and who speaks of the event and does not. */
  danger: string;
  none: string;
}

/** The same with what each said last: one warns of it; the other speaks of the event and does not. */
export interface Disagreement {
  area: string;
  danger: Held;
  none: Held;
}

/** Clocks may differ by this much, us. */
const SKEW_US = 30e6;
/** Messages without an end of their own end after this, us. */
const DEFAULT_EXPIRY_US = 3600e6;
/** Two authorities speak of one event if they speak within this time of each other, us. */
const SAME_EVENT_US = 1800e6;
const KEPT = 2000;

interface ReceivedChain {
  authority: string;
  latest: Held;
}

export interface Incoming {
  contentType: string;
  bytes: Uint8Array;
  jws?: string;
  /** Regions that a relay delivers it to; it may leave some out, never add any (W11). */
  relayedTo?: readonly string[];
}

export class ReferenceReceiver {
  readonly mode: Mode;
  readonly #ring: AlertKeyRing;
  readonly #digests = new Map<string, string>();
  readonly #identifiers = new Map<string, string>();
  readonly #chains = new Map<string, ReceivedChain>();

  constructor(mode: Mode, ring: AlertKeyRing) {
    this.mode = mode;
    this.#ring = ring;
  }

  /** Takes one message at a time of the receiver's clock. */
  receive({ contentType, bytes, jws, relayedTo }: Incoming, nowUs: number): Receipt {
    let identifier: string | undefined;
    try {
      const signed = this.#ring.verify(this.mode, contentType, bytes, jws);
      if (!signed.ok) return { accepted: false, reason: signed.reason };
      if (contentType === CONTENT.canary)
        return { accepted: true, identifier: 'canary', shown: false, detail: 'canary' };
      const digest = `${contentType} ${signed.record.id} ${sha256(bytes)}`;
      const again = this.#identifiers.get(digest);
      if (again !== undefined && relayedTo === undefined)
        return { accepted: true, identifier: again, shown: false, detail: 'already held' };
      const { authority } = signed.record;
      const held = this.#read(contentType, bytes, authority);
      identifier = held.identifier;
      if (held.expiresUs <= nowUs) refuse('expected a message that still holds, found it expired');
      if (held.sentUs > nowUs + SKEW_US) refuse('expected a message of the past, found one of the future');
      const foreign = held.areas.find((a) => !mayWarn(signed.record, a));
      if (foreign !== undefined) refuse(`expected regions that ${authority} may warn, found ${foreign}`);
      const wider = relayedTo?.find((a) => !held.areas.includes(a));
      if (wider !== undefined) refuse(`expected a relay to regions of the alert, found ${wider}`);
      return this.#order(held, digest);
    } catch (error) {
      if (!(error instanceof BeaconfireError)) throw error;
      return { accepted: false, ...(identifier === undefined ? {} : { identifier }), reason: error.message };
    }
  }

  /** What is shown now: the last word of each event, unless it is a cancel or has expired. */
  current(nowUs: number): Held[] {
    const last = new Set([...this.#chains.values()].map((c) => c.latest));
    return [...last]
      .filter((m) => m.type !== 'cancel' && m.expiresUs > nowUs)
      .sort((a, b) => a.sentUs - b.sentUs || (a.identifier < b.identifier ? -1 : 1));
  }

  /** The last word of each event, in order of sending, cancels and what has expired included. */
  statements(): Held[] {
    return [...new Set([...this.#chains.values()].map((c) => c.latest))].sort((a, b) => a.sentUs - b.sentUs);
  }

  /** Regions of which one authority says that there is danger while another that may warn them speaks and does not. */
  conflicts(nowUs: number): Conflict[] {
    const found = new Map<string, Conflict>();
    const chains = [...new Set(this.#chains.values())];
    for (const a of this.current(nowUs)) {
      for (const other of new Set(chains.map((c) => c.authority))) {
        if (other === a.authority) continue;
        const theirs = chains
          .filter((c) => c.authority === other && Math.abs(c.latest.sentUs - a.sentUs) <= SAME_EVENT_US)
          .map((c) => c.latest);
        if (theirs.length === 0) continue;
        for (const area of a.areas) {
          const may = this.#ring.records.some((r) => r.authority === other && mayWarn(r, area));
          const agrees = theirs.some((m) => m.type !== 'cancel' && m.areas.includes(area));
          if (may && !agrees)
            found.set(`${area} ${a.authority} ${other}`, { area, danger: a.authority, none: other });
        }
      }
    }
    return [...found.values()];
  }

  #read(contentType: string, bytes: Uint8Array, authority: string): Held {
    const text = new TextDecoder('utf-8', { fatal: false }).decode(bytes);
    if (contentType === CONTENT.cap) return this.#readCap(text, authority);
    if (contentType === CONTENT.text) return this.#readText(text, authority);
    return refuse(`expected a known content, found ${show(contentType)}`);
  }

  #readCap(text: string, authority: string): Held {
    const cap = readCap(text);
    if (cap.status !== capStatus(this.mode))
      refuse(`expected a message of status ${capStatus(this.mode)}, found ${cap.status}`);
    if (cap.scope !== 'Public') refuse(`expected a message of scope Public, found ${cap.scope}`);
    if (cap.msgType === 'Ack' || cap.msgType === 'Error')
      refuse(`expected an alert, an update or a cancel, found ${cap.msgType}`);
    const areas = cap.infos[0].areas.flatMap((a) =>
      a.geocodes.filter(([name]) => name === 'ISO 3166-2').map(([, value]) => value),
    );
    if (areas.length === 0) refuse('expected regions by their ISO 3166-2 codes, found none');
    const words: Held['words'] = {};
    for (const info of cap.infos) {
      const language = LANGUAGES.find((l) => CAP_LANGUAGE[l] === info.language);
      if (language)
        words[language] = { headline: info.headline, text: `${info.description} ${info.instruction}`.trim() };
    }
    return {
      identifier: cap.identifier,
      authority,
      type: ({ Alert: 'alert', Update: 'update', Cancel: 'cancel' } as const)[cap.msgType as 'Alert'],
      sentUs: cap.sentUs,
      expiresUs: Math.min(...cap.infos.map((i) => i.expiresUs ?? cap.sentUs + DEFAULT_EXPIRY_US)),
      references: cap.references.map((r) => r.identifier),
      areas,
      words,
    };
  }

  #readText(text: string, authority: string): Held {
    const m = readText(text);
    if (m.mode !== this.mode) refuse(`expected a message of mode ${this.mode}, found ${m.mode}`);
    const language: Language = m.kind === 'jalert' ? 'ja' : 'ko';
    for (const line of m.kind === 'jalert' ? m.words.split('\n') : [m.words]) {
      const why = wordsContradict(line, language, this.mode);
      if (why) refuse(`expected words of mode ${this.mode}, found ${why}`);
    }
    if ((m.type === 'alert') !== (m.references.length === 0))
      refuse(
        `expected references in an update or cancel alone, found ${m.references.length} in one of type ${m.type}`,
      );
    const { identifier, type, sentUs, expiresUs, references, areas } = m;
    const [headline, ...rest] = m.words.split('\n');
    const words = { [language]: { headline, text: rest.join(' ') } };
    return { identifier, authority, type, sentUs, expiresUs, references, areas, words };
  }

  #order(held: Held, digest: string): Receipt {
    const { identifier, authority } = held;
    const known = this.#digests.get(identifier);
    if (known === digest) return { accepted: true, identifier, shown: false, detail: 'already held' };
    if (known !== undefined) refuse('expected one message of one name, found another of the same name');
    const related = [identifier, ...held.references]
      .map((id) => this.#chains.get(id))
      .filter((c) => c !== undefined);
    const stranger = related.find((c) => c.authority !== authority);
    if (stranger) refuse(`expected an update or cancel by ${stranger.authority}, found one by ${authority}`);
    remember(this.#digests, identifier, digest);
    remember(this.#identifiers, digest, identifier);
    const newest = [held, ...related.map((c) => c.latest)].reduce((a, b) => (newer(b, a) ? b : a));
    const chain: ReceivedChain = related[0] ?? { authority, latest: newest };
    chain.latest = newest;
    for (const id of [identifier, ...held.references]) remember(this.#chains, id, chain);
    const shown = newest === held && held.type !== 'cancel';
    const detail =
      newest !== held ? 'a later message is already held' : held.type === 'cancel' ? 'cancelled' : 'shown';
    return { accepted: true, identifier, shown, detail };
  }
}

/** A cancel is the last word; else the later sent, then the one that refers to more. */
function newer(a: Held, b: Held): boolean {
  if ((a.type === 'cancel') !== (b.type === 'cancel')) return a.type === 'cancel';
  return a.sentUs !== b.sentUs ? a.sentUs > b.sentUs : a.references.length > b.references.length;
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > KEPT) map.delete(map.keys().next().value as string);
}

function refuse(detail: string): never {
  throw new BeaconfireError('BF_ALERT', detail);
}

/** The time at which a recorded message was sent, for replays; undefined if it cannot be read. */
export function sentTimeUs(text: string): number | undefined {
  const m = /<sent>([^<]{1,40})<\/sent>|^sent: (\S{1,40})$/m.exec(text);
  return m ? isoToUs(m[1] ?? m[2]) : undefined;
}
