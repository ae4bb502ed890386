/** A WebSocket that comes back by itself. It carries text both ways and knows nothing of its meaning. */
import { type Backoff, createBackoff } from './backoff.ts';

export interface Feed {
  send(message: object): boolean;
  close(): void;
}

export interface FeedHandlers {
  onText(text: string): void;
  onStatus(connected: boolean): void;
}

/** A connection that says nothing for this long is given up: a half-open socket never closes by itself. */
export const SILENCE_MS = 8000;

export function openFeed(
  url: string,
  handlers: FeedHandlers,
  backoff: Backoff = createBackoff(Math.random),
): Feed {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;
  let closed = false;

  const later = (): void => {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(connect, backoff.next());
  };

  const listen = (current: WebSocket): void => {
    clearTimeout(silence);
    silence = setTimeout(() => abandon(current), SILENCE_MS);
  };

  const abandon = (current: WebSocket): void => {
    if (socket !== current) return;
    socket = undefined;
    clearTimeout(silence);
    current.close();
    handlers.onStatus(false);
    later();
  };

  const connect = (): void => {
    const current = new WebSocket(url);
    socket = current;
    listen(current);
    current.onopen = () => {
      if (socket === current) handlers.onStatus(true);
    };
    current.onmessage = (event) => {
      if (socket !== current) return;
      listen(current);
      // Only a message proves the feed: a server that accepts and drops us must not be asked ever faster.
      backoff.reset();
      handlers.onText(String(event.data));
    };
    current.onclose = () => abandon(current);
  };

  connect();
  return {
    send(message) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    close() {
      closed = true;
      clearTimeout(timer);
      clearTimeout(silence);
      socket?.close();
      socket = undefined;
    },
  };
}

export function feedUrl(path: string): string {
  const base = new URL(path, location.href);
  base.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  return base.href;
}
