/** Views for the page of what only the exercise knows whole: sites with their coverage, agreements with their state. */
import { type Agreement, releases } from '../exchange/index.ts';
import type { SensorSite } from '../model/sensor.ts';
import { agreementViews } from '../node/agreements.ts';
import type { ExerciseHello, SiteView } from '../node/wire.ts';
import { coverageAtHeight } from '../world/index.ts';
import { siteNote } from './notes.ts';

/** Heights at which a radar's coverage is drawn, km: late boost, and flight in space. */
const COVERAGE_HEIGHTS_KM = [50, 300];

export function siteView(site: SensorSite): SiteView {
  const notional = Object.entries(site.basis)
    .filter(([, b]) => b.basis !== 'source')
    .map(([group, b]) => ({ group, basis: b.basis, note: siteNote(b.note) }));
  return {
    id: site.id,
    name: site.name,
    nation: site.nation,
    kind: site.kind,
    type: site.type,
    latitudeDeg: site.latitudeDeg,
    longitudeDeg: site.longitudeDeg,
    heightM: site.heightM,
    ...(site.boresightDeg === undefined ? {} : { boresightDeg: site.boresightDeg }),
    ...(site.sectorHalfWidthDeg === undefined ? {} : { sectorHalfWidthDeg: site.sectorHalfWidthDeg }),
    ...(site.maxRangeKm === undefined ? {} : { maxRangeKm: site.maxRangeKm }),
    // Of a satellite at its stated place: the edge of the disc in which it sees a flame that has broken the clouds.
    coverage: (site.kind === 'radar' ? COVERAGE_HEIGHTS_KM : [site.cloudBreakKm ?? 0]).map((heightKm) => ({
      heightKm,
      ring: coverageAtHeight(site, heightKm * 1000),
    })),
    notional,
  };
}

/** The agreements as the exercise begins; how they stand while it runs, each nation's picture tells. */
export function agreementsAtStart(
  agreements: readonly Agreement[],
  asOfUs: number,
): ExerciseHello['agreements'] {
  return agreementViews(agreements.filter(releases), asOfUs).map(({ id, title, state, route }) => ({
    id,
    title,
    state,
    route,
  }));
}
