// Ways through the pages for tasks, against the mock, by the words of a catalogue.
import { join } from 'node:path';
import { openBrowser } from './chromium.mjs';
import { counted, expect, Hand, same } from './hand.mjs';
import { PASSWORD } from './mock-access.mjs';
import { startMock } from './mock.mjs';

// Presses Tab until what has the focus fits.
async function tabTo(page, fits, what) {
  for (let i = 0; i < 120; i += 1) {
    if (await page.evaluate(fits, what)) {
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`no way by keyboard to ${what}`);
}
const named = (name) => document.activeElement?.getAttribute('name') === name;
const says = (text) => (document.activeElement?.textContent ?? '').trim().startsWith(text);

const body = async (hand, path, method = 'POST') => {
  const request = await hand.page.waitForRequest((r) => r.method() === method && new URL(r.url()).pathname === `/api/v1${path}`);
  return request.postDataJSON();
};

const steps = {
  // TSK-11, TSK-12, TSK-13, TSK-17, TSK-21, TSK-27, TSK-28, TSK-33, TSK-41
  async 'create: a task by keyboard alone, marks on tabs until nothing is missing'(hand) {
    const { page } = hand;
    await hand.open('/tasks');
    await tabTo(page, says, hand.t('task.add'));
    await page.keyboard.press('Enter');
    await hand.settle();
    await tabTo(page, says, hand.t('kind.system.send-report'));
    await page.keyboard.press('Enter');
    await page.waitForSelector('[role=tab]');
    await counted(page.locator('[role=tab]'), 3, 'tabs of a kind without targets that changes nothing');
    const marks = () => page.locator('[role=tab] .tab-mark').count();
    same(await marks(), 1, 'marks at first');
    await tabTo(page, named, 'name');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Counters by mail');
    await tabTo(page, (role) => document.activeElement?.getAttribute('role') === role, 'tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await tabTo(page, named, 'unit');
    await page.keyboard.press('End');
    await page.waitForFunction(() => document.querySelector('[name=unit]').value === 'month');
    same(await marks(), 2, 'marks without a date');
    await page.locator('.next-times .quiet, .next-times li').first().waitFor();
    await page.locator('.choice-columns input[value=last]').first().focus();
    await page.keyboard.press('Space');
    same(await marks(), 1, 'marks with a date');
    await page.locator('.next-times li').nth(4).waitFor();
    // The tabs of the form go by arrows.
    await page.keyboard.press('Shift+Tab');
    await page.locator('[role=tab][aria-selected=true]').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/tab=settings/);
    await tabTo(page, named, '/to');
    await page.keyboard.type('anna@example.org');
    same(await marks(), 0, 'marks at the end');
    const sent = body(hand, '/tasks');
    await tabTo(page, says, hand.t('task.create'));
    await page.keyboard.press('Enter');
    const { schedule, settings, kind, rollout, targets } = await sent;
    same([kind, settings, targets, rollout], ['system.send-report', { report: 'status', to: ['anna@example.org'] }, undefined, undefined], 'the task');
    same([schedule.unit, schedule.dates, schedule.zone], ['month', ['last'], 'Europe/Zurich'], 'its schedule');
    await page.waitForURL('**/tasks');
    await page.getByRole('link', { name: 'Counters by mail' }).waitFor();
  },

  // TSK-15, TSK-37, TSK-38: devices by the list with its filter, and groups
  async 'targets: devices by the filter of the list, groups beside them'(hand) {
    const { page } = hand;
    await hand.open('/tasks/new?kind=device.edit&tab=targets');
    await hand.button('targets.choose').click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('input[type=search]').fill('prn-001');
    await page.waitForURL(/q=prn-001/);
    await page.waitForFunction(() => !document.querySelector('.stale') && document.querySelectorAll('dialog tbody tr').length < 12);
    await dialog.locator('thead input[type=checkbox]').check();
    await dialog.getByRole('button', { name: hand.t('targets.add') }).click();
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    await page.locator('.chosen li').first().waitFor();
    const chosen = await page.locator('.chosen li').count();
    expect(chosen > 3, `${chosen} devices chosen`);
    await page.getByLabel('Pilot', { exact: true }).check();
    await page.getByRole('tab', { name: hand.t('task.settings') }).click();
    await hand.input('/location').fill('Room 5');
    const sent = body(hand, '/tasks');
    await hand.submit();
    const { targets, settings } = await sent;
    same([targets.devices.length, targets.groups, settings], [chosen, ['4'], { location: 'Room 5' }], 'the task');
    await page.waitForURL(/\/runs\/\d+/); // now: its run is shown
  },

  async 'targets: from a selection of the device list, and nothing that changes devices starts by one click'(hand) {
    const { page } = hand;
    await hand.open('/devices');
    await page.locator('tbody input[type=checkbox]').nth(1).check();
    await page.locator('tbody input[type=checkbox]').nth(3).check();
    const offered = await page.locator('.selection button').allTextContents();
    expect(!offered.some((text) => text.includes(hand.t('kind.flow.rolling-restart')) || text.includes(hand.t('kind.device.edit'))), `offered: ${offered}`);
    await hand.button('task.for_these').click();
    await page.waitForURL(/\/tasks\/new\?devices=\d+,\d+/);
    await counted(page.getByRole('link', { name: hand.t('kind.system.send-report') }), 0, 'kinds without devices');
    await page.getByRole('link', { name: hand.t('kind.device.restart') }).click();
    await page.waitForSelector('[role=tab]');
    await page.getByRole('tab', { name: hand.t('run.targets') }).click();
    await page.locator('.chosen li').nth(1).waitFor();
  },

  // The differences of a preview; nothing is stored.
  async 'preview: differences on each device, nothing stored'(hand) {
    const { page } = hand;
    await hand.open('/tasks/new?kind=device.edit&devices=8,9,10,11&tab=settings');
    await hand.input('/contact').fill('desk@example.org');
    await hand.button('preview.start').click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('.changes').first().waitFor();
    const text = await dialog.innerText();
    expect(text.includes('help@example.org') && text.includes('desk@example.org'), `the preview says ${text}`);
    await dialog.getByRole('button', { name: hand.t('action.close') }).last().click();
    expect((await hand.input('/contact').inputValue()) === 'desk@example.org', 'the form was lost');
  },

  // The form of a plugin's kind, of which the pages know nothing.
  async 'settings: a form from a schema, errors where they belong'(hand) {
    const { page } = hand;
    await hand.open('/tasks/new?kind=northwind.setup&devices=8');
    await hand.submit();
    await page.locator('.notice.tone-error').waitFor();
    await page.getByRole('link', { name: new RegExp(`^${hand.t('task.settings')}`) }).click();
    await page.waitForURL(/tab=settings/);
    await counted(page.locator('.form-panel:not([hidden]) .field-error'), 2, 'fields that are missing');
    await hand.fill({ '/banner': 'forbidden', '/sleep': '15', '/hosts': 'ntp1.example.org\n\nntp2.example.org', '/network/vlan': '12' });
    await hand.input('/media').selectOption('A3');
    await page.getByLabel('tue', { exact: true }).check();
    await hand.submit();
    await page.locator('.form-panel:not([hidden]) .field-error').waitFor();
    await counted(page.locator('.field.wrong [name="/banner"]'), 1, 'the error of the server is not at its field');
    await hand.fill({ '/banner': 'Welcome' });
    const sent = body(hand, '/tasks');
    await hand.submit();
    const { settings } = await sent;
    same(Object.entries(settings).sort(), [['banner', 'Welcome'], ['days', ['tue']], ['hosts', ['ntp1.example.org', 'ntp2.example.org']], ['media', 'A3'], ['network', { vlan: 12 }], ['sleep', 15]], 'settings');
    await page.waitForURL(/\/runs\/\d+/);
  },

  // TSK-14, TSK-42, TSK-43, TSK-44
  async 'list: switch with undo, duplicate is inactive, changes are saved, delete asks'(hand) {
    const { page } = hand;
    await hand.open('/tasks?f=name:eq:Restart%20at%20night');
    const knob = page.getByRole('switch', { name: hand.t('task.switch', { name: 'Restart at night' }) });
    await knob.click();
    await page.waitForSelector('[role=switch][aria-checked=false]');
    await hand.button('action.undo').click();
    await page.waitForSelector('[role=switch][aria-checked=true]');
    await page.locator('.row-actions').getByRole('button', { name: hand.t('task.duplicate') }).click();
    await page.waitForURL(/\/tasks\/1\d$/);
    await page.getByRole('heading', { name: 'Restart at night - Copy' }).waitFor();
    expect(!(await page.locator('input[name=active]').isChecked()), 'the copy is active');
    await hand.fill({ name: 'Restart on Sundays', time: '04:15' });
    await page.getByLabel(hand.t('weekday.sat'), { exact: true }).uncheck();
    await hand.submit();
    await page.getByRole('heading', { name: 'Restart on Sundays' }).waitFor();
    await page.reload();
    await hand.settle();
    expect((await hand.input('time').inputValue()) === '04:15', 'the time was not saved');
    await hand.button('action.delete').click();
    await hand.confirm('action.delete');
    await page.waitForURL(/\/tasks$/);
    await counted(page.getByRole('link', { name: 'Restart on Sundays' }), 0, 'tasks of that name');
  },

  // TSK-47, TSK-51: words say what happens to how many
  async 'run: halted, resumed, halted by hand, the rest left out'(hand) {
    const { page } = hand;
    await hand.open('/runs?f=name:eq:New%20locations');
    await page.getByRole('link', { name: 'New locations' }).click();
    await page.waitForSelector('.halt-bar');
    const words = await page.locator('.halt-bar').innerText();
    expect(words.includes('85') && words.includes('3'), `the bar says ${words}`);
    await page.locator('tbody .quiet-link').first().click();
    await page.waitForURL(/target=\d+/);
    const dialog = page.locator('dialog[open]');
    await dialog.locator('.changes td').first().waitFor();
    await counted(dialog.locator('.step-log li'), 3, 'steps');
    await page.keyboard.press('Escape');
    await page.waitForURL((to) => !to.search.includes('target'));
    await page.getByRole('button', { name: hand.words['run.resume'].other.replace('{n}', '85') }).click();
    await page.waitForSelector('.halt-bar', { state: 'detached' });
    await hand.button('run.halt').click();
    await page.waitForSelector('.halt-bar');
    await page.locator('.halt-bar').getByRole('button', { name: hand.t('run.cancel') }).click();
    await hand.confirm('run.cancel');
    await page.waitForSelector('.halt-bar', { state: 'detached' });
    await page.waitForFunction((word) => document.querySelector('.head .status').textContent.includes(word), hand.t('run.cancelled'));
  },

  // TSK-52, TSK-53, TSK-54
  async 'run: what failed is taken up by a new task'(hand) {
    const { page } = hand;
    await hand.open('/runs?f=name:eq:New%20locations');
    await page.getByRole('link', { name: 'New locations' }).click();
    await page.getByRole('link', { name: hand.t('run.recover') }).click();
    await page.waitForURL(/\/tasks\/new\?kind=device.edit&recover=\d+/);
    await page.waitForSelector('[role=tab]');
    expect((await hand.input('name').inputValue()).includes('New locations'), 'the name is another');
    await page.getByRole('tab', { name: hand.t('run.targets') }).click();
    await page.locator('.chosen li').first().waitFor();
    const failed = await page.locator('.chosen li').count();
    await page.getByRole('tab', { name: hand.t('task.settings') }).click();
    await hand.fill({ '/location': 'HQ' });
    const sent = body(hand, '/tasks');
    await hand.submit();
    same((await sent).targets.devices.length, failed, 'targets');
    await page.waitForURL(/\/runs\/\d+/);
  },

  // TSK-46
  async 'history: whose tasks are shown, and a file of them'(hand) {
    const { page } = hand;
    await hand.open('/runs');
    await page.getByLabel(hand.t('runs.shown')).selectOption('true');
    await page.waitForURL(/f=builtin:eq:true/);
    await page.waitForFunction(() => !document.querySelector('.stale'));
    await counted(page.getByRole('link', { name: 'New locations' }), 0, 'tasks of users among the built-in');
    await page.getByLabel(hand.t('runs.shown')).selectOption('');
    await page.waitForURL((to) => !to.search.includes('builtin'));
    await hand.button('export.title').click();
    const [download] = await Promise.all([page.waitForEvent('download'), hand.button('export.xlsx').click()]);
    expect(/^platen-runs-.*\.xlsx$/.test(download.suggestedFilename()), download.suggestedFilename());
  },

  // 50,000 results, events once a second: the page answers, rows do not jump, nothing is asked for.
  async 'run: 50,000 targets, live, and the page stays responsive'(hand) {
    const { page, mock } = hand;
    const { id, counts } = mock.largeRun(50000);
    await hand.open(`/runs/${id}`);
    await page.waitForSelector('tbody tr');
    const before = await page.locator('tbody').textContent();
    let asked = 0;
    page.on('request', (request) => (asked += request.url().includes('/targets') ? 1 : 0));
    await page.evaluate(() => {
      window.longest = 0;
      new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.longest = Math.max(window.longest, entry.duration)))).observe({ type: 'longtask' });
    });
    for (let n = 1; n <= 10; n += 1) {
      const more = { ...counts, total: 60000, success: counts.success + n * 900, running: 10000 - n * 900 };
      mock.publish('target-result', { run: id, counts: more, targets: Array.from({ length: 100 }, (_, i) => String(n * 900 + i)) });
      await page.waitForTimeout(100);
    }
    await page.waitForFunction((word) => [...document.querySelectorAll('.button.soft')].some((button) => button.textContent.replace(/\D/g, '') === word), '9000');
    same(asked, 0, 'requests for results while events came');
    expect(before === (await page.locator('tbody').textContent()), 'rows changed by themselves');
    const longest = await page.evaluate(() => window.longest);
    expect(longest < 500, `the page stood still for ${longest} ms`);
    await page.locator('.runbar-counts').getByRole('link', { name: new RegExp(hand.t('run.error')) }).click();
    await page.waitForURL(/f=state:eq:error/);
    await page.waitForFunction(() => !document.querySelector('.stale'));
    expect(/5[.,  ]?000/.test(await page.locator('.pager').textContent()), 'the counts do not filter');
  },

  // A script: errors by line while one types, a dry run, versions and what changed between them.
  async 'script: line errors, dry run, a new version, back to an old one'(hand) {
    const { page } = hand;
    await hand.open('/scripts/3');
    const area = page.locator('textarea[name=text]');
    const before = await area.inputValue();
    await area.fill(before.replace('ctx:log("begin")', 'oops'));
    const error = page.locator('.code-errors button');
    await error.first().waitFor();
    expect((await error.first().textContent()).startsWith(hand.t('form.line', { line: '5', text: '' })), await error.first().textContent());
    await counted(page.locator('.code-wrong'), 1, 'marked lines');
    await error.first().click();
    same(await page.evaluate(() => document.getSelection().toString().trim() || document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd).trim()), 'oops', 'what is selected');
    await area.fill(before.replace('begin', 'and so it begins'));
    await page.getByText(hand.t('script.well')).waitFor();
    await page.getByLabel(hand.t('script.fate')).selectOption('error');
    await hand.button('script.try').click();
    await page.locator('.numbered li').first().waitFor();
    expect((await page.locator('[aria-labelledby=dry-run] .status').first().textContent()).includes(hand.t('run.error')), 'the dry run ends otherwise');
    await hand.submit();
    await hand.toast('script.saved');
    await page.getByRole('link', { name: hand.t('script.versions') }).click();
    await page.waitForURL(/tab=versions/);
    await page.locator('.diff-new').first().waitFor();
    await counted(page.locator('.diff-new'), 1, 'new lines');
    await counted(page.locator('.diff-gone'), 1, 'lines that are gone');
    await page.getByRole('button', { name: hand.t('script.restore') }).last().click();
    await hand.toast('script.restored', { version: '1' });
    await page.locator('.rows b', { hasText: '5' }).waitFor();
    await hand.open('/scripts/1');
    expect(await page.locator('textarea[name=text]').evaluate((e) => e.readOnly), 'a supplied script can be changed');
    await page.getByRole('link', { name: hand.t('task.duplicate') }).click();
    await page.waitForURL(/copy=1/);
    await page.waitForFunction(() => document.querySelector('textarea[name=text]')?.value.includes('Rolling restart'));
    await hand.submit();
    await page.getByRole('heading', { name: 'my-rolling-restart' }).waitFor();
    await hand.button('script.enable').click();
    await hand.button('script.disable').waitFor();
  },

  // TSK-55 to TSK-62
  async 'batch: put together, changed and put right by keyboard alone'(hand) {
    const { page } = hand;
    await hand.open('/tasks/new?kind=flow.batch&devices=8,9&tab=settings');
    const press = async (...keys) => {
      for (const key of keys) {
        await page.keyboard.press(key);
        await page.waitForTimeout(40);
      }
    };
    const focused = (text) => page.waitForFunction((t) => document.activeElement?.getAttribute('role') === 'treeitem' && document.activeElement.textContent.includes(t), text);
    // Opens the menu (Insert does it from the tree), takes an item, names the subtask, saves.
    const add = async (kind, name, where) => {
      await page.locator('.panel').waitFor();
      if (where) {
        await page.locator('.panel select').focus();
        await page.keyboard.type(hand.t(`batch_where.${where}`).slice(0, 12));
        await page.waitForFunction((value) => document.querySelector('.panel select').value === value, where);
      }
      await tabTo(page, says, kind);
      await press('Enter');
      if (name) {
        await page.locator('dialog[open]').waitFor();
        await page.locator('dialog[open] input[name=subtask]').focus();
        await press('Control+a');
        await page.keyboard.type(name);
        await press('Enter');
        await page.waitForSelector('dialog[open]', { state: 'detached' });
        await focused(name);
      }
    };
    await tabTo(page, says, hand.t('batch.add'));
    await press('Enter');
    await add(hand.t('kind.device.restart'), 'First');
    await press('Insert');
    await add(hand.t('kind.device.restart'), 'Second');
    await press('ArrowUp', 'Insert');
    await add(hand.t('kind.device.edit'), 'When it failed', 'error');
    await press('Insert');
    await add(hand.t('batch_end.error'), '', undefined);
    await focused(hand.t('batch.ends', { result: hand.t('batch_end.error') }));
    // The second comes first, then is renamed; the ending goes and comes back.
    await press('End');
    await focused('Second');
    await press('Alt+ArrowUp');
    await press('Enter');
    await page.locator('dialog[open] input[name=subtask]').focus();
    await press('Control+a');
    await page.keyboard.type('Begin');
    await press('Enter');
    await focused('Begin');
    await press('End');
    await focused(hand.t('batch_end.error'));
    await press('Delete');
    await counted(page.getByRole('treeitem'), 4, 'items after deleting');
    await hand.button('action.undo').click();
    await counted(page.getByRole('treeitem'), 5, 'items after undoing');
    await page.getByRole('tree').getByRole('treeitem').first().focus();
    await press('ArrowDown', 'ArrowRight', 'ArrowRight');
    await focused('When it failed');
    await press('ArrowLeft', 'ArrowLeft');
    await focused('First');
    const sent = body(hand, '/tasks');
    await hand.submit();
    const { settings, kind } = await sent;
    const step = ({ do: what, name, result, error = [] }) => (what === 'end' ? result : [name, ...error.map(step)]);
    same([kind, settings.steps.map(step)], ['flow.batch', [['Begin'], ['First', ['When it failed'], 'error']]], 'steps');
    same(settings.steps[1].error[0].always, [], 'a branch without steps');
    await page.waitForURL(/\/runs\/\d+/);
  },

  // MON-09
  async 'built-in: a full schedule'(hand) {
    const { page } = hand;
    await hand.open('/built-in-tasks');
    await page.locator('.row-actions').nth(1).getByRole('button', { name: hand.t('action.edit') }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('[name=unit]').selectOption('week');
    await dialog.getByLabel(hand.t('weekday.mon'), { exact: true }).check();
    const sent = body(hand, '/built-in-tasks/2', 'PATCH');
    await dialog.locator('button[type=submit]').click();
    const { schedule } = await sent;
    same([schedule.when, schedule.unit, schedule.weekdays, schedule.time], ['every', 'week', ['mon'], '02:00'], 'schedule');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    await hand.button('action.undo').last().click();
  },
};

export async function taskWalks(web, failures, languages = ['en', 'de']) {
  for (const language of languages) {
    const mock = await startMock({ web });
    const { page, context, problems, close } = await openBrowser({ locale: language });
    page.setDefaultTimeout(10000);
    const hand = new Hand({ page, context, url: mock.url, language, password: PASSWORD });
    hand.mock = mock;
    await hand.logIn('Administrator');
    for (const [name, step] of Object.entries(steps)) {
      try {
        await step(hand);
      } catch (error) {
        failures.push(`${name} (${language}): ${error.message.split('\n').slice(0, 5).join(' ')}`);
        if (process.env.WALK_SHOTS) {
          await page.screenshot({ path: join(process.env.WALK_SHOTS, `failed-${language}-${name.replace(/\W+/g, '-')}.png`) });
        }
      }
    }
    failures.push(...problems.map((p) => `task walks ${language}: ${p}`));
    await close();
    mock.stop();
  }
}
