/**
 * What canaries try: each agreement between two nations, by its route, for each kind of item, with what must pass and
 * what must not. What is expected is read from the agreement's data and nothing else; `decide`, the written terms, the
 * relay and the network then have to come to the same.
 */
import { isoToUs } from '../earth/time.ts';
import {
  ELEMENTS,
  type Element,
  ITEM_KINDS,
  type Item,
  type ItemKind,
  LEVELS,
  type Level,
  THREATS,
  type Threat,
} from '../model/item.ts';
import { type Mode, NATIONS, type Nation, type NodeId } from '../model/nation.ts';
import { type Agreement, releases } from './agreement.ts';
import { agreementState, inForce } from './history.ts';

/**
 * `release`: an item like the real ones. Every other trial is an item that must not pass: of a kind, threat, level,
 * route or elements that the agreement does not cover, not marked for the recipient, of a third nation that did not
 * consent, or (`consent`) one that the relay must refuse because its originator did not consent to onward release.
 */
export const TRIALS = [
  'release',
  'kind',
  'threat',
  'level',
  'marking',
  'elements',
  'route',
  'originator',
  'consent',
] as const;
export type Trial = (typeof TRIALS)[number];

export interface CanaryRule {
  agreement: string;
  via: NodeId | null;
  kind: ItemKind;
  trial: Trial;
}

export interface CanaryOptions {
  /** Each other nation is asked this often, us. */
  everyUs: number;
  /** As on the node's real items, so that the same rules decide. */
  threat: Threat;
  level: Level;
}

/** What an item of a kind carries. */
export const ELEMENTS_OF: Record<ItemKind, Element[]> = {
  plot: ['rawPlot', 'sensorIdentity'],
  tracklet: ['trajectory', 'sensorIdentity'],
  track: ['trajectory', 'sensorIdentity'],
  launch: ['launchPoint', 'sensorIdentity'],
  impact: ['impactPoint', 'trajectory', 'sensorIdentity'],
  warning: ['impactPoint'],
  assessment: ['trajectory'],
  message: ['impactPoint'],
};
/** Beyond the handling delays, an answer may take this long, us. */
export const PATIENCE_US = 5e6;
const PREFIX = 'canary:';
/** In the body of a canary that names sensors: it must not arrive where sensors are withheld. */
const SENSOR = 'canary';

export function isCanary(item: { label: Pick<Item['label'], 'id'> }): boolean {
  return item.label.id.startsWith(PREFIX);
}

const among = <T>(all: 'any' | readonly T[], one: T): boolean => all === 'any' || all.includes(one);

/** The rules of one agreement for what `from` gives `to`; none where the agreement or the network has no way. */
export function canaryRules(
  a: Agreement,
  from: Nation,
  to: Nation,
  neighbours: readonly NodeId[],
  { threat, level }: Pick<CanaryOptions, 'threat' | 'level'>,
): CanaryRule[] {
  const via = a.route === 'hub' ? 'HUB' : null;
  if (!releases(a) || !a.parties.includes(from) || !a.parties.includes(to)) return [];
  if (!neighbours.includes(via ?? to)) return [];
  const rule = (kind: ItemKind, trial: Trial, way: NodeId | null = via): CanaryRule => ({
    agreement: a.id,
    via: way,
    kind,
    trial,
  });
  const covered = ITEM_KINDS.filter((k) => among(a.kinds, k));
  const [first] = covered;
  const ordinary: Trial = !among(a.threats, threat)
    ? 'threat'
    : LEVELS.indexOf(level) > LEVELS.indexOf(a.level.ceiling)
      ? 'level'
      : 'release';
  const rules = ITEM_KINDS.map((k) => rule(k, covered.includes(k) ? ordinary : 'kind'));
  if (ordinary === 'release')
    rules.push(
      rule(first, 'threat'),
      rule(first, 'level'),
      rule(first, 'marking'),
      rule(first, 'originator'),
    );
  if (a.elements !== 'any' && a.elements.length < ELEMENTS.length) rules.push(rule(first, 'elements'));
  const relayed = a.hub !== from && a.hub !== to && from !== 'USA' && to !== 'USA';
  if (relayed) rules.push(rule(first, 'route', via === null ? 'HUB' : null));
  if (relayed && a.route === 'hub' && a.onwardRelease === 'originatorConsent')
    rules.push(rule(first, 'consent'));
  // Where the hub passes on by a standing release it may give what a third nation originated too.
  const standing = a.onwardRelease === 'standingViaHub' && a.hub !== to;
  return rules.filter((r) => r.trial !== 'originator' || !standing);
}

/**
 * What must become of a canary of the rule, by the agreement's data, its state and the item's own marking. What lacks
 * its originator's consent to onward release its sender may give to the relay, and the relay must refuse it.
 */
export function expectation(
  a: Agreement,
  rule: CanaryRule,
  { label }: Pick<Item, 'label'>,
  to: Nation,
  nowUs: number,
): 'release' | 'deny' | 'relayDenies' {
  const { originators, releasableTo, consents } = label;
  if (!isSent(rule) || !inForce(agreementState(a, nowUs)) || !releasableTo.includes(to)) return 'deny';
  if (a.route !== 'hub' || a.hub === originators[0] || a.hub === to || a.onwardRelease === 'standingViaHub')
    return 'release';
  const consented = consents.some(
    (c) => originators.includes(c.by) && c.to === to && (isoToUs(c.until) ?? 0) > nowUs,
  );
  return consented ? 'release' : 'relayDenies';
}

/** A canary that may pass, or that the relay is to refuse, goes out; any other must be denied here. */
export function isSent({ trial }: Pick<CanaryRule, 'trial'>): boolean {
  return trial === 'release' || trial === 'consent';
}

/** A question to, or an answer for, the nation `to`, by the rule. */
export function canaryItem(
  what: 'ask' | 'answer',
  rule: CanaryRule,
  a: Agreement,
  from: Nation,
  to: Nation,
  mode: Mode,
  { threat, level }: Pick<CanaryOptions, 'threat' | 'level'>,
  revision: number,
  nowUs: number,
): Item {
  const { agreement, via, kind, trial } = rule;
  const third = NATIONS.find((n) => n !== from && n !== to)!;
  const outside = THREATS.find((t) => !among(a.threats, t)) ?? 'unknown';
  const elements =
    trial === 'elements' ? ELEMENTS.filter((e) => !among(a.elements, e)) : [...ELEMENTS_OF[kind]];
  return {
    label: {
      id: `${PREFIX}${what}:${from}>${to}:${agreement}:${via ?? 'direct'}:${kind}:${trial}`,
      kind,
      mode,
      originators: [trial === 'originator' ? third : from],
      threat: trial === 'threat' ? outside : threat,
      level: trial === 'level' ? 'topSecret' : level,
      releasableTo: [trial === 'marking' ? third : to],
      elements,
      consents: [],
    },
    revision,
    sourceType: kind === 'warning' || kind === 'assessment' || kind === 'message' ? 'human' : 'radar',
    observedUs: nowUs,
    madeUs: nowUs,
    // Set by `validFor` once the handling delay is known: a canary must not wait out a break of the link.
    expiresUs: nowUs + PATIENCE_US,
    body: elements.includes('sensorIdentity') ? { sensors: [SENSOR] } : {},
  };
}

/** What a canary's id says; undefined if it is none. */
export function readCanary(item: {
  label: Pick<Item['label'], 'id'>;
}): { what: 'ask' | 'answer'; rule: CanaryRule } | undefined {
  const [, what, , agreement, via, kind, trial, ...rest] = item.label.id.split(':');
  const known = ITEM_KINDS.includes(kind as ItemKind) && TRIALS.includes(trial as Trial) && rest.length === 0;
  if (!isCanary(item) || (what !== 'ask' && what !== 'answer') || !known) return undefined;
  return {
    what,
    rule: {
      agreement,
      via: via === 'HUB' ? 'HUB' : null,
      kind: kind as ItemKind,
      trial: trial as Trial,
    },
  };
}

/** What of a canary should not have arrived under its agreement; undefined if all of it may. */
export function arrivedFault(a: Agreement | undefined, rule: CanaryRule, item: Item): string | undefined {
  if (!a || a.id !== rule.agreement) return `expected an agreement of its own, found ${rule.agreement}`;
  if (rule.trial !== 'release') return `expected no item of the trial ${rule.trial}, found one arrived`;
  const { kind, elements } = item.label;
  if (kind !== rule.kind || !among(a.kinds, kind))
    return `expected a kind that ${a.id} covers, found ${kind}`;
  const beyond = elements.find((e) => !among(a.elements, e));
  if (beyond) return `expected only elements that ${a.id} names, found ${beyond}`;
  return item.body.sensors && !elements.includes('sensorIdentity')
    ? 'expected sensors withheld, found them named'
    : undefined;
}

/** The canary with its validity: the handling and no more than the patience beyond it. */
export function validFor(item: Item, delayS: number): Item {
  return { ...item, expiresUs: item.madeUs + Math.round(delayS * 1e6) + PATIENCE_US };
}
