/** Which way an item goes: direct or through the hub. */
import type { Item } from '../model/item.ts';
import { type Nation, type NodeId, nationOf } from '../model/nation.ts';
import type { AgreementBook } from './book.ts';
import type { Decision } from './decide.ts';
import { reason } from './reasons.ts';

export interface Route {
  via: NodeId | null;
  decision: Decision;
}

/** Of the links there are, the route that releases: the soonest, then the fullest, then the direct one. */
export function bestRoute(
  item: Item,
  from: Nation,
  to: Nation,
  neighbours: readonly NodeId[],
  book: AgreementBook,
  nowUs: number,
): Route {
  const routes: Route[] = [];
  for (const via of [null, 'HUB'] as const) {
    if (!neighbours.includes(via ?? to)) continue;
    routes.push({ via, decision: book.decide(item.label, from, to, via && nationOf(via), nowUs) });
  }
  const open = routes.filter((r) => r.decision.decision !== 'deny');
  const cost = ({ decision: d }: Route): number =>
    d.delayS * 10 + d.reductions.length + (d.positionFloorM ?? 0) / 1e7;
  if (open.length > 0) return open.reduce((best, r) => (cost(r) < cost(best) ? r : best));
  const reasons = routes.flatMap((r) => r.decision.reasons);
  if (routes.length === 0) reasons.push(reason('noRoute', to));
  return { via: null, decision: { decision: 'deny', agreement: null, reasons, reductions: [], delayS: 0 } };
}
