/**
 * What a journal that is gone on with after a crash says of its node's part in the exchange: what is done, what was on
 * the way, what is still to be told. Only the journal of a `resumable` exchange says enough for it.
 */
import type { Nation, NodeId } from '../model/nation.ts';
import { conforms } from '../model/schema.ts';
import { Envelope } from './envelope.ts';
import type { JournalRecord } from './journal.ts';
import { type GapReason, TOLD_REASONS } from './transport/transport.ts';

export interface OnTheWay {
  hash: string;
  envelope: Envelope;
  to: Nation;
  via: NodeId | null;
  agreement: string;
}

export interface ToldGap {
  to: NodeId;
  flow: Nation;
  channel?: string;
  reason: GapReason;
  ids: string[];
}

export interface Past {
  /** By {@link outcomeKey}: denied, sent or not sent; nothing more is to be done. */
  done: ReadonlySet<string>;
  /** The latest revision of each item that was decided about. */
  revisions: ReadonlyMap<string, number>;
  /** Handed to the transport; the next node has not acknowledged it, and no gap says that it was not carried. */
  onTheWay: OnTheWay[];
  /** What was not carried; it is not known whether the next node was told. */
  untold: ToldGap[];
  /** Envelopes received for relay with which nothing more is to be done. */
  settled: ReadonlySet<string>;
}

export function outcomeKey(item: string, revision: number, to: string): string {
  return `${item}\n${revision}\n${to}`;
}

export function readPast(records: readonly JournalRecord[]): Past {
  const done = new Set<string>();
  const revisions = new Map<string, number>();
  const onTheWay = new Map<string, OnTheWay>();
  const gaps: ToldGap[] = [];
  const settled = new Set<string>();
  for (const { kind, body } of records) {
    const item = String(body.item);
    const revision = Number(body.revision);
    const key = outcomeKey(item, revision, String(body.to));
    switch (kind) {
      case 'decision':
        revisions.set(item, Math.max(revisions.get(item) ?? 0, revision));
        if (body.decision === 'deny') done.add(key);
        break;
      case 'notSent':
        done.add(key);
        break;
      case 'sent': {
        done.add(key);
        const { sealed, envelope, to, via, agreement } = body;
        if (conforms(Envelope, sealed))
          onTheWay.set(String(envelope), {
            hash: String(envelope),
            envelope: sealed,
            to: to as Nation,
            via: via as NodeId | null,
            agreement: String(agreement),
          });
        break;
      }
      case 'notRelayed':
      case 'settled':
        settled.add(String(body.envelope));
        break;
      case 'gap': {
        const { to, flow, channel, reason, envelopes, history } = body as {
          history?: true;
          to: NodeId;
          flow: Nation;
          channel?: string;
          reason: GapReason;
          envelopes: string[];
        };
        // What closing left behind may go again; every other gap is the last word on its envelopes, unless it is of
        // copies: the first release may be on the way beside.
        if (reason === 'closed' || history) break;
        gaps.push({ to, flow, ...(channel === undefined ? {} : { channel }), reason, ids: envelopes });
        break;
      }
    }
  }
  for (const hash of settled) onTheWay.delete(hash);
  for (const { ids } of gaps) for (const id of ids) onTheWay.delete(id);
  const untold = gaps.flatMap((gap) => {
    const ids = TOLD_REASONS.includes(gap.reason) ? gap.ids.filter((id) => !settled.has(id)) : [];
    return ids.length > 0 ? [{ ...gap, ids }] : [];
  });
  return { done, revisions, onTheWay: [...onTheWay.values()], untold, settled };
}
