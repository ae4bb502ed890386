/**
 * Alerts over HTTP: a push to receivers that answer with their receipt, and the receiver's side of it; what the feed (feed.ts)
 * shares with it. Redirects are not followed, bodies and answers are bounded, for the other end is not ours.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BeaconfireError } from '../model/errors.ts';
import type { Mode } from '../model/nation.ts';
import { show } from '../model/schema.ts';
import type { IssuedWarning } from '../warning/index.ts';
import { type Channel, CONTENT, type Outcome, type PublicMessage, type Rendered } from './channel.ts';
import type { Incoming, Receipt, ReferenceReceiver } from './receiver.ts';

export const SIGNATURE_HEADER = 'beaconfire-signature';
/** The strict reader takes no more than 2 MB. */
const MAX_BYTES = 2_000_000;
export const TIMEOUT_MS = 4000;

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

export async function boundedText(response: Response): Promise<string> {
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

export interface Listening {
  url: string;
  close(): Promise<void>;
}

interface Request {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Uint8Array;
}

export interface Answer {
  status: number;
  type: string;
  body: Uint8Array | string;
}

/** Serves on a port of this machine: bounded bodies, one answer for each request. `tooLarge` answers what is longer. */
export function serve(
  port: number,
  host: string,
  answer: (request: Request) => Answer,
  { maxBytes, tooLarge }: { maxBytes: number; tooLarge: (why: string) => Answer },
): Promise<Listening> {
  const server = createServer((request, response) => {
    const say = ({ status, type, body }: Answer) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(body);
    };
    readBody(request, maxBytes).then(
      (body) => {
        if (body === undefined) return say(tooLarge(`expected at most ${maxBytes} bytes, found more`));
        const { method = '', url = '/', headers } = request;
        say(answer({ method, path: new URL(url, 'http://x').pathname, headers, body }));
      },
      // Cut off: there is nobody to answer.
      () => response.destroy(),
    );
  });
  // Who dawdles keeps no connection.
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  return listening(server, port, host);
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
  const answer = (status: number, receipt: Receipt): Answer => ({
    status,
    type: 'application/json',
    body: JSON.stringify(receipt),
  });
  const respond = ({ method, path, headers, body: bytes }: Request): Answer => {
    if (method !== 'POST' || path !== '/alerts')
      return answer(404, { accepted: false, reason: 'expected POST /alerts' });
    const jws = headers[SIGNATURE_HEADER];
    const contentType = (headers['content-type'] ?? '').split(';')[0].trim();
    const incoming: Incoming = { contentType, bytes, ...(typeof jws === 'string' ? { jws } : {}) };
    const receipt = receiver.receive(incoming, options.timeOf(incoming));
    options.onReceipt(receipt, incoming);
    return answer(receipt.accepted ? 200 : 422, receipt);
  };
  return serve(options.port, options.host ?? '127.0.0.1', respond, {
    maxBytes: MAX_BYTES,
    tooLarge: (reason) => answer(413, { accepted: false, reason }),
  });
}

/**
 * The body, or undefined if it is longer: that is read to its end and thrown away, so that the connection can carry the
 * answer and the next request; one that is far longer is cut off.
 */
async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Uint8Array).length;
    if (size <= maxBytes) chunks.push(chunk as Uint8Array);
    else if (size > 8 * maxBytes) throw new BeaconfireError('BF_WIRE', 'too large');
    else chunks.length = 0;
  }
  return size <= maxBytes ? Buffer.concat(chunks) : undefined;
}
