import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { geodesicInverse } from '../earth/geodesic.ts';
import { freeAccelerationJ4 } from '../earth/gravity.ts';
import { seededRandom } from '../earth/random.ts';
import { sharedData } from '../earth/reference.testing.ts';
import { EARTH_GM, EARTH_OMEGA, ecefToGeodetic } from '../earth/wgs84.ts';
import { ascend } from './ascent.ts';
import { fallFrom } from './bodies.ts';
import { stretchedBoost } from './boost.ts';
import { fitFlight, fitUntil } from './fit.ts';
import { type FlightSpec, flyLaunch } from './spec.ts';

const site = { latitudeDeg: 39.20299, longitudeDeg: 125.70926, bearingDeg: 72 };
const state = new Float64Array(6);
const other = new Float64Array(6);

test('a body above the air keeps its energy in the turning frame', () => {
  // Jacobi's integral v^2 / 2 - U - omega^2 (x^2 + y^2) / 2, U by the work of the same gravity: here by differences.
  const start = Float64Array.of(6.8e6, 1e6, 1e6, 500, 6200, 1800);
  const fall = fallFrom(start, 1000, 2400)!;
  let work = 0;
  const a = new Float64Array(3);
  const kinetic = (s: Float64Array) => (s[3] ** 2 + s[4] ** 2 + s[5] ** 2) / 2;
  fall.stateAt(0, state);
  const k0 = kinetic(state);
  const step = 0.5;
  for (let t = 0; t + step <= 1200; t += step) {
    fall.stateAt(t + step / 2, state);
    // The Coriolis term does no work.
    freeAccelerationJ4([state[0], state[1], state[2], 0, 0, 0], 0, a);
    work += (a[0] * state[3] + a[1] * state[4] + a[2] * state[5]) * step;
  }
  fall.stateAt(1200, state);
  assert.ok(ecefToGeodetic(state[0], state[1], state[2]).heightM > 200e3);
  assert.ok(Math.abs(kinetic(state) - k0 - work) / k0 < 1e-8, `${kinetic(state) - k0 - work}`);
});

test('over an intercontinental flight the steps hold one metre beside an integration a hundred times finer', () => {
  const flight = fitFlight({ ...site, bearingDeg: 35, apogeeKm: 1320, rangeKm: 10000 });
  flight.stateAt(flight.burnTimeS, state);
  const y = Float64Array.from(state);
  // An independent scheme: RK4 at a fixed step, gravity from the shared function, air left out above 160 km as there.
  const derivative = (s: Float64Array, d: Float64Array) => {
    d[0] = s[3];
    d[1] = s[4];
    d[2] = s[5];
    freeAccelerationJ4(s, 0, acceleration);
    d.set(acceleration, 3);
  };
  const acceleration = new Float64Array(3);
  const k = [0, 1, 2, 3].map(() => new Float64Array(6));
  const work = new Float64Array(6);
  const h = 0.1;
  let worst = 0;
  let t = flight.burnTimeS;
  assert.ok(ecefToGeodetic(state[0], state[1], state[2]).heightM > 160e3);
  // To 160 km on the way down, where the air begins.
  for (let n = 0; ecefToGeodetic(y[0], y[1], y[2]).heightM > 161e3 || t < flight.apogeeTimeS; n++) {
    derivative(y, k[0]);
    for (let s = 1; s < 4; s++) {
      const part = s === 3 ? h : h / 2;
      for (let i = 0; i < 6; i++) work[i] = y[i] + part * k[s - 1][i];
      derivative(work, k[s]);
    }
    for (let i = 0; i < 6; i++) y[i] += (h / 6) * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
    t = flight.burnTimeS + (n + 1) * h;
    if (n % 50 === 0) {
      flight.stateAt(t, state);
      worst = Math.max(worst, Math.hypot(state[0] - y[0], state[1] - y[1], state[2] - y[2]));
    }
  }
  assert.ok(t - flight.burnTimeS > 1200, `${t}`);
  assert.ok(worst < 1, `${worst} m`);
});

test('spent stages part where the vehicle is, a little slower, never burn, and the first falls short', () => {
  const spec: FlightSpec = { ...site, apogeeKm: 6000, rangeKm: 1100, separates: true };
  const { flight, bodies } = flyLaunch(spec, seededRandom(1));
  assert.deepEqual(
    bodies.map((b) => b.suffix),
    ['stage1', 'stage2'],
  );
  for (const { fromS, flight: body } of bodies) {
    flight.stateAt(fromS, state);
    body.stateAt(0, other);
    assert.ok(Math.hypot(state[0] - other[0], state[1] - other[1], state[2] - other[2]) < 1e-3);
    const slower = Math.hypot(state[3], state[4], state[5]) - Math.hypot(other[3], other[4], other[5]);
    assert.ok(Math.abs(slower - 4) < 0.01, `${slower}`);
    assert.equal(body.motion, 'body');
    for (let t = 0; t < body.flightTimeS; t += 10) assert.ok(!body.thrusting(t));
    body.stateAt(body.flightTimeS, other);
    assert.ok(Math.abs(ecefToGeodetic(other[0], other[1], other[2]).heightM) < 0.1);
  }
  const [first] = bodies;
  assert.ok(first.flight.rangeKm < 500 && flight.rangeKm > 1000);
});

test('thrust that ends early: the same flight until then, and less of it after', () => {
  const request = { ...site, apogeeKm: 1000, rangeKm: 4600, rangeClass: 'intermediate' as const };
  const whole = fitFlight(request);
  let last = 0;
  for (const part of [0.3, 0.5, 0.7, 0.85, 0.95]) {
    const atS = part * whole.burnTimeS;
    const cut = fitUntil(request, atS);
    for (let t = 0; t <= atS; t += atS / 40) {
      whole.stateAt(t, state);
      cut.stateAt(t, other);
      assert.ok(Math.hypot(state[0] - other[0], state[1] - other[1], state[2] - other[2]) < 0.01, `${t}`);
    }
    assert.ok(cut.thrusting(atS - 0.01) && !cut.thrusting(atS));
    assert.ok(cut.rangeKm > last && cut.rangeKm < whole.rangeKm && cut.apogeeKm < whole.apogeeKm);
    last = cut.rangeKm;
  }
});

test('a break-up gives as many pieces as asked for, from one place, the same for the same seed', () => {
  const spec: FlightSpec = {
    ...site,
    apogeeKm: 550,
    rangeKm: 2700,
    failure: { kind: 'breakUp', atS: 700, pieces: 4 },
  };
  const a = flyLaunch(spec, seededRandom(5));
  const b = flyLaunch(spec, seededRandom(5));
  assert.equal(a.bodies.length, 3);
  a.flight.stateAt(700, state);
  const ranges = a.bodies.map((body, i) => {
    body.flight.stateAt(0, other);
    assert.ok(Math.hypot(state[0] - other[0], state[1] - other[1], state[2] - other[2]) < 1e-3);
    assert.deepEqual(body.flight.impact, b.bodies[i].flight.impact);
    return body.flight.rangeKm;
  });
  assert.equal(new Set(ranges).size, 3);
});

test('solid boosts are shorter and harder than liquid ones, and give their thrust up before the end', () => {
  const r = { ...site, apogeeKm: 3000, rangeKm: 1000 };
  const solid = fitFlight({ ...r, propulsion: 'solid' });
  const liquid = fitFlight(r);
  assert.ok(solid.burnTimeS < 0.75 * liquid.burnTimeS, `${solid.burnTimeS} and ${liquid.burnTimeS}`);
  assert.ok(Math.abs(solid.apogeeKm - 3000) < 0.3 && Math.abs(solid.rangeKm - 1000) < 0.1);
  const boost = stretchedBoost('medium', 1, 'solid');
  const push = new Float64Array(2);
  const at = (part: number) => {
    boost.at(0, part * boost.burnTimeS, push);
    return push[0];
  };
  assert.ok(at(0.84) > at(0.4) && at(0.999) < 0.6 * at(0.84));
});

test('a satellite launch ends in a circular orbit at the height asked for, or falls where it must', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 200, max: 900, noNaN: true }),
      fc.double({ min: 90, max: 190, noNaN: true }),
      (orbitKm, bearingDeg) => {
        const f = ascend({ latitudeDeg: 39.66, longitudeDeg: 124.7, bearingDeg, orbitKm });
        assert.ok(f.inOrbit);
        f.stateAt(f.burnTimeS + 1, state);
        const r = Math.hypot(state[0], state[1], state[2]);
        const inertial = Math.hypot(
          state[3] - EARTH_OMEGA * state[1],
          state[4] + EARTH_OMEGA * state[0],
          state[5],
        );
        assert.ok(Math.abs(inertial / Math.sqrt(EARTH_GM / r) - 1) < 2e-3, `${inertial}`);
        f.stateAt(f.burnTimeS + 800, state);
        assert.ok(Math.abs(ecefToGeodetic(state[0], state[1], state[2]).heightM / 1000 - orbitKm) < 45);
      },
    ),
    { numRuns: 30 },
  );
  const spec: FlightSpec = {
    latitudeDeg: 39.6596,
    longitudeDeg: 124.7057,
    bearingDeg: 190,
    apogeeKm: 500,
    rangeKm: 380,
    motion: 'spaceLaunch',
    failure: { kind: 'thrustEnds' },
  };
  const { flight } = flyLaunch(spec, seededRandom(1));
  assert.ok(!flight.inOrbit && Math.abs(flight.rangeKm - 380) < 0.01, `${flight.rangeKm}`);
});

test('the kinematic ascent goes as a real one: the telemetry of a published second stage', (t) => {
  const text = sharedData('ascents/falcon_formosat_5_stage2.csv');
  if (text === undefined) return t.skip('no published ascents beside the repository');
  const rows = text
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(',').map(Number));
  const launch = { latitudeDeg: 34.632, longitudeDeg: -120.6107 };
  const f = ascend({ ...launch, bearingDeg: 190, orbitKm: 720, ascentS: 558 });
  let [height, speed, ground] = [0, 0, 0];
  for (const [timeS, speedMps, altitudeM, downrangeM] of rows) {
    if (timeS > 555) continue;
    f.stateAt(timeS, state);
    const g = ecefToGeodetic(state[0], state[1], state[2]);
    const [lat, lon] = [(g.latitudeRad * 180) / Math.PI, (g.longitudeRad * 180) / Math.PI];
    const { distanceM } = geodesicInverse(launch.latitudeDeg, launch.longitudeDeg, lat, lon);
    height = Math.max(height, Math.abs(g.heightM - altitudeM));
    speed = Math.max(speed, Math.abs(Math.hypot(state[3], state[4], state[5]) - speedMps));
    ground = Math.max(ground, Math.abs(distanceM - downrangeM));
  }
  t.diagnostic(
    `greatest differences ${height.toFixed(0)} m, ${speed.toFixed(0)} m/s, ${ground.toFixed(0)} m`,
  );
  assert.ok(height < 60e3 && speed < 800 && ground < 100e3, `${height} m, ${speed} m/s, ${ground} m`);
});
