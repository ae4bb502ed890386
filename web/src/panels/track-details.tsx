import { useEffect, useMemo, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { ExerciseHello, Language, TrackView, Trilingual } from '../../../src/node/wire.ts';
import { clockTime, number, type Zone } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';
import { chartSeries } from './chart-series.ts';
import { ExerciseSummary } from './help.tsx';

/** Tracks in the list: a person chooses from a screenful, not from a thousand. */
const LISTED = 40;

interface Props {
  tracks: readonly TrackView[];
  selected: TrackView | undefined;
  onSelect(id: string): void;
  zone: Zone;
  nowUs: number;
  siteName(source: string): Trilingual | undefined;
  hello: ExerciseHello | undefined;
}

/** Metres while that is what is meant, kilometres from one on. */
function distance(m: number, language: Language): string {
  return m < 1000 ? `${number(m, language)} m` : `${number(m / 1000, language, 1)} km`;
}

export function TrackDetails({ tracks, selected: track, onSelect, zone, nowUs, siteName, hello }: Props) {
  const { t, language } = useText();
  if (!track) {
    return (
      <>
        <p class="empty">{t.track.none}</p>
        {hello && <ExerciseSummary hello={hello} />}
      </>
    );
  }
  const listed = tracks.slice(0, LISTED);
  if (!listed.includes(track)) listed.unshift(track);
  const rows: [name: string, value: string, wide?: boolean][] = [
    [t.track.statusLabel, `${t.track.status[track.status]} · ${t.track.phase[track.phase]}`, true],
    [t.track.height, `${number(track.heightKm, language)} km`],
    [t.track.speed, `${number(track.speedMps / 1000, language, 2)} km/s`],
    [t.track.heading, `${number(track.headingDeg, language)}°`],
    [t.track.climb, `${number(track.climbDeg, language)}°`],
    [t.track.uncertainty, `± ${distance(track.positionUncertaintyM, language)}`],
    [t.track.apogee, track.apogeeKm === undefined ? '—' : `${number(track.apogeeKm, language)} km`],
    [
      t.track.rangeClass,
      track.rangeClass === undefined
        ? '—'
        : `${t.track.range[track.rangeClass]}${track.rangeClassProbability === undefined ? '' : ` (${number(track.rangeClassProbability * 100, language)} %)`}`,
      true,
    ],
    [
      t.track.lastObserved,
      `${clockTime(track.lastObservedUs, zone)} (${number(Math.max(0, (nowUs - track.lastObservedUs) / 1e6), language)} ${t.unit.s})`,
      true,
    ],
  ];
  return (
    <div class="track">
      <div class="track-head">
        {listed.length > 1 ? (
          <label>
            <span class="visually-hidden">{t.track.choose}</span>
            <select value={track.id} onChange={(e) => onSelect(e.currentTarget.value)}>
              {listed.map((x) => (
                <option key={x.id} value={x.id}>
                  {x.id}
                </option>
              ))}
            </select>
          </label>
        ) : (
          <h3>{track.id}</h3>
        )}
        <span class="source" data-source={track.source}>
          {t.track.source[track.source]}
        </span>
      </div>
      {tracks.length > LISTED && (
        <p class="note">{t.track.shown(String(listed.length), number(tracks.length, language))}</p>
      )}
      <dl class="facts">
        {rows.map(([name, value, wide]) => (
          <div key={name} class={wide ? 'wide' : ''}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h3>{t.track.chart}</h3>
      <TrackChart track={track} />
      <h3>{t.track.sources}</h3>
      <ul class="pedigree">
        {track.sources.map((s) => (
          <li key={s.source} data-nation={s.node === 'HUB' ? 'USA' : s.node}>
            <span class="swatch" aria-hidden="true" />
            <span class="pedigree-name">
              {s.node === 'HUB' ? t.nodeHub : t.nation[s.node]} ·{' '}
              {s.source.endsWith('/*')
                ? t.track.sourceWithheld
                : (siteName(s.source)?.[language] ?? s.source.split('/')[1])}
            </span>
            <span class="pedigree-kind">{s.kind === 'unknown' ? '' : t.track.kind[s.kind]}</span>
            <span class="pedigree-time">
              {clockTime(s.firstUs, zone)}–{clockTime(s.lastUs, zone)}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function TrackChart({ track }: { track: TrackView }) {
  const { t, language } = useText();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const series = useMemo(() => chartSeries(track), [track]);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const family = getComputedStyle(element).fontFamily;
    const axis = {
      stroke: '#93a5b3',
      font: `11px ${family}`,
      labelFont: `11px ${family}`,
      labelSize: 16,
      grid: { stroke: 'rgba(130,160,180,.12)', width: 1 },
      ticks: { show: false },
    };
    const made = new uPlot(
      {
        width: Math.max(120, element.clientWidth),
        height: 168,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 4, 0, 0],
        scales: {
          x: { time: false },
          y: { range: (_u, _min, max) => [0, Math.max(10, max * 1.08)] },
          v: { range: (_u, _min, max) => [0, Math.max(1, max * 1.25)] },
        },
        axes: [
          { ...axis, label: t.track.chartSeconds, size: 26, space: 60 },
          { ...axis, label: t.track.chartHeight, size: 42, space: 36 },
          {
            ...axis,
            label: t.track.chartSpeed,
            scale: 'v',
            side: 1,
            size: 30,
            grid: { show: false },
            space: 36,
          },
        ],
        series: [
          {},
          { stroke: '#ff6b5e', width: 2.5, points: { show: false } },
          { stroke: '#ff9a86', width: 1.6, dash: [6, 5], points: { show: false } },
          { stroke: '#8fb8d6', width: 1.4, scale: 'v', points: { show: false } },
        ],
      },
      [[], [], [], []],
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: Math.max(120, element.clientWidth), height: 168 }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [t]);
  useEffect(() => {
    plot.current?.setData([series.seconds, series.flownKm, series.predictedKm, series.speedKmps]);
  }, [series, t]);
  const heights = series.predictedKm.map((v, i) => v ?? series.flownKm[i] ?? 0);
  const top = heights.indexOf(Math.max(...heights));
  const summary =
    top < 0
      ? ''
      : t.track.chartSummary(number(heights[top], language), number(series.seconds[top], language));
  return (
    <figure class="chart">
      <div ref={host} role="img" aria-label={`${t.track.chart}. ${summary}`} />
      <figcaption>
        <span class="key flown">{t.globe.flown}</span>
        <span class="key predicted">{t.globe.predicted}</span>
        <span class="key speed">{t.track.speed}</span>
      </figcaption>
    </figure>
  );
}
