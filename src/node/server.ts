/**
 * The HTTP and WebSocket interface of the nodes that run in this process. It holds no state of its own: a
 * feed makes its message once, it is encoded once, and the same bytes go to every client of that feed.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, relative, sep } from 'node:path';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Static, TSchema } from 'typebox';
import { type WebSocket, WebSocketServer } from 'ws';
import { BeaconfireError } from '../model/errors.ts';
import { mismatch } from '../model/schema.ts';
import { PersonRefused } from './approvals.ts';
import {
  ClientMessage,
  type ErrorMessage,
  type PersonAnswer,
  type PersonRefusal,
  PersonRequest,
  type RecallList,
  RecallRequest,
  type RecallView,
} from './wire.ts';

/** One stream of messages to pages: a nation's picture, or the exercise. */
export interface Feed {
  /** What `GET` on the feed's address answers. */
  hello(): unknown;
  /** The latest message. `sequence` counts up by one a call. */
  message(sequence: number): unknown;
  /** What a client may ask for; throws a BeaconfireError to refuse. */
  control?(message: Extract<ClientMessage, { type: 'control' }>): void;
  /** Withdrawing what this feed's node gave to others; a feed without it refuses. */
  recalls?: {
    list(): RecallList;
    /** Throws a BeaconfireError to refuse. */
    recall(request: RecallRequest): RecallView;
  };
  /** A person's signed request, by POST on the feed's address with `/people`; throws to refuse. None without it. */
  person?(request: PersonRequest): PersonAnswer;
  /** The CAP document of a message that waits for people, by `GET` with `/awaiting/IDENTIFIER`; undefined: none waits. */
  awaiting?(identifier: string): string | undefined;
}

export interface NodeServer {
  readonly url: string;
  /** Sends the latest message of each feed to those of its clients that have acknowledged enough. */
  broadcast(): void;
  clients(): number;
  close(): Promise<void>;
}

export interface ServerOptions {
  host: string;
  port: number;
  /** The built page; its files are the only ones that can be had. */
  webRoot: string;
  /** By address: `/api/nations/KOR`, `/api/exercise`. The WebSocket is at the same with `/feed`. */
  feeds: ReadonlyMap<string, Feed>;
}

/** Messages to one client that it hasn't acknowledged; beyond it the client is skipped to the latest (see wire.ts). */
const WINDOW = 2;
/** A page sends acknowledgements, controls and recalls only. */
const MAX_CLIENT_MESSAGE_BYTES = 1024;
const MAX_REQUEST_BYTES = 4096;
const MAX_CLIENTS = 1000;

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

const HEADERS: Record<string, string> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

interface Client {
  socket: WebSocket;
  /** Sequences sent and not acknowledged, oldest first; at most WINDOW of them. */
  inFlight: number[];
}

export async function startServer(options: ServerOptions): Promise<NodeServer> {
  const files = webFiles(options.webRoot);
  const app = new Hono();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
  });
  for (const [address, feed] of options.feeds) {
    app.get(address, (c) => c.json(feed.hello() as object));
    const { recalls, person, awaiting } = feed;
    if (awaiting)
      app.get(`${address}/awaiting/:identifier`, (c) => {
        const document = awaiting(c.req.param('identifier'));
        if (document === undefined) return c.json({ error: 'not found' }, 404);
        return c.body(document, 200, { 'content-type': 'application/cap+xml', 'cache-control': 'no-store' });
      });
    if (person)
      app.post(`${address}/people`, limit, (c) =>
        answer(c, async () => person(await body(c, PersonRequest))),
      );
    if (!recalls) continue;
    app.get(`${address}/recalls`, (c) => c.json(recalls.list()));
    app.post(`${address}/recalls`, limit, (c) =>
      answer(c, async () => recalls.recall(await body(c, RecallRequest))),
    );
  }
  app.get('/api/health', (c) => c.json({ ok: true }));
  app.get('*', (c) => {
    const path = c.req.path === '/' ? '/index.html' : c.req.path;
    const file = files.get(path);
    if (!file) return c.json({ error: 'not found' }, 404);
    const body = readFileSync(file);
    const immutable = path.endsWith('.woff2');
    return c.body(body, 200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'cache-control': immutable ? 'public, max-age=604800' : 'no-cache',
    });
  });

  const listener = getRequestListener(app.fetch);
  const server = createServer((request, response) => {
    if (!trusted(request, options.host)) {
      response.writeHead(403).end();
      return;
    }
    void listener(request, response);
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_CLIENT_MESSAGE_BYTES });
  const clients = new Map<Feed, Set<Client>>();
  const sequences = new Map<Feed, number>();
  for (const feed of options.feeds.values()) {
    clients.set(feed, new Set());
    sequences.set(feed, 0);
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // A peer that resets the connection while it is refused must not end the server.
    socket.on('error', () => socket.destroy());
    const feed = options.feeds.get((request.url ?? '').split('?')[0].replace(/\/feed$/, ''));
    if (!feed || !trusted(request, options.host) || count() >= MAX_CLIENTS) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => admit(feed, ws));
  });

  function admit(feed: Feed, socket: WebSocket): void {
    const client: Client = { socket, inFlight: [] };
    clients.get(feed)!.add(client);
    socket.on('close', () => clients.get(feed)!.delete(client));
    socket.on('error', () => socket.terminate());
    socket.on('message', (data) => receive(feed, client, String(data)));
    send(feed, [client]);
  }

  function receive(feed: Feed, client: Client, text: string): void {
    try {
      const message = read(ClientMessage, text);
      if (message.type === 'ack') {
        client.inFlight = client.inFlight.filter((sequence) => sequence > message.sequence);
      } else if (feed.control) feed.control(message);
      else throw new BeaconfireError('BF_WIRE', 'expected an acknowledgement: this feed takes no control');
    } catch (error) {
      client.socket.send(JSON.stringify(failure(error)));
    }
  }

  function send(feed: Feed, to: Iterable<Client>): void {
    let bytes: Buffer | undefined;
    let sequence = sequences.get(feed)!;
    for (const client of to) {
      if (client.socket.readyState !== client.socket.OPEN || client.inFlight.length >= WINDOW) continue;
      if (!bytes) {
        sequence++;
        sequences.set(feed, sequence);
        bytes = Buffer.from(JSON.stringify(feed.message(sequence)));
      }
      client.socket.send(bytes, { binary: false });
      client.inFlight.push(sequence);
    }
  }

  function count(): number {
    let n = 0;
    for (const set of clients.values()) n += set.size;
    return n;
  }

  await listen(server, options);
  const { port } = server.address() as AddressInfo;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}/`,
    clients: count,
    broadcast() {
      for (const [feed, set] of clients) if (set.size > 0) send(feed, set);
    },
    async close() {
      for (const set of clients.values()) for (const client of set) client.socket.terminate();
      sockets.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** Too long a request is not read to its end. */
const limit = bodyLimit({
  maxSize: MAX_REQUEST_BYTES,
  onError: (c) =>
    c.json(failure(new BeaconfireError('BF_WIRE', `expected at most ${MAX_REQUEST_BYTES} bytes`)), 413),
});

function failure(error: unknown): ErrorMessage {
  const known = error instanceof BeaconfireError ? error : new BeaconfireError('BF_INTERNAL', String(error));
  return { type: 'error', code: known.code, message: known.message };
}

/** A request's body of a known form. Of this type alone: a form of another site's page cannot send it unasked. */
async function body<S extends TSchema>(c: Context, schema: S): Promise<Static<S>> {
  if (c.req.header('content-type')?.split(';')[0] !== 'application/json')
    throw new BeaconfireError('BF_WIRE', 'expected a body of type application/json', {
      field: 'content-type',
    });
  return read(schema, await c.req.text());
}

/** Whatever is not a request of the known form, granted by the node, is refused with the reason. */
async function answer(c: Context, grant: () => Promise<object>): Promise<Response> {
  try {
    return c.json(await grant());
  } catch (error) {
    if (error instanceof PersonRefused) {
      const { reason, message } = error;
      return c.json({ type: 'personRefused', reason, message } satisfies PersonRefusal, 403);
    }
    const told = failure(error);
    return c.json(told, told.code === 'BF_INTERNAL' ? 500 : 400);
  }
}

/** A client's message of a known form, or BF_WIRE. */
function read<S extends TSchema>(schema: S, text: string): Static<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BeaconfireError('BF_WIRE', 'expected JSON');
  }
  const bad = mismatch(schema, value);
  if (bad)
    throw new BeaconfireError('BF_WIRE', `expected ${bad.expected}, found ${bad.found}`, {
      field: bad.field,
    });
  return value as Static<S>;
}

/**
 * Another site's page must not reach a node through a visitor's browser: a request has to name this host
 * (against DNS rebinding), and a browser's Origin has to be our own.
 */
function trusted(request: IncomingMessage, host: string): boolean {
  const named = request.headers.host ?? '';
  const loopback = ['127.0.0.1', 'localhost', '::1'].includes(host);
  if (loopback && !/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(named)) return false;
  const origin = request.headers.origin;
  return origin === undefined || origin === `http://${named}` || origin === `https://${named}`;
}

function webFiles(root: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    files.set(`/${relative(root, path).split(sep).join('/')}`, path);
  }
  return files;
}

function listen(server: Server, options: ServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EADDRINUSE') {
        reject(
          new BeaconfireError(
            'BF_PORT_TAKEN',
            `port ${options.port} on ${options.host} is taken; choose another with --port`,
            {},
            { cause },
          ),
        );
      } else
        reject(
          new BeaconfireError(
            'BF_USAGE',
            `cannot listen on ${options.host}:${options.port}: ${cause.message}`,
            {},
            { cause },
          ),
        );
    });
    server.listen(options.port, options.host, () => resolve());
  });
}
