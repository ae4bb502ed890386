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

/**
 * The time constant over which a sensor's lasting errors change, hours: after it about a third is left of what they were
 * (they wander within `biasSigma`). The tracker takes 24 where it is left out, which is an assumption.
 */
const BiasHours = positive(1e6);

/** A radar; one that leaves out its position is moving and its plots carry it. */
export const RadarSensor = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 64 }),
    kind: Type.Literal('radar'),
    latitudeDeg: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
    longitudeDeg: Type.Optional(Type.Number({ minimum: -180, maximum: 360 })),
    heightM: Type.Optional(Type.Number({ minimum: -500, maximum: 20000 })),
    sigma: RadarSigma,
    /**
     * Standard deviations of its lasting errors, of mounting and clock, if they are to be estimated and considered. Of a moving
     * radar also that of what it says of its own place, on each of three axes.
     */
    biasSigma: Type.Optional(
      Type.Object(
        {
          rangeM: positive(1e5),
          azimuthDeg: positive(30),
          elevationDeg: positive(30),
          positionM: Type.Optional(positive(1e4)),
        },
        { additionalProperties: false },
      ),
    ),
    biasHours: Type.Optional(BiasHours),
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
    /** Standard deviation of its constant error, on each of the two axes (east and south across the line of sight). */
    biasSigma: Type.Optional(Type.Object({ angleDeg: positive(30) }, { additionalProperties: false })),
    biasHours: Type.Optional(BiasHours),
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

/** Errors of a sensor that stay the same over a run: of its mounting and its clock, or of a satellite's attitude. */
const Bias = Type.Object(
  {
    rangeM: Type.Optional(Type.Number({ minimum: -1e5, maximum: 1e5 })),
    azimuthDeg: Type.Optional(Type.Number({ minimum: -30, maximum: 30 })),
    elevationDeg: Type.Optional(Type.Number({ minimum: -30, maximum: 30 })),
    /** Infrared: on each of the two axes across the line of sight. */
    angleDeg: Type.Optional(Type.Number({ minimum: -30, maximum: 30 })),
  },
  { additionalProperties: false },
);

/** A signal-to-noise ratio, dB, at which (and above which) a radar's stated sigma holds. */
const SIGMA_SNR_DB = 20;

/**
 * Factor on a radar's stated standard deviations for a plot of this signal-to-noise ratio, dB: 1 at 20 dB and above, 10 at 0 dB
 * and below (no detection is weaker). Errors go as 1 / sqrt(SNR): Skolnik, Introduction to Radar Systems, 3rd ed., section 6.3.
 */
export function sigmaFactor(snrDb: number): number {
  return snrDb < SIGMA_SNR_DB ? 10 ** ((SIGMA_SNR_DB - Math.max(0, snrDb)) / 20) : 1;
}

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
    /**
     * Radar: how surely it detects, by the range equation, in place of the constant probability: the mean signal-to-noise
     * ratio of the simulated vehicles at a range, and the probability of a false alarm in one resolution cell.
     */
    rangeEquation: Type.Optional(
      Type.Object(
        {
          rangeKm: positive(1e5),
          snrDb: Type.Number({ minimum: -20, maximum: 60 }),
          falseAlarmProbability: Type.Number({ exclusiveMinimum: 0, maximum: 0.1 }),
        },
        { additionalProperties: false },
      ),
    ),
    /** Radar: it looks this seldom until it has detected the vehicle, and again after it has lost it; `revisitS` then is that of its track. */
    searchRevisitS: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 600 })),
    /** Standard deviations of a constant error that is drawn for each run. */
    biasSigma: Type.Optional(Bias),
    /** A constant error that is given, beside one that is drawn. */
    bias: Type.Optional(Bias),
    /** A moving radar: position above is that at the start of the scenario; one standard deviation of its knowledge of its place, on each axis. */
    motion: Type.Optional(
      Type.Object(
        {
          courseDeg: Type.Number({ minimum: 0, maximum: 360 }),
          speedMps: Type.Number({ minimum: 0, maximum: 300 }),
          positionSigmaM: Type.Number({ minimum: 0, maximum: 10000 }),
        },
        { additionalProperties: false },
      ),
    ),
    /**
     * A satellite's notional mean elements at the start of the scenario, its node fixed to the Earth so that the geometry is
     * that of every scenario; in place of the position above. Propagated by SGP4.
     */
    orbit: Type.Optional(
      Type.Object(
        {
          meanMotionRevPerDay: positive(17),
          eccentricity: Type.Number({ minimum: 0, maximum: 0.95 }),
          inclinationDeg: Type.Number({ minimum: 0, maximum: 180 }),
          nodeLongitudeDeg: Type.Number({ minimum: -180, maximum: 180 }),
          perigeeDeg: Type.Number({ minimum: 0, maximum: 360 }),
          meanAnomalyDeg: Type.Number({ minimum: 0, maximum: 360 }),
        },
        { additionalProperties: false },
      ),
    ),
    /** Some plots come later than `delayS`, by an even draw between two times, and so out of order. */
    late: Type.Optional(
      Type.Object(
        {
          probability: Type.Number({ minimum: 0, maximum: 1 }),
          minS: Type.Number({ minimum: 0, maximum: 600 }),
          maxS: Type.Number({ minimum: 0, maximum: 600 }),
        },
        { additionalProperties: false },
      ),
    ),
    basis: Type.Object(
      {
        position: Founded,
        sector: Founded,
        range: Founded,
        sigma: Founded,
        timing: Founded,
        /** Of range equation, search, bias, motion, orbit and late delivery. */
        model: Type.Optional(Founded),
      },
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

/** Time constant of errors that a site keeps through a run, hours. */
const CONSTANT_HOURS = 1e6;

/** The part of a site that a tracker may know: where the radar stands, how exact it is, and how large its constant errors may be. */
export function sensorOfSite(site: SensorSite): Sensor {
  const { biasSigma: drawn } = site;
  if (site.kind === 'infrared') {
    return {
      id: site.id,
      kind: 'infrared',
      sigma: { angleDeg: site.sigma.angleDeg ?? 0.001 },
      ...(drawn?.angleDeg ? { biasSigma: { angleDeg: drawn.angleDeg }, biasHours: CONSTANT_HOURS } : {}),
    };
  }
  const { azimuthDeg = 0.1, elevationDeg = 0.1, rangeRateMps } = site.sigma;
  // Where no bias is stated the error of a moving radar's own place goes into its range: across, its angles are far coarser.
  const place = site.motion?.positionSigmaM ?? 0;
  const stated = drawn?.rangeM && drawn.azimuthDeg && drawn.elevationDeg;
  const biasSigma = stated
    ? {
        rangeM: drawn.rangeM ?? 0,
        azimuthDeg: drawn.azimuthDeg ?? 0,
        elevationDeg: drawn.elevationDeg ?? 0,
        ...(place > 0 && { positionM: place }),
      }
    : undefined;
  const rangeM = Math.hypot(site.sigma.rangeM ?? 50, stated ? 0 : place);
  const { latitudeDeg, longitudeDeg, heightM } = site;
  return {
    id: site.id,
    kind: 'radar',
    ...(site.motion ? {} : { latitudeDeg, longitudeDeg, heightM }),
    sigma:
      rangeRateMps === undefined
        ? { rangeM, azimuthDeg, elevationDeg }
        : { rangeM, azimuthDeg, elevationDeg, rangeRateMps },
    ...(biasSigma && { biasSigma, biasHours: CONSTANT_HOURS }),
  };
}
