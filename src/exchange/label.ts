/** Reading a label that nobody has checked yet: every fault is a reason to deny, none an exception. */

import { isoToUs } from '../earth/time.ts';
import { ELEMENTS, ITEM_KINDS, LEVELS, THREATS } from '../model/item.ts';
import { NATIONS } from '../model/nation.ts';
import { show } from '../model/schema.ts';
import { type Reason, reason } from './reasons.ts';

const MODES = ['exercise', 'live'];

type Test = (value: unknown) => string | undefined;

const oneOf =
  (values: readonly string[]): Test =>
  (v) =>
    typeof v === 'string' && values.includes(v)
      ? undefined
      : `expected one of ${values.join(', ')}, found ${show(v)}`;

const setOf = (values: readonly string[], minimum: number): Test => {
  const each = oneOf(values);
  return (v) => {
    if (!Array.isArray(v)) return `expected a list, found ${show(v)}`;
    if (v.length < minimum) return 'expected at least one entry, found an empty list';
    for (let i = 0; i < v.length; i++) {
      const bad = each(v[i]);
      if (bad !== undefined) return bad;
      if (v.indexOf(v[i]) !== i) return `expected each entry once, found ${show(v)}`;
    }
    return undefined;
  };
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

/** Fields that may be absent, and say something by it. */
const OPTIONAL: Record<string, Test> = {
  positionFloorM: (v) =>
    typeof v === 'number' && v >= 1 && v <= 1e6
      ? undefined
      : `expected a number from 1 to 1e6, found ${show(v)}`,
};

const CONSENT_FIELDS: Record<string, Test> = {
  by: oneOf(NATIONS),
  to: oneOf(NATIONS),
  until: (v) =>
    typeof v === 'string' && isoToUs(v) !== undefined
      ? undefined
      : `expected an ISO 8601 time, found ${show(v)}`,
};

/**
 * Why the value is no label that could be decided on; empty if it is one. Written out rather than left to the
 * schema ItemLabel, for speed and for reasons that name each field; a property test holds the two equal.
 */
export function labelFaults(item: unknown): Reason[] {
  if (!isRecord(item)) return [reason('itemMalformed')];
  const reasons: Reason[] = [];
  readFields(item, FIELDS, '', 'fieldInvalid', reasons);
  if (Array.isArray(item.consents)) {
    for (let i = 0; i < item.consents.length; i++) {
      const consent: unknown = item.consents[i];
      if (isRecord(consent))
        readFields(consent, CONSENT_FIELDS, `consents[${i}].`, 'consentMalformed', reasons);
      else
        reasons.push(
          reason('consentMalformed', `consents[${i}]: expected {by, to, until}, found ${show(consent)}`),
        );
    }
  }
  return reasons;
}

function isRecord(v: unknown): v is Record<string, unknown> {
  return v !== null && typeof v === 'object' && !Array.isArray(v);
}

function readFields(
  value: Record<string, unknown>,
  fields: Record<string, Test>,
  prefix: string,
  invalid: 'fieldInvalid' | 'consentMalformed',
  reasons: Reason[],
): void {
  for (const name in fields) {
    if (!Object.hasOwn(value, name) || value[name] === undefined || value[name] === null) {
      reasons.push(reason(prefix === '' ? 'fieldMissing' : invalid, `${prefix}${name}`));
      continue;
    }
    const fault = fields[name](value[name]);
    if (fault !== undefined) reasons.push(reason(invalid, `${prefix}${name}: ${fault}`));
  }
  for (const name of Object.keys(value)) {
    if (prefix === '' && Object.hasOwn(OPTIONAL, name)) {
      const fault = OPTIONAL[name](value[name]);
      if (fault !== undefined) reasons.push(reason(invalid, `${name}: ${fault}`));
    } else if (!Object.hasOwn(fields, name))
      reasons.push(reason(prefix === '' ? 'fieldUnknown' : invalid, `${prefix}${name}`));
  }
}
