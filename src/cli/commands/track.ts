import { closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { BeaconfireError } from '../../model/errors.ts';
import { type Plot, readPlot } from '../../model/plot.ts';
import { parseJson, show } from '../../model/schema.ts';
import { type Sensor, SensorFile } from '../../model/sensor.ts';
import { type Refusal, runTracker, type TrackerCounts } from '../../tracking/index.ts';
import { type CommandSpec, usage } from '../arguments.ts';
import { inputName, ndjsonLines, readInput } from '../input.ts';
import { Progress } from '../output.ts';

/** Lines are written in blocks of this many characters. */
const BLOCK = 1 << 20;
/** So many refused plots are named; the others are counted. */
const NAMED = 20;

export const track: CommandSpec = {
  name: 'track',
  positionals: [],
  about:
    "Runs one nation's tracker over recorded plots, in any order, and prints NDJSON: one line per track update, and the\nlaunch and impact estimates. - reads the plots from standard input. A plot that cannot be used (an impossible value, an\nunknown sensor) is refused by itself, counted and named with its line in the summary on standard error. Exit status 2 if\nthe file does not hold plots, or impossible ones alone.",
  options: {
    sensors: { value: 'FILE', about: 'the sensors, a JSON array', required: true },
    plots: { value: 'FILE', about: 'the plots, NDJSON; - for standard input', required: true },
    drag: {
      value: 'unknown|none',
      about: 'drag on what falls: unknown (default), or none for arcs known to be in vacuum',
    },
    out: { value: 'FILE', about: 'write the lines there and print a summary (default: to standard output)' },
  },
  async run(call) {
    const sensorFile = call.text('sensors')!;
    if (sensorFile === '-' && call.text('plots') === '-')
      throw usage('track: only one of --sensors and --plots can be standard input');
    const sensors = readSensors(sensorFile);
    const refusals = new Refusals(call.text('plots')!);
    const { plots, lineOf } = readPlots(call.text('plots')!, refusals);
    // Not one that can be used: nothing is worked, and nothing written.
    if (plots.length === 0) refusals.throwIfAny();
    const out = call.text('out');
    const progress = new Progress('track', () => performance.now());
    let done = 0;
    const vacuum = call.choice('drag', ['unknown', 'none']) === 'none';
    const lines = runTracker(sensors, plots, {
      vacuum,
      onProgress: (n) => {
        done += n;
        progress.update(done / plots.length);
      },
      onRefused: (plot, reason) =>
        refusals.add(reason, () => ({ line: lineOf(plot), detail: `sensor ${show(plot.sensor)}` })),
    });
    const { counts, tracks, updates } =
      out === undefined ? writeLines(lines, (text) => process.stdout.write(text)) : writeFile(lines, out);
    progress.end();
    const { counts: refused, named } = refusals;
    const summary = {
      plots: counts.plots + refusals.unread,
      tracks: tracks.size,
      updates,
      refused: Object.fromEntries(refused),
      refusedPlots: named,
    };
    if (out !== undefined && call.flag('json'))
      process.stdout.write(`${JSON.stringify({ ...summary, out })}\n`);
    else if (refused.size > 0 || out !== undefined) {
      const told = refusals.told();
      process.stderr.write(
        `${summary.plots} plots, ${tracks.size} confirmed tracks, ${updates} updates${told === '' ? '' : `; refused: ${told}`}\n`,
      );
    }
    return 0;
  },
};

function readSensors(path: string): Sensor[] {
  const sensors = parseJson(SensorFile, readInput(path), { file: inputName(path) });
  const seen = new Set<string>();
  sensors.forEach((s, i) => {
    const place = { file: inputName(path), field: `[${i}]` };
    if (seen.has(s.id))
      throw new BeaconfireError(
        'BF_FIELD',
        `expected an id that is used once, found ${JSON.stringify(s.id)}`,
        { ...place, field: `[${i}].id` },
      );
    seen.add(s.id);
    if (s.kind !== 'radar') return;
    const given = [s.latitudeDeg, s.longitudeDeg, s.heightM].filter((v) => v !== undefined).length;
    if (given !== 0 && given !== 3) {
      throw new BeaconfireError(
        'BF_FIELD',
        'expected latitudeDeg, longitudeDeg and heightM, or none of them for a moving radar, found some',
        place,
      );
    }
  });
  return sensors;
}

/** Plots that were refused: how many by reason, and the first of them by name. */
class Refusals {
  readonly counts = new Map<Refusal, number>();
  readonly named: { line: number; reason: Refusal; detail: string }[] = [];
  /** Those that never reached the tracker. */
  unread = 0;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  add(reason: Refusal, of: () => { line: number; detail: string }): void {
    this.counts.set(reason, (this.counts.get(reason) ?? 0) + 1);
    if (this.named.length < NAMED) this.named.push({ ...of(), reason });
  }

  /** "2 impossible (lines 3, 7), 40 unknownSensor (lines 9, 12, ...)". */
  told(): string {
    return [...this.counts]
      .map(([reason, n]) => {
        const lines = this.named
          .filter((r) => r.reason === reason)
          .map((r) => r.line)
          .sort((a, b) => a - b);
        if (lines.length === 0) return `${n} ${reason}`;
        return `${n} ${reason} (line${n > 1 ? 's' : ''} ${lines.join(', ')}${lines.length < n ? ', ...' : ''})`;
      })
      .join(', ');
  }

  throwIfAny(): void {
    const [first] = this.named;
    if (!first) return;
    throw new BeaconfireError('BF_FIELD', `${first.detail}; no plot of the file can be used`, {
      file: inputName(this.#path),
      line: first.line,
    });
  }
}

function readPlots(path: string, refusals: Refusals): { plots: Plot[]; lineOf: (plot: Plot) => number } {
  const file = inputName(path);
  const plots: Plot[] = [];
  const lines: number[] = [];
  for (const { line, text } of ndjsonLines(readInput(path))) {
    const read = readPlot(text, { file, line });
    if ('plot' in read) {
      plots.push(read.plot);
      lines.push(line);
    } else {
      refusals.unread++;
      refusals.add(read.refused, () => ({ line, detail: read.detail }));
    }
  }
  return { plots, lineOf: (plot) => lines[plots.indexOf(plot)] };
}

interface Written {
  counts: TrackerCounts;
  tracks: Set<unknown>;
  updates: number;
}

function writeLines(
  lines: Generator<Record<string, unknown>, TrackerCounts>,
  write: (text: string) => void,
): Written {
  const tracks = new Set<unknown>();
  let updates = 0;
  let block = '';
  for (let next = lines.next(); ; next = lines.next()) {
    if (next.done) {
      if (block !== '') write(block);
      return { counts: next.value, tracks, updates };
    }
    tracks.add(next.value.track);
    if (next.value.estimate === undefined) updates++;
    block += `${JSON.stringify(next.value)}\n`;
    if (block.length >= BLOCK) {
      write(block);
      block = '';
    }
  }
}

/** Writes beside the file and moves it into place whole. */
function writeFile(lines: Generator<Record<string, unknown>, TrackerCounts>, name: string): Written {
  // A link is followed; what is no plain file (a terminal, /dev/null) is written to and never replaced.
  const known = statSync(name, { throwIfNoEntry: false });
  const path = known ? realpathSync(name) : name;
  const partial = known && !known.isFile() ? path : `${path}.partial`;
  try {
    const fd = openSync(partial, 'w');
    let written: Written;
    try {
      written = writeLines(lines, (text) => writeSync(fd, text));
    } finally {
      closeSync(fd);
    }
    if (partial !== path) renameSync(partial, path);
    return written;
  } catch (cause) {
    if (partial !== path) rmSync(partial, { force: true });
    if (cause instanceof BeaconfireError) throw cause;
    throw new BeaconfireError(
      'BF_FILE',
      `cannot be written: ${(cause as Error).message}`,
      { file: path },
      { cause },
    );
  }
}
