// Six catalogues: the same keys, each used, each place-holder there, plurals complete. SYS-203
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { languages } from '../src/lib/i18n';
import { families } from './families';

declare const WEB_FOLDER: string;
type Catalogue = Record<string, string | Record<string, string>>;

const read = (language: string) =>
  JSON.parse(readFileSync(join(WEB_FOLDER, 'locales', `${language}.json`), 'utf8')) as Catalogue;
const english = read('en');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? sources(join(folder, entry.name)) : /\.tsx?$/.test(entry.name) ? [readFileSync(join(folder, entry.name), 'utf8')] : [],
  );
}

const code = sources(join(WEB_FOLDER, 'src')).join('\n');
const literal = new Set([...code.matchAll(/\bt\('([\w.-]+)'/g)].map((m) => m[1] as string));
const counted = new Set([...code.matchAll(/\btn\('([\w.-]+)'/g)].map((m) => m[1] as string));
const coded = new Set(Object.entries(families).flatMap(([family, codes]) => codes.map((c) => `${family}.${c}`)));

test('every key that the pages use is in the catalogue, in the right form', () => {
  for (const key of [...literal, ...coded]) {
    assert.equal(typeof english[key], 'string', `${key} is missing or a plural`);
  }
  for (const key of counted) {
    assert.equal(typeof english[key], 'object', `${key} is missing or no plural`);
  }
});

test('every key of the catalogue is used', () => {
  const unused = Object.keys(english).filter((key) => !literal.has(key) && !counted.has(key) && !coded.has(key));
  assert.deepEqual(unused, []);
});

test('every family of codes is looked up somewhere', () => {
  for (const family of Object.keys(families)) {
    assert.match(code, new RegExp(`['"]${family}['"]`), `nothing looks up ${family}`);
  }
});

const places = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

for (const language of languages) {
  test(`${language}: same keys, same places, no empty text`, () => {
    const own = read(language);
    assert.deepEqual(Object.keys(own), Object.keys(english));
    for (const [key, value] of Object.entries(own)) {
      const model = english[key] as string | Record<string, string>;
      assert.equal(typeof value, typeof model, key);
      const wanted = places(typeof model === 'string' ? model : (model['other'] as string));
      for (const [form, text] of typeof value === 'string' ? [['', value] as const] : Object.entries(value)) {
        assert.ok(text.trim() === text && text !== '', `${key} is empty or has blanks around it`);
        // "the only one" needs no number.
        const spoken = form === 'one' ? [...new Set([...places(text), '{n}'])].sort() : places(text);
        assert.deepEqual(spoken, wanted, key);
      }
    }
  });

  test(`${language}: plural forms are those that the language has`, () => {
    const known = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [key, value] of Object.entries(read(language))) {
      if (typeof value !== 'string') {
        assert.ok('other' in value, `${key} has no form "other"`);
        for (const form of Object.keys(value)) {
          assert.ok((known as string[]).includes(form), `${key}: ${language} has no form "${form}"`);
        }
      }
    }
  });
}

test('texts of other languages are not left in English', () => {
  // Names, units and words that are the same by nature.
  for (const language of languages.filter((l) => l !== 'en')) {
    const own = read(language);
    const same = Object.keys(english).filter((key) => JSON.stringify(own[key]) === JSON.stringify(english[key]) && /[a-z]{3} [a-z]{3}/.test(JSON.stringify(english[key])));
    assert.deepEqual(same, [], language);
  }
});
