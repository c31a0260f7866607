// Pages of setting values over a whole fleet: how long each takes until its first row is there, the
// longest answer of the server, how much came. Started by tests/bench/setting-value/pages.sh.
//
//   node setting-value-fleet.mjs BASE_URL PASSWORD DEVICES FOLDER
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './chromium.mjs';
import { Hand } from './hand.mjs';

const [base, password, devices, folder] = process.argv.slice(2);
const locales = join(dirname(fileURLToPath(import.meta.url)), '../../plugins/setting-value/locales');
const words = JSON.parse(readFileSync(join(locales, 'en.json'), 'utf8'));
const w = (key) => words[`setting-value.${key}`];
mkdirSync(folder, { recursive: true });

const { page, context, problems, close } = await openBrowser({ height: 900 });
page.setDefaultTimeout(60000);
const hand = new Hand({ page, context, url: base, language: 'en', password });

let answers = [];
page.on('requestfinished', async (request) => {
  const { pathname } = new URL(request.url());
  if (pathname.startsWith('/api/') && !pathname.endsWith('/events')) {
    const { requestStart, responseStart } = request.timing();
    const { responseBodySize } = await request.sizes();
    answers.push({ path: `${request.method()} ${pathname}`, ms: responseStart - requestStart, bytes: responseBodySize });
  }
});

// step() until `there` is on the page, then until nothing loads any more.
async function measure(name, step, there) {
  answers = [];
  const start = performance.now();
  await step();
  await there.first().waitFor();
  const first = performance.now() - start;
  await hand.settle();
  await page.waitForTimeout(300); // what comes beside the rows
  const slowest = answers.toSorted((a, b) => b.ms - a.ms)[0] ?? { path: '-', ms: 0 };
  const bytes = answers.reduce((sum, one) => sum + one.bytes, 0);
  console.log(`${name}: first row ${first.toFixed(0)} ms, ${answers.length} requests, ${(bytes / 1024).toFixed(0)} kB, slowest ${slowest.ms.toFixed(0)} ms ${slowest.path}`);
  await page.screenshot({ path: join(folder, `${name.replace(/\W+/g, '-')}.png`) });
}

const at = (id) => `/p/setting-value/${id}`;
const row = page.locator('tbody tr');
const tab = (key) => page.locator('nav.tabs').getByRole('link', { name: w(key), exact: true });
const button = (key) => page.getByRole('button', { name: w(key), exact: true });
const half = `id:le:${Number(devices) / 2}`;
const last = (part) => Math.floor((Number(devices) * part) / 50); // page of 50 rows
const open = (name, path) => measure(name, () => page.goto(base + path), row);
const click = (name, what, there = row) => measure(name, () => what.click(), there);

await hand.logIn('Administrator');
await page.evaluate(async () => {
  const { csrf } = await (await fetch('/api/v1/me')).json();
  await fetch('/api/v1/dashboards/own', { method: 'PUT', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf }, body: JSON.stringify({ panels: [{ type: 'setting-value.drift', wide: true, settings: { limit: 10 } }] }) });
});
await measure('dashboard panel', () => page.goto(base), page.locator('.board-table tbody tr'));
await open('drift by setting', at('drift'));
const [most] = await page.locator('tbody th a').allTextContents();
await click('devices that differ in one', page.getByRole('link', { name: most, exact: true }), page.locator('dl'));
await open('the last of them', `${new URL(page.url()).pathname}?page=${last(0.3)}`);
await open('drift by device', at('drift-devices'));
await open('drift by device, two and more', `${at('drift-devices')}?f=differences:ge:2`);
await open('history', at('drift-changes'));
await open('results', at('monitoring-log'));
await open('results, a search, the last page', `${at('monitoring-log')}?q=fleet&page=${last(1)}`);
await open('results that differ', `${at('monitoring-log')}?f=state:eq:different&sort=-count`);
await click('one result', page.locator('tbody th a').first(), page.locator('dl'));
await open('devices', at('devices'));
await open('devices, the last page', `${at('devices')}?page=${last(1)}`);
await open('backup data', at('backup-data'));
await open('runs', '/runs');
await click('the run of the comparison', page.getByRole('link', { name: 'monitor', exact: true }).first(), page.locator('h1', { hasText: 'monitor' }));

// Half of them for the standard, all that a filter finds.
await hand.open(at('monitoring-data'));
await click('standard', page.getByRole('link', { name: 'Fleet standard' }).first(), page.locator('dl'));
await click('its target devices', tab('associations'), button('add-devices'));
await button('add-devices').click();
const list = page.locator('dialog[open]');
await click('device list of the form', page.getByRole('button', { name: hand.t('targets.choose') }), list.locator('tbody tr'));
await hand.open(`${page.url().replace(base, '')}&f=${encodeURIComponent(half)}`);
await page.getByRole('button', { name: hand.t('targets.choose') }).click();
await list.locator('tbody tr').first().waitFor();
await list.locator('thead input[type=checkbox]').check();
await list.locator('.selection').getByRole('button').first().click(); // all of the filter
await page.screenshot({ path: join(folder, 'device-list-picked.png') });
await measure('choosing them', () => list.getByRole('button', { name: hand.t('targets.add'), exact: true }).click(), page.locator('.chosen li').nth(99));
await measure('adding them', () => hand.submit(), page.locator('tbody tr'));
await open('the last target device', `${page.url().replace(base, '')}&page=${last(0.5)}`);

for (const problem of problems) {
  console.log(`problem: ${problem}`);
}
await close();
