import type { ClientMessage, ExerciseState, Language, Nation } from '../../../src/node/wire.ts';
import { clockTime, isoDate, type Zone } from '../i18n/format.ts';
import { CATALOGUES, LANGUAGES, useText } from '../i18n/index.tsx';
import { useExerciseNow } from '../time/use-time.ts';

export const NATION_ORDER: readonly Nation[] = ['KOR', 'JPN', 'USA'];
/** The speeds that a server offers (SPEEDS of src/node/wire.ts). */
export const SPEEDS = [1, 10, 60] as const;

export function NationSwitch({ nation, onNation }: { nation: Nation; onNation(n: Nation): void }) {
  const { t } = useText();
  return (
    <fieldset class="nation-switch">
      <legend class="visually-hidden">{t.chooseNation}</legend>
      {NATION_ORDER.map((n, i) => (
        <button
          key={n}
          type="button"
          data-nation={n}
          aria-pressed={n === nation}
          aria-keyshortcuts={String(i + 1)}
          title={`${t.nationPicture[n]} (${i + 1})`}
          onClick={() => onNation(n)}
        >
          <span class="swatch" aria-hidden="true" />
          <span class="code">{n}</span>
          <span class="name">{t.nation[n]}</span>
        </button>
      ))}
    </fieldset>
  );
}

export function Clock({ zone }: { zone: Zone }) {
  const { t } = useText();
  const now = useExerciseNow();
  const zones: Zone[] = ['UTC', 'KST', 'JST'];
  return (
    <dl class="clock" aria-label={t.clockLabel}>
      <div class="clock-date">
        <dt class="visually-hidden">{t.clockLabel}</dt>
        <dd>{now === undefined ? '----------' : isoDate(now, zone)}</dd>
      </div>
      {zones.map((z) => (
        <div key={z} class={z === zone ? 'own' : ''}>
          <dt>{z}</dt>
          <dd>{now === undefined ? '--:--:--' : clockTime(now, z)}</dd>
        </div>
      ))}
    </dl>
  );
}

type Control = Extract<ClientMessage, { type: 'control' }>;

export function Controls({
  state,
  onControl,
}: {
  state: ExerciseState | undefined;
  onControl(message: Control): void;
}) {
  const { t } = useText();
  const paused = state?.paused ?? false;
  return (
    <fieldset class="controls" disabled={!state}>
      <legend class="visually-hidden">{t.controls}</legend>
      <button
        type="button"
        class="primary"
        aria-keyshortcuts="Space"
        onClick={() => onControl({ type: 'control', action: paused ? 'resume' : 'pause' })}
      >
        <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
          <path d={paused ? 'M2 1l9 5-9 5z' : 'M2 1h3v10H2zM7 1h3v10H7z'} fill="currentColor" />
        </svg>
        <span>{paused ? t.resume : t.pause}</span>
      </button>
      <button
        type="button"
        aria-keyshortcuts="R"
        onClick={() => onControl({ type: 'control', action: 'restart' })}
      >
        {t.restart}
      </button>
      <span class="speeds">
        {SPEEDS.map((s) => (
          <button
            key={s}
            type="button"
            aria-pressed={state?.speed === s}
            aria-label={t.speedOf(String(s))}
            onClick={() => onControl({ type: 'control', action: 'speed', speed: s })}
          >
            {s}×
          </button>
        ))}
      </span>
    </fieldset>
  );
}

export function LanguageSwitch({ onLanguage }: { onLanguage(l: Language): void }) {
  const { t, language } = useText();
  return (
    <fieldset class="language-switch">
      <legend class="visually-hidden">{t.chooseLanguage}</legend>
      {LANGUAGES.map((l) => (
        <button key={l} type="button" lang={l} aria-pressed={l === language} onClick={() => onLanguage(l)}>
          <span class="long">{CATALOGUES[l].languageName}</span>{' '}
          <span class="short">{CATALOGUES[l].languageShort}</span>
        </button>
      ))}
    </fieldset>
  );
}
