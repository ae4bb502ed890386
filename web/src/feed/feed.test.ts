import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { exerciseHello, exerciseState, LAUNCH_US, nationHello, picture } from '../../testing/mock-feed.ts';
import { createExerciseTime } from '../time/exercise-time.ts';
import { createBackoff } from './backoff.ts';
import { freshness, pictureAgeS } from './freshness.ts';
import { parseExerciseMessage, parseHello, parseNationMessage } from './parse.ts';

describe('messages', () => {
  const good = picture('JPN', LAUNCH_US + 400e6, 1, 7);

  it('takes what a node sends', () => {
    assert.deepEqual(parseNationMessage(JSON.stringify(good), 'JPN'), { ok: good, sequence: 7 });
    const state = exerciseState(LAUNCH_US, 1, 3, 10, false);
    assert.deepEqual(parseExerciseMessage(JSON.stringify(state)), { ok: state, sequence: 3 });
    assert.ok('ok' in parseHello(nationHello('KOR'), 'nationHello'));
    assert.ok('ok' in parseHello(exerciseHello(), 'exerciseHello'));
  });

  it('refuses a picture of another nation, an unknown type and another protocol', () => {
    assert.match(
      JSON.stringify(parseNationMessage(JSON.stringify(good), 'KOR')),
      /a picture of .*JPN.* in the feed of KOR/,
    );
    assert.ok('problem' in parseNationMessage('{"type":"somethingNew"}', 'JPN'));
    assert.ok('problem' in parseHello({ ...nationHello('KOR'), protocol: 2 }, 'nationHello'));
  });

  it('knows the number even of what it does not understand, so that it can be acknowledged', () => {
    assert.equal(parseNationMessage('{"type":"new","sequence":9}', 'JPN').sequence, 9);
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map((o) => JSON.stringify({ type: 'picture', ...o })),
        ),
        (text) => {
          parseNationMessage(text, 'USA');
          parseExerciseMessage(text);
          parseHello(text, 'nationHello');
        },
      ),
    );
  });
});

describe('reconnection', () => {
  it('waits longer each time up to a bound, spread out, and starts afresh after a success', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.999999, noNaN: true }), { minLength: 12, maxLength: 12 }),
        (draws) => {
          let i = 0;
          const backoff = createBackoff(() => draws[i++ % draws.length], 400, 10_000);
          for (let n = 0; n < 12; n++) {
            const ceiling = Math.min(10_000, 400 * 2 ** n);
            const wait = backoff.next();
            assert.ok(wait >= ceiling / 2 && wait < ceiling, `${n}: ${wait}`);
          }
          backoff.reset();
          assert.ok(backoff.next() < 400);
        },
      ),
    );
  });
});

describe('age of the picture', () => {
  it('grows with silence', () => {
    assert.equal(pictureAgeS(5000, 4000), 1);
    assert.deepEqual([0, 1.9, 2, 4.9, 5].map(freshness), ['fresh', 'fresh', 'late', 'late', 'old']);
  });
  it('is not fooled by a node that keeps sending an old picture', () => {
    const exercise = { nowUs: 20e6, pictureUs: 10e6, speed: 1, paused: false };
    assert.equal(pictureAgeS(1000, 1000, exercise), 10);
    assert.equal(pictureAgeS(1000, 1000, { ...exercise, speed: 10 }), 1);
    assert.equal(pictureAgeS(1000, 1000, { ...exercise, paused: true }), 0);
  });
});

describe('exercise time', () => {
  const state = { timeUs: 100e6, speed: 10, paused: false, run: 1 };
  it('goes on at the speed of the exercise and stands still when the feed stops', () => {
    const time = createExerciseTime();
    assert.equal(time.nowUs(0), undefined);
    time.sync(state, 1000);
    assert.equal(time.nowUs(1500), 105e6);
    assert.equal(time.nowUs(60_000), 120e6);
  });
  it('stands while paused and jumps at a restart', () => {
    const time = createExerciseTime();
    time.sync(state, 0);
    time.sync({ ...state, timeUs: 102e6, paused: true }, 250);
    assert.equal(time.nowUs(9000), 102e6);
    time.sync({ ...state, timeUs: 5e6, run: 2 }, 9100);
    assert.equal(time.nowUs(9100), 5e6);
  });
  it('works off small differences without a jump', () => {
    const time = createExerciseTime();
    time.sync(state, 0);
    time.sync({ ...state, timeUs: 102.9e6 }, 250);
    const shown = time.nowUs(250) ?? 0;
    assert.ok(shown > 102.5e6 && shown < 102.9e6);
  });
});
