/** The language of the page: kept in the browser, overridden by `?lang=`. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Language } from '../../../src/node/wire.ts';
import { type Catalogue, en } from './en.ts';
import { ja } from './ja.ts';
import { ko } from './ko.ts';

export type { Catalogue } from './en.ts';
export const CATALOGUES: Record<Language, Catalogue> = { en, ko, ja };
export const LANGUAGES: readonly Language[] = ['ko', 'ja', 'en'];

export interface Text {
  language: Language;
  t: Catalogue;
}

const TextContext = createContext<Text>({ language: 'en', t: en });
export const TextProvider = TextContext.Provider;

export function useText(): Text {
  return useContext(TextContext);
}

/** From the address, then from the last visit, then from the browser's own languages. */
export function chooseLanguage(
  query: string | null,
  stored: string | null,
  preferred: readonly string[],
): Language {
  for (const candidate of [query, stored, ...preferred]) {
    const short = candidate?.slice(0, 2).toLowerCase();
    if (short === 'ko' || short === 'ja' || short === 'en') return short;
  }
  return 'en';
}
