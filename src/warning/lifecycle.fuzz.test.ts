/** Whatever the picture says, in whatever order: the invariants of the public message hold. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Phase } from '../model/track.ts';
import { WarningDesk } from './desk.ts';
import { flight20221004, flightTo, inputAt, type TestFlight } from './lifecycle.fixture.ts';
import { exerciseConfig, type IssuedWarning } from './publication.ts';
import type { WarningInput } from './state.ts';

const flights: TestFlight[] = [
  flight20221004(),
  flightTo('coast', 38.2, 139.3, 500),
  flightTo('south', 36.3, 127.9, 330),
  flightTo('strait', 34.6, 129.6, 400),
];

const tick = fc.record({
  state: fc.constantFrom<WarningInput['track']['state']>('held', 'held', 'held', 'lost', 'impact', 'ended'),
  phase: fc.constantFrom<Phase>('boost', 'coast', 'coast', 'reentry', 'notBallistic'),
  turnDeg: fc.integer({ min: -12, max: 12 }),
  stepS: fc.constantFrom(1, 7, 20, 60),
  staleS: fc.constantFrom(0, 0, 30, 200),
  parts: fc.constantFrom('both', 'both', 'impact', 'track', 'none'),
  sources: fc.constantFrom(0, 1, 2, 2, 2),
  wideM: fc.constantFrom(0, 0, 100_000, 500_000),
});

test('W7 W8 W9 W15 invariants hold under any sequence of pictures', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...flights),
      fc.constantFrom<'JPN' | 'KOR'>('JPN', 'KOR'),
      fc.array(tick, { minLength: 5, maxLength: 40 }),
      fc.option(fc.integer({ min: 0, max: 40 })),
      (f, nation, ticks, retractAt) => {
        const desk = new WarningDesk(exerciseConfig(nation));
        let t = 60;
        let held = false;
        ticks.forEach((k, i) => {
          t += k.stepS;
          const base = inputAt(f, Math.min(t, f.flightS - 1), {}, f.azimuthDeg + k.turnDeg);
          const nowUs = f.launchUs + t * 1e6;
          const { impact, groundTrack, ...rest } = base;
          const wide =
            impact && k.wideM > 0
              ? { ...impact, ellipse95: { semiMajorM: k.wideM, semiMinorM: k.wideM / 3, azimuthDeg: 40 } }
              : impact;
          const issued = desk.step({
            ...rest,
            nowUs,
            sources: [
              { source: 'USA/S', path: 'HUB', lastUs: nowUs },
              { source: 'JPN/R', path: 'own', lastUs: nowUs },
            ].slice(0, k.sources),
            track: { state: k.state, phase: k.phase, lastUpdateUs: nowUs - k.staleS * 1e6 },
            ...(k.parts === 'both' || k.parts === 'impact' ? { impact: wide } : {}),
            ...(k.parts === 'both' || k.parts === 'track' ? { groundTrack } : {}),
          });
          held = k.state === 'held' || k.state === 'impact';
          for (const { warning: w } of issued) {
            assert.equal(w.nation, nation);
            const told = desk.issued.some(
              (x) =>
                x.warning.chain === w.chain && x.warning.stage === w.stage && x.warning.revision < w.revision,
            );
            if ((w.stage === 'passed' || w.stage === 'impacted') && !told)
              assert.ok(held, `${w.stage} of a lost track`);
            // What remains of a narrowed alert was corroborated when that was opened.
            const continued = issued.some((x) => x.warning.cancelReason === 'narrowed');
            if (w.messageType === 'alert' && !continued) assert.ok(k.sources >= 2 && k.state === 'held');
          }
          if (retractAt === i) desk.retract(f.id, nowUs);
        });
        desk.finish(f.launchUs + (t + 1) * 1e6);
        assertChains(desk.issued);
      },
    ),
    { numRuns: 60 },
  );
});

function assertChains(issued: readonly IssuedWarning[]): void {
  const chains = new Map<string, IssuedWarning[]>();
  for (const i of issued) chains.set(i.warning.chain, [...(chains.get(i.warning.chain) ?? []), i]);
  for (const chain of chains.values()) {
    chain.forEach(({ warning: w, retraction }, k) => {
      assert.equal(w.messageType, k === 0 ? 'alert' : k === chain.length - 1 ? 'cancel' : 'update');
      assert.equal(w.cancelReason !== undefined, w.messageType === 'cancel');
      assert.equal(w.references.length, k);
      assert.equal(w.evidence === 'lost', w.stage === 'trackLost' || w.cancelReason === 'superseded');
      assert.equal(retraction === undefined, w.messageType === 'cancel');
      const before = k > 0 ? chain[k - 1].warning.areas.map((a) => a.code) : [];
      for (const code of before)
        assert.ok(
          w.areas.some((a) => a.code === code),
          'an area was dropped without a cancel',
        );
    });
  }
}
