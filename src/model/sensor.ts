/**
 * Sensors: the recorded form that the `track` command reads, and the fuller site description of an
 * exercise with what is notional or assumed marked where it stands.
 */
import { type Static, Type } from 'typebox';
import { Nation, Trilingual } from './nation.ts';

const positive = (maximum: number) => Type.Number({ exclusiveMinimum: 0, maximum });

const RadarSigma = Type.Object(
  {
    rangeM: positive(1e5),
    azimuthDeg: positive(30),
    elevationDeg: positive(30),
    rangeRateMps: Type.Optional(positive(1e4)),
  },
  { additionalProperties: false },
);

/** A radar; one that leaves out its position is moving and its plots carry it. */
export const RadarSensor = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 64 }),
    kind: Type.Literal('radar'),
    latitudeDeg: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
    longitudeDeg: Type.Optional(Type.Number({ minimum: -180, maximum: 360 })),
    heightM: Type.Optional(Type.Number({ minimum: -500, maximum: 20000 })),
    sigma: RadarSigma,
  },
  { additionalProperties: false },
);
export type RadarSensor = Static<typeof RadarSensor>;

/** A passive infrared sensor: it sees a direction, no range. `sigma.angleDeg` is one standard deviation on each of two axes. */
export const InfraredSensor = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 64 }),
    kind: Type.Literal('infrared'),
    sigma: Type.Object({ angleDeg: positive(30) }, { additionalProperties: false }),
  },
  { additionalProperties: false },
);
export type InfraredSensor = Static<typeof InfraredSensor>;

export const Sensor = Type.Union([RadarSensor, InfraredSensor]);
export type Sensor = Static<typeof Sensor>;
export const SensorFile = Type.Array(Sensor);

/** How well a value is founded: read in a stored public page, recalled, invented, or our own engineering value. */
export const Basis = Type.Union([
  Type.Literal('source'),
  Type.Literal('memory'),
  Type.Literal('notional'),
  Type.Literal('assumption'),
]);
export type Basis = Static<typeof Basis>;

/** The basis of each group of a site's values, with the source or the reasoning in words. */
const Founded = Type.Object({ basis: Basis, note: Type.String() }, { additionalProperties: false });

/** A sensor of an exercise: `sites/*.yaml`. The tracker sees only its {@link Sensor} part. */
export const SensorSite = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 64 }),
    name: Trilingual,
    nation: Nation,
    kind: Type.Union([Type.Literal('radar'), Type.Literal('infrared')]),
    /** Public type designation. */
    type: Type.String(),
    latitudeDeg: Type.Number({ minimum: -90, maximum: 90 }),
    longitudeDeg: Type.Number({ minimum: -180, maximum: 180 }),
    heightM: Type.Number({ minimum: -500, maximum: 5e7 }),
    /** Radar: centre of its sector, degrees from north; left out for all round. */
    boresightDeg: Type.Optional(Type.Number({ minimum: 0, maximum: 360 })),
    sectorHalfWidthDeg: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 180 })),
    minElevationDeg: Type.Optional(Type.Number({ minimum: -10, maximum: 90 })),
    maxElevationDeg: Type.Optional(Type.Number({ minimum: -10, maximum: 90 })),
    maxRangeKm: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 10000 })),
    revisitS: Type.Number({ exclusiveMinimum: 0, maximum: 120 }),
    detectionProbability: Type.Number({ minimum: 0, maximum: 1 }),
    /** Mean number of false plots in a scan of the whole sector. */
    falsePlotsPerScan: Type.Number({ minimum: 0, maximum: 100 }),
    /** From the plot's time to its arrival in its nation's node. */
    delayS: Type.Number({ minimum: 0, maximum: 600 }),
    /** Infrared: the vehicle is seen above this height only (cloud and thick air). */
    cloudBreakKm: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
    sigma: Type.Object(
      {
        rangeM: Type.Optional(positive(1e5)),
        azimuthDeg: Type.Optional(positive(30)),
        elevationDeg: Type.Optional(positive(30)),
        rangeRateMps: Type.Optional(positive(1e4)),
        angleDeg: Type.Optional(positive(30)),
      },
      { additionalProperties: false },
    ),
    basis: Type.Object(
      { position: Founded, sector: Founded, range: Founded, sigma: Founded, timing: Founded },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type SensorSite = Static<typeof SensorSite>;

export const SensorSiteFile = Type.Object(
  { note: Type.String(), sites: Type.Array(SensorSite, { minItems: 1 }) },
  { additionalProperties: false },
);

/** The part of a site that a tracker may know: where the radar stands and how exact it is. */
export function sensorOfSite(site: SensorSite): Sensor {
  if (site.kind === 'infrared') {
    return { id: site.id, kind: 'infrared', sigma: { angleDeg: site.sigma.angleDeg ?? 0.001 } };
  }
  const { rangeM = 50, azimuthDeg = 0.1, elevationDeg = 0.1, rangeRateMps } = site.sigma;
  return {
    id: site.id,
    kind: 'radar',
    latitudeDeg: site.latitudeDeg,
    longitudeDeg: site.longitudeDeg,
    heightM: site.heightM,
    sigma:
      rangeRateMps === undefined
        ? { rangeM, azimuthDeg, elevationDeg }
        : { rangeM, azimuthDeg, elevationDeg, rangeRateMps },
  };
}
