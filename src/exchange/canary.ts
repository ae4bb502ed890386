/**
 * Health by canary: items labelled like any other go through decision, signing, transport, relay and verification to
 * each other nation, by each agreement, route and kind of item, and each is answered by one of the other's own. What
 * counts is that the answer came; a socket that is open proves nothing. And what must not pass is tried too, and must
 * be seen to be denied.
 */
import type { Item } from '../model/item.ts';
import type { Mode, Nation, NodeId } from '../model/nation.ts';
import type { Agreement } from './agreement.ts';
import {
  arrivedFault,
  type CanaryOptions,
  type CanaryRule,
  canaryItem,
  canaryRules,
  expectation,
  isSent,
  PATIENCE_US,
  readCanary,
} from './canary-rules.ts';
import type { Decision } from './decide.ts';
import type { Hop } from './envelope.ts';
import { agreementState, inForce } from './history.ts';

/** One hop there and back, us. Measured by one clock each, so that skewed clocks do not show in it. */
export interface HopTime {
  from: NodeId;
  to: NodeId;
  roundTripUs: number;
}

/**
 * `answered` and `denied` are as they should be, `failed` is not: what should pass was denied, or what should be denied
 * passed. `missed`: it passed here, and no answer came in time.
 */
export type CanaryOutcome = 'untried' | 'waiting' | 'answered' | 'missed' | 'denied' | 'failed';

export interface RuleHealth extends CanaryRule {
  /** By the agreement's data, as it stood at the latest trial. */
  expected: 'release' | 'deny';
  /** Of the latest trial that has come to an end; `waiting` only before the first has. */
  outcome: CanaryOutcome;
  /** The first reason of the latest denial. */
  reason?: string;
  delayS: number;
  triedUs: number | null;
  /** From the asking to the answer, handling delays included, us; of the latest answer. */
  roundTripUs: number | null;
  hops: HopTime[];
  answeredUs: number | null;
  /** When the other nation's question by this rule last came here: the other direction. */
  heardUs: number | null;
}

/** The way that real items would take now: the agreement in force with the least handling delay. */
export interface CanaryHealth {
  roundTripUs: number | null;
  hops: HopTime[];
  answeredUs: number | null;
  /** Asked since the latest answer without one, and due. */
  missed: number;
  rules: RuleHealth[];
}

interface State {
  health: RuleHealth;
  revision: number;
  open: { askedUs: number; dueUs: number } | null;
}

const keyOf = ({ agreement, via, kind, trial }: CanaryRule): string => `${agreement} ${via} ${kind} ${trial}`;

/** A nation's canaries to one other nation. */
export class Canary {
  readonly #from: Nation;
  readonly #to: Nation;
  readonly #mode: Mode;
  readonly #o: CanaryOptions;
  readonly #states = new Map<string, State>();
  /** Per agreement, since its latest answer. */
  readonly #missed = new Map<string, number>();
  #agreements: readonly Agreement[] = [];
  #turn = 0;

  constructor(from: Nation, to: Nation, mode: Mode, options: CanaryOptions) {
    this.#from = from;
    this.#to = to;
    this.#mode = mode;
    this.#o = options;
  }

  /**
   * The rules whose turn it is: of each agreement one that may pass or reaches the relay, if one is not under way, and
   * of all together one that must be denied here.
   */
  due(agreements: readonly Agreement[], neighbours: readonly NodeId[], nowUs: number): CanaryRule[] {
    this.#agreements = agreements;
    this.#settleDue(nowUs);
    const turn = this.#turn++;
    const chosen: CanaryRule[] = [];
    const denied: CanaryRule[] = [];
    for (const a of agreements) {
      const rules = canaryRules(a, this.#from, this.#to, neighbours, this.#o);
      const passing = rules.filter((r) => isSent(r) && !this.#states.get(keyOf(r))?.open);
      // The least lately tried, so that each kind gets its turn whatever the others wait for.
      const next = passing.reduce<CanaryRule | undefined>(
        (best, r) => (best === undefined || this.#triedUs(r) < this.#triedUs(best) ? r : best),
        undefined,
      );
      if (next) chosen.push(next);
      for (const r of rules) {
        this.#state(r);
        if (!isSent(r)) denied.push(r);
      }
    }
    if (denied.length > 0) chosen.push(denied[turn % denied.length]);
    return chosen;
  }

  /** After a crash: the last revision of each item that was decided about, the questions among them. */
  goOnFrom(revisions: ReadonlyMap<string, number>): void {
    for (const [id, revision] of revisions) {
      const read = readCanary({ label: { id } });
      if (read?.what === 'ask' && id.includes(`:${this.#from}>${this.#to}:`))
        this.#state(read.rule).revision = revision;
    }
  }

  /** The next question by a rule. The caller marks it, decides on it, and says with `tried` what was decided. */
  question(rule: CanaryRule, nowUs: number): Item {
    return this.#item('ask', rule, this.#state(rule).revision + 1, nowUs);
  }

  /** Says what was decided on a question. Returns what is wrong with that, undefined if nothing is. */
  tried(rule: CanaryRule, item: Item, decision: Decision, nowUs: number): string | undefined {
    const state = this.#state(rule);
    const { health } = state;
    const expected = expectation(this.#agreement(rule.agreement)!, rule, item, this.#to, nowUs);
    state.revision = item.revision;
    health.expected = expected === 'release' ? 'release' : 'deny';
    health.triedUs = nowUs;
    health.delayS = decision.delayS;
    const closed = health.reason !== undefined;
    delete health.reason;
    if (decision.decision === 'deny') {
      const code = decision.reasons[0]?.code ?? 'decisionFailed';
      health.reason = code;
      health.outcome = expected === 'deny' ? 'denied' : 'failed';
      if (rule.trial === 'release') this.#forgetAnswer(health);
      return expected === 'deny' ? undefined : `expected it released, found it denied: ${code}`;
    }
    if (expected === 'deny') {
      health.outcome = 'failed';
      return `expected it denied, found it released under ${decision.agreement}`;
    }
    state.open = { askedUs: nowUs, dueUs: nowUs + 2 * decision.delayS * 1e6 + PATIENCE_US };
    if (closed || health.outcome === 'untried' || health.outcome === 'failed') health.outcome = 'waiting';
    return undefined;
  }

  /** A question of theirs came. The answer to give, or what is wrong with it having come. */
  heard(item: Item, hops: readonly Hop[], agreements: readonly Agreement[], nowUs: number): Item | string {
    this.#agreements = agreements;
    const read = readCanary(item);
    if (!read) return 'expected a canary of a known form, found another';
    const { rule } = read;
    const fault = arrivedFault(
      agreements.find((a) => a.id === rule.agreement),
      rule,
      item,
    );
    if (fault) return fault;
    this.#state(rule).health.heardUs = nowUs;
    const answer = this.#item('answer', rule, item.revision, nowUs);
    // When the hub had passed the question on, by its own clock.
    return hops.length > 0 ? { ...answer, body: { ...answer.body, track: String(hops[0].atUs) } } : answer;
  }

  /** An answer came. Returns what is wrong with that, undefined if nothing is. */
  answered(answer: Item, hops: readonly Hop[], nowUs: number): string | undefined {
    const read = readCanary(answer);
    const state = read && this.#states.get(keyOf(read.rule));
    if (!state?.open || answer.revision !== state.revision) return undefined;
    const { health, open } = state;
    state.open = null;
    const roundTripUs = nowUs - open.askedUs;
    const there = Number(answer.body.track);
    const hub = hops[0];
    const between = hub && Number.isFinite(there) ? hub.atUs - there : undefined;
    health.answeredUs = nowUs;
    health.roundTripUs = roundTripUs;
    health.hops =
      hub && between !== undefined
        ? [
            { from: this.#from, to: hub.node, roundTripUs: roundTripUs - between },
            { from: hub.node, to: this.#to, roundTripUs: between },
          ]
        : [{ from: this.#from, to: this.#to, roundTripUs }];
    this.#missed.set(health.agreement, 0);
    health.outcome = health.expected === 'release' ? 'answered' : 'failed';
    return health.outcome === 'failed' ? 'expected it denied at the relay, found it answered' : undefined;
  }

  health(agreements: readonly Agreement[], nowUs: number): CanaryHealth {
    const states = [...this.#states.values()];
    const open = new Set(agreements.filter((a) => inForce(agreementState(a, nowUs))).map((a) => a.id));
    const passing = states.filter(
      ({ health: h }) => h.expected === 'release' && h.triedUs !== null && open.has(h.agreement),
    );
    const delayS = Math.min(...passing.map((s) => s.health.delayS));
    const way = passing.filter((s) => s.health.delayS === delayS);
    let latest: RuleHealth | undefined;
    for (const { health } of way)
      if (health.answeredUs !== null && health.answeredUs > (latest?.answeredUs ?? -1)) latest = health;
    let missed = way.filter((s) => s.open && s.open.dueUs < nowUs).length;
    for (const id of new Set(way.map((s) => s.health.agreement))) missed += this.#missed.get(id) ?? 0;
    return {
      roundTripUs: latest?.roundTripUs ?? null,
      hops: latest?.hops ?? [],
      answeredUs: latest?.answeredUs ?? null,
      missed,
      rules: states.map((s) => ({ ...s.health })),
    };
  }

  /** What is due and unanswered: missed, or, where the relay had to refuse it or it was closed meanwhile, denied. */
  #settleDue(nowUs: number): void {
    for (const state of this.#states.values()) {
      const { health, open } = state;
      if (!open || open.dueUs >= nowUs) continue;
      state.open = null;
      const a = this.#agreement(health.agreement);
      const missed = health.expected === 'release' && a && inForce(agreementState(a, nowUs));
      health.outcome = missed ? 'missed' : 'denied';
      if (missed) this.#missed.set(health.agreement, (this.#missed.get(health.agreement) ?? 0) + 1);
    }
  }

  #item(what: 'ask' | 'answer', rule: CanaryRule, revision: number, nowUs: number): Item {
    const a = this.#agreement(rule.agreement)!;
    return canaryItem(what, rule, a, this.#from, this.#to, this.#mode, this.#o, revision, nowUs);
  }

  #triedUs(rule: CanaryRule): number {
    return this.#states.get(keyOf(rule))?.health.triedUs ?? Number.NEGATIVE_INFINITY;
  }

  #forgetAnswer(health: RuleHealth): void {
    health.roundTripUs = null;
    health.hops = [];
    health.answeredUs = null;
    this.#missed.set(health.agreement, 0);
  }

  #state(rule: CanaryRule): State {
    const key = keyOf(rule);
    let state = this.#states.get(key);
    if (!state) {
      const health: RuleHealth = {
        agreement: rule.agreement,
        via: rule.via,
        kind: rule.kind,
        trial: rule.trial,
        expected: rule.trial === 'release' ? 'release' : 'deny',
        outcome: 'untried',
        delayS: 0,
        triedUs: null,
        roundTripUs: null,
        hops: [],
        answeredUs: null,
        heardUs: null,
      };
      state = { health, revision: 0, open: null };
      this.#states.set(key, state);
    }
    return state;
  }

  #agreement(id: string): Agreement | undefined {
    return this.#agreements.find((a) => a.id === id);
  }
}
