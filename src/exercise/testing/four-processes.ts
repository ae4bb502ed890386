/**
 * For tests and campaigns of faults: an exercise played by four nodes as four processes over four NATS servers. Feeds
 * each process the plots of its sensors and messages of people, gives again what a killed process had not taken, and
 * tells at the end what was lost or doubled.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isoToUs } from '../../earth/time.ts';
import { isCanary } from '../../exchange/canary-rules.ts';
import { type Envelope, readPayload } from '../../exchange/envelope.ts';
import {
  exerciseKeys,
  type JournalRecord,
  keyFileText,
  loadAgreements,
  type RunReport,
  verifyRun,
} from '../../exchange/index.ts';
import { Namespaces } from '../../exchange/testing/namespaces.ts';
import { NatsTestNetwork } from '../../exchange/testing/nats-network.ts';
import { tlsOf } from '../../exchange/transport/nats-servers.ts';
import { NATIONS, type Nation, NODE_IDS, type NodeId } from '../../model/nation.ts';
import { sensorOfSite } from '../../model/sensor.ts';
import type { MischiefSpec } from '../../node/process-mischief.ts';
import type { ProcessConfig, ProcessInput, ProcessOutput, ReportedTrack } from '../../node/process-wire.ts';
import { prepareRun, type RunOptions } from '../run.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const AGREEMENT = 'mechanism-2023';
/** The exercise's keys, those of its warning offices too, are made from it. */
export const KEY_SEED = 7;
const FEED_MS = 50;
/** Each nation says something every so many feedings. */
const MESSAGE_EVERY = 10;
/** So many parcels are on the way over a link at any time, however well it is: some ten a second are given to each. */
const ON_THE_WAY = 10;
/** The exercise begins so long after it is made, ms of the machine: the processes come up meanwhile. */
const HEAD_START_MS = 2500;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const wallMs = (): number => performance.timeOrigin + performance.now();

export type Report = Extract<ProcessOutput, { report: number }>;
type Numbered = Extract<ProcessInput, { number: number }>;

/** One node as a child process. */
class NodeProcess {
  readonly #child: ChildProcess;
  readonly #waiting: ((line: ProcessOutput) => boolean)[] = [];
  #said = '';
  #reports = 0;
  readonly gone: Promise<void>;
  /** The last input that it has said to be on its disk. */
  taken = 0;

  constructor(wrap: string[], configFile: string) {
    const main = ['--import', 'tsx', 'src/node/process-main.ts', configFile];
    const [command, ...args] = [...wrap, process.execPath, ...main];
    this.#child = spawn(command, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] });
    this.gone = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-4000);
    });
    this.#child.stdin?.on('error', () => {});
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      const output = JSON.parse(line) as ProcessOutput;
      if ('taken' in output) this.taken = output.taken;
      for (const wait of [...this.#waiting])
        if (wait(output)) this.#waiting.splice(this.#waiting.indexOf(wait), 1);
    });
  }

  /** Its last words on standard error. */
  get said(): string {
    return this.#said;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  tell(input: ProcessInput): void {
    this.tellLine(JSON.stringify(input));
  }

  tellLine(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  waitFor<T extends ProcessOutput>(is: (line: ProcessOutput) => line is T, ms = 30_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new Error(`no answer of a node process; it said: ${this.#said}`));
      const timer = setTimeout(fail, ms);
      void this.gone.then(() => {
        clearTimeout(timer);
        fail();
      });
      this.#waiting.push((line) => {
        if (!is(line)) return false;
        clearTimeout(timer);
        resolve(line);
        return true;
      });
    });
  }

  report(): Promise<Report> {
    const number = ++this.#reports;
    const answer = this.waitFor((l): l is Report => 'report' in l && l.report === number);
    this.tell({ report: number });
    return answer;
  }

  async kill(): Promise<void> {
    if (this.alive) this.#child.kill('SIGKILL');
    await this.gone;
  }
}

export interface FourOptions {
  scenario: string;
  /** The nodes' clocks begin so long after the launch, s. */
  fromS: number;
  /** Seconds of the exercise a second of the machine. */
  speed: number;
  /** In network namespaces of their own; only where `Namespaces.possible()`. */
  separate: boolean;
  /** Error of each node's clock, us. */
  skewUs?: Partial<Record<NodeId, number>>;
  /** Where a nation's public warnings are pushed. */
  push?: Partial<Record<NodeId, string[]>>;
}

/** What became of the items and plots of a whole run. */
export interface Account {
  messages: { due: number; lost: number; doubled: number };
  /** Tracklets and estimates. */
  items: { sent: number; received: number; doubled: number };
  plots: { given: number; lost: number; doubled: number };
  /** Times that a process went on with its journal, and bytes of torn lines it took off. */
  resumed: number;
  torn: number;
  report: RunReport;
}

export class FourProcesses {
  readonly network: NatsTestNetwork;
  readonly #o: FourOptions;
  readonly #run: RunOptions;
  readonly #processes = new Map<NodeId, NodeProcess>();
  readonly #atMs = wallMs() + HEAD_START_MS;
  readonly #inputs = new Map<Nation, Numbered[]>(NATIONS.map((n) => [n, []]));
  readonly #messages = new Map<Nation, number>(NATIONS.map((n) => [n, 0]));
  /** Nations whose process is up and has been given all of its inputs. */
  readonly #fed = new Set<NodeId>();
  #plot = 0;
  #feeding: NodeJS.Timeout | undefined;

  private constructor(network: NatsTestNetwork, run: RunOptions, options: FourOptions) {
    this.network = network;
    this.#run = run;
    this.#o = options;
  }

  /** The mechanism of 2023, widened to messages of people, and nothing else: KOR and JPN have no link. */
  static async start(options: FourOptions): Promise<FourProcesses> {
    const [mechanism] = loadAgreements(join(ROOT, 'agreements')).filter((a) => a.id === AGREEMENT);
    const network = await (options.separate
      ? NatsTestNetwork.startInNamespaces([mechanism], [AGREEMENT])
      : NatsTestNetwork.start([mechanism], [AGREEMENT]));
    const yaml = readFileSync(join(ROOT, 'agreements', `${AGREEMENT}.yaml`), 'utf8');
    mkdirSync(join(network.dir, 'agreements'));
    const widened = yaml.replace(/^kinds: .*$/m, 'kinds: any');
    writeFileSync(join(network.dir, 'agreements', `${AGREEMENT}.yaml`), widened);
    const terms = readFileSync(join(ROOT, 'agreements', `${AGREEMENT}.cedar`), 'utf8');
    const widenedTerms = terms.replace(/^unless \{ \["tracklet".*$/m, 'unless { true };');
    writeFileSync(join(network.dir, 'agreements', `${AGREEMENT}.cedar`), widenedTerms);
    const x = new FourProcesses(network, prepareRun({ scenario: options.scenario }), options);
    try {
      await Promise.all(NODE_IDS.map((n) => x.startNode(n)));
    } catch (error) {
      await x.stop();
      throw error;
    }
    return x;
  }

  static separable(): boolean {
    return Namespaces.possible();
  }

  get startUs(): number {
    return this.#run.world.flights[0].launchUs + this.#o.fromS * 1e6;
  }

  nowUs(): number {
    return this.startUs + (wallMs() - this.#atMs) * 1000 * this.#o.speed;
  }

  /** Starts a node's process, at first or again, and gives it what it has not taken. */
  async startNode(node: NodeId): Promise<void> {
    const { network, startUs } = this;
    const { scenario, world } = this.#run;
    const folder = join(network.dir, node);
    const config: ProcessConfig = {
      node,
      mode: 'exercise',
      keySeed: KEY_SEED,
      nats: {
        server: network.server(node),
        credentialsFile: join(folder, 'node.creds'),
        ...tlsOf(network.dir, node),
      },
      clock: { startUs, atMs: this.#atMs, speed: this.#o.speed, skewUs: this.#o.skewUs?.[node] ?? 0 },
      agreements: { path: join(network.dir, 'agreements'), shiftUs: startUs - isoToUs('2024-01-14')! },
      journalFile: join(network.dir, 'journal', node, 'journal.ndjson'),
      threat: scenario.threat,
      level: scenario.level,
      sensors: world.sites.filter((s) => s.nation === node).map(sensorOfSite),
      probeUs: 200_000,
      tickUs: 500_000,
      ...(this.#o.push?.[node] ? { push: this.#o.push[node] } : {}),
    };
    const file = join(folder, 'node.json');
    writeFileSync(file, JSON.stringify(config));
    const child = new NodeProcess(network.wrap(node), file);
    this.#processes.set(node, child);
    const { taken } = await child.waitFor((l): l is Extract<ProcessOutput, { ready: true }> => 'ready' in l);
    if (node === 'HUB') return;
    for (const input of this.#inputs.get(node)!.slice(taken)) child.tell(input);
    this.#fed.add(node);
  }

  /** Starts a node's process that is to end by itself; what it said. */
  async startsInVain(node: NodeId): Promise<string> {
    await this.startNode(node).catch(() => {});
    const child = this.#processes.get(node)!;
    await Promise.race([child.gone, pause(20_000)]);
    const { said, alive } = child;
    await this.killNode(node);
    return alive ? 'it goes on' : said;
  }

  /** Kills a node's process at this instant. */
  async killNode(node: NodeId): Promise<void> {
    this.#fed.delete(node);
    await this.#processes.get(node)?.kill();
  }

  /** Gives a node's process a line that it is to refuse; why it did. */
  async refuses(node: NodeId, line: string): Promise<string> {
    const child = this.#processes.get(node)!;
    const answer = child.waitFor((l): l is Extract<ProcessOutput, { refused: number }> => 'refused' in l);
    child.tellLine(line);
    return (await answer).why;
  }

  report(node: NodeId): Promise<Report> {
    return this.#processes.get(node)!.report();
  }

  /** The node gets a new key while everything runs. */
  rotateKey(node: NodeId): void {
    this.#processes.get(node)!.tell({ rotateKey: true });
  }

  /** What a node's journal has heard of the keys of a nation: `added`, `revoked`. */
  keyEventsHeard(node: NodeId, nation: Nation): string[] {
    const text = readFileSync(join(this.network.dir, 'journal', node, 'journal.ndjson'), 'utf8');
    const heard = text
      .split('\n')
      .filter((l) => l.includes('"kind":"key"'))
      .map((l) => (JSON.parse(l) as { body: { event: { event: string; by: string } } }).body.event);
    return [...new Set(heard.filter((e) => e.by.startsWith(nation)).map((e) => e.event))].sort();
  }

  mischief(node: NodeId, mischief: MischiefSpec | null): void {
    this.#processes.get(node)!.tell({ mischief });
  }

  /** Gives each process the plots of its sensors as they fall due, and a message of each nation twice a second. */
  feed(): void {
    const { plots } = this.#run.world;
    let ticks = 0;
    while (plots[this.#plot] && plots[this.#plot].arrivalUs < this.startUs) this.#plot++;
    this.#feeding = setInterval(() => {
      const nowUs = this.nowUs();
      for (; plots[this.#plot] && plots[this.#plot].arrivalUs <= nowUs; this.#plot++) {
        const { nation, plot } = plots[this.#plot];
        this.#give(nation, (number) => ({ number, plot }));
      }
      if (++ticks % MESSAGE_EVERY !== 0 || nowUs < this.startUs) return;
      for (const nation of NATIONS) {
        const n = this.#messages.get(nation)! + 1;
        this.#messages.set(nation, n);
        this.#give(nation, (number) => ({ number, message: `EXERCISE ${n}` }));
      }
    }, FEED_MS);
  }

  stopFeeding(): void {
    clearInterval(this.#feeding);
  }

  /** Whether any plots are still to come. */
  get plotsLeft(): boolean {
    return this.#plot < this.#run.world.plots.length;
  }

  async pictures(): Promise<ReportedTrack[][]> {
    return (await Promise.all(NATIONS.map((n) => this.report(n)))).map((r) => r.picture);
  }

  /**
   * Ms of the machine until all three pictures are equal: tracks of the same members, each within its uncertainty of the
   * others'. Undefined: not within the limit.
   */
  equalWithin(limitMs: number): Promise<number | undefined> {
    return this.#until(limitMs, async () => {
      const [first, ...others] = await this.pictures();
      return first.length > 0 && others.every((p) => apart(first, p) < EQUAL_SIGMA);
    });
  }

  /**
   * Ms of the machine until all links are up and what waited has arrived or is told as a gap: no more waits for its
   * recipient's acknowledgement than is always on the way. Undefined: not within the limit.
   */
  caughtUpWithin(limitMs: number): Promise<number | undefined> {
    return this.#until(limitMs, async () =>
      (await Promise.all(NODE_IDS.map((n) => this.report(n)))).every(({ links }) =>
        links.every((l) => l.state === 'up' && l.waiting <= ON_THE_WAY),
      ),
    );
  }

  /** Ms of the machine until nothing is on the way any more; undefined: not within the limit. */
  drainedWithin(limitMs: number): Promise<number | undefined> {
    return this.#until(limitMs, async () =>
      (await Promise.all(NODE_IDS.map((n) => this.report(n)))).every(({ links }) =>
        links.every((l) => l.waiting === 0),
      ),
    );
  }

  async #until(limitMs: number, holds: () => Promise<boolean>): Promise<number | undefined> {
    const begunMs = wallMs();
    for (;;) {
      const held = await holds();
      const tookMs = wallMs() - begunMs;
      if (held && tookMs <= limitMs) return tookMs;
      if (tookMs > limitMs) return undefined;
      await pause(50);
    }
  }

  /** Ends all processes in good order, and accounts for everything that was given to them. */
  async end(): Promise<Account> {
    this.stopFeeding();
    for (const node of [...NATIONS, 'HUB'] as const) {
      const child = this.#processes.get(node)!;
      child.tell({ end: true });
      await Promise.race([child.gone, pause(10_000)]);
    }
    return this.#account();
  }

  async stop(): Promise<void> {
    this.stopFeeding();
    for (const child of this.#processes.values()) await child.kill();
    await this.network.stop();
  }

  #give(nation: Nation, make: (number: number) => Numbered): void {
    const inputs = this.#inputs.get(nation)!;
    const input = make(inputs.length + 1);
    inputs.push(input);
    if (this.#fed.has(nation)) this.#processes.get(nation)!.tell(input);
  }

  #account(): Account {
    const { dir } = this.network;
    const { ring } = exerciseKeys(KEY_SEED, NODE_IDS);
    writeFileSync(join(dir, 'journal', 'keys.json'), keyFileText(ring, 'exercise', 'inJournals'));
    const account: Account = {
      messages: { due: 0, lost: 0, doubled: 0 },
      items: { sent: 0, received: 0, doubled: 0 },
      plots: { given: 0, lost: 0, doubled: 0 },
      resumed: 0,
      torn: 0,
      report: verifyRun(dir),
    };
    for (const node of NODE_IDS) {
      const text = readFileSync(join(dir, 'journal', node, 'journal.ndjson'), 'utf8');
      const records = text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as JournalRecord);
      for (const { kind, body } of records) {
        if (kind !== 'resumed') continue;
        account.resumed++;
        account.torn += Number(body.torn) > 0 ? 1 : 0;
      }
      if (node !== 'HUB') this.#accountOf(node, records, account);
    }
    return account;
  }

  #accountOf(node: Nation, records: readonly JournalRecord[], account: Account): void {
    const taken = new Map<string, number>();
    const plots = new Map<number, number>();
    for (const { kind, body } of records) {
      if (kind === 'sent' && !String(body.item).startsWith('canary:')) account.items.sent++;
      if (kind === 'plot' || kind === 'plotRefused')
        plots.set(Number(body.number), (plots.get(Number(body.number)) ?? 0) + 1);
      if (kind !== 'received') continue;
      const item = readPayload(body.envelope as Envelope)?.item;
      if (!item || isCanary(item)) continue;
      const name = `${item.label.id} ${item.revision}`;
      taken.set(name, (taken.get(name) ?? 0) + 1);
      if (item.label.kind !== 'message') account.items.received++;
    }
    for (const [name, n] of taken) {
      if (n > 1) account[name.includes('-message-') ? 'messages' : 'items'].doubled++;
    }
    for (const from of NATIONS) {
      if (from === node) continue;
      for (const input of this.#inputs.get(from)!) {
        if (!('message' in input)) continue;
        account.messages.due++;
        if (!taken.has(`${from}-message-${input.number} 1`)) account.messages.lost++;
      }
    }
    for (const input of this.#inputs.get(node)!) {
      if (!('plot' in input)) continue;
      account.plots.given++;
      const n = plots.get(input.number) ?? 0;
      if (n === 0) account.plots.lost++;
      if (n > 1) account.plots.doubled++;
    }
  }
}

/** Pictures are equal when no track is further from the other's than this, in their common sigma. */
const EQUAL_SIGMA = 3;

/** Greatest distance between tracks of the same members, in their sigma; infinite if the pictures hold other tracks. */
export function apart(a: readonly ReportedTrack[], b: readonly ReportedTrack[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (const t of a) {
    const u = b.find((x) => x.members.join() === t.members.join());
    if (!u) return Number.POSITIVE_INFINITY;
    const [early, late] = t.timeUs < u.timeUs ? [t, u] : [u, t];
    const dt = (late.timeUs - early.timeUs) / 1e6;
    const r3 = Math.hypot(...early.state.slice(0, 3)) ** 3;
    const d = [0, 1, 2].map((i) => {
      const fall = -3.986004418e14 * (early.state[i] / r3);
      return early.state[i] + early.state[i + 3] * dt + (fall * dt * dt) / 2 - late.state[i];
    });
    worst = Math.max(worst, Math.hypot(...d) / Math.hypot(t.sigmaM, u.sigmaM));
  }
  return worst;
}
