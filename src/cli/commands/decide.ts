import { isoToUs } from '../../earth/time.ts';
import { type Decision, decide, loadAgreements, loadTerms } from '../../exchange/index.ts';
import { BeaconfireError } from '../../model/errors.ts';
import { NATIONS } from '../../model/nation.ts';
import { type CommandSpec, usage } from '../arguments.ts';
import { inputName, ndjsonLines, readInput } from '../input.ts';

export const decideCommand: CommandSpec = {
  name: 'decide',
  positionals: [],
  about:
    'The release decision for one item: allow, reduce or deny, the agreement that governs, and every reason.\nWith --item - it reads NDJSON items from standard input and answers each with one line.',
  options: {
    agreements: { value: 'PATH', about: 'a file or folder of agreements', required: true },
    at: { value: 'ISO', about: 'the moment of the decision', required: true },
    item: {
      value: 'FILE',
      about: "the item's label as JSON; - for NDJSON on standard input",
      required: true,
    },
    from: { value: 'NATION', about: NATIONS.join(', '), required: true },
    to: { value: 'NATION', about: NATIONS.join(', '), required: true },
    via: { value: 'NATION', about: 'the nation that relays, if any' },
  },
  async run(call) {
    const agreements = loadAgreements(call.text('agreements')!);
    const terms = loadTerms(call.text('agreements')!);
    const at = isoToUs(call.text('at')!);
    if (at === undefined)
      throw usage(`--at: expected an ISO 8601 time with its zone, found ${JSON.stringify(call.text('at'))}`);
    const from = call.choice('from', NATIONS);
    const to = call.choice('to', NATIONS);
    const via = call.choice('via', NATIONS);
    const path = call.text('item')!;
    const answer = (item: unknown): Decision => decide(item, from, to, via, agreements, at, terms);
    const text = readInput(path);
    if (path === '-') {
      let out = '';
      for (const l of ndjsonLines(text)) out += `${JSON.stringify(answer(parse(l.text, path, l.line)))}\n`;
      process.stdout.write(out);
      return 0;
    }
    const decision = answer(parse(text, path));
    process.stdout.write(call.flag('json') ? `${JSON.stringify(decision)}\n` : readable(decision));
    return 0;
  },
};

function parse(text: string, path: string, line?: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new BeaconfireError(
      'BF_SYNTAX',
      `expected JSON, found: ${what}`,
      { file: inputName(path), line },
      { cause },
    );
  }
}

function readable(d: Decision): string {
  const head = d.agreement ? `${d.decision} under ${d.agreement}` : d.decision;
  const delay = d.delayS > 0 ? `\nhandling delay ${d.delayS} s (an assumption of the agreement's file)` : '';
  const reductions = d.reductions.length > 0 ? `\nremoved: ${d.reductions.join(', ')}` : '';
  return `${head}${delay}${reductions}\n${d.reasons.map((r) => `- ${r.text} [${r.code}]`).join('\n')}\n`;
}
