/** The reasoning behind a site's assumed values in three languages: `data/site-notes.yaml`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Trilingual } from '../model/nation.ts';
import { parseYaml } from '../model/schema.ts';
import { PROJECT_ROOT } from './scenario.ts';

const FILE = 'data/site-notes.yaml';

let held: ReadonlyMap<string, Trilingual> | undefined;

/** All of them, by their English words. */
export function siteNotes(): ReadonlyMap<string, Trilingual> {
  if (!held) {
    const notes = parseYaml(Type.Array(Trilingual), readFileSync(join(PROJECT_ROOT, FILE), 'utf8'), FILE);
    held = new Map(notes.map((n) => [n.en, n]));
  }
  return held;
}

/** A note in three languages; one that a person wrote for sites of their own stays in the words it was written in. */
export function siteNote(text: string): Trilingual {
  return siteNotes().get(text) ?? { en: text, ko: text, ja: text };
}
