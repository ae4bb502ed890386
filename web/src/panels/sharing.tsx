/** Agreements as they stand, and why what is released to whom, or why not. */
import { Fragment } from 'preact';
import type { AgreementView, Nation, NodeId, ReleaseView } from '../../../src/node/wire.ts';
import { clockTime, duration, type Zone } from '../i18n/format.ts';
import { type Text, useText } from '../i18n/index.tsx';
import {
  agreementName,
  byAgreement,
  detailWords,
  groupReleases,
  lengthWords,
  type ReleaseGroup,
  reasonWords,
  verdictOf,
} from './reasons.ts';

interface Props {
  nation: Nation;
  agreements: readonly AgreementView[];
  releases: readonly ReleaseView[];
  zone: Zone;
  /** The day under whose agreements the exercise runs. */
  asOf: string | undefined;
}

const NATIONS: readonly Nation[] = ['KOR', 'JPN', 'USA'];

export const nodeName = (node: NodeId, { t }: Text): string => (node === 'HUB' ? t.nodeHub : t.nation[node]);

export function Sharing({ nation, agreements, releases, zone, asOf }: Props) {
  const text = useText();
  const { t } = text;
  return (
    <div class="sharing">
      <h3>{t.sharing.decisions}</h3>
      {releases.length === 0 && <p class="empty">{t.sharing.none}</p>}
      {NATIONS.filter((n) => n !== nation && releases.some((r) => r.to === n)).map((to) => (
        <section key={to} data-nation={to} class="releases" aria-label={t.sharing.to(t.nation[to])}>
          <h4>
            <span class="swatch" aria-hidden="true" />
            {t.sharing.to(t.nation[to])}
          </h4>
          {groupReleases(releases, to).map((group) => (
            <Release key={group.kinds.join()} group={group} agreements={agreements} zone={zone} />
          ))}
        </section>
      ))}
      <h3>
        {t.sharing.agreements}
        {asOf && <span class="sub"> {t.sharing.asOf(asOf)}</span>}
      </h3>
      <ul class="agreements">
        {agreements.map((a) => (
          <Agreement key={a.id} agreement={a} zone={zone} />
        ))}
      </ul>
    </div>
  );
}

function Release({
  group,
  agreements,
  zone,
}: {
  group: ReleaseGroup;
  agreements: readonly AgreementView[];
  zone: Zone;
}) {
  const text = useText();
  const { t, language } = text;
  const { example: r, kinds, sinceUs } = group;
  const verdict = verdictOf(r);
  const element = (e: string): string => t.sharing.element[e as keyof typeof t.sharing.element] ?? e;
  return (
    <div class="release" data-verdict={verdict}>
      <div class="release-head">
        <span class="verdict">{t.sharing.decision[verdict]}</span>
        <strong>{kinds.map((k) => t.sharing.kind[k as keyof typeof t.sharing.kind] ?? k).join(', ')}</strong>
        <time>{t.sharing.since(clockTime(sinceUs, zone))}</time>
      </div>
      {r.agreement !== null && (
        <p class="release-under">
          {t.sharing.under(agreementName(r.agreement, agreements, language))}
          {' · '}
          {r.via === null ? t.sharing.direct : t.sharing.via(nodeName(r.via, text))}
        </p>
      )}
      {r.removed.length > 0 && (
        <p class="release-removed">{t.sharing.removed(r.removed.map(element).join(', '))}</p>
      )}
      {r.positionFloorM !== undefined && (
        <p class="release-removed">{t.sharing.coarse(lengthWords(r.positionFloorM))}</p>
      )}
      {agreements.some((a) => a.change && a.change.timeUs > group.decidedUs) && (
        <p class="release-old">{t.sharing.decidedBefore(clockTime(group.decidedUs, zone))}</p>
      )}
      {verdict === 'delayed' && <p class="release-removed">{t.sharing.held(duration(r.delayS * 1e6))}</p>}
      <ul class="reasons" aria-label={t.sharing.reasons}>
        {byAgreement(r.reasons).map(([agreement, reasons]) => (
          <li key={agreement ?? ''}>
            {agreement !== undefined && <b>{agreementName(agreement, agreements, language)}: </b>}
            {reasons.map((reason) => {
              const words = reasonWords(reason.code, t);
              const detail = detailWords(reason, t);
              return (
                <Fragment key={reason.code}>
                  <span lang={words.lang}>{words.text}</span>{' '}
                  {detail && (
                    <span lang={detail.lang} class="detail">
                      ({detail.text}){' '}
                    </span>
                  )}
                </Fragment>
              );
            })}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Agreement({ agreement: a, zone }: { agreement: AgreementView; zone: Zone }) {
  const { t, language } = useText();
  const states = t.exercise.state;
  const hub = /^hub (USA|KOR|JPN)$/.exec(a.route)?.[1] as Nation | undefined;
  const { change } = a;
  return (
    <li data-state={a.state}>
      <div class="agreement-head">
        <strong>{a.title[language]}</strong>
        <span class="agreement-state">
          <i aria-hidden="true" />
          {states[a.state as keyof typeof states] ?? a.state}
        </span>
      </div>
      <div class="agreement-terms">
        {a.parties.map((p) => t.nation[p]).join(', ')}
        {a.protectionOnly
          ? ` · ${t.sharing.protects}`
          : ` · ${hub ? t.sharing.hub(t.nation[hub]) : t.sharing.direct} · ${a.delayS > 0 ? t.sharing.delay(duration(a.delayS * 1e6)) : t.sharing.noDelay}`}
      </div>
      {change && (
        <div class="agreement-change">
          {clockTime(change.timeUs, zone)}{' '}
          <b>{t.sharing.event[change.event as keyof typeof t.sharing.event] ?? change.event}</b>
          {change.by.length > 0 && `, ${t.sharing.by(change.by.map((n) => t.nation[n]).join(', '))}`}
          {change.cause && `: ${change.cause[language]}`}
        </div>
      )}
    </li>
  );
}
