/** What every transport must do. Each adapter's test calls this with a way to make a small network of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Nation, NODE_IDS, type NodeId } from '../../model/nation.ts';
import { Journal, memorySink } from '../journal.ts';
import { KeyOffice } from '../key-office.ts';
import { addKey, exerciseKey, exerciseKeys, KeyRing, Signer } from '../keys.ts';
import type { HistoryLimits, HistoryPage, Kept, Lost, ReadFrom } from '../transport/history.ts';
import type { Gap, LinkState, Parcel, Priority, Transport } from '../transport/transport.ts';

/** A network of KOR, JPN, USA and HUB, each nation linked to the hub, KOR and JPN linked directly. */
export interface TestNetwork {
  transport(node: NodeId): Transport;
  setLink(a: NodeId, b: NodeId, up: boolean): void | Promise<void>;
  /** Whether KOR and JPN may be joined directly; true at first. */
  permitDirect(permitted: boolean): void | Promise<void>;
  /** Waits until what can arrive has arrived and is acknowledged. */
  settle(): void | Promise<void>;
  nowUs(): number;
  /** Lets time pass. */
  pass(us: number): void | Promise<void>;
  /** The node begins anew, with what its history kept. */
  restart(node: NodeId): void | Promise<void>;
  stop(): void | Promise<void>;
}

export interface TestNetworkOptions {
  /** Parcels of one flow that may wait on a link. */
  capacity: number;
  history?: HistoryLimits;
}

/** The agreement that parcels of the suite go under, where a network keeps agreements apart. */
export const CONFORMANCE_CHANNEL = 'everything';

export type TestNetworkFactory = (options: TestNetworkOptions) => TestNetwork | Promise<TestNetwork>;

export function testTransport(name: string, make: TestNetworkFactory): void {
  const parcel = (
    id: string,
    priority: Priority = 'track',
    key: string | null = null,
    flow: Nation = 'USA',
  ): Parcel => ({
    id,
    flow,
    channel: CONFORMANCE_CHANNEL,
    bytes: Buffer.from(id),
    priority,
    key,
  });
  const listen = (
    transport: Transport,
  ): { got: string[]; from: NodeId[]; gaps: Gap[]; states: LinkState[] } => {
    const heard = { got: [] as string[], from: [] as NodeId[], gaps: [] as Gap[], states: [] as LinkState[] };
    transport.onReceive((from, bytes) => {
      heard.got.push(Buffer.from(bytes).toString());
      heard.from.push(from);
    });
    transport.onGap((gap) => heard.gaps.push(gap));
    transport.onStatus((_, state) => heard.states.push(state));
    return heard;
  };
  const lost = (gaps: Gap[], reason: Gap['reason']): string[] =>
    gaps.filter((g) => g.reason === reason).flatMap((g) => g.ids);
  const check = (
    what: string,
    body: (network: TestNetwork) => Promise<void>,
    capacity = 100,
    history?: HistoryLimits,
  ): void => {
    test(`${name}: ${what}`, async () => {
      const network = await make({ capacity, ...(history ? { history } : {}) });
      try {
        await body(network);
      } finally {
        await network.stop();
      }
    });
  };
  const link = (t: Transport, to: NodeId) => t.links().find((l) => l.to === to)!;

  check('bytes arrive at the neighbour as they were sent, and the sender knows', async (n) => {
    const hub = listen(n.transport('HUB'));
    const others = [listen(n.transport('USA')), listen(n.transport('JPN'))];
    assert.deepEqual(n.transport('KOR').send('HUB', parcel('a')), { accepted: true });
    await n.settle();
    assert.deepEqual([hub.got, hub.from], [['a'], ['KOR']]);
    assert.deepEqual(
      others.map((o) => o.got),
      [[], []],
    );
    const status = link(n.transport('KOR'), 'HUB');
    assert.deepEqual(
      [status.state, status.acknowledged, status.unacknowledged, status.queued],
      ['up', 1, 0, 0],
    );
    assert.ok(status.lastAcknowledgedUs !== null && status.roundTripUs !== null);
  });

  check('a node has links to its neighbours only', async (n) => {
    assert.deepEqual(
      n
        .transport('KOR')
        .links()
        .map((l) => l.to),
      ['HUB', 'JPN'],
    );
    assert.deepEqual(n.transport('KOR').send('USA', parcel('a')), { accepted: false, reason: 'noLink' });
  });

  check('KOR-JPN: a direct link that is not permitted refuses, loudly', async (n) => {
    const jpn = listen(n.transport('JPN'));
    await n.permitDirect(false);
    assert.deepEqual(n.transport('KOR').send('JPN', parcel('a')), {
      accepted: false,
      reason: 'notPermitted',
    });
    assert.equal(link(n.transport('KOR'), 'JPN').state, 'notPermitted');
    await n.permitDirect(true);
    assert.deepEqual(n.transport('KOR').send('JPN', parcel('b')), { accepted: true });
    await n.settle();
    assert.deepEqual(jpn.got, ['b']);
  });

  check('what waits for a link that is not permitted any more becomes a gap', async (n) => {
    const kor = listen(n.transport('KOR'));
    const jpn = listen(n.transport('JPN'));
    await n.setLink('KOR', 'JPN', false);
    n.transport('KOR').send('JPN', parcel('a'));
    await n.permitDirect(false);
    await n.setLink('KOR', 'JPN', true);
    await n.settle();
    assert.deepEqual([jpn.got, lost(kor.gaps, 'notPermitted')], [[], ['a']]);
  });

  check('across a break nothing is lost: what was on the way and what waited arrives', async (n) => {
    const kor = listen(n.transport('KOR'));
    const hub = listen(n.transport('HUB'));
    n.transport('KOR').send('HUB', parcel('a'));
    await n.setLink('KOR', 'HUB', false);
    n.transport('KOR').send('HUB', parcel('b'));
    await n.settle();
    assert.equal(link(n.transport('KOR'), 'HUB').state, 'down');
    await n.setLink('KOR', 'HUB', true);
    await n.settle();
    assert.deepEqual([...new Set(hub.got)].sort(), ['a', 'b']);
    assert.deepEqual([kor.gaps, kor.states], [[], ['down', 'up']]);
    const status = link(n.transport('KOR'), 'HUB');
    assert.deepEqual([status.acknowledged, status.unacknowledged, status.queued], [2, 0, 0]);
  });

  check('after a break warnings go before estimates, estimates before tracks, history last', async (n) => {
    const hub = listen(n.transport('HUB'));
    const again: string[] = [];
    n.transport('HUB').onReceive((_, bytes, __, history) => history && again.push(`${Buffer.from(bytes)}`));
    await n.setLink('KOR', 'HUB', false);
    const order: [string, Priority][] = [
      ['h1', 'history'],
      ['t1', 'track'],
      ['e1', 'estimate'],
      ['w1', 'warning'],
      ['t2', 'track'],
      ['w2', 'warning'],
    ];
    for (const [id, priority] of order) n.transport('KOR').send('HUB', parcel(id, priority));
    await n.setLink('KOR', 'HUB', true);
    await n.settle();
    assert.deepEqual(hub.got, ['w1', 'w2', 'e1', 't1', 't2', 'h1']);
    assert.deepEqual(again, ['h1'], 'its receiver knows it from the rest');
  });

  check(
    'a full queue lets go of the oldest of the lowest priority; sender and receiver are told what',
    async (n) => {
      const kor = listen(n.transport('KOR'));
      const hub = listen(n.transport('HUB'));
      await n.setLink('KOR', 'HUB', false);
      for (const id of ['t1', 't2', 't3', 't4']) n.transport('KOR').send('HUB', parcel(id));
      n.transport('KOR').send('HUB', parcel('w1', 'warning'));
      n.transport('KOR').send('HUB', parcel('e1', 'estimate'));
      await n.setLink('KOR', 'HUB', true);
      await n.settle();
      assert.deepEqual(hub.got, ['w1', 'e1', 't3', 't4']);
      assert.deepEqual(lost(kor.gaps, 'overflow'), ['t1', 't2']);
      assert.deepEqual(lost(hub.gaps, 'overflow'), ['t1', 't2']);
    },
    4,
  );

  check(
    'under congestion the latest value of a key replaces the one that waits, and the gap says so',
    async (n) => {
      const kor = listen(n.transport('KOR'));
      const hub = listen(n.transport('HUB'));
      await n.setLink('KOR', 'HUB', false);
      for (const id of ['a1', 'b1', 'c'])
        n.transport('KOR').send('HUB', parcel(id, 'track', id === 'c' ? null : id[0]));
      for (const id of ['a2', 'b2', 'a3']) n.transport('KOR').send('HUB', parcel(id, 'track', id[0]));
      await n.setLink('KOR', 'HUB', true);
      await n.settle();
      assert.deepEqual(hub.got, ['a3', 'b2', 'c']);
      assert.deepEqual(lost(kor.gaps, 'superseded'), ['a1', 'b1', 'a2']);
      assert.deepEqual(lost(hub.gaps, 'superseded').sort(), ['a1', 'a2', 'b1']);
    },
    4,
  );

  check('a parcel that waited is asked again: withdrawn or expired it does not go', async (n) => {
    const kor = listen(n.transport('KOR'));
    const hub = listen(n.transport('HUB'));
    await n.setLink('KOR', 'HUB', false);
    let answer: 'go' | 'withdrawn' = 'go';
    n.transport('KOR').send('HUB', { ...parcel('a'), mayGo: () => answer });
    n.transport('KOR').send('HUB', { ...parcel('b'), mayGo: () => 'expired' });
    n.transport('KOR').send('HUB', { ...parcel('c'), mayGo: () => 'go' });
    answer = 'withdrawn';
    await n.setLink('KOR', 'HUB', true);
    await n.settle();
    assert.deepEqual(hub.got, ['c']);
    assert.deepEqual([lost(kor.gaps, 'withdrawn'), lost(kor.gaps, 'expired')], [['a'], ['b']]);
    // The receiver must not learn from a gap that there was something it may not have.
    assert.deepEqual([lost(hub.gaps, 'withdrawn'), lost(hub.gaps, 'expired')], [[], ['b']]);
  });

  check(
    'flows do not touch each other: one that is full takes nothing from another',
    async (n) => {
      const kor = listen(n.transport('KOR'));
      const hub = listen(n.transport('HUB'));
      await n.setLink('KOR', 'HUB', false);
      for (const id of ['a', 'b', 'c']) n.transport('KOR').send('HUB', parcel(id, 'warning', null, 'USA'));
      for (const id of ['x', 'y']) n.transport('KOR').send('HUB', parcel(id, 'track', null, 'JPN'));
      await n.setLink('KOR', 'HUB', true);
      await n.settle();
      assert.deepEqual([hub.got.sort(), lost(kor.gaps, 'overflow')], [['b', 'c', 'x', 'y'], ['a']]);
      assert.deepEqual([kor.gaps[0].flow, hub.gaps[0].flow], ['USA', 'USA']);
    },
    2,
  );

  check('a relay tells on what was lost before it, but not what was withdrawn', async (n) => {
    const jpn = listen(n.transport('JPN'));
    const told = { flow: 'JPN', channel: CONFORMANCE_CHANNEL } as const;
    n.transport('HUB').tellGap('JPN', { ...told, reason: 'overflow', ids: ['a'] });
    n.transport('HUB').tellGap('JPN', { ...told, reason: 'withdrawn', ids: ['b'] });
    await n.settle();
    assert.deepEqual(
      jpn.gaps.map((g) => [g.from, g.to, g.flow, g.reason, g.ids]),
      [['HUB', 'JPN', 'JPN', 'overflow', ['a']]],
    );
  });

  check('what is held is not acknowledged until its holder is done with it', async (n) => {
    const done: (() => void)[] = [];
    n.transport('HUB').onReceive((_, __, hold) => done.push(hold()));
    let settled = 0;
    n.transport('KOR').send('HUB', { ...parcel('a'), onSettled: () => settled++ });
    await n.settle();
    assert.deepEqual([done.length, settled, link(n.transport('KOR'), 'HUB').acknowledged], [1, 0, 0]);
    for (const give of done) give();
    await n.settle();
    assert.deepEqual([settled, link(n.transport('KOR'), 'HUB').unacknowledged], [1, 0]);
  });

  check('closing tells what is not known to have arrived', async (n) => {
    const kor = listen(n.transport('KOR'));
    await n.setLink('KOR', 'HUB', false);
    n.transport('KOR').send('HUB', parcel('a'));
    n.transport('KOR').close();
    assert.deepEqual(lost(kor.gaps, 'closed'), ['a']);
    assert.deepEqual(n.transport('KOR').send('HUB', parcel('b')), { accepted: false, reason: 'closed' });
  });

  check(
    'events of keys reach every node over it: a new key is known, then used, then the old one ends',
    async (n) => {
      const { signers, roots, ring } = exerciseKeys(7, NODE_IDS);
      let nowUs = 1.7e15;
      const clock = { nowUs: () => nowUs };
      const rings = new Map(NODE_IDS.map((node) => [node, new KeyRing(ring.records)]));
      const offices = new Map(
        NODE_IDS.map((node) => {
          const transport = n.transport(node);
          const signer = signers.get(node)!;
          const journal = new Journal({ clock, signer, sink: memorySink() });
          const own = {
            mode: 'exercise',
            clock,
            signer,
            ring: rings.get(node)!,
            transport,
            journal,
          } as const;
          const office = new KeyOffice(own);
          transport.onReceive((from, bytes, hold) => {
            assert.ok(office.take(from, bytes, hold), 'nothing but events of keys is sent here');
          });
          return [node, office];
        }),
      );
      const knowing = (keyId: string): NodeId[] => NODE_IDS.filter((node) => rings.get(node)!.find(keyId));
      const refusing = (keyId: string): NodeId[] =>
        NODE_IDS.filter((node) => rings.get(node)!.isRevoked(keyId, nowUs));
      for (const node of ['KOR', 'HUB'] as const) {
        const office = offices.get(node)!;
        const [old, next] = [office.signer, new Signer(node, 'exercise', exerciseKey(`next ${node}`))];
        await n.setLink('JPN', 'HUB', false);
        if (node === 'KOR') await n.setLink('KOR', 'JPN', false);
        office.rotate(next, addKey(next.record, roots.get(node)!, nowUs));
        await n.settle();
        assert.deepEqual([knowing(next.keyId), office.signer], [['USA', 'KOR', 'HUB'], old]);
        await n.setLink('JPN', 'HUB', true);
        if (node === 'KOR') await n.setLink('KOR', 'JPN', true);
        await n.settle();
        await n.settle();
        nowUs += 60e6;
        assert.deepEqual([knowing(next.keyId), office.signer], [[...NODE_IDS], next]);
        assert.deepEqual(refusing(old.keyId), [...NODE_IDS]);
      }
    },
  );

  // Histories outlive a network's nodes: each test has streams of its own.
  const stream = (flow: Nation) => ({ channel: CONFORMANCE_CHANNEL, flow });
  const kept = (id: string, atUs: number, size = 100): Kept => ({
    id,
    atUs,
    bytes: Buffer.alloc(size, id),
  });
  const said = (part: Kept | Lost): string =>
    'lost' in part ? `${part.lost} lost` : `${part.id} ${part.atUs} ${Buffer.from(part.bytes)[0]}`;
  const line = (k: Kept): string => said(k);
  const readAll = async (
    n: TestNetwork,
    node: NodeId,
    flow: Nation,
    from: ReadFrom = { sinceUs: 0 },
  ): Promise<(Kept | Lost)[]> => {
    const parts: (Kept | Lost)[] = [];
    for (let at: ReadFrom | null = from; at; ) {
      const page = await new Promise<HistoryPage | undefined>((resolve) =>
        n.transport(node).history.read(stream(flow), at!, resolve),
      );
      assert.ok(page, 'the store can be read');
      parts.push(...page.parts);
      at = page.next === null ? null : { next: page.next };
    }
    return parts;
  };

  check('what was kept is read again in order, by recipient and from any time on', async (n) => {
    const base = n.nowUs();
    const all = Array.from({ length: 150 }, (_, i) => kept(`${i}`, base + 1000 * i));
    const { history } = n.transport('KOR');
    for (const k of all) history.keep(stream('JPN'), k);
    history.keep(stream('USA'), kept('other', base + 5));
    await n.settle();
    assert.deepEqual((await readAll(n, 'KOR', 'JPN')).map(said), all.map(line));
    assert.deepEqual((await readAll(n, 'KOR', 'USA')).map(said), [line(kept('other', base + 5))]);
    for (const since of [1, 2000, 74_500, 149_000, 149_001, 1e9]) {
      const found = await readAll(n, 'KOR', 'JPN', { sinceUs: base + since });
      assert.deepEqual(
        found.map(said),
        all.filter((k) => k.atUs >= base + since).map(line),
        `since ${since}`,
      );
    }
    assert.deepEqual(await readAll(n, 'HUB', 'JPN'), [], 'the hub releases nothing');
  });

  check(
    'history is bounded by bytes: the oldest falls off, and how much is said',
    async (n) => {
      const base = n.nowUs();
      const all = Array.from({ length: 60 }, (_, i) => kept(`${i}`, base + 1000 * i, 1000));
      for (const k of all) n.transport('USA').history.keep(stream('KOR'), k);
      n.transport('USA').history.keep(stream('JPN'), kept('of another', base + 1));
      await n.settle();
      const [loss, ...rest] = await readAll(n, 'USA', 'KOR');
      assert.ok(rest.length >= 20 && rest.length <= 40, `${rest.length} parcels of 1000 bytes in 40000`);
      assert.equal(said(loss), `${60 - rest.length} lost`);
      assert.deepEqual(rest.map(said), all.slice(-rest.length).map(line));
      const late = await readAll(n, 'USA', 'KOR', { sinceUs: base + 50_000 });
      assert.deepEqual(late.map(said), all.slice(50).map(line), 'what fell off before is not missed');
      // What there is for one recipient takes nothing from another.
      assert.deepEqual((await readAll(n, 'USA', 'JPN')).map(said), [line(kept('of another', base + 1))]);
    },
    100,
    { maxBytes: 40_000, maxAgeUs: 600e6 },
  );

  check(
    'history is bounded by age',
    async (n) => {
      const { history } = n.transport('JPN');
      history.keep(stream('KOR'), kept('old', n.nowUs()));
      await n.pass(1.3e6);
      history.keep(stream('KOR'), kept('new', n.nowUs()));
      await n.pass(0.3e6);
      const [loss, ...rest] = await readAll(n, 'JPN', 'KOR');
      assert.deepEqual([said(loss), rest.map((r) => 'id' in r && r.id)], ['1 lost', ['new']]);
      // Whoever asks for less is not told of what was older.
      const late = await readAll(n, 'JPN', 'KOR', { sinceUs: n.nowUs() - 0.8e6 });
      assert.deepEqual(
        late.map((r) => 'id' in r && r.id),
        ['new'],
      );
    },
    100,
    { maxBytes: 4 << 20, maxAgeUs: 1.2e6 },
  );

  check('after a restart history goes on: what an earlier life handed over is there once', async (n) => {
    const base = n.nowUs();
    const all = Array.from({ length: 10 }, (_, i) => kept(`${i}`, base + 1000 * i));
    for (const k of all.slice(0, 6)) n.transport('JPN').history.keep(stream('USA'), k);
    await n.settle();
    await n.restart('JPN');
    const { history } = n.transport('JPN');
    // By the journal it handed over more than the store has.
    history.restore(stream('USA'), all.slice(0, 9));
    history.keep(stream('USA'), all[9]);
    await n.settle();
    assert.deepEqual((await readAll(n, 'JPN', 'USA')).map(said), all.map(line));
  });

  check(
    'a full queue lets history go before anything new',
    async (n) => {
      const kor = listen(n.transport('KOR'));
      await n.setLink('KOR', 'HUB', false);
      for (const id of ['t1', 't2']) n.transport('KOR').send('HUB', parcel(id));
      n.transport('KOR').send('HUB', parcel('h1', 'history'));
      n.transport('KOR').send('HUB', parcel('t3'));
      assert.deepEqual(lost(kor.gaps, 'overflow'), ['h1']);
    },
    3,
  );
}
