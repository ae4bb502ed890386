/** Scenarios: what flies, who senses and under which agreements. Read from `scenarios/NAME.yaml` or a path. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Static, Type } from 'typebox';
import { isoToUs } from '../earth/time.ts';
import { RUNTIME_EVENTS } from '../exchange/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import { Level, Threat } from '../model/item.ts';
import { Nation, NodeId, Trilingual } from '../model/nation.ts';
import { parseYaml } from '../model/schema.ts';
import { RangeClass } from '../model/track.ts';

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
    rangeKm: Type.Number({ exclusiveMinimum: 0, maximum: 20000 }),
    rangeClass: Type.Optional(RangeClass),
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
export type AgreementEventSpec = Static<typeof AgreementEventSpec>;

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
    links: Type.Array(
      Type.Object(
        { between: Type.Tuple([NodeId, NodeId]), latencyS: Type.Number({ minimum: 0, maximum: 60 }) },
        strict,
      ),
      { minItems: 1 },
    ),
    /** What happens to the agreements meanwhile. */
    events: Type.Optional(Type.Array(AgreementEventSpec, { maxItems: 100 })),
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
    return readFileSync(path, 'utf8');
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
  return checkScenario(parseYaml(Scenario, readText(path), shown), shown);
}

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
    if (ids.has(launch.id)) throw field(`launches[${i}].id`, 'an id that is used once', launch.id);
    ids.add(launch.id);
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
