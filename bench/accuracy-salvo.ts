/** Six launches of one minute, two pairs of them at the same second, with false plots: tracks against truths as sets. */
import { type Random, seededRandom } from '../src/earth/random.ts';
import { DEG } from '../src/earth/wgs84.ts';
import type { RadarPlot } from '../src/model/plot.ts';
import { unpackUpper } from '../src/model/track.ts';
import { nees } from '../src/tracking/metrics.ts';
import type { AssociationMethod } from '../src/tracking/options.ts';
import { EPOCH_US, radarPlots } from '../src/tracking/testing/flight.ts';
import { Tracker } from '../src/tracking/tracker.ts';
import { mean, row, study } from './accuracy-study.ts';
import { drawFlight, flyTruth, notionalRadar, STEP_S, type TruthFlight } from './accuracy-truth.ts';
import { percentile } from './chart.ts';
import { gospa } from './gospa.ts';

const RADARS = [notionalRadar('R1', 37, 127), notionalRadar('R2', 37.5, 131.5)];
/** Launches: how long after the first, s, and how far north of it, degrees. */
const LAUNCHES = [
  [0, 0],
  [0, 0.05],
  [12, 0.3],
  [20, -0.25],
  [20, -0.23],
  [45, 0.6],
] as const;
const CUT_M = 5e3;
const UNTIL_S = 330;
/** So long after its first plot a target should have a track, s. */
const GRACE_S = 8;
const FALSE_PLOTS_PER_SCAN = 0.5;

interface SalvoResult {
  gospa: number[];
  /** Squared normalised errors of position and velocity, over six. */
  nees: number[];
  /** Parts squared, m^2, for each target and mark. */
  parts: [localisation: number, missed: number, false_: number][];
  /** Targets that should have a track, those that have, tracks near them, tracks, tracks near none. */
  targets: number;
  tracked: number;
  tracksNear: number;
  tracks: number;
  spurious: number;
  /** Changes of the track number of a target. */
  changes: number;
  /** Of each target: the longest time under one number, as a share of the time that it should have had one. */
  longest: number[];
}

function falsePlots(random: Random): RadarPlot[] {
  const out: RadarPlot[] = [];
  for (const radar of RADARS) {
    for (let t = 0; t < UNTIL_S; t++) {
      for (let n = random.poisson(FALSE_PLOTS_PER_SCAN); n > 0; n--) {
        out.push({
          kind: 'radar',
          sensor: radar.id,
          timeUs: EPOCH_US + t * 1e6 + (radar.id === 'R1' ? 0 : 3e5),
          rangeM: 1.5e6 * Math.cbrt(random.uniform()),
          azimuthRad: (random.uniform() - 0.5) * 180 * DEG,
          elevationRad: (2 + 50 * random.uniform()) * DEG,
        });
      }
    }
  }
  return out;
}

const NEAR_RAD = 12 * 0.05 * DEG;

/** False plots about true ones: even over 800 m and twelve standard deviations in angle, `rate` on average of each. */
function falseNear(plots: readonly RadarPlot[], rate: number, random: Random): RadarPlot[] {
  return plots.flatMap((p) =>
    Array.from({ length: random.poisson(rate) }, () => ({
      ...p,
      rangeM: p.rangeM + 800 * (random.uniform() - 0.5),
      azimuthRad: p.azimuthRad + NEAR_RAD * (random.uniform() - 0.5),
      elevationRad: p.elevationRad + NEAR_RAD * (random.uniform() - 0.5),
    })),
  );
}

/** True if a point is within the cut-off of one of the states. */
function nearOf(states: readonly ArrayLike<number>[], x: readonly number[]): boolean {
  return states.some((s) => Math.hypot(...x.map((v, c) => v - s[c])) < CUT_M);
}

/** How the same launches are tracked otherwise. */
interface Variant {
  association?: AssociationMethod;
  /** False plots per scan within a few kilometres of each target. */
  falseNear?: number;
  /** The launches lie this much nearer to each other. */
  nearer?: number;
}

function oneSalvo(seed: number, run: number, variant: Variant = {}): SalvoResult {
  const random = seededRandom(seed).fork(`salvo ${run}`);
  const { request: first } = drawFlight(random.fork('first'), { density: 0, thrust: 0 });
  const flights = LAUNCHES.map(([afterS, north], k) => {
    // One kind of vehicle, aimed a little apart.
    const draw = random.fork(`launch ${k}`);
    const flight: TruthFlight = flyTruth({
      ...first,
      latitudeDeg: first.latitudeDeg + north / (variant.nearer ?? 1),
      bearingDeg: first.bearingDeg + (3 / (variant.nearer ?? 1)) * (draw.uniform() - 0.5),
      tiltDeg: first.tiltDeg * (1 + (0.06 / (variant.nearer ?? 1)) * (draw.uniform() - 0.5)),
    });
    return { flight, afterS };
  });
  const seen = flights.map(({ flight, afterS }, k) =>
    RADARS.flatMap((radar, r) =>
      radarPlots(flight, radar, random.fork(`${radar.id} ${k}`), {
        // On the radar's own rhythm, whatever the launch.
        periodS: 1,
        offsetS: 0.3 * r,
        detection: 0.9,
      }).map((p) => ({ ...p, timeUs: p.timeUs + afterS * 1e6 })),
    ).sort((a, b) => a.timeUs - b.timeUs),
  );
  const near = falseNear(seen.flat(), variant.falseNear ?? 0, random.fork('near'));
  const plots = [...seen.flat(), ...near, ...falsePlots(random.fork('false'))].sort(
    (a, b) => a.timeUs - b.timeUs || (a.sensor < b.sensor ? -1 : 1),
  );
  const tracker = new Tracker(RADARS, {
    windowS: 0,
    ...(variant.association && { association: variant.association }),
    // The density about the targets, as told.
    ...(variant.falseNear && { clutterRadar: variant.falseNear / (800 * NEAR_RAD ** 2) }),
  });
  const out: SalvoResult = {
    gospa: [],
    nees: [],
    parts: [],
    targets: 0,
    tracked: 0,
    tracksNear: 0,
    tracks: 0,
    spurious: 0,
    changes: 0,
    longest: [],
  };
  const numbers: (string | undefined)[][] = flights.map(() => []);
  const last: (string | undefined)[] = flights.map(() => undefined);
  let i = 0;
  for (let t = 1; t <= UNTIL_S; t++) {
    const now = EPOCH_US + t * 1e6;
    while (i < plots.length && plots[i].timeUs <= now) tracker.addPlot(plots[i++]);
    tracker.advanceTo(now);
    const views = tracker.tracks().filter((v) => !v.ended);
    const due = flights.flatMap(({ flight, afterS }, k) => {
      const list = seen[k];
      const should =
        list.length > 0 &&
        now >= list[0].timeUs + GRACE_S * 1e6 &&
        now <= list[list.length - 1].timeUs &&
        t - afterS < flight.impactS;
      return should ? [k] : [];
    });
    if (due.length === 0) continue;
    const truths = due.map((k) => flights[k].flight.states[Math.round((t - flights[k].afterS) / STEP_S)]);
    // Tracks stand at their last plot, so each is taken on to now.
    const at = views.map((v) => {
      const dt = (now - v.timeUs) / 1e6;
      return [0, 1, 2].map((c) => v.state[c] + dt * v.state[3 + c]);
    });
    // A target that is not due is no false track either.
    const near = (j: number): boolean =>
      flights.some(({ flight, afterS }) => {
        const s = flight.states[Math.round((t - afterS) / STEP_S)];
        return s !== undefined && Math.hypot(...at[j].map((v, c) => v - s[c])) < CUT_M;
      });
    const paired = new Map(gospa(truths, at, CUT_M).pairs);
    const alone = views.map((_, j) => j).filter((j) => ![...paired.values()].includes(j));
    const spurious = alone.filter((j) => !near(j));
    const early = new Set(alone.filter((j) => near(j) && !nearOf(truths, at[j])));
    const g = gospa(
      truths,
      at.filter((_, j) => !early.has(j)),
      CUT_M,
    );
    out.gospa.push(g.total);
    out.parts.push([g.localisation2, g.missed2, g.false2]);
    out.targets += due.length;
    out.tracked += paired.size;
    out.tracksNear += at.filter((x) => nearOf(truths, x)).length;
    out.tracks += views.length;
    out.spurious += spurious.length;
    for (const [n, j] of paired) {
      const v = views[j];
      const { flight, afterS } = flights[due[n]];
      const truth = flight.states[Math.round(((v.timeUs - EPOCH_US) / 1e6 - afterS) / STEP_S)];
      const e = Array.from(v.state, (x, c) => x - truth[c]);
      out.nees.push(nees(e, unpackUpper(v.covariance, 6), 6));
    }
    due.forEach((k, n) => {
      const j = paired.get(n);
      const id = j === undefined ? undefined : views[j].id;
      if (id !== undefined && last[k] !== undefined && last[k] !== id) out.changes++;
      if (id !== undefined) last[k] = id;
      numbers[k].push(id);
    });
  }
  for (const list of numbers) {
    if (list.length === 0) continue;
    let longest = 0;
    let length = 0;
    list.forEach((id, n) => {
      length = id === undefined ? 0 : n > 0 && list[n - 1] === id ? length + 1 : 1;
      longest = Math.max(longest, length);
    });
    out.longest.push(longest / list.length);
  }
  return out;
}

export const salvo = study<SalvoResult>({
  name: 'salvo',
  runs: (quick) => (quick ? 4 : 60),
  work: (seed, run) => oneSalvo(seed, run),
  rows: (results) => {
    const sum = (of: (r: SalvoResult) => number): number => results.reduce((n, r) => n + of(r), 0);
    const parts = results.flatMap((r) => r.parts);
    const part = (k: 0 | 1 | 2): number => Math.sqrt(mean(parts.map((p) => p[k])));
    return [
      row('six launches: runs', results.length, '', null, null, 'higher'),
      row('six launches: GOSPA (p 2, c 5 km), mean', mean(results.flatMap((r) => r.gospa)), 'm'),
      row('six launches: GOSPA, localisation', part(0), 'm'),
      row('six launches: GOSPA, missed', part(1), 'm'),
      row('six launches: GOSPA, false', part(2), 'm'),
      row(
        'six launches: SIAP completeness',
        (100 * sum((r) => r.tracked)) / sum((r) => r.targets),
        '%',
        null,
        99,
        'higher',
      ),
      row(
        'six launches: SIAP ambiguity',
        sum((r) => r.tracksNear) / sum((r) => r.tracked),
        'tracks a target',
      ),
      row(
        'six launches: SIAP spuriousness',
        (100 * sum((r) => r.spurious)) / sum((r) => r.tracks),
        '%',
        null,
        0,
      ),
      row('six launches: track-number changes', sum((r) => r.changes) / results.length, 'a run', null, 0),
      row(
        'six launches: SIAP longest segment',
        100 * mean(results.flatMap((r) => r.longest)),
        '% of the time',
        null,
        99,
        'higher',
      ),
    ];
  },
});

interface CrowdResult {
  gnn: SalvoResult;
  own: SalvoResult;
}

/** The launches within half a kilometre, and as many false plots about each as true ones: probabilities against the best assignment. */
export const crowd = study<CrowdResult>({
  name: 'crowd',
  runs: (quick) => (quick ? 2 : 20),
  work: (seed, run) => ({
    gnn: oneSalvo(seed, run, { association: 'gnn', falseNear: 1, nearer: 10 }),
    own: oneSalvo(seed, run, { falseNear: 1, nearer: 10 }),
  }),
  rows: (results) => {
    const both = [
      ['', results.map((r) => r.own)],
      [', best assignment alone', results.map((r) => r.gnn)],
    ] as const;
    return both.flatMap(([how, list]) => [
      row(`six in a crowd: GOSPA${how}`, mean(list.flatMap((r) => r.gospa)), 'm'),
      row(`six in a crowd: track-number changes${how}`, mean(list.map((r) => r.changes)), 'a run'),
      row(
        `six in a crowd: median NEES/6${how}`,
        percentile(
          list.flatMap((r) => r.nees),
          0.5,
        ),
        '',
      ),
    ]);
  },
});
