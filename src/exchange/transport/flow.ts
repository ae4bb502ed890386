/**
 * The sending half of a link for one recipient: a bounded queue, a window of frames that are not yet settled,
 * repetition with back-off for what the network lost, and gaps for what could not be carried.
 */
import type { Random } from '../../earth/random.ts';
import type { Scheduler } from '../../model/clock.ts';
import type { Nation, NodeId } from '../../model/nation.ts';
import type { AckFrame, DataFrame, FrameContent } from './frames.ts';
import { ParcelQueue } from './queue.ts';
import {
  type Gap,
  type GapReason,
  type GapTold,
  type Parcel,
  PRIORITIES,
  TOLD_REASONS,
} from './transport.ts';

/** What a flow needs of its link. */
export interface FlowLink {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly epoch: number;
  readonly permitted: boolean;
  readonly up: boolean;
  readonly window: number;
  readonly capacity: number;
  readonly timers: Scheduler;
  readonly random: Random;
  /** Latest from sending to first answer, us; null before the first. */
  readonly roundTripUs: number | null;
  /** The time that is told. */
  nowUs(): number;
  emit(frame: DataFrame): void;
  /** A frame was answered for the first time. */
  answered(roundTripUs: number | null): void;
  /** A parcel was acknowledged. */
  acknowledged(): void;
  lost(gap: Gap): void;
}

interface Flying {
  sequence: number;
  parcel: Parcel | undefined;
  content: FrameContent;
  settle: (() => void)[];
  sentUs: number;
  dueUs: number;
  attempts: number;
  /** Counts departures over the flow: what left later and was answered has overtaken what left before. */
  order: number;
  overtaken: number;
  /** It arrived, and whoever has it is not done with it. */
  held: boolean;
}

interface Telling {
  ids: string[];
  /** Lost besides, and told as a number. */
  more: number;
  firstUs: number;
  lastUs: number;
  settle: (() => void)[];
}

interface Waiting extends Parcel {
  handedUs: number;
}

const FIRST_TIMEOUT_US = 1e6;
const LEAST_TIMEOUT_US = 50e3;
const MOST_TIMEOUT_US = 10e6;
/** What a neighbour holds is asked after this seldom: its answer may have been lost. */
const HELD_TIMEOUT_US = 5e6;
/** So many later frames answered mean that one before was lost, not late. */
const OVERTAKEN = 3;
/** The receiver remembers what it took, back to the oldest that is not settled: at most so many. */
const SPAN = 1 << 16;
/** While the link is down, what is on the way is asked this often whether it may still go. */
const ASK_AGAIN_US = 1e6;
const IDS_IN_A_GAP = 500;
/** While a neighbour cannot be told, so many ids of one reason are kept for it; of what is lost after that, how many. */
const IDS_KEPT = 5000;

export class Flow {
  readonly #link: FlowLink;
  readonly #nation: Nation;
  readonly #channel: string;
  readonly #queue: ParcelQueue<Waiting>;
  /** In order of their sequence. */
  readonly #flying = new Map<number, Flying>();
  readonly #telling = new Map<GapReason, Telling>();
  #sequence = 0;
  #order = 0;
  #timer: (() => void) | undefined;
  #closed = false;

  constructor(link: FlowLink, nation: Nation, channel: string) {
    this.#link = link;
    this.#nation = nation;
    this.#channel = channel;
    this.#queue = new ParcelQueue(link.capacity);
  }

  get queued(): number {
    return this.#queue.size;
  }

  get room(): number {
    return Math.max(0, this.#link.capacity - this.#queue.size);
  }

  get unacknowledged(): number {
    return this.#flying.size;
  }

  offer(parcel: Parcel): void {
    const loss = this.#queue.push({ ...parcel, handedUs: this.#link.nowUs() });
    if (loss) this.#lose(loss.reason, [loss.lost]);
    this.pump();
  }

  /** A gap for the receiver; it goes before anything that waits. */
  tell(gap: GapTold, settle: (() => void)[]): void {
    const nowUs = this.#link.nowUs();
    const { reason, ids, more = 0, firstUs = nowUs, lastUs = nowUs } = gap;
    if (!TOLD_REASONS.includes(reason)) {
      for (const done of settle) done();
      return;
    }
    let telling = this.#telling.get(reason);
    if (!telling) {
      telling = { ids: [], more: 0, firstUs, lastUs, settle: [] };
      this.#telling.set(reason, telling);
    }
    telling.firstUs = Math.min(telling.firstUs, firstUs);
    telling.lastUs = Math.max(telling.lastUs, lastUs);
    const fits = Math.min(ids.length, Math.max(0, IDS_KEPT - telling.ids.length));
    for (let i = 0; i < fits; i++) telling.ids.push(ids[i]);
    telling.more += more + ids.length - fits;
    // Whose ids are told is settled when they are; of the others nothing but a number is left to tell.
    if (fits > 0) telling.settle.push(...settle);
    else for (const done of settle) done();
  }

  /**
   * After a break, or when the neighbour began anew (`forgotten`: it holds nothing any more): what was on the
   * way may be lost, so it goes again, unless it may not go any more. Warnings first, each kind in its order.
   */
  resume(forgotten: boolean): void {
    const again = [...this.#flying.values()].sort((a, b) => rank(a) - rank(b) || a.sequence - b.sequence);
    for (const frame of again) {
      if (forgotten) frame.held = false;
      frame.attempts = 0;
      if (frame.held) continue;
      if (this.#mayGo(frame.parcel)) this.#fly(frame);
      else this.#flying.delete(frame.sequence);
    }
    this.pump();
  }

  close(): void {
    this.stop();
    const flying = [...this.#flying.values()].flatMap((f) => (f.parcel ? [f.parcel as Waiting] : []));
    const left = [...flying, ...this.#queue.drain()];
    this.#flying.clear();
    for (const alike of byHistory(left)) this.#link.lost(this.#gap('closed', alike));
  }

  /** Ends without a word, as a process that is killed. */
  stop(): void {
    this.#closed = true;
    this.#timer?.();
    this.#timer = undefined;
  }

  pump(): void {
    const link = this.#link;
    if (this.#closed) return;
    if (!link.permitted) {
      const left = this.#queue.drain();
      if (left.length > 0) this.#lose('notPermitted', left);
      return;
    }
    while (link.up && this.#flying.size < link.window && this.#sequence - this.#base() < SPAN) {
      const gap = this.#nextGap();
      const parcel = gap ? undefined : this.#queue.shift();
      if (!gap && !parcel) return;
      if (parcel && !this.#mayGo(parcel)) continue;
      const frame: Flying = {
        sequence: ++this.#sequence,
        parcel,
        content: gap ? { gap: gap.gap } : contentOf(parcel!),
        settle: gap ? gap.settle : parcel!.onSettled ? [parcel!.onSettled] : [],
        sentUs: 0,
        dueUs: 0,
        attempts: 0,
        order: 0,
        overtaken: 0,
        held: false,
      };
      this.#flying.set(frame.sequence, frame);
      this.#fly(frame);
    }
  }

  /** The link is not permitted: what waits, and what goes unanswered, is not carried. */
  abandon(): void {
    this.pump();
    const nowUs = this.#link.timers.nowUs();
    for (const frame of [...this.#flying.values()]) {
      if (frame.dueUs <= nowUs && !this.#mayGo(frame.parcel)) this.#flying.delete(frame.sequence);
    }
  }

  acknowledge(ack: AckFrame): void {
    const frame = this.#flying.get(ack.sequence);
    if (!frame || this.#closed) return;
    if (!frame.held) {
      // Of a repetition nobody knows which departure was answered (Karn and Partridge 1987).
      this.#link.answered(frame.attempts === 1 ? this.#link.timers.nowUs() - frame.sentUs : null);
      this.#noticeOvertaken(frame);
    }
    if (!ack.settled) {
      frame.held = true;
      frame.attempts = 1;
      frame.dueUs = this.#link.timers.nowUs() + HELD_TIMEOUT_US;
      return;
    }
    this.#flying.delete(ack.sequence);
    if (frame.parcel) this.#link.acknowledged();
    for (const done of frame.settle) done();
    this.pump();
  }

  #base(): number {
    return this.#flying.keys().next().value ?? this.#sequence + 1;
  }

  #mayGo(parcel: Parcel | undefined): boolean {
    const { permitted } = this.#link;
    if (!parcel) return permitted;
    const answer = permitted ? (parcel.mayGo?.() ?? 'go') : 'notPermitted';
    if (answer !== 'go') this.#lose(answer, [parcel as Waiting]);
    return answer === 'go';
  }

  #fly(frame: Flying): void {
    const { timers, epoch } = this.#link;
    frame.sentUs = timers.nowUs();
    frame.attempts++;
    frame.order = ++this.#order;
    frame.overtaken = 0;
    frame.dueUs = frame.sentUs + this.#timeoutUs(frame);
    const { sequence, content } = frame;
    this.#arm(frame.dueUs);
    this.#link.emit({ type: 'data', epoch, flow: this.#nation, sequence, base: this.#base(), content });
  }

  /** Doubled with each repetition, and spread, so that many senders do not come back at one instant. */
  #timeoutUs(frame: Flying): number {
    const { roundTripUs, random } = this.#link;
    const expected = roundTripUs === null ? FIRST_TIMEOUT_US : 3 * roundTripUs;
    const first = frame.held ? HELD_TIMEOUT_US : Math.max(LEAST_TIMEOUT_US, expected);
    const grown = Math.min(first * 2 ** Math.min(frame.attempts - 1, 10), Math.max(first, MOST_TIMEOUT_US));
    return Math.round(grown * (0.75 + 0.5 * random.uniform()));
  }

  #arm(dueUs: number): void {
    this.#timer ??= this.#link.timers.at(dueUs, () => {
      this.#timer = undefined;
      this.#repeat();
    });
  }

  #repeat(): void {
    if (this.#closed) return;
    const nowUs = this.#link.timers.nowUs();
    let nextUs = Number.POSITIVE_INFINITY;
    for (const frame of [...this.#flying.values()]) {
      if (frame.dueUs > nowUs) nextUs = Math.min(nextUs, frame.dueUs);
      else if (!this.#mayGo(frame.parcel)) this.#flying.delete(frame.sequence);
      else {
        // While the link is down nothing is repeated, but what expired or was withdrawn is told in time.
        if (this.#link.up) this.#fly(frame);
        else frame.dueUs = nowUs + ASK_AGAIN_US;
        nextUs = Math.min(nextUs, frame.dueUs);
      }
    }
    this.#timer?.();
    this.#timer = undefined;
    if (nextUs < Number.POSITIVE_INFINITY) this.#arm(nextUs);
    this.pump();
  }

  #noticeOvertaken(answered: Flying): void {
    for (const frame of this.#flying.values()) {
      if (frame.sequence >= answered.sequence) return;
      if (frame.held || frame.order > answered.order || ++frame.overtaken < OVERTAKEN) continue;
      if (this.#mayGo(frame.parcel)) this.#fly(frame);
      else this.#flying.delete(frame.sequence);
    }
  }

  #lose(reason: GapReason, parcels: Waiting[]): void {
    for (const alike of byHistory(parcels)) {
      const gap = this.#gap(reason, alike);
      this.#link.lost(gap);
      this.tell(
        gap,
        alike.flatMap((p) => (p.onSettled ? [p.onSettled] : [])),
      );
    }
  }

  #nextGap(): { gap: Gap; settle: (() => void)[] } | undefined {
    for (const [reason, telling] of this.#telling) {
      const { ids, more, firstUs, lastUs, settle } = telling;
      const now = ids.splice(0, IDS_IN_A_GAP);
      const last = ids.length === 0;
      if (last) this.#telling.delete(reason);
      const { from, to } = this.#link;
      const gap = {
        from,
        to,
        flow: this.#nation,
        channel: this.#channel,
        timeUs: this.#link.nowUs(),
        reason,
        ids: now,
        ...(last && more > 0 ? { more } : {}),
        firstUs,
        lastUs,
      };
      return { gap, settle: last ? settle : [] };
    }
    return undefined;
  }

  #gap(reason: GapReason, parcels: Waiting[]): Gap {
    const { from, to } = this.#link;
    const times = parcels.map((p) => p.handedUs);
    return {
      from,
      to,
      flow: this.#nation,
      channel: this.#channel,
      timeUs: this.#link.nowUs(),
      reason,
      ids: parcels.map((p) => p.id),
      firstUs: Math.min(...times),
      lastUs: Math.max(...times),
      ...(parcels[0]?.priority === 'history' ? { history: true } : {}),
    };
  }
}

/** What is given again apart from the rest: a copy that did not go says nothing of the first release. */
function byHistory(parcels: Waiting[]): Waiting[][] {
  const isCopy = (p: Waiting): boolean => p.priority === 'history';
  return [parcels.filter((p) => !isCopy(p)), parcels.filter(isCopy)].filter((some) => some.length > 0);
}

function contentOf({ id, bytes, priority }: Parcel): FrameContent {
  return priority === 'history' ? { id, bytes, history: true } : { id, bytes };
}

function rank(frame: Flying): number {
  return frame.parcel ? PRIORITIES.indexOf(frame.parcel.priority) : -1;
}
