/**
 * The U.S. Standard Atmosphere 1976 (NOAA-S/T 76-1562 = NASA-TM-X-74335) over geometric height.
 * Below 86 km by its own layers (table 4, eqs. 18, 23, 33a, 33b). Above, the temperature by its own closed
 * forms (eqs. 25, 27, 29, 31), and pressure and density from the printed table I by a monotone cubic in the
 * logarithm over height: exact at the printed heights, within 2 % between them. The standard gives no speed
 * of sound above 86 km; the value at 86 km is held there.
 */
import { monotoneCubic } from './monotone.ts';

/** Specific gas constant of air, J/(kg K). */
const R_AIR = 287.05287;
/** Standard gravity, m/s^2. */
const G0 = 9.80665;
/** The standard's effective Earth radius for geopotential height, m. */
const R0 = 6356766;
const GAMMA = 1.4;

/** Layers: base geopotential height m, base temperature K, lapse K/m, base pressure Pa (table 4; pressures as printed). */
const LAYER_H = [0, 11000, 20000, 32000, 47000, 51000, 71000];
const LAYER_T = [288.15, 216.65, 216.65, 228.65, 270.65, 270.65, 214.65];
const LAYER_L = [-0.0065, 0, 0.001, 0.0028, 0, -0.0028, -0.002];
const LAYER_P = [101325, 22632.064, 5474.8887, 868.01868, 110.90631, 66.938873, 3.9564204];

/** Table I above 86 km: geometric height km, pressure Pa, density kg/m^3. */
const UPPER = [
  [86, 0.37338, 6.958e-6],
  [90, 0.18359, 3.416e-6],
  [95, 0.075966, 1.393e-6],
  [100, 0.032011, 5.604e-7],
  [105, 0.014477, 2.325e-7],
  [110, 0.0071042, 9.708e-8],
  [115, 0.0040096, 4.289e-8],
  [120, 0.0025382, 2.222e-8],
  [130, 0.0012505, 8.152e-9],
  [140, 7.2028e-4, 3.831e-9],
  [150, 4.5422e-4, 2.076e-9],
  [160, 3.0395e-4, 1.233e-9],
  [180, 1.5271e-4, 5.194e-10],
  [200, 8.4736e-5, 2.541e-10],
  [250, 2.4767e-5, 6.073e-11],
  [300, 8.7704e-6, 1.916e-11],
  [350, 3.4498e-6, 7.014e-12],
  [400, 1.4518e-6, 2.803e-12],
  [450, 6.4468e-7, 1.184e-12],
  [500, 3.0236e-7, 5.215e-13],
  [600, 8.213e-8, 1.137e-13],
  [700, 3.1908e-8, 3.07e-14],
  [800, 1.7036e-8, 1.136e-14],
  [900, 1.0873e-8, 5.759e-15],
  [1000, 7.5138e-9, 3.561e-15],
] as const;

const lnUpperPressure = monotoneCubic(UPPER.map(([km, pa]) => [km * 1000, Math.log(pa)]));
const lnUpperDensity = monotoneCubic(UPPER.map(([km, , density]) => [km * 1000, Math.log(density)]));

export interface Atmosphere {
  temperatureK: number;
  pressurePa: number;
  densityKgM3: number;
  speedOfSoundMps: number;
}

function layerOf(geopotentialM: number): number {
  let i = LAYER_H.length - 1;
  while (i > 0 && geopotentialM < LAYER_H[i]) i--;
  return i;
}

/** The state of the air at a geometric height, m. Above 1000 km the density and pressure are zero. */
export function atmosphere(heightM: number): Atmosphere {
  if (heightM < 86000) {
    const h = (R0 * heightM) / (R0 + heightM);
    const i = layerOf(h);
    const temperatureK = LAYER_T[i] + LAYER_L[i] * (h - LAYER_H[i]);
    const pressurePa = layerPressure(i, h, temperatureK);
    return {
      temperatureK,
      pressurePa,
      densityKgM3: pressurePa / (R_AIR * temperatureK),
      speedOfSoundMps: Math.sqrt(GAMMA * R_AIR * temperatureK),
    };
  }
  const inside = heightM <= 1e6;
  return {
    temperatureK: upperTemperature(heightM / 1000),
    pressurePa: inside ? Math.exp(lnUpperPressure(heightM)) : 0,
    densityKgM3: inside ? Math.exp(lnUpperDensity(heightM)) : 0,
    speedOfSoundMps: SOUND_86,
  };
}

function layerPressure(i: number, h: number, temperatureK: number): number {
  const lapse = LAYER_L[i];
  return lapse === 0
    ? LAYER_P[i] * Math.exp((-G0 * (h - LAYER_H[i])) / (R_AIR * LAYER_T[i]))
    : LAYER_P[i] * (LAYER_T[i] / temperatureK) ** (G0 / (R_AIR * lapse));
}

function upperTemperature(zKm: number): number {
  if (zKm <= 91) return 186.8673;
  if (zKm <= 110) return 263.1905 - 76.3232 * Math.sqrt(1 - ((zKm - 91) / 19.9429) ** 2);
  if (zKm <= 120) return 240 + 12 * (zKm - 110);
  const xi = ((zKm - 120) * (6356.766 + 120)) / (6356.766 + zKm);
  return 1000 - (1000 - 360) * Math.exp(-0.01875 * xi);
}

/** Kinetic temperature at 86 km, K; the molecular-scale temperature there is 186.946 K. */
const SOUND_86 = Math.sqrt(GAMMA * R_AIR * 186.946);

/** Density, kg/m^3, and speed of sound, m/s, into `out[0..1]`: {@link atmosphere} for hot paths. */
export function airInto(heightM: number, out: Float64Array): void {
  if (heightM < 86000) {
    const h = (R0 * heightM) / (R0 + heightM);
    const i = layerOf(h);
    const t = LAYER_T[i] + LAYER_L[i] * (h - LAYER_H[i]);
    out[0] = layerPressure(i, h, t) / (R_AIR * t);
    out[1] = Math.sqrt(GAMMA * R_AIR * t);
    return;
  }
  out[0] = heightM <= 1e6 ? Math.exp(lnUpperDensity(heightM)) : 0;
  out[1] = SOUND_86;
}
