import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { prepareRun } from '../../exercise/run.ts';
import { PROJECT_ROOT } from '../../exercise/scenario.ts';
import { ExerciseSession } from '../../exercise/session.ts';
import { BeaconfireError } from '../../model/errors.ts';
import { startServer } from '../../node/server.ts';
import { type CommandSpec, usage } from '../arguments.ts';
import { RUN_OPTIONS, runRequest } from './run.ts';

export const DEFAULT_SCENARIO = '2022-10-04-over-japan';

export const start: CommandSpec = {
  name: 'start',
  positionals: ['[SCENARIO]'],
  about: `Runs a scenario with its nodes in this process and serves the operational picture of each nation.\nSCENARIO is a name in scenarios/ or a path (default ${DEFAULT_SCENARIO}).`,
  options: {
    speed: { value: '1|10|60|max', about: 'exercise seconds per second (default 10)' },
    port: { value: 'PORT', about: 'port of the page (default 8484; 0 takes a free one)' },
    host: { value: 'HOST', about: 'address to listen on (default 127.0.0.1)' },
    approval: {
      value: 'rule|people',
      about:
        'who lets public warnings out: a rule signed beforehand (default), or two people on the page each time (then the default speed is 1)',
    },
    ...RUN_OPTIONS,
  },
  async run(call) {
    const approval = call.choice('approval', ['rule', 'people']) ?? 'rule';
    const text = call.text('speed') ?? (approval === 'people' ? '1' : '10');
    const speed = text === 'max' ? Infinity : Number(text);
    if (!(speed > 0) || (speed !== Infinity && speed > 1000))
      throw usage(`--speed: expected 1, 10, 60 or max, found ${JSON.stringify(text)}`);
    const port = call.integer('port', 0, 65535) ?? 8484;
    const host = call.text('host') ?? '127.0.0.1';
    const webRoot = join(PROJECT_ROOT, 'dist', 'web');
    if (!existsSync(join(webRoot, 'index.html'))) {
      throw new BeaconfireError(
        'BF_FILE',
        'the page is not built; run `npm start` once, or `node scripts/setup.mjs`',
        { file: 'dist/web' },
      );
    }
    const options = prepareRun(runRequest(call, call.positionals[0] ?? DEFAULT_SCENARIO));
    const session = new ExerciseSession({ ...options, approval }, speed);
    const people = approval === 'people' ? session.people() : [];
    const server = await startServer({ host, port, webRoot, feeds: session.feeds() });
    if (call.flag('json'))
      process.stdout.write(
        `${JSON.stringify({ url: server.url, ...(people.length > 0 ? { people } : {}) })}\n`,
      );
    else {
      const { scenario } = session.run.options;
      process.stdout.write(
        `Beaconfire · EXERCISE · ${scenario.title.en}\n\n  ${server.url}\n\nSimulated flight, notional sensors. It begins when the page is opened. Ctrl-C ends it.\n`,
      );
      if (people.length > 0)
        process.stdout.write(
          `\nTwo people sign each public warning. Exercise codes, one for each person:\n${people.map((p) => `  ${p.nation} ${p.person.padEnd(11)} ${p.code}\n`).join('')}`,
        );
    }
    // Whoever opens the page sees the launch: the clock starts with the first page, unless a speed was asked for.
    let begun = call.text('speed') !== undefined;
    let last = performance.now();
    const ticker = setInterval(() => {
      const now = performance.now();
      begun ||= server.clients() > 0;
      if (begun) session.advance((now - last) / 1000);
      last = now;
    }, 50);
    const sender = setInterval(() => server.broadcast(), 250);
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
    clearInterval(ticker);
    clearInterval(sender);
    await server.close();
    return 0;
  },
};
