/** Scenarios: what flies, who senses and under which agreements. Read from `scenarios/NAME.yaml` or a path. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Static, Type } from 'typebox';
import { seededRandom } from '../earth/random.ts';
import { isoToUs, usToIso } from '../earth/time.ts';
import { RUNTIME_EVENTS } from '../exchange/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import { Level, Threat } from '../model/item.ts';
import { NATIONS, Nation, NodeId, Trilingual } from '../model/nation.ts';
import { parseYaml } from '../model/schema.ts';
import { RangeClass } from '../model/track.ts';
import { salvo } from '../world/index.ts';

const strict = { additionalProperties: false } as const;
const IsoTime = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?Z$' });

export const LaunchSpec = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9-]{1,32}$' }),
    launchTime: IsoTime,
    place: Trilingual,
    latitudeDeg: Type.Number({ minimum: -90, maximum: 90 }),
    longitudeDeg: Type.Number({ minimum: -180, maximum: 180 }),
    bearingDeg: Type.Number({ minimum: 0, maximum: 360 }),
    apogeeKm: Type.Number({ exclusiveMinimum: 0, maximum: 20000 }),
    /** Of a satellite launch that does not fail it is not used. */
    rangeKm: Type.Number({ exclusiveMinimum: 0, maximum: 20000 }),
    rangeClass: Type.Optional(RangeClass),
    /** Ballistic if left out. Of a satellite launch `apogeeKm` is the height of the orbit aimed at. */
    motion: Type.Optional(
      Type.Union([
        Type.Literal('ballistic'),
        Type.Literal('pullUp'),
        Type.Literal('glide'),
        Type.Literal('spaceLaunch'),
      ]),
    ),
    /** Of a pull-up or glide: published flight time. Of a satellite launch: time to orbit. */
    flightTimeS: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 20000 })),
    propulsion: Type.Optional(Type.Union([Type.Literal('liquid'), Type.Literal('solid')])),
    /** Spent stages fly on beside it. */
    separates: Type.Optional(Type.Boolean()),
    failure: Type.Optional(
      Type.Object(
        {
          kind: Type.Union([Type.Literal('thrustEnds'), Type.Literal('breakUp')]),
          /** Seconds after launch; left out of a satellite launch, when it must be to fall at `rangeKm`. */
          atS: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 5000 })),
          pieces: Type.Optional(Type.Integer({ minimum: 2, maximum: 20 })),
        },
        strict,
      ),
    ),
    source: Type.String({ minLength: 1 }),
  },
  strict,
);
export type LaunchSpec = Static<typeof LaunchSpec>;

/** Something that happens to an agreement while the exercise runs: an inject of its planners. */
export const AgreementEventSpec = Type.Object(
  {
    /** Seconds after the first launch. */
    atS: Type.Number({ minimum: -86400, maximum: 86400 }),
    /** Id of the agreement. */
    agreement: Type.String({ minLength: 1 }),
    event: Type.Union(RUNTIME_EVENTS.map((e) => Type.Literal(e))),
    /** The parties whose act it is. */
    by: Type.Array(Nation, { minItems: 1, uniqueItems: true }),
    /** Of `noticeGiven`: when the agreement ends by it, seconds after the notice. */
    lapsesAfterS: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    cause: Trilingual,
  },
  strict,
);
export type AgreementEventSpec = Omit<Static<typeof AgreementEventSpec>, 'event'> & {
  event: (typeof RUNTIME_EVENTS)[number];
};

/** A nation withdraws one of its items while the exercise runs: an inject of its planners. */
export const RecallSpec = Type.Object(
  {
    /** Seconds after the first launch. */
    atS: Type.Number({ minimum: 0, maximum: 86400 }),
    /** Whose item it is: nobody withdraws another's. */
    by: Nation,
    /** What a node shares of a track, one item of each kind. */
    kind: Type.Union([Type.Literal('tracklet'), Type.Literal('launch'), Type.Literal('impact')]),
    /** Id of a launch: what it has given of the track that is then nearest to its vehicle. */
    launch: Type.String(),
    /** As the nation's people would say it to the others. */
    reason: Type.String({ minLength: 1, maxLength: 200 }),
  },
  strict,
);
export type RecallSpec = Static<typeof RecallSpec>;

/** Further launches made of one that is listed: places about its own, times after it. */
const SalvoSpec = Type.Object(
  {
    /** Id of the launch that is repeated; the others are named after it: L1-2, L1-3 ... */
    of: Type.String(),
    count: Type.Integer({ minimum: 1, maximum: 59 }),
    spreadKm: Type.Number({ minimum: 0, maximum: 1000 }),
    spreadS: Type.Number({ minimum: 0, maximum: 3600 }),
    bearingSpreadDeg: Type.Optional(Type.Number({ minimum: 0, maximum: 180 })),
    seed: Type.Integer({ minimum: 0, maximum: 4294967295 }),
  },
  strict,
);

export const Scenario = Type.Object(
  {
    id: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
    title: Trilingual,
    summary: Trilingual,
    /** Simulated flights are for exercises alone. */
    mode: Type.Literal('exercise'),
    start: IsoTime,
    seed: Type.Integer({ minimum: 0, maximum: 4294967295 }),
    asOf: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
    threat: Threat,
    level: Level,
    /** Files of `sites/`, by name. */
    sites: Type.Array(Type.String({ pattern: '^[a-z0-9-]+$' }), { minItems: 1 }),
    launches: Type.Array(LaunchSpec, { minItems: 1, maxItems: 60 }),
    salvo: Type.Optional(SalvoSpec),
    /**
     * How the sensors are simulated. Plain, if left out: constant probability of detection, pure noise, fixed places and
     * delays. Full: what else their sites say: range equation with fluctuation, search, bias, motion, orbits, late plots.
     */
    sensing: Type.Optional(Type.Union([Type.Literal('plain'), Type.Literal('full')])),
    /** Sensors that report nothing for a while: seconds after the first launch. */
    outages: Type.Optional(
      Type.Array(Type.Object({ sensor: Type.String(), fromS: Type.Number(), toS: Type.Number() }, strict), {
        maxItems: 100,
      }),
    ),
    /** Invented aircraft as a load: how many, and the circle in which they are at the start. */
    airTraffic: Type.Optional(
      Type.Object(
        {
          count: Type.Integer({ minimum: 1, maximum: 500 }),
          latitudeDeg: Type.Number({ minimum: -80, maximum: 80 }),
          longitudeDeg: Type.Number({ minimum: -180, maximum: 180 }),
          radiusKm: Type.Number({ exclusiveMinimum: 0, maximum: 3000 }),
        },
        strict,
      ),
    ),
    links: Type.Array(
      Type.Object(
        { between: Type.Tuple([NodeId, NodeId]), latencyS: Type.Number({ minimum: 0, maximum: 60 }) },
        strict,
      ),
      { minItems: 1 },
    ),
    /** What happens to the agreements meanwhile. */
    events: Type.Optional(Type.Array(AgreementEventSpec, { maxItems: 100 })),
    /** What nations withdraw meanwhile. */
    recalls: Type.Optional(Type.Array(RecallSpec, { maxItems: 100 })),
    assumptions: Type.Array(Trilingual),
  },
  strict,
);
export type Scenario = Static<typeof Scenario>;

/** The project's own data folder: the repository, or the installed package. */
export const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function scenarioNames(): string[] {
  return readdirSync(join(PROJECT_ROOT, 'scenarios'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => basename(name, '.yaml'))
    .sort();
}

/** Reads a text file; one clear line if it cannot be read. */
export function readText(path: string): string {
  try {
    return withoutMark(readFileSync(path, 'utf8'));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const what =
      code === 'ENOENT'
        ? 'no such file'
        : code === 'EISDIR'
          ? 'a folder'
          : code === 'EACCES'
            ? 'no right to read it'
            : String(code);
    throw new BeaconfireError(
      'BF_FILE',
      `expected a readable file, found: ${what}`,
      { file: path },
      { cause },
    );
  }
}

/** A text without the byte order mark that some editors put before it. */
export function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** A scenario by name in `scenarios/` or by path. An unknown name lists those there are. */
export function loadScenario(nameOrPath: string): Scenario {
  const own = join(PROJECT_ROOT, 'scenarios', `${nameOrPath}.yaml`);
  const isName = /^[a-z0-9-]+$/i.test(nameOrPath);
  const path = isName && existsSync(own) ? own : nameOrPath;
  if (!existsSync(path) || (isName && path !== own && !statSync(path).isFile())) {
    throw new BeaconfireError(
      'BF_SCENARIO_UNKNOWN',
      `expected a scenario (${scenarioNames().join(', ')}) or a path, found ${JSON.stringify(nameOrPath)}`,
    );
  }
  const shown = path === own ? `scenarios/${nameOrPath}.yaml` : path;
  return withSalvo(checkScenario(parseYaml(Scenario, readText(path), shown), shown));
}

/** The scenario with its salvo written out as launches. */
function withSalvo(scenario: Scenario): Scenario {
  const { salvo: spec, ...rest } = scenario;
  if (!spec) return scenario;
  const first = scenario.launches.find((l) => l.id === spec.of)!;
  const firstUs = isoToUs(first.launchTime)!;
  const more = salvo(first, spec, seededRandom(spec.seed)).map(
    ({ afterS, ...place }, i): LaunchSpec => ({
      ...first,
      ...place,
      id: `${first.id}-${i + 2}`,
      launchTime: usToIso(firstUs + Math.round(afterS * 1e6)),
    }),
  );
  return { ...rest, launches: [...scenario.launches, ...more] };
}

/** An exercise that waits longer than this for its launch was not meant so, s. */
const LONGEST_WAIT_S = 6 * 3600;

/** What a schema cannot say. */
export function checkScenario(scenario: Scenario, file: string): Scenario {
  const startUs = isoToUs(scenario.start);
  if (startUs === undefined) throw field('start', 'a time', scenario.start);
  if (isoToUs(scenario.asOf) === undefined) throw field('asOf', 'a date', scenario.asOf);
  const ids = new Set<string>();
  scenario.launches.forEach((launch, i) => {
    const at = isoToUs(launch.launchTime);
    if (at === undefined) throw field(`launches[${i}].launchTime`, 'a time', launch.launchTime);
    if (at < startUs)
      throw field(`launches[${i}].launchTime`, `a time after the start ${scenario.start}`, launch.launchTime);
    if (at > startUs + LONGEST_WAIT_S * 1e6)
      throw field(
        `launches[${i}].launchTime`,
        `a time within ${LONGEST_WAIT_S / 3600} h of the start ${scenario.start}`,
        launch.launchTime,
      );
    if (ids.has(launch.id)) throw field(`launches[${i}].id`, 'an id that is used once', launch.id);
    ids.add(launch.id);
  });
  scenario.launches.forEach((launch, i) => {
    const { motion = 'ballistic', failure } = launch;
    if (motion === 'ballistic' && failure && failure.atS === undefined)
      throw field(`launches[${i}].failure.atS`, 'the time of the failure', 'nothing');
    if ((motion === 'pullUp' || motion === 'glide') && failure)
      throw field(`launches[${i}].failure`, `nothing with ${motion}`, failure.kind);
  });
  scenario.recalls?.forEach((r, i) => {
    if (!ids.has(r.launch)) throw field(`recalls[${i}].launch`, `one of ${[...ids].join(', ')}`, r.launch);
  });
  const { salvo: spec } = scenario;
  if (spec && !ids.has(spec.of)) throw field('salvo.of', `one of ${[...ids].join(', ')}`, spec.of);
  if (spec && spec.count + ids.size > 60)
    throw field('salvo.count', 'at most 60 launches in all', String(spec.count + ids.size));
  const joined = new Set<string>();
  scenario.links.forEach(({ between: [a, b] }, i) => {
    const link = [a, b].sort().join('-');
    if (a === b) throw field(`links[${i}].between`, 'two different nodes', link);
    if (joined.has(link)) throw field(`links[${i}].between`, 'a link that is named once', link);
    joined.add(link);
  });
  for (const nation of NATIONS)
    if (!joined.has([nation, 'HUB'].sort().join('-')))
      throw field('links', `a link between ${nation} and HUB`, 'none');
  scenario.outages?.forEach((o, i) => {
    if (!(o.toS > o.fromS)) throw field(`outages[${i}].toS`, 'a time after fromS', String(o.toS));
  });
  scenario.events?.forEach((e, i) => {
    if (e.event === 'noticeGiven' && e.lapsesAfterS === undefined)
      throw field(`events[${i}].lapsesAfterS`, 'the time until the notice takes effect', 'nothing');
  });
  return scenario;

  function field(name: string, expected: string, found: string): BeaconfireError {
    return new BeaconfireError('BF_FIELD', `expected ${expected}, found ${JSON.stringify(found)}`, {
      file,
      field: name,
    });
  }
}
