import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoToUs } from '../earth/time.ts';
import { NATIONS, type Nation } from '../model/nation.ts';
import type { Agreement } from './agreement.ts';
import { AgreementBook } from './book.ts';
import type { RuleHealth } from './canary.ts';
import { arrivedFault, canaryItem, readCanary } from './canary-rules.ts';
import type { Decision } from './decide.ts';
import { lookUp } from './testing/decision-table.ts';
import { openMarking, testAgreements, testExchange } from './testing/exchange.ts';

const DAY = '2024-01-14T05:55:00Z';
const options = { everyUs: 1800e6, threat: 'DPRK', level: 'secret' } as const;
const name = (r: Pick<RuleHealth, 'agreement' | 'kind' | 'trial'>): string =>
  `${r.agreement} ${r.kind} ${r.trial}`;

test('through every agreement, route and kind in every direction: what must pass is answered, what must not is denied', () => {
  const failed: string[] = [];
  const x = testExchange(DAY, {
    marking: openMarking,
    canary: options,
    onCanaryFailed: (...what) => failed.push(what.join(' ')),
  });
  const now = x.clock.nowUs();
  // Under GSOMIA a question takes a day, and its answer another.
  x.clock.advanceTo(now + 54 * 3600e6);
  const denials: Record<string, string> = {
    kind: 'kindNotCovered',
    threat: 'threatOutOfScope threatUnknown',
    level: 'levelNeverReleased',
    marking: 'notReleasableTo',
    elements: 'noElementReleased',
    route: 'routeNotDirect routeNotViaHub',
    originator: 'consentMissing originatorNotParty',
  };
  for (const from of NATIONS) {
    for (const to of NATIONS.filter((n) => n !== from)) {
      const { rules } = x.nations.get(from)!.canary(to)!;
      const what = `${from} to ${to}`;
      // The second, independently written table says which kinds pass under which agreement.
      for (const r of rules.filter((r) => r.trial === 'release' || r.trial === 'kind')) {
        const label = {
          kind: r.kind,
          originators: [from],
          threat: 'DPRK',
          level: 'secret',
          releasableTo: [to],
          elements: ['trajectory'],
          consents: [{ by: from, to, until: '2100-01-01' }],
        };
        const via = r.agreement !== 'gsomia-2016' && from !== 'USA' && to !== 'USA' ? 'USA' : null;
        const day = r.agreement === 'tisa-2014' ? '2023-01-01' : '2024-01-14';
        const passes = lookUp(label, from, to, via, day).agreement === r.agreement;
        assert.equal(r.expected, passes ? 'release' : 'deny', `${what} ${name(r)}`);
      }
      for (const r of rules) {
        const where = `${what} ${JSON.stringify(r)}`;
        assert.equal(r.outcome, r.expected === 'release' ? 'answered' : 'denied', where);
        if (r.expected === 'release') {
          assert.ok(r.heardUs !== null && r.roundTripUs! >= 2 * r.delayS * 1e6, where);
          assert.equal(
            r.hops.reduce((sum, h) => sum + h.roundTripUs, 0),
            r.roundTripUs,
            where,
          );
        } else if (r.trial !== 'consent') assert.ok(denials[r.trial].includes(r.reason!), where);
      }
      const counts = (trial: string) => rules.filter((r) => r.trial === trial).length;
      const pair = from !== 'USA' && to !== 'USA';
      assert.deepEqual(
        ['release', 'kind', 'consent', 'route'].map(counts),
        pair ? [20, 4, 1, 3] : [12, 4, 0, 0],
        what,
      );
      for (const trial of ['threat', 'level', 'marking', 'elements', 'originator'])
        assert.ok(counts(trial) > 0, `${what} ${trial}`);
    }
  }
  const way = x.nations.get('KOR')!.canary('JPN')!;
  assert.deepEqual(
    [way.roundTripUs, way.hops, way.missed],
    [
      100_000,
      [
        { from: 'KOR', to: 'HUB', roundTripUs: 40_000 },
        { from: 'HUB', to: 'JPN', roundTripUs: 60_000 },
      ],
      0,
    ],
  );
  assert.deepEqual(failed, []);
  assert.equal(x.received.length, 0, 'no canary is handed on as an item');
  const report = x.finish();
  assert.deepEqual(report.problems, []);
});

/** A book that errs: what it decides can be made something else. */
class FaultyBook extends AgreementBook {
  fault: (d: Decision, kind: string, agreement: string, from: Nation, id: string) => Decision = (d) => d;

  override decideUnder(...args: Parameters<AgreementBook['decideUnder']>): Decision {
    const [agreement, item, from] = args;
    const { kind, id } = item as { kind: string; id: string };
    return this.fault(super.decideUnder(...args), kind, agreement, from, id);
  }
}

const released = (agreement: string): Decision => ({
  decision: 'allow',
  agreement,
  reasons: [],
  reductions: [],
  delayS: 0,
});

function faulty(fault: FaultyBook['fault'], seconds: number, agreements: Agreement[] = testAgreements) {
  const failed: string[] = [];
  const x = testExchange(DAY, {
    agreements,
    marking: openMarking,
    canary: { ...options, everyUs: 15e6 },
    book: (all) => {
      const book = new FaultyBook(all);
      book.fault = fault;
      return book;
    },
    onCanaryFailed: (at, _, canary, what) => failed.push(`${at} ${canary} ${what}`),
  });
  x.clock.advanceTo(x.clock.nowUs() + seconds * 1e6);
  return { x, failed };
}

test('a rule that would let pass what it must deny is found, and what showed it never leaves', () => {
  const { x, failed } = faulty(
    (d, kind, agreement) => (kind === 'warning' && agreement === 'mechanism-2023' ? released(agreement) : d),
    400,
  );
  assert.ok(failed.length >= 6);
  for (const f of failed)
    assert.match(f, /mechanism-2023:HUB:warning:kind expected it denied, found it released/);
  const rule = x.nations
    .get('KOR')!
    .canary('JPN')!
    .rules.find((r) => name(r) === 'mechanism-2023 warning kind')!;
  assert.deepEqual([rule.expected, rule.outcome], ['deny', 'failed']);
  for (const text of x.journals().values())
    for (const line of text.split('\n'))
      if (line.includes('"kind":"sent"')) assert.ok(!line.includes('warning:kind'), line);
});

test('a rule that denies what it must let pass is found', () => {
  const { x, failed } = faulty(
    (d, kind, agreement) =>
      kind === 'impact' && agreement === 'mechanism-2023'
        ? { ...d, decision: 'deny', agreement: null, reasons: [{ code: 'termsRefuse', text: '' }] }
        : d,
    300,
  );
  assert.ok(failed.length >= 6);
  for (const f of failed)
    assert.match(f, /impact:release expected it released, found it denied: termsRefuse/);
  const { rules, missed } = x.nations.get('USA')!.canary('JPN')!;
  assert.equal(rules.find((r) => name(r) === 'mechanism-2023 impact release')!.outcome, 'failed');
  assert.equal(rules.find((r) => name(r) === 'mechanism-2023 launch release')!.outcome, 'answered');
  assert.equal(missed, 0);
});

test('a relay that passes on without the originator’s consent is found where it arrives', () => {
  const tisa = testAgreements.filter((a) => a.id === 'tisa-2014').map((a) => ({ ...a, handlingDelayS: 0 }));
  const hubErrs = (on: boolean) =>
    faulty(
      (d, _, agreement, from, id) =>
        on && from === 'USA' && id.endsWith(':consent') ? released(agreement) : d,
      300,
      tisa,
    );
  const sound = hubErrs(false);
  assert.deepEqual(sound.failed, []);
  const rule = (x: typeof sound.x) =>
    x.nations
      .get('KOR')!
      .canary('JPN')!
      .rules.find((r) => r.trial === 'consent')!;
  assert.equal(rule(sound.x).outcome, 'denied');
  assert.ok(sound.x.hub.counters.denied > 0);
  const { failed } = hubErrs(true);
  assert.match(failed.join('\n'), /JPN canary:ask:KOR>JPN:tisa-2014:HUB:\w+:consent expected no item/);
});

test('a cut shows as missed, a suspension as rightly denied, and both pass', () => {
  const { x, failed } = faulty((d) => d, 120);
  const kor = x.nations.get('KOR')!;
  const advance = (s: number): void => x.clock.advanceTo(x.clock.nowUs() + s * 1e6);
  assert.equal(kor.canary('USA')!.missed, 0);
  x.network.setLink('KOR', 'HUB', false);
  advance(60);
  assert.ok(kor.canary('USA')!.missed >= 2);
  x.network.setLink('KOR', 'HUB', true);
  advance(60);
  assert.equal(kor.canary('USA')!.missed, 0);
  x.book.append('mechanism-2023', { timeUs: x.clock.nowUs(), event: 'suspended' });
  advance(75);
  const rules = kor
    .canary('JPN')!
    .rules.filter((r) => r.agreement === 'mechanism-2023' && r.trial === 'release');
  assert.equal(rules.length, 4);
  for (const r of rules)
    assert.deepEqual([r.expected, r.outcome, r.reason, r.answeredUs], ['deny', 'denied', 'suspended', null]);
  x.book.append('mechanism-2023', { timeUs: x.clock.nowUs(), event: 'resumed' });
  advance(75);
  assert.ok(
    kor
      .canary('JPN')!
      .rules.filter((r) => r.agreement === 'mechanism-2023' && r.trial === 'release')
      .every((r) => r.outcome === 'answered'),
  );
  assert.deepEqual(failed, []);
  assert.deepEqual(x.finish().problems, []);
});

test('what a canary names beyond its agreement is found where it arrives', () => {
  const mechanism = testAgreements.find((a) => a.id === 'mechanism-2023')!;
  const rule = { agreement: mechanism.id, via: 'HUB', kind: 'tracklet', trial: 'release' } as const;
  const item = canaryItem('ask', rule, mechanism, 'KOR', 'JPN', 'exercise', options, 1, isoToUs(DAY)!);
  assert.deepEqual(readCanary(item), { what: 'ask', rule });
  assert.match(arrivedFault(mechanism, rule, item)!, /sensorIdentity/);
  const label = { ...item.label, elements: ['trajectory'] as const };
  const reduced = { ...item, label: { ...label, elements: [...label.elements] } };
  assert.match(arrivedFault(mechanism, rule, reduced)!, /sensors withheld/);
  assert.equal(arrivedFault(mechanism, rule, { ...reduced, body: {} }), undefined);
  assert.ok(arrivedFault(undefined, rule, reduced));
  for (const id of ['canary:ask:x', 'canary:shout:K>J:a:HUB:plot:release', 'K-17'])
    assert.equal(readCanary({ label: { ...item.label, id } }), undefined, id);
});
