/** The tabs beside the map: what is known of the track, of partners, sharing, links and sensors, and marks where to look. */
import type {
  ExerciseHello,
  Nation,
  PictureMessage,
  SiteView,
  TrackView,
  Trilingual,
} from '../../../src/node/wire.ts';
import type { Zone } from '../i18n/format.ts';
import type { Catalogue } from '../i18n/index.tsx';
import { Partners, Sensors } from './details.tsx';
import { wrongRules } from './health.tsx';
import { Links } from './links.tsx';
import { recentChanges } from './reasons.ts';
import { Recalls } from './recalls.tsx';
import { Sharing } from './sharing.tsx';
import type { Tab } from './tabs.tsx';
import { TrackDetails } from './track-details.tsx';

export type TabKey = 'track' | 'partners' | 'sharing' | 'links' | 'events' | 'sensors';

interface Parts {
  nation: Nation;
  picture: PictureMessage | undefined;
  exercise: ExerciseHello | undefined;
  agreements: NonNullable<PictureMessage['agreements']>;
  track: TrackView | undefined;
  onTrack(id: string): void;
  sites: readonly SiteView[];
  selectedSite: string | undefined;
  onSite(id: string | undefined): void;
  siteName(source: string): Trilingual | undefined;
  zone: Zone;
  nowUs: number;
  t: Catalogue;
  /** Absent where the events stand elsewhere on the page. */
  events: (() => preact.ComponentChildren) | undefined;
}

export function detailTabs(parts: Parts): Tab<TabKey>[] {
  const { nation, picture, exercise, agreements, track, onTrack, sites, selectedSite, onSite } = parts;
  const { siteName, zone, nowUs, t, events } = parts;
  const tracks = picture?.tracks ?? [];
  const divergent = picture?.assessments.filter((a) => a.divergent).length ?? 0;
  const broken = picture?.links.filter((l) => l.status === 'down' || l.status === 'degraded').length ?? 0;
  const wrong = wrongRules(picture?.links ?? []);
  const changed = recentChanges(agreements, nowUs, Infinity).length;
  const alarmed = (picture?.sensorHealth ?? []).filter((h) => h.state === 'alarm').length;
  return [
    {
      key: 'track',
      label: t.tabs.track,
      content: () => (
        <TrackDetails
          tracks={tracks}
          selected={track}
          onSelect={onTrack}
          zone={zone}
          nowUs={nowUs}
          siteName={siteName}
          hello={exercise}
        />
      ),
    },
    {
      key: 'partners',
      label: t.tabs.partners,
      mark: divergent > 0 ? String(divergent) : undefined,
      content: () => (
        <Partners nation={nation} assessments={picture?.assessments ?? []} track={track} zone={zone} />
      ),
    },
    {
      key: 'sharing',
      label: t.tabs.sharing,
      mark: changed > 0 ? String(changed) : undefined,
      content: () => (
        <>
          <Sharing
            nation={nation}
            agreements={agreements}
            releases={picture?.releases ?? []}
            zone={zone}
            asOf={exercise?.asOf}
          />
          <Recalls
            nation={nation}
            recalls={picture?.recalls ?? []}
            withdrawals={picture?.withdrawals ?? []}
            zone={zone}
          />
        </>
      ),
    },
    {
      key: 'links',
      label: t.tabs.links,
      mark: broken + wrong > 0 ? String(broken + wrong) : undefined,
      content: () => (
        <Links
          links={picture?.links ?? []}
          agreements={agreements.length > 0 ? agreements : (exercise?.agreements ?? [])}
          zone={zone}
          nowUs={nowUs}
        />
      ),
    },
    ...(events ? [{ key: 'events' as const, label: t.tabs.events, content: events }] : []),
    {
      key: 'sensors',
      label: t.tabs.sensors,
      mark: alarmed > 0 ? String(alarmed) : undefined,
      content: () => (
        <Sensors
          sites={sites}
          health={picture?.sensorHealth ?? []}
          selected={selectedSite}
          onSelect={onSite}
        />
      ),
    },
  ];
}
