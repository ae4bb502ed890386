/**
 * Catching up: a node that comes late, or was away for longer than its partners' queues last, asks each of them for what
 * it was given meanwhile. The partner reads its own history (transport/history.ts) and decides again for each envelope:
 * what may go now goes once more, the same signed bytes, after everything new; what may not is not even mentioned; what is
 * not there any more is told as a number. Question and answer are items like all others, under the agreement and by the way
 * that they are about: where nothing may pass, nothing can be asked either.
 */
import { usToIso } from '../earth/time.ts';
import type { Scheduler } from '../model/clock.ts';
import { ITEM_KINDS, type Item, type ItemKind } from '../model/item.ts';
import { type Mode, NATIONS, type Nation, type NodeId, nationOf } from '../model/nation.ts';
import { type Agreement, releases } from './agreement.ts';
import type { AgreementBook } from './book.ts';
import { ELEMENTS_OF, isCanary } from './canary-rules.ts';
import { decisionBody, type Offer } from './delivery.ts';
import { type Envelope, type EnvelopeCodec, jsonCodec, type Payload, readPayload } from './envelope.ts';
import { agreementState, inForce } from './history.ts';
import type { Journal, JournalRecord } from './journal.ts';
import type { KeyRing } from './keys.ts';
import type { OnTheWay } from './past.ts';
import type { HistoryPage, Kept, ReadFrom, StreamName } from './transport/history.ts';
import type { Gap, SendResult, Transport } from './transport/transport.ts';

/** What came of asking: envelopes given again, and those that are not there any more. */
export interface CaughtUp {
  from: Nation;
  agreement: string;
  given: number;
  lost: number;
  /** What was asked for begins here. */
  sinceUs: number;
}

interface CatchUpOptions {
  nation: Nation;
  mode: Mode;
  clock: Scheduler;
  book: AgreementBook;
  ring: KeyRing;
  transport: Transport;
  journal: Journal;
  codec?: EnvelopeCodec;
  attempt: (offer: Offer) => void;
  /** Hands an envelope over once more; `settled` is called when nothing more can become of it. */
  again: (item: Item, one: OnTheWay, settled: () => void) => SendResult;
  recalled: (item: string) => boolean;
  closed: () => boolean;
  onCaughtUp?: (what: CaughtUp) => void;
}

/** What is asked of a nation under an agreement, until it is answered. */
interface Wish {
  from: Nation;
  agreement: string;
  sinceUs: number;
  /** The question that is out, if any. */
  asked: string | undefined;
  tries: number;
  /** Nothing is asked before. */
  fromUs: number;
  /** More was missed while the question was out: from here on it is asked again. */
  moreUs: number | undefined;
  cancel: () => void;
}

interface Question {
  to: Nation;
  via: NodeId | null;
  agreement: string;
  asked: string;
  sinceUs: number;
  /** Meanwhile nothing might pass: what was passed over then is not in the answer, so there is none; it is asked again. */
  brokenOff?: true;
}

/** Without an answer a question is asked again after this, then after twice this, and so on; beside any handling delay. */
const ASK_AGAIN_US = 60e6;
const DOUBLED_AT_MOST = 4;
/** A question or an answer is worth sending for a day: the handling may take as long. */
const VALID_US = 2 * 86_400e6;
/** After a crash nothing is asked before the witnesses had time to say that the journal is whole. */
const AFTER_CRASH_US = 20e6;
/** Where the queue is full of what is new, history waits so long. */
const ROOM_AGAIN_US = 1e6;
/** Clocks of two nodes differ by less. */
const MARGIN_US = 10e6;
/**
 * Envelopes whose first release was withdrawn while it waited are remembered: they never went. Not those of which a copy
 * was: they went before, and go again when they may.
 */
const WITHHELD_KEPT = 100_000;

/** A question, an answer or a canary: of no use later. */
export function isOfTheMoment(item: Item): boolean {
  return isCanary(item) || item.body.asks !== undefined || item.body.answers !== undefined;
}

export class CatchUp {
  readonly #o: CatchUpOptions;
  readonly #wishes = new Map<string, Wish>();
  /** The question of each nation and agreement that is being answered, and the latest that came meanwhile. */
  readonly #serving = new Map<string, Question>();
  readonly #next = new Map<string, Question>();
  readonly #withheld = new Set<string>();
  /** Given again, and nobody knows yet what becomes of them; as many as there was room for. */
  readonly #handed = new Set<string>();
  /** Of these, told as not carried after all. */
  readonly #notCarried = new Set<string>();

  constructor(options: CatchUpOptions) {
    this.#o = options;
  }

  /** After an event of an agreement, which the journal has: what could not be asked before may be asked now. */
  agreementsChanged(): void {
    const { clock, book } = this.#o;
    const nowUs = clock.nowUs();
    for (const question of this.#serving.values()) {
      const a = book.agreements.find((x) => x.id === question.agreement);
      if (!a || !inForce(agreementState(a, nowUs))) question.brokenOff = true;
    }
    for (const wish of this.#wishes.values())
      if (wish.asked === undefined && wish.fromUs <= nowUs) this.#ask(wish);
  }

  /** Asks a nation for what it gave this one since then, under each agreement there is or comes to be. */
  want(from: Nation, sinceUs: number, waitUs = 0): void {
    const { book, nation, journal, clock } = this.#o;
    for (const a of book.agreements) {
      if (!releases(a) || !a.parties.includes(from) || !a.parties.includes(nation)) continue;
      const key = `${from} ${a.id}`;
      const known = this.#wishes.get(key);
      if (known?.asked !== undefined) {
        known.moreUs = Math.min(known.moreUs ?? sinceUs, sinceUs);
        continue;
      }
      journal.write('historyWanted', { from, agreement: a.id, sinceUs });
      const wish = known ?? {
        from,
        agreement: a.id,
        sinceUs,
        asked: undefined,
        tries: 0,
        fromUs: 0,
        moreUs: undefined,
        cancel() {},
      };
      wish.sinceUs = Math.min(wish.sinceUs, sinceUs);
      this.#wishes.set(key, wish);
      wish.cancel();
      wish.fromUs = clock.nowUs() + waitUs;
      if (waitUs === 0) this.#ask(wish);
      else wish.cancel = clock.at(wish.fromUs, () => this.#ask(wish));
    }
  }

  /**
   * After a crash: the history gets what it lacks of what the journal has as sent; what was asked and not answered is asked
   * again; what never went is known.
   */
  goOn(records: readonly JournalRecord[]): void {
    this.#restore(records);
    const open = new Map<string, { from: Nation; sinceUs: number }>();
    for (const { kind, body } of records) {
      const key = `${body.from} ${body.agreement}`;
      if (kind === 'historyWanted')
        open.set(key, { from: body.from as Nation, sinceUs: Number(body.sinceUs) });
      else if (kind === 'historyAnswered') open.delete(key);
      else if (kind === 'gap' && !body.history) this.#remember(body.reason, body.envelopes as string[]);
    }
    for (const nation of NATIONS) {
      const since = [...open.values()].filter((w) => w.from === nation).map((w) => w.sinceUs);
      if (since.length > 0) this.want(nation, Math.min(...since), AFTER_CRASH_US);
    }
  }

  #restore(records: readonly JournalRecord[]): void {
    const { clock, transport, codec = jsonCodec } = this.#o;
    const nowUs = clock.nowUs();
    const streams = new Map<string, { name: StreamName; past: Kept[] }>();
    for (const { kind, body, timeUs } of records) {
      if (kind !== 'sent' || !body.sealed) continue;
      const envelope = body.sealed as Envelope;
      const payload = readPayload(envelope);
      if (!payload || payload.item.expiresUs <= nowUs || isOfTheMoment(payload.item)) continue;
      const name = { channel: payload.agreement, flow: payload.to };
      const key = `${name.channel} ${name.flow}`;
      const stream = streams.get(key) ?? { name, past: [] };
      streams.set(key, stream);
      stream.past.push({ id: String(body.envelope), atUs: timeUs, bytes: codec.encode(envelope) });
    }
    for (const { name, past } of streams.values()) transport.history.restore(name, past);
  }

  /** A gap was told, here or by a neighbour. */
  gap(gap: Gap, asks: boolean): void {
    const { nation } = this.#o;
    if (gap.from === nation) {
      if (!gap.history) this.#remember(gap.reason, gap.ids);
      else for (const id of gap.ids) if (this.#handed.has(id)) this.#notCarried.add(id);
    } else if (asks && gap.flow === nation && gap.reason === 'overflow') {
      // What a relay tells may be of anybody.
      for (const other of NATIONS)
        if (other !== nation && (gap.from === 'HUB' || gap.from === other))
          this.want(other, gap.firstUs - MARGIN_US);
    }
  }

  /** A question or an answer came, rightly signed; false if the item is neither. */
  hear({ item, from, via, agreement }: Payload): boolean {
    const { asks, answers } = item.body;
    const { closed } = this.#o;
    if (asks && !closed()) {
      const to = nationOf(from);
      const question = { to, via, agreement, asked: item.label.id, sinceUs: asks.sinceUs };
      const key = `${to} ${agreement}`;
      if (this.#serving.has(key)) this.#next.set(key, question);
      else this.#serve(question);
    }
    if (answers) this.#answered(nationOf(from), agreement, answers);
    return asks !== undefined || answers !== undefined;
  }

  close(): void {
    for (const wish of this.#wishes.values()) wish.cancel();
    this.#wishes.clear();
  }

  #answered(
    from: Nation,
    agreement: string,
    { asked, given, lost }: NonNullable<Item['body']['answers']>,
  ): void {
    const { journal, onCaughtUp } = this.#o;
    const key = `${from} ${agreement}`;
    const wish = this.#wishes.get(key);
    if (wish?.asked !== asked) return;
    const { sinceUs, moreUs } = wish;
    wish.cancel();
    this.#wishes.delete(key);
    journal.write('historyAnswered', { from, agreement, asked, given, lost });
    onCaughtUp?.({ from, agreement, given, lost, sinceUs });
    if (moreUs !== undefined) this.want(from, moreUs);
  }

  /** Asks where it may be asked now; otherwise an event of an agreement, or time, brings it back. */
  #ask(wish: Wish): void {
    const { book, nation, clock, transport, attempt, closed } = this.#o;
    wish.cancel();
    if (closed()) return;
    const a = book.agreements.find((x) => x.id === wish.agreement)!;
    const nowUs = clock.nowUs();
    const asked = `history:${nation}>${wish.from}:${a.id}:${nowUs}`;
    const neighbours = transport.links().map((l) => l.to);
    const ways = ([null, 'HUB'] as const).filter((via) => neighbours.includes(via ?? wish.from));
    const body = { asks: { sinceUs: wish.sinceUs } };
    const way = this.#passing(a, asked, wish.from, ways, body);
    // There and back.
    const handlingUs = 2e6 * (way?.delayS ?? 0);
    const againUs = handlingUs + ASK_AGAIN_US * 2 ** Math.min(wish.tries, DOUBLED_AT_MOST);
    wish.asked = undefined;
    wish.cancel = clock.at(nowUs + againUs, () => this.#ask(wish));
    if (!way) return;
    wish.asked = asked;
    wish.tries++;
    attempt({ item: way.item, to: wish.from, offeredUs: nowUs, under: { agreement: a.id, via: way.via } });
  }

  /** A question or an answer as an item of a kind that passes now by one of the ways; undefined if none does. */
  #passing(
    a: Agreement,
    id: string,
    to: Nation,
    ways: readonly (NodeId | null)[],
    body: Pick<Item['body'], 'asks' | 'answers'>,
  ): { item: Item; via: NodeId | null; delayS: number } | undefined {
    const { book, nation, mode, clock } = this.#o;
    const nowUs = clock.nowUs();
    for (const kind of a.kinds === 'any' ? ITEM_KINDS : a.kinds) {
      const item = serviceItem(a, kind, id, nation, to, mode, nowUs, body);
      for (const via of ways) {
        const { decision, delayS } = book.decideUnder(
          a.id,
          item.label,
          nation,
          to,
          via && nationOf(via),
          nowUs,
        );
        if (decision !== 'deny') return { item, via, delayS };
      }
    }
    return undefined;
  }

  /** Page by page, and never more at once than half of what may wait for the recipient: the rest is for what is new. */
  #serve(question: Question): void {
    const { transport, clock, closed, journal } = this.#o;
    const { agreement, to, via, sinceUs, asked } = question;
    const key = `${to} ${agreement}`;
    this.#serving.set(key, question);
    let given = 0;
    let lost = 0;
    const end = (answered: boolean): void => {
      this.#serving.delete(key);
      if (closed()) return;
      if (answered && !question.brokenOff) {
        const account = { given, lost };
        journal.write('historyGiven', { to, agreement, asked, ...account });
        this.#answer(question, account);
      }
      const next = this.#next.get(key);
      this.#next.delete(key);
      if (next) this.#serve(next);
    };
    const read = (from: ReadFrom): void =>
      transport.history.read({ channel: agreement, flow: to }, from, (page) => {
        // Not to be read now: the question comes again.
        if (page) pour(page.parts, page.next);
        else end(false);
      });
    const pour = (parts: HistoryPage['parts'], next: number | null): void => {
      if (closed()) return;
      const most = Math.floor(transport.room(via ?? to, to, agreement) / 2);
      const handed: Kept[] = [];
      let waiting = 1;
      let n = 0;
      const settled = (): void => {
        if (--waiting > 0 || closed()) return;
        // What had to make room for something new is given once more; what may not go any more is not.
        const redo = handed.filter(({ id }) => this.#notCarried.delete(id));
        for (const { id } of handed) this.#handed.delete(id);
        given -= redo.length;
        const left = [...redo, ...parts.slice(n)];
        if (redo.length > 0 || (left.length > 0 && most === 0))
          clock.at(clock.nowUs() + ROOM_AGAIN_US, () => pour(left, next));
        else if (left.length > 0) pour(left, next);
        else if (next === null) end(true);
        else read({ next });
      };
      for (; n < parts.length && handed.length < most; n++) {
        const part = parts[n];
        if ('lost' in part) lost += part.lost;
        if ('lost' in part || part.atUs < sinceUs) continue;
        waiting++;
        this.#handed.add(part.id);
        const outcome = this.#giveAgain(question, part, settled);
        if (outcome === 'lost') lost++;
        if (outcome === 'given') {
          given++;
          handed.push(part);
        } else {
          waiting--;
          this.#handed.delete(part.id);
        }
      }
      settled();
    };
    read({ sinceUs });
  }

  /** Decides now, as when it first went; what may not go now is not told as lost either. */
  #giveAgain(
    { to, agreement, asked }: Question,
    kept: Kept,
    settled: () => void,
  ): 'given' | 'withheld' | 'lost' {
    const { nation, clock, book, ring, codec = jsonCodec, journal, recalled, again } = this.#o;
    const nowUs = clock.nowUs();
    const envelope: Envelope | undefined = codec.decode(kept.bytes);
    const payload = envelope && readPayload(envelope);
    if (!envelope || !payload || payload.to !== to || payload.agreement !== agreement) return 'lost';
    const { item, via, offeredUs } = payload;
    const { id } = item.label;
    if (this.#withheld.has(kept.id) || (recalled(id) && !item.body.withdrawn)) return 'withheld';
    const decision = book.decideUnder(agreement, item.label, nation, to, via && nationOf(via), nowUs);
    journal.write('decision', decisionBody(item, to, via, decision));
    // What would have to be reduced now was signed with more in it.
    if (decision.decision !== 'allow' || offeredUs + Math.round(decision.delayS * 1e6) > nowUs)
      return 'withheld';
    if (item.expiresUs <= nowUs || ring.isRevoked(envelope.keyId, nowUs)) return 'lost';
    const sent = again(item, { hash: kept.id, envelope, to, via, agreement }, settled);
    if (!sent.accepted) return 'withheld';
    const { revision } = item;
    journal.write('sentAgain', { item: id, revision, to, via, agreement, envelope: kept.id, asked });
    return 'given';
  }

  #answer({ to, via, agreement, asked }: Question, account: { given: number; lost: number }): void {
    const { book, clock, attempt } = this.#o;
    const nowUs = clock.nowUs();
    const a = book.agreements.find((x) => x.id === agreement);
    const body = { answers: { asked, ...account } };
    const way = a && this.#passing(a, `${asked}:answer:${nowUs}`, to, [via], body);
    if (way) attempt({ item: way.item, to, offeredUs: nowUs, under: { agreement, via } });
  }

  #remember(reason: unknown, ids: readonly string[]): void {
    if (reason !== 'withdrawn' && reason !== 'notPermitted') return;
    for (const id of ids) this.#withheld.add(id);
    for (const id of this.#withheld) {
      if (this.#withheld.size <= WITHHELD_KEPT) break;
      this.#withheld.delete(id);
    }
  }
}

/** An item without content, which its nation releases to the other. */
function serviceItem(
  a: Agreement,
  kind: ItemKind,
  id: string,
  from: Nation,
  to: Nation,
  mode: Mode,
  nowUs: number,
  body: Pick<Item['body'], 'asks' | 'answers'>,
): Item {
  return {
    label: {
      id,
      kind,
      mode,
      originators: [from],
      threat: a.threats === 'any' ? 'DPRK' : a.threats[0],
      level: 'unclassified',
      releasableTo: [to],
      elements: [...ELEMENTS_OF[kind]],
      consents: [{ by: from, to, until: usToIso(nowUs + VALID_US) }],
    },
    revision: 1,
    sourceType: 'human',
    observedUs: nowUs,
    madeUs: nowUs,
    expiresUs: nowUs + VALID_US,
    body,
  };
}
