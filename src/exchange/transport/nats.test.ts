/** The NATS adapter passes the suite of all transports, over four servers in operator mode with mutual TLS. */
import { after, test } from 'node:test';
import { NODE_IDS, type NodeId } from '../../model/nation.ts';
import { connectNodes, NatsTestNetwork, until } from '../testing/nats-network.ts';
import { CONFORMANCE_CHANNEL, testTransport } from '../testing/transport-conformance.ts';
import { MachineClock } from './machine-clock.ts';
import { findNatsServer } from './nats-servers.ts';

const PROBE_US = 40_000;
const AGREEMENTS = [
  {
    id: CONFORMANCE_CHANNEL,
    parties: ['USA', 'KOR', 'JPN'] as ('USA' | 'KOR' | 'JPN')[],
    route: 'direct' as const,
  },
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

if (findNatsServer() === undefined) {
  test('NATS: the suite of all transports', {
    skip: 'no program nats-server (Debian: package nats-server)',
  }, () => {});
} else {
  let epoch = 0;
  let servers: Promise<NatsTestNetwork> | undefined;
  after(async () => (await servers)?.stop());

  testTransport('NATS', async ({ capacity, history }) => {
    servers ??= NatsTestNetwork.start(AGREEMENTS, [CONFORMANCE_CHANNEL]);
    const network = await servers;
    const clock = new MachineClock();
    let direct = true;
    epoch++;
    const nodes = await connectNodes(network, AGREEMENTS, {
      clock,
      probeUs: PROBE_US,
      epoch,
      capacity,
      ...(history ? { history } : {}),
      permitted: (from, to) => direct || from === 'HUB' || to === 'HUB',
    });
    const { transport, stateOf } = nodes;
    await nodes.allUp();
    const cut = new Set<string>();
    return {
      transport,
      async setLink(a, b, up) {
        network.setLine(a, b, up);
        if (up) cut.delete(`${a} ${b}`);
        else cut.add(`${a} ${b}`);
        const want = up ? ['up', 'notPermitted'] : ['down', 'notPermitted'];
        await until(`link ${a}-${b} ${up ? 'up' : 'down'}`, () =>
          [stateOf(a, b), stateOf(b, a)].every((s) => want.includes(s!)),
        );
      },
      permitDirect(permitted) {
        direct = permitted;
      },
      async settle() {
        await pause(2 * (PROBE_US / 1000));
        const quiet = (): boolean =>
          NODE_IDS.every((n) =>
            transport(n)
              .links()
              .every((l) => l.state !== 'up' || l.queued === 0),
          );
        await until('quiet', quiet);
        await pause(PROBE_US / 1000);
      },
      nowUs: () => clock.nowUs(),
      pass: (us) => pause(us / 1000),
      restart: (node) => nodes.restart(node),
      async stop() {
        await nodes.kill();
        clock.stop();
        for (const pair of cut) network.setLine(...(pair.split(' ') as [NodeId, NodeId]), true);
      },
    };
  });
}
