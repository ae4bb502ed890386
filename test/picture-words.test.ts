/** What a nation's picture says of releases, agreements and alerts taken back, while the agreements change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoToUs } from '../src/earth/time.ts';
import { prepareRun } from '../src/exercise/run.ts';
import { ExerciseSession } from '../src/exercise/session.ts';
import type { Nation } from '../src/model/nation.ts';
import { check } from '../src/model/schema.ts';
import { PictureMessage } from '../src/node/wire.ts';

const session = new ExerciseSession(prepareRun({ scenario: '2022-10-04-suspension' }), 60);
const launchUs = isoToUs(session.run.options.scenario.launches[0].launchTime)!;

function at(s: number, nation: Nation) {
  session.run.advanceTo(launchUs + s * 1e6);
  const picture = JSON.parse(JSON.stringify(session.run.node(nation).picture(1, 1)));
  check(PictureMessage, picture);
  const { releases, agreements, unconfirmed, alarms, ...rest } = picture as PictureMessage;
  assert.ok(releases && agreements && unconfirmed && alarms);
  return { ...rest, releases, agreements, unconfirmed, alarms };
}

const stateOf = (p: ReturnType<typeof at>, id: string) => p.agreements.find((a) => a.id === id)?.state;

test('the picture says what is released to whom under what, and follows the agreements in mid-run', () => {
  const before = at(55, 'KOR');
  assert.equal(stateOf(before, 'gsomia-2016'), 'inForce');
  const early = before.releases.find((r) => r.kind === 'tracklet' && r.to === 'JPN');
  assert.ok(early && early.decision !== 'deny' && early.agreement !== null);
  assert.ok(early.reasons.some((r) => r.code === 'released' && r.agreement === early.agreement));

  const suspended = at(65, 'KOR');
  const gsomia = suspended.agreements.find((a) => a.id === 'gsomia-2016');
  assert.equal(gsomia?.state, 'suspended');
  assert.equal(gsomia?.change?.timeUs, launchUs + 60e6);
  assert.deepEqual(gsomia?.change?.by, ['KOR']);
  assert.match(gsomia?.change?.cause?.en ?? '', /effect suspended/);
});

test('one person takes an alert back; what is not open cannot be', () => {
  const alerted = at(190, 'JPN');
  const open = alerted.warnings.find((w) => w.current);
  assert.ok(open);
  const retract = (nation: Nation, chain: string) =>
    session.control({ type: 'control', action: 'retract', nation, chain });
  const refused = { name: 'BeaconfireError', code: 'BF_WARNING' };
  assert.throws(() => retract('JPN', 'no such chain'), refused);
  assert.throws(() => retract('KOR', open.chain), refused);
  assert.throws(() => retract('USA', open.chain), refused);
  retract('JPN', open.chain);
  assert.throws(() => retract('JPN', open.chain), refused);
  const after = at(199, 'JPN');
  const cancel = after.warnings.findLast((w) => w.chain === open.chain);
  assert.equal(cancel?.messageType, 'cancel');
  assert.equal(cancel?.cancelReason, 'false');
  // Every receiver of every channel that carried the alert has acknowledged within ten seconds.
  assert.ok(cancel?.delivery?.length);
  for (const d of cancel?.delivery ?? []) assert.equal(d.acknowledged, d.receivers, d.channel);
  // The missile is still on its way: it is seen, and it is said what is lacking for another alert.
  const [threat] = after.unconfirmed;
  assert.ok(threat.areas.includes('JP-01') && threat.sources < threat.needed, JSON.stringify(threat));
});

test('a mechanism that stops leaves what remains, slower; when it is back, so are the links', () => {
  const slow = at(210, 'JPN');
  for (const release of slow.releases.filter((r) => r.timeUs > launchUs + 201e6)) {
    assert.equal(release.agreement, 'tisa-2014');
    assert.ok(release.delayS > 0 && release.sinceUs >= launchUs + 200e6);
    for (const id of ['gsomia-2016', 'mechanism-2023'])
      assert.ok(
        release.reasons.some((r) => r.agreement === id && r.code === 'suspended'),
        id,
      );
  }
  assert.ok(slow.releases.some((r) => r.timeUs > launchUs + 201e6));
  assert.ok(slow.links.every((l) => l.status === 'degraded' && l.agreement === 'tisa-2014'));
  const told = slow.events.filter((e) => e.timeUs === launchUs + 200e6).map((e) => e.kind);
  assert.deepEqual(told.sort(), ['agreement', 'link', 'link']);

  const again = at(402, 'JPN');
  assert.equal(stateOf(again, 'mechanism-2023'), 'inForce');
  assert.ok(again.links.every((l) => l.status === 'up'));
  assert.ok(again.events.some((e) => e.kind === 'link' && e.severity === 'notice'));
});
