/** Two authorities that disagree in public (W11), and the exercise's inject that makes them. */
import { useState } from 'preact/hooks';
import type { ConflictView, Nation, Trilingual } from '../../../src/node/wire.ts';
import { clockTime, type Zone } from '../i18n/format.ts';
import { type Text, useText } from '../i18n/index.tsx';

type RegionName = (code: string) => Trilingual | undefined;

function authorityName(authority: string, regionName: RegionName, { t, language }: Text): string {
  return t.nation[authority as Nation] ?? regionName(authority)?.[language] ?? authority;
}

export function Conflicts(props: { conflicts: readonly ConflictView[]; zone: Zone; regionName: RegionName }) {
  const text = useText();
  const { t, language } = text;
  const { conflicts, zone, regionName } = props;
  return (
    <div role="alert">
      {conflicts.map((c) => {
        const area = regionName(c.area)?.[language] ?? c.area;
        const side = (which: 'danger' | 'none') => {
          const told = which === 'danger' ? t.office.conflictDanger : t.office.conflictNone;
          const s = c[which];
          return told(authorityName(s.authority, regionName, text), clockTime(s.sentUs, zone));
        };
        return (
          <article key={`${c.area}${c.danger.authority}${c.none.authority}`} class="warning conflict">
            <header>
              <span class="tag">{t.office.conflict}</span>
              <span class="warning-stage">{t.office.conflictAbout(area)}</span>
              <time class="sent">{t.office.conflictSince(clockTime(c.sinceUs, zone))}</time>
            </header>
            <dl class="sides">
              <div data-side="danger">
                <dt>{side('danger')}</dt>
                <dd>{c.danger.headline[language]}</dd>
              </div>
              <div data-side="none">
                <dt>{side('none')}</dt>
                <dd>{c.none.headline[language]}</dd>
              </div>
            </dl>
            <p>{t.office.conflictNote}</p>
          </article>
        );
      })}
    </div>
  );
}

/** The controllers let the authority of one region warn its people on its own. */
export function LocalInject(props: {
  regions: readonly { code: string; name: Trilingual }[];
  onInject(area: string, event: 'alert' | 'cancel'): void;
}) {
  const { t, language } = useText();
  const [area, setArea] = useState('');
  const chosen = area || props.regions[0]?.code;
  if (!chosen) return null;
  return (
    <details class="inject">
      <summary>
        {t.health.inject} <span class="control-mark">{t.knew.control}</span>
      </summary>
      <div class="button-row">
        <label>
          {t.health.injectArea}{' '}
          <select value={chosen} onChange={(e) => setArea(e.currentTarget.value)}>
            {props.regions.map((r) => (
              <option key={r.code} value={r.code}>
                {r.name[language]}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={() => props.onInject(chosen, 'alert')}>
          {t.health.injectAlert}
        </button>
        <button type="button" onClick={() => props.onInject(chosen, 'cancel')}>
          {t.health.injectCancel}
        </button>
      </div>
    </details>
  );
}
