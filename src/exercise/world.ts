/** The simulated part of a run, made once and used by every restart: flights, sites and what the sites see. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../earth/random.ts';
import { isoToUs } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Nation } from '../model/nation.ts';
import type { SensorSite } from '../model/sensor.ts';
import {
  airTraffic,
  type Flight,
  flyLaunch,
  loadSites,
  type ObservedFlight,
  type ObservedPlot,
  observeFlights,
  platform,
  visible,
} from '../world/index.ts';
import { type LaunchSpec, PROJECT_ROOT, readText, type Scenario } from './scenario.ts';

export interface TruthFlight extends ObservedFlight {
  flight: Flight;
  spec: LaunchSpec;
  impactUs: number;
}

export interface SimulatedWorld {
  startUs: number;
  /** When the last consequence of the flights has had time to happen: messages that end warnings among them. */
  endUs: number;
  sites: SensorSite[];
  /** The vehicle of each launch. */
  flights: TruthFlight[];
  /** What parted from them: spent stages, pieces. */
  bodies: TruthFlight[];
  plots: ObservedPlot[];
}

/** After the last impact the run goes on for this long, s: closing messages, late items. */
const AFTERMATH_S = 240;

export function makeWorld(scenario: Scenario, seed: number): SimulatedWorld {
  const startUs = isoToUs(scenario.start)!;
  const sites = scenario.sites.flatMap((name) => {
    const path = join(PROJECT_ROOT, 'sites', `${name}.yaml`);
    if (!existsSync(path)) {
      throw new BeaconfireError(
        'BF_FIELD',
        `expected the name of a file in sites/, found ${JSON.stringify(name)}`,
        { field: 'sites' },
      );
    }
    return loadSites(readText(path), `sites/${name}.yaml`, scenario.sensing);
  });
  const random = seededRandom(seed);
  const flights: TruthFlight[] = [];
  const bodies: TruthFlight[] = [];
  for (const spec of scenario.launches) {
    const { flight, bodies: parted } = flyLaunch(spec, random.fork(`launch ${spec.id}`));
    const of = (id: string, launchUs: number, body: Flight): TruthFlight => ({
      id,
      launchUs,
      flight: body,
      spec,
      impactUs: launchUs + Math.round(body.flightTimeS * 1e6),
    });
    const launchUs = isoToUs(spec.launchTime)!;
    flights.push(of(spec.id, launchUs, flight));
    for (const b of parted)
      bodies.push(of(`${spec.id}-${b.suffix}`, launchUs + Math.round(b.fromS * 1e6), b.flight));
  }
  const all = [...flights, ...bodies];
  const endUs = Math.max(...all.map((f) => f.impactUs)) + AFTERMATH_S * 1e6;
  const firstUs = Math.min(...flights.map((f) => f.launchUs));
  const lastS = (endUs - firstUs) / 1e6;
  for (const name of ['events', 'recalls'] as const)
    scenario[name]?.forEach(({ atS }, i) => {
      if (atS <= lastS) return;
      throw new BeaconfireError(
        'BF_FIELD',
        `expected a time before the end, ${Math.floor(lastS)} s after the first launch, found ${atS}`,
        { field: `${name}[${i}].atS` },
      );
    });
  const traffic = scenario.airTraffic
    ? airTraffic({ ...scenario.airTraffic, fromUs: startUs, toUs: endUs, random: random.fork('air') })
    : [];
  const outages = (scenario.outages ?? []).map(({ sensor, fromS, toS }, i) => {
    if (!sites.some((s) => s.id === sensor)) {
      throw new BeaconfireError('BF_FIELD', `expected the id of a site, found ${JSON.stringify(sensor)}`, {
        field: `outages[${i}].sensor`,
      });
    }
    return { sensor, fromUs: firstUs + Math.round(fromS * 1e6), toUs: firstUs + Math.round(toS * 1e6) };
  });
  const plots = observeFlights({
    sites,
    flights: [...all, ...traffic],
    fromUs: startUs,
    toUs: endUs,
    outages,
    random: random.fork('sensors'),
  });
  return { startUs, endUs, sites, flights, bodies, plots };
}

/**
 * When an own sensor of a nation could have seen a flight at the earliest, by geometry alone (no missed
 * detection, no wait for the scan): s after launch, to a tenth; null if never.
 */
export function firstSightS(world: SimulatedWorld, nation: Nation, flight: TruthFlight): number | null {
  const own = world.sites
    .filter((s) => s.nation === nation)
    .map((site) => ({ site, frameAt: platform(site, world.startUs) }));
  const state = new Float64Array(6);
  for (let t = 0; t <= flight.flight.flightTimeS; t += 0.1) {
    flight.flight.stateAt(t, state);
    const at = [state[0], state[1], state[2]] as const;
    const timeUs = flight.launchUs + Math.round(t * 1e6);
    const thrusting = flight.flight.thrusting(t);
    if (own.some(({ site, frameAt }) => visible(site, at, thrusting, frameAt(timeUs)).seen))
      return Math.round(t * 10) / 10;
  }
  return null;
}
