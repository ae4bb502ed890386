import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type {
  AwaitingView,
  ConflictView,
  PublicAlarmView,
  TrackView,
  Trilingual,
  UnconfirmedView,
  WarningView,
} from '../../../src/node/wire.ts';
import { areaUrgency, openTime } from '../globe/palette.ts';
import { clockTime, duration, type Zone } from '../i18n/format.ts';
import { LANGUAGES, useText } from '../i18n/index.tsx';
import { useExerciseNow } from '../time/use-time.ts';
import { Awaiting } from './approval.tsx';
import { Conflicts } from './conflicts.tsx';
import { Alarms, Authorised, Course, Delivery, Overtaken, Retract, Unconfirmed } from './warning-parts.tsx';
import { typeName } from './words.ts';

interface Props {
  warnings: readonly WarningView[];
  /** Threats that are seen and not warned of yet. */
  unconfirmed: readonly UnconfirmedView[];
  alarms: readonly PublicAlarmView[];
  awaiting: readonly AwaitingView[];
  conflicts: readonly ConflictView[];
  tracks: readonly TrackView[];
  zone: Zone;
  /** The name of a region by its ISO 3166-2 code. */
  regionName(code: string): Trilingual | undefined;
  /** Taking an alert back; absent where nobody may from here. */
  retraction?: Retraction;
  /** What the office last answered to this desk. */
  answer: string;
  /** The office's desk, where people sign; absent where a rule does. */
  desk?: ComponentChildren;
  onRead(launchId: string): void;
  /** What the exercise's controllers may do here. */
  inject?: ComponentChildren;
}

export interface Retraction {
  control: boolean;
  needsPerson: boolean;
  /** The chain about which the question is open. */
  asked: string | undefined;
  onAsk(chain: string | undefined): void;
  onRetract(chain: string): void;
}

/** The last word of each warning, in force first, then the newest; and what was said before. */
export function sortWarnings(warnings: readonly WarningView[]): {
  latest: WarningView[];
  earlier: WarningView[];
} {
  const revision = new Map<string, number>();
  for (const w of warnings) revision.set(w.chain, Math.max(w.revision, revision.get(w.chain) ?? 0));
  const sorted = [...warnings].sort((a, b) => Number(b.current) - Number(a.current) || b.sentUs - a.sentUs);
  return {
    latest: sorted.filter((w) => revision.get(w.chain) === w.revision),
    earlier: sorted.filter((w) => revision.get(w.chain) !== w.revision),
  };
}

export function Warnings(props: Props) {
  const { warnings, unconfirmed, awaiting, alarms, zone, regionName, retraction } = props;
  const { t, language } = useText();
  const { latest, earlier } = sortWarnings(warnings);
  const alert = latest.find((w) => w.current && w.messageType !== 'cancel');
  const cancel = latest.find((w) => w.messageType === 'cancel');
  return (
    <section class="panel warnings" aria-labelledby="warnings-title" data-alert={alert ? 'yes' : 'no'}>
      <header class="panel-head">
        <h2 id="warnings-title">{t.warnings.title}</h2>
        <span class="sub">{alert ? '' : t.warnings.none}</span>
      </header>
      <div class="visually-hidden" role="alert">
        {alert ? `${t.warnings[alert.messageType]}: ${alert.headline[language]}` : ''}
      </div>
      <div class="visually-hidden" role="alert">
        {awaiting.length > 0 ? t.office.waitsAnnounce(awaiting[0].messages[0].headline[language]) : ''}
      </div>
      {props.desk}
      <p class="office-answer" role="status" data-empty={props.answer === '' ? 'yes' : 'no'}>
        {props.answer}
      </p>
      <div class="visually-hidden" aria-live="polite">
        {!alert && cancel ? `${typeName(cancel, t)}: ${cancel.headline[language]}` : ''}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by keyboard */}
      <div class="scroll" tabIndex={0}>
        {warnings.length === 0 && unconfirmed.length === 0 && <p class="empty">{t.warnings.noneEver}</p>}
        <Conflicts conflicts={props.conflicts} zone={zone} regionName={regionName} />
        <Awaiting awaiting={awaiting} zone={zone} onRead={props.onRead} />
        <Unconfirmed unconfirmed={unconfirmed} regionName={regionName} />
        {latest.map((w) => (
          <WarningCard
            key={w.identifier}
            warning={w}
            chain={warnings.filter((x) => x.chain === w.chain)}
            zone={zone}
            regionName={regionName}
            retraction={w.current ? retraction : undefined}
            tracks={props.tracks}
          />
        ))}
        {props.inject}
        <Alarms alarms={alarms} zone={zone} regionName={regionName} />
        {earlier.length > 0 && (
          <details class="earlier">
            <summary>{t.warnings.history(String(earlier.length))}</summary>
            {earlier.map((w) => (
              <WarningCard key={w.identifier} warning={w} zone={zone} regionName={regionName} />
            ))}
          </details>
        )}
      </div>
    </section>
  );
}

function WarningCard({
  warning: w,
  chain,
  zone,
  regionName,
  retraction,
  tracks = [],
}: {
  warning: WarningView;
  tracks?: readonly TrackView[];
  /** All messages of its chain, where this is the last of them. */
  chain?: readonly WarningView[];
} & Pick<Props, 'zone' | 'regionName' | 'retraction'>) {
  const { t, language } = useText();
  const now = useExerciseNow() ?? w.sentUs;
  const [all, setAll] = useState(false);
  const cancelled = w.messageType === 'cancel';
  const areas = [...w.areas].sort((a, b) => Number(a.neighbour) - Number(b.neighbour) || a.atUs - b.atUs);
  const shown = all ? LANGUAGES : [language];
  const open = openTime(w.stage);
  return (
    <article class="warning" data-type={w.messageType} data-last={chain ? 'yes' : 'no'}>
      <header>
        <span class="tag">{typeName(w, t)}</span>
        <span class="warning-stage">{t.warnings.stage[w.stage]}</span>
        <span class="evidence">{t.warnings.evidence[w.evidence]}</span>
        <time class="sent">{t.warnings.sent(clockTime(w.sentUs, zone))}</time>
      </header>
      {shown.map((l) => (
        <div key={l} lang={l} class="text">
          <h3>{w.headline[l]}</h3>
          <p>{w.description[l]}</p>
          <p class="instruction">{w.instruction[l]}</p>
        </div>
      ))}
      {chain && w.current && <Overtaken warning={w} tracks={tracks} now={now} zone={zone} />}
      {chain && <Course chain={chain} zone={zone} />}
      {w.cancelReason && <p class="reason">{t.warnings.cancelReason[w.cancelReason]}</p>}
      <ul class="areas" aria-label={t.warnings.areas(String(areas.length))}>
        {areas.map((a) => {
          const left = a.atUs - now;
          const level = cancelled ? 'past' : areaUrgency(w.stage, left / 1e6);
          return (
            <li
              key={a.code}
              data-urgency={level}
              data-neighbour={a.neighbour ? 'yes' : 'no'}
              title={a.neighbour ? t.warnings.neighbour : a.code}
            >
              <span class="area-name">{regionName(a.code)?.[language] ?? a.code}</span>
              {!cancelled && (
                <span class="area-when">
                  {open
                    ? t.warnings.open[open]
                    : left > 0
                      ? `${t.warnings[a.threat]} ${t.warnings.lead(duration(left))}`
                      : t.warnings.past}
                </span>
              )}
            </li>
          );
        })}
      </ul>
      {w.authorised && <Authorised authorised={w.authorised} />}
      {w.delivery && <Delivery delivery={w.delivery} />}
      <div class="warning-buttons">
        <button type="button" class="link" aria-expanded={all} onClick={() => setAll(!all)}>
          {t.warnings.allLanguages}
        </button>
        {retraction && (
          <Retract
            asked={retraction.asked === w.chain}
            control={retraction.control}
            needsPerson={retraction.needsPerson}
            onAsk={(asked) => retraction.onAsk(asked ? w.chain : undefined)}
            onRetract={() => retraction.onRetract(w.chain)}
          />
        )}
      </div>
    </article>
  );
}
