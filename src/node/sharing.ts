/** What a node offers of its own tracks: tracklets as they come, estimates when they have changed. */
import type { Item, Level, SourceType, Threat } from '../model/item.ts';
import { type Mode, NATIONS, type Nation } from '../model/nation.ts';
import type { Sensor } from '../model/sensor.ts';
import type { PointEstimate, Tracklet } from '../model/track.ts';
import type { TrackView as OwnTrack } from '../tracking/index.ts';

/** An estimate that has changed is shared at most this often, us. */
const ESTIMATE_EVERY_US = 2e6;
/** Items are kept for release at most this long, us: longer than any handling that is still of use. */
const EXPIRY_US = 3600e6;

export interface SharingOptions {
  nation: Nation;
  mode: Mode;
  threat: Threat;
  level: Level;
  sensors: readonly Sensor[];
}

interface Shared {
  revision: number;
  atUs: number;
  said: string;
}

/** Makes the items of a nation's own tracks and hands them to the exchange, each revision once. */
export class TrackSharing {
  readonly #options: SharingOptions;
  readonly #share: (item: Item) => void;
  readonly #shared = new Map<string, Shared>();

  constructor(options: SharingOptions, share: (item: Item) => void) {
    this.#options = options;
    this.#share = share;
  }

  tracklet(tracklet: Tracklet, track: OwnTrack | undefined, nowUs: number): void {
    const sensors = Object.keys(tracklet.pedigree).map((s) => s.slice(s.indexOf('/') + 1));
    this.#share({
      ...this.#item('tracklet', tracklet.track, tracklet.sequence, tracklet.timeUs, nowUs, track),
      body: {
        track: tracklet.track,
        tracklet,
        sensors,
        ...(track?.launchDeclaredUs === undefined ? {} : { launchDeclared: true }),
      },
    });
  }

  launch(track: OwnTrack, launch: PointEstimate, nowUs: number): void {
    const revision = this.#revision(
      'launch',
      track.id,
      `${launch.latitudeDeg} ${launch.longitudeDeg}`,
      nowUs,
    );
    if (revision === undefined) return;
    this.#share({
      ...this.#item('launch', track.id, revision, launch.timeUs, nowUs, track),
      body: { track: track.id, launch, launchDeclared: true, sensors: Object.keys(track.sensors) },
    });
  }

  impact(track: OwnTrack, impact: PointEstimate, nowUs: number): void {
    const revision = this.#revision(
      'impact',
      track.id,
      `${impact.latitudeDeg} ${impact.longitudeDeg}`,
      nowUs,
    );
    if (revision === undefined) return;
    this.#share({
      ...this.#item('impact', track.id, revision, impact.timeUs, nowUs, track),
      body: {
        track: track.id,
        impact,
        ...(track.apogeeKm === undefined ? {} : { apogeeKm: track.apogeeKm }),
        sensors: Object.keys(track.sensors),
      },
    });
  }

  /** The number of a revision that is worth sending; undefined if nothing changed or the last is fresh. */
  #revision(kind: string, track: string, said: string, nowUs: number): number | undefined {
    const key = `${kind} ${track}`;
    const last = this.#shared.get(key);
    if (last && (last.said === said || nowUs - last.atUs < ESTIMATE_EVERY_US)) return undefined;
    const revision = (last?.revision ?? 0) + 1;
    this.#shared.set(key, { revision, atUs: nowUs, said });
    return revision;
  }

  #item(
    kind: 'tracklet' | 'launch' | 'impact',
    track: string,
    revision: number,
    observedUs: number,
    nowUs: number,
    view: OwnTrack | undefined,
  ): Omit<Item, 'body'> {
    const element = { tracklet: 'trajectory', launch: 'launchPoint', impact: 'impactPoint' } as const;
    return {
      label: {
        id: `${track}:${kind}`,
        kind,
        mode: this.#options.mode,
        originators: [this.#options.nation],
        threat: this.#options.threat,
        level: this.#options.level,
        releasableTo: NATIONS.filter((n) => n !== this.#options.nation),
        // The apogee goes with the impact and is part of the trajectory.
        elements:
          kind === 'impact'
            ? ['impactPoint', 'trajectory', 'sensorIdentity']
            : [element[kind], 'sensorIdentity'],
        consents: [],
      },
      revision,
      sourceType: this.#sourceType(view),
      observedUs,
      madeUs: nowUs,
      expiresUs: nowUs + EXPIRY_US,
    };
  }

  #sourceType(track: OwnTrack | undefined): SourceType {
    const kinds = new Set<string>();
    for (const sensor of this.#options.sensors)
      if (track?.sensors[sensor.id] !== undefined) kinds.add(sensor.kind);
    if (kinds.size > 1) return 'fused';
    return kinds.has('infrared') ? 'infrared' : 'radar';
  }
}
