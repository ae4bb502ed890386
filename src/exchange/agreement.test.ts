import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { isoToUs } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import { agreementState, walkHistory } from './history.ts';
import { loadAgreements, parseAgreement, parseAgreements, shiftAgreements } from './load.ts';

const folder = new URL('../../agreements', import.meta.url).pathname;
const text = (id: string): string => readFileSync(join(folder, `${id}.yaml`), 'utf8');
const us = (iso: string): number => isoToUs(iso)!;

test('the history of each agreement gives the state on each day', () => {
  const [gsomia, mechanism, tisa] = loadAgreements(folder);
  const states: [typeof gsomia, string, string][] = [
    [gsomia, '2016-11-22T23:59:59Z', 'notYet'],
    [gsomia, '2016-11-23', 'inForce'],
    [gsomia, '2019-08-22', 'inForce'],
    [gsomia, '2019-08-23', 'notice'],
    [gsomia, '2019-11-21T23:59:59Z', 'notice'],
    [gsomia, '2019-11-22', 'noticeSuspended'],
    [gsomia, '2019-11-23', 'noticeSuspended'],
    [gsomia, '2023-03-20', 'noticeSuspended'],
    [gsomia, '2023-03-21', 'inForce'],
    [mechanism, '2023-12-18', 'notYet'],
    [mechanism, '2023-12-19', 'inForce'],
    [mechanism, '2025-01-01', 'inForce'],
    [tisa, '2014-12-26', 'notYet'],
    [tisa, '2014-12-29', 'inForce'],
  ];
  for (const [a, day, want] of states) assert.equal(agreementState(a, us(day)), want, `${a.id} on ${day}`);
});

test('a notice whose day passes without a suspension ends the agreement', () => {
  const branch = text('gsomia-2016').replace(/ {2}- \{ date: (2019-11-22|2023-03-21).*\n/g, '');
  const a = parseAgreement(branch, 'branch.yaml');
  assert.equal(agreementState(a, us('2019-11-22T23:59:59Z')), 'notice');
  assert.equal(agreementState(a, us('2019-11-23')), 'ended');
  assert.equal(agreementState(a, us('2030-01-01')), 'ended');
});

test('an agreement that contradicts itself is refused with file and field', () => {
  const change = (id: string, from: string | RegExp, to: string): string => {
    const changed = text(id).replace(from, to);
    assert.notEqual(changed, text(id));
    return changed;
  };
  const event = (...lines: string[]): string => {
    const [before, after] = text('gsomia-2016').split('sources:\n');
    return `${before}${lines.map((l) => `  - { ${l} }\n`).join('')}sources:\n${after}`;
  };
  const cases: [string, string, string][] = [
    [
      change('tisa-2014', 'hub: USA\n', ''),
      'BF_AGREEMENT',
      'bad.yaml: hub: expected the nation that passes on',
    ],
    [
      change('tisa-2014', 'parties: [USA, KOR, JPN]', 'parties: [KOR, JPN]'),
      'BF_AGREEMENT',
      'bad.yaml: hub: expected one of the parties',
    ],
    [
      change('gsomia-2016', 'route: direct', 'route: direct\nhub: USA'),
      'BF_AGREEMENT',
      'bad.yaml: hub: expected nothing on a direct route',
    ],
    [
      change('gsomia-2016', 'onwardRelease: originatorConsent', 'onwardRelease: standingViaHub'),
      'BF_AGREEMENT',
      'bad.yaml: onwardRelease',
    ],
    [
      event('date: 2020-01-01, event: suspended, source: s'),
      'BF_AGREEMENT',
      'bad.yaml: history[6]: expected events in order of time',
    ],
    [
      event('date: 2024-01-01, event: inForce, source: s'),
      'BF_AGREEMENT',
      'bad.yaml: history[6]: expected one of',
    ],
    [
      event('date: 2024-01-01, event: resumed, source: s'),
      'BF_AGREEMENT',
      'bad.yaml: history[6]: expected a suspension before',
    ],
    [
      event('date: 2024-01-01, event: ended, source: s', 'date: 2024-02-01, event: suspended, source: s'),
      'BF_AGREEMENT',
      'bad.yaml: history[7]',
    ],
    [event('date: 2024-01-01, event: suspended'), 'BF_FIELD', 'bad.yaml: history[6].source'],
    [
      event('date: 2024-01-01, event: suspended, source: s', 'date: 2024-02-01, event: suspended, source: s'),
      'BF_AGREEMENT',
      'history[7]: expected no second suspension',
    ],
    [
      event('date: 2024-01-01, event: suspended, by: [USA], source: s'),
      'BF_AGREEMENT',
      'bad.yaml: history[6].by: expected parties only, found USA',
    ],
    [event('date: 2024-02-30, event: suspended, source: s'), 'BF_AGREEMENT', 'bad.yaml: history[6].date'],
    [
      change('gsomia-2016', 'lapsesOn: 2019-11-23', 'lapsesOn: 2019-08-01'),
      'BF_AGREEMENT',
      'bad.yaml: history[3].lapsesOn',
    ],
    [change('gsomia-2016', ', lapsesOn: 2019-11-23', ''), 'BF_AGREEMENT', 'bad.yaml: history[3].lapsesOn'],
    [
      change('gsomia-2016', 'lapsesOn: 2019-11-23', 'lapsesOn: 2019-11-22'),
      'BF_AGREEMENT',
      'bad.yaml: history[4]',
    ],
    [change('gsomia-2016', /\n {2}route: .*/, ''), 'BF_AGREEMENT', 'bad.yaml: sources.route'],
    [
      change('tisa-2014', 'handlingDelayS: 900', 'handlingDelayS: -1'),
      'BF_FIELD',
      'bad.yaml: handlingDelayS',
    ],
    [
      change('tisa-2014', 'parties: [USA, KOR, JPN]', 'parties: [USA, KOR, FRA]'),
      'BF_FIELD',
      'bad.yaml: parties[2]',
    ],
    [
      change('mechanism-2023', 'elements: [launchPoint', 'elements: [colour'),
      'BF_FIELD',
      'bad.yaml: elements',
    ],
    [
      change('mechanism-2023', 'ceiling: secret', 'ceiling: topSecret'),
      'BF_FIELD',
      'bad.yaml: level.ceiling',
    ],
  ];
  for (const [yaml, code, begins] of cases) {
    assert.throws(
      () => parseAgreement(yaml, 'bad.yaml'),
      (e: unknown) => {
        assert.ok(e instanceof BeaconfireError, String(e));
        assert.ok(
          e.code === code && e.message.replace(/yaml:[0-9]+:/, 'yaml:').includes(begins),
          `wanted ${code} ${begins}\ngot    ${e.message}`,
        );
        return true;
      },
    );
  }
});

test('a set with an id twice, an empty folder and an absent path are refused', () => {
  const one = { file: 'a.yaml', text: text('tisa-2014') };
  assert.throws(
    () => parseAgreements([one, { ...one, file: 'b.yaml' }]),
    /b\.yaml: id: expected an id of its own, found "tisa-2014" of a\.yaml \[BF_AGREEMENT\]/,
  );
  const empty = mkdtempSync(join(tmpdir(), 'agreements-'));
  try {
    assert.throws(() => loadAgreements(empty), /found none \[BF_FILE\]/);
    assert.throws(() => loadAgreements(join(empty, 'no')), /BF_FILE/);
    writeFileSync(join(empty, 'x.yaml'), text('tisa-2014'));
    assert.deepEqual(loadAgreements(empty), loadAgreements(join(folder, 'tisa-2014.yaml')));
  } finally {
    rmSync(empty, { recursive: true });
  }
});

test('moved in time, an agreement has the same states at the moved times', () => {
  const original = loadAgreements(folder);
  fc.assert(
    fc.property(
      fc.integer({ min: -3e14, max: 3e14 }),
      fc.integer({ min: us('2014-01-01'), max: us('2026-01-01') }),
      (by, at) => {
        const moved = shiftAgreements(original, by);
        for (let i = 0; i < 3; i++)
          assert.equal(agreementState(moved[i], at + by), agreementState(original[i], at));
      },
    ),
  );
});

test('whatever the order of events, after the end there is only the end', () => {
  const kinds = [
    'signed',
    'inForce',
    'noticeGiven',
    'noticeSuspended',
    'normalised',
    'suspended',
    'resumed',
    'ended',
    'noted',
  ] as const;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...kinds), fc.nat(5), fc.nat(9)), { maxLength: 14 }),
      (drawn) => {
        let timeUs = 0;
        const { periods } = walkHistory(
          drawn.map(([event, step, lapse]) => {
            timeUs += step;
            return event === 'noticeGiven' ? { timeUs, event, lapsesUs: timeUs + lapse } : { timeUs, event };
          }),
        );
        const end = periods.findIndex((p) => p.state === 'ended');
        if (end >= 0) assert.equal(end, periods.length - 1);
        for (let i = 1; i < periods.length; i++) assert.ok(periods[i].fromUs > periods[i - 1].fromUs);
      },
    ),
    { numRuns: 2000 },
  );
});
