/** The links of a node as its people see them: what arrived and was acknowledged, never a socket's state. */
import type { AgreementBook, CanaryHealth, Exchange, Gap, Transport } from '../exchange/index.ts';
import type { ItemLabel, Level, Threat } from '../model/item.ts';
import { type Mode, NATIONS, type Nation, type NodeId, nationOf } from '../model/nation.ts';
import type { CanaryRuleView, LinkView } from './wire.ts';

/** The parts of a node that know its links. */
interface Linked {
  nation: Nation;
  options: { transport: Transport; book: AgreementBook; mode: Mode; threat: Threat; level: Level };
  exchange: Exchange;
}

/** So many canaries in a row without an answer, and the way counts as down: one may have met a short break. */
const MISSED_DOWN = 2;

/** To each other nation: would a tracklet be released now, under what, and what has the way there carried. */
export function linkViews(node: Linked, nowUs: number): LinkView[] {
  const { options, exchange, nation } = node;
  const links = options.transport.links();
  return NATIONS.filter((n) => n !== nation).map((to): LinkView => {
    const routes = (['HUB', to] as const).flatMap((neighbour) => {
      const link = links.find((l) => l.to === neighbour);
      if (!link) return [];
      const decision = options.book.decide(
        probe(node),
        nation,
        to,
        neighbour === 'HUB' ? 'USA' : null,
        nowUs,
      );
      return [{ link, decision }];
    });
    const open = routes
      .filter((r) => r.decision.decision !== 'deny')
      .sort((a, b) => a.decision.delayS - b.decision.delayS);
    const best = open[0];
    const peer = exchange.peer(to);
    const link = best?.link ?? routes[0]?.link;
    const canary = exchange.canary(to);
    return {
      from: nation,
      to,
      status: !best
        ? 'noAgreement'
        : best.link.state !== 'up' || (canary?.missed ?? 0) >= MISSED_DOWN
          ? 'down'
          : best.decision.delayS > 0
            ? 'degraded'
            : 'up',
      agreement: best?.decision.agreement ?? null,
      delayS: best?.decision.delayS ?? 0,
      lastReceivedUs: peer.lastReceivedUs,
      roundTripMs: canary?.roundTripUs == null ? null : canary.roundTripUs / 1000,
      ...(canary
        ? {
            hops: hopViews(canary.hops),
            missed: canary.missed,
            rules: canary.rules.map(ruleView),
          }
        : {}),
      sent: peer.sent,
      received: peer.delivered,
      denied: peer.denied,
      queued: link?.queued ?? 0,
    };
  });
}

function hopViews(hops: CanaryHealth['hops']): NonNullable<LinkView['hops']> {
  return hops.map((h) => ({ from: h.from, to: h.to, roundTripMs: h.roundTripUs / 1000 }));
}

function ruleView(rule: CanaryHealth['rules'][number]): CanaryRuleView {
  const { agreement, via, kind, trial, expected, outcome, reason, delayS, hops } = rule;
  const { triedUs, answeredUs, heardUs, roundTripUs } = rule;
  return {
    agreement,
    via,
    kind,
    trial,
    expected,
    outcome,
    delayS,
    ...(reason === undefined ? {} : { reason }),
    ...(triedUs === null ? {} : { triedUs }),
    ...(answeredUs === null ? {} : { answeredUs }),
    ...(heardUs === null ? {} : { heardUs }),
    ...(roundTripUs === null ? {} : { roundTripMs: roundTripUs / 1000, hops: hopViews(hops) }),
  };
}

/** Gaps that are shown of each link; all are in the journal. */
const GAPS_SHOWN = 5;

/** What happens to the links of a node over time: changes of state, and what was missed. */
export class LinkWatch {
  readonly #last = new Map<NodeId, string>();
  readonly #gaps = new Map<NodeId, NonNullable<LinkView['gaps']>>();

  /** Those whose state or agreement is not what it was when last asked; the first look tells nothing. */
  changed(links: readonly LinkView[]): LinkView[] {
    return links.filter(({ to, status, agreement }) => {
      const now = `${status} ${agreement}`;
      const before = this.#last.get(to);
      this.#last.set(to, now);
      return before !== undefined && before !== now;
    });
  }

  /** Shown with the nation at the other end; what the hub could not pass on to this nation, with the hub's. */
  gap(nation: Nation, { from, to, flow, ids, more = 0, firstUs, lastUs }: Gap): void {
    const other = flow === nation ? nationOf(from) : flow;
    const list = this.#gaps.get(other) ?? [];
    list.push({ from, to, count: ids.length + more, firstUs, lastUs });
    this.#gaps.set(other, list.slice(-GAPS_SHOWN));
  }

  withGaps(links: readonly LinkView[]): LinkView[] {
    return links.map((link) => {
      const gaps = this.#gaps.get(link.to);
      return gaps ? { ...link, gaps } : link;
    });
  }
}

/** The label of a tracklet as this node would share it. */
function probe(node: Linked): ItemLabel {
  const { mode, threat, level } = node.options;
  return {
    id: 'probe',
    kind: 'tracklet',
    mode,
    originators: [node.nation],
    threat,
    level,
    releasableTo: NATIONS.filter((n) => n !== node.nation),
    elements: ['trajectory'],
    consents: [],
  };
}
