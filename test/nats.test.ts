/** What the servers themselves hold to: who may publish and hear what, and that a suspended agreement stops there. */
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadAgreements } from '../src/exchange/index.ts';
import {
  type ConnectedNodes,
  connectNodes,
  NatsTestNetwork,
  until,
} from '../src/exchange/testing/nats-network.ts';
import { MachineClock } from '../src/exchange/transport/machine-clock.ts';
import { subjectOf } from '../src/exchange/transport/nats.ts';
import { findNatsServer, tlsOf } from '../src/exchange/transport/nats-servers.ts';
import { NODE_IDS, type NodeId } from '../src/model/nation.ts';

const skip = findNatsServer() === undefined ? 'no program nats-server (Debian: package nats-server)' : false;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('NATS: KOR and JPN hear each other under a direct agreement alone, USA never hears them, and a suspension stops the flow at the server', {
  skip,
  timeout: 40_000,
}, async (t) => {
  const agreements = loadAgreements(new URL('../agreements', import.meta.url).pathname).filter((a) =>
    ['gsomia-2016', 'mechanism-2023'].includes(a.id),
  );
  const network = await NatsTestNetwork.start(
    agreements,
    agreements.map((a) => a.id),
  );
  const clock = new MachineClock();
  // The nodes themselves would go on: what stops them here is the server.
  let nodes: ConnectedNodes | undefined;
  try {
    nodes = await connectNodes(network, agreements, { clock, probeUs: 50_000 });
    const { transport, stateOf } = nodes;
    const got: string[] = [];
    for (const node of NODE_IDS)
      transport(node).onReceive((from, bytes) => got.push(`${from}>${node} ${Buffer.from(bytes)}`));
    const send = (from: NodeId, to: NodeId, channel: string, id: string) =>
      transport(from).send(to, {
        id,
        bytes: Buffer.from(id),
        flow: 'JPN',
        channel,
        priority: 'warning',
        key: null,
      });
    const up = (a: NodeId, b: NodeId) => stateOf(a, b) === 'up';
    await nodes.allUp();

    send('KOR', 'JPN', 'gsomia-2016', 'direct');
    send('KOR', 'HUB', 'mechanism-2023', 'through');
    await until('both', () => got.length === 2);
    assert.deepEqual(got.sort(), ['KOR>HUB through', 'KOR>JPN direct']);
    // The agreement is the channel: the other way round there is none.
    assert.deepEqual(send('KOR', 'JPN', 'mechanism-2023', 'x'), { accepted: false, reason: 'noLink' });
    assert.deepEqual(send('KOR', 'HUB', 'gsomia-2016', 'x'), { accepted: false, reason: 'noLink' });

    await t.test('nobody publishes or hears what is not his, whatever his program does', async () => {
      const { connect } = await import('@nats-io/transport-node');
      const { credsAuthenticator } = await import('@nats-io/nats-core');
      const intruder = await connect({
        servers: network.server('USA'),
        authenticator: credsAuthenticator(new TextEncoder().encode(network.credentials('USA'))),
        tls: tlsOf(network.dir, 'USA'),
        reconnect: false,
      });
      const refused: string[] = [];
      void (async () => {
        for await (const s of intruder.status()) if (s.type === 'error') refused.push(String(s.error));
      })();
      const heard: string[] = [];
      for (const subject of ['bf.>', subjectOf('exercise', 'gsomia-2016', 'KOR', 'JPN'), '>'])
        intruder.subscribe(subject, {
          callback: (error, m) => void heard.push(error ? `refused ${subject}` : m.subject),
        });
      for (const [from, to] of [
        ['KOR', 'JPN'],
        ['KOR', 'HUB'],
        ['HUB', 'JPN'],
      ] as const)
        intruder.publish(subjectOf('exercise', 'mechanism-2023', from, to), 'forged');
      intruder.publish(subjectOf('live', 'mechanism-2023', 'USA', 'HUB'), 'live');
      await intruder.flush();
      send('KOR', 'JPN', 'gsomia-2016', 'not for others');
      await until('the direct one', () => got.includes('KOR>JPN not for others'));
      await pause(100);
      assert.deepEqual(
        [...new Set(heard)].every((h) => h.startsWith('refused')),
        true,
        heard.join(),
      );
      assert.ok(refused.filter((r) => /permissions violation/i.test(r)).length >= 4, refused.join());
      await intruder.close();
      await assert.rejects(
        connect({ servers: network.server('KOR'), reconnect: false, tls: tlsOf(network.dir, 'KOR') }),
        /auth/i,
        'without credentials nobody is let in',
      );
      await assert.rejects(
        connect({
          servers: network.server('KOR'),
          reconnect: false,
          tls: { caFile: tlsOf(network.dir, 'KOR').caFile },
          authenticator: credsAuthenticator(new TextEncoder().encode(network.credentials('KOR'))),
        }),
        'without a certificate neither',
      );
    });

    await t.test(
      'suspended, it stops at the server at once; in force again, what waited arrives',
      async () => {
        const startMs = performance.now();
        await network.setInForce('gsomia-2016', false, ['KOR']);
        t.diagnostic(`accounts pushed in ${(performance.now() - startMs).toFixed(0)} ms`);
        got.length = 0;
        send('KOR', 'JPN', 'gsomia-2016', 'while suspended');
        send('KOR', 'HUB', 'mechanism-2023', 'the other goes on');
        await until('the other agreement', () => got.includes('KOR>HUB the other goes on'));
        await until('the direct link down', () => !up('KOR', 'JPN') && !up('JPN', 'KOR'));
        await pause(1500);
        assert.deepEqual(got, ['KOR>HUB the other goes on']);
        assert.ok(up('KOR', 'HUB') && up('JPN', 'HUB') && up('USA', 'HUB'));
        await network.setInForce('gsomia-2016', true, ['KOR']);
        await until('what waited', () => got.includes('KOR>JPN while suspended'));
      },
    );
  } finally {
    await nodes?.kill();
    clock.stop();
    await network.stop();
  }
});

test('NATS: a server that starts has loaded its accounts before leaf connections come', {
  skip,
  timeout: 40_000,
}, async () => {
  const agreements = loadAgreements(new URL('../agreements', import.meta.url).pathname).filter(
    (a) => a.id === 'mechanism-2023',
  );
  const network = await NatsTestNetwork.start(
    agreements,
    agreements.map((a) => a.id),
  );
  try {
    await network.servers.get('HUB')!.kill();
    appendFileSync(join(network.dir, 'HUB', 'server.conf'), '\ndebug: true\n');
    await network.startServer('HUB');
    const log = (): string => network.servers.get('HUB')!.log();
    await until('all leaf connections', () => log().split('Authenticated JWT: Leafnode').length === 7);
    assert.match(log(), /Server is ready/, 'the log from the start on');
    // Loaded only now, an account may be loaded twice, by two leaf connections at once: then nothing passes.
    assert.doesNotMatch(log(), /fetch took|Updating account claims/);
  } finally {
    await network.stop();
  }
});
