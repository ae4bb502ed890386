/**
 * A node as a process of its own: it reads its configuration, joins its NATS server, and takes the plots of its own
 * sensors as lines on standard input, until it is told to end. What it knows it says as lines on standard output.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { seededRandom } from '../earth/random.ts';
import { openDurable } from '../exchange/durable.ts';
import { exerciseKey, exerciseKeys, Journal, type JournalRecord, Signer } from '../exchange/index.ts';
import { eachLine, type JournalSource } from '../exchange/journal-lines.ts';
import { addKey, type KeyEvent } from '../exchange/keys.ts';
import { MachineClock } from '../exchange/transport/machine-clock.ts';
import { connectNats } from '../exchange/transport/nats.ts';
import { historyStreams, neighboursOf } from '../exchange/transport/nats-plan.ts';
import { BEAT_US, sawOtherHistory, WitnessOffice } from '../exchange/witness-office.ts';
import type { Scheduler } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import { NODE_IDS } from '../model/nation.ts';
import { readInput } from './process-input.ts';
import { Mischief } from './process-mischief.ts';
import { bookOf, EventClock, hubPart, nationPart } from './process-parts.ts';
import type { ProcessConfig, ProcessInput, ProcessOutput } from './process-wire.ts';

/**
 * The witnesses are asked what they saw of the journal before it gets its first new beat, this often and so long, us of
 * the machine; nothing else waits for their answer.
 */
const ASK_EVERY_US = 50_000;
const ASK_UNTIL_US = 5e6;

/** The receipts of the last public messages are waited for so long at the end, us of the machine. */
const LAST_RECEIPTS_US = 2e6;

/** Runs a node until it is told to end. */
export async function runProcess(
  config: ProcessConfig,
  input: NodeJS.ReadableStream,
  say: (line: ProcessOutput) => void,
): Promise<void> {
  const { node, mode, clock: c, nats } = config;
  const { signers, roots, ring } = exerciseKeys(config.keySeed, NODE_IDS);
  const { sink, source, torn } = openDurable(config.journalFile);
  const kept = keysKept(source);
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
  const journal = Journal.resume({ clock: own, sink, signer, ring, source, torn });
  const putBack = (): never => {
    sink.sync();
    throw new BeaconfireError(
      'BF_JOURNAL',
      `expected the newest journal of ${node}, found one that is not what its witnesses saw: it was put back to an earlier state`,
      { file: config.journalFile },
      { status: 1 },
    );
  };
  // Its witnesses said so in an earlier life already: it joins nobody.
  if (sawOtherHistory(node, journal.past)) putBack();
  own.neverBefore(journal.past.at(-1)?.timeUs ?? 0);
  const timers = new MachineClock();
  const book = bookOf(config.agreements);
  const { agreements } = book;
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
  let lineNumber = 0;
  for await (const line of lines) {
    if (rolledBack) break;
    lineNumber++;
    let message: ProcessInput;
    try {
      message = readInput(line, lineNumber);
    } catch (error) {
      if (!(error instanceof BeaconfireError)) throw error;
      say({ refused: lineNumber, why: error.message });
      continue;
    }
    if ('number' in message) {
      const { number } = message;
      if (number <= taken) continue;
      taken = number;
      own.event(() => {
        if ('plot' in message) part.plot(message.plot, number);
        else part.message(message.message, number);
      });
      sink.commit(() => say({ taken: number }));
    } else if ('agreement' in message) {
      const { agreement, event } = message;
      own.event(() => {
        try {
          book.append(agreement, { timeUs: own.nowUs(), event });
        } catch (error) {
          if (!(error instanceof BeaconfireError) || error.code !== 'BF_AGREEMENT') throw error;
          part.agreementRefused(agreement, event, error.message);
          say({ refused: lineNumber, why: error.message });
        }
      });
    } else if ('rotateKey' in message)
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
  if (rolledBack) putBack();
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
function keysKept(source: JournalSource): {
  events: { event: KeyEvent; timeUs: number }[];
  inUse: string | undefined;
} {
  const events: { event: KeyEvent; timeUs: number }[] = [];
  let inUse: string | undefined;
  eachLine(source, (line) => {
    if (!line.includes('"kind":"key')) return;
    const { kind, body, timeUs } = JSON.parse(line) as JournalRecord;
    if (kind === 'key') events.push({ event: body.event as KeyEvent, timeUs });
    else if (kind === 'keyInUse') inUse = String(body.keyId);
  });
  return { events, inUse };
}
