import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isoToUs } from '../earth/time.ts';
import { agreementTexts, parseAgreements } from './load.ts';
import { type Finding, reviewAgreements } from './review.ts';

const folder = new URL('../../agreements', import.meta.url).pathname;
const now = isoToUs('2024-08-01')!;
const mechanism = readFileSync(`${folder}/mechanism-2023.yaml`, 'utf8');
const found = (text: string, kind: Finding['kind'], nowUs = now): string[] =>
  reviewAgreements([{ file: 'a.yaml', text }], nowUs)
    .findings.filter((f) => f.kind === kind)
    .map((f) => f.field);

test('what ships is right; its assumptions are told in full, and only what it says of itself is ambiguous', () => {
  const texts = agreementTexts(folder);
  const { agreements, findings } = reviewAgreements(texts, now);
  assert.deepEqual(
    agreements.map((a) => a.id),
    parseAgreements(texts).map((a) => a.id),
  );
  assert.deepEqual(
    findings.filter((f) => f.kind === 'wrong'),
    [],
  );
  assert.equal(
    findings.filter((f) => f.kind === 'assumed').length,
    agreements.reduce((n, a) => n + a.assumptions.length, 0),
  );
  assert.deepEqual(
    findings.filter((f) => f.kind === 'ambiguous').map((f) => f.field),
    ['threats', 'level.equivalents'],
  );
});

test('all that is wrong is told at once, with line or field; the loader refuses the same file', () => {
  const broken = mechanism.replace('hub: USA', 'hub: FRA');
  assert.deepEqual(found(broken, 'wrong'), ['line 10 hub']);
  const many = mechanism
    .replace('parties: [USA, KOR, JPN]', 'parties: [KOR, JPN]')
    .replace('  approval: ', '  approvals: ');
  assert.deepEqual(found(many, 'wrong'), ['hub', 'sources.approvals', 'sources.approval']);
  for (const text of [broken, many]) assert.throws(() => parseAgreements([{ file: 'a.yaml', text }]));
  const twice = reviewAgreements(
    [
      { file: 'a.yaml', text: mechanism },
      { file: 'b.yaml', text: mechanism },
    ],
    now,
  );
  assert.deepEqual(
    twice.findings.filter((f) => f.kind === 'wrong').map((f) => [f.file, f.field]),
    [['b.yaml', 'id']],
  );
});

test('each ambiguity is told where it is put in', () => {
  const base = found(mechanism, 'ambiguous');
  const puts: [string, string, string][] = [
    ['approval: standing', 'approval: perItem', 'handlingDelayS'],
    ['handlingDelayS: 0', 'handlingDelayS: 60', 'handlingDelayS'],
    ['kinds: [tracklet, track, launch, impact]', 'kinds: [tracklet, message]', 'kinds'],
    ['kinds: [tracklet, track, launch, impact]', 'kinds: any', 'kinds'],
    ['elements: [launchPoint, trajectory, impactPoint]', 'elements: [trajectory, rawPlot]', 'elements'],
    ['date: 2023-12-19, event: inForce', 'date: 2023-12-19, event: signed', 'history'],
    ['date: 2024-07-28, event: noted', 'date: 2023-12-19, event: suspended', 'history[2]'],
    ['assumptions:\n', 'assumptions:\n  - { field: parties, text: x }\n', 'parties'],
  ];
  for (const [from, to, field] of puts) {
    assert.ok(mechanism.includes(from), from);
    const got = found(mechanism.replace(from, to), 'ambiguous');
    assert.ok(
      got.filter((f) => f === field).length > base.filter((f) => f === field).length,
      `${to}: ${got.join()}`,
    );
  }
  const rival = mechanism.replace('id: mechanism-2023', 'id: rival');
  const both = reviewAgreements(
    [
      { file: 'a.yaml', text: mechanism },
      { file: 'b.yaml', text: rival },
    ],
    now,
  );
  assert.ok(both.findings.some((f) => f.file === 'a.yaml' && f.text.includes('rival')));
});

test('written terms: missing, unsound, or of another meaning than the data', () => {
  const cedar = readFileSync(`${folder}/mechanism-2023.cedar`, 'utf8');
  const check = (text: string, terms: string | undefined): string[] =>
    reviewAgreements([{ file: 'a.yaml', text }], now, () =>
      terms === undefined ? undefined : { file: 'a.cedar', text: terms },
    )
      .findings.filter((f) => f.field === 'terms')
      .map((f) => `${f.kind}: ${f.text}`);
  assert.deepEqual(check(mechanism, cedar), []);
  assert.match(check(mechanism, undefined)[0], /^ambiguous: no written terms/);
  assert.match(
    check(mechanism, cedar.replace('permit (', 'permit ('.slice(1)))[0],
    /^wrong: expected Cedar policies/,
  );
  assert.match(check(mechanism, cedar.replace('context.kind', 'context.kinds'))[0], /^wrong: /);
  const wider = mechanism.replace('elements: [launchPoint, trajectory, impactPoint]', 'elements: any');
  assert.match(check(wider, cedar)[0], /^ambiguous: the data release what the written terms refuse/);
  const narrower = mechanism.replace('threats: [DPRK]', 'threats: [CHN]');
  assert.equal(check(narrower, cedar).length, 1);
});
