/** An agreement has changed while everything runs: when, whose act, why, and what the links are now. */
import { useState } from 'preact/hooks';
import type { AgreementView, LinkView } from '../../../src/node/wire.ts';
import { duration, type Zone, zonedTime } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';
import { agreementName, recentChanges } from './reasons.ts';
import { nodeName } from './sharing.tsx';

/** So long it stays, unless a person hides it. */
const SHOWN_US = 600e6;

interface Props {
  agreements: readonly AgreementView[];
  links: readonly LinkView[];
  zone: Zone;
  nowUs: number;
}

export function AgreementNotice({ agreements, links, zone, nowUs }: Props) {
  const text = useText();
  const { t, language } = text;
  const [hidden, setHidden] = useState('');
  const [latest] = recentChanges(agreements, nowUs, SHOWN_US);
  const change = latest?.change;
  const key = change ? `${latest.id} ${change.timeUs}` : '';
  const shown = change && key !== hidden;
  const states = t.exercise.state;
  return (
    <section
      class="agreement-notice"
      role="status"
      aria-label={t.sharing.notice}
      data-shown={shown ? 'yes' : 'no'}
    >
      {shown && (
        <>
          <span class="glyph" aria-hidden="true">
            §
          </span>
          <p>
            <strong>
              {agreementName(latest.id, agreements, language)}:{' '}
              {t.sharing.event[change.event as keyof typeof t.sharing.event] ??
                states[latest.state as keyof typeof states] ??
                latest.state}
            </strong>{' '}
            {zonedTime(change.timeUs, zone, true)}
            {change.by.length > 0 && `, ${t.sharing.by(change.by.map((n) => t.nation[n]).join(', '))}`}
            {change.cause && ` · ${change.cause[language]}`}
            <span class="effect">
              {t.sharing.noticeNow}:{' '}
              {links
                .map((l) => {
                  const under = l.agreement ? ` (${agreementName(l.agreement, agreements, language)})` : '';
                  const delay = l.delayS > 0 ? `, ${t.sharing.delay(duration(l.delayS * 1e6))}` : '';
                  return `${nodeName(l.to, text)} ${t.links.status[l.status]}${delay}${under}`;
                })
                .join(' · ')}
            </span>
          </p>
          <button type="button" aria-label={t.sharing.dismiss} onClick={() => setHidden(key)}>
            ×
          </button>
        </>
      )}
    </section>
  );
}
