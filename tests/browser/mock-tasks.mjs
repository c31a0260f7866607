// The part of the stand-in that knows tasks: kinds with their schemas, tasks of users and built-in
// ones, schedules, previews, runs with waves that can be halted.
const text = (title, more = {}) => ({ type: 'string', title, maxLength: 255, ...more });
const object = (properties, required = []) => ({ type: 'object', properties, required, additionalProperties: false });

// The last one is of a plugin that the pages know nothing of: every shape occurs.
const kinds = [
  ['device.discover', '[Printer] Discover', 'agents', object({})],
  ['device.information', '[Printer] Retrieve Printer Information', 'devices', object({})],
  ['device.monitor', '[Printer] Monitor Printers', 'devices', object({})],
  ['device.counters', '[Printer] Retrieve Counter Information', 'devices', object({})],
  ['device.restart', '[Printer] Restart/Shut Down', 'devices', object({ action: { type: 'string', enum: ['restart', 'shutdown'], title: 'Action' } }, ['action']), { writes: true, verify: true, batch: true }],
  ['device.edit', '[Printer] Change Name, Location, Contact', 'devices', object({ name: text('Name'), location: text('Location'), contact: text('Contact') }), { writes: true, verify: true, batch: true }],
  ['system.send-report', '[System] Send Report', 'none', object({ report: { type: 'string', enum: ['status', 'counters'], title: 'Report' }, to: { type: 'array', title: 'Destination', items: { type: 'string' }, minItems: 1 } }, ['report', 'to'])],
  ['flow.batch', '[System] Batch Task', 'devices', object({ steps: { type: 'array', items: { type: 'object' }, minItems: 1 } }, ['steps']), { flow: true }],
  ['flow.rolling-restart', '[Flow] Rolling restart', 'devices', object({ pages: { type: 'integer', title: 'Only above this page count', minimum: 0, maximum: 1000000, default: 1000 } }), { flow: true, script: '1' }],
  ['northwind.setup', '[Northwind] Panel set-up', 'devices', object({
    banner: text('Banner', { minLength: 3, description: 'Shown on the panel.' }),
    sleep: { type: 'integer', title: 'Sleep after', minimum: 1, maximum: 240, default: 15, description: 'Minutes.' },
    quiet: { type: 'boolean', title: 'Quiet mode' },
    media: { type: 'string', enum: ['A4', 'A3', 'Letter'], title: 'Media' },
    days: { type: 'array', title: 'Days', items: { type: 'string', enum: ['mon', 'tue', 'wed'] } },
    hosts: { type: 'array', title: 'Time servers', items: { type: 'string' } },
    network: { title: 'Network', ...object({ vlan: { type: 'integer', title: 'VLAN', minimum: 1, maximum: 4094 }, name: text('Name') }, ['vlan']) },
    note: text('Note', { maxLength: 2000 }),
  }, ['banner', 'media', 'network']), { writes: true, batch: true }],
].map(([id, title, targets, settings, more = {}]) => ({ id, title, group: /^\[(.+)\]/.exec(title)[1], targets, settings, writes: false, verify: false, flow: false, script: null, batch: false, ...more }));

export const taskFields = {
  tasks: 'id kind name active created next',
  'built-in-tasks': 'id kind name active next',
  scripts: 'id name kind source enabled updated',
  versions: 'number at',
};

// Near enough for a stand-in: each next day, week or month at the time.
function nextTimes(schedule, count) {
  if (schedule.when === 'once') {
    return [new Date(schedule.at)].filter((time) => time > new Date()).map((time) => time.toISOString());
  }
  const [hours, minutes] = (schedule.time ?? '00:00').split(':').map(Number);
  const days = { minutes: 0, day: 1, week: 7, month: 30 }[schedule.unit] * schedule.step;
  const end = schedule.end ? new Date(schedule.end).getTime() : Infinity;
  const first = new Date();
  first.setHours(hours, minutes, 0, 0);
  const step = days ? days * 86400000 : schedule.step * 60000;
  return Array.from({ length: count }, (_, n) => first.getTime() + (n + 1) * step).filter((time) => time <= end).map((time) => new Date(time).toISOString());
}

const lua = (title, more = '') => `-- ${title}\nreturn {\n  title = "${title}",\n  run = function(ctx, device)\n    ctx:log("begin")\n${more}    ctx:subtask("device.restart", { action = "restart" })\n  end,\n}\n`;

function scriptsAtFirst() {
  const one = (id, name, kind, source, texts, more = {}) => ({ id, name, kind, source, title: name.replace(/-/g, ' '), enabled: true, author: source === 'user' ? 'Administrator' : '', state: 'ok', error: null, updated: new Date(Date.now() - 3600000).toISOString(), texts, ...more });
  return [
    one('1', 'rolling-restart', 'flow', 'stock', [lua('Rolling restart')]),
    one('2', 'night-window', 'flow', 'folder', [lua('Night window')], { enabled: false }),
    one('3', 'lyon-refresh', 'flow', 'user', [lua('Refresh'), lua('Refresh in Lyon', '    ctx:sleep(60)\n'), lua('Refresh in Lyon', '    ctx:sleep(120)\n    ctx:wait_online()\n')]),
    one('4', 'broken-one', 'task', 'user', ['return {\n  title = "Broken"\n  run = 1\n}\n'], { state: 'error', error: { line: 3, text: "'}' expected near 'run'" }, enabled: false }),
  ];
}

// As far as the tests come: a line that says "oops" is wrong, one that says "os." is not allowed.
function checkText(text) {
  return text.split('\n').flatMap((line, n) => (line.includes('oops') ? [{ line: n + 1, column: 3, code: 'script', text: "unexpected symbol near 'oops'" }] : line.includes('os.') ? [{ line: n + 1, column: 5, code: 'script', text: "there is no global 'os'" }] : []));
}

export function taskPart({ find, list, versioned, guarded, HttpError, devices, runs, targets, addRun, play, row, publish, fresh }) {
  let nextTask = 10;
  const wrong = (pointer, code, detail) => new HttpError(422, 'inval', 'a value cannot be used', [{ pointer, code, detail }]);
  const invalid = (pointer, detail) => wrong(pointer, 'required', detail);
  const next = (schedule) => (schedule.when === 'now' ? null : (nextTimes(schedule, 1)[0] ?? null));
  const zone = 'Europe/Zurich';
  const taskOf = (id, kind, name, schedule, more = {}) => ({ id, kind, name, active: true, regions: [], targets: { devices: ['8', '9'], groups: ['2'] }, settings: {}, schedule, mail: { condition: 'never' }, rollout: {}, created: new Date(Date.now() - 86400000).toISOString(), next: next(schedule), revision: 1, last_run: null, ...more });
  const tasks = fresh ? [] : [
    taskOf('1', 'device.restart', 'Restart at night', { when: 'every', unit: 'week', step: 1, weekdays: ['sat', 'sun'], time: '03:00', since: '2026-01-01T00:00', zone }, { settings: { action: 'restart' }, rollout: { canary: { count: 2 }, batch: { percent: 25 }, pause_s: 60, halt: { count: 3 } }, mail: { condition: 'error', to: ['anna@example.org'], priority: 'high', language: 'en', attach: { format: 'csv', content: 'failed' } } }),
    taskOf('2', 'northwind.setup', 'Panels of the new building', { when: 'once', at: '2031-05-01T08:00', zone: 'targets' }, { active: false, settings: { banner: 'Welcome', media: 'A4', network: { vlan: 12 } } }),
    taskOf('3', 'flow.batch', 'Refresh each quarter', { when: 'every', unit: 'month', step: 3, nth: [1, 'last'], weekdays: ['mon'], time: '05:30', zone }, { settings: { steps: [
      { do: 'subtask', name: 'Retrieve status', kind: 'device.edit', settings: { location: 'HQ' }, success: [], warning: [{ do: 'end', result: 'keep' }], error: [{ do: 'subtask', name: 'Restart it', kind: 'device.restart', settings: { action: 'restart' }, success: [], warning: [], error: [], always: [] }], always: [] },
      { do: 'subtask', name: 'Restart', kind: 'device.restart', settings: { action: 'restart' }, success: [], warning: [], error: [], always: [] },
      { do: 'end', result: 'success' },
    ] } }),
    taskOf('4', 'device.discover', 'New devices in Lyon', { when: 'every', unit: 'day', step: 1, time: '06:00', zone }, { targets: { agents: ['2'] } }),
  ];

  const scripts = scriptsAtFirst();
  const scriptOf = ({ texts, ...script }) => ({ ...script, version: texts.length });
  const whole = (script) => ({ ...scriptOf(script), text: script.texts[script.texts.length - 1] });
  const versionOf = (script, n) => ({ id: String(n), number: n, at: new Date(Date.now() - (9 - n) * 86400000).toISOString(), author: script.author || 'Platen' });

  const kindOf = (id) => kinds.find((kind) => kind.id === id);

  // What the server's own checks would find, as far as the tests come there.
  function check(body) {
    const kind = kindOf(body.kind);
    if (!kind) throw wrong('/kind', 'not-found', `there is no kind ${body.kind}`);
    if (!body.name) throw invalid('/name', 'what is it called?');
    if (kind.targets !== 'none' && !Object.keys(body.targets ?? {}).length) throw invalid('/targets', 'a task has targets');
    if (body.settings?.banner === 'forbidden') throw wrong('/settings/banner', 'pattern', 'this is no banner');
    if (body.rollout && Object.keys(body.rollout).length && !kind.writes && !kind.flow) throw wrong('/rollout', 'unsupported', 'this kind has no waves');
    return kind;
  }

  const chosen = (body) => {
    const ids = body.targets?.devices ?? [];
    const own = devices.filter((d) => ids.includes(d.id));
    return body.targets?.groups?.length ? [...new Set([...own, ...devices.slice(40, 72)])] : own;
  };

  function start(body, more = {}) {
    const run = addRun(body.kind, body.name, chosen(body).map((d, n) => row(d, n)), 'running', { task: null, mode: 'execute', halted: null, wave: 0, waves: 1, next_wave_at: null, changed: 0, rollout: body.rollout ?? {}, script: null, builtin: false, ...more });
    publish('run', run);
    play(run);
    return run;
  }

  // Every second device differs.
  function preview(body) {
    const run = start(body, { mode: 'preview' });
    const wanted = body.settings ?? {};
    for (const [n, target] of targets.get(run.id).entries()) {
      const device = devices.find((d) => d.id === target.device);
      target.changes = n % 2 ? [] : Object.entries(wanted).map(([path, to]) => ({ path, from: device[path] ?? '', to }));
    }
    run.changed = targets.get(run.id).filter((target) => target.changes.length).length;
    return run;
  }

  const routes = [
    ['GET', '/task-kinds', (c) => c.json(200, { items: kinds })],
    ['POST', '/schedules/next', (c) => {
      const { schedule, count } = c.body;
      if (schedule.when === 'every' && schedule.unit === 'week' && !schedule.weekdays.length) throw wrong('/schedule/weekdays', 'required', 'on which days of the week?');
      c.json(200, { times: nextTimes(schedule, count) });
    }],
    ['GET', '/tasks', list(tasks)],
    ['POST', '/tasks', (c) => {
      check(c.body);
      const { kind, name, active = true, regions = [], targets: wanted, settings = {}, schedule = { when: 'now' }, mail = { condition: 'never' }, rollout = {} } = c.body;
      const task = { ...taskOf(String(nextTask++), kind, name, schedule), active, regions, targets: wanted, settings, mail, rollout, created: new Date().toISOString() };
      tasks.push(task);
      const run = schedule.when === 'now' && active ? start(task, { task: task.id }) : undefined;
      task.last_run = run?.id ?? null;
      c.json(201, { ...task, run: run?.id ?? null });
    }],
    ['POST', '/tasks/preview', (c) => { check(c.body); c.json(202, { run: preview(c.body).id }); }],
    ['GET', '/tasks/:id', versioned((c) => `task${c.id}`, (c) => find(tasks, c.id, 'task'))],
    ['PATCH', '/tasks/:id', (c) => {
      const task = find(tasks, c.id, 'task');
      check({ ...task, ...c.body });
      guarded(c, `task${c.id}`);
      Object.assign(task, c.body, { revision: task.revision + 1 });
      task.next = next(task.schedule);
      c.json(200, task);
    }],
    ['DELETE', '/tasks/:id', (c) => { tasks.splice(tasks.indexOf(find(tasks, c.id, 'task')), 1); c.empty(204); }],
    ['POST', '/tasks/:id/run', (c) => {
      const task = find(tasks, c.id, 'task');
      task.last_run = start(task, { task: task.id }).id;
      c.json(202, { run: task.last_run });
    }],
    ['POST', '/tasks/:id/preview', (c) => c.json(202, { run: preview(find(tasks, c.id, 'task')).id })],
    ['POST', '/tasks/:id/duplicate', (c) => {
      const old = find(tasks, c.id, 'task');
      const copy = { ...structuredClone(old), id: String(nextTask++), name: `${old.name} - Copy`, active: false, last_run: null, revision: 1 };
      tasks.push(copy);
      c.json(201, copy);
    }],
    ['POST', '/runs/:id/halt', (c) => {
      const run = find(runs, c.id, 'run');
      run.halted = new Date().toISOString();
      publish('run', run);
      c.empty(202);
    }],
    ['POST', '/runs/:id/resume', (c) => {
      const run = find(runs, c.id, 'run');
      if (!run.halted) throw new HttpError(409, 'state', 'the run is not halted');
      run.halted = null;
      publish('run', run);
      play(run);
      c.empty(202);
    }],
    ['GET', '/runs/:id/recovery', (c) => {
      const run = find(runs, c.id, 'run');
      const failed = targets.get(run.id).filter((t) => ['error', 'timeout'].includes(t.state)).map((t) => t.device);
      if (!failed.length) throw new HttpError(409, 'state', 'nothing failed');
      const task = tasks.find((one) => one.id === run.task);
      c.json(200, { kind: run.kind, name: `${run.name} - Recovery`, active: true, regions: [], targets: { devices: failed }, settings: task?.settings ?? {}, schedule: { when: 'now' }, mail: { condition: 'never' }, rollout: {} });
    }],
    ['GET', '/scripts', list(() => scripts.map(scriptOf))],
    ['POST', '/scripts', (c) => {
      if (scripts.some((one) => one.name === c.body.name)) throw wrong('/name', 'exists', 'there is a script of that name');
      const errors = checkText(c.body.text);
      const script = { id: String(scripts.length + 10), source: 'user', title: '', author: 'Administrator', updated: new Date().toISOString(), ...c.body, state: errors.length ? 'error' : 'ok', error: errors[0] ?? null, texts: [c.body.text] };
      delete script.text;
      scripts.push(script);
      c.json(201, whole(script));
    }],
    ['POST', '/scripts/check', (c) => {
      const errors = checkText(c.body.text);
      const state = Object.values(c.body.results ?? {})[0]?.state ?? 'success';
      const dry = c.body.params && !errors.length ? { state, code: state === 'success' ? 'ok' : state, text: '', calls: [{ call: 'subtask', kind: 'device.restart', settings: { action: 'restart' } }], log: [{ at: Date.now(), level: 'info', text: 'begin' }] } : null;
      c.json(200, { ok: !errors.length, errors, schema: { type: 'object', properties: { pages: { type: 'integer', title: 'Pages', minimum: 0 } } }, dry_run: dry });
    }],
    ['GET', '/scripts/:id', versioned((c) => `script${c.id}`, (c) => whole(find(scripts, c.id, 'script')))],
    ['PATCH', '/scripts/:id', (c) => {
      const script = find(scripts, c.id, 'script');
      guarded(c, `script${c.id}`);
      const { text, enabled, version } = c.body;
      if (text !== undefined || version !== undefined) {
        script.texts.push(text ?? script.texts[version - 1]);
        const errors = checkText(script.texts.at(-1));
        Object.assign(script, { state: errors.length ? 'error' : 'ok', error: errors[0] ?? null });
      }
      script.enabled = enabled ?? script.enabled;
      c.json(200, whole(script));
    }],
    ['DELETE', '/scripts/:id', (c) => { scripts.splice(scripts.indexOf(find(scripts, c.id, 'script')), 1); c.empty(204); }],
    ['GET', '/scripts/:id/versions', list((c) => { const script = find(scripts, c.id, 'script'); return script.texts.map((_, n) => versionOf(script, n + 1)); })],
    ['GET', '/scripts/:id/versions/:sub', (c) => { const script = find(scripts, c.id, 'script'); c.json(200, { ...versionOf(script, Number(c.sub)), text: script.texts[Number(c.sub) - 1] }); }],
    ['GET', '/runs/:id/targets/:sub', (c) => {
      const target = find(targets.get(find(runs, c.id, 'run').id), c.sub, 'target');
      c.json(200, { ...target, log: [{ at: Date.now() - 4000, level: 'info', text: 'reading prtGeneralReset' }, { at: Date.now() - 2500, level: 'warning', text: 'no answer in 2000 ms, trying again' }, { at: Date.now(), level: target.state === 'success' ? 'info' : 'error', text: target.text || 'done' }] });
    }],
  ];
  return { routes, tasks };
}
