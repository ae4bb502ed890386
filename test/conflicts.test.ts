/** W11 on whole runs: a local authority that warns on its own shows beside the nation's words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExerciseRun, prepareRun } from '../src/exercise/run.ts';
import { BeaconfireError } from '../src/model/errors.ts';

const options = prepareRun({ scenario: '2022-10-04-over-japan' });

test('W11 two authorities that disagree are shown as a conflict within 2 s, in three languages, until they agree', () => {
  const run = new ExerciseRun(options);
  const node = run.node('JPN');
  const office = run.offices.get('JPN')!;
  const conflicts = () => node.picture(1, 1).conflicts!;
  // Before the nation has said anything there is nothing to disagree with.
  run.localAlert('JPN', 'JP-46', 'alert');
  run.advanceTo(run.nowUs + 5e6);
  assert.deepEqual(conflicts(), []);
  while (node.warnings.issued.length === 0) run.advanceTo(run.nowUs + 0.5e6);
  run.advanceTo(run.nowUs + 2e6);
  const nation = node.warnings.issued[0].warning;
  assert.deepEqual(
    conflicts().map((c) => [c.area, c.danger.authority, c.none.authority]),
    [['JP-46', 'JP-46', 'JPN']],
  );
  // An area that the nation warns as well is no conflict; one that it does not is, within 2 s.
  const from = run.nowUs;
  run.localAlert('JPN', nation.areas.find((a) => !a.neighbour)!.code, 'alert');
  run.localAlert('JPN', 'JP-47', 'alert');
  run.advanceTo(from + 2e6);
  const [, shown] = conflicts();
  assert.deepEqual([shown.area, shown.danger.authority, shown.none.authority], ['JP-47', 'JP-47', 'JPN']);
  assert.ok(shown.sinceUs - from <= 2e6);
  for (const side of [shown.danger, shown.none])
    for (const language of ['en', 'ko', 'ja'] as const)
      assert.match(side.headline[language]!, /EXERCISE|훈련|訓練/, language);
  assert.equal(conflicts().length, 2);
  assert.ok(node.events.latest.some((e) => /Authorities DISAGREE about Okinawa/.test(e.text.en)));
  assert.ok(!office.publisher.alarms.some((a) => a.kind === 'unknownPublicMessage'));
  // The local authority takes it back: they agree again.
  run.localAlert('JPN', 'JP-47', 'cancel');
  run.advanceTo(run.nowUs + 2e6);
  assert.deepEqual(
    conflicts().map((c) => c.area),
    ['JP-46'],
  );
  const refused = (e: unknown) => e instanceof BeaconfireError && e.code === 'BF_WARNING';
  assert.throws(() => run.localAlert('USA', 'JP-01', 'alert'), refused);
  assert.throws(() => run.localAlert('KOR', 'JP-01', 'alert'), refused);
  assert.throws(() => run.localAlert('JPN', 'JP-46', 'alert'), refused);
  assert.throws(() => run.localAlert('JPN', 'JP-27', 'cancel'), refused);
});
