// A value that components follow. Everything shared between pages lives in one of these.
import { useEffect, useReducer } from 'preact/hooks';

export interface Store<T> {
  get(): T;
  set(next: T | ((old: T) => T)): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      const fresh = typeof next === 'function' ? (next as (old: T) => T)(value) : next;
      if (Object.is(fresh, value)) {
        return;
      }
      value = fresh;
      for (const listener of [...listeners]) {
        listener();
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<T>(store: Store<T>): T {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const value = store.get();
  useEffect(() => {
    if (!Object.is(store.get(), value)) {
      redraw(undefined); // it changed between drawing and now
    }
    return store.subscribe(() => redraw(undefined));
  }, [store]);
  return value;
}
