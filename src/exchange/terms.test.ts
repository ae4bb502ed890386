import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { seededRandom } from '../earth/random.ts';
import { isoToUs } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import { ELEMENTS, ITEM_KINDS, type ItemLabel, LEVELS, THREATS } from '../model/item.ts';
import { NATIONS } from '../model/nation.ts';
import { decide } from './decide.ts';
import { agreementTexts, loadAgreements, loadTerms } from './load.ts';
import { absolutePolicies, CedarTerms, parsePolicies, type Terms, validatePolicies } from './terms.ts';
import { DOMAIN_TRACK, termsDiffer } from './testing/domain.ts';

const folder = new URL('../../agreements', import.meta.url).pathname;
const agreements = loadAgreements(folder);
const terms = loadTerms(folder)!;
const text = (id: string): string => readFileSync(`${folder}/${id}.cedar`, 'utf8');

test('each agreement has its terms beside it: sound by Cedar’s validator, cited policy by policy', () => {
  assert.deepEqual(
    [...terms.agreements].sort(),
    agreements.map((a) => a.id),
  );
  for (const { id } of agreements) {
    const policies = parsePolicies(text(id), id);
    assert.deepEqual(validatePolicies([...absolutePolicies(), ...policies]), [], id);
    for (const p of policies) assert.ok(p.id.startsWith(`${id}.`) && p.cite.length > 10, p.id);
  }
  assert.equal(agreementTexts(folder).length, agreements.length);
});

test('data and written terms say the same, agreement by agreement, over random requests', () => {
  const random = seededRandom(4);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random.uniform() * all.length)];
  const some = <T>(all: readonly T[], p: number): T[] => all.filter(() => random.uniform() < p);
  const counts = { released: 0, refused: 0 };
  for (let i = 0; i < 20_000; i++) {
    const from = pick(NATIONS);
    const to = pick(NATIONS);
    const via = pick([null, 'USA', ...NATIONS] as const);
    const label: ItemLabel = {
      id: 'x',
      kind: pick(ITEM_KINDS),
      mode: 'exercise',
      originators: random.uniform() < 0.7 ? [from] : [pick(NATIONS)],
      threat: random.uniform() < 0.7 ? 'DPRK' : pick(THREATS),
      level: random.uniform() < 0.7 ? 'secret' : pick(LEVELS),
      releasableTo: some(NATIONS, 0.8),
      elements: some(ELEMENTS, 0.5),
      consents: some(NATIONS, 0.5).map((by) => ({
        by,
        to: random.uniform() < 0.8 ? to : pick(NATIONS),
        until: pick(['2016-01-01', '2030-01-01']),
      })),
    };
    const agreement = pick(agreements.filter((a) => a.purpose !== 'protection'));
    const day = pick(['2014-01-01', '2017-01-01', '2019-12-01', '2024-06-01', '2024-06-02']);
    assert.equal(termsDiffer(terms, agreement, { label, from, to, via, day }), undefined);
    const d = decide(label, from, to, via, [agreement], isoToUs(day)!);
    counts[d.decision === 'deny' ? 'refused' : 'released']++;
  }
  assert.ok(counts.released > 1500 && counts.refused > 1500, JSON.stringify(counts));
});

const label: ItemLabel = { ...DOMAIN_TRACK, elements: ['trajectory', 'rawPlot'] };
const now = isoToUs('2024-06-01')!;
const under = (gate: Terms) => decide(label, 'KOR', 'JPN', 'USA', agreements, now, gate);

test('either can refuse: terms that are stricter than the data take the release away, and say by which policy', () => {
  assert.equal(under(terms).decision, 'reduce');
  const stricter = text('mechanism-2023').replace('"trajectory", "impactPoint"', '"impactPoint"');
  const gate = new CedarTerms(new Map([['mechanism-2023', { file: 'a.cedar', text: stricter }]]));
  const d = under(gate);
  assert.deepEqual(
    d.reasons.filter((r) => r.agreement === 'mechanism-2023').map((r) => [r.code, r.text]),
    [
      [
        'termsRefuse',
        'mechanism-2023: The written terms of the agreement do not permit it: mechanism-2023.elements.',
      ],
    ],
  );
  // Terms more generous than the data give nothing: the rawPlot is still taken out.
  const generous = 'permit(principal, action, resource);';
  const open = new CedarTerms(
    new Map([
      ['mechanism-2023', { file: 'a.cedar', text: `@id("x") @cite("test of this file")\n${generous}` }],
    ]),
  );
  assert.deepEqual(under(open).reductions, ['rawPlot']);
});

test('terms that fail refuse: text that does not parse, a policy that errs, one that cites nothing', () => {
  const of = (policy: string) =>
    new CedarTerms(new Map([['mechanism-2023', { file: 'a.cedar', text: policy }]]));
  const reasons = (gate: Terms): string[] => under(gate).reasons.map((r) => r.code);
  const alone = agreements.filter((a) => a.id === 'mechanism-2023');
  const failed = decide(label, 'KOR', 'JPN', 'USA', alone, now, of('permit('));
  assert.deepEqual([failed.decision, failed.reasons.map((r) => r.code)], ['deny', ['decisionFailed']]);
  // It refuses for itself alone: what another agreement releases it cannot take away.
  assert.deepEqual([under(of('permit(')).agreement, under(terms).agreement], ['tisa-2014', 'mechanism-2023']);
  assert.ok(reasons(of('permit(')).includes('decisionFailed'));
  // Cedar skips the forbid, which errs, and would allow; an error is a refusal here.
  const errs = `${text('mechanism-2023')}\n@id("x") @cite("test") forbid(principal, action, resource) when { context.absent };`;
  assert.ok(reasons(of(errs)).includes('termsFailed'));
  assert.throws(
    () => parsePolicies('permit(principal, action, resource);', 'a.cedar'),
    (e) => e instanceof BeaconfireError && e.code === 'BF_AGREEMENT',
  );
  assert.ok(
    validatePolicies(
      parsePolicies(
        '@id("x") @cite("y") permit(principal, action, resource) when { context.kind > 3 };',
        'a',
      ),
    ).length > 0,
  );
});
