import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Credential, exerciseOffice, exercisePerson } from '../src/channels/index.ts';
import { seededRandom } from '../src/earth/random.ts';
import { ExerciseRun, prepareRun } from '../src/exercise/run.ts';
import { VirtualScheduler } from '../src/model/clock.ts';
import { PersonRefused, type PersonSignature, Waiting } from '../src/node/approvals.ts';
import type { AwaitingView, RefusalReason } from '../src/node/wire.ts';
import { exerciseConfig, WarningDesk } from '../src/warning/index.ts';
import { flight20221004, inputAt } from '../src/warning/lifecycle.fixture.ts';

const options = prepareRun({ scenario: '2022-10-04-over-japan' });

function people() {
  const run = new ExerciseRun({ ...options, approval: 'people' });
  const node = run.node('JPN');
  const office = run.offices.get('JPN')!;
  const until = (done: () => boolean): void => {
    while (!done() && !run.ended) run.advanceTo(run.nowUs + 0.5e6);
    assert.ok(done(), 'came before the end');
  };
  const sign = (by: Credential, view: AwaitingView): PersonSignature[] =>
    view.messages.map(({ identifier, digest }) => ({
      identifier,
      digest,
      ...by.approve({ what: 'publish', nation: 'JPN', mode: 'exercise', identifier, digest }),
    }));
  const approve = (by: Credential, view: AwaitingView) =>
    node.person({ action: 'approve', launchId: view.launchId, signatures: sign(by, view) });
  return { run, node, office, until, approve, sign };
}

const refused = (reason: RefusalReason) => (e: unknown) => e instanceof PersonRefused && e.reason === reason;

test('W2 without a rule nothing leaves before two different people have signed what they read', () => {
  const { run, node, office, until, approve, sign } = people();
  const [one, two] = office.people;
  until(() => node.warnings.awaiting().length > 0);
  assert.equal(node.hello().office?.approval, 'people');
  const [view] = node.warnings.awaiting();
  assert.equal(view.messages[0].messageType, 'alert');
  assert.deepEqual(approve(one, view), {
    type: 'personAnswer',
    action: 'approve',
    person: 'officer-1',
    missing: 1,
  });
  // The same person again, as if from another session.
  assert.throws(() => approve(one, view), refused('sameTwice'));
  assert.throws(() => approve(exercisePerson(options.seed, 'KOR', 'officer-2'), view), refused('stranger'));
  assert.throws(() => approve(exercisePerson('other', 'JPN', 'officer-2'), view), refused('stranger'));
  const other = structuredClone(view);
  other.messages[0].digest = '0'.repeat(64);
  assert.throws(() => approve(two, other), refused('changed'));
  const borrowed = sign(two, view).map((s) => ({ ...s, credential: one.record.publicKey }));
  assert.throws(
    () => node.person({ action: 'approve', launchId: view.launchId, signatures: borrowed }),
    refused('stranger'),
  );
  assert.deepEqual(node.warnings.issued, []);
  assert.equal(node.milestones().publicWarningUs, null);
  assert.equal(office.publisher.deliveries.length, 0);
  // Two seconds later it still stands, for it says the same; with the second person it goes, to be received.
  run.advanceTo(run.nowUs + 2e6);
  const [still] = node.warnings.awaiting();
  assert.equal(still.messages[0].digest, view.messages[0].digest);
  assert.equal(approve(two, still).missing, 0);
  assert.equal(node.milestones().publicWarningUs, run.nowUs);
  run.advanceTo(run.nowUs + 5e6);
  const [sent] = node.picture(1, 1).warnings;
  assert.deepEqual(sent.authorised, { how: 'two people', people: ['officer-1', 'officer-2'] });
  assert.ok(sent.delivery!.every((d) => d.receipts!.every((r) => r.atUs !== null)));
  assert.throws(() => approve(two, still), refused('nothingWaits'));

  // What follows waits again, and refers to nothing that was not sent.
  until(() => node.warnings.awaiting().length > 0);
  const [next] = node.warnings.awaiting();
  assert.equal(next.messages[0].messageType, 'update');
  assert.equal(next.messages[0].identifier, `${sent.chain}-2`);

  // One person takes it back, though an update waits; the exercise's control may not.
  assert.throws(() => run.retract('JPN', sent.chain), /expected the signature of a person/);
  const subject = office.publisher.retractSubject(sent.chain);
  const stranger = exercisePerson('other', 'JPN', 'officer-3').approve(subject);
  assert.throws(
    () => node.person({ action: 'retract', chain: sent.chain, ...stranger }),
    refused('stranger'),
  );
  assert.equal(node.warnings.issued.length, 1);
  const from = run.nowUs;
  const answer = node.person({ action: 'retract', chain: sent.chain, ...two.approve(subject) });
  assert.equal(answer.person, 'officer-2');
  assert.deepEqual(node.warnings.awaiting(), []);
  run.advanceTo(from + 10e6);
  const cancel = node.picture(2, 1).warnings.at(-1)!;
  assert.deepEqual([cancel.messageType, cancel.cancelReason], ['cancel', 'false']);
  assert.deepEqual(cancel.authorised, { how: 'one person', people: ['officer-2'] });
  assert.deepEqual(
    cancel.delivery!.map((d) => [d.channel, d.acknowledged === d.receivers]),
    sent.delivery!.map((d) => [d.channel, true]),
  );
  assert.throws(
    () => node.person({ action: 'retract', chain: sent.chain, ...two.approve(subject) }),
    refused('noOpenAlert'),
  );
});

test('W13 a message that nobody signs escalates after 60 s, and is dropped unsent when it is no longer true', () => {
  const { run, node, until } = people();
  until(() => node.warnings.awaiting().length > 0);
  const since = node.warnings.awaiting()[0].sinceUs;
  run.advanceTo(since + 59e6);
  assert.equal(node.publisher!.alarms.length, 0);
  run.advanceTo(since + 61e6);
  assert.deepEqual(
    node.publisher!.alarms.map((a) => a.kind),
    ['approvalLate'],
  );
  run.advanceTo(run.endUs);
  assert.ok(run.ended);
  assert.deepEqual(node.warnings.awaiting(), []);
  assert.deepEqual(node.warnings.issued, []);
  assert.equal(node.publisher!.deliveries.length, 0);
  assert.ok(node.events.latest.some((e) => /never sent/.test(e.text.en)));
});

test('W2 in whatever order and however often people sign, two people are two different people', () => {
  const flight = flight20221004();
  const config = exerciseConfig('JPN');
  const desk = new WarningDesk(config);
  let step = desk.propose(inputAt(flight, 0));
  for (let t = 1; step.issued.length === 0; t++) step = desk.propose(inputAt(flight, t));
  const clock = new VirtualScheduler(step.issued[0].warning.sentUs);
  const office = exerciseOffice({ seed: 1, config, clock, random: seededRandom(1), byRule: false });
  const strangers = [exercisePerson(2, 'JPN', 'officer-1'), exercisePerson(1, 'KOR', 'officer-1')];
  const all = [...office.people, ...strangers];
  fc.assert(
    fc.property(fc.array(fc.nat(all.length - 1), { maxLength: 12 }), (order) => {
      const waiting = new Waiting('L1', step.issued, clock.nowUs(), clock.nowUs(), false);
      const signed = new Set<number>();
      for (const who of order) {
        const subject = office.publisher.subject(step.issued[0]) as { identifier: string; digest: string };
        const signature = {
          identifier: subject.identifier,
          digest: subject.digest,
          ...all[who].approve(office.publisher.subject(step.issued[0])),
        };
        const fine = who < office.people.length && !signed.has(who);
        if (fine) waiting.sign([signature], office.publisher, clock.nowUs());
        else assert.throws(() => waiting.sign([signature], office.publisher, clock.nowUs()), PersonRefused);
        if (fine) signed.add(who);
        assert.equal(waiting.people, signed.size);
        const go = () => office.publisher.authorise(step.issued[0], waiting.approvalsOf(0), 9);
        if (signed.size < 2) assert.throws(go);
        else assert.equal(go().how, 'two people');
      }
    }),
    { numRuns: 60 },
  );
});
