/** Scans of all sites over a set of flights: plots with noise, misses and false plots, in order of arrival. */
import type { Random } from '../earth/random.ts';
import { azElRangeToEcef, DEG, type Vec3, WGS84_A } from '../earth/wgs84.ts';
import type { Nation } from '../model/nation.ts';
import type { InfraredPlot, Plot, RadarPlot } from '../model/plot.ts';
import type { SensorSite } from '../model/sensor.ts';
import type { Flight } from './flight.ts';
import { type Sight, type SiteFrame, siteFrame, visible } from './sensing.ts';

export interface ObservedFlight {
  id: string;
  launchUs: number;
  flight: Flight;
}

export interface ObservedPlot {
  plot: Plot;
  /** When it reaches the node of its nation. */
  arrivalUs: number;
  nation: Nation;
  /** The flight it is of; null for a false plot. For scoring only: no tracker may see it. */
  truthId: string | null;
}

export interface Observation {
  sites: readonly SensorSite[];
  flights: readonly ObservedFlight[];
  /** Scans at or after this, and before `toUs`, integer microseconds UTC. */
  fromUs: number;
  toUs: number;
  random: Random;
}

/**
 * All plots of the sites in [fromUs, toUs), sorted by arrival (then plot time, site id, flight id). Each
 * site has its own phase of scan and draws from its own generators, one for each flight and one for its
 * false plots: leaving out a site or a flight changes no plot of the others.
 */
export function observeFlights({ sites, flights, fromUs, toUs, random }: Observation): ObservedPlot[] {
  const found: ObservedPlot[] = [];
  for (const site of sites) {
    const revisitUs = Math.max(1, Math.round(site.revisitS * 1e6));
    const phaseUs = Math.floor(random.fork(`phase ${site.id}`).uniform() * revisitUs);
    const delayUs = Math.round(site.delayS * 1e6);
    const take = (plot: Plot, truthId: string | null) =>
      found.push({ plot, arrivalUs: plot.timeUs + delayUs, nation: site.nation, truthId });
    for (const observed of flights) {
      const endUs = observed.launchUs + observed.flight.flightTimeS * 1e6;
      const draws = random.fork(`flight ${site.id} ${observed.id}`);
      const startUs = firstScan(Math.max(fromUs, observed.launchUs), phaseUs, revisitUs);
      for (let timeUs = startUs; timeUs < toUs && timeUs <= endUs; timeUs += revisitUs) {
        const plot = look(site, observed, timeUs, draws);
        if (plot) take(plot, observed.id);
      }
    }
    if (site.falsePlotsPerScan > 0) {
      const draws = random.fork(`false ${site.id}`);
      for (let timeUs = firstScan(fromUs, phaseUs, revisitUs); timeUs < toUs; timeUs += revisitUs) {
        for (let n = draws.poisson(site.falsePlotsPerScan); n > 0; n--)
          take(falsePlot(site, timeUs, draws), null);
      }
    }
  }
  return found.sort(inOrderOfArrival);
}

/** The first scan at or after `fromUs`: scans stand at fixed times, whatever window is asked for. */
function firstScan(fromUs: number, phaseUs: number, revisitUs: number): number {
  const over = (((fromUs - phaseUs) % revisitUs) + revisitUs) % revisitUs;
  return over === 0 ? fromUs : fromUs + revisitUs - over;
}

function inOrderOfArrival(a: ObservedPlot, b: ObservedPlot): number {
  return (
    a.arrivalUs - b.arrivalUs ||
    a.plot.timeUs - b.plot.timeUs ||
    compare(a.plot.sensor, b.plot.sensor) ||
    compare(a.truthId ?? '', b.truthId ?? '')
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const state = new Float64Array(6);

function look(
  site: SensorSite,
  { launchUs, flight }: ObservedFlight,
  timeUs: number,
  draws: Random,
): Plot | undefined {
  const tS = (timeUs - launchUs) / 1e6;
  const thrusting = flight.thrusting(tS);
  if (site.kind === 'infrared' && !thrusting) return undefined;
  flight.stateAt(tS, state);
  const sight = visible(site, [state[0], state[1], state[2]], thrusting);
  if (!sight.seen) return undefined;
  if (draws.uniform() >= site.detectionProbability) return undefined;
  return site.kind === 'infrared'
    ? infraredPlot(site, timeUs, sight, draws)
    : radarPlot(site, timeUs, sight, draws);
}

type Seen = Extract<Sight, { seen: true }>;

function radarPlot(site: SensorSite, timeUs: number, sight: Seen, draws: Random): RadarPlot {
  const { rangeM = 0, azimuthDeg = 0, elevationDeg = 0, rangeRateMps } = site.sigma;
  const plot: RadarPlot = {
    kind: 'radar',
    sensor: site.id,
    timeUs,
    rangeM: Math.max(1, sight.rangeM + rangeM * draws.normal()),
    azimuthRad: turn(sight.azimuthRad + azimuthDeg * DEG * draws.normal()),
    elevationRad: Math.max(
      -Math.PI / 2,
      Math.min(Math.PI / 2, sight.elevationRad + elevationDeg * DEG * draws.normal()),
    ),
  };
  if (rangeRateMps !== undefined) {
    const [x, y, z] = sight.lineOfSight;
    plot.rangeRateMps = x * state[3] + y * state[4] + z * state[5] + rangeRateMps * draws.normal();
  }
  return plot;
}

function turn(azimuthRad: number): number {
  const full = 2 * Math.PI;
  return ((azimuthRad % full) + full) % full;
}

function infraredPlot(site: SensorSite, timeUs: number, sight: Seen, draws: Random): InfraredPlot {
  const { position } = siteFrame(site);
  const sigma = (site.sigma.angleDeg ?? 0) * DEG;
  return {
    kind: 'infrared',
    sensor: site.id,
    timeUs,
    positionEcefM: position,
    lineOfSightEcef: tilted(sight.lineOfSight, sigma * draws.normal(), sigma * draws.normal()),
  };
}

/** A direction turned by two small angles about axes across it. */
function tilted(u: Vec3, alpha: number, beta: number): Vec3 {
  // Across: u x z, or u x x where u stands close to z.
  const p: Vec3 = Math.abs(u[2]) < 0.9 ? [u[1], -u[0], 0] : [0, u[2], -u[1]];
  const n = Math.hypot(...p);
  const a: Vec3 = [p[0] / n, p[1] / n, p[2] / n];
  const b: Vec3 = [u[1] * a[2] - u[2] * a[1], u[2] * a[0] - u[0] * a[2], u[0] * a[1] - u[1] * a[0]];
  const v: Vec3 = [0, 1, 2].map(
    (i) => u[i] + Math.tan(alpha) * a[i] + Math.tan(beta) * b[i],
  ) as unknown as Vec3;
  const l = Math.hypot(...v);
  return [v[0] / l, v[1] / l, v[2] / l];
}

/** Highest elevation of a false plot: clutter and interference come from low down. */
const FALSE_TOP_DEG = 45;

/**
 * A false plot. Radar: even over the sector in azimuth, over 0 to 45 degrees (or the site's own limits) in
 * elevation and over 5 to 100 % of the range. Infrared: even over the disc of the Earth.
 */
function falsePlot(site: SensorSite, timeUs: number, draws: Random): Plot {
  const frame = siteFrame(site);
  if (site.kind === 'infrared') return falseInfrared(site, frame, timeUs, draws);
  const half = site.sectorHalfWidthDeg ?? 180;
  const low = Math.max(0, site.minElevationDeg ?? 0);
  const high = Math.max(low, Math.min(FALSE_TOP_DEG, site.maxElevationDeg ?? 90));
  const plot: RadarPlot = {
    kind: 'radar',
    sensor: site.id,
    timeUs,
    rangeM: (site.maxRangeKm ?? 1000) * 1000 * (0.05 + 0.95 * draws.uniform()),
    azimuthRad: turn(((site.boresightDeg ?? 0) + half * (2 * draws.uniform() - 1)) * DEG),
    elevationRad: (low + (high - low) * draws.uniform()) * DEG,
  };
  if (site.sigma.rangeRateMps !== undefined) plot.rangeRateMps = 3000 * (2 * draws.uniform() - 1);
  return plot;
}

function falseInfrared(site: SensorSite, frame: SiteFrame, timeUs: number, draws: Random): InfraredPlot {
  // Even in solid angle within the cone that the Earth fills, about the direction straight down.
  const distance = Math.hypot(...frame.position);
  const cosLimb = Math.sqrt(1 - (WGS84_A / distance) ** 2);
  const offNadir = Math.acos(1 - draws.uniform() * (1 - cosLimb));
  const p = azElRangeToEcef(
    frame.enu,
    frame.position,
    2 * Math.PI * draws.uniform(),
    offNadir - Math.PI / 2,
    1000,
  );
  const u = [0, 1, 2].map((i) => (p[i] - frame.position[i]) / 1000);
  return {
    kind: 'infrared',
    sensor: site.id,
    timeUs,
    positionEcefM: frame.position,
    lineOfSightEcef: [u[0], u[1], u[2]],
  };
}
