/**
 * A node as a process of its own: it reads its configuration, joins its NATS server, and takes the plots of its own
 * sensors as lines on standard input, until it is told to end. What it knows it says as lines on standard output.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Static, Type } from 'typebox';
import { HttpPushChannel } from '../channels/http.ts';
import { exercisePublisher } from '../channels/index.ts';
import { seededRandom } from '../earth/random.ts';
import { openDurable } from '../exchange/durable.ts';
import {
  AgreementBook,
  exerciseKey,
  exerciseKeys,
  Hub,
  Journal,
  type JournalRecord,
  loadAgreements,
  Signer,
  shiftAgreements,
  type TimelineEvent,
} from '../exchange/index.ts';
import type { KeyOffice } from '../exchange/key-office.ts';
import { addKey, type KeyEvent } from '../exchange/keys.ts';
import { MachineClock } from '../exchange/transport/machine-clock.ts';
import { connectNats } from '../exchange/transport/nats.ts';
import { historyStreams, neighboursOf } from '../exchange/transport/nats-plan.ts';
import { BEAT_US, WitnessOffice } from '../exchange/witness-office.ts';
import type { Scheduler } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import { Level, Threat } from '../model/item.ts';
import { type Mode, NATIONS, NODE_IDS, NodeId } from '../model/nation.ts';
import type { Plot } from '../model/plot.ts';
import { parseJson } from '../model/schema.ts';
import type { Sensor } from '../model/sensor.ts';
import { exerciseConfig } from '../warning/index.ts';
import { goOn } from './go-on.ts';
import { NationNode } from './node.ts';
import { Mischief, type MischiefSpec } from './process-mischief.ts';

const strict = { additionalProperties: false } as const;

export const ProcessConfig = Type.Object(
  {
    node: NodeId,
    /** A process of simulated data holds exercise keys alone. */
    mode: Type.Literal('exercise'),
    keySeed: Type.Integer(),
    nats: Type.Object(
      {
        server: Type.String(),
        credentialsFile: Type.String(),
        caFile: Type.String(),
        certFile: Type.String(),
        keyFile: Type.String(),
      },
      strict,
    ),
    /** The node's clock says `startUs` when the machine's says `atMs`; `skewUs` is the clock's error. */
    clock: Type.Object(
      { startUs: Type.Integer(), atMs: Type.Number(), speed: Type.Number(), skewUs: Type.Integer() },
      strict,
    ),
    agreements: Type.Object({ path: Type.String(), shiftUs: Type.Integer() }, strict),
    journalFile: Type.String(),
    threat: Threat,
    level: Level,
    sensors: Type.Array(Type.Unknown()),
    /** Neighbours are asked this often whether they answer, us of the machine's clock. */
    probeUs: Type.Integer({ minimum: 1000 }),
    tickUs: Type.Integer({ minimum: 1000 }),
    /** Addresses of receivers to which this nation's public warnings are pushed; without them they are only shown. */
    push: Type.Optional(Type.Array(Type.String({ pattern: '^https?://' }), { minItems: 1 })),
  },
  strict,
);
export type ProcessConfig = Static<typeof ProcessConfig>;

/**
 * The witnesses are asked what they saw of the journal before it gets its first new beat, this often and so long, us of
 * the machine; nothing else waits for their answer.
 */
const ASK_EVERY_US = 50_000;
const ASK_UNTIL_US = 5e6;

/** The standing rule of an exercise was signed so long before it, us: clocks may be off. */
const RULE_BEFORE_US = 3600e6;
/** The receipts of the last public messages are waited for so long at the end, us of the machine. */
const LAST_RECEIPTS_US = 2e6;

/** A message of people is worth passing on this long, us. */
const MESSAGE_VALID_US = 3600e6;

/**
 * What a process is told, one JSON object a line. Plots and messages are numbered from 1, so that what was not said to be
 * taken can be given again to a process that was killed and has begun anew.
 */
export type ProcessInput =
  | { number: number; plot: Plot }
  | { number: number; message: string }
  | { agreement: string; event: 'suspended' | 'resumed' }
  /** A new key for this node, made from the exercise's seed. */
  | { rotateKey: true }
  /** The program itself does to its frames what a bad network does: for tests of what follows. */
  | { mischief: MischiefSpec | null }
  | { report: number }
  | { end: true };

/** One track of a picture: where it was at its own time, and how sure. */
export interface ReportedTrack {
  members: string[];
  timeUs: number;
  state: number[];
  sigmaM: number;
}

/** What a process says, one JSON object a line. */
export type ProcessOutput =
  /** It goes on after the last input that its journal has. */
  | { ready: true; taken: number }
  /** All inputs up to this one are on the disk. */
  | { taken: number }
  | { connection: string }
  | {
      /** `waiting`: not yet known to have arrived with their recipient. */
      links: { to: string; state: string; waiting: number }[];
      picture: ReportedTrack[];
      received: number;
      lost: number;
      report: number;
    }
  | { ended: true };

/** Runs a node until it is told to end. */
export async function runProcess(
  config: ProcessConfig,
  input: NodeJS.ReadableStream,
  say: (line: ProcessOutput) => void,
): Promise<void> {
  const { node, mode, clock: c, nats } = config;
  const { signers, roots, ring } = exerciseKeys(config.keySeed, NODE_IDS);
  const { sink, text, torn } = openDurable(config.journalFile);
  const kept = keysKept(text);
  for (const { event, timeUs } of kept.events) ring.apply(event, timeUs);
  // The keys of an exercise, one after the other: no secret, and the same after a restart.
  const key = (n: number): Signer =>
    n === 0 ? signers.get(node)! : new Signer(node, mode, exerciseKey(`${config.keySeed}\n${node}\n${n}`));
  let turns = kept.events.filter((e) => e.event.event === 'added' && e.event.key.node === node).length;
  const signer =
    Array.from({ length: turns + 1 }, (_, n) => key(n)).find((s) => s.keyId === kept.inUse) ?? key(0);
  const own = new EventClock(
    new MachineClock({ startUs: c.startUs + c.skewUs, atMs: c.atMs, speed: c.speed }),
  );
  const journal = Journal.resume({ clock: own, sink, signer, ring, text, torn });
  own.neverBefore(journal.past.at(-1)?.timeUs ?? 0);
  const timers = new MachineClock();
  const agreements = shiftAgreements(loadAgreements(config.agreements.path), config.agreements.shiftUs);
  const book = new AgreementBook(agreements);
  const random = seededRandom(config.keySeed);
  const mischief = new Mischief(timers, random.fork(`${node} mischief`));
  const link = await connectNats({
    node,
    mode,
    server: nats.server,
    credentials: readFileSync(nats.credentialsFile, 'utf8'),
    tls: { caFile: nats.caFile, certFile: nats.certFile, keyFile: nats.keyFile },
    neighbours: neighboursOf(node, agreements),
    epoch: Math.round(timers.nowUs()),
    clock: own,
    timers,
    random: random.fork(`${node} back-off`),
    probeUs: config.probeUs,
    capacity: 5000,
    permitted: (to) => book.linkAllowed(node, to, own.nowUs()),
    // Nothing leaves that rests on a record which a crash could take: neither what was sent nor an acknowledgement.
    leave: (go) => sink.commit(() => mischief.pass(go)),
    history: { streams: historyStreams(node, agreements), commit: (go) => sink.commit(go) },
    onConnection: (connection) => say({ connection }),
  });
  const common = {
    mode,
    clock: own as Scheduler,
    book,
    signer,
    ring,
    transport: link.transport,
    journal,
    resumable: true,
    commit: (done: () => void) => sink.commit(done),
  };
  const part = node === 'HUB' ? hubPart(common) : nationPart(node, config, common);
  let taken = journal.past.reduce((n, { body }) => Math.max(n, Number(body.number ?? 0)), 0);
  if (journal.past.length > 0) part.goOn(journal.past, own);
  else part.begin();
  part.keys.resume(kept.events.map((e) => e.event));
  let rolledBack = false;
  let end = (): void => {};
  const witnesses = new WitnessOffice({
    mode,
    clock: own,
    journal,
    signer: () => part.keys.signer,
    ring,
    transport: link.transport,
    onOtherHistory: (of) => {
      rolledBack ||= of === node;
      if (rolledBack) end();
      else part.otherHistory(of);
    },
  });
  witnesses.goOn(journal.past);
  journal.forgetPast();
  sink.sync();
  const beat = (): void => {
    if (rolledBack) return;
    witnesses.beat();
    own.at(own.nowUs() + BEAT_US, beat);
  };
  const untilUs = timers.nowUs() + ASK_UNTIL_US;
  const ask = (): void => {
    if (witnesses.answered || timers.nowUs() >= untilUs) own.event(beat);
    else {
      witnesses.ask();
      timers.at(timers.nowUs() + ASK_EVERY_US, ask);
    }
  };
  ask();
  say({ ready: true, taken });
  const lines = createInterface({ input });
  end = () => lines.close();
  for await (const line of lines) {
    if (rolledBack) break;
    const message = JSON.parse(line) as ProcessInput;
    if ('number' in message) {
      const { number } = message;
      if (number <= taken) continue;
      taken = number;
      own.event(() => {
        if ('plot' in message) part.plot(message.plot, number);
        else part.message(message.message, number);
      });
      sink.commit(() => say({ taken: number }));
    } else if ('agreement' in message)
      book.append(message.agreement, { timeUs: own.nowUs(), event: message.event });
    else if ('rotateKey' in message)
      own.event(() => {
        const next = key(++turns);
        part.keys.rotate(next, addKey(next.record, roots.get(node)!, own.nowUs()));
      });
    else if ('mischief' in message) mischief.set(message.mischief);
    else if ('report' in message) {
      const links = link.transport.links().map(({ to, state, queued, unacknowledged }) => ({
        to,
        state,
        waiting: queued + unacknowledged,
      }));
      say({ links, ...part.report(), report: message.report });
    } else break;
  }
  if (rolledBack) {
    sink.sync();
    throw new BeaconfireError(
      'BF_JOURNAL',
      `expected the newest journal of ${node}, found one that is not what its witnesses saw: it was put back to an earlier state`,
      { file: config.journalFile },
      { status: 1 },
    );
  }
  own.event(() => part.endWarnings());
  const receiptsUs = timers.nowUs() + LAST_RECEIPTS_US;
  while (part.receiptsMissing() && timers.nowUs() < receiptsUs)
    await new Promise<void>((resolve) => void timers.at(timers.nowUs() + ASK_EVERY_US, resolve));
  part.close();
  await link.disconnect();
  own.stop();
  timers.stop();
  say({ ended: true });
}

/** What a journal that was left has of keys: the events in their order, and the key that the node used last. */
function keysKept(text: string): {
  events: { event: KeyEvent; timeUs: number }[];
  inUse: string | undefined;
} {
  const events: { event: KeyEvent; timeUs: number }[] = [];
  let inUse: string | undefined;
  for (const line of text.split('\n')) {
    if (!line.includes('"kind":"key')) continue;
    const { kind, body, timeUs } = JSON.parse(line) as JournalRecord;
    if (kind === 'key') events.push({ event: body.event as KeyEvent, timeUs });
    else if (kind === 'keyInUse') inUse = String(body.keyId);
  }
  return { events, inUse };
}

/** The node's clock: it stands still during an event, and never runs back over what a journal has. */
class EventClock implements Scheduler {
  readonly #inner: MachineClock;
  #atUs: number | undefined;
  #leastUs = 0;

  constructor(inner: MachineClock) {
    this.#inner = inner;
  }

  nowUs(): number {
    return this.#atUs ?? Math.max(this.#leastUs, this.#inner.nowUs());
  }

  at(timeUs: number, task: () => void): () => void {
    return this.#inner.at(timeUs, () => this.event(task));
  }

  neverBefore(timeUs: number): void {
    this.#leastUs = timeUs;
  }

  /** Works at one instant: now, or one that was. */
  event(work: () => void, atUs = this.nowUs()): void {
    const before = this.#atUs;
    this.#atUs = atUs;
    try {
      work();
    } finally {
      this.#atUs = before;
    }
  }

  stop(): void {
    this.#inner.stop();
  }
}

interface Part {
  keys: KeyOffice;
  plot(plot: Plot, number: number): void;
  /** Shares a message of people with the other nations. */
  message(text: string, number: number): void;
  /** Works through the records of an earlier life. */
  goOn(past: readonly JournalRecord[], clock: EventClock): void;
  /** Without a past. */
  begin(): void;
  report(): { picture: ReportedTrack[]; received: number; lost: number };
  /** Another node has two histories. */
  otherHistory(of: NodeId): void;
  /** Closes open warnings; nothing is stepped any more. */
  endWarnings(): void;
  /** Public messages have gone out, the last of their chains, that not every receiver has acknowledged. */
  receiptsMissing(): boolean;
  close(): void;
}

type Common = ConstructorParameters<typeof Hub>[0] & { commit: (done: () => void) => void };

/** A channel on which nothing leaves before the records that it rests on are on the disk. */
class CommittedChannel extends HttpPushChannel {
  readonly #commit: (done: () => void) => void;

  constructor(mode: Mode, urls: readonly string[], commit: (done: () => void) => void) {
    super(mode, urls);
    this.#commit = commit;
  }

  override send(...message: Parameters<HttpPushChannel['send']>): void {
    this.#commit(() => super.send(...message));
  }
}

function hubPart(common: Common): Part {
  const hub = new Hub({ ...common, soon: (flush) => void setImmediate(flush) });
  return {
    keys: hub.keys,
    plot() {},
    message() {},
    goOn: (past) => {
      common.journal.again(
        () => {
          for (const record of past) agreementAgain(common.book, record);
        },
        () => {},
      );
      hub.goOn(past);
    },
    begin() {},
    otherHistory() {},
    endWarnings() {},
    receiptsMissing: () => false,
    report: () => ({ picture: [], received: hub.counters.received, lost: hub.counters.lost }),
    close: () => hub.close(),
  };
}

function nationPart(nation: Exclude<NodeId, 'HUB'>, config: ProcessConfig, common: Common): Part {
  const others = NATIONS.filter((n) => n !== nation);
  let closed = false;
  const { push, mode } = config;
  const node = new NationNode({
    ...common,
    nation,
    catchesUp: true,
    ...(push
      ? {
          publisher: (hooks) =>
            exercisePublisher({
              seed: config.keySeed,
              fromUs: config.clock.startUs - RULE_BEFORE_US,
              config: exerciseConfig(nation),
              clock: common.clock,
              channels: [new CommittedChannel(mode, push, common.commit)],
              ...hooks,
            }),
        }
      : {}),
    sensors: config.sensors as Sensor[],
    sites: [],
    marking: { releasableTo: others, consents: others.map((to) => ({ to, until: '2100-01-01T00:00:00Z' })) },
    threat: config.threat,
    level: config.level,
  });
  const { clock } = common;
  const tick = (): void => {
    if (closed) return;
    common.journal.write('tick', {});
    node.tick();
    clock.at(clock.nowUs() + config.tickUs, tick);
  };
  clock.at(clock.nowUs() + config.tickUs, tick);
  const share = (text: string, number: number): void => {
    const nowUs = clock.nowUs();
    node.exchange.share({
      label: {
        id: `${nation}-message-${number}`,
        kind: 'message',
        mode: config.mode,
        originators: [nation],
        threat: config.threat,
        level: config.level,
        releasableTo: others,
        elements: ['impactPoint'],
        consents: [],
      },
      revision: 1,
      sourceType: 'human',
      observedUs: nowUs,
      madeUs: nowUs,
      expiresUs: nowUs + MESSAGE_VALID_US,
      body: { text },
    });
  };
  return {
    keys: node.exchange.keys,
    plot: (plot, number) => node.plot(plot, number),
    message(text, number) {
      common.journal.write('message', { text, number });
      share(text, number);
    },
    // Others may have been up for long.
    begin: () => node.catchUp(),
    goOn: (past, eventClock) =>
      goOn(
        node,
        past,
        (timeUs, work) => eventClock.event(work, timeUs),
        (record) => {
          if (record.kind === 'message') share(String(record.body.text), Number(record.body.number));
          else agreementAgain(common.book, record);
        },
      ),
    report: () => ({
      picture: node.pictureOf.tracks().map((t) => {
        const c = t.fused.covariance;
        return {
          members: [...t.members].sort(),
          timeUs: t.fused.timeUs,
          state: [...t.fused.state],
          sigmaM: Math.sqrt(c[0] + c[6] + c[11]),
        };
      }),
      received: others.reduce((n, o) => n + node.exchange.peer(o).delivered, 0),
      lost: others.reduce((n, o) => n + node.exchange.peer(o).lost, 0),
    }),
    otherHistory: (of) => node.otherHistory(of),
    endWarnings() {
      closed = true;
      node.endWarnings();
    },
    receiptsMissing: () => node.publisher?.awaited ?? false,
    close() {
      closed = true;
      node.close();
    },
  };
}

/** An event of an agreement that came while an earlier life of the process ran. */
function agreementAgain(book: AgreementBook, { kind, body, timeUs }: JournalRecord): void {
  if (kind !== 'agreement') return;
  const event = body.event as TimelineEvent['event'];
  book.append(String(body.agreement), { timeUs, event });
}

/** The configuration of a process from its file. */
export function readProcessConfig(file: string): ProcessConfig {
  try {
    return parseJson(ProcessConfig, readFileSync(file, 'utf8'), { file });
  } catch (cause) {
    if (cause instanceof BeaconfireError) throw cause;
    throw new BeaconfireError(
      'BF_FILE',
      `expected a readable file, found: ${(cause as Error).message}`,
      { file },
      { cause },
    );
  }
}
