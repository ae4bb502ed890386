/** For the tests of this folder: an exchange of four nodes in one process, and items to put through it. */

import { isoToUs } from '../../earth/time.ts';
import { VirtualScheduler } from '../../model/clock.ts';
import type { Item } from '../../model/item.ts';
import { NATIONS, type Nation, NODE_IDS, type NodeId } from '../../model/nation.ts';
import type { Agreement } from '../agreement.ts';
import { AgreementBook } from '../book.ts';
import type { CanaryOptions } from '../canary-rules.ts';
import type { CaughtUp } from '../catch-up.ts';
import type { Marking, ReceivedItem, Release } from '../delivery.ts';
import type { EnvelopeCodec } from '../envelope.ts';
import { Exchange } from '../exchange.ts';
import { Hub } from '../hub.ts';
import { Journal, memorySink } from '../journal.ts';
import { exerciseKeys, KeyRing, type Signer } from '../keys.ts';
import { loadAgreements } from '../load.ts';
import type { HistoryLimits } from '../transport/history.ts';
import { InProcessNetwork } from '../transport/inprocess.ts';
import type { RunReport } from '../verify-ledger.ts';
import { keyFileText, verifyJournals } from '../verify-run.ts';

export const testAgreements = loadAgreements(new URL('../../../agreements', import.meta.url).pathname);

export interface TestExchange {
  clock: VirtualScheduler;
  book: AgreementBook;
  network: InProcessNetwork;
  nations: Map<Nation, Exchange>;
  hub: Hub;
  rings: ReadonlyMap<NodeId, KeyRing>;
  signers: ReadonlyMap<NodeId, Signer>;
  received: { at: Nation; got: ReceivedItem }[];
  caughtUp: { at: Nation; what: CaughtUp }[];
  releases: Release[];
  /** A nation's node begins anew with nothing but its keys. */
  loseDisk(nation: Nation): Exchange;
  journals(): Map<NodeId, string>;
  keyFile: string;
  /** Closes all and verifies. */
  finish(): RunReport;
}

export function testExchange(
  startIso: string,
  options: {
    agreements?: Agreement[];
    marking?: (n: Nation) => Marking;
    window?: number;
    capacity?: number;
    /** Nations ask by themselves for what they missed. */
    catchesUp?: boolean;
    history?: HistoryLimits;
    codec?: EnvelopeCodec;
    /** The hub signs as one what it passes on in one instant. */
    hubBatches?: boolean;
    /** Each node has keys of its own to know and forget, as in a process of its own. */
    ownRings?: boolean;
    /** The key that a node begins with, where it is not the first. */
    signer?: (node: NodeId, first: Signer) => Signer;
    book?: (agreements: Agreement[]) => AgreementBook;
    canary?: CanaryOptions;
    onCanaryFailed?: (at: Nation, to: Nation, canary: string, what: string) => void;
  } = {},
): TestExchange {
  const clock = new VirtualScheduler(isoToUs(startIso)!);
  const agreements = options.agreements ?? testAgreements;
  const book = options.book?.(agreements) ?? new AgreementBook(agreements);
  const { signers, ring } = exerciseKeys(7, NODE_IDS);
  const network = new InProcessNetwork(clock, {
    links: [
      { between: ['KOR', 'HUB'], latencyUs: 20000 },
      { between: ['JPN', 'HUB'], latencyUs: 30000 },
      { between: ['USA', 'HUB'], latencyUs: 5000 },
      { between: ['KOR', 'JPN'], latencyUs: 10000 },
    ],
    ...(options.window === undefined ? {} : { window: options.window }),
    ...(options.capacity === undefined ? {} : { capacity: options.capacity }),
    ...(options.history === undefined ? {} : { history: options.history }),
    permitted: (a, b, nowUs) => book.linkAllowed(a, b, nowUs),
  });
  const rings = new Map(
    NODE_IDS.map((n) => [n, options.ownRings ? new KeyRing(ring.records) : ring] as const),
  );
  const sinks = new Map(NODE_IDS.map((n) => [n, memorySink()]));
  const common = (node: NodeId) => {
    const first = signers.get(node)!;
    const signer = options.signer?.(node, first) ?? first;
    const journal = new Journal({ clock, signer, sink: sinks.get(node)! });
    return {
      mode: 'exercise' as const,
      clock,
      book,
      ring: rings.get(node)!,
      signer,
      journal,
      transport: network.transport(node),
      ...(options.codec ? { codec: options.codec } : {}),
    };
  };
  const received: TestExchange['received'] = [];
  const caughtUp: TestExchange['caughtUp'] = [];
  const releases: Release[] = [];
  const nations = new Map<Nation, Exchange>();
  const join = (nation: Nation): Exchange => {
    const marking = options.marking?.(nation);
    nations.set(
      nation,
      new Exchange({
        ...common(nation),
        nation,
        ...(options.catchesUp ? { catchesUp: true } : {}),
        onCaughtUp: (what) => caughtUp.push({ at: nation, what }),
        ...(marking ? { marking } : {}),
        ...(options.canary ? { canary: options.canary } : {}),
        onCanaryFailed: (to, canary, what) => options.onCanaryFailed?.(nation, to, canary, what),
        onItem: (got) => received.push({ at: nation, got }),
        onRelease: (r) => releases.push(r),
      }),
    );
    return nations.get(nation)!;
  };
  for (const nation of NATIONS) join(nation);
  const hub = new Hub({
    ...common('HUB'),
    ...(options.hubBatches ? { soon: (flush) => void clock.at(clock.nowUs(), flush) } : {}),
  });
  const keyFile = keyFileText(ring, 'exercise');
  const journals = (): Map<NodeId, string> => new Map(NODE_IDS.map((n) => [n, sinks.get(n)!.text()]));
  return {
    clock,
    book,
    network,
    nations,
    hub,
    rings,
    signers,
    received,
    caughtUp,
    releases,
    journals,
    loseDisk(nation) {
      network.restart(nation);
      if (options.ownRings) rings.set(nation, new KeyRing(ring.records));
      sinks.set(nation, memorySink());
      return join(nation);
    },
    keyFile,
    finish() {
      for (const nation of NATIONS) nations.get(nation)?.close();
      hub.close();
      return verifyJournals(JSON.parse(keyFile), journals());
    },
  };
}

/** Everything to everybody, with consent in advance. */
export const openMarking = (nation: Nation): Marking => {
  const others = NATIONS.filter((n) => n !== nation);
  return { releasableTo: others, consents: others.map((to) => ({ to, until: '2100-01-01' })) };
};

/** A tracklet of a nation, with everything in it that might have to be taken out. */
export function testItem(
  nation: Nation,
  n: number,
  nowUs: number,
  change: Partial<Item['label']> = {},
  validS = 600,
): Item {
  return {
    label: {
      id: `${nation}-${n}`,
      kind: 'tracklet',
      mode: 'exercise',
      originators: [nation],
      threat: 'DPRK',
      level: 'secret',
      releasableTo: NATIONS.filter((x) => x !== nation),
      elements: ['launchPoint', 'trajectory', 'impactPoint', 'sensorIdentity'],
      consents: [],
      ...change,
    },
    revision: 1,
    sourceType: 'radar',
    observedUs: nowUs - 100000,
    madeUs: nowUs,
    expiresUs: nowUs + validS * 1e6,
    body: {
      track: `T-${nation}`,
      sensors: [`${nation}-radar-1`, `${nation}-radar-2`],
      apogeeKm: 50,
      tracklet: {
        node: nation,
        track: `T-${nation}`,
        sequence: n,
        timeUs: nowUs - 100000,
        sinceUs: nowUs - 600000,
        vector: [1, 2, 3, 4, 5, 6],
        matrix: Array.from({ length: 21 }, (_, i) => i / 7),
        phase: 'boost',
        plots: 3,
        pedigree: { [`${nation}/radar-1`]: nowUs - 100000, [`${nation}/radar-2`]: nowUs - 150000 },
      },
    },
  };
}
