import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { FlattenedSign, flattenedVerify } from 'jose';
import { SMTPServer } from 'smtp-server';
import { seededRandom } from '../earth/random.ts';
import { capTime } from '../formats/index.ts';
import { VirtualScheduler } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import { exerciseConfig, type IssuedWarning, WarningDesk } from '../warning/index.ts';
import { flight20221004, flightTo, inputAt } from '../warning/lifecycle.fixture.ts';
import { CONTENT, type PublicMessage } from './channel.ts';
import { EmailChannel } from './email.ts';
import { HttpPushChannel, listenForAlerts, push } from './http.ts';
import { AlertKeyRing, AlertSigner, exerciseAlertSigner } from './jws.ts';
import { exerciseOffice } from './office.ts';
import { ReferenceReceiver } from './receiver.ts';
import { CELL_BROADCAST_LIMIT, readText, renderText, SIREN, sirenFor, sirenPitch } from './text.ts';

const bad = (code: string) => (e: unknown) => e instanceof BeaconfireError && e.code === code;

function chain(nation: 'JPN' | 'KOR'): IssuedWarning[] {
  const f = nation === 'JPN' ? flight20221004() : flightTo('south', 37, 127.5, 360);
  const desk = new WarningDesk(exerciseConfig(nation));
  for (let t = 0; t < f.flightS + 700; t += 5) desk.step(inputAt(f, t));
  return [...desk.issued];
}
const japan = chain('JPN');
const signer = exerciseAlertSigner(1, 'JPN', ['JP-']);
const ring = new AlertKeyRing([signer.record]);

function message(one: IssuedWarning): PublicMessage {
  const { identifier, chain: name, nation, mode } = one.warning;
  const bytes = Buffer.from(one.cap);
  const jws = signer.sign('exercise', CONTENT.cap, bytes);
  return { identifier, chain: name, nation, mode, contentType: CONTENT.cap, bytes, jws };
}

test('our signatures are checked by jose, and those that jose makes are accepted here', async () => {
  const bytes = Buffer.from(japan[0].cap);
  const jws = signer.sign('exercise', CONTENT.cap, bytes);
  const [protectedPart, , signature] = jws.split('.');
  const x = Buffer.from(signer.record.publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const detached = { protected: protectedPart, payload: bytes.toString('base64url'), signature };
  const { protectedHeader } = await flattenedVerify(detached, key);
  assert.equal(protectedHeader?.kid, signer.record.id);
  const other = Buffer.from(`${japan[0].cap} `).toString('base64url');
  await assert.rejects(flattenedVerify({ ...detached, payload: other }, key));

  const { privateKey } = generateKeyPairSync('ed25519');
  const mine = new AlertSigner('JPN', 'exercise', ['JP-'], privateKey);
  const header = {
    alg: 'EdDSA',
    cty: CONTENT.cap,
    kid: mine.record.id,
    mode: 'exercise',
    typ: 'beaconfire-alert+jws',
  };
  const made = await new FlattenedSign(bytes)
    .setProtectedHeader(header)
    .sign(createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })));
  const theirs = `${made.protected}..${made.signature}`;
  assert.equal(new AlertKeyRing([mine.record]).verify('exercise', CONTENT.cap, bytes, theirs).ok, true);
});

test('in whatever order a chain arrives, and however often, its last word is what is shown', () => {
  const messages = japan.map(message);
  assert.ok(messages.length >= 4);
  const nowUs = japan.at(-1)!.warning.sentUs;
  fc.assert(
    fc.property(fc.array(fc.nat(messages.length - 1), { minLength: 1, maxLength: 14 }), (order) => {
      const receiver = new ReferenceReceiver('exercise', ring);
      for (const i of order) {
        const receipt = receiver.receive(messages[i], nowUs);
        // The first may have expired by now; it is refused and changes nothing.
        if (japan[i].warning.expiresUs > nowUs) assert.ok(receipt.accepted);
      }
      const held = order.filter((i) => japan[i].warning.expiresUs > nowUs);
      const last = Math.max(-1, ...held);
      const expected =
        last < 0 || japan[last].warning.messageType === 'cancel' ? [] : [japan[last].warning.identifier];
      assert.deepEqual(
        receiver.current(nowUs).map((m) => m.identifier),
        expected,
      );
    }),
    { numRuns: 40 },
  );
});

test('a cancel is the last word, even if an update claims a later time', () => {
  const [alert, update] = japan;
  const cancel = japan.find((i) => i.warning.messageType === 'cancel')!;
  const nowUs = cancel.warning.sentUs + 60e6;
  const sent = capTime(cancel.warning.sentUs + 10e6, 540);
  const later = { ...update, cap: update.cap.replace(/<sent>[^<]*/, `<sent>${sent}`) };
  const receiver = new ReferenceReceiver('exercise', ring);
  for (const one of [alert, cancel, later]) receiver.receive(message(one), nowUs);
  assert.deepEqual(receiver.current(nowUs), []);
});

test('what expires is no longer shown; one name for two messages, and an update by a stranger, are refused', () => {
  const receiver = new ReferenceReceiver(
    'exercise',
    new AlertKeyRing([signer.record, exerciseAlertSigner(2, 'CITY', ['JP-']).record]),
  );
  const [first, second] = japan;
  const { sentUs, expiresUs } = first.warning;
  assert.equal(receiver.receive(message(first), sentUs).accepted, true);
  assert.equal(receiver.current(expiresUs - 1).length, 1);
  assert.equal(receiver.current(expiresUs).length, 0);
  const twin = { ...first, cap: first.cap.replace('</alert>', '<!-- --></alert>') };
  assert.match(JSON.stringify(receiver.receive(message(twin), sentUs)), /another of the same name/);
  const bytes = Buffer.from(second.cap);
  const foreign = exerciseAlertSigner(2, 'CITY', ['JP-']).sign('exercise', CONTENT.cap, bytes);
  const receipt = receiver.receive({ contentType: CONTENT.cap, bytes, jws: foreign }, second.warning.sentUs);
  assert.match(JSON.stringify(receipt), /update or cancel by JPN, found one by CITY/);
  assert.match(JSON.stringify(receiver.receive(message(second), sentUs - 60e6)), /future/);
});

test('text channels: each message fits, is read back whole, and any cut or change of its lines is refused', () => {
  for (const nation of ['JPN', 'KOR'] as const) {
    for (const one of nation === 'JPN' ? japan : chain('KOR')) {
      for (const kind of ['jalert', 'cellBroadcast', 'siren'] as const) {
        const { text } = renderText(kind, one);
        const read = readText(text);
        assert.equal(read.identifier, one.warning.identifier);
        assert.deepEqual(
          read.areas,
          one.warning.areas.map((a) => a.code),
        );
        assert.equal(read.expiresUs, one.warning.expiresUs);
        if (kind === 'cellBroadcast') assert.ok(read.words.length <= CELL_BROADCAST_LIMIT);
        if (kind === 'siren') assert.equal(read.siren, sirenFor(one.warning));
        for (const line of text.split('\n').slice(0, 9))
          assert.throws(() => readText(text.replace(`${line}\n`, '')), bad('BF_ALERT'), line);
      }
      const long = { ...one, short: { ...one.short, ko: 'ㄱ'.repeat(CELL_BROADCAST_LIMIT + 1) } };
      assert.throws(() => renderText('cellBroadcast', long), bad('BF_WARNING'));
    }
  }
});

test('sirens: the real patterns, 경계 steady for a minute, 공습 5 s up and 3 s down for three, 해제 by voice', () => {
  for (let t = 0; t < 60; t += 0.5) assert.equal(sirenPitch('alert', t), 1);
  assert.equal(sirenPitch('alert', 60), undefined);
  let tops = 0;
  for (let t = 0; t < 176; t += 0.5) {
    const [before, at, after] = [t - 0.5, t, t + 0.5].map((s) => sirenPitch('airRaid', s) ?? 0);
    const rising = (t % 8) + 0.5 <= 5;
    if (rising) assert.ok(after > at, String(t));
    if (at > before && at > after) tops++;
  }
  assert.equal(sirenPitch('airRaid', 180), undefined);
  assert.equal(tops, 22);
  assert.equal(sirenPitch('airRaid', 5), 1);
  assert.equal(SIREN.allClear.toneS, 0);
  assert.equal(sirenPitch('allClear', 0), undefined);
  assert.deepEqual([...new Set(japan.map((i) => sirenFor(i.warning)))], ['airRaid', 'alert', 'allClear']);
});

test('canaries: a channel is up when they are acknowledged, down with an alarm when not, and up again', () => {
  const clock = new VirtualScheduler(1e15);
  const office = exerciseOffice({ seed: 1, config: exerciseConfig('KOR'), clock, random: seededRandom(1) });
  const { publisher, channels } = office;
  publisher.startCanaries();
  clock.advanceTo(1e15 + 10e6);
  assert.deepEqual(
    [...publisher.health.values()],
    channels.map(() => 'up'),
  );
  channels[2].down = true;
  clock.advanceTo(1e15 + 200e6);
  assert.equal(publisher.health.get(channels[2].id), 'down');
  assert.deepEqual(
    publisher.alarms.map((a) => [a.kind, a.where]),
    [['channelDown', channels[2].id]],
  );
  channels[2].down = false;
  clock.advanceTo(1e15 + 260e6);
  assert.equal(publisher.health.get(channels[2].id), 'up');
  // Nobody ever saw one.
  for (const c of channels)
    for (const end of c.ends.values()) assert.deepEqual(end.current(clock.nowUs()), []);
});

test('over real HTTP: pushed, acknowledged, refused with the reason', async () => {
  const receiver = new ReferenceReceiver('exercise', ring);
  const seen: string[] = [];
  const { url, close } = await listenForAlerts(receiver, {
    port: 0,
    timeOf: () => japan[0].warning.sentUs,
    onReceipt: (receipt) => seen.push(receipt.accepted ? receipt.detail : receipt.reason),
  });
  try {
    const channel = new HttpPushChannel('exercise', [`${url}/alerts`]);
    const good = message(japan[0]);
    const outcome = await new Promise((resolve) => channel.send(good, resolve));
    assert.deepEqual(outcome, { receiver: `${url}/alerts`, accepted: true });
    const { jws: _, ...unsigned } = good;
    const refused = await push(`${url}/alerts`, unsigned);
    assert.ok(!refused.accepted && /signature, found none/.test(refused.reason));
    const altered = { ...good, bytes: Buffer.from(good.bytes.toString().replace('Hokkaido', 'Okinawa!')) };
    assert.equal((await push(`${url}/alerts`, altered)).accepted, false);
    const large = await push(`${url}/alerts`, { ...good, bytes: Buffer.alloc(3_000_000) });
    assert.ok(!large.accepted && /at most 2000000 bytes/.test(large.reason));
    await assert.rejects(push(`${url}/alerts`, { ...good, bytes: Buffer.alloc(20_000_000) }));
    // Neither leaves the connection or the receiver in a bad state.
    assert.equal((await push(`${url}/alerts`, good)).accepted, true);
    assert.equal(receiver.current(japan[0].warning.sentUs).length, 1);
    assert.equal(seen[0], 'shown');
  } finally {
    await close();
  }
});

test('e-mail: each address gets the words in three languages and the signed document; a refused address says so', async () => {
  const mails: { to: string[]; text: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith('nobody')
        ? done(Object.assign(new Error('no such person'), { responseCode: 550 }))
        : done(),
    onData(stream, session, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        mails.push({ to: session.envelope.rcptTo.map((r) => r.address), text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const to = ['a@list.example', 'b@list.example', 'nobody@list.example'];
  const channel = new EmailChannel({
    mode: 'exercise',
    host: '127.0.0.1',
    port,
    from: 'desk@beaconfire.example',
    to,
  });
  try {
    const outcomes = new Map<string, boolean>();
    await new Promise<void>((resolve) =>
      channel.send(message(japan[0]), ({ receiver, accepted }) => {
        outcomes.set(receiver, accepted);
        if (outcomes.size === 3) resolve();
      }),
    );
    assert.deepEqual([...outcomes].sort(), [
      ['a@list.example', true],
      ['b@list.example', true],
      ['nobody@list.example', false],
    ]);
    assert.deepEqual(mails.map((m) => m.to.join()).sort(), ['a@list.example', 'b@list.example']);
    for (const { text } of mails) {
      assert.ok(
        text.includes(`Beaconfire-Signature:`) && text.includes(`${japan[0].warning.identifier}.xml`),
      );
      const parts = [...text.matchAll(/\r\n\r\n([A-Za-z0-9+/=\r\n]{100,}?)\r\n--/g)].map((m) =>
        Buffer.from(m[1].replaceAll('\r\n', ''), 'base64').toString(),
      );
      assert.ok(
        parts.some(
          (p) => p.includes(japan[0].warning.headline.ko) && p.includes(japan[0].warning.headline.ja),
        ),
      );
      assert.ok(parts.includes(japan[0].cap));
    }
    const canary = { ...message(japan[0]), contentType: CONTENT.canary };
    const alive = await new Promise((resolve) => channel.send(canary, resolve));
    assert.deepEqual(alive, { receiver: to[0], accepted: true });
    assert.equal(mails.length, 2);
  } finally {
    channel.close();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
});
