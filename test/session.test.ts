import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prepareRun } from '../src/exercise/run.ts';
import { ExerciseSession } from '../src/exercise/session.ts';
import { check } from '../src/model/schema.ts';
import { ExerciseHello, ExerciseState, NationHello, PictureMessage } from '../src/node/wire.ts';

const SCHEMAS: Record<
  string,
  typeof PictureMessage | typeof ExerciseState | typeof NationHello | typeof ExerciseHello
> = {
  picture: PictureMessage,
  exercise: ExerciseState,
  nationHello: NationHello,
  exerciseHello: ExerciseHello,
};

function checked(message: unknown): { type: string } {
  const read = JSON.parse(JSON.stringify(message)) as { type: string };
  check(SCHEMAS[read.type], read);
  return read;
}

test('every message of a whole exercise is of the published form', () => {
  const session = new ExerciseSession(prepareRun({ scenario: '2022-10-04-over-japan' }), 60);
  const feeds = session.feeds();
  for (const feed of feeds.values()) checked(feed.hello());
  let seen = 0;
  for (let sequence = 1; !session.run.ended; sequence++) {
    session.advance(0.5);
    for (const feed of feeds.values()) {
      checked(feed.message(sequence));
      seen++;
    }
  }
  assert.ok(seen > 100);
});

test('pause, speed and restart do what they say', () => {
  const session = new ExerciseSession(prepareRun({ scenario: '2022-10-04-over-japan' }), 10);
  const start = session.run.nowUs;
  session.advance(0.1);
  assert.equal(session.run.nowUs, start + 1e6);
  session.control({ type: 'control', action: 'pause' });
  session.advance(0.1);
  assert.equal(session.run.nowUs, start + 1e6);
  assert.equal(session.state(1).paused, true);
  session.control({ type: 'control', action: 'resume' });
  session.control({ type: 'control', action: 'speed', speed: 60 });
  session.advance(0.1);
  assert.equal(session.run.nowUs, start + 7e6);
  session.control({ type: 'control', action: 'restart' });
  assert.equal(session.run.nowUs, start);
  assert.equal(session.state(2).run, 2);
});

test('the controllers suspend an agreement while everything runs; what no party may do changes nothing', () => {
  const session = new ExerciseSession(prepareRun({ scenario: '2022-10-04-over-japan' }), 10);
  session.advance(0.1);
  const state = (): string => session.run.book.state('mechanism-2023', session.run.nowUs);
  const act = (agreement: string, event: 'suspended' | 'resumed', by: 'USA' | 'KOR'): void =>
    session.control({ type: 'control', action: 'agreement', agreement, event, by });
  act('mechanism-2023', 'suspended', 'KOR');
  assert.equal(state(), 'suspended');
  const { events } = session.run.node('JPN').picture(1, 1);
  assert.match(events[events.length - 1].text.ko, /mechanism-2023 효력 정지 \(한국\): 훈련 통제/);
  act('mechanism-2023', 'resumed', 'KOR');
  act('mechanism-2023', 'resumed', 'KOR');
  act('gsomia-2016', 'suspended', 'USA');
  act('nato', 'suspended', 'USA');
  assert.deepEqual([state(), session.run.ledger.entries.length], ['inForce', 2]);
  assert.equal(session.run.book.state('gsomia-2016', session.run.nowUs), 'inForce');
});

test('a stall of the machine is not made up for in one leap', () => {
  const session = new ExerciseSession(prepareRun({ scenario: '2022-10-04-over-japan' }), 1);
  const start = session.run.nowUs;
  session.advance(3600);
  assert.ok(session.run.nowUs - start <= 0.5e6);
});

test('at full speed a run comes to its end in steps between which pages are answered', () => {
  const session = new ExerciseSession(prepareRun({ scenario: '2022-10-04-over-japan' }), Infinity);
  const { startUs } = session.run;
  session.advance(0.05);
  assert.ok(session.run.nowUs > startUs && session.run.nowUs < startUs + 60e6);
});
