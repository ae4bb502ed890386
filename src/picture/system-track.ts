/** A track of a nation's picture, and what is known of each node's part in it. */
import type { ItemKind } from '../model/item.ts';
import type { NodeId } from '../model/nation.ts';
import type { PointEstimate, RangeClass } from '../model/track.ts';
import type { FusedTrack } from '../tracking/index.ts';
import type { FlownPath } from './path.ts';

/** What is known of one source of a track. */
export interface SourceRecord {
  /** `NODE/sensor`, or `NODE/*` where the sensor's identity was withheld. */
  source: string;
  node: NodeId;
  /** Over which link it came: `own`, or the nodes passed, `KOR>HUB`. Independence is counted by it (W17). */
  path: string;
  firstUs: number;
  lastUs: number;
}

/** What one node says of a track on its own account. */
export interface Assessment {
  node: NodeId;
  track: string;
  launch?: PointEstimate;
  impact?: PointEstimate;
  apogeeKm?: number;
  rangeClass?: RangeClass;
  launchDeclaredUs?: number;
  /** When it was first known here that this node declares the launch; what it says again does not move it. */
  declaredUs?: number;
  receivedUs: number;
}

export type Status = 'held' | 'stale' | 'lost' | 'impact';

/** A track of this nation's picture. */
export interface SystemTrack {
  id: string;
  launchId: string;
  fused: FusedTrack;
  /** The nodes' tracks in it, `NODE/track`. */
  members: ReadonlySet<string>;
  sources: Map<string, SourceRecord>;
  assessments: Map<NodeId, Assessment>;
  flown: FlownPath;
  status: Status;
  createdUs: number;
  createdBy: NodeId;
  /** First information from another node, and from an own sensor. */
  firstPartnerUs?: number;
  firstOwnUs?: number;
  launchDeclaredUs?: number;
  launchDeclaredBy?: NodeId;
  launch?: PointEstimate;
  impact?: PointEstimate;
  firstImpactUs?: number;
  /** Since when it is known not to be ballistic: any impact told before is withdrawn, and none is told after. */
  notBallisticUs?: number;
  apogeeKm?: number;
  rangeClass?: RangeClass;
  rangeClassProbability?: number;
  /** The owner's own tracker ended its part so. */
  ownEnded?: 'lost' | 'impact';
}

/** What a node has told of one of its tracks, whichever of the picture's it is part of. */
export interface Part {
  sources: Map<string, SourceRecord>;
  said?: Assessment;
}

/** When the newest observation in a track was made. */
export function lastObservedUs(track: SystemTrack): number {
  let last = 0;
  for (const s of track.sources.values()) if (s.lastUs > last) last = s.lastUs;
  return last;
}

/** An assessment without what an item of a kind brought; a declaration comes with the launch and with tracklets. */
export function without(a: Assessment, kind: ItemKind): Assessment {
  const { launch, launchDeclaredUs, declaredUs, impact, apogeeKm, rangeClass, ...rest } = a;
  const ofLaunch = defined({ launch, launchDeclaredUs, declaredUs });
  const ofImpact = defined({ impact, apogeeKm, rangeClass });
  if (kind === 'launch') return { ...rest, ...ofImpact };
  if (kind === 'impact') return { ...rest, ...ofLaunch };
  return { ...rest, ...ofImpact, ...defined({ launch }) };
}

function area(e: PointEstimate): number {
  return e.ellipse95.semiMajorM * e.ellipse95.semiMinorM;
}

/** The record without its undefined fields. */
export function defined<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Gathers what the nodes' parts of a track say of it: sources, assessments, launch, and who declared it. */
export function gather(track: SystemTrack, partOf: (key: string) => Part | undefined): void {
  const parts = [...track.members].flatMap((key) => partOf(key) ?? []);
  track.sources.clear();
  for (const part of parts) for (const record of part.sources.values()) noteSource(track.sources, record);
  track.assessments.clear();
  const said = parts.flatMap((p) => p.said ?? []).sort((a, b) => a.receivedUs - b.receivedUs);
  for (const one of said) track.assessments.set(one.node, { ...track.assessments.get(one.node), ...one });
  sharpestLaunch(track);
  const by = track.launchDeclaredBy;
  if (by !== undefined && track.assessments.get(by)?.launchDeclaredUs !== undefined) return;
  delete track.launchDeclaredUs;
  delete track.launchDeclaredBy;
  for (const { node, declaredUs } of said) {
    if (declaredUs === undefined || declaredUs >= (track.launchDeclaredUs ?? Infinity)) continue;
    track.launchDeclaredUs = declaredUs;
    track.launchDeclaredBy = node;
  }
}

/** A track that takes another's place knew what that one knew, when that one knew it. */
export function inherit(track: SystemTrack, gone: SystemTrack): void {
  for (const when of ['firstPartnerUs', 'firstOwnUs', 'firstImpactUs'] as const) {
    const us = Math.min(track[when] ?? Infinity, gone[when] ?? Infinity);
    if (Number.isFinite(us)) track[when] = us;
  }
  track.createdUs = Math.min(track.createdUs, gone.createdUs);
  if ((gone.launchDeclaredUs ?? Infinity) < (track.launchDeclaredUs ?? Infinity)) {
    track.launchDeclaredUs = gone.launchDeclaredUs!;
    track.launchDeclaredBy = gone.launchDeclaredBy!;
  }
}

/** The launch estimates of nodes share no sensor: the sharpest is taken, none is averaged. */
export function sharpestLaunch(track: SystemTrack): void {
  const all = [...track.assessments.values()].flatMap((a) => (a.launch ? [a.launch] : []));
  if (all.length > 0) track.launch = all.reduce((a, b) => (area(b) < area(a) ? b : a));
  else delete track.launch;
}

export function noteSource(into: Map<string, SourceRecord>, record: SourceRecord): void {
  const key = `${record.source} ${record.path}`;
  const known = into.get(key);
  if (!known) into.set(key, { ...record });
  else {
    known.firstUs = Math.min(known.firstUs, record.firstUs);
    known.lastUs = Math.max(known.lastUs, record.lastUs);
  }
}
