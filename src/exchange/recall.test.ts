import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BeaconfireError } from '../model/errors.ts';
import { openMarking, testExchange, testItem } from './testing/exchange.ts';

const DAY = '2024-01-14T05:55:00Z';

test('an item is withdrawn from its holders, who drop it and say so; who never had it hears nothing', () => {
  const x = testExchange(DAY, { marking: (n) => ({ ...openMarking(n), releasableTo: ['JPN'] }) });
  const kor = x.nations.get('KOR')!;
  const start = x.clock.nowUs();
  kor.share(testItem('KOR', 1, start));
  kor.share(testItem('KOR', 2, start));
  x.clock.advanceTo(start + 1e6);
  kor.recall('KOR-1', 'a faulty radar');
  assert.deepEqual(kor.recalls()[0].late, [], 'not yet');
  x.clock.advanceTo(start + 2e6);
  const [status] = kor.recalls();
  assert.deepEqual(
    [status.item, status.revision, status.reason, status.late],
    ['KOR-1', 2, 'a faulty radar', []],
  );
  assert.deepEqual(
    status.holders.map((h) => [h.nation, h.acknowledgedUs !== null]),
    [['JPN', true]],
  );
  assert.deepEqual(
    x.received.map((r) => [
      r.at,
      r.got.item.label.id,
      r.got.item.revision,
      r.got.item.body.withdrawn === true,
    ]),
    [
      ['JPN', 'KOR-1', 1, false],
      ['JPN', 'KOR-2', 1, false],
      ['JPN', 'KOR-1', 2, true],
    ],
  );
  assert.deepEqual(Object.keys(x.received[2].got.item.body).sort(), ['track', 'withdrawn'], 'no content');
  // Nothing of it is shared again, and it is recalled once.
  kor.share({ ...testItem('KOR', 1, x.clock.nowUs()), revision: 9 });
  const refused = (e: unknown): boolean => e instanceof BeaconfireError && e.code === 'BF_USAGE';
  assert.throws(() => kor.recall('KOR-1', 'again'), refused);
  assert.throws(() => kor.recall('JPN-7', 'of another'), refused);
  x.clock.advanceTo(start + 60e6);
  assert.equal(x.received.length, 3);
  assert.equal(x.journals().get('USA'), '', 'the United States never had it');
  assert.deepEqual(x.finish().problems, []);
});

test('a holder that cannot be reached, or to whom nothing may pass any more, is listed as late until it acknowledges', () => {
  const x = testExchange(DAY, { marking: openMarking });
  const kor = x.nations.get('KOR')!;
  const start = x.clock.nowUs();
  kor.share(testItem('KOR', 1, start));
  x.clock.advanceTo(start + 1e6);
  x.network.setLink('JPN', 'HUB', false);
  kor.recall('KOR-1', 'error');
  x.clock.advanceTo(start + 20e6);
  assert.deepEqual(kor.recalls()[0].late, ['JPN']);
  x.network.setLink('JPN', 'HUB', true);
  x.clock.advanceTo(start + 40e6);
  assert.deepEqual(kor.recalls()[0].late, []);
  kor.share(testItem('KOR', 2, x.clock.nowUs()));
  x.clock.advanceTo(start + 41e6);
  for (const id of ['mechanism-2023', 'tisa-2014', 'gsomia-2016'])
    x.book.append(id, { timeUs: x.clock.nowUs(), event: 'suspended' });
  kor.recall('KOR-2', 'error');
  x.clock.advanceTo(start + 80e6);
  assert.deepEqual(kor.recalls()[1].late, ['USA', 'JPN']);
  assert.deepEqual(x.finish().problems, []);
});

test('what waits for its handling is not sent once it is withdrawn; a late revision is not taken', () => {
  const x = testExchange('2022-11-03T00:00:00Z', { marking: openMarking });
  const kor = x.nations.get('KOR')!;
  const start = x.clock.nowUs();
  kor.share(testItem('KOR', 1, start, {}, 3600));
  x.clock.advanceTo(start + 1000e6);
  kor.share({ ...testItem('KOR', 1, x.clock.nowUs(), {}, 3600), revision: 2 });
  assert.equal(kor.held, 2);
  kor.recall('KOR-1', 'error');
  assert.equal(kor.held, 2, 'the withdrawal takes the same way, with the same handling');
  x.clock.advanceTo(start + 5000e6);
  assert.deepEqual(
    x.received.filter((r) => r.at === 'JPN').map((r) => [r.got.item.revision, r.got.item.body.withdrawn]),
    [
      [1, undefined],
      [3, true],
    ],
  );
  assert.deepEqual(x.finish().problems, []);
});
