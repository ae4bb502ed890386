/** A loopback server of the built page with mock feeds: for development, the page's tests and measurements. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import type { ClientMessage, Nation } from '../../src/node/wire.ts';
import { END_US, exerciseHello, exerciseState, nationHello, picture, START_US } from './mock-feed.ts';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
};
export const CSP =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self'";

export interface MockServer {
  url: string;
  /** All messages of clients, acknowledgements apart. */
  controls: ClientMessage[];
  acks: { exercise: number; nation: number };
  /** Exercise time, set directly. */
  setTime(timeUs: number): void;
  setPaused(paused: boolean): void;
  /** Stops sending pictures while connections stay open. */
  setSilent(silent: boolean): void;
  /** Sends a text as it stands to all nation feeds. */
  inject(text: string): void;
  /** Cuts every connection and refuses new ones until called again with false. */
  setDown(down: boolean): void;
  close(): Promise<void>;
}

export async function startMockServer(
  webRoot: string,
  options: { port?: number; startUs?: number; speed?: number; crowd?: number; regions?: string } = {},
): Promise<MockServer> {
  let timeUs = options.startUs ?? START_US;
  let speed = options.speed ?? 1;
  let paused = false;
  let silent = false;
  let down = false;
  let run = 1;
  let sequence = 0;
  const controls: ClientMessage[] = [];
  const acks = { exercise: 0, nation: 0 };
  const clients = new Map<WebSocket, Nation | 'exercise'>();

  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const send = (value: unknown): void => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (down) return void response.writeHead(503).end();
    if (path === '/api/exercise') return send(exerciseHello());
    const nation = /^\/api\/nations\/(USA|KOR|JPN)$/.exec(path)?.[1];
    if (nation) return send(nationHello(nation as Nation));
    if (path === '/data/regions.json' && options.regions) {
      response.writeHead(200, { 'content-type': 'application/json' });
      return void response.end(options.regions);
    }
    const file = join(webRoot, normalize(path === '/' ? '/index.html' : path));
    if (!file.startsWith(webRoot) || !existsSync(file) || !statSync(file).isFile()) {
      return void response.writeHead(404).end();
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': CSP,
    });
    createReadStream(file).pipe(response);
  });

  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const path = request.url ?? '';
    const match = /^\/api\/(?:exercise|nations\/(USA|KOR|JPN))\/feed$/.exec(path);
    if (!match || down) return void socket.destroy();
    sockets.handleUpgrade(request, socket, head, (ws) => {
      clients.set(ws, (match[1] as Nation | undefined) ?? 'exercise');
      ws.on('close', () => clients.delete(ws));
      ws.on('message', (data) => {
        const message = JSON.parse(String(data)) as ClientMessage;
        if (message.type === 'ack') {
          acks[clients.get(ws) === 'exercise' ? 'exercise' : 'nation']++;
          return;
        }
        controls.push(message);
        if (message.action === 'pause') paused = true;
        else if (message.action === 'resume') paused = false;
        else if (message.action === 'speed') speed = message.speed;
        else if (message.action === 'restart') {
          timeUs = options.startUs ?? START_US;
          run++;
        }
      });
      tell(ws);
    });
  });

  const tell = (ws: WebSocket): void => {
    if (ws.readyState !== WebSocket.OPEN || silent) return;
    const who = clients.get(ws);
    if (who === undefined) return;
    const message =
      who === 'exercise'
        ? exerciseState(timeUs, run, sequence, speed, paused)
        : picture(who, timeUs, run, sequence, options.crowd);
    ws.send(JSON.stringify(message));
  };
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (!paused) timeUs = Math.min(END_US, timeUs + (now - last) * 1000 * speed);
    last = now;
    sequence++;
    for (const ws of clients.keys()) tell(ws);
  }, 250);

  await new Promise<void>((ready) => server.listen(options.port ?? 0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    controls,
    acks,
    setTime: (us) => {
      timeUs = us;
    },
    setPaused: (p) => {
      paused = p;
    },
    setSilent: (s) => {
      silent = s;
    },
    inject: (text) => {
      for (const [ws, who] of clients) if (who !== 'exercise') ws.send(text);
    },
    setDown: (d) => {
      down = d;
      if (d) for (const ws of clients.keys()) ws.terminate();
    },
    async close() {
      clearInterval(timer);
      for (const ws of clients.keys()) ws.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
