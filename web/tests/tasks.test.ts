// What the pages of tasks work out by themselves: schedules, settings by JSON Schema.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { branches, complete, depthOf, insert, move, places, removeAt, replace, stepAt, type Step, type Subtask } from '../src/lib/batch';
import { around, lineDiff } from '../src/lib/linediff';
import { bytesFrom } from '../src/lib/base64';
import { faults, missing, presets, shapeOf, tidy, type Schema } from '../src/lib/schema';
import { scheduleOf, scheduleValues, tomorrow, type Schedule } from '../src/lib/schedule';

const zone = 'Europe/Berlin';
const round = (schedule: Schedule) => scheduleOf(scheduleValues(schedule, 'UTC'), schedule);

test('a schedule and its form are each other', () => {
  // TSK-18 to TSK-31
  const all: Schedule[] = [
    { when: 'now' },
    { when: 'once', at: '2031-05-01T08:00', zone: 'targets' },
    { when: 'every', unit: 'minutes', step: 5, zone },
    { when: 'every', unit: 'day', step: 2, zone, time: '03:00', start: '2030-01-01T00:00', end: '2031-01-01T00:00' },
    { when: 'every', unit: 'week', step: 1, zone, time: '03:00', weekdays: ['mon', 'sun'], since: '2026-01-05T00:00' },
    { when: 'every', unit: 'month', step: 3, zone, time: '05:30', dates: [1, 15, 'last'] },
    { when: 'every', unit: 'month', step: 1, zone, time: '05:30', weekdays: ['mon'], nth: [1, 'last'] },
  ];
  for (const schedule of all) {
    assert.deepEqual(round(schedule), schedule);
  }
});

test('a schedule has only what its choice needs', () => {
  // TSK-23, TSK-24
  const values = scheduleValues({ when: 'every', unit: 'week', step: 1, time: '03:00', weekdays: ['sun', 'mon'], since: '2026-01-05T00:00' }, zone);
  const daily = scheduleOf({ ...values, unit: 'day' }, { when: 'every', unit: 'week', since: '2026-01-05T00:00' });
  assert.deepEqual(daily, { when: 'every', unit: 'day', step: 1, zone, time: '03:00' });
  const dates = scheduleOf({ ...values, unit: 'month', dates: ['last', '15', '2'] });
  assert.deepEqual(dates.dates, [2, 15, 'last']);
  assert.equal(dates.weekdays, undefined);
  assert.equal(tomorrow(new Date(2026, 11, 31, 17, 20)), '2027-01-01T02:00');
});

const schema: Schema = {
  type: 'object',
  required: ['banner', 'media', 'network'],
  properties: {
    banner: { type: 'string', minLength: 3, maxLength: 40 },
    note: { type: 'string', maxLength: 2000 },
    sleep: { type: 'integer', minimum: 1, maximum: 240, default: 15 },
    ratio: { type: ['number', 'null'] },
    quiet: { type: 'boolean' },
    media: { type: 'string', enum: ['A4', 'A3'] },
    days: { type: 'array', items: { enum: ['mon', 'tue'] } },
    hosts: { type: 'array', items: { type: 'string' } },
    network: { type: 'object', required: ['vlan'], properties: { vlan: { type: 'integer' } } },
    steps: { type: 'array', items: { type: 'object' } },
  },
};

test('each shape of a schema has its control', () => {
  const shapes = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, own]) => [name, shapeOf(own)]));
  assert.deepEqual(shapes, {
    banner: 'text',
    note: 'long',
    sleep: 'number',
    ratio: 'number',
    quiet: 'boolean',
    media: 'choice',
    days: 'choices',
    hosts: 'lines',
    network: 'object',
    steps: 'json',
  });
});

test('settings: presets, what is missing, what is wrong, what is sent', () => {
  // TSK-12
  assert.deepEqual(presets(schema), { sleep: 15, media: 'A4', network: {} });
  assert.deepEqual(missing(schema, presets(schema)), ['/banner', '/network/vlan']);
  assert.deepEqual(missing(schema, { banner: 'x', media: 'A4', network: { vlan: 1 } }), []);
  const wrong = { banner: 'x', sleep: 999, ratio: 'x', network: { vlan: 1.5 }, steps: '[{' };
  assert.deepEqual(
    faults(schema, wrong).map(({ pointer, what }) => `${pointer} ${what}`),
    ['/banner short', '/sleep limits', '/ratio number', '/network/vlan whole', '/steps json'],
  );
  assert.deepEqual(tidy(schema, { banner: ' ', sleep: '5.0', quiet: false, network: { vlan: '12' }, other: 1 }), {
    sleep: 5,
    quiet: false,
    network: { vlan: 12 },
    other: 1,
  });
});

test('files and secrets: their controls, a file that is too large, a blank that is part of a secret', () => {
  const form: Schema = {
    type: 'object',
    properties: { file: { type: 'string', format: 'file', maxLength: 8 }, words: { type: 'string', writeOnly: true }, title: { type: 'string' } },
  };
  assert.deepEqual(Object.values(form.properties ?? {}).map(shapeOf), ['file', 'secret', 'text']);
  assert.deepEqual(faults(form, { file: 'aGVsbG8=' }), []);
  assert.deepEqual(faults(form, { file: 'aGVsbG8gaGVs' }), [{ pointer: '/file', what: 'large', max: 6 }]);
  assert.deepEqual(tidy(form, { file: 'aGVsbG8=', words: ' ', title: ' ' }), { file: 'aGVsbG8=', words: ' ' });
  assert.deepEqual(bytesFrom('aGVsbG8='), new Uint8Array([104, 101, 108, 108, 111]));
});

test('two texts line by line', () => {
  const short = (before: string, after: string) => lineDiff(before, after).map(({ kind, text }) => `${{ same: ' ', gone: '-', new: '+' }[kind]}${text}`);
  assert.deepEqual(short('a\nb\nc', 'a\nc'), [' a', '-b', ' c']);
  assert.deepEqual(short('a\nb\nc\nd', 'a\nx\nc\ny\nd'), [' a', '-b', '+x', ' c', '+y', ' d']);
  assert.deepEqual(short('', 'a'), ['-', '+a']);
  assert.deepEqual(lineDiff('a\nb', 'b').map((line) => [line.before, line.after]), [[1, undefined], [2, 1]]);
  const many = Array.from({ length: 30 }, (_, n) => String(n));
  const shown = around(lineDiff(many.join('\n'), many.filter((line) => line !== '15').join('\n')), 2);
  assert.deepEqual(shown.map((line) => line?.text), [undefined, '13', '14', '15', '16', '17', undefined]);
  // Very long texts without common lines still come out, and soon.
  const long = (sign: string) => Array.from({ length: 5000 }, (_, n) => `${sign}${n}`).join('\n');
  assert.equal(lineDiff(long('a'), long('b')).length, 10000);
});

const subtask = (name: string, more: Partial<Subtask> = {}): Subtask => ({ do: 'subtask', name, kind: 'k', settings: {}, ...more });
const outline = (steps: Step[]): string => steps.map((s) => (s.do === 'end' ? '.' : s.name + branches.map((b) => (s[b]?.length ? `${b[0]}(${outline(s[b] ?? [])})` : '')).join(''))).join(' ');

test('a batch: steps are put in, moved, taken out, wherever they stand', () => {
  // TSK-57 to TSK-61
  let steps: Step[] = [subtask('A', { error: [subtask('E', { success: [{ do: 'end', result: 'keep' }] })] }), subtask('B')];
  assert.equal(outline(steps), 'Ae(Es(.)) B');
  assert.deepEqual(places(steps), ['0', '0/error', '0/error/0', '0/error/0/success', '0/error/0/success/0', '1']);
  assert.equal(depthOf('0/error/0/success/0'), 3);
  const put = insert(steps, '0/error/0', 'warning', subtask('W'));
  assert.equal(put.path, '0/error/0/warning/0');
  assert.equal(outline(put.steps), 'Ae(Es(.)w(W)) B');
  assert.equal(outline(insert(steps, '0/error/0', 'after', subtask('N')).steps), 'Ae(Es(.) N) B');
  assert.deepEqual(insert(steps, undefined, 'after', subtask('N')).path, '2');
  assert.equal(outline(move(steps, '1', -1)?.steps ?? []), 'B Ae(Es(.))');
  assert.equal(move(steps, '1', 1), undefined);
  assert.equal(outline(removeAt(steps, '0/error/0')), 'A B');
  steps = replace(steps, '0/error/0', subtask('R'));
  assert.equal(outline(steps), 'Ae(R) B');
  assert.equal((stepAt(steps, '0/error/0') as Subtask).name, 'R');
  assert.equal(stepAt(steps, '7/error/0'), undefined);
  assert.deepEqual(Object.keys(complete(steps)[1] ?? {}).sort(), ['always', 'do', 'error', 'kind', 'name', 'settings', 'success', 'warning']);
});
