/** Registration against a batch least squares of motion and biases together, under late plots, and with what it must not learn from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '../earth/random.ts';
import { DEG, ecefToAzElRange, enuRotation, geodeticToEcef } from '../earth/wgs84.ts';
import type { InfraredPlot, Plot, RadarPlot } from '../model/plot.ts';
import type { InfraredSensor, RadarSensor } from '../model/sensor.ts';
import { unpackUpper } from '../model/track.ts';
import { invertSpd } from './linear.ts';
import { aneesBand, nees } from './metrics.ts';
import { inverseOfPart, posterior } from './registration-linear.ts';
import { EPOCH_US, fallStep, radarPlots, type TestFlight, THREE_RADARS, truthAt } from './testing/flight.ts';
import { theFlight } from './testing/nodes.ts';
import { Tracker } from './tracker.ts';

const SIGMA = THREE_RADARS[0].sigma;
const STATED = { rangeM: 100, azimuthDeg: 0.06, elevationDeg: 0.06 };
const OFF = [100, 0.06 * DEG, -0.05 * DEG] as const;

const [R1, R2, R3] = THREE_RADARS.map((r, k) => (k === 0 ? { ...r, biasSigma: STATED } : r));
const flight = theFlight();

function plotsOf(
  random: Random,
  radars: readonly RadarSensor[],
  target: TestFlight,
  fromS = 0,
  off: readonly number[] = OFF,
): RadarPlot[] {
  return radars
    .flatMap((r, k) => radarPlots(target, r, random.fork(r.id), { periodS: 1, offsetS: 0.3 * k, fromS }))
    .map((p) =>
      p.sensor === 'R1'
        ? {
            ...p,
            rangeM: p.rangeM + off[0],
            azimuthRad: p.azimuthRad + off[1],
            elevationRad: p.elevationRad + off[2],
          }
        : p,
    )
    .sort((a, b) => a.timeUs - b.timeUs);
}

function biasOf(tracker: Tracker, sensor: string) {
  const found = tracker.health().find((h) => h.sensor === sensor)?.bias;
  assert.ok(found, sensor);
  return found;
}

/** Gauss-Newton over six numbers of motion and three biases of R1, by differences of the tests' own integrator. */
function batch(plots: readonly RadarPlot[], radars: readonly RadarSensor[], start: Float64Array) {
  const site = new Map(
    radars.map((r) => {
      const [lat, lon] = [r.latitudeDeg! * DEG, r.longitudeDeg! * DEG];
      return [r.id, { m: enuRotation(lat, lon), at: geodeticToEcef(lat, lon, r.heightM!) }];
    }),
  );
  const sigma = [SIGMA.rangeM, SIGMA.azimuthDeg * DEG, SIGMA.elevationDeg * DEG];
  const computed = (s0: ArrayLike<number>): number[] => {
    const s = Float64Array.from(s0).slice(0, 6);
    let t = plots[0].timeUs;
    return plots.flatMap((p) => {
      if (p.timeUs > t) fallStep(s, (p.timeUs - t) / 1e6);
      t = p.timeUs;
      const { m, at } = site.get(p.sensor)!;
      const g = ecefToAzElRange(m, at, [s[0], s[1], s[2]]);
      return [g.rangeM, g.azimuthRad, g.elevationRad];
    });
  };
  const x = new Float64Array(9);
  x.set(start);
  const n = 9;
  const information = new Float64Array(n * n);
  const covariance = new Float64Array(n * n);
  for (let round = 0; round < 4; round++) {
    const base = computed(x);
    const columns = Array.from({ length: 6 }, (_, j) => {
      const d = j < 3 ? 20 : 0.2;
      const moved = x.slice(0, 6);
      moved[j] += d;
      return computed(moved).map((v, i) => (v - base[i]) / d);
    });
    const rhs = new Float64Array(n);
    information.fill(0);
    for (let k = 0; k < 3; k++) {
      const w = 1 / [STATED.rangeM, STATED.azimuthDeg * DEG, STATED.elevationDeg * DEG][k] ** 2;
      information[(n + 1) * (6 + k)] += w;
      rhs[6 + k] -= w * x[6 + k];
    }
    plots.forEach((p, i) => {
      [p.rangeM, p.azimuthRad, p.elevationRad].forEach((z, k) => {
        const h = new Float64Array(n);
        for (let j = 0; j < 6; j++) h[j] = columns[j][3 * i + k];
        const own = p.sensor === 'R1';
        if (own) h[6 + k] = 1;
        const r = z - base[3 * i + k] - (own ? x[6 + k] : 0);
        for (let a = 0; a < n; a++) {
          rhs[a] += (h[a] * r) / sigma[k] ** 2;
          for (let b = 0; b < n; b++) information[n * a + b] += (h[a] * h[b]) / sigma[k] ** 2;
        }
      });
    });
    assert.equal(invertSpd(n, information, 0, covariance, 0), true);
    for (let a = 0; a < n; a++) for (let b = 0; b < n; b++) x[a] += covariance[n * a + b] * rhs[b];
  }
  return { x, sigma: Array.from({ length: n }, (_, i) => Math.sqrt(covariance[(n + 1) * i])) };
}

test('on a fall without drag the estimate and its spread are those of least squares over motion and biases together', () => {
  // What least squares takes it for: the same all along.
  const radars = [{ ...R1, biasHours: 1e6 }, R2, R3];
  for (let seed = 1; seed <= 3; seed++) {
    // From the first of these plots on it falls freely, so nothing but the start of the track is approximate.
    const plots = plotsOf(seededRandom(seed), radars, flight, 150);
    const tracker = new Tracker(radars, { windowS: 0, vacuum: true });
    for (const p of plots) {
      tracker.addPlot(p);
      tracker.advanceTo(p.timeUs);
    }
    const exact = batch(plots, radars, truthAt(flight, Math.round(plots[0].timeUs / 1e5) * 1e5));
    biasOf(tracker, 'R1').forEach(({ value, sigma }, k) => {
      const apart = Math.abs(value - exact.x[6 + k]) / exact.sigma[6 + k];
      assert.ok(apart < 0.25, `seed ${seed}, bias ${k}: ${apart} standard deviations from least squares`);
      assert.ok(Math.abs(sigma / exact.sigma[6 + k] - 1) < 0.06, `${k}: ${sigma} and ${exact.sigma[6 + k]}`);
    });
  }
});

test('a bias that wanders is followed, as far as is said, and the track stays honest; a ship learns where it is', () => {
  const off = [
    OFF[0] / STATED.rangeM,
    OFF[1] / (STATED.azimuthDeg * DEG),
    OFF[2] / (STATED.elevationDeg * DEG),
  ];
  const runs = 16;
  const wandered: number[] = [];
  const placed: number[] = [];
  let state = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const random = seededRandom(200 + seed);
    const plots = plotsOf(random, [R1, R2, R3], flight, 0, [0, 0, 0]).filter(
      (p) => p.timeUs <= EPOCH_US + 400e6,
    );
    // The first radar's errors wander within minutes; and in their place, its own.
    const hours = 0.2;
    const kept = Math.exp(-1 / (3600 * hours));
    let now = off.map((v) => v);
    let second = 0;
    const drifting = plots.map((p): RadarPlot => {
      for (; second < (p.timeUs - EPOCH_US) / 1e6; second++)
        now = now.map((v) => kept * v + Math.sqrt(1 - kept * kept) * random.normal());
      if (p.sensor !== 'R1') return p;
      return {
        ...p,
        rangeM: p.rangeM + now[0] * STATED.rangeM,
        azimuthRad: p.azimuthRad + now[1] * STATED.azimuthDeg * DEG,
        elevationRad: p.elevationRad + now[2] * STATED.elevationDeg * DEG,
      };
    });
    const told = new Tracker([{ ...R1, biasHours: hours }, R2, R3], { windowS: 0 });
    for (const p of drifting) told.addPlot(p);
    told.advanceTo(EPOCH_US + 400e6);
    const truth = [
      now[0] * STATED.rangeM,
      now[1] * STATED.azimuthDeg * DEG,
      now[2] * STATED.elevationDeg * DEG,
    ];
    biasOf(told, 'R1').forEach(({ value, sigma }, k) => {
      wandered.push(((value - truth[k]) / sigma) ** 2);
    });
    const [view] = told.tracks();
    const at = truthAt(flight, Math.round(view.timeUs / 1e5) * 1e5);
    state +=
      nees(
        Array.from(view.state, (v, i) => v - at[i]),
        unpackUpper(view.covariance, 6),
        6,
      ) / runs;
    const { latitudeDeg = 0, longitudeDeg = 0, heightM = 0, ...ship } = R1;
    const [x, y, z] = geodeticToEcef(latitudeDeg * DEG, longitudeDeg * DEG, heightM);
    const wrong = [0, 1, 2].map(() => 100 * random.normal());
    const biasSigma = { rangeM: 0.1, azimuthDeg: 1e-4, elevationDeg: 1e-4, positionM: 100 };
    const afloat = new Tracker([{ ...ship, biasSigma, biasHours: 1e6 }, R2, R3], { windowS: 0 });
    for (const p of plots)
      afloat.addPlot(
        p.sensor === 'R1' ? { ...p, positionEcefM: [x + wrong[0], y + wrong[1], z + wrong[2]] } : p,
      );
    afloat.advanceTo(EPOCH_US + 400e6);
    biasOf(afloat, 'R1').forEach(({ component, value, sigma }, k) => {
      if (!component.startsWith('place')) return;
      assert.ok(sigma < 60, `${component} within ${sigma} m`);
      placed.push(((value - wrong[k - 3]) / sigma) ** 2);
    });
  }
  const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b) / list.length;
  const [low, high] = aneesBand(3, runs);
  assert.equal(placed.length, 3 * runs);
  assert.ok(mean(placed) > low && mean(placed) < high, `place ${mean(placed)}, band ${low} to ${high}`);
  assert.ok(mean(wandered) > low && mean(wandered) < high, `drift ${mean(wandered)}, band ${low} to ${high}`);
  assert.ok(state < aneesBand(6, runs)[1], `ANEES/6 ${state}`);
});

test('plots that come late end in the same bits: track, biases and health', () => {
  const radars = [R1, { ...R2, biasSigma: STATED }, R3];
  const plots = plotsOf(seededRandom(4), radars, flight);
  const random = seededRandom(99);
  const arrivals = plots
    .map((plot) => ({
      plot,
      at: plot.timeUs + (random.uniform() < 0.3 ? 0.5e6 + 3.5e6 * random.uniform() : 0),
    }))
    .sort((a, b) => a.at - b.at);
  const late = new Tracker(radars, { windowS: 10 });
  const straight = new Tracker(radars, { windowS: 10 });
  let i = 0;
  let j = 0;
  for (let t = EPOCH_US; t <= EPOCH_US + 430e6; t += 0.25e6) {
    while (i < arrivals.length && arrivals[i].at <= t) late.addPlot(arrivals[i++].plot);
    late.advanceTo(t);
    while (j < plots.length && plots[j].timeUs <= t) straight.addPlot(plots[j++]);
    straight.advanceTo(t);
  }
  assert.ok(late.counts.rollbacks > 50, `${late.counts.rollbacks} rollbacks`);
  const [a] = late.tracks();
  const [b] = straight.tracks();
  assert.deepEqual(a.state, b.state);
  assert.deepEqual(a.covariance, b.covariance);
  assert.deepEqual(late.health(), straight.health());
  assert.ok(
    biasOf(late, 'R1').every(({ sigma, stated }) => sigma < 0.5 * stated),
    'learnt',
  );
});

test('what is stated as nearly nothing changes nearly nothing; what states none has no bias', () => {
  const plots = plotsOf(seededRandom(5), [R1, R2], flight, 0, [0, 0, 0]);
  const nothing = { rangeM: 1e-3, azimuthDeg: 1e-8, elevationDeg: 1e-8 };
  // Up to the burnout; after it a tracker without biases begins the fall anew from all plots, which one with biases does not.
  const untilS = 80;
  const [plain, stated] = [
    [R2, { ...R1, biasSigma: undefined }],
    [R2, { ...R1, biasSigma: nothing }],
  ].map((sensors) => {
    const tracker = new Tracker(
      sensors.map((s) => JSON.parse(JSON.stringify(s)) as RadarSensor),
      { windowS: 0 },
    );
    for (const p of plots) if (p.timeUs <= EPOCH_US + untilS * 1e6) tracker.addPlot(p);
    tracker.advanceTo(EPOCH_US + untilS * 1e6);
    return tracker;
  });
  const [a] = plain.tracks();
  const [b] = stated.tracks();
  for (let i = 0; i < 6; i++) assert.ok(Math.abs(a.state[i] - b.state[i]) < (i < 3 ? 0.1 : 1e-3), `${i}`);
  assert.ok(
    plain.health().every((h) => h.bias === undefined),
    'a bias of nothing stated',
  );
});

test('one radar alone learns nothing of itself; a bias far beyond what is stated is an alarm', () => {
  const alone = new Tracker([R1], { windowS: 0 });
  for (const p of plotsOf(seededRandom(6), [R1], flight)) alone.addPlot(p);
  alone.advanceTo(EPOCH_US + 400e6);
  for (const { value, sigma, stated } of biasOf(alone, 'R1')) assert.deepEqual([value, sigma], [0, stated]);
  for (const [factor, alarm] of [
    [1, false],
    [6, true],
  ] as const) {
    const radars = [R1, R2, R3];
    const tracker = new Tracker(radars, { windowS: 0 });
    const off = OFF.map((v) => factor * v);
    for (const p of plotsOf(seededRandom(7), radars, flight, 0, off)) tracker.addPlot(p);
    tracker.advanceTo(EPOCH_US + 400e6);
    assert.equal(tracker.health()[0].alarm, alarm, JSON.stringify(tracker.health()[0]));
    if (!alarm) assert.equal(tracker.counts.confirmed, 1);
  }
});

test('over drawn biases the errors of the estimates are as large as they say, of radars and of infrared sensors', () => {
  // Two satellites over the equator see the whole flight, as some do; two radars see it too.
  const satellites = [80, 160].map((longitude, k) => ({
    sensor: {
      id: `S${k}`,
      kind: 'infrared',
      sigma: { angleDeg: 0.001 },
      biasSigma: { angleDeg: 0.002 },
    } satisfies InfraredSensor,
    at: geodeticToEcef(0, longitude * DEG, 35_786e3),
  }));
  const radars = [R1, { ...R2, biasSigma: STATED }];
  const errors: number[] = [];
  let state = 0;
  const runs = 24;
  for (let seed = 1; seed <= runs; seed++) {
    const random = seededRandom(100 + seed);
    const drawn = new Map<string, number[]>();
    const plots: Plot[] = radars.flatMap((r, k) => {
      const b = [STATED.rangeM, STATED.azimuthDeg * DEG, STATED.elevationDeg * DEG].map(
        (s) => s * random.normal(),
      );
      drawn.set(r.id, b);
      return radarPlots(flight, r, random.fork(r.id), { periodS: 4, offsetS: 0.3 * k }).map((p) => ({
        ...p,
        rangeM: p.rangeM + b[0],
        azimuthRad: p.azimuthRad + b[1],
        elevationRad: p.elevationRad + b[2],
      }));
    });
    satellites.forEach(({ sensor, at }, k) => {
      const b = [0, 1].map(() => sensor.biasSigma.angleDeg * DEG * random.normal());
      drawn.set(sensor.id, b);
      for (let t = 20 + k; t < 400; t += 4) plots.push(lineOf(sensor, at, t, b, random));
    });
    plots.sort((a, b) => a.timeUs - b.timeUs);
    const tracker = new Tracker([...radars, ...satellites.map((s) => s.sensor)], { windowS: 0 });
    for (const p of plots) tracker.addPlot(p);
    tracker.advanceTo(EPOCH_US + 400e6);
    for (const [id, truth] of drawn) {
      biasOf(tracker, id).forEach(({ component, value, sigma, stated }, k) => {
        assert.ok(sigma < 0.9 * stated, `${id} ${k}: ${sigma} of ${stated}`);
        const sign = component === 'acrossNorth' ? -1 : 1;
        errors.push(((sign * value - truth[k]) / sigma) ** 2);
      });
    }
    const [view] = tracker.tracks();
    const truth = truthAt(flight, Math.round(view.timeUs / 1e5) * 1e5);
    state +=
      nees(
        Array.from(view.state, (v, i) => v - truth[i]),
        unpackUpper(view.covariance, 6),
        6,
      ) / runs;
  }
  const mean = errors.reduce((a, b) => a + b) / errors.length;
  // The ten errors of a run come of few: what two radars leave open is common to all. The band of two independent numbers.
  const [low, high] = aneesBand(2, runs);
  assert.ok(mean > low && mean < high, `mean squared error ${mean} of the stated, band ${low} to ${high}`);
  assert.ok(state < aneesBand(6, runs)[1], `ANEES/6 ${state}`);
});

function lineOf(
  sensor: InfraredSensor,
  at: readonly [number, number, number] | ArrayLike<number>,
  t: number,
  bias: readonly number[],
  random: Random,
): InfraredPlot {
  const s = truthAt(flight, EPOCH_US + t * 1e6);
  const d = [0, 1, 2].map((i) => s[i] - at[i]);
  const r = Math.hypot(d[0], d[1], d[2]);
  const u = d.map((v) => v / r);
  // East, and south of it, both across the line.
  const n = Math.hypot(u[0], u[1]);
  const east = [u[1] / n, -u[0] / n, 0];
  const south = [
    u[1] * east[2] - u[2] * east[1],
    u[2] * east[0] - u[0] * east[2],
    u[0] * east[1] - u[1] * east[0],
  ];
  const sigma = sensor.sigma.angleDeg * DEG;
  const [a, b] = bias.map((v) => v + sigma * random.normal());
  return {
    kind: 'infrared',
    sensor: sensor.id,
    timeUs: EPOCH_US + t * 1e6,
    positionEcefM: [at[0], at[1], at[2]],
    lineOfSightEcef: [0, 1, 2].map((i) => u[i] + a * east[i] + b * south[i]) as [number, number, number],
  };
}

test('the covariance of unknowns with a prior and information is the inverse of their sum; a part of it is inverted', () => {
  const random = seededRandom(8);
  const n = 7;
  const information = new Float64Array(n * n);
  // Rank 3, and nothing of the last two.
  for (let k = 0; k < 3; k++) {
    const h = Array.from({ length: n }, (_, i) => (i < 5 ? random.normal() : 0));
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) information[n * i + j] += 50 * h[i] * h[j];
  }
  // Metres and microradians beside one another, as biases are.
  const prior = new Float64Array(n * n);
  for (let k = 0; k < 2 * n; k++) {
    const h = Array.from({ length: n }, (_, i) => random.normal() * (i % 2 === 0 ? 1 : 1e-3));
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) prior[n * i + j] += h[i] * h[j];
  }
  const sum = new Float64Array(n * n);
  assert.equal(invertSpd(n, prior, 0, sum, 0), true);
  for (let i = 0; i < n * n; i++) sum[i] += information[i];
  const expected = new Float64Array(n * n);
  assert.equal(invertSpd(n, sum, 0, expected, 0), true);
  const out = new Float64Array(n * n);
  assert.equal(posterior(n, prior, information, out), true);
  const near = (a: Float64Array, b: Float64Array, m: number): void => {
    for (let i = 0; i < m; i++)
      for (let j = 0; j < m; j++)
        assert.ok(
          Math.abs(a[m * i + j] - b[m * i + j]) < 1e-8 * Math.sqrt(b[(m + 1) * i] * b[(m + 1) * j]),
          `${i} ${j}`,
        );
  };
  near(out, expected, n);
  const of = [1, 4, 6];
  const part = Float64Array.from({ length: 9 }, (_, k) => prior[n * of[Math.floor(k / 3)] + of[k % 3]]);
  const inverse = new Float64Array(9);
  assert.equal(invertSpd(3, part, 0, inverse, 0), true);
  const got = new Float64Array(9);
  assert.equal(inverseOfPart(3, prior, n, of, got), true);
  near(got, inverse, 3);
  assert.equal(
    posterior(1, Float64Array.of(1), Float64Array.of(Number.POSITIVE_INFINITY), out.subarray(0, 1)),
    false,
  );
});
