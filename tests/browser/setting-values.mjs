// The pages of setting values, which are data of a function: from what differs in the fleet to one
// device, results, backups, data, passwords. In light and dark, each looked at by axe.
//
//   node setting-values.mjs BASE_URL PASSWORD LANGUAGE FOLDER [--only=PART,PART]
//
// The rows are those that tests/integration/setting-value-pages.sh has made.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './chromium.mjs';
import { counted, expect, Hand, same } from './hand.mjs';

const [base, password, language, folder] = process.argv.slice(2);
const only = process.argv.find((a) => a.startsWith('--only='))?.split('=')[1] ?? '';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const locales = join(dirname(fileURLToPath(import.meta.url)), '../../plugins/setting-value/locales');
const words = JSON.parse(readFileSync(join(locales, `${language}.json`), 'utf8'));
const w = (key) => words[`setting-value.${key}`];
mkdirSync(folder, { recursive: true });

const { page, context, problems, close } = await openBrowser({ locale: language, height: 900 });
page.setDefaultTimeout(15000);
const hand = new Hand({ page, context, url: base, language, password });

async function check(name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  expect(violations.length === 0, `${name}: ${violations.map((v) => `${v.id} ${v.nodes[0]?.target.join(' ')}`).join('; ')}`);
}

async function look(name) {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme });
    await hand.settle();
    await page.waitForTimeout(200); // colours change in steps of 150 ms at most
    await page.screenshot({ path: join(folder, `${language}-${name}-${scheme}.png`) });
    await check(`${name} ${scheme}`);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

const at = (id) => `/p/setting-value/${id}`;
const cell = (text) => page.locator('tbody').getByText(text, { exact: true }).first();
const tab = (key) => page.locator('nav.tabs').getByRole('link', { name: w(key), exact: true });

const line = (path) => page.locator('tbody tr', { has: page.getByRole('link', { name: path, exact: true }) });
const choose = (path) => line(path).locator('input[type=checkbox]').check();
const caution = (key) => page.locator('.cautions li').getByText(w(`caution.${key}`));

const steps = {
  async 'menu: five entries, with tabs'() {
    await hand.open('/');
    const links = (await hand.menu()).filter((href) => href.startsWith('/p/setting-value/'));
    same(links, ['devices', 'backup-data', 'drift', 'distribution-data', 'keys'].map(at), 'entries of the menu');
    await hand.open(at('drift-devices'));
    await page.locator(`nav.side a[href="${at('drift')}"][aria-current=page]`).waitFor({ state: 'attached' });
  },

  // SET-108: drift over all devices on one page, then the devices that differ in one setting, then one of them.
  async 'drift: by setting, by device, history'() {
    await hand.open(at('drift'));
    await cell('pjl/COPIES').waitFor();
    await cell('100').waitFor();
    await look('drift');
    await page.getByRole('link', { name: 'pjl/PAPER' }).click();
    await page.locator('tbody').getByText('LETTER').first().waitFor();
    await page.reload(); // its address has what the path's own slash became
    await page.locator('tbody').getByText('LETTER').first().waitFor();
    await page.getByText(/\b30\b/).last().waitFor();
    await look('drift-item');
    await page.getByRole('link', { name: 'prn-030' }).waitFor();
    await hand.open(at('drift'));
    await tab('drift-devices').click();
    await page.waitForURL(/drift-devices/);
    await hand.open(`${at('drift-devices')}?f=differences:ge:2`);
    await page.getByRole('link', { name: 'prn-020' }).first().click(); // differs in both
    await page.locator('tbody').getByText('pjl/COPIES').waitFor();
    await look('drift-device');
    await hand.open(at('drift-changes'));
    const over = await page.locator('.table-wrap').evaluate((table) => table.scrollWidth - table.clientWidth);
    expect(language !== 'en' || over <= 0, `short values: the history is ${over} pixels wider than the page`);
    await look('drift-history');
  },

  // SET-106, SET-107, SET-110 to SET-113
  async 'monitoring results: highlighted, by state, one of them'() {
    await hand.open(`${at('monitoring-log')}?f=state:eq:different`);
    await page.locator('tbody tr.marked').first().waitFor();
    await look('monitoring-log');
    await page.locator('tbody th a').first().click();
    await page.locator('dt').getByText(w('internal'), { exact: true }).waitFor();
    await page.locator('tbody tr:first-child.marked').waitFor(); // values beside the standard's, what differs first
    await look('monitoring-result');
    await page.getByRole('link', { name: w('internal'), exact: true }).click(); // their list (SET-112)
    await page.locator('tbody').getByText('pjl/PAGES').first().waitFor();
  },

  // SET-62, SET-63
  async 'backups: a device, its dates'() {
    await hand.open(at('backup-data'));
    await page.getByRole('link', { name: 'prn-003' }).first().click();
    await page.locator('tbody tr').nth(1).waitFor();
    await look('backups');
    await page.locator('tbody th a').first().click();
    await page.waitForURL(/\/backups\/row\//);
    await look('backup');
  },

  // SET-43 to SET-48
  async 'devices: which can do it, how to prepare the others'() {
    await hand.open(at('devices'));
    await cell(w('support.yes')).waitFor();
    same(await caution('key-pair').isVisible(), false, 'how to prepare devices, before it is asked for');
    await page.locator('details.cautions summary').click();
    await caution('key-pair').waitFor();
    await look('devices');
    await hand.open(`${at('devices')}?f=support:eq:no`);
    await page.locator('tbody th a').first().click();
    await counted(page.locator('.cautions li'), 0, 'cautions of type I to III beside a device of type IV');
  },

  // SET-12 to SET-26, SET-38, SET-40: a caution comes as soon as its category is chosen
  async 'cautions: of a category in the form of a backup'() {
    await hand.open('/tasks/new?kind=setting-value.back-up&tab=settings');
    await caution('time').waitFor();
    await counted(caution('address-book'), 0, 'the caution of address books before they are chosen');
    await page.getByLabel(w('category.address-book'), { exact: true }).check();
    await caution('address-book').waitFor();
    await caution('destinations').waitFor();
    await counted(caution('network'), 0, 'the caution of a category that is not chosen');
    await page.getByLabel(w('category.basic'), { exact: true }).check();
    await caution('network').waitFor();
    await look('cautions-backup');
    await page.getByLabel(w('category.address-book'), { exact: true }).uncheck();
    await caution('address-book').waitFor({ state: 'detached' });
  },

  // SET-31, SET-41, SET-77: of what is in the chosen data
  async 'cautions: of the data that a distribution sends'() {
    await hand.open('/tasks/new?kind=setting-value.distribute&tab=settings');
    await caution('before-distribution').waitFor();
    await caution('unfit').waitFor();
    await counted(caution('box'), 0, 'the caution of boxes before the data is chosen');
    await page.getByLabel(w('data'), { exact: true }).selectOption({ label: 'Boxes' });
    await caution('box').waitFor();
    await caution('level').waitFor();
    await counted(caution('network'), 0, 'the caution of a category that the data does not have');
    await look('cautions-distribution');
    await hand.open(at('distribution-data'));
    await page.getByRole('link', { name: 'Boxes' }).click();
    await caution('box').waitFor();
    await look('cautions-data');
  },

  // SET-31, SET-77: also of data that the form does not list, as it has more than 200
  async 'cautions: of data behind the first ones of the list'() {
    await hand.open('/tasks/new?kind=setting-value.distribute&tab=settings');
    const field = page.getByLabel(w('data'), { exact: true });
    await counted(field.getByText('Old boxes'), 0, 'the oldest data among the first ones');
    await page.getByLabel(`${hand.t('filter.search')}: ${w('data')}`).fill('old boxes');
    await field.getByText('Old boxes').waitFor({ state: 'attached' });
    await field.selectOption({ label: 'Old boxes' });
    await caution('box').waitFor();
    await page.getByLabel(`${hand.t('filter.search')}: ${w('data')}`).fill(''); // it stays chosen, and known
    await field.getByText('Older 001').waitFor({ state: 'attached' });
    await field.locator('option:checked', { hasText: 'Old boxes' }).waitFor({ state: 'attached' });
    await caution('box').waitFor();
    await look('cautions-further');
  },

  // SET-104: and of a standard, when it is to be written
  async 'cautions: of a standard that overwrites'() {
    await hand.open('/tasks/new?kind=setting-value.monitor&tab=settings');
    await caution('before-monitoring').waitFor();
    await counted(caution('unfit'), 0, 'the caution of overwriting');
    await page.getByLabel(w('on-difference'), { exact: true }).selectOption('overwrite');
    await caution('unfit').waitFor();
  },

  // SET-68, SET-79, SET-82, SET-86
  async 'data: distribution, monitoring, what was distributed'() {
    await hand.open(at('distribution-data'));
    await page.getByRole('link', { name: w('upload'), exact: true }).click();
    await page.locator('input[type=file]').setInputFiles({ name: 'duplex.csv', mimeType: 'text/csv', buffer: Buffer.from('path,value,kind\npjl/DUPLEX,ON,text\n') });
    await page.locator('[name="/name"]').fill('Duplex everywhere');
    await look('upload');
    await hand.submit();
    await page.getByRole('link', { name: 'Duplex everywhere' }).waitFor();
    await counted(page.getByText('Office standard'), 0, 'standards among the distribution data');
    await look('distribution-data');
    await tab('monitoring-data').click();
    await page.getByRole('link', { name: 'Office standard' }).waitFor();
    await look('monitoring-data');
    await page.getByRole('link', { name: 'Office standard' }).click();
    await page.locator('tbody').getByText('pjl/COPIES').waitFor();
    await look('standard');
    await hand.open(at('distributions'));
    await page.locator('tbody th a').first().click();
    await page.locator('tbody').getByText(w('result-state.failure')).waitFor();
    await look('distribution');
  },

  // SET-70, SET-86: what is marked, and values, are changed where data is shown
  async 'items: a value, marks, one taken out'() {
    await hand.open(at('monitoring-data'));
    await page.getByRole('link', { name: 'Office standard' }).click();
    await choose('pjl/COPIES');
    await page.getByRole('button', { name: w('item-set'), exact: true }).click();
    const form = page.locator('dialog[open]');
    same(await form.locator('[name="/value"]').inputValue(), '1', 'the value that the form begins with');
    same(await form.locator('[name="/output"]').isChecked(), true, 'the mark that the form begins with');
    await form.locator('[name="/value"]').fill('3');
    await look('item');
    await form.locator('button[type=submit]').click();
    await line('pjl/COPIES').getByText('3', { exact: true }).waitFor();
    await choose('pjl/PAPER');
    await page.getByRole('button', { name: w('item-unmark'), exact: true }).click();
    await line('pjl/PAPER').getByText(w('output.no'), { exact: true }).waitFor();
    await choose('pjl/PAPER');
    await page.getByRole('button', { name: w('item-mark'), exact: true }).click();
    await line('pjl/PAPER').getByText(w('output.yes'), { exact: true }).waitFor();
    await choose('pjl/PAPER');
    await page.getByRole('button', { name: w('item-remove'), exact: true }).click();
    await page.locator('dialog[open]').getByRole('button', { name: w('item-remove'), exact: true }).click();
    await line('pjl/PAPER').waitFor({ state: 'detached' });
  },

  // SET-88 to SET-90: devices and groups of a standard, added from lists, taken out
  async 'target devices of a standard'() {
    await hand.open(at('monitoring-data'));
    await page.getByRole('link', { name: 'Office standard' }).click();
    await tab('associations').click();
    await page.waitForURL(/tab=associations/);
    await cell('prn-001').waitFor();
    await page.getByRole('button', { name: w('add-groups'), exact: true }).click();
    await page.getByLabel('Sales', { exact: true }).check();
    await page.locator('[name="/product"]').fill('Example 5000');
    await page.locator('dialog[open] form.form > .actions button[type=submit]').click();
    await page.locator('tbody').getByRole('link', { name: 'Sales', exact: true }).waitFor();
    await page.getByRole('button', { name: w('add-devices'), exact: true }).click();
    await page.waitForURL(/\/associations\/do\/add-devices/);
    await page.getByRole('button', { name: hand.t('targets.choose') }).click();
    const list = page.locator('dialog[open]');
    await list.getByText('prn-001', { exact: true }).waitFor();
    await list.locator('thead input[type=checkbox]').check();
    await look('targets-list');
    await list.getByRole('button', { name: hand.t('targets.add'), exact: true }).click();
    await page.locator('.chosen li').nth(49).waitFor();
    await look('targets-form');
    await hand.submit();
    await page.waitForURL(/tab=associations/);
    await page.getByText(/\b51\b/).last().waitFor(); // ten of the fifty were there, and a group
    await look('targets');
    await hand.open(`${page.url().replace(base, '')}&f=device_id:empty:true`);
    await page.locator('tbody tr', { hasText: 'Sales' }).locator('input[type=checkbox]').check();
    await page.getByRole('button', { name: w('dissociate'), exact: true }).click();
    await page.locator('tbody').getByRole('link', { name: 'Sales', exact: true }).waitFor({ state: 'detached' });
  },

  async 'system: passwords and dictionaries'() {
    await hand.open(at('keys'));
    await page.getByRole('link', { name: w('key-add'), exact: true }).click();
    await page.locator('[name="/name"]').fill('Office');
    await page.locator('[name="/password"]').fill('Correct-horse-8');
    await look('key');
    await hand.submit();
    await page.getByRole('link', { name: 'Office', exact: true }).waitFor();
    await look('keys');
    await tab('dictionaries').click();
    await page.waitForURL(/dictionaries/);
    await look('dictionaries');
  },

  // SET-115
  async 'dashboard: the newest results lead to one'() {
    await page.evaluate(async () => {
      const { csrf } = await (await fetch('/api/v1/me')).json();
      await fetch('/api/v1/dashboards/own', { method: 'PUT', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf }, body: JSON.stringify({ panels: [{ type: 'setting-value.drift', settings: { limit: 5 } }] }) });
    });
    await hand.open('/');
    await page.getByRole('heading', { name: w('panel-drift') }).waitFor();
    await page.locator('.board-table tbody').getByText(w('log-state.different')).first().waitFor();
    await look('panel');
    await page.locator('.board-table tbody a[href*="/monitoring-log/row/"]').first().click();
    await page.waitForURL(/\/monitoring-log\/row\//);
  },
};

const failures = [];
await hand.logIn('Administrator');
for (const [name, step] of Object.entries(steps)) {
  if (only && !only.split(',').some((part) => name.includes(part))) {
    continue;
  }
  try {
    await step();
  } catch (error) {
    failures.push(`${name}: ${error.message.split('\n').slice(0, 6).join(' ')}`);
    await page.screenshot({ path: join(folder, `${language}-failed-${name.replace(/\W+/g, '-')}.png`) }).catch(() => undefined);
  }
}
failures.push(...problems);
await close();
console.log(failures.length === 0 ? `setting values ${language}: all well` : `setting values ${language}:\n${failures.join('\n')}`);
process.exit(failures.length === 0 ? 0 : 1);
