import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { sgp4, twoline2satrec } from 'satellite.js';
import { DEG, ecefToGeodetic } from '../earth/wgs84.ts';
import { platform } from './platform.ts';
import { satellite } from './satellite.ts';
import { loadSites } from './sites.ts';

/**
 * Published verification values (Vallado, Crawford, Hujsak and Kelso, AIAA 2006-6753, SGP4-VER.TLE with tcppver.out):
 * minutes after the epoch, position km, velocity km/s. One orbit near the Earth, one of 12 hours (Molniya).
 */
const PUBLISHED = [
  {
    lines: [
      '1 00005U 58002B   00179.78495062  .00000023  00000-0  28098-4 0  4753',
      '2 00005  34.2682 348.7242 1859667 331.7664  19.3264 10.82419157413667',
    ],
    states: [
      [0, 7022.46529266, -1400.08296755, 0.03995155, 1.893841015, 6.405893759, 4.53480725],
      [360, -7154.03120202, -3783.17682504, -3536.19412294, 4.741887409, -4.151817765, -2.093935425],
      [1440, -938.55923943, -6268.18748831, -4294.02924751, 7.536105209, -0.427127707, 0.98987808],
      [4320, -9060.47373569, 4658.70952502, 813.68673153, -2.232832783, -4.11045349, -3.157345433],
    ],
  },
  {
    lines: [
      '1 08195U 75081A   06176.33215444  .00000099  00000-0  11873-3 0   813',
      '2 08195  64.1586 279.0717 6877146 264.7651  20.2257  2.00491383225656',
    ],
    states: [
      [0, 2349.8948335, -14785.93811562, 0.02119378, 2.721488096, -3.256811655, 4.498416672],
      [240, 19752.78050009, -8600.07130962, 37522.7292109, 0.238105279, 1.546110924, 0.986410447],
      [1440, 2890.80638268, -15446.439523, 948.77010176, 2.65440749, -2.909344895, 4.486437362],
      [2880, 3417.20931586, -16038.79510665, 1894.74934058, 2.585515864, -2.596818146, 4.456882556],
    ],
  },
] as const;

test('SGP4 gives the published verification values, to a metre', () => {
  for (const { lines, states } of PUBLISHED) {
    const satrec = twoline2satrec(lines[0], lines[1]);
    for (const [minutes, x, y, z, u, v, w] of states) {
      const s = sgp4(satrec, minutes);
      assert.ok(s);
      const { position: p, velocity: q } = s;
      assert.ok(Math.hypot(p.x - x, p.y - y, p.z - z) < 1e-3, `${lines[0]} at ${minutes} min`);
      assert.ok(Math.hypot(q.x - u, q.y - v, q.z - w) < 1e-6);
    }
  }
});

const EPOCH_US = Date.UTC(2022, 9, 3, 22, 21, 50) * 1000;
const read = (name: string) =>
  loadSites(readFileSync(new URL(`../../sites/${name}.yaml`, import.meta.url), 'utf8'), name, 'full');

test('geostationary elements keep their slot for a day, whatever the date', () => {
  const site = read('usa').find((s) => s.id === 'US-OPIR-A')!;
  for (const epochUs of [EPOCH_US, Date.UTC(2017, 7, 28, 20, 57, 50) * 1000, Date.UTC(2026, 0, 1) * 1000]) {
    const frameAt = platform(site, epochUs);
    for (let hour = 0; hour <= 24; hour += 3) {
      const g = ecefToGeodetic(...frameAt(epochUs + hour * 3600e6).position);
      assert.ok(
        Math.abs(g.longitudeRad / DEG - site.longitudeDeg) < 0.2,
        `${hour} h: ${g.longitudeRad / DEG}`,
      );
      assert.ok(Math.abs(g.latitudeRad / DEG) < 0.1);
      assert.ok(Math.abs(g.heightM - 35.786e6) < 30e3, `${hour} h: ${g.heightM}`);
    }
  }
});

test('the elliptical orbit hangs over the north at the start of every scenario and is gone half a turn later', () => {
  const [site] = read('usa-heo');
  for (const epochUs of [EPOCH_US, Date.UTC(2024, 0, 14, 5, 52, 50) * 1000]) {
    const frameAt = platform(site, epochUs);
    const start = ecefToGeodetic(...frameAt(epochUs).position);
    assert.ok(Math.abs(start.latitudeRad / DEG - site.latitudeDeg) < 0.5, `${start.latitudeRad / DEG}`);
    assert.ok(Math.abs(start.longitudeRad / DEG - site.longitudeDeg) < 1, `${start.longitudeRad / DEG}`);
    assert.ok(Math.abs(start.heightM - site.heightM) < 300e3, `${start.heightM}`);
    // Half an orbit later: perigee, far south and low.
    const halfUs = (86_400e6 / 2.0056) * 0.5;
    const low = ecefToGeodetic(...frameAt(epochUs + halfUs).position);
    assert.ok(low.heightM < 2e6 && low.latitudeRad / DEG < -60, `${low.heightM} ${low.latitudeRad / DEG}`);
  }
});

test('a satellite moves smoothly: its Earth-fixed velocity and the law of areas agree over seconds', () => {
  const at = satellite(
    {
      meanMotionRevPerDay: 2.0056,
      eccentricity: 0.72,
      inclinationDeg: 63.4,
      nodeLongitudeDeg: 40,
      perigeeDeg: 270,
      meanAnomalyDeg: 180,
    },
    EPOCH_US,
  );
  for (let minute = 0; minute < 300; minute += 10) {
    const t = EPOCH_US + minute * 60e6;
    const [a, b, c] = [at(t), at(t + 1e6), at(t + 2e6)];
    // Second difference over one second: no faster than gravity and the turning frame allow.
    const bend = Math.hypot(a[0] - 2 * b[0] + c[0], a[1] - 2 * b[1] + c[1], a[2] - 2 * b[2] + c[2]);
    assert.ok(bend < 12, `${bend} m/s^2 at ${minute} min`);
  }
});
