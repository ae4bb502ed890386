import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isoToUs } from '../earth/time.ts';
import { ELEMENTS, ITEM_KINDS, ItemLabel, LEVELS, type Level, THREATS, type Threat } from '../model/item.ts';
import { NATIONS } from '../model/nation.ts';
import { conforms } from '../model/schema.ts';
import type { Agreement } from './agreement.ts';
import { canonicalJson, sha256 } from './canonical.ts';
import { decide } from './decide.ts';
import { agreementState, inForce, RUNTIME_EVENTS, walkHistory } from './history.ts';
import { labelFaults } from './label.ts';
import { loadAgreements } from './load.ts';
import { RELEASE_REASONS } from './reasons.ts';
import type { Terms } from './terms.ts';
import { lookUp, type TableLabel } from './testing/decision-table.ts';
import { DOMAIN_SIZE, everyContent, everyParty, DOMAIN_TRACK as track } from './testing/domain.ts';

const agreements = loadAgreements(new URL('../../agreements', import.meta.url).pathname);
const us = (iso: string): number => isoToUs(iso)!;

const codes = (d: { reasons: { code: string }[] }): string[] => d.reasons.map((r) => r.code);
const VIAS = [null, ...NATIONS];

/** One comparison with the second table. Returns the decision for the census. */
function agrees(label: TableLabel, from: string, to: string, via: string | null, day: string): string {
  const got = decide(label, from, to, via, agreements, us(day));
  const want = lookUp(label, from, to, via, day);
  if (
    got.decision !== want.decision ||
    got.agreement !== want.agreement ||
    got.delayS !== want.delayS ||
    got.reductions.join() !== want.reductions.join() ||
    got.reasons.length === 0
  ) {
    assert.deepEqual({ ...got, reasons: codes(got) }, want, JSON.stringify({ label, from, to, via, day }));
  }
  return got.decision;
}

test('decide equals the second table over the whole domain: every path, originators, marking and consent, every kind, threat, level and elements', () => {
  const census = { allow: 0, reduce: 0, deny: 0 };
  let size = 0;
  for (const { label, from, to, via, day } of everyParty()) {
    census[agrees(label, from, to, via, day) as 'allow']++;
    size++;
  }
  assert.ok(census.allow > 10000 && census.reduce > 1000 && census.deny > 100000, JSON.stringify(census));
  for (const { label, from, to, via, day } of everyContent()) {
    agrees(label, from, to, via, day);
    size++;
  }
  assert.equal(size, DOMAIN_SIZE);
});

const anyLabel = fc.record({
  id: fc.constantFrom('K-1', 'J-2'),
  kind: fc.constantFrom(...ITEM_KINDS),
  mode: fc.constantFrom('exercise', 'live'),
  originators: fc.subarray([...NATIONS], { minLength: 1 }),
  threat: fc.constantFrom(...THREATS),
  level: fc.constantFrom(...LEVELS),
  releasableTo: fc.subarray([...NATIONS]),
  elements: fc.subarray([...ELEMENTS]),
  consents: fc.array(
    fc.record({
      by: fc.constantFrom(...NATIONS),
      to: fc.constantFrom(...NATIONS),
      until: fc.constantFrom('2015-01-01', '2020-01-01', '2031-05-05'),
    }),
    { maxLength: 4 },
  ),
});
const anyPath = fc.tuple(fc.constantFrom(...NATIONS), fc.constantFrom(...NATIONS), fc.constantFrom(...VIAS));
const anyDay = fc
  .integer({ min: 0, max: 5000 })
  .map((n) => new Date(Date.UTC(2014, 0, 1) + n * 86400e3).toISOString().slice(0, 10));

test('decide equals the second table on random requests over the whole domain', () => {
  fc.assert(
    fc.property(anyLabel, anyPath, anyDay, (label, [from, to, via], day) => {
      agrees(label as typeof track, from, to, via, day);
    }),
    { numRuns: 20000 },
  );
});

/** The same agreement, suspended from a time on. */
function suspendedFrom(a: Agreement, timeUs: number): Agreement {
  const timeline = [...a.timeline.filter((e) => e.timeUs < timeUs), { timeUs, event: 'suspended' as const }];
  return { ...a, timeline, periods: walkHistory(timeline).periods };
}

/** Any agreement that a file could state: parties, route, scope, terms and a history of its own. */
const anyAgreement = (id: string): fc.Arbitrary<Agreement> =>
  fc
    .record({
      parties: fc.subarray([...NATIONS], { minLength: 2 }),
      hub: fc.option(fc.nat(2)),
      purpose: fc.constantFrom('release', 'release', 'release', 'protection'),
      threats: fc.oneof(fc.constant('any'), fc.subarray(['DPRK', 'CHN', 'RUS'], { minLength: 1 })),
      kinds: fc.oneof(fc.constant('any'), fc.subarray([...ITEM_KINDS], { minLength: 1 })),
      elements: fc.oneof(fc.constant('any'), fc.subarray([...ELEMENTS], { minLength: 1 })),
      ceiling: fc.constantFrom('unclassified', 'confidential', 'secret', 'secret'),
      onwardRelease: fc.constantFrom('originatorConsent', 'standingViaHub'),
      handlingDelayS: fc.constantFrom(0, 0, 900, 86400),
      years: fc.array(fc.tuple(fc.integer({ min: 0, max: 13 }), fc.constantFrom(...RUNTIME_EVENTS)), {
        maxLength: 4,
      }),
    })
    .map(({ hub, ceiling, years, parties, ...rest }) => {
      // Events that contradict what stands have no effect: every list of events is some history.
      const timeline = [
        { timeUs: us('2013-06-01'), event: 'inForce' as const },
        ...[...years]
          .sort(([a], [b]) => a - b)
          .map(([year, event]) => ({
            timeUs: us(`${2014 + year}-03-01`),
            event,
            ...(event === 'noticeGiven' ? { lapsesUs: us(`${2014 + year}-06-01`) } : {}),
          })),
      ];
      const route = hub === null ? { route: 'direct' } : { route: 'hub', hub: parties[hub % parties.length] };
      return {
        ...agreements[0],
        ...rest,
        ...route,
        parties,
        id,
        level: { ceiling, equivalents: [] },
        timeline,
        periods: walkHistory(timeline).periods,
      } as Agreement;
    });
const anyAgreements = fc
  .tuple(anyAgreement('a-1'), anyAgreement('b-2'), anyAgreement('c-3'), anyAgreement('d-4'))
  .chain((all) => fc.tuple(fc.subarray(all), fc.constantFrom(...all)));
/** A label that agreements differ on: its own marking seldom forbids what they would release. */
const likelyLabel = anyLabel.map((l) => ({
  ...l,
  threat: l.threat === 'unknown' ? 'DPRK' : l.threat,
  level: l.level === 'topSecret' ? 'secret' : l.level,
  releasableTo: [...NATIONS],
}));
const mostlyLikely = fc.oneof({ arbitrary: anyLabel, weight: 1 }, { arbitrary: likelyLabel, weight: 4 });
/** Terms that permit by chance, but the same for the same question, and now and then fail. */
const anyTerms = fc.option(fc.nat(2 ** 20)).map((seed): Terms | undefined =>
  seed === null
    ? undefined
    : {
        ask(agreement, { label, from, to, relay }) {
          const hash = sha256(
            canonicalJson([seed, agreement, from, to, relay ?? null, label.kind, label.elements]),
          );
          if (hash < '08') throw new Error('terms that fail');
          return { permitted: hash < 'c0', policies: [], errors: hash > 'b8' ? ['x'] : [] };
        },
      },
);

test('an agreement more never takes a release away, a suspension never gives one, and the order says nothing', () => {
  const census = { released: 0, denied: 0, givenByOneMore: 0, takenBySuspension: 0 };
  fc.assert(
    fc.property(
      mostlyLikely,
      anyPath,
      anyDay,
      fc.oneof(
        { arbitrary: anyAgreements, weight: 4 },
        fc.tuple(fc.subarray(agreements), fc.constantFrom(...agreements)),
      ),
      anyTerms,
      (label, [from, to, via], day, [some, one], terms) => {
        const now = us(day);
        const ask = (set: readonly Agreement[]) => decide(label, from, to, via, set, now, terms);
        const before = ask(some);
        const more = ask([...new Set([...some, one])]);
        if (before.decision !== 'deny') {
          assert.notEqual(more.decision, 'deny');
          assert.ok(more.delayS <= before.delayS, 'nor does it make it slower');
          census.released++;
        } else census.denied++;
        if (before.decision === 'deny' && more.decision !== 'deny') {
          assert.equal(more.agreement, one.id, 'what gives is the one that was added');
          census.givenByOneMore++;
        }
        for (const out of some) {
          const suspended = ask(some.map((a) => (a === out ? suspendedFrom(a, now) : a)));
          const without = ask(some.filter((a) => a !== out));
          if (before.decision === 'deny') assert.equal(suspended.decision, 'deny');
          if (suspended.decision !== 'deny') assert.notEqual(suspended.agreement, out.id);
          if (before.decision !== 'deny' && suspended.decision === 'deny') census.takenBySuspension++;
          // Suspended or absent is the same to the item.
          const kept = ({ decision, agreement, reductions, delayS }: typeof suspended) => ({
            decision,
            agreement,
            reductions,
            delayS,
          });
          assert.deepEqual(kept(suspended), kept(without));
        }
        const { decision, agreement, reductions, delayS } = ask([...some].reverse());
        assert.deepEqual(
          { decision, agreement, reductions, delayS },
          {
            decision: before.decision,
            agreement: before.agreement,
            reductions: before.reductions,
            delayS: before.delayS,
          },
        );
      },
    ),
    { numRuns: 20_000 },
  );
  for (const [what, n] of Object.entries(census))
    assert.ok(n > 100, `${what}: ${n} in ${JSON.stringify(census)}`);
});

test('default deny, and no third party without consent: whatever is released, one agreement in force grants all of it', () => {
  let [released, third] = [0, 0];
  fc.assert(
    fc.property(mostlyLikely, anyPath, anyDay, anyAgreements, anyTerms, (label, path, day, [set], terms) => {
      const [from, to, via] = path;
      const d = decide(label, from, to, via, set, us(day), terms);
      if (d.decision === 'deny') return;
      released++;
      const a = set.find((x) => x.id === d.agreement)!;
      const relay = via === null || via === from || via === to ? undefined : via;
      assert.equal(a.purpose, 'release');
      assert.ok(inForce(agreementState(a, us(day))));
      for (const nation of [from, to, ...label.originators]) assert.ok(a.parties.includes(nation));
      assert.ok(label.releasableTo.includes(to) && from !== to);
      assert.ok(a.threats === 'any' || a.threats.includes(label.threat as Threat));
      assert.ok(a.kinds === 'any' || a.kinds.includes(label.kind));
      assert.ok(LEVELS.indexOf(label.level as Level) <= LEVELS.indexOf(a.level.ceiling));
      assert.equal(relay, a.route === 'hub' && from !== a.hub && to !== a.hub ? a.hub : undefined);
      const goes = label.elements.filter((e) => !d.reductions.includes(e));
      assert.ok(goes.every((e) => a.elements === 'any' || a.elements.includes(e)));
      assert.ok(a.elements === 'any' || goes.length > 0);
      for (const originator of label.originators.filter((n) => n !== from && n !== to)) {
        third++;
        const standing = a.onwardRelease === 'standingViaHub' && (a.hub === from || a.hub === relay);
        const consent = label.consents.some(
          (c) => c.by === originator && c.to === to && us(c.until) > us(day),
        );
        assert.ok(consent || (standing && a.hub !== undefined), `${originator} did not consent`);
      }
    }),
    { numRuns: 20_000 },
  );
  assert.ok(released > 300 && third > 50, `${released} released, ${third} of third parties`);
});

test('whatever comes in, a decision with known reasons comes out, and only a sound label is released', () => {
  const field = fc.oneof(
    fc.anything(),
    fc.constantFrom('KOR', 'JPN', null, 'track', 'secret', [], ['KOR'], [{ by: 'KOR' }]),
  );
  const broken = fc
    .tuple(anyLabel, fc.constantFrom(...Object.keys(track), 'extra'), field)
    .map(([label, name, value]) => ({ ...label, [name]: value }));
  fc.assert(
    fc.property(
      fc.oneof(fc.anything(), broken),
      field,
      field,
      field,
      fc.oneof(fc.double(), fc.constant(us('2024-02-01'))),
      (item, from, to, via, now) => {
        const d = decide(item, from, to, via, agreements, now);
        assert.ok(d.reasons.length > 0);
        for (const r of d.reasons) assert.ok(Object.hasOwn(RELEASE_REASONS, r.code));
        if (d.decision !== 'deny') assert.ok(conforms(ItemLabel, item));
      },
    ),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(broken, (item) => {
      const sound = conforms(ItemLabel, item) && item.consents.every((c) => isoToUs(c.until) !== undefined);
      assert.equal(labelFaults(item).length === 0, sound, JSON.stringify(item));
    }),
    { numRuns: 3000 },
  );
});

test('each field that is missing, unknown or contradictory is a reason to deny', () => {
  const now = us('2024-01-14');
  const ask = (item: unknown, from = 'KOR', to = 'JPN', via: string | null = 'USA') =>
    decide(item, from, to, via, agreements, now);
  assert.equal(ask(track).decision, 'allow');
  for (const name of Object.keys(track)) {
    const { [name as 'id']: _, ...rest } = track;
    assert.deepEqual(codes(ask(rest)), ['fieldMissing'], name);
    assert.ok(ask(rest).reasons[0].text.includes(name));
  }
  assert.deepEqual(codes(ask({ ...track, caveat: 'x' })), ['fieldUnknown']);
  assert.deepEqual(codes(ask({ ...track, kind: 'rumour' })), ['fieldInvalid']);
  assert.deepEqual(codes(ask({ ...track, originators: ['KOR', 'KOR'] })), ['fieldInvalid']);
  assert.deepEqual(codes(ask({ ...track, threat: 'unknown' })), ['threatUnknown']);
  assert.deepEqual(codes(ask({ ...track, level: 'topSecret' })), ['levelNeverReleased']);
  assert.deepEqual(codes(ask({ ...track, releasableTo: ['USA'] })), ['notReleasableTo']);
  assert.deepEqual(codes(ask({ ...track, consents: [{ by: 'KOR', to: 'JPN', until: 'tomorrow' }] })), [
    'consentMalformed',
  ]);
  assert.deepEqual(codes(ask({ ...track, releasableTo: ['KOR', 'JPN'] }, 'KOR', 'KOR')), ['sameNation']);
  assert.deepEqual(codes(ask(track, 'KOR', 'FRA')), ['nationUnknown']);
  assert.deepEqual(codes(ask({ ...track, elements: [] })).slice(0, 1), ['released'], 'TISA takes any form');
  assert.equal(ask({ ...track, elements: [] }).agreement, 'tisa-2014');
  assert.deepEqual(codes(decide(track, 'KOR', 'JPN', 'USA', [], now)), ['noAgreements']);
  assert.deepEqual(codes(decide(track, 'KOR', 'JPN', 'USA', agreements, Number.NaN)), ['timeUnknown']);
  assert.deepEqual(codes(decide(track, 'KOR', 'JPN', 'USA', [{} as Agreement], now)), ['decisionFailed']);
});

test('the 1,000 km of 2024-01-14: via the US in real time, three elements only; others are named as slower', () => {
  const d = decide({ ...track, elements: [...ELEMENTS] }, 'KOR', 'JPN', 'USA', agreements, us('2024-01-14'));
  assert.deepEqual([d.decision, d.agreement, d.delayS], ['reduce', 'mechanism-2023', 0]);
  assert.deepEqual(d.reductions, ['sensorIdentity', 'rawPlot']);
  assert.deepEqual(codes(d), ['released', 'elementsRemoved', 'slower', 'routeNotDirect']);
});
