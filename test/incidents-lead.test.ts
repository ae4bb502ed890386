/** W6 over flights drawn by chance: the same count as `beaconfire bench warning`, smaller, against floors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scoreFlights } from '../bench/warning.ts';
import { LEADS_S, share } from '../bench/warning-score.ts';

/** Least share of affected areas with at least so much lead, of these flights; raised when the warnings get better. */
const FLOORS: Record<(typeof LEADS_S)[number], number> = { 60: 0.97, 120: 0.91, 180: 0.79, 300: 0.55 };

test('W6 share of affected areas with at least 60, 120, 180, 300 s of lead, over seeded flights, may not fall', (t) => {
  const [score] = scoreFlights(1, 10, [1]);
  for (const leadS of LEADS_S) {
    const found = share(score, leadS);
    t.diagnostic(`${leadS} s or more: ${(100 * found).toFixed(1)} % of ${score.affected} affected areas`);
    assert.ok(found >= FLOORS[leadS], `${leadS} s: ${found}`);
  }
  assert.equal(score.missed, 0);
  const wrong = score.falseAreas / score.alerted;
  t.diagnostic(`named themselves, not affected: ${(100 * wrong).toFixed(1)} % of ${score.alerted}`);
  assert.ok(wrong < 0.2, `${score.falseAreas} of ${score.alerted}`);
});
