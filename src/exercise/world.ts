/** The simulated part of a run, made once and used by every restart: flights, sites and what the sites see. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../earth/random.ts';
import { isoToUs } from '../earth/time.ts';
import { BeaconfireError } from '../model/errors.ts';
import type { Nation } from '../model/nation.ts';
import type { SensorSite } from '../model/sensor.ts';
import {
  fitFlight,
  loadSites,
  type ObservedFlight,
  type ObservedPlot,
  observeFlights,
  visible,
} from '../world/index.ts';
import { type LaunchSpec, PROJECT_ROOT, readText, type Scenario } from './scenario.ts';

export interface TruthFlight extends ObservedFlight {
  spec: LaunchSpec;
  impactUs: number;
}

export interface SimulatedWorld {
  startUs: number;
  /** When the last consequence of the flights has had time to happen: messages that end warnings among them. */
  endUs: number;
  sites: SensorSite[];
  flights: TruthFlight[];
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
    return loadSites(readText(path), `sites/${name}.yaml`);
  });
  const flights = scenario.launches.map((spec): TruthFlight => {
    const flight = fitFlight({
      latitudeDeg: spec.latitudeDeg,
      longitudeDeg: spec.longitudeDeg,
      bearingDeg: spec.bearingDeg,
      apogeeKm: spec.apogeeKm,
      rangeKm: spec.rangeKm,
      ...(spec.rangeClass ? { rangeClass: spec.rangeClass } : {}),
    });
    const launchUs = isoToUs(spec.launchTime)!;
    return { id: spec.id, launchUs, flight, spec, impactUs: launchUs + Math.round(flight.flightTimeS * 1e6) };
  });
  const endUs = Math.max(...flights.map((f) => f.impactUs)) + AFTERMATH_S * 1e6;
  const random = seededRandom(seed);
  const plots = observeFlights({
    sites,
    flights,
    fromUs: startUs,
    toUs: endUs,
    random: random.fork('sensors'),
  });
  return { startUs, endUs, sites, flights, plots };
}

/**
 * When an own sensor of a nation could have seen a flight at the earliest, by geometry alone (no missed
 * detection, no wait for the scan): s after launch, to a tenth; null if never.
 */
export function firstSightS(world: SimulatedWorld, nation: Nation, flight: TruthFlight): number | null {
  const own = world.sites.filter((s) => s.nation === nation);
  const state = new Float64Array(6);
  for (let t = 0; t <= flight.flight.flightTimeS; t += 0.1) {
    flight.flight.stateAt(t, state);
    const at = [state[0], state[1], state[2]] as const;
    if (own.some((site) => visible(site, at, flight.flight.thrusting(t)).seen))
      return Math.round(t * 10) / 10;
  }
  return null;
}
