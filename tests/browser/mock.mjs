// A stand-in for the server while pages are made and for the page tests: docs/rest.md over a fleet
// in memory. Nothing of it is part of the product.
//
//   node mock.mjs WEB_FOLDER [--port=N] [--devices=N] [--fresh]      --fresh: before the set-up
import { createServer } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import { accessFields, accessPart } from './mock-access.mjs';
import { boardPart } from './mock-boards.mjs';
import { functionPart } from './mock-functions.mjs';
import { pageFields, pagePart } from './mock-pages.mjs';
import { taskFields, taskPart } from './mock-tasks.mjs';
import { ago, alertsOf, historyOf, makeDevice, spellsOf, statusOf, verdictsOf } from './fleet.mjs';

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml' };
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

class HttpError extends Error {
  constructor(status, code, detail = '', errors = []) {
    super(detail);
    Object.assign(this, { status, code, detail, errors });
  }
}

const order = { severity: ['normal', 'warning', 'error', 'service'], power: ['on', 'off', 'no-response', 'conflict', 'unknown'] };

function test(row, field, op, value) {
  if (op === 'in') {
    return value.split(',').some((one) => test(row, field, 'eq', one));
  }
  if (field === 'alert') {
    return (row.alerts ?? []).some((a) => test({ text: a.text }, 'text', op, value));
  }
  const own = field === 'region' ? row.region?.id : field === 'group' ? row.groups?.[0]?.id : row[field];
  if (op === 'empty') {
    return (own === null || own === undefined || own === '') === (value === 'true');
  }
  if (typeof own === 'number') {
    const n = Number(value);
    return { eq: own === n, ne: own !== n, lt: own < n, le: own <= n, gt: own > n, ge: own >= n }[op] ?? false;
  }
  const a = String(own ?? '').toLowerCase();
  const b = value.toLowerCase();
  return {
    eq: a === b, ne: a !== b, begins: a.startsWith(b), ends: a.endsWith(b), contains: a.includes(b),
    lt: a < b, le: a <= b, gt: a > b, ge: a >= b,
  }[op];
}

function compare(a, b, field) {
  if (order[field]) {
    return order[field].indexOf(a[field]) - order[field].indexOf(b[field]);
  }
  const [x, y] = [a[field] ?? '', b[field] ?? ''];
  return typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y));
}

// What the server can filter and sort by; anything else it refuses, and so does this.
const deviceFields = 'id name address hostname manufacturer model serial mac firmware location contact comment agent managed power severity page_count supply_lowest first_seen last_seen alert region group';
const allowed = {
  devices: deviceFields,
  runs: 'id task kind name builtin state created started ended mode halted',
  targets: 'id device agent address name state code started ended wave',
  verdicts: 'id address hostname decision code protocol driver evidence at',
  agents: 'id name active version last_seen',
  'device-credentials': 'id kind description',
  tokens: 'id name role user created expires last_used',
  history: 'id since until severity code text',
  alerts: 'id since until severity code text',
  spells: 'id start end power severity',
  ...accessFields,
  ...taskFields,
  ...pageFields,
};
const resultStates = ['success', 'warning', 'error', 'timeout', 'cancelled', 'skipped'];

function check(kind, field, value) {
  const fits = (allowed[kind] ?? '').split(' ').includes(field);
  if (!fits || (kind === 'targets' && field === 'state' && value !== undefined && !resultStates.includes(value))) {
    throw new HttpError(422, 'inval', `'${field}' cannot be asked for here`, [{ pointer: `/${field}`, code: 'field', detail: `not ${value ?? field}` }]);
  }
}

function select(rows, query, kind) {
  const groups = new Map();
  for (const text of query.getAll('f')) {
    const [field, op, ...rest] = text.split(':');
    check(kind, field, rest.join(':'));
    groups.set(field, [...(groups.get(field) ?? []), [op, rest.join(':')]]);
  }
  let found = rows.filter((row) => [...groups].every(([field, conditions]) => conditions.some(([op, value]) => test(row, field, op, value))));
  const q = (query.get('q') ?? '').toLowerCase();
  if (q) {
    found = found.filter((row) => ['name', 'address', 'hostname', 'serial', 'model', 'text', 'answer'].some((f) => String(row[f] ?? '').toLowerCase().includes(q)));
  }
  for (const key of (query.get('sort') ?? '').split(',').filter(Boolean).reverse()) {
    const down = key.startsWith('-');
    check(kind, key.replace('-', ''));
    found = [...found].sort((a, b) => compare(a, b, key.replace('-', '')) * (down ? -1 : 1));
  }
  return found;
}

function pick(row, fields) {
  return fields ? Object.fromEntries(Object.entries(row).filter(([name]) => name === 'id' || fields.includes(name))) : row;
}

export function startMock({ web, port = 0, devices: count = 250, fresh = false }) {
  const devices = Array.from({ length: count }, (_, i) => makeDevice(i));
  let hidden = fresh; // devices appear with the first discovery
  let setUp = !fresh;
  const streams = new Set();
  const versions = new Map();
  let eventId = 0;
  let nextRun = 40;
  const agents = [
    { id: 'local', name: 'Local agent', local: true, active: true, status: 'normal', version: '0.1.0', address: '127.0.0.1', ranges: fresh ? [] : ['10.0.0.0/16', '10.1.0.10-10.1.0.99'], hosts: [], port: { snmp: 161, ipp: 631 }, devices: 0, last_seen: ago(0), drivers: [{ id: 'printer-mib', version: '0.1.0' }, { id: 'ipp', version: '0.1.0' }], functions: [{ name: 'printer-mib', version: '0.1.0', state: 'active', error: null, crashes: 0, quarantined_until: null }, { name: 'ipp', version: '0.1.0', state: 'active', error: null, crashes: 0, quarantined_until: null }] },
  ];
  if (!fresh) {
    const troubled = [{ name: 'hello', version: '1.0.0', state: 'active', error: 'hello 1.1.0 does not load: it needs glibc 2.38', crashes: 0, quarantined_until: null }, { name: 'northwind', version: '2.3.1', state: 'quarantined', error: null, isolated: true, crashes: 5, died: 'signal 11 (SIGSEGV)', quarantined_until: ago(-12) }];
    agents.push({ ...agents[0], id: '2', name: 'Lyon', functions: [...agents[0].functions, ...troubled], local: false, status: 'no-response', address: '192.0.2.17', ranges: ['10.20.0.0/24'], last_seen: ago(95) });
    agents.push({ ...agents[0], id: '3', name: 'Torino', local: false, active: false, status: 'inactive', address: '', version: '', ranges: [], drivers: [], functions: [], last_seen: null, activation_key: 'PLAK-7Q2M-93XD-K1RB' });
  }
  const credentials = fresh ? [] : [
    { id: '1', kind: 'snmpv1', description: 'Standard community', agents: [], set: { community: true } },
    { id: '2', kind: 'snmpv3', description: 'Lyon', agents: ['2'], user: 'platen', auth: 'sha256', priv: 'aes128', context: '', set: { auth_password: true, priv_password: true } },
    { id: '3', kind: 'user', description: '', agents: [], user: 'admin', domain: 'EXAMPLE', set: { password: true } },
  ];
  const tokens = fresh ? [] : [{ id: '1', name: 'Reporting', user: 'Anna', role: 'user', expires: '2027-01-01T00:00:00Z', all_regions: true, regions: [] }, { id: '2', name: 'Ansible', user: 'Administrator', role: 'device-manager', functions: ['devices', 'tasks'], all_regions: false, regions: ['1'], expires: null }];
  const builtIn = [['1', 'device.monitor', 'Monitor Printers', 5], ['2', 'device.information', 'Retrieve Printer Information', 1440], ['3', 'device.counters', 'Retrieve Counter Information', 1440]]
    .map(([id, kind, name, minutes], n) => ({ id, kind, name, active: n < 2, schedule: minutes < 1440 ? { when: 'every', unit: 'minutes', step: minutes } : { when: 'every', unit: 'day', step: 1, time: '02:00', zone: 'Europe/Zurich' }, last_run: null, next: new Date(Date.now() + minutes * 30000).toISOString() }));
  const runs = [];
  const targets = new Map();
  const playing = new Set();

  const visible = () => (hidden ? [] : devices);
  const tally = (field, values) => Object.fromEntries(values.map((v) => [v, visible().filter((d) => d[field] === v).length]));
  const dashboard = () => ({
    devices: visible().length, severity: tally('severity', order.severity), power: tally('power', order.power),
    agents: agents.map(({ id, name, status }) => ({ id, name, status })),
    runs: { running: runs.filter((r) => r.state === 'running').length },
  });
  const withCount = (a) => ({ ...a, devices: visible().filter((d) => d.agent === a.id).length });

  function publish(name, data) {
    eventId += 1;
    for (const s of streams) {
      s.write(`id: ${eventId}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    }
  }

  function addRun(kind, name, rows, state = 'running', more = {}) {
    const run = { id: String(nextRun++), task: more.task ?? null, kind, name, state, created: new Date().toISOString(), started: new Date().toISOString(), ended: null, counts: { total: rows.length, waiting: rows.length }, progress: 0, text: '', builtin: more.task !== undefined, ...more };
    targets.set(run.id, rows);
    runs.unshift(run);
    recount(run);
    return run;
  }

  function recount(run) {
    const rows = targets.get(run.id);
    run.counts = { total: rows.length };
    for (const row of rows) {
      run.counts[row.state] = (run.counts[row.state] ?? 0) + 1;
    }
    const open = (run.counts.waiting ?? 0) + (run.counts.running ?? 0);
    run.progress = rows.length ? Math.round(((rows.length - open) / rows.length) * 100) : 100;
  }

  const outcomes = [['success', 'ok', ''], ['success', 'ok', ''], ['success', 'ok', ''], ['success', 'ok', ''], ['timeout', 'timeout', 'no answer from 161/udp in 3 tries'], ['success', 'ok', ''], ['error', 'auth', 'authorizationError: the device refused user platen']];
  const row = (d, n, state = 'waiting') => ({ id: String(n + 1), device: d.id, agent: d.agent, address: d.address, name: d.name || d.address, state, code: null, text: '', started: null, ended: null, wave: 0, params: {}, changes: [] });

  function play(run) {
    const rows = targets.get(run.id);
    if (playing.has(run.id)) {
      return;
    }
    playing.add(run.id);
    const timer = setInterval(() => {
      const open = rows.filter((r) => r.state === 'waiting' || r.state === 'running');
      if (run.halted && run.state !== 'cancelled') {
        return;
      }
      if (run.state === 'cancelled' || open.length === 0) {
        clearInterval(timer);
        run.state = run.state === 'cancelled' ? 'cancelled' : ['timeout', 'error', 'warning'].find((s) => run.counts[s]) ?? 'success';
        run.ended = new Date().toISOString();
        if (run.kind === 'device.discover') {
          hidden = false;
          publish('device', { count: count, ids: devices.slice(0, 100).map((d) => d.id) });
        }
        publish('run', run);
        publish('summary', dashboard());
        return;
      }
      for (const r of open.slice(0, Math.max(1, Math.ceil(rows.length / 5)))) {
        const [state, code, text] = run.kind === 'device.discover' || run.mode === 'preview' ? outcomes[0] : outcomes[(Number(r.id) + 3) % outcomes.length];
        Object.assign(r, { state, code, text, ended: new Date().toISOString() });
      }
      recount(run);
      publish('target-result', { run: run.id, counts: run.counts, targets: open.slice(0, 20).map((r) => r.id) });
      if (run.kind === 'device.discover') {
        const done = rows.filter((r) => r.state === 'success').length;
        run.search = { done: done * 5, total: rows.length * 5, found: done };
      }
      publish('run', run);
    }, 250);
    timer.unref();
  }

  if (!fresh) {
    const done = (n, kind, name, state, minutes) => {
      const rows = devices.slice(0, 40).map((d, i) => {
        const [s, code, text] = outcomes[(i + n) % outcomes.length];
        return { ...row(d, i), state: state === 'success' ? 'success' : s, code: state === 'success' ? 'ok' : code, text: state === 'success' ? '' : text, ended: ago(minutes - 1) };
      });
      addRun(kind, name, rows, state, { created: ago(minutes), started: ago(minutes), ended: ago(minutes - 2) });
    };
    done(0, 'device.discover', 'Discovery of the new building', 'success', 4000);
    done(1, 'device.information', 'Retrieve Printer Information', 'error', 1500);
    done(2, 'device.counters', '', 'timeout', 700);
    done(3, 'device.monitor', 'Monitor Printers', 'cancelled', 300);
    const rows = devices.slice(0, 200).map((d, i) => ({ ...row(d, i, i < 90 ? 'success' : i < 96 ? 'timeout' : i < 100 ? 'error' : i < 110 ? 'running' : 'waiting'), code: i < 90 ? 'ok' : i < 96 ? 'timeout' : i < 100 ? 'auth' : null, text: i >= 96 && i < 100 ? 'authorizationError: the device refused user platen' : '', ended: i < 100 ? ago(1) : null }));
    const held = devices.slice(0, 100).map((d, i) => ({ ...row(d, i, i < 12 ? 'success' : i < 15 ? 'error' : 'waiting'), wave: i < 5 ? 0 : 1 + Math.floor(i / 30), code: i < 12 ? 'ok' : i < 15 ? 'device' : null, text: i >= 12 && i < 15 ? 'notWritable: prtGeneralReset' : '', started: i < 15 ? ago(9) : null, ended: i < 15 ? ago(8) : null, params: i < 15 ? { uptime: 12 + i } : {}, changes: i < 12 ? [{ path: 'sysLocation', from: d.location, to: 'HQ 3rd floor' }] : [] }));
    addRun('device.edit', 'New locations', held, 'running', { started: ago(10), created: ago(10), task: '1', builtin: false, mode: 'execute', halted: ago(8), wave: 1, waves: 4, next_wave_at: ago(-9), changed: 12, note: 'newer-definition', rollout: { canary: { count: 5 }, batch: { count: 30 }, halt: { count: 3 } } });
    addRun('device.monitor', 'Monitor Printers', rows, 'running', { started: ago(3), created: ago(3), task: '1' });
    builtIn[0].last_run = runs[0].id;
    builtIn[1].last_run = runs[4].id;
  }

  const tag = (key) => `"${versions.get(key) ?? 1}"`;
  const bump = (key) => versions.set(key, (versions.get(key) ?? 1) + 1);

  // ---- routes: [method, pattern, handler(context)] ----
  const find = (rows, id, what) => {
    const found = rows.find((r) => r.id === id);
    if (!found) {
      throw new HttpError(404, 'not-found', `there is no ${what} ${id}`);
    }
    return found;
  };
  const list = (rows) => (c) => c.list(typeof rows === 'function' ? rows(c) : rows);
  const versioned = (key, value) => (c) => c.json(200, value(c), { ETag: tag(key(c)) });
  const guarded = (c, key) => {
    const wanted = c.req.headers['if-match'];
    if (wanted && wanted !== tag(key)) {
      throw new HttpError(412, 'conflict', 'somebody else changed it first');
    }
    bump(key);
  };
  const access = accessPart({ find, list, versioned, guarded, tag, HttpError, visible });
  const work = taskPart({ find, list, versioned, guarded, HttpError, devices, runs, targets, addRun, play, row, publish, fresh });
  const hands = {
    deleted: undefined, // the last function that was, and what became of its data
    silence: () => streams.forEach((s) => s.end()),
    forgetSessions: access.hands.endSessions,
  };
  const parts = functionPart({ find, HttpError, publish, hands });
  const plugins = pagePart({ find, list, HttpError, devices, whoOf: access.whoOf });

  const routes = [
    ...work.routes,
    ...parts.routes,
    ...plugins.routes,
    ...access.routes,
    ...boardPart({ visible, tag, guarded, HttpError }),
    ['GET', '/setup', (c) => c.json(200, { needed: !setUp })],
    ['POST', '/setup', (c) => {
      if (setUp) throw new HttpError(409, 'state', 'the first administrator exists already');
      if (c.body.token !== 'sesame') throw new HttpError(403, 'forbidden', 'this is not the set-up token');
      if (!/@/.test(c.body.email)) throw new HttpError(422, 'inval', '', [{ pointer: '/email', code: 'pattern', detail: 'not an e-mail address' }]);
      setUp = true;
      c.json(201, {});
    }],
    ['GET', '/tokens', list(tokens)],
    ['POST', '/tokens', (c) => {
      const token = { id: String(tokens.length + 10), user: 'Administrator', ...c.body };
      tokens.push(token);
      c.json(201, { ...token, token: 'plt_6fUe2rM0vTqk8yZ1aXw3' });
    }],
    ['DELETE', '/tokens/:id', (c) => { tokens.splice(tokens.indexOf(find(tokens, c.id, 'token')), 1); c.empty(204); }],
    ['GET', '/agents', list(() => agents.map(withCount))],
    ['POST', '/agents', (c) => {
      const agent = { ...agents[0], id: String(agents.length + 10), name: c.body.name, local: false, status: 'inactive', active: false, ranges: [], drivers: [], functions: [], version: '', address: '', last_seen: null, activation_key: 'PLAK-1A2B-3C4D-5E6F' };
      agents.push(agent);
      c.json(201, agent);
    }],
    ['GET', '/agents/:id', versioned((c) => `agent${c.id}`, (c) => withCount(find(agents, c.id, 'agent')))],
    ['PATCH', '/agents/:id', (c) => {
      const agent = find(agents, c.id, 'agent');
      (c.body.ranges ?? []).forEach((r, i) => {
        if (r.startsWith('0.')) throw new HttpError(422, 'inval', '1 value cannot be used', [{ pointer: `/ranges/${i}`, code: 'range', detail: `${r} is no address of a device` }]);
      });
      guarded(c, `agent${c.id}`);
      Object.assign(agent, c.body);
      c.json(200, agent, { ETag: tag(`agent${c.id}`) });
    }],
    ['DELETE', '/agents/:id', (c) => { agents.splice(agents.indexOf(find(agents, c.id, 'agent')), 1); c.empty(204); }],
    ['POST', '/agents/:id/functions/:sub/release', (c) => {
      const one = find(agents, c.id, 'agent').functions.find((f) => f.name === c.sub);
      Object.assign(one, { state: 'active', crashes: 0, quarantined_until: null });
      c.empty(202);
    }],
    ['GET', '/agents/:id/verdicts', list(() => (hidden ? [] : verdictsOf(devices)))],
    ['GET', '/device-credentials', list(credentials)],
    ['POST', '/device-credentials', (c) => {
      const { community, auth_password: a, priv_password: p, password, ...rest } = c.body;
      const one = { id: String(credentials.length + 10), description: '', agents: [], ...rest, set: { community: !!community, auth_password: !!a, priv_password: !!p, password: !!password } };
      credentials.push(one);
      c.json(201, one);
    }],
    ['GET', '/device-credentials/:id', versioned((c) => `credential${c.id}`, (c) => find(credentials, c.id, 'credential'))],
    ['PATCH', '/device-credentials/:id', (c) => { guarded(c, `credential${c.id}`); Object.assign(find(credentials, c.id, 'credential'), c.body); c.json(200, {}); }],
    ['DELETE', '/device-credentials/:id', (c) => { credentials.splice(credentials.indexOf(find(credentials, c.id, 'credential')), 1); c.empty(204); }],
    ['GET', '/devices', list(visible)],
    ['POST', '/devices', (c) => {
      const run = addRun('device.discover', `Find ${c.body.address}`, [row(devices[0], 0)]);
      play(run);
      c.json(202, { run: run.id });
    }],
    ['GET', '/devices/:id', versioned((c) => `device${c.id}`, (c) => find(visible(), c.id, 'device'))],
    ['PATCH', '/devices/:id', (c) => {
      guarded(c, `device${c.id}`);
      Object.assign(find(devices, c.id, 'device'), c.body);
      publish('device', { count: 1, ids: [c.id] });
      c.json(200, find(devices, c.id, 'device'));
    }],
    ['DELETE', '/devices/:id', (c) => { devices.splice(devices.indexOf(find(devices, c.id, 'device')), 1); c.empty(204); }],
    ['GET', '/devices/:id/status', (c) => c.json(200, statusOf(find(visible(), c.id, 'device')))],
    ['GET', '/devices/:id/history', list((c) => historyOf(find(devices, c.id, 'device')))],
    ['GET', '/devices/:id/spells', list(() => spellsOf())],
    ['GET', '/devices/:id/supplies', (c) => c.json(200, { items: find(devices, c.id, 'device').supplies })],
    ['GET', '/devices/:id/counters', (c) => c.json(200, { items: [['total', 'impressions', 'prtMarkerLifeCount'], ['mono', 'impressions', 'vendor:northwind'], ['copy.color', 'impressions', 'vendor:northwind'], ['scan', 'scans', 'vendor:northwind'], ['staples', 'items', 'vendor:northwind']].map(([key, unit, source], n) => ({ key, unit, source, value: 412345 - n * 70001, at: ago(600) })) })],
    ['GET', '/built-in-tasks', list(builtIn)],
    ['PATCH', '/built-in-tasks/:id', (c) => c.json(200, Object.assign(find(builtIn, c.id, 'task'), c.body))],
    ['POST', '/built-in-tasks/:id/run', (c) => {
      const task = find(builtIn, c.id, 'task');
      const run = addRun(task.kind, task.name, devices.slice(0, 60).map((d, n) => row(d, n)), 'running', { task: task.id });
      play(run);
      c.json(202, { run: run.id });
    }],
    ['GET', '/runs', list(runs)],
    ['GET', '/runs/:id', (c) => c.json(200, find(runs, c.id, 'run'))],
    ['POST', '/runs/:id/cancel', (c) => {
      const run = find(runs, c.id, 'run');
      targets.get(run.id).filter((r) => r.state === 'waiting').forEach((r) => (r.state = 'cancelled'));
      recount(run);
      run.state = 'cancelled';
      run.halted = null;
      run.ended = new Date().toISOString();
      publish('run', run);
      c.empty(202);
    }],
    ['GET', '/runs/:id/targets', list((c) => targets.get(find(runs, c.id, 'run').id).filter((r) => resultStates.includes(r.state)))],
    ['GET', '/alerts', list(() => alertsOf(visible()))],
    ['GET', '/dashboard', (c) => c.json(200, dashboard())],
    ['GET', '/system', (c) => c.json(200, { version: '0.1.0', api: '1', libraries: { SQLite: '3.40.1', OpenSSL: '3.0.17', 'Net-SNMP': '5.9.3', civetweb: '1.15' }, database: 'SQLite', uptime_s: 93784, diagnosis: { database: { ok: true }, http: { ok: true, text: 'port 8443, port 8080' }, notify: { ok: true }, certificate: { ok: false, text: 'the certificate ends in 6 days' }, audit: { ok: true }, store: { ok: true }, disk: { ok: true, text: '81250 MB free' } } })],
    ['GET', '/events', (c) => {
      c.res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      c.res.write(': hello\n\n');
      streams.add(c.res);
      c.req.on('close', () => streams.delete(c.res));
    }],
  ].map(([method, pattern, handle]) => [method, new RegExp(`^/api/v1${pattern.replace(':id', '(?<id>[^/]+)').replace(':sub', '(?<sub>[^/]+)')}$`), handle]);

  function context(req, res, url, raw, body, id) {
    const session = /platen_session=(\w+)/.exec(req.headers.cookie ?? '')?.[1];
    const json = (status, value, headers = {}) => {
      res.writeHead(status, { 'Content-Type': status >= 400 ? 'application/problem+json' : 'application/json', 'Cache-Control': 'no-store', ...headers });
      res.end(JSON.stringify(value));
    };
    return {
      req, res, raw, body, id, session, json,
      empty: (status) => { res.writeHead(status); res.end(); },
      list(rows) {
        const found = select(rows, url.searchParams, url.pathname.split('/').pop());
        const fields = url.searchParams.get('fields')?.split(',');
        if (req.headers.accept === 'application/x-ndjson') {
          res.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
          res.end(found.map((r) => `${JSON.stringify(pick(r, fields))}\n`).join(''));
          return;
        }
        if ((req.headers.accept ?? '').includes('spreadsheetml')) {
          res.writeHead(200, { 'Content-Type': req.headers.accept });
          res.end('PK');
          return;
        }
        const size = Math.min(200, Number(url.searchParams.get('size') ?? 50));
        const page = Number(url.searchParams.get('page') ?? 1);
        json(200, { items: found.slice((page - 1) * size, page * size).map((r) => pick(r, fields)), total: found.length, page, size });
      },
    };
  }

  function serveFile(url, res) {
    const wanted = normalize(url.pathname);
    const asset = wanted.startsWith('/assets/') && !wanted.includes('..');
    const file = join(web, asset ? wanted : 'index.html');
    if (!existsSync(file)) {
      res.writeHead(404);
      res.end();
      return;
    }
    res.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': asset ? 'public, max-age=31536000, immutable' : 'no-cache' });
    res.end(readFileSync(file));
  }

  const open = ['/api/v1/setup', ...access.open];
  async function answer(req, res) {
    const url = new URL(req.url, 'http://localhost');
    if (!url.pathname.startsWith('/api/')) {
      serveFile(url, res);
      return;
    }
    const pieces = [];
    for await (const piece of req) {
      pieces.push(piece);
    }
    const raw = Buffer.concat(pieces);
    const text = req.headers['content-type'] === 'application/octet-stream' ? '' : raw.toString();
    const c = context(req, res, url, raw, text ? JSON.parse(text) : undefined);
    try {
      if (parts.isAway()) throw new HttpError(503, 'maintenance', 'functions are being installed');
      if (!open.includes(url.pathname) && !access.knows(c.session)) throw new HttpError(401, 'unauthenticated', 'nobody is logged in');
      if (req.method !== 'GET' && !open.includes(url.pathname) && req.headers['x-csrf-token'] !== 'c5rf') throw new HttpError(403, 'forbidden', 'the X-CSRF-Token header is missing');
      if (access.knows(c.session)) access.use(c.session, req.headers['x-platen-background'] === '1');
      if (text && /\/(cancel|halt|resume|duplicate|run|logout|unlock|retry)$/.test(url.pathname)) throw new HttpError(422, 'inval', 'this takes no body');
      for (const [method, pattern, handle] of routes) {
        const found = method === req.method && pattern.exec(url.pathname);
        if (found) {
          handle({ ...c, id: found.groups?.id, sub: found.groups?.sub });
          return;
        }
      }
      throw new HttpError(404, 'not-found', 'there is no such resource');
    } catch (error) {
      if (!(error instanceof HttpError)) {
        console.error(error);
      }
      c.json(error.status ?? 500, { type: 'about:blank', title: error.message, status: error.status ?? 500, code: error.code ?? 'internal', detail: error.detail ?? String(error), params: {}, errors: error.errors ?? [] });
    }
  }

  const server = createServer((req, res) => void answer(req, res));
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => {
      resolve({
        url: `http://localhost:${server.address().port}`,
        publish,
        bump,
        hands,
        stage: parts.stage,
        done: plugins.done,
        ...access.hands,
        // A run with many results at once.
        largeRun: (count) => addRun('device.edit', 'Everywhere', Array.from({ length: count }, (_, n) => row(devices[n % devices.length], n, n % 10 ? 'success' : 'error'))),
        change: (id, members) => {
          Object.assign(find(devices, id, 'device'), members);
          bump(`device${id}`);
        },
        stop: () => { streams.forEach((s) => s.end()); server.closeAllConnections?.(); server.close(); },
      });
    });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const option = (name, fallback) => process.argv.find((a) => a.startsWith(`--${name}=`))?.split('=')[1] ?? fallback;
  const mock = await startMock({ web: process.argv[2], port: Number(option('port', 8099)), devices: Number(option('devices', 250)), fresh: process.argv.includes('--fresh') });
  console.log(mock.url);
}
