/** Scans of all sites over a set of flights: plots with noise, misses and false plots, in order of arrival. */
import { eastAndSouthAcross } from '../earth/across.ts';
import type { Random } from '../earth/random.ts';
import { azElRangeToEcef, DEG, type Vec3, WGS84_A } from '../earth/wgs84.ts';
import type { Nation } from '../model/nation.ts';
import type { InfraredPlot, Plot, RadarPlot } from '../model/plot.ts';
import { type SensorSite, sigmaFactor } from '../model/sensor.ts';
import { detect } from './detection.ts';
import type { Flight } from './flight.ts';
import { platform } from './platform.ts';
import { type Sight, type SiteFrame, visible } from './sensing.ts';

/** What sensors need to know of something that flies. */
export type Target = Pick<Flight, 'stateAt' | 'thrusting' | 'flightTimeS'>;

export interface ObservedFlight {
  id: string;
  launchUs: number;
  flight: Target;
}

export interface ObservedPlot {
  plot: Plot;
  /** When it reaches the node of its nation. */
  arrivalUs: number;
  nation: Nation;
  /** The flight it is of; null for a false plot. For scoring only: no tracker may see it. */
  truthId: string | null;
}

/** A sensor that reports nothing for a while; integer microseconds UTC. */
export interface Outage {
  sensor: string;
  fromUs: number;
  toUs: number;
}

export interface Observation {
  sites: readonly SensorSite[];
  flights: readonly ObservedFlight[];
  /** Scans at or after this, and before `toUs`, integer microseconds UTC. */
  fromUs: number;
  toUs: number;
  /** When moving sensors stand at their stated place; `fromUs` if left out. */
  epochUs?: number;
  outages?: readonly Outage[];
  random: Random;
}

/** The constant error of a sensor in one run: radar range m, azimuth and elevation rad; two angles across a line of sight, rad. */
export interface SensorBias {
  rangeM: number;
  azimuthRad: number;
  elevationRad: number;
  acrossRad: readonly [number, number];
}

/** A site as it is in one run. */
interface Station {
  site: SensorSite;
  frameAt(timeUs: number): SiteFrame;
  bias: SensorBias;
  /** Error of a moving radar's knowledge of its own place, ECEF m. */
  place: Vec3;
}

/** The constant error that a site has in a run of this generator: what is given, and what is drawn beside it. */
export function sensorBias(site: SensorSite, random: Random): SensorBias {
  const { bias = {}, biasSigma: sigma = {} } = site;
  const draws = random.fork(`bias ${site.id}`);
  const of = (given = 0, deviation = 0) => given + deviation * draws.normal();
  const rangeM = of(bias.rangeM, sigma.rangeM);
  const azimuthRad = of(bias.azimuthDeg, sigma.azimuthDeg) * DEG;
  const elevationRad = of(bias.elevationDeg, sigma.elevationDeg) * DEG;
  const across = [of(bias.angleDeg, sigma.angleDeg) * DEG, of(bias.angleDeg, sigma.angleDeg) * DEG] as const;
  return { rangeM, azimuthRad, elevationRad, acrossRad: across };
}

function stationOf(site: SensorSite, epochUs: number, random: Random): Station {
  const draws = random.fork(`place ${site.id}`);
  const sigma = site.motion?.positionSigmaM ?? 0;
  return {
    site,
    frameAt: platform(site, epochUs),
    bias: sensorBias(site, random),
    place: [sigma * draws.normal(), sigma * draws.normal(), sigma * draws.normal()],
  };
}

/** A vehicle that has been missed so often in a row is searched for again. */
const LOST_AFTER = 5;

/**
 * All plots of the sites in [fromUs, toUs), sorted by arrival (then plot time, site id, flight id). Each
 * site has its own phase of scan and draws from its own generators, one for each flight and one for its
 * false plots: leaving out a site or a flight changes no plot of the others.
 */
export function observeFlights(o: Observation): ObservedPlot[] {
  const { sites, flights, fromUs, toUs, epochUs = fromUs, outages = [], random } = o;
  const found: ObservedPlot[] = [];
  for (const site of sites) {
    const station = stationOf(site, epochUs, random);
    const revisitUs = Math.max(1, Math.round(site.revisitS * 1e6));
    const phaseUs = Math.floor(random.fork(`phase ${site.id}`).uniform() * revisitUs);
    const delayUs = Math.round(site.delayS * 1e6);
    const silent = outages.filter((out) => out.sensor === site.id);
    const take = (plot: Plot, truthId: string | null, lateness: Random | undefined) => {
      const arrivalUs = plot.timeUs + delayUs + lateUs(site, lateness);
      if (silent.some((out) => plot.timeUs >= out.fromUs && plot.timeUs < out.toUs)) return;
      found.push({ plot, arrivalUs, nation: site.nation, truthId });
    };
    // How many scans a search takes where a track takes one.
    const searchScans = Math.max(1, Math.round((site.searchRevisitS ?? site.revisitS) / site.revisitS));
    for (const observed of flights) {
      const endUs = observed.launchUs + observed.flight.flightTimeS * 1e6;
      const draws = random.fork(`flight ${site.id} ${observed.id}`);
      const lateness = site.late && random.fork(`late ${site.id} ${observed.id}`);
      const startUs = firstScan(Math.max(fromUs, observed.launchUs), phaseUs, revisitUs);
      let missed = LOST_AFTER;
      for (let timeUs = startUs; timeUs < toUs && timeUs <= endUs; timeUs += revisitUs) {
        const scan = Math.round((timeUs - phaseUs) / revisitUs);
        if (missed >= LOST_AFTER && scan % searchScans !== 0) continue;
        const plot = look(station, observed, timeUs, draws);
        missed = plot ? 0 : missed + 1;
        if (plot) take(plot, observed.id, lateness);
      }
    }
    if (site.falsePlotsPerScan > 0) {
      const draws = random.fork(`false ${site.id}`);
      const lateness = site.late && random.fork(`late ${site.id}`);
      for (let timeUs = firstScan(fromUs, phaseUs, revisitUs); timeUs < toUs; timeUs += revisitUs) {
        for (let n = draws.poisson(site.falsePlotsPerScan); n > 0; n--)
          take(falsePlot(station, timeUs, draws), null, lateness);
      }
    }
  }
  return found.sort(inOrderOfArrival);
}

/** How much later than its site's usual delay a plot comes, us. */
function lateUs(site: SensorSite, draws: Random | undefined): number {
  if (!site.late || !draws) return 0;
  const { probability, minS, maxS } = site.late;
  const late = draws.uniform() < probability;
  const part = draws.uniform();
  return late ? Math.round((minS + (maxS - minS) * part) * 1e6) : 0;
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
  station: Station,
  { launchUs, flight }: ObservedFlight,
  timeUs: number,
  draws: Random,
): Plot | undefined {
  const { site } = station;
  const tS = (timeUs - launchUs) / 1e6;
  const thrusting = flight.thrusting(tS);
  if (site.kind === 'infrared' && !thrusting) return undefined;
  flight.stateAt(tS, state);
  const sight = visible(site, [state[0], state[1], state[2]], thrusting, station.frameAt(timeUs));
  if (!sight.seen) return undefined;
  if (site.rangeEquation) {
    const snrDb = detect(site.rangeEquation, sight.rangeM, draws);
    return snrDb === undefined ? undefined : radarPlot(station, timeUs, sight, draws, snrDb);
  }
  if (draws.uniform() >= site.detectionProbability) return undefined;
  return site.kind === 'infrared'
    ? infraredPlot(station, timeUs, sight, draws)
    : radarPlot(station, timeUs, sight, draws);
}

type Seen = Extract<Sight, { seen: true }>;

function radarPlot(
  { site, bias, place, frameAt }: Station,
  timeUs: number,
  sight: Seen,
  draws: Random,
  snrDb?: number,
): RadarPlot {
  const { rangeM = 0, azimuthDeg = 0, elevationDeg = 0, rangeRateMps } = site.sigma;
  const factor = snrDb === undefined ? 1 : sigmaFactor(snrDb);
  const plot: RadarPlot = {
    kind: 'radar',
    sensor: site.id,
    timeUs,
    rangeM: Math.max(1, sight.rangeM + bias.rangeM + factor * rangeM * draws.normal()),
    azimuthRad: turn(sight.azimuthRad + bias.azimuthRad + factor * azimuthDeg * DEG * draws.normal()),
    elevationRad: Math.max(
      -Math.PI / 2,
      Math.min(
        Math.PI / 2,
        sight.elevationRad + bias.elevationRad + factor * elevationDeg * DEG * draws.normal(),
      ),
    ),
  };
  if (rangeRateMps !== undefined) {
    const [x, y, z] = sight.lineOfSight;
    // A ship's own speed is known to its radar, and taken out.
    plot.rangeRateMps = x * state[3] + y * state[4] + z * state[5] + factor * rangeRateMps * draws.normal();
  }
  if (snrDb !== undefined) plot.snrDb = snrDb;
  if (site.motion) plot.positionEcefM = believed(frameAt(timeUs), place);
  return plot;
}

/** Where a moving radar believes to be. */
function believed({ position }: SiteFrame, place: Vec3): Vec3 {
  return [position[0] + place[0], position[1] + place[1], position[2] + place[2]];
}

function turn(azimuthRad: number): number {
  const full = 2 * Math.PI;
  return ((azimuthRad % full) + full) % full;
}

function infraredPlot(station: Station, timeUs: number, sight: Seen, draws: Random): InfraredPlot {
  const { site, bias } = station;
  const sigma = (site.sigma.angleDeg ?? 0) * DEG;
  const [alpha, beta] = bias.acrossRad;
  return {
    kind: 'infrared',
    sensor: site.id,
    timeUs,
    positionEcefM: station.frameAt(timeUs).position,
    lineOfSightEcef: tilted(sight.lineOfSight, alpha + sigma * draws.normal(), beta + sigma * draws.normal()),
  };
}

const across = [0, 0, 0, 0, 0, 0];

/** A direction turned by two small angles, east and south across it. */
function tilted(u: Vec3, alpha: number, beta: number): Vec3 {
  eastAndSouthAcross(u, across);
  const v: Vec3 = [0, 1, 2].map(
    (i) => u[i] + Math.tan(alpha) * across[i] + Math.tan(beta) * across[3 + i],
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
function falsePlot({ site, place, frameAt }: Station, timeUs: number, draws: Random): Plot {
  const frame = frameAt(timeUs);
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
  if (site.rangeEquation) {
    // Noise over the threshold: exponential in power beyond it.
    const power = -Math.log(site.rangeEquation.falseAlarmProbability) - Math.log(1 - draws.uniform());
    plot.snrDb = 10 * Math.log10(power);
  }
  if (site.motion) plot.positionEcefM = believed(frame, place);
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
