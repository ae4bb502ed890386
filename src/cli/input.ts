/** Reading what a command is given: files, or standard input for `-`. */
import { readFileSync } from 'node:fs';
import { readText, withoutMark } from '../exercise/scenario.ts';
import { BeaconfireError } from '../model/errors.ts';

/** The whole text of a file; of standard input if it is `-`. */
export function readInput(path: string): string {
  if (path !== '-') return readText(path);
  try {
    return withoutMark(readFileSync(0, 'utf8'));
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new BeaconfireError(
      'BF_FILE',
      `expected text, found: ${what}`,
      { file: inputName(path) },
      { cause },
    );
  }
}

/** How an input is named in an error. */
export function inputName(path: string): string {
  return path === '-' ? '(standard input)' : path;
}

/** The lines of NDJSON that are not blank, with their numbers from 1. */
export function* ndjsonLines(text: string): Generator<{ line: number; text: string }> {
  let line = 0;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    line++;
    const part = text.slice(from, to).trim();
    if (part !== '') yield { line, text: part };
    from = to + 1;
  }
}
