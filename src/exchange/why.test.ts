import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMarking, testExchange, testItem } from './testing/exchange.ts';
import { whyReport } from './why.ts';

const brief = (report: ReturnType<typeof whyReport>): unknown[] =>
  report.groups.map((g) => [
    g.item,
    g.to,
    g.decision,
    g.agreement,
    g.removed.join(),
    g.revisions,
    g.heldS,
    g.outcomes,
  ]);

test('for each item and nation: what was decided, what was removed, why, and what became of it', () => {
  const x = testExchange('2024-01-14T05:55:00Z', { marking: openMarking });
  const kor = x.nations.get('KOR')!;
  const now = x.clock.nowUs();
  for (let n = 1; n <= 3; n++) kor.share({ ...testItem('KOR', 1, x.clock.nowUs()), revision: n });
  kor.share(testItem('KOR', 2, now, { level: 'topSecret' }));
  x.network.setLink('KOR', 'HUB', false);
  kor.share(testItem('KOR', 3, now));
  x.book.append('mechanism-2023', { timeUs: now, event: 'suspended' });
  x.network.setLink('KOR', 'HUB', true);
  kor.share(testItem('KOR', 4, now, {}, 3600));
  x.clock.advanceTo(now + 1000e6);
  assert.deepEqual(x.finish().problems, []);
  const report = whyReport(x.journals(), { to: 'JPN' });
  const sensor = 'sensorIdentity';
  assert.deepEqual(brief(report), [
    ['KOR-1', 'JPN', 'reduce', 'mechanism-2023', sensor, 3, 0, { 'gap:withdrawn': 3 }],
    ['KOR-2', 'JPN', 'deny', null, '', 1, 0, { denied: 1 }],
    ['KOR-3', 'JPN', 'reduce', 'mechanism-2023', sensor, 1, 0, { 'gap:withdrawn': 1 }],
    ['KOR-4', 'JPN', 'allow', 'tisa-2014', '', 1, 900, { received: 1 }],
  ]);
  const denied = report.groups[1].reasons;
  assert.deepEqual([...new Set(denied.map((r) => r.code))], ['levelNeverReleased']);
  assert.ok(
    denied.every((r) => r.text.endsWith('.')),
    'in words',
  );
  assert.deepEqual(
    report.agreements.map((e) => [e.agreement, e.event, e.state]),
    [['mechanism-2023', 'suspended', 'suspended']],
  );
  assert.deepEqual(brief(whyReport(x.journals(), { item: 'KOR-4', to: 'USA' })), [
    ['KOR-4', 'USA', 'allow', 'tisa-2014', '', 1, 900, { received: 1 }],
  ]);
  // What the hub does not pass on is told with the hub's reasons.
  const y = testExchange('2022-11-03T00:00:00Z', { marking: (n) => ({ ...openMarking(n), consents: [] }) });
  y.nations.get('KOR')!.share(testItem('KOR', 1, y.clock.nowUs(), {}, 3600));
  y.clock.advanceTo(y.clock.nowUs() + 1000e6);
  y.finish();
  const [group] = whyReport(y.journals(), { to: 'JPN' }).groups;
  assert.deepEqual(
    [group.decision, group.outcomes, group.relay?.reasons[0].code],
    ['allow', { 'notRelayed:consentMissing': 1 }, 'consentMissing'],
  );
  assert.doesNotThrow(() => whyReport(new Map([['KOR', 'not a journal\n{}\nnull\n']])));
});
