/** How old the picture is: quiet while it is current, loud when it is not. */
import { useEffect, useReducer } from 'preact/hooks';
import { type Freshness, freshness, pictureAgeS } from '../feed/freshness.ts';
import type { NationFeed } from '../feed/session.ts';
import { number } from '../i18n/format.ts';
import { useText } from '../i18n/index.tsx';
import type { ExerciseTime } from '../time/exercise-time.ts';
import { useTimeSource } from '../time/use-time.ts';

export function ageOf(feed: NationFeed, time: ExerciseTime): number {
  const nowMs = performance.now();
  const nowUs = time.nowUs(nowMs);
  return pictureAgeS(
    nowMs,
    feed.receivedMs,
    feed.picture && nowUs !== undefined
      ? { nowUs, pictureUs: feed.picture.timeUs, speed: time.speed, paused: time.paused }
      : undefined,
  );
}

export function useFreshness(feed: NationFeed): { ageS: number; level: Freshness } {
  const time = useTimeSource();
  const [, tick] = useReducer((n: number, _: undefined) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => tick(undefined), 500);
    return () => clearInterval(timer);
  }, []);
  const ageS = ageOf(feed, time);
  return { ageS, level: freshness(ageS) };
}

export function FreshnessMark({ ageS, level }: { ageS: number; level: Freshness }) {
  const { t, language } = useText();
  return (
    <span class="freshness" data-level={level}>
      <i aria-hidden="true" />
      {level === 'fresh' ? t.feed.fresh : t.feed.age(number(ageS, language))}
    </span>
  );
}

export function StaleNotice({
  ageS,
  level,
  connected,
}: {
  ageS: number;
  level: Freshness;
  connected: boolean;
}) {
  const { t, language } = useText();
  return (
    <div class="stale-notice" role="alert" hidden={level !== 'old'}>
      {level === 'old' && (
        <>
          {/* The seconds are not read out anew with every tick. */}
          <strong aria-hidden="true">{t.feed.age(number(ageS, language))}</strong>
          <span>{connected ? t.feed.frozen : t.feed.reconnecting}</span>
        </>
      )}
    </div>
  );
}
