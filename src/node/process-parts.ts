/** What a process is a node of: the hub, or a nation's node with its clock, its inputs and its channels to the public. */
import { HttpPushChannel } from '../channels/http.ts';
import { exercisePublisher } from '../channels/index.ts';
import {
  AgreementBook,
  Hub,
  type JournalRecord,
  loadAgreements,
  loadTerms,
  shiftAgreements,
  type TimelineEvent,
} from '../exchange/index.ts';
import type { KeyOffice } from '../exchange/key-office.ts';
import type { MachineClock } from '../exchange/transport/machine-clock.ts';
import type { Scheduler } from '../model/clock.ts';
import { type Mode, NATIONS, type NodeId } from '../model/nation.ts';
import type { Plot } from '../model/plot.ts';
import { exerciseConfig } from '../warning/index.ts';
import { goOn } from './go-on.ts';
import { NationNode } from './node.ts';
import type { ProcessConfig, ReportedTrack } from './process-wire.ts';

/** The standing rule of an exercise was signed so long before it, us: clocks may be off. */
const RULE_BEFORE_US = 3600e6;
/** A message of people is worth passing on this long, us. */
const MESSAGE_VALID_US = 3600e6;

/** The node's clock: it stands still during an event, and never runs back over what a journal has. */
export class EventClock implements Scheduler {
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

/** The agreements that a process decides under, with their written terms, which may be stricter and must permit as well. */
export function bookOf({ path, shiftUs }: ProcessConfig['agreements']): AgreementBook {
  const terms = loadTerms(path);
  terms?.prepare();
  return new AgreementBook(shiftAgreements(loadAgreements(path), shiftUs), terms);
}

export interface Part {
  keys: KeyOffice;
  plot(plot: Plot, number: number): void;
  /** Shares a message of people with the other nations. */
  message(text: string, number: number): void;
  /** Works through the records of an earlier life. */
  goOn(past: readonly JournalRecord[], clock: EventClock): void;
  /** Without a past. */
  begin(): void;
  report(): { picture: ReportedTrack[]; received: number; lost: number };
  /** An event of an agreement contradicts what stands: nothing changes, and it is told. */
  agreementRefused(agreement: string, event: string, why: string): void;
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

export function hubPart(common: Common): Part {
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
    agreementRefused: (agreement, event, why) =>
      void common.journal.write('agreementRefused', { agreement, event, why }),
    otherHistory() {},
    endWarnings() {},
    receiptsMissing: () => false,
    report: () => ({ picture: [], received: hub.counters.received, lost: hub.counters.lost }),
    close: () => hub.close(),
  };
}

export function nationPart(nation: Exclude<NodeId, 'HUB'>, config: ProcessConfig, common: Common): Part {
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
    sensors: config.sensors,
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
    agreementRefused: (...what) => node.agreementRefused(...what),
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
