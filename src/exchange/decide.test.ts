import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isoToUs } from '../earth/time.ts';
import { ELEMENTS, ITEM_KINDS, ItemLabel, LEVELS, THREATS } from '../model/item.ts';
import { NATIONS } from '../model/nation.ts';
import { conforms } from '../model/schema.ts';
import type { Agreement } from './agreement.ts';
import { decide } from './decide.ts';
import { walkHistory } from './history.ts';
import { labelFaults } from './label.ts';
import { loadAgreements } from './load.ts';
import { RELEASE_REASONS } from './reasons.ts';
import { lookUp } from './testing/decision-table.ts';

const agreements = loadAgreements(new URL('../../agreements', import.meta.url).pathname);
const us = (iso: string): number => isoToUs(iso)!;
const subsets = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: 1 << all.length }, (_, bits) => all.filter((_, i) => bits & (1 << i)));

const track = {
  id: 'K-17',
  kind: 'track',
  mode: 'exercise',
  originators: ['KOR'],
  threat: 'DPRK',
  level: 'secret',
  releasableTo: ['USA', 'JPN'],
  elements: ['launchPoint', 'trajectory', 'impactPoint'],
  consents: [] as { by: string; to: string; until: string }[],
};
const codes = (d: { reasons: { code: string }[] }): string[] => d.reasons.map((r) => r.code);
const VIAS = [null, ...NATIONS];

/** One comparison with the second table. Returns the decision for the census. */
function agrees(label: typeof track, from: string, to: string, via: string | null, day: string): string {
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

test('decide equals the second table for every sender, recipient, relay, originators, marking and consent', () => {
  const contents = [
    { kind: 'track', threat: 'DPRK', level: 'secret', elements: ['launchPoint', 'sensorIdentity'] },
    { kind: 'warning', threat: 'DPRK', level: 'unclassified', elements: [] as string[] },
    { kind: 'launch', threat: 'CHN', level: 'confidential', elements: ['launchPoint'] },
  ];
  const days = [
    '2014-12-28',
    '2014-12-29',
    '2016-11-22',
    '2016-11-23',
    '2019-09-01',
    '2019-12-01',
    '2023-12-18',
    '2023-12-19',
  ];
  const census = { allow: 0, reduce: 0, deny: 0 };
  for (const from of NATIONS) {
    for (const to of NATIONS) {
      const patterns = [
        ...subsets(NATIONS).map((given) =>
          given.map((by) => ({ by, to: to as string, until: '2030-01-01' })),
        ),
        NATIONS.map((by) => ({ by, to: to as string, until: '2014-12-29' })),
        NATIONS.map((by) => ({ by, to: from as string, until: '2030-01-01' })),
      ];
      for (const via of VIAS)
        for (const day of days)
          for (const originators of subsets(NATIONS).slice(1))
            for (const releasableTo of subsets(NATIONS))
              for (const consents of patterns)
                for (const content of contents) {
                  const label = { ...track, ...content, originators, releasableTo, consents };
                  census[agrees(label, from, to, via, day) as 'allow']++;
                }
    }
  }
  assert.ok(census.allow > 10000 && census.reduce > 1000 && census.deny > 100000, JSON.stringify(census));
});

test('decide equals the second table for every kind, threat, level and set of elements on every path', () => {
  for (const from of NATIONS)
    for (const to of NATIONS)
      for (const via of VIAS)
        for (const day of ['2014-12-28', '2015-06-01', '2018-01-01', '2024-01-14'])
          for (const kind of ITEM_KINDS)
            for (const threat of THREATS)
              for (const level of LEVELS)
                for (const elements of subsets(ELEMENTS)) {
                  agrees(
                    { ...track, originators: [from], releasableTo: [to], kind, threat, level, elements },
                    from,
                    to,
                    via,
                    day,
                  );
                }
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

test('an agreement more never takes a release away; a suspension never gives one', () => {
  fc.assert(
    fc.property(
      anyLabel,
      anyPath,
      anyDay,
      fc.subarray(agreements),
      fc.nat(2),
      (label, [from, to, via], day, some, k) => {
        const now = us(day);
        const before = decide(label, from, to, via, some, now);
        const more = decide(label, from, to, via, [...new Set([...some, agreements[k]])], now);
        if (before.decision !== 'deny') assert.notEqual(more.decision, 'deny');
        const less = decide(
          label,
          from,
          to,
          via,
          some.map((a, i) => (i === k ? suspendedFrom(a, now) : a)),
          now,
        );
        if (before.decision === 'deny') assert.equal(less.decision, 'deny');
        if (less.decision !== 'deny') assert.notEqual(less.agreement, some[k]?.id);
      },
    ),
    { numRuns: 5000 },
  );
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
