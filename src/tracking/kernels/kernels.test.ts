import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { freeAcceleration } from '../../earth/gravity.ts';
import { seededRandom } from '../../earth/random.ts';
import { roughHeight } from '../../earth/wgs84.ts';
import { AIR_TOP_M, ballisticStep, F6, F6lnB, predictBallistic } from '../dynamics.ts';
import { isPositiveDefinite, sandwich } from '../linear.ts';
import { lookAt, newLook, sensorModel } from '../measurement.ts';
import { freeStep } from '../testing/coast-a.ts';
import { update } from '../update.ts';
import { KERNEL_FILE, kernelSource } from './generate.ts';
import {
  coastStep,
  gain7x3,
  gate,
  innovation7x3,
  predictCovariance6,
  predictCovariance7,
  predictCovariance7Vacuum,
  predictCovariance9,
  predictCovariance9Free,
  thrustStep,
} from './kernels.gen.ts';

const random = seededRandom(1);

function spd(n: number): Float64Array {
  const l = Float64Array.from({ length: n * n }, (_, k) =>
    k % n <= Math.floor(k / n) ? random.normal() : 0,
  );
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) for (let k = 0; k < n; k++) out[n * i + j] += l[n * i + k] * l[n * j + k];
    out[n * i + i] += 0.1;
  }
  return out;
}

function close(a: ArrayLike<number>, b: ArrayLike<number>, relative = 1e-12): void {
  let scale = 0;
  for (let i = 0; i < b.length; i++) scale = Math.max(scale, Math.abs(b[i]));
  for (let i = 0; i < b.length; i++)
    assert.ok(Math.abs(a[i] - b[i]) <= relative * scale, `element ${i}: ${a[i]} against ${b[i]}`);
}

test('the written kernels are what the generator makes', () => {
  assert.equal(readFileSync(KERNEL_FILE, 'utf8'), kernelSource());
});

test('straight-line covariance predictions equal plain loops', () => {
  for (let trial = 0; trial < 20; trial++) {
    const f = Float64Array.from({ length: 36 }, () => random.normal());
    const g = Float64Array.from({ length: 6 }, () => random.normal());
    const e = Float64Array.from({ length: 9 }, () => random.normal());
    const white = (n: number, pp: number, pv: number, vv: number): Float64Array => {
      const q = new Float64Array(n * n);
      for (let i = 0; i < 3; i++) {
        q[(n + 1) * i] = pp;
        q[n * i + 3 + i] = q[n * (3 + i) + i] = pv;
        q[(n + 1) * (3 + i)] = vv;
      }
      return q;
    };
    const six = spd(6);
    const six2 = six.slice();
    predictCovariance6(six, 0, f, Float64Array.of(0.3, 0.2, 0.5));
    sandwich(6, f, six2, 0);
    close(
      six,
      six2.map((v, i) => v + white(6, 0.3, 0.2, 0.5)[i]),
    );

    for (const air of [true, false]) {
      const seven = spd(7);
      const seven2 = seven.slice();
      // Above the air there are zeros that the kernel knows of.
      if (!air) for (const k of [5, 11, 15, 16]) f[k] = 0;
      const f7 = new Float64Array(49);
      for (let i = 0; i < 6; i++) {
        for (let j = 0; j < 6; j++) f7[7 * i + j] = f[6 * i + j];
        f7[7 * i + 6] = air ? g[i] : 0;
      }
      f7[48] = 1;
      if (air) predictCovariance7(seven, 0, f, g, Float64Array.of(0.3, 0.2, 0.5, 0.7));
      else predictCovariance7Vacuum(seven, 0, f, Float64Array.of(0.3, 0.2, 0.5));
      sandwich(7, f7, seven2, 0);
      const q = white(7, 0.3, 0.2, 0.5);
      if (air) q[48] = 0.7;
      close(
        seven,
        seven2.map((v, i) => v + q[i]),
      );
    }

    for (const free of [false, true]) {
      const nine = spd(9);
      const nine2 = nine.slice();
      f.set(Float64Array.from({ length: 36 }, () => random.normal()));
      if (free) for (const k of [5, 11, 15, 16]) f[k] = 0;
      const f9 = new Float64Array(81);
      for (let i = 0; i < 6; i++) for (let j = 0; j < 6; j++) f9[9 * i + j] = f[6 * i + j];
      for (let i = 0; i < 3; i++) {
        f9[9 * i + 6 + i] = 0.125;
        f9[9 * (3 + i) + 6 + i] = 0.5;
        for (let j = 0; j < 3; j++) f9[9 * (6 + i) + 6 + j] = e[3 * i + j];
      }
      (free ? predictCovariance9Free : predictCovariance9)(
        nine,
        0,
        f,
        e,
        Float64Array.of(0.5, 0.125, 1, 2, 3, 4, 5, 6),
      );
      sandwich(9, f9, nine2, 0);
      for (let i = 0; i < 3; i++) {
        const put = (a: number, b: number, v: number) => {
          nine2[9 * a + b] += v;
          if (a !== b) nine2[9 * b + a] += v;
        };
        put(i, i, 1);
        put(i, 3 + i, 2);
        put(i, 6 + i, 3);
        put(3 + i, 3 + i, 4);
        put(3 + i, 6 + i, 5);
        put(6 + i, 6 + i, 6);
      }
      close(nine, nine2);
    }
  }
});

function orbitState(): Float64Array {
  const s = Float64Array.from({ length: 6 }, (_, i) => (i < 3 ? 1 : 2500) * random.normal());
  const r = Math.hypot(s[0], s[1], s[2]);
  for (let i = 0; i < 3; i++) s[i] *= (6.378e6 + AIR_TOP_M + 1e5 + 1e6 * Math.abs(random.normal())) / r;
  return s;
}

test('the straight-line coast step equals the general one, its Jacobian equals differences', () => {
  for (let trial = 0; trial < 20; trial++) {
    const start = orbitState();
    assert.ok(roughHeight(start[0], start[1], start[2]) > AIR_TOP_M);
    const a = start.slice();
    const b = start.slice();
    const f = new Float64Array(36);
    coastStep(a, 0, 1.7, true, f);
    ballisticStep(b, 0, 0, 1.7, true);
    close(a, b, 1e-14);
    close(f, F6, 1e-13);
    // Against another integrator: what is left is of third order in the step, and the gradient of J2.
    for (let k = 0; k < 6; k++) {
      const d = k < 3 ? 1 : 0.01;
      const up = start.slice();
      const down = start.slice();
      up[k] += d;
      down[k] -= d;
      freeStep(up, 1.7);
      freeStep(down, 1.7);
      for (let i = 0; i < 6; i++) {
        const slope = (up[i] - down[i]) / (2 * d);
        const scale = (i < 3 ? 1 : 1 / 1.7) * (k < 3 ? 1 : 1.7);
        assert.ok(
          Math.abs(f[6 * i + k] - slope) < 3e-6 * scale,
          `F${i}${k}: ${f[6 * i + k]} against ${slope}`,
        );
      }
    }
  }
});

test('the straight-line step under thrust equals plain Runge-Kutta, without thrust the coast step', () => {
  for (let trial = 0; trial < 20; trial++) {
    const start = new Float64Array(9);
    start.set(orbitState());
    for (let i = 6; i < 9; i++) start[i] = 20 * random.normal();
    const [dt, half, full] = [0.5 + random.uniform(), 1.02, 1.05];
    const rate = (y: Float64Array, growth: number): Float64Array => {
      const a = new Float64Array(3);
      freeAcceleration(y, 0, a);
      const out = new Float64Array(9);
      for (let i = 0; i < 3; i++) {
        out[i] = y[3 + i];
        out[3 + i] = a[i] + growth * start[6 + i];
      }
      return out;
    };
    const moved = (k: Float64Array, h: number): Float64Array => start.map((v, i) => v + h * k[i]);
    const k1 = rate(start, 1);
    const k2 = rate(moved(k1, dt / 2), half);
    const k3 = rate(moved(k2, dt / 2), half);
    const k4 = rate(moved(k3, dt), full);
    const expected = start.map((v, i) =>
      i < 6 ? v + (dt / 6) * (k1[i] + 2 * (k2[i] + k3[i]) + k4[i]) : full * v,
    );
    const s = start.slice();
    const f = new Float64Array(36);
    thrustStep(s, 0, Float64Array.of(dt, half, full), f);
    close(s.subarray(0, 3), expected.subarray(0, 3), 1e-14);
    close(s.subarray(3, 6), expected.subarray(3, 6), 1e-13);
    close(s.subarray(6), expected.subarray(6), 1e-15);
    const bare = start.slice();
    bare.fill(0, 6);
    const coast = bare.slice();
    const fCoast = new Float64Array(36);
    thrustStep(bare, 0, Float64Array.of(dt, half, full), f);
    coastStep(coast, 0, dt, true, fCoast);
    assert.deepEqual(bare, coast);
    assert.deepEqual(f, fCoast);
  }
});

test('in the air the Jacobian over position, velocity and ln B equals differences', () => {
  for (const [height, speed] of [
    [35e3, 2500],
    [20e3, 1500],
    [60e3, 5000],
  ]) {
    const start = Float64Array.of(6.378137e6 + height, 0, 0, -0.6 * speed, 0.8 * speed, 0.1 * speed);
    const lnB = Math.log(1 / 4000);
    const s = start.slice();
    ballisticStep(s, 0, Math.exp(lnB), 0.2, true);
    const f = F6.slice();
    const g = F6lnB.slice();
    for (let k = 0; k < 7; k++) {
      const d = k < 3 ? 5 : k < 6 ? 0.1 : 1e-3;
      const up = start.slice();
      const down = start.slice();
      if (k < 6) {
        up[k] += d;
        down[k] -= d;
      }
      ballisticStep(up, 0, Math.exp(lnB + (k === 6 ? d : 0)), 0.2, false);
      ballisticStep(down, 0, Math.exp(lnB - (k === 6 ? d : 0)), 0.2, false);
      for (let i = 0; i < 6; i++) {
        const slope = (up[i] - down[i]) / (2 * d);
        const got = k < 6 ? f[6 * i + k] : g[i];
        const scale = k === 6 ? Math.max(0.5, Math.abs(slope)) : i >= 3 && k < 3 ? 0.01 : 1;
        assert.ok(Math.abs(got - slope) < 0.02 * scale, `${height}: F${i}${k} ${got} against ${slope}`);
      }
    }
  }
});

test('the straight-line update is the Kalman update of the textbook, in Joseph form', () => {
  for (let trial = 0; trial < 20; trial++) {
    const p = spd(7);
    const x = Float64Array.from({ length: 7 }, () => random.normal());
    const h = new Float64Array(24);
    for (let k = 0; k < 3; k++) for (let j = 0; j < 3; j++) h[6 * k + j] = random.normal();
    const r = Float64Array.of(0.5, 1, 2, 0);
    const z = Float64Array.of(0.3, -0.2, 1, 0);
    const s = new Float64Array(56);
    s.set(x);
    s.set(p, 7);
    assert.ok(innovation7x3(s, 7, h, r, z));
    gain7x3(s, 0, 7);
    // Sequential scalar updates, each in Joseph form, the residual of each at the moved mean.
    const y = x.slice();
    let q = p.slice();
    let nis = 0;
    for (let k = 0; k < 3; k++) {
      const ph = Float64Array.from({ length: 7 }, (_, i) =>
        [0, 1, 2].reduce((sum, j) => sum + q[7 * i + j] * h[6 * k + j], 0),
      );
      const v = [0, 1, 2].reduce((sum, j) => sum + h[6 * k + j] * ph[j], r[k]);
      const residual = z[k] - [0, 1, 2].reduce((sum, j) => sum + h[6 * k + j] * (y[j] - x[j]), 0);
      nis += (residual * residual) / v;
      const gain = ph.map((c) => c / v);
      for (let i = 0; i < 7; i++) y[i] += gain[i] * residual;
      const a = new Float64Array(49);
      for (let i = 0; i < 7; i++)
        for (let j = 0; j < 7; j++) a[7 * i + j] = (i === j ? 1 : 0) - gain[i] * (j < 3 ? h[6 * k + j] : 0);
      sandwich(7, a, q, 0);
      q = q.map((c, i) => c + gain[Math.floor(i / 7)] * r[k] * gain[i % 7]);
    }
    close(s.subarray(0, 7), y, 1e-10);
    close(s.subarray(7), q, 1e-10);
    assert.ok(Math.abs(gate.distance2 - nis) < 1e-9 * Math.max(1, nis));
  }
});

test('ten thousand updates leave the covariance positive definite', () => {
  const sensor = sensorModel(
    {
      id: 'R',
      kind: 'radar',
      latitudeDeg: 35,
      longitudeDeg: 0,
      heightM: 0,
      sigma: { rangeM: 5, azimuthDeg: 0.1, elevationDeg: 0.1 },
    },
    0,
  );
  const look = newLook();
  const s = new Float64Array(56);
  s.set([5.5e6, 0, 4.2e6, 100, 2500, 800, -8.3]);
  for (let i = 0; i < 7; i++) s[7 + 8 * i] = i < 3 ? 1e8 : i < 6 ? 1e6 : 0.5;
  for (let k = 0; k < 10000; k++) {
    if (roughHeight(s[0], s[1], s[2]) < 2e5) break;
    predictBallistic(s, 0, 7, 0.01);
    lookAt(
      look,
      { kind: 'radar', sensor: 'R', timeUs: 0, rangeM: 1, azimuthRad: 0, elevationRad: 0 },
      sensor,
    );
    // A plot just where the state is: only the covariance matters here.
    const d = [0, 1, 2].map((i) => s[i] - look.origin[i]);
    const m = look.rotation;
    const [e, n, u] = [0, 1, 2].map((c) => m[3 * c] * d[0] + m[3 * c + 1] * d[1] + m[3 * c + 2] * d[2]);
    look.measured.set([Math.hypot(e, n, u), Math.atan2(e, n), Math.atan2(u, Math.hypot(e, n))]);
    assert.ok(update(7, s, 0, 7, look));
    if (k % 500 === 0) assert.ok(isPositiveDefinite(7, s, 7), `after ${k} updates`);
  }
});
