/**
 * One nation's picture: its own tracks and what its partners gave it, correlated and fused. All information
 * comes in as tracklets with their pedigree, so that nothing is counted twice, whatever loop it came by.
 * What a nation may not have never gets here: the picture knows only what was received.
 */
import { DEG, geodeticToEcef } from '../earth/wgs84.ts';
import type { Item, ItemKind } from '../model/item.ts';
import type { NodeId } from '../model/nation.ts';
import { type PointEstimate, type RangeClass, type Tracklet, trackGeodetic } from '../model/track.ts';
import { FusedTrack, HISTORY_US, keyOf } from '../tracking/index.ts';
import { Correlator, type Taken } from './correlate.ts';
import { FlownPath, type PathSample } from './path.ts';
import type { Group } from './spans.ts';
import {
  type Assessment,
  defined,
  gather,
  inherit,
  lastObservedUs,
  noteSource,
  type Part,
  type SystemTrack,
  sharpestLaunch,
  without,
} from './system-track.ts';

/** What the picture tells as it happens. */
export type PictureEvent =
  | { kind: 'newTrack'; track: SystemTrack; by: NodeId }
  | { kind: 'partnerData'; track: SystemTrack; node: NodeId; agreement: string }
  | { kind: 'launchDeclared'; track: SystemTrack; by: NodeId }
  | { kind: 'impactEstimate'; track: SystemTrack; impact: PointEstimate }
  | { kind: 'notBallistic'; track: SystemTrack }
  | { kind: 'ended'; track: SystemTrack; how: 'lost' | 'impact' }
  | { kind: 'reacquired'; track: SystemTrack; by: NodeId }
  /** What came late showed two tracks to be of one object: `gone` is part of `track` from now on. */
  | { kind: 'merged'; track: SystemTrack; gone: SystemTrack }
  | { kind: 'full' };

/** What the withdrawal of an item did to a picture. */
export interface Withdrawn {
  /** Tracks that were worked out again without it. */
  changed: SystemTrack[];
  /** Tracks of which nothing was left. */
  gone: SystemTrack[];
}

/** The own tracker's word on one of its tracks, beside its tracklet. */
export interface OwnReport {
  track: string;
  launchDeclaredUs?: number | undefined;
  launch?: PointEstimate | undefined;
  impact?: PointEstimate | undefined;
  apogeeKm?: number | undefined;
  ended?: 'lost' | 'impact' | undefined;
}

export interface PictureOptions {
  node: NodeId;
  onEvent?: (event: PictureEvent) => void;
  /** Tracks kept at the most, ended ones included. */
  maxTracks?: number;
}

/** A track without new information for this long is shown as stale, s. */
const STALE_S = 10;
/** A boosting track without new information is lost after this, s: nobody knows what its motor did since. */
const LOST_BOOST_S = 40;
/** A coasting one keeps to its arc: lost when it is this old, s, unless it was held until near its impact. */
const LOST_COAST_S = 900;
/** Seen within this time of its predicted impact it has impacted, s; otherwise it was lost (W7). */
const HELD_TO_IMPACT_S = 120;
const DEFAULT_MAX_TRACKS = 2000;
/** Tracklets kept to be worked through again: of one track at the least, and of all together about. */
const HISTORY_LEAST = 256;
const HISTORY_OF_ALL = 262_144;
/** Nodes' tracks that are remembered, for each track that a picture may hold. */
const PARTS_PER_TRACK = 4;
/** Ballistic for so long, s, an impact is worked out even if no tracker has said one: not all may be told. */
const RESTED_S = 20;
/** Before that, none is told while a node has said within so long, s, that it burns. */
const DOUBT_S = 2;
/** A tracklet older than this, s, tells of the past: by an agreement with hours or minutes of handling, say. */
const LATE_S = 30;
/** A late tracklet belongs to a track that was within this distance of it then, m. */
const LATE_NEAR_M = 30e3;

const NONE: ReadonlySet<string> = new Set();

export class Picture {
  readonly #node: NodeId;
  readonly #onEvent: (event: PictureEvent) => void;
  readonly #tracks = new Map<string, SystemTrack>();
  readonly #correlator: Correlator;
  readonly #systemOf = new Map<Group, SystemTrack>();
  /** The nodes' tracks that each track was last gathered from. */
  readonly #knownOf = new WeakMap<SystemTrack, ReadonlySet<string>>();
  /** Nodes' tracks, `NODE/track`, with what was said of them, before their first tracklet too. */
  readonly #parts = new Map<string, Part>();
  readonly #maxTracks: number;
  /** Items that were withdrawn, `kind NODE/track`: nothing of them is taken any more. */
  readonly #withdrawn = new Set<string>();
  #changes = 0;
  #number = 0;
  #full = false;

  constructor(options: PictureOptions) {
    this.#node = options.node;
    this.#onEvent = options.onEvent ?? (() => {});
    this.#maxTracks = options.maxTracks ?? DEFAULT_MAX_TRACKS;
    this.#correlator = new Correlator(
      () => this.#correlator.size < this.#maxTracks || this.#makeRoom(),
      () => Math.max(HISTORY_LEAST, Math.floor(HISTORY_OF_ALL / (this.#correlator.size + 1))),
    );
  }

  tracks(): readonly SystemTrack[] {
    return [...this.#tracks.values()];
  }

  trackOf(node: NodeId, track: string): SystemTrack | undefined {
    const group = this.#correlator.groupOf(`${node}/${track}`);
    return group && this.#systemOf.get(group);
  }

  /** Takes what one of the own tracker's tracks has learnt. */
  addOwn(tracklet: Tracklet, nowUs: number): void {
    const track = this.#take(tracklet, nowUs, (source) => `own ${source}`);
    if (track) track.firstOwnUs ??= nowUs;
  }

  /** Takes the own tracker's word on a track: declared, estimates, end. */
  report(own: OwnReport, nowUs: number): void {
    const { track, ended, ...said } = own;
    this.#assess({ ...defined(said), node: this.#node, track, receivedUs: nowUs });
    const system = this.trackOf(this.#node, track);
    if (system && ended) system.ownEnded = ended;
  }

  /** Takes an item of a partner's. `path`: the nodes that it came through, the sender first. */
  addPartner(item: Item, path: readonly NodeId[], agreement: string, nowUs: number): void {
    const node = path[0];
    const { tracklet, track: name, launch, impact, apogeeKm, rangeClass, launchDeclared } = item.body;
    if (tracklet) {
      const known = this.trackOf(tracklet.node, tracklet.track);
      const track = this.#take(tracklet, nowUs, () => path.join('>'));
      if (track) {
        track.firstPartnerUs ??= nowUs;
        if (!known) this.#onEvent({ kind: 'partnerData', track, node, agreement });
      }
    }
    if (name === undefined || (!launch && !impact && !launchDeclared)) return;
    this.#assess({
      ...defined({ launch, impact, apogeeKm, rangeClass }),
      ...(launchDeclared ? { launchDeclaredUs: nowUs } : {}),
      node,
      track: name,
      receivedUs: nowUs,
    });
  }

  /**
   * An originator has withdrawn an item on one of its tracks: what it brought is taken out of the picture, what is left
   * is worked out again, and nothing of the item is taken any more.
   */
  withdraw(node: NodeId, kind: ItemKind, track: string, nowUs: number): Withdrawn {
    const key = `${node}/${track}`;
    this.#withdrawn.add(`${kind} ${key}`);
    if (this.#withdrawn.size > 3 * this.#maxTracks)
      this.#withdrawn.delete(this.#withdrawn.values().next().value!);
    const now = this.trackOf(node, track);
    const part = this.#parts.get(key);
    if (part?.said) part.said = without(part.said, kind);
    const touched = new Set(now ? [now] : []);
    if (kind === 'tracklet') {
      part?.sources.clear();
      const groups = this.#correlator.withdraw(key);
      for (const group of groups) touched.add(this.#systemOf.get(group)!);
      this.#reconcile(nowUs);
    }
    const changed = [...touched].filter((t) => this.#tracks.has(t.id));
    const gone = [...touched].filter((t) => !this.#tracks.has(t.id));
    for (const system of changed) {
      gather(system, (k) => this.#parts.get(k));
      delete system.impact;
      delete system.apogeeKm;
      delete system.rangeClass;
      delete system.rangeClassProbability;
      if (kind === 'tracklet') system.flown = flownBy(system.fused);
      this.#estimate(system, nowUs);
    }
    return { changed, gone };
  }

  /** Brings all tracks to the present: state, estimates, path, status. */
  update(nowUs: number): void {
    this.#correlator.settle();
    this.#reconcile(nowUs);
    for (const track of this.#tracks.values()) {
      if (track.status === 'lost' || track.status === 'impact') continue;
      this.#estimate(track, nowUs);
      this.#judge(track, nowUs);
    }
  }

  /** Correlates and fuses a tracklet; its sources count only if it could be fused. */
  #take(tracklet: Tracklet, nowUs: number, pathOf: (source: string) => string): SystemTrack | undefined {
    const key = keyOf(tracklet);
    if (this.#withdrawn.has(`tracklet ${key}`)) return undefined;
    const taken = this.#correlate(key, tracklet, nowUs);
    this.#reconcile(nowUs);
    const track = taken && this.#systemOf.get(this.#correlator.groupOf(key) ?? taken.group);
    if (!track) return undefined;
    if (taken.result === 'duplicate' || taken.result === 'tooOld') return track;
    if (track.status === 'lost' && nowUs - tracklet.timeUs <= LATE_S * 1e6) {
      // A link that was down, an agreement that was suspended: what is seen again is not lost.
      track.status = 'held';
      this.#onEvent({ kind: 'reacquired', track, by: tracklet.node });
    }
    const part = this.#part(key);
    for (const [source, lastUs] of Object.entries(tracklet.pedigree)) {
      const record = {
        source,
        node: source.slice(0, source.indexOf('/')) as NodeId,
        path: pathOf(source),
        firstUs: Math.min(lastUs, tracklet.timeUs),
        lastUs,
      };
      noteSource(part.sources, record);
      noteSource(track.sources, record);
    }
    return track;
  }

  #correlate(key: string, tracklet: Tracklet, nowUs: number): Taken | undefined {
    if (!this.#correlator.groupOf(key) && nowUs - tracklet.timeUs > HISTORY_US) {
      const group = this.#formerly(tracklet);
      if (group) return this.#correlator.join(tracklet, group);
      // A boost that long ago says nothing of where it is now.
      if (tracklet.phase === 'boost') return undefined;
    }
    return this.#correlator.take(tracklet);
  }

  /** The track that was where a tracklet says that its own was, when that is too long ago to be worked out again. */
  #formerly(tracklet: Tracklet): Group | undefined {
    const then = FusedTrack.start(tracklet);
    if (!then) return undefined;
    for (const [group, track] of this.#systemOf) {
      const p = track.flown.at(tracklet.timeUs);
      if (!p) continue;
      const [x, y, z] = geodeticToEcef(p[1] * DEG, p[0] * DEG, p[2] * 1000);
      if (Math.hypot(x - then.state[0], y - then.state[1], z - then.state[2]) < LATE_NEAR_M) return group;
    }
    return undefined;
  }

  #part(key: string): Part {
    let part = this.#parts.get(key);
    if (!part) {
      // Bounded by the partners' tracks; said again with each revision.
      if (this.#parts.size >= PARTS_PER_TRACK * this.#maxTracks)
        for (const old of this.#parts.keys()) {
          if (this.#correlator.groupOf(old)) continue;
          this.#parts.delete(old);
          break;
        }
      part = { sources: new Map() };
      this.#parts.set(key, part);
    }
    return part;
  }

  /** After the groups have changed: each has its track, which goes on where its nodes' tracks are. */
  #reconcile(nowUs: number): void {
    if (this.#correlator.changes === this.#changes) return;
    this.#changes = this.#correlator.changes;
    for (const [group, track] of [...this.#systemOf]) {
      const held = this.#correlator.has(group);
      // None left in it, but elsewhere: the track goes on there.
      const heir =
        held && isLive(track) ? this.#correlator.heirsOf(group).find((g) => g.members.size > 0) : undefined;
      if (held && !heir) continue;
      this.#systemOf.delete(group);
      const next =
        heir ??
        [...(this.#knownOf.get(track) ?? NONE)]
          .map((k) => this.#correlator.groupOf(k))
          .find((g) => g !== undefined);
      const other = next && this.#systemOf.get(next);
      if (!next) {
        this.#tracks.delete(track.id);
        continue;
      }
      const [stays, gone] = other && numberOf(other) < numberOf(track) ? [other, track] : [track, other];
      this.#systemOf.set(next, stays);
      stays.fused = next.fused;
      stays.members = next.members;
      if (!gone) continue;
      this.#tracks.delete(gone.id);
      inherit(stays, gone);
      this.#onEvent({ kind: 'merged', track: stays, gone });
    }
    for (const group of this.#correlator.groups())
      if (!this.#systemOf.has(group) && this.#correlator.heirsOf(group).length === 0)
        this.#open(group, nowUs);
    for (const [group, track] of this.#systemOf) {
      const known = this.#knownOf.get(track) ?? NONE;
      if (known.size === group.members.size && [...known].every((k) => group.members.has(k))) continue;
      this.#knownOf.set(track, new Set(group.members));
      const declared = track.launchDeclaredUs !== undefined;
      gather(track, (key) => this.#parts.get(key));
      if (!declared && track.launchDeclaredBy)
        this.#onEvent({ kind: 'launchDeclared', track, by: track.launchDeclaredBy });
      if (group.members.size === 0 && isLive(track)) this.#end(track, 'lost');
    }
  }

  #open(group: Group, nowUs: number): void {
    this.#number++;
    const id = `S${this.#number}`;
    const by = [...group.members][0]?.split('/')[0] as NodeId;
    const track: SystemTrack = {
      id,
      launchId: `L${this.#number}`,
      fused: group.fused,
      members: group.members,
      sources: new Map(),
      assessments: new Map(),
      flown: new FlownPath(),
      status: 'held',
      createdUs: nowUs,
      createdBy: by,
    };
    this.#tracks.set(id, track);
    this.#systemOf.set(group, track);
    this.#onEvent({ kind: 'newTrack', track, by });
  }

  /** Drops the track that ended first, with its members; tells it once if every track is live. */
  #makeRoom(): boolean {
    for (const track of this.#tracks.values()) {
      if (track.status !== 'lost' && track.status !== 'impact') continue;
      this.#tracks.delete(track.id);
      for (const member of track.members) this.#parts.delete(member);
      for (const [group, of] of this.#systemOf) {
        if (of !== track) continue;
        this.#systemOf.delete(group);
        this.#correlator.drop(group);
      }
      return true;
    }
    if (!this.#full) this.#onEvent({ kind: 'full' });
    this.#full = true;
    return false;
  }

  #assess(assessment: Assessment): void {
    const key = keyOf(assessment);
    for (const kind of ['launch', 'impact', 'tracklet'] as const)
      if (this.#withdrawn.has(`${kind} ${key}`)) assessment = without(assessment, kind);
    const part = this.#part(key);
    if (assessment.launchDeclaredUs !== undefined)
      assessment = { ...assessment, declaredUs: part.said?.declaredUs ?? assessment.receivedUs };
    part.said = { ...part.said, ...assessment };
    const track = this.trackOf(assessment.node, assessment.track);
    if (!track) return;
    const known = track.assessments.get(assessment.node);
    track.assessments.set(assessment.node, { ...known, ...assessment });
    if (assessment.launchDeclaredUs !== undefined && track.launchDeclaredUs === undefined) {
      track.launchDeclaredUs = assessment.receivedUs;
      track.launchDeclaredBy = assessment.node;
      this.#onEvent({ kind: 'launchDeclared', track, by: assessment.node });
    }
    if (assessment.launch) sharpestLaunch(track);
  }

  #estimate(track: SystemTrack, nowUs: number): void {
    const { fused } = track;
    track.flown.add(pathSample(fused.state, fused.timeUs));
    const phase = fused.phase;
    if (phase === 'notBallistic') {
      delete track.impact;
      if (track.notBallisticUs === undefined) {
        track.notBallisticUs = nowUs;
        for (const a of track.assessments.values()) delete a.impact;
        for (const key of track.members) delete this.#parts.get(key)?.said?.impact;
        this.#onEvent({ kind: 'notBallistic', track });
      }
      return;
    }
    const estimates = fused.estimates();
    if (!estimates) {
      // Lit again, or in orbit: where it would have come down is no news any more.
      if (phase === 'boost' || fused.orbitProbability > 0.5) delete track.impact;
      return;
    }
    // Until a tracker that sees the plots says that the last stage has burnt out, an impact may be that of a stage.
    const sinceUs = fused.ballisticSinceUs ?? fused.timeUs;
    if (!track.impact && fused.timeUs - sinceUs < RESTED_S * 1e6) {
      // One told before a stage was lit says nothing of this fall; and while another still sees it burn, there is doubt.
      const told = [...track.assessments.values()].some((a) => a.impact && a.impact.timeUs >= sinceUs);
      if (!told || fused.timeUs - fused.boostSaidUs < DOUBT_S * 1e6) return;
    }
    track.apogeeKm = estimates.apogeeKm;
    track.impact = estimates.impact;
    const [rangeClass, probability] = likeliest(estimates.rangeClass);
    track.rangeClass = rangeClass;
    track.rangeClassProbability = probability;
    if (track.firstImpactUs === undefined) {
      track.firstImpactUs = nowUs;
      this.#onEvent({ kind: 'impactEstimate', track, impact: estimates.impact });
    }
  }

  #judge(track: SystemTrack, nowUs: number): void {
    const ageS = (nowUs - lastObservedUs(track)) / 1e6;
    const boosting = track.fused.phase === 'boost';
    const { impact } = track;
    if (impact && nowUs >= impact.atUs) {
      const held = impact.atUs - lastObservedUs(track) <= HELD_TO_IMPACT_S * 1e6;
      this.#end(track, held ? 'impact' : 'lost');
    } else if (ageS > (boosting ? LOST_BOOST_S : LOST_COAST_S)) this.#end(track, 'lost');
    // Come down before an impact could be worked out: nobody saw how it ended.
    else if (ageS > STALE_S && !impact && track.fused.hasComeDown(nowUs)) this.#end(track, 'lost');
    else track.status = ageS > STALE_S ? 'stale' : 'held';
  }

  #end(track: SystemTrack, how: 'lost' | 'impact'): void {
    track.status = how;
    this.#onEvent({ kind: 'ended', track, how });
  }
}

function likeliest(classes: Record<RangeClass, number>): [RangeClass, number] {
  return (Object.entries(classes) as [RangeClass, number][]).reduce((a, b) => (b[1] > a[1] ? b : a));
}

function isLive(track: SystemTrack): boolean {
  return track.status === 'held' || track.status === 'stale';
}

function numberOf(track: SystemTrack): number {
  return Number(track.id.slice(1));
}

/** The path that a fused track has flown, as far back as it is kept, of what is in it now. */
function flownBy(fused: FusedTrack): FlownPath {
  const path = new FlownPath();
  for (const { timeUs, state } of fused.history()) path.add(pathSample(state, timeUs));
  return path;
}

function pathSample(state: Float64Array, timeUs: number): PathSample {
  const g = trackGeodetic(state);
  return [g.longitudeDeg, g.latitudeDeg, g.heightM / 1000, timeUs];
}
