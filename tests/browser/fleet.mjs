// A fictional fleet for the mock: every state of power, severity, supplies and parts occurs. The
// same number of devices always gives the same fleet.
const makers = [
  ['Northwind', ['NW C250', 'NW C450 MFP', 'NW M120']],
  ['Contoso', ['LaserLine 4000', 'LaserLine 6100c', 'OfficeJet-like 88']],
  ['Fabrikam', ['FX-7 Color', 'FX-2 Mono']],
  ['Wide World', ['Plotter 36']],
];
const places = ['HQ 1st floor', 'HQ 2nd floor', 'Lyon, accounting', 'Torino, magazzino', 'Zürich Empfang', '東京 本社 3F', 'Warehouse B', ''];
const now = Date.now();
const ago = (minutes) => new Date(now - minutes * 60000).toISOString().replace('.000', '');

const alerts = [
  { severity: 'critical', training: 'field-service', group: 10, group_index: 1, code: 30, text: 'Call service: fuser unit E-1021' },
  { severity: 'critical', training: 'untrained', group: 8, group_index: 2, code: 808, text: 'Tray 2 is empty (A4)' },
  { severity: 'critical', training: 'untrained', group: 13, group_index: 1, code: 8, text: '' },
  { severity: 'critical', training: 'untrained', group: 6, group_index: 1, code: 3, text: 'Front cover open' },
  { severity: 'warning', training: 'untrained', group: 11, group_index: 3, code: 1104, text: 'Magenta toner low' },
  { severity: 'warning', training: 'management', group: 11, group_index: 5, code: 1107, text: 'Waste toner container nearly full' },
  { severity: 'other', training: 'no-intervention', group: 5, group_index: -1, code: 23, text: 'Power save' },
];

const supply = (n, type, color, percent, state, more = {}) => ({
  key: `marker.1.${n}`,
  description: '',
  type,
  class: type.startsWith('waste') ? 'receptacle' : 'consumed',
  color,
  unit: 'impressions',
  capacity: state === 'percent' ? 20000 : -2,
  level: state === 'percent' ? percent * 200 : { some: -3, unknown: -2, unlimited: -1 }[state],
  percent: state === 'percent' ? percent : null,
  state,
  source: 'prtMarkerSupplies',
  part: `NW-${100 + n}`,
  ...more,
});

function suppliesOf(i) {
  const level = (n) => (i * 37 + n * 29) % 101;
  const states = ['percent', 'percent', 'percent', 'some', 'unknown', 'percent', 'unlimited'];
  const state = (n) => states[(i + n) % (i % 5 === 0 ? 7 : 3)];
  const list = [supply(1, 'tonerCartridge', 'black', level(1), state(0), { description: i % 3 ? 'Black Toner Cartridge' : '' })];
  if (i % 3 !== 2) {
    list.push(supply(2, 'tonerCartridge', 'cyan', level(2), state(1)));
    list.push(supply(3, 'tonerCartridge', 'magenta', level(3), state(2)));
    list.push(supply(4, 'tonerCartridge', 'yellow', level(4), state(3)));
  }
  list.push(supply(5, 'wasteToner', '', level(5), state(4)));
  list.push(supply(6, 'opc', '', level(6), 'percent'));
  return list;
}

const part = (key, name, more) => ({
  key, name, description: name, type: 'sheetFeedAutoRemovableTray', media: 'A4 80 g', unit: 'sheets', capacity: 500, level: 250, percent: 50, state: 'ok', ...more,
});

export function makeDevice(i) {
  const [manufacturer, models] = makers[i % makers.length];
  const worst = [undefined, undefined, undefined, alerts[4], undefined, alerts[1], undefined, alerts[5], undefined, undefined, alerts[2], undefined, alerts[6]][i % 13];
  const own = i % 41 === 7 ? [alerts[0], alerts[4]] : worst ? [worst] : [];
  const power = i % 29 === 11 ? 'no-response' : i % 31 === 5 ? 'off' : i % 37 === 9 ? 'conflict' : i % 43 === 2 ? 'unknown' : 'on';
  const severity = own.includes(alerts[0]) ? 'service' : own.some((a) => a.severity === 'critical') ? 'error' : own.some((a) => a.severity === 'warning') ? 'warning' : 'normal';
  const supplies = suppliesOf(i);
  const known = supplies.filter((s) => s.percent !== null).map((s) => s.percent);
  const c = (i % 250) + 1;
  const b = Math.floor(i / 250);
  return {
    id: String(i + 1),
    name: i % 17 === 3 ? '' : `prn-${String(i + 1).padStart(4, '0')}`,
    address: `10.${Math.floor(b / 250)}.${b % 250}.${c}`,
    address6: i % 6 === 0 ? `2001:db8::${(i + 1).toString(16)}` : '',
    hostname: `prn-${String(i + 1).padStart(4, '0')}.example.org`,
    manufacturer,
    model: models[i % models.length],
    serial: `SN${String(100000 + i * 7)}`,
    mac: `02:00:00:${[16, 8, 0].map((s) => ((i >> s) & 255).toString(16).padStart(2, '0')).join(':')}`,
    firmware: `${1 + (i % 4)}.${i % 10}.${i % 7}`,
    location: places[i % places.length],
    contact: 'help@example.org',
    comment: i % 9 === 0 ? 'Leased until 2027' : '',
    link: i % 4 === 0 ? `https://wiki.example.org/printers/${i + 1}` : '',
    managed: true,
    agent: i % 5 === 4 ? '2' : 'local',
    region: places[i % places.length].startsWith('Lyon') ? { id: '1', name: 'Lyon' } : null,
    groups: i % 9 === 0 ? [{ id: '4', name: 'Pilot' }] : [],
    drivers: ['printer-mib', ...(i % 3 ? [] : ['ipp'])],
    page_count: (i * 7919) % 900000,
    page_unit: 'impressions',
    counters: { total: (i * 7919) % 900000 },
    power,
    severity,
    state: ['idle', 'printing', 'warmup', 'idle'][i % 4],
    alerts: own.map((a, n) => ({ ...a, since: ago(7 + ((i * 53) % 9000) + n * 60) })),
    supplies,
    inputs: [part('1.1', 'Tray 1', {}), part('1.2', 'Tray 2', { level: 0, percent: 0, state: 'empty', media: 'A3' }), part('1.3', 'Bypass', { type: 'sheetFeedManual', capacity: 50, level: -3, percent: null })],
    functions: {},
    supply_lowest: known.length ? Math.min(...known) : null,
    first_seen: ago(400000 + i),
    last_seen: ago(i % 60),
    description: `${manufacturer} ${models[i % models.length]}, firmware ${1 + (i % 4)}.${i % 10}`,
  };
}

export function statusOf(device) {
  return {
    ...device,
    outputs: [part('1.1', 'Output bin', { type: 'removableBin', level: -2, percent: null, media: '' })],
    covers: [part('1.1', 'Front cover', { type: '', state: 'closed' }), part('1.2', 'Right cover', { type: '', state: 'open' })],
    finishers: [part('1.1', 'Stapler', { type: 'stitcher' })],
    console: [part('1.1', '', { description: 'Ready to copy' }), part('1.2', '', { description: 'Load A3 in tray 2' })],
    firmware_parts: [{ component: 'Controller', version: device.firmware }, { component: 'Engine', version: '0.98b' }],
  };
}

export function historyOf(device) {
  return Array.from({ length: 14 }, (_, n) => {
    const a = alerts[(Number(device.id) + n) % alerts.length];
    const since = ago(30 + n * 997);
    const until = n === 0 ? null : ago(30 + n * 997 - 45 - n * 3);
    return { id: String(n + 1), device: device.id, ...a, since, until, duration_s: until ? (45 + n * 3) * 60 : null };
  });
}

export function spellsOf() {
  const rows = [['on', 'normal', 9000, 7000], ['on', 'warning', 7000, 5200], ['off', 'normal', 5200, 4300], ['on', 'normal', 4300, 1200], ['on', 'error', 1200, 900], ['no-response', 'error', 900, 700], ['on', 'normal', 700, null]];
  return rows.map(([power, severity, start, end]) => ({ power, severity, start: ago(start), end: end === null ? null : ago(end) }));
}

export function verdictsOf(devices) {
  const list = devices.slice(0, 120).map((d, n) => ({
    id: String(n + 1), address: d.address, decision: n % 3 ? 'known' : 'accepted', code: n % 3 ? 'known' : 'accepted',
    text: n % 3 ? 'this device is registered already' : 'registered as a managed device', answered: ['snmp'], protocol: 'snmpv2c', credential: '1',
    driver: 'printer-mib', sureness: 90, device: d.id, evidence: d.description, at: d.last_seen,
  }));
  const more = [
    ['rejected', 'not-a-printer', 'it answers SNMP, but no driver knows it as a printer', 'Linux switch 5.10'],
    ['condition', 'condition', 'registered as an unmanaged device by the conditions', 'Contoso LaserLine'],
    ['rejected', 'no-credential', 'it answers SNMPv3 only, and no credential fits', ''],
    ['error', 'timeout-during-read', 'no answer from 161/udp in 3 tries', ''],
  ];
  more.forEach(([decision, code, text, evidence], n) => list.push({
    id: String(1000 + n), address: `10.0.9.${n + 1}`, decision, code, text, answered: ['snmp'], protocol: 'snmpv3', credential: null,
    driver: '', sureness: 0, device: null, evidence, at: ago(3 + n),
  }));
  return list;
}

export function alertsOf(devices) {
  return devices.flatMap((d) => d.alerts.map((a, n) => ({ id: `${d.id}${n}`, device: d.id, ...a, until: null, duration_s: null }))).sort((a, b) => b.since.localeCompare(a.since));
}

export { ago };
