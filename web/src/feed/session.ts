/** All that the page holds of the feeds: one nation's picture, and the exercise beside it. */
import type {
  ClientMessage,
  ExerciseHello,
  ExerciseState,
  Nation,
  NationHello,
  PictureMessage,
} from '../../../src/node/wire.ts';
import type { ExerciseTime } from '../time/exercise-time.ts';
import { createBackoff } from './backoff.ts';
import { type Parsed, parseExerciseMessage, parseHello, parseNationMessage } from './parse.ts';
import { type Feed, feedUrl, openFeed } from './socket.ts';
import { createStore, type Store } from './store.ts';

export interface NationFeed {
  nation: Nation;
  connected: boolean;
  hello?: NationHello;
  picture?: PictureMessage;
  /** When the picture came, by the page's own clock. */
  receivedMs: number;
}

export interface ExerciseFeed {
  connected: boolean;
  hello?: ExerciseHello;
  state?: ExerciseState;
}

export interface Session {
  nation: Store<NationFeed>;
  exercise: Store<ExerciseFeed>;
  /** The last thing that was not understood. */
  problem: Store<string | undefined>;
  showNation(nation: Nation): void;
  control(message: Extract<ClientMessage, { type: 'control' }>): void;
  close(): void;
}

/** Answers are given after the next frame: what is acknowledged has been drawn. */
function afterDrawing(task: () => void): void {
  // A hidden page draws nothing; without an answer the node would send it nothing more.
  if (document.hidden) setTimeout(task, 0);
  else requestAnimationFrame(() => setTimeout(task, 0));
}

/** What was not understood is acknowledged too: it is done with, and the next may be good. */
function acknowledge(feed: () => Feed, sequence: number | undefined): void {
  if (sequence !== undefined) afterDrawing(() => feed().send({ type: 'ack', sequence }));
}

export function createSession(first: Nation, time: ExerciseTime): Session {
  const nation = createStore<NationFeed>({ nation: first, connected: false, receivedMs: performance.now() });
  const exercise = createStore<ExerciseFeed>({ connected: false });
  const problem = createStore<string | undefined>(undefined);
  let nationFeed: Feed | undefined;
  let closed = false;
  let generation = 0;

  /** Fetches a hello until it is there; gives up when `wanted` says that nobody needs it any more. */
  const hello = <T>(
    path: string,
    parse: (v: unknown) => Parsed<T>,
    wanted: () => boolean,
    use: (v: T) => void,
  ): void => {
    const backoff = createBackoff(Math.random);
    const attempt = async (): Promise<void> => {
      if (!wanted()) return;
      try {
        const response = await fetch(path, { headers: { accept: 'application/json' } });
        if (!response.ok) throw new Error(String(response.status));
        const parsed = parse(await response.json());
        if (!wanted()) return;
        if ('ok' in parsed) {
          use(parsed.ok);
          return;
        }
        problem.set(`${path}: ${parsed.problem}`);
      } catch {
        // Not reachable yet: the feed's own state tells the person so.
      }
      setTimeout(() => void attempt(), backoff.next());
    };
    void attempt();
  };

  const exerciseFeed = openFeed(feedUrl('/api/exercise/feed'), {
    onStatus(connected) {
      exercise.update((e) => ({ ...e, connected }));
      // After each connection: behind the same address there may be another exercise by now.
      if (connected) {
        hello(
          '/api/exercise',
          (v) => parseHello(v, 'exerciseHello'),
          () => !closed,
          (value) => exercise.update((e) => ({ ...e, hello: value })),
        );
      }
    },
    onText(text) {
      const parsed = parseExerciseMessage(text);
      acknowledge(() => exerciseFeed, parsed.sequence);
      if ('problem' in parsed) return problem.set(`exercise: ${parsed.problem}`);
      const message = parsed.ok;
      if (message.type === 'error') return problem.set(`${message.code}: ${message.message}`);
      time.sync(message, performance.now());
      exercise.update((e) => ({ ...e, state: message }));
    },
  });

  const showNation = (wanted: Nation): void => {
    nationFeed?.close();
    const mine = ++generation;
    // Nothing of the nation shown before may stay on the screen under the new name.
    nation.set({ nation: wanted, connected: false, receivedMs: performance.now() });
    const feed = openFeed(feedUrl(`/api/nations/${wanted}/feed`), {
      onStatus(connected) {
        if (mine !== generation) return;
        nation.update((n) => ({ ...n, connected }));
        if (connected) {
          hello(
            `/api/nations/${wanted}`,
            (v) => parseHello(v, 'nationHello'),
            () => !closed && mine === generation,
            (value) => nation.update((n) => ({ ...n, hello: value })),
          );
        }
      },
      onText(text) {
        if (mine !== generation) return;
        const parsed = parseNationMessage(text, wanted);
        acknowledge(() => feed, parsed.sequence);
        if ('problem' in parsed) return problem.set(`${wanted}: ${parsed.problem}`);
        const message = parsed.ok;
        if (message.type === 'error') return problem.set(`${message.code}: ${message.message}`);
        nation.update((n) => ({ ...n, picture: message, receivedMs: performance.now() }));
      },
    });
    nationFeed = feed;
  };
  showNation(first);

  return {
    nation,
    exercise,
    problem,
    showNation,
    control: (message) => void exerciseFeed.send(message),
    close() {
      closed = true;
      exerciseFeed.close();
      nationFeed?.close();
    },
  };
}
