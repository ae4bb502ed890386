/** Says at top and bottom what this is. It lies outside all that scrolls, and can neither be closed nor covered. */
import type { Mode } from '../../../src/node/wire.ts';
import { CATALOGUES, LANGUAGES, useText } from '../i18n/index.tsx';

export function Banner({ mode, place }: { mode: Mode; place: 'top' | 'bottom' }) {
  const { language, t } = useText();
  if (mode === 'live') {
    return (
      <section class="banner live" data-place={place} aria-label={t.marking[place]}>
        <strong>{t.bannerLive}</strong>
      </section>
    );
  }
  return (
    <section class="banner exercise" data-place={place} aria-label={t.marking[place]}>
      <strong>{t.bannerExercise}</strong>
      {LANGUAGES.filter((l) => l !== language).map((l) => (
        <span key={l} lang={l} class="banner-other">
          {l === 'en' ? CATALOGUES.en.bannerExerciseShort : CATALOGUES[l].bannerExerciseShort}
        </span>
      ))}
    </section>
  );
}
