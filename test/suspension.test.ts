/** Agreements that are suspended in mid-flight: the moment and the cause in every journal and on every nation's page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isoToUs } from '../src/earth/time.ts';
import { loadAgreements, memorySink } from '../src/exchange/index.ts';
import { ExerciseRun } from '../src/exercise/run.ts';
import { loadScenario } from '../src/exercise/scenario.ts';
import { makeWorld } from '../src/exercise/world.ts';
import { NATIONS, type NodeId } from '../src/model/nation.ts';

interface Line {
  timeUs: number;
  kind: string;
  body: Record<string, unknown>;
}

test('the mechanism is suspended from +70 s to +100 s: nothing passes under it, all know why, then it flows again', () => {
  const base = loadScenario('2022-10-04-suspension');
  const [gsomia, suspend, resume] = base.events!;
  const scenario = {
    ...base,
    events: [
      gsomia,
      { ...suspend, atS: 70 },
      { ...resume, atS: 100 },
      // It is in force again: to resume it once more contradicts what stands.
      { ...resume, atS: 101 },
    ],
  };
  const made = makeWorld(scenario, scenario.seed);
  const world = { ...made, endUs: made.startUs + 130e6 };
  const sinks = new Map<NodeId, ReturnType<typeof memorySink>>();
  const run = new ExerciseRun({
    scenario,
    seed: scenario.seed,
    asOf: scenario.asOf,
    agreements: loadAgreements(new URL('../agreements', import.meta.url).pathname),
    world,
    sink: (node) => {
      sinks.set(node, memorySink());
      return sinks.get(node)!;
    },
  });
  run.advanceTo(run.endUs);
  const launchUs = isoToUs(scenario.launches[0].launchTime)!;
  const at = (l: Line): number => (l.timeUs - launchUs) / 1e6;
  const lines = (node: NodeId): Line[] =>
    sinks
      .get(node)!
      .text()
      .trimEnd()
      .split('\n')
      .map((l) => JSON.parse(l) as Line);
  for (const node of sinks.keys()) {
    const events = lines(node).filter((l) => l.kind === 'agreement');
    assert.deepEqual(
      events.map((l) => [
        at(l),
        l.body.agreement,
        l.body.event,
        (l.body.entry as { by: string[] }).by.join(),
      ]),
      [
        [60, 'gsomia-2016', 'suspended', 'KOR'],
        [70, 'mechanism-2023', 'suspended', 'USA'],
        [100, 'mechanism-2023', 'resumed', 'USA'],
      ],
      node,
    );
    const causes = events.map((l) => (l.body.entry as { cause: unknown }).cause);
    assert.deepEqual(
      causes,
      scenario.events.slice(0, 3).map((e) => e.cause),
    );
  }
  const sent = NATIONS.flatMap((n) =>
    lines(n).filter((l) => l.kind === 'sent' && !String(l.body.item).startsWith('canary:')),
  );
  const relayed = lines('HUB').filter((l) => l.kind === 'relayed');
  const between =
    (from: number, to: number) =>
    (l: Line): boolean =>
      at(l) >= from && at(l) < to;
  assert.ok(sent.filter(between(50, 70)).length > 20, 'before');
  assert.deepEqual(
    [...sent, ...relayed].filter((l) => between(70, 100)(l) && l.body.agreement === 'mechanism-2023'),
    [],
  );
  // What was made meanwhile was held under TISA, and went at the moment of the resumption.
  assert.ok(sent.filter((l) => at(l) === 100).length > 20, 'what was held');
  for (const nation of NATIONS) {
    const said = run
      .node(nation)
      .picture(1, 1)
      .events.filter((e) => e.kind === 'agreement')
      .map((e) => e.text);
    assert.equal(said.length, 4, nation);
    assert.match(said[1].en, /^Agreement mechanism-2023 SUSPENDED \(United States\): exercise inject/);
    assert.match(said[1].ko, /효력 정지 \(미국\)/);
    assert.match(said[1].ja, /停止 \(米国\)/);
    assert.match(said[3].en, /resumed contradicts what stands/);
    assert.equal(lines(nation).filter((l) => l.kind === 'agreementRefused').length, 1);
  }
});
