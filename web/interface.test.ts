/** The page against the node's interface: what it imports, and that its mock feeds are what a node would send. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import type { AlarmKind } from '../src/channels/index.ts';
import { HISTORY_EVENTS } from '../src/exchange/history.ts';
import type { AgreementState } from '../src/exchange/index.ts';
import { RELEASE_REASONS } from '../src/exchange/reasons.ts';
import { ELEMENTS, ITEM_KINDS, LEVELS } from '../src/model/item.ts';
import { check } from '../src/model/schema.ts';
import * as wire from '../src/node/wire.ts';
import { PROTOCOL } from './src/feed/parse.ts';
import { en } from './src/i18n/en.ts';
import { SPEEDS } from './src/panels/header.tsx';
import {
  END_US,
  exerciseHello,
  exerciseState,
  LAUNCH_US,
  nationHello,
  picture,
  START_US,
} from './testing/mock-feed.ts';

const here = import.meta.dirname;
const root = resolve(here, '..');

describe('interface of the page', () => {
  it('is the protocol and the speeds of the wire', () => {
    assert.equal(PROTOCOL, wire.PROTOCOL);
    assert.deepEqual([...SPEEDS], [...wire.SPEEDS]);
  });

  it('imports types of the wire and nothing else of the node', () => {
    const files = readdirSync(join(here, 'src'), { recursive: true, withFileTypes: true })
      .filter((f) => f.isFile() && /\.tsx?$/.test(f.name) && !/\.test\./.test(f.name))
      .map((f) => join(f.parentPath, f.name));
    assert.ok(files.length > 30);
    for (const file of files) {
      for (const [, clause, from] of readFileSync(file, 'utf8').matchAll(
        /import\s+([^;]*?)\s+from\s+'([^']+)'/g,
      )) {
        if (!from.startsWith('.')) continue;
        const target = relative(root, resolve(dirname(file), from));
        if (target.startsWith('web/src/')) continue;
        assert.equal(target, 'src/node/wire.ts', file);
        assert.match(clause, /^type\b/, `${file} imports more than types`);
      }
    }
  });

  it('has words for every code that a node may send', () => {
    const { sharing, exercise } = en;
    const keys = (o: object): string[] => Object.keys(o).sort();
    assert.deepEqual(keys(sharing.reason), keys(RELEASE_REASONS));
    assert.deepEqual(keys(sharing.kind), [...ITEM_KINDS].sort());
    assert.deepEqual(keys(sharing.element), [...ELEMENTS].sort());
    assert.deepEqual(keys(sharing.level), [...LEVELS].sort());
    assert.deepEqual(keys(sharing.event), [...HISTORY_EVENTS].sort());
    assert.deepEqual(keys(en.office.refused), [...wire.REFUSAL_REASONS].sort());
    const states: Record<AgreementState, string> = exercise.state;
    const alarms: Record<AlarmKind, string> = sharing.alarm;
    assert.ok(Object.keys(states).length === 6 && Object.keys(alarms).length === 7);
  });

  it('is tested with messages that fit the schemas', () => {
    check(wire.ExerciseHello, exerciseHello());
    for (const nation of ['USA', 'KOR', 'JPN'] as const) {
      check(wire.NationHello, nationHello(nation));
      for (let timeUs = START_US; timeUs <= END_US; timeUs += 45e6) {
        check(wire.PictureMessage, picture(nation, timeUs, 1, 1));
        check(wire.ExerciseState, exerciseState(timeUs, 1, 1, 10, false));
      }
    }
    check(wire.PictureMessage, picture('KOR', LAUNCH_US, 1, 1, 40));
  });
});
