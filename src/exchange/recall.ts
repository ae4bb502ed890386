/**
 * Recall: an originator withdraws an item. The withdrawal is the item's last revision: same label, no content, so that
 * it goes wherever the item could go, by the same decision, and to nobody who never had it. Each holder drops the item
 * and says so; who has not said so in time is listed.
 */
import { BeaconfireError } from '../model/errors.ts';
import type { Item, ItemKind } from '../model/item.ts';
import type { Nation } from '../model/nation.ts';
import { show } from '../model/schema.ts';
import type { ReceivedItem } from './delivery.ts';

/** A holder that has not acknowledged after this long is late, us. */
const LATE_US = 10e6;
/** A withdrawal and its acknowledgement are worth sending for a day, us. */
const VALID_US = 86_400e6;

export interface RecallStatus {
  item: string;
  kind: ItemKind;
  /** The revision that withdraws it. */
  revision: number;
  reason: string;
  sinceUs: number;
  holders: { nation: Nation; acknowledgedUs: number | null }[];
  /** Holders that have not acknowledged in time: ask them another way. */
  late: Nation[];
}

/** Items that are remembered, given and withdrawn; the oldest are forgotten, and can't be withdrawn any more. */
const ITEMS_KEPT = 50_000;

function forgetOldest(items: Map<string, unknown>): void {
  if (items.size > ITEMS_KEPT) items.delete(items.keys().next().value!);
}

interface Recall extends Omit<RecallStatus, 'holders' | 'late'> {
  holders: Map<Nation, number | null>;
}

export class Recalls {
  readonly #own: Nation;
  /** Own items as last sent, and who has them. */
  readonly #given = new Map<string, { item: Item; holders: Set<Nation> }>();
  readonly #recalls = new Map<string, Recall>();
  /** Items of others that were withdrawn, by sender and id: the revision that did. */
  readonly #dropped = new Map<string, number>();

  constructor(own: Nation) {
    this.#own = own;
  }

  /** An item was handed over for a nation. */
  given(item: Item, to: Nation): void {
    const { id, originators } = item.label;
    if (originators.some((n) => n !== this.#own)) return;
    const { track } = item.body;
    // What it said is not needed to take it back.
    const bare = { ...item, body: track === undefined ? {} : { track } };
    const known = this.#given.get(id);
    if (known) {
      known.item = bare;
      known.holders.add(to);
    } else this.#given.set(id, { item: bare, holders: new Set([to]) });
    forgetOldest(this.#given);
  }

  isRecalled(id: string): boolean {
    return this.#recalls.has(id);
  }

  /** Own items that others hold and that stand. */
  standing(): { item: string; kind: ItemKind; revision: number; holders: Nation[] }[] {
    return [...this.#given].flatMap(([id, { item, holders }]) =>
      this.#recalls.has(id)
        ? []
        : [{ item: id, kind: item.label.kind, revision: item.revision, holders: [...holders] }],
    );
  }

  /**
   * Begins a recall: the withdrawal, and those who hold the item; nobody does if it only waits here (`waiting`). BF_USAGE
   * if it is not an own item that was given or waits, or is recalled.
   */
  begin(
    id: string,
    revision: number,
    reason: string,
    nowUs: number,
    waiting?: Item,
  ): { item: Item; holders: Nation[] } {
    const own = waiting?.label.originators.every((n) => n === this.#own) ? waiting : undefined;
    const known = this.#given.get(id) ?? (own && { item: own, holders: new Set<Nation>() });
    if (!known || this.#recalls.has(id))
      throw new BeaconfireError(
        'BF_USAGE',
        `expected an own item that others hold or that waits to go to them, and that is not recalled, found ${show(id)}`,
      );
    const holders = [...known.holders];
    this.#recalls.set(id, {
      item: id,
      kind: known.item.label.kind,
      revision,
      reason,
      sinceUs: nowUs,
      holders: new Map(holders.map((n) => [n, null])),
    });
    const { track } = known.item.body;
    const body = { withdrawn: true as const, ...(track === undefined ? {} : { track }) };
    return { item: { ...known.item, revision, madeUs: nowUs, expiresUs: nowUs + VALID_US, body }, holders };
  }

  /** An acknowledgement came in; false if it fits no recall of ours. */
  acknowledged(by: Nation, what: { item: string; revision: number }, nowUs: number): boolean {
    const recall = this.#recalls.get(what.item);
    if (!recall || recall.revision !== what.revision || recall.holders.get(by) !== null) return false;
    recall.holders.set(by, nowUs);
    return true;
  }

  /** A withdrawal came in: from now on nothing of the item is taken any more. The acknowledgement that goes back. */
  drop({ item, receivedUs }: Pick<ReceivedItem, 'item' | 'receivedUs'>): Item {
    const { label, revision } = item;
    this.#dropped.set(label.id, revision);
    forgetOldest(this.#dropped);
    return {
      label: {
        ...label,
        id: `${label.id}:withdrawn:${this.#own}`,
        originators: [this.#own],
        releasableTo: [...label.originators],
        consents: [],
      },
      revision: 1,
      sourceType: 'human',
      observedUs: receivedUs,
      madeUs: receivedUs,
      expiresUs: receivedUs + VALID_US,
      body: { acknowledges: { item: label.id, revision } },
    };
  }

  /** Whether a revision that comes late is of an item that was withdrawn. */
  isDropped(item: Item): boolean {
    const at = this.#dropped.get(item.label.id);
    return at !== undefined && item.revision < at;
  }

  status(nowUs: number): RecallStatus[] {
    return [...this.#recalls.values()].map(({ holders, ...recall }) => ({
      ...recall,
      holders: [...holders].map(([nation, acknowledgedUs]) => ({ nation, acknowledgedUs })),
      late: [...holders].flatMap(([n, at]) => (at === null && nowUs - recall.sinceUs > LATE_US ? [n] : [])),
    }));
  }
}
