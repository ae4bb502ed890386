/** Links as canaries find them: state, agreement, round trip hop by hop, what is missed and what waits. */
import type { AgreementView, LinkView } from '../../../src/node/wire.ts';
import { clockTime, duration, number, type Zone } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';
import { Rules } from './health.tsx';
import { agreementName } from './reasons.ts';
import { nodeName } from './sharing.tsx';

interface Props {
  links: readonly LinkView[];
  agreements: readonly Pick<AgreementView, 'id' | 'title'>[];
  zone: Zone;
  nowUs: number;
}

export function Links({ links, agreements, zone, nowUs }: Props) {
  const { t } = useText();
  return (
    <div class="links">
      <p class="note">{t.links.canary}</p>
      {links.length === 0 && <p class="empty">{t.links.none}</p>}
      <ul>
        {links.map((l) => (
          <Link key={`${l.from}-${l.to}`} link={l} agreements={agreements} zone={zone} nowUs={nowUs} />
        ))}
      </ul>
    </div>
  );
}

function Link({ link: l, agreements, zone, nowUs }: { link: LinkView } & Omit<Props, 'links'>) {
  const text = useText();
  const { t, language } = text;
  const ms = (value: number): string => `${number(value, language)} ${t.unit.ms}`;
  const age = l.lastReceivedUs === null ? undefined : Math.max(0, (nowUs - l.lastReceivedUs) / 1e6);
  const missed = l.missed ?? 0;
  return (
    <li data-status={l.status}>
      <div class="link-head">
        <span class="link-route" data-nation={l.to === 'HUB' ? 'USA' : l.to}>
          <span class="swatch" aria-hidden="true" />
          {nodeName(l.from, text)} ↔ {nodeName(l.to, text)}
        </span>
        <span class="link-status">
          <i aria-hidden="true" />
          {t.links.status[l.status]}
        </span>
      </div>
      <div class="link-agreement">
        {t.links.agreement}:{' '}
        {l.agreement ? agreementName(l.agreement, agreements, language) : t.links.noAgreement}
      </div>
      {l.status !== 'noAgreement' && (
        <div class="link-figures">
          <span class={l.delayS > 0 ? 'bad' : ''}>
            {t.links.delay} {l.delayS > 0 ? duration(l.delayS * 1e6) : `0 ${t.unit.s}`}
          </span>
          <span>
            {t.links.roundTrip} {l.roundTripMs === null ? '—' : ms(l.roundTripMs)}
          </span>
          <span title={l.lastReceivedUs === null ? '' : clockTime(l.lastReceivedUs, zone)}>
            {t.links.lastReceived}{' '}
            {age === undefined ? t.links.never : `${number(age, language)} ${t.unit.s}`}
          </span>
        </div>
      )}
      {l.hops && l.hops.length > 1 && (
        <div class="link-figures hops">
          {l.hops.map((h) => (
            <span key={`${h.from}${h.to}`}>
              {nodeName(h.from, text)} – {nodeName(h.to, text)} {ms(h.roundTripMs)}
            </span>
          ))}
        </div>
      )}
      {missed > 0 && <div class="link-bad">{t.sharing.missed(number(missed, language))}</div>}
      {l.gaps && l.gaps.length > 0 && (
        <ul class="link-bad" aria-label={t.sharing.gaps}>
          {l.gaps.map((g) => (
            <li key={`${g.from}${g.firstUs}${g.lastUs}`}>
              {t.sharing.gap(
                number(g.count, language),
                clockTime(g.firstUs, zone),
                clockTime(g.lastUs, zone),
                `${nodeName(g.from, text)} → ${nodeName(g.to, text)}`,
              )}
            </li>
          ))}
        </ul>
      )}
      <Rules rules={l.rules ?? []} zone={zone} />
      <div class="link-counts">
        {t.links.counts(
          number(l.sent, language),
          number(l.received, language),
          number(l.denied, language),
          number(l.queued, language),
        )}
      </div>
    </li>
  );
}
