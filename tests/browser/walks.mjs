// Ways through the pages that a list of screenshots does not show: keyboard, filters in the address,
// live changes, two editors, undo, an ended session.
import { readFileSync } from 'node:fs';
import { openBrowser } from './chromium.mjs';
import { counted, expect } from './hand.mjs';
import { startMock } from './mock.mjs';

export const steps = {
  async 'keyboard: / searches, ? helps, g d goes to the list'({ page }) {
    await page.keyboard.press('?');
    await page.waitForSelector('dialog[open]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    await page.keyboard.press('/');
    await page.keyboard.type('prn-0042');
    await page.waitForSelector('.hits li');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/devices/42');
    await page.locator('h1').click();
    await page.keyboard.press('g');
    await page.keyboard.press('d');
    await page.waitForURL('**/devices');
  },

  // DEV-154 to DEV-160, ACC-51, ACC-52
  async 'dashboard: panels are added, moved, widened, set and taken off; the other one stays'({ page, url }) {
    const titles = () => page.locator('.board h2').allInnerTexts();
    const option = async (panel, name) => {
      await page.getByRole('button', { name: `Panel options: ${panel}` }).click();
      await page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
    };
    await page.goto(url);
    await page.waitForSelector('.board h2');
    const before = (await titles()).length;
    await page.getByRole('button', { name: 'Add panel' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Pages a day' }).press('Enter');
    await page.waitForFunction((n) => document.querySelectorAll('.board h2').length === n, before + 1);
    expect((await titles()).at(-1) === 'Pages a day', 'the new panel is not the last');
    await option('Pages a day', 'Move forward');
    await page.waitForFunction(() => [...document.querySelectorAll('.board h2')].at(-2)?.textContent === 'Pages a day');
    await option('Pages a day', 'Make narrower');
    await page.waitForFunction(() => ![...document.querySelectorAll('.board .card')].at(-2)?.classList.contains('span'));
    await option('Pages a day', 'Settings');
    await page.locator('dialog input[name=days]').fill('400');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForSelector('dialog .field-error');
    await page.locator('dialog input[name=days]').fill('7');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    await page.waitForFunction(() => document.querySelectorAll('.board-columns > span').length === 7);
    await page.getByRole('button', { name: 'Show as table' }).click();
    await counted(page.locator('.board-table tbody tr'), 7, 'not a row a day');
    await option('Pages a day', 'Delete');
    await page.waitForFunction((n) => document.querySelectorAll('.board h2').length === n, before);
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await page.waitForFunction((n) => document.querySelectorAll('.board h2').length === n, before + 1);
    await page.getByRole('link', { name: 'Administrator Dashboard' }).click();
    await page.waitForURL('**/?board=administrator');
    await page.getByRole('heading', { name: 'Supplies running out' }).waitFor();
    await page.getByRole('link', { name: 'Dashboard', exact: true }).first().click();
    await page.getByRole('button', { name: 'Back to the preset' }).click();
    await page.waitForFunction((n) => document.querySelectorAll('.board h2').length === n, before);
  },

  // ACC-57, ACC-94
  async 'reports: a file of one region, of so many days'({ page, url }) {
    await page.goto(`${url}/reports`);
    await page.locator('select[name=region]').selectOption({ index: 1 });
    await page.locator('input[name=days]').fill('7');
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Status: Excel' }).click();
    const download = await saved;
    expect(/^platen-status-.*\.xlsx$/.test(download.suggestedFilename()), `the file is called ${download.suggestedFilename()}`);
    const text = readFileSync(await download.path(), 'utf8');
    expect(/region=\d+/.test(text) && /days=7/.test(text) && !/unit=/.test(text), `asked for "${text}"`);
  },

  // MON-54 to MON-60
  async 'reports: totals of one counter by weeks'({ page, url }) {
    await page.goto(`${url}/reports`);
    await page.locator('select[name=unit]').selectOption('weekly');
    await page.locator('input[name=counter]').fill('color');
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Counter totals by device: CSV' }).click();
    const download = await saved;
    expect(/^platen-counter-totals-.*\.csv$/.test(download.suggestedFilename()), `the file is called ${download.suggestedFilename()}`);
    const text = readFileSync(await download.path(), 'utf8');
    expect(/unit=weekly/.test(text) && /counter=color/.test(text) && !/days=/.test(text), `asked for "${text}"`);
  },

  async 'filter: chips make the address, the address makes chips'({ page, url }) {
    await page.goto(`${url}/devices`);
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByRole('button', { name: 'Severity' }).click();
    await page.getByLabel('Error', { exact: true }).check();
    await page.getByLabel('Service call').check();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(/f=severity:eq:error&f=severity:eq:service/);
    const words = await page.locator('.chip-text').first().textContent();
    expect(words === 'Severity is Error or Service call', `chip says "${words}"`);
    await page.getByRole('button', { name: 'Filter', exact: true }).click();
    await page.getByRole('button', { name: 'Severity (in use)' }).click();
    await page.waitForSelector('.toast.tone-error'); // ERR-11
    await page.getByRole('button', { name: 'Remove filter: Severity' }).click();
    await page.waitForURL((u) => !u.search.includes('severity'));
    await page.goBack();
    await page.waitForSelector('.chip');
  },

  async 'list: sort by a heading, place kept on the way back'({ page, url }) {
    await page.goto(`${url}/devices`);
    await page.getByRole('link', { name: 'Pages', exact: true }).click();
    await page.getByRole('link', { name: 'Pages', exact: true }).click();
    await page.waitForURL(/sort=-page_count/);
    await page.waitForSelector('th[aria-sort=descending]');
    await page.waitForFunction(() => !document.querySelector('.stale'));
    await page.locator('.table-wrap').evaluate((e) => e.scrollTo(0, 600));
    await page.locator('tbody th a').nth(25).click();
    await page.waitForSelector('.identity');
    await page.goBack();
    await page.waitForSelector('.table-wrap');
    await page.waitForFunction(() => document.querySelector('.table-wrap').scrollTop > 500);
  },

  async 'selection: all that match start one task'({ page, url }) {
    await page.goto(`${url}/devices?f=severity:eq:error&size=25`);
    await page.getByLabel('Select this page').check();
    const all = page.getByRole('button', { name: /^Select all \d+ that match/ });
    if ((await all.count()) > 0) {
      await all.click();
    }
    await page.getByRole('button', { name: 'Retrieve status now' }).click();
    await page.waitForSelector('.toast.tone-ok a');
    await page.locator('.toast a').click();
    await page.waitForURL(/\/runs\/\d+/);
    await page.waitForSelector('.runbar-counts');
    await page.waitForFunction(() => /Timeout|Success|Error/.test(document.querySelector('.head .status')?.textContent ?? ''), undefined, { timeout: 15000 });
  },

  async 'live: changes are counted, rows do not jump'({ page, url, mock }) {
    await page.goto(`${url}/devices?sort=address`);
    await page.waitForSelector('tbody tr');
    await page.waitForTimeout(300);
    const before = await page.locator('tbody').textContent();
    const hrefs = await page.locator('tbody th a').evaluateAll((links) => links.slice(0, 2).map((a) => a.getAttribute('href')));
    mock.publish('device', { count: 3, ids: [...hrefs.map((h) => h.split('/').pop()), '100000'] });
    await page.getByRole('button', { name: '2 changes – refresh' }).waitFor();
    expect(before === (await page.locator('tbody').textContent()), 'rows changed by themselves');
    await page.getByRole('button', { name: '2 changes – refresh' }).click();
    await page.waitForSelector('.button.soft', { state: 'detached' });
  },

  async 'form: two editors are shown side by side, input is kept'({ page, url, mock }) {
    await page.goto(`${url}/devices/9`);
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.locator('dialog input[name=location]').fill('Room 5');
    mock.bump('device9'); // a new version of what the form does not show: no question asked
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.locator('dialog input[name=location]').fill('Room 6');
    mock.change('9', { comment: 'by somebody else' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForSelector('dialog .notice.tone-warning table');
    expect((await page.locator('dialog input[name=location]').inputValue()) === 'Room 6', 'input was lost');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).last().click();
  },

  async 'form: errors stand at the field and on top, by line'({ page, url }) {
    await page.goto(`${url}/discovery`);
    await page.locator('textarea[name=ranges]').fill('10.0.0.0/24\n10.0.0.900');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForSelector('.field-error');
    const own = await page.locator('.field-error').textContent();
    expect(own.startsWith('Line 2'), `the field says "${own}"`);
    await page.locator('textarea[name=ranges]').fill('10.0.0.0/24\n0.1.2.3');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText(/Line 2: .*0\.1\.2\.3 is no address of a device/).first().waitFor();
    // What is not saved is asked about.
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.getByRole('button', { name: 'Stay here' }).click();
    expect(page.url().endsWith('/discovery'), 'the page was left');
    await page.getByRole('link', { name: 'Runs', exact: true }).click();
    await page.getByRole('button', { name: 'Leave without saving' }).click();
    await page.waitForURL('**/runs');
  },

  async 'secrets: a token and an activation key are shown once and can be copied'({ page, url }) {
    await page.goto(`${url}/tokens`);
    await page.getByRole('button', { name: 'Create token' }).click();
    await page.locator('dialog input[name=name]').fill('Backup');
    await page.locator('dialog button[type=submit]').click();
    await page.waitForSelector('.secret code');
    await page.getByRole('button', { name: 'Copy: Token' }).click();
    expect((await page.evaluate(() => navigator.clipboard.readText())).startsWith('plt_'), 'the token was not copied');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Backup').first().waitFor();
    expect(!(await page.content()).includes('plt_'), 'the token is still in the page');
    await page.goto(`${url}/agents`);
    await page.getByRole('button', { name: 'Add remote agent' }).click();
    await page.locator('dialog input[name=name]').fill('Basel');
    await page.locator('dialog button[type=submit]').click();
    await page.waitForSelector('.secret code');
    await page.getByRole('button', { name: 'Done' }).click();
  },

  async 'columns: chosen, ordered, kept with the user'({ page, url }) {
    await page.goto(`${url}/devices`);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Serial number' }).check();
    await page.getByRole('button', { name: 'Move up: Serial number' }).click();
    await page.reload();
    await page.waitForSelector('thead');
    const heads = await page.locator('thead th').allTextContents();
    expect(heads.indexOf('Serial number') === heads.length - 2, `columns are ${heads}`);
  },

  async 'language: switched at once, kept, and dates follow'({ page, url }) {
    await page.goto(`${url}/about`);
    await page.getByRole('button', { name: /Administrator/ }).click();
    await page.getByLabel('Language').selectOption('de');
    await page.getByRole('heading', { name: 'Über Platen' }).waitFor();
    expect((await page.locator('html').getAttribute('lang')) === 'de', 'lang is not de');
    await page.reload();
    await page.getByRole('heading', { name: 'Über Platen' }).waitFor();
    await page.getByRole('button', { name: /Administrator/ }).click();
    await page.getByLabel('Sprache').selectOption('en');
    await page.getByRole('heading', { name: 'About' }).waitFor();
  },

  async 'export: CSV holds the columns shown and every match'({ page, url }) {
    await page.goto(`${url}/devices?f=severity:eq:service`);
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^CSV/ }).click()]);
    const stream = await download.createReadStream();
    let text = '';
    for await (const piece of stream) {
      text += piece;
    }
    const lines = text.trim().split('\r\n');
    const total = Number(/of (\d+)/.exec(await page.locator('.pager').textContent())[1]);
    expect(lines.length === total + 1 && lines[0].includes('Device name'), `${lines.length} lines for ${total} devices`);
  },

  async 'form: what is typed the moment it appears stays'({ page, url, context }) {
    for (let i = 0; i < 12; i += 1) {
      await context.clearCookies();
      await page.goto(`${url}/login`);
      await page.locator('input[name=user]').fill('Administrator');
      await page.locator('input[name=password]').fill('Sesame-123');
      await page.keyboard.press('Enter');
      await page.waitForSelector('nav.side');
    }
  },

  async 'session: when it ends, the login leads back'({ page, url, context }) {
    await page.goto(`${url}/runs?f=state:eq:error`);
    await page.waitForSelector('tbody tr');
    await context.clearCookies();
    await page.getByRole('link', { name: 'Agents' }).first().click();
    await page.waitForURL(/\/login\?return=%2Fagents/);
    await page.locator('input[name=user]').fill('Administrator');
    await page.locator('input[name=password]').fill('wrong');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=alert]');
    await page.locator('input[name=password]').fill('Sesame-123');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/agents$/);
  },
};

export async function walks(web, login, failures) {
  const mock = await startMock({ web });
  const { page, context, problems, close } = await openBrowser({ locale: 'en' });
  page.setDefaultTimeout(10000);
  await login(page, mock.url);
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step({ page, context, url: mock.url, mock });
    } catch (error) {
      failures.push(`${name}: ${error.message.split('\n').slice(0, 4).join(' ')}`);
    }
  }
  failures.push(...problems.map((p) => `walks: ${p}`));
  await close();
  mock.stop();
}
