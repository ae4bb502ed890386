import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEG, enuRotation, geodeticToEcef } from '../earth/wgs84.ts';
import { predictBallistic, predictLift } from './dynamics.ts';
import { judgeLift, liftLook, watchLift } from './lift.ts';
import { lookAt, newLook, sensorModel } from './measurement.ts';
import { LIFT_P, MU_B, PC, slabLength, TIME, XB, XC, XL } from './slab.ts';

/** A body at 40 km, 1800 m/s, sinking at 500 m/s, with the spread of a settled track. */
function sinking(): Float64Array {
  const s = new Float64Array(slabLength(1));
  s.set(geodeticToEcef(39 * DEG, 130 * DEG, 40e3), XC);
  const m = enuRotation(39 * DEG, 130 * DEG);
  for (let i = 0; i < 3; i++) s[XC + 3 + i] = 1730 * m[i] - 500 * m[6 + i];
  s[XC + 6] = Math.log(1 / 4000);
  for (let i = 0; i < 7; i++) s[PC + 8 * i] = i < 3 ? 60 ** 2 : i < 6 ? 5 ** 2 : 0.1 ** 2;
  s[TIME] = 1e6;
  s[MU_B] = 0.002;
  return s;
}

test('lift-9 without acceleration falls as ballistic-7 does', () => {
  const s = sinking();
  const lift = new Float64Array(90);
  for (let i = 0; i < 6; i++) lift[i] = s[XC + i];
  const free = s.slice(XC, PC + 49);
  for (let k = 0; k < 20; k++) {
    predictLift(lift, 0, 9, 0.7, Math.exp(free[6]), 1);
    predictBallistic(free, 0, 7, 0.7);
  }
  const apart = Math.hypot(lift[0] - free[0], lift[1] - free[1], lift[2] - free[2]);
  assert.ok(apart < 1e-3, `${apart} m`);
});

/** Looks without noise at a body that has an acceleration upwards besides, or one along its velocity. */
function fly(upMps2: number, alongMps2: number): { s: Float64Array; judged: number | undefined } {
  const s = sinking();
  watchLift(s);
  const model = sensorModel(
    {
      id: 'R',
      kind: 'radar',
      latitudeDeg: 38,
      longitudeDeg: 129,
      heightM: 0,
      sigma: { rangeM: 30, azimuthDeg: 0.05, elevationDeg: 0.05 },
    },
    0,
  );
  const truth = new Float64Array(90);
  for (let i = 0; i < 6; i++) truth[i] = s[XC + i];
  const b = Math.exp(s[XC + 6]);
  const m = enuRotation(39 * DEG, 130 * DEG);
  const look = newLook();
  let judged: number | undefined;
  for (let k = 1; k <= 80; k++) {
    const v = Math.hypot(truth[3], truth[4], truth[5]);
    for (let i = 0; i < 3; i++) truth[6 + i] = upMps2 * m[6 + i] + (alongMps2 * truth[3 + i]) / v;
    predictLift(truth, 0, 9, 0.25, b, 0);
    s[TIME] = 1e6 + k * 0.25e6;
    lookAt(look, plotOf(truth, s[TIME]), model);
    liftLook(s, look);
    if (judged === undefined && judgeLift(s)) judged = k * 0.25;
  }
  return { s, judged };
}

function plotOf(at: Float64Array, timeUs: number) {
  const site = geodeticToEcef(38 * DEG, 129 * DEG, 0);
  const m = enuRotation(38 * DEG, 129 * DEG);
  const d = [0, 1, 2].map((i) => at[i] - site[i]);
  const [e, n, u] = [0, 1, 2].map((k) => m[3 * k] * d[0] + m[3 * k + 1] * d[1] + m[3 * k + 2] * d[2]);
  const rangeM = Math.hypot(e, n, u);
  return {
    kind: 'radar' as const,
    sensor: 'R',
    timeUs,
    rangeM,
    azimuthRad: Math.atan2(e, n),
    elevationRad: Math.asin(u / rangeM),
  };
}

test('an acceleration across the velocity is lift; one along it, twice the drag or half of it, is not', () => {
  const lifted = fly(20, 0);
  assert.ok(lifted.judged !== undefined && lifted.judged < 15, `${lifted.judged} s`);
  assert.equal(lifted.s[LIFT_P], 1);
  assert.ok(lifted.s[MU_B] > 0.999);
  // The model that is left has the lift, within what a lag of seconds leaves.
  const up = enuRotation(39 * DEG, 130 * DEG);
  const a = [0, 1, 2].reduce((sum, i) => sum + lifted.s[XB + 6 + i] * up[6 + i], 0);
  assert.ok(a > 4 && a < 30, `${a} m/s^2`);
  for (const along of [-30, -10, 0, 10]) assert.equal(fly(0, along).judged, undefined, `${along} along`);
  assert.ok(Math.abs(fly(0, 0).s[XL + 6]) < 0.5);
});
