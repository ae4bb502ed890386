/**
 * A journal on a disk that outlives its process: what was synced is there whatever happens after, and what a crash cut
 * in the middle of a line is taken off before anything is added.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { BeaconfireError } from '../model/errors.ts';
import type { JournalSink } from './journal.ts';
import { CHUNK_BYTES, endOfLines, type JournalSource } from './journal-lines.ts';

export interface DurableSink extends JournalSink {
  /**
   * Returns when all that was appended is on the disk. What depends on a record (an acknowledgement above all) is done
   * after. Many records share one sync: that is what makes it fast.
   */
  sync(): void;
  /**
   * Calls `done` when all that was appended until now is on the disk, in the order of the calls, while the program goes
   * on: what comes during one sync shares the next (group commit). A disk that fails ends the process: nothing may leave
   * that rests on what is not kept.
   */
  commit(done: () => void): void;
}

export interface DurableFile {
  sink: DurableSink;
  /** What was there, whole lines only: to be read by lines, for it may be larger than a text can be. */
  source: JournalSource;
  /** Bytes of a line that a crash cut, which were taken off. */
  torn: number;
}

/** Lines wait in memory for a sync up to this many bytes; more are written (not synced) at once. */
const BLOCK_BYTES = 1 << 18;

/** Opens or makes the file. BF_FILE if it cannot be read or written. */
export function openDurable(path: string, chunkBytes = CHUNK_BYTES): DurableFile {
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      throw new BeaconfireError(
        'BF_FILE',
        `expected a file that can be written, found: ${what}`,
        { file: path },
        { cause },
      );
    }
  };
  const isNew = !existsSync(path);
  const { file, torn } = guarded(() => {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, 'a+');
    const { size } = fstatSync(file);
    const whole = endOfLines(file, size, chunkBytes);
    if (whole < size) {
      ftruncateSync(file, whole);
      fdatasyncSync(file);
    }
    if (isNew) syncFolder(dirname(path));
    return { file, torn: size - whole };
  });
  let waiting: string[] = [];
  let size = 0;
  let closed = false;
  let asked: (() => void)[] = [];
  let syncing = false;
  const write = (): void => {
    if (waiting.length === 0) return;
    const bytes = Buffer.from(waiting.join(''), 'utf8');
    waiting = [];
    size = 0;
    // A disk that is full may take a part only.
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
  };
  const tell = (done: readonly (() => void)[]): void => {
    for (const one of done) one();
  };
  const syncAgain = (): void => {
    if (closed || asked.length === 0) {
      syncing = false;
      if (closed) closeSync(file);
      return;
    }
    guarded(write);
    const now = asked;
    asked = [];
    fdatasync(file, (cause) => {
      if (cause)
        guarded(() => {
          throw cause;
        });
      tell(now);
      syncAgain();
    });
  };
  return {
    source: { path, chunkBytes },
    torn,
    sink: {
      append(line) {
        waiting.push(line);
        size += line.length;
        if (size >= BLOCK_BYTES) guarded(write);
      },
      sync: () =>
        guarded(() => {
          write();
          fdatasyncSync(file);
        }),
      commit(done) {
        if (closed) {
          done();
          return;
        }
        asked.push(done);
        if (syncing) return;
        syncing = true;
        // What is done in this turn of the event loop shares the first sync.
        setImmediate(syncAgain);
      },
      close() {
        if (closed) return;
        closed = true;
        guarded(() => {
          write();
          fdatasyncSync(file);
          if (!syncing) closeSync(file);
        });
        const now = asked;
        asked = [];
        tell(now);
      },
    },
  };
}

/** A new file is there after a crash only if its folder was synced too. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
