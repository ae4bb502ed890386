import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmailChannel } from '../../channels/email.ts';
import { AtomFeedChannel } from '../../channels/feed.ts';
import { HttpPushChannel } from '../../channels/http.ts';
import { type Channel, CONTENT, type PublicMessage } from '../../channels/index.ts';
import { ReceiverRecord } from '../../channels/receipts.ts';
import { readText } from '../../exercise/scenario.ts';
import { readCap } from '../../formats/index.ts';
import { BeaconfireError } from '../../model/errors.ts';
import { parseJson } from '../../model/schema.ts';
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
    receivers: {
      value: 'FILE,...',
      about: 'with --serve: receivers whose signed receipts are waited for (FILE.pub of receive --identity)',
    },
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
    const named = call.text('receivers')?.split(',') ?? [];
    if (named.length > 0 && port === undefined) throw usage('publish: --receivers goes with --serve');
    const feed = port === undefined ? undefined : feedOf(named);
    const listening = await feed?.listen(port!);
    if (listening) process.stderr.write(`serving ${listening.url}/feed.atom (end with Ctrl-C)\n`);
    if (feed && feed.receivers.length > 0) channels.push(feed);
    let missing = 0;
    for (const message of alerts) {
      if (feed?.receivers.length === 0) feed.send(message, () => {});
      for (const channel of channels) missing += await sendOne(channel, message, call.flag('json'));
    }
    for (const channel of channels) if (channel instanceof EmailChannel) channel.close();
    if (listening) {
      await new Promise((resolve) => process.once('SIGINT', resolve));
      await listening.close();
    }
    return missing > 0 ? 1 : 0;
  },
};

function feedOf(files: readonly string[]): AtomFeedChannel {
  const receivers = files.map((file) => parseJson(ReceiverRecord, readText(file), { file }));
  const nowUs = () => Date.now() * 1000;
  return new AtomFeedChannel({ mode: 'exercise', title: 'Beaconfire exercise', receivers, nowUs });
}

/** The signed alerts of a run in the order of their times. */
function loadAlerts(dir: string): PublicMessage[] {
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
    .sort((a, b) => a.cap.sentUs - b.cap.sentUs || (a.cap.identifier < b.cap.identifier ? -1 : 1))
    .map(({ message }) => message);
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
