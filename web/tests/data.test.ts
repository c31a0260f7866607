import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvCell, csvLine } from '../src/lib/csv';
import { lineSplitter } from '../src/lib/ndjson';
import { isHostName, lines, rangeSize } from '../src/lib/ranges';
import { match } from '../src/lib/match';
import { safeReturn } from '../src/lib/safe';

test('CSV: quotes, and formulas are disarmed', () => {
  // DEV-71
  assert.equal(csvCell('plain'), 'plain');
  assert.equal(csvCell('a,"b"'), '"a,""b"""');
  assert.equal(csvCell('two\nlines'), '"two\nlines"');
  for (const sign of ['=', '+', '-', '@', '\t', '\r']) {
    assert.equal(csvCell(`${sign}1`), `"\t${sign}1"`);
  }
  assert.equal(csvLine(['a', 'b;c']), 'a,b;c\r\n');
});

test('NDJSON: lines that arrive in pieces come out whole', () => {
  const seen: string[] = [];
  const splitter = lineSplitter((line) => seen.push(line));
  for (const piece of ['{"a":', '1}\n{"b"', ':2}\n\n', '{"c":3}']) {
    splitter.push(piece);
  }
  splitter.end();
  assert.deepEqual(seen, ['{"a":1}', '{"b":2}', '{"c":3}']);
});

test('ranges: the three forms and their sizes', () => {
  // DEV-47
  assert.equal(rangeSize('10.1.2.3'), 1);
  assert.equal(rangeSize('10.1.0.0/16'), 65536);
  assert.equal(rangeSize('10.1.0.0-10.1.1.255'), 512);
  assert.equal(rangeSize(' 10.1.0.5 - 10.1.0.6 '), 2);
  for (const wrong of ['', '10.1.2', '10.1.2.256', '10.1.2.3/33', '10.1.2.3/', '10.0.0.9-10.0.0.1', 'printer', '1.2.3.4.5']) {
    assert.equal(rangeSize(wrong), undefined, wrong);
  }
});

test('host names', () => {
  assert.ok(isHostName('printer1.example.org'));
  assert.ok(isHostName('npi_4711'));
  assert.ok(!isHostName('two words'));
  assert.ok(!isHostName('-x.example'));
  assert.deepEqual(lines(' a \n\n b\n'), ['a', 'b']);
});

test('addresses of pages', () => {
  assert.deepEqual(match('/devices/:id', '/devices/7'), { id: '7' });
  assert.deepEqual(match('/devices/:id', '/devices/a%2Fb'), { id: 'a/b' });
  assert.equal(match('/devices/:id', '/devices'), undefined);
  assert.equal(match('/devices/:id', '/devices/%E0%A4%A'), undefined); // no text at all
  assert.deepEqual(match('/devices', '/devices/'), {});
  assert.deepEqual(match('/', '/'), {});
});

test('the way back after login never leads to another host', () => {
  assert.equal(safeReturn('/runs?f=state:eq:error'), '/runs?f=state:eq:error');
  for (const evil of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '', null, '/login?return=/login', '/\t/evil.example']) {
    assert.equal(safeReturn(evil), '/', String(evil));
  }
});
