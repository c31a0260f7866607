// Theme, density and language: the user's setting, else this browser's memory, else what the
// browser prefers.
import { keep, settings } from '../api/session';
import { browserLanguage, languages, loadLanguage, type Language } from '../lib/i18n';
import { fail } from '../parts/toast';

export const themes = ['system', 'light', 'dark'] as const;
export const densities = ['dense', 'comfortable'] as const;

function remembered(name: string): string | undefined {
  const own = settings.get()[name];
  if (typeof own === 'string') {
    return own;
  }
  try {
    return localStorage.getItem(`platen.${name}`) ?? undefined;
  } catch {
    return undefined; // storage may be forbidden; the page works without
  }
}

export function preferredLanguage(): Language {
  const own = remembered('language');
  return languages.find((l) => l === own) ?? browserLanguage(navigator.languages);
}

export function appearance(name: 'theme' | 'density'): string {
  return remembered(name) ?? (name === 'theme' ? 'system' : 'dense');
}

function apply(): void {
  const root = document.documentElement;
  root.dataset.theme = appearance('theme');
  root.dataset.density = appearance('density');
}

export function startAppearance(): void {
  apply();
  settings.subscribe(apply);
}

export async function choose(name: 'theme' | 'density' | 'language', value: string): Promise<void> {
  try {
    localStorage.setItem(`platen.${name}`, value);
  } catch {
    // As above.
  }
  if (name === 'language') {
    await loadLanguage(value as Language);
  }
  await keep(name, value).catch(fail);
}
