/**
 * Where and when a track was launched, from its first plots.
 *
 * Seen while it burnt: the boost filter runs backwards over the first plots, so that the state at the first
 * of them rests on all; from there a gravity turn is followed back to rest on the ground. Speed zero and
 * height zero must be met together, which fixes the mean thrust; how sharply the path bends upwards is not
 * observed, so a bank of bends carries that doubt, each weighted by how well the thrust it asks for fits the
 * thrust that was seen. Seen only after burnout: the ballistic arc is followed back to a bank of burnout
 * heights, and from each of those to the ground in the same way.
 *
 * Gravity turn: Culler and Fried, J. Appl. Phys. 28 (1957) 672.
 */
import { ecefToGeodetic, enuRotation, geodeticToEcef, roughHeight } from '../earth/wgs84.ts';
import type { Plot } from '../model/plot.ts';
import type { PointEstimate } from '../model/track.ts';
import { ballisticStep, MODEL } from './dynamics.ts';
import { GroundMoments } from './ground.ts';
import type { SensorModel } from './measurement.ts';
import { BALLISTIC_PARTS, BOOST_PARTS, filterBack, filterForth, SIGHTED_PARTS } from './refilter.ts';
import type { Registration } from './registration.ts';
import { PB, PC, slabLength, TIME, XB, XC } from './slab.ts';

const G0 = 9.8;
/** Bends: factor on the rate at which a gravity turn tilts. */
const BENDS = [0.75, 1, 1.35] as const;
/** Burnout heights of the bank for tracks seen only ballistic, as factors on the usual height at that speed. */
const BURNOUT_FACTORS = [0.5, 0.8, 1.2, 1.7] as const;

interface Foot {
  /** Distance over ground back to the launch, m, and time since, s. */
  backM: number;
  timeS: number;
  /** Thrust acceleration less drag that it took, at the start of the way back, m/s^2. */
  thrust: number;
}

const end = { height: 0, back: 0, time: 0 };

/** Follows a gravity turn back from height, speed and path angle to near rest. False if it does not slow down. */
function turnBack(height: number, speed: number, angle: number, thrust: number, bend: number): boolean {
  let h = height;
  let v = speed;
  let c = Math.cos(angle);
  let g = angle;
  let back = 0;
  let t = 0;
  const vEnd = Math.min(20, 0.2 * speed);
  for (let i = 0; i < 400; i++) {
    const a = thrust / (1 + (thrust * t) / MODEL.exhaustMps);
    const decel = a - G0 * Math.sin(g);
    if (decel < 0.5) return false;
    // Steps of a twentieth of the speed keep the tilt, which goes as 1/v, well followed.
    const dt = Math.min(1, Math.max(v / 15, 2) / decel, (v - vEnd) / decel + 1e-3);
    const vm = Math.max(vEnd / 2, v - 0.5 * decel * dt);
    const tilt = bend * (G0 / vm) * c;
    const gm = Math.min(Math.PI / 2, g + 0.5 * tilt * dt);
    h -= vm * Math.sin(gm) * dt;
    back += vm * Math.cos(gm) * dt;
    g = Math.min(Math.PI / 2, g + bend * (G0 / vm) * Math.cos(gm) * dt);
    c = Math.cos(g);
    v -= (a - G0 * Math.sin(gm)) * dt;
    t += dt;
    if (v <= vEnd + 1e-2) break;
  }
  end.height = h;
  end.back = back;
  end.time = t + v / Math.max(1, thrust / (1 + (thrust * t) / MODEL.exhaustMps) - G0);
  return true;
}

/** The thrust that brings the way back to rest on the ground. Undefined if none does. */
function footOf(height: number, speed: number, angle: number, bend: number): Foot | undefined {
  let low = 11;
  let high = 160;
  const at = (thrust: number): number => (turnBack(height, speed, angle, thrust, bend) ? end.height : -1e6);
  if (at(high) < 0) return undefined;
  for (let i = 0; i < 40 && high - low > 1e-4 * high; i++) {
    const mid = 0.5 * (low + high);
    if (at(mid) < 0) low = mid;
    else high = mid;
  }
  if (!turnBack(height, speed, angle, high, bend)) return undefined;
  return { backM: end.back, timeS: end.time, thrust: high };
}

/** The launch point of a boost state: east and north of the state's foot, m, and s before. */
function launchOf(x: ArrayLike<number>, bend: number, out: Float64Array): Foot | undefined {
  const g = ecefToGeodetic(x[0], x[1], x[2]);
  const m = enuRotation(g.latitudeRad, g.longitudeRad);
  const ve = m[0] * x[3] + m[1] * x[4] + m[2] * x[5];
  const vn = m[3] * x[3] + m[4] * x[4] + m[5] * x[5];
  const vu = m[6] * x[3] + m[7] * x[4] + m[8] * x[5];
  const ground = Math.hypot(ve, vn);
  const speed = Math.hypot(ground, vu);
  const foot = footOf(g.heightM, speed, Math.atan2(vu, ground), bend);
  if (!foot) return undefined;
  const p = geodeticToEcef(g.latitudeRad, g.longitudeRad, 0);
  const de = ground > 0 ? (-ve / ground) * foot.backM : 0;
  const dn = ground > 0 ? (-vn / ground) * foot.backM : 0;
  for (let i = 0; i < 3; i++) out[i] = p[i] + m[i] * de + m[3 + i] * dn;
  out[3] = -foot.timeS;
  return foot;
}

const probe = new Float64Array(6);
const base = new Float64Array(4);
const moved = new Float64Array(4);

/** Adds the launch of a state with covariance to the moments; its own covariance by differences. Returns the foot. */
function addLaunch(
  moments: GroundMoments,
  weightOf: (foot: Foot) => number,
  map: (x: ArrayLike<number>, out: Float64Array) => Foot | undefined,
  x: ArrayLike<number>,
  p: ArrayLike<number>,
  stride: number,
): boolean {
  const foot = map(x, base);
  if (!foot) return false;
  const rows = new Float64Array(18);
  const m = moments.rotation;
  for (let j = 0; j < 6; j++) {
    for (let i = 0; i < 6; i++) probe[i] = x[i];
    const step = j < 3 ? 50 : 5;
    probe[j] += step;
    if (!map(probe, moved)) return false;
    const d = [moved[0] - base[0], moved[1] - base[1], moved[2] - base[2]];
    rows[j] = (m[0] * d[0] + m[1] * d[1] + m[2] * d[2]) / step;
    rows[6 + j] = (m[3] * d[0] + m[4] * d[1] + m[5] * d[2]) / step;
    rows[12 + j] = (moved[3] - base[3]) / step;
  }
  const own = new Float64Array(9);
  for (let a = 0; a < 3; a++) {
    for (let b = 0; b < 3; b++) {
      let sum = 0;
      for (let i = 0; i < 6; i++)
        for (let j = 0; j < 6; j++) sum += rows[6 * a + i] * p[stride * i + j] * rows[6 * b + j];
      own[3 * a + b] = sum;
    }
  }
  // What no bend of the bank covers: a share of the way back along the path, less across it, and of the time.
  const share = (0.06 * foot.backM) ** 2;
  own[0] += share;
  own[4] += share;
  own[8] += (0.04 * foot.timeS) ** 2;
  moments.add(weightOf(foot), base[0], base[1], base[2], base[3], own);
  return true;
}

const plain = new Float64Array(slabLength(0));

/**
 * The launch of a track from its first plots (in order of time). `burnoutUs`: when it burnt out, or 0 if it
 * has not or was never seen to burn; `seenCoasting`: it was never seen to burn. With `registration` its
 * covariance holds the biases of the sensors.
 */
export function estimateLaunch(
  plots: readonly Plot[],
  sensors: ReadonlyMap<string, SensorModel>,
  seenCoasting: boolean,
  burnoutUs: number,
  registration?: Registration,
): PointEstimate | undefined {
  const used = burnoutUs > 0 && !seenCoasting ? plots.filter((p) => p.timeUs <= burnoutUs - 1e6) : plots;
  if (used.length < 4) return undefined;
  const work = registration?.bench ?? plain;
  work.fill(0);
  const sighted = used.every((p) => p.kind === 'infrared');
  const model = seenCoasting ? BALLISTIC_PARTS : sighted ? SIGHTED_PARTS : BOOST_PARTS;
  if (filterForth(work, used, sensors, model, false, registration) === 0) return undefined;
  if (!filterBack(work, used, sensors, model, registration)) return undefined;
  registration?.widen(work, model.n);
  const timeUs = work[TIME];
  const madeUs = used[used.length - 1].timeUs;
  return seenCoasting ? fromCoast(work, timeUs, madeUs) : fromBoost(work, timeUs, madeUs);
}

const MIN_SIGMA_M = 150;

function fromBoost(s: Float64Array, timeUs: number, madeUs: number): PointEstimate | undefined {
  const x = s.subarray(XB, XB + 9);
  const p = s.subarray(PB, PB + 81);
  const seen = Math.hypot(x[6], x[7], x[8]);
  const seenSigma = Math.sqrt(
    (p[60] * x[6] ** 2 + p[70] * x[7] ** 2 + p[80] * x[8] ** 2) / (seen * seen + 1e-9),
  );
  const moments = new GroundMoments(x);
  let done = false;
  for (const bend of BENDS) {
    const map = (y: ArrayLike<number>, out: Float64Array): Foot | undefined => launchOf(y, bend, out);
    const weight = (f: Foot): number => {
      const z = (f.thrust - seen) / Math.hypot(seenSigma, 0.25 * f.thrust);
      return Math.exp(-0.5 * Math.min(z * z, 30));
    };
    if (addLaunch(moments, weight, map, x, p, 9)) done = true;
  }
  if (!done) return undefined;
  return moments.estimate('launch', madeUs, timeUs, MIN_SIGMA_M ** 2);
}

/** The usual height at burnout of a ballistic missile of a given speed at that height, m. */
function usualBurnoutHeight(speed: number): number {
  return Math.max(12e3, 32 * speed - 18e3);
}

function fromCoast(s: Float64Array, timeUs: number, madeUs: number): PointEstimate | undefined {
  const x = s.subarray(XC, XC + 7);
  const p = s.subarray(PC, PC + 49);
  const first = roughHeight(x[0], x[1], x[2]);
  // From a body that falls through the air the way back is anybody's guess.
  if (first < 90e3 && x[0] * x[3] + x[1] * x[4] + x[2] * x[5] < 0) return undefined;
  const start = backTo(x, 40e3);
  if (!start) return undefined;
  const usual = usualBurnoutHeight(Math.hypot(start.state[3], start.state[4], start.state[5]));
  const moments = new GroundMoments(start.state);
  let done = false;
  for (const factor of BURNOUT_FACTORS) {
    // Seen rising ballistic at the first plot: it had burnt out by then.
    const rising = x[0] * x[3] + x[1] * x[4] + x[2] * x[5] > 0;
    const height = rising ? Math.min(factor * usual, first) : factor * usual;
    for (const bend of BENDS) {
      const map = (y: ArrayLike<number>, out: Float64Array): Foot | undefined => {
        const burnout = backTo(y, height);
        if (!burnout) return undefined;
        const foot = launchOf(burnout.state, bend, out);
        if (foot) out[3] -= burnout.timeS;
        return foot;
      };
      const weight = (f: Foot): number => Math.exp(-0.5 * (Math.log(f.thrust / 55) / 0.5) ** 2);
      if (addLaunch(moments, weight, map, x, p, 7)) done = true;
    }
  }
  if (!done) return undefined;
  return moments.estimate('launch', madeUs, timeUs, MIN_SIGMA_M ** 2);
}

/** Follows a ballistic state back in time, without drag, to where it rose through the height. */
function backTo(x: ArrayLike<number>, heightM: number): { state: Float64Array; timeS: number } | undefined {
  const s = Float64Array.from(x).slice(0, 6);
  let t = 0;
  for (let i = 0; i < 1000; i++) {
    const h = roughHeight(s[0], s[1], s[2]);
    const r = Math.sqrt(s[0] * s[0] + s[1] * s[1] + s[2] * s[2]);
    const climb = (s[0] * s[3] + s[1] * s[4] + s[2] * s[5]) / r;
    if (climb > 0 && h - heightM < 10 * climb) {
      const dt = (heightM - h) / climb;
      // Never forward in time beyond the start.
      const step = Math.min(dt, t);
      ballisticStep(s, 0, 0, step, false);
      t -= step;
      if (Math.abs(step) < 0.01 || step > 0) return { state: s, timeS: t };
      continue;
    }
    ballisticStep(s, 0, 0, -10, false);
    t += 10;
    if (t > 6000) return undefined;
  }
  return undefined;
}
