/** Plots: one report of one sensor. The recorded form has degrees and ISO time; inside, radians and microseconds. */
import { type Static, Type } from 'typebox';
import { isoToUs, usToIso } from '../earth/time.ts';
import { DEG } from '../earth/wgs84.ts';
import { BeaconfireError, type ErrorPlace } from './errors.ts';

const Vector = Type.Tuple([Type.Number(), Type.Number(), Type.Number()]);

export const RecordedRadarPlot = Type.Object(
  {
    sensor: Type.String(),
    time: Type.String(),
    rangeM: Type.Number({ exclusiveMinimum: 0, maximum: 1e8 }),
    azimuthDeg: Type.Number({ minimum: -360, maximum: 360 }),
    elevationDeg: Type.Number({ minimum: -90, maximum: 90 }),
    rangeRateMps: Type.Optional(Type.Number({ minimum: -20000, maximum: 20000 })),
    positionEcefM: Type.Optional(Vector),
    snrDb: Type.Optional(Type.Number({ minimum: -50, maximum: 200 })),
  },
  { additionalProperties: false },
);
export const RecordedInfraredPlot = Type.Object(
  { sensor: Type.String(), time: Type.String(), positionEcefM: Vector, lineOfSightEcef: Vector },
  { additionalProperties: false },
);
export const RecordedPlot = Type.Union([RecordedRadarPlot, RecordedInfraredPlot]);
export type RecordedPlot = Static<typeof RecordedPlot>;

export interface RadarPlot {
  kind: 'radar';
  sensor: string;
  timeUs: number;
  rangeM: number;
  azimuthRad: number;
  elevationRad: number;
  rangeRateMps?: number;
  /** Of a moving radar, where it was. */
  positionEcefM?: readonly [number, number, number];
  /** Signal-to-noise ratio that it was detected with: below 20 dB its errors are larger than the sensor's stated ones, by {@link sigmaFactor}. */
  snrDb?: number;
}

export interface InfraredPlot {
  kind: 'infrared';
  sensor: string;
  timeUs: number;
  /** Where the satellite was, m. */
  positionEcefM: readonly [number, number, number];
  /** Unit vector from the satellite towards what it saw. */
  lineOfSightEcef: readonly [number, number, number];
}

export type Plot = RadarPlot | InfraredPlot;

export function plotFromRecord(record: RecordedPlot, place: ErrorPlace = {}): Plot {
  const timeUs = isoToUs(record.time);
  if (timeUs === undefined) {
    throw new BeaconfireError('BF_FIELD', `expected an ISO 8601 time, found ${JSON.stringify(record.time)}`, {
      ...place,
      field: 'time',
    });
  }
  if ('lineOfSightEcef' in record) {
    const [x, y, z] = record.lineOfSightEcef;
    const n = Math.hypot(x, y, z);
    if (!(n > 0)) {
      throw new BeaconfireError('BF_FIELD', 'expected a direction, found [0,0,0]', {
        ...place,
        field: 'lineOfSightEcef',
      });
    }
    return {
      kind: 'infrared',
      sensor: record.sensor,
      timeUs,
      positionEcefM: record.positionEcefM,
      lineOfSightEcef: [x / n, y / n, z / n],
    };
  }
  const plot: RadarPlot = {
    kind: 'radar',
    sensor: record.sensor,
    timeUs,
    rangeM: record.rangeM,
    azimuthRad: record.azimuthDeg * DEG,
    elevationRad: record.elevationDeg * DEG,
  };
  if (record.rangeRateMps !== undefined) plot.rangeRateMps = record.rangeRateMps;
  if (record.positionEcefM !== undefined) plot.positionEcefM = record.positionEcefM;
  if (record.snrDb !== undefined) plot.snrDb = record.snrDb;
  return plot;
}

export function plotToRecord(plot: Plot): RecordedPlot {
  const time = usToIso(plot.timeUs);
  if (plot.kind === 'infrared') {
    return {
      sensor: plot.sensor,
      time,
      positionEcefM: [...plot.positionEcefM],
      lineOfSightEcef: [...plot.lineOfSightEcef],
    };
  }
  return {
    sensor: plot.sensor,
    time,
    rangeM: plot.rangeM,
    azimuthDeg: plot.azimuthRad / DEG,
    elevationDeg: plot.elevationRad / DEG,
    ...(plot.rangeRateMps === undefined ? {} : { rangeRateMps: plot.rangeRateMps }),
    ...(plot.positionEcefM === undefined
      ? {}
      : { positionEcefM: [...plot.positionEcefM] as [number, number, number] }),
    ...(plot.snrDb === undefined ? {} : { snrDb: plot.snrDb }),
  };
}
