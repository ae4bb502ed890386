import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportOf } from '../../exercise/report.ts';
import { BeaconfireError } from '../../model/errors.ts';
import type { CommandSpec } from '../arguments.ts';

export const report: CommandSpec = {
  name: 'report',
  positionals: ['DIR'],
  about: 'The after-action report of a run, as one HTML file that needs nothing else.',
  options: { out: { value: 'FILE.html', about: 'where to write it (default DIR/report.html)' } },
  async run(call) {
    const folder = call.positionals[0];
    const html = reportOf(folder);
    const path = call.text('out') ?? join(folder, 'report.html');
    try {
      writeFileSync(path, html);
    } catch (cause) {
      throw new BeaconfireError(
        'BF_FILE',
        `cannot be written: ${(cause as Error).message}`,
        { file: path },
        { cause },
      );
    }
    process.stdout.write(call.flag('json') ? `${JSON.stringify({ report: path })}\n` : `written: ${path}\n`);
    return 0;
  },
};
