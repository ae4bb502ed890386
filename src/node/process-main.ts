/** `node --import tsx src/node/process-main.ts CONFIG.json`: one node as a process. */
import { runProcess } from './process.ts';
import { readProcessConfig } from './process-wire.ts';

try {
  await runProcess(readProcessConfig(process.argv[2] ?? ''), process.stdin, (line) => {
    process.stdout.write(`${JSON.stringify(line)}\n`);
  });
  process.exit(0);
} catch (error) {
  process.stderr.write(`beaconfire: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
}
