/** Scoring a run against the truth: the only place, with the summary, where both lie side by side. */
import { geodesicInverse } from '../earth/geodesic.ts';
import { usToIso } from '../earth/time.ts';
import { DEG, ecefToGeodetic } from '../earth/wgs84.ts';
import { agreementState, inForce, releases } from '../exchange/index.ts';
import { NATIONS, type Nation } from '../model/nation.ts';
import type { PointEstimate } from '../model/track.ts';
import type { Warning } from '../model/warning.ts';
import type { SystemTrack } from '../picture/index.ts';
import { regionAt } from '../warning/index.ts';
import type { ExerciseRun } from './run.ts';
import {
  emptyNationResult,
  type LaunchResult,
  type NationResult,
  percentile,
  roundTo,
  type Summary,
} from './summary.ts';
import { firstSightS, type TruthFlight } from './world.ts';

/** A track further than this from every vehicle is of none of them, m. */
const OF_NONE_M = 100e3;
const REGION_PREFIX: Record<Nation, string> = { USA: 'US-', KOR: 'KR-', JPN: 'JP-' };

/** Follows a run tick by tick and says which track is of which flight. */
export class Scorer {
  /** Votes of `NATION/track` for each flight, one a tick. */
  readonly #votes = new Map<string, Map<string, number>>();
  readonly #state = new Float64Array(6);

  onTick(run: ExerciseRun): void {
    const { flights, bodies } = run.options.world;
    // A spent stage is a target of its own: its tracks must not count for its launch.
    const targets = [...flights, ...bodies];
    for (const node of run.nodes()) {
      for (const track of node.pictureOf.tracks()) {
        if (track.status === 'lost' || track.status === 'impact') continue;
        const flight = this.#nearest(track, targets);
        if (!flight) continue;
        const key = `${node.nation}/${track.id}`;
        let votes = this.#votes.get(key);
        if (!votes) {
          votes = new Map();
          this.#votes.set(key, votes);
        }
        votes.set(flight.id, (votes.get(flight.id) ?? 0) + 1);
      }
    }
  }

  #nearest(track: SystemTrack, flights: readonly TruthFlight[]): TruthFlight | undefined {
    const { state, timeUs } = track.fused;
    let best: TruthFlight | undefined;
    let least = OF_NONE_M;
    for (const f of flights) {
      if (f.flight.motion === 'body' && timeUs < f.launchUs) continue;
      f.flight.stateAt((timeUs - f.launchUs) / 1e6, this.#state);
      const d = Math.hypot(state[0] - this.#state[0], state[1] - this.#state[1], state[2] - this.#state[2]);
      if (d < least) {
        least = d;
        best = f;
      }
    }
    return best;
  }

  /** The tracks of a nation's picture that were of a flight most of their time. */
  tracksOf(run: ExerciseRun, nation: Nation, flightId: string): SystemTrack[] {
    return run
      .node(nation)
      .pictureOf.tracks()
      .filter((track) => {
        const votes = this.#votes.get(`${nation}/${track.id}`);
        if (!votes) return false;
        const [winner] = [...votes].reduce((a, b) => (b[1] > a[1] ? b : a));
        return winner === flightId;
      });
  }

  /** The tracks that were of a flight from their beginning, though they may have gone on with a spent stage of it. */
  tracksBegunOn(run: ExerciseRun, nation: Nation, flightId: string): SystemTrack[] {
    return run
      .node(nation)
      .pictureOf.tracks()
      .filter((track) => this.#votes.get(`${nation}/${track.id}`)?.keys().next().value === flightId);
  }
}

/** The summary of a run that has ended. */
export function summarise(run: ExerciseRun, scorer: Scorer): Summary {
  const { scenario, seed, asOf, world } = run.options;
  const launches = world.flights.map((f): LaunchResult => {
    const nations = Object.fromEntries(NATIONS.map((n) => [n, nationResult(run, scorer, n, f)])) as Record<
      Nation,
      NationResult
    >;
    return {
      id: f.id,
      truth: {
        launchTime: usToIso(f.launchUs),
        launchPoint: { latitudeDeg: f.flight.launch.latitudeDeg, longitudeDeg: f.flight.launch.longitudeDeg },
        impactTime: f.flight.inOrbit ? null : usToIso(f.impactUs),
        impactPoint: f.flight.inOrbit
          ? null
          : {
              latitudeDeg: roundTo(f.flight.impact.latitudeDeg, 6),
              longitudeDeg: roundTo(f.flight.impact.longitudeDeg, 6),
            },
        apogeeKm: roundTo(f.flight.apogeeKm, 3),
      },
      nations,
    };
  });
  return {
    scenario: scenario.id,
    seed,
    asOf,
    agreements: run.book.agreements
      .filter((a) => releases(a) && inForce(agreementState(a, world.startUs)))
      .map((a) => a.id),
    launches,
    exchange: exchangeResult(run),
  };
}

function nationResult(run: ExerciseRun, scorer: Scorer, nation: Nation, f: TruthFlight): NationResult {
  const out = emptyNationResult();
  const { world } = run.options;
  const after = (us: number | undefined): number | null =>
    us === undefined ? null : roundTo((us - f.launchUs) / 1e6, 3);
  const first = (values: (number | undefined)[]): number | null => {
    const known = values.filter((v): v is number => v !== undefined);
    return known.length === 0 ? null : after(Math.min(...known));
  };
  const plot = world.plots
    .filter((p) => p.nation === nation && p.truthId === f.id)
    .reduce<number | undefined>(
      (t, p) => (t === undefined || p.plot.timeUs < t ? p.plot.timeUs : t),
      undefined,
    );
  const tracks = scorer.tracksOf(run, nation, f.id);
  const begun = [...new Set([...tracks, ...scorer.tracksBegunOn(run, nation, f.id)])];
  out.firstPlotS = after(plot);
  out.firstPartnerS = first(begun.map((t) => t.firstPartnerUs));
  out.firstTrackS = first(begun.map((t) => t.createdUs));
  out.launchDeclaredS = first(begun.map((t) => t.launchDeclaredUs));
  out.impactEstimateS = first(tracks.map((t) => t.firstImpactUs));
  out.notBallisticS = first(tracks.map((t) => t.notBallisticUs));
  const launchIds = new Set(begun.map((t) => t.launchId));
  const alerts = run
    .node(nation)
    .warnings.issued.map((i) => i.warning)
    .filter((w) => launchIds.has(w.launchId) && w.messageType === 'alert');
  out.publicWarningS = first(alerts.map((w) => w.sentUs));
  out.leadTimeS = leadTime(f, nation, alerts);
  const impact = lastImpact(tracks);
  // Any impact told of an orbit is wrong, by no distance.
  if (impact && f.flight.inOrbit) out.insideEllipse95 = false;
  else if (impact) Object.assign(out, impactScore(impact, f));
  const sources = tracks.flatMap((t) => [...t.sources.values()]);
  const own = sources.some((s) => s.node === nation);
  const partner = sources.some((s) => s.node !== nation);
  out.source = own && partner ? 'both' : own ? 'own' : partner ? 'partner' : null;
  out.ownSightS = firstSightS(world, nation, f);
  if (out.ownSightS !== null && out.launchDeclaredS !== null) {
    out.aheadOfOwnSightS = roundTo(out.ownSightS - out.launchDeclaredS, 3);
  }
  return out;
}

function lastImpact(tracks: readonly SystemTrack[]): PointEstimate | undefined {
  return tracks.flatMap((t) => (t.impact ? [t.impact] : [])).sort((a, b) => b.timeUs - a.timeUs)[0];
}

/** How far the estimate was off, and whether the truth lies inside its 95 % ellipse. */
function impactScore(e: PointEstimate, f: TruthFlight): { impactErrorKm: number; insideEllipse95: boolean } {
  const { distanceM, azimuth1Deg } = geodesicInverse(
    e.latitudeDeg,
    e.longitudeDeg,
    f.flight.impact.latitudeDeg,
    f.flight.impact.longitudeDeg,
  );
  const angle = (azimuth1Deg - e.ellipse95.azimuthDeg) * DEG;
  const u = (distanceM * Math.cos(angle)) / Math.max(e.ellipse95.semiMajorM, 1e-3);
  const v = (distanceM * Math.sin(angle)) / Math.max(e.ellipse95.semiMinorM, 1e-3);
  return { impactErrorKm: roundTo(distanceM / 1000, 3), insideEllipse95: u * u + v * v <= 1 };
}

/** From the first alert to the first moment that the vehicle is over, or falls on, one of the nation's regions. */
function leadTime(f: TruthFlight, nation: Nation, alerts: readonly Warning[]): number | null {
  if (alerts.length === 0) return null;
  const state = new Float64Array(6);
  const sent = Math.min(...alerts.map((w) => w.sentUs));
  for (let t = 0; t <= f.flight.flightTimeS; t++) {
    f.flight.stateAt(t, state);
    const g = ecefToGeodetic(state[0], state[1], state[2]);
    const region = regionAt(g.latitudeRad / DEG, g.longitudeRad / DEG);
    if (region?.code.startsWith(REGION_PREFIX[nation])) return roundTo(t - (sent - f.launchUs) / 1e6, 3);
  }
  return null;
}

function exchangeResult(run: ExerciseRun): Summary['exchange'] {
  const peers = run
    .nodes()
    .flatMap((node) => NATIONS.filter((n) => n !== node.nation).map((n) => node.exchange.peer(n)));
  const sum = (pick: (p: (typeof peers)[number]) => number): number => peers.reduce((s, p) => s + pick(p), 0);
  const latency = peers.flatMap((p) => p.latencyUs).sort((a, b) => a - b);
  const ms = (fraction: number): number | null => {
    const us = percentile(latency, fraction);
    return us === null ? null : roundTo(us / 1000, 3);
  };
  return {
    sent: sum((p) => p.sent),
    delivered: sum((p) => p.delivered),
    denied: sum((p) => p.denied),
    reduced: sum((p) => p.reduced),
    latencyMs: { p50: ms(0.5), p99: ms(0.99) },
  };
}
