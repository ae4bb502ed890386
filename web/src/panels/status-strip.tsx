/** The situation in one sentence, with the two figures that count: since launch, to impact. */
import type { Nation } from '../../../src/node/wire.ts';
import { duration, number, unbroken } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';
import type { Situation } from '../situation/situation.ts';
import { useExerciseNow } from '../time/use-time.ts';

interface Props {
  situation: Situation;
  nation: Nation;
  connected: boolean;
  /** The controllers know of a launch that this nation does not hold. */
  launchedElsewhere: boolean;
  /** Age of the picture when it is too old to speak of now, s. */
  oldS: number | undefined;
}

export function StatusStrip({ situation, nation, connected, launchedElsewhere, oldS }: Props) {
  const { t, language } = useText();
  const now = useExerciseNow();
  const { state, parts, launchUs, impactUs, others } = situation;
  const title = !connected
    ? ''
    : oldS !== undefined
      ? t.feed.age(number(oldS, language))
      : state === 'quiet'
        ? t.status.quietState
        : t.status[state];
  const quiet = launchedElsewhere
    ? [t.status.noTrack(t.nation[nation]), t.status.noTrackDetail]
    : [t.status.quiet, t.status.quietDetail];
  const [first, ...rest] = !connected ? [t.status.connecting] : state === 'quiet' ? quiet : parts;
  const over = impactUs !== undefined && now !== undefined && now > impactUs;
  // A predicted impact that nobody observed is not an impact.
  const impactName = !over
    ? t.status.toImpact
    : state === 'impact'
      ? t.status.afterImpact
      : t.status.afterPredicted;
  return (
    <section
      class="status"
      data-state={!connected ? 'connecting' : oldS !== undefined ? 'stale' : state}
      aria-label={t.status.situation}
      id="situation"
      tabIndex={-1}
    >
      {title && <div class="status-state">{title}</div>}
      <p class="status-sentence">
        <span class="lead">{unbroken(first)}</span>
        {rest.map((part) => (
          <span key={part.slice(0, 12)} class="part">
            {unbroken(part)}
          </span>
        ))}
        {others > 0 && <span class="part">{t.status.more(String(others))}</span>}
      </p>
      {launchUs !== undefined && now !== undefined && connected && (
        <dl class="figures">
          <div>
            <dt class="figure-name">{t.status.sinceLaunch}</dt>
            <dd class="figure-value">{duration(Math.max(0, now - launchUs))}</dd>
          </div>
          <div class="impact">
            <dt class="figure-name">{impactName}</dt>
            <dd class="figure-value">
              {impactUs === undefined ? (
                <span class="none">{t.status.noImpact}</span>
              ) : (
                duration(impactUs - now)
              )}
            </dd>
          </div>
        </dl>
      )}
    </section>
  );
}
