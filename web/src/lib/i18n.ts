// The words of the pages: one catalogue per language, loaded when it is chosen.
import type english from '../../locales/en.json';
import { fill, pickPlural, type Plural } from './plural';
import { createStore } from './store';

type Catalogue = typeof english;
export type Key = keyof Catalogue;
export type PluralKey = { [K in Key]: Catalogue[K] extends string ? never : K }[Key];
export type TextKey = Exclude<Key, PluralKey>;
export type Params = Record<string, string | number>;

export const languages = ['en', 'fr', 'de', 'it', 'es', 'ja'] as const;
export type Language = (typeof languages)[number];

// Each language in its own words: these are names, not texts to translate.
export const languageNames: Record<Language, string> = {
  en: 'English',
  fr: 'Français',
  de: 'Deutsch',
  it: 'Italiano',
  es: 'Español',
  ja: '日本語',
};

// Address of each catalogue, put in by the build (their names hold a hash).
declare const LOCALE_FILES: Record<Language, string>;

export const language = createStore<Language>('en');
let words: Partial<Record<string, string | Plural>> = {};
let numbers = new Intl.NumberFormat('en');

// Words that plugins bring, in the chosen language; their keys begin with the plugin's name.
let added: Partial<Record<string, string | Plural>> = {};
export const addedWords = createStore(0); // counts the changes

export function setAddedWords(next: Partial<Record<string, string | Plural>>): void {
  added = next;
  addedWords.set((n) => n + 1);
}

// The browser's own variant of the language (en-GB, de-CH), so that dates and numbers look as its
// user is used to.
export function locale(): string {
  const chosen = language.get();
  return navigator.languages.find((l) => l.split('-')[0] === chosen) ?? chosen;
}

export function browserLanguage(preferred: readonly string[]): Language {
  for (const wanted of preferred) {
    const base = wanted.toLowerCase().split('-')[0];
    const found = languages.find((l) => l === base);
    if (found) {
      return found;
    }
  }
  return 'en';
}

export async function loadLanguage(wanted: Language): Promise<void> {
  if (wanted === language.get() && Object.keys(words).length > 0) {
    return;
  }
  const answer = await fetch(LOCALE_FILES[wanted]);
  if (!answer.ok) {
    throw new Error(`catalogue ${wanted}: ${answer.status}`);
  }
  words = (await answer.json()) as Record<string, string | Plural>;
  document.documentElement.lang = wanted;
  language.set(wanted);
  numbers = new Intl.NumberFormat(locale());
}

function texts(params: Params): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(params)) {
    out[name] = typeof value === 'number' ? numbers.format(value) : value;
  }
  return out;
}

export function t(key: TextKey, params?: Params): string {
  const text = words[key];
  if (typeof text !== 'string') {
    return key;
  }
  return params ? fill(text, texts(params)) : text;
}

// A text that depends on a count, which stands in it as {n}.
export function tn(key: PluralKey, count: number, params: Params = {}): string {
  const forms = words[key];
  if (!forms || typeof forms === 'string') {
    return key;
  }
  return fill(pickPlural(forms, count, language.get()), texts({ ...params, n: count }));
}

// The word for a code of the API ("power", "no-response"); a code that is not in the catalogue is
// shown as it came, so that nothing is ever hidden.
export function code(family: string, value: string | number | null | undefined): string {
  if (value === null || value === undefined || value === '') {
    return '';
  }
  const text = words[`${family}.${value}`];
  return typeof text === 'string' ? text : String(value);
}

// The same, but undefined when there is no word for it.
export function codeWord(family: string, value: string | number): string | undefined {
  const text = words[`${family}.${value}`];
  return typeof text === 'string' ? text : undefined;
}

// A text that a plugin names by the key of its catalogue; a key that is nowhere is shown as it came.
export function word(key: string, params?: Params): string {
  return addedWord(key, params) ?? key;
}

export function addedWord(key: string, params?: Params): string | undefined {
  const found = Object.hasOwn(added, key) ? added[key] : undefined;
  const text = typeof found === 'object' ? pickPlural(found, Number(params?.['n'] ?? 0), language.get()) : found;
  return typeof text === 'string' ? fill(text, texts(params ?? {})) : undefined;
}
