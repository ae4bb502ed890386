/** History over a JetStream that answers from memory, or not; over real servers in nats.test.ts and test/nats-history.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MsgHdrs, NatsConnection } from '@nats-io/nats-core';
import { VirtualScheduler } from '../../model/clock.ts';
import type { HistoryPage, Kept, Lost, ReadFrom } from './history.ts';
import { NatsHistory } from './nats-history.ts';

const NAME = { channel: 'mechanism-2023', flow: 'JPN' } as const;
const HOUR_US = 3600e6;
const NOW_US = 48 * HOUR_US;

/** One stream of a server; while `lags`, what is published times out. */
class Server {
  readonly stored: string[] = [];
  lags = false;
  /** What fell off. */
  gone = 0;

  get connection(): NatsConnection {
    const request = async (subject: string, data: string | Uint8Array) => {
      await new Promise(setImmediate);
      const value = this.#answer(subject, data);
      return { json: () => value };
    };
    return { request } as unknown as NatsConnection;
  }

  #answer(subject: string, data: string | Uint8Array): unknown {
    const [, , , what, kind] = subject.split('.');
    if (!subject.startsWith('$JS.API')) {
      if (this.lags) throw new Error('TIMEOUT');
      this.stored.push(Buffer.from(data as Uint8Array).toString('base64'));
      return {};
    }
    if (what === 'MSG' && kind === 'GET') {
      const { seq } = JSON.parse(String(data)) as { seq: number };
      const message = seq > this.gone && this.stored[seq - 1];
      return message ? { message: { data: message } } : { error: { description: 'no message found' } };
    }
    const bytes = this.stored.slice(this.gone).reduce((n, m) => n + (m.length * 3) / 4, 0);
    const state = { first_seq: this.gone + 1, last_seq: this.stored.length, bytes };
    return { state, config: { max_bytes: 64 << 20, max_age: 24 * HOUR_US * 1000 } };
  }
}

function historyOver(server: Server): { history: NatsHistory; timers: VirtualScheduler } {
  const timers = new VirtualScheduler(NOW_US);
  const history = new NatsHistory(server.connection, {
    node: 'KOR',
    mode: 'exercise',
    streams: [NAME],
    limits: { maxBytes: 64 << 20, maxAgeUs: 24 * HOUR_US },
    clock: timers,
    timers,
    commit: (go) => go(),
    onTrouble: () => {},
    headers: () => ({ set() {} }) as unknown as MsgHdrs,
  });
  return { history, timers };
}

const kept = (n: number, atUs: number): Kept => ({ id: `p${n}`, atUs, bytes: Buffer.from(`${n}`) });
const said = (parts: readonly (Kept | Lost)[]): string[] =>
  parts.map((p) => ('lost' in p ? `${p.lost} lost` : p.id));
const turn = async (n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await new Promise(setImmediate);
};

async function readAll(history: NatsHistory, sinceUs: number): Promise<(Kept | Lost)[]> {
  const parts: (Kept | Lost)[] = [];
  for (let from: ReadFrom | null = { sinceUs }; from; ) {
    const at: ReadFrom = from;
    const page = await new Promise<HistoryPage | undefined>((done) => history.read(NAME, at, done));
    assert.ok(page);
    parts.push(...page.parts);
    from = page.next === null ? null : { next: page.next };
  }
  return parts;
}

test('while the server lags behind nothing is read as if it were all', async () => {
  const server = new Server();
  const { history, timers } = historyOver(server);
  history.keep(NAME, kept(1, NOW_US));
  await turn(20);
  server.lags = true;
  for (let n = 2; n <= 50; n++) history.keep(NAME, kept(n, NOW_US + n));
  await turn(20);
  let page: HistoryPage | undefined | 'none' = 'none';
  history.read(NAME, { sinceUs: 0 }, (p) => {
    page = p;
  });
  for (let s = 0; s < 12; s++) {
    await turn(20);
    timers.advanceTo(timers.nowUs() + 0.5e6);
  }
  await turn(5);
  assert.equal(page, undefined, 'told as not to be read now, in bounded time');
  server.lags = false;
  timers.advanceTo(timers.nowUs() + 1e6);
  const all = await readAll(history, 0);
  assert.deepEqual(
    said(all),
    Array.from({ length: 50 }, (_, i) => `p${i + 1}`),
  );
});

test('what the journal has and the stream lacks is filled in, however much it is', async () => {
  const server = new Server();
  const { history } = historyOver(server);
  const past = Array.from({ length: 12_000 }, (_, i) => kept(i, NOW_US - HOUR_US + i));
  history.restore(NAME, past);
  history.keep(NAME, kept(12_000, NOW_US));
  assert.deepEqual(said(await readAll(history, 0)), [...said(past), 'p12000']);
});

test('of the past nothing is filled in that would have fallen off', async () => {
  const server = new Server();
  const { history } = historyOver(server);
  const old = Array.from({ length: 5 }, (_, i) => kept(i, NOW_US - 25 * HOUR_US + i));
  const large = Array.from({ length: 70 }, (_, i) => ({
    ...kept(5 + i, NOW_US - HOUR_US + i),
    bytes: Buffer.alloc(1 << 20),
  }));
  history.restore(NAME, [...old, ...large]);
  assert.deepEqual(said(await readAll(history, 0)), ['11 lost', ...said(large.slice(6))]);
});

test('what fell off by age long before is not told as lost', async () => {
  const server = new Server();
  const { history } = historyOver(server);
  for (let n = 1; n <= 503; n++) history.keep(NAME, kept(n, NOW_US - HOUR_US + n));
  await turn(200);
  server.gone = 500;
  assert.deepEqual(said(await readAll(history, NOW_US - 2 * HOUR_US)), ['p501', 'p502', 'p503']);
  assert.deepEqual(said(await readAll(history, 0)), ['500 lost', 'p501', 'p502', 'p503']);
});
