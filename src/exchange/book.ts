/**
 * The agreements during a run. An event (a suspension in mid-flight, say) is appended, never edited in; each
 * starts a new epoch. No cache stands between a request and its decision: one takes about 2 microseconds,
 * which is what the key of a cache would cost.
 */
import { BeaconfireError } from '../model/errors.ts';
import type { Nation, NodeId } from '../model/nation.ts';
import { show } from '../model/schema.ts';
import { type Agreement, releases } from './agreement.ts';
import { type Decision, decide } from './decide.ts';
import { type AgreementState, agreementState, inForce, type TimelineEvent, walkHistory } from './history.ts';
import type { LedgerEntry } from './ledger.ts';
import type { Terms } from './terms.ts';

/** Told of each event once it is in effect; `entry` is the signed entry of the ledger that it came by. */
export type AgreementListener = (agreement: string, event: TimelineEvent, entry?: LedgerEntry) => void;

export class AgreementBook {
  #agreements: readonly Agreement[];
  readonly #terms: Terms | undefined;
  #epoch = 0;
  readonly #listeners: AgreementListener[] = [];

  /** `terms`: the written terms, a second gate behind every decision. */
  constructor(agreements: readonly Agreement[], terms?: Terms) {
    this.#agreements = agreements;
    this.#terms = terms;
  }

  get agreements(): readonly Agreement[] {
    return this.#agreements;
  }

  /** Counts the events appended. A decision kept over a change of epoch is void. */
  get epoch(): number {
    return this.#epoch;
  }

  onEvent(listener: AgreementListener): void {
    this.#listeners.push(listener);
  }

  /**
   * Appends an event to an agreement's history. What the file tells of later times is another branch of
   * history and is left out. BF_AGREEMENT if the event contradicts what stands; nothing is changed then.
   */
  append(id: string, event: TimelineEvent, entry?: LedgerEntry): void {
    const agreement = this.#find(id);
    const before = agreement.timeline.filter((e) => e.timeUs <= event.timeUs);
    const timeline = [...before, event];
    const { periods, faults } = walkHistory(timeline);
    if (faults.length > 0)
      throw new BeaconfireError('BF_AGREEMENT', faults[0].text, { file: id, field: 'history' });
    this.#agreements = this.#agreements.map((a) => (a.id === id ? { ...a, timeline, periods } : a));
    this.#epoch++;
    for (const listener of this.#listeners) listener(id, event, entry);
  }

  state(id: string, nowUs: number): AgreementState {
    return agreementState(this.#find(id), nowUs);
  }

  decide(item: unknown, from: Nation, to: Nation, via: Nation | null, nowUs: number): Decision {
    return decide(item, from, to, via, this.#agreements, nowUs, this.#terms);
  }

  /** The decision under one agreement alone: does what was released under it still stand? */
  decideUnder(
    id: string,
    item: unknown,
    from: Nation,
    to: Nation,
    via: Nation | null,
    nowUs: number,
  ): Decision {
    return decide(
      item,
      from,
      to,
      via,
      this.#agreements.filter((a) => a.id === id),
      nowUs,
      this.#terms,
    );
  }

  /** Whether two nations may be joined directly: an agreement for the direct route between them is in force. */
  directAllowed(a: Nation, b: Nation, nowUs: number): boolean {
    return this.#agreements.some(
      (g) =>
        releases(g) &&
        g.route === 'direct' &&
        g.parties.includes(a) &&
        g.parties.includes(b) &&
        inForce(agreementState(g, nowUs)),
    );
  }

  /** Whether two nodes may be linked: each nation with the hub always, two nations where the direct route is allowed. */
  linkAllowed(a: NodeId, b: NodeId, nowUs: number): boolean {
    return a === 'HUB' || b === 'HUB' || this.directAllowed(a, b, nowUs);
  }

  #find(id: string): Agreement {
    const found = this.#agreements.find((a) => a.id === id);
    if (found) return found;
    const known = this.#agreements.map((a) => a.id).join(', ');
    throw new BeaconfireError('BF_AGREEMENT', `expected one of ${known}, found ${show(id)}`, {
      field: 'agreement',
    });
  }
}
