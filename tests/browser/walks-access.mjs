// Ways through the pages for people and their access, against the mock, by the words of a catalogue:
// who gets in and how, what each role sees, and what two editors of one thing are shown.
import { join } from 'node:path';
import { openBrowser } from './chromium.mjs';
import { counted, expect, Hand, same } from './hand.mjs';
import { PASSWORD } from './mock-access.mjs';
import { startMock } from './mock.mjs';

const steps = {
  // ACC-11, ACC-12
  async 'login: remembered for five days, or until the browser closes'(hand) {
    const expiry = async () => (await hand.context.cookies()).find((cookie) => cookie.name === 'platen_session').expires;
    await hand.logIn('Administrator');
    expect((await expiry()) === -1, 'the cookie outlives the browser');
    await hand.logIn('Administrator', { remember: true });
    expect(Math.abs((await expiry()) - Date.now() / 1000 - 432000) < 60, 'the cookie does not last five days');
  },

  // ACC-08, ACC-09, ACC-10
  async 'login: a second factor is asked for after the password'(hand) {
    await hand.logIn('EXAMPLE\\Anna', { until: '[name=code]' });
    await hand.fill({ code: '000000' });
    await hand.submit();
    await hand.page.waitForSelector('[role=alert]');
    await hand.fill({ code: '424 242' });
    await hand.submit();
    await hand.page.waitForSelector('nav.side', { state: 'attached' });
  },

  // ACC-27
  async 'login: single sign-on needs a ticket of the browser'(hand) {
    await hand.context.clearCookies();
    await hand.open('/login?return=/devices');
    await hand.button('login.single').click();
    await hand.says('login.no_ticket');
    await hand.page.route('**/login/kerberos', (route) => route.continue({ headers: { ...route.request().headers(), 'x-test-ticket': 'yes' } }));
    await hand.button('login.single').click();
    await hand.page.waitForURL('**/devices');
    await hand.page.unroute('**/login/kerberos');
  },

  // ACC-15, ACC-16, ACC-17, ACC-18
  async 'reset: a key by mail, then a new password'(hand) {
    await hand.context.clearCookies();
    await hand.open('/login');
    await hand.page.getByRole('link', { name: hand.t('login.forgot') }).click();
    await hand.page.waitForURL('**/reset');
    await hand.fill({ user: 'Bruno' });
    await hand.submit();
    await hand.says('reset.sent');
    await hand.page.waitForURL(/\/reset\?user=Bruno/);
    same(await hand.input('user').inputValue(), 'Bruno', 'the user');
    await hand.fill({ key: 'wrong', password: 'New-Sesame-9', again: 'New-Sesame-8' });
    await hand.submit();
    await hand.page.locator('.field-error', { hasText: hand.t('setup.differ') }).waitFor();
    await hand.fill({ again: 'New-Sesame-9' });
    await hand.submit();
    await hand.page.waitForSelector('[role=alert]');
    await hand.fill({ key: ' K7Q2-M93X ', password: 'short', again: 'short' });
    await hand.submit();
    await hand.page.locator('.field-error', { hasText: '8' }).waitFor();
    await hand.fill({ password: 'New-Sesame-9', again: 'New-Sesame-9' });
    await hand.submit();
    await hand.page.waitForURL('**/login?reset=done');
    await hand.says('login.reset_done');
  },

  // ACC-46 to ACC-59, SYS-209
  async 'menu: each role sees what it may use'(hand) {
    await hand.logIn('Daria');
    same(await hand.menu(), ['/', '/devices', '/p/hello/answers', '/reports', '/about'], 'menu of a user');
    await hand.open('/devices/8');
    await counted(hand.button('action.edit'), 0, 'a user may edit a device');
    await hand.open('/users');
    await hand.says('page.forbidden');
    await hand.logIn('Anna', { until: '[name=code]' });
    await hand.fill({ code: '424242' });
    await hand.submit();
    await hand.page.waitForSelector('nav.side', { state: 'attached' });
    same(await hand.menu(), ['/', '/devices', '/groups', '/tasks', '/runs', '/built-in-tasks', '/p/hello/answers', '/about'], 'menu of a device manager');
    await hand.open('/audit-log');
    await hand.says('page.forbidden');
    await hand.open('/built-in-tasks');
    await counted(hand.button('builtin.run'), 0, 'somebody with regions may start a task of all regions');
    await hand.logIn('Administrator');
    expect((await hand.menu()).length === 21, 'a system manager does not see everything');
  },

  // ACC-60 to ACC-66, ACC-68
  async 'users: made with role, functions and regions'(hand) {
    const { page } = hand;
    await hand.open('/users');
    await page.getByRole('link', { name: hand.t('user.add') }).click();
    await hand.settle();
    await hand.fill({ name: 'anna', email: 'erik@example.org', password: 'Sesame-456', again: 'Sesame-456' });
    await counted(hand.choice(hand.t('function.tasks')), 0, 'a user has functions'); // ACC-63
    await hand.input('role').selectOption('device-manager');
    await hand.choice(hand.t('function.devices')).check();
    await hand.choice(hand.t('function.tasks')).check();
    await hand.choice(hand.t('region.some')).check();
    await hand.choice('東京').check();
    await hand.submit();
    await page.locator('.field-error').waitFor(); // there is an Anna already
    same(await hand.input('email').inputValue(), 'erik@example.org', 'what was entered');
    await hand.fill({ name: 'Erik' });
    await hand.submit();
    await hand.toast('user.created', { name: 'Erik' });
    await page.waitForURL(/\/users\/\d+$/);
    await hand.settle();
    expect(await hand.choice(hand.t('function.tasks')).isChecked(), 'the function was lost');
    expect(!(await hand.choice('Lyon').isChecked()), 'a region that was not chosen');
    // ACC-88: a system manager always has all regions.
    await hand.input('role').selectOption('system-manager');
    await counted(hand.choice('Lyon'), 0, 'regions of a system manager');
    await hand.input('role').selectOption('device-manager');
    await hand.button('action.delete').click();
    await hand.confirm('action.delete');
    await page.waitForURL('**/users');
  },

  // ACC-06, ACC-41, ACC-45
  async 'users: unlocked, logged out, freed of a second factor'(hand) {
    const { page, mock } = hand;
    await hand.open('/users/3');
    await hand.button('user.unlock').click();
    await hand.toast('user.unlocked', { name: 'Bruno' });
    await page.locator('.head .status', { hasText: hand.t('account.open') }).waitFor();
    mock.otherSession('3');
    await page.reload();
    await page.getByText('Firefox, Linux').waitFor();
    await hand.button('session.end_all').click();
    await hand.says('session.none');
    await hand.open('/users/2');
    await hand.button('user.factor_remove').click();
    await hand.confirm('user.factor_remove');
    await hand.button('user.factor_remove').waitFor({ state: 'detached' });
    await hand.open('/users/1');
    await counted(hand.button('action.delete'), 0, 'the first account can be deleted');
    await counted(hand.input('role'), 0, 'the role of the first account can be changed');
  },

  async 'users: two editors are shown side by side'(hand) {
    const { page, mock } = hand;
    await hand.open('/users/5');
    await hand.fill({ email: 'daria@example.org' });
    mock.user('5', { role: 'device-manager' });
    mock.bump('user5');
    await hand.submit();
    const row = page.locator('.notice table tr', { hasText: hand.t('user.role') });
    await row.waitFor();
    await row.getByText(hand.t('role.device-manager')).waitFor();
    same(await hand.input('email').inputValue(), 'daria@example.org', 'what was entered');
    await row.getByRole('button', { name: hand.t('conflict.take') }).click();
    await hand.submit();
    await hand.toast('user.saved');
    await page.reload();
    await hand.settle();
    same([await hand.input('email').inputValue(), await hand.input('role').inputValue()], ['daria@example.org', 'device-manager'], 'after both');
  },

  // ACC-72 to ACC-78
  async 'regions: what overlaps is said at its line'(hand) {
    const { page } = hand;
    await hand.open('/regions/new');
    await hand.fill({ name: 'Torino', addresses: '10.40.0.0/16\n10.20.9.9\nnonsense', suffixes: '-x-', timezone: 'Mars/Olympus' });
    await hand.submit();
    await page.locator('.field-error', { hasText: hand.t('form.line', { line: 3, text: hand.t('region.wrong') }) }).waitFor();
    await hand.fill({ addresses: '10.40.0.0/16\n10.20.9.9', suffixes: 'torino.example.org' });
    await hand.submit();
    await page.locator('.field-error', { hasText: 'Lyon' }).waitFor();
    expect((await page.locator('.field-error').first().textContent()).includes('2'), 'the line is not named');
    await hand.fill({ addresses: '10.40.0.0/16\n2001:db8:40::/48' });
    await hand.submit();
    await page.locator('.field-error', { hasText: 'time zone' }).waitFor(); // ACC-76
    await hand.fill({ timezone: 'Europe/Rome' });
    await hand.submit();
    await hand.toast('region.created', { name: 'Torino' });
    await page.getByRole('link', { name: 'Lyon' }).click();
    await hand.settle();
    await hand.button('action.delete').click();
    await page.locator('dialog[open]').getByRole('button', { name: hand.t('action.delete'), exact: true }).click();
    await page.locator('.toast', { hasText: 'Anna' }).waitFor(); // in use, and by whom
  },

  async 'regions: two editors'(hand) {
    const { page, mock } = hand;
    await hand.open('/regions/2');
    await hand.fill({ suffixes: 'tokyo.example.org' });
    mock.region('2', { addresses: ['10.30.0.0/16'] });
    mock.bump('region2');
    await hand.submit();
    await page.locator('.notice table').getByText('10.30.0.0/16').waitFor();
    await hand.button('conflict.take_all').click();
    same(await hand.input('addresses').inputValue(), '10.30.0.0/16', 'their addresses');
    same(await hand.input('suffixes').inputValue(), '', 'their suffixes');
  },

  // DEV-142 to DEV-147, DEV-151 to DEV-153
  async 'groups: a tree; a static one gets its devices by hand'(hand) {
    const { page } = hand;
    await hand.open('/groups');
    const rows = page.locator('tbody tr');
    await counted(rows, 4, 'rows of the tree');
    await page.getByRole('button', { name: hand.t('group.fold', { name: 'Lyon' }) }).click();
    await counted(rows, 3, 'rows of the folded tree');
    await page.getByRole('link', { name: hand.t('group.add') }).click();
    await hand.settle();
    await hand.fill({ name: 'a:b' });
    await hand.submit();
    await page.locator('.field-error', { hasText: ':' }).waitFor(); // DEV-147
    await hand.fill({ name: 'Third floor' });
    await hand.input('parent').selectOption({ label: 'Sites:Lyon' });
    await hand.submit();
    await page.waitForURL(/\/groups\/\d+\/add$/);
    await hand.settle();
    for (const n of [1, 2]) {
      await page.locator('tbody input[type=checkbox]').nth(n).check();
    }
    await hand.button('group.put_in').click();
    await page.waitForURL(/tab=devices/);
    await hand.settle();
    await counted(rows, 2, 'devices of the group');
    await page.locator('thead input[type=checkbox]').check();
    await hand.button('group.take_out').click();
    await hand.says('group.empty');
    await hand.button('action.undo').last().click();
    await rows.nth(1).waitFor();
    await hand.button('action.delete').click();
    await hand.confirm('action.delete');
    await page.waitForURL('**/groups');
  },

  // DEV-100, DEV-144, DEV-145, PRF-27 to PRF-29
  async 'groups: a dynamic one has the filter of the lists; levels by name'(hand) {
    const { page, mock } = hand;
    mock.preferences('device_groups', { view: 'list', delimiter: '/' });
    await hand.open('/groups/new');
    await counted(hand.input('parent'), 0, 'a parent is asked for in the list view');
    await hand.fill({ name: 'Sites/Zürich/1' });
    await hand.choice(hand.t('group_type.dynamic')).check();
    await hand.submit();
    await page.locator('.field-error', { hasText: hand.t('form.required') }).waitFor();
    await hand.button('filter.add').click();
    await page.locator('.panel').getByRole('button', { name: hand.t('device.severity'), exact: true }).click();
    await hand.choice(hand.t('severity.error')).check();
    await hand.button('filter.apply').click();
    await page.locator('.chip').waitFor();
    await hand.submit();
    await page.waitForURL(/tab=devices/);
    await hand.open('/groups');
    await page.getByRole('link', { name: 'Sites/Zürich/1' }).click();
    await hand.settle();
    await page.locator('.chip').waitFor();
    await counted(hand.choice(hand.t('group_type.static')), 0, 'the type can be changed');
    const id = page.url().split('/').pop();
    await hand.fill({ comment: 'mine' });
    mock.group(id, { comment: 'theirs', filters: ['severity:eq:service'] });
    mock.bump(`group${id}`);
    await hand.submit();
    await page.locator('.notice table').getByRole('cell', { name: 'theirs', exact: true }).waitFor();
    await page.locator('.notice table').getByText(hand.t('severity.service')).waitFor();
    mock.preferences('device_groups', { view: 'tree', delimiter: ':' });
    await page.reload();
  },

  async 'groups: devices of the list go into one'(hand) {
    const { page } = hand;
    await hand.open('/devices?size=25');
    await page.locator('tbody input[type=checkbox]').first().check();
    await hand.button('group.to_group').click();
    await page.locator('dialog select').selectOption({ label: 'Pilot' });
    await hand.submit();
    await page.locator('.toast a').last().click();
    await page.waitForURL(/\/groups\/4\?tab=devices/);
    await page.locator('tbody tr').first().waitFor();
  },

  // PRF-02, PRF-04 to PRF-09
  async 'preferences: mail, its secret, and a test in the words of the server'(hand) {
    const { page } = hand;
    await hand.open('/preferences');
    expect((await hand.input('password').inputValue()) === '', 'the password is shown');
    await hand.fill({ host: 'broken.example.org' });
    await hand.submit();
    await hand.toast('preferences.saved');
    await hand.button('mail.test').click();
    await page.getByText('connection refused').waitFor();
    await hand.fill({ host: 'mail.example.org' });
    await hand.input('password_drop').check();
    await hand.submit();
    await hand.toast('preferences.saved');
    await hand.input('password_drop').waitFor({ state: 'detached' });
    await hand.fill({ password: 'new secret' });
    await hand.submit();
    await hand.toast('preferences.saved');
    await hand.input('password_drop').waitFor();
    await page.waitForFunction(() => document.querySelector('[name=password]').value === ''); // not kept once it is saved
    await hand.button('mail.test').click();
    await hand.says('mail.test_sent', { to: 'admin@example.org' });
  },

  // PRF-11 to PRF-14, ACC-29 to ACC-32
  async 'preferences: the directory, its groups, and a test step by step'(hand) {
    const { page } = hand;
    const section = (key) => page.locator('.card', { has: page.getByRole('heading', { name: hand.t(key), exact: true }) });
    await hand.open('/preferences?group=directory');
    same(await hand.input('servers').inputValue(), 'dc1.example.org\n[2001:db8::5]:3269', 'the servers');
    await hand.fill({ servers: 'dc1.example.org:99999', base: 'nonsense' });
    await hand.submit();
    await page.locator('.field-error', { hasText: hand.t('directory.wrong_server') }).waitFor();
    await hand.fill({ servers: 'dc1.example.org\ndc2.example.org:636' });
    await hand.submit();
    await page.locator('.field-error', { hasText: 'not a DN' }).waitFor();
    await hand.fill({ base: 'DC=example,DC=org' });
    await hand.submit();
    await hand.toast('preferences.saved');
    await page.reload();
    await hand.settle();
    same(await hand.input('servers').inputValue(), 'dc1.example.org\ndc2.example.org:636', 'the servers after saving');
    await hand.fill({ 'device-manager': 'Site Printing\nNew Group', 'region-1': 'Site Lyon\nSite Nord' });
    await section('directory.roles').locator('button[type=submit]').click();
    await hand.toast('preferences.saved');
    await section('directory.regions').locator('button[type=submit]').click();
    await hand.toast('preferences.saved');
    await section('directory.test').locator('[name=user]').fill('EXAMPLE\\anna');
    await section('directory.test').locator('[name=password]').fill('wrong');
    await section('directory.test').locator('button[type=submit]').click();
    await page.getByText('invalid credentials (49)').waitFor();
  },

  // PRF-03, PRF-15, PRF-18
  async 'preferences: another group is no conflict, the same member is'(hand) {
    const { page, mock } = hand;
    await hand.open('/preferences?group=logout');
    await hand.fill({ minutes: '45' });
    mock.preferences('retention', { run_days: 91 });
    mock.bump('preferences');
    await hand.submit();
    await hand.toast('preferences.saved');
    await hand.fill({ minutes: '50' });
    mock.preferences('logout', { minutes: 20 });
    mock.bump('preferences');
    await hand.submit();
    await page.locator('.notice table').getByText('20').waitFor();
    await hand.submit();
    await hand.toast('preferences.saved');
    await hand.open('/preferences?group=policy');
    await hand.fill({ min_length: '7' });
    await hand.submit();
    await page.locator('.field-error').waitFor(); // ACC-36: 8 to 128
  },

  // PRF-19 to PRF-25
  async 'preferences: webhooks'(hand) {
    const { page } = hand;
    await hand.open('/preferences?group=webhooks');
    await hand.button('webhook.add').click();
    await hand.fill({ name: 'Chat', url: 'ftp://x', token: 'hush' });
    await hand.choice(hand.t('webhook_event.run-ended')).check();
    await hand.choice(hand.language === 'de' ? 'Gesendet am' : 'Sent at').check(); // of a function
    await hand.submit();
    await page.locator('.field-error', { hasText: 'http' }).waitFor();
    await hand.fill({ url: 'https://chat.example.org/hook' });
    await hand.submit();
    await hand.toast('webhook.saved');
    expect(!(await page.content()).includes('hush'), 'the token is in the page');
    const row = page.locator('tbody tr', { hasText: 'Chat' });
    await row.getByRole('button', { name: hand.t('webhook.test'), exact: true }).click();
    await row.getByText('200').waitFor();
    await row.getByRole('button', { name: 'Chat' }).click();
    await hand.input('active').uncheck();
    await hand.submit();
    await row.getByText(hand.t('builtin.off')).waitFor();
    await row.getByRole('button', { name: hand.t('action.delete'), exact: true }).click();
    await hand.confirm('action.delete');
    await row.waitFor({ state: 'detached' });
  },

  // ACC-67, SYS-207
  async 'profile: password, sessions, columns'(hand) {
    const { page, mock } = hand;
    await hand.open('/profile?tab=security');
    await hand.fill({ current: 'wrong', password: 'Sesame-789', again: 'Sesame-789' });
    await hand.submit();
    await page.locator('.field-error').waitFor();
    await hand.fill({ current: PASSWORD });
    mock.otherSession('1');
    await hand.submit();
    await hand.toast('password.changed');
    same(await hand.input('current').inputValue(), '', 'the password stays in the page');
    const other = mock.otherSession('1');
    await hand.open('/profile?tab=sessions');
    await hand.button('session.end').click();
    await hand.toast('session.ended');
    expect(other !== '', 'there was no other session');
    await counted(page.locator('tbody tr'), 1, 'sessions');
    await hand.open('/profile?tab=display');
    await hand.choice(hand.t('device.serial')).check();
    await hand.open('/devices');
    await page.getByRole('columnheader', { name: hand.t('device.serial') }).waitFor(); // DEV-91
    await hand.open('/profile?tab=display');
    await hand.button('columns.reset').click();
  },

  async 'profile: a second factor, and codes that are shown once'(hand) {
    const { page } = hand;
    await hand.open('/profile?tab=security');
    const card = page.locator('.card', { has: page.getByRole('heading', { name: hand.t('user.second_factor'), exact: true }) });
    await card.locator('[name=password]').fill(PASSWORD);
    await card.locator('button[type=submit]').click();
    await page.locator('svg.qr path').waitFor();
    await counted(page.locator('svg.qr rect'), 0, 'the ground of the picture is drawn as a shape');
    await hand.fill({ code: '111111' });
    await card.locator('button[type=submit]').click();
    await page.locator('.field-error').waitFor();
    await hand.fill({ code: '424242' });
    await card.locator('button[type=submit]').click();
    await page.locator('.codes li').nth(9).waitFor();
    await hand.button('factor.kept').click();
    await card.getByText(hand.t('factor.on'), { exact: true }).waitFor();
    expect(!(await page.content()).includes('f7k-2m9x'), 'the codes are still in the page');
    await card.locator('[name=password]').fill(PASSWORD);
    await card.locator('button[type=submit]').click();
    await card.getByText(hand.t('factor.off'), { exact: true }).waitFor();
  },

  // ACC-64, ACC-70
  async 'profile: a token for a few functions in one region'(hand) {
    const { page } = hand;
    await hand.open('/profile?tab=tokens');
    await hand.button('token.add').click();
    await hand.fill({ name: 'Lyon only' });
    await hand.input('role').selectOption('device-manager');
    await hand.choice(hand.t('function.data')).uncheck();
    await hand.choice(hand.t('region.some')).check();
    await hand.choice('Lyon').check();
    await hand.submit();
    await page.locator('.secret code').waitFor();
    await hand.button('action.done').click();
    const row = page.locator('tbody tr', { hasText: 'Lyon only' });
    await row.waitFor();
    const text = await row.textContent();
    expect(text.includes(hand.t('function.tasks')) && !text.includes(hand.t('function.data')), `the token says ${text}`);
    await counted(page.locator('tbody tr', { hasText: 'Reporting' }), 0, 'tokens of others');
    await hand.open('/tokens');
    await page.locator('tbody tr', { hasText: 'Reporting' }).getByText('Anna').waitFor();
  },

  // ACC-96 to ACC-99, DEV-71
  async 'audit log: category, before and after, chain, export'(hand) {
    const { page, mock } = hand;
    await hand.open('/audit-log');
    await page.locator('main select').first().selectOption('devices');
    await page.waitForURL(/f=category:eq:devices/);
    await hand.settle();
    await counted(page.locator('tbody tr'), 7, 'changes of devices');
    await page.locator('tbody .link').first().click();
    await page.locator('.compare td', { hasText: '<script>alert(1)</script>' }).waitFor();
    await page.keyboard.press('Escape');
    await hand.button('export.title').click();
    const [download] = await Promise.all([page.waitForEvent('download'), hand.button('export.csv').click()]);
    let text = '';
    for await (const piece of await download.createReadStream()) {
      text += piece;
    }
    same(text.trim().split('\r\n').length, 8, 'lines of the file');
    expect(text.includes('\t=cmd|'), 'a formula gets through');
    await hand.button('audit.check').click();
    await page.locator('[role=status]', { hasText: '70' }).waitFor();
    mock.breakAudit('17');
    await hand.button('audit.check').click();
    await page.locator('[role=status]', { hasText: '17' }).waitFor();
  },

  async 'outbox: tried again, or dropped'(hand) {
    const { page } = hand;
    await hand.open('/outbox');
    const failed = page.locator('tbody tr', { hasText: 'Tickets' });
    await failed.getByRole('button', { name: hand.t('outbox.retry') }).click();
    await failed.getByText(hand.t('posting.waiting')).waitFor();
    await failed.getByRole('button', { name: hand.t('action.delete') }).click();
    await hand.confirm('action.delete');
    await failed.waitFor({ state: 'detached' });
  },

  // ACC-70: no field of regions while there are none.
  async 'regions: without any, nothing speaks of them'(hand) {
    hand.mock.noRegions();
    for (const path of ['/users/new', '/users/2', '/groups/new', '/groups/2']) {
      await hand.open(path);
      await counted(hand.choice(hand.t('region.all')), 0, `choices of regions at ${path}`);
    }
    await hand.open('/users');
    await counted(hand.page.getByRole('columnheader', { name: hand.t('menu.regions') }), 0, 'a column of regions');
  },
};

// ACC-42, ACC-43, ACC-28: a clock that the test moves by hand.
async function idle(hand, failures) {
  const { page, mock } = hand;
  const headers = [];
  page.on('request', (request) => request.url().includes('/api/') && headers.push([new URL(request.url()).pathname, request.headers()['x-platen-background']]));
  mock.preferences('logout', { enabled: true, minutes: 10 });
  await page.clock.install();
  await hand.logIn('Administrator');
  await hand.open('/runs');
  await page.clock.runFor(30000);
  headers.length = 0;
  mock.publish('reset', {});
  await page.waitForTimeout(300);
  expect(headers.length > 0 && headers.every(([, background]) => background === '1'), `a refresh counts as activity: ${JSON.stringify(headers)}`);
  await page.clock.runFor(8 * 60000);
  await counted(page.locator('dialog[open]'), 0, 'the question comes too early');
  await page.clock.runFor(45000);
  await page.locator('dialog[open]', { hasText: hand.t('idle.title') }).waitFor();
  headers.length = 0;
  await hand.button('idle.stay').click();
  await page.waitForSelector('dialog[open]', { state: 'detached' });
  await page.waitForTimeout(200);
  expect(headers.some(([path, background]) => path.endsWith('/me') && background === undefined), 'the server does not hear that somebody stays');
  // Typing is activity, of which the server is told too.
  await page.clock.runFor(5 * 60000);
  headers.length = 0;
  await page.keyboard.press('Shift');
  await page.clock.runFor(2000);
  await page.waitForTimeout(200);
  expect(headers.some(([path, background]) => path.endsWith('/me') && background === undefined), 'the server does not hear of a key');
  await page.clock.runFor(9 * 60000 + 5000);
  await page.locator('dialog[open]').waitFor();
  await page.clock.runFor(60000);
  await page.waitForURL(/\/login\?return=%2Fruns&ended=idle/);
  await hand.says('login.ended');
  // A login by ticket has no limit.
  mock.preferences('logout', { minutes: 1 });
  await page.route('**/login/kerberos', (route) => route.continue({ headers: { ...route.request().headers(), 'x-test-ticket': 'yes' } }));
  await hand.button('login.single').click();
  await page.waitForSelector('nav.side', { state: 'attached' });
  await page.clock.runFor(30 * 60000);
  expect(!page.url().includes('/login'), 'somebody who came by ticket was logged out');
  return failures;
}

export async function accessWalks(web, failures, languages = ['en', 'de']) {
  for (const language of languages) {
    const mock = await startMock({ web });
    const { page, context, problems, close } = await openBrowser({ locale: language });
    page.setDefaultTimeout(10000);
    const hand = new Hand({ page, context, url: mock.url, language, password: PASSWORD });
    hand.mock = mock;
    for (const [name, step] of [...Object.entries(steps), ['idle: asked a minute before, then out', idle]]) {
      try {
        await step(hand);
      } catch (error) {
        failures.push(`${name} (${language}): ${error.message.split('\n').slice(0, 5).join(' ')}`);
        if (process.env.WALK_SHOTS) {
          await page.screenshot({ path: join(process.env.WALK_SHOTS, `failed-${language}-${name.replace(/\W+/g, '-')}.png`) });
        }
      }
    }
    failures.push(...problems.map((p) => `access walks ${language}: ${p}`));
    await close();
    mock.stop();
  }
}
