/**
 * The three nations' trackers and pictures over a scenario, without the exchange: every tracklet and every impact reaches
 * the two partners half a second later. What is counted: how many tracks a body had, for how long more than one, how often
 * its number changed or was another body's before, and impacts that were told and taken back.
 */
import type { Scenario } from '../src/exercise/scenario.ts';
import { makeWorld, type SimulatedWorld, type TruthFlight } from '../src/exercise/world.ts';
import type { Item } from '../src/model/item.ts';
import { NATIONS, type Nation } from '../src/model/nation.ts';
import { sensorOfSite } from '../src/model/sensor.ts';
import type { PointEstimate, Tracklet } from '../src/model/track.ts';
import { Picture, type PictureEvent } from '../src/picture/index.ts';
import { Tracker } from '../src/tracking/index.ts';

const TICK_US = 500_000;
const LINK_US = 500_000;
/** A track further than this from every body is of none of them, m. */
const OF_NONE_M = 100e3;

/** One track as it stands at a tick. */
export interface Seen {
  id: string;
  timeUs: number;
  state: ArrayLike<number>;
  /** Upper triangle. */
  covariance: ArrayLike<number>;
  live: boolean;
  impact: PointEstimate | undefined;
}

export interface BodyCount {
  /** Tracks that were of it for ten seconds beyond doubt. */
  tracks: Set<string>;
  /** With more than one track, s. */
  doubleS: number;
  numberChanges: number;
  /** Of all looks at its track: error over what the track itself says, position and velocity, squared over six. */
  nees: number[];
  errorM: number[];
}

/** What was counted of one tracker or picture. */
export class Count {
  readonly bodies = new Map<string, BodyCount>();
  /** Tracks that were of one body beyond doubt and then of another. */
  swaps = 0;
  /** Impacts taken back while the track lived, and how long they had stood, s. */
  takenBack = 0;
  takenBackS = 0;
  /** Told, while it is beyond eight times its own 95 % ellipse and 20 km, s. */
  falseS = 0;
  readonly #of = new Map<string, { body: string; s: number }>();
  readonly #numberOf = new Map<string, string>();
  readonly #told = new Map<string, number>();
  readonly #state = new Float64Array(6);
  readonly log: string[] = [];
  readonly #flights: readonly TruthFlight[];
  readonly #zeroUs: number;

  constructor(flights: readonly TruthFlight[], zeroUs: number) {
    this.#flights = flights;
    this.#zeroUs = zeroUs;
    for (const f of flights)
      this.bodies.set(f.id, { tracks: new Set(), doubleS: 0, numberChanges: 0, nees: [], errorM: [] });
  }

  tick(tracks: readonly Seen[], nowUs: number): void {
    const t = ((nowUs - this.#zeroUs) / 1e6).toFixed(1);
    const live = tracks.filter((k) => k.live);
    const pairs: { track: Seen; f: TruthFlight; m: number }[] = [];
    const clear = new Map<string, boolean>();
    for (const track of live) {
      const near = this.#flights
        .filter((f) => track.timeUs >= f.launchUs && track.timeUs < f.impactUs)
        .map((f) => ({ track, f, m: this.#distance(track, f) }))
        .filter((p) => p.m < OF_NONE_M)
        .sort((a, b) => a.m - b.m);
      pairs.push(...near);
      clear.set(track.id, near.length === 1 || (near.length > 1 && near[0].m < 0.2 * near[1].m));
    }
    pairs.sort((a, b) => a.m - b.m);
    const has = new Map<string, string>();
    const used = new Map<string, TruthFlight>();
    for (const { track, f } of pairs) {
      if (has.has(f.id) || used.has(track.id)) continue;
      has.set(f.id, track.id);
      used.set(track.id, f);
    }
    for (const track of live) {
      const nearest = pairs.find((p) => p.track === track);
      if (!nearest) continue;
      const f = used.get(track.id);
      if (!f) {
        this.bodies.get(nearest.f.id)!.doubleS += TICK_US / 1e6;
        continue;
      }
      if (!clear.get(track.id)) continue;
      const count = this.bodies.get(f.id)!;
      const of = this.#of.get(track.id);
      if (of && of.body === f.id) {
        of.s += TICK_US / 1e6;
        if (of.s >= 10) count.tracks.add(track.id);
      } else {
        if (of && of.s >= 5) {
          this.swaps++;
          this.log.push(`${t} ${track.id} was of ${of.body}, is of ${f.id}`);
        }
        this.#of.set(track.id, { body: f.id, s: 0 });
      }
      if (this.#numberOf.get(f.id) !== track.id && this.#of.get(track.id)!.s >= 5) {
        const was = this.#numberOf.get(f.id);
        if (was) {
          count.numberChanges++;
          this.log.push(`${t} ${f.id} was ${was}, is ${track.id}`);
        }
        this.#numberOf.set(f.id, track.id);
      }
      count.nees.push(this.#nees(track, f));
      count.errorM.push(nearest.m);
    }
    this.#impacts(tracks, used, nowUs, t);
  }

  #impacts(tracks: readonly Seen[], used: Map<string, TruthFlight>, nowUs: number, t: string): void {
    for (const track of tracks) {
      const since = this.#told.get(track.id);
      if (!track.impact && since !== undefined) {
        this.#told.delete(track.id);
        if (!track.live) continue;
        this.takenBack++;
        this.takenBackS += (nowUs - since) / 1e6;
        this.log.push(`${t} impact of ${track.id} taken back after ${(nowUs - since) / 1e6} s`);
      } else if (track.impact && since === undefined) {
        this.#told.set(track.id, nowUs);
        this.log.push(`${t} impact of ${track.id} told`);
      }
      const f = used.get(track.id);
      if (!track.impact || !track.live || !f) continue;
      if (isFalse(track.impact, f)) this.falseS += TICK_US / 1e6;
    }
    for (const id of [...this.#told.keys()]) if (!tracks.some((k) => k.id === id)) this.#told.delete(id);
  }

  #distance(track: Seen, f: TruthFlight): number {
    f.flight.stateAt((track.timeUs - f.launchUs) / 1e6, this.#state);
    const { state } = track;
    return Math.hypot(state[0] - this.#state[0], state[1] - this.#state[1], state[2] - this.#state[2]);
  }

  #nees(track: Seen, f: TruthFlight): number {
    f.flight.stateAt((track.timeUs - f.launchUs) / 1e6, this.#state);
    const e = Array.from({ length: 6 }, (_, i) => track.state[i] - this.#state[i]);
    return quadratic(track.covariance, e) / 6;
  }
}

/** e' P^-1 e by elimination, P given by its upper triangle. */
function quadratic(upper: ArrayLike<number>, e: readonly number[]): number {
  const n = e.length;
  const a = e.map((v) => [...new Float64Array(n), v]);
  for (let i = 0, k = 0; i < n; i++) for (let j = i; j < n; j++) a[i][j] = a[j][i] = upper[k++];
  let sum = 0;
  for (let i = 0; i < n; i++) {
    sum += a[i][n] ** 2 / a[i][i];
    for (let r = i + 1; r < n; r++) {
      const m = a[r][i] / a[i][i];
      for (let c = i; c <= n; c++) a[r][c] -= m * a[i][c];
    }
  }
  return sum;
}

function isFalse(impact: PointEstimate, f: TruthFlight): boolean {
  if (f.flight.inOrbit) return true;
  const { latitudeDeg, longitudeDeg } = f.flight.impact;
  const north = (impact.latitudeDeg - latitudeDeg) * 111.2;
  const east = (impact.longitudeDeg - longitudeDeg) * 111.2 * Math.cos((latitudeDeg * Math.PI) / 180);
  return Math.hypot(north, east) > Math.max(20, (8 * impact.ellipse95.semiMajorM) / 1000);
}

export interface Followed {
  world: SimulatedWorld;
  /** By nation: of its own tracker, and of its picture. */
  trackers: Map<Nation, Count>;
  pictures: Map<Nation, Count>;
  events: { nation: Nation; nowUs: number; event: PictureEvent }[];
  processed: { nation: Nation; tracker: Tracker; picture: Picture }[];
  /** Every tracklet, in the order in which they were made. */
  told: { tracklet: Tracklet; madeUs: number }[];
}

export interface FollowOptions {
  seed?: number;
  /** Up to so long after the first launch, s; to the end if left out. */
  untilS?: number;
  nations?: readonly Nation[];
  onTick?: (nowUs: number, followed: Followed) => void;
}

/** Follows a scenario. */
export function follow(scenario: Scenario, options: FollowOptions = {}): Followed {
  const world = makeWorld(scenario, options.seed ?? scenario.seed);
  const nations = options.nations ?? NATIONS;
  const bodies = [...world.flights, ...world.bodies];
  const zeroUs = Math.min(...world.flights.map((f) => f.launchUs));
  const endUs = options.untilS === undefined ? world.endUs : zeroUs + options.untilS * 1e6;
  let nowUs = world.startUs;
  const out: Followed = {
    world,
    trackers: new Map(),
    pictures: new Map(),
    events: [],
    processed: [],
    told: [],
  };
  for (const nation of nations) {
    const tracker = new Tracker(world.sites.filter((s) => s.nation === nation).map(sensorOfSite), {
      prefix: `${nation[0]}-`,
    });
    const picture = new Picture({
      node: nation,
      onEvent: (event) => out.events.push({ nation, nowUs, event }),
    });
    out.processed.push({ nation, tracker, picture });
    out.trackers.set(nation, new Count(bodies, zeroUs));
    out.pictures.set(nation, new Count(bodies, zeroUs));
  }
  const mail: { atUs: number; to: Nation; from: Nation; body: Item['body'] }[] = [];
  let next = 0;
  const said = new Map<string, number>();
  for (; nowUs <= endUs; nowUs += TICK_US) {
    for (; next < world.plots.length && world.plots[next].arrivalUs <= nowUs; next++) {
      const { nation, plot } = world.plots[next];
      out.processed.find((n) => n.nation === nation)?.tracker.addPlot(plot);
    }
    while (mail.length > 0 && mail[0].atUs <= nowUs) {
      const { to, from, body } = mail.shift()!;
      const item = { body } as Item;
      out.processed.find((n) => n.nation === to)!.picture.addPartner(item, [from], 'test', nowUs);
    }
    for (const { nation, tracker, picture } of out.processed) {
      tracker.advanceTo(nowUs);
      const views = tracker.tracks();
      const send = (body: Item['body']) => {
        for (const to of nations)
          if (to !== nation) mail.push({ atUs: nowUs + LINK_US, to, from: nation, body });
      };
      for (const tracklet of tracker.takeTracklets(nation, nowUs)) {
        out.told.push({ tracklet, madeUs: nowUs });
        picture.addOwn(tracklet, nowUs);
        const view = views.find((v) => v.id === tracklet.track);
        send({
          track: tracklet.track,
          tracklet,
          ...(view?.launchDeclaredUs === undefined ? {} : { launchDeclared: true as const }),
        });
      }
      for (const _ of tracker.takeUpdates());
      for (const v of views) {
        picture.report(
          {
            track: v.id,
            launchDeclaredUs: v.launchDeclaredUs,
            launch: v.launchEstimate,
            impact: v.impactEstimate,
            apogeeKm: v.apogeeKm,
            ended: v.ended,
          },
          nowUs,
        );
        if (v.impactEstimate && nowUs >= (said.get(v.id) ?? 0) + 2e6) {
          said.set(v.id, nowUs);
          send({ track: v.id, impact: v.impactEstimate });
        }
      }
      picture.update(nowUs);
      out.trackers.get(nation)!.tick(
        views.map((v) => ({ ...v, live: v.ended === undefined, impact: v.impactEstimate })),
        nowUs,
      );
      out.pictures.get(nation)!.tick(
        picture.tracks().map((k) => ({
          id: k.id,
          timeUs: k.fused.timeUs,
          state: k.fused.state,
          covariance: k.fused.covariance,
          live: k.status === 'held' || k.status === 'stale',
          impact: k.impact,
        })),
        nowUs,
      );
    }
    options.onTick?.(nowUs, out);
  }
  return out;
}
