/** What a node's process is configured by, told and says: a file, then one JSON object a line, both ways. */
import { readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { BeaconfireError } from '../model/errors.ts';
import { Level, Threat } from '../model/item.ts';
import { NodeId } from '../model/nation.ts';
import type { Plot } from '../model/plot.ts';
import { parseJson } from '../model/schema.ts';
import { SensorFile } from '../model/sensor.ts';
import type { MischiefSpec } from './process-mischief.ts';

const strict = { additionalProperties: false } as const;

export const ProcessConfig = Type.Object(
  {
    node: NodeId,
    /** A process of simulated data holds exercise keys alone. */
    mode: Type.Literal('exercise'),
    keySeed: Type.Integer(),
    nats: Type.Object(
      {
        server: Type.String(),
        credentialsFile: Type.String(),
        caFile: Type.String(),
        certFile: Type.String(),
        keyFile: Type.String(),
      },
      strict,
    ),
    /** The node's clock says `startUs` when the machine's says `atMs`; `skewUs` is the clock's error. */
    clock: Type.Object(
      { startUs: Type.Integer(), atMs: Type.Number(), speed: Type.Number(), skewUs: Type.Integer() },
      strict,
    ),
    agreements: Type.Object({ path: Type.String(), shiftUs: Type.Integer() }, strict),
    journalFile: Type.String(),
    threat: Threat,
    level: Level,
    sensors: SensorFile,
    /** Neighbours are asked this often whether they answer, us of the machine's clock. */
    probeUs: Type.Integer({ minimum: 1000 }),
    tickUs: Type.Integer({ minimum: 1000 }),
    /** Addresses of receivers to which this nation's public warnings are pushed; without them they are only shown. */
    push: Type.Optional(Type.Array(Type.String({ pattern: '^https?://' }), { minItems: 1 })),
  },
  strict,
);
export type ProcessConfig = Static<typeof ProcessConfig>;

/**
 * What a process is told, one JSON object a line. Plots and messages are numbered from 1, so that what was not said to be
 * taken can be given again to a process that was killed and has begun anew.
 */
export type ProcessInput =
  | { number: number; plot: Plot }
  | { number: number; message: string }
  | { agreement: string; event: 'suspended' | 'resumed' }
  /** A new key for this node, made from the exercise's seed. */
  | { rotateKey: true }
  /** The program itself does to its frames what a bad network does: for tests of what follows. */
  | { mischief: MischiefSpec | null }
  | { report: number }
  | { end: true };

/** One track of a picture: where it was at its own time, and how sure. */
export interface ReportedTrack {
  members: string[];
  timeUs: number;
  state: number[];
  sigmaM: number;
}

/** What a process says, one JSON object a line. */
export type ProcessOutput =
  /** It goes on after the last input that its journal has. */
  | { ready: true; taken: number }
  /** All inputs up to this one are on the disk. */
  | { taken: number }
  /** The input of this line, from 1, was not right and changed nothing. */
  | { refused: number; why: string }
  | { connection: string }
  | {
      /** `waiting`: not yet known to have arrived with their recipient. */
      links: { to: string; state: string; waiting: number }[];
      picture: ReportedTrack[];
      received: number;
      lost: number;
      report: number;
    }
  | { ended: true };

/** The configuration of a process from its file. */
export function readProcessConfig(file: string): ProcessConfig {
  try {
    return parseJson(ProcessConfig, readFileSync(file, 'utf8'), { file });
  } catch (cause) {
    if (cause instanceof BeaconfireError) throw cause;
    throw new BeaconfireError(
      'BF_FILE',
      `expected a readable file, found: ${(cause as Error).message}`,
      { file },
      { cause },
    );
  }
}
