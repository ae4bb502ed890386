/** What the page remembers, and what its address asks for. */
import type { Language, Nation } from '../../src/node/wire.ts';
import { chooseLanguage } from './i18n/index.tsx';

function read(key: string): string | null {
  try {
    return localStorage.getItem(`beaconfire.${key}`);
  } catch {
    return null; // Storage may be forbidden; the page works without.
  }
}

export function remember(key: 'language' | 'nation' | 'shortcuts' | 'coverage', value: string): void {
  try {
    localStorage.setItem(`beaconfire.${key}`, value);
  } catch {
    // As above.
  }
}

export function chooseNation(query: string | null, stored: string | null): Nation {
  for (const candidate of [query?.toUpperCase(), stored]) {
    if (candidate === 'KOR' || candidate === 'JPN' || candidate === 'USA') return candidate;
  }
  return 'JPN';
}

export interface Settings {
  language: Language;
  nation: Nation;
  shortcuts: boolean;
  coverage: boolean;
}

export function loadSettings(): Settings {
  const query = new URLSearchParams(location.search);
  return {
    language: chooseLanguage(query.get('lang'), read('language'), navigator.languages),
    nation: chooseNation(query.get('nation'), read('nation')),
    shortcuts: read('shortcuts') !== 'off',
    coverage: read('coverage') !== 'off',
  };
}

/** Keeps the address in step, so that a copied address shows the same. */
export function writeAddress(language: Language, nation: Nation): void {
  const url = new URL(location.href);
  url.searchParams.set('lang', language);
  url.searchParams.set('nation', nation);
  history.replaceState(null, '', url);
}
