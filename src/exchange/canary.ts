/**
 * Health by canary: an item with a label like any other goes through decision, signing, transport, relay and
 * verification to each other nation, which answers with one of its own. What counts is that the answer came;
 * a socket that is open proves nothing.
 */
import type { Element, Item, ItemKind, Level, Threat } from '../model/item.ts';
import type { Mode, Nation, NodeId } from '../model/nation.ts';
import type { Hop } from './envelope.ts';

export interface CanaryOptions {
  /** Each other nation is asked this often, us. */
  everyUs: number;
  /** As on the node's real items, so that the same rules decide. */
  threat: Threat;
  level: Level;
}

/** One hop there and back, us. Measured by one clock each, so that skewed clocks do not show in it. */
export interface HopTime {
  from: NodeId;
  to: NodeId;
  roundTripUs: number;
}

export interface CanaryHealth {
  /** From the asking to the answer, handling delays included, us; of the latest answer. */
  roundTripUs: number | null;
  hops: HopTime[];
  answeredUs: number | null;
  /** Asked since the latest answer without one, and due. */
  missed: number;
}

/** Asked in turn: each kind is released by rules of its own. */
const KINDS: readonly { kind: ItemKind; elements: Element[] }[] = [
  { kind: 'tracklet', elements: ['trajectory', 'sensorIdentity'] },
  { kind: 'launch', elements: ['launchPoint', 'sensorIdentity'] },
  { kind: 'impact', elements: ['impactPoint', 'trajectory', 'sensorIdentity'] },
];
/** Beyond the handling delays, an answer may take this long, us. */
const PATIENCE_US = 5e6;
const PREFIX = 'canary:';

export function isCanary(item: Pick<Item, 'label'>): boolean {
  return item.label.id.startsWith(PREFIX);
}

interface Asked {
  revision: number;
  askedUs: number;
  dueUs: number;
}

/** A nation's canaries to one other nation. */
export class Canary {
  readonly #from: Nation;
  readonly #to: Nation;
  readonly #mode: Mode;
  readonly #o: CanaryOptions;
  #revision = 0;
  #open: Asked[] = [];
  #health: Omit<CanaryHealth, 'missed'> = { roundTripUs: null, hops: [], answeredUs: null };

  constructor(from: Nation, to: Nation, mode: Mode, options: CanaryOptions) {
    this.#from = from;
    this.#to = to;
    this.#mode = mode;
    this.#o = options;
  }

  /** The next question. The caller says with `asked` that it went. */
  question(nowUs: number): Item {
    const revision = this.#revision + 1;
    const { kind, elements } = KINDS[revision % KINDS.length];
    return this.#item(`ask:${this.#from}>${this.#to}`, kind, elements, revision, nowUs, {});
  }

  /** The question was offered; `delayS`: the handling delay of its route. Nobody waits for what was denied. */
  asked(item: Item, nowUs: number, delayS: number | null): void {
    this.#revision = item.revision;
    if (delayS === null) {
      this.#open = [];
      this.#health = { roundTripUs: null, hops: [], answeredUs: null };
      return;
    }
    const dueUs = nowUs + 2 * delayS * 1e6 + PATIENCE_US;
    this.#open.push({ revision: item.revision, askedUs: nowUs, dueUs });
    if (this.#open.length > 1000) this.#open.shift();
  }

  /** The answer to a question of theirs. It says when the hub had passed the question on. */
  answerTo(question: Item, hops: readonly Hop[], nowUs: number): Item {
    const { kind, elements } = KINDS[question.revision % KINDS.length];
    const said = hops.length > 0 ? { track: String(hops[0].atUs) } : {};
    return this.#item(`answer:${this.#from}>${this.#to}`, kind, elements, question.revision, nowUs, said);
  }

  /** An answer came. */
  answered(answer: Item, hops: readonly Hop[], nowUs: number): void {
    const asked = this.#open.find((a) => a.revision === answer.revision);
    if (!asked) return;
    this.#open = this.#open.filter((a) => a.revision > answer.revision);
    const roundTripUs = nowUs - asked.askedUs;
    const hubThereUs = Number(answer.body.track);
    const hub = hops[0];
    const between = hub && Number.isFinite(hubThereUs) ? hub.atUs - hubThereUs : undefined;
    this.#health = {
      roundTripUs,
      hops:
        hub && between !== undefined
          ? [
              { from: this.#from, to: hub.node, roundTripUs: roundTripUs - between },
              { from: hub.node, to: this.#to, roundTripUs: between },
            ]
          : [{ from: this.#from, to: this.#to, roundTripUs }],
      answeredUs: nowUs,
    };
  }

  health(nowUs: number): CanaryHealth {
    return { ...this.#health, missed: this.#open.filter((a) => a.dueUs < nowUs).length };
  }

  isQuestion(item: Item): boolean {
    return item.label.id.startsWith(`${PREFIX}ask:`);
  }

  #item(
    name: string,
    kind: ItemKind,
    elements: Element[],
    revision: number,
    nowUs: number,
    body: Item['body'],
  ): Item {
    return {
      label: {
        id: `${PREFIX}${name}`,
        kind,
        mode: this.#mode,
        originators: [this.#from],
        threat: this.#o.threat,
        level: this.#o.level,
        releasableTo: [this.#to],
        elements: [...elements],
        consents: [],
      },
      revision,
      sourceType: 'radar',
      observedUs: nowUs,
      madeUs: nowUs,
      // Set by the caller once the handling delay is known: a canary must not wait out a break of the link.
      expiresUs: nowUs + PATIENCE_US,
      body,
    };
  }
}

/** The canary with its validity: the handling and no more than the patience beyond it. */
export function validFor(item: Item, delayS: number): Item {
  return { ...item, expiresUs: item.madeUs + Math.round(delayS * 1e6) + PATIENCE_US };
}
