import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { airInto, atmosphere } from './atmosphere.ts';
import { sharedData } from './reference.testing.ts';

const near = (found: number, printed: number, relative: number, what: string) =>
  assert.ok(Math.abs(found / printed - 1) <= relative, `${what}: ${found} for ${printed}`);

/** U.S. Standard Atmosphere 1976 as printed: km, K, Pa, kg/m^3, m/s. */
const PRINTED = [
  [0, 288.15, 101325, 1.225, 340.29],
  [10, 223.25, 26500, 0.4135, 299.53],
  [20, 216.65, 5529.3, 0.08891, 295.07],
  [30, 226.51, 1197, 0.01841, 301.71],
  [40, 250.35, 287.14, 0.0039957, 317.19],
  [50, 270.65, 79.779, 0.0010269, 329.8],
  [60, 247.02, 21.958, 3.0968e-4, 315.07],
  [70, 219.59, 5.2209, 8.2829e-5, 297.06],
] as const;

test('the 1976 atmosphere below 86 km is the printed one', () => {
  for (const [km, t, p, rho, a] of PRINTED) {
    const air = atmosphere(km * 1000);
    near(air.temperatureK, t, 3e-4, `T at ${km} km`);
    near(air.pressurePa, p, 6e-4, `p at ${km} km`);
    near(air.densityKgM3, rho, 6e-4, `rho at ${km} km`);
    near(air.speedOfSoundMps, a, 3e-4, `a at ${km} km`);
  }
});

test('above 86 km the table is met, also at printed heights that are not in it', () => {
  for (const [km, t, p, rho] of [
    [100, 195.08, 0.032011, 5.604e-7],
    [120, 360, 0.0025382, 2.222e-8],
    [150, 634.39, 4.5422e-4, 2.076e-9],
    [200, 854.56, 8.4736e-5, 2.541e-10],
    [300, 976.01, 8.7704e-6, 1.916e-11],
    [500, 999.24, 3.0236e-7, 5.215e-13],
  ] as const) {
    const air = atmosphere(km * 1000);
    near(air.temperatureK, t, 1e-4, `T at ${km} km`);
    near(air.pressurePa, p, 1e-9, `p at ${km} km`);
    near(air.densityKgM3, rho, 1e-9, `rho at ${km} km`);
  }
  near(atmosphere(175e3).densityKgM3, 6.339e-10, 0.02, 'rho at 175 km');
  near(atmosphere(175e3).pressurePa, 1.7936e-4, 0.02, 'p at 175 km');
  near(atmosphere(91e3).densityKgM3, 2.86e-6, 0.02, 'rho at 91 km');
  assert.equal(atmosphere(1001e3).densityKgM3, 0);
});

test('density and pressure fall steadily from the ground to 1000 km, without a jump at 86 km', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -2000, max: 999e3, noNaN: true }),
      fc.double({ min: 1, max: 1000, noNaN: true }),
      (z, dz) => {
        const low = atmosphere(z);
        const high = atmosphere(z + dz);
        // At 86 km the printed table is rounded to four digits.
        const slack = z < 86000 && z + dz >= 86000 ? 1.002 : 1;
        assert.ok(high.densityKgM3 <= low.densityKgM3 * slack);
        assert.ok(high.pressurePa <= low.pressurePa * slack);
        const out = new Float64Array(2);
        airInto(z, out);
        assert.equal(out[0], low.densityKgM3);
        assert.equal(out[1], low.speedOfSoundMps);
      },
    ),
  );
});

interface Reference {
  us_standard_atmosphere_1976: {
    table: { z_km: number; T_K: number; p_Pa: number; rho_kgm3: number; a_mps: number }[];
    above_86km: { z_km: number; T_K: number; p_Pa: number; rho_kgm3: number }[];
  };
}

test('the whole reference table is met', (t) => {
  const text = sharedData('physics_reference.json');
  if (text === undefined) return t.skip('no reference data beside the repository');
  const reference = (JSON.parse(text) as Reference).us_standard_atmosphere_1976;
  for (const row of reference.table) {
    const air = atmosphere(row.z_km * 1000);
    assert.ok(Math.abs(air.temperatureK - row.T_K) < 0.06, `T at ${row.z_km} km`);
    near(air.pressurePa, row.p_Pa, 8e-4, `p at ${row.z_km} km`);
    near(air.densityKgM3, row.rho_kgm3, 8e-4, `rho at ${row.z_km} km`);
    near(air.speedOfSoundMps, row.a_mps, 2e-4, `a at ${row.z_km} km`);
  }
  for (const row of reference.above_86km) {
    const air = atmosphere(row.z_km * 1000);
    near(air.temperatureK, row.T_K, 1e-4, `T at ${row.z_km} km`);
    near(air.pressurePa, row.p_Pa, 1e-4, `p at ${row.z_km} km`);
    near(air.densityKgM3, row.rho_kgm3, 1e-4, `rho at ${row.z_km} km`);
  }
});
