/** The situation in one sentence: which track matters most, what has happened, where it is, where it will fall. */
import type {
  ExerciseHello,
  Language,
  PictureMessage,
  TrackView,
  Trilingual,
} from '../../../src/node/wire.ts';
import { distanceKm, extrapolate, type LonLat } from '../globe/geometry.ts';
import type { Catalogue } from '../i18n/en.ts';
import { number, type Zone, zonedTime } from '../i18n/format.ts';
import { type Gazetteer, placeName, placeWithDistance } from './places.ts';

export type SituationState = 'quiet' | 'boost' | 'flight' | 'reentry' | 'impact' | 'lost' | 'stale';

export interface Situation {
  state: SituationState;
  track?: TrackView;
  /** Other tracks in flight. */
  others: number;
  launchUs?: number;
  impactUs?: number;
  /** Parts of the sentence, most important first. */
  parts: string[];
}

/** The track that a person must look at: held before stale before over, then what falls first. */
export function principalTrack(tracks: readonly TrackView[]): TrackView | undefined {
  const rank = { held: 0, stale: 1, lost: 2, impact: 3 } as const;
  let best: TrackView | undefined;
  for (const track of tracks) {
    if (!best) best = track;
    else {
      const d = rank[track.status] - rank[best.status];
      const fall = (track.impact?.atUs ?? Infinity) - (best.impact?.atUs ?? Infinity);
      if (
        d < 0 ||
        (d === 0 && (fall < 0 || (Number.isNaN(fall) && track.lastObservedUs > best.lastObservedUs)))
      ) {
        best = track;
      }
    }
  }
  return best;
}

function stateOf(track: TrackView): SituationState {
  if (track.status === 'impact') return 'impact';
  if (track.status === 'lost') return 'lost';
  if (track.status === 'stale') return 'stale';
  return track.phase === 'boost' ? 'boost' : track.phase === 'reentry' ? 'reentry' : 'flight';
}

export interface SituationContext {
  t: Catalogue;
  language: Language;
  zone: Zone;
  gazetteer: Gazetteer;
  /** Names of known launch places: an estimate close to one is called by its name. */
  launches: ExerciseHello['launches'];
  /** The picture is too old to say what is now. */
  old?: boolean;
}

/** The name of a known place near an estimated launch point. The estimate decides; the name only says it in words. */
export function nearestLaunchName(at: LonLat, launches: ExerciseHello['launches']): Trilingual | undefined {
  let best: Trilingual | undefined;
  let nearest = 80;
  for (const launch of launches) {
    const d = distanceKm(at, [launch.longitudeDeg, launch.latitudeDeg]);
    if (d < nearest) {
      nearest = d;
      best = launch.place;
    }
  }
  return best;
}

export function describe(
  picture: PictureMessage | undefined,
  nowUs: number,
  context: SituationContext,
): Situation {
  const { t, language, zone, gazetteer } = context;
  const track = picture && principalTrack(picture.tracks);
  if (!picture || !track) return { state: 'quiet', others: 0, parts: [] };
  const others = picture.tracks.filter(
    (x) => x !== track && (x.status === 'held' || x.status === 'stale'),
  ).length;
  const situation: Situation = { state: stateOf(track), track, others, parts: [] };
  if (track.launch) {
    situation.launchUs = track.launch.atUs;
    const at: LonLat = [track.launch.longitudeDeg, track.launch.latitudeDeg];
    const known = nearestLaunchName(at, context.launches);
    const place = known ? t.place.near(known[language]) : placeName(gazetteer.locate(at), t, language);
    situation.parts.push(t.status.launched(zonedTime(track.launch.atUs, zone), place));
  } else {
    const first = track.flown[0]?.[3] ?? track.lastObservedUs;
    situation.parts.push(t.status.detected(zonedTime(first, zone)));
  }
  if (
    situation.state === 'lost' ||
    situation.state === 'stale' ||
    (context.old && situation.state !== 'impact')
  ) {
    situation.parts.push(t.status.lastSeen(zonedTime(track.lastObservedUs, zone, true)));
  } else if (situation.state !== 'impact') {
    const seconds = Math.max(0, Math.min(20, (nowUs - picture.timeUs) / 1e6));
    const now = extrapolate(track, seconds);
    const over = placeName(gazetteer.locate([now.lon, now.lat]), t, language);
    situation.parts.push(
      t.status.now(number(now.heightKm, language), over, number(track.headingDeg, language)),
    );
  }
  if (track.impact) {
    situation.impactUs = track.impact.atUs;
    const at: LonLat = [track.impact.longitudeDeg, track.impact.latitudeDeg];
    const where = placeWithDistance(at, gazetteer, t, language);
    // A prediction whose time is over was not thereby observed (W7).
    const tell =
      situation.state === 'impact'
        ? t.status.impacted
        : nowUs > track.impact.atUs
          ? t.status.predictedOver
          : t.status.predicted;
    situation.parts.push(tell(zonedTime(track.impact.atUs, zone), where));
  }
  return situation;
}
