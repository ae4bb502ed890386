/**
 * Seeded flights, and what a nation's desk is told of them at reduced cost: the flights are those of the simulated
 * world, who sees them when follows from the sites and the Earth's curve, and the track is the true state with an error
 * of a stated size in place of the tracker's. What follows (path, impact, areas, life cycle, texts, CAP) is the real code.
 * The sizes were read off the whole chain on 2022-10-04-over-japan and doubled; its own times stand beside the result.
 */
import { readFileSync } from 'node:fs';
import { geodesicDirect, geodesicInverse } from '../src/earth/geodesic.ts';
import type { Random } from '../src/earth/random.ts';
import { DEG, ecefToGeodetic } from '../src/earth/wgs84.ts';
import { BeaconfireError } from '../src/model/errors.ts';
import type { Nation } from '../src/model/nation.ts';
import type { SensorSite } from '../src/model/sensor.ts';
import type { PointEstimate } from '../src/model/track.ts';
import { estimateImpact } from '../src/tracking/impact.ts';
import { fallPath } from '../src/tracking/index.ts';
import {
  crossings,
  exerciseConfig,
  type IssuedWarning,
  regionsOf,
  type WarningConfig,
  WarningDesk,
  type WarningInput,
} from '../src/warning/index.ts';
import { distanceToRegionM, regionContains } from '../src/warning/regions.ts';
import { type Flight, fitFlight, loadSites, visible } from '../src/world/index.ts';

/** Areas of public launches (launches.csv of the project's facts), to about 10 km. */
const PLACES = [
  [40.61, 126.43],
  [39.2, 125.67],
  [39.11, 126.0],
  [39.17, 127.48],
  [38.99, 127.62],
  [40.03, 124.58],
] as const;

export type Aim = 'over Japan' | 'onto Japan' | 'onto Korea' | 'into the sea';

export interface SeededFlight {
  aim: Aim;
  flight: Flight;
  launch: readonly [latitudeDeg: number, longitudeDeg: number];
  /** Regions that it truly crosses or hits, by nation, with the second of the flight. */
  affected: Record<'JPN' | 'KOR', { code: string; atS: number }[]>;
}

/** The n-th flight of a seed; the same whatever else is drawn. Falls are spread over land and sea, not aimed at anything. */
export function seededFlight(random: Random): SeededFlight {
  for (;;) {
    const launch = PLACES[Math.floor(random.uniform() * PLACES.length)];
    const pick = random.uniform();
    const aim: Aim =
      pick < 0.35 ? 'over Japan' : pick < 0.6 ? 'onto Japan' : pick < 0.8 ? 'onto Korea' : 'into the sea';
    const to = fallOf(aim, launch, random);
    const g = geodesicInverse(launch[0], launch[1], to[0], to[1]);
    const rangeKm = g.distanceM / 1000;
    // From a little below to well above the path of least energy.
    const apogeeKm = rangeKm * (0.2 + 0.25 * random.uniform());
    try {
      const flight = fitFlight({
        latitudeDeg: launch[0],
        longitudeDeg: launch[1],
        bearingDeg: g.azimuth1Deg,
        apogeeKm,
        rangeKm,
      });
      return {
        aim,
        flight,
        launch,
        affected: { JPN: affected(flight, 'JPN'), KOR: affected(flight, 'KOR') },
      };
    } catch (error) {
      // Not every draw is a flight that can be.
      if (!(error instanceof BeaconfireError) || error.code !== 'BF_NO_FLIGHT') throw error;
    }
  }
}

function fallOf(aim: Aim, launch: readonly [number, number], random: Random): [number, number] {
  if (aim === 'over Japan') {
    const p = geodesicDirect(
      launch[0],
      launch[1],
      60 + 60 * random.uniform(),
      (2200 + 2500 * random.uniform()) * 1000,
    );
    return [p.latitudeDeg, p.longitudeDeg];
  }
  if (aim === 'into the sea') {
    const p = geodesicDirect(
      launch[0],
      launch[1],
      60 + 60 * random.uniform(),
      (400 + 350 * random.uniform()) * 1000,
    );
    return [p.latitudeDeg, p.longitudeDeg];
  }
  const regions = regionsOf(aim === 'onto Japan' ? 'JPN' : 'KOR');
  for (;;) {
    const region = regions[Math.floor(random.uniform() * regions.length)];
    const [w, s, e, n] = region.polygons[0].box;
    const [lat, lon] = [s + (n - s) * random.uniform(), w + (e - w) * random.uniform()];
    if (regionContains(region, lat, lon)) return [lat, lon];
  }
}

const state = new Float64Array(6);

function affected(flight: Flight, nation: 'JPN' | 'KOR'): { code: string; atS: number }[] {
  const regions = regionsOf(nation);
  const path = [];
  for (let t = 0; t <= flight.flightTimeS; t += 2) {
    flight.stateAt(t, state);
    const g = ecefToGeodetic(state[0], state[1], state[2]);
    path.push({ timeUs: t * 1e6, latitudeDeg: g.latitudeRad / DEG, longitudeDeg: g.longitudeRad / DEG });
  }
  const found = crossings(path, regions).map(({ code, atUs }) => ({ code, atS: atUs / 1e6 }));
  const { latitudeDeg, longitudeDeg } = flight.impact;
  for (const region of regions) {
    if (
      found.some((f) => f.code === region.code) ||
      distanceToRegionM(region, latitudeDeg, longitudeDeg) > 10_000
    )
      continue;
    found.push({ code: region.code, atS: flight.flightTimeS });
  }
  return found;
}

let sites: SensorSite[] | undefined;

function allSites(): SensorSite[] {
  sites ??= ['usa', 'kor', 'jpn'].flatMap((name) => {
    const file = new URL(`../sites/${name}.yaml`, import.meta.url);
    return loadSites(readFileSync(file, 'utf8'), `sites/${name}.yaml`);
  });
  return sites;
}

/** A track is held this long after the first look at it, s, and the launch declared a while after: as in the whole chain. */
const TRACK_AFTER_S = 6;
const DECLARED_AFTER_S = 10;
/** What partners see comes this much later, s. */
const EXCHANGE_S = 1;

/** A desk steps this often while the estimate changes fast, and later, s. */
const STEP_S = { early: 2, late: 6 };

/** What desks of these configurations publish on one flight; they are told the same. The launch is at 0. */
export function warnAll(
  seeded: SeededFlight,
  configs: readonly WarningConfig[],
  random: Random,
): IssuedWarning[][] {
  const { flight } = seeded;
  const desks = configs.map((config) => new WarningDesk(config));
  const seenSince = new Map<string, { site: SensorSite; atS: number }>();
  const last = new Map<string, number>();
  // The error of the state in units of its standard deviation: drawn anew little by little (memory about 20 s).
  const error = Array.from({ length: 6 }, () => random.normal());
  const burnoutS = flight.burnTimeS;
  const endS = flight.flightTimeS + 90;
  let first: number | undefined;
  for (let t = 10, dt = STEP_S.early; t <= endS; t += dt) {
    dt = t < burnoutS + 90 ? STEP_S.early : STEP_S.late;
    const kept = Math.exp(-dt / 20);
    for (let k = 0; k < 6; k++) error[k] = kept * error[k] + Math.sqrt(1 - kept * kept) * random.normal();
    const over = t >= flight.flightTimeS;
    flight.stateAt(Math.min(t, flight.flightTimeS - 1), state);
    const at = [state[0], state[1], state[2]] as const;
    for (const site of allSites()) {
      if (over || !visible(site, at, flight.thrusting(t)).seen) continue;
      if (!seenSince.has(site.id)) seenSince.set(site.id, { site, atS: t });
      last.set(site.id, t);
    }
    if (seenSince.size === 0) continue;
    first ??= t;
    if (t < first + TRACK_AFTER_S) continue;
    const lastS = Math.max(...last.values());
    const track: WarningInput['track'] = over
      ? { state: t - lastS > 30 ? 'lost' : 'impact', phase: 'reentry', lastUpdateUs: lastS * 1e6 }
      : { state: 'held', phase: t < burnoutS + 4 ? 'boost' : 'coast', lastUpdateUs: lastS * 1e6 };
    const seen = over ? { impact: impactOf(flight) } : estimates(t, t - first, t - burnoutS, error);
    for (const desk of desks) {
      const { nation } = desk.config;
      const sources = [...seenSince.values()]
        .filter(
          ({ site, atS }) =>
            t >= atS + TRACK_AFTER_S + site.delayS + (site.nation === nation ? 0 : EXCHANGE_S),
        )
        .map(({ site }) => ({
          source: `${site.nation}/${site.id}`,
          path: pathOf(site, nation),
          lastUs: 1e6 * last.get(site.id)!,
        }));
      desk.step({
        nowUs: t * 1e6,
        launchId: 'L1',
        launchDeclared: t >= first + DECLARED_AFTER_S,
        sources,
        track,
        ...seen,
        launchPlace: { en: 'the north', ko: '북쪽', ja: '北' },
      });
    }
  }
  for (const desk of desks) desk.finish(endS * 1e6 + 1e6);
  return desks.map((desk) => [...desk.issued]);
}

function pathOf(site: SensorSite, nation: Nation): string {
  return site.nation === nation ? `own-${site.id}` : 'HUB';
}

function impactOf(flight: Flight): PointEstimate {
  const { latitudeDeg, longitudeDeg } = flight.impact;
  const atUs = Math.round(flight.flightTimeS * 1e6);
  const ellipse95 = { semiMajorM: 5000, semiMinorM: 5000, azimuthDeg: 0 };
  return { kind: 'impact', timeUs: atUs, atUs, atSigmaS: 2, latitudeDeg, longitudeDeg, ellipse95 };
}

/** Path and impact from the state in {@link state} with its error; the sizes are those of the whole chain, doubled. */
function estimates(
  t: number,
  tracked: number,
  coasted: number,
  error: readonly number[],
): Partial<WarningInput> {
  const boost = coasted < 4;
  const sv = boost ? Math.max(25, 280 * Math.exp(-tracked / 9)) : Math.max(0.4, 8 * (8 / coasted) ** 1.3);
  const sp = boost ? Math.max(80, 600 * Math.exp(-tracked / 9)) : Math.max(20, 40 * (8 / coasted));
  const x = Float64Array.from({ length: 7 }, (_, i) =>
    i < 3 ? state[i] + sp * error[i] : i < 6 ? state[i] + sv * error[i] : LN_B,
  );
  const p = new Float64Array(49);
  for (let i = 0; i < 6; i++) p[8 * i] = i < 3 ? sp * sp : sv * sv;
  p[48] = 0.3 ** 2;
  const upper: number[] = [];
  for (let i = 0; i < 6; i++) for (let j = i; j < 6; j++) upper.push(p[7 * i + j]);
  const groundTrack = fallPath(x, upper, t * 1e6, 5);
  const impact = boost ? undefined : estimateImpact(x, p, t * 1e6, false)?.impact;
  return { ...(groundTrack.length > 0 ? { groundTrack } : {}), ...(impact ? { impact } : {}) };
}

/** ln B of a usual body, B in m^2/kg: as the tracker starts. */
const LN_B = Math.log(1 / 5000);

export function configOf(nation: 'JPN' | 'KOR', scale: number): WarningConfig {
  const config = exerciseConfig(nation);
  const { impactProbability, passageProbability, boostProbability, clearProbability } = config.rules;
  return {
    ...config,
    rules: {
      ...config.rules,
      impactProbability: Math.min(0.9, impactProbability * scale),
      passageProbability: Math.min(0.9, passageProbability * scale),
      boostProbability: Math.min(0.9, boostProbability * scale),
      clearProbability: clearProbability * Math.min(1, scale),
    },
  };
}
