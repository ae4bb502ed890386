import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmailChannel } from '../../channels/email.ts';
import { FeedServer, HttpPushChannel } from '../../channels/http.ts';
import { type Channel, CONTENT, type PublicMessage } from '../../channels/index.ts';
import { type ReadCap, readCap } from '../../formats/index.ts';
import { BeaconfireError } from '../../model/errors.ts';
import { type CommandSpec, usage } from '../arguments.ts';

/** A receiver that has not answered after this long is told as silent, ms. */
const WAIT_MS = 5000;

export const publish: CommandSpec = {
  name: 'publish',
  positionals: ['DIR'],
  about:
    'Sends the signed alerts of a run (exercises only) to real receivers, in order, and prints each receipt. Exit status 1 if\n' +
    'a receiver refuses one or is silent for five seconds.',
  options: {
    push: { value: 'URL,...', about: 'push over HTTP to these addresses (beaconfire receive --port)' },
    smtp: { value: 'HOST:PORT', about: 'mail server for e-mail' },
    to: { value: 'ADDRESS,...', about: 'list of e-mail addresses' },
    serve: { value: 'PORT', about: 'serve them as an Atom feed until Ctrl-C' },
  },
  async run(call) {
    const alerts = loadAlerts(call.positionals[0]);
    const [push, smtp, to, port] = [
      call.text('push'),
      call.text('smtp'),
      call.text('to'),
      call.integer('serve', 0, 65535),
    ];
    if ((smtp === undefined) !== (to === undefined)) throw usage('publish: --smtp and --to go together');
    const channels: Channel[] = [];
    if (push !== undefined) channels.push(new HttpPushChannel('exercise', push.split(',')));
    if (smtp !== undefined) {
      const at = /^(.+):(\d{1,5})$/.exec(smtp);
      if (!at) throw usage(`--smtp: expected HOST:PORT, found ${JSON.stringify(smtp)}`);
      const from = 'exercise@beaconfire.example';
      channels.push(
        new EmailChannel({ mode: 'exercise', host: at[1], port: Number(at[2]), from, to: to!.split(',') }),
      );
    }
    if (channels.length === 0 && port === undefined)
      throw usage('publish: expected --push, --smtp or --serve');
    let missing = 0;
    for (const { message } of alerts) {
      for (const channel of channels) missing += await sendOne(channel, message, call.flag('json'));
    }
    for (const channel of channels) if (channel instanceof EmailChannel) channel.close();
    if (port !== undefined) {
      const feed = new FeedServer('Beaconfire exercise');
      for (const { message, cap } of alerts) feed.add(message, cap.infos[0].headline, cap.sentUs);
      const { url } = await feed.listen(port);
      process.stderr.write(`serving ${url}/feed.atom (end with Ctrl-C)\n`);
      await new Promise((resolve) => process.once('SIGINT', resolve));
    }
    return missing > 0 ? 1 : 0;
  },
};

function loadAlerts(dir: string): { message: PublicMessage; cap: ReadCap }[] {
  const folder = existsSync(join(dir, 'alerts')) ? join(dir, 'alerts') : dir;
  const names = existsSync(folder) ? readdirSync(folder).filter((n) => n.endsWith('.xml')) : [];
  if (names.length === 0)
    throw new BeaconfireError('BF_FILE', 'expected the folder of a run with alerts, found none', {
      file: dir,
    });
  return names
    .map((name) => {
      const bytes = readFileSync(join(folder, name));
      const signature = join(folder, name.replace(/\.xml$/, '.jws'));
      if (!existsSync(signature))
        throw new BeaconfireError('BF_FILE', 'expected the signature of an alert, found none', {
          file: signature,
        });
      const cap = readCap(bytes.toString('utf8'), name);
      if (cap.status !== 'Exercise')
        throw new BeaconfireError(
          'BF_KEY_MODE',
          `expected an alert of an exercise, found one of status ${cap.status}`,
          { file: name },
        );
      const message: PublicMessage = {
        identifier: cap.identifier,
        chain: cap.references[0]?.identifier ?? cap.identifier,
        nation: cap.source.endsWith('KOR') ? 'KOR' : 'JPN',
        mode: 'exercise',
        contentType: CONTENT.cap,
        bytes,
        jws: readFileSync(signature, 'utf8').trim(),
      };
      return { message, cap };
    })
    .sort((a, b) => a.cap.sentUs - b.cap.sentUs || (a.cap.identifier < b.cap.identifier ? -1 : 1));
}

/** Sends one message and waits for the receipts; how many are missing. */
async function sendOne(channel: Channel, message: PublicMessage, json: boolean): Promise<number> {
  const waiting = new Set(channel.receivers);
  let refusals = 0;
  const say = (receiver: string, what: string, reason?: string) => {
    const line = {
      identifier: message.identifier,
      channel: channel.id,
      receiver,
      receipt: what,
      ...(reason ? { reason } : {}),
    };
    process.stdout.write(
      json
        ? `${JSON.stringify(line)}\n`
        : `${message.identifier} ${channel.id} ${receiver}: ${what}${reason ? `: ${reason}` : ''}\n`,
    );
  };
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, WAIT_MS);
    channel.send(message, ({ receiver, accepted, reason }) => {
      if (!waiting.delete(receiver)) return;
      if (!accepted) refusals++;
      say(receiver, accepted ? 'acknowledged' : 'REFUSED', reason);
      if (waiting.size > 0) return;
      clearTimeout(timer);
      resolve();
    });
  });
  for (const receiver of waiting) say(receiver, 'NO RECEIPT');
  return waiting.size + refusals;
}
