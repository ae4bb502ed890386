/** What both a nation's picture and its exercise tell: sites, and when a nation knew what. Part of the interface (wire.ts). */
import { type Static, Type } from 'typebox';
import { Nation, Trilingual } from '../model/nation.ts';

const Time = Type.Integer();
const MaybeTime = Type.Union([Time, Type.Null()]);
const strict = { additionalProperties: false } as const;

export const SiteView = Type.Object(
  {
    id: Type.String(),
    name: Trilingual,
    nation: Nation,
    kind: Type.Union([Type.Literal('radar'), Type.Literal('infrared')]),
    type: Type.String(),
    latitudeDeg: Type.Number(),
    longitudeDeg: Type.Number(),
    heightM: Type.Number(),
    boresightDeg: Type.Optional(Type.Number()),
    sectorHalfWidthDeg: Type.Optional(Type.Number()),
    maxRangeKm: Type.Optional(Type.Number()),
    /** Where a target at the given height is seen: a closed ring of [lon, lat]. */
    coverage: Type.Array(
      Type.Object(
        { heightKm: Type.Number(), ring: Type.Array(Type.Tuple([Type.Number(), Type.Number()])) },
        strict,
      ),
    ),
    /** Value groups that are notional or assumed (position, sector, range, sigma, timing), with the reasoning. */
    notional: Type.Array(
      Type.Object({ group: Type.String(), basis: Type.String(), note: Trilingual }, strict),
    ),
  },
  strict,
);
export type SiteView = Static<typeof SiteView>;

/** When a nation knew what. Null: not yet, or never. */
export const Milestones = Type.Object(
  {
    firstPlotUs: MaybeTime,
    /** First information of a partner's. */
    firstPartnerUs: MaybeTime,
    firstTrackUs: MaybeTime,
    launchDeclaredUs: MaybeTime,
    impactEstimateUs: MaybeTime,
    publicWarningUs: MaybeTime,
  },
  strict,
);
export type Milestones = Static<typeof Milestones>;
