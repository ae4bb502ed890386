/**
 * Non-interference on whole runs: with and without items that a nation may not have, everything that it receives is
 * equal byte for byte: values, order, times, sequence numbers and identifiers. A node's journal holds all that came to
 * it and all that it made of that, so the journals are compared whole, and the picture beside them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../src/earth/random.ts';
import { isoToUs } from '../src/earth/time.ts';
import { loadAgreements, memorySink, parseAgreements } from '../src/exchange/index.ts';
import { ExerciseRun, type RunOptions } from '../src/exercise/run.ts';
import { loadScenario } from '../src/exercise/scenario.ts';
import { makeWorld } from '../src/exercise/world.ts';
import { ELEMENTS, ITEM_KINDS, type Item, LEVELS, THREATS } from '../src/model/item.ts';
import { NATIONS, type Nation, type NodeId } from '../src/model/nation.ts';

const root = new URL('..', import.meta.url).pathname;
const base = loadScenario('2022-10-04-over-japan');
const launch = base.launches[0];
/** Two short flights to the east that all three can see. */
const scenario = {
  ...base,
  launches: [
    { ...launch, id: 'L1', apogeeKm: 100, rangeKm: 600, rangeClass: 'short' as const },
    {
      ...launch,
      id: 'L2',
      launchTime: new Date(isoToUs(launch.launchTime)! / 1000 + 30_000).toISOString(),
      longitudeDeg: launch.longitudeDeg + 1,
      apogeeKm: 120,
      rangeKm: 500,
      rangeClass: 'short' as const,
    },
  ],
};
const made = makeWorld(scenario, 5);
/** Launch, tracks, estimates, warnings: what comes later is more of the same. */
const world = { ...made, endUs: made.startUs + 130e6 };

type Inject = (run: ExerciseRun) => void;

function whole(options: Partial<RunOptions>, inject?: Inject): Map<NodeId | 'picture', string> {
  const sinks = new Map<NodeId, ReturnType<typeof memorySink>>();
  const run = new ExerciseRun({
    scenario,
    seed: 5,
    asOf: scenario.asOf,
    agreements: loadAgreements(`${root}agreements`),
    world,
    sink: (node) => {
      sinks.set(node, memorySink());
      return sinks.get(node)!;
    },
    ...options,
  });
  inject?.(run);
  run.advanceTo(run.endUs);
  const out = new Map<NodeId | 'picture', string>([...sinks].map(([n, s]) => [n, s.text()]));
  out.set('picture', JSON.stringify(run.node('JPN').picture(1, 1)));
  return out;
}

const received = (text: string): number => text.split('"kind":"received"').length - 1;

/** KOR gives to the United States alone, and the United States gives to Japan alone. */
const bilateral = (id: string, parties: [Nation, Nation]): { file: string; text: string } => ({
  file: `${id}.yaml`,
  text: `
id: ${id}
title: { en: ${id}, ko: ${id}, ja: ${id} }
binding: true
parties: [${parties.join(', ')}]
route: direct
threats: any
kinds: any
elements: any
level: { ceiling: secret, equivalents: [] }
approval: standing
onwardRelease: originatorConsent
handlingDelayS: 0
term: of this test
history: [{ date: 2000-01-01, event: inForce, source: test }]
sources: { ${['binding', 'parties', 'route', 'threats', 'kinds', 'elements', 'level', 'approval', 'onwardRelease', 'handlingDelayS', 'term'].map((f) => `${f}: test`).join(', ')} }
assumptions: []
`,
});

test('what KOR sees and gives to USA alone changes nothing that JPN gets from USA, nor what JPN makes of it', () => {
  const agreements = parseAgreements([bilateral('a', ['KOR', 'USA']), bilateral('b', ['USA', 'JPN'])]);
  const seeing = whole({ agreements });
  const blind = whole({
    agreements,
    world: { ...world, plots: world.plots.filter((p) => p.nation !== 'KOR') },
  });
  assert.ok(received(seeing.get('USA')!) > received(blind.get('USA')!) + 50, 'the United States got more');
  assert.ok(received(seeing.get('JPN')!) > 50, 'Japan got something');
  assert.equal(seeing.get('JPN'), blind.get('JPN'));
  assert.equal(seeing.get('picture'), blind.get('picture'));
});

/** Items of a nation of all kinds, at random times, of which none may go to JPN by any way. */
function hidden(seed: number, count: number): Inject {
  return (run) => {
    const random = seededRandom(seed);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random.uniform() * all.length)];
    const { startUs, endUs } = run;
    const times = Array.from(
      { length: count },
      () => startUs + Math.floor(random.uniform() * (endUs - startUs - 1)),
    );
    let n = 0;
    for (const timeUs of times.sort((a, b) => a - b)) {
      run.advanceTo(timeUs);
      const nation = pick(['KOR', 'USA'] as const);
      const elements = ELEMENTS.filter(() => random.uniform() < 0.5);
      const label: Item['label'] = {
        id: `${nation}-hidden-${++n}`,
        kind: pick(ITEM_KINDS),
        mode: 'exercise',
        originators: [nation],
        threat: pick(THREATS),
        level: pick(LEVELS),
        releasableTo: NATIONS.filter((x) => x !== nation),
        elements,
        consents: [{ by: nation, to: 'JPN', until: '2100-01-01' }],
      };
      const ways = [null, 'USA'] as const;
      if (ways.some((via) => run.book.decide(label, nation, 'JPN', via, timeUs).decision !== 'deny'))
        continue;
      run.node(nation).exchange.share({
        label,
        revision: 1,
        sourceType: 'radar',
        observedUs: timeUs,
        madeUs: timeUs,
        expiresUs: timeUs + 600e6,
        body: { track: `${nation}-hidden` },
      });
    }
  };
}

test('items that JPN may not have, of all kinds and at any time, leave no trace in anything that JPN receives', () => {
  const without = whole({});
  assert.ok(received(without.get('JPN')!) > 100);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
      const withThem = whole({}, hidden(seed, 200));
      assert.ok(
        withThem.get('KOR')!.split('KOR-hidden').length > 20 &&
          withThem.get('USA')!.split('USA-hidden').length > 20,
        'they existed',
      );
      assert.equal(withThem.get('JPN'), without.get('JPN'));
      assert.equal(withThem.get('picture'), without.get('picture'));
    }),
    { numRuns: 1 },
  );
});
