/** What the journals say of recalls, held against each other. */
import type { NodeId } from '../model/nation.ts';
import type { JournalRecord } from './journal.ts';

export interface RecallFault {
  node: NodeId;
  seq: number;
  item: string;
  text: string;
}

export interface RecallReport {
  faults: RecallFault[];
  recalls: number;
  /** Holders over all recalls, and those of them whose acknowledgement came. */
  holders: number;
  acknowledged: number;
}

interface Recall {
  node: NodeId;
  revision: number;
  holders: Set<string>;
}

/**
 * After a recall nothing of the item may go but the withdrawal; a holder that has the withdrawal takes nothing of the
 * item any more; and who is said to have acknowledged must have the withdrawal in its own journal.
 */
export function recallReport(journals: ReadonlyMap<NodeId, readonly JournalRecord[]>): RecallReport {
  const faults: RecallFault[] = [];
  let recalls = 0;
  let holders = 0;
  let acknowledged = 0;
  const withdrawn = new Map<string, number>();
  for (const [node, records] of journals)
    for (const { kind, body } of records)
      if (kind === 'withdrawn') withdrawn.set(`${node}\n${body.item}`, Number(body.revision));
  for (const [node, records] of journals) {
    const own = new Map<string, Recall>();
    const gone = new Map<string, number>();
    for (const { seq, kind, body } of records) {
      const item = String(body.item);
      const revision = Number(body.revision);
      const say = (text: string): void => void faults.push({ node, seq, item, text });
      const recall = own.get(item);
      if (kind === 'recall') {
        const named = Array.isArray(body.holders) ? body.holders.map(String) : [];
        recalls++;
        holders += named.length;
        own.set(item, { node, revision: revision, holders: new Set(named) });
      } else if ((kind === 'sent' || kind === 'sentAgain') && recall && revision < recall.revision)
        say(`expected nothing of an item after its recall, found revision ${revision} sent to ${body.to}`);
      else if (kind === 'recallAcknowledged') {
        const by = String(body.by);
        acknowledged++;
        if (!recall?.holders.delete(by)) say(`expected a recall that waits for ${by}, found none`);
        else if (journals.has(by as NodeId) && withdrawn.get(`${by}\n${item}`) !== revision)
          say(`acknowledged by ${by}, whose journal does not say that it was withdrawn there`);
      } else if (kind === 'withdrawn') gone.set(item, revision);
      else if (kind === 'received' && revision < (gone.get(item) ?? 0))
        say(`expected nothing of an item that was withdrawn, found revision ${revision} received`);
    }
  }
  return { faults, recalls, holders, acknowledged };
}
