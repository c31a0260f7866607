// The first walk through the pages of a real daemon, by hand and eye: set-up, login, discovery,
// list, filter, sort, details; in English, then in German. Screenshots lie in the folder given.
//
//   node first-light.mjs BASE_URL SETUP_URL [SHOTS_FOLDER] [--range=127.10.0.0/24] [--port=10161]
//     [--community=public] [--password=...]
//
// SETUP_URL is the address that the daemon printed at its first start; "-" when it is set up.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './chromium.mjs';

const [base, setup, folder] = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const option = (name, fallback) => process.argv.find((a) => a.startsWith(`--${name}=`))?.split('=').slice(1).join('=') ?? fallback;
const range = option('range', '127.10.0.0/24');
const port = option('port', '10161');
const community = option('community', 'public');
const password = option('password', 'First-Light-7');
const locales = join(dirname(fileURLToPath(import.meta.url)), '../../web/locales');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
if (!base || !setup) {
  console.error('usage: node first-light.mjs BASE_URL SETUP_URL [SHOTS_FOLDER]');
  process.exit(2);
}
if (folder) {
  mkdirSync(folder, { recursive: true });
}

function expect(holds, text) {
  if (!holds) {
    throw new Error(text);
  }
}

class Walk {
  constructor(page, language) {
    this.page = page;
    this.language = language;
    this.words = JSON.parse(readFileSync(join(locales, `${language}.json`), 'utf8'));
    this.number = 0;
    page.setDefaultTimeout(20000);
  }

  button(key, options = {}) {
    return this.page.getByRole('button', { name: this.words[key], exact: true, ...options });
  }

  link(key) {
    return this.page.getByRole('link', { name: this.words[key], exact: true });
  }

  async settle() {
    await this.page.waitForFunction(() => !document.querySelector('.waiting, .stale'));
    await this.page.waitForTimeout(100);
  }

  async look(name) {
    await this.settle();
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    if (folder) {
      this.number += 1;
      await this.page.screenshot({ path: join(folder, `${this.language}-${String(this.number).padStart(2, '0')}-${name}.png`) });
    }
    expect(violations.length === 0, `${name}: ${violations.map((v) => `${v.id} ${v.nodes[0]?.target.join(' ')}`).join('; ')}`);
  }

  async setUp() {
    await this.page.goto(setup);
    await this.page.locator('input[name=password]').fill(password);
    await this.page.locator('input[name=again]').fill(password);
    await this.page.locator('input[name=email]').fill('admin@example.org');
    await this.look('setup');
    await this.button('setup.submit').click();
    await this.page.waitForSelector('nav.side');
    await this.page.waitForURL(/\/discovery/);
  }

  async logIn() {
    await this.page.goto(`${base}/discovery`);
    await this.page.waitForURL(/\/login\?return=%2Fdiscovery/);
    await this.page.locator('input[name=user]').fill('Administrator');
    await this.page.locator('input[name=password]').fill(password);
    await this.look('login');
    await this.button('login.submit').click();
    await this.page.waitForURL(/\/discovery$/);
  }

  async enterRange() {
    const { page } = this;
    await page.locator('textarea[name=ranges]').fill(range);
    await page.locator('input[name=snmp]').fill(port);
    await this.look('ranges');
    await this.button('action.save').click();
    await page.getByText(this.words['ranges.saved']).waitFor();
    await this.link('discovery.credentials').click();
    await page.waitForURL(/tab=credentials/);
    await this.settle();
    if ((await page.locator('tbody tr').count()) === 0) {
      await this.button('credential.add').click();
      await page.locator('dialog input[name=community]').fill(community);
      await page.locator('dialog input[name=description]').fill('First light');
      await page.locator('dialog button[type=submit]').click();
      await page.getByText(this.words['credential.saved']).waitFor();
      await page.waitForSelector('tbody tr');
    }
    await this.look('credentials');
  }

  async search() {
    const { page } = this;
    await this.button('discovery.search').click();
    await this.look('search-now');
    await this.button('discovery.start').click();
    await page.waitForSelector('dialog .runbar');
    await this.look('searching');
    await page.locator('dialog a.primary').waitFor({ timeout: 300000 });
    await this.look('found');
    await this.link('discovery.to_devices').click();
    await page.waitForURL(/\/devices$/);
    await page.waitForSelector('tbody tr');
    await this.look('devices');
    return page.locator('tbody tr').count();
  }

  async filterAndSort() {
    const { page } = this;
    await this.button('filter.add').click();
    await page.locator('.panel').getByRole('button', { name: this.words['device.power'], exact: true }).click();
    await page.getByLabel(this.words['power.on'], { exact: true }).check();
    await this.button('filter.apply').click();
    await page.waitForURL(/f=power:eq:on/);
    await page.waitForSelector('.chip');
    await page.getByRole('link', { name: this.words['device.page_count'], exact: true }).click();
    await page.waitForURL(/sort=page_count/);
    await page.getByRole('link', { name: this.words['device.page_count'], exact: true }).click();
    await page.waitForURL(/sort=-page_count/);
    await this.settle();
    await page.waitForSelector('th[aria-sort=descending]');
    const column = await page.locator('thead th').evaluateAll((heads) => heads.findIndex((h) => h.getAttribute('aria-sort') === 'descending'));
    const counts = await page.locator(`tbody tr > :nth-child(${column + 1})`).evaluateAll((cells) => cells.map((c) => Number(c.textContent.replace(/\D/g, ''))));
    expect(counts.length > 0, 'no device is on');
    expect(counts.every((n, i) => i === 0 || n <= counts[i - 1]), `page counts are not sorted: ${counts.slice(0, 8)}`);
    await this.look('filtered');
  }

  async details() {
    const { page } = this;
    const link = page.locator('tbody th a').first();
    const name = await link.textContent();
    await link.click();
    await page.waitForURL(/\/devices\/[^/?]+$/);
    await page.waitForSelector('.identity');
    expect((await page.locator('h1').textContent()) === name, `the page of ${name} has another title`);
    await page.waitForSelector('.supplies tbody tr');
    await this.look('device');
    for (const tab of ['status', 'alerts', 'counters']) {
      await page.locator(`.tabs a[href$="tab=${tab}"]`).click();
      await page.waitForURL(new RegExp(`tab=${tab}`));
      await this.look(`device-${tab}`);
    }
    for (const [path, name] of [['/', 'dashboard'], ['/discovery?tab=verdicts', 'verdicts'], ['/runs', 'runs'], ['/built-in-tasks', 'built-in'], ['/agents', 'agents'], ['/agents/local', 'agent'], ['/tokens', 'tokens'], ['/preferences', 'preferences'], ['/about', 'about']]) {
      await page.goto(base + path);
      await page.waitForSelector('h1');
      await this.look(name);
      expect((await page.locator('.notice.tone-error').count()) === 0, `${name}: ${await page.locator('.notice.tone-error').allTextContents()}`);
    }
    await page.goto(`${base}/runs`);
    await page.locator('tbody th a').last().click();
    await page.waitForSelector('.runbar-counts');
    await this.look('run');
  }
}

let failed = false;
for (const language of ['en', 'de']) {
  const { page, problems, close } = await openBrowser({ locale: language });
  const walk = new Walk(page, language);
  try {
    if (language === 'en' && setup !== '-') {
      await walk.setUp();
    } else {
      await walk.logIn();
    }
    await walk.enterRange();
    const devices = await walk.search();
    await walk.filterAndSort();
    await walk.details();
    expect(problems.length === 0, problems.join('\n'));
    console.log(`first light ${language}: all well, ${devices} devices in the list`);
  } catch (error) {
    failed = true;
    console.error(`first light ${language}: ${error.message}`);
    if (folder) {
      await page.screenshot({ path: join(folder, `${language}-failed.png`) }).catch(() => undefined);
    }
  }
  await close();
}
process.exit(failed ? 1 : 0);
