/** The state of an agreement at a time, computed from its history alone. */

/** What may happen to an agreement. `noted` changes nothing: it tells a reader what happened. */
export const HISTORY_EVENTS = [
  'noted',
  'signed',
  'inForce',
  'noticeGiven',
  'noticeSuspended',
  'normalised',
  'suspended',
  'resumed',
  'ended',
] as const;
/** Those that may come while everything runs. */
export const RUNTIME_EVENTS = [
  'inForce',
  'noticeGiven',
  'noticeSuspended',
  'normalised',
  'suspended',
  'resumed',
  'ended',
] as const satisfies readonly (typeof HISTORY_EVENTS)[number][];
export type HistoryEventKind = (typeof HISTORY_EVENTS)[number];

/** `notice` and `noticeSuspended` are in force; `notice` ends by itself on the day that it names. */
export type AgreementState = 'notYet' | 'inForce' | 'notice' | 'noticeSuspended' | 'suspended' | 'ended';

export interface TimelineEvent {
  timeUs: number;
  event: HistoryEventKind;
  /** Of `noticeGiven`. */
  lapsesUs?: number;
}

/** A state from a time until the next period begins. The first begins at -Infinity. */
export interface Period {
  fromUs: number;
  state: AgreementState;
  /** While a notice runs: when it would end the agreement. */
  lapsesUs?: number;
}

export interface HistoryFault {
  /** Index of the event in the history. */
  index: number;
  text: string;
}

/** The events that may follow, by the standing of the agreement apart from any suspension. */
const MAY_FOLLOW: Record<Exclude<AgreementState, 'suspended'>, readonly HistoryEventKind[]> = {
  notYet: ['noted', 'signed', 'inForce'],
  inForce: ['noted', 'noticeGiven', 'suspended', 'resumed', 'ended'],
  notice: ['noted', 'noticeSuspended', 'normalised', 'suspended', 'resumed', 'ended'],
  noticeSuspended: ['noted', 'normalised', 'suspended', 'resumed', 'ended'],
  ended: ['noted'],
};

/** Walks a history. An event that contradicts what stands is told as a fault and has no effect. */
export function walkHistory(events: readonly TimelineEvent[]): { periods: Period[]; faults: HistoryFault[] } {
  const periods: Period[] = [{ fromUs: Number.NEGATIVE_INFINITY, state: 'notYet' }];
  const faults: HistoryFault[] = [];
  let standing: Exclude<AgreementState, 'suspended'> = 'notYet';
  let suspended = false;
  let lapsesUs: number | undefined;
  let lastUs = Number.NEGATIVE_INFINITY;

  const begin = (fromUs: number): void => {
    const state = suspended && standing !== 'ended' ? 'suspended' : standing;
    if (periods[periods.length - 1].fromUs === fromUs) periods.pop();
    periods.push(lapsesUs === undefined ? { fromUs, state } : { fromUs, state, lapsesUs });
  };
  const lapse = (): void => {
    if (lapsesUs === undefined) return;
    const at = lapsesUs;
    lapsesUs = undefined;
    standing = 'ended';
    begin(at);
  };

  events.forEach((e, index) => {
    if (e.timeUs < lastUs) {
      faults.push({ index, text: 'expected events in order of time, found one earlier than that before it' });
      return;
    }
    lastUs = e.timeUs;
    if (lapsesUs !== undefined && e.timeUs >= lapsesUs) lapse();
    const fault = contradiction(e, standing, suspended);
    if (fault !== undefined) {
      faults.push({ index, text: fault });
      return;
    }
    switch (e.event) {
      case 'inForce':
      case 'normalised':
        standing = 'inForce';
        lapsesUs = undefined;
        break;
      case 'noticeGiven':
        standing = 'notice';
        lapsesUs = e.lapsesUs;
        break;
      case 'noticeSuspended':
        standing = 'noticeSuspended';
        lapsesUs = undefined;
        break;
      case 'suspended':
      case 'resumed':
        suspended = e.event === 'suspended';
        break;
      case 'ended':
        standing = 'ended';
        lapsesUs = undefined;
        break;
      default:
        return;
    }
    begin(e.timeUs);
  });
  lapse();
  return { periods, faults };
}

function contradiction(
  e: TimelineEvent,
  standing: Exclude<AgreementState, 'suspended'>,
  suspended: boolean,
): string | undefined {
  const allowed = MAY_FOLLOW[standing];
  const state = suspended ? 'suspended' : standing;
  if (!allowed.includes(e.event))
    return `expected one of ${allowed.join(', ')} while the agreement is ${state}, found ${e.event}`;
  if (e.event === 'suspended' && suspended)
    return 'expected no second suspension while the agreement is suspended, found suspended';
  if (e.event === 'resumed' && !suspended) return 'expected a suspension before, found resumed';
  if (e.event === 'noticeGiven' && (e.lapsesUs === undefined || e.lapsesUs <= e.timeUs)) {
    return 'expected a notice with a later day in lapsesOn, found none';
  }
  return undefined;
}

/** The state of an agreement at a time. */
export function agreementState(
  agreement: { readonly periods: readonly Period[] },
  nowUs: number,
): AgreementState {
  const { periods } = agreement;
  let i = periods.length - 1;
  while (i > 0 && periods[i].fromUs > nowUs) i--;
  return periods[i].state;
}

/** In force, notice or not: information may pass. */
export function inForce(state: AgreementState): boolean {
  return state === 'inForce' || state === 'notice' || state === 'noticeSuspended';
}
