// The part of the stand-in that has plugins' pages: a plugin "hello" with lists of a table and of an
// operation, forms, actions, a report and a panel, and its catalogue in two languages, with a hole.
const when = (minutes) => new Date(Date.now() - minutes * 60000).toISOString();
const column = (id, type, more = {}) => ({ id, type, title: `hello.${id}`, ...more });

const greetings = {
  id: 'greetings', menu: 'data', title: 'hello.greetings', access: 'device-manager', function: 'hello',
  list: {
    table: 'hello_greeting', key: 'id', device: 'device',
    columns: [
      column('text', 'text', { search: true }), column('state', 'choice', { choices: ['new', 'sent', 'lost'] }), column('device', 'device'),
      column('sent', 'time'), column('tries', 'number'), column('heard', 'percent'), column('note', 'text', { hidden: true }),
    ],
    sort: '-sent',
  },
  create: { operation: 'hello.add' }, edit: { operation: 'hello.edit' },
  detail: { columns: ['text', 'state', 'device', 'sent', 'heard'], lists: [{ page: 'answers', filter: 'greeting' }, { page: 'words', filter: 'of' }, { page: 'gone', filter: 'greeting' }] },
  actions: [
    { id: 'again', title: 'hello.again', operation: 'hello.again', on: 'rows' },
    { id: 'delete', title: 'hello.delete', operation: 'hello.delete', on: 'rows', confirm: 'hello.sure' },
    { id: 'forward', title: 'hello.forward', operation: 'hello.forward', on: 'rows' },
    { id: 'secret', title: 'hello.secret', operation: 'hello.not-for-me', on: 'rows' },
    { id: 'clear', title: 'hello.clear', operation: 'hello.clear', on: 'page', confirm: 'hello.sure' },
    { id: 'take', title: 'hello.take', operation: 'hello.take', on: 'page' },
    { id: 'file', title: 'hello.file', download: 'hello.file', on: 'row' },
    { id: 'restart', title: 'hello.restart', task: 'device.restart', on: 'devices' },
  ],
};
const answers = {
  id: 'answers', menu: 'data', title: 'hello.answers', access: 'user',
  list: { table: 'hello_answer', key: 'id', columns: [column('answer', 'text', { search: true }), column('greeting', 'number'), column('at', 'time')], sort: '-at' },
};
// Of an operation that is asked for the rows of one greeting; in no menu.
const wordsOf = {
  id: 'words', menu: 'none', title: 'hello.words', access: 'user',
  list: { operation: 'hello.words', key: 'word', columns: [column('word', 'text'), column('of', 'text', { hidden: true })] },
};
const settings = {
  id: 'settings', menu: 'system', title: 'hello.settings', access: 'system-manager',
  list: { operation: 'hello.settings', key: 'name', columns: [column('name', 'text'), column('value', 'text')] },
};

const text = (title, more = {}) => ({ type: 'string', title, maxLength: 200, ...more });
const object = (properties, required = []) => ({ type: 'object', properties, required, additionalProperties: false });
const form = { text: text('hello.text', { minLength: 2 }), state: { type: 'string', enum: ['new', 'sent', 'lost'], title: 'hello.state', default: 'new' }, tries: { type: 'integer', title: 'hello.tries', minimum: 1, maximum: 9, default: 3, description: 'hello.tries_help' } };
const ids = { ids: { type: 'array', items: { type: 'string' } } };
const schemas = {
  'hello.add': object(form, ['text']),
  'hello.edit': object({ id: { type: 'string' }, ...form }, ['id', 'text']),
  'hello.again': object(ids, ['ids']),
  'hello.delete': object(ids, ['ids']),
  'hello.forward': object({ ...ids, to: text('hello.to', { minLength: 1 }) }, ['ids', 'to']),
  'hello.clear': object({}),
  'hello.take': object({ content: { type: 'string', format: 'file', contentEncoding: 'base64', maxLength: 4000, title: 'hello.content' }, password: { type: 'string', writeOnly: true, maxLength: 100, title: 'hello.password' } }, ['content', 'password']),
  'hello.file': object({ id: { type: 'string' } }, ['id']),
};

const words = {
  en: { title: 'Greetings of Acme', greetings: 'Greetings', answers: 'Answers', settings: 'Settings of greetings', text: 'Text', state: 'State', 'state.new': 'New', 'state.sent': 'Sent', 'state.lost': 'Lost', device: 'Device', sent: 'Sent at', tries: 'Tries', tries_help: 'How often it is sent.', heard: 'Heard', note: 'Note', again: 'Send again', delete: 'Delete', sure: 'They are gone then, with their answers.', forward: 'Forward', to: 'To', clear: 'Clear', restart: 'Restart devices', take: 'Take a file', content: 'File', password: 'Password', file: 'Save as a file', words: 'Words', word: 'Word', of: 'Of', answer: 'Answer', greeting: 'Greeting', at: 'At', name: 'Name', value: 'Value', report: 'Greetings by device', latest: 'Latest greetings' },
  de: { title: 'Grüße von Acme', greetings: 'Grüße', answers: 'Antworten', settings: 'Einstellungen der Grüße', text: 'Text', state: 'Zustand', 'state.new': 'Neu', 'state.sent': 'Gesendet', 'state.lost': 'Verloren', device: 'Gerät', sent: 'Gesendet am', tries: 'Versuche', tries_help: 'So oft wird er gesendet.', heard: 'Gehört', note: 'Notiz', again: 'Noch einmal senden', delete: 'Löschen', sure: 'Sie sind dann weg, mit ihren Antworten.', forward: 'Weiterleiten', to: 'An', clear: 'Leeren', restart: 'Geräte neu starten', take: 'Datei übernehmen', content: 'Datei', password: 'Passwort', file: 'Als Datei speichern', words: 'Wörter', word: 'Wort', of: 'Von', answer: 'Antwort', greeting: 'Gruß', at: 'Am', name: 'Name', report: 'Grüße nach Gerät', latest: 'Letzte Grüße' },
};
const catalogue = (language) => Object.fromEntries(Object.entries(words[language] ?? {}).map(([key, value]) => [`hello.${key}`, value]));

export const pageFields = {
  greetings: 'id text state sent tries heard note',
  answers: 'id answer greeting at',
  settings: 'id name value',
  words: 'id word of',
};

const roles = ['user', 'device-manager', 'system-manager'];
const maySee = ({ role, functions }, page) => roles.indexOf(role) >= roles.indexOf(page.access) && (role !== 'device-manager' || !page.function || functions.includes(page.function));

export function pagePart({ find, list, HttpError, devices, whoOf }) {
  const rows = Array.from({ length: 260 }, (_, n) => ({
    id: String(n + 1), text: `Good morning no. ${n + 1}`, state: ['new', 'sent', 'lost'][n % 3],
    device: n % 4 === 3 ? null : { id: devices[n % devices.length]?.id ?? '1', name: devices[n % devices.length]?.name || 'prn' },
    sent: n % 3 === 0 ? null : when(n * 90), tries: n % 5, heard: (n * 7) % 101, note: n % 9 ? null : 'By hand',
  }));
  const replies = rows.flatMap((row, n) => Array.from({ length: n % 3 }, (_, k) => ({ id: `${row.id}0${k}`, answer: `Answer ${k + 1} to no. ${row.id}`, greeting: Number(row.id), at: when(n * 80 - k) })));
  const facts = [{ id: 'sender', name: 'sender', value: 'Platen' }, { id: 'hours', name: 'hours', value: '08:00-18:00' }];
  const done = [];
  let next = 1000;
  const wrong = (pointer, code, detail) => new HttpError(422, 'inval', 'a value cannot be used', [{ pointer, code, detail }]);
  const check = (body) => {
    if (body.text === 'forbidden') throw wrong('/text', 'pattern', 'this is no greeting');
  };
  const operations = {
    'hello.add': (body) => { check(body); rows.unshift({ id: String(next++), device: null, sent: null, heard: null, note: null, ...body }); return { id: String(next - 1) }; },
    'hello.edit': ({ id, ...body }) => { check(body); Object.assign(find(rows, id, 'greeting'), body); return {}; },
    'hello.again': () => ({ run: '45' }),
    'hello.forward': () => ({}),
    'hello.delete': (body) => { body.ids.forEach((id) => rows.splice(rows.indexOf(find(rows, id, 'greeting')), 1)); return {}; },
    'hello.take': () => ({}),
    'hello.file': ({ id }) => ({ name: `greeting-${id}.txt`, type: 'text/plain', base64: Buffer.from(find(rows, id, 'greeting').text).toString('base64') }),
    'hello.clear': () => { rows.length = 0; return {}; },
  };
  return {
    done,
    routes: [
      ['GET', '/pages', (c) => c.json(200, { items: [greetings, answers, settings, wordsOf].filter((page) => maySee(whoOf(c), page)).map((page) => ({ ...page, plugin: 'hello', path: `/hello/${page.id}`, schemas: page.id === 'greetings' ? schemas : {} })) })],
      ['GET', '/catalogues/:id', (c) => c.json(200, catalogue(c.id), { 'Cache-Control': 'no-cache', ETag: `"${c.id}"` })],
      ['GET', '/hello/greetings', list(rows)],
      ['GET', '/hello/greetings/:id', (c) => c.json(200, find(rows, c.id, 'greeting'))],
      ['GET', '/hello/answers', list(replies)],
      ['GET', '/hello/answers/:id', (c) => c.json(200, find(replies, c.id, 'answer'))],
      ['GET', '/hello/words', list(rows.flatMap((row) => row.text.split(' ').map((word) => ({ id: word, word, of: row.id }))))],
      ['GET', '/hello/words/:id', (c) => c.json(200, { id: c.id, word: c.id, of: '3' })],
      ['GET', '/hello/settings', list(facts)],
      ['GET', '/hello/settings/:id', (c) => c.json(200, find(facts, c.id, 'setting'))],
      ['POST', '/operations/:id', (c) => {
        const run = operations[c.id];
        if (!run) throw new HttpError(404, 'not-found', `there is no operation ${c.id}`);
        done.push({ operation: c.id, body: c.body });
        c.json(200, run(c.body));
      }],
    ],
  };
}
