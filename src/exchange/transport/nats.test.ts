/** The NATS adapter passes the suite of all transports, over four servers in operator mode with mutual TLS. */
import { after, test } from 'node:test';
import { seededRandom } from '../../earth/random.ts';
import { NODE_IDS, type NodeId } from '../../model/nation.ts';
import { NatsTestNetwork } from '../testing/nats-network.ts';
import { CONFORMANCE_CHANNEL, testTransport } from '../testing/transport-conformance.ts';
import { MachineClock } from './machine-clock.ts';
import { connectNats, type NatsLink } from './nats.ts';
import { neighboursOf } from './nats-plan.ts';
import { findNatsServer, tlsOf } from './nats-servers.ts';

const PROBE_US = 40_000;
const AGREEMENTS = [
  {
    id: CONFORMANCE_CHANNEL,
    parties: ['USA', 'KOR', 'JPN'] as ('USA' | 'KOR' | 'JPN')[],
    route: 'direct' as const,
  },
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`expected ${what} within 15 s`);
    await pause(10);
  }
}

if (findNatsServer() === undefined) {
  test('NATS: the suite of all transports', {
    skip: 'no program nats-server (Debian: package nats-server)',
  }, () => {});
} else {
  let epoch = 0;
  let servers: Promise<NatsTestNetwork> | undefined;
  after(async () => (await servers)?.stop());

  testTransport('NATS', async ({ capacity }) => {
    servers ??= NatsTestNetwork.start(AGREEMENTS, [CONFORMANCE_CHANNEL]);
    const network = await servers;
    const clock = new MachineClock();
    let direct = true;
    epoch++;
    const links = new Map<NodeId, NatsLink>();
    for (const node of NODE_IDS) {
      const link = await connectNats({
        node,
        mode: 'exercise',
        server: network.server(node),
        credentials: network.credentials(node),
        tls: tlsOf(network.dir, node),
        neighbours: neighboursOf(node, AGREEMENTS),
        epoch,
        clock,
        timers: clock,
        random: seededRandom(epoch),
        probeUs: PROBE_US,
        capacity,
        permitted: (to) => direct || node === 'HUB' || to === 'HUB',
      });
      links.set(node, link);
    }
    const transport = (node: NodeId) => links.get(node)!.transport;
    const state = (a: NodeId, b: NodeId) =>
      transport(a)
        .links()
        .find((l) => l.to === b)?.state;
    const open = (): boolean =>
      NODE_IDS.every((n) =>
        transport(n)
          .links()
          .every((l) => l.state === 'up' && l.unacknowledged === 0),
      );
    await until('all links up', open);
    const cut = new Set<string>();
    return {
      transport,
      async setLink(a, b, up) {
        network.setLine(a, b, up);
        if (up) cut.delete(`${a} ${b}`);
        else cut.add(`${a} ${b}`);
        const want = up ? ['up', 'notPermitted'] : ['down', 'notPermitted'];
        await until(`link ${a}-${b} ${up ? 'up' : 'down'}`, () =>
          [state(a, b), state(b, a)].every((s) => want.includes(s!)),
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
      async stop() {
        for (const link of links.values()) await link.kill();
        clock.stop();
        for (const pair of cut) network.setLine(...(pair.split(' ') as [NodeId, NodeId]), true);
      },
    };
  });
}
