import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byField, formatList, nextSort, parseCondition, parseList, replaceField, type Condition } from '../src/lib/filter';

const at = (text: string) => parseList(new URLSearchParams(text), { sort: 'name' });

test('an address and the state of a list are each other', () => {
  for (const address of ['f=severity:eq:error&f=severity:eq:service&q=lyon&sort=-page_count&page=3&size=200', 'f=model:begins:a:b%26c', '']) {
    const state = at(address);
    assert.deepEqual(parseList(formatList(state, { sort: 'name' }), { sort: 'name' }), state);
  }
});

test('what is not stated has the defaults, and defaults are not stated', () => {
  assert.deepEqual(at(''), { conditions: [], q: '', sort: 'name', page: 1, size: 50 });
  assert.equal(formatList(at(''), { sort: 'name' }).toString(), '');
  assert.equal(formatList(at(''), {}, true).toString(), 'sort=name&page=1&size=50');
});

test('a page has at most 200 rows, and nonsense does not get through', () => {
  // DEV-85
  assert.equal(at('size=100000').size, 200);
  assert.equal(at('size=-1&page=x').size, 50);
  assert.equal(at('page=0').page, 1);
});

test('a condition keeps colons of its value and knows its operator', () => {
  assert.deepEqual(parseCondition('mac:eq:02:00:00'), { field: 'mac', op: 'eq', value: '02:00:00' });
  assert.equal(parseCondition('mac:like:x'), undefined);
  assert.equal(parseCondition('mac'), undefined);
  assert.equal(parseCondition(':eq:x'), undefined);
});

test('conditions of a field stay together and in their place', () => {
  // DEV-96
  const c = (field: string, value: string): Condition => ({ field, op: 'eq', value });
  const all = [c('a', '1'), c('b', '2'), c('a', '3'), c('d', '4')];
  assert.deepEqual(byField(all).map(([field, own]) => [field, own.length]), [['a', 2], ['b', 1], ['d', 1]]);
  assert.deepEqual(replaceField(all, 'a', [c('a', '9')]).map((x) => x.value), ['9', '2', '4']);
  assert.deepEqual(replaceField(all, 'b', []).map((x) => x.value), ['1', '3', '4']);
  assert.deepEqual(replaceField(all, 'e', [c('e', '5')]).map((x) => x.value), ['1', '2', '3', '4', '5']);
});

test('a heading sorts up, down, and not at all', () => {
  assert.equal(nextSort('', 'name'), 'name');
  assert.equal(nextSort('name', 'name'), '-name');
  assert.equal(nextSort('-name', 'name'), '');
  assert.equal(nextSort('-name', 'model'), 'model');
});
