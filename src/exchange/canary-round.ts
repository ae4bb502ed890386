/** A nation's canaries to all others: asked at a steady beat, offered like any other item, heard and answered. */
import type { Scheduler } from '../model/clock.ts';
import type { Item } from '../model/item.ts';
import { type Mode, NATIONS, type Nation, nationOf } from '../model/nation.ts';
import type { AgreementBook } from './book.ts';
import { Canary, type CanaryHealth } from './canary.ts';
import { type CanaryOptions, type CanaryRule, isSent, readCanary, validFor } from './canary-rules.ts';
import type { Decision } from './decide.ts';
import { decisionBody, type Marking, markOwn, type Offer } from './delivery.ts';
import type { Hop } from './envelope.ts';
import type { Journal } from './journal.ts';
import type { Transport } from './transport/transport.ts';

interface CanaryRoundOptions {
  nation: Nation;
  mode: Mode;
  clock: Scheduler;
  book: AgreementBook;
  transport: Transport;
  journal: Journal;
  marking?: Marking;
  canary: CanaryOptions;
  attempt: (offer: Offer) => void;
  closed: () => boolean;
  /** Called when a canary showed a rule that does not hold: what had to pass did not, or the reverse. */
  onCanaryFailed?: (to: Nation, canary: string, what: string) => void;
}

export class CanaryRound {
  readonly #o: CanaryRoundOptions;
  readonly #canaries: ReadonlyMap<Nation, Canary>;

  constructor(options: CanaryRoundOptions) {
    this.#o = options;
    const { nation, mode, canary } = options;
    this.#canaries = new Map(
      NATIONS.filter((n) => n !== nation).map((to) => [to, new Canary(nation, to, mode, canary)]),
    );
    this.#later();
  }

  health(nation: Nation): CanaryHealth | undefined {
    const { book, clock } = this.#o;
    return this.#canaries.get(nation)?.health(book.agreements, clock.nowUs());
  }

  /** After a crash: the last revision of each item that was decided about. */
  goOnFrom(revisions: ReadonlyMap<string, number>): void {
    for (const canary of this.#canaries.values()) canary.goOnFrom(revisions);
  }

  /** A canary of another nation came, rightly signed: a question, which is answered by the same way, or an answer. */
  hear(from: Nation, item: Item, hops: readonly Hop[]): void {
    const { book, clock, marking, nation, attempt } = this.#o;
    const nowUs = clock.nowUs();
    const canary = this.#canaries.get(from);
    const read = readCanary(item);
    if (!canary || !read) return;
    if (read.what === 'answer') {
      const fault = canary.answered(item, hops, nowUs);
      if (fault) this.#failed(from, item, fault);
      return;
    }
    const plain = canary.heard(item, hops, book.agreements, nowUs);
    if (typeof plain === 'string') {
      this.#failed(from, item, plain);
      return;
    }
    const answer = marking ? markOwn(plain, nation, marking) : plain;
    const { delayS } = this.#decide(read.rule, answer, from, nowUs);
    attempt({ item: validFor(answer, delayS), to: from, offeredUs: nowUs, under: read.rule });
  }

  #later(): void {
    const { clock, canary } = this.#o;
    clock.at(clock.nowUs() + canary.everyUs, () => this.#askAll());
  }

  #askAll(): void {
    const { closed, book, transport, clock } = this.#o;
    if (closed()) return;
    const nowUs = clock.nowUs();
    const neighbours = transport.links().map((l) => l.to);
    for (const [to, canary] of this.#canaries)
      for (const rule of canary.due(book.agreements, neighbours, nowUs)) this.#try(canary, rule, to, nowUs);
    this.#later();
  }

  /** One canary by one rule. What must be denied here goes nowhere, whatever is decided. */
  #try(canary: Canary, rule: CanaryRule, to: Nation, nowUs: number): void {
    const { marking, journal, nation, attempt } = this.#o;
    const plain = canary.question(rule, nowUs);
    const marked = marking && isSent(rule) ? markOwn(plain, nation, marking) : plain;
    const item = rule.trial === 'consent' ? { ...marked, label: { ...marked.label, consents: [] } } : marked;
    const decision = this.#decide(rule, item, to, nowUs);
    const fault = canary.tried(rule, item, decision, nowUs);
    if (isSent(rule)) attempt({ item: validFor(item, decision.delayS), to, offeredUs: nowUs, under: rule });
    else journal.write('decision', decisionBody(item, to, rule.via, decision));
    if (fault) this.#failed(to, item, fault);
  }

  #decide({ agreement, via }: CanaryRule, item: Item, to: Nation, nowUs: number): Decision {
    const { book, nation } = this.#o;
    return book.decideUnder(agreement, item.label, nation, to, via && nationOf(via), nowUs);
  }

  #failed(to: Nation, item: Item, what: string): void {
    const { journal, onCanaryFailed } = this.#o;
    journal.write('canaryFailed', { item: item.label.id, revision: item.revision, to, what });
    onCanaryFailed?.(to, item.label.id, what);
  }
}
