/** Reads the reference data that may stand beside the repository; tests that need it skip, aloud, where it is absent. */
import { existsSync, readFileSync } from 'node:fs';

/** The text of `../shared/data/NAME`, seen from the root of the repository; undefined if there is none. */
export function sharedData(name: string): string | undefined {
  const url = new URL(`../../../shared/data/${name}`, import.meta.url);
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined;
}
