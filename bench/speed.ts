/**
 * Speed of the tracker on one core, with the machine's own calibration beside it. Rates are by processor time of this
 * process, garbage collection and compiler threads counted, so that what else the machine does is not; each is the
 * best of several passes. What each row means: docs/tracking.md.
 */
import assert from 'node:assert/strict';
import { type Random, seededRandom } from '../src/earth/random.ts';
import { DEG, ecefToAzElRange, enuRotation, geodeticToEcef } from '../src/earth/wgs84.ts';
import type { Plot, RadarPlot } from '../src/model/plot.ts';
import type { RadarSensor } from '../src/model/sensor.ts';
import { predictBallistic } from '../src/tracking/dynamics.ts';
import { commitUpdate, predictTo } from '../src/tracking/imm.ts';
import { startFromRadar } from '../src/tracking/initiation.ts';
import { lookAt, newLook, sensorModel } from '../src/tracking/measurement.ts';
import type { AssociationMethod } from '../src/tracking/options.ts';
import { runTracker } from '../src/tracking/recorded.ts';
import { slabLength, XC } from '../src/tracking/slab.ts';
import { freeStep } from '../src/tracking/testing/coast-a.ts';
import { EPOCH_US, radarPlots, testFlight } from '../src/tracking/testing/flight.ts';
import { Tracker } from '../src/tracking/tracker.ts';
import { update } from '../src/tracking/update.ts';
import { row } from './accuracy-study.ts';
import { notionalRadar } from './accuracy-truth.ts';
import type { BenchContext, BenchRow } from './bench.ts';
import { calibrate } from './bench.ts';
import { percentile } from './chart.ts';

const RADARS = [notionalRadar('R1', 37, 127), notionalRadar('R2', 38, 129), notionalRadar('R3', 36, 130)];

/** Processor time of this process, ms. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Best rate of `passes` passes; `pass` returns how much it did. */
function rate(passes: number, pass: () => number): number {
  let best = 0;
  for (let k = 0; k < passes; k++) {
    const start = cpuMs();
    const done = pass();
    best = Math.max(best, (1000 * done) / (cpuMs() - start));
  }
  return best;
}

interface Body {
  place: number[];
  velocity: number[];
}

/**
 * Scans, a second apart, of falling bodies that start at `place` (east, north, up of the first radar) with
 * `velocity`. With `ring` the plots of so many scans are written over again and again, as plots come and go in
 * a node; without, each scan has its own.
 */
function* scansOf(
  bodies: readonly Body[],
  seconds: number,
  radars: readonly RadarSensor[],
  random: Random,
  ring = seconds,
): Generator<RadarPlot[]> {
  const placed = radars.map((radar) => {
    const [lat, lon] = [radar.latitudeDeg! * DEG, radar.longitudeDeg! * DEG];
    return { radar, m: enuRotation(lat, lon), site: geodeticToEcef(lat, lon, radar.heightM!) };
  });
  const { m, site } = placed[0];
  const states = bodies.map(({ place, velocity }) => {
    const s = new Float64Array(6);
    for (let i = 0; i < 3; i++) {
      s[i] = site[i];
      for (let k = 0; k < 3; k++) {
        s[i] += m[3 * k + i] * place[k];
        s[3 + i] += m[3 * k + i] * velocity[k];
      }
    }
    return s;
  });
  const scans: RadarPlot[][] = Array.from({ length: ring }, () =>
    placed.flatMap(({ radar }) =>
      states.map(
        (): RadarPlot => ({
          kind: 'radar',
          sensor: radar.id,
          timeUs: 0,
          rangeM: 0,
          azimuthRad: 0,
          elevationRad: 0,
        }),
      ),
    ),
  );
  for (let t = 1; t <= seconds; t++) {
    for (const s of states) freeStep(s, 1);
    const scan = scans[t % ring];
    placed.forEach((p, k) => {
      const { sigma } = p.radar;
      states.forEach((s, n) => {
        const g = ecefToAzElRange(p.m, p.site, [s[0], s[1], s[2]]);
        const plot = scan[k * states.length + n];
        plot.timeUs = EPOCH_US + t * 1e6;
        plot.rangeM = g.rangeM + random.normal() * sigma.rangeM;
        plot.azimuthRad = g.azimuthRad + random.normal() * sigma.azimuthDeg * DEG;
        plot.elevationRad = g.elevationRad + random.normal() * sigma.elevationDeg * DEG;
      });
    });
    yield scan;
  }
}

/** More scans than the tracker keeps for late plots. */
const RING = 14;

/** Bodies far from each other: 500 over a million square kilometres, 200 to 600 km high. */
function sparse(count: number, random: Random) {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  return Array.from({ length: count }, () => ({
    place: [between(-5e5, 5e5), between(-5e5, 5e5), between(2e5, 6e5)],
    velocity: [between(-2e3, 2e3), between(-2e3, 2e3), between(0, 2e3)],
  }));
}

/** Bodies so near to each other that gates overlap all over. */
function salvo(count: number, random: Random, sigmaM: number) {
  return Array.from({ length: count }, () => ({
    place: [4e5 + sigmaM * random.normal(), 1e5 + sigmaM * random.normal(), 3e5 + sigmaM * random.normal()],
    velocity: [2500 + 3 * random.normal(), 500 + 3 * random.normal(), 1500 + 3 * random.normal()],
  }));
}

/** As a node does: each update is read, then gone. */
function readUpdates(tracker: Tracker): void {
  for (const { plots } of tracker.takeUpdates()) assert.ok(plots > 0);
}

/** Tracks are set up over the first scans; the rate is that of the scans after them. */
function trackerRate(scans: RadarPlot[][], warm: number, association: AssociationMethod = 'auto'): number {
  const tracker = new Tracker([RADARS[0]], { windowS: 0, association });
  let start = cpuMs();
  let plots = 0;
  scans.forEach((scan, k) => {
    if (k === warm) start = cpuMs();
    for (const p of scan) tracker.addPlot(p);
    tracker.advanceTo(scan[0].timeUs);
    readUpdates(tracker);
    if (k >= warm) plots += scan.length;
  });
  return (1000 * plots) / (cpuMs() - start);
}

function ascent(random: Random): { plots: Plot[]; flights: number } {
  const plots: Plot[] = [];
  const flights = 8;
  for (let k = 0; k < flights; k++) {
    const flight = testFlight({
      latitudeDeg: 39 + 0.3 * k,
      longitudeDeg: 126,
      bearingDeg: 70 + 4 * k,
      burnS: 90 + 3 * k,
      startG: 2,
      endG: 8,
      tiltDeg: 5,
      untilS: 400,
    });
    for (const radar of RADARS)
      plots.push(
        ...radarPlots(flight, radar, random.fork(`${radar.id} ${k}`), { periodS: 1, detection: 0.95 }),
      );
  }
  return { plots: plots.sort((a, b) => a.timeUs - b.timeUs), flights };
}

export async function* bench(context: BenchContext): AsyncGenerator<BenchRow> {
  const { nowMs, quick } = context;
  const passes = quick ? 3 : 7;
  const random = seededRandom(context.seed);
  yield calibrate(cpuMs);

  // The filter of the hot path on one falling body: six components above the air, the seventh (drag) carried along.
  const falling = [
    ...scansOf(sparse(1, random.fork('one')), 200, [RADARS[0]], random.fork('one plot')),
  ].flat();
  const model = sensorModel(RADARS[0], 0);
  const look = newLook();
  const s = new Float64Array(slabLength(1));
  const filter = (): number => {
    const turns = quick ? 100 : 400;
    for (let k = 0; k < turns; k++) {
      lookAt(look, falling[0], model);
      startFromRadar(s, look, falling[0].timeUs, true);
      for (let i = 1; i < falling.length; i++) {
        predictBallistic(s, XC, XC + 7, 1);
        lookAt(look, falling[i], model);
        update(7, s, XC, XC + 7, look);
      }
    }
    return turns * (falling.length - 1);
  };
  yield row('EKF coast: predict and update', rate(passes, filter), '1/s', 500e3, 3e6, 'higher');
  context.progress(0.1);

  const rising = radarPlots(
    testFlight({
      latitudeDeg: 39,
      longitudeDeg: 126,
      bearingDeg: 80,
      burnS: 100,
      startG: 2,
      endG: 8,
      tiltDeg: 5,
      untilS: 220,
    }),
    RADARS[0],
    random.fork('boost'),
    { periodS: 1, fromS: 20 },
  );
  const imm = (): number => {
    const turns = quick ? 30 : 100;
    for (let k = 0; k < turns; k++) {
      lookAt(look, rising[0], model);
      startFromRadar(s, look, rising[0].timeUs, false);
      for (let i = 1; i < rising.length; i++) {
        predictTo(s, rising[i].timeUs);
        lookAt(look, rising[i], model);
        commitUpdate(s, look);
      }
    }
    return turns * (rising.length - 1);
  };
  yield row('IMM boost-9 and ballistic-7: step', rate(passes, imm), '1/s', 100e3, 300e3, 'higher');
  context.progress(0.2);

  const wide = [
    ...scansOf(
      sparse(500, random.fork('sparse')),
      quick ? 60 : 120,
      [RADARS[0]],
      random.fork('sparse plots'),
    ),
  ];
  const best = (of: () => number): number => Math.max(...Array.from({ length: quick ? 2 : 4 }, of));
  yield row(
    'tracker: 500 sparse targets',
    best(() => trackerRate(wide, 30)),
    'plots/s',
    200e3,
    1e6,
    'higher',
  );
  context.progress(0.4);

  // Best assignment alone where false plots are rare, as `auto` has it; and nearer still by exact JPDA and belief propagation.
  for (const [name, sigmaM, method] of [
    ['60 targets in one cluster', 1500, 'auto'],
    ['60 targets in one cluster, JPDA', 700, 'jpda'],
  ] as const) {
    const bodies = salvo(60, random.fork(`salvo ${sigmaM}`), sigmaM);
    const dense = [...scansOf(bodies, quick ? 60 : 120, [RADARS[0]], random.fork('salvo plots'))];
    yield row(
      `tracker: ${name}`,
      best(() => trackerRate(dense, 30, method)),
      'plots/s',
      30e3,
      60e3,
      'higher',
    );
  }
  context.progress(0.6);

  // As a node runs it: late plots allowed, so with its snapshots. A node runs for days, so what counts is a tracker that is
  // begun anew in a process that has worked one already; what the first costs while the compilers are at work is told beside it.
  const bodies = sparse(500, random.fork('three'));
  const noise = random.fork('three plots');
  const lap = (): { busy: number[]; wall: number[] } => {
    const tracker = new Tracker(RADARS);
    const wall: number[] = [];
    const busy: number[] = [];
    let k = 0;
    for (const scan of scansOf(bodies, quick ? 90 : 330, RADARS, noise, RING)) {
      const start = nowMs();
      const startCpu = cpuMs();
      for (const p of scan) tracker.addPlot(p);
      tracker.advanceTo(scan[0].timeUs);
      readUpdates(tracker);
      if (k++ < 30) continue;
      wall.push(nowMs() - start);
      busy.push(cpuMs() - startCpu);
    }
    return { busy, wall };
  };
  const first = lap();
  const { busy, wall } = lap();
  const scan = 'one scan, 500 targets x 3 sensors';
  yield row(`${scan}: p50`, percentile(busy, 0.5), 'ms');
  yield row(`${scan}: p99 with garbage collection`, percentile(busy, 0.99), 'ms', 10, 3);
  yield row(`${scan}: p99 by the clock on the wall`, percentile(wall, 0.99), 'ms');
  yield row(`${scan}: p99 in a young process`, percentile(first.busy, 0.99), 'ms');
  context.progress(0.8);

  const { plots } = ascent(random.fork('recorded'));
  const recorded = (): number => {
    let lines = 0;
    for (const _ of runTracker(RADARS, plots)) lines++;
    return lines > 0 ? plots.length : 0;
  };
  yield row(
    'recorded plots, launch and impact estimates included',
    rate(quick ? 2 : 4, recorded),
    'plots/s',
    null,
    null,
    'higher',
  );
}
