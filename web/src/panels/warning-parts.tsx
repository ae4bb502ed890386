/** Parts of the public warnings: the course of a chain, its channels, what is not warned of yet, alarms, taking back. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PublicAlarmView, Trilingual, UnconfirmedView, WarningView } from '../../../src/node/wire.ts';
import { clockTime, number, type Zone } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';

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
            <b>{t.warnings[w.messageType]}</b> <time>{clockTime(w.sentUs, zone)}</time>
          </li>
        ))}
    </ol>
  );
}

export function Delivery({ delivery }: { delivery: NonNullable<WarningView['delivery']> }) {
  const { t, language } = useText();
  if (delivery.length === 0) return null;
  return (
    <ul class="delivery" aria-label={t.sharing.delivery}>
      {delivery.map((d) => {
        const done = d.acknowledged >= d.receivers;
        const counts = t.sharing.received(number(d.acknowledged, language), number(d.receivers, language));
        return (
          <li key={d.channel} data-state={d.late ? 'late' : done ? 'done' : 'waiting'} title={counts}>
            <span aria-hidden="true">{d.late ? '!' : done ? '✓' : '…'}</span>{' '}
            {t.sharing.channel[d.channel as keyof typeof t.sharing.channel] ?? d.channel}{' '}
            <span aria-hidden="true">
              {number(d.acknowledged, language)}/{number(d.receivers, language)}
            </span>
            <span class="visually-hidden">{counts}</span>
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
      {unconfirmed.map((u) => (
        <article key={u.launchId} class="warning unconfirmed" data-type="unconfirmed">
          <header>
            <span class="tag">{t.sharing.unconfirmed}</span>
            <span class="warning-stage">
              {u.areas.map((code) => regionName(code)?.[language] ?? code).join(', ')}
            </span>
          </header>
          {u.awaitingApproval && <p>{t.sharing.unconfirmedApproval}</p>}
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

/** In an exercise one person takes an alert back in two steps, both by keyboard. */
export function Retract({ onRetract }: { onRetract(): void }) {
  const { t } = useText();
  const [asked, setAsked] = useState(false);
  const keep = useRef<HTMLButtonElement>(null);
  const first = useRef<HTMLButtonElement>(null);
  const was = useRef(false);
  useLayoutEffect(() => {
    // The harmless answer has the focus; afterwards it goes back to where it was.
    if (asked) keep.current?.focus();
    else if (was.current) first.current?.focus();
    was.current = asked;
  }, [asked]);
  if (!asked)
    return (
      <button ref={first} type="button" class="link retract" onClick={() => setAsked(true)}>
        {t.sharing.retract} <span class="control-mark">{t.knew.control}</span>
      </button>
    );
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would need a form; this is a question with two answers
    <div
      class="retract-question"
      role="group"
      aria-label={t.sharing.retract}
      onKeyDown={(e) => {
        if (e.key === 'Escape') setAsked(false);
      }}
    >
      <p>{t.sharing.retractSure}</p>
      <button
        type="button"
        class="danger"
        onClick={() => {
          setAsked(false);
          onRetract();
        }}
      >
        {t.sharing.retractYes}
      </button>
      <button type="button" ref={keep} onClick={() => setAsked(false)}>
        {t.sharing.retractNo}
      </button>
    </div>
  );
}
