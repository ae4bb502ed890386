/** What passes between two neighbours: parcels and gaps with their numbers, acknowledgements, and probes. */
import { type Static, Type } from 'typebox';
import { Nation, NodeId } from '../../model/nation.ts';
import { conforms } from '../../model/schema.ts';
import type { Gap } from './transport.ts';

/** `history`: given again on request. */
export type FrameContent = { id: string; bytes: Uint8Array; history?: true } | { gap: Gap };

export interface DataFrame {
  type: 'data';
  /** Names the sender's life: greater after each restart. Sequences count within it, per flow. */
  epoch: number;
  flow: Nation;
  sequence: number;
  /** Below this sequence the sender waits for nothing: the receiver may forget what it knew of it. */
  base: number;
  content: FrameContent;
}

export interface AckFrame {
  type: 'ack';
  /** Of the data frame. */
  epoch: number;
  flow: Nation;
  sequence: number;
  /** False: it arrived and is held; whoever answers is not done with it yet. */
  settled: boolean;
  /** The life of the node that answers: another one knows nothing of what was held. */
  by: number;
}

/** Asks a neighbour for an answer; a link is up while answers come. */
export interface ProbeFrame {
  type: 'probe' | 'answer';
  number: number;
  by: number;
}

/** What is said once, and may be lost. */
export interface NoteFrame {
  type: 'note';
  bytes: Uint8Array;
}

export type Frame = DataFrame | AckFrame | ProbeFrame | NoteFrame;

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const GapHeader = Type.Object(
  {
    from: NodeId,
    to: NodeId,
    flow: Nation,
    channel: Type.Optional(Type.String()),
    timeUs: Type.Integer(),
    reason: Type.Union([Type.Literal('overflow'), Type.Literal('superseded'), Type.Literal('expired')]),
    ids: Type.Array(Type.String()),
    more: Type.Optional(Count),
    firstUs: Type.Integer(),
    lastUs: Type.Integer(),
  },
  strict,
);
const Header = Type.Union([
  Type.Object(
    {
      type: Type.Literal('data'),
      epoch: Count,
      flow: Nation,
      sequence: Count,
      base: Count,
      id: Type.Optional(Type.String()),
      history: Type.Optional(Type.Literal(true)),
      gap: Type.Optional(GapHeader),
    },
    strict,
  ),
  Type.Object(
    {
      type: Type.Literal('ack'),
      epoch: Count,
      flow: Nation,
      sequence: Count,
      settled: Type.Boolean(),
      by: Count,
    },
    strict,
  ),
  Type.Object(
    { type: Type.Union([Type.Literal('probe'), Type.Literal('answer')]), number: Count, by: Count },
    strict,
  ),
  Type.Object({ type: Type.Literal('note') }, strict),
]);
type Header = Static<typeof Header>;

/** A line of JSON, then the bytes of the parcel or note as they are. */
export function encodeFrame(frame: Frame): Uint8Array {
  if (frame.type === 'note') return Buffer.concat([Buffer.from('{"type":"note"}\n'), frame.bytes]);
  if (frame.type !== 'data') return Buffer.from(`${JSON.stringify(frame)}\n`);
  const { content, ...rest } = frame;
  if ('gap' in content) return Buffer.from(`${JSON.stringify({ ...rest, gap: content.gap })}\n`);
  const { bytes, ...named } = content;
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...rest, ...named })}\n`), bytes]);
}

/** Undefined for what is no frame: it is of nobody and is dropped. */
export function decodeFrame(bytes: Uint8Array): Frame | undefined {
  const end = bytes.indexOf(10);
  if (end < 0) return undefined;
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('utf8'));
  } catch {
    return undefined;
  }
  if (!conforms(Header, header)) return undefined;
  const h = header as Header;
  if (h.type === 'note') return { type: 'note', bytes: bytes.subarray(end + 1) };
  if (h.type !== 'data') return h;
  const { id, gap, history, ...rest } = h;
  if (gap) return id === undefined && !history ? { ...rest, content: { gap: gap as Gap } } : undefined;
  if (id === undefined) return undefined;
  return { ...rest, content: { id, bytes: bytes.subarray(end + 1), ...(history ? { history } : {}) } };
}
