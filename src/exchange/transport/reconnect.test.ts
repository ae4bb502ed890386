/** A node's connection to its server: back-off that is bounded, seeded and spread, and never a second connection. */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Random, seededRandom } from '../../earth/random.ts';
import { VirtualScheduler } from '../../model/clock.ts';
import { MachineClock } from './machine-clock.ts';
import { connectNats, ReconnectPace, reconnectDelayMs } from './nats.ts';

test('the wait before a connection is tried again grows to a limit, and is the same for the same seed', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 32 - 1), fc.nat(200), (seed, attempt) => {
      const wait = reconnectDelayMs(attempt, seededRandom(seed));
      const middle = Math.min(100 * 2 ** attempt, 5000);
      assert.ok(
        wait >= Math.floor(0.75 * middle) && wait <= Math.ceil(1.25 * middle),
        `${attempt}: ${wait} ms`,
      );
      assert.equal(wait, reconnectDelayMs(attempt, seededRandom(seed)));
    }),
  );
});

/** Of a thousand nodes that lost a server at once: the most that come back within any hundredth of a second. */
function crowd(spread: (node: number) => Random, attempts: number): number {
  const times = Array.from({ length: 1000 }, (_, node) => {
    const random = spread(node);
    let ms = 0;
    for (let attempt = 0; attempt <= attempts; attempt++) ms += reconnectDelayMs(attempt, random);
    return ms;
  }).sort((a, b) => a - b);
  let most = 0;
  for (let i = 0, j = 0; i < times.length; i++) {
    while (times[i] - times[j] > 10) j++;
    most = Math.max(most, i - j + 1);
  }
  return most;
}

test('a thousand nodes that lose a server at one instant do not come back at one instant', () => {
  const own = (node: number): Random => seededRandom(7).fork(`node ${node} back-off`);
  const together = crowd(() => seededRandom(7), 4);
  assert.equal(together, 1000, 'without a chance of its own each would come with all others');
  // 50 ms of spread at the first attempt, 2.5 s from the seventh on.
  assert.ok(crowd(own, 0) < 300);
  assert.ok(crowd(own, 3) < 60);
  assert.ok(crowd(own, 7) < 20);
});

test('a lost connection is tried again after the wait and not before, then after twice the wait, and so on', () => {
  const clock = new VirtualScheduler(1e15);
  const pace = new ReconnectPace(clock, seededRandom(7));
  const expected = seededRandom(7);
  // The client's loop: it asks at each turn, and tries when so much has passed since its last attempt.
  const ms = (): number => Math.floor(clock.nowUs() / 1000);
  let last = 0;
  const attempt = (): number => {
    const from = ms();
    for (;;) {
      const wait = pace.sinceLastMs();
      if (last === 0 || last + wait <= ms()) break;
      clock.advanceTo(clock.nowUs() + 1000 * Math.min(wait, last + wait - ms()));
    }
    last = ms();
    return last - from;
  };
  assert.equal(attempt(), 0, 'the first attempt of all waits for nothing');
  for (const upS of [0.01, 3600, 86400 * 30]) {
    pace.connected();
    clock.advanceTo(clock.nowUs() + upS * 1e6);
    for (let n = 0; n < 12; n++) {
      const wait = reconnectDelayMs(n, expected);
      const waited = attempt();
      assert.ok(Math.abs(waited - wait) <= 3, `after ${upS} s, attempt ${n}: ${waited} of ${wait} ms`);
    }
  }
});

/** As much of a NATS server as a client needs to be content. */
class QuietServer {
  readonly open = new Set<Socket>();
  most = 0;
  accepted = 0;
  readonly #server = createServer((socket) => {
    this.open.add(socket);
    this.accepted++;
    this.most = Math.max(this.most, this.open.size);
    socket.on('close', () => this.open.delete(socket));
    socket.on('error', () => {});
    socket.write(
      'INFO {"server_id":"X","version":"2.10.0","proto":1,"headers":true,"max_payload":1048576,"host":"127.0.0.1","port":0}\r\n',
    );
    socket.on('data', (chunk) => {
      if (chunk.includes('PING\r\n')) socket.write('PONG\r\n');
    });
  });

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as { port: number }).port));
    });
  }

  drop(): void {
    for (const socket of this.open) socket.destroy();
  }

  close(): Promise<void> {
    this.drop();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

const until = async (what: string, holds: () => boolean): Promise<void> => {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`expected ${what} within 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

test('a node has one connection to its server, with many agreements and neighbours and over every break', async () => {
  const server = new QuietServer();
  const port = await server.listen();
  const clock = new MachineClock();
  const channels = ['a', 'b', 'c', 'd', 'e'];
  const seen: string[] = [];
  const link = await connectNats({
    node: 'KOR',
    mode: 'exercise',
    server: `127.0.0.1:${port}`,
    neighbours: [
      { to: 'HUB', channels },
      { to: 'JPN', channels },
    ],
    epoch: 1,
    clock,
    timers: clock,
    random: seededRandom(7),
    probeUs: 20_000,
    permitted: () => true,
    onConnection: (what) => seen.push(what),
  });
  try {
    for (let n = 1; n <= 4; n++) {
      await until(`connection ${n}`, () => server.accepted === n && server.open.size === 1);
      await until(`connection ${n} in use`, () => seen.filter((s) => s === 'reconnect').length === n - 1);
      if (n < 4) server.drop();
    }
    assert.equal(server.most, 1);
  } finally {
    await link.kill();
    clock.stop();
    await server.close();
  }
});
