import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Type } from 'typebox';
import { FeedReader } from '../../channels/feed.ts';
import { listenForAlerts } from '../../channels/http.ts';
import {
  AlertKeyRecord,
  AlertKeyRing,
  CONTENT,
  type Incoming,
  type Receipt,
  ReferenceReceiver,
  sentTimeUs,
} from '../../channels/index.ts';
import { ReceiverIdentity, ReceiverKey } from '../../channels/receipts.ts';
import { isoToUs, usToIso } from '../../earth/time.ts';
import { readText } from '../../exercise/scenario.ts';
import { readCap } from '../../formats/index.ts';
import { BeaconfireError } from '../../model/errors.ts';
import { LANGUAGES, type Language, type Mode } from '../../model/nation.ts';
import { check, parseJson } from '../../model/schema.ts';
import { type Call, type CommandSpec, usage } from '../arguments.ts';

export const receive: CommandSpec = {
  name: 'receive',
  positionals: ['[PATH]'],
  about:
    'The reference receiver: verifies alerts, orders them, shows what holds and answers with a receipt. It shows nothing that\n' +
    'is unsigned, expired, contradictory or of the other mode. PATH is a CAP file (its signature beside it, NAME.jws), or the\n' +
    'folder of a run or of its alerts; without PATH it listens (POST /alerts) or polls a feed. Exit status 1 if a file is refused.',
  options: {
    keys: { value: 'FILE', about: 'the keys that are trusted (default: keys.json beside the alerts)' },
    mode: { value: 'exercise|live', about: 'what is shown (default exercise)' },
    at: {
      value: 'ISO',
      about:
        'the time by which alerts are judged (default: the time at which each was sent, of files; else now)',
    },
    port: { value: 'N', about: 'listen for pushed alerts on this port' },
    feed: { value: 'URL', about: 'poll this Atom feed every second' },
    identity: {
      value: 'FILE',
      about:
        'with --feed: sign receipts with the key in this file and post them to the feed; made there if there is none, with its\n' +
        'public half in FILE.pub for the publisher (publish --receivers)',
    },
    once: { about: 'with --feed: read it once and end' },
    lang: { value: 'en|ko|ja', about: 'language of what is shown (default en)' },
  },
  async run(call) {
    const mode = call.choice('mode', ['exercise', 'live'] as const) ?? 'exercise';
    const path = call.positionals[0];
    const [port, feed] = [call.integer('port', 0, 65535), call.text('feed')];
    if ([path, port, feed].filter((v) => v !== undefined).length !== 1)
      throw usage('receive: expected one of PATH, --port and --feed; see beaconfire receive --help');
    const at = call.text('at');
    const atUs = at === undefined ? undefined : isoToUs(at);
    if (at !== undefined && atUs === undefined)
      throw usage(`--at: expected a time (ISO 8601), found ${JSON.stringify(at)}`);
    if (path !== undefined) return receiveFiles(call, path, mode, atUs);
    const keys = call.text('keys');
    if (keys === undefined) throw usage('receive: --keys FILE is needed to know whom to trust');
    const receiver = new ReferenceReceiver(mode, loadKeys(keys));
    const nowUs = () => atUs ?? Date.now() * 1000;
    if (port !== undefined) {
      const { url } = await listenForAlerts(receiver, {
        port,
        timeOf: nowUs,
        onReceipt: (receipt, incoming) => tell(call, receiver, receipt, incoming, nowUs()),
      });
      process.stderr.write(`listening: POST ${url}/alerts (end with Ctrl-C)\n`);
      return new Promise((resolve) => process.once('SIGINT', () => resolve(0)));
    }
    return followFeed(call, receiver, feed!, mode, nowUs);
  },
};

const KeyFile = Type.Array(AlertKeyRecord, { minItems: 1, maxItems: 1000 });

function loadKeys(file: string): AlertKeyRing {
  return new AlertKeyRing(parseJson(KeyFile, readText(file), { file }));
}

/** The alerts of a folder in the order of their times; each is judged as of its sending unless `atUs` says otherwise. */
function receiveFiles(call: Call, path: string, mode: Mode, atUs: number | undefined): number {
  if (!existsSync(path))
    throw new BeaconfireError('BF_FILE', 'expected an alert or a folder of them, found nothing', {
      file: path,
    });
  const folder = statSync(path).isDirectory();
  const dir = folder ? (existsSync(join(path, 'alerts')) ? join(path, 'alerts') : path) : join(path, '..');
  const names = folder ? readdirSync(dir).filter((n) => n.endsWith('.xml')) : [basename(path)];
  if (names.length === 0)
    throw new BeaconfireError('BF_FILE', 'expected alerts (*.xml), found none', { file: dir });
  // A document that is broken, hostile or contradictory is bad input whoever signed it: told with file, line and field.
  if (!folder) readCap(readFileSync(path, 'utf8'), path);
  const keys = call.text('keys') ?? join(dir, 'keys.json');
  // A file from elsewhere without keys is trusted by nobody.
  const ring = call.text('keys') === undefined && !existsSync(keys) ? new AlertKeyRing([]) : loadKeys(keys);
  const receiver = new ReferenceReceiver(mode, ring);
  const found = names
    .map((name) => {
      const file = join(dir, name);
      const bytes = readFileSync(file);
      const signature = `${file.replace(/\.(?:xml|cap)$/, '')}.jws`;
      const jws = existsSync(signature) ? readFileSync(signature, 'utf8').trim() : undefined;
      const sentUs = sentTimeUs(bytes.subarray(0, 4000).toString('utf8')) ?? 0;
      return {
        name,
        sentUs,
        incoming: { contentType: CONTENT.cap, bytes, ...(jws === undefined ? {} : { jws }) } as Incoming,
      };
    })
    .sort((a, b) => a.sentUs - b.sentUs || (a.name < b.name ? -1 : 1));
  let refused = 0;
  for (const { name, sentUs, incoming } of found) {
    const nowUs = atUs ?? sentUs;
    const receipt = receiver.receive(incoming, nowUs);
    if (!receipt.accepted) refused++;
    tell(call, receiver, receipt, incoming, nowUs, name);
  }
  return refused > 0 ? 1 : 0;
}

async function followFeed(
  call: Call,
  receiver: ReferenceReceiver,
  feed: string,
  mode: Mode,
  nowUs: () => number,
): Promise<number> {
  const file = call.text('identity');
  const key = file === undefined ? undefined : identityOf(file, mode);
  const reader = new FeedReader(feed);
  let refused = false;
  let silent = '';
  for (;;) {
    try {
      await reader.poll(receiver, nowUs, key, (receipt, incoming, address) => {
        refused ||= !receipt.accepted;
        // A canary is acknowledged and never shown.
        if (!receipt.accepted || receipt.detail !== 'canary')
          tell(call, receiver, receipt, incoming, nowUs(), address);
      });
      silent = '';
    } catch (error) {
      if (call.flag('once')) throw error;
      // The feed may be away for a while: said once, and asked again.
      const why = error instanceof Error ? error.message : String(error);
      if (why !== silent) process.stderr.write(`${feed}: ${why}; asking again\n`);
      silent = why;
    }
    if (call.flag('once')) return refused ? 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

/** The receiver's key; a new one, with its public half beside it, if there is no such file. */
function identityOf(file: string, mode: Mode): ReceiverKey {
  if (existsSync(file)) {
    const key = ReceiverKey.fromIdentity(parseJson(ReceiverIdentity, readText(file), { file }), file);
    if (key.record.mode !== mode)
      throw new BeaconfireError('BF_KEY_MODE', `expected a key of mode ${mode}, found ${key.record.mode}`, {
        file,
      });
    return key;
  }
  const name = basename(file).replace(/\.\w+$/, '');
  const key = ReceiverKey.make(name, mode);
  const identity = check(ReceiverIdentity, key.identity(), { file });
  try {
    writeFileSync(file, `${JSON.stringify(identity)}\n`, { mode: 0o600, flag: 'wx' });
    writeFileSync(`${file}.pub`, `${JSON.stringify(key.record)}\n`);
  } catch (cause) {
    throw new BeaconfireError(
      'BF_FILE',
      `cannot be written: ${(cause as Error).message}`,
      { file },
      { cause },
    );
  }
  return key;
}

/** One line for each message; what is shown now follows a message that changed it. Nothing of a refused one is shown. */
function tell(
  call: Call,
  receiver: ReferenceReceiver,
  receipt: Receipt,
  incoming: Incoming,
  nowUs: number,
  name?: string,
): void {
  if (call.flag('json')) {
    const shown = receiver.current(nowUs).map((m) => m.identifier);
    const line = {
      ...(name === undefined ? {} : { name }),
      ...receipt,
      current: shown,
      conflicts: receiver.conflicts(nowUs),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const head = `${usToIso(nowUs).slice(0, 19)}Z ${name ?? ''}`.trimEnd();
  if (!receipt.accepted) {
    process.stdout.write(`${head}: REFUSED: ${receipt.reason}\n`);
    return;
  }
  process.stdout.write(`${head}: acknowledged, ${receipt.detail}\n`);
  const language: Language = call.choice('lang', LANGUAGES) ?? 'en';
  if (receipt.detail === 'cancelled') {
    const text = readCap(Buffer.from(incoming.bytes).toString('utf8')).infos.find((i) =>
      i.language.startsWith(language),
    );
    if (text) process.stdout.write(`    ${text.headline}\n    ${text.description}\n`);
  }
  for (const m of receipt.shown ? receiver.current(nowUs) : []) {
    const words = m.words[language] ?? Object.values(m.words)[0];
    process.stdout.write(`    ${words?.headline}\n    ${words?.text}\n`);
  }
  for (const c of receiver.conflicts(nowUs))
    process.stdout.write(`    CONFLICT on ${c.area}: ${c.danger} warns of it, ${c.none} does not\n`);
}
