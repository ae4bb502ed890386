/**
 * Alerts over HTTP: an Atom feed with its signed documents to poll, a push to receivers that answer with their receipt, and
 * the receiver's side of both. Redirects are not followed and answers are bounded, for the other end is not ours.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BeaconfireError } from '../model/errors.ts';
import type { Mode } from '../model/nation.ts';
import { show } from '../model/schema.ts';
import type { IssuedWarning } from '../warning/index.ts';
import { atomFeed, type FeedItem, feedEntries } from './atom.ts';
import { type Channel, CONTENT, type Outcome, type PublicMessage, type Rendered } from './channel.ts';
import type { Incoming, Receipt, ReferenceReceiver } from './receiver.ts';

export const SIGNATURE_HEADER = 'beaconfire-signature';
/** The strict reader takes no more than 2 MB. */
const MAX_BYTES = 2_000_000;
const TIMEOUT_MS = 4000;

/** Pushes each message to the receivers' addresses and takes their answers as receipts. */
export class HttpPushChannel implements Channel {
  readonly id = 'http-push';
  readonly mode: Mode;
  readonly receivers: readonly string[];

  constructor(mode: Mode, urls: readonly string[]) {
    this.mode = mode;
    this.receivers = urls;
  }

  render(issued: IssuedWarning): Rendered {
    return { contentType: CONTENT.cap, text: issued.cap };
  }

  send(message: PublicMessage, report: (outcome: Outcome) => void): void {
    for (const receiver of this.receivers) {
      // An address that does not answer yields no receipt: that is for the publisher to notice.
      push(receiver, message).then(
        (receipt) => report(outcomeOf(receiver, receipt)),
        () => {},
      );
    }
  }
}

function outcomeOf(receiver: string, receipt: Receipt): Outcome {
  return receipt.accepted
    ? { receiver, accepted: true }
    : { receiver, accepted: false, reason: receipt.reason };
}

/** One push; the receiver's receipt. */
export async function push(url: string, { contentType, bytes, jws }: Incoming): Promise<Receipt> {
  const response = await fetch(url, {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': contentType, ...(jws === undefined ? {} : { [SIGNATURE_HEADER]: jws }) },
    body: new Uint8Array(bytes),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answer = JSON.parse(await boundedText(response)) as Receipt;
  if (typeof answer !== 'object' || answer === null || typeof answer.accepted !== 'boolean')
    throw new BeaconfireError('BF_WIRE', `expected a receipt, found ${show(answer)}`);
  return answer;
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_BYTES)
      throw new BeaconfireError('BF_WIRE', `expected at most ${MAX_BYTES} bytes, found more`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Serves signed CAP documents as an Atom feed; `add` publishes one. */
export class FeedServer {
  readonly #items: (FeedItem & { cap: Uint8Array; jws: string })[] = [];
  readonly #title: string;

  constructor(title: string) {
    this.#title = title;
  }

  add(message: PublicMessage, title: string, sentUs: number): void {
    const name = message.identifier.replace(/[^A-Za-z0-9._-]/g, '_');
    this.#items.push({
      identifier: message.identifier,
      title,
      sentUs,
      alert: `${name}.xml`,
      signature: `${name}.jws`,
      cap: message.bytes,
      jws: message.jws,
    });
    if (this.#items.length > 200) this.#items.shift();
  }

  /** The answer to a path: `/feed.atom`, `/NAME.xml`, `/NAME.jws`. */
  get(path: string): { type: string; body: Uint8Array | string } | undefined {
    if (path === '/feed.atom')
      return {
        type: 'application/atom+xml',
        body: atomFeed('urn:beaconfire:feed', this.#title, this.#items),
      };
    for (const item of this.#items) {
      if (path === `/${item.alert}`) return { type: CONTENT.cap, body: item.cap };
      if (path === `/${item.signature}`) return { type: 'application/jose', body: item.jws };
    }
    return undefined;
  }

  listen(port: number, host = '127.0.0.1'): Promise<Listening> {
    const server = createServer((request, response) => {
      const found =
        request.method === 'GET' ? this.get(new URL(request.url ?? '/', 'http://x').pathname) : undefined;
      response.writeHead(found ? 200 : 404, {
        'content-type': found?.type ?? 'text/plain',
        'cache-control': 'no-store',
      });
      response.end(found?.body ?? 'not found\n');
    });
    return listening(server, port, host);
  }
}

export interface Listening {
  url: string;
  close(): Promise<void>;
}

function listening(server: Server, port: number, host: string): Promise<Listening> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      reject(
        new BeaconfireError(
          'BF_PORT_TAKEN',
          `expected a free port, found ${port} in use; choose another with --port`,
        ),
      );
    });
    server.listen(port, host, () => {
      const url = `http://${host}:${(server.address() as AddressInfo).port}`;
      resolve({
        url,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

/** The receiver's side of the push: POST /alerts, answered with the receipt. `onReceipt` sees each. */
export function listenForAlerts(
  receiver: ReferenceReceiver,
  options: {
    port: number;
    host?: string;
    timeOf: (incoming: Incoming) => number;
    onReceipt: (receipt: Receipt, incoming: Incoming) => void;
  },
): Promise<Listening> {
  const server = createServer((request, response) => {
    const answer = (status: number, receipt: Receipt) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(receipt));
    };
    if (request.method !== 'POST' || request.url !== '/alerts')
      return answer(404, { accepted: false, reason: 'expected POST /alerts' });
    readBody(request).then(
      (bytes) => {
        const jws = request.headers[SIGNATURE_HEADER];
        const contentType = (request.headers['content-type'] ?? '').split(';')[0].trim();
        const incoming: Incoming = { contentType, bytes, ...(typeof jws === 'string' ? { jws } : {}) };
        const receipt = receiver.receive(incoming, options.timeOf(incoming));
        options.onReceipt(receipt, incoming);
        answer(receipt.accepted ? 200 : 422, receipt);
      },
      () => answer(413, { accepted: false, reason: `expected at most ${MAX_BYTES} bytes, found more` }),
    );
  });
  return listening(server, options.port, options.host ?? '127.0.0.1');
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Uint8Array).length;
    if (size > MAX_BYTES) throw new BeaconfireError('BF_WIRE', 'too large');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

/** Reads a feed once: each alert with its signature, oldest first. Addresses on other hosts are refused. */
export async function pollFeed(
  url: string,
  known: ReadonlySet<string> = new Set(),
): Promise<(Incoming & { address: string })[]> {
  const get = async (address: string): Promise<string> => {
    const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok)
      throw new BeaconfireError('BF_WIRE', `expected ${address}, found status ${response.status}`);
    return boundedText(response);
  };
  const out: (Incoming & { address: string })[] = [];
  for (const entry of feedEntries(await get(url)).reverse()) {
    const [alert, signature] = [new URL(entry.alert, url), new URL(entry.signature, url)];
    const origin = new URL(url).origin;
    if (alert.origin !== origin || signature.origin !== origin)
      throw new BeaconfireError('BF_ALERT', `expected addresses of ${origin}, found ${alert.origin}`);
    if (known.has(alert.href)) continue;
    const bytes = Buffer.from(await get(alert.href));
    out.push({
      address: alert.href,
      contentType: CONTENT.cap,
      bytes,
      jws: (await get(signature.href)).trim(),
    });
  }
  return out;
}
