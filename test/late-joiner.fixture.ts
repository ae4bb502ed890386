/** Three nodes and the hub on a stepped clock over any network, with a flight in progress: for tests of who comes late. */
import assert from 'node:assert/strict';
import { isoToUs } from '../src/earth/time.ts';
import {
  type Agreement,
  AgreementBook,
  exerciseKeys,
  Hub,
  Journal,
  type JournalRecord,
  keyFileText,
  memorySink,
  shiftAgreements,
  type Transport,
} from '../src/exchange/index.ts';
import { verifyJournals } from '../src/exchange/verify-run.ts';
import { prepareRun } from '../src/exercise/run.ts';
import { apart } from '../src/exercise/testing/four-processes.ts';
import { VirtualScheduler } from '../src/model/clock.ts';
import { NATIONS, type Nation, NODE_IDS, type NodeId } from '../src/model/nation.ts';
import { sensorOfSite } from '../src/model/sensor.ts';
import { NationNode } from '../src/node/node.ts';

export const MECHANISM = 'mechanism-2023';
export const STEP_US = 500_000;
/** Tracks that have all that the others have are no further apart than this, in standard deviations: some is on the way. */
const EQUAL_SIGMA = 0.5;
const { scenario, world, agreements: all } = prepareRun({ scenario: '2022-10-04-over-japan' });
export const agreements = all.filter((a) => a.id === MECHANISM);
export const launchUs = world.flights[0].launchUs;

export interface Net {
  transport(node: NodeId): Transport;
  /** A transport for a node that comes, or comes again. */
  join(node: NodeId): void | Promise<void>;
  step(): void | Promise<void>;
}

/** KOR, USA and the hub from the start; JPN, which has no sensors here, when it comes. */
export class Exercise {
  readonly clock: VirtualScheduler;
  readonly book: AgreementBook;
  readonly nodes = new Map<Nation, NationNode>();
  readonly #keys = exerciseKeys(7, NODE_IDS);
  readonly #sinks = new Map<NodeId, ReturnType<typeof memorySink>>();
  #hub: Hub | undefined;
  #net: Net | undefined;
  #plot = 0;

  constructor() {
    this.clock = new VirtualScheduler(launchUs);
    this.book = new AgreementBook(
      shiftAgreements(agreements as Agreement[], launchUs - isoToUs('2024-01-14')!),
    );
  }

  start(net: Net): void {
    this.#net = net;
    this.#hub = new Hub(this.#common('HUB'));
    for (const nation of ['KOR', 'USA'] as const) this.join(nation);
  }

  /** The nation's node as one that knows nothing. */
  join(nation: Nation): NationNode {
    const others = NATIONS.filter((n) => n !== nation);
    const sites = nation === 'JPN' ? [] : world.sites.filter((s) => s.nation === nation);
    const node = new NationNode({
      ...this.#common(nation),
      nation,
      sensors: sites.map(sensorOfSite),
      sites: [],
      marking: {
        releasableTo: others,
        consents: others.map((to) => ({ to, until: '2100-01-01T00:00:00Z' })),
      },
      threat: scenario.threat,
      level: scenario.level,
      catchesUp: true,
    });
    this.nodes.set(nation, node);
    return node;
  }

  get nowS(): number {
    return (this.clock.nowUs() - launchUs) / 1e6;
  }

  async runTo(timeS: number): Promise<void> {
    while (this.nowS < timeS) {
      this.clock.advanceTo(this.clock.nowUs() + STEP_US);
      const nowUs = this.clock.nowUs();
      for (; world.plots[this.#plot]?.arrivalUs <= nowUs; this.#plot++) {
        const { nation, plot } = world.plots[this.#plot];
        if (nation !== 'JPN' && plot.timeUs >= launchUs) this.nodes.get(nation)?.plot(plot);
      }
      for (const node of this.nodes.values()) node.tick();
      await this.#net!.step();
    }
  }

  /** How far JPN's picture is from the others', in standard deviations; infinite if they hold other tracks. */
  apart(): number {
    const of = (nation: Nation) =>
      this.nodes
        .get(nation)!
        .pictureOf.tracks()
        .map((t) => {
          const c = t.fused.covariance;
          return {
            members: [...t.members].sort(),
            timeUs: t.fused.timeUs,
            state: [...t.fused.state],
            sigmaM: Math.sqrt(c[0] + c[6] + c[11]),
          };
        });
    const [jpn, kor, usa] = (['JPN', 'KOR', 'USA'] as const).map(of);
    return jpn.length === 0 ? Number.POSITIVE_INFINITY : Math.max(apart(jpn, kor), apart(jpn, usa));
  }

  records(node: NodeId): JournalRecord[] {
    const lines = this.#sinks.get(node)!.text().split('\n').slice(0, -1);
    return lines.map((l) => JSON.parse(l) as JournalRecord);
  }

  /** Closes all and verifies. */
  finish(): ReturnType<typeof verifyJournals> {
    for (const node of this.nodes.values()) node.close();
    this.#hub!.close();
    const journals = new Map(NODE_IDS.map((n) => [n, this.#sinks.get(n)!.text()]));
    return verifyJournals(JSON.parse(keyFileText(this.#keys.ring, 'exercise')), journals);
  }

  #common(node: NodeId) {
    const sink = memorySink();
    this.#sinks.set(node, sink);
    const signer = this.#keys.signers.get(node)!;
    return {
      mode: 'exercise' as const,
      clock: this.clock,
      book: this.book,
      signer,
      ring: this.#keys.ring,
      transport: this.#net!.transport(node),
      journal: new Journal({ clock: this.clock, signer, sink }),
    };
  }
}

/** What JPN's picture says of where its tracks are, to the last bit. */
export function states(x: Exercise): unknown {
  return x.nodes
    .get('JPN')!
    .pictureOf.tracks()
    .map(({ fused, members, impact }) => ({
      members: [...members].sort(),
      timeUs: fused.timeUs,
      state: [...fused.state],
      covariance: [...fused.covariance],
      impact: impact && [impact.latitudeDeg, impact.longitudeDeg],
    }));
}

/** So short are the queues that nearly all of the flight has to come by history. */
export const SHORT = { window: 32, capacity: 40 };

export async function catchesUp(x: Exercise, jpn: NationNode, say: (text: string) => void): Promise<void> {
  const fromS = x.nowS;
  const answers = (): JournalRecord[] => x.records('JPN').filter((r) => r.kind === 'historyAnswered');
  while (x.nowS < fromS + 30 && (answers().length < 2 || x.apart() > EQUAL_SIGMA))
    await x.runTo(x.nowS + 0.5);
  assert.deepEqual(
    answers().map((r) => [r.body.from, r.body.lost]),
    [...answers()].map((r) => [r.body.from, 0]),
    'nothing had been lost',
  );
  assert.ok(x.apart() <= EQUAL_SIGMA, `${x.apart()} standard deviations apart after 30 s`);
  const again = x.records('JPN').filter((r) => r.kind === 'received' && r.body.history);
  assert.ok(again.length > 100, `${again.length} envelopes by history`);
  const [track] = jpn.pictureOf.tracks();
  assert.ok(track.launchDeclaredUs !== undefined && track.launch && track.impact, 'launch and impact too');
  say(
    `after ${x.nowS - fromS} s JPN's picture is ${x.apart().toFixed(4)} standard deviations from the others': ${again.length} envelopes by history`,
  );
  // A track that has just begun opens no alert for ten seconds.
  await x.runTo(Math.max(x.nowS, fromS + 20));
  assert.ok(x.apart() <= EQUAL_SIGMA, 'and equal it stays');
  assert.ok(jpn.warnings.issued.length > 0, 'it warns of the flight in progress');
}
