/** What a run leaves behind. Everything is gathered first and moved into place whole: a run never leaves half a folder. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { usToIso } from '../earth/time.ts';
import { keyFileText, memorySink } from '../exchange/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import { NATIONS, type Nation, type NodeId } from '../model/nation.ts';
import { plotToRecord } from '../model/plot.ts';
import { estimateToRecord, trackStateToRecord } from '../model/track.ts';
import type { IssuedWarning } from '../warning/index.ts';
import { alertFiles } from './alerts.ts';
import { ExerciseRun, type RunOptions } from './run.ts';
import { Scorer, summarise } from './score.ts';
import type { Summary } from './summary.ts';

export interface RunRecord {
  summary: Summary;
  /** Path below the run's folder, and content. */
  files: Map<string, string>;
}

/** Estimates of a track are recorded at most this often, us. */
const ESTIMATE_EVERY_US = 1e6;

class Recorder {
  readonly #tracks = new Map<Nation, string[]>(NATIONS.map((n) => [n, []]));
  readonly #warnings = new Map<Nation, string[]>(NATIONS.map((n) => [n, []]));
  readonly #alerts = new Map<string, string>();
  readonly #seen = new Map<string, { version: number; launchUs: number; impactUs: number }>();

  onTick(run: ExerciseRun): void {
    for (const node of run.nodes()) {
      const lines = this.#tracks.get(node.nation)!;
      for (const track of node.pictureOf.tracks()) {
        const key = `${node.nation}/${track.id}`;
        let seen = this.#seen.get(key);
        if (!seen) {
          seen = { version: -1, launchUs: 0, impactUs: 0 };
          this.#seen.set(key, seen);
        }
        const { fused, launch, impact } = track;
        if (fused.version === seen.version) continue;
        seen.version = fused.version;
        const { timeUs, phase, plots } = fused;
        const state = {
          track: track.id,
          timeUs,
          state: [...fused.state],
          covariance: [...fused.covariance],
          phase,
          plots,
        };
        lines.push(JSON.stringify(trackStateToRecord(state)));
        if (launch && launch.timeUs > seen.launchUs) {
          seen.launchUs = launch.timeUs;
          lines.push(JSON.stringify(estimateToRecord(track.id, launch)));
        }
        if (impact && impact.timeUs >= seen.impactUs + ESTIMATE_EVERY_US) {
          seen.impactUs = impact.timeUs;
          lines.push(JSON.stringify(estimateToRecord(track.id, impact)));
        }
      }
    }
  }

  onWarning(nation: Nation, { warning, cap }: IssuedWarning): void {
    const { sentUs, expiresUs, ...rest } = warning;
    this.#warnings
      .get(nation)!
      .push(JSON.stringify({ sent: usToIso(sentUs), expires: usToIso(expiresUs), ...rest }));
    this.#alerts.set(`alerts/${warning.identifier}.xml`, cap);
  }

  files(): [string, string][] {
    const text = (lines: string[]): string => lines.map((l) => `${l}\n`).join('');
    return [
      ...NATIONS.map((n): [string, string] => [`tracks.${n}.ndjson`, text(this.#tracks.get(n)!)]),
      ...NATIONS.map((n): [string, string] => [`warnings.${n}.ndjson`, text(this.#warnings.get(n)!)]),
      ...this.#alerts,
    ];
  }
}

/** Runs a scenario to its end and gathers what it leaves. `onProgress` gets the share that is done. */
export function recordRun(options: RunOptions, onProgress?: (share: number) => void): RunRecord {
  const { run, finish } = startRecording(options);
  runThrough(run, onProgress);
  return finish();
}

/** A run at its start, and what gathers its record once somebody has brought it to its end. */
export function startRecording(options: RunOptions): { run: ExerciseRun; finish: () => RunRecord } {
  const journals = new Map<NodeId, ReturnType<typeof memorySink>>();
  const recorder = new Recorder();
  const scorer = new Scorer();
  const run = new ExerciseRun({
    ...options,
    sink: (node) => {
      const sink = memorySink();
      journals.set(node, sink);
      return sink;
    },
    onTick: (r) => {
      recorder.onTick(r);
      scorer.onTick(r);
    },
    onWarning: (nation, issued) => recorder.onWarning(nation, issued),
  });
  return { run, finish: () => gather(run, scorer, recorder, journals) };
}

function gather(
  run: ExerciseRun,
  scorer: Scorer,
  recorder: Recorder,
  journals: ReadonlyMap<NodeId, { text(): string }>,
): RunRecord {
  const { options } = run;
  const summary = summarise(run, scorer);
  const files = new Map<string, string>([...recorder.files(), ...alertFiles(run)]);
  files.set('truth.ndjson', truthText(options));
  files.set(
    'plots.ndjson',
    options.world.plots.map((p) => `${JSON.stringify(plotToRecord(p.plot))}\n`).join(''),
  );
  for (const [node, sink] of journals) files.set(`journal/${node}/journal.ndjson`, sink.text());
  for (const [path, text] of run.witnessFiles()) files.set(`journal/${path}`, text);
  files.set('journal/keys.json', keyFileText(run.ring, options.scenario.mode, true));
  return { summary, files };
}

/** Only the summary: for comparisons, where nobody reads the rest. */
export function scoreRun(options: RunOptions, onProgress?: (share: number) => void): Summary {
  const scorer = new Scorer();
  const run = new ExerciseRun({ ...options, onTick: (r) => scorer.onTick(r) });
  runThrough(run, onProgress);
  return summarise(run, scorer);
}

function runThrough(run: ExerciseRun, onProgress?: (share: number) => void): void {
  const { startUs, endUs } = run;
  while (!run.ended) {
    run.advanceTo(run.nowUs + 10e6);
    onProgress?.((run.nowUs - startUs) / (endUs - startUs));
  }
}

/** The flights, one state a second. */
function truthText({ world }: RunOptions): string {
  const state = new Float64Array(6);
  const lines: string[] = [];
  for (const f of world.flights) {
    for (let t = 0; t <= f.flight.flightTimeS; t++) {
      f.flight.stateAt(t, state);
      const [x, y, z, vx, vy, vz] = state;
      lines.push(
        `${JSON.stringify({
          launch: f.id,
          time: usToIso(f.launchUs + t * 1e6),
          positionEcefM: [x, y, z],
          velocityEcefMps: [vx, vy, vz],
          thrusting: f.flight.thrusting(t),
        })}\n`,
      );
    }
  }
  return lines.join('');
}

/** What a run leaves in its folder; nothing else may lie in a folder that a run replaces. */
const RUN_ENTRIES =
  /^(summary\.json|(truth|plots|(tracks|warnings|receipts)\.[A-Z]{3})\.ndjson|alerts|journal|report\.html)$/;

/**
 * Throws BF_FILE unless a run may be written to the folder: it is new, empty, or holds an earlier run and nothing
 * else, and a folder can be made beside it. Asked before the work, so that none is done in vain.
 */
export function checkOut(dir: string): void {
  const fail = (found: string): never => {
    throw new BeaconfireError(
      'BF_FILE',
      `expected a new or empty folder, or one with an earlier run alone, found ${found}`,
      { file: dir },
    );
  };
  if (dir.trim() === '') fail('no name');
  const place = resolve(dir);
  if (`${process.cwd()}${sep}`.startsWith(place.endsWith(sep) ? place : `${place}${sep}`))
    fail('the folder you are in');
  if (existsSync(place)) {
    if (!statSync(place).isDirectory()) fail('a file');
    const entries = readdirSync(place);
    const strange = entries.find((e) => !RUN_ENTRIES.test(e));
    if (strange !== undefined) fail(`other files in it (${strange})`);
    if (entries.length > 0 && !isSummary(join(place, 'summary.json')))
      fail('other files in it (no summary of a run)');
  }
  try {
    mkdirSync(dirname(place), { recursive: true });
    rmSync(mkdtempSync(join(dirname(place), `.${basename(place)}-`)), { recursive: true });
  } catch (cause) {
    throw cannotWrite(dir, cause);
  }
}

function isSummary(path: string): boolean {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Summary> | null;
    return typeof value?.scenario === 'string' && Array.isArray(value.launches);
  } catch {
    return false;
  }
}

function cannotWrite(file: string, cause: unknown): BeaconfireError {
  return new BeaconfireError(
    'BF_FILE',
    `cannot be written: ${(cause as Error).message}`,
    { file },
    { cause },
  );
}

/** Writes a run beside its place and moves it there whole; an earlier run in that place goes only after that. */
export function writeRun(dir: string, files: ReadonlyMap<string, string>): void {
  checkOut(dir);
  const place = resolve(dir);
  const scratch = mkdtempSync(join(dirname(place), `.${basename(place)}-`));
  try {
    const made = new Set<string>();
    for (const [path, text] of files) {
      const folder = dirname(join(scratch, path));
      if (!made.has(folder)) mkdirSync(folder, { recursive: true });
      made.add(folder);
      writeFileSync(join(scratch, path), text);
    }
    mkdirSync(join(scratch, 'alerts'), { recursive: true });
    const earlier = existsSync(place) ? `${scratch}-earlier` : undefined;
    if (earlier) renameSync(place, earlier);
    renameSync(scratch, place);
    if (earlier) rmSync(earlier, { recursive: true, force: true });
  } catch (cause) {
    rmSync(scratch, { recursive: true, force: true });
    throw cannotWrite(dir, cause);
  }
}
