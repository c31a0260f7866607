// A GET that a component follows. The last answers are kept, so that coming back shows at once
// what one left.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, stream } from './http';

const kept = new Map<string, { data: unknown; etag: string | null }>();
const KEPT = 40;

function keepAnswer(path: string, data: unknown, etag: string | null): void {
  kept.delete(path);
  kept.set(path, { data, etag });
  const oldest = kept.keys().next().value;
  if (kept.size > KEPT && oldest !== undefined) {
    kept.delete(oldest);
  }
}

export function forgetAll(): void {
  kept.clear();
}

export interface Resource<T> {
  data: T | undefined;
  etag: string | null;
  error: unknown;
  loading: boolean;
  reload: () => void;
  change: (next: (old: T) => T) => void;
}

interface Held<T> {
  path: string | null;
  data: T | undefined;
  etag: string | null;
  error: unknown;
  loading: boolean;
}

function initial<T>(path: string | null): Held<T> {
  const old = path === null ? undefined : kept.get(path);
  return {
    path,
    data: old?.data as T | undefined,
    etag: old?.etag ?? null,
    error: undefined,
    loading: path !== null,
  };
}

// With `stay` the answer of the former path stays visible until the new one is there.
export function useResource<T>(path: string | null, stay = false): Resource<T> {
  const [held, setHeld] = useState<Held<T>>(() => initial<T>(path));
  const [round, setRound] = useState(0);
  const last = useRef(path);
  let shown = held;
  if (held.path !== path) {
    const fresh = initial<T>(path);
    shown = stay && fresh.data === undefined ? { ...fresh, data: held.data } : fresh;
  }
  useEffect(() => {
    if (path === null) {
      return undefined;
    }
    const stop = new AbortController();
    last.current = path;
    setHeld((old) => {
      const fresh = old.path === path ? old : initial<T>(path);
      return { ...fresh, data: fresh.data ?? (stay ? old.data : undefined), loading: true };
    });
    get<T>(path, { signal: stop.signal }).then(
      ({ data, etag }) => {
        keepAnswer(path, data, etag);
        setHeld({ path, data, etag, error: undefined, loading: false });
      },
      (error: unknown) => {
        if (!stop.signal.aborted) {
          setHeld((old) => ({ ...old, path, error, loading: false }));
        }
      },
    );
    return () => stop.abort();
  }, [path, round, stay]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  const change = useCallback((next: (old: T) => T) => {
    setHeld((old) => (old.data === undefined ? old : { ...old, data: next(old.data) }));
  }, []);
  return { data: shown.data, etag: shown.etag, error: shown.error, loading: shown.loading, reload, change };
}

export interface All<T> {
  items: T[] | undefined;
  error: unknown;
  reload: () => void;
}

// Every object of a list, for choices and trees; null asks for nothing.
export function useAll<T>(path: string | null): All<T> {
  const [items, setItems] = useState<T[]>();
  const [error, setError] = useState<unknown>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === null) {
      return undefined;
    }
    const stop = new AbortController();
    const found: T[] = [];
    stream<T>(path, (item) => found.push(item), stop.signal).then(
      () => {
        setItems(found);
        setError(undefined);
      },
      (failure: unknown) => !stop.signal.aborted && setError(failure),
    );
    return () => stop.abort();
  }, [path, round]);
  const reload = useCallback(() => setRound((n) => n + 1), []);
  return { items, error, reload };
}
