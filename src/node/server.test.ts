import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { BeaconfireError } from '../model/errors.ts';
import { PersonRefused } from './approvals.ts';
import { type Feed, type NodeServer, startServer } from './server.ts';
import type { ClientMessage, PersonAnswer, PersonRequest, RecallRequest } from './wire.ts';

const webRoot = mkdtempSync(join(tmpdir(), 'beaconfire-web-'));
writeFileSync(join(webRoot, 'index.html'), '<!doctype html><title>page</title>');
const controls: ClientMessage[] = [];
const asked: RecallRequest[] = [];
let made = 0;
let server: NodeServer;

before(async () => {
  const picture = {
    hello: () => ({ type: 'nationHello' }),
    message: (sequence: number) => ({ type: 'picture', sequence, made: ++made }),
  };
  const exercise = { ...picture, control: (m: ClientMessage) => void controls.push(m) };
  const recalls = {
    list: () => ({ items: [], recalls: [] }),
    recall: (r: RecallRequest) => {
      if (!r.item.startsWith('KOR')) throw new BeaconfireError('BF_USAGE', 'expected an own item');
      asked.push(r);
      return { ...r, kind: 'tracklet', revision: 2, sinceUs: 0, holders: [] };
    },
  };
  const person = (request: PersonRequest): PersonAnswer => {
    if (request.action === 'retract')
      throw new PersonRefused('noOpenAlert', 'expected an open alert, found none');
    return { type: 'personAnswer', action: 'approve', person: 'officer-1', missing: 1 };
  };
  const feeds = new Map<string, Feed>([
    ['/api/nations/JPN', { ...picture, person }],
    ['/api/nations/USA', picture],
    ['/api/nations/KOR', { ...picture, recalls }],
    ['/api/exercise', exercise],
  ]);
  server = await startServer({ host: '127.0.0.1', port: 0, webRoot, feeds });
});
after(async () => {
  await server.close();
  rmSync(webRoot, { recursive: true });
});

async function open(path: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, { headers });
  const received: Record<string, unknown>[] = [];
  let wake = (): void => {};
  socket.on('message', (data) => {
    received.push(JSON.parse(String(data)) as Record<string, unknown>);
    wake();
  });
  await once(socket, 'open');
  const next = async (): Promise<Record<string, unknown>> => {
    while (received.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return received.shift()!;
  };
  return {
    socket,
    received,
    next,
    send: (m: object | string) => socket.send(typeof m === 'string' ? m : JSON.stringify(m)),
  };
}

function status(path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(`${server.url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

test('only the page’s own files are served, with a strict policy', async () => {
  const response = await fetch(server.url);
  assert.match(await response.text(), /page/);
  assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'self'/);
  assert.equal(await status('../package.json'), 404);
  assert.equal(await status('%2e%2e/package.json'), 404);
  assert.equal(await status('api/nations/PRK'), 404);
  assert.deepEqual(await (await fetch(`${server.url}api/nations/JPN`)).json(), { type: 'nationHello' });
});

test('another site cannot reach a node through a browser: Host and Origin are checked', async () => {
  assert.equal(await status('', { host: 'evil.example' }), 403);
  assert.equal(await status('', { origin: 'http://evil.example' }), 403);
  await assert.rejects(open('api/nations/JPN/feed', { origin: 'http://evil.example' }), /403/);
});

test('a client that does not acknowledge gets two messages and then the latest, never a backlog', async () => {
  const slow = await open('api/nations/JPN/feed');
  const quick = await open('api/nations/JPN/feed');
  const first = await slow.next();
  quick.send({ type: 'ack', sequence: (await quick.next()).sequence });
  for (let i = 0; i < 10; i++) {
    server.broadcast();
    const message = await quick.next();
    quick.send({ type: 'ack', sequence: message.sequence });
    // The acknowledgement has arrived when a message that was sent after it is answered.
    quick.send('{}');
    assert.equal((await quick.next()).type, 'error');
  }
  const second = await slow.next();
  assert.ok((second.sequence as number) > (first.sequence as number));
  assert.equal(slow.received.length, 0, 'a third would be a backlog');
  slow.send({ type: 'ack', sequence: second.sequence });
  slow.send('{}');
  assert.equal((await slow.next()).type, 'error');
  server.broadcast();
  const third = await slow.next();
  assert.ok((third.sequence as number) >= (second.sequence as number) + 9, 'the latest, not the next');
  slow.socket.terminate();
  quick.socket.terminate();
});

test('one message is made and encoded once, however many clients there are', async () => {
  const clients = await Promise.all(Array.from({ length: 20 }, () => open('api/nations/JPN/feed')));
  for (const c of clients) await c.next();
  const before = made;
  server.broadcast();
  const all = await Promise.all(clients.map((c) => c.next()));
  assert.equal(made, before + 1);
  assert.equal(new Set(all.map((m) => m.made)).size, 1);
  for (const c of clients) c.socket.terminate();
});

test('what a client sends is checked; control goes only where it is taken', async () => {
  const exercise = await open('api/exercise/feed');
  await exercise.next();
  exercise.send({ type: 'control', action: 'speed', speed: 60 });
  exercise.send({ type: 'control', action: 'explode' });
  const refused = await exercise.next();
  assert.equal(refused.code, 'BF_WIRE');
  assert.deepEqual(controls, [{ type: 'control', action: 'speed', speed: 60 }]);
  exercise.send('no json');
  assert.equal((await exercise.next()).code, 'BF_WIRE');
  const nation = await open('api/nations/JPN/feed');
  await nation.next();
  nation.send({ type: 'control', action: 'pause' });
  assert.match(String((await nation.next()).message), /takes no control/);
  nation.send('x'.repeat(5000));
  await once(nation.socket, 'close');
  exercise.socket.terminate();
});

test('a person’s request: its form, its type and its origin are checked, and only where an office is', async () => {
  const hex = (n: number) => 'ab'.repeat(n / 2);
  const signature = { identifier: 'X-1', digest: hex(64), credential: hex(64), signature: hex(128) };
  const good = { action: 'approve', launchId: 'L1', signatures: [signature] };
  const ask = async (body: unknown, headers: Record<string, string> = {}, nation = 'JPN') => {
    const response = await fetch(`${server.url}api/nations/${nation}/people`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return [
      response.status,
      text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : text,
    ] as const;
  };
  assert.deepEqual(await ask(good), [
    200,
    { type: 'personAnswer', action: 'approve', person: 'officer-1', missing: 1 },
  ]);
  const retract = { action: 'retract', chain: 'C', credential: hex(64), signature: hex(128) };
  const [code, told] = await ask(retract);
  assert.equal(code, 403);
  assert.equal((told as { reason: string }).reason, 'noOpenAlert');
  for (const bad of [
    'no json',
    {},
    { ...good, signatures: [] },
    { ...good, signatures: Array(5).fill(signature) },
    { ...good, signatures: [{ ...signature, signature: 'short' }] },
    { ...good, extra: 1 },
    { ...good, action: 'launch' },
  ]) {
    const [refused, why] = await ask(bad);
    assert.equal(refused, 400, JSON.stringify(bad));
    assert.equal((why as { code: string }).code, 'BF_WIRE');
  }
  assert.equal((await ask('x'.repeat(10_000)))[0], 413);
  assert.equal((await ask(good, { 'content-type': 'text/plain' }))[0], 400);
  assert.equal((await ask(good, { origin: 'http://evil.example' }))[0], 403);
  assert.equal((await ask(good, {}, 'USA'))[0], 404);
  assert.equal((await ask(good, {}, 'PRK'))[0], 404);
  assert.equal(await status('api/nations/JPN/people'), 404, 'by GET there is nothing');
});

test('a taken port says so and names --port', async () => {
  const port = Number(new URL(server.url).port);
  await assert.rejects(startServer({ host: '127.0.0.1', port, webRoot, feeds: new Map() }), {
    name: 'BeaconfireError',
    message: `port ${port} on 127.0.0.1 is taken; choose another with --port [BF_PORT_TAKEN]`,
  });
});

test('a recall is taken by the node whose people ask, in its one form, and by no other', async () => {
  const post = (path: string, body: string, type = 'application/json') =>
    fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': type }, body });
  const good = JSON.stringify({ item: 'KOR-1:tracklet', reason: 'a faulty radar' });
  const taken = await post('api/nations/KOR/recalls', good);
  assert.equal(taken.status, 200);
  assert.deepEqual(((await taken.json()) as { item: string }).item, 'KOR-1:tracklet');
  assert.deepEqual(asked, [{ item: 'KOR-1:tracklet', reason: 'a faulty radar' }]);
  for (const [body, type] of [
    ['{', 'application/json'],
    ['{"item":"x"}', 'application/json'],
    ['{"item":"x","reason":"y","nation":"USA"}', 'application/json'],
    [good, 'text/plain'],
  ]) {
    const refused = await post('api/nations/KOR/recalls', body, type);
    assert.deepEqual([refused.status, ((await refused.json()) as { code: string }).code], [400, 'BF_WIRE']);
  }
  const big = await post('api/nations/KOR/recalls', JSON.stringify({ item: 'x', reason: 'y'.repeat(5000) }));
  assert.equal(big.status, 413);
  const own = await post('api/nations/KOR/recalls', '{"item":"JPN-1:tracklet","reason":"not ours"}');
  assert.deepEqual([own.status, ((await own.json()) as { code: string }).code], [400, 'BF_USAGE']);
  assert.equal((await post('api/nations/JPN/recalls', good)).status, 404, 'a feed that takes none');
  assert.equal((await post('api/exercise/recalls', good)).status, 404);
  assert.equal(asked.length, 1);
  assert.equal(
    await new Promise((resolve) => {
      const r = request(`${server.url}api/nations/KOR/recalls`, {
        method: 'POST',
        headers: { origin: 'http://evil.example', 'content-type': 'application/json' },
      });
      r.on('response', (x) => resolve(x.statusCode)).end(good);
    }),
    403,
  );
});
