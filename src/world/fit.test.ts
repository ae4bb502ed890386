import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { geodesicInverse } from '../earth/geodesic.ts';
import { DEG, ecefHeight, enuRotation, geodeticToEcef } from '../earth/wgs84.ts';
import { BeaconfireError } from '../model/errors.ts';
import { BOOST_CLASSES, stretchedBoost } from './boost.ts';
import { fitFlight } from './fit.ts';
import { type FlightPlan, fly, keep } from './flight.ts';
import { boostDerivative, coastDerivative, type Pad } from './motion.ts';
import { flyReport } from './report.ts';
import { twoBodyFlightTimeS } from './twobody.ts';

const site = { latitudeDeg: 39.2, longitudeDeg: 125.67 };

/** Apogee against range from lofted to depressed, in any direction. */
const request = fc
  .record({
    latitudeDeg: fc.double({ min: -60, max: 60, noNaN: true }),
    longitudeDeg: fc.double({ min: -180, max: 180, noNaN: true }),
    heightM: fc.double({ min: 0, max: 1500, noNaN: true }),
    bearingDeg: fc.double({ min: 0, max: 360, noNaN: true }),
    lnRange: fc.double({ min: Math.log(50), max: Math.log(12000), noNaN: true }),
    loft: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ lnRange, loft, ...rest }) => {
    const rangeKm = Math.exp(lnRange);
    const low = Math.max(0.13 * rangeKm, 20);
    return { ...rest, rangeKm, apogeeKm: low * (8000 / low) ** loft };
  });

test('a fitted flight has the apogee, range and bearing asked for, and takes longer than two bodies', () => {
  fc.assert(
    fc.property(request, (r) => {
      const flight = fitFlight(r);
      assert.ok(Math.abs(flight.apogeeKm / r.apogeeKm - 1) < 1e-4, 'apogee');
      assert.ok(Math.abs(flight.rangeKm / r.rangeKm - 1) < 1e-4, 'range');
      assert.ok(Math.abs(((flight.bearingDeg - r.bearingDeg + 540) % 360) - 180) < 0.01, 'bearing');
      const floor = twoBodyFlightTimeS(r.apogeeKm, r.rangeKm, r);
      assert.ok(flight.flightTimeS > floor, `${flight.flightTimeS} s under the floor of ${floor} s`);
      assert.ok(flight.burnTimeS < flight.flightTimeS && flight.burnTimeS > 2);
      const out = new Float64Array(6);
      flight.stateAt(flight.apogeeTimeS, out);
      assert.ok(Math.abs(ecefHeight(out[0], out[1], out[2]) - flight.apogeeKm * 1000) < 0.01);
      flight.stateAt(flight.flightTimeS, out);
      assert.ok(Math.abs(ecefHeight(out[0], out[1], out[2])) < 0.01);
      const { latitudeDeg, longitudeDeg } = flight.impact;
      const ground = geodesicInverse(r.latitudeDeg, r.longitudeDeg, latitudeDeg, longitudeDeg);
      assert.ok(Math.abs(ground.distanceM / 1000 - flight.rangeKm) < 1e-6);
    }),
    { numRuns: 120 },
  );
});

test('depressed flights of 50 km apogee fit from 300 to 900 km range, and each in under half a second', () => {
  for (let rangeKm = 300; rangeKm <= 900; rangeKm += 50) {
    const started = process.cpuUsage().user;
    const flight = fitFlight({ ...site, bearingDeg: 80, apogeeKm: 50, rangeKm });
    assert.ok(process.cpuUsage().user - started < 500e3);
    assert.ok(Math.abs(flight.apogeeKm - 50) < 0.01 && Math.abs(flight.rangeKm - rangeKm) < 0.05);
  }
});

test('what no ballistic flight can have is refused by name', () => {
  for (const [apogeeKm, rangeKm] of [
    [5, 1000],
    [30, 3000],
    [15, 300],
    [100, -5],
    [Number.NaN, 500],
    [1e6, 500],
  ]) {
    assert.throws(
      () => fitFlight({ ...site, bearingDeg: 80, apogeeKm, rangeKm }),
      (e) =>
        e instanceof BeaconfireError &&
        e.code === 'BF_NO_FLIGHT' &&
        e.status === 2 &&
        !e.message.includes('\n'),
    );
  }
});

test('the stored flight is the integrated one: a few centimetres beside a fixed fine step', () => {
  const plan: FlightPlan = {
    ...site,
    heightM: 30,
    rangeClass: 'intercontinental',
    stretch: 1.05,
    steering: { tiltEastRad: 0.3, tiltNorthRad: 0.1 },
  };
  const pad: Pad = {
    position: Float64Array.from(geodeticToEcef(site.latitudeDeg * DEG, site.longitudeDeg * DEG, 30)),
    enu: enuRotation(site.latitudeDeg * DEG, site.longitudeDeg * DEG),
  };
  const flight = keep(plan, pad, fly(plan, pad));
  const boost = stretchedBoost(plan.rangeClass, plan.stretch);
  const y = new Float64Array(6);
  y.set(pad.position);
  const out = new Float64Array(6);
  const coast = coastDerivative(BOOST_CLASSES.intercontinental.reentryKgM2);
  let worstM = 0;
  let worstMps = 0;
  const compare = (t: number) => {
    flight.stateAt(t, out);
    worstM = Math.max(worstM, Math.hypot(out[0] - y[0], out[1] - y[1], out[2] - y[2]));
    worstMps = Math.max(worstMps, Math.hypot(out[3] - y[3], out[4] - y[4], out[5] - y[5]));
  };
  const corners = [...boost.cornersS, flight.flightTimeS - 0.5];
  for (let i = 0; i + 1 < corners.length; i++) {
    const stage = boost.stageAfter(corners[i]);
    const derivative = stage < 0 ? coast : boostDerivative(pad, boost, plan.steering, stage);
    const count = Math.ceil((corners[i + 1] - corners[i]) / 0.05);
    const h = (corners[i + 1] - corners[i]) / count;
    for (let n = 0; n < count; n++) {
      rk4(derivative, corners[i] + n * h, y, h);
      if (n % 7 === 0) compare(corners[i] + (n + 1) * h);
    }
  }
  assert.ok(flight.flightTimeS > 1000, `${flight.flightTimeS}`);
  assert.ok(worstM < 0.1, `${worstM} m`);
  assert.ok(worstMps < 0.02, `${worstMps} m/s`);
});

type Derivative = (t: number, y: Float64Array, dy: Float64Array) => void;

function rk4(f: Derivative, t: number, y: Float64Array, h: number): void {
  const k = [0, 1, 2, 3].map(() => new Float64Array(6));
  const at = (d: Float64Array, s: number) => y.map((v, i) => v + s * d[i]);
  f(t, y, k[0]);
  f(t + h / 2, at(k[0], h / 2), k[1]);
  f(t + h / 2, at(k[1], h / 2), k[2]);
  f(t + h, at(k[2], h), k[3]);
  for (let i = 0; i < 6; i++) y[i] += (h / 6) * (k[0][i] + 2 * k[1][i] + 2 * k[2][i] + k[3][i]);
}

test('it stands on the pad before, lies where it fell after, and burns from launch to burnout', () => {
  const flight = fitFlight({ ...site, bearingDeg: 70, apogeeKm: 6040.9, rangeKm: 999.2 });
  const before = new Float64Array(6);
  const start = new Float64Array(6);
  flight.stateAt(-10, before);
  flight.stateAt(1e-9, start);
  assert.ok(Math.hypot(before[0] - start[0], before[1] - start[1], before[2] - start[2]) < 1e-3);
  assert.deepEqual([...before.slice(3)], [0, 0, 0]);
  const after = new Float64Array(6);
  flight.stateAt(flight.flightTimeS + 100, after);
  assert.deepEqual([...after.slice(3)], [0, 0, 0]);
  assert.ok(Math.abs(ecefHeight(after[0], after[1], after[2])) < 0.01);
  assert.deepEqual(
    [-1, 0, flight.burnTimeS - 0.001, flight.burnTimeS, 9999].map((t) => flight.thrusting(t)),
    [false, true, true, false, false],
  );
  assert.equal(flight.stages.length, 2);
  assert.equal(flight.stages[1].burnoutS, flight.burnTimeS);
});

test('the same request gives the same flight, bit for bit, whatever was flown in between', () => {
  const r = { ...site, bearingDeg: 70, apogeeKm: 770, rangeKm: 3700 };
  const a = fitFlight(r);
  fitFlight({ ...site, bearingDeg: 10, apogeeKm: 100, rangeKm: 350 });
  const b = fitFlight(r);
  const x = new Float64Array(6);
  const y = new Float64Array(6);
  for (let t = 0; t < a.flightTimeS; t += 13.7) {
    a.stateAt(t, x);
    b.stateAt(t, y);
    assert.deepEqual(x, y);
  }
  assert.deepEqual(flyReport(a), flyReport(b));
});

test('a boost may be asked for by class, and the report has what the interface promises', () => {
  const flight = fitFlight({
    ...site,
    bearingDeg: 62,
    apogeeKm: 1000,
    rangeKm: 4600,
    rangeClass: 'intercontinental',
  });
  const report = flyReport(flight);
  assert.equal(report.rangeClass, 'intercontinental');
  assert.ok(Math.abs(report.apogeeKm - 1000) < 0.1 && Math.abs(report.rangeKm - 4600) < 0.1);
  assert.ok(report.flightTimeS > report.twoBodyFlightTimeS && report.burnTimeS > 200);
  assert.deepEqual(Object.keys(report.impact), ['latitudeDeg', 'longitudeDeg']);
});
