/** Plots: one report of one sensor. The recorded form has degrees and ISO time; inside, radians and microseconds. */
import { type Static, Type } from 'typebox';
import { isoToUs, usToIso } from '../earth/time.ts';
import { DEG } from '../earth/wgs84.ts';
import { BeaconfireError, type ErrorPlace } from './errors.ts';
import { check, conforms, mismatch, parseJsonText, show } from './schema.ts';

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

/** A recorded plot, or why this one cannot be used though it has the form of one. */
export type ReadPlot = { plot: Plot } | { refused: 'notFinite' | 'impossible'; detail: string };

/** What some writers put where JSON has no word: a number that is none. */
const NO_NUMBER = /(?<=[:,[]\s*)(?:-?Infinity|NaN)(?=\s*[,}\]])/g;

/**
 * One line of recorded plots. A value that no plot can have (a range below nothing, NaN or null for a number) refuses that
 * plot alone; what has not the form of a plot is an error of the file: BF_SYNTAX, BF_FIELD.
 */
export function readPlot(text: string, place: ErrorPlace = {}): ReadPlot {
  let value: unknown;
  try {
    value = parseJsonText(text, place);
  } catch (error) {
    const mended = text.replace(NO_NUMBER, 'null');
    if (mended === text) throw error;
    value = parseJsonText(mended, place);
  }
  if (conforms(RecordedPlot, value)) {
    if ('lineOfSightEcef' in value && !(Math.hypot(...value.lineOfSightEcef) > 0))
      return { refused: 'impossible', detail: 'lineOfSightEcef: expected a direction, found [0,0,0]' };
    return { plot: plotFromRecord(value, place) };
  }
  // What it lacks is told of the kind that it seems to be.
  const kind =
    typeof value === 'object' && value !== null && 'lineOfSightEcef' in value
      ? RecordedInfraredPlot
      : RecordedRadarPlot;
  const sound = withSoundNumbers(value);
  if (!conforms(kind, sound)) check(kind, value, place);
  // Sound in all but its numbers: it is a plot, and its time is checked as any plot's.
  plotFromRecord(sound as RecordedPlot, place);
  const fields = Object.entries(value as Record<string, unknown>);
  const notFinite = fields.find(([, v]) =>
    [v].flat().some((n) => n === null || n === Infinity || n === -Infinity),
  );
  if (notFinite)
    return {
      refused: 'notFinite',
      detail: `${notFinite[0]}: expected a number, found ${show(notFinite[1])}`,
    };
  const m = mismatch(kind, value)!;
  return { refused: 'impossible', detail: `${m.field}: expected ${m.expected}, found ${m.found}` };
}

/** The value with each number, or null in the place of one, made one that a plot can have. */
function withSoundNumbers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const sound = (v: unknown) => (v === null || typeof v === 'number' ? 1 : v);
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k, Array.isArray(v) ? v.map(sound) : sound(v)]),
  );
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
