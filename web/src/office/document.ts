/**
 * The CAP documents that wait for a person's signature, as the node would publish them. What the person reads is taken
 * out of their bytes and the digest is made here of the same bytes: a node that shows one text cannot have another signed.
 */
import type { AwaitingView, Language, Nation } from '../../../src/node/wire.ts';

const LANGUAGE_TAGS: Record<Language, string> = { en: 'en-US', ko: 'ko-KR', ja: 'ja-JP' };
const CAP = 'urn:oasis:names:tc:emergency:cap:1.2';

interface Texts {
  headline: string;
  description: string;
  instruction: string;
}

export interface CapDocument {
  identifier: string;
  /** SHA-256 of its bytes, hex. */
  digest: string;
  texts: Record<Language, Texts>;
}

/** The documents of what waits, in its order; rejects if one cannot be had, or is not what the node says that it is. */
export function documentsOf(nation: Nation, waiting: AwaitingView): Promise<CapDocument[]> {
  return Promise.all(waiting.messages.map((message) => documentOf(nation, message)));
}

async function documentOf(nation: Nation, message: AwaitingView['messages'][number]): Promise<CapDocument> {
  const { identifier } = message;
  const response = await fetch(`/api/nations/${nation}/awaiting/${encodeURIComponent(identifier)}`);
  if (!response.ok) throw new Error(`${identifier}: ${response.status}`);
  const bytes = await response.arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const digest = [...hash].map((b) => b.toString(16).padStart(2, '0')).join('');
  if (digest !== message.digest) throw new Error(`${identifier}: another document`);
  const alert = new DOMParser().parseFromString(
    new TextDecoder('utf-8', { fatal: true }).decode(bytes),
    'text/xml',
  ).documentElement;
  const areas = message.areas.map((a) => a.code).sort();
  const texts = {} as Record<Language, Texts>;
  for (const [language, tag] of Object.entries(LANGUAGE_TAGS) as [Language, string][]) {
    const infos = childrenOf(alert, 'info').filter((info) => textOf(info, 'language') === tag);
    // One text a language, for the areas that the list shows; all else would be signed unseen.
    if (infos.length !== 1 || areasOf(infos[0]).join() !== areas.join())
      throw new Error(`${identifier}: not the areas shown, ${tag}`);
    const [info] = infos;
    texts[language] = {
      headline: textOf(info, 'headline'),
      description: textOf(info, 'description'),
      instruction: textOf(info, 'instruction'),
    };
  }
  if (
    textOf(alert, 'identifier') !== identifier ||
    textOf(alert, 'msgType').toLowerCase() !== message.messageType ||
    childrenOf(alert, 'info').length !== Object.keys(LANGUAGE_TAGS).length
  )
    throw new Error(`${identifier}: not the message shown`);
  return { identifier, digest, texts };
}

const childrenOf = (parent: Element, name: string): Element[] =>
  [...parent.children].filter((e) => e.localName === name && e.namespaceURI === CAP);
const textOf = (parent: Element, name: string): string => childrenOf(parent, name)[0]?.textContent ?? '';
const areasOf = (info: Element): string[] =>
  childrenOf(info, 'area')
    .flatMap((area) => childrenOf(area, 'geocode'))
    .filter((code) => textOf(code, 'valueName') === 'ISO 3166-2')
    .map((code) => textOf(code, 'value'))
    .sort();
