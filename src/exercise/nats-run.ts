/**
 * A run whose nodes are joined by four real NATS servers on this machine. The exercise's clock stands still while
 * messages travel, and what arrived meanwhile is taken in a fixed order, so the run is as repeatable as any other;
 * how fast the network was is measured by `beaconfire bench latency`, not here.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../earth/random.ts';
import { isoToUs } from '../earth/time.ts';
import { AgreementBook, type AgreementState, shiftAgreements, type Transport } from '../exchange/index.ts';
import { MachineClock } from '../exchange/transport/machine-clock.ts';
import { connectNats, type NatsLink } from '../exchange/transport/nats.ts';
import { generateNats, type ServerPlace } from '../exchange/transport/nats-config.ts';
import { neighboursOf } from '../exchange/transport/nats-plan.ts';
import {
  NatsAuthority,
  type RunningServer,
  startNatsServer,
  tlsOf,
  writeNatsFiles,
} from '../exchange/transport/nats-servers.ts';
import type {
  Gap,
  GapTold,
  Hold,
  LinkState,
  LinkStatus,
  Parcel,
  Receive,
  SendResult,
} from '../exchange/transport/transport.ts';
import type { Clock } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import { NODE_IDS, type NodeId } from '../model/nation.ts';
import { startRecording } from './record.ts';
import type { ExerciseRun, RunOptions } from './run.ts';
import type { RunFiles } from './run-files.ts';
import type { Summary } from './summary.ts';

const PROBE_US = 100_000;
const STEP_US = 500_000;
const BURST = 50_000;
const SETTLE_MS = 60_000;
const IN_FORCE: readonly AgreementState[] = ['inForce', 'notice', 'noticeSuspended'];

interface Arrival {
  key: string;
  deliver: () => void;
}

/** A transport whose arrivals wait until they are called for. */
class Gathered implements Transport {
  readonly node: NodeId;
  readonly history: Transport['history'];
  readonly #inner: Transport;
  readonly arrivals: Arrival[] = [];
  sent = 0;
  received = 0;

  constructor(inner: Transport) {
    this.node = inner.node;
    this.history = inner.history;
    this.#inner = inner;
    inner.onGap((gap) => {
      if (gap.from === this.node) this.sent -= gap.ids.length;
    });
  }

  send(to: NodeId, parcel: Parcel): SendResult {
    this.sent++;
    const result = this.#inner.send(to, parcel);
    if (!result.accepted) this.sent--;
    return result;
  }

  note(to: NodeId, bytes: Uint8Array): void {
    this.#inner.note(to, bytes);
  }

  onNote(handler: (from: NodeId, bytes: Uint8Array) => void): void {
    this.#inner.onNote(handler);
  }

  room(...args: Parameters<Transport['room']>): number {
    return this.#inner.room(...args);
  }

  tellGap(to: NodeId, gap: GapTold, onSettled?: () => void): void {
    this.#inner.tellGap(to, gap, onSettled);
  }

  onReceive(handler: Receive): void {
    this.#inner.onReceive((from, bytes, hold, history) => {
      this.received++;
      const acknowledge = hold();
      let held = false;
      const deliver = (): void => {
        handler(
          from,
          bytes,
          () => {
            held = true;
            return acknowledge;
          },
          history,
        );
        if (!held) acknowledge();
      };
      this.arrivals.push({ key: orderOf(from, bytes), deliver });
    });
  }

  onGap(handler: (gap: Gap, hold: Hold) => void): void {
    this.#inner.onGap(handler);
  }

  onStatus(handler: (to: NodeId, state: LinkState) => void): void {
    this.#inner.onStatus(handler);
  }

  links(): LinkStatus[] {
    return this.#inner.links();
  }

  close(): void {
    this.#inner.close();
  }
}

/** What orders arrivals of one instant: sender, then the item's time, name and revision. */
function orderOf(from: NodeId, bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    const { payload } = JSON.parse(text) as { payload: string };
    const { item } = JSON.parse(payload) as {
      item: { madeUs: number; revision: number; label: { id: string } };
    };
    return `${from} ${item.madeUs} ${item.label.id} ${String(item.revision).padStart(9, '0')} ${text}`;
  } catch {
    return `${from} ${text}`;
  }
}

/** The four servers, each node's connection to its own, and the keepers of their accounts. */
class NatsExercise {
  readonly #dir = mkdtempSync(join(tmpdir(), 'beaconfire-nats-'));
  readonly #servers: RunningServer[] = [];
  readonly #links = new Map<NodeId, NatsLink>();
  readonly #gathered = new Map<NodeId, Gathered>();
  readonly #authorities: NatsAuthority[] = [];
  readonly #timers = new MachineClock();
  #context: { clock: Clock; book: AgreementBook } | undefined;
  #inForce = new Set<string>();

  async start(options: RunOptions): Promise<void> {
    const { agreements, world, asOf, seed, scenario } = options;
    const places = {} as Record<NodeId, ServerPlace>;
    for (const node of NODE_IDS)
      places[node] = { host: '127.0.0.1', clientPort: await freePort(), leafPort: await freePort() };
    const book = new AgreementBook(shiftAgreements(agreements, world.startUs - isoToUs(asOf)!));
    this.#inForce = inForceAt(book, world.startUs);
    const nowS = this.#timers.nowUs() / 1e6;
    const plan = { mode: scenario.mode, agreements, inForce: [...this.#inForce], nowS, places };
    writeNatsFiles(this.#dir, await generateNats(plan));
    for (const node of ['HUB', 'KOR', 'USA', 'JPN'] as const)
      this.#servers.push(await startNatsServer(this.#dir, node, places[node]));
    const random = seededRandom(seed).fork('nats');
    for (const node of NODE_IDS) {
      const server = `${places[node].host}:${places[node].clientPort}`;
      const link = await connectNats({
        node,
        mode: scenario.mode,
        server,
        credentials: readFileSync(join(this.#dir, node, 'node.creds'), 'utf8'),
        tls: tlsOf(this.#dir, node),
        neighbours: neighboursOf(node, agreements),
        epoch: 1,
        clock: { nowUs: () => this.#context?.clock.nowUs() ?? world.startUs },
        timers: this.#timers,
        random: random.fork(node),
        probeUs: PROBE_US,
        // Nothing is taken before everything has come: what an agreement frees at one instant must all be on the way.
        capacity: BURST,
        window: BURST,
        permitted: (to) => this.#context?.book.linkAllowed(node, to, this.#context.clock.nowUs()) ?? true,
      });
      this.#links.set(node, link);
      this.#gathered.set(node, new Gathered(link.transport));
      this.#authorities.push(await NatsAuthority.connect(this.#dir, node, server));
    }
  }

  transport(node: NodeId, context: { clock: Clock; book: AgreementBook }): Transport {
    this.#context = context;
    return this.#gathered.get(node)!;
  }

  /**
   * Brings the servers to the agreements as they stand, and everything that was sent to where it goes. `flush` does what is
   * due at this instant: the hub passes on together what reached it at one moment.
   */
  async settle(flush: () => void): Promise<void> {
    await this.#applyAgreements();
    const deadline = performance.now() + SETTLE_MS;
    const all = NODE_IDS.map((n) => this.#gathered.get(n)!);
    const open = (): boolean =>
      all.some((g) => g.arrivals.length > 0) ||
      all.reduce((n, g) => n + g.sent, 0) > all.reduce((n, g) => n + g.received, 0);
    const waitWhile = async (waits: () => boolean, what: string): Promise<void> => {
      while (waits()) {
        if (performance.now() > deadline)
          throw new BeaconfireError(
            'BF_INTERNAL',
            `expected what was sent over NATS to ${what}, found ${all.map(standing).join('; ')}`,
          );
        await pause(1);
      }
    };
    while (open()) {
      await waitWhile(
        () => all.reduce((n, g) => n + g.sent, 0) > all.reduce((n, g) => n + g.received, 0),
        'arrive',
      );
      for (const g of all) {
        const arrivals = g.arrivals.splice(0).sort((a, b) => (a.key < b.key ? -1 : 1));
        for (const { deliver } of arrivals) deliver();
      }
      flush();
    }
    await waitWhile(() => all.some((g) => g.links().some((l) => l.unacknowledged > 0)), 'be acknowledged');
  }

  async stop(): Promise<void> {
    for (const authority of this.#authorities) await authority.close();
    for (const link of this.#links.values()) await link.kill();
    for (const server of this.#servers) await server.kill();
    this.#timers.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #applyAgreements(): Promise<void> {
    if (!this.#context) return;
    const { book, clock } = this.#context;
    const now = inForceAt(book, clock.nowUs());
    const changed = book.agreements.map((a) => a.id).filter((id) => now.has(id) !== this.#inForce.has(id));
    this.#inForce = now;
    for (const id of changed)
      for (const authority of this.#authorities) await authority.apply(id, now, this.#timers.nowUs() / 1e6);
  }
}

function inForceAt(book: AgreementBook, nowUs: number): Set<string> {
  return new Set(book.agreements.map((a) => a.id).filter((id) => IN_FORCE.includes(book.state(id, nowUs))));
}

/** Runs a scenario over NATS and writes what it leaves, as `recordRunInto` does. */
export async function recordRunOverNats(
  files: RunFiles,
  options: RunOptions,
  onProgress?: (share: number) => void,
): Promise<Summary> {
  const exercise = new NatsExercise();
  try {
    await exercise.start(options);
    const recording = startRecording(
      { ...options, transport: (node, context) => exercise.transport(node, context) },
      files,
    );
    const run: ExerciseRun = recording.run;
    while (!run.ended) {
      run.advanceTo(run.nowUs + STEP_US);
      if (!run.ended) await exercise.settle(() => run.advanceTo(run.nowUs));
      onProgress?.((run.nowUs - run.startUs) / (run.endUs - run.startUs));
    }
    return recording.finish();
  } finally {
    await exercise.stop();
  }
}

function standing(g: Gathered): string {
  const links = g.links().map((l) => `${l.to} ${l.state} ${l.queued} waiting ${l.unacknowledged} on the way`);
  return `${g.node} sent ${g.sent}, received ${g.received} (${links.join(', ')})`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
