import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserLanguage } from '../src/lib/i18n';
import { fill, pickPlural } from '../src/lib/plural';

test('plurals follow the rules of the language', () => {
  const forms = { one: 'one device', other: '{n} devices' };
  assert.equal(pickPlural(forms, 1, 'en'), 'one device');
  assert.equal(pickPlural(forms, 0, 'en'), '{n} devices');
  assert.equal(pickPlural(forms, 0, 'fr'), 'one device'); // French counts 0 as one
  assert.equal(pickPlural({ other: '{n}台' }, 1, 'ja'), '{n}台');
});

test('parameters are filled in once and literally', () => {
  assert.equal(fill('{a} and {b}', { a: '{b}', b: 'x' }), '{b} and x');
  assert.equal(fill('{a} and {c}', { a: '1' }), '1 and {c}');
});

test('the language follows the browser, else English', () => {
  // SYS-204
  assert.equal(browserLanguage(['de-CH', 'en']), 'de');
  assert.equal(browserLanguage(['pt-BR', 'fr-FR']), 'fr');
  assert.equal(browserLanguage(['pt-BR']), 'en');
  assert.equal(browserLanguage([]), 'en');
});
