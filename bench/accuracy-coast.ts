/** coast-A: the filter from its prior against the posterior Cramer-Rao bound, up to the ground; and late plots. */
import { seededRandom } from '../src/earth/random.ts';
import { DEG, ecefHeight, ecefToGeodetic, enuRotation } from '../src/earth/wgs84.ts';
import { estimateImpact } from '../src/tracking/impact.ts';
import { aneesBand, ellipseMiss, nees } from '../src/tracking/metrics.ts';
import { type CoastA, coastARun, freeStep, loadCoastA } from '../src/tracking/testing/coast-a.ts';
import { covarianceOf6, filterCoastA } from '../src/tracking/testing/coast-filter.ts';
import { coastABoundCovariances } from '../src/tracking/testing/pcrlb.ts';
import { unscentedCoastEnd } from '../src/tracking/testing/ukf.ts';
import { Tracker } from '../src/tracking/tracker.ts';
import { banded, coverageBand, mean, rms, row, square3, study } from './accuracy-study.ts';

const MARKS = Array.from({ length: 22 }, (_, i) => 30 + 10 * i);
const IMPACT_MARKS = [60, 120, 180, 240];

interface CoastResult {
  /** Squared position error at each scan, NEES/6 and NIS/3 at the marks. */
  square: number[];
  nees: number[];
  nis: number[];
  /** At the impact marks: share of the ellipse (squared), and distance, m. */
  impacts: { share: number; distanceM: number }[];
  /** Of run 0 alone. */
  once?: { bound: number[]; groundBound: number[]; toImpactS: number[]; unscentedMm: number };
}

interface Shared {
  a: CoastA;
  impact: { latitudeDeg: number; longitudeDeg: number; timeS: number };
}
let loaded: Shared | undefined;

function scenario(): Shared | undefined {
  if (loaded) return loaded;
  const a = loadCoastA();
  if (!a) return undefined;
  const ground = fallFreely(a.truth[a.truth.length - 1]);
  const g = ecefToGeodetic(ground.state[0], ground.state[1], ground.state[2]);
  loaded = {
    a,
    impact: {
      latitudeDeg: g.latitudeRad / DEG,
      longitudeDeg: g.longitudeRad / DEG,
      timeS: a.truth.length + ground.timeS,
    },
  };
  return loaded;
}

/** Down to the ground by the tests' own integrator. */
function fallFreely(from: ArrayLike<number>): { state: Float64Array; timeS: number } {
  const s = Float64Array.from(from).slice(0, 6);
  let timeS = 0;
  while (ecefHeight(s[0], s[1], s[2]) > 0) {
    freeStep(s, 1);
    timeS += 1;
  }
  for (let i = 0; i < 5; i++) {
    const r = Math.hypot(s[0], s[1], s[2]);
    const dt = (-ecefHeight(s[0], s[1], s[2]) * r) / (s[0] * s[3] + s[1] * s[4] + s[2] * s[5]);
    freeStep(s, dt);
    timeS += dt;
  }
  return { state: s, timeS };
}

/** The bound's covariance carried to the ground, by differences: RMS distance, m. */
function groundBound(truth: Float64Array, p: Float64Array): number {
  const base = fallFreely(truth).state;
  const g = ecefToGeodetic(base[0], base[1], base[2]);
  const m = enuRotation(g.latitudeRad, g.longitudeRad);
  const rows = [new Float64Array(6), new Float64Array(6)];
  for (let k = 0; k < 6; k++) {
    const d = k < 3 ? 10 : 0.1;
    const [up, down] = [1, -1].map((sign) => {
      const s = truth.slice();
      s[k] += sign * d;
      return fallFreely(s).state;
    });
    for (let i = 0; i < 2; i++) {
      let sum = 0;
      for (let c = 0; c < 3; c++) sum += m[3 * i + c] * (up[c] - down[c]);
      rows[i][k] = sum / (2 * d);
    }
  }
  let trace = 0;
  for (const r of rows)
    for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) trace += r[i] * p[6 * i + j] * r[j];
  return Math.sqrt(trace);
}

function oneRun(run: number): CoastResult | undefined {
  const shared = scenario();
  if (!shared) return undefined;
  const { a, impact } = shared;
  const out: CoastResult = { square: [], nees: [], nis: [], impacts: [] };
  filterCoastA(a, run, (scan, s, nis) => {
    const truth = a.truth[scan - 1];
    out.square.push(square3(s, truth));
    if (MARKS.includes(scan)) {
      const e = Array.from({ length: 6 }, (_, i) => s[i] - truth[i]);
      out.nees.push(nees(e, covarianceOf6(s), 6));
      out.nis.push(nis);
    }
    if (IMPACT_MARKS.includes(scan)) {
      const e = estimateImpact(s, s.subarray(7), 0, true)?.impact;
      if (!e) throw new Error(`run ${run}: no impact at scan ${scan}`);
      out.impacts.push(ellipseMiss(e, impact.latitudeDeg, impact.longitudeDeg));
    }
  });
  if (run === 0) {
    const bounds = coastABoundCovariances(a);
    const end = unscentedCoastEnd(a, 0);
    const published = [100593.25268, 291468.08949, 217262.50985];
    out.once = {
      bound: bounds.map((b) => Math.sqrt(b[0] + b[7] + b[14])),
      groundBound: IMPACT_MARKS.map((k) => groundBound(a.truth[k - 1], bounds[k - 1])),
      toImpactS: IMPACT_MARKS.map((k) => impact.timeS - k),
      unscentedMm: 1000 * Math.sqrt(square3(end, published)),
    };
  }
  return out;
}

function overRuns(results: readonly CoastResult[], of: (r: CoastResult) => readonly number[]): number[] {
  return of(results[0]).map((_, k) => mean(results.map((r) => of(r)[k])));
}

export const coast = study<CoastResult>({
  name: 'coast-A',
  runs: (quick) => (quick ? 50 : 500),
  work: (_, run) => oneRun(run),
  rows: (results) => {
    const runs = results.length;
    const { bound, groundBound: ground, unscentedMm } = results[0].once!;
    const rmse = overRuns(results, (r) => r.square).map(Math.sqrt);
    let ratio = 0;
    for (let k = 30; k <= 240; k++) ratio += rmse[k - 1] / bound[k - 1] / 211;
    const anees = overRuns(results, (r) => r.nees);
    const nis = overRuns(results, (r) => r.nis);
    const within = (values: number[], n: number): number => {
      const [low, high] = aneesBand(n, runs);
      return (100 * values.filter((v) => v > low && v < high).length) / values.length;
    };
    const impactRmse = IMPACT_MARKS.map((_, k) => rms(results.map((r) => r.impacts[k].distanceM ** 2)));
    const covered = IMPACT_MARKS.map(
      (_, k) => (100 * results.filter((r) => r.impacts[k].share <= 1).length) / runs,
    );
    return [
      row('coast-A: runs', runs, '', null, null, 'higher'),
      row('coast-A: unscented filter, end of run 0 off the published', unscentedMm, 'mm', 5, 0.4),
      row('coast-A: RMSE/PCRLB, 30-240 s', ratio, '', 1.1, 1.03),
      ...[60, 120, 240].map((k) => row(`coast-A: RMSE at ${k} s`, rmse[k - 1], 'm')),
      banded('coast-A: ANEES/6, mean of the 10 s marks', mean(anees), '', aneesBand(6, runs)),
      row('coast-A: ANEES/6 in its band', within(anees, 6), '% of marks', null, 95, 'higher'),
      banded('coast-A: NIS/3, mean of the 10 s marks', mean(nis), '', aneesBand(3, runs)),
      row('coast-A: NIS/3 in its band', within(nis, 3), '% of marks', null, 95, 'higher'),
      ...IMPACT_MARKS.map((k, i) =>
        banded(`impact drag-free: in the 95 % ellipse, at ${k} s`, covered[i], '%', coverageBand(runs)),
      ),
      ...IMPACT_MARKS.map((k, i) =>
        row(
          `impact drag-free: RMSE/bound at the ground, at ${k} s`,
          impactRmse[i] / ground[i],
          '',
          1.15,
          1.05,
        ),
      ),
    ];
  },
  charts: (results) => {
    const runs = results.length;
    const { bound } = results[0].once!;
    const rmse = overRuns(results, (r) => r.square).map(Math.sqrt);
    const [low, high] = aneesBand(6, runs);
    const from = (values: number[]): [number, number][] =>
      values.map((v, k): [number, number] => [k + 1, v]).filter(([k]) => k >= 10);
    return [
      {
        title: `Position error over time, coast-A, ${runs} runs`,
        note: 'The bound is the posterior Cramer-Rao bound along the true path: no filter can do better on average.',
        x: 'time, s',
        y: 'RMS error, m',
        yMin: 0,
        series: [
          { name: 'RMSE of the filter', points: from(rmse) },
          { name: 'bound (PCRLB)', points: from(bound), dash: true },
        ],
      },
      {
        title: `Honesty of the covariance, coast-A, ${runs} runs`,
        note: 'Error squared in units of its own covariance, over 6. Shaded: where 95 % of such averages lie if the covariance is right.',
        x: 'time, s',
        y: 'ANEES / 6',
        band: [low, high],
        series: [
          {
            name: 'ANEES/6',
            dots: true,
            points: overRuns(results, (r) => r.nees).map((v, k): [number, number] => [MARKS[k], v]),
          },
        ],
      },
    ];
  },
});

interface LateResult {
  late: number[];
  inOrder: number[];
  different: number;
  rollbacks: number;
}

const LATE_MARKS = Array.from({ length: 19 }, (_, i) => 60 + 10 * i);

export const late = study<LateResult>({
  name: 'late plots',
  runs: (quick) => (quick ? 10 : 100),
  work: (seed, run) => {
    const shared = scenario();
    if (!shared) return undefined;
    const { a } = shared;
    const { plots } = coastARun(a, run);
    const random = seededRandom(seed).fork(`late ${run}`);
    const delayed = plots.map((plot) => ({
      plot,
      at: plot.timeUs + (random.uniform() < 0.3 ? 5e5 + 3.5e6 * random.uniform() : 0),
    }));
    const t0 = plots[0].timeUs - 1e6;
    const feed = (arrivals: typeof delayed, square: number[]): Tracker => {
      const sorted = [...arrivals].sort((x, y) => x.at - y.at);
      const tracker = new Tracker([a.sensor], { vacuum: true });
      let i = 0;
      for (let t = 0.5; t <= 245; t += 0.5) {
        const now = t0 + t * 1e6;
        while (i < sorted.length && sorted[i].at <= now) tracker.addPlot(sorted[i++].plot);
        tracker.advanceTo(now);
        if (!LATE_MARKS.includes(t)) continue;
        const [view] = tracker.tracks();
        const s = view.state.slice();
        freeStep(s, (now - view.timeUs) / 1e6);
        square.push(square3(s, a.truth[t - 1]));
      }
      return tracker;
    };
    const out: LateResult = { late: [], inOrder: [], different: 0, rollbacks: 0 };
    const one = feed(delayed, out.late);
    const [x] = one.tracks();
    const [y] = feed(
      plots.map((plot) => ({ plot, at: plot.timeUs })),
      out.inOrder,
    ).tracks();
    const same =
      x.state.every((v, i) => v === y.state[i]) && x.covariance.every((v, i) => v === y.covariance[i]);
    out.different = same && x.plots === y.plots ? 0 : 1;
    out.rollbacks = one.counts.rollbacks;
    return out;
  },
  rows: (results) => [
    row(
      'late plots, 30 % by 0.5-4 s: RMSE now / in order',
      rms(results.flatMap((r) => r.late)) / rms(results.flatMap((r) => r.inOrder)),
      '',
      1.1,
      1.04,
    ),
    row(
      'late plots: end states not equal bit for bit',
      results.reduce((n, r) => n + r.different, 0),
      `of ${results.length}`,
      0,
      0,
    ),
    row('late plots: rollbacks a run', mean(results.map((r) => r.rollbacks)), '', null, null, 'higher'),
  ],
});
