/** Says at top and bottom what this is. It lies outside all that scrolls, and can neither be closed nor covered. */
import type { Mode } from '../../../src/node/wire.ts';
import { CATALOGUES, LANGUAGES, useText } from '../i18n/index.tsx';

export function Banner({ mode, place }: { mode: Mode; place: 'top' | 'bottom' }) {
  const { language, t } = useText();
  if (mode === 'live') {
    return (
      <div class="banner live" data-place={place}>
        <strong>{t.bannerLive}</strong>
      </div>
    );
  }
  return (
    <div class="banner exercise" data-place={place}>
      <strong>{t.bannerExercise}</strong>
      {LANGUAGES.filter((l) => l !== language).map((l) => (
        <span key={l} lang={l} class="banner-other">
          {l === 'en' ? CATALOGUES.en.bannerExerciseShort : CATALOGUES[l].bannerExerciseShort}
        </span>
      ))}
    </div>
  );
}
