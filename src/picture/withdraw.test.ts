/** Recall at the picture: what an originator withdraws is gone, and what is left is as if it had never come. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ItemBody } from '../model/item.ts';
import type { Nation } from '../model/nation.ts';
import type { PointEstimate, Tracklet } from '../model/track.ts';
import { Picture } from './picture.ts';
import { s, said, sent, tracklet } from './testing/told.ts';

/** One place for all; each track has a radar of its own, and what Korea's K1 tells is 900 m off. */
const told = (node: Nation, track: string, sequence: number, t: number): Tracklet =>
  tracklet(node, track, sequence, t, [40, 127], { radar: `R-${track}`, offM: track === 'K1' ? 900 : 0 });

const estimate = (kind: 'launch' | 'impact', spreadM: number, longitudeDeg: number): PointEstimate => ({
  kind,
  timeUs: s(30),
  atUs: kind === 'launch' ? s(-60) : s(600),
  atSigmaS: 1,
  latitudeDeg: 40,
  longitudeDeg,
  ellipse95: { semiMajorM: spreadM, semiMinorM: spreadM, azimuthDeg: 0 },
});

/** Japan's own radar, and two of Korea's: one right, one 900 m off. `of`: whose tracklets are fed. */
function fed(of: readonly string[]): Picture {
  const p = new Picture({ node: 'JPN' });
  const path = ['KOR', 'HUB'] as const;
  for (let t = 0; t < 60; t++) {
    if (of.includes('J1')) p.addOwn(told('JPN', 'J1', t + 1, t), s(t));
    if (of.includes('K1')) p.addPartner(sent(told('KOR', 'K1', t + 1, t + 0.3)), path, 'x', s(t + 0.4));
    if (of.includes('U1')) p.addPartner(sent(told('USA', 'U1', t + 1, t + 0.5)), ['USA'], 'x', s(t + 0.6));
    p.update(s(t + 0.7));
  }
  return p;
}

const stateOf = (p: Picture) =>
  p.tracks().map((t) => ({
    state: [...t.fused.state],
    covariance: [...t.fused.covariance],
    impact: t.fused.estimates()?.impact,
    sources: [...t.sources.keys()].sort(),
    pedigree: Object.keys(t.fused.pedigree).sort(),
  }));

test('a withdrawn tracklet is out of the fused track, its sources and its pedigree, as if it had never come', () => {
  const p = fed(['J1', 'K1', 'U1']);
  const ideal = stateOf(fed(['J1', 'U1']));
  assert.notDeepEqual(stateOf(p), ideal);
  const { changed, gone } = p.withdraw('KOR', 'tracklet', 'K1', s(60));
  assert.deepEqual([changed.map((t) => t.id), gone], [['S1'], []]);
  assert.deepEqual(stateOf(p), ideal);
  assert.deepEqual([...p.tracks()[0].members].sort(), ['JPN/J1', 'USA/U1']);
  for (const [, , h] of p.tracks()[0].flown.samples) assert.ok(h > 90 && h < 400);
  // What is still on the way is not taken any more.
  p.addPartner(sent(told('KOR', 'K1', 99, 61)), ['KOR'], 'x', s(61));
  assert.deepEqual(stateOf(p), ideal);
  assert.deepEqual(p.withdraw('KOR', 'tracklet', 'K1', s(62)), { changed: [], gone: [] });
});

test('a track of which nothing is left is gone from the picture, and others stand', () => {
  const p = fed(['K1']);
  assert.equal(p.tracks().length, 1);
  const { changed, gone } = p.withdraw('KOR', 'tracklet', 'K1', s(60));
  assert.deepEqual([changed, gone.map((t) => t.id)], [[], ['S1']]);
  assert.deepEqual(p.tracks(), []);
  p.update(s(61));
  p.addOwn(told('JPN', 'J1', 1, 61), s(61));
  assert.deepEqual(
    p.tracks().map((t) => [...t.members].join()),
    ['JPN/J1'],
  );
});

test('one’s own item too: what one tells others not to rely on is not relied on at home', () => {
  const p = fed(['J1', 'U1']);
  p.withdraw('JPN', 'tracklet', 'J1', s(60));
  assert.deepEqual(stateOf(p), stateOf(fed(['U1'])));
  p.addOwn(told('JPN', 'J1', 61, 60), s(60));
  assert.deepEqual([...p.tracks()[0].members], ['USA/U1']);
});

test('withdrawn estimates and the declaration that came with them are gone; what others say stands', () => {
  const p = fed(['J1', 'K1']);
  const [track] = p.tracks();
  const say = (from: Nation, name: string, kind: 'launch' | 'impact', body: ItemBody, t: number) =>
    p.addPartner(said(from, kind, name, 1, s(0), body), [from], 'x', s(t));
  say('KOR', 'K1', 'launch', { launch: estimate('launch', 500, 127), launchDeclared: true }, 61);
  say('KOR', 'K1', 'impact', { impact: estimate('impact', 900, 128), apogeeKm: 400 }, 61);
  p.report({ track: 'J1', launch: estimate('launch', 3000, 127.5), launchDeclaredUs: s(58) }, s(62));
  assert.deepEqual([track.launch?.longitudeDeg, track.launchDeclaredBy], [127, 'KOR']);
  // A node says it again and again; what counts is when it said so first.
  p.report({ track: 'J1', launch: estimate('launch', 3000, 127.5), launchDeclaredUs: s(58) }, s(62.8));
  p.withdraw('KOR', 'launch', 'K1', s(63));
  assert.equal(track.launch?.longitudeDeg, 127.5);
  assert.deepEqual([track.launchDeclaredBy, track.launchDeclaredUs], ['JPN', s(62)]);
  assert.equal(track.assessments.get('KOR')?.launch, undefined);
  assert.equal(track.assessments.get('KOR')?.impact?.longitudeDeg, 128, 'another item');
  p.withdraw('KOR', 'impact', 'K1', s(64));
  assert.deepEqual(
    [track.assessments.get('KOR')?.impact, track.assessments.get('KOR')?.apogeeKm],
    [undefined, undefined],
  );
  // It is not said again behind one's back.
  say('KOR', 'K1', 'launch', { launch: estimate('launch', 100, 129), launchDeclared: true }, 65);
  assert.equal(track.launch?.longitudeDeg, 127.5);
  p.withdraw('JPN', 'launch', 'J1', s(66));
  assert.deepEqual(
    [track.launch, track.launchDeclaredUs, track.launchDeclaredBy],
    [undefined, undefined, undefined],
  );
});
