/** Why a release was allowed, reduced or denied: stable codes, each explained in plain English. */
export const RELEASE_REASONS = {
  itemMalformed: 'The item is not an object with a label.',
  fieldMissing: 'A field of the label is missing, and what is missing is never guessed.',
  fieldUnknown: 'The label has a field that is not known, so its meaning cannot be honoured.',
  fieldInvalid: 'A field of the label has a value that is not known.',
  consentMalformed: 'A consent cannot be read, so none of the consents is relied on.',
  nationUnknown: 'The sender, the recipient or the relay is not a nation of the exchange.',
  timeUnknown: 'The time of the decision is not known, so no agreement can be said to be in force.',
  sameNation: 'Sender and recipient are the same nation.',
  notReleasableTo: 'The originator did not mark the item as releasable to the recipient.',
  threatUnknown: 'The threat is unknown, so no agreement can be said to cover it.',
  levelNeverReleased: 'Information of this level is never released, under any agreement.',
  noAgreements: 'There is no agreement at all.',
  protectionOnly: 'The agreement protects what was given; nothing is released under it.',
  notYetInForce: 'The agreement is not yet in force.',
  suspended: 'The agreement is suspended.',
  ended: 'The agreement has ended.',
  notParty: 'The sender or the recipient is not a party to the agreement.',
  originatorNotParty: 'An originator is not a party to the agreement.',
  routeNotDirect: 'The agreement is for direct exchange only, without a relay.',
  routeNotViaHub: 'The agreement wants the route through its hub nation.',
  threatOutOfScope: 'The agreement does not cover this threat.',
  kindNotCovered: 'The agreement does not cover items of this kind.',
  levelAboveCeiling: 'The level is above what the agreement protects.',
  termsRefuse: 'The written terms of the agreement do not permit it.',
  termsFailed: 'The written terms could not be evaluated; what cannot be evaluated is refused.',
  elementsNotNamed: 'The agreement releases named elements only, and the item names none.',
  noElementReleased: 'None of the elements of the item is released under the agreement.',
  consentMissing:
    'An originator did not consent to release by others, and the agreement has no standing consent.',
  consentExpired: 'The consent of an originator has expired.',
  released: 'The agreement releases the item to the recipient.',
  elementsRemoved: 'The agreement releases some elements only; the others are taken out.',
  positionCoarsened: 'The agreement releases places no finer than a stated floor; they are made that coarse.',
  kindNotCoarsened:
    'The agreement releases coarse places only, and items of this kind cannot be made coarse.',
  slower: 'The agreement would release the item too, but later.',
  releasesLess: 'The agreement would release the item too, at the same time, but less of it.',
  laterInOrder: 'The agreement would release the item too, as soon and as much; the order of names decides.',
  decisionFailed: 'The decision itself failed; what cannot be decided is denied.',
  // Reasons of delivery, given where a decision alone would have let the item pass.
  expiresBeforeRelease: 'The handling under the agreement takes longer than the item is valid.',
  relayMustNotReduce:
    'The relay passes on signed bytes only as they are; what had to be reduced should have come reduced.',
  withdrawn: 'The originator withdrew the item.',
  noRoute: 'No link leads to the recipient.',
  linkRefused: 'The link to the recipient takes nothing now.',
  revisionNotNewer: 'This revision of the item, or a later one, was offered before.',
  itemContradiction: 'The item contradicts itself.',
  wrongMode: 'The item is of another mode than the node: exercise and live never mix.',
  runEnded: 'The run ended before the handling under the agreement did.',
} as const;

export type ReasonCode = keyof typeof RELEASE_REASONS;

export interface Reason {
  code: ReasonCode;
  text: string;
  /** The agreement that the reason is about; absent where it is about the item. */
  agreement?: string;
}

/** The reason in plain English, for a screen or a report. */
export function explain(code: ReasonCode): string {
  return RELEASE_REASONS[code];
}

export function reason(code: ReasonCode, detail = '', agreement?: string): Reason {
  const text = detail === '' ? RELEASE_REASONS[code] : `${RELEASE_REASONS[code].slice(0, -1)}: ${detail}.`;
  return agreement === undefined ? { code, text } : { code, text: `${agreement}: ${text}`, agreement };
}
