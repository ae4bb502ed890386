import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BeaconfireError } from '../model/errors.ts';
import { NODE_IDS } from '../model/nation.ts';
import { openDurable } from './durable.ts';
import { Journal, readJournal } from './journal.ts';
import { exerciseKeys } from './keys.ts';

const { signers, ring } = exerciseKeys(7, NODE_IDS);
const signer = signers.get('KOR')!;
const clock = { nowUs: () => 5 };

function inFolder(body: (path: string) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const dir = mkdtempSync(join(tmpdir(), 'durable-'));
    try {
      await body(join(dir, 'KOR', 'journal.ndjson'));
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
}

test(
  'cut at any byte after the last sync, a journal goes on: nothing synced is lost, the torn tail is taken off',
  inFolder((path) => {
    const first = openDurable(path);
    const journal = Journal.resume({ clock, signer, ring, ...first });
    for (let i = 0; i < 5; i++) journal.write('plot', { i });
    first.sink.sync();
    const safe = readFileSync(path);
    const { seq, hash } = journal.head;
    for (let i = 0; i < 3; i++) journal.write('plot', { late: i, text: '한글 日本語' });
    journal.close();
    const all = readFileSync(path);
    for (let cut = safe.length; cut <= all.length; cut += 7) {
      writeFileSync(path, all);
      truncateSync(path, cut);
      // By pieces shorter than a line and shorter than a character.
      const again = openDurable(path, 1 + (cut % 90));
      assert.equal(again.torn, cut - (all.subarray(0, cut).lastIndexOf(10) + 1));
      const resumed = Journal.resume({ clock, signer, ring, ...again });
      resumed.write('plot', { more: true });
      resumed.close();
      const { records, problems } = readJournal(readFileSync(path, 'utf8'), 'KOR', 'exercise', ring);
      assert.deepEqual(problems, [], `cut at ${cut}`);
      assert.equal(records[seq - 1].hash, hash, `cut at ${cut}`);
      assert.equal(records.filter((r) => r.kind === 'resumed').length, 1);
      assert.equal(resumed.tree.size, records.length);
    }
    // A change in the middle is no torn tail: it is refused, and stays for who must look at it.
    const damaged = Buffer.from(all);
    damaged[20] ^= 1;
    writeFileSync(path, damaged);
    const found = openDurable(path);
    assert.throws(
      () => Journal.resume({ clock, signer, ring, ...found }),
      (e) => e instanceof BeaconfireError && e.code === 'BF_JOURNAL',
    );
    found.sink.close();
    assert.deepEqual(readFileSync(path), damaged);
  }),
);

test(
  'a journal larger than a text can be is opened, and what a crash cut is taken off',
  inFolder((path) => {
    mkdirSync(dirname(path), { recursive: true });
    const size = constants.MAX_STRING_LENGTH + 2;
    // Holes: it takes no room on the disk.
    writeFileSync(path, '');
    truncateSync(path, size - 1);
    appendFileSync(path, '\ncut');
    const { sink, torn } = openDurable(path);
    sink.close();
    assert.deepEqual([torn, statSync(path).size], [3, size]);
  }),
);

test(
  'killed with SIGKILL at any instant, again and again: every record that was acknowledged is there',
  inFolder(async (path) => {
    const writer = fileURLToPath(new URL('testing/journal-writer.ts', import.meta.url));
    const acknowledged = new Map<number, string>();
    const run = async (killAfterMs: number | undefined): Promise<void> => {
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', writer, path, ...(killAfterMs === undefined ? ['finish'] : [])],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const gone = once(child, 'exit');
      let said = '';
      let timer: NodeJS.Timeout | undefined;
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        // The instant is counted from the first acknowledgement, so that it falls among the writing.
        if (killAfterMs !== undefined) timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      });
      const limit = setTimeout(() => child.kill('SIGKILL'), 20_000);
      const [code, signal] = (await gone) as [number | null, string | null];
      clearTimeout(limit);
      clearTimeout(timer);
      assert.deepEqual([code, signal], killAfterMs === undefined ? [0, null] : [null, 'SIGKILL']);
      for (const line of said.split('\n').slice(0, -1)) {
        const { seq, hash } = JSON.parse(line) as { seq: number; hash: string };
        acknowledged.set(seq, hash);
      }
    };
    for (const killAfterMs of [0, 3, 40]) await run(killAfterMs);
    await run(undefined);
    const { records, problems } = readJournal(readFileSync(path, 'utf8'), 'KOR', 'exercise', ring);
    assert.deepEqual(problems, []);
    assert.ok(acknowledged.size > 4, `${acknowledged.size} acknowledgements`);
    for (const [seq, hash] of acknowledged) assert.equal(records[seq - 1].hash, hash);
    assert.equal(records.filter((r) => r.kind === 'resumed').length, 3);
  }),
);
