/** The smaller panels: partners' assessments, events, sensors. */
import { Fragment } from 'preact';
import type {
  AssessmentView,
  EventView,
  Nation,
  NodeId,
  SensorHealthView,
  SiteView,
  TrackView,
} from '../../../src/node/wire.ts';
import { distanceKm } from '../globe/geometry.ts';
import { clockTime, number, roughly, type Zone } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';
import { SensorHealth, SensorMark } from './health.tsx';
import { nodeName } from './sharing.tsx';

const nodeColour = (node: NodeId): string => (node === 'HUB' ? 'USA' : node);

export function Partners({
  nation,
  assessments,
  track,
  zone,
}: {
  nation: Nation;
  assessments: readonly AssessmentView[];
  track: TrackView | undefined;
  zone: Zone;
}) {
  const text = useText();
  const { t, language } = text;
  const own = track?.impact;
  return (
    <div class="partners">
      <p class="note">{t.partners.note}</p>
      {assessments.length === 0 && <p class="empty">{t.partners.none}</p>}
      {assessments.length > 0 && (
        <table class="compare">
          <thead>
            <tr>
              <td />
              <th scope="col">{t.partners.apogee}</th>
              <th scope="col">{t.partners.range}</th>
              <th scope="col">{t.partners.impact}</th>
            </tr>
          </thead>
          <tbody>
            {track && (
              <tr class="own">
                <th scope="row">{t.partners.own}</th>
                <td>{track.apogeeKm === undefined ? '—' : `${number(track.apogeeKm, language)} km`}</td>
                <td>
                  {track.launch && own
                    ? `${number(distanceKm([track.launch.longitudeDeg, track.launch.latitudeDeg], [own.longitudeDeg, own.latitudeDeg]), language)} km`
                    : '—'}
                </td>
                <td>{own ? clockTime(own.atUs, zone) : '—'}</td>
              </tr>
            )}
            {assessments.map((a) => (
              <Fragment key={`${a.node}${a.launchId}`}>
                <tr data-nation={nodeColour(a.node)} class={a.divergent ? 'divergent' : ''}>
                  <th scope="row">
                    <span class="swatch" aria-hidden="true" />
                    {nodeName(a.node, text)}
                    {a.node === nation && <span class="own-mark"> ({t.partners.ownAssessment})</span>}
                    <span class="verdict">{a.divergent ? t.partners.divergent : t.partners.agrees}</span>
                  </th>
                  <td>{a.apogeeKm === undefined ? '—' : `${number(a.apogeeKm, language)} km`}</td>
                  <td>{a.rangeKm === undefined ? '—' : `${number(a.rangeKm, language)} km`}</td>
                  <td>{a.impact ? clockTime(a.impact.atUs, zone) : '—'}</td>
                </tr>
                {a.impact && own && (
                  <tr class="difference">
                    <td colSpan={4}>
                      {t.partners.difference(
                        roughly(
                          distanceKm(
                            [own.longitudeDeg, own.latitudeDeg],
                            [a.impact.longitudeDeg, a.impact.latitudeDeg],
                          ),
                          language,
                        ),
                      )}
                    </td>
                  </tr>
                )}
              </Fragment>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

const EVENT_GLYPH: Record<EventView['kind'], string> = {
  plot: '◦',
  track: '◇',
  launch: '▲',
  impact: '✕',
  partner: '⇄',
  release: '→',
  denied: '⊘',
  warning: '!',
  link: '∞',
  agreement: '§',
};

export function Events({ events, zone }: { events: readonly EventView[]; zone: Zone }) {
  const { t, language } = useText();
  if (events.length === 0) return <p class="empty">{t.events.none}</p>;
  return (
    <ol class="events" reversed aria-live="polite" aria-relevant="additions">
      {[...events].reverse().map((e) => (
        <li key={e.sequence} data-severity={e.severity}>
          <span class="event-glyph" aria-hidden="true">
            {EVENT_GLYPH[e.kind] ?? '·'}
          </span>
          <time>{clockTime(e.timeUs, zone)}</time>
          <span>{e.text[language]}</span>
        </li>
      ))}
    </ol>
  );
}

export function Sensors({
  sites,
  health,
  selected,
  onSelect,
}: {
  sites: readonly SiteView[];
  /** Of the nation's own sensors. */
  health: readonly SensorHealthView[];
  selected: string | undefined;
  onSelect(id: string | undefined): void;
}) {
  const { t, language } = useText();
  if (sites.length === 0) return <p class="empty">{t.sensors.none}</p>;
  return (
    <ul class="sensors">
      {sites.map((s) => {
        const healthOf = health.find((h) => h.sensor === s.id);
        return (
          <li key={s.id} data-nation={s.nation}>
            <button
              type="button"
              class="row"
              aria-expanded={s.id === selected}
              onClick={() => onSelect(s.id === selected ? undefined : s.id)}
            >
              <span class={s.notional.length > 0 ? 'swatch dashed' : 'swatch'} aria-hidden="true" />
              <span class="sensor-name">{s.name[language]}</span>
              <span class="sensor-type">{s.type}</span>
              <SensorMark health={healthOf} />
              {s.notional.length > 0 && <span class="sensor-mark">{t.sensors.notional}</span>}
            </button>
            {s.id === selected && (
              <div class="sensor-detail">
                <div>
                  {t.nation[s.nation]} · {s.kind === 'radar' ? t.sensors.radar : t.sensors.infrared}
                  {s.maxRangeKm !== undefined && ` · ${t.sensors.range} ${number(s.maxRangeKm, language)} km`}
                </div>
                {healthOf && <SensorHealth health={healthOf} />}
                {s.notional.map((n) => (
                  <div key={n.group}>
                    <strong>{t.sensors.group[n.group as keyof typeof t.sensors.group] ?? n.group}</strong>:{' '}
                    {t.sensors.basis[n.basis as keyof typeof t.sensors.basis] ?? n.basis}.{' '}
                    <span lang={n.note[language] === n.note.en ? 'en' : language}>{n.note[language]}</span>
                  </div>
                ))}
              </div>
            )}
          </li>
        );
      })}
    </ul>
  );
}
