/**
 * What a node's journal keeps of its public warnings, so that a process that was killed goes on with them: each step that
 * is to be published, before anything of it leaves (`proposed`), and what became of it (`published`, `withheld`).
 */
import type { Approval, Said } from '../channels/index.ts';
import type { Journal, JournalRecord } from '../exchange/index.ts';
import type { IssuedWarning, WarningStep } from '../warning/index.ts';
import type { ProposedStep, WarningHooks, WarningOffice } from './warnings.ts';

/** A step as a record: the chain's last message is one of the step's, and is kept once. */
interface StepRecord {
  launchId: string;
  state: WarningStep['state'];
  /** Which of `issued` is the last message of the open chain. */
  last?: number;
  issued: IssuedWarning[];
  approvals: Approval[][];
  sources: number;
}

export function journalledSteps(journal: Journal): Required<Pick<WarningHooks, 'onProposed' | 'onOutcome'>> {
  return {
    onProposed: (proposed) => void journal.write('proposed', { ...stepRecord(proposed) }),
    onOutcome: (launchId, why) =>
      void (why === undefined
        ? journal.write('published', { launchId })
        : journal.write('withheld', { launchId, why })),
  };
}

function stepRecord({ launchId, step, approvals, sources }: ProposedStep): StepRecord {
  const { state, issued } = step;
  const last = state.open ? issued.indexOf(state.open.last) : -1;
  const record = { launchId, state, issued, approvals: approvals.map((a) => [...a]), sources };
  if (!state.open || last < 0) return record;
  const { last: _, ...open } = state.open;
  return { ...record, state: { ...state, open: open as typeof state.open }, last };
}

function stepOf(record: JournalRecord['body']): ProposedStep {
  // Of this node's own journal, whose chain was checked: its own form.
  const { launchId, state, last, issued, approvals, sources } = record as unknown as StepRecord;
  const open = state.open && last !== undefined ? { open: { ...state.open, last: issued[last] } } : {};
  return { launchId, step: { state: { ...state, ...open }, issued }, approvals, sources };
}

export function stepAgain(warnings: WarningOffice, kind: string, body: JournalRecord['body']): void {
  if (kind === 'proposed') warnings.proposedAgain(stepOf(body));
  else if (kind === 'published' || kind === 'withheld')
    warnings.outcomeAgain(String(body.launchId), kind === 'published');
}

/** The messages that had gone to the channels, in their order, and who has acknowledged each. */
export function saidBefore(records: readonly JournalRecord[]): Said[] {
  const said: Said[] = [];
  const proposed = new Map<string, IssuedWarning[]>();
  const receipts = new Map<string, Map<string, number>>();
  for (const { kind, body, timeUs } of records) {
    const launchId = String(body.launchId);
    if (kind === 'proposed') proposed.set(launchId, stepOf(body).step.issued);
    else if (kind === 'published') {
      for (const issued of proposed.get(launchId) ?? []) said.push({ issued, sentUs: timeUs, receipts: [] });
    } else if (kind === 'receipt') {
      const key = `${body.channel}\n${body.identifier}`;
      const by = receipts.get(key) ?? new Map<string, number>();
      receipts.set(key, by.set(String(body.receiver), timeUs));
    }
  }
  return said.map((one) => ({
    ...one,
    receipts: [...receipts].flatMap(([key, by]) => {
      const [channel, identifier] = key.split('\n');
      return identifier === one.issued.warning.identifier ? [{ channel, by }] : [];
    }),
  }));
}
