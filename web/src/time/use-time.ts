import { createContext } from 'preact';
import { useContext, useEffect, useReducer } from 'preact/hooks';
import { createExerciseTime, type ExerciseTime } from './exercise-time.ts';

const TimeContext = createContext<ExerciseTime>(createExerciseTime());
export const TimeProvider = TimeContext.Provider;

export function useTimeSource(): ExerciseTime {
  return useContext(TimeContext);
}

/** Exercise time, read again four times a second. Undefined before the first message. */
export function useExerciseNow(): number | undefined {
  const time = useTimeSource();
  const [, tick] = useReducer((n: number, _: undefined) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(() => tick(undefined), 250);
    return () => clearInterval(timer);
  }, []);
  return time.nowUs(performance.now());
}
