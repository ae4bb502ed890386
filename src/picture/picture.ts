/**
 * One nation's picture: its own tracks and what its partners gave it, correlated and fused. All information
 * comes in as tracklets with their pedigree, so that nothing is counted twice, whatever loop it came by.
 * What a nation may not have never gets here: the picture knows only what was received.
 */
import { DEG, geodeticToEcef } from '../earth/wgs84.ts';
import type { Item, ItemKind } from '../model/item.ts';
import type { NodeId } from '../model/nation.ts';
import { type PointEstimate, type RangeClass, type Tracklet, trackGeodetic } from '../model/track.ts';
import { associationDistance, FusedTrack } from '../tracking/index.ts';
import { FlownPath } from './path.ts';

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
  receivedUs: number;
}

export type Status = 'held' | 'stale' | 'lost' | 'impact';

/** A track of this nation's picture. */
export interface SystemTrack {
  id: string;
  launchId: string;
  fused: FusedTrack;
  /** The nodes' tracks in it, `NODE/track`. */
  members: Set<string>;
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

/** What the picture tells as it happens. */
export type PictureEvent =
  | { kind: 'newTrack'; track: SystemTrack; by: NodeId }
  | { kind: 'partnerData'; track: SystemTrack; node: NodeId; agreement: string }
  | { kind: 'launchDeclared'; track: SystemTrack; by: NodeId }
  | { kind: 'impactEstimate'; track: SystemTrack; impact: PointEstimate }
  | { kind: 'notBallistic'; track: SystemTrack }
  | { kind: 'ended'; track: SystemTrack; how: 'lost' | 'impact' }
  | { kind: 'reacquired'; track: SystemTrack; by: NodeId }
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
/**
 * Gate of the association of two tracks, chi-squared with six degrees of freedom at 1 - 1e-6, widened by half
 * for the models' differences. Two launches close in time and place must stay two (W16).
 */
const ASSOCIATION_GATE = 60;
const DEFAULT_MAX_TRACKS = 2000;
/** So many tracklets in a row outside the gate are no chance; older ones than this, s, are not asked. */
const DOUBT_AFTER = 5;
const DOUBT_WITHIN_S = 10;
/** Ballistic for so long, s, an impact is worked out even if no tracker has said one: not all may be told. */
const RESTED_S = 20;
/** A tracklet older than this, s, tells of the past: by an agreement with hours or minutes of handling, say. */
const LATE_S = 30;
/** A late tracklet belongs to a track that was within this distance of it then, m. */
const LATE_NEAR_M = 30e3;

export class Picture {
  readonly #node: NodeId;
  readonly #onEvent: (event: PictureEvent) => void;
  readonly #tracks = new Map<string, SystemTrack>();
  /** System track of a node's track, `NODE/track`. */
  readonly #memberOf = new Map<string, SystemTrack>();
  /** What was said of a node's track before its first tracklet came. */
  readonly #early = new Map<string, Assessment>();
  readonly #maxTracks: number;
  /** Tracklets in a row that did not fit, per node's track. */
  readonly #misfits = new Map<string, number>();
  /** Items that were withdrawn, `kind NODE/track`: nothing of them is taken any more. */
  readonly #withdrawn = new Set<string>();
  #number = 0;
  #full = false;

  constructor(options: PictureOptions) {
    this.#node = options.node;
    this.#onEvent = options.onEvent ?? (() => {});
    this.#maxTracks = options.maxTracks ?? DEFAULT_MAX_TRACKS;
  }

  tracks(): readonly SystemTrack[] {
    return [...this.#tracks.values()];
  }

  trackOf(node: NodeId, track: string): SystemTrack | undefined {
    return this.#memberOf.get(`${node}/${track}`);
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
   * An originator has withdrawn an item on one of its tracks: what it brought is taken out of the picture, and nothing of
   * it is taken any more. The tracks that are changed by it, and those of which nothing is left.
   */
  withdraw(node: NodeId, kind: ItemKind, track: string, nowUs: number): Withdrawn {
    const key = `${node}/${track}`;
    this.#withdrawn.add(`${kind} ${key}`);
    if (this.#withdrawn.size > 3 * this.#maxTracks)
      this.#withdrawn.delete(this.#withdrawn.values().next().value!);
    const early = this.#early.get(key);
    if (early) this.#early.set(key, without(early, kind));
    const system = this.#memberOf.get(key);
    const said = system?.assessments.get(node);
    if (!system || said?.track !== track) return { changed: [], gone: [] };
    system.assessments.set(node, without(said, kind));
    this.#sharpestLaunch(system);
    this.#declareAgain(system);
    delete system.impact;
    this.#estimate(system, nowUs);
    return { changed: [system], gone: [] };
  }

  /** Brings all tracks to the present: state, estimates, path, status. */
  update(nowUs: number): void {
    for (const track of this.#tracks.values()) {
      if (track.status === 'lost' || track.status === 'impact') continue;
      this.#estimate(track, nowUs);
      this.#judge(track, nowUs);
    }
  }

  /** Correlates and fuses a tracklet; its sources count only if it could be fused. */
  #take(tracklet: Tracklet, nowUs: number, pathOf: (source: string) => string): SystemTrack | undefined {
    const opened = this.#number;
    this.#doubt(tracklet);
    const track = this.#correlate(tracklet, nowUs);
    if (!track) return undefined;
    const result = this.#number > opened ? 'added' : track.fused.add(tracklet);
    if (result === 'duplicate' || result === 'tooOld') return track;
    if (track.status === 'lost' && nowUs - tracklet.timeUs <= LATE_S * 1e6) {
      // A link that was down, an agreement that was suspended: what is seen again is not lost.
      track.status = 'held';
      this.#onEvent({ kind: 'reacquired', track, by: tracklet.node });
    }
    for (const [source, lastUs] of Object.entries(tracklet.pedigree)) {
      this.#source(track, source, pathOf(source), lastUs, tracklet.timeUs);
    }
    return track;
  }

  /**
   * A node's track that no longer fits the one it was taken into is of another object: of a spent stage, say, that
   * flew together with the vehicle until it was dropped. It is correlated anew.
   */
  #doubt(tracklet: Tracklet): void {
    const key = `${tracklet.node}/${tracklet.track}`;
    const track = this.#memberOf.get(key);
    if (!track || tracklet.timeUs <= track.fused.timeUs - DOUBT_WITHIN_S * 1e6) return;
    // Lift takes a target off what the others still predict of it; they will follow.
    if (tracklet.phase === 'notBallistic' || track.fused.phase === 'notBallistic') return;
    const misfits =
      associationDistance(tracklet, track.fused) > ASSOCIATION_GATE ? (this.#misfits.get(key) ?? 0) + 1 : 0;
    this.#misfits.set(key, misfits);
    if (misfits < DOUBT_AFTER) return;
    this.#misfits.delete(key);
    this.#memberOf.delete(key);
    track.members.delete(key);
    for (const [name, source] of track.sources) if (source.node === tracklet.node) track.sources.delete(name);
    if (track.members.size === 0 && (track.status === 'held' || track.status === 'stale'))
      this.#end(track, 'lost');
  }

  #correlate(tracklet: Tracklet, nowUs: number): SystemTrack | undefined {
    const key = `${tracklet.node}/${tracklet.track}`;
    let track = this.#memberOf.get(key);
    if (!track) {
      const late = nowUs - tracklet.timeUs > LATE_S * 1e6;
      track = late ? this.#formerly(tracklet) : this.#nearest(tracklet);
      // A boost that long ago says nothing of where it is now.
      if (!track && !(late && tracklet.phase === 'boost')) track = this.#open(tracklet, nowUs);
      if (!track) return undefined;
      track.members.add(key);
      this.#memberOf.set(key, track);
      const early = this.#early.get(key);
      if (early) {
        this.#early.delete(key);
        this.#assess(early);
      }
    }
    return track;
  }

  /** The track that was where a late tracklet says that its own was. */
  #formerly(tracklet: Tracklet): SystemTrack | undefined {
    const then = FusedTrack.start(tracklet);
    if (!then) return undefined;
    for (const track of this.#tracks.values()) {
      const p = track.flown.at(tracklet.timeUs);
      if (!p) continue;
      const [x, y, z] = geodeticToEcef(p[1] * DEG, p[0] * DEG, p[2] * 1000);
      if (Math.hypot(x - then.state[0], y - then.state[1], z - then.state[2]) < LATE_NEAR_M) return track;
    }
    return undefined;
  }

  /** The system track that the tracklet's track is part of, if one is near enough and has no live part of that node's. */
  #nearest(tracklet: Tracklet): SystemTrack | undefined {
    let best: SystemTrack | undefined;
    let least = ASSOCIATION_GATE;
    for (const track of this.#tracks.values()) {
      if (track.status === 'lost' || track.status === 'impact') continue;
      const d = associationDistance(tracklet, track.fused);
      if (!(d < least)) continue;
      if (this.#hasLivePart(track, tracklet.node, tracklet.timeUs)) continue;
      best = track;
      least = d;
    }
    return best;
  }

  /** A node that holds two tracks at once says that there are two objects. */
  #hasLivePart(track: SystemTrack, node: NodeId, timeUs: number): boolean {
    for (const source of track.sources.values()) {
      if (source.node === node && timeUs - source.lastUs < STALE_S * 1e6) return true;
    }
    return false;
  }

  #open(tracklet: Tracklet, nowUs: number): SystemTrack | undefined {
    if (this.#tracks.size >= this.#maxTracks && !this.#makeRoom()) return undefined;
    const fused = FusedTrack.start(tracklet);
    if (!fused) return undefined;
    this.#number++;
    const id = `S${this.#number}`;
    const track: SystemTrack = {
      id,
      launchId: `L${this.#number}`,
      fused,
      members: new Set(),
      sources: new Map(),
      assessments: new Map(),
      flown: new FlownPath(),
      status: 'held',
      createdUs: nowUs,
      createdBy: tracklet.node,
    };
    this.#tracks.set(id, track);
    this.#onEvent({ kind: 'newTrack', track, by: tracklet.node });
    return track;
  }

  /** Drops the track that ended first, with its members; tells it once if every track is live. */
  #makeRoom(): boolean {
    for (const track of this.#tracks.values()) {
      if (track.status !== 'lost' && track.status !== 'impact') continue;
      this.#tracks.delete(track.id);
      for (const member of track.members) this.#memberOf.delete(member);
      return true;
    }
    if (!this.#full) this.#onEvent({ kind: 'full' });
    this.#full = true;
    return false;
  }

  #source(track: SystemTrack, source: string, path: string, lastUs: number, timeUs: number): void {
    const key = `${source} ${path}`;
    const known = track.sources.get(key);
    if (known) known.lastUs = Math.max(known.lastUs, lastUs);
    else {
      const node = source.slice(0, source.indexOf('/')) as NodeId;
      track.sources.set(key, { source, node, path, firstUs: Math.min(lastUs, timeUs), lastUs });
    }
  }

  #assess(assessment: Assessment): void {
    const key = `${assessment.node}/${assessment.track}`;
    const track = this.#memberOf.get(key);
    for (const kind of ['launch', 'impact'] as const)
      if (this.#withdrawn.has(`${kind} ${key}`)) assessment = without(assessment, kind);
    if (!track) {
      // Bounded by the partners' tracks; said again with each revision.
      if (this.#early.size >= this.#maxTracks && !this.#early.has(key))
        this.#early.delete(this.#early.keys().next().value!);
      this.#early.set(key, { ...this.#early.get(key), ...assessment });
      return;
    }
    const known = track.assessments.get(assessment.node);
    track.assessments.set(assessment.node, { ...known, ...assessment });
    if (assessment.launchDeclaredUs !== undefined && track.launchDeclaredUs === undefined) {
      track.launchDeclaredUs = assessment.receivedUs;
      track.launchDeclaredBy = assessment.node;
      this.#onEvent({ kind: 'launchDeclared', track, by: assessment.node });
    }
    if (assessment.launch) this.#sharpestLaunch(track);
  }

  /** The launch estimates of nodes share no sensor: the sharpest is taken, none is averaged. */
  #sharpestLaunch(track: SystemTrack): void {
    const all = [...track.assessments.values()].flatMap((a) => (a.launch ? [a.launch] : []));
    if (all.length > 0) track.launch = all.reduce((a, b) => (area(b) < area(a) ? b : a));
    else delete track.launch;
  }

  /** Who still says so of a launch of which a word was withdrawn. */
  #declareAgain(track: SystemTrack): void {
    delete track.launchDeclaredUs;
    delete track.launchDeclaredBy;
    for (const { node, launchDeclaredUs } of track.assessments.values()) {
      if (launchDeclaredUs === undefined || launchDeclaredUs >= (track.launchDeclaredUs ?? Infinity))
        continue;
      track.launchDeclaredUs = launchDeclaredUs;
      track.launchDeclaredBy = node;
    }
  }

  #estimate(track: SystemTrack, nowUs: number): void {
    const { fused } = track;
    const g = trackGeodetic(fused.state);
    track.flown.add([g.longitudeDeg, g.latitudeDeg, g.heightM / 1000, fused.timeUs]);
    const phase = fused.phase;
    if (phase === 'notBallistic') {
      delete track.impact;
      if (track.notBallisticUs === undefined) {
        track.notBallisticUs = nowUs;
        for (const a of track.assessments.values()) delete a.impact;
        this.#onEvent({ kind: 'notBallistic', track });
      }
      return;
    }
    const estimates = fused.estimates();
    if (!estimates) {
      // Lit again: where it would have come down is no news any more.
      if (phase === 'boost') delete track.impact;
      return;
    }
    // Until a tracker that sees the plots says that the last stage has burnt out, an impact may be that of a stage.
    const restedS = (fused.timeUs - (fused.ballisticSinceUs ?? fused.timeUs)) / 1e6;
    if (!track.impact && restedS < RESTED_S && ![...track.assessments.values()].some((a) => a.impact)) return;
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
    else track.status = ageS > STALE_S ? 'stale' : 'held';
  }

  #end(track: SystemTrack, how: 'lost' | 'impact'): void {
    track.status = how;
    this.#onEvent({ kind: 'ended', track, how });
  }
}

/** When the newest observation in a track was made. */
export function lastObservedUs(track: SystemTrack): number {
  let last = 0;
  for (const s of track.sources.values()) if (s.lastUs > last) last = s.lastUs;
  return last;
}

/** An assessment without what an item of a kind brought; a declaration comes with the launch and with tracklets. */
function without(a: Assessment, kind: ItemKind): Assessment {
  const { launch, launchDeclaredUs, impact, apogeeKm, rangeClass, ...rest } = a;
  const ofLaunch = defined({ launch, launchDeclaredUs });
  const ofImpact = defined({ impact, apogeeKm, rangeClass });
  if (kind === 'launch') return { ...rest, ...ofImpact };
  if (kind === 'impact') return { ...rest, ...ofLaunch };
  return { ...rest, ...ofImpact, ...defined({ launch }) };
}

function area(e: PointEstimate): number {
  return e.ellipse95.semiMajorM * e.ellipse95.semiMinorM;
}

function likeliest(classes: Record<RangeClass, number>): [RangeClass, number] {
  return (Object.entries(classes) as [RangeClass, number][]).reduce((a, b) => (b[1] > a[1] ? b : a));
}

/** The record without its undefined fields. */
function defined<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
