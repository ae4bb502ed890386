/** The same over four NATS servers with JetStream, and what the servers hold to. The exercise's clock is stepped; the network is real. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { connectNodes, NatsTestNetwork, until } from '../src/exchange/testing/nats-network.ts';
import { MachineClock } from '../src/exchange/transport/machine-clock.ts';
import { streamName } from '../src/exchange/transport/nats-history.ts';
import { findNatsServer, tlsOf } from '../src/exchange/transport/nats-servers.ts';
import type { NodeId } from '../src/model/nation.ts';

import { agreements, catchesUp, Exercise, MECHANISM, type Net, SHORT } from './late-joiner.fixture.ts';

const skip = findNatsServer() === undefined ? 'no program nats-server (Debian: package nats-server)' : false;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('NATS: who comes late has it from JetStream; a server killed meanwhile has kept it; what was recalled is not given; a suspension gives nothing; nobody else can read it', {
  skip,
  timeout: 60_000,
}, async (t) => {
  const x = new Exercise();
  const network = await NatsTestNetwork.start(agreements, [MECHANISM]);
  const timers = new MachineClock();
  let stepMs = 3;
  const connected = await connectNodes(network, agreements, {
    clock: timers,
    told: x.clock,
    probeUs: 50_000,
    late: ['JPN'],
    ...SHORT,
  });
  const net: Net = {
    transport: connected.transport,
    async join(node) {
      await connected.restart(node);
      stepMs = 50;
    },
    step: () => pause(stepMs),
  };
  const up = (a: NodeId) => connected.stateOf(a, 'HUB') === 'up';
  try {
    x.start(net);
    await until('links of KOR and USA', () => up('KOR') && up('USA'));
    await x.runTo(190);
    const kor = x.nodes.get('KOR')!;
    const launch = kor.recalls().items.find((i) => i.kind === 'launch')!;
    kor.recall({ item: launch.item, reason: 'a test' });
    await network.servers.get('KOR')!.kill();
    await network.startServer('KOR');
    await until('the link of KOR again', () => up('KOR'));
    await x.runTo(230);

    await t.test('the servers let nobody else read a stream', async () => {
      await readsNothing(network, 'HUB');
      await readsNothing(network, 'JPN');
      await readsNothing(network, 'USA');
    });

    await t.test('while its agreement is suspended at a server nothing of it comes', async () => {
      await network.setInForce(MECHANISM, false);
      await net.join('JPN');
      x.join('JPN').catchUp();
      await pause(1000);
      assert.deepEqual(
        x.records('JPN').filter((r) => r.kind === 'received'),
        [],
      );
      assert.ok(x.records('KOR').every((r) => r.kind !== 'sentAgain'));
      await network.setInForce(MECHANISM, true);
      await until('the links again', () => up('KOR') && up('USA'));
    });

    await catchesUp(x, x.nodes.get('JPN')!, (text) => t.diagnostic(text));
    const history = x.records('JPN').filter((r) => r.kind === 'received' && r.body.history);
    const recalled = history.filter(
      (r) => r.body.item === launch.item && Number(r.body.revision) <= launch.revision,
    );
    assert.deepEqual(recalled, [], 'nothing of what was recalled');
    assert.ok(
      x.records('KOR').some((r) => r.kind === 'sent' && r.body.item === launch.item && r.body.to === 'JPN'),
    );
    await pause(300);
    const { problems, counts } = x.finish();
    assert.deepEqual(problems, []);
    t.diagnostic(`${counts.sent} sent, ${counts.received} received, ${counts.accounted} told as not carried`);
  } finally {
    await connected.kill();
    timers.stop();
    await network.stop();
  }
});

/** Whoever keeps a node's server, with users as mighty as he can make them, asks for KOR's streams by every name they have. */
async function readsNothing(network: NatsTestNetwork, node: NodeId): Promise<void> {
  const [{ connect }, { credsAuthenticator }, jwt] = await Promise.all([
    import('@nats-io/transport-node'),
    import('@nats-io/nats-core'),
    import('@nats-io/jwt'),
  ]);
  const authority = JSON.parse(readFileSync(`${network.dir}/${node}/authority.json`, 'utf8')) as {
    nodeAccountSeed: string;
    accounts: { seed: string }[];
  };
  const everything = { pub: { allow: ['>'], deny: [] }, sub: { allow: ['>'], deny: [] } };
  const seeds = new Set([authority.nodeAccountSeed, ...authority.accounts.map((a) => a.seed)]);
  const asked: Promise<unknown>[] = [];
  for (const seed of seeds) {
    const user = jwt.createUser();
    const account = jwt.fromSeed(new TextEncoder().encode(seed));
    const token = await jwt.encodeUser(
      'mighty',
      user,
      account,
      { subs: -1, data: -1, payload: -1, ...everything },
      {},
    );
    const connection = await connect({
      servers: network.server(node),
      authenticator: credsAuthenticator(jwt.fmtCreds(token, user)),
      tls: tlsOf(network.dir, node),
      reconnect: false,
    });
    const stream = streamName('exercise', 'KOR', { channel: MECHANISM, flow: 'JPN' });
    const ask = async (subject: string): Promise<void> => {
      const answer = await connection.request(subject, '{"seq":1}', { timeout: 300 }).catch(() => undefined);
      const found = answer?.json<{ error?: unknown; message?: unknown; state?: unknown }>();
      assert.ok(
        found === undefined || found.error !== undefined,
        `${node}: ${subject} ${JSON.stringify(found)}`,
      );
      assert.ok(found?.message === undefined && found?.state === undefined);
    };
    for (const api of ['$JS.API', '$JS.KOR-exercise.API'])
      asked.push(
        ...[`STREAM.MSG.GET.${stream}`, `STREAM.INFO.${stream}`].map((what) => ask(`${api}.${what}`)),
      );
    await Promise.all(asked.splice(0));
    await connection.close();
  }
}
