/** A value that views subscribe to. Setting it notifies them at once; they read it when they draw. */
import { useEffect, useReducer } from 'preact/hooks';

export interface Store<T> {
  get(): T;
  set(value: T): void;
  update(change: (value: T) => T): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  const set = (next: T): void => {
    if (Object.is(next, value)) return;
    value = next;
    for (const listener of [...listeners]) listener();
  };
  return {
    get: () => value,
    set,
    update: (change) => set(change(value)),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useReducer((n: number, _: undefined) => n + 1, 0);
  useEffect(() => {
    let seen = store.get();
    redraw(undefined);
    return store.subscribe(() => {
      if (!Object.is(seen, store.get())) {
        seen = store.get();
        redraw(undefined);
      }
    });
  }, [store]);
  return store.get();
}
