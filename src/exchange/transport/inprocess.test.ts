import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VirtualScheduler } from '../../model/clock.ts';
import { testTransport } from '../testing/transport-conformance.ts';
import { decodeFrame, encodeFrame, type Frame } from './frames.ts';
import { InProcessNetwork } from './inprocess.ts';
import { PRIORITIES } from './transport.ts';

const LINKS = [
  { between: ['KOR', 'HUB'], latencyUs: 20000 },
  { between: ['JPN', 'HUB'], latencyUs: 30000 },
  { between: ['USA', 'HUB'], latencyUs: 5000 },
  { between: ['KOR', 'JPN'], latencyUs: 10000 },
] as const;

testTransport('in process', ({ capacity, history }) => {
  const scheduler = new VirtualScheduler(0);
  let direct = true;
  const network = new InProcessNetwork(scheduler, {
    links: LINKS,
    capacity,
    ...(history ? { history } : {}),
    permitted: (a, b) => direct || a === 'HUB' || b === 'HUB',
  });
  return {
    transport: (node) => network.transport(node),
    setLink: (a, b, up) => network.setLink(a, b, up),
    permitDirect(permitted) {
      direct = permitted;
    },
    settle: () => scheduler.advanceTo(scheduler.nowUs() + 10e6),
    nowUs: () => scheduler.nowUs(),
    pass: (us) => scheduler.advanceTo(scheduler.nowUs() + us),
    restart: (node) => void network.restart(node),
    stop() {},
  };
});

test('in process: whatever breaks and when, each parcel arrives once or is in one gap of its sender', () => {
  const step = fc.record({
    waitUs: fc.nat(60000),
    what: fc.constantFrom('send', 'send', 'send', 'send', 'break', 'mend'),
    flow: fc.constantFrom('USA', 'JPN'),
    priority: fc.constantFrom(...PRIORITIES),
    key: fc.constantFrom(null, 'a', 'b'),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 4 }),
      (steps, capacity, window) => {
        const scheduler = new VirtualScheduler(0);
        const network = new InProcessNetwork(scheduler, { links: LINKS, capacity, window });
        const arrived: string[] = [];
        const lost: string[] = [];
        const told: string[] = [];
        network.transport('HUB').onReceive((_, bytes) => arrived.push(Buffer.from(bytes).toString()));
        network.transport('HUB').onGap((g) => told.push(...g.ids));
        network.transport('KOR').onGap((g) => lost.push(...g.ids));
        const sent: string[] = [];
        for (const { waitUs, what, flow, priority, key } of steps) {
          scheduler.advanceTo(scheduler.nowUs() + waitUs);
          if (what !== 'send') network.setLink('KOR', 'HUB', what === 'mend');
          else {
            const id = `p${sent.length}`;
            sent.push(id);
            network.transport('KOR').send('HUB', { id, bytes: Buffer.from(id), flow, priority, key });
          }
        }
        network.setLink('KOR', 'HUB', true);
        scheduler.advanceTo(scheduler.nowUs() + 60e6);
        assert.deepEqual([...arrived, ...lost].sort(), sent.sort());
        assert.deepEqual(told.sort(), lost.sort());
        assert.equal(network.transport('KOR').links()[0].unacknowledged, 0);
      },
    ),
    { numRuns: 500 },
  );
});

test('in process: what a neighbour cannot be told for long is bounded, and in the end it knows how much was lost, and when', () => {
  const scheduler = new VirtualScheduler(0);
  const network = new InProcessNetwork(scheduler, { links: LINKS, capacity: 10, window: 4 });
  const kor = network.transport('KOR');
  const told: { ids: string[]; more: number; span: [number, number] }[] = [];
  network.transport('HUB').onGap((gap) => {
    const { ids, more = 0, firstUs, lastUs } = gap;
    // Over a wire it is the same.
    const frame: Frame = { type: 'data', epoch: 1, flow: 'JPN', sequence: 1, base: 1, content: { gap } };
    assert.deepEqual(decodeFrame(encodeFrame(frame)), frame);
    told.push({ ids, more, span: [firstUs, lastUs] });
  });
  network.setLink('KOR', 'HUB', false);
  const settled = new Set<string>();
  const count = 12_010;
  for (let i = 1; i <= count; i++) {
    scheduler.advanceTo(i);
    const [id, bytes] = [`p${i}`, Buffer.from([1])];
    const onSettled = (): void => void settled.add(id);
    kor.send('HUB', { id, bytes, flow: 'JPN', priority: 'track', key: null, onSettled });
  }
  assert.equal(settled.size, 7000, 'of what is told as a number alone nothing is kept');
  network.setLink('KOR', 'HUB', true);
  scheduler.advanceTo(60e6);
  const ids = told.flatMap((t) => t.ids);
  assert.deepEqual(
    ids,
    Array.from({ length: 5000 }, (_, i) => `p${i + 1}`),
  );
  assert.equal(
    told.reduce((n, t) => n + t.more, 0),
    count - 10 - 5000,
  );
  assert.deepEqual(told[told.length - 1].span, [1, count - 10]);
  assert.equal(settled.size, count);
});
