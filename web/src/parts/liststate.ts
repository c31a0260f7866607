// The state of a list lives in the address; this reads it and makes the addresses that change it.
import { useMemo } from 'preact/hooks';
import { formatList, parseList, type ListState } from '../lib/filter';
import { navigate, usePlace, withQuery } from '../lib/router';

export interface ListPlace {
  state: ListState;
  // The address of this page with something of the list changed; page 1 unless a page is given.
  href: (change: Partial<ListState>) => string;
  go: (change: Partial<ListState>, replace?: boolean) => void;
  // The list's part of the address, to be kept as a view.
  query: string;
}

const own = ['f', 'q', 'sort', 'page', 'size'];

export function useListPlace(defaults: Partial<ListState>): ListPlace {
  const { query } = usePlace();
  const { sort, size } = defaults;
  return useMemo(() => {
    const fallback: Partial<ListState> = {};
    if (sort !== undefined) {
      fallback.sort = sort;
    }
    if (size !== undefined) {
      fallback.size = size;
    }
    const state = parseList(query, fallback);
    const href = (change: Partial<ListState>) => {
      const next = formatList({ ...state, page: 1, ...change }, fallback);
      // What is not the list's (a tab, an agent) stays.
      for (const [name, value] of query) {
        if (!own.includes(name)) {
          next.append(name, value);
        }
      }
      return withQuery(next);
    };
    return {
      state,
      href,
      go: (change, replace = false) => void navigate(href(change), replace),
      query: formatList({ ...state, page: 1 }, fallback).toString(),
    };
  }, [query, sort, size]);
}
