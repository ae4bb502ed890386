import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ReleaseView } from '../../../src/node/wire.ts';
import { LAUNCH_US } from '../../testing/mock-feed.ts';
import { agreements, releases, SUSPENDED_S } from '../../testing/mock-sharing.ts';
import { en } from '../i18n/en.ts';
import { ja } from '../i18n/ja.ts';
import { ko } from '../i18n/ko.ts';
import {
  agreementName,
  detailWords,
  groupReleases,
  reasonWords,
  recentChanges,
  verdictOf,
} from './reasons.ts';

const detail = (text: string, t = en) => detailWords({ code: 'x', detail: text }, t);

describe('reasons in words', () => {
  it('are of the language of the page; an unknown code is shown as it is, marked as English', () => {
    assert.deepEqual(reasonWords('suspended', ko), { text: ko.sharing.reason.suspended });
    assert.deepEqual(reasonWords('ofTheFuture', ja), { text: 'ofTheFuture', lang: 'en' });
    // Names that every object has are no codes.
    assert.deepEqual(reasonWords('toString', en), { text: 'toString', lang: 'en' });
  });
  it('say what varies in the language too', () => {
    assert.deepEqual(detail('KOR to JPN', ja), { text: '韓国 → 日本' });
    assert.deepEqual(detail('after 900 s'), { text: 'after 15:00' });
    assert.deepEqual(detail('secret above confidential', ja), { text: '極秘 > 秘' });
    assert.deepEqual(detail('sensorIdentity, rawPlot', ko), { text: '센서 신원, 원시 탐지점' });
    assert.deepEqual(detail('10000 m', ko), { text: '10 km' });
    assert.deepEqual(detail('500 m', ja), { text: '500 m' });
    assert.deepEqual(detail('via USA', ko), { text: '미국 경유' });
    assert.deepEqual(detail('no relay', ja), { text: '中継なし' });
    assert.deepEqual(detail('labels.threat: 7', ko), { text: 'labels.threat: 7', lang: 'en' });
    assert.equal(detailWords({ code: 'released', detail: 'KOR to JPN' }, en), undefined);
  });
  it('take whatever a node sends', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (code, text) => {
        assert.ok(typeof reasonWords(code, ko).text === 'string');
        const words = detailWords({ code, detail: text }, ko);
        assert.ok(words === undefined || typeof words.text === 'string');
      }),
    );
  });
});

describe('release decisions', () => {
  const all = releases('JPN', 200);
  it('are told once where kinds are decided in the same way, and none is left out', () => {
    const [group, ...more] = groupReleases(all, 'USA');
    assert.deepEqual(more, []);
    assert.deepEqual(group.kinds, ['tracklet', 'launch']);
    assert.equal(verdictOf(group.example), 'delayed');
    // A floor is a way of its own, and is told in the language of the page.
    const coarse = all.map((r) => ({ ...r, kind: `${r.kind}2`, positionFloorM: 10_000 }));
    assert.equal(groupReleases([...all, ...coarse], 'USA').length, 2);
    assert.deepEqual(
      [en, ko, ja].map((t) => t.sharing.coarse('10 km')),
      [
        'Places no finer than 10 km',
        '위치는 10 km보다 자세히 공유하지 않음',
        '位置は10 kmより詳しくは提供しない',
      ],
    );
    const other: ReleaseView = { ...all[0], to: 'USA', kind: 'impact', decision: 'deny', delayS: 0 };
    const groups = groupReleases([...all, other], 'USA');
    assert.deepEqual(
      groups.map((g) => verdictOf(g.example)),
      ['deny', 'delayed'],
    );
    assert.equal(
      groups.flatMap((g) => g.kinds).length + groupReleases(all, 'KOR').flatMap((g) => g.kinds).length,
      all.length + 1,
    );
  });
  it('name agreements by their short name, and by their id where nothing is known', () => {
    assert.equal(agreementName('GSOMIA-2016', agreements(0), 'ja'), 'GSOMIA');
    assert.equal(agreementName('US-ROK-1987', agreements(0), 'en'), 'US-ROK');
    assert.equal(agreementName('other', agreements(0), 'en'), 'other');
  });
});

describe('changes of agreements', () => {
  it('are recent for a while, newest first', () => {
    const at = (s: number) => LAUNCH_US + s * 1e6;
    assert.deepEqual(recentChanges(agreements(100), at(100), 600e6), []);
    const [changed] = recentChanges(agreements(200), at(200), 600e6);
    assert.equal(changed.id, 'GSOMIA-2016');
    assert.deepEqual(recentChanges(agreements(900), at(SUSPENDED_S + 601), 600e6), []);
  });
});
