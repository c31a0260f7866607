// The part of the stand-in that knows functions: packages that are uploaded in pieces, checked and
// installed with a restart, publishers, and what has happened. The name of a file says what becomes of
// it: "refused-…" is refused, "fails-…" is rolled back, "busy-…" meets running tasks, "slow-…" is
// checked slowly, "profiles-…" needs no restart.
const PIECE = 8 * 1024 * 1024;
const hour = 3600000;
const before = (hours) => new Date(Date.now() - hours * hour).toISOString();

const one = (name, title, version, more = {}) => ({
  name, title, version, kind: 'plugin', publisher: null, state: 'active', builtin: false, deletable: false, error: null,
  installed_at: null, previous: null, tables: [], functions: [], agents: { ok: 2, waiting: 0, failed: 0 }, ...more,
});

const functionsAtFirst = () => [
  one('platen', 'Platen', '0.1.0', { kind: 'core', builtin: true, agents: { ok: 1, waiting: 1, failed: 0 } }),
  one('printer-mib', 'Printer MIB', '0.1.0', { builtin: true }),
  one('hello', 'hello.title', '1.1.0', { publisher: 'Acme', deletable: true, installed_at: before(50), previous: '1.0.0', tables: ['hello_greeting', 'hello_answer'], functions: ['hello'], agents: { ok: 1, waiting: 1, failed: 1 } }),
  one('northwind', 'Northwind devices', '2.3.1', { publisher: 'Northwind Office Systems', deletable: true, state: 'failed', installed_at: before(200), error: 'northwind 2.3.1 needs tcp/2, this Platen has tcp/1', agents: null }),
  one('acme-profiles', 'Acme profiles', '7', { kind: 'profiles', publisher: 'Acme', deletable: true, installed_at: before(3) }),
];

const LICENSE = 'Licence of Acme\n\n1. You may use this package with Platen.\n2. There is no warranty.\n' + 'This paragraph fills the page. '.repeat(60);
const CHANGELOG = '1.2.0\n- greetings have a state\n- sends again what was not answered\n\n1.1.0\n- first that is signed\n';

export function functionPart({ find, HttpError, publish, hands }) {
  const functions = functionsAtFirst();
  const event = (hours, name, what, from, to, more = {}) => ({ name, at: before(hours), event: what, from, to, by: 'Administrator', code: null, text: '', ...more });
  const history = [
    event(200, 'northwind', 'installed', null, '2.3.1'),
    event(60, 'hello', 'installed', null, '1.0.0'),
    event(51, 'hello', 'refused', '1.0.0', '1.1.0', { code: 'signature', text: 'signed by 4f2a…91, which no publisher has' }),
    event(50, 'hello', 'installed', '1.0.0', '1.1.0'),
    event(3, 'acme-profiles', 'installed', null, '7'),
  ];
  const publishers = [
    { id: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08', name: 'Acme', added: before(2000), revoked: null, expires: null, state: 'trusted' },
    { id: '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752', name: 'Northwind Office Systems', added: before(5000), revoked: before(100), expires: null, state: 'revoked' },
    { id: '3fdba35f04dc8c462986c992bcf875546257113072a909c162f7e470e581e278', name: 'Initech', added: before(9000), revoked: null, expires: before(24), state: 'expired' },
  ];
  const uploads = [];
  let next = 1;
  let installation = null;
  let gone = false; // the server restarts

  const staged = (upload, more) => Object.assign(upload, { received: upload.size, ...more });
  const blank = (file_name, size, by = 'Administrator') => ({
    id: String(next++), file_name, size, received: 0, sha256: null, state: 'uploading', code: null, text: '', name: null, title: null, version: null,
    kind: null, publisher: null, signed: false, changes: null, license: null, changelog: null, at: new Date().toISOString(), by,
  });
  const record = (name, what, from, to, more = {}) => history.push({ ...event(0, name, what, from, to), at: new Date().toISOString(), ...more });

  // What the checks find, by the name of the file: "hello-1.2.0.ppk".
  function check(upload) {
    const [, name = 'hello', version = '1.0.0'] = /^([a-z-]+?)-(\d[\d.]*)\.ppk$/.exec(upload.file_name) ?? [];
    const old = functions.find((f) => f.name === name);
    if (name.startsWith('refused')) {
      staged(upload, { state: 'refused', code: 'signature', text: 'lib/x86_64/hello.so is not the file that was signed' });
      record(name, 'refused', null, version, { code: upload.code, text: upload.text });
    } else {
      const profiles = name.startsWith('profiles');
      staged(upload, {
        state: 'ready', name, version, title: old?.title ?? name, kind: profiles ? 'profiles' : name === 'platen' ? 'product' : 'plugin', publisher: 'Acme', signed: true,
        changes: { from: old?.version ?? null, to: version, tables: profiles ? [] : ['hello_greeting'], functions: profiles ? [] : ['hello', 'reports'], restart: !profiles, agents: true, migrations: profiles ? [] : [{ number: 2, name: 'place of a greeting' }, { number: 3, name: 'index of names' }] },
        license: profiles ? null : LICENSE, changelog: CHANGELOG,
      });
      record(name, 'ready', old?.version ?? null, version);
    }
    publish('function', { upload: upload.id });
  }

  function put(name, version, upload) {
    const old = functions.find((f) => f.name === name);
    const fresh = { title: upload?.title ?? old?.title ?? name, version, publisher: 'Acme', deletable: true, installed_at: new Date().toISOString(), previous: old?.version ?? null, state: 'active', error: null, agents: { ok: 0, waiting: 2, failed: 0 }, kind: upload?.kind ?? old?.kind ?? 'plugin' };
    if (old) {
      Object.assign(old, fresh);
    } else {
      functions.push(one(name, fresh.title, version, fresh));
    }
    record(name, 'installed', old?.previous ?? null, version);
  }

  // Steps as the server goes through them; with a restart it is away for a while and forgets who was
  // logged in.
  function install(names, { restart, fails, done }) {
    const steps = ['waiting', 'snapshot', 'migrating', 'switching', 'checking', 'keeping'];
    installation = { state: 'waiting', functions: names, text: '', started_at: new Date().toISOString() };
    const step = () => {
      if (!installation) {
        return; // cancelled
      }
      if (names.some((name) => name.startsWith('waits'))) {
        setTimeout(step, 700).unref(); // for ever
        return;
      }
      const at = steps.indexOf(installation.state);
      if (at < steps.length - 1) {
        installation.state = steps[at + 1];
        if (installation.state === 'switching' && restart) {
          gone = true;
          hands.silence();
          setTimeout(() => {
            gone = false;
            hands.forgetSessions();
          }, 4000).unref();
        }
        setTimeout(step, 700).unref();
        return;
      }
      if (gone) {
        setTimeout(step, 300).unref();
        return;
      }
      installation = null;
      if (fails) {
        for (const name of names) {
          record(name, 'rolled-back', '1.2.0', '1.1.0', { code: 'health', text: `${name} 1.2.0 did not register what it declares: task kind ${name}.greet` });
        }
      } else {
        done();
      }
      publish('function', { functions: names });
    };
    setTimeout(step, 700).unref();
  }

  const idle = () => {
    if (installation) {
      throw new HttpError(409, 'state', 'an installation is under way');
    }
  };

  const routes = [
    ['GET', '/functions', (c) => c.json(200, { items: functions, total: functions.length, installation })],
    ['GET', '/functions/history', (c) => c.json(200, { items: history, total: history.length, page: 1, size: 200 })],
    ['GET', '/functions/uploads', (c) => c.json(200, { items: uploads })],
    ['POST', '/functions/uploads', (c) => {
      if (!c.body.file_name.endsWith('.ppk')) throw new HttpError(422, 'inval', 'a value cannot be used', [{ pointer: '/file_name', code: 'pattern', detail: 'the file is no .ppk' }]);
      const upload = { ...blank(c.body.file_name, c.body.size), sha256: c.body.sha256 ?? null };
      uploads.push(upload);
      c.json(201, upload);
    }],
    ['GET', '/functions/uploads/:id', (c) => c.json(200, find(uploads, c.id, 'upload'))],
    ['PUT', '/functions/uploads/:id', (c) => {
      const upload = find(uploads, c.id, 'upload');
      const offset = Number(new URL(c.req.url, 'http://localhost').searchParams.get('offset'));
      if (c.raw.length > PIECE) throw new HttpError(413, 'too-large', `${c.raw.length} octets, at most ${PIECE}`);
      if (offset !== upload.received) throw new HttpError(409, 'state', `${upload.received} octets were received, not ${offset}`);
      upload.received += c.raw.length;
      if (upload.received === upload.size) {
        upload.state = 'checking';
        setTimeout(() => check(upload), upload.file_name.startsWith('slow') ? 3000 : 200).unref();
      }
      c.json(200, { received: upload.received });
    }],
    ['DELETE', '/functions/uploads/:id', (c) => { uploads.splice(uploads.indexOf(find(uploads, c.id, 'upload')), 1); c.empty(204); }],
    ['POST', '/functions/install', (c) => {
      idle();
      const chosen = c.body.uploads.map((id) => find(uploads, id, 'upload'));
      if (chosen.some((u) => u.state !== 'ready')) throw new HttpError(409, 'state', 'an upload is not ready');
      if (!c.body.accept_license) throw new HttpError(422, 'inval', 'the licence was not accepted', [{ pointer: '/accept_license', code: 'required' }]);
      if (c.body.when_busy !== 'wait' && chosen.some((u) => u.name.startsWith('busy'))) throw new HttpError(409, 'state', '1 run is not over', [{ pointer: '/runs/45', code: 'busy', detail: 'Monitor Printers' }]);
      install(chosen.map((u) => u.name), {
        restart: chosen.some((u) => u.changes.restart),
        fails: chosen.some((u) => u.name.startsWith('fails')),
        done: () => chosen.forEach((u) => put(u.name, u.version, u)),
      });
      chosen.forEach((u) => uploads.splice(uploads.indexOf(u), 1));
      c.json(202, {});
    }],
    ['POST', '/functions/cancel', (c) => {
      if (installation?.state !== 'waiting') throw new HttpError(409, 'state', 'no installation waits for tasks', [{ pointer: '', code: 'not-waiting' }]);
      installation.functions.forEach((name) => record(name, 'cancelled', null, '1.0.0'));
      const names = installation.functions;
      installation = null;
      publish('function', { functions: names });
      c.empty(204);
    }],
    ['GET', '/functions/:id', (c) => {
      const found = functions.find((f) => f.name === c.id);
      if (!found) throw new HttpError(404, 'not-found', `there is no function ${c.id}`);
      c.json(200, { ...found, history: history.filter((e) => e.name === c.id) });
    }],
    ['POST', '/functions/:id/rollback', (c) => {
      idle();
      const found = functions.find((f) => f.name === c.id);
      if (!found?.previous) throw new HttpError(409, 'state', 'there is no version before');
      install([c.id], { restart: true, done: () => { record(c.id, 'rolled-back', found.version, found.previous); Object.assign(found, { version: found.previous, previous: null }); } });
      c.empty(202);
    }],
    ['DELETE', '/functions/:id', (c) => {
      idle();
      const found = functions.find((f) => f.name === c.id);
      hands.deleted = { name: c.id, data: new URL(c.req.url, 'http://localhost').searchParams.get('data') };
      install([c.id], { restart: true, done: () => { functions.splice(functions.indexOf(found), 1); record(c.id, 'removed', found.version, null); } });
      c.empty(202);
    }],
    ['GET', '/publishers', (c) => c.json(200, { items: publishers, total: publishers.length })],
    ['POST', '/publishers', (c) => {
      if (!/BEGIN PUBLIC KEY/.test(c.body.key)) throw new HttpError(422, 'inval', 'a value cannot be used', [{ pointer: '/key', code: 'key', detail: 'this is no Ed25519 public key in PEM form' }]);
      const publisher = { id: 'ab'.repeat(32), name: c.body.name, added: new Date().toISOString(), revoked: null, expires: c.body.expires ?? null, state: 'trusted' };
      publishers.push(publisher);
      c.json(201, publisher);
    }],
    ['DELETE', '/publishers/:id', (c) => { Object.assign(find(publishers, c.id, 'publisher'), { revoked: new Date().toISOString(), state: 'revoked' }); c.empty(204); }],
  ];
  return {
    routes,
    isAway: () => gone,
    // Packages at every stage, for the pages to be looked at.
    stage() {
      for (const name of ['hello-1.2.0.ppk', 'profiles-acme-8.ppk', 'refused-hello-3.0.0.ppk']) {
        const upload = blank(name, 5 * 1024 * 1024);
        uploads.push(upload);
        check(upload);
      }
      uploads.push({ ...blank('northwind-2.4.0.ppk', 70 * 1024 * 1024), received: 24 * 1024 * 1024 });
      uploads.push({ ...blank('slow-thing-1.0.0.ppk', 1024 * 1024), received: 1024 * 1024, state: 'checking' });
    },
  };
}
