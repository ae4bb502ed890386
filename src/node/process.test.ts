/** A node's process as far as it goes without a network; with one in test/nats-*.test.ts. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { isoToUs } from '../earth/time.ts';
import { openDurable } from '../exchange/durable.ts';
import { exerciseKeys, Journal } from '../exchange/index.ts';
import type { ItemLabel } from '../model/item.ts';
import { NODE_IDS } from '../model/nation.ts';
import { runProcess } from './process.ts';
import { bookOf } from './process-parts.ts';
import type { ProcessConfig } from './process-wire.ts';

const agreements = new URL('../../agreements', import.meta.url).pathname;

function inFolder(body: (dir: string) => void | Promise<void>): () => Promise<void> {
  return async () => {
    const dir = mkdtempSync(join(tmpdir(), 'process-'));
    try {
      await body(dir);
    } finally {
      rmSync(dir, { recursive: true });
    }
  };
}

test(
  'a process decides under the written terms too: what a person forbids in them, or writes wrongly, is not released',
  inFolder((dir) => {
    const label: ItemLabel = {
      id: 'KOR-1',
      kind: 'tracklet',
      mode: 'exercise',
      originators: ['KOR'],
      threat: 'DPRK',
      level: 'secret',
      releasableTo: ['JPN', 'USA'],
      elements: ['trajectory'],
      consents: [],
    };
    const name = 'mechanism-2023';
    for (const end of ['yaml', 'cedar'])
      cpSync(join(agreements, `${name}.${end}`), join(dir, `${name}.${end}`));
    const terms = readFileSync(join(dir, `${name}.cedar`), 'utf8');
    const asked = (text: string): string[] => {
      writeFileSync(join(dir, `${name}.cedar`), text);
      const { decision, reasons } = bookOf({ path: dir, shiftUs: 0 }).decide(
        label,
        'KOR',
        'JPN',
        'USA',
        isoToUs('2024-06-01')!,
      );
      return [decision, ...reasons.map((r) => r.code)];
    };
    assert.equal(asked(terms)[0], 'allow');
    const stricter = `${terms}\n@id("${name}.person")\n@cite("An order of the day: nothing to Japan")\nforbid (principal, action, resource == Nation::"JPN");\n`;
    assert.equal(asked(stricter)[0], 'deny');
    assert.deepEqual(asked(`${terms}\nforbid (`).slice(0, 2), ['deny', 'decisionFailed']);
  }),
);

test(
  'a process whose journal says that its witnesses saw another one is refused at each start, before it joins anybody',
  inFolder(async (dir) => {
    const journalFile = join(dir, 'journal.ndjson');
    const { signers, ring } = exerciseKeys(7, NODE_IDS);
    const opened = openDurable(journalFile);
    const journal = Journal.resume({
      clock: { nowUs: () => 5 },
      signer: signers.get('KOR')!,
      ring,
      ...opened,
    });
    journal.write('otherHistory', { node: 'KOR', by: 'JPN', notes: ['a', 'b'] });
    opened.sink.close();
    const nowhere = { server: '127.0.0.1:1', credentialsFile: '', caFile: '', certFile: '', keyFile: '' };
    const config: ProcessConfig = {
      node: 'KOR',
      mode: 'exercise',
      keySeed: 7,
      nats: nowhere,
      clock: { startUs: 0, atMs: 0, speed: 1, skewUs: 0 },
      agreements: { path: agreements, shiftUs: 0 },
      journalFile,
      threat: 'DPRK' as ProcessConfig['threat'],
      level: 'secret' as ProcessConfig['level'],
      sensors: [],
      probeUs: 100_000,
      tickUs: 500_000,
    };
    for (let start = 0; start < 3; start++)
      await assert.rejects(
        runProcess(config, Readable.from([]), () => {}),
        /put back to an earlier state .*\[BF_JOURNAL\]/,
      );
  }),
);
