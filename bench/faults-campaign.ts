/**
 * A campaign of random faults: what a recorded exercise offered to the exchange is offered again, over links that
 * break, lose, repeat, delay and reorder, with a hub that is killed and clocks that are wrong. On virtual time,
 * with the exchange and the transport as they run in a node; a seed gives the same campaign on every machine.
 */
import { type Random, seededRandom } from '../src/earth/random.ts';
import { isoToUs } from '../src/earth/time.ts';
import { isCanary } from '../src/exchange/canary-rules.ts';
import { type Envelope, readPayload } from '../src/exchange/envelope.ts';
import {
  AgreementBook,
  Exchange,
  exerciseKeys,
  Hub,
  InProcessNetwork,
  Journal,
  keyFileText,
  loadAgreements,
  memorySink,
  shiftAgreements,
} from '../src/exchange/index.ts';
import type { LinkFaults } from '../src/exchange/transport/inprocess.ts';
import { verifyJournals } from '../src/exchange/verify-run.ts';
import { ExerciseRun, prepareRun } from '../src/exercise/run.ts';
import { type Scheduler, VirtualScheduler } from '../src/model/clock.ts';
import type { Item } from '../src/model/item.ts';
import { NATIONS, type Nation, NODE_IDS, type NodeId } from '../src/model/nation.ts';
import { Picture, type SystemTrack } from '../src/picture/index.ts';

export const FAULT_KINDS = [
  'cut',
  'toldCut',
  'hubKilled',
  'loss',
  'duplicates',
  'reordered',
  'slow',
  'skew',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Fault {
  kind: FaultKind;
  /** The link or node that it befalls. */
  where: string;
  fromS: number;
  forS: number;
  /** Share, delay or skew, as the kind has it. */
  strength: number;
}

export interface Offered {
  from: Nation;
  item: Item;
}

export interface TrialResult {
  faults: Fault[];
  warnings: { due: number; lost: number; doubled: number };
  items: { due: number; taken: number; toldAsGap: number; lost: number; doubled: number };
  /** Per healing: seconds until every picture was equal again and stayed so; null: not within the limit. */
  equalAfterS: (number | null)[];
  /** Greatest distance between a track of a picture and of the undisturbed one after healing, in its own sigma. */
  worstSigma: number;
  problems: string[];
}

const LINKS = [
  { between: ['KOR', 'HUB'], latencyUs: 60000 },
  { between: ['JPN', 'HUB'], latencyUs: 60000 },
  { between: ['USA', 'HUB'], latencyUs: 5000 },
] as const;
const LATENCY_US: Record<NodeId, number> = { KOR: 60000, JPN: 60000, USA: 5000, HUB: 0 };
const TICK_US = 500_000;
const WARNING_EVERY_US = 5e6;
/** Pictures must be equal so soon after healing, s. */
export const HEALED_S = 2;
/**
 * Two pictures are equal if they hold the same tracks of the same nodes' tracks and none is farther from its twin than
 * this, in the undisturbed picture's standard deviation: what was made in the last instant may still be on its way.
 */
export const EQUAL_SIGMA = 1;

/** What the nations offered in an exercise, in order of time, with a warning message of each every five seconds. */
export function recordWorkload(
  scenario: string,
  forS: number,
): { offered: Offered[]; startUs: number; endUs: number } {
  const sinks = new Map(NODE_IDS.map((n) => [n, memorySink()]));
  const run = new ExerciseRun({ ...prepareRun({ scenario }), sink: (node) => sinks.get(node)! });
  run.advanceTo(Math.min(run.endUs, firstLaunchUs(run) + forS * 1e6));
  const seen = new Map<string, Offered>();
  for (const nation of NATIONS) {
    for (const line of sinks.get(nation)!.text().split('\n')) {
      if (!line.includes('"kind":"received"')) continue;
      const { body } = JSON.parse(line) as { body: { envelope: Envelope } };
      const payload = readPayload(body.envelope);
      if (!payload || isCanary(payload.item)) continue;
      const { item } = payload;
      seen.set(`${item.label.id}\n${item.revision}`, { from: payload.from as Nation, item });
    }
  }
  const offered = [...seen.values()];
  const startUs = Math.min(...offered.map((o) => o.item.madeUs)) - 5e6;
  const endUs = Math.max(...offered.map((o) => o.item.madeUs)) + 5e6;
  const pattern = offered[0].item;
  let n = 0;
  for (let t = startUs + 1e6; t < endUs; t += WARNING_EVERY_US) {
    for (const from of NATIONS) offered.push({ from, item: warningItem(pattern, from, ++n, t) });
  }
  offered.sort((a, b) => a.item.madeUs - b.item.madeUs || (a.item.label.id < b.item.label.id ? -1 : 1));
  return { offered, startUs, endUs };
}

function firstLaunchUs(run: ExerciseRun): number {
  return Math.min(...run.options.world.flights.map((f) => f.launchUs));
}

function warningItem(pattern: Item, from: Nation, n: number, timeUs: number): Item {
  const { label } = pattern;
  return {
    ...pattern,
    label: {
      ...label,
      id: `warning-${from}-${n}`,
      kind: 'warning',
      originators: [from],
      releasableTo: NATIONS.filter((x) => x !== from),
      elements: ['impactPoint'],
      consents: [],
    },
    revision: 1,
    observedUs: timeUs,
    madeUs: timeUs,
    expiresUs: timeUs + 3600e6,
    body: { text: `EXERCISE warning ${n}` },
  };
}

/** The mechanism of 2023, widened to warnings: the campaign is about carrying them. */
function campaignAgreements(startUs: number): ReturnType<typeof loadAgreements> {
  const all = loadAgreements(new URL('../agreements', import.meta.url).pathname);
  return shiftAgreements(all, startUs - isoToUs('2024-01-14')!).flatMap((a) =>
    a.id === 'mechanism-2023' ? [{ ...a, kinds: 'any' as const }] : [],
  );
}

/** A picture at a time: what it rests on, and where its tracks are. */
interface TrackPoint {
  timeUs: number;
  state: number[];
  sigmaM: number;
}
interface Snapshot {
  tracks: Map<string, TrackPoint>;
}

function snapshot(picture: Picture): Snapshot {
  const tracks: Snapshot['tracks'] = new Map();
  for (const t of picture.tracks() as readonly SystemTrack[]) {
    const members = [...t.members].sort().join(' ');
    const c = t.fused.covariance;
    const sigmaM = Math.sqrt(c[0] + c[6] + c[11]);
    tracks.set(members, { timeUs: t.fused.timeUs, state: [...t.fused.state], sigmaM });
  }
  return { tracks };
}

/** Distance of two tracks at the later one's time, m: the earlier one falls on until then. */
function separation(a: TrackPoint, b: TrackPoint): number {
  const [early, late] = a.timeUs < b.timeUs ? [a, b] : [b, a];
  const dt = (late.timeUs - early.timeUs) / 1e6;
  const r3 = Math.hypot(early.state[0], early.state[1], early.state[2]) ** 3;
  return Math.hypot(
    ...[0, 1, 2].map((i) => {
      const fall = -3.986004418e14 * (early.state[i] / r3);
      return early.state[i] + early.state[i + 3] * dt + (fall * dt * dt) / 2 - late.state[i];
    }),
  );
}

/** Greatest distance of a track from the other picture's, in its sigma; infinite if they hold other tracks. */
function distance(a: Snapshot, b: Snapshot): number {
  if (a.tracks.size !== b.tracks.size) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (const [members, t] of a.tracks) {
    const u = b.tracks.get(members);
    if (!u) return Number.POSITIVE_INFINITY;
    const d = separation(t, u);
    worst = Math.max(worst, d / Math.max(u.sigmaM, 1));
  }
  return worst;
}

export interface Workload {
  offered: Offered[];
  startUs: number;
  endUs: number;
  /** By nation and tick: the picture without any fault. */
  ideal: Map<Nation, Snapshot[]>;
}

/** The pictures if every item arrived after the links' latency and nothing else: no exchange in between. */
export function prepareWorkload(scenario: string, forS = Number.POSITIVE_INFINITY): Workload {
  const { offered, startUs, endUs } = recordWorkload(scenario, forS);
  const ideal = new Map<Nation, Snapshot[]>();
  for (const nation of NATIONS) {
    const clock = new VirtualScheduler(startUs);
    const picture = new Picture({ node: nation });
    for (const { from, item } of offered) {
      const lateUs = from === nation ? 0 : LATENCY_US[from] + LATENCY_US[nation];
      clock.at(item.madeUs + lateUs, () => feed(picture, nation, from, item, clock.nowUs()));
    }
    const snapshots: Snapshot[] = [];
    for (let t = startUs; t <= endUs; t += TICK_US) {
      clock.advanceTo(t);
      picture.update(t);
      snapshots.push(snapshot(picture));
    }
    ideal.set(nation, snapshots);
  }
  return { offered, startUs, endUs, ideal };
}

function feed(picture: Picture, nation: Nation, from: Nation, item: Item, nowUs: number): void {
  if (from !== nation) picture.addPartner(item, [from, 'HUB'], 'mechanism-2023', nowUs);
  else if (item.body.tracklet) picture.addOwn(item.body.tracklet, nowUs);
}

/** Faults drawn one after another with quiet between them; some come two at a time. */
export function drawFaults(random: Random, durationS: number): Fault[] {
  const faults: Fault[] = [];
  const one = <T>(of: readonly T[]): T => of[Math.floor(random.uniform() * of.length)];
  const between = (a: number, b: number): number => a + (b - a) * random.uniform();
  const draw = (fromS: number): Fault => {
    const kind = one(FAULT_KINDS.filter((k) => k !== 'skew'));
    const link = `${one(NATIONS)}-HUB`;
    const forS = Math.round(kind === 'hubKilled' ? between(0.5, 20) : between(1, 60));
    const strengths: Record<FaultKind, number> = {
      cut: 1,
      toldCut: 1,
      hubKilled: 1,
      loss: between(0.05, 0.5),
      duplicates: between(0.1, 1),
      reordered: between(0.2, 2),
      slow: between(0.2, 2),
      skew: 0,
    };
    return {
      kind,
      where: kind === 'hubKilled' ? 'HUB' : link,
      fromS,
      forS: Math.max(1, forS),
      strength: strengths[kind],
    };
  };
  if (random.uniform() < 0.5) {
    const strength = between(-4, 4);
    faults.push({ kind: 'skew', where: one(NODE_IDS), fromS: 0, forS: durationS, strength });
  }
  let t = between(5, 20);
  while (t + 62 + 5 < durationS) {
    const first = draw(Math.round(t));
    faults.push(first);
    let endS = first.fromS + first.forS;
    if (random.uniform() < 0.3) {
      const second = draw(Math.round(t + between(0, first.forS)));
      faults.push(second);
      endS = Math.max(endS, second.fromS + second.forS);
    }
    t = endS + between(5, 15);
  }
  return faults.filter((f) => f.kind === 'skew' || f.fromS + f.forS + 5 < durationS);
}

/** One replay of the workload under faults. */
export function runTrial(workload: Workload, faults: readonly Fault[], seed: number): TrialResult {
  const { offered, startUs, endUs, ideal } = workload;
  const clock = new VirtualScheduler(startUs);
  const skewUs = (node: NodeId): number =>
    faults.reduce(
      (s, f) => (f.kind === 'skew' && f.where === node ? s + Math.round(f.strength * 1e6) : s),
      0,
    );
  const clockOf = (node: NodeId): Scheduler => {
    const by = skewUs(node);
    return { nowUs: () => clock.nowUs() + by, at: (timeUs, task) => clock.at(timeUs - by, task) };
  };
  const network = new InProcessNetwork(clock, {
    links: LINKS,
    probeUs: 250_000,
    capacity: 5000,
    random: seededRandom(seed),
    clockOf,
  });
  const agreements = campaignAgreements(startUs);
  const { signers, ring } = exerciseKeys(seed, NODE_IDS);
  const sinks = new Map(NODE_IDS.map((n) => [n, memorySink()]));
  const journals = new Map(
    NODE_IDS.map((n) => [
      n,
      new Journal({ clock: clockOf(n), signer: signers.get(n)!, sink: sinks.get(n)! }),
    ]),
  );
  const common = (node: NodeId) => ({
    mode: 'exercise' as const,
    clock: clockOf(node),
    book: new AgreementBook(agreements),
    ring,
    signer: signers.get(node)!,
    journal: journals.get(node)!,
    transport: network.transport(node),
  });
  const pictures = new Map(NATIONS.map((n) => [n, new Picture({ node: n })]));
  const taken = new Map<Nation, Map<string, number>>(NATIONS.map((n) => [n, new Map()]));
  const gaps = new Map<Nation, number>(NATIONS.map((n) => [n, 0]));
  const nations = new Map(
    NATIONS.map((nation) => [
      nation,
      new Exchange({
        ...common(nation),
        nation,
        onItem: ({ item, from }) => {
          const key = `${item.label.id}\n${item.revision}`;
          const all = taken.get(nation)!;
          all.set(key, (all.get(key) ?? 0) + 1);
          if (item.label.kind !== 'warning')
            feed(pictures.get(nation)!, nation, from as Nation, item, clock.nowUs());
        },
        onGap: (gap) => {
          if (gap.flow === nation) gaps.set(nation, gaps.get(nation)! + gap.ids.length);
        },
      }),
    ]),
  );
  let hub: Hub | undefined = new Hub(common('HUB'));
  let killed = 0;
  const change = (f: Fault, begins: boolean): void => {
    if (f.kind === 'skew') return;
    if (f.kind === 'hubKilled') {
      killed += begins ? 1 : -1;
      if (begins && hub) {
        network.kill('HUB');
        hub.kill();
        hub = undefined;
      } else if (!begins && killed === 0) {
        network.restart('HUB');
        hub = new Hub(common('HUB'));
      }
      return;
    }
    const nation = f.where.split('-')[0] as Nation;
    const active = faults.filter(
      (g) => g.where === f.where && (g === f ? begins : isActive(g, (clock.nowUs() - startUs) / 1e6)),
    );
    network.setLink(nation, 'HUB', !active.some((g) => g.kind === 'toldCut'));
    network.setFaults(nation, 'HUB', active.length > 0 ? combined(active) : null);
  };
  for (const f of faults) {
    clock.at(startUs + f.fromS * 1e6, () => change(f, true));
    clock.at(startUs + (f.fromS + f.forS) * 1e6, () => change(f, false));
  }
  for (const { from, item } of offered) {
    const by = skewUs(from);
    // The node states times by its clock; a sensor has stamped what was observed by its own.
    const stated = { ...item, madeUs: item.madeUs + by, expiresUs: item.expiresUs + by };
    clock.at(item.madeUs, () => {
      if (item.label.kind !== 'warning') feed(pictures.get(from)!, from, from, item, item.madeUs);
      nations.get(from)!.share(stated);
    });
  }
  const result: TrialResult = {
    faults: [...faults],
    warnings: { due: 0, lost: 0, doubled: 0 },
    items: { due: 0, taken: 0, toldAsGap: 0, lost: 0, doubled: 0 },
    equalAfterS: [],
    worstSigma: 0,
    problems: [],
  };
  const healings = healingTimes(faults);
  const equal = healings.map((): number | null => null);
  for (let tick = 0; startUs + tick * TICK_US <= endUs; tick++) {
    const t = startUs + tick * TICK_US;
    clock.advanceTo(t);
    for (const picture of pictures.values()) picture.update(t);
    const atS = (tick * TICK_US) / 1e6;
    healings.forEach((h, i) => {
      if (atS < h || atS > h + HEALED_S) return;
      const worst = Math.max(
        ...NATIONS.map((n) => distance(snapshot(pictures.get(n)!), ideal.get(n)![tick])),
      );
      if (worst > EQUAL_SIGMA) equal[i] = null;
      else equal[i] ??= atS - h;
      if (atS === h + HEALED_S) result.worstSigma = Math.max(result.worstSigma, worst);
    });
  }
  result.equalAfterS = equal;
  clock.advanceTo(endUs + 10e6);
  for (const nation of NATIONS) nations.get(nation)!.close();
  hub?.close();
  for (const nation of NATIONS) {
    const all = taken.get(nation)!;
    let lost = 0;
    for (const { from, item } of offered) {
      if (from === nation) continue;
      const n = all.get(`${item.label.id}\n${item.revision}`) ?? 0;
      const counts = item.label.kind === 'warning' ? result.warnings : result.items;
      counts.due++;
      if (n > 1) counts.doubled++;
      if (item.label.kind === 'warning') result.warnings.lost += n === 0 ? 1 : 0;
      else if (n > 0) result.items.taken++;
      else lost++;
    }
    const told = Math.min(lost, gaps.get(nation)!);
    result.items.toldAsGap += told;
    result.items.lost += lost - told;
  }
  const report = verifyJournals(
    JSON.parse(keyFileText(ring, 'exercise')),
    new Map(NODE_IDS.map((n) => [n, sinks.get(n)!.text()])),
  );
  result.problems = report.problems.map((p) => `${p.node} ${p.seq}: ${p.text}`);
  return result;
}

function isActive(f: Fault, atS: number): boolean {
  return f.fromS <= atS && atS < f.fromS + f.forS;
}

function combined(active: readonly Fault[]): LinkFaults {
  const most = (kind: FaultKind): number =>
    Math.max(0, ...active.filter((f) => f.kind === kind).map((f) => f.strength));
  return {
    loss: active.some((f) => f.kind === 'cut') ? 1 : most('loss'),
    duplicates: most('duplicates'),
    delayUs: Math.round(most('slow') * 1e6),
    jitterUs: Math.round(most('reordered') * 1e6),
  };
}

/** When the last of the faults that overlap is over, s; if quiet lasts long enough to see pictures equal. */
function healingTimes(faults: readonly Fault[]): number[] {
  const lasting = faults.filter((f) => f.kind !== 'skew');
  const ends = lasting.map((f) => f.fromS + f.forS);
  return [...new Set(ends)]
    .filter((e) => !lasting.some((f) => f.fromS < e + HEALED_S && e < f.fromS + f.forS))
    .sort((a, b) => a - b);
}
