// The part of the stand-in that knows people: accounts, sessions, regions, groups, preferences, audit
// log, what is sent out. The passwords and codes are those that the tests type.
import { ago } from './fleet.mjs';

export const PASSWORD = 'Sesame-123';
const CODE = '424242';
const KEY = 'K7Q2-M93X';
const FUNCTIONS = ['devices', 'groups', 'communication', 'batch', 'discovery', 'tasks', 'scripts', 'data', 'reports'];

function people() {
  const base = { kind: 'local', domain: '', role: 'user', functions: [], all_regions: true, regions: [], locked_until: null, second_factor: false, sessions: 0 };
  const one = (id, name, more) => ({ ...base, id, name, email: `${name.toLowerCase()}@example.org`, last_login: ago(Number(id) * 700), created: ago(90000), ...more });
  return [
    one('1', 'Administrator', { email: 'admin@example.org', role: 'system-manager', sessions: 2 }),
    one('2', 'Anna', { role: 'device-manager', functions: ['devices', 'groups', 'tasks'], all_regions: false, regions: ['1'], second_factor: true }),
    one('3', 'Bruno', { locked_until: new Date(Date.now() + 540000).toISOString().replace(/\.\d+/, ''), all_regions: false, regions: ['1', '2'] }),
    one('4', 'EXAMPLE\\chiara', { kind: 'directory', domain: 'EXAMPLE', role: 'device-manager', functions: ['devices', 'reports'], all_regions: false, regions: [] }),
    one('5', 'Daria', { email: '', last_login: null }),
  ];
}

const regionsAtFirst = () => [
  { id: '1', name: 'Lyon', timezone: 'Europe/Paris', addresses: ['10.20.0.0/16', '192.168.200.11'], suffixes: ['lyon.example.org'], devices: 60, users: 2 },
  { id: '2', name: '東京', timezone: 'Asia/Tokyo', addresses: ['10.30.0.0-10.30.7.255', '10.31.0.0/24', '10.32.0.0/24', '2001:db8:30::/48'], suffixes: [], devices: 12, users: 1 },
];

const groupsAtFirst = () => [
  { id: '1', name: 'Sites', comment: '', type: 'dynamic', parent: null, path: 'Sites', regions: [], filters: ['managed:eq:true'], devices: 250 },
  { id: '2', name: 'Lyon', comment: 'All of the site', type: 'dynamic', parent: '1', path: 'Sites:Lyon', regions: ['1'], filters: ['location:contains:Lyon'], devices: 32 },
  { id: '3', name: 'Accounting', comment: '', type: 'static', parent: '2', path: 'Sites:Lyon:Accounting', regions: ['1'], filters: [], devices: 3 },
  { id: '4', name: 'Pilot', comment: 'Tries new settings first', type: 'static', parent: null, path: 'Pilot', regions: [], filters: [], devices: 0 },
];

const preferencesAtFirst = () => ({
  snmp: { timeout_ms: 2000, retries: 2, packets_per_second: 500 },
  retention: { status_days: 365, counter_days: 1825, run_days: 90, audit_days: 365 },
  device_groups: { view: 'tree', delimiter: ':' },
  manual: { region: '' },
  mail: { sender: 'platen@example.org', host: 'mail.example.org', port: 587, security: 'starttls', authentication: true, user: 'platen', password_set: true },
  directory: {
    enabled: true, servers: [{ address: 'dc1.example.org', port: 0 }, { address: '2001:db8::5', port: 3269 }], security: 'tls', ca: '', base: 'DC=example,DC=org', domain: 'EXAMPLE', bind_user: 'svc-platen@example.org', bind_password_set: true, timeout_s: 10,
    kerberos: true, service_principal: 'HTTP/platen.example.org@EXAMPLE.ORG', keytab_set: true,
    roles: { 'system-manager': ['Printer Admins'], 'device-manager': ['Site Printing', 'CN=Helpdesk,OU=Groups,DC=example,DC=org'], user: [] }, functions: ['devices', 'tasks'],
    regions_by_group: true, regions: [{ region: '1', groups: ['Site Lyon'] }],
  },
  account_policy: { min_length: 8, classes: true, history: 3, common: true, lockout_threshold: 5, lockout_minutes: 15 },
  logout: { enabled: true, minutes: 30, remembered: false },
});

function auditAtFirst() {
  const entry = (n, more) => ({ id: String(n), at: ago((80 - n) * 37), user: '1', user_name: 'Administrator', way: 'session', address: '10.0.0.9', object: '', object_name: '', result: 'success', before: null, after: null, category: more.action.split('.')[0], ...more });
  const made = [
    { action: 'login' },
    { action: 'users.create', object: '2', object_name: 'Anna', after: { name: 'Anna', password: '***', role: 'device-manager', functions: ['devices', 'groups'] } },
    { action: 'users.update', object: '2', object_name: 'Anna', before: { functions: ['devices', 'groups'] }, after: { functions: ['devices', 'groups', 'tasks'] } },
    { action: 'regions.create', object: '1', object_name: 'Lyon', after: { name: 'Lyon', addresses: ['10.20.0.0/16'] } },
    { action: 'login', user: null, user_name: 'mallory', address: '203.0.113.5', result: 'unauthenticated' },
    { action: 'preferences.update', before: { mail: { host: 'old.example.org' } }, after: { mail: { host: 'mail.example.org', password: '***' } } },
    { action: 'devices.update', user: '2', user_name: 'Anna', object: '9', object_name: '=cmd|"/c calc"!A1', before: { comment: '' }, after: { comment: '<script>alert(1)</script>' } },
    { action: 'users.unlock', way: 'token', object: '3', object_name: 'Bruno', result: 'forbidden', user: '4', user_name: 'chiara' },
    { action: 'audit-log.expire', way: 'system', user: null, user_name: '', address: '' },
    { action: 'agents.create', way: 'console', address: '', user: null, user_name: '', object: '3', object_name: 'Torino' },
  ];
  return Array.from({ length: 70 }, (_, n) => entry(n + 1, made[n % made.length])).reverse();
}

const postings = () => [
  { id: '1', kind: 'mail', to: 'anna@example.org', subject: 'Reset your Platen password', state: 'waiting', tries: 2, created: ago(9), next: ago(-3), text: '451 4.7.1 greylisted, try again later' },
  { id: '2', kind: 'webhook', to: 'Tickets', subject: 'alert-raised', state: 'failed', tries: 31, created: ago(2000), next: null, text: 'connection refused' },
];

const hooks = () => [
  { id: '1', name: 'Tickets', url: 'https://ticket.example.org/hook', token_set: true, events: ['alert-raised', 'alert-cleared'], active: true, last: { at: ago(12), status: 503, text: 'Service Unavailable' } },
  { id: '2', name: 'Archive', url: 'https://archive.example.org/in', token_set: false, events: ['run-ended'], active: false, last: null },
];

const QR = `<svg xmlns="http://www.w3.org/2000/svg" width="29" height="29" viewBox="0 0 29 29"><rect width="29" height="29" fill="#fff"/><path fill="#000" d="${Array.from({ length: 29 * 14 }, (_, n) => ((n * 7919) % 13 < 6 ? `M${(n * 2) % 29} ${Math.floor((n * 2) / 29)}h1v1h-1z` : '')).join('')}"/></svg>`;

const ranges = (text) => {
  const number = (ip) => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const [first, last] = text.split('-');
  if (last) {
    return [number(first), number(last)];
  }
  const [start, bits = '32'] = text.split('/');
  return [number(start), number(start) + 2 ** (32 - Number(bits)) - 1];
};

const coreEvents = ['device-added', 'device-changed', 'device-removed', 'alert-raised', 'alert-cleared', 'run-started', 'run-ended', 'agent-up', 'agent-down', 'login-locked'];

// `kit` has what the routes share: find, list, versioned, guarded, tag, HttpError, visible().
export function accessPart({ find, list, versioned, guarded, tag, HttpError, visible }) {
  const users = people();
  const regions = regionsAtFirst();
  const groups = groupsAtFirst();
  const members = new Map([['3', new Set(['4', '8', '15'])], ['4', new Set()]]);
  const webhooks = hooks();
  const outbox = postings();
  const audit = auditAtFirst();
  let preferences = preferencesAtFirst();
  const sessions = new Map(); // cookie -> {id, user, ...}
  const pages = new Map(); // settings of pages by user
  let nextId = 100;
  let broken = null;

  const fresh = () => String(nextId++);
  const invalid = (pointer, code, detail) => new HttpError(422, 'inval', 'a value cannot be used', [{ pointer, code, detail }]);
  const whoOf = (c) => sessions.get(c.session)?.user;
  const manager = (handle) => (c) => {
    if (whoOf(c).role !== 'system-manager') throw new HttpError(403, 'forbidden', 'system managers only');
    return handle(c);
  };
  const checkPassword = (password, pointer) => {
    if (password.length < preferences.account_policy.min_length) throw invalid(pointer, 'password', `the password has ${password.length} characters, ${preferences.account_policy.min_length} to 128 are needed`);
  };
  const open = (user, more = {}) => {
    const cookie = Math.random().toString(36).slice(2);
    sessions.set(cookie, { id: fresh(), user, created: ago(0), last_used: ago(0), expires: ago(-1440), address: '127.0.0.1', browser: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', remembered: false, ...more });
    return cookie;
  };
  open(users[1]);
  const enter = (c, user, kerberos = false) => {
    const cookie = open(user, { kerberos, remembered: c.body?.remember === true, browser: c.req.headers['user-agent'] });
    user.last_login = ago(0);
    c.json(200, { user, csrf: 'c5rf', expires: null }, { 'Set-Cookie': `platen_session=${cookie}; HttpOnly; SameSite=Strict; Path=/${c.body?.remember ? '; Max-Age=432000' : ''}` });
  };
  const me = (c) => {
    const { user, kerberos } = sessions.get(c.session);
    const { id, name, email, role, functions, kind, all_regions, regions: own, second_factor } = user;
    const { enabled, minutes } = preferences.logout;
    return { id, name, email, role, functions, kind, all_regions, regions: own, second_factor, csrf: 'c5rf', preferences: pages.get(id) ?? {}, logout_minutes: enabled && !kerberos ? minutes : null };
  };
  const sessionsOf = (c, user) => [...sessions].filter(([, s]) => s.user === user).map(([cookie, s]) => ({ id: s.id, created: s.created, last_used: s.last_used, expires: s.expires, address: s.address, browser: s.browser, remembered: s.remembered, current: cookie === c.session }));
  const endSessions = (which) => [...sessions].filter(([, s]) => which(s)).forEach(([cookie]) => sessions.delete(cookie));
  const owned = (user) => regions.filter((r) => user.all_regions || user.regions.includes(r.id));

  const checkRegion = (body, own) => {
    body.addresses?.forEach((text, i) => {
      if (text.includes(':')) return;
      const [first, last] = ranges(text);
      const other = regions.find((r) => r.id !== own && r.addresses.some((a) => !a.includes(':') && ranges(a)[0] <= last && first <= ranges(a)[1]));
      if (other) throw invalid(`/addresses/${i}`, 'overlap', `${text} is of the region '${other.name}' already`);
    });
    if (body.timezone === 'Mars/Olympus') throw invalid('/timezone', 'timezone', 'there is no such time zone');
  };
  const pathOf = (group) => (group.parent ? `${pathOf(find(groups, group.parent, 'group'))}${preferences.device_groups.delimiter}${group.name}` : group.name);
  const devicesOf = (group) => (group.type === 'static' ? visible().filter((d) => members.get(group.id)?.has(d.id)) : visible().filter((d) => d.location.includes('Lyon')));
  const groupOf = (group) => ({ ...group, path: pathOf(group), level: false, devices: devicesOf(group).length });

  const secrets = { mail: ['password'], directory: ['bind_password', 'keytab'] };
  const changeGroup = (name, changes) => {
    for (const [member, value] of Object.entries(changes)) {
      if (secrets[name]?.includes(member)) {
        preferences[name][`${member}_set`] = value !== null && value !== '';
      } else {
        preferences[name][member] = value;
      }
    }
  };
  const add = (rows, make) => (c) => { const one = make(c.body); rows.push(one); c.json(201, one); };
  const drop = (rows, what) => (c) => { rows.splice(rows.indexOf(find(rows, c.id, what)), 1); c.empty(204); };

  const login = (c) => {
    const user = users.find((u) => u.name.toLowerCase() === c.body.user.split('\\').pop().toLowerCase());
    if (!user || c.body.password !== PASSWORD || c.body.code === '000000') throw new HttpError(401, 'unauthenticated', 'user name or password is wrong, or the account is locked for a while');
    if (user.second_factor && !c.body.code) throw new HttpError(401, 'second-factor-required', 'a code of the second factor is needed');
    enter(c, user);
  };

  const routes = [
    ['GET', '/login', (c) => c.json(200, { password: true, directory: true, kerberos: preferences.directory.kerberos, reset: true })],
    ['POST', '/login', login],
    ['POST', '/login/kerberos', (c) => {
      if (!c.req.headers['x-test-ticket']) throw new HttpError(401, 'unauthenticated', 'no ticket');
      enter(c, find(users, '4', 'user'), true);
    }],
    ['POST', '/login/reset', (c) => c.empty(202)],
    ['POST', '/login/reset/confirm', (c) => {
      if (c.body.key !== KEY) throw new HttpError(401, 'unauthenticated', 'the reset key is wrong or too old');
      checkPassword(c.body.password, '/password');
      c.empty(204);
    }],
    ['POST', '/logout', (c) => { sessions.delete(c.session); c.empty(204); }],
    ['GET', '/me', (c) => c.json(200, me(c))],
    ['PATCH', '/me', (c) => {
      const user = whoOf(c);
      if (c.body.email !== undefined && !/@/.test(c.body.email)) throw invalid('/email', 'pattern', 'not an e-mail address');
      user.email = c.body.email ?? user.email;
      pages.set(user.id, Object.fromEntries(Object.entries({ ...pages.get(user.id), ...c.body.preferences }).filter(([, v]) => v !== null)));
      c.json(200, me(c));
    }],
    ['PUT', '/me/password', (c) => {
      if (c.body.current !== PASSWORD) throw invalid('/current', 'password', 'this is not the present password');
      checkPassword(c.body.password, '/password');
      endSessions((s) => s.user === whoOf(c) && s !== sessions.get(c.session));
      c.empty(204);
    }],
    ['GET', '/me/sessions', (c) => c.json(200, { items: sessionsOf(c, whoOf(c)) })],
    ['DELETE', '/me/sessions/:id', (c) => { endSessions((s) => s.id === c.id); c.empty(204); }],
    ['POST', '/me/second-factor', (c) => {
      if (c.body.password !== PASSWORD) throw invalid('/password', 'password', 'this is not the password');
      c.json(200, { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Platen:Administrator?secret=JBSWY3DP', qr: QR });
    }],
    ['PUT', '/me/second-factor', (c) => {
      if (c.body.code !== CODE) throw invalid('/code', 'code', 'this is not the code that the app shows');
      whoOf(c).second_factor = true;
      c.json(200, { recovery_codes: Array.from({ length: 10 }, (_, n) => `${String(n)}f7k-2m9x-${String(9 - n)}qrt`) });
    }],
    ['POST', '/me/second-factor/disable', (c) => { whoOf(c).second_factor = false; c.empty(204); }],

    ['GET', '/roles', manager((c) => c.json(200, { items: ['system-manager', 'device-manager', 'user'].map((role) => ({ role, functions: role === 'device-manager' ? FUNCTIONS.map((id) => ({ id, menu: 'devices' })) : [] })) }))],
    ['GET', '/users', manager(list(users))],
    ['POST', '/users', manager((c) => {
      const { password, ...rest } = c.body;
      checkPassword(password, '/password');
      if (users.some((u) => u.name.toLowerCase() === rest.name.toLowerCase())) throw new HttpError(409, 'exists', `there is a user '${rest.name}' already`, [{ pointer: '/name', code: 'exists', detail: 'there is one of this name' }]);
      const user = { ...people()[4], functions: [], ...rest, id: fresh() };
      users.push(user);
      c.json(201, user);
    })],
    ['GET', '/users/:id', manager(versioned((c) => `user${c.id}`, (c) => find(users, c.id, 'user')))],
    ['PATCH', '/users/:id', manager((c) => {
      const user = find(users, c.id, 'user');
      if (user.id === '1' && c.body.role) throw new HttpError(409, 'state', 'the role of the first account stays');
      const { password, ...rest } = c.body;
      if (password !== undefined) checkPassword(password, '/password');
      guarded(c, `user${c.id}`);
      c.json(200, Object.assign(user, rest), { ETag: tag(`user${c.id}`) });
    })],
    ['DELETE', '/users/:id', manager(drop(users, 'user'))],
    ['POST', '/users/:id/unlock', manager((c) => { find(users, c.id, 'user').locked_until = null; c.empty(204); })],
    ['DELETE', '/users/:id/second-factor', manager((c) => { find(users, c.id, 'user').second_factor = false; c.empty(204); })],
    ['GET', '/users/:id/sessions', manager((c) => c.json(200, { items: sessionsOf(c, find(users, c.id, 'user')) }))],
    ['DELETE', '/users/:id/sessions', manager((c) => { endSessions((s) => s.user.id === c.id); c.empty(204); })],

    ['GET', '/regions', list((c) => owned(whoOf(c)))],
    ['POST', '/regions', manager((c) => { checkRegion(c.body); const one = { id: fresh(), devices: 0, users: 0, ...c.body }; regions.push(one); c.json(201, one); })],
    ['GET', '/regions/:id', versioned((c) => `region${c.id}`, (c) => find(regions, c.id, 'region'))],
    ['PATCH', '/regions/:id', manager((c) => {
      checkRegion(c.body, c.id);
      guarded(c, `region${c.id}`);
      c.json(200, Object.assign(find(regions, c.id, 'region'), c.body), { ETag: tag(`region${c.id}`) });
    })],
    ['DELETE', '/regions/:id', manager((c) => {
      const used = users.filter((u) => u.regions.includes(c.id)).map((u) => u.name);
      if (used.length > 0) throw new HttpError(409, 'state', `the region is in use by the users ${used.join(', ')}`);
      drop(regions, 'region')(c);
    })],

    ['GET', '/groups', list(() => groups.map(groupOf))],
    ['POST', '/groups', (c) => { const one = { id: fresh(), comment: '', parent: null, regions: [], filters: [], ...c.body }; groups.push(one); members.set(one.id, new Set()); c.json(201, groupOf(one)); }],
    ['GET', '/groups/:id', versioned((c) => `group${c.id}`, (c) => groupOf(find(groups, c.id, 'group')))],
    ['PATCH', '/groups/:id', (c) => { guarded(c, `group${c.id}`); c.json(200, groupOf(Object.assign(find(groups, c.id, 'group'), c.body)), { ETag: tag(`group${c.id}`) }); }],
    ['DELETE', '/groups/:id', drop(groups, 'group')],
    ['GET', '/groups/:id/devices', list((c) => devicesOf(find(groups, c.id, 'group')))],
    ['POST', '/groups/:id/devices', (c) => {
      const own = members.get(c.id);
      if (own.size + c.body.add.length > 5000) throw new HttpError(422, 'too-large', 'a static group has at most 5,000 devices');
      c.body.add.forEach((id) => own.add(id));
      c.body.remove.forEach((id) => own.delete(id));
      c.json(200, { devices: own.size });
    }],

    ['GET', '/preferences', versioned(() => 'preferences', (c) => (whoOf(c).role === 'system-manager' ? preferences : { device_groups: preferences.device_groups, manual: preferences.manual, account_policy: preferences.account_policy }))],
    ['PATCH', '/preferences', manager((c) => {
      if (c.body.directory?.base === 'nonsense') throw invalid('/directory/base', 'pattern', 'not a DN');
      guarded(c, 'preferences');
      Object.entries(c.body).forEach(([name, changes]) => changeGroup(name, changes));
      c.json(200, preferences, { ETag: tag('preferences') });
    })],
    ['POST', '/preferences/mail/test', manager((c) => {
      if (preferences.mail.host === 'broken.example.org') throw new HttpError(502, 'unreachable', "the mail server 'broken.example.org' cannot be reached: connection refused");
      c.json(200, { to: whoOf(c).email });
    })],
    ['POST', '/preferences/directory/test', manager((c) => c.json(200, {
      steps: [
        { step: 'connect', ok: true, text: 'dc1.example.org:636' },
        { step: 'search', ok: true, text: 'as svc-platen@example.org' },
        ...(c.body?.user ? [{ step: 'password', ok: c.body.password === PASSWORD, text: c.body.password === PASSWORD ? 'CN=Anna,OU=People,DC=example,DC=org' : 'invalid credentials (49)' }] : []),
      ],
    }))],
    ['GET', '/webhooks', manager(list(webhooks))],
    ['POST', '/webhooks', manager(add(webhooks, ({ token, ...body }) => ({ id: fresh(), last: null, token_set: !!token, ...body })))],
    ['GET', '/webhooks/events', manager((c) => c.json(200, { items: [...coreEvents.map((id) => ({ id, title: null, plugin: null })), { id: 'hello.sent', title: 'hello.sent', plugin: 'hello' }] }))],
    ['GET', '/webhooks/:id', manager(versioned((c) => `webhook${c.id}`, (c) => find(webhooks, c.id, 'webhook')))],
    ['PATCH', '/webhooks/:id', manager((c) => {
      guarded(c, `webhook${c.id}`);
      const { token, ...rest } = c.body;
      const hook = Object.assign(find(webhooks, c.id, 'webhook'), rest);
      hook.token_set = token === undefined ? hook.token_set : !!token;
      c.json(200, hook);
    })],
    ['DELETE', '/webhooks/:id', manager(drop(webhooks, 'webhook'))],
    ['POST', '/webhooks/:id/test', manager((c) => { find(webhooks, c.id, 'webhook').last = { at: ago(0), status: 200, text: 'OK' }; c.json(200, find(webhooks, c.id, 'webhook')); })],
    ['GET', '/outbox', manager(list(outbox))],
    ['POST', '/outbox/:id/retry', manager((c) => { Object.assign(find(outbox, c.id, 'posting'), { state: 'waiting', next: ago(0) }); c.empty(202); })],
    ['DELETE', '/outbox/:id', manager(drop(outbox, 'posting'))],
    ['GET', '/audit-log', manager(list(audit))],
    ['GET', '/audit-log/verify', manager((c) => c.json(200, { whole: broken === null, entries: audit.length, broken, text: broken ? 'it says something else than its hash' : '' }))],
  ];

  return {
    routes,
    open: ['/api/v1/login', '/api/v1/login/kerberos', '/api/v1/login/reset', '/api/v1/login/reset/confirm'],
    whoOf,
    knows: (cookie) => sessions.has(cookie),
    use: (cookie, background) => { if (!background) sessions.get(cookie).last_used = ago(0); },
    // For the tests: somebody else's hands.
    hands: {
      endSessions: () => sessions.clear(),
      preferences: (group, changes) => changeGroup(group, changes),
      user: (id, changes) => Object.assign(find(users, id, 'user'), changes),
      region: (id, changes) => Object.assign(find(regions, id, 'region'), changes),
      group: (id, changes) => Object.assign(find(groups, id, 'group'), changes),
      breakAudit: (id) => { broken = id; },
      noRegions: () => regions.splice(0),
      otherSession: (id) => open(find(users, id, 'user')),
    },
  };
}

// What these lists can filter and sort by.
export const accessFields = {
  users: 'id name role kind domain email locked_until created last_login',
  regions: 'id name timezone',
  groups: 'id name path parent type comment',
  webhooks: 'id name url created',
  outbox: 'id kind to webhook code state tries created next text',
  'audit-log': 'id at user user_name way address category action object object_name result',
};
