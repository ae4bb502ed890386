/** The Atom feed over real HTTP: a publisher, receivers that poll and sign receipts, one of them late. */
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compactVerify } from 'jose';
import { CONTENT, type Outcome } from '../src/channels/channel.ts';
import { AtomFeedChannel, FeedReader } from '../src/channels/feed.ts';
import { HttpPushChannel, type Listening, listenForAlerts } from '../src/channels/http.ts';
import { AlertKeyRing } from '../src/channels/jws.ts';
import { Publisher } from '../src/channels/publisher.ts';
import { exerciseReceiver, ReceiverKey, type ReceiverRecord, receiptFor } from '../src/channels/receipts.ts';
import { ReferenceReceiver } from '../src/channels/receiver.ts';
import { PublicEar } from '../src/channels/watch.ts';
import { usToIso } from '../src/earth/time.ts';
import type { VirtualScheduler } from '../src/model/clock.ts';
import { BeaconfireError } from '../src/model/errors.ts';
import type { IssuedWarning } from '../src/warning/index.ts';
import { callCommand } from './command.ts';
import { stage } from './incidents.fixture.ts';

const KEYS = ['station', 'city'].map((name) => exerciseReceiver(1, name));

/** A receiver at the end of a feed. */
class End {
  readonly receiver: ReferenceReceiver;
  readonly reader: FeedReader;
  readonly seen: string[] = [];
  readonly #key: ReceiverKey;
  readonly #clock: VirtualScheduler;

  constructor(url: string, key: ReceiverKey, clock: VirtualScheduler, receiver: ReferenceReceiver) {
    this.reader = new FeedReader(`${url}/feed.atom`);
    this.receiver = receiver;
    this.#key = key;
    this.#clock = clock;
  }

  poll(): Promise<void> {
    return this.reader.poll(
      this.receiver,
      () => this.#clock.nowUs(),
      this.#key,
      (receipt) => this.seen.push(receipt.accepted ? receipt.detail : receipt.reason),
    );
  }

  shown(): string[] {
    return this.receiver.current(this.#clock.nowUs()).map((m) => m.identifier);
  }
}

async function withFeed(
  work: (at: {
    s: ReturnType<typeof stage>;
    feed: AtomFeedChannel;
    url: string;
    publisher: Publisher;
    ends: End[];
    publish: (issued: IssuedWarning[]) => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const s = stage('JPN');
  const { clock } = s;
  const nowUs = () => clock.nowUs();
  const receivers = KEYS.map((k) => k.record);
  const feed = new AtomFeedChannel({ mode: 'exercise', title: 'Test', receivers, nowUs });
  const open: Listening[] = [];
  try {
    const { url } = await feed.listen(0).then((l) => open[open.push(l) - 1]);
    const pushed = new ReferenceReceiver('exercise', s.ring);
    const end = await listenForAlerts(pushed, { port: 0, timeOf: nowUs, onReceipt: () => {} });
    open.push(end);
    const push = new HttpPushChannel('exercise', [`${end.url}/alerts`]);
    let onPush = () => {};
    const publisher = new Publisher({
      ...s.publisher.options,
      channels: [feed, push],
      localDesks: () => [],
      onReceipt: ({ channel }) => channel === push.id && onPush(),
    });
    const ends = KEYS.map((k) => new End(url, k, clock, new ReferenceReceiver('exercise', s.ring)));
    /** Publishes, and waits for the answers of the push alone: the feed's come when its receivers poll. */
    const publish = async (issued: IssuedWarning[]) => {
      for (const one of issued) {
        const answered = new Promise<void>((resolve) => {
          onPush = resolve;
        });
        publisher.publish(one, [], 2);
        await answered;
      }
    };
    await work({ s, feed, url, publisher, ends, publish });
    publisher.stop();
  } finally {
    for (const l of open) await l.close();
  }
}

/** The messages of one flight up to the Cancel that closes it, each at the time of its sending. */
function chainOf(s: ReturnType<typeof stage>): IssuedWarning[] {
  const messages: IssuedWarning[] = [];
  s.runTo(400);
  messages.push(...s.issued, ...s.desk.finish(s.clock.nowUs()));
  return messages;
}

test('W8 over HTTP: alert, update and cancel reach two pollers and a push; the late one escalates after 5 s', async () => {
  // What is published on the wire, on a clock that starts anew.
  const messages = chainOf(stage('JPN'));
  const [alert, update] = messages;
  const cancel = messages.at(-1)!;
  assert.deepEqual(
    [alert, update, cancel].map((m) => m.warning.messageType),
    ['alert', 'update', 'cancel'],
  );
  await withFeed(async ({ s, publisher, ends: [station, city], publish, url }) => {
    const { clock } = s;
    const alarms = () =>
      publisher.alarms.map((a) => [a.kind, a.where, a.detail.replace(/^.* from /, ''), a.identifier]);
    const receipts = (m: IssuedWarning) => [
      ...publisher
        .receipts(m.warning.identifier)
        .find((d) => d.channel === 'atom-feed')!
        .receipts.keys(),
    ];
    clock.advanceTo(alert.warning.sentUs);
    await publish([alert]);
    await Promise.all([station.poll(), city.poll()]);
    assert.deepEqual(
      [station.shown(), city.shown()],
      [[alert.warning.identifier], [alert.warning.identifier]],
    );
    clock.advanceTo(clock.nowUs() + 6e6);
    assert.deepEqual(alarms(), []);
    assert.deepEqual(receipts(alert).sort(), ['city', 'station']);

    clock.advanceTo(update.warning.sentUs);
    await publish([update]);
    await station.poll();
    const from = clock.nowUs();
    clock.advanceTo(from + 4.999e6);
    assert.deepEqual(alarms(), []);
    clock.advanceTo(from + 5e6);
    const late = ['receiptLate', 'atom-feed', 'city', update.warning.identifier];
    assert.deepEqual(alarms(), [late]);
    await city.poll();
    assert.deepEqual(receipts(update).sort(), ['city', 'station']);

    clock.advanceTo(cancel.warning.sentUs);
    await publish([cancel]);
    await city.poll();
    assert.deepEqual(city.shown(), []);
    // Who has not fetched the cancel still shows the alert: that is what the alarm is for.
    assert.equal(station.shown().length, 1);
    clock.advanceTo(clock.nowUs() + 5e6);
    assert.deepEqual(alarms(), [
      late,
      ['cancelReceiptLate', 'atom-feed', 'station', cancel.warning.identifier],
    ]);
    await station.poll();
    assert.deepEqual(receipts(cancel).sort(), ['city', 'station']);
    assert.deepEqual([station.shown(), city.shown()], [[], []]);
    // The chain is closed in the feed itself, and each message stands in it once for all its retries.
    const text = await (await fetch(`${url}/feed.atom`)).text();
    assert.equal(text.split('<entry>').length - 1, 3);
    assert.deepEqual([station.seen.length, city.seen.length], [3, 3]);
    assert.ok([alert, update].every((m) => cancel.cap.includes(`,${m.warning.identifier},`)));
  });
});

test('W18 over HTTP: the office reads its own feed and knows within 5 s what it did not say, even under its own key', async () => {
  const messages = chainOf(stage('JPN'));
  await withFeed(async ({ s, feed, publisher, url, publish }) => {
    const { clock } = s;
    // The office as a reader of its own feed: once a second, as any other.
    const own = new FeedReader(`${url}/feed.atom`);
    const listener = new ReferenceReceiver('exercise', s.ring);
    const ear = new PublicEar(publisher, s.ring);
    const poll = () =>
      own.poll(
        listener,
        () => clock.nowUs(),
        undefined,
        (_, incoming) => ear.hear(feed.id, incoming),
      );
    clock.advanceTo(messages[0].warning.sentUs);
    publisher.startCanaries();
    await publish(messages.slice(0, 2));
    await poll();
    assert.equal(publisher.alarms.length, 0);
    const from = clock.nowUs();
    const bytes = Buffer.from(messages[0].cap.replaceAll('BF-EX', 'BF-UN'));
    const jws = s.signer.sign('exercise', CONTENT.cap, bytes);
    const { nation, mode } = messages[0].warning;
    feed.send({ identifier: 'X', chain: 'X', nation, mode, contentType: CONTENT.cap, bytes, jws }, () => {});
    clock.advanceTo(from + 1e6);
    await poll();
    assert.deepEqual(
      publisher.alarms.map((a) => [a.kind, a.where, (a.atUs - from) / 1e6]),
      [['unknownPublicMessage', feed.id, 1]],
    );
  });
});

test('canaries over HTTP: acknowledged they keep the feed up, one silent receiver takes it down; nobody sees them', async () => {
  await withFeed(async ({ s: { clock }, publisher, ends: [station, city] }) => {
    publisher.startCanaries();
    await Promise.all([station.poll(), city.poll()]);
    clock.advanceTo(clock.nowUs() + 5e6);
    assert.equal(publisher.health.get('atom-feed'), 'up');
    clock.advanceTo(clock.nowUs() + 55e6);
    await station.poll();
    clock.advanceTo(clock.nowUs() + 5e6);
    assert.equal(publisher.health.get('atom-feed'), 'down');
    const down = publisher.alarms.filter((a) => a.where === 'atom-feed');
    assert.deepEqual(
      down.map((a) => [a.kind, a.detail]),
      [['channelDown', 'no canary acknowledged by city']],
    );
    assert.deepEqual(new Set([...station.seen, ...city.seen]), new Set(['canary']));
    assert.deepEqual([station.shown(), city.shown()], [[], []]);
  });
});

test('receipts count only under the receiver’s own key, for the very bytes, in the mode of the feed; jose checks them', async () => {
  const [alert] = chainOf(stage('JPN'));
  await withFeed(async ({ s, publisher, url, publish }) => {
    s.clock.advanceTo(alert.warning.sentUs);
    await publish([alert]);
    const delivery = publisher.receipts(alert.warning.identifier).find((d) => d.channel === 'atom-feed')!;
    const post = async (body: string) => {
      const response = await fetch(`${url}/receipts`, { method: 'POST', body });
      return `${response.status} ${await response.text()}`.trim();
    };
    const bytes = Buffer.from(alert.cap);
    const body = receiptFor(bytes, alert.warning.identifier, { accepted: true });
    const [own] = KEYS;
    const stranger = ReceiverKey.make('station', 'exercise');
    const signed = own.sign(body);
    const tampered = signed.replace(/\.([^.]+)\./, (_, p: string) => {
      const said = JSON.parse(Buffer.from(p, 'base64url').toString());
      return `.${Buffer.from(JSON.stringify({ ...said, accepted: false, reason: 'no' })).toString('base64url')}.`;
    });
    for (const [what, expected] of [
      [stranger.sign(body), /^422 expected the signature of station/],
      [exerciseReceiver(1, 'nobody').sign(body), /^422 expected an enrolled receiver, found "nobody"/],
      [
        own.sign(receiptFor(Buffer.from(`${alert.cap} `), body.identifier, { accepted: true })),
        /^422 .*bytes/,
      ],
      [own.sign({ ...body, identifier: 'BF-EX-OTHER' }), /^422 .*another/],
      [
        ReceiverKey.make('station', 'live').sign(body),
        /^422 expected a receipt of mode exercise, found live/,
      ],
      [tampered, /^422 expected the signature of station/],
      ['acknowledged', /^422 expected a signed receipt/],
      ['x'.repeat(20_000), /^413 /],
    ] as const) {
      assert.match(await post(what), expected);
      assert.deepEqual([delivery.receipts.size, delivery.refused.size], [0, 0], String(expected));
    }
    assert.equal(await post(signed), '204');
    assert.deepEqual([...delivery.receipts.keys()], ['station']);

    const x = Buffer.from(own.record.publicKey, 'hex').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const { payload } = await compactVerify(signed, key);
    assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), body);

    // A receiver that refuses says so under its name, and the publisher raises it at once.
    const deaf = new FeedReader(`${url}/feed.atom`);
    await deaf.poll(new ReferenceReceiver('exercise', new AlertKeyRing([])), () => s.clock.nowUs(), KEYS[1]);
    assert.match(delivery.refused.get('city') ?? '', /trusted key/);
    assert.deepEqual(
      publisher.alarms.map((a) => [a.kind, a.where]),
      [['refused', 'atom-feed']],
    );
  });
});

test('a receiver of the other mode, or a second one of the same name, cannot be enrolled', () => {
  const make = (...receivers: ReturnType<typeof exerciseReceiver>[]) =>
    new AtomFeedChannel({
      mode: 'exercise',
      title: 't',
      receivers: receivers.map((r) => r.record),
      nowUs: () => 0,
    });
  const bad = (code: string) => (e: unknown) => e instanceof BeaconfireError && e.code === code;
  assert.throws(() => make(ReceiverKey.make('a', 'live')), bad('BF_KEY_MODE'));
  assert.throws(() => make(exerciseReceiver(1, 'a'), exerciseReceiver(2, 'a')), bad('BF_FIELD'));
});

test('receive --feed --identity makes its key once, keeps it to itself, and acknowledges what it shows', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'beaconfire-identity-'));
  const s = stage('JPN');
  const [alert] = chainOf(stage('JPN'));
  const { sentUs, identifier, chain, nation, mode } = alert.warning;
  writeFileSync(join(dir, 'keys.json'), JSON.stringify([s.signer.record]));
  const identity = join(dir, 'city.json');
  const bytes = Buffer.from(alert.cap);
  const message = { identifier, chain, nation, mode, contentType: CONTENT.cap, bytes };
  const jws = s.signer.sign('exercise', CONTENT.cap, bytes);
  /** The command reads a feed once whose receivers are these; what the feed heard of it. */
  const receiveOnce = async (receivers: ReceiverRecord[]) => {
    const outcomes: Outcome[] = [];
    const feed = new AtomFeedChannel({ mode: 'exercise', title: 'Test', receivers, nowUs: () => sentUs });
    feed.send({ ...message, jws }, (o) => outcomes.push(o));
    const { url, close } = await feed.listen(0);
    try {
      const at = usToIso(sentUs + 5e6);
      const argv = ['receive', '--feed', `${url}/feed.atom`, '--keys', join(dir, 'keys.json')];
      const told = await callCommand([...argv, '--identity', identity, '--at', at, '--once']);
      return { ...told, outcomes };
    } finally {
      await close();
    }
  };
  try {
    // Nobody knows this receiver yet: it shows what holds, and says that its receipt was not taken.
    const unknown = await receiveOnce([]);
    assert.equal(unknown.status, 2);
    assert.match(unknown.stdout, /acknowledged, shown/);
    assert.match(
      unknown.stderr,
      /expected the receipt to be taken, found: expected an enrolled receiver, found "city"/,
    );
    assert.deepEqual(unknown.outcomes, []);
    assert.equal(statSync(identity).mode & 0o077, 0);
    const kept = readFileSync(identity, 'utf8');
    const record = JSON.parse(readFileSync(`${identity}.pub`, 'utf8')) as ReceiverRecord;
    assert.ok(!JSON.stringify(record).includes(JSON.parse(kept).privateKey));

    const known = await receiveOnce([record]);
    assert.deepEqual([known.status, known.stderr], [0, '']);
    assert.deepEqual(known.outcomes, [{ receiver: 'city', accepted: true }]);
    assert.equal(readFileSync(identity, 'utf8'), kept);

    writeFileSync(identity, kept.replace(/"privateKey":"[^"]{20}/, '"privateKey":"'));
    const broken = await receiveOnce([record]);
    assert.equal(broken.status, 2);
    assert.match(broken.stderr, /city\.json: privateKey: expected an Ed25519 private key/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
