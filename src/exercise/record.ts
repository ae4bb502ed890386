/** What a run leaves behind, written as it comes. */
import { usToIso } from '../earth/time.ts';
import { type JournalSink, keyFileText } from '../exchange/index.ts';
import { NATIONS, type Nation } from '../model/nation.ts';
import { plotToRecord } from '../model/plot.ts';
import { estimateToRecord, trackStateToRecord } from '../model/track.ts';
import type { IssuedWarning } from '../warning/index.ts';
import { alertFiles } from './alerts.ts';
import { ExerciseRun, type RunOptions } from './run.ts';
import { MemoryFiles, type RunFiles } from './run-files.ts';
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
  readonly #files: RunFiles;
  readonly #tracks: ReadonlyMap<Nation, JournalSink>;
  readonly #warnings: ReadonlyMap<Nation, JournalSink>;
  readonly #seen = new Map<string, { version: number; launchUs: number; impactUs: number }>();

  constructor(files: RunFiles) {
    this.#files = files;
    this.#tracks = new Map(NATIONS.map((n) => [n, files.sink(`tracks.${n}.ndjson`)]));
    this.#warnings = new Map(NATIONS.map((n) => [n, files.sink(`warnings.${n}.ndjson`)]));
  }

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
        lines.append(`${JSON.stringify(trackStateToRecord(state))}\n`);
        if (launch && launch.timeUs > seen.launchUs) {
          seen.launchUs = launch.timeUs;
          lines.append(`${JSON.stringify(estimateToRecord(track.id, launch))}\n`);
        }
        if (impact && impact.timeUs >= seen.impactUs + ESTIMATE_EVERY_US) {
          seen.impactUs = impact.timeUs;
          lines.append(`${JSON.stringify(estimateToRecord(track.id, impact))}\n`);
        }
      }
    }
  }

  onWarning(nation: Nation, { warning, cap }: IssuedWarning): void {
    const { sentUs, expiresUs, ...rest } = warning;
    this.#warnings
      .get(nation)!
      .append(`${JSON.stringify({ sent: usToIso(sentUs), expires: usToIso(expiresUs), ...rest })}\n`);
    this.#files.put(`alerts/${warning.identifier}.xml`, cap);
  }
}

/** Runs a scenario to its end and gathers what it leaves. `onProgress` gets the share that is done. */
export function recordRun(options: RunOptions, onProgress?: (share: number) => void): RunRecord {
  const files = new MemoryFiles();
  const { run, finish } = startRecording(options, files);
  for (const share of steps(run)) onProgress?.(share);
  return { summary: finish(), files: files.texts() };
}

/** Runs a scenario to its end, each file written as it grows. The program can be interrupted meanwhile. */
export async function recordRunInto(
  files: RunFiles,
  options: RunOptions,
  onProgress?: (share: number) => void,
): Promise<Summary> {
  const { run, finish } = startRecording(options, files);
  for (const share of steps(run)) {
    onProgress?.(share);
    await new Promise(setImmediate);
  }
  return finish();
}

/** A run at its start, and what ends its record once somebody has brought it to its end. */
export function startRecording(
  options: RunOptions,
  files: RunFiles,
): { run: ExerciseRun; finish: () => Summary } {
  const recorder = new Recorder(files);
  const scorer = new Scorer();
  const run = new ExerciseRun({
    ...options,
    sink: (node) => files.sink(`journal/${node}/journal.ndjson`),
    onTick: (r) => {
      recorder.onTick(r);
      scorer.onTick(r);
    },
    onWarning: (nation, issued) => recorder.onWarning(nation, issued),
  });
  writeWorld(files, options);
  return {
    run,
    finish: () => {
      for (const [path, text] of alertFiles(run)) files.put(path, text);
      for (const [path, text] of run.witnessFiles()) files.put(`journal/${path}`, text);
      files.put('journal/keys.json', keyFileText(run.ring, options.scenario.mode, true));
      return summarise(run, scorer);
    },
  };
}

/** Only the summary: for comparisons, where nobody reads the rest. */
export function scoreRun(options: RunOptions, onProgress?: (share: number) => void): Summary {
  const scorer = new Scorer();
  const run = new ExerciseRun({ ...options, onTick: (r) => scorer.onTick(r) });
  for (const share of steps(run)) onProgress?.(share);
  return summarise(run, scorer);
}

/** Of the exercise done between two looks at what else there is to do, us. */
const STEP_US = 2e6;

/** Brings a run to its end in steps; after each the share that is done. */
function* steps(run: ExerciseRun): Generator<number> {
  const { startUs, endUs } = run;
  while (!run.ended) {
    run.advanceTo(run.nowUs + STEP_US);
    yield (run.nowUs - startUs) / (endUs - startUs);
  }
}

/** All plots, and the flights with one state a second. */
function writeWorld(files: RunFiles, { world }: RunOptions): void {
  const truth = files.sink('truth.ndjson');
  const state = new Float64Array(6);
  for (const f of world.flights) {
    for (let t = 0; t <= f.flight.flightTimeS; t++) {
      f.flight.stateAt(t, state);
      const [x, y, z, vx, vy, vz] = state;
      const line = {
        launch: f.id,
        time: usToIso(f.launchUs + t * 1e6),
        positionEcefM: [x, y, z],
        velocityEcefMps: [vx, vy, vz],
        thrusting: f.flight.thrusting(t),
      };
      truth.append(`${JSON.stringify(line)}\n`);
    }
  }
  const plots = files.sink('plots.ndjson');
  for (const { plot } of world.plots) plots.append(`${JSON.stringify(plotToRecord(plot))}\n`);
}
