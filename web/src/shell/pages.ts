// The pages that plugins bring and the words for them: read after the login, in the chosen language,
// and again when functions change.
import { useEffect } from 'preact/hooks';
import { onEvent } from '../api/events';
import { get } from '../api/http';
import type { PluginPage } from '../api/pagetypes';
import { watched } from '../api/installation';
import { me } from '../api/session';
import { language, setAddedWords, word } from '../lib/i18n';
import { createStore } from '../lib/store';

export type PageEntry = PluginPage & { href: string };

// Undefined until they have been read.
export const pages = createStore<PageEntry[] | undefined>(undefined);

export const pageHref = (page: { plugin: string; id: string }) => `/p/${encodeURIComponent(page.plugin)}/${encodeURIComponent(page.id)}`;
export const pageLabel = (page: PluginPage) => word(page.label ?? page.title);
export const pageTitle = (page: PluginPage) => word(page.title);

async function readWords(): Promise<void> {
  const wanted = language.get();
  try {
    const { data } = await get<Parameters<typeof setAddedWords>[0]>(`/catalogues/${wanted}`, { revalidate: true });
    if (wanted === language.get()) {
      setAddedWords(data);
    }
  } catch {
    // Without its words a page shows their keys.
  }
}

async function readPages(): Promise<void> {
  try {
    const { data } = await get<{ items: PluginPage[] }>('/pages');
    pages.set(data.items.map((page) => ({ ...page, href: pageHref(page) })));
  } catch {
    pages.set((old) => old ?? []); // what is asked for next reports what fails
  }
}

export async function readPlugins(): Promise<void> {
  await Promise.all([readWords(), readPages()]);
}

export function usePlugins(): void {
  useEffect(() => {
    void readPlugins();
    const ended = () => watched.get() === undefined && void readPlugins(); // functions may be others now
    const stops = [watched.subscribe(ended), language.subscribe(() => void readWords()), onEvent('function', () => void readPlugins()), onEvent('reset', () => void readPlugins())];
    return () => {
      stops.forEach((stop) => stop());
      if (!me.get()) {
        pages.set(undefined);
      }
    };
  }, []);
}
