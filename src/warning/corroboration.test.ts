import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { independentSources, type SourceReport } from './corroboration.ts';

const r = (source: string, path: string, site?: string): SourceReport => ({
  source,
  path,
  lastUs: 0,
  ...(site ? { site } : {}),
});
const count = (...reports: SourceReport[]) => independentSources(reports, 1e6, 60);

test('W10 one radar relayed over two paths counts once', () => {
  assert.equal(count(r('KOR/R1', 'KOR-direct'), r('KOR/R1', 'HUB')), 1);
});

test('W17 three sensors behind one link count as one', () => {
  assert.equal(count(r('USA/A', 'link-1'), r('USA/B', 'link-1'), r('USA/C', 'link-1')), 1);
  assert.equal(
    count(r('USA/A', 'link-1'), r('USA/B', 'link-1'), r('USA/C', 'link-1'), r('JPN/X', 'own-X')),
    2,
  );
});

test('W17 sensors of one site count as one', () => {
  assert.equal(count(r('KOR/A', 'a', 'hill'), r('KOR/B', 'b', 'hill')), 1);
});

test('a withheld sensor adds nothing to a named one of its node, but stands for its node alone', () => {
  assert.equal(count(r('USA/*', 'HUB'), r('USA/S1', 'direct')), 1);
  assert.equal(count(r('USA/*', 'HUB'), r('JPN/R1', 'own')), 2);
});

test('an old report does not count', () => {
  assert.equal(independentSources([r('A/1', 'a'), r('B/1', 'b')], 61e6, 60), 0);
});

test('the count is the best choice of reports without a shared sensor or path (brute force)', () => {
  const report = fc.record({
    source: fc.constantFrom('A/1', 'A/2', 'B/1', 'C/1'),
    path: fc.constantFrom('p', 'q', 's'),
    lastUs: fc.constant(0),
  });
  fc.assert(
    fc.property(fc.array(report, { maxLength: 8 }), (reports) => {
      let best = 0;
      for (let mask = 0; mask < 1 << reports.length; mask++) {
        const chosen = reports.filter((_, i) => mask & (1 << i));
        const unique =
          new Set(chosen.map((c) => c.source)).size === chosen.length &&
          new Set(chosen.map((c) => c.path)).size === chosen.length;
        if (unique) best = Math.max(best, chosen.length);
      }
      assert.equal(independentSources(reports, 0, 60), best);
    }),
    { numRuns: 150 },
  );
});
