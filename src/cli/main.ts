/** The `beaconfire` command: finds the command, runs it, turns errors into one line and an exit status. */
import { readFileSync } from 'node:fs';
import { BeaconfireError } from '../model/errors.ts';
import { type CommandSpec, helpText, parseCall } from './arguments.ts';

/** Loaded when called: a decision does not wait for the compiler to read the tracker. */
const COMMANDS: Record<string, { about: string; load: () => Promise<CommandSpec> }> = {
  start: {
    about: 'run a scenario and serve the operational picture of each nation',
    load: async () => (await import('./commands/start.ts')).start,
  },
  run: {
    about: 'run a scenario without a screen and write its files',
    load: async () => (await import('./commands/run.ts')).run,
  },
  fly: {
    about: 'one flight fitted to a published apogee and range',
    load: async () => (await import('./commands/fly.ts')).fly,
  },
  track: {
    about: "run one nation's tracker over recorded plots",
    load: async () => (await import('./commands/track.ts')).track,
  },
  decide: {
    about: 'the release decision for an item',
    load: async () => (await import('./commands/decide.ts')).decideCommand,
  },
  compare: {
    about: 'the same flight under different agreements',
    load: async () => (await import('./commands/compare.ts')).compare,
  },
  verify: {
    about: 'check the journals of a run',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  why: {
    about: 'why items of a run were released or not, for each nation',
    load: async () => (await import('./commands/why.ts')).why,
  },
  recall: {
    about: 'withdraw an item at the running node of its originator',
    load: async () => (await import('./commands/recall.ts')).recall,
  },
  agreements: {
    about: 'list agreements, or check one that was written: what is wrong or ambiguous with it',
    load: async () => (await import('./commands/agreements.ts')).agreements,
  },
  report: {
    about: 'the after-action report of a run',
    load: async () => (await import('./commands/report.ts')).report,
  },
  receive: {
    about: 'the reference receiver of alerts: verifies, orders, shows, acknowledges',
    load: async () => (await import('./commands/receive.ts')).receive,
  },
  publish: {
    about: 'send the signed alerts of a run to real receivers: feed, push, e-mail',
    load: async () => (await import('./commands/publish.ts')).publish,
  },
  'nats-config': {
    about: 'configuration and keys of the NATS servers between the nodes',
    load: async () => (await import('./commands/nats-config.ts')).natsConfig,
  },
  bench: { about: 'benchmarks', load: async () => (await import('./commands/bench.ts')).bench },
};

const OVERVIEW = `Beaconfire: an open trilateral missile-warning exchange (exercises on simulated flights).

beaconfire COMMAND [options]

${Object.entries(COMMANDS)
  .map(([name, c]) => `  ${name.padEnd(10)}  ${c.about}`)
  .join('\n')}

beaconfire COMMAND --help tells a command's options. Exit status: 0 done, 1 the work found a failure,
2 bad usage or bad input.
`;

/** Runs one command line; the exit status. */
export async function main(argv: string[]): Promise<number> {
  // A reader that stops early (`| head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(
      `beaconfire: standard output cannot be written: ${error.code ?? error.message} [BF_FILE]\n`,
    );
    process.exit(2);
  });
  const [name, ...rest] = argv;
  try {
    if (name === 'help' && rest.length > 0) return await main([rest[0], '--help']);
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      process.stdout.write(OVERVIEW);
      return name === undefined ? 2 : 0;
    }
    if (name === '--version') {
      const { version } = JSON.parse(
        readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
      ) as { version: string };
      process.stdout.write(`${version}\n`);
      return 0;
    }
    const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!entry) {
      throw new BeaconfireError(
        'BF_USAGE',
        `no command ${JSON.stringify(name)}; there are ${Object.keys(COMMANDS).join(', ')}`,
      );
    }
    const spec = await entry.load();
    const call = parseCall(spec, rest);
    if (call.flag('help')) {
      process.stdout.write(helpText(spec));
      return 0;
    }
    return await spec.run(call);
  } catch (error) {
    const known = error instanceof BeaconfireError;
    const line = known
      ? error.message
      : `${error instanceof Error ? error.message : String(error)} [BF_INTERNAL]`;
    process.stderr.write(`beaconfire: ${line.replaceAll('\n', ' ')}\n`);
    if (rest.includes('--debug') && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    return known ? error.status : 1;
  }
}
