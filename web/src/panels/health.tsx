/** Health by what is measured: a sensor against the tracks it feeds, each release rule by its own canaries. */
import type { LinkView, SensorHealthView } from '../../../src/node/wire.ts';
import { clockTime, number, type Zone } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';
import { nodeName } from './sharing.tsx';

export function SensorMark({ health }: { health: SensorHealthView | undefined }) {
  const { t } = useText();
  if (!health) return null;
  return (
    <span class="sensor-health" data-state={health.state}>
      <i aria-hidden="true" /> {t.health.sensor[health.state]}
    </span>
  );
}

export function SensorHealth({ health }: { health: SensorHealthView }) {
  const { t, language } = useText();
  const { nis, bias } = health;
  const figure = (value: number, unit: 'm' | 'deg'): string =>
    unit === 'm' ? `${number(value, language)} m` : `${number(value, language, 3)}°`;
  return (
    <div class="sensor-figures">
      <div>
        {nis === null
          ? t.health.sensor.unknown
          : t.health.nis(
              number(nis, language, 2),
              number(health.bandLow, language, 2),
              number(health.bandHigh, language, 2),
            )}{' '}
        · {t.health.plots(number(health.plots, language))}
      </div>
      {health.state === 'alarm' && <p class="refusal">{t.health.alarmNote}</p>}
      {bias === null || bias.length === 0 ? (
        <div>{t.health.noBias}</div>
      ) : (
        <>
          <strong>{t.health.bias}</strong>
          <ul>
            {bias.map((b) => (
              <li key={b.component}>
                {t.health.component[b.component] ?? b.component} {figure(b.value, b.unit)} ±{' '}
                {figure(b.sigma, b.unit)} ({t.health.biasStated(figure(b.stated, b.unit))})
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

type Rule = NonNullable<LinkView['rules']>[number];

const RIGHT: readonly Rule['outcome'][] = ['answered', 'denied'];
const WRONG: readonly Rule['outcome'][] = ['failed', 'missed'];

/** Rules that do not hold, or whose canary did not come back. */
export function wrongRules(links: readonly LinkView[]): number {
  return links.reduce((n, l) => n + (l.rules ?? []).filter((r) => WRONG.includes(r.outcome)).length, 0);
}

/** Every rule of a link as canaries found it, what is wrong first. */
export function Rules({ rules, zone }: { rules: readonly Rule[]; zone: Zone }) {
  const text = useText();
  const { t, language } = text;
  if (rules.length === 0) return null;
  const rank = (r: Rule): number => (WRONG.includes(r.outcome) ? 0 : r.expected === 'release' ? 1 : 2);
  const sorted = [...rules].sort((a, b) => rank(a) - rank(b));
  const right = rules.filter((r) => RIGHT.includes(r.outcome)).length;
  const wrong = rules.filter((r) => WRONG.includes(r.outcome)).length;
  const ms = (value: number): string => `${number(value, language)} ${t.unit.ms}`;
  return (
    <details class="rules" data-wrong={wrong > 0 ? 'yes' : 'no'}>
      <summary>
        {t.health.rules(
          number(right, language),
          number(rules.length - right - wrong, language),
          number(wrong, language),
        )}
      </summary>
      <ul>
        {sorted.map((r) => (
          <li key={`${r.agreement}${r.via}${r.kind}${r.trial}`} data-outcome={r.outcome}>
            <div>
              <b>{t.health.outcome[r.outcome]}</b> ·{' '}
              {r.expected === 'release' ? t.health.mustPass : t.health.mustNot} · {r.agreement}
              {r.via !== null && ` · ${t.sharing.via(nodeName(r.via, text))}`}
            </div>
            <div class="link-figures">
              <span>
                {t.sharing.kind[r.kind as keyof typeof t.sharing.kind] ?? r.kind}:{' '}
                {t.health.trial[r.trial as keyof typeof t.health.trial] ?? r.trial}
              </span>
              {r.roundTripMs !== undefined && (
                <span>
                  {t.links.roundTrip} {ms(r.roundTripMs)}
                </span>
              )}
              {(r.hops ?? []).length > 1 &&
                r.hops!.map((h) => (
                  <span key={`${h.from}${h.to}`}>
                    {nodeName(h.from, text)} – {nodeName(h.to, text)} {ms(h.roundTripMs)}
                  </span>
                ))}
              {r.reason !== undefined && (
                <span>{t.sharing.reason[r.reason as keyof typeof t.sharing.reason] ?? r.reason}</span>
              )}
              {r.triedUs !== undefined && <span>{t.health.tried(clockTime(r.triedUs, zone))}</span>}
              {r.heardUs !== undefined && <span>{t.health.heard(clockTime(r.heardUs, zone))}</span>}
            </div>
          </li>
        ))}
      </ul>
    </details>
  );
}
