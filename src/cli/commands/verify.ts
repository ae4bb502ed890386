import { existsSync } from 'node:fs';
import { verifyRun } from '../../exchange/index.ts';
import { BeaconfireError } from '../../model/errors.ts';
import type { CommandSpec } from '../arguments.ts';

export const verify: CommandSpec = {
  name: 'verify',
  positionals: ['DIR'],
  about:
    'Checks the journals of a run: hash chains, signed heads and envelopes, what the other nations witnessed\nwhile they grew, and whether what each node says it sent is what the others say they received. Exit status 1 if anything does not hold.',
  options: {},
  async run(call) {
    const dir = call.positionals[0];
    if (!existsSync(dir))
      throw new BeaconfireError('BF_FILE', 'expected the folder of a run, found nothing', { file: dir });
    const report = verifyRun(dir);
    if (call.flag('json')) process.stdout.write(`${JSON.stringify(report)}\n`);
    else {
      const { counts } = report;
      process.stdout.write(
        `${counts.journals} journals, ${counts.records} records; ${counts.envelopes} envelopes: ${counts.sent} sent, ${counts.relayed} relayed, ${counts.received} received${counts.recalls > 0 ? `; ${counts.recalls} recalled, ${counts.recallsAcknowledged} of ${counts.recallHolders} holders acknowledged` : ''}${counts.beats > 0 ? `; ${counts.beats} beats witnessed` : ''}${counts.beatsAlone > 0 ? `, the last ${counts.beatsAlone} of them not by all` : ''}\n`,
      );
      for (const p of report.problems) {
        process.stdout.write(
          `${p.node}${p.seq > 0 ? `:${p.seq}` : ''}${p.item ? ` ${p.item}` : ''}: ${p.text}\n`,
        );
      }
      process.stdout.write(
        report.ok ? 'verified: the journals hold\n' : `NOT verified: ${report.problems.length} problems\n`,
      );
    }
    return report.ok ? 0 : 1;
  },
};
