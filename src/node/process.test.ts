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
import { BeaconfireError } from '../model/errors.ts';
import type { ItemLabel } from '../model/item.ts';
import { NODE_IDS } from '../model/nation.ts';
import { runProcess } from './process.ts';
import { readInput } from './process-input.ts';
import { bookOf } from './process-parts.ts';
import { type ProcessConfig, readProcessConfig } from './process-wire.ts';

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

function configOf(journalFile: string): ProcessConfig {
  return {
    node: 'KOR',
    mode: 'exercise',
    keySeed: 7,
    nats: { server: '127.0.0.1:1', credentialsFile: '', caFile: '', certFile: '', keyFile: '' },
    clock: { startUs: 0, atMs: 0, speed: 1, skewUs: 0 },
    agreements: { path: agreements, shiftUs: 0 },
    journalFile,
    threat: 'DPRK' as ProcessConfig['threat'],
    level: 'secret' as ProcessConfig['level'],
    sensors: [],
    probeUs: 100_000,
    tickUs: 500_000,
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
    const config = configOf(journalFile);
    for (let start = 0; start < 3; start++)
      await assert.rejects(
        runProcess(config, Readable.from([]), () => {}),
        /put back to an earlier state .*\[BF_JOURNAL\]/,
      );
  }),
);

test('each line that a process is told is checked: what is not right is refused in one line with its number', () => {
  const radar = { kind: 'radar', sensor: 'KR-1', timeUs: 5, rangeM: 1e5, azimuthRad: 1, elevationRad: 0.5 };
  const infrared = {
    kind: 'infrared',
    sensor: 'US-1',
    timeUs: 5,
    positionEcefM: [4e7, 0, 0],
    lineOfSightEcef: [-1, 0, 0],
  };
  const right = [
    { number: 1, plot: radar },
    { number: 2, plot: { ...radar, rangeRateMps: -100, positionEcefM: [1, 2, 3], snrDb: 15 } },
    { number: 3, plot: infrared },
    { number: 4, message: 'EXERCISE 1' },
    { agreement: 'gsomia-2016', event: 'suspended' },
    { rotateKey: true },
    { mischief: null },
    { mischief: { loss: 0.1, duplicates: 0.5, delayMs: 0, jitterMs: 60 } },
    { report: 7 },
    { end: true },
  ];
  for (const input of right) assert.deepEqual(readInput(JSON.stringify(input), 1), input);
  const wrong: [string, RegExp][] = [
    ['', /expected JSON/],
    ['{"number":1,', /expected JSON/],
    ['null', /expected an object with one of plot, message/],
    ['[]', /expected an object with one of/],
    ['{"number":1}', /expected an object with one of/],
    [JSON.stringify({ number: 0, plot: radar }), /number/],
    [JSON.stringify({ number: '1', message: 'x' }), /number/],
    [JSON.stringify({ number: 1, message: 5 }), /message/],
    [JSON.stringify({ number: 1, plot: null }), /plot/],
    [JSON.stringify({ number: 1, plot: { ...radar, kind: 'sonar' } }), /plot\.kind/],
    [JSON.stringify({ number: 1, plot: { ...radar, rangeM: null } }), /plot\.rangeM/],
    [JSON.stringify({ number: 1, plot: { ...infrared, positionEcefM: [1, 2] } }), /plot\.positionEcefM/],
    [JSON.stringify({ number: 1, plot: { ...radar, more: 1 } }), /plot\.more/],
    [JSON.stringify({ number: 1, plot: radar, message: 'x' }), /message.*no such field|no such field/],
    [JSON.stringify({ agreement: 'gsomia-2016', event: 'forgotten' }), /event/],
    [JSON.stringify({ mischief: { loss: 2, duplicates: 0, delayMs: 0, jitterMs: 0 } }), /mischief/],
    [JSON.stringify({ end: false }), /end/],
  ];
  for (const [line, what] of wrong)
    assert.throws(
      () => readInput(line, 9),
      (e) =>
        e instanceof BeaconfireError &&
        what.test(e.message) &&
        e.message.startsWith('standard input:9: ') &&
        !e.message.includes('\n'),
      line,
    );
});

test('the sensors of a process are checked before it starts', () =>
  inFolder((dir) => {
    const file = join(dir, 'node.json');
    const { sensors: _, ...rest } = configOf(join(dir, 'journal.ndjson'));
    const read = (sensor: object): ProcessConfig => {
      writeFileSync(file, JSON.stringify({ ...rest, sensors: [sensor] }));
      return readProcessConfig(file);
    };
    const sound = { id: 'US-1', kind: 'infrared', sigma: { angleDeg: 0.01 } };
    assert.deepEqual(read(sound).sensors, [sound]);
    assert.throws(() => read({ ...sound, sigma: {} }), /sensors\[0\].*\[BF_FIELD\]/);
  })());
