/** One run of a scenario: the simulated world feeds the nodes of three nations and the hub, on one virtual clock. */
import { join } from 'node:path';
import { type ExerciseOffice, exerciseOffice } from '../channels/index.ts';
import { seededRandom } from '../earth/random.ts';
import { isoToUs } from '../earth/time.ts';
import { DEG, ecefToGeodetic } from '../earth/wgs84.ts';
import {
  type Agreement,
  AgreementBook,
  AgreementLedger,
  exerciseKeys,
  Hub,
  InProcessNetwork,
  Journal,
  type JournalSink,
  type KeyRing,
  type LedgerEntry,
  loadAgreements,
  loadTerms,
  type Signer,
  shiftAgreements,
  type Terms,
  type Transport,
  WitnessCircle,
} from '../exchange/index.ts';
import { type Clock, VirtualScheduler } from '../model/clock.ts';
import { BeaconfireError } from '../model/errors.ts';
import { NATIONS, type Nation, NODE_IDS, type NodeId } from '../model/nation.ts';
import { sensorOfSite } from '../model/sensor.ts';
import { NationNode, type PublicationHooks } from '../node/node.ts';
import type { ExerciseState, RecallRequest, RecallView } from '../node/wire.ts';
import { exerciseConfig, type IssuedWarning } from '../warning/index.ts';
import {
  type AgreementEventSpec,
  loadScenario,
  PROJECT_ROOT,
  type RecallSpec,
  type Scenario,
} from './scenario.ts';
import { siteView } from './views.ts';
import { makeWorld, type SimulatedWorld } from './world.ts';

/** What a run is asked for, as a person says it. */
export interface RunRequest {
  scenario: string;
  seed?: number;
  /** A file or folder of agreements; those of the project by default. */
  agreementsPath?: string;
  /** The day under whose agreements it runs; the scenario's by default. */
  asOf?: string;
}

/** What a run is, with everything that can be made before it starts. */
export interface RunOptions {
  scenario: Scenario;
  seed: number;
  asOf: string;
  agreements: readonly Agreement[];
  /** Their written terms, where there are any. */
  terms?: Terms;
  world: SimulatedWorld;
  /** Where a node's journal goes; nowhere by default. */
  sink?: (node: NodeId) => JournalSink;
  /** Called after each step of the nodes. */
  onTick?: (run: ExerciseRun) => void;
  onWarning?: (nation: Nation, issued: IssuedWarning) => void;
  /** People sign each public warning; by default a rule that two of the exercise's people signed beforehand covers all. */
  approval?: 'rule' | 'people';
  /** What joins the nodes, where it is not the network within this process. */
  transport?: (node: NodeId, context: { clock: Clock; book: AgreementBook }) => Transport;
}

/** The nodes do their regular work this often, us. */
const TICK_US = 500_000;

/**
 * Reads and makes everything that a run needs; throws a BeaconfireError for what is wrong with it. `world`: of the same
 * scenario and seed, where it is made already.
 */
export function prepareRun(request: RunRequest, world?: SimulatedWorld): RunOptions {
  const scenario = loadScenario(request.scenario);
  const agreementsPath = request.agreementsPath ?? join(PROJECT_ROOT, 'agreements');
  const agreements = loadAgreements(agreementsPath);
  const terms = loadTerms(agreementsPath);
  scenario.events?.forEach((e, i) => {
    if (request.agreementsPath !== undefined || agreements.some((a) => a.id === e.agreement)) return;
    const known = agreements.map((a) => a.id).join(', ');
    throw new BeaconfireError('BF_FIELD', `expected one of ${known}, found ${JSON.stringify(e.agreement)}`, {
      file: request.scenario,
      field: `events[${i}].agreement`,
    });
  });
  const seed = request.seed ?? scenario.seed;
  return {
    scenario,
    seed,
    asOf: request.asOf ?? scenario.asOf,
    agreements,
    ...(terms ? { terms } : {}),
    world: world ?? makeWorld(scenario, seed),
  };
}

/** After the end of a run its last public messages have this long to be acknowledged, us. */
const RECEIPTS_US = 10e6;
/** Local desks acknowledge an alert this long after it, s: an assumption of the exercise. */
const LOCAL_DESK_S = 20;

/** The journals of a run that is recorded are witnessed this often, us. */
const BEAT_US = 2e6;

const NO_SINK: JournalSink = { append() {}, close() {} };

export class ExerciseRun {
  readonly options: RunOptions;
  readonly ring: KeyRing;
  readonly book: AgreementBook;
  /** What happened to the agreements during the run, signed. */
  readonly ledger: AgreementLedger;
  readonly #signers: Map<NodeId, Signer>;
  readonly #circle: WitnessCircle | undefined;
  readonly network: InProcessNetwork;
  readonly #clock: VirtualScheduler;
  readonly #nodes = new Map<Nation, NationNode>();
  /** The public side of the nations that warn a public: keys, people and channels of this exercise alone. */
  readonly offices = new Map<Nation, ExerciseOffice>();
  readonly #hub: Hub;
  #nextPlot = 0;
  #ended = false;

  constructor(options: RunOptions) {
    this.options = options;
    const { scenario, world, agreements, asOf, seed } = options;
    this.#clock = new VirtualScheduler(world.startUs);
    this.book = new AgreementBook(shiftAgreements(agreements, world.startUs - isoToUs(asOf)!), options.terms);
    this.network = new InProcessNetwork(this.#clock, {
      links: scenario.links.map((l) => ({ between: l.between, latencyUs: Math.round(l.latencyS * 1e6) })),
      // KOR and JPN are joined only where an agreement with a direct route is in force.
      permitted: (a, b, nowUs) => a === 'HUB' || b === 'HUB' || this.book.directAllowed(a, b, nowUs),
    });
    const { signers, ring } = exerciseKeys(seed, NODE_IDS);
    this.ring = ring;
    this.#signers = signers;
    this.ledger = new AgreementLedger({ mode: scenario.mode, clock: this.#clock, ring, book: this.book });
    const journals = new Map<NodeId, Journal>();
    const common = (node: NodeId) => {
      const signer = signers.get(node)!;
      const journal = new Journal({ clock: this.#clock, sink: options.sink?.(node) ?? NO_SINK, signer });
      journals.set(node, journal);
      return {
        mode: scenario.mode,
        clock: this.#clock,
        book: this.book,
        signer,
        ring,
        transport:
          options.transport?.(node, { clock: this.#clock, book: this.book }) ?? this.network.transport(node),
        journal,
      };
    };
    // What reaches the hub at one moment is taken first and passed on then: much for one nation is signed as one.
    this.#hub = new Hub({
      ...common('HUB'),
      soon: (flush) => void this.#clock.at(this.#clock.nowUs(), flush),
    });
    for (const nation of NATIONS) {
      const sites = world.sites.filter((s) => s.nation === nation);
      const others = NATIONS.filter((n) => n !== nation);
      const until = new Date(world.endUs / 1000 + 86_400_000).toISOString();
      this.#nodes.set(
        nation,
        new NationNode({
          ...common(nation),
          nation,
          sensors: sites.map(sensorOfSite),
          sites: sites.map(siteView),
          // An assumption of the exercise: each nation stands ready to approve, and its approval is given with the item.
          marking: { releasableTo: others, consents: others.map((to) => ({ to, until })) },
          threat: scenario.threat,
          level: scenario.level,
          onWarning: (issued) => options.onWarning?.(nation, issued),
          // The United States have no public of their own in this exercise.
          ...(nation === 'USA' ? {} : { publisher: (hooks) => this.#openOffice(nation, hooks).publisher }),
        }),
      );
    }
    const firstUs = Math.min(...scenario.launches.map((l) => isoToUs(l.launchTime)!));
    for (const e of scenario.events ?? []) {
      this.#clock.at(firstUs + Math.round(e.atS * 1e6), () => this.changeAgreement(e));
    }
    for (const r of scenario.recalls ?? [])
      this.#clock.at(firstUs + Math.round(r.atS * 1e6), () => this.recallOf(r));
    if (options.sink) {
      this.#circle = new WitnessCircle({ clock: this.#clock, ring, journals, signers });
      this.#beat();
    }
    this.#schedulePlots();
    this.#clock.at(world.startUs + TICK_US, () => this.#tick());
  }

  get startUs(): number {
    return this.options.world.startUs;
  }

  get endUs(): number {
    return this.options.world.endUs;
  }

  get nowUs(): number {
    return this.#clock.nowUs();
  }

  get ended(): boolean {
    return this.#ended;
  }

  node(nation: Nation): NationNode {
    return this.#nodes.get(nation)!;
  }

  nodes(): readonly NationNode[] {
    return [...this.#nodes.values()];
  }

  /** Runs up to a time, at most to the end; at the end everything is closed. */
  advanceTo(timeUs: number): void {
    if (this.#ended) return;
    this.#clock.advanceTo(Math.min(timeUs, this.endUs));
    if (this.#clock.nowUs() < this.endUs) return;
    for (const node of this.#nodes.values()) node.endWarnings();
    // The receipts of the last messages.
    this.#clock.advanceTo(this.endUs + RECEIPTS_US);
    for (const node of this.#nodes.values()) node.close();
    this.#hub.close();
    this.#circle?.beat();
    this.#ended = true;
  }

  /**
   * Something happens to an agreement now: the parties sign it, and it holds at every node from the next item on. One
   * that contradicts what stands (the agreement is not there, or not in force) changes nothing, and every journal says so.
   */
  changeAgreement(e: Omit<AgreementEventSpec, 'atS'>): LedgerEntry | undefined {
    const timeUs = this.nowUs;
    const { agreement, event, by, cause } = e;
    const lapses =
      e.lapsesAfterS === undefined ? {} : { lapsesUs: timeUs + Math.round(e.lapsesAfterS * 1e6) };
    const entry = this.ledger.draft(
      { agreement, event, by, cause, timeUs, ...lapses },
      by.map((n) => this.#signers.get(n)!),
    );
    try {
      this.ledger.append(entry);
      return entry;
    } catch (error) {
      if (!(error instanceof BeaconfireError) || error.code !== 'BF_AGREEMENT') throw error;
      for (const node of this.#nodes.values()) node.agreementRefused(agreement, event, error.message);
      return undefined;
    }
  }

  /** One person of a nation's office takes back an open alert as false; the rest of the chain goes by itself. */
  retract(nation: Nation, chain: string): void {
    if (this.options.approval === 'people')
      throw new BeaconfireError('BF_APPROVAL', 'expected the signature of a person of the office', {
        field: 'action',
      });
    const office = this.offices.get(nation);
    const node = this.node(nation);
    const open = office && !this.#ended ? node.warnings.openChain(chain) : undefined;
    if (!office || !open)
      throw new BeaconfireError('BF_WARNING', `expected an open alert of ${nation}, found ${chain}`, {
        field: 'chain',
      });
    const approval = office.people[0].approve(office.publisher.retractSubject(chain));
    node.warnings.retract(open.warning.launchId, [approval], this.nowUs);
  }

  /** A nation withdraws one of its items; BF_USAGE if the run is over, or the node refuses. */
  recall(nation: Nation, request: RecallRequest): RecallView {
    if (this.#ended)
      throw new BeaconfireError(
        'BF_USAGE',
        'expected a run that is on, found one that has ended: restart it first',
      );
    return this.node(nation).recall(request);
  }

  /**
   * A nation withdraws what it has given of the track that is nearest to the vehicle of a launch. Where it has given nothing
   * of that kind, nothing happens, and its journal says so.
   */
  recallOf({ by, kind, launch, reason }: Omit<RecallSpec, 'atS'>): void {
    const node = this.node(by);
    const given = new Set(node.recalls().items.map((i) => i.item));
    const flight = this.options.world.flights.find((f) => f.id === launch);
    const truth = new Float64Array(6);
    let nearest: { item: string; distanceM: number } | undefined;
    for (const { id, state, timeUs } of flight ? node.tracker.tracks() : []) {
      const item = `${id}:${kind}`;
      if (!given.has(item)) continue;
      flight!.flight.stateAt((timeUs - flight!.launchUs) / 1e6, truth);
      const distanceM = Math.hypot(state[0] - truth[0], state[1] - truth[1], state[2] - truth[2]);
      if (!nearest || distanceM < nearest.distanceM) nearest = { item, distanceM };
    }
    if (nearest) node.recall({ item: nearest.item, reason });
    else node.recallRefused(kind, reason);
  }

  /** The authority of one region alerts, or takes that back, on its own: an inject of the exercise's controllers (W11). */
  localAlert(nation: Nation, area: string, event: 'alert' | 'cancel'): void {
    const office = this.#ended ? undefined : this.offices.get(nation);
    if (!office)
      throw new BeaconfireError('BF_WARNING', `expected a nation that warns its public, found ${nation}`, {
        field: 'nation',
      });
    if (event === 'alert') office.locals.alert(area);
    else office.locals.withdraw(area);
  }

  /** Where the vehicles really are: for controllers and scores, never for a node. */
  truth(): ExerciseState['truth'] {
    const out: ExerciseState['truth'] = [];
    const state = new Float64Array(6);
    const { flights, bodies } = this.options.world;
    for (const { id, launchUs, impactUs, flight } of [...flights, ...bodies]) {
      if (this.nowUs < launchUs || this.nowUs > impactUs) continue;
      const t = (this.nowUs - launchUs) / 1e6;
      flight.stateAt(t, state);
      const g = ecefToGeodetic(state[0], state[1], state[2]);
      out.push({
        id,
        latitudeDeg: g.latitudeRad / DEG,
        longitudeDeg: g.longitudeRad / DEG,
        heightKm: Math.max(0, g.heightM / 1000),
        thrusting: flight.thrusting(t),
      });
    }
    return out;
  }

  #openOffice(nation: 'KOR' | 'JPN', hooks: PublicationHooks): ExerciseOffice {
    const { seed } = this.options;
    const office = exerciseOffice({
      seed,
      config: exerciseConfig(nation),
      clock: this.#clock,
      random: seededRandom(seed).fork(`office ${nation}`),
      localDeskS: () => LOCAL_DESK_S,
      byRule: this.options.approval !== 'people',
      ...hooks,
    });
    this.offices.set(nation, office);
    office.publisher.startCanaries();
    return office;
  }

  /** What the witnesses of the journals signed, as files below `journal/`; none where nothing was recorded. */
  witnessFiles(): Map<string, string> {
    return this.#circle?.files() ?? new Map();
  }

  #beat(): void {
    this.#circle?.beat();
    if (this.nowUs + BEAT_US < this.endUs) this.#clock.at(this.nowUs + BEAT_US, () => this.#beat());
  }

  #schedulePlots(): void {
    const next = this.options.world.plots[this.#nextPlot];
    if (next) this.#clock.at(next.arrivalUs, () => this.#deliver());
  }

  #deliver(): void {
    const { plots } = this.options.world;
    const nowUs = this.nowUs;
    while (this.#nextPlot < plots.length && plots[this.#nextPlot].arrivalUs <= nowUs) {
      const { nation, plot } = plots[this.#nextPlot++];
      this.#nodes.get(nation)!.plot(plot);
    }
    this.#schedulePlots();
  }

  #tick(): void {
    for (const node of this.#nodes.values()) node.tick();
    this.options.onTick?.(this);
    if (this.nowUs + TICK_US <= this.endUs) this.#clock.at(this.nowUs + TICK_US, () => this.#tick());
  }
}
