/**
 * The whole finite domain of release decisions, in two sweeps that between them hold every value of everything that a
 * decision rests on, and the comparison of an agreement's data with its written terms. For the tests and `bench decisions`.
 */
import { isoToUs } from '../../earth/time.ts';
import { ELEMENTS, type Element, ITEM_KINDS, type ItemLabel, LEVELS, THREATS } from '../../model/item.ts';
import { NATIONS, type Nation } from '../../model/nation.ts';
import type { Agreement } from '../agreement.ts';
import { decide } from '../decide.ts';
import { agreementState, inForce } from '../history.ts';
import type { Terms } from '../terms.ts';

export interface DomainRequest {
  label: ItemLabel;
  from: Nation;
  to: Nation;
  via: Nation | null;
  /** A plain day, as are the `until` of consents. */
  day: string;
}

export const VIAS: readonly (Nation | null)[] = [null, ...NATIONS];
const subsets = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: 1 << all.length }, (_, bits) => all.filter((_, i) => bits & (1 << i)));

export const DOMAIN_TRACK: ItemLabel = {
  id: 'K-17',
  kind: 'track',
  mode: 'exercise',
  originators: ['KOR'],
  threat: 'DPRK',
  level: 'secret',
  releasableTo: ['USA', 'JPN'],
  elements: ['launchPoint', 'trajectory', 'impactPoint'],
  consents: [],
};

const CONTENTS: Pick<ItemLabel, 'kind' | 'threat' | 'level' | 'elements'>[] = [
  { kind: 'track', threat: 'DPRK', level: 'secret', elements: ['launchPoint', 'sensorIdentity'] },
  { kind: 'warning', threat: 'DPRK', level: 'unclassified', elements: [] },
  { kind: 'launch', threat: 'CHN', level: 'confidential', elements: ['launchPoint'] },
];
/** About each day on which an agreement changed. */
const DAYS = [
  '2014-12-28',
  '2014-12-29',
  '2016-11-22',
  '2016-11-23',
  '2019-09-01',
  '2019-12-01',
  '2023-12-18',
  '2023-12-19',
];
const ERAS = ['2014-12-28', '2015-06-01', '2018-01-01', '2024-01-14'];

/** Every sender, recipient, relay, set of originators, marking and set of consents (none, given, expired, to another). */
export function* everyParty(): Generator<DomainRequest> {
  for (const from of NATIONS)
    for (const to of NATIONS) {
      const patterns = [
        ...subsets(NATIONS).map((given) => given.map((by) => ({ by, to, until: '2030-01-01' }))),
        NATIONS.map((by) => ({ by, to, until: '2014-12-29' })),
        NATIONS.map((by) => ({ by, to: from, until: '2030-01-01' })),
      ];
      for (const via of VIAS)
        for (const originators of subsets(NATIONS).slice(1))
          for (const releasableTo of subsets(NATIONS))
            for (const consents of patterns)
              for (const content of CONTENTS) {
                const label = { ...DOMAIN_TRACK, ...content, originators, releasableTo, consents };
                for (const day of DAYS) yield { label, from, to, via, day };
              }
    }
}

/** Every kind, threat, level and set of elements, on every path. */
export function* everyContent(): Generator<DomainRequest> {
  for (const from of NATIONS)
    for (const to of NATIONS)
      for (const via of VIAS)
        for (const kind of ITEM_KINDS)
          for (const threat of THREATS)
            for (const level of LEVELS)
              for (const elements of subsets(ELEMENTS)) {
                const own = { originators: [from], releasableTo: [to] };
                const label = { ...DOMAIN_TRACK, ...own, kind, threat, level, elements };
                for (const day of ERAS) yield { label, from, to, via, day };
              }
}

/** Requests in both sweeps together. */
export const DOMAIN_SIZE =
  9 * VIAS.length * (7 * 8 * 10 * CONTENTS.length * DAYS.length + 8 * 4 * 4 * 32 * ERAS.length);

/**
 * Where an agreement's data and its written terms differ: what the data release, the terms must permit as it would go and,
 * where something is taken out, must not permit unreduced; what the data deny, the terms must refuse. Undefined if they agree.
 */
export function termsDiffer(
  terms: Terms,
  agreement: Agreement,
  { label, from, to, via, day }: DomainRequest,
): string | undefined {
  const nowUs = isoToUs(day)!;
  const d = decide(label, from, to, via, [agreement], nowUs);
  const ask = (elements: Element[]): boolean =>
    terms.ask(agreement.id, {
      label: { ...label, elements },
      from,
      to,
      relay: via === null || via === from || via === to ? undefined : via,
      inForce: inForce(agreementState(agreement, nowUs)),
      nowUs,
    })!.permitted;
  const named = label.elements.filter((e) => agreement.elements === 'any' || agreement.elements.includes(e));
  const released = d.decision !== 'deny';
  const wrong =
    ask(named) !== released ? 'the item as it would go' : d.reductions.length > 0 && ask(label.elements);
  return wrong === false
    ? undefined
    : `${agreement.id}: ${wrong === true ? 'the item unreduced' : wrong}, ${JSON.stringify({ label, from, to, via, day, d })}`;
}
