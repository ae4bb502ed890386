import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Decision, RELEASE_REASONS, type ReasonCode, type Release } from '../exchange/index.ts';
import { reason } from '../exchange/reasons.ts';
import { ReleaseLog } from './releases.ts';

const release = (decision: Partial<Decision>): Release => ({
  item: 'T1',
  revision: 1,
  kind: 'tracklet',
  to: 'JPN',
  via: null,
  decision: { decision: 'deny', agreement: null, reasons: [], reductions: [], delayS: 0, ...decision },
});

test('a reason goes out as its code, its agreement and what varies in it', () => {
  const codes = Object.keys(RELEASE_REASONS) as ReasonCode[];
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.stringMatching(/^([a-z0-9][a-z0-9 ]{0,20}[a-z0-9])?$/),
      fc.option(fc.constantFrom('tisa-2014', 'x'), { nil: undefined }),
      (code, detail, agreement) => {
        const log = new ReleaseLog();
        log.add(release({ reasons: [reason(code, detail, agreement)] }), 0);
        assert.deepEqual(log.views()[0].reasons, [
          { code, ...(agreement === undefined ? {} : { agreement }), ...(detail === '' ? {} : { detail }) },
        ]);
      },
    ),
  );
});

test('the latest decision by kind and nation is kept, with since when it has been so', () => {
  const log = new ReleaseLog();
  log.add(release({}), 1);
  log.add(release({}), 2);
  assert.deepEqual(
    log.views().map((v) => [v.sinceUs, v.timeUs]),
    [[1, 2]],
  );
  log.add(release({ decision: 'allow', agreement: 'a' }), 3);
  log.add(release({ decision: 'allow', agreement: 'b' }), 4);
  // A floor of the places goes out with it, and none where there is none.
  const floored = new ReleaseLog();
  floored.add(release({ decision: 'reduce', agreement: 'a', positionFloorM: 10_000 }), 1);
  assert.equal(floored.views()[0].positionFloorM, 10_000);
  assert.ok(!('positionFloorM' in log.views()[0]));
  log.add({ ...release({}), to: 'KOR' }, 5);
  assert.deepEqual(
    log.views().map((v) => [v.to, v.agreement, v.sinceUs]),
    [
      ['JPN', 'b', 4],
      ['KOR', null, 5],
    ],
  );
});
