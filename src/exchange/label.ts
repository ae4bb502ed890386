/** Reading a label that nobody has checked yet: every fault is a reason to deny, none an exception. */
import { Consent, ELEMENTS, ITEM_KINDS, ItemLabel, LEVELS, THREATS } from '../model/item.ts';
import { NATIONS } from '../model/nation.ts';
import { conforms, show } from '../model/schema.ts';
import { isoToUs } from '../model/time.ts';
import { type Reason, reason } from './reasons.ts';

const MODES = ['exercise', 'live'];

type Test = (value: unknown) => string | undefined;

const oneOf =
  (values: readonly string[]): Test =>
  (v) =>
    typeof v === 'string' && values.includes(v)
      ? undefined
      : `expected one of ${values.join(', ')}, found ${show(v)}`;

const setOf =
  (values: readonly string[], minimum: number): Test =>
  (v) => {
    if (!Array.isArray(v)) return `expected a list, found ${show(v)}`;
    if (v.length < minimum) return 'expected at least one entry, found an empty list';
    const bad = v.map(oneOf(values)).find((t) => t !== undefined);
    if (bad) return bad;
    return new Set(v).size === v.length ? undefined : `expected each entry once, found ${show(v)}`;
  };

const FIELDS: Record<string, Test> = {
  id: (v) =>
    typeof v === 'string' && v.length >= 1 && v.length <= 200
      ? undefined
      : `expected a text of 1 to 200 characters, found ${show(v)}`,
  kind: oneOf(ITEM_KINDS),
  mode: oneOf(MODES),
  originators: setOf(NATIONS, 1),
  threat: oneOf(THREATS),
  level: oneOf(LEVELS),
  releasableTo: setOf(NATIONS, 0),
  elements: setOf(ELEMENTS, 0),
  consents: (v) =>
    !Array.isArray(v)
      ? `expected a list, found ${show(v)}`
      : v.length > 20
        ? 'expected at most 20 entries'
        : undefined,
};

function consentFault(v: unknown): string | undefined {
  if (!conforms(Consent, v)) return `expected {by, to, until}, found ${show(v)}`;
  return isoToUs(v.until) === undefined
    ? `expected an ISO 8601 time in until, found ${show(v.until)}`
    : undefined;
}

/** Why the value is no label that could be decided on; empty if it is one. */
export function labelFaults(item: unknown): Reason[] {
  const label = item as ItemLabel;
  if (conforms(ItemLabel, item) && label.consents.every((c) => isoToUs(c.until) !== undefined)) return [];
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return [reason('itemMalformed')];
  const value = item as Record<string, unknown>;
  const reasons: Reason[] = [];
  for (const [name, test] of Object.entries(FIELDS)) {
    if (!Object.hasOwn(value, name) || value[name] === undefined || value[name] === null) {
      reasons.push(reason('fieldMissing', name));
      continue;
    }
    const fault = test(value[name]);
    if (fault !== undefined) reasons.push(reason('fieldInvalid', `${name}: ${fault}`));
  }
  if (Array.isArray(value.consents)) {
    value.consents.forEach((c: unknown, i) => {
      const fault = consentFault(c);
      if (fault !== undefined) reasons.push(reason('consentMalformed', `consents[${i}]: ${fault}`));
    });
  }
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(FIELDS, name)) reasons.push(reason('fieldUnknown', name));
  }
  // The compiled schema said no: whatever the tests above made of it, it is denied.
  return reasons.length > 0 ? reasons : [reason('itemMalformed')];
}
