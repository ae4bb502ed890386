/**
 * Where the files of a run go while it runs: into memory, or beside the place that they are moved to when all is written.
 * A run never leaves half a folder.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { fileSink, type JournalSink, memorySink } from '../exchange/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Summary } from './summary.ts';

export interface RunFiles {
  /** A file below the run's folder that grows. */
  sink(path: string): JournalSink;
  /** A file that is written at once. */
  put(path: string, text: string): void;
}

/** For tests and for what nobody keeps: by path below the run's folder, the content. */
export class MemoryFiles implements RunFiles {
  readonly #sinks = new Map<string, ReturnType<typeof memorySink>>();

  sink(path: string): JournalSink {
    const sink = memorySink();
    this.#sinks.set(path, sink);
    return sink;
  }

  put(path: string, text: string): void {
    this.sink(path).append(text);
  }

  texts(): Map<string, string> {
    return new Map([...this.#sinks].map(([path, sink]) => [path, sink.text()]));
  }
}

/** A folder beside its place, moved there whole by `commit`; an earlier run in that place goes only then. */
export class RunFolder implements RunFiles {
  readonly #dir: string;
  readonly #place: string;
  readonly #scratch: string;
  readonly #open: JournalSink[] = [];

  /** BF_FILE unless a run may be written there; see {@link checkOut}. */
  constructor(dir: string) {
    checkOut(dir);
    this.#dir = dir;
    this.#place = resolve(dir);
    this.#scratch = mkdtempSync(join(dirname(this.#place), `.${basename(this.#place)}-`));
    mkdirSync(join(this.#scratch, 'alerts'));
  }

  sink(path: string): JournalSink {
    const sink = fileSink(join(this.#scratch, path));
    this.#open.push(sink);
    return sink;
  }

  put(path: string, text: string): void {
    this.#guarded(() => {
      mkdirSync(dirname(join(this.#scratch, path)), { recursive: true });
      writeFileSync(join(this.#scratch, path), text);
    });
  }

  commit(): void {
    for (const sink of this.#open) sink.close();
    this.#guarded(() => {
      const earlier = existsSync(this.#place) ? `${this.#scratch}-earlier` : undefined;
      if (earlier) renameSync(this.#place, earlier);
      try {
        renameSync(this.#scratch, this.#place);
      } catch (cause) {
        // An earlier run stays as it was.
        if (earlier) renameSync(earlier, this.#place);
        throw cause;
      }
      if (earlier) rmSync(earlier, { recursive: true, force: true });
    });
  }

  /** Leaves nothing; an earlier run stays as it was. After `commit` there is nothing to leave. */
  discard(): void {
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.discard();
      throw cannotWrite(this.#dir, cause);
    }
  }
}

/** What a run leaves in its folder; nothing else may lie in a folder that a run replaces. */
const RUN_ENTRIES =
  /^(summary\.json|(truth|plots|(tracks|warnings|receipts)\.[A-Z]{3})\.ndjson|alerts|journal|report\.html)$/;

/**
 * Throws BF_FILE unless a run may be written to the folder: it is new, empty, or holds an earlier run and nothing
 * else, and a folder can be made beside it. Asked before the work, so that none is done in vain.
 */
export function checkOut(dir: string): void {
  const fail = (found: string): never => {
    throw new BeaconfireError(
      'BF_FILE',
      `expected a new or empty folder, or one with an earlier run alone, found ${found}`,
      { file: dir },
    );
  };
  if (dir.trim() === '') fail('no name');
  const place = resolve(dir);
  if (`${process.cwd()}${sep}`.startsWith(place.endsWith(sep) ? place : `${place}${sep}`))
    fail('the folder you are in');
  if (existsSync(place)) {
    if (!statSync(place).isDirectory()) fail('a file');
    const entries = readdirSync(place);
    const strange = entries.find((e) => !RUN_ENTRIES.test(e));
    if (strange !== undefined) fail(`other files in it (${strange})`);
    if (entries.length > 0 && !isSummary(join(place, 'summary.json')))
      fail('other files in it (no summary of a run)');
  }
  try {
    mkdirSync(dirname(place), { recursive: true });
    rmSync(mkdtempSync(join(dirname(place), `.${basename(place)}-`)), { recursive: true });
  } catch (cause) {
    throw cannotWrite(dir, cause);
  }
}

function isSummary(path: string): boolean {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Summary> | null;
    return typeof value?.scenario === 'string' && Array.isArray(value.launches);
  } catch {
    return false;
  }
}

function cannotWrite(file: string, cause: unknown): BeaconfireError {
  return new BeaconfireError(
    'BF_FILE',
    `cannot be written: ${(cause as Error).message}`,
    { file },
    { cause },
  );
}
