/**
 * A node that warns its public, killed at every record of its journal around its publications, on virtual time: what had
 * been handed to the channels by then either left or did not, and in both cases the receivers end with the same messages
 * as without a kill.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AlertKeyRing,
  type Channel,
  CONTENT,
  type Credential,
  exerciseAlertSigner,
  exercisePerson,
  exercisePublisher,
  type PublicMessage,
  Publisher,
  ReferenceReceiver,
  Roster,
} from '../src/channels/index.ts';
import { seededRandom } from '../src/earth/random.ts';
import {
  AgreementBook,
  exerciseKeys,
  InProcessNetwork,
  Journal,
  type JournalRecord,
  memorySink,
} from '../src/exchange/index.ts';
import { prepareRun } from '../src/exercise/run.ts';
import { type Scheduler, VirtualScheduler } from '../src/model/clock.ts';
import { NODE_IDS } from '../src/model/nation.ts';
import { sensorOfSite } from '../src/model/sensor.ts';
import { goOn } from '../src/node/go-on.ts';
import { NationNode } from '../src/node/node.ts';
import { exerciseConfig } from '../src/warning/index.ts';

const SEED = 7;
const TICK_US = 500_000;
const { signers, ring } = exerciseKeys(SEED, NODE_IDS);
const options = prepareRun({ scenario: '2022-10-04-over-japan' });
const { world, scenario } = options;
const plots = world.plots.filter((p) => p.nation === 'JPN');
const sensors = world.sites.filter((s) => s.nation === 'JPN').map(sensorOfSite);

/** A channel to one receiver, that remembers what it was given. */
class Direct implements Channel {
  readonly id = 'direct';
  readonly mode = 'exercise' as const;
  readonly receivers = ['broadcaster'];
  /** With the number of the journal's last record then. */
  readonly given: { message: PublicMessage; seq: number }[] = [];
  readonly #end: ReferenceReceiver;
  readonly #clock: Scheduler;
  readonly #seq: () => number;
  readonly shown: string[] = [];
  readonly refused: string[] = [];

  constructor(end: ReferenceReceiver, clock: Scheduler, seq: () => number) {
    this.#end = end;
    this.#clock = clock;
    this.#seq = seq;
  }

  render(issued: { cap: string }) {
    return { contentType: CONTENT.cap, text: issued.cap };
  }

  send(message: PublicMessage, report: Parameters<Channel['send']>[1]): void {
    this.given.push({ message, seq: this.#seq() });
    // Handed over now, received and acknowledged a moment later.
    this.#clock.at(this.#clock.nowUs() + 100_000, () => {
      const receipt = this.#end.receive(message, this.#clock.nowUs());
      if (!receipt.accepted) this.refused.push(receipt.reason);
      else if (receipt.shown || receipt.detail === 'cancelled') this.shown.push(receipt.identifier);
      report(
        receipt.accepted
          ? { receiver: 'broadcaster', accepted: true }
          : { receiver: 'broadcaster', accepted: false, reason: receipt.reason },
      );
    });
  }
}

/** From the beginning of the exercise to the alert, and a little. */
const UNTIL_S = 144;

const people = ['officer-1', 'officer-2'].map((name) => exercisePerson(SEED, 'JPN', name));
/** When each of them signs what waits, s from the beginning. */
const SIGNED_S = [142.2, 143.2];

function signAll(node: NationNode, credential: Credential): void {
  for (const { launchId, messages } of node.warnings.awaiting())
    node.person({
      action: 'approve',
      launchId,
      signatures: messages.map(({ identifier, digest }) => ({
        identifier,
        digest,
        ...credential.approve({ what: 'publish', nation: 'JPN', mode: 'exercise', identifier, digest }),
      })),
    });
}

/** JPN by itself from `text` on: `drive` plays what is left of the exercise. */
function life(text: string, end: ReferenceReceiver, startUs: number, byPeople = false) {
  const inner = new VirtualScheduler(startUs);
  let now: number | undefined;
  let taken = 0;
  const clock: Scheduler = {
    nowUs: () => now ?? inner.nowUs(),
    at: (timeUs, task) => inner.at(Math.max(timeUs, inner.nowUs()), task),
  };
  const sink = memorySink();
  const signer = signers.get('JPN')!;
  const journal = Journal.resume({ clock, sink, signer, ring, source: text, torn: 0 });
  const channel = new Direct(end, clock, () => journal.head.seq);
  const network = new InProcessNetwork(clock, {
    links: [{ between: ['JPN', 'HUB'], latencyUs: 1000 }],
    random: seededRandom(1),
  });
  const node = new NationNode({
    nation: 'JPN',
    mode: 'exercise',
    clock,
    sensors,
    sites: [],
    book: new AgreementBook([]),
    signer,
    ring,
    transport: network.transport('JPN'),
    journal,
    marking: { releasableTo: [], consents: [] },
    resumable: true,
    threat: scenario.threat,
    level: scenario.level,
    publisher: (hooks) =>
      byPeople
        ? new Publisher({
            clock,
            config: exerciseConfig('JPN'),
            signer: exerciseAlertSigner(SEED, 'JPN', ['JP-']),
            roster: new Roster(
              'JPN',
              'exercise',
              people.map((p) => p.record),
            ),
            channels: [channel],
            localDesks: () => [],
            ...hooks,
          })
        : exercisePublisher({
            seed: SEED,
            fromUs: world.startUs - 3600e6,
            config: exerciseConfig('JPN'),
            clock,
            channels: [channel],
            ...hooks,
          }),
  });
  return {
    channel,
    text: () => text + sink.text(),
    goOn(): void {
      const { past } = journal;
      taken = past.reduce((n, { body }) => Math.max(n, Number(body.number ?? 0)), 0);
      const at = (timeUs: number, work: () => void): void => {
        now = timeUs;
        work();
        now = undefined;
      };
      goOn(node, past, at, () => {});
      journal.forgetPast();
    },
    /** Plots that were not taken and ticks that were not made, to the end. */
    drive(untilUs: number): void {
      const begunUs = inner.nowUs();
      for (const [i, { plot, arrivalUs }] of plots.entries())
        if (i >= taken && arrivalUs <= untilUs)
          clock.at(Math.max(begunUs, arrivalUs), () => node.plot(plot, i + 1));
      for (const [i, credential] of byPeople ? people.entries() : []) {
        const atUs = world.startUs + SIGNED_S[i] * 1e6;
        if (atUs > begunUs) clock.at(atUs, () => signAll(node, credential));
      }
      for (let t = world.startUs + TICK_US; t <= untilUs; t += TICK_US)
        if (t > begunUs || text === '')
          clock.at(t, () => {
            journal.write('tick', {});
            node.tick();
          });
      inner.advanceTo(untilUs);
      node.endWarnings();
      inner.advanceTo(untilUs + 5e6);
      node.close();
    },
  };
}

test('a node killed at each record around its publications: every message reaches the receiver once, whether it had left or not', (t) => {
  const keys = new AlertKeyRing([exerciseAlertSigner(SEED, 'JPN', ['JP-']).record]);
  const receiver = (): ReferenceReceiver => new ReferenceReceiver('exercise', keys);
  const untilUs = world.startUs + UNTIL_S * 1e6;
  const whole = life('', receiver(), world.startUs);
  whole.drive(untilUs);
  const { shown, given } = whole.channel;
  assert.deepEqual(whole.channel.refused, []);
  assert.equal(shown.length, 2, `an alert and its cancel: ${shown}`);
  const lines = whole.text().split('\n').slice(0, -1);
  const records = lines.map((l) => JSON.parse(l) as JournalRecord);
  const around = records.filter((r) =>
    ['proposed', 'authorised', 'published', 'warning', 'receipt'].includes(r.kind),
  );
  assert.equal(around.length, 10);
  const cuts = new Set(around.flatMap(({ seq }) => [seq - 1, seq]));
  let lives = 0;
  let again = 0;
  for (const cut of cuts) {
    const handed = given.filter(({ seq }) => seq <= cut).map((g) => g.message);
    const acknowledged = records
      .filter((r) => r.kind === 'receipt' && r.seq <= cut)
      .map((r) => r.body.identifier);
    const open = handed.filter((m) => !acknowledged.includes(m.identifier));
    for (const left of open.length > 0 ? [true, false] : [true]) {
      const end = receiver();
      const before: string[] = [];
      for (const message of handed) {
        if (!left && open.includes(message)) continue;
        if (before.includes(message.identifier)) continue;
        assert.ok(end.receive(message, records[cut - 1].timeUs).accepted);
        before.push(message.identifier);
      }
      const atUs = records[cut - 1].timeUs;
      const second = life(`${lines.slice(0, cut).join('\n')}\n`, end, atUs);
      second.goOn();
      second.drive(untilUs);
      const where = `cut after ${cut} ${records[cut - 1].kind}, ${left ? 'it had left' : 'it had not left'}`;
      assert.deepEqual(second.channel.refused, [], where);
      assert.deepEqual([...before, ...second.channel.shown], shown, where);
      assert.deepEqual(end.current(untilUs + 5e6), [], where);
      const said = second
        .text()
        .split('\n')
        .slice(0, -1)
        .map((l) => JSON.parse(l) as JournalRecord);
      const warned = said.flatMap((r) =>
        r.kind === 'warning' ? [(r.body.warning as { identifier: string }).identifier] : [],
      );
      assert.deepEqual(warned, shown, where);
      // Who has acknowledged a message is not given it again.
      for (const { message } of second.channel.given) {
        assert.ok(!acknowledged.includes(message.identifier), where);
        if (before.includes(message.identifier)) again++;
      }
      lives++;
    }
  }
  t.diagnostic(`${lives} lives after a kill; ${again} messages given again that had left`);
});

test('signatures of people outlive the process: the second person alone signs after it, and what two had signed goes out', (t) => {
  const keys = new AlertKeyRing([exerciseAlertSigner(SEED, 'JPN', ['JP-']).record]);
  const receiver = (): ReferenceReceiver => new ReferenceReceiver('exercise', keys);
  const untilUs = world.startUs + UNTIL_S * 1e6;
  const whole = life('', receiver(), world.startUs, true);
  whole.drive(untilUs);
  const { shown } = whole.channel;
  assert.equal(shown.length, 1, 'an alert that two people signed');
  const lines = whole.text().split('\n').slice(0, -1);
  const records = lines.map((l) => JSON.parse(l) as JournalRecord);
  const signed = records.filter((r) => r.kind === 'person');
  assert.equal(signed.length, 2);
  const cuts = [
    ...signed.flatMap(({ seq }) => [seq - 1, seq, seq + 1]),
    ...records.flatMap((r) => (['proposed', 'published'].includes(r.kind) ? [r.seq] : [])),
  ];
  for (const cut of new Set(cuts)) {
    const where = `cut after ${cut} ${records[cut - 1].kind}`;
    const end = receiver();
    const second = life(`${lines.slice(0, cut).join('\n')}\n`, end, records[cut - 1].timeUs, true);
    second.goOn();
    second.drive(untilUs);
    assert.deepEqual(second.channel.refused, [], where);
    assert.deepEqual(second.channel.shown, shown, where);
    const said = second
      .text()
      .split('\n')
      .slice(0, -1)
      .map((l) => JSON.parse(l) as JournalRecord);
    const authorised = said.flatMap((r) => (r.kind === 'authorised' ? [r.body.people] : []));
    assert.deepEqual(authorised.at(-1), ['officer-1', 'officer-2'], where);
    // Nobody signs twice.
    const requests = said.filter((r) => r.kind === 'person').length;
    assert.equal(requests, 2, where);
  }
  t.diagnostic(`${new Set(cuts).size} lives after a kill`);
});
