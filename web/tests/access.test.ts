// What the pages for people and their access work out by themselves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserName } from '../src/lib/browser';
import { members } from '../src/lib/members';
import { formatServer, parseServer } from '../src/lib/server';
import { branches, possibleParents } from '../src/lib/tree';

test('servers of a directory: names, addresses, ports', () => {
  // PRF-11
  assert.deepEqual(parseServer('dc1.example.org'), { address: 'dc1.example.org', port: 0 });
  assert.deepEqual(parseServer('192.0.2.7:3268'), { address: '192.0.2.7', port: 3268 });
  assert.deepEqual(parseServer('[2001:db8::5]:636'), { address: '2001:db8::5', port: 636 });
  for (const wrong of ['', 'two words', 'host:', 'host:99999', '2001:db8::5', 'ldap://host', '[::1', 'a:1:2']) {
    assert.equal(parseServer(wrong), undefined, wrong);
  }
  for (const line of ['dc1.example.org', 'dc1.example.org:636', '[2001:db8::5]', '[2001:db8::5]:636']) {
    assert.equal(formatServer(parseServer(line) ?? { address: '', port: 0 }), line);
  }
});

const groups = [
  { id: '1', name: 'Sites', parent: null },
  { id: '2', name: 'Lyon', parent: '1' },
  { id: '3', name: 'Accounting', parent: '2' },
  { id: '4', name: 'Basel', parent: '1' },
  { id: '5', name: 'Elsewhere', parent: '99' },
];
const shown = (folded: string[]) => branches(groups, new Set(folded)).map(({ node, depth }) => `${'-'.repeat(depth)}${node.name}`);

test('groups as a tree, by name, each below its parent', () => {
  // PRF-27, DEV-147
  assert.deepEqual(shown([]), ['Elsewhere', 'Sites', '-Basel', '-Lyon', '--Accounting']);
  assert.deepEqual(shown(['2']), ['Elsewhere', 'Sites', '-Basel', '-Lyon']);
  assert.deepEqual(shown(['1']), ['Elsewhere', 'Sites']);
  assert.equal(branches(groups, new Set()).find(({ node }) => node.id === '1')?.children, 2);
});

test('a group is not put below itself', () => {
  assert.deepEqual(possibleParents(groups, '1').map(({ name }) => name), ['Elsewhere']);
  assert.deepEqual(possibleParents(groups, '3').map(({ name }) => name), ['Sites', 'Lyon', 'Basel', 'Elsewhere']);
  assert.equal(possibleParents(groups, undefined).length, 5);
});

test('a ring of parents ends', () => {
  const ring = [
    { id: '1', name: 'a', parent: '2' },
    { id: '2', name: 'b', parent: '1' },
  ];
  assert.deepEqual(branches(ring, new Set()), []);
  assert.deepEqual(possibleParents(ring, '1'), []);
});

test('states of the audit log: members as text', () => {
  // ACC-96
  assert.deepEqual([...members({ name: 'x', functions: ['a', 'b'], mail: { port: 25 }, on: true })], [['name', 'x'], ['functions', 'a\nb'], ['mail', '{\n "port": 25\n}'], ['on', 'true']]);
  assert.deepEqual([...members('cut off')], [['', 'cut off']]);
  assert.equal(members(null).size, 0);
  assert.equal(members('').size, 0);
});

test('browsers in few words', () => {
  assert.equal(browserName('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0'), 'Edge, Windows');
  assert.equal(browserName('Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0'), 'Firefox, Linux');
  assert.equal(browserName('Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1'), 'Safari, iOS');
  assert.equal(browserName('curl/8.0'), 'curl/8.0');
});
