import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LAUNCH_US, picture } from '../../testing/mock-feed.ts';
import { chooseLanguage } from '../i18n/index.tsx';
import { chooseNation } from '../settings.ts';
import { runShortcut, type ShortcutActions } from '../shortcuts.ts';
import { chartSeries } from './chart-series.ts';
import { timeLineAt, timeLineLength } from './time-line.ts';

describe('time line', () => {
  it('keeps order, and everything known lies on it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 5000, noNaN: true }),
        fc.double({ min: 0, max: 5000, noNaN: true }),
        (a, b) => {
          const length = timeLineLength(Math.max(a, b));
          assert.ok(length >= Math.max(a, b));
          const [x, y] = [timeLineAt(a, length), timeLineAt(b, length)];
          assert.ok(x >= 0 && x <= 1 && y >= 0 && y <= 1);
          if (a < b) assert.ok(x <= y);
        },
      ),
    );
  });
});

describe('chart of height and speed', () => {
  it('goes through launch, apogee and impact in order of time', () => {
    const [track] = picture('JPN', LAUNCH_US + 700e6, 1, 1).tracks;
    const series = chartSeries(track);
    for (let i = 1; i < series.seconds.length; i++) assert.ok(series.seconds[i] > series.seconds[i - 1]);
    const heights = series.seconds.map((_, i) => series.flownKm[i] ?? series.predictedKm[i] ?? 0);
    const top = Math.max(...heights);
    assert.ok(Math.abs(top - 1000) < 3, `${top}`);
    assert.ok(Math.abs(series.seconds[heights.indexOf(top)] - 660) < 20);
    assert.ok(Math.abs((series.seconds.at(-1) ?? 0) - 1320) < 1);
  });
});

describe('choices', () => {
  it('take the address before the memory before the browser', () => {
    assert.equal(chooseLanguage('ja', 'ko', ['en']), 'ja');
    assert.equal(chooseLanguage(null, 'ko', ['en']), 'ko');
    assert.equal(chooseLanguage('xx', null, ['fr-FR', 'ja-JP']), 'ja');
    assert.equal(chooseLanguage(null, null, []), 'en');
    assert.equal(chooseNation('kor', 'USA'), 'KOR');
    assert.equal(chooseNation('atlantis', 'USA'), 'USA');
    assert.equal(chooseNation(null, null), 'JPN');
  });
});

describe('keys', () => {
  it('do what the list says, and other keys nothing', () => {
    const done: string[] = [];
    const actions = new Proxy({} as ShortcutActions, {
      get:
        (_, name) =>
        (...args: unknown[]) =>
          done.push([String(name), ...args].join(' ')),
    });
    for (const key of ['1', '3', ' ', 'r', '+', '-', 'f', '0', '?'])
      assert.equal(runShortcut(key, actions), true);
    assert.deepEqual(done, [
      'nation 0',
      'nation 2',
      'playPause',
      'restart',
      'faster 1',
      'faster -1',
      'follow',
      'whole',
      'help',
    ]);
    assert.equal(runShortcut('q', actions), false);
  });
});
