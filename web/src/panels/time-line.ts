/** The scale of the time line of who knew when. */
export const TICKS = [0, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600];

/** Position on the time line, 0 to 1: a root scale, so that the first seconds, which count most, have room. */
export function timeLineAt(seconds: number, longest: number): number {
  return Math.sqrt(Math.max(0, Math.min(1, seconds / longest)));
}

/** The shortest of the usual lengths that takes all that is known. */
export function timeLineLength(latest: number): number {
  return TICKS.find((t) => t >= Math.max(120, latest)) ?? Math.ceil(latest / 600) * 600;
}
