/** The lines of a journal one after the other: of a long exercise it is larger than a text can be. */
import { closeSync, openSync, readSync } from 'node:fs';

/** A journal's text, or the file that holds it, which is read by pieces of `chunkBytes`. */
export type JournalSource = string | { path: string; chunkBytes?: number };

export const CHUNK_BYTES = 1 << 20;
const NEWLINE = 10;

/** Hands over each whole line, without its end; gives back what stands after the last one, empty if all are whole. */
export function eachLine(source: JournalSource, take: (line: string) => void): string {
  if (typeof source !== 'string') return eachLineOfFile(source, take);
  let from = 0;
  for (;;) {
    const to = source.indexOf('\n', from);
    if (to < 0) return source.slice(from);
    take(source.slice(from, to));
    from = to + 1;
  }
}

function eachLineOfFile(
  { path, chunkBytes = CHUNK_BYTES }: Exclude<JournalSource, string>,
  take: (line: string) => void,
): string {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let rest: Buffer[] = [];
    for (;;) {
      const size = readSync(file, chunk, 0, chunkBytes, null);
      if (size === 0) return Buffer.concat(rest).toString('utf8');
      let from = 0;
      for (;;) {
        const to = chunk.indexOf(NEWLINE, from);
        if (to < 0 || to >= size) break;
        if (rest.length > 0) {
          take(Buffer.concat([...rest, chunk.subarray(from, to)]).toString('utf8'));
          rest = [];
        } else take(chunk.toString('utf8', from, to));
        from = to + 1;
      }
      if (from < size) rest.push(Buffer.from(chunk.subarray(from, size)));
    }
  } finally {
    closeSync(file);
  }
}

/** Where the last whole line of an open file of this size ends, bytes: 0 where there is none. Read from the end backwards. */
export function endOfLines(file: number, sizeBytes: number, chunkBytes: number): number {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  for (let to = sizeBytes; to > 0; ) {
    const from = Math.max(0, to - chunkBytes);
    const size = readSync(file, chunk, 0, to - from, from);
    const at = chunk.subarray(0, size).lastIndexOf(NEWLINE);
    if (at >= 0) return from + at + 1;
    to = from;
  }
  return 0;
}
