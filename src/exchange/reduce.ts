/** Taking out of an item what is not released. */
import { BeaconfireError } from '../model/errors.ts';
import type { Element, Item, ItemBody, ItemKind } from '../model/item.ts';
import type { Pedigree } from '../model/track.ts';
import { coarsen } from './coarsen.ts';
import type { Decision } from './decide.ts';

/** Parts that tell nothing of what is watched: of withdrawals, and of what a node missed. They go where an item may go. */
const NO_CONTENT = ['withdrawn', 'acknowledges', 'asks', 'answers'] as const;
const noContent = (part: keyof ItemBody): part is (typeof NO_CONTENT)[number] =>
  (NO_CONTENT as readonly string[]).includes(part);

/** The elements that let a part of the body go; one of them is enough. */
const PART_NEEDS: Record<
  Exclude<keyof ItemBody, 'track' | 'text' | (typeof NO_CONTENT)[number]>,
  readonly Element[]
> = {
  tracklet: ['trajectory'],
  launch: ['launchPoint'],
  impact: ['impactPoint'],
  sensors: ['sensorIdentity'],
  rangeClass: ['trajectory'],
  apogeeKm: ['trajectory'],
  launchDeclared: ['launchPoint', 'trajectory'],
};
const TEXT_KINDS: readonly ItemKind[] = ['warning', 'assessment', 'message'];

/** Parts of the body that the label does not name: a text may say anything, so only kinds made of text carry one. */
export function partsBeyondLabel(item: Item): (keyof ItemBody)[] {
  const { elements, kind } = item.label;
  const beyond = (Object.keys(item.body) as (keyof ItemBody)[]).filter((part) => {
    if (item.body[part] === undefined || part === 'track' || noContent(part)) return false;
    if (part === 'text') return !TEXT_KINDS.includes(kind);
    return !PART_NEEDS[part].some((e) => elements.includes(e));
  });
  const named = Object.keys(item.body.tracklet?.pedigree ?? {}).some((source) => !source.endsWith('/*'));
  return named && !elements.includes('sensorIdentity') && !beyond.includes('tracklet')
    ? [...beyond, 'tracklet']
    : beyond;
}

/** A pedigree without the sensors' names: each nation's sources become one, with the latest of their times. */
export function withholdSensors(pedigree: Pedigree): Pedigree {
  const out: Pedigree = {};
  for (const source of Object.keys(pedigree).sort()) {
    const key = `${source.split('/')[0]}/*`;
    out[key] = Math.max(out[key] ?? Number.NEGATIVE_INFINITY, pedigree[source]);
  }
  return out;
}

/**
 * The item as it may go under the decision: the reductions out of the label, and out of the body every part
 * that the label then does not name, whether the decision is to reduce or to allow; places as coarse as it asks.
 * `before`: what was given of the item last (see {@link coarsen}). The given items are unchanged.
 */
export function applyReduction(
  item: Item,
  decision: Pick<Decision, 'decision' | 'reductions' | 'positionFloorM'>,
  before?: Item,
): Item {
  if (decision.decision === 'deny')
    throw new BeaconfireError('BF_INTERNAL', 'expected a release to reduce by, found a denial');
  const elements = item.label.elements.filter((e) => !decision.reductions.includes(e));
  const label = { ...item.label, elements };
  const body: ItemBody = { ...item.body };
  if (body.tracklet && !elements.includes('sensorIdentity')) {
    body.tracklet = { ...body.tracklet, pedigree: withholdSensors(body.tracklet.pedigree) };
  }
  for (const part of partsBeyondLabel({ ...item, label, body })) delete body[part];
  const out = { ...item, label, body };
  return decision.positionFloorM === undefined ? out : coarsen(out, decision.positionFloorM, before);
}
