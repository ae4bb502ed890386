/**
 * The one time that every view reads: exercise time, carried on between messages at the exercise's speed.
 * Small differences to what arrives are worked off gently so that nothing on the screen jumps.
 */
export interface TimeState {
  timeUs: number;
  speed: number;
  paused: boolean;
  run: number;
}

export interface ExerciseTime {
  /** Takes what the feed says, at the moment it came. */
  sync(state: TimeState, receivedMs: number): void;
  /** Exercise time now, or undefined before the first message. */
  nowUs(nowMs: number): number | undefined;
  readonly speed: number;
  readonly paused: boolean;
}

/** Without messages time goes on for this long and then stands: a stopped feed must not look alive. */
const LONGEST_MS = 2000;

export function createExerciseTime(): ExerciseTime {
  let state: TimeState | undefined;
  let baseUs = 0;
  let baseMs = 0;
  const at = (nowMs: number): number => {
    if (!state) return 0;
    const elapsed = state.paused ? 0 : Math.max(0, Math.min(LONGEST_MS, nowMs - baseMs));
    return baseUs + elapsed * 1000 * state.speed;
  };
  return {
    sync(next, receivedMs) {
      const shown = state ? at(receivedMs) : next.timeUs;
      const error = next.timeUs - shown;
      const jump =
        !state || state.run !== next.run || next.paused || Math.abs(error) > 1.2e6 * Math.max(1, next.speed);
      state = next;
      baseUs = jump ? next.timeUs : shown + error * 0.25;
      baseMs = receivedMs;
    },
    nowUs: (nowMs) => (state ? at(nowMs) : undefined),
    get speed() {
      return state?.speed ?? 1;
    },
    get paused() {
      return state?.paused ?? false;
    },
  };
}
