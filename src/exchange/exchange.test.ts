import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isoToUs } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import { NATIONS, type Nation } from '../model/nation.ts';
import { canonicalJson } from './canonical.ts';
import { jsonCodec } from './envelope.ts';
import { openMarking, testAgreements, testExchange, testItem } from './testing/exchange.ts';

const DAY = '2024-01-14T05:55:00Z';
const records = (text: string, kind: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as { kind: string; body: Record<string, unknown> })
    .filter((r) => r.kind === kind)
    .map((r) => r.body);

test('what KOR offers reaches USA and JPN in real time, each under its agreement, with the sensors withheld', () => {
  const x = testExchange(DAY, { marking: openMarking });
  const now = x.clock.nowUs();
  x.nations.get('KOR')!.share(testItem('KOR', 1, now));
  x.clock.advanceTo(now + 10e6);
  assert.deepEqual(
    x.received.map((r) => [r.at, r.got.path, r.got.agreement, r.got.receivedUs - now]),
    [
      ['USA', ['KOR', 'HUB'], 'mechanism-2023', 25000],
      ['JPN', ['KOR', 'HUB'], 'mechanism-2023', 50000],
    ],
  );
  for (const { got } of x.received) {
    assert.deepEqual(got.item.label.elements, ['launchPoint', 'trajectory', 'impactPoint']);
    assert.deepEqual(Object.keys(got.pedigree), ['KOR/*']);
    assert.equal(got.item.sourceType, 'radar');
    assert.equal('sensors' in got.item.body, false);
  }
  const peer = x.nations.get('KOR')!.peer('JPN');
  assert.deepEqual([peer.sent, peer.reduced, peer.denied, peer.agreement], [1, 1, 0, 'mechanism-2023']);
  assert.deepEqual(x.nations.get('JPN')!.peer('KOR').latencyUs, [50000]);
  const report = x.finish();
  assert.deepEqual(report.problems, []);
  assert.deepEqual(
    [report.counts.sent, report.counts.relayed, report.counts.received, report.counts.accounted],
    [2, 2, 2, 0],
  );
});

test('before 2023 the handling delay of TISA lies between; what expires before is told as not sent', () => {
  const x = testExchange('2022-11-03T00:00:00Z', { marking: openMarking });
  const now = x.clock.nowUs();
  x.nations.get('KOR')!.share(testItem('KOR', 1, now, {}, 3600));
  x.nations.get('KOR')!.share(testItem('KOR', 2, now, {}, 600));
  x.clock.advanceTo(now + 899e6);
  assert.equal(x.received.length, 0);
  assert.equal(x.nations.get('KOR')!.held, 2);
  x.clock.advanceTo(now + 901e6);
  assert.deepEqual(
    x.received.map((r) => [r.at, r.got.item.label.id, r.got.agreement]),
    [
      ['USA', 'KOR-1', 'tisa-2014'],
      ['JPN', 'KOR-1', 'tisa-2014'],
    ],
  );
  assert.equal(x.received[0].got.item.label.elements.length, 4, 'TISA takes any form');
  assert.equal(x.nations.get('KOR')!.peer('JPN').dropped, 1);
  const report = x.finish();
  assert.deepEqual(report.problems, []);
  assert.deepEqual(
    records(x.journals().get('KOR')!, 'notSent').map((b) => [b.item, b.to, b.reason]),
    [
      ['KOR-2', 'USA', 'expiresBeforeRelease'],
      ['KOR-2', 'JPN', 'expiresBeforeRelease'],
    ],
  );
});

test('under TISA the hub passes on only with the originator’s consent', () => {
  const x = testExchange('2022-11-03T00:00:00Z', { marking: (n) => ({ ...openMarking(n), consents: [] }) });
  const now = x.clock.nowUs();
  x.nations.get('KOR')!.share(testItem('KOR', 1, now, {}, 3600));
  x.clock.advanceTo(now + 1000e6);
  assert.deepEqual(
    x.received.map((r) => r.at),
    ['USA'],
  );
  assert.deepEqual(
    records(x.journals().get('HUB')!, 'notRelayed').map((b) => [b.to, b.reason]),
    [['JPN', 'consentMissing']],
  );
  assert.deepEqual(x.finish().problems, []);
});

test('the direct route of GSOMIA: a day later, and only while it is in force', () => {
  const gsomia = testAgreements.filter((a) => a.id === 'gsomia-2016');
  const run = (start: string): ReturnType<typeof testExchange> => {
    const x = testExchange(start, { agreements: gsomia, marking: openMarking });
    x.nations.get('KOR')!.share(testItem('KOR', 1, x.clock.nowUs(), {}, 200000));
    x.clock.advanceTo(x.clock.nowUs() + 86500e6);
    return x;
  };
  const after = run('2022-11-03');
  assert.deepEqual(
    after.received.map((r) => [r.at, r.got.path, r.got.agreement]),
    [['JPN', ['KOR'], 'gsomia-2016']],
  );
  assert.equal(
    after.network
      .transport('KOR')
      .links()
      .find((l) => l.to === 'JPN')?.state,
    'up',
  );
  assert.deepEqual(after.finish().problems, []);
  const before = run('2016-10-01');
  assert.equal(before.received.length, 0);
  assert.equal(
    before.network
      .transport('KOR')
      .links()
      .find((l) => l.to === 'JPN')?.state,
    'notPermitted',
  );
  assert.deepEqual(before.finish().problems, []);
});

test('a suspension in mid-flight: what is on the way stops at the hub, what follows takes the next agreement', () => {
  const x = testExchange(DAY, { marking: openMarking });
  const now = x.clock.nowUs();
  const kor = x.nations.get('KOR')!;
  kor.share(testItem('KOR', 1, now, {}, 3600));
  x.clock.advanceTo(now + 10000);
  x.book.append('mechanism-2023', { timeUs: now + 10000, event: 'suspended' });
  kor.share(testItem('KOR', 2, now + 10000, {}, 3600));
  x.clock.advanceTo(now + 800e6);
  assert.equal(x.received.length, 0);
  assert.deepEqual(
    records(x.journals().get('HUB')!, 'notRelayed').map((b) => [b.item, b.reason]),
    [
      ['KOR-1', 'suspended'],
      ['KOR-1', 'suspended'],
    ],
  );
  x.clock.advanceTo(now + 1000e6);
  assert.deepEqual(
    x.received.map((r) => [r.at, r.got.item.label.id, r.got.agreement]),
    [
      ['USA', 'KOR-2', 'tisa-2014'],
      ['JPN', 'KOR-2', 'tisa-2014'],
    ],
  );
  assert.deepEqual(x.finish().problems, []);
});

test('what waits in a broken link is decided again: suspended meanwhile, it never leaves and nobody hears of it', () => {
  const x = testExchange(DAY, { marking: openMarking });
  const now = x.clock.nowUs();
  x.network.setLink('KOR', 'HUB', false);
  x.nations.get('KOR')!.share(testItem('KOR', 1, now));
  x.book.append('mechanism-2023', { timeUs: now, event: 'suspended' });
  x.network.setLink('KOR', 'HUB', true);
  x.clock.advanceTo(now + 60e6);
  assert.deepEqual(
    records(x.journals().get('KOR')!, 'gap').map((b) => b.reason),
    ['withdrawn', 'withdrawn'],
  );
  assert.deepEqual([x.nations.get('KOR')!.peer('USA').lost, x.nations.get('KOR')!.peer('JPN').lost], [1, 1]);
  const heard = x.journals().get('HUB')!.trimEnd().split('\n');
  assert.deepEqual(
    heard.map((l) => (JSON.parse(l) as { kind: string }).kind),
    ['agreement'],
  );
  assert.deepEqual(x.finish().problems, []);
});

test('what expires in a broken link is told to its recipient as a gap, through the hub', () => {
  const x = testExchange(DAY);
  const now = x.clock.nowUs();
  x.network.setLink('KOR', 'HUB', false);
  x.nations.get('KOR')!.share(testItem('KOR', 1, now, { releasableTo: ['JPN'] }, 10));
  x.clock.advanceTo(now + 20e6);
  x.network.setLink('KOR', 'HUB', true);
  x.clock.advanceTo(now + 21e6);
  assert.equal(x.received.length, 0);
  const told = (node: 'KOR' | 'HUB' | 'JPN' | 'USA', kind: string) => records(x.journals().get(node)!, kind);
  const [lost] = told('KOR', 'gap');
  assert.deepEqual([lost.reason, lost.flow], ['expired', 'JPN']);
  assert.deepEqual(
    told('JPN', 'gapTold').map((b) => [b.from, b.reason, b.envelopes]),
    [['HUB', 'expired', lost.envelopes]],
  );
  assert.equal(x.journals().get('USA'), '', 'another nation hears nothing of it');
  assert.deepEqual(x.finish().problems, []);
});

test('W1: an exercise node takes nothing live, neither to send nor by its key', () => {
  const x = testExchange(DAY);
  const live = testItem('KOR', 1, x.clock.nowUs(), { mode: 'live' });
  assert.throws(
    () => x.nations.get('KOR')!.share(live),
    (e: unknown) => e instanceof BeaconfireError && e.code === 'BF_KEY_MODE',
  );
  x.clock.advanceTo(x.clock.nowUs() + 1e6);
  assert.equal(x.received.length, 0);
  assert.equal(records(x.journals().get('KOR')!, 'notSent').length, 1);
});

test('a nation’s own information does not come back; an item under a taken name is a replay', () => {
  const x = testExchange(DAY);
  const now = x.clock.nowUs();
  // The US offers what is KOR's alone to KOR: the agreements let it pass, the recipient does not take it.
  x.nations.get('USA')!.share(testItem('USA', 1, now, { originators: ['KOR'], releasableTo: ['KOR'] }));
  const original = testItem('USA', 2, now);
  x.nations.get('USA')!.share(original);
  x.nations.get('USA')!.share(original);
  x.clock.advanceTo(now + 1e6);
  assert.deepEqual(
    x.received.map((r) => [r.at, r.got.item.label.id]),
    [
      ['KOR', 'USA-2'],
      ['JPN', 'USA-2'],
    ],
  );
  assert.match(String(records(x.journals().get('KOR')!, 'refused')[0].why), /ownInformation/);
  assert.equal(
    records(x.journals().get('USA')!, 'notSent').filter((b) => b.reason === 'revisionNotNewer').length,
    2,
  );
  assert.deepEqual(x.finish().problems, []);
});

test('an envelope over another link than its provenance says is refused', () => {
  const x = testExchange(DAY);
  const now = x.clock.nowUs();
  x.nations.get('KOR')!.share(testItem('KOR', 1, now));
  x.clock.advanceTo(now + 1e6);
  const taken = records(x.journals().get('JPN')!, 'received')[0];
  const bytes = jsonCodec.encode(taken.envelope as Parameters<typeof jsonCodec.encode>[0]);
  x.network.transport('KOR').send('JPN', { id: 'x', bytes, flow: 'JPN', priority: 'track', key: null });
  x.clock.advanceTo(now + 2e6);
  assert.match(String(records(x.journals().get('JPN')!, 'refused')[0].why), /came over KOR/);
});

test('non-interference: what JPN receives is the same, byte for byte, whether or not there is more that it may not have', () => {
  const run = (secrets: boolean): string => {
    // A window of one: the links are busy, and a secret for another must not even delay what follows.
    const x = testExchange(DAY, { window: 1 });
    const kor = x.nations.get('KOR')!;
    for (let n = 1; n <= 20; n++) {
      const now = x.clock.nowUs();
      if (secrets) {
        for (let k = 0; k < 5; k++)
          kor.share(testItem('KOR', 1000 + 10 * n + k, now, { releasableTo: ['USA'] }));
        kor.share(testItem('KOR', 2000 + n, now, { level: 'topSecret' }));
        kor.share(testItem('KOR', 3000 + n, now, { threat: 'CHN' }));
      }
      for (let k = 0; k < 3; k++) kor.share(testItem('KOR', 10 * n + k, now));
      x.clock.advanceTo(now + 100000);
    }
    x.clock.advanceTo(x.clock.nowUs() + 10e6);
    const report = x.finish();
    assert.deepEqual(report.problems, []);
    return x.journals().get('JPN')!;
  };
  const without = run(false);
  assert.ok(without.length > 10000);
  assert.equal(run(true), without);
});

test('whatever breaks, when and for how long: nothing unreleased leaves, nothing is taken twice, every loss is on record', () => {
  const anyStep = fc.record({
    waitMs: fc.nat(400),
    what: fc.constantFrom('share', 'share', 'share', 'share', 'cut', 'mend', 'suspend', 'resume'),
    nation: fc.constantFrom(...NATIONS),
    releasable: fc.subarray([...NATIONS]),
    kind: fc.constantFrom('tracklet', 'track', 'warning', 'impact'),
    validS: fc.constantFrom(1, 5, 2000),
  });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 30 }), fc.integer({ min: 1, max: 3 }), (steps, window) => {
      const x = testExchange(DAY, { window });
      let suspended = false;
      steps.forEach((s, n) => {
        x.clock.advanceTo(x.clock.nowUs() + s.waitMs * 1000);
        const now = x.clock.nowUs();
        if (s.what === 'share') {
          const item = testItem(
            s.nation,
            n,
            now,
            { releasableTo: s.releasable, kind: s.kind as 'track' },
            s.validS,
          );
          x.nations.get(s.nation)!.share(item);
        } else if (s.what === 'cut' || s.what === 'mend')
          x.network.setLink(s.nation, 'HUB', s.what === 'mend');
        else if ((s.what === 'suspend') !== suspended) {
          suspended = !suspended;
          x.book.append('mechanism-2023', { timeUs: now, event: suspended ? 'suspended' : 'resumed' });
        }
      });
      for (const n of NATIONS) x.network.setLink(n, 'HUB', true);
      x.clock.advanceTo(x.clock.nowUs() + 1000e6);
      const report = x.finish();
      assert.deepEqual(report.problems, []);
      assert.equal(
        report.counts.sent - report.counts.received,
        report.counts.accounted + refusals(x.journals()),
      );
      const taken = x.received.map((r) => `${r.at} ${r.got.item.label.id} ${r.got.item.revision}`);
      assert.equal(new Set(taken).size, taken.length);
      for (const { at, got } of x.received) {
        assert.ok(got.item.label.releasableTo.includes(at));
        assert.ok(!got.item.label.originators.includes(at));
        assert.ok(got.agreement !== 'mechanism-2023' || !canonicalJson(got.item.body).includes('radar-'));
      }
    }),
    { numRuns: 120 },
  );
});

function refusals(journals: ReadonlyMap<string, string>): number {
  return [...journals.values()].reduce((n, text) => n + records(text, 'refused').length, 0);
}

test('the same run gives the same bytes in every journal', () => {
  const run = (): string => {
    const x = testExchange(DAY, { marking: openMarking });
    for (let n = 1; n <= 10; n++) {
      for (const nation of NATIONS)
        x.nations.get(nation as Nation)!.share(testItem(nation, n, x.clock.nowUs()));
      x.clock.advanceTo(x.clock.nowUs() + 200000);
    }
    x.clock.advanceTo(isoToUs(DAY)! + 10e6);
    x.finish();
    return [...x.journals().values()].join('\n') + x.keyFile;
  };
  assert.equal(run(), run());
});
