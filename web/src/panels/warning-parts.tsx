/** Parts of the public warnings: the course of a chain, its channels, what is not warned of yet, alarms, taking back. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import type {
  PublicAlarmView,
  TrackView,
  Trilingual,
  UnconfirmedView,
  WarningView,
} from '../../../src/node/wire.ts';
import { clockTime, number, unbroken, type Zone } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';
import { channelName, typeName } from './words.ts';

type RegionName = (code: string) => Trilingual | undefined;

/** All messages of a chain in order, by type and time. */
export function Course({ chain, zone }: { chain: readonly WarningView[]; zone: Zone }) {
  const { t } = useText();
  if (chain.length < 2) return null;
  return (
    <ol class="course" aria-label={t.sharing.chain}>
      {[...chain]
        .sort((a, b) => a.revision - b.revision)
        .map((w) => (
          <li key={w.identifier} data-type={w.messageType}>
            <b>{typeName(w, t)}</b> <time>{clockTime(w.sentUs, zone)}</time>
          </li>
        ))}
    </ol>
  );
}

/** Times of messages are told to the minute, us. */
const TOLD_TO_US = 30e6;

/**
 * The words of a message stand as they went out; when the time that they give is over, what is true of it now is said
 * beside them: nobody has seen it yet, or nobody sees the missile any more (W7).
 */
export function Overtaken(props: {
  warning: WarningView;
  tracks: readonly TrackView[];
  now: number;
  zone: Zone;
}) {
  const { t } = useText();
  const { warning: w, now } = props;
  if (w.stage !== 'launch' && w.stage !== 'passing' && w.stage !== 'impactExpected') return null;
  const at = Math.min(...w.areas.filter((a) => !a.neighbour).map((a) => a.atUs));
  if (!(now > at + TOLD_TO_US)) return null;
  const tracked = props.tracks.some((x) => x.launchId === w.launchId && x.status === 'held');
  const time = clockTime(at, props.zone, false);
  return <p class="overtaken">{(tracked ? t.health.overtakenTracked : t.health.overtakenLost)(time)}</p>;
}

/** Who stood behind a message: the audit. */
export function Authorised({
  authorised: { how, people },
}: {
  authorised: NonNullable<WarningView['authorised']>;
}) {
  const { t, language } = useText();
  const names = people.join(language === 'ja' ? '、' : ', ');
  const { office } = t;
  const told = how === 'rule' ? office.ruleBy : how === 'one person' ? office.retractedBy : office.approvedBy;
  return <p class="authorised">{unbroken(told(names))}</p>;
}

/** Each channel with what its receivers have acknowledged, and how long that took. */
export function Delivery({ delivery }: { delivery: NonNullable<WarningView['delivery']> }) {
  const text = useText();
  const { t, language } = text;
  if (delivery.length === 0) return null;
  const name = (receiver: string): string =>
    t.office.receiver[receiver as keyof typeof t.office.receiver] ?? receiver;
  return (
    <ul class="delivery" aria-label={t.sharing.delivery}>
      {delivery.map((d) => {
        const done = d.acknowledged >= d.receivers;
        const counts = t.sharing.received(number(d.acknowledged, language), number(d.receivers, language));
        const last = Math.max(...(d.receipts ?? []).map((r) => r.atUs ?? -Infinity));
        const took =
          done && d.sentUs !== undefined && Number.isFinite(last) ? (last - d.sentUs) / 1e6 : undefined;
        const each = (d.receipts ?? [])
          .map((r) =>
            r.atUs === null
              ? t.office.receivedNot(name(r.receiver))
              : t.office.receivedAt(
                  name(r.receiver),
                  number((r.atUs - (d.sentUs ?? r.atUs)) / 1e6, language, 1),
                ),
          )
          .join(', ');
        return (
          <li
            key={d.channel}
            data-state={d.late && !done ? 'late' : done ? 'done' : 'waiting'}
            title={each || counts}
          >
            <span aria-hidden="true">{d.late && !done ? '!' : done ? '✓' : '…'}</span>{' '}
            {channelName(d.channel, t)}{' '}
            <span aria-hidden="true">
              {number(d.acknowledged, language)}/{number(d.receivers, language)}
              {took !== undefined && ` ${number(took, language, 1)} ${t.unit.s}`}
            </span>
            <span class="visually-hidden">
              {counts}. {each}
            </span>
            {d.late && <b> {t.sharing.late}</b>}
          </li>
        );
      })}
    </ul>
  );
}

export function Unconfirmed({
  unconfirmed,
  regionName,
}: {
  unconfirmed: readonly UnconfirmedView[];
  regionName: RegionName;
}) {
  const { t, language } = useText();
  return (
    <>
      {unconfirmed
        .filter((u) => !u.awaitingApproval)
        .map((u) => (
          <article key={u.launchId} class="warning unconfirmed" data-type="unconfirmed">
            <header>
              <span class="tag">{t.sharing.unconfirmed}</span>
              <span class="warning-stage">
                {u.areas.map((code) => regionName(code)?.[language] ?? code).join(', ')}
              </span>
            </header>
            {!u.declared && <p>{t.sharing.unconfirmedDeclared}</p>}
            {u.sources < u.needed && (
              <p>{t.sharing.unconfirmedSources(number(u.sources, language), number(u.needed, language))}</p>
            )}
          </article>
        ))}
    </>
  );
}

/** Alarms that are shown; the events tell of the others. */
const SHOWN = 3;

export function Alarms({
  alarms,
  zone,
  regionName,
}: {
  alarms: readonly PublicAlarmView[];
  zone: Zone;
  regionName: RegionName;
}) {
  const { t, language } = useText();
  if (alarms.length === 0) return null;
  const place = (where: string): string =>
    t.sharing.channel[where as keyof typeof t.sharing.channel] ?? regionName(where)?.[language] ?? where;
  return (
    <section class="alarms" aria-label={t.sharing.alarms}>
      <h3>{t.sharing.alarms}</h3>
      <ul>
        {alarms
          .slice(-SHOWN)
          .reverse()
          .map((a) => (
            <li key={`${a.kind}${a.where}${a.atUs}`}>
              <time>{clockTime(a.atUs, zone)}</time>{' '}
              <b>{t.sharing.alarm[a.kind as keyof typeof t.sharing.alarm] ?? a.kind}</b>: {place(a.where)}
            </li>
          ))}
      </ul>
    </section>
  );
}

/** One person takes an alert back: asked once, then Control + Enter or the button; the harmless answer has the focus. */
export function Retract(props: {
  asked: boolean;
  onAsk(asked: boolean): void;
  onRetract(): void;
  /** It is done by the exercise's controllers; else by a person of the office, under a signature. */
  control: boolean;
  /** Nobody is signed in who could. */
  needsPerson: boolean;
}) {
  const { t } = useText();
  const { asked, onAsk } = props;
  const keep = useRef<HTMLButtonElement>(null);
  const first = useRef<HTMLButtonElement>(null);
  const was = useRef(false);
  useLayoutEffect(() => {
    if (asked) keep.current?.focus();
    else if (was.current) first.current?.focus();
    was.current = asked;
  }, [asked]);
  if (!asked)
    return (
      <button
        ref={first}
        type="button"
        class="link retract"
        aria-keyshortcuts="C"
        onClick={() => onAsk(true)}
      >
        {t.sharing.retract}{' '}
        <span class="key-mark" aria-hidden="true">
          C
        </span>
        {props.control && <span class="control-mark">{t.knew.control}</span>}
      </button>
    );
  const retract = (): void => {
    onAsk(false);
    props.onRetract();
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a form; this is a question with two answers
    <div
      class="retract-question"
      role="group"
      aria-label={t.sharing.retract}
      onKeyDown={(e) => {
        if (e.key === 'Escape') onAsk(false);
        if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey) || e.repeat) return;
        e.preventDefault();
        retract();
      }}
    >
      <p>{t.sharing.retractSure}</p>
      <button type="button" class="danger" aria-keyshortcuts="Control+Enter" onClick={retract}>
        {t.sharing.retractYes}
      </button>
      <button type="button" ref={keep} onClick={() => onAsk(false)}>
        {t.sharing.retractNo}
      </button>
      <p class="note">{props.needsPerson ? t.office.retractSignIn : t.office.retractKeys}</p>
    </div>
  );
}
