/** A nation's node goes on after a crash with what its journal has. */
import { canonicalJson, type JournalRecord } from '../exchange/index.ts';
import { plotFromRecord, type RecordedPlot } from '../model/plot.ts';
import type { NationNode } from './node.ts';
import { saidBefore } from './public-past.ts';

/**
 * The plots, ticks, recalls and received items of the journal are worked through again at their own times (`at`), until
 * tracks, picture and warnings stand where they stood; then the exchange goes on. What else the node was told (messages
 * of people, events of agreements) is `other`'s. Nothing is published twice: what has gone to the public is what the
 * journal says has gone; receivers that have not acknowledged it get it again, byte for byte.
 */
export function goOn(
  node: NationNode,
  records: readonly JournalRecord[],
  at: (timeUs: number, work: () => void) => void,
  other: (record: JournalRecord) => void,
): void {
  const { journal } = node.options;
  const said = new Set(records.filter((r) => r.kind === 'warning').map((r) => canonicalJson(r.body)));
  const unsaid: Record<string, unknown>[] = [];
  const workAgain = (record: JournalRecord): void => {
    const { kind, body } = record;
    if (kind === 'plot') node.tracker.addPlot(plotFromRecord(body.plot as RecordedPlot));
    else if (kind === 'tick') node.tick();
    else if (kind === 'recall') node.recall({ item: String(body.item), reason: String(body.why) });
    else {
      node.exchange.takeAgain(record);
      node.publicAgain(record);
      other(record);
    }
  };
  node.warnings.again();
  node.exchange.goOn(records, () =>
    journal.again(
      () => {
        for (const record of records) at(record.timeUs, () => workAgain(record));
      },
      (kind, body) => {
        if (kind === 'warning' && !said.has(canonicalJson(body))) unsaid.push(body);
      },
    ),
  );
  for (const body of unsaid) journal.write('warning', body);
  node.publisher?.goOn(saidBefore(records));
  node.warnings.settle();
}
