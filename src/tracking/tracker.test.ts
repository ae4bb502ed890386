import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../earth/random.ts';
import { DEG } from '../earth/wgs84.ts';
import type { Plot, RadarPlot } from '../model/plot.ts';
import type { RadarSensor } from '../model/sensor.ts';
import { ellipseMiss } from './metrics.ts';
import { EPOCH_US, radarPlots, type TestFlight, testFlight, truthAt } from './testing/flight.ts';
import { Tracker } from './tracker.ts';

function radar(id: string, latitudeDeg: number, longitudeDeg: number): RadarSensor {
  return {
    id,
    kind: 'radar',
    latitudeDeg,
    longitudeDeg,
    heightM: 100,
    sigma: { rangeM: 30, azimuthDeg: 0.05, elevationDeg: 0.05 },
  };
}

const flight = testFlight({
  latitudeDeg: 39,
  longitudeDeg: 126,
  bearingDeg: 80,
  burnS: 100,
  startG: 2,
  endG: 8,
  tiltDeg: 6,
  untilS: 400,
});
const R1 = radar('R1', 37, 127);
const R2 = radar('R2', 38, 129.5);

function inOrder(plots: Plot[]): Plot[] {
  return [...plots].sort((a, b) => a.timeUs - b.timeUs || (a.sensor < b.sensor ? -1 : 1));
}

function bothRadars(seed: number, of: TestFlight = flight): Plot[] {
  const random = seededRandom(seed);
  return inOrder([
    ...radarPlots(of, R1, random.fork('R1'), { periodS: 1, detection: 0.9 }),
    ...radarPlots(of, R2, random.fork('R2'), { periodS: 1, offsetS: 0.4, detection: 0.9 }),
  ]);
}

test('one boosting target: one track, launch and burnout found, position honest', () => {
  const delays: number[] = [];
  for (let seed = 1; seed <= 10; seed++) {
    const tracker = new Tracker([R1, R2], { prefix: 'K-', windowS: 0 });
    const plots = bothRadars(seed);
    for (const p of plots) tracker.addPlot(p);
    let burnout = 0;
    for (let t = 0; t <= 400; t++) {
      tracker.advanceTo(EPOCH_US + t * 1e6);
      const [view, ...others] = tracker.tracks();
      assert.equal(others.length, 0);
      if (!view) continue;
      if (view.burnoutDecidedUs !== undefined && burnout === 0) burnout = t;
      if (t < 95)
        assert.equal(view.phase === 'boost' || t < 60, true, `seed ${seed}: ${view.phase} at ${t} s`);
    }
    delays.push(burnout - 100);
    const [view] = tracker.tracks();
    assert.equal(view.id, 'K-1');
    assert.equal(view.phase, 'coast');
    assert.ok(view.launchDeclaredUs !== undefined);
    const launch = view.launchEstimate!;
    const miss = ellipseMiss(launch, flight.launch.latitudeDeg, flight.launch.longitudeDeg);
    assert.ok(
      miss.share <= 1.5 && miss.distanceM < 8e3,
      `seed ${seed}: launch ${miss.distanceM.toFixed(0)} m off`,
    );
    const truth = truthAt(flight, view.timeUs);
    assert.ok(Math.hypot(...[0, 1, 2].map((i) => view.state[i] - truth[i])) < 500);
    assert.deepEqual(Object.keys(view.sensors), ['R1', 'R2']);
  }
  delays.sort((a, b) => a - b);
  assert.ok(delays[0] >= 0 && delays[delays.length - 1] <= 8, `burnout declared after ${delays} s`);
});

test('false plots alone make no confirmed track in an hour: ten radars, 0.2 in a scan', () => {
  const sensors = Array.from({ length: 10 }, (_, i) => radar(`F${i}`, 34 + i, 127 + i));
  const random = seededRandom(7);
  const tracker = new Tracker(sensors, { windowS: 0 });
  for (let t = 0; t < 3600; t++) {
    for (const s of sensors) {
      for (let k = random.poisson(0.2); k > 0; k--) {
        tracker.addPlot({
          kind: 'radar',
          sensor: s.id,
          timeUs: EPOCH_US + t * 1e6,
          rangeM: 1e6 * Math.cbrt(random.uniform()),
          azimuthRad: (random.uniform() - 0.5) * 120 * DEG,
          elevationRad: (3 + 60 * random.uniform()) * DEG,
        });
      }
    }
    tracker.advanceTo(EPOCH_US + t * 1e6);
  }
  assert.ok(tracker.counts.initiated > 5000);
  assert.equal(tracker.counts.confirmed, 0);
});

test('plots that come late end in the very same state, bit for bit', () => {
  const plots = bothRadars(3);
  const random = seededRandom(99);
  const arrivals = plots
    .map((plot) => ({
      plot,
      at: plot.timeUs + (random.uniform() < 0.3 ? 0.5e6 + 3.5e6 * random.uniform() : 0),
    }))
    .sort((a, b) => a.at - b.at);
  const late = new Tracker([R1, R2], { windowS: 10 });
  let i = 0;
  for (let t = EPOCH_US; t <= EPOCH_US + 410e6; t += 0.25e6) {
    while (i < arrivals.length && arrivals[i].at <= t) late.addPlot(arrivals[i++].plot);
    late.advanceTo(t);
  }
  const straight = new Tracker([R1, R2], { windowS: 10 });
  let j = 0;
  for (let t = EPOCH_US; t <= EPOCH_US + 410e6; t += 0.25e6) {
    while (j < plots.length && plots[j].timeUs <= t) straight.addPlot(plots[j++]);
    straight.advanceTo(t);
  }
  assert.ok(late.counts.rollbacks > 50);
  assert.equal(straight.counts.rollbacks, 0);
  const [a] = late.tracks();
  const [b] = straight.tracks();
  assert.deepEqual(a.state, b.state);
  assert.deepEqual(a.covariance, b.covariance);
  assert.equal(a.plots, b.plots);
  assert.deepEqual(late.health(), straight.health());
  assert.equal(a.id, b.id);
});

test('two launches side by side stay two tracks without a swap', () => {
  const other = testFlight({
    latitudeDeg: 39.1,
    longitudeDeg: 126.05,
    bearingDeg: 82,
    burnS: 95,
    startG: 2.1,
    endG: 8,
    tiltDeg: 6,
    untilS: 400,
  });
  for (let seed = 1; seed <= 5; seed++) {
    const tracker = new Tracker([R1, R2], { windowS: 0 });
    for (const p of inOrder([...bothRadars(seed), ...bothRadars(100 + seed, other)])) tracker.addPlot(p);
    const nearest = new Map<string, Set<number>>();
    for (let t = 60; t <= 400; t += 20) {
      tracker.advanceTo(EPOCH_US + t * 1e6);
      for (const v of tracker.tracks()) {
        const miss = [flight, other].map((f) => {
          const s = truthAt(f, v.timeUs);
          return Math.hypot(v.state[0] - s[0], v.state[1] - s[1], v.state[2] - s[2]);
        });
        const set = nearest.get(v.id) ?? new Set();
        set.add(miss[0] < miss[1] ? 0 : 1);
        nearest.set(v.id, set);
      }
    }
    assert.deepEqual(
      [...nearest.values()].map((s) => s.size),
      [1, 1],
      `seed ${seed}`,
    );
    assert.equal(new Set([...nearest.values()].flatMap((s) => [...s])).size, 2);
  }
});

test('bad plots are refused by reason, counted, and change nothing', () => {
  const clean = new Tracker([R1, R2]);
  const dirty = new Tracker([R1, R2]);
  const good = bothRadars(5).filter((p) => p.timeUs < EPOCH_US + 120e6);
  const template = good[0] as RadarPlot;
  for (let t = 0; t <= 125; t++) {
    const now = EPOCH_US + t * 1e6;
    for (const p of good) {
      if (p.timeUs > now - 1e6 && p.timeUs <= now) {
        clean.addPlot(p);
        dirty.addPlot(p);
      }
    }
    const at = { ...template, timeUs: now };
    for (const bad of [
      { ...at, rangeM: Number.NaN },
      { ...at, rangeM: -5 },
      { ...at, azimuthRad: Number.POSITIVE_INFINITY },
      { ...at, sensor: 'nobody' },
      { ...at, rangeRateMps: Number.NaN },
      { ...at, elevationRad: 2 },
      { ...at, timeUs: Number.NaN },
      {
        kind: 'infrared',
        sensor: 'R1',
        timeUs: now,
        positionEcefM: [0, 0, 4e7],
        lineOfSightEcef: [1, 0, 0],
      } as Plot,
    ]) {
      assert.equal(dirty.addPlot(bad).accepted, false);
    }
    clean.advanceTo(now);
    dirty.advanceTo(now);
    if (t > 30) {
      assert.deepEqual(dirty.addPlot({ ...at, timeUs: now - 20e6 }), { accepted: false, reason: 'late' });
      assert.deepEqual(dirty.addPlot({ ...at, timeUs: now + 60e6 }), { accepted: false, reason: 'future' });
    }
  }
  assert.ok(dirty.counts.refused.notFinite >= 4 * 125);
  assert.ok(dirty.counts.refused.impossible >= 2 * 125);
  assert.equal(clean.tracks().length, 1);
  assert.deepEqual(dirty.tracks()[0].state, clean.tracks()[0].state);
  assert.deepEqual(dirty.tracks()[0].covariance, clean.tracks()[0].covariance);
});

test('a target that pulls up and glides is called not ballistic and has no impact', () => {
  // From 250 s on, lift of 3 g across the velocity, upwards, in the descending part.
  const glide = testFlight({
    latitudeDeg: 39,
    longitudeDeg: 126,
    bearingDeg: 80,
    burnS: 60,
    startG: 2,
    endG: 6,
    tiltDeg: 12,
    untilS: 120,
  });
  const states = glide.states.map((s) => s.slice());
  const s = states[states.length - 1].slice();
  for (let k = 0; k < 2000; k++) {
    const r = Math.hypot(s[0], s[1], s[2]);
    const v = Math.hypot(s[3], s[4], s[5]);
    const climb = (s[0] * s[3] + s[1] * s[4] + s[2] * s[5]) / r;
    const height = r - 6.371e6;
    // Level flight by lift once it has come down to 45 km: up across the velocity, what gravity and path ask.
    const lift = climb < 0 && height < 45e3 ? Math.min(40, 9.8 - climb * 0.15) : 0;
    const g = -3.986004418e14 / r ** 3;
    for (let i = 0; i < 3; i++) {
      const up = s[i] / r - (climb / v) * (s[3 + i] / v);
      const a = g * s[i] + lift * up;
      s[i] += 0.1 * s[3 + i] + 0.005 * a;
      s[3 + i] += 0.1 * a;
    }
    states.push(s.slice());
  }
  const all: TestFlight = { ...glide, states };
  const tracker = new Tracker([R1, R2], { windowS: 0 });
  for (const p of bothRadars(2, all)) tracker.addPlot(p);
  let called = 0;
  for (let t = 0; t <= 310; t++) {
    tracker.advanceTo(EPOCH_US + t * 1e6);
    const [view] = tracker.tracks();
    if (view?.phase === 'notBallistic') {
      called ||= t;
      assert.equal(view.impactEstimate, undefined);
    }
  }
  assert.ok(called > 0, 'never called not ballistic');
});

test('a track that is seen no more is kept by prediction, then lost; one held to the ground has impacted', () => {
  const short = testFlight({
    latitudeDeg: 39,
    longitudeDeg: 126,
    bearingDeg: 80,
    burnS: 50,
    startG: 2,
    endG: 5,
    tiltDeg: 10,
    untilS: 400,
  });
  const down = short.states.findIndex((q, i) => i > 100 && Math.hypot(q[0], q[1], q[2]) < 6.37e6) / 10;
  assert.ok(down > 100);
  for (const [until, how] of [
    [down - 20, 'impact'],
    [down - 150, 'lost'],
  ] as const) {
    const tracker = new Tracker([R1, R2], { windowS: 0 });
    for (const p of bothRadars(4, short)) if (p.timeUs < EPOCH_US + until * 1e6) tracker.addPlot(p);
    let ended: string | undefined;
    for (let t = 0; t < down + 55; t++) {
      tracker.advanceTo(EPOCH_US + t * 1e6);
      ended = tracker.tracks()[0]?.ended ?? ended;
    }
    assert.equal(ended, how);
  }
});

test('a radar whose azimuths are off rings its alarm by its NIS; radars as stated ring none', () => {
  const r3 = radar('R3', 36.5, 131);
  for (let seed = 1; seed <= 4; seed++) {
    const random = seededRandom(50 + seed);
    const third = radarPlots(flight, r3, random.fork('R3'), { periodS: 1, offsetS: 0.7, detection: 0.9 });
    for (const offRad of [0, 0.15 * DEG]) {
      const tracker = new Tracker([R1, R2, r3], { windowS: 0 });
      // Off from 200 s on, when the track is well known.
      const off = third.map((p) =>
        p.timeUs < EPOCH_US + 200e6 ? p : { ...p, azimuthRad: p.azimuthRad + offRad },
      );
      for (const p of inOrder([...bothRadars(seed), ...off])) tracker.addPlot(p);
      const rung = new Set<string>();
      for (let t = 0; t <= 400; t++) {
        tracker.advanceTo(EPOCH_US + t * 1e6);
        for (const h of tracker.health()) if (h.alarm) rung.add(h.sensor);
      }
      assert.ok(tracker.health().every((h) => h.judged > 100));
      assert.deepEqual(
        rung.has('R3'),
        offRad > 0,
        `seed ${seed}, off by ${offRad}: ${JSON.stringify(tracker.health())}`,
      );
      if (offRad === 0) assert.equal(rung.size, 0, `seed ${seed}: ${[...rung]}`);
    }
  }
});
