/** The rules by which a nation's node warns: `rules/<NATION>.yaml`. */
import { readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { BeaconfireError } from '../model/errors.ts';
import type { Nation } from '../model/nation.ts';
import { parseYaml } from '../model/schema.ts';

const probability = Type.Number({ exclusiveMinimum: 0, maximum: 1 });
const seconds = Type.Number({ minimum: 0, maximum: 86_400 });

export const WarningRules = Type.Object(
  {
    impactProbability: probability,
    passageProbability: probability,
    boostProbability: probability,
    vicinityKm: Type.Number({ minimum: 0, maximum: 200 }),
    neighbours: Type.Boolean(),
    corroboration: Type.Integer({ minimum: 1, maximum: 10 }),
    corroborationWindowS: seconds,
    minimumLeadS: seconds,
    settleS: seconds,
    updateIntervalS: Type.Number({ minimum: 5, maximum: 86_400 }),
    timeShiftS: Type.Number({ minimum: 1, maximum: 86_400 }),
    clearProbability: Type.Number({ minimum: 0, maximum: 1 }),
    clearDwellS: seconds,
    narrowLeadS: seconds,
    passedMarginS: seconds,
    closeAfterPassedS: seconds,
    closeAfterImpactS: seconds,
    lostAfterS: seconds,
    unseenAfterS: seconds,
    closeAfterLostS: seconds,
    expiresS: Type.Number({ minimum: 60, maximum: 86_400 }),
  },
  { additionalProperties: false },
);
export type WarningRules = Static<typeof WarningRules>;

export function parseWarningRules(text: string, file: string): WarningRules {
  const rules = parseYaml(WarningRules, text, file);
  for (const field of ['impactProbability', 'passageProbability'] as const) {
    if (rules.clearProbability < rules[field]) continue;
    const detail = `expected less than ${field} (${rules[field]}), found ${rules.clearProbability}`;
    throw new BeaconfireError('BF_FIELD', detail, { file, field: 'clearProbability' });
  }
  return rules;
}

/** The rules that come with Beaconfire. The United States have no region in the data; their node warns no public. */
export function defaultRules(nation: Exclude<Nation, 'USA'>): WarningRules {
  const file = new URL(`./rules/${nation}.yaml`, import.meta.url);
  return parseWarningRules(readFileSync(file, 'utf8'), `src/warning/rules/${nation}.yaml`);
}
