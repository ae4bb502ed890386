/** How old the picture on the screen is, judged by what came and when, never by the state of a socket. */

export type Freshness = 'fresh' | 'late' | 'old';

export const LATE_S = 2;
export const OLD_S = 5;

/**
 * Age of the shown picture, s of the person's own time: the time since the last picture came, or, if that is
 * more, how far the picture's time lies behind the exercise's (a node may keep sending an old picture).
 */
export function pictureAgeS(
  nowMs: number,
  receivedMs: number,
  exercise?: { nowUs: number; pictureUs: number; speed: number; paused: boolean },
): number {
  const silence = Math.max(0, nowMs - receivedMs) / 1000;
  if (!exercise || exercise.paused) return silence;
  const behind = (exercise.nowUs - exercise.pictureUs) / 1e6 / Math.max(1, exercise.speed);
  return Math.max(silence, behind);
}

export function freshness(ageS: number): Freshness {
  return ageS < LATE_S ? 'fresh' : ageS < OLD_S ? 'late' : 'old';
}
