/** Which groups are of one object after all: those of which no node holds both, and that have agreed for long. */
import { agreement, before } from '../tracking/index.ts';
import { type Group, type Spans, spanAt } from './spans.ts';

/** A node that holds two tracks within this time says that there are two objects, s. */
export const TOGETHER_S = 10;
/** Only what is nearer than this to each other can have to do with each other, m. */
export const NEAR_M = 500e3;

/** Pairs of groups to be made one as of a time, no group in two of them. */
export function agreeing(all: Spans, atUs: number): [Group, Group][] {
  const held = new Set<Group>();
  for (const [, spans] of all) {
    const span = spanAt(spans, atUs);
    if (span && !span.group.fused.empty && span.group.fused.keptFromUs < atUs - TOGETHER_S * 1e6)
      held.add(span.group);
  }
  const groups = [...held].map((group) => ({ group, origin: all.originOf(group) }));
  groups.sort((a, b) => (before(a.origin, b.origin) ? -1 : 1));
  const nodes = groups.map(({ group: g }) => g.fused.nodesWithin(atUs - TOGETHER_S * 1e6, atUs));
  const found: { pair: [Group, Group]; distance: number }[] = [];
  groups.forEach(({ group: a }, i) => {
    const { state } = a.fused;
    for (let k = i + 1; k < groups.length && nodes[i].size > 0; k++) {
      const b = groups[k].group;
      if (nodes[k].size === 0 || [...nodes[i]].some((n) => nodes[k].has(n))) continue;
      if (b.fused.isBeyond(state, a.fused.timeUs, NEAR_M)) continue;
      const distance = agreement(a.fused, b.fused, atUs);
      if (distance !== undefined) found.push({ pair: [a, b], distance });
    }
  });
  found.sort((a, b) => a.distance - b.distance);
  const taken = new Set<Group>();
  return found.flatMap(({ pair }) => {
    if (pair.some((g) => taken.has(g))) return [];
    for (const g of pair) taken.add(g);
    return [pair];
  });
}
