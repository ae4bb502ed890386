import { existsSync } from 'node:fs';
import { missed } from '../../../bench/bench.ts';
import { BENCHES } from '../../../bench/index.ts';
import { BeaconfireError } from '../../model/errors.ts';
import { type CommandSpec, usage } from '../arguments.ts';
import { Progress } from '../output.ts';

export const bench: CommandSpec = {
  name: 'bench',
  positionals: ['[NAME]'],
  about: `Benchmarks: each row as measured, with the gate that must hold and the goal that is wanted. Exit status 1 if a\ngate is missed. NAME is one of ${Object.keys(BENCHES).join(', ')}; all without it.`,
  options: {
    quick: { about: 'fewer runs' },
    seed: { value: 'N', about: 'seed of what is drawn by chance (default 1)' },
    out: { value: 'DIR', about: 'an existing folder for the pages with plots' },
  },
  async run(call) {
    const name = call.positionals[0];
    if (name !== undefined && !Object.hasOwn(BENCHES, name)) {
      throw usage(`no benchmark ${JSON.stringify(name)}; there are ${Object.keys(BENCHES).join(', ')}`);
    }
    const outDir = call.text('out');
    if (outDir !== undefined && !existsSync(outDir))
      throw new BeaconfireError('BF_FILE', 'expected a folder, found nothing', { file: outDir });
    const seed = call.integer('seed', 0, 4294967295) ?? 1;
    let misses = 0;
    for (const chosen of name === undefined ? Object.keys(BENCHES) : [name]) {
      const measure = await BENCHES[chosen].load();
      const progress = new Progress(chosen, () => performance.now());
      const context = {
        nowMs: () => performance.now(),
        progress: (share: number) => progress.update(share),
        quick: call.flag('quick'),
        seed,
        outDir,
      };
      for await (const row of measure(context)) {
        progress.end();
        const bad = missed(row);
        if (bad) misses++;
        if (call.flag('json')) process.stdout.write(`${JSON.stringify(row)}\n`);
        else {
          const value =
            Math.abs(row.value) >= 100
              ? Math.round(row.value).toLocaleString('en')
              : row.value.toPrecision(3);
          const limits = [
            row.gate === null
              ? ''
              : `gate ${limit(row.gate)}${row.gateMax === undefined ? '' : ` to ${limit(row.gateMax)}`}`,
            row.goal === null ? '' : `goal ${row.goal}`,
          ]
            .filter(Boolean)
            .join(', ');
          process.stdout.write(
            `${row.name.padEnd(52)} ${value.padStart(12)} ${row.unit}${limits === '' ? '' : `  (${limits})`}${bad ? '  GATE MISSED' : ''}\n`,
          );
        }
      }
      progress.end();
    }
    return misses > 0 ? 1 : 0;
  },
};

/** Four digits are enough of a limit that was computed. */
function limit(value: number): string {
  return String(Number(value.toPrecision(4)));
}
