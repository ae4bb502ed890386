/** A track as others see it: state, phase, life, and what is derived of it. */
import { roughHeight } from '../earth/wgs84.ts';
import { type Phase, type PointEstimate, packUpper, type RangeClass } from '../model/track.ts';
import { maybeAircraft } from './air.ts';
import { membersOf, newMembers } from './bank.ts';
import { mixture } from './imm.ts';
import { estimateImpact } from './impact.ts';
import { estimateLaunch } from './launch.ts';
import type { SensorModel } from './measurement.ts';
import { orbitProbability } from './orbit.ts';
import { rangeClassProbabilities } from './rangeclass.ts';
import type { Registration } from './registration.ts';
import {
  AIR,
  BURNOUT,
  BURNOUT_DECIDED,
  CONFIRMED,
  DECLARED,
  EARLY,
  ENDED,
  ENDED_AT,
  FIRST,
  LIFT_TIME,
  MAX_HEIGHT,
  MU_B,
  NOT_BALLISTIC,
  PB,
  PC,
  PLOTS,
  RESETS,
  SCORE,
  SEEN_BOOST,
  SEEN_COAST,
  SENSORS,
  SETTLED,
  TIME,
  XB,
  XC,
} from './slab.ts';
import { LIFE, type Track } from './track.ts';

export interface TrackView {
  id: string;
  /** Time of `state`, us. */
  timeUs: number;
  firstPlotUs: number;
  lastPlotUs: number;
  /** [x y z vx vy vz], ECEF. */
  state: Float64Array;
  /** Upper triangle by rows of the 6 x 6 covariance (21). */
  covariance: Float64Array;
  phase: Phase;
  plots: number;
  confirmed: true;
  confirmedUs: number;
  /** How it ended, if it has: lost from sight, or come down while held. */
  ended?: 'lost' | 'impact';
  endedUs?: number;
  /** Sensors in it with the time of their last plot. */
  sensors: Record<string, number>;
  /** When a launch was declared on it. */
  launchDeclaredUs?: number;
  burnoutUs?: number;
  burnoutDecidedUs?: number;
  launchEstimate?: PointEstimate;
  impactEstimate?: PointEstimate;
  apogeeKm?: number;
  rangeClass?: Record<RangeClass, number>;
  /** Probability that it stays up: a satellite launch. Above one half no impact is told. */
  orbitProbability?: number;
  /** Probability that it burns. */
  boostProbability: number;
  /** Log-likelihood ratio against false plots. */
  score: number;
  /** Times that its covariance failed the check and was reset. */
  covarianceResets: number;
}

const x6 = new Float64Array(6);
const p36 = new Float64Array(36);
const law = newMembers();

/** In the air after the last burnout the second model counts from this probability on. */
const LIFT_TOLD = 0.1;
/** Below this height a falling body is in re-entry, m. */
const REENTRY_HEIGHT = 100e3;

export function phaseOf(s: Float64Array): Phase {
  if (s[NOT_BALLISTIC] > 0) return 'notBallistic';
  if (maybeAircraft(s)) return 'boost';
  if (s[BURNOUT_DECIDED] === 0 && (s[MU_B] >= 0.5 || s[SEEN_COAST] === 0) && s[MU_B] >= 0.03) return 'boost';
  const climb = s[XC] * s[XC + 3] + s[XC + 1] * s[XC + 4] + s[XC + 2] * s[XC + 5];
  return climb < 0 && roughHeight(s[XC], s[XC + 1], s[XC + 2]) < REENTRY_HEIGHT ? 'reentry' : 'coast';
}

interface Derived {
  version: number;
  view: TrackView;
  /** Plots behind the launch estimate, and what was seen of the flight then. */
  early: number;
  seen: number;
  launch: PointEstimate | undefined;
  impactUs: number;
  impact: PointEstimate | undefined;
  apogeeKm: number | undefined;
}

/**
 * An impact is worked out anew after this share of the time that is left to it, but not more often than the
 * first nor more seldom than the second of the limits, us: far from it, seconds change nothing that matters.
 */
const IMPACT_SHARE = 1 / 60;
const IMPACT_EVERY_US = [1e6, 10e6] as const;
/** A launch is worked out anew when this many times the plots are at hand. */
const LAUNCH_GROWTH = 1.2;

/** Makes views and remembers what is dear to derive. */
export class ViewMaker {
  readonly #sensors: readonly SensorModel[];
  readonly #byId: ReadonlyMap<string, SensorModel>;
  readonly #vacuum: boolean;
  readonly #derived = new WeakMap<Track, Derived>();

  readonly #registration: Registration | undefined;

  constructor(sensors: readonly SensorModel[], vacuum: boolean, registration?: Registration) {
    this.#registration = registration;
    this.#sensors = sensors;
    this.#byId = new Map(sensors.map((m) => [m.id, m]));
    this.#vacuum = vacuum;
  }

  view(track: Track): TrackView {
    let d = this.#derived.get(track);
    if (d && d.version === track.version) return d.view;
    const s = this.#registration?.told(track.s) ?? track.s;
    d ??= {
      version: -1,
      view: {} as TrackView,
      early: 0,
      seen: 0,
      launch: undefined,
      impactUs: Number.NEGATIVE_INFINITY,
      impact: undefined,
      apogeeKm: undefined,
    };
    d.version = track.version;
    d.view = this.#make(track, s, d);
    this.#derived.set(track, d);
    return d.view;
  }

  #make(track: Track, s: Float64Array, d: Derived): TrackView {
    // That it has lift just now is never quite ruled out; while it is improbable it would only blur the free fall.
    const muB = s[LIFT_TIME] > 0 && s[MU_B] < LIFT_TOLD ? 0 : s[MU_B];
    mixture(s, muB, XB, PB, XC, PC, x6, p36);
    const sensors: Record<string, number> = {};
    let lastPlotUs = 0;
    for (const m of this.#sensors) {
      const t = s[SENSORS + m.index];
      if (t === 0) continue;
      sensors[m.id] = t;
      if (t > lastPlotUs) lastPlotUs = t;
    }
    const view: TrackView = {
      id: track.id,
      timeUs: s[TIME],
      firstPlotUs: s[FIRST],
      lastPlotUs,
      state: x6.slice(),
      covariance: Float64Array.from(packUpper(p36, 6)),
      phase: phaseOf(s),
      plots: s[PLOTS],
      confirmed: true,
      confirmedUs: s[CONFIRMED],
      sensors,
      boostProbability: s[MU_B],
      score: s[SCORE],
      covarianceResets: s[RESETS],
    };
    if (s[ENDED] !== 0) {
      view.ended = s[ENDED] === 2 ? 'impact' : 'lost';
      view.endedUs = s[ENDED_AT];
    } else if (s[AIR] > 0) {
      view.ended = 'lost';
      view.endedUs = s[AIR];
    }
    if (s[DECLARED] > 0) view.launchDeclaredUs = s[DECLARED];
    if (s[BURNOUT] > 0) view.burnoutUs = s[BURNOUT];
    if (s[BURNOUT_DECIDED] > 0) view.burnoutDecidedUs = s[BURNOUT_DECIDED];
    this.#estimates(track, s, view, d);
    return view;
  }

  #estimates(track: Track, s: Float64Array, view: TrackView, d: Derived): void {
    const seen = s[SEEN_COAST] === 1 ? 2 : s[SEEN_BOOST] === 1 ? 1 : 0;
    const grown =
      seen !== d.seen ||
      s[EARLY] >= LAUNCH_GROWTH * d.early ||
      (s[EARLY] === LIFE.earlyPlots && s[EARLY] > d.early);
    if (s[DECLARED] > 0 && seen > 0 && grown) {
      d.early = s[EARLY];
      d.seen = seen;
      const launch = estimateLaunch(
        track.early.slice(0, s[EARLY]),
        this.#byId,
        seen === 2,
        s[BURNOUT],
        this.#registration,
      );
      if (launch) d.launch = launch;
    }
    if (d.launch) view.launchEstimate = d.launch;
    if (view.phase === 'notBallistic') return;
    const ballistic = s[BURNOUT_DECIDED] > 0 && s[SETTLED] === 1 && view.phase !== 'boost';
    if (!ballistic) {
      d.impact = undefined;
      d.impactUs = Number.NEGATIVE_INFINITY;
      return;
    }
    view.orbitProbability = this.#vacuum
      ? 0
      : orbitProbability(s.subarray(XC, XC + 6), s.subarray(PC, PC + 49), 7);
    const spread = Math.sqrt((s[PC + 24] + s[PC + 32] + s[PC + 40]) / 3);
    view.rangeClass = rangeClassProbabilities(s.subarray(XC, XC + 6), spread);
    if (view.orbitProbability > 0.5) {
      d.impact = undefined;
      d.impactUs = Number.NEGATIVE_INFINITY;
      return;
    }
    const leftUs = d.impact ? d.impact.atUs - s[TIME] : 0;
    if (
      s[TIME] - d.impactUs >=
      Math.min(Math.max(IMPACT_EVERY_US[0], leftUs * IMPACT_SHARE), IMPACT_EVERY_US[1])
    ) {
      const x = s.subarray(XC, XC + 7);
      membersOf(s, law);
      const result = estimateImpact(x, s.subarray(PC, PC + 49), s[TIME], this.#vacuum, law);
      d.impactUs = s[TIME];
      d.impact = result?.impact;
      d.apogeeKm = result ? Math.max(result.apogeeM, s[MAX_HEIGHT]) / 1000 : undefined;
    }
    if (d.impact) view.impactEstimate = d.impact;
    if (d.apogeeKm !== undefined) view.apogeeKm = d.apogeeKm;
  }
}
