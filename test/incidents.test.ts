/** What real warning systems got wrong (docs/warning.md): the rows that need people, channels and receivers. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  AlertKeyRing,
  AlertSigner,
  type Authorisation,
  CONTENT,
  Credential,
  exerciseAlertSigner,
  exercisePerson,
  type Incoming,
  Publisher,
  ReferenceReceiver,
  Roster,
  relayAlert,
  ruleSubject,
  rulesDigest,
  SimulatedChannel,
  type StandingRule,
} from '../src/channels/index.ts';
import { seededRandom } from '../src/earth/random.ts';
import { ExerciseRun, prepareRun } from '../src/exercise/run.ts';
import { readCap } from '../src/formats/index.ts';
import { VirtualScheduler } from '../src/model/clock.ts';
import { BeaconfireError, type ErrorCode } from '../src/model/errors.ts';
import { WARNING_STAGES } from '../src/model/warning.ts';
import { exerciseConfig, type IssuedWarning, type WarningConfig, WarningDesk } from '../src/warning/index.ts';
import { flight20221004, inputAt } from '../src/warning/lifecycle.fixture.ts';
import { alerted, type Stage, stage } from './incidents.fixture.ts';

const fails = (code: ErrorCode) => (e: unknown) => e instanceof BeaconfireError && e.code === code;
const newKey = () => generateKeyPairSync('ed25519').privateKey;

function liveConfig(): WarningConfig {
  return { ...exerciseConfig('JPN'), mode: 'live', sender: 'desk@live.example' };
}

/** The first alert of a desk of this configuration. */
function firstAlert(config: WarningConfig): IssuedWarning {
  const flight = flight20221004();
  const desk = new WarningDesk(config);
  for (let t = 0; desk.issued.length === 0; t += 1) desk.step(inputAt(flight, t));
  return desk.issued[0];
}

/** A live office: made for these tests, with keys that live no longer than they do. */
function liveOffice(rule?: (config: WarningConfig, people: Credential[]) => ReturnType<typeof signedRule>) {
  const config = liveConfig();
  const people = ['Kim', 'Sato', 'Sato'].map(
    (person) => new Credential({ person, role: 'watchOfficer', nation: 'JPN', mode: 'live' }, newKey()),
  );
  const signer = new AlertSigner('JPN', 'live', ['JP-'], newKey());
  const ring = new AlertKeyRing([signer.record]);
  const alert = firstAlert(config);
  const clock = new VirtualScheduler(alert.warning.sentUs);
  const channel = new SimulatedChannel({
    id: 'cap-push',
    kind: 'capPush',
    mode: 'live',
    clock,
    random: seededRandom(1),
    receivers: ['r'],
    ring,
    delayS: 0.1,
  });
  const audit: Authorisation[] = [];
  const publisher = new Publisher({
    clock,
    config,
    signer,
    channels: [channel],
    roster: new Roster(
      'JPN',
      'live',
      people.map((p) => p.record),
    ),
    ...(rule ? { rule: rule(config, people) } : {}),
    onAuthorised: (_, authorisation) => audit.push(authorisation),
  });
  const shown = () => channel.ends.get('r')!.current(clock.nowUs());
  return { config, people, signer, alert, clock, channel, publisher, audit, shown };
}

function signedRule(config: WarningConfig, people: Credential[], change: Partial<StandingRule> = {}) {
  const rule: StandingRule = {
    nation: 'JPN',
    mode: config.mode,
    rulesDigest: rulesDigest(config),
    stages: WARNING_STAGES,
    corroboration: 2,
    validFromUs: 0,
    validUntilUs: 4e15,
    ...change,
  };
  return { rule, approvals: people.map((p) => p.approve(ruleSubject(rule))) };
}

test('W1 in an exercise, signing for or publishing to a live channel fails at the key, for every role', () => {
  const s = stage('JPN');
  const live = firstAlert(liveConfig());
  for (const role of ['watchOfficer', 'supervisor', 'controller'] as const) {
    const person = exercisePerson(1, 'JPN', `any ${role}`, role);
    for (const subject of [
      { what: 'publish', nation: 'JPN', mode: 'live', identifier: 'x', digest: 'y' },
      { what: 'retract', nation: 'JPN', mode: 'live', chain: 'x' },
      { what: 'rule', nation: 'JPN', mode: 'live', digest: 'y' },
    ] as const)
      assert.throws(() => person.approve(subject), fails('BF_KEY_MODE'));
    // Nor can such a person be enrolled among those who warn the public.
    assert.throws(() => new Roster('JPN', 'live', [person.record]), fails('BF_APPROVAL'));
  }
  assert.throws(() => s.signer.sign('live', CONTENT.cap, Buffer.from(live.cap)), fails('BF_KEY_MODE'));
  // The office of an exercise with a live message, a live channel or a live configuration.
  assert.throws(() => s.publisher.publish(live, [], 9), fails('BF_KEY_MODE'));
  const { channel, config, alert } = liveOffice();
  const { options } = s.publisher;
  assert.throws(() => new Publisher({ ...options, channels: [channel] }), fails('BF_KEY_MODE'));
  assert.throws(() => new Publisher({ ...options, config }), fails('BF_KEY_MODE'));
  assert.throws(() => new Publisher({ ...options, config, channels: [channel] }), fails('BF_KEY_MODE'));
  // And a live receiver that trusts the key of an exercise by mistake shows nothing of its messages.
  const jws = s.signer.sign('exercise', CONTENT.cap, Buffer.from(alert.cap));
  const receiver = new ReferenceReceiver('live', new AlertKeyRing([s.signer.record]));
  const receipt = receiver.receive(
    { contentType: CONTENT.cap, bytes: Buffer.from(alert.cap), jws },
    alert.warning.sentUs,
  );
  assert.equal(receipt.accepted, false);
  assert.deepEqual(receiver.current(alert.warning.sentUs), []);
});

test('W2 a live warning takes two different people or a rule that two signed; the audit shows both', () => {
  const approve = (o: ReturnType<typeof liveOffice>, ...who: number[]) =>
    who.map((i) => o.people[i].approve(o.publisher.subject(o.alert)));
  const refused = (o: ReturnType<typeof liveOffice>, approvals = approve(o), sources = 2) => {
    assert.throws(() => o.publisher.publish(o.alert, approvals, sources), fails('BF_APPROVAL'));
    o.clock.advanceTo(o.clock.nowUs() + 5e6);
    assert.deepEqual([o.shown(), o.audit], [[], []]);
  };
  const o = liveOffice();
  refused(o);
  refused(o, approve(o, 0));
  refused(o, approve(o, 0, 0));
  // Two sessions of one person.
  refused(o, approve(o, 1, 2));
  // A signature under another message, and one of an exercise's person.
  const other = { ...o.alert, cap: `${o.alert.cap} ` };
  refused(o, [...approve(o, 0), o.people[1].approve(o.publisher.subject(other))]);
  const subject = { ...o.publisher.subject(o.alert), mode: 'exercise' as const };
  refused(o, [...approve(o, 0), exercisePerson(1, 'JPN', 'Sato').approve(subject)]);
  assert.deepEqual(o.publisher.publish(o.alert, approve(o, 0, 1), 2), {
    how: 'two people',
    people: ['Kim', 'Sato'],
  });
  o.clock.advanceTo(o.clock.nowUs() + 1e6);
  assert.equal(o.shown().length, 1);
  assert.deepEqual(o.audit, [{ how: 'two people', people: ['Kim', 'Sato'] }]);

  const ruled = liveOffice((config, people) => signedRule(config, people));
  assert.deepEqual(ruled.publisher.publish(ruled.alert, [], 2), { how: 'rule', people: ['Kim', 'Sato'] });
  refused(
    liveOffice((config, people) => signedRule(config, people)),
    [],
    1,
  );
  refused(liveOffice((config, people) => signedRule(config, people.slice(1))));
  refused(liveOffice((config, people) => signedRule(config, people, { validUntilUs: 1 })));
  refused(liveOffice((config, people) => signedRule(config, people, { stages: ['passed'] })));
  refused(liveOffice((config, people) => signedRule(config, people, { rulesDigest: 'of other rules' })));
});

/** Retracts the open chain with one person's signature and returns the time to the last receiver's receipt, s. */
function retract(s: Stage, person = 0): number {
  const { chain } = s.issued[0].warning;
  const [cancel] = s.desk.retract(s.flight.id, s.clock.nowUs());
  s.publisher.publish(cancel, [s.people[person].approve(s.publisher.retractSubject(chain))], 0);
  s.issued.push(cancel);
  const from = s.clock.nowUs();
  s.clock.advanceTo(from + 10e6);
  const { identifier } = cancel.warning;
  const got = s.publisher.receipts(identifier);
  assert.equal(got.length, s.channels.length);
  for (const channel of s.channels) {
    const receipts = got.find((d) => d.channel === channel.id)!.receipts;
    assert.deepEqual([...receipts.keys()].sort(), [...channel.receivers].sort(), channel.id);
    for (const end of channel.ends.values()) assert.deepEqual(end.current(s.clock.nowUs()), []);
  }
  return Math.max(...got.flatMap((d) => [...d.receipts.values()].map((t) => (t - from) / 1e6)));
}

test('W3 one person retracts, and every receiver has acknowledged within 10 s, also on bad lines and mid-alert', (t) => {
  let worst = 0;
  for (const nation of ['JPN', 'KOR'] as const) {
    for (let seed = 1; seed <= 10; seed++) {
      const s = stage(nation, { seed, loss: 0.3 });
      alerted(s);
      // The alert has only just been handed over; nothing has arrived yet.
      worst = Math.max(worst, retract(s));
      s.clock.advanceTo(s.clock.nowUs() + 120e6);
      for (const c of s.channels)
        for (const end of c.ends.values()) assert.deepEqual(end.current(s.clock.nowUs()), []);
    }
  }
  t.diagnostic(
    `longest from retraction to the last acknowledgement, 3 of 10 copies lost: ${worst.toFixed(2)} s`,
  );
  const s = stage('JPN');
  alerted(s);
  for (const c of s.channels) c.down = true;
  s.runTo(200);
  s.clock.at(s.clock.nowUs() + 4e6, () => {
    for (const c of s.channels) c.down = false;
  });
  assert.ok(retract(s) <= 10);
  // Nobody's permission, but somebody's hand: without a signature of the office it does not go.
  const other = stage('JPN');
  alerted(other);
  const [cancel] = other.desk.retract(other.flight.id, other.clock.nowUs());
  assert.throws(() => other.publisher.publish(cancel, [], 9), fails('BF_APPROVAL'));
});

test('W3 with every partner node down an alert of the whole system is taken back within 10 s', () => {
  const options = prepareRun({ scenario: '2022-10-04-over-japan' });
  const run = new ExerciseRun(options);
  for (const { between } of options.scenario.links) run.network.setLink(between[0], between[1], false);
  const node = run.node('JPN');
  const office = run.offices.get('JPN')!;
  while (node.warnings.issued.length === 0 && !run.ended) run.advanceTo(run.nowUs + 0.5e6);
  assert.equal(run.ended, false, 'Japan alone has alerted');
  const { chain, launchId } = node.warnings.issued[0].warning;
  const from = run.nowUs;
  node.warnings.retract(launchId, [office.people[1].approve(office.publisher.retractSubject(chain))], from);
  const cancel = node.warnings.issued.at(-1)!.warning;
  assert.equal(cancel.cancelReason, 'false');
  run.advanceTo(from + 10e6);
  for (const channel of office.channels) {
    const delivery = office.publisher.receipts(cancel.identifier).find((d) => d.channel === channel.id);
    assert.deepEqual([...(delivery?.receipts.keys() ?? [])].sort(), [...channel.receivers].sort());
  }
});

test('W8 a channel without a receipt of the Cancel in 5 s raises an alarm, and every chain is closed at the end', () => {
  for (const silent of [undefined, 'cap-feed', 'cap-push', 'jalert-text']) {
    const s = stage('JPN', { localDeskS: () => 20 });
    s.runTo(400);
    assert.ok(s.issued.length >= 2);
    if (silent) s.channels.find((c) => c.id === silent)!.down = true;
    const from = s.clock.nowUs();
    s.publish(s.desk.finish(from));
    s.clock.advanceTo(from + 4.9e6);
    assert.equal(s.publisher.alarms.length, 0);
    s.clock.advanceTo(from + 5e6);
    const alarms = s.publisher.alarms.map(({ kind, where, atUs }) => [kind, where, (atUs - from) / 1e6]);
    assert.deepEqual(alarms, silent ? [['cancelReceiptLate', silent, 5]] : []);
    // The Cancel went out on every channel that had carried the alert, and refers to all that it takes back.
    const caps = s.issued.map((i) => readCap(i.cap));
    const closed = new Set(
      caps.filter((c) => c.msgType === 'Cancel').flatMap((c) => c.references.map((r) => r.identifier)),
    );
    for (const c of caps) if (c.msgType !== 'Cancel') assert.ok(closed.has(c.identifier), c.identifier);
    for (const { identifier, chain } of s.issued.map((i) => i.warning)) {
      const carried = s.publisher.receipts(identifier).map((d) => d.channel);
      assert.deepEqual(carried.sort(), s.channels.map((c) => c.id).sort(), `${chain} ${identifier}`);
    }
  }
});

test('W11 widening is refused at the relay and at the receiver; authorities that disagree show as a conflict in 2 s', () => {
  const s = stage('KOR');
  const alert = alerted(s);
  const areas = alert.warning.areas.map((a) => a.code);
  const outside = ['KR-49', 'KR-50', 'KR-26'].find((c) => !areas.includes(c))!;
  const bytes = Buffer.from(alert.cap);
  const jws = s.signer.sign('exercise', CONTENT.cap, bytes);
  const { identifier, chain, nation, mode } = alert.warning;
  const message = { identifier, chain, nation, mode, contentType: CONTENT.cap, bytes, jws };
  const receiver = () => new ReferenceReceiver('exercise', s.ring);
  const now = s.clock.nowUs();
  assert.equal(receiver().receive(relayAlert(message, areas.slice(0, 1)), now).accepted, true);
  assert.throws(() => relayAlert(message, [...areas, outside]), fails('BF_WARNING'));
  const widened: Incoming = { contentType: CONTENT.cap, bytes, jws, relayedTo: [outside] };
  assert.match(
    JSON.stringify(receiver().receive(widened, now)),
    new RegExp(`regions of the alert, found ${outside}`),
  );

  // The city of 2023-05-31: it may warn its own people; the nation has alerted others.
  const city = exerciseAlertSigner(1, 'KR-49', ['KR-49']);
  const ring = new AlertKeyRing([s.signer.record, city.record]);
  const rename = (text: string) =>
    text.replaceAll(identifier, 'CITY-1').replaceAll(areas[0], 'KR-49').replaceAll(chain, 'CITY');
  const cityText = (only: string) => {
    // One area in each language, under the city's own name.
    let n = 0;
    return rename(alert.cap).replace(/ *<area>[\s\S]*?<\/area>\n/g, (a) =>
      a.includes(`<value>${only}</value>`) && n++ < 3 ? a : '',
    );
  };
  const local = new SimulatedChannel({
    id: 'feed',
    kind: 'capFeed',
    mode: 'exercise',
    clock: s.clock,
    random: seededRandom(3),
    receivers: ['r'],
    ring,
    delayS: 1,
  });
  const end = local.ends.get('r')!;
  local.inject({ contentType: CONTENT.cap, bytes, jws });
  s.clock.advanceTo(now + 10e6);
  assert.deepEqual(end.conflicts(s.clock.nowUs()), []);
  const said = Buffer.from(cityText('KR-49'));
  const from = s.clock.nowUs();
  local.inject({ contentType: CONTENT.cap, bytes: said, jws: city.sign('exercise', CONTENT.cap, said) });
  s.clock.advanceTo(from + 2e6);
  assert.deepEqual(end.conflicts(s.clock.nowUs()), [{ area: 'KR-49', danger: 'KR-49', none: 'KOR' }]);
  // The city's key cannot speak for anyone else.
  const beyond = end.receive(
    { contentType: CONTENT.cap, bytes, jws: city.sign('exercise', CONTENT.cap, bytes) },
    s.clock.nowUs(),
  );
  assert.match(JSON.stringify(beyond), /regions that KR-49 may warn/);
});

test('W13 siren and text start from one event; a local desk silent for 60 s escalates', () => {
  const s = stage('KOR', { localDeskS: (area) => (area === 'KR-41' ? undefined : 30) });
  const alert = alerted(s);
  const areas = alert.warning.areas.map((a) => a.code);
  assert.ok(areas.includes('KR-41') && areas.length > 1, areas.join());
  const started = s.publisher.receipts(alert.warning.identifier);
  assert.deepEqual(new Set(started.map((d) => d.sentUs)), new Set([s.clock.nowUs()]));
  assert.deepEqual(started.map((d) => d.channel).sort(), [
    'cap-feed',
    'cap-push',
    'cell-broadcast',
    'sirens',
  ]);
  const from = s.clock.nowUs();
  s.clock.advanceTo(from + 59.9e6);
  assert.equal(s.publisher.alarms.length, 0);
  s.clock.advanceTo(from + 60e6);
  const late = s.publisher.alarms.filter((a) => a.kind === 'localAcknowledgementLate');
  assert.deepEqual(
    late.map((a) => [a.where, (a.atUs - from) / 1e6]),
    [['KR-41', 60]],
  );
});

test('W18 an unknown public message is detected in 5 s, even under the right key; maintenance locks the key', () => {
  const s = stage('JPN', { localDeskS: () => 20 });
  s.publisher.startCanaries();
  alerted(s);
  s.runTo(200);
  // All that the office itself says, canaries too, is known to it.
  assert.equal(s.publisher.alarms.length, 0);
  for (const channel of s.channels) {
    const from = s.clock.nowUs();
    const bytes = Buffer.from(s.issued[0].cap.replaceAll('BF-EX', 'BF-UN'));
    channel.inject({ contentType: CONTENT.cap, bytes, jws: s.signer.sign('exercise', CONTENT.cap, bytes) });
    const before = s.publisher.alarms.length;
    s.clock.advanceTo(from + 5e6);
    const [alarm, ...more] = s.publisher.alarms.slice(before);
    assert.deepEqual([alarm?.kind, alarm?.where, more.length], ['unknownPublicMessage', channel.id, 0]);
  }
  assert.throws(() => s.publisher.beginMaintenance('new software'), fails('BF_WARNING'));
  const idle = stage('JPN');
  idle.publisher.beginMaintenance('new software');
  const before = idle.publisher.deliveries.length;
  assert.throws(() => alerted(idle), fails('BF_KEY_MODE'));
  assert.equal(idle.publisher.deliveries.length, before);
  idle.publisher.endMaintenance();
  idle.publisher.publish(idle.desk.issued[0], [], 2);
});

test('W19 the reference receiver shows nothing that is unsigned, altered or signed by a stranger', () => {
  const s = stage('JPN');
  const alert = alerted(s);
  const now = s.clock.nowUs();
  const forms = s.channels.map((c) => c.render(alert));
  const stranger = exerciseAlertSigner('another seed', 'JPN', ['JP-']);
  for (const { contentType, text } of forms) {
    const bytes = Buffer.from(text);
    const jws = s.signer.sign('exercise', contentType, bytes);
    const good = new ReferenceReceiver('exercise', s.ring);
    assert.deepEqual(good.receive({ contentType, bytes, jws }, now).accepted, true);
    assert.equal(good.current(now).length, 1);
    const receiver = new ReferenceReceiver('exercise', s.ring);
    const refused = (incoming: Incoming) => {
      assert.equal(receiver.receive(incoming, now).accepted, false);
      assert.deepEqual(receiver.current(now), []);
    };
    refused({ contentType, bytes });
    refused({ contentType, bytes, jws: '' });
    refused({ contentType, bytes, jws: stranger.sign('exercise', contentType, bytes) });
    refused({ contentType, bytes, jws: s.signer.sign('exercise', CONTENT.canary, bytes) });
    const none = Buffer.from(JSON.stringify({ alg: 'none', kid: s.signer.record.id })).toString('base64url');
    refused({ contentType, bytes, jws: `${none}..` });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = Buffer.from(bytes);
        altered[at] ^= change;
        refused({ contentType, bytes: altered, jws });
      }),
      { numRuns: 50 },
    );
    fc.assert(
      fc.property(fc.nat(jws.length - 1), fc.constantFrom('A', 'z', '.', '0', ''), (at, c) => {
        if (jws[at] === c) return;
        const altered = jws.slice(0, at) + c + jws.slice(at + 1);
        // The last letter of 64 bytes in base64url holds four bits that mean nothing; all else must hold.
        if (
          at === jws.length - 1 &&
          c !== '' &&
          Buffer.from(altered.slice(-2), 'base64url').equals(Buffer.from(jws.slice(-2), 'base64url'))
        )
          return;
        refused({ contentType, bytes, jws: altered });
      }),
      { numRuns: 50 },
    );
  }
});
