/**
 * The Atom feed over plain HTTP as a channel with receipts: alerts and canaries wait in the feed, receivers poll it and post
 * what became of each, signed. The publisher's limits of time, alarms and comparison are the same as of any other channel.
 */
import { sha256 } from '../exchange/index.ts';
import { readCap } from '../formats/index.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Mode } from '../model/nation.ts';
import type { IssuedWarning } from '../warning/index.ts';
import { atomFeed, type FeedItem, readFeed } from './atom.ts';
import { type Channel, CONTENT, type Outcome, type PublicMessage, type Rendered } from './channel.ts';
import { type Answer, boundedText, type Listening, serve, TIMEOUT_MS } from './http.ts';
import { RECEIPT_MAX, type ReceiverKey, type ReceiverRecord, receiptFor, verifyReceipt } from './receipts.ts';
import type { Incoming, Receipt, ReferenceReceiver } from './receiver.ts';

/** Messages kept in the feed; older ones have expired long since. */
const KEPT = 200;

interface Item extends FeedItem {
  bytes: Uint8Array;
  jws: string;
  digest: string;
  reports: Set<(outcome: Outcome) => void>;
}

/** A feed of signed messages, and the endpoint to which receivers post their receipts. */
export class AtomFeedChannel implements Channel {
  readonly id = 'atom-feed';
  readonly mode: Mode;
  readonly receivers: readonly string[];
  readonly #title: string;
  readonly #records: readonly ReceiverRecord[];
  readonly #nowUs: () => number;
  #items: Item[] = [];

  /** BF_KEY_MODE if a receiver is of the other mode; BF_FIELD if two have one name. */
  constructor(options: {
    mode: Mode;
    title: string;
    receivers?: readonly ReceiverRecord[];
    nowUs: () => number;
  }) {
    const { mode, title, receivers = [], nowUs } = options;
    const other = receivers.find((r) => r.mode !== mode);
    if (other)
      throw new BeaconfireError(
        'BF_KEY_MODE',
        `expected receivers of mode ${mode}, found ${other.name} of mode ${other.mode}`,
      );
    const names = receivers.map((r) => r.name);
    const twice = names.find((n, i) => names.indexOf(n) !== i);
    if (twice !== undefined)
      throw new BeaconfireError('BF_FIELD', `expected a name for one receiver, found ${twice} twice`, {
        field: 'name',
      });
    this.mode = mode;
    this.#title = title;
    this.#records = receivers;
    this.#nowUs = nowUs;
    this.receivers = names;
  }

  render(issued: IssuedWarning): Rendered {
    return { contentType: CONTENT.cap, text: issued.cap };
  }

  /** Puts the message into the feed, once however often it is sent; `report` hears each receiver's receipt. */
  send(message: PublicMessage, report: (outcome: Outcome) => void): void {
    const digest = sha256(message.bytes);
    const known = this.#items.find((i) => i.digest === digest);
    if (known) {
      known.reports.add(report);
      return;
    }
    const canary = message.contentType === CONTENT.canary;
    // Of canaries only the last one counts.
    if (canary) this.#items = this.#items.filter((i) => i.contentType !== CONTENT.canary);
    const name = message.identifier.replace(/[^A-Za-z0-9._-]/g, '_');
    this.#items.push({
      identifier: message.identifier,
      title: canary ? 'canary' : titleOf(message),
      // No two at one time, so that receivers read them in the order in which they were sent.
      sentUs: Math.max(this.#nowUs(), (this.#items.at(-1)?.sentUs ?? 0) + 1),
      contentType: message.contentType,
      alert: `${name}.${canary ? 'txt' : 'xml'}`,
      signature: `${name}.jws`,
      bytes: message.bytes,
      jws: message.jws,
      digest,
      reports: new Set([report]),
    });
    if (this.#items.length > KEPT) this.#items.shift();
  }

  /** The answer to a path: `/feed.atom`, `/NAME.xml`, `/NAME.jws`. */
  get(path: string): Answer | undefined {
    if (path === '/feed.atom')
      return {
        status: 200,
        type: 'application/atom+xml',
        body: atomFeed('urn:beaconfire:feed', this.#title, this.#items, 'receipts'),
      };
    for (const item of this.#items) {
      if (path === `/${item.alert}`) return { status: 200, type: item.contentType, body: item.bytes };
      if (path === `/${item.signature}`) return { status: 200, type: 'application/jose', body: item.jws };
    }
    return undefined;
  }

  /** Takes a receiver's signed receipt: undefined if it holds, else why it does not. */
  receipt(jws: string): string | undefined {
    const checked = verifyReceipt(this.#records, this.mode, jws.trim());
    if (!checked.ok) return checked.reason;
    const { receiver, body } = checked;
    const item = this.#items.find((i) => i.identifier === body.identifier);
    if (!item) return 'expected a receipt of a message in the feed, found one of another';
    if (item.digest !== body.digest)
      return 'expected a receipt of the bytes in the feed, found one of others';
    const outcome: Outcome = body.accepted
      ? { receiver, accepted: true }
      : { receiver, accepted: false, reason: body.reason ?? 'no reason given' };
    for (const report of item.reports) report(outcome);
    return undefined;
  }

  listen(port: number, host = '127.0.0.1'): Promise<Listening> {
    return serve(
      port,
      host,
      ({ method, path, body }): Answer => {
        if (method === 'GET') {
          const found = this.get(path);
          if (found) return found;
        }
        if (method === 'POST' && path === '/receipts') {
          const reason = this.receipt(Buffer.from(body).toString('utf8'));
          return reason === undefined
            ? { status: 204, type: 'text/plain', body: '' }
            : { status: 422, type: 'text/plain', body: `${reason}\n` };
        }
        return { status: 404, type: 'text/plain', body: 'not found\n' };
      },
      { maxBytes: RECEIPT_MAX, tooLarge: (why) => ({ status: 413, type: 'text/plain', body: `${why}\n` }) },
    );
  }
}

/** The receiver's side of a feed: what is new in it, and where its receipts go. */
export class FeedReader {
  readonly #url: string;
  /** Signed receipts that the feed has not taken yet, oldest first. */
  #unsent: { url: string; jws: string }[] = [];
  readonly #known = new Set<string>();

  constructor(url: string) {
    this.#url = url;
  }

  /** Receipts that wait for the feed to be reached again. */
  get waiting(): number {
    return this.#unsent.length;
  }

  /**
   * Reads the feed once: each new message goes to the receiver, oldest first, and its receipt, signed, back to the feed.
   * BF_WIRE, BF_ALERT, or the network's own error, if the feed cannot be read; what was read before that holds.
   */
  async poll(
    receiver: ReferenceReceiver,
    nowUs: () => number,
    key: ReceiverKey | undefined,
    onReceipt: (receipt: Receipt, incoming: Incoming, address: string) => void = () => {},
  ): Promise<void> {
    await this.#sendReceipts();
    const feed = readFeed(await get(this.#url));
    const receipts = feed.receipts === undefined ? undefined : this.#own(feed.receipts);
    for (const entry of feed.entries.reverse()) {
      const [alert, signature] = [this.#own(entry.alert), this.#own(entry.signature)];
      if (this.#known.has(alert)) continue;
      const incoming: Incoming = {
        contentType: entry.contentType,
        bytes: Buffer.from(await get(alert)),
        jws: (await get(signature)).trim(),
      };
      remember(this.#known, alert);
      const receipt = receiver.receive(incoming, nowUs());
      onReceipt(receipt, incoming, alert);
      if (!key || receipts === undefined) continue;
      this.#unsent.push({
        url: receipts,
        jws: key.sign(receiptFor(incoming.bytes, entry.identifier, receipt)),
      });
      if (this.#unsent.length > KEPT) this.#unsent.shift();
    }
    await this.#sendReceipts();
  }

  async #sendReceipts(): Promise<void> {
    for (let next = this.#unsent[0]; next; next = this.#unsent[0]) {
      const response = await fetch(next.url, {
        method: 'POST',
        redirect: 'error',
        headers: { 'content-type': 'application/jose' },
        body: next.jws,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const why = await boundedText(response);
      this.#unsent.shift();
      // Not taken: sent again it would not be taken either.
      if (!response.ok)
        throw new BeaconfireError('BF_WIRE', `expected the receipt to be taken, found: ${why.trim()}`);
    }
  }

  /** An address of the feed's own host; BF_ALERT for any other. */
  #own(href: string): string {
    const [url, { origin }] = [new URL(href, this.#url), new URL(this.#url)];
    if (url.origin !== origin)
      throw new BeaconfireError('BF_ALERT', `expected addresses of ${origin}, found ${url.origin}`);
    return url.href;
  }
}

/** The first headline of a document. */
function titleOf({ identifier, contentType, bytes }: PublicMessage): string {
  if (contentType !== CONTENT.cap) return identifier;
  return readCap(Buffer.from(bytes).toString('utf8')).infos[0]?.headline ?? identifier;
}

function remember(set: Set<string>, value: string): void {
  set.add(value);
  if (set.size > 20 * KEPT) set.delete(set.values().next().value as string);
}

async function get(address: string): Promise<string> {
  const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok)
    throw new BeaconfireError('BF_WIRE', `expected ${address}, found status ${response.status}`);
  return boundedText(response);
}
