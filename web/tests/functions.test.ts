// What the pages for functions and the pages of plugins work out by themselves.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { PageColumn } from '../src/api/pagetypes';
import { setAddedWords, word } from '../src/lib/i18n';
import { formatOffset, resumable, waitBefore } from '../src/lib/upload';
import { cellText, choiceTitle, columnsOf, filtersOf } from '../src/pages/plugincells';
import { fixedArguments, formSchema, mayDo, operationOf, valuesOfRow } from '../src/pages/operationforms';

afterEach(() => setAddedWords({}));

const upload = { file_name: 'hello.ppk', size: 9, state: 'uploading', received: 4, sha256: 'aa' };
const file = (more = {}) => ({ name: 'hello.ppk', size: 9, sha256: 'aa' as string | undefined, ...more });

test('an upload goes on with the same file only', () => {
  // PRF-42
  assert.equal(resumable([upload], file()), upload);
  assert.equal(resumable([upload], file({ sha256: undefined })), upload);
  assert.equal(resumable([upload], file({ sha256: 'bb' })), undefined);
  assert.equal(resumable([upload], file({ size: 10 })), undefined);
  assert.equal(resumable([upload], file({ name: 'other.ppk' })), undefined);
  assert.equal(resumable([{ ...upload, state: 'ready' }], file()), undefined);
  assert.equal(formatOffset('a/b', 12), '/functions/uploads/a%2Fb?offset=12');
});

test('a broken line is tried again, a refusal is not, and not for ever', () => {
  // SYS-129
  assert.equal(waitBefore(1, 0), 1000);
  assert.equal(waitBefore(10, 503), 15000);
  assert.equal(waitBefore(11, 503), undefined);
  assert.equal(waitBefore(1, 409), 0);
  assert.equal(waitBefore(4, 409), undefined);
  assert.equal(waitBefore(1, 413), undefined);
  assert.equal(waitBefore(1, 422), undefined);
});

test('words of plugins: theirs, else the key as it came', () => {
  assert.equal(word('hello.greetings'), 'hello.greetings');
  setAddedWords({ 'hello.greetings': 'Greetings', 'hello.sent': 'Sent to {name}', 'hello.count': { one: '{n} greeting', other: '{n} greetings' } });
  assert.equal(word('hello.greetings'), 'Greetings');
  assert.equal(word('hello.sent', { name: 'Anna' }), 'Sent to Anna');
  assert.equal(word('hello.count', { n: 1 }), '1 greeting');
  assert.equal(word('hello.count', { n: 2 }), '2 greetings');
  for (const key of ['constructor', '__proto__', 'toString', '']) {
    assert.equal(word(key), key);
  }
});

const columns: PageColumn[] = [
  { id: 'text', type: 'text', title: 'hello.text', search: true },
  { id: 'state', type: 'choice', title: 'hello.state', choices: ['new', 'sent'], hidden: true },
  { id: 'device', type: 'device', title: 'hello.device' },
  { id: 'share', type: 'percent', title: 'hello.share', sort: false },
  { id: 'odd', type: 'of-another-version', title: 'hello.odd' },
];

test('columns of a page: by type, none unknown breaks the list', () => {
  setAddedWords({ 'hello.state.new': 'New' });
  const drawn = columnsOf(columns, (row) => `/p/hello/greetings/row/${row.id}`);
  assert.deepEqual(drawn.map((column) => [column.id, column.sort, column.off, column.head, column.number]), [
    ['text', 'text', false, true, false],
    ['state', 'state', true, false, false],
    ['device', undefined, false, false, false],
    ['share', undefined, false, false, true],
    ['odd', 'odd', false, false, false],
  ]);
  assert.deepEqual(filtersOf(columns).map((field) => [field.id, field.type, field.options?.map((option) => option.label)]), [
    ['text', 'text', undefined],
    ['state', 'choice', ['New', 'sent']],
    ['share', 'number', undefined],
  ]);
  const [text, state, device] = columns as [PageColumn, PageColumn, PageColumn];
  assert.equal(choiceTitle(state, 'sent'), 'sent');
  assert.equal(cellText(state, 'new'), 'New');
  assert.equal(cellText(device, { id: '7', name: 'prn-7' }), 'prn-7');
  assert.equal(cellText(text, null), '');
});

const page = {
  plugin: 'hello', id: 'greetings', path: '/hello/greetings', menu: 'data', title: 'hello.greetings', list: { columns },
  schemas: { 'hello.edit': { type: 'object', properties: { id: { type: 'string' }, text: { type: 'string' }, device: { type: 'string' }, tries: { type: 'integer', default: 3 } }, required: ['id', 'text'] } },
};

test('forms of operations: without what says which row, filled from the row', () => {
  const schema = formSchema(page, { operation: 'hello.edit' });
  assert.deepEqual(Object.keys(schema.properties ?? {}), ['text', 'device', 'tries']);
  assert.deepEqual(schema.required, ['text']);
  const given = formSchema(page, { operation: 'hello.edit', ids: 'device', arguments: { text: 'Hi' } });
  assert.deepEqual(Object.keys(given.properties ?? {}), ['tries']);
  assert.deepEqual(given.required, []);
  assert.deepEqual(valuesOfRow(schema, { id: '1', text: 'Hi', device: { id: '7', name: 'prn-7' }, other: 1 }), { text: 'Hi', device: '7', tries: 3 });
  assert.equal(mayDo(page, 'hello.edit'), true);
  assert.equal(mayDo(page, 'hello.drop'), false);
  assert.equal(mayDo(page, undefined), false);
});

test('actions: what they call, and how they say which rows they are about', () => {
  const action = { id: 'get', title: 'Get' };
  assert.equal(operationOf({ ...action, on: 'row', download: 'hello.file' }), 'hello.file');
  assert.equal(operationOf({ ...action, on: 'rows', operation: 'hello.again' }), 'hello.again');
  assert.equal(operationOf({ ...action, on: 'devices', task: 'hello.greet' }), undefined);
  assert.deepEqual(fixedArguments({ ...action, on: 'row' }, ['3']), { id: '3' });
  assert.deepEqual(fixedArguments({ ...action, on: 'rows' }, ['3', '4']), { ids: ['3', '4'] });
  assert.deepEqual(fixedArguments({ ...action, on: 'page' }, undefined), {});
});
