// Dashboards, panels and reports for the stand-in of the server: as core/rest/panel.c and
// core/rest/reports.c have them.
const setting = { days: [1, 365], limit: [1, 50], below: [1, 100] };
const panel = (type, wide, chart, settings = {}) => ({
  type, wide, chart, table: !['severity', 'power', 'agents', 'attention', 'newest-alerts', 'runs'].includes(type),
  settings: Object.entries(settings).map(([name, preset]) => ({ name, minimum: setting[name][0], maximum: setting[name][1], preset })),
});
const types = [
  panel('severity', false, false), panel('power', false, false), panel('agents', false, false), panel('attention', true, false),
  panel('newest-alerts', true, false), panel('runs', true, false), panel('outcomes', false, true, { days: 30 }),
  panel('alerts', true, true, { days: 7, limit: 10 }), panel('supplies', true, false, { below: 10, limit: 10 }),
  panel('pages', true, true, { days: 30 }), panel('models', true, true, { limit: 10 }), panel('colour', false, true),
  panel('firmware', true, true, { limit: 10 }), panel('discovered', true, true, { days: 30 }),
  { ...panel('hello.latest', true, false, { limit: 10 }), title: 'hello.latest' }, // of a plugin
];
const of = (type, wide = false) => ({ type, wide, settings: Object.fromEntries(types.find((t) => t.type === type).settings.map((s) => [s.name, s.preset])) });
const presets = {
  own: [of('severity'), of('power'), of('agents'), of('attention', true), of('runs'), of('newest-alerts', true)],
  administrator: [of('severity'), of('power'), of('agents'), of('supplies', true), of('outcomes'), of('pages', true), of('colour'), of('firmware', true), of('alerts')],
};
const column = (text) => text.split(' ').map((one) => ({ key: one.split(':')[0], type: one.split(':')[1] }));

export function boardPart({ visible, tag, guarded, HttpError }) {
  const boards = { own: null, administrator: null };
  const days = (count, of) => Array.from({ length: count }, (_, n) => [new Date(Date.now() - n * 86400000).toISOString().slice(0, 10) + 'T00:00:00Z', of(n)]).reverse();
  const counted = (keys, limit) => {
    const found = new Map();
    visible().forEach((d) => found.set(JSON.stringify(keys.map((k) => d[k])), (found.get(JSON.stringify(keys.map((k) => d[k]))) ?? 0) + 1));
    return [...found].sort((a, b) => b[1] - a[1]).slice(0, limit).map(([key, count]) => [...JSON.parse(key), count]);
  };
  const tables = {
    outcomes: () => [column('state:run-state runs:number'), [['success', 41], ['error', 3], ['timeout', 1]]],
    alerts: () => [column('severity:alert-severity code:alert-code devices:number'), [['critical', 8, 12], ['warning', 1104, 9], ['warning', 13, 2]]],
    supplies: ({ below, limit }) => [
      column('device:device location:text lowest:percent'),
      visible().filter((d) => d.supply_lowest !== null && d.supply_lowest <= below).sort((a, b) => a.supply_lowest - b.supply_lowest).slice(0, limit)
        .map((d) => [{ id: d.id, name: d.name || d.address }, d.location, d.supply_lowest]),
    ],
    pages: (s) => [column('day:day pages:number'), days(s.days, (n) => ((n * 7919) % 4000) + 500)],
    discovered: (s) => [column('day:day devices:number'), days(Math.min(3, s.days), (n) => n * 5)],
    models: (s) => [column('manufacturer:text model:text devices:number pages:number'), counted(['manufacturer', 'model'], s.limit).map(([a, b, c]) => [a, b, c, c * 12345])],
    colour: () => [column('kind:colour pages:number'), [['color', 1200], ['mono', 98000]]],
    'hello.latest': () => [[{ key: 'text', type: 'text', title: 'hello.text' }, { key: 'sent', type: 'time', title: 'hello.sent' }], [['Good morning', new Date(Date.now() - 3600000).toISOString()], ['Hello', null]]],
    firmware: (s) => [column('manufacturer:text model:text firmware:text devices:number'), counted(['manufacturer', 'model', 'firmware'], s.limit)],
  };
  const show = (c) => {
    const name = c.id;
    c.json(200, { name, preset: boards[name] === null, panels: boards[name] ?? presets[name] }, { ETag: tag(`board-${name}`) });
  };
  const reports = { devices: 'Device Information', firmware: 'Firmware', consumables: 'Consumables', counters: 'Counters', status: 'Status Info', 'audit-log': 'Audit Log', 'counter-totals': 'Counter Totals', 'counter-sums': 'Counter Sums' };
  const reportSettings = { type: 'object', properties: { state: { type: 'string', enum: ['new', 'sent', 'lost'], title: 'hello.state', default: 'sent' } }, required: ['state'] };
  return [
    ['GET', '/reports', (c) => c.json(200, { items: [...Object.entries(reports).map(([name, title]) => ({ name, title })), { name: 'hello.greetings', title: 'hello.report', settings: reportSettings }] })],
    ['GET', '/reports/:id', (c) => {
      if (!reports[c.id] && c.id !== 'hello.greetings') throw new HttpError(404, 'not-found', 'there is no such report');
      c.res.writeHead(200, { 'Content-Type': c.req.headers.accept });
      c.res.end(`${c.id} ${new URL(c.req.url, 'http://localhost').search}`);
    }],
    ['GET', '/panels', (c) => c.json(200, { items: types })],
    ['GET', '/panels/:id', (c) => {
      const type = types.find((one) => one.type === c.id && one.table);
      if (!type) throw new HttpError(404, 'not-found', 'there is no such panel');
      const settings = Object.fromEntries(type.settings.map((s) => [s.name, Number(new URL(c.req.url, 'http://localhost').searchParams.get(s.name) ?? s.preset)]));
      const [columns, rows] = tables[c.id](settings);
      c.json(200, { type: c.id, at: new Date().toISOString(), columns, rows });
    }],
    ['GET', '/dashboards/:id', show],
    ['PUT', '/dashboards/:id', (c) => {
      guarded(c, `board-${c.id}`);
      boards[c.id] = c.body.panels ?? null;
      show(c);
    }],
  ];
}
