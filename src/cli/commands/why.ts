import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { usToIso } from '../../earth/time.ts';
import { type WhyGroup, type WhyRecall, type WhyReport, whyReport } from '../../exchange/index.ts';
import { BeaconfireError } from '../../model/errors.ts';
import { NATIONS, NODE_IDS, type NodeId } from '../../model/nation.ts';
import type { CommandSpec } from '../arguments.ts';

export const why: CommandSpec = {
  name: 'why',
  positionals: ['DIR'],
  about:
    'Why, and why not: for each item of a run and each other nation what was decided, under which agreement, what was\nremoved, on what grounds, and what became of it; and what happened to the agreements meanwhile.',
  options: {
    item: { value: 'ID', about: 'this item only' },
    to: { value: 'NATION', about: 'to this nation only' },
  },
  async run(call) {
    const dir = call.positionals[0];
    const to = call.choice('to', NATIONS);
    const item = call.text('item');
    const texts = new Map<NodeId, { path: string }>();
    for (const node of NODE_IDS) {
      const path = join(dir, 'journal', node, 'journal.ndjson');
      if (existsSync(path)) texts.set(node, { path });
    }
    if (texts.size === 0)
      throw new BeaconfireError('BF_FILE', 'expected the folder of a run with its journals, found none', {
        file: dir,
      });
    const report = whyReport(texts, {
      ...(item === undefined ? {} : { item }),
      ...(to === undefined ? {} : { to }),
    });
    if (item !== undefined && report.groups.length === 0) {
      const known = [...new Set(whyReport(texts).groups.map((g) => g.item))];
      throw new BeaconfireError(
        'BF_FIELD',
        `expected an item of the run (${known.slice(0, 12).join(', ')}${known.length > 12 ? ', ...' : ''}), found ${JSON.stringify(item)}`,
        { file: dir, field: '--item' },
      );
    }
    process.stdout.write(call.flag('json') ? `${JSON.stringify(report)}\n` : readable(report));
    return 0;
  },
};

const clock = (us: number): string => usToIso(us).slice(11, 21);
const WORD = { allow: 'allowed', reduce: 'reduced', deny: 'DENIED' } as const;

function readable(report: WhyReport): string {
  const events = report.agreements.map(
    (e) =>
      `${clock(e.timeUs)}  ${e.agreement}: ${e.event}${e.by.length > 0 ? ` by ${e.by.join(', ')}` : ''}, now ${e.state}${e.cause === '' ? '' : ` (${e.cause})`}\n`,
  );
  let out = events.length > 0 ? `Agreements\n${events.join('')}\n` : '';
  if (report.recalls.length > 0) out += `Withdrawn\n${report.recalls.map(recallText).join('')}\n`;
  let head = '';
  const order = [...report.groups].sort(
    (a, b) => compare(a.item, b.item) || compare(a.to, b.to) || a.firstUs - b.firstUs,
  );
  for (const g of order) {
    const name = `${g.item}  ${g.from} -> ${g.to}`;
    if (name !== head) {
      out += `${name}\n`;
      head = name;
    }
    out += groupText(g);
  }
  return out === '' ? 'Nothing was offered.\n' : out;
}

function recallText({ item, from, timeUs, revision, why, holders }: WhyRecall): string {
  const lines = holders.map(({ nation, acknowledgedUs, tracks, gone, warnings }) => {
    const when = acknowledgedUs === null ? 'has NOT acknowledged' : `acknowledged ${clock(acknowledgedUs)}`;
    const derived = [
      ...(tracks.length > 0 ? [`worked out again: ${tracks.join(', ')}`] : []),
      ...(gone.length > 0 ? [`gone: ${gone.join(', ')}`] : []),
      ...(warnings.length > 0 ? [`warnings that rested on it: ${warnings.join(', ')}`] : []),
    ];
    return `\n    ${nation} ${when}${derived.length > 0 ? `; ${derived.join('; ')}` : ''}`;
  });
  return `  ${clock(timeUs)}  ${item} by ${from} (revision ${revision}): ${why}${lines.join('')}\n`;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function groupText(g: WhyGroup): string {
  const when = g.firstUs === g.lastUs ? clock(g.firstUs) : `${clock(g.firstUs)} to ${clock(g.lastUs)}`;
  const under = g.agreement ? ` under ${g.agreement}` : '';
  const way = g.via === null ? (g.decision === 'deny' ? '' : ', directly') : `, via ${g.via}`;
  const delay = g.delayS > 0 ? `, after ${g.delayS} s of handling` : '';
  const held = g.heldS > 0 ? `, held up to ${g.heldS.toFixed(1)} s before` : '';
  const removed = g.removed.length > 0 ? `\n    removed: ${g.removed.join(', ')}` : '';
  const outcomes = Object.entries(g.outcomes)
    .map(([what, n]) => `${what} ${n}`)
    .join(', ');
  const reasons = g.reasons.map(
    (r) => `\n    - ${r.agreement ? `${r.agreement}: ` : ''}${r.text} [${r.code}]`,
  );
  const relay = g.relay
    ? `\n    the hub: ${g.relay.decision}${g.relay.reasons.map((r) => `\n      - ${r.agreement ? `${r.agreement}: ` : ''}${r.text} [${r.code}]`).join('')}`
    : '';
  return `  ${when}  ${g.revisions} revision${g.revisions > 1 ? 's' : ''} ${WORD[g.decision]}${under}${way}${delay}${held}: ${outcomes}${removed}${reasons.join('')}${relay}\n`;
}
