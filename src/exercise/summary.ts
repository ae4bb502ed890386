/** What a run came to, as `summary.json` and as a table that a person reads. Times in seconds after launch. */
import type { Nation } from '../model/nation.ts';

export interface NationResult {
  /** First plot of the vehicle by an own sensor (time of observation). */
  firstPlotS: number | null;
  /** First information about it from a partner (time of arrival). */
  firstPartnerS: number | null;
  firstTrackS: number | null;
  launchDeclaredS: number | null;
  impactEstimateS: number | null;
  /** When it was found not to be ballistic, and any impact told before withdrawn. */
  notBallisticS: number | null;
  publicWarningS: number | null;
  /** From the first public warning to the first impact on, or passage over, an area of this nation. */
  leadTimeS: number | null;
  /** Of the last estimate made, against the truth. */
  impactErrorKm: number | null;
  insideEllipse95: boolean | null;
  /** Whose data the nation's picture of this launch rests on. */
  source: 'own' | 'partner' | 'both' | null;
  /** When an own sensor could have seen it at the earliest, by geometry alone. */
  ownSightS: number | null;
  /** How much earlier than that the nation knew of the launch: what its partners gave it. */
  aheadOfOwnSightS: number | null;
}

export interface LaunchResult {
  id: string;
  truth: {
    launchTime: string;
    launchPoint: { latitudeDeg: number; longitudeDeg: number };
    /** Null of what reaches orbit. */
    impactTime: string | null;
    impactPoint: { latitudeDeg: number; longitudeDeg: number } | null;
    apogeeKm: number;
  };
  nations: Record<Nation, NationResult>;
}

/** How the same run would have gone under the scenario's own agreements: what an agreement is worth. */
export interface Comparison {
  asOf: string;
  agreements: string[];
  /** Per launch and nation: this run's time less the other's, s; positive is later. Null where either never came. */
  delays: Record<string, Record<Nation, Record<ComparedField, number | null>>>;
}

export const COMPARED = [
  'firstTrackS',
  'launchDeclaredS',
  'impactEstimateS',
  'publicWarningS',
  'leadTimeS',
] as const satisfies readonly (keyof NationResult)[];
export type ComparedField = (typeof COMPARED)[number];

export interface Summary {
  scenario: string;
  seed: number;
  asOf: string;
  /** Ids of the agreements in force at the start. */
  agreements: string[];
  launches: LaunchResult[];
  exchange: {
    sent: number;
    delivered: number;
    denied: number;
    reduced: number;
    /** From the making of an item to its arrival with the partner; includes the handling delay of its agreement. */
    latencyMs: { p50: number | null; p99: number | null };
  };
  comparison?: Comparison;
}

export function emptyNationResult(): NationResult {
  return {
    firstPlotS: null,
    firstPartnerS: null,
    firstTrackS: null,
    launchDeclaredS: null,
    impactEstimateS: null,
    notBallisticS: null,
    publicWarningS: null,
    leadTimeS: null,
    impactErrorKm: null,
    insideEllipse95: null,
    source: null,
    ownSightS: null,
    aheadOfOwnSightS: null,
  };
}

/** What one run's agreements cost against another's, launch by launch and nation by nation. */
export function compareRuns(run: Summary, other: Summary): Comparison {
  const delays: Comparison['delays'] = {};
  for (const launch of run.launches) {
    const twin = other.launches.find((l) => l.id === launch.id);
    if (!twin) continue;
    const rows = {} as Record<Nation, Record<ComparedField, number | null>>;
    for (const nation of Object.keys(launch.nations) as Nation[]) {
      const fields = {} as Record<ComparedField, number | null>;
      for (const field of COMPARED) {
        const mine = launch.nations[nation][field];
        const theirs = twin.nations[nation][field];
        fields[field] = mine === null || theirs === null ? null : Math.round((mine - theirs) * 1000) / 1000;
      }
      rows[nation] = fields;
    }
    delays[launch.id] = rows;
  }
  return { asOf: other.asOf, agreements: other.agreements, delays };
}

/** Percentile by the nearest rank, of sorted values; null of none. */
export function percentile(sorted: readonly number[], fraction: number): number | null {
  if (sorted.length === 0) return null;
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(fraction * sorted.length) - 1))];
}

export function roundTo(value: number, digits: number): number {
  const f = 10 ** digits;
  return Math.round(value * f) / f;
}
