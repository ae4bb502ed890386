import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlownPath } from './path.ts';
import { Picture, type PictureEvent } from './picture.ts';
import { s, sent, tracklet } from './testing/told.ts';

const A: [number, number] = [40, 127];
const B: [number, number] = [40.5, 127];

function picture(options: { maxTracks?: number } = {}): { p: Picture; events: PictureEvent[] } {
  const events: PictureEvent[] = [];
  return { p: new Picture({ node: 'JPN', onEvent: (e) => events.push(e), ...options }), events };
}

test('the same object seen by two nations is one track, and its pedigree says who saw it over which path', () => {
  const { p } = picture();
  p.addOwn(tracklet('JPN', 'J1', 1, 0, A), s(0));
  const alone = p.tracks()[0].fused.covariance[0];
  p.addPartner(sent(tracklet('KOR', 'K1', 1, 0.5, A)), ['KOR', 'HUB'], 'x', s(0.7));
  assert.equal(p.tracks().length, 1);
  assert.ok(p.tracks()[0].fused.covariance[0] < alone);
  assert.deepEqual(
    [...p.tracks()[0].sources.values()].map((v) => [v.source, v.path]),
    [
      ['JPN/R', 'own JPN/R'],
      ['KOR/R', 'KOR>HUB'],
    ],
  );
});

test('W16 two objects 55 km apart stay two, and two live tracks of one nation are never merged', () => {
  const { p } = picture();
  p.addOwn(tracklet('JPN', 'J1', 1, 0, A), s(0));
  p.addPartner(sent(tracklet('KOR', 'K1', 1, 0.5, B)), ['KOR', 'HUB'], 'x', s(0.7));
  assert.equal(p.tracks().length, 2);
  p.addOwn(tracklet('JPN', 'J2', 1, 1, A), s(1));
  assert.equal(p.tracks().length, 3, 'its node says that there are two');
});

test('a part of a track that flies away from it, as a spent stage does, becomes a track of its own', () => {
  const { p } = picture();
  for (let t = 0; t < 20; t++) {
    p.addOwn(tracklet('JPN', 'J1', t + 1, t, A), s(t));
    const kor = tracklet('KOR', 'K1', t + 1, t, A);
    // From the fifth second on it flies off to the north pole's side at 1,500 m/s.
    kor.vector[2] += (1500 * Math.max(0, t - 5)) / 300 ** 2;
    kor.vector[5] += t > 5 ? 1500 / 10 ** 2 : 0;
    p.addPartner(sent(kor), ['KOR', 'HUB'], 'x', s(t + 0.2));
  }
  const live = p.tracks().filter((t) => t.status === 'held');
  assert.deepEqual(live.map((t) => [...t.members].join()).sort(), ['JPN/J1', 'KOR/K1']);
  for (const t of live) for (const v of t.sources.values()) assert.ok([...t.members][0].startsWith(v.node));
});

test('a tracklet that comes twice counts once', () => {
  const { p } = picture();
  p.addOwn(tracklet('JPN', 'J1', 1, 0, A), s(0));
  const second = sent(tracklet('KOR', 'K1', 1, 0.5, A));
  p.addPartner(second, ['KOR', 'HUB'], 'x', s(0.7));
  const once = [...p.tracks()[0].fused.covariance];
  p.addPartner(second, ['KOR'], 'x', s(0.9));
  assert.deepEqual([...p.tracks()[0].fused.covariance], once);
});

test('a track that is lost in boost is held again when it is seen again', () => {
  const { p, events } = picture();
  p.addOwn(tracklet('JPN', 'J1', 1, 0, A, { phase: 'boost' }), s(0));
  p.update(s(11));
  assert.equal(p.tracks()[0].status, 'stale');
  p.update(s(41));
  assert.equal(p.tracks()[0].status, 'lost');
  p.addOwn(tracklet('JPN', 'J1', 2, 42, A, { phase: 'boost' }), s(42));
  p.update(s(42.5));
  assert.equal(p.tracks()[0].status, 'held');
  assert.deepEqual(
    events.map((e) => e.kind),
    ['newTrack', 'ended', 'reacquired'],
  );
});

test('W7 a track not seen near its predicted impact is lost, never impacted', () => {
  const { p, events } = picture();
  p.addOwn(tracklet('JPN', 'J1', 1, 0, A), s(0));
  for (let t = 1; t < 30; t++) p.addOwn(tracklet('JPN', 'J1', t + 1, t, A), s(t));
  p.report({ track: 'J1', impact: undefined }, s(30));
  for (let t = 30; t < 1200; t += 10) p.update(s(t));
  assert.equal(p.tracks()[0].status, 'lost');
  assert.deepEqual(events.filter((e) => e.kind === 'ended').length, 1);
});

test('information that is late joins the track that was there then; a boost of long ago opens none', () => {
  const { p } = picture();
  for (let t = 0; t < 60; t++) {
    p.addOwn(tracklet('JPN', 'J1', t + 1, t, A), s(t));
    p.update(s(t));
  }
  p.addPartner(sent(tracklet('KOR', 'K1', 1, 20, A)), ['KOR', 'HUB'], 'x', s(59));
  assert.equal(p.tracks().length, 1);
  assert.deepEqual([...p.tracks()[0].members], ['JPN/J1', 'KOR/K1']);
  p.addPartner(sent(tracklet('KOR', 'K2', 1, 20, B, { phase: 'boost' })), ['KOR', 'HUB'], 'x', s(62));
  p.update(s(62));
  assert.deepEqual(
    p.tracks().map((t) => t.status),
    ['held', 'lost'],
    'that there was a launch is told, and that nobody sees it now',
  );
  p.addPartner(sent(tracklet('KOR', 'K3', 1, 0, [41, 127], { phase: 'boost' })), ['KOR', 'HUB'], 'x', s(400));
  assert.equal(p.tracks().length, 2);
  p.addPartner(sent(tracklet('KOR', 'K4', 1, 20, A)), ['KOR', 'HUB'], 'x', s(400));
  assert.deepEqual([...p.tracks()[0].members], ['JPN/J1', 'KOR/K1', 'KOR/K4']);
});

test('a full picture makes room by what has ended, and says so when nothing has', () => {
  const { p, events } = picture({ maxTracks: 2 });
  p.addOwn(tracklet('JPN', 'J1', 1, 0, A, { phase: 'boost' }), s(0));
  p.addOwn(tracklet('JPN', 'J2', 1, 0, B), s(0));
  p.addOwn(tracklet('JPN', 'J3', 1, 0, [41, 127]), s(0));
  assert.equal(p.tracks().length, 2);
  assert.equal(events.at(-1)!.kind, 'full');
  p.update(s(41));
  p.addOwn(tracklet('JPN', 'J4', 1, 41, [41, 127]), s(41));
  assert.deepEqual(
    p.tracks().map((t) => [...t.members][0]),
    ['JPN/J2', 'JPN/J4'],
  );
});

test('the flown path stays bounded, keeps its ends and tells where it was', () => {
  const path = new FlownPath();
  for (let i = 0; i < 5000; i++) path.add([179 + i * 0.001, 40, i, s(i)]);
  assert.ok(path.samples.length <= 301);
  assert.equal(path.samples[0][3], s(0));
  assert.equal(path.samples.at(-1)![3], s(4999));
  const at = path.at(s(2500.5))!;
  assert.ok(Math.abs(at[2] - 2500.5) < 1e-6);
  assert.equal(path.at(s(6000)), undefined);
});

test('a track that came down unseen is lost, and nothing that flies later is taken for it', () => {
  const { p } = picture();
  // 13 km above the ground and falling at 2.3 km/s; nobody tells of it again, and no impact was worked out.
  p.addOwn(tracklet('JPN', 'J1', 1, 505, A, { phase: 'reentry' }), s(505));
  p.update(s(506));
  assert.equal(p.tracks()[0].status, 'held');
  p.update(s(520));
  assert.equal(p.tracks()[0].status, 'lost');
  for (let i = 0; i < 6; i++) {
    const told = tracklet('KOR', 'K1', i + 1, 300 + i, B);
    const timeUs = s(735 + i);
    p.addPartner(
      sent({ ...told, timeUs, sinceUs: i === 0 ? timeUs : timeUs - 1e6, pedigree: { 'KOR/R': timeUs } }),
      ['KOR', 'HUB'],
      'x',
      timeUs,
    );
    p.update(timeUs);
  }
  assert.deepEqual(
    p.tracks().map((t) => [[...t.members], t.status]),
    [
      [['JPN/J1'], 'lost'],
      [['KOR/K1'], 'held'],
    ],
  );
});
