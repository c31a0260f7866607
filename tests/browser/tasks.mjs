// The pages for tasks against a running manager with a dozen simulated devices.
//
//   node tasks.mjs BASE_URL PASSWORD LANGUAGE FOLDER [--only=PART,PART]
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { openBrowser } from './chromium.mjs';
import { expect, Hand, same } from './hand.mjs';

const [base, password, language, folder] = process.argv.slice(2);
const only = process.argv.find((a) => a.startsWith('--only='))?.split('=')[1] ?? '';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(folder, { recursive: true });

const { page, context, problems, close } = await openBrowser({ locale: language });
page.setDefaultTimeout(20000);
const hand = new Hand({ page, context, url: base, language, password });

// A list that is being read anew is paler for a moment: what is wrong stays wrong.
async function look(name) {
  let violations = [];
  await page.evaluate(axe);
  for (let tries = 0; tries === 0 || (violations.length > 0 && tries < 4); tries += 1) {
    await page.waitForTimeout(tries * 400);
    await hand.settle();
    ({ violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] })));
  }
  await page.screenshot({ path: join(folder, `${language}-${name}.png`) });
  expect(violations.length === 0, `${name}: ${violations.map((v) => `${v.id} ${v.nodes[0]?.target.join(' ')}`).join('; ')}`);
}

const tab = (key) => page.getByRole('tab', { name: hand.t(key) }).click();
const head = (state) => page.waitForFunction((word) => document.querySelector('.head .status')?.textContent.includes(word), hand.t(`run.${state}`), { timeout: 90000 });

async function pickDevices(count) {
  await tab('run.targets');
  await hand.button('targets.choose').click();
  const dialog = page.locator('dialog[open]');
  await dialog.locator('tbody tr').first().waitFor();
  for (let n = 0; n < count; n += 1) {
    await dialog.locator('tbody input[type=checkbox]').nth(n).check();
  }
  await look('pick-devices');
  await dialog.getByRole('button', { name: hand.t('targets.add') }).click();
  await page.locator('.chosen li').nth(count - 1).waitFor();
}

const steps = {
  // TSK-11, TSK-37: a preview sends nothing, the task then changes the devices
  async 'preview, then change locations'() {
    await hand.open('/tasks/new');
    await look('kinds');
    await page.getByRole('link', { name: hand.t('kind.device.edit') }).click();
    await page.waitForSelector('[role=tab]');
    await hand.fill({ name: 'Locations' });
    await pickDevices(3);
    await tab('task.settings');
    await hand.fill({ '/location': `Room ${language}` });
    await hand.button('preview.start').click();
    await page.locator('dialog[open] .changes').nth(2).waitFor({ timeout: 60000 });
    expect((await page.locator('dialog[open] .changes').first().innerText()).includes(`Room ${language}`), 'the preview does not say what comes');
    await look('preview');
    await page.locator('dialog[open]').getByRole('button', { name: hand.t('action.close') }).last().click();
    await hand.submit();
    await page.waitForURL(/\/runs\/\d+/);
    await head('success');
    await page.locator('tbody tr').nth(2).waitFor();
    await page.locator('tbody .quiet-link').first().click();
    await page.locator('dialog[open] .changes').waitFor();
    await look('target');
    await page.keyboard.press('Escape');
  },

  // TSK-21 to TSK-30, TSK-41 to TSK-44
  async 'schedules: next times, saved, copied, deleted'() {
    await hand.open('/tasks/new?kind=device.counters');
    await hand.fill({ name: 'Counters' });
    await page.getByLabel(hand.t('schedule_when.every'), { exact: true }).check();
    await hand.input('unit').selectOption('month');
    await page.getByLabel(hand.t('schedule_monthly.nth'), { exact: true }).check();
    await page.getByLabel(hand.t('schedule_nth.last'), { exact: true }).check();
    await page.getByLabel(hand.t('weekday.fri'), { exact: true }).check();
    await hand.fill({ time: '17:00' });
    await page.locator('.next-times li').nth(4).waitFor();
    await look('schedule');
    await tab('run.targets');
    await page.getByLabel('All', { exact: true }).check();
    await tab('settings.mail');
    await page.getByLabel(hand.t('mail_condition.error'), { exact: true }).check();
    await hand.input('to').fill('nobody@example.org');
    await hand.submit();
    await page.waitForURL(/\/tasks$/);
    await page.getByRole('link', { name: 'Counters', exact: true }).click();
    await page.waitForSelector('[role=tab]');
    expect((await hand.input('time').inputValue()) === '17:00', 'another time was stored');
    await hand.fill({ time: '18:30' });
    await hand.submit();
    await hand.toast('builtin.saved');
    await look('task');
    await hand.button('task.duplicate').click();
    await page.getByRole('heading', { name: 'Counters - Copy' }).waitFor();
    await hand.button('action.delete').click();
    await hand.confirm('action.delete');
    await page.waitForURL(/\/tasks$/);
    await hand.settle();
    await look('tasks');
  },

  // Waves: the first device alone, halted by hand, resumed, done
  async 'waves: halt and resume'() {
    await hand.open('/tasks/new?kind=device.edit');
    await page.waitForSelector('[role=tab]');
    await hand.fill({ name: 'In waves' });
    await pickDevices(6);
    await tab('task.settings');
    await hand.fill({ '/contact': `desk-${language}@example.org` });
    await tab('rollout.title');
    await hand.input('canary').selectOption('count');
    await hand.fill({ canary_size: '1', pause: '300' });
    await look('rollout');
    await hand.submit();
    await page.waitForURL(/\/runs\/\d+/);
    await page.locator('tbody tr').first().waitFor({ timeout: 60000 });
    await hand.button('run.halt').click();
    await page.waitForSelector('.halt-bar');
    await look('halted');
    await page.locator('.halt-bar .primary').click();
    await page.waitForSelector('.halt-bar', { state: 'detached' });
    await hand.button('run.cancel').click();
    await hand.confirm('run.cancel');
    await head('cancelled');
    await look('cancelled');
  },

  // MON-09
  async 'built-in tasks have schedules'() {
    await hand.open('/built-in-tasks');
    await page.locator('.row-actions').nth(1).getByRole('button', { name: hand.t('action.edit') }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('[name=unit]').selectOption('day');
    await dialog.locator('[name=time]').fill('03:10');
    await dialog.locator('button[type=submit]').click();
    await hand.toast('builtin.saved');
    await page.getByText('03:10').waitFor();
    await look('built-in');
  },

  // TSK-46
  async 'history and its files'() {
    await hand.open('/runs?f=builtin:eq:false');
    await page.locator('tbody tr').first().waitFor();
    await look('history');
    await hand.button('export.title').click();
    const [download] = await Promise.all([page.waitForEvent('download'), hand.button('export.xlsx').click()]);
    expect(readFileSync(await download.path()).subarray(0, 2).toString() === 'PK', 'the file is no XLSX');
  },

  // TSK-55 to TSK-62
  async 'a batch runs its steps'() {
    await hand.open('/tasks/new?kind=flow.batch');
    await page.waitForSelector('[role=tab]');
    await hand.fill({ name: 'Batch' });
    await pickDevices(2);
    await tab('task.settings');
    for (const [kind, fill] of [['kind.device.edit', async () => page.locator('dialog[open] [name="/comment"], dialog[open] [name="/location"]').first().fill('Batch')], ['kind.device.counters', async () => undefined]]) {
      await hand.button('batch.add').click();
      await page.locator('.panel').getByRole('button', { name: hand.t(kind), exact: true }).click();
      await fill();
      await page.locator('dialog[open] button[type=submit]').click();
      await page.waitForSelector('dialog[open]', { state: 'detached' });
    }
    await look('batch');
    await hand.submit();
    await page.waitForURL(/\/runs\/\d+/);
    await head('success');
    await look('batch-run');
  },

  async 'scripts: written, checked, kept'() {
    await hand.open('/scripts');
    await page.locator('tbody tr').first().waitFor();
    await look('scripts');
    await hand.open('/scripts/new');
    await hand.fill({ name: `walk-${language}` });
    const area = page.locator('textarea[name=text]');
    const text = await area.inputValue();
    await area.fill(text.replace('ctx:log("begin")', 'ctx:log('));
    await page.locator('.code-errors li').first().waitFor();
    await look('script-error');
    await area.fill(text);
    await page.getByText(hand.t('script.well')).waitFor();
    await hand.button('script.try').click();
    await page.locator('.numbered li').first().waitFor();
    await look('dry-run');
    await hand.submit();
    await page.getByRole('heading', { name: `walk-${language}` }).waitFor();
    await area.fill(text.replace('begin', 'start'));
    await hand.submit();
    await hand.toast('script.saved');
    await page.getByRole('link', { name: hand.t('script.versions') }).click();
    await page.locator('.diff-new').first().waitFor();
    await look('versions');
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
console.log(failures.length === 0 ? `tasks ${language}: all well` : `tasks ${language}:\n${failures.join('\n')}`);
process.exit(failures.length === 0 ? 0 : 1);
