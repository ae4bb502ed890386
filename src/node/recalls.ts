/** Withdrawn items: this nation's own, with who has acknowledged, and those of others, with what rested on them. */
import type { Exchange, RecallStatus } from '../exchange/index.ts';
import type { Item } from '../model/item.ts';
import type { Nation } from '../model/nation.ts';
import type { Picture } from '../picture/index.ts';
import type { WarningOffice } from './warnings.ts';
import type { RecallList, RecallView, WithdrawalView } from './wire.ts';

/** Withdrawals of others that are shown; all are in the journal. */
const KEPT = 100;

export class RecallLog {
  readonly #withdrawals: WithdrawalView[] = [];

  /** Takes a withdrawn item out of the picture. What is derived from it is noted, for people to judge. */
  withdraw(
    item: Item,
    from: Nation,
    picture: Picture,
    warnings: WarningOffice,
    nowUs: number,
  ): WithdrawalView {
    const { id, kind } = item.label;
    const { track } = item.body;
    const effect =
      track === undefined ? { changed: [], gone: [] } : picture.withdraw(from, kind, track, nowUs);
    const touched = [...effect.changed, ...effect.gone];
    const view = {
      item: id,
      kind,
      from,
      receivedUs: nowUs,
      tracks: effect.changed.map((t) => t.id),
      gone: effect.gone.map((t) => t.id),
      warnings: warnings.openOf(touched.map((t) => t.launchId)),
    };
    this.#withdrawals.push(view);
    if (this.#withdrawals.length > KEPT) this.#withdrawals.shift();
    return view;
  }

  /** Those of other nations. */
  withdrawals(own: Nation): WithdrawalView[] {
    return this.#withdrawals.filter((w) => w.from !== own);
  }
}

export function recallViews(exchange: Exchange): RecallView[] {
  return exchange.recalls().map(recallView);
}

export function recallList(exchange: Exchange): RecallList {
  return { items: exchange.given(), recalls: recallViews(exchange) };
}

function recallView({ item, kind, revision, reason, sinceUs, holders, late }: RecallStatus): RecallView {
  return {
    item,
    kind,
    revision,
    reason,
    sinceUs,
    holders: holders.map((h) => ({ ...h, late: late.includes(h.nation) })),
  };
}
