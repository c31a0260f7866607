// The walk through the pages for people and their access of a real daemon: accounts, regions, groups,
// mail, webhooks, second factor, lockout, audit log, automatic logout; each language on a daemon of
// its own. Screenshots lie in the folder given.
//
//   node access.mjs BASE_URL SETUP_URL LANGUAGE [SHOTS_FOLDER] [--range=127.10.0.0/24] [--port=10161]
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { openBrowser } from './chromium.mjs';
import { counted, expect, Hand, same } from './hand.mjs';
import { oneTimeCode, startHook, startMailServer } from './receivers.mjs';

const [base, setup, language, folder] = process.argv.slice(2).filter((a) => !a.startsWith('--'));
const option = (name, fallback) => process.argv.find((a) => a.startsWith(`--${name}=`))?.split('=').slice(1).join('=') ?? fallback;
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PASSWORD = 'First-Light-7';
const DORA = 'Dora-Region-5';
if (!base || !setup || !language) {
  console.error('usage: node access.mjs BASE_URL SETUP_URL LANGUAGE [SHOTS_FOLDER]');
  process.exit(2);
}
if (folder) {
  mkdirSync(folder, { recursive: true });
}

let pictures = 0;

class RealHand extends Hand {
  async look(name) {
    await this.settle();
    await this.page.waitForTimeout(100);
    await this.page.evaluate(axe);
    const { violations } = await this.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    expect(violations.length === 0, `${name}: ${violations.map((v) => `${v.id} ${v.nodes[0]?.target.join(' ')}`).join('; ')}`);
    if (folder) {
      pictures += 1;
      const path = (width) => join(folder, `${language}-${String(pictures).padStart(2, '0')}-${name}-${width}.png`);
      await this.page.screenshot({ path: path(1280) });
      await this.page.setViewportSize({ width: 390, height: 800 });
      await this.page.waitForTimeout(100);
      await this.page.screenshot({ path: path(390) });
      await this.page.setViewportSize({ width: 1280, height: 800 });
    }
  }

  // What the pages have no hand for: the API with this browser's own session.
  api(method, path, body) {
    return this.page.evaluate(
      async ([verb, address, text]) => {
        const me = await (await fetch('/api/v1/me')).json();
        const headers = { 'X-CSRF-Token': me.csrf, ...(text ? { 'Content-Type': 'application/json' } : {}) };
        const answer = await fetch(`/api/v1${address}`, { method: verb, headers, body: text });
        return { status: answer.status, body: await answer.json().catch(() => undefined) };
      },
      [method, path, body && JSON.stringify(body)],
    );
  }
}

async function newHand(password = PASSWORD) {
  const browser = await openBrowser({ locale: language });
  browser.page.setDefaultTimeout(20000);
  const hand = new RealHand({ ...browser, url: base, language, password });
  return Object.assign(hand, { problems: browser.problems, close: browser.close });
}

const steps = {
  async 'the first account'({ admin }) {
    await admin.page.goto(setup);
    await admin.fill({ password: PASSWORD, again: PASSWORD, email: 'admin@example.org' });
    await admin.submit();
    await admin.page.waitForSelector('nav.side', { state: 'attached' });
    expect((await admin.menu()).includes('/audit-log'), 'the first account does not see the audit log');
  },

  async 'devices to speak of'({ admin }) {
    const patched = await admin.api('PATCH', '/agents/local', { ranges: [option('range', '127.10.0.0/24')], port: { snmp: Number(option('port', '10161')) } });
    expect(patched.status === 200, `the range: ${JSON.stringify(patched)}`);
    await admin.api('POST', '/device-credentials', { kind: 'snmpv1', community: 'public' });
    const started = await admin.api('POST', '/tasks', { kind: 'device.discover', name: 'find', schedule: { when: 'now' }, targets: { agents: ['local'] } });
    for (let i = 0; i < 300; i += 1) {
      const { body } = await admin.api('GET', `/runs/${started.body.run}`);
      if (!['waiting', 'running'].includes(body.state)) {
        break;
      }
      await admin.page.waitForTimeout(500);
    }
    await admin.open('/devices');
    await admin.page.locator('tbody tr').first().waitFor();
  },

  // ACC-70, ACC-72 to ACC-78
  async regions({ admin }) {
    const { page } = admin;
    await admin.open('/users/new');
    await counted(admin.choice(admin.t('region.all')), 0, 'regions are asked for before there are any');
    await admin.open('/regions');
    await admin.look('regions-none');
    await page.getByRole('link', { name: admin.t('region.add') }).first().click();
    await admin.settle();
    await admin.fill({ name: 'North', addresses: '127.10.0.0-127.10.0.20', timezone: 'Europe/Oslo' });
    await admin.look('region-new');
    await admin.submit();
    await admin.toast('region.created', { name: 'North' });
    await admin.open('/regions/new');
    await admin.fill({ name: 'South', addresses: '127.10.0.100/30\n127.10.0.15', suffixes: 'south.example.org', timezone: 'Europe/Rome' });
    await admin.submit();
    await page.locator('.field-error', { hasText: 'North' }).waitFor();
    await admin.look('region-overlap');
    await admin.fill({ addresses: '127.10.0.21-127.10.0.255' });
    await admin.submit();
    await admin.toast('region.created', { name: 'South' });
    await page.getByRole('link', { name: 'North' }).waitFor();
    await admin.look('regions');
  },

  // ACC-61 to ACC-66, ACC-68
  async users({ admin }) {
    const { page } = admin;
    const create = async (values, more) => {
      await admin.open('/users/new');
      await admin.fill({ ...values, again: values.password });
      await more();
      await admin.submit();
    };
    await create({ name: 'Dora', email: 'dora@example.org', password: 'weak' }, async () => {
      await admin.input('role').selectOption('device-manager');
      await admin.choice(admin.t('function.devices')).check();
      await admin.choice(admin.t('function.groups')).check();
      await admin.choice(admin.t('region.some')).check();
      await admin.choice('North').check();
    });
    await page.locator('.field-error').waitFor();
    await admin.look('user-weak-password');
    await admin.fill({ password: DORA, again: DORA });
    await admin.submit();
    await admin.toast('user.created', { name: 'Dora' });
    await admin.look('user');
    await create({ name: 'Uli', password: 'Uli-Looks-3' }, async () => undefined);
    await admin.toast('user.created', { name: 'Uli' });
    await admin.open('/users');
    await page.getByRole('link', { name: 'Uli' }).waitFor();
    await admin.look('users');
  },

  // ACC-49, ACC-53, ACC-69
  async 'somebody of one region'({ dora }) {
    await dora.logIn('Dora');
    same(await dora.menu(), ['/', '/devices', '/groups', '/about'], 'menu of a device manager');
    await dora.open('/devices?size=200&sort=address');
    const { body } = await dora.api('GET', '/devices?size=200&fields=address');
    expect(body.items.length > 0 && body.items.every(({ address }) => Number(address.split('.').pop()) <= 20), `devices of another region: ${JSON.stringify(body.items.slice(0, 3))}`);
    await dora.look('devices-of-a-region');
    await dora.open('/users');
    await dora.says('page.forbidden');
    await dora.open('/');
    await dora.look('dashboard-of-a-region');
    await dora.open('/profile');
    await dora.look('profile');
  },

  // ACC-48
  async 'somebody who may look'({ guest }) {
    await guest.logIn('Uli', { password: 'Uli-Looks-3', remember: true });
    same(await guest.menu(), ['/', '/devices', '/reports', '/about'], 'menu of a user');
    await guest.open('/devices');
    await guest.page.locator('tbody th a').first().click();
    await guest.page.waitForSelector('.identity');
    await guest.look('device-of-a-user');
    await counted(guest.button('action.edit'), 0, 'a user may edit a device');
  },

  // DEV-142 to DEV-152
  async groups({ admin }) {
    const { page } = admin;
    await admin.open('/groups/new');
    await admin.fill({ name: 'Site', comment: 'All that is managed' });
    await admin.choice(admin.t('group_type.dynamic')).check();
    await admin.button('filter.add').click();
    await page.locator('.panel').getByRole('button', { name: admin.t('device.power'), exact: true }).click();
    await admin.choice(admin.t('power.on')).check();
    await admin.button('filter.apply').click();
    await page.locator('.chip').waitFor();
    await admin.look('group-new');
    await admin.submit();
    await page.waitForURL(/tab=devices/);
    await page.locator('tbody tr').nth(3).waitFor();
    await admin.open('/groups/new');
    await admin.fill({ name: 'Pilot' });
    await admin.input('parent').selectOption({ label: 'Site' });
    await admin.submit();
    await page.waitForURL(/\/add$/);
    await admin.settle();
    for (const n of [1, 2, 3]) {
      await page.locator('tbody input[type=checkbox]').nth(n).check();
    }
    await admin.look('group-add');
    await admin.button('group.put_in').click();
    await page.waitForURL(/tab=devices/);
    await admin.settle();
    await counted(page.locator('tbody tr'), 3, 'devices of the group');
    await admin.look('group-devices');
    await admin.open('/groups');
    await page.getByRole('link', { name: 'Pilot' }).waitFor();
    await admin.look('groups');
    await page.getByRole('link', { name: 'Pilot' }).click();
    await admin.settle();
    await admin.look('group');
    await admin.open('/devices');
    await page.locator('tbody input[type=checkbox]').first().check();
    await admin.button('group.to_group').click();
    await page.locator('dialog select').waitFor();
    await admin.submit();
    await page.locator('.toast a').last().waitFor();
  },

  async 'two editors of one user'({ admin }) {
    const { body } = await admin.api('GET', '/users?f=name:eq:Uli');
    const path = `/users/${body.items[0].id}`;
    await admin.open(path);
    await admin.fill({ email: 'uli@example.org' });
    same((await admin.api('PATCH', path, { email: 'other@example.org' })).status, 200, 'the other editor');
    await admin.submit();
    await admin.page.locator('.notice table').getByText('other@example.org').waitFor();
    await admin.look('conflict');
    await admin.submit();
    await admin.toast('user.saved');
  },

  // PRF-04 to PRF-09
  async 'mail and its test'({ admin, mail }) {
    await admin.open('/preferences');
    await admin.fill({ sender: 'platen@example.org', host: '127.0.0.1', port: String(mail.port) });
    await admin.input('security').selectOption('none');
    await admin.submit();
    await admin.toast('preferences.saved');
    await admin.button('mail.test').click();
    await admin.says('mail.test_sent', { to: 'admin@example.org' });
    await mail.wait(/To:.*admin@example\.org/i);
    await admin.look('preferences-mail');
  },

  // ACC-15 to ACC-17, ACC-19
  async 'a forgotten password'({ guest, mail }) {
    const { page, context } = guest;
    await context.clearCookies();
    await guest.open('/login');
    await page.getByRole('link', { name: guest.t('login.forgot') }).click();
    await guest.settle();
    await guest.fill({ user: 'Dora' });
    await guest.look('reset');
    await guest.submit();
    await guest.says('reset.sent');
    const text = await mail.wait(/To:.*dora@example\.org/i);
    const link = new URL(/https:\/\/\S+\/reset\?\S+/.exec(text)[0]);
    const key = /^[A-Z0-9]{4,}(-[A-Z0-9]+)*$/im.exec(text.slice(text.indexOf(link.href) + link.href.length))[0];
    await page.goto(base + link.pathname + link.search);
    await guest.settle();
    same(await guest.input('user').inputValue(), 'Dora', 'the user of the link');
    await guest.fill({ key, password: DORA.toUpperCase(), again: DORA.toUpperCase() });
    await guest.look('reset-key');
    await guest.fill({ password: `${DORA}-new`, again: `${DORA}-new` });
    await guest.submit();
    await page.waitForURL('**/login?reset=done');
    await guest.logIn('Dora', { password: `${DORA}-new` });
  },

  // PRF-19 to PRF-25
  async webhooks({ admin, hook }) {
    const { page } = admin;
    await admin.open('/preferences?group=webhooks');
    await admin.button('webhook.add').click();
    await admin.fill({ name: 'Tickets', url: hook.url, token: 'hush-hush' });
    await admin.choice(admin.t('webhook_event.login-locked')).check();
    await admin.submit();
    await admin.toast('webhook.saved');
    const row = page.locator('tbody tr', { hasText: 'Tickets' });
    await row.getByRole('button', { name: admin.t('webhook.test'), exact: true }).click();
    await row.getByText('200').waitFor();
    same(hook.calls[0]?.headers['x-platen-token'], 'hush-hush', 'the token of the call');
    await admin.look('webhooks');
    await row.getByRole('button', { name: 'Tickets' }).click();
    await page.locator('dialog [name=url]').waitFor();
    await admin.look('webhook');
    await page.keyboard.press('Escape');
  },

  // ACC-38, ACC-41
  async 'locked out, and let in again'({ admin, guest, hook }) {
    await guest.context.clearCookies();
    for (let i = 0; i < 5; i += 1) {
      await guest.open('/login');
      await guest.fill({ user: 'Uli', password: `Wrong-Guess-${i}` });
      await guest.submit();
      await guest.page.waitForSelector('[role=alert]');
    }
    await admin.open('/users');
    await admin.page.locator('tbody tr', { hasText: 'Uli' }).getByText(admin.t('account.locked')).waitFor();
    await admin.page.getByRole('link', { name: 'Uli' }).click();
    await admin.settle();
    await admin.look('user-locked');
    await admin.button('user.unlock').click();
    await admin.toast('user.unlocked', { name: 'Uli' });
    await guest.logIn('Uli', { password: 'Uli-Looks-3' });
    for (let i = 0; i < 50 && !hook.calls.some(({ body }) => body.event === 'login-locked'); i += 1) {
      await admin.page.waitForTimeout(200);
    }
    expect(hook.calls.some(({ body }) => body.event === 'login-locked'), `no webhook of the lockout: ${JSON.stringify(hook.calls.map(({ body }) => body.event))}`);
  },

  // ACC-67
  async 'a second factor'({ admin, guest }) {
    const { page } = guest;
    const card = page.locator('.card', { has: page.getByRole('heading', { name: guest.t('user.second_factor'), exact: true }) });
    await guest.open('/profile?tab=security');
    await card.locator('[name=password]').fill('Uli-Looks-3');
    await card.locator('button[type=submit]').click();
    await page.locator('svg.qr path, svg.qr rect').first().waitFor();
    const secret = await card.locator('.secret code').textContent();
    await guest.look('second-factor');
    await guest.fill({ code: oneTimeCode(secret) });
    await card.locator('button[type=submit]').click();
    await page.locator('.codes li').nth(9).waitFor();
    const recovery = await page.locator('.codes code').first().textContent();
    await guest.look('recovery-codes');
    await guest.button('factor.kept').click();
    await guest.logIn('Uli', { password: 'Uli-Looks-3', until: '[name=code]' });
    await guest.look('login-code');
    await guest.fill({ code: recovery });
    await guest.submit();
    await page.waitForSelector('nav.side', { state: 'attached' });
    await guest.logIn('Uli', { password: 'Uli-Looks-3', until: '[name=code]' });
    await guest.fill({ code: recovery });
    await guest.submit();
    await page.waitForSelector('[role=alert]'); // once only
    await guest.fill({ code: oneTimeCode(secret, 1) });
    await guest.submit();
    await page.waitForSelector('nav.side', { state: 'attached' });
    await admin.open('/users');
    await admin.page.getByRole('link', { name: 'Uli' }).click();
    await admin.settle();
    await admin.button('user.factor_remove').click();
    await admin.confirm('user.factor_remove');
    await admin.button('user.factor_remove').waitFor({ state: 'detached' });
  },

  async 'password, sessions, tokens'({ dora }) {
    const { page } = dora;
    await dora.logIn('Dora', { password: `${DORA}-new` });
    await dora.open('/profile?tab=security');
    await dora.fill({ current: 'wrong', password: DORA, again: DORA });
    await dora.submit();
    await page.locator('[role=alert]').waitFor();
    expect(!page.url().includes('/login'), 'a wrong password ends the session');
    await dora.look('password-wrong');
    await dora.fill({ current: `${DORA}-new` });
    await dora.submit();
    await dora.toast('password.changed');
    const other = await newHand(DORA);
    await other.logIn('Dora');
    await dora.open('/profile?tab=sessions');
    await dora.look('sessions');
    await dora.button('session.end').first().click();
    await dora.toast('session.ended');
    await other.open('/devices');
    await other.page.waitForURL(/\/login/);
    await other.close();
    await dora.open('/profile?tab=tokens');
    await dora.button('token.add').click();
    await dora.fill({ name: 'North only' });
    await dora.input('role').selectOption('device-manager');
    await dora.look('token-new');
    await dora.submit();
    await page.locator('.secret code').waitFor();
    await dora.button('action.done').click();
    await page.locator('tbody tr', { hasText: 'North only' }).waitFor();
    await dora.look('tokens');
    await dora.open('/profile?tab=display');
    await dora.look('display');
  },

  // PRF-02, PRF-03, PRF-15, PRF-16, PRF-18, PRF-31, PRF-34, PRF-35
  async 'every group of preferences'({ admin }) {
    for (const group of ['directory', 'policy', 'logout', 'groups', 'retention', 'communication', 'manual']) {
      await admin.open(`/preferences?group=${group}`);
      await admin.look(`preferences-${group}`);
      await admin.submit();
      await admin.toast('preferences.saved');
    }
    await admin.open('/preferences?group=directory');
    await admin.fill({ servers: '127.0.0.1:1' });
    await admin.input('enabled').check();
    await admin.submit();
    await admin.toast('preferences.saved');
    await admin.button('directory.test_submit').click();
    await admin.page.locator('ol.rows .tone-error').first().waitFor();
    await admin.look('directory-test');
    await admin.input('enabled').uncheck();
    await admin.submit();
    await admin.toast('preferences.saved');
  },

  async 'agents, outbox, tokens of all'({ admin }) {
    for (const [path, name] of [['/outbox', 'outbox'], ['/tokens', 'all-tokens'], ['/agents', 'agents'], ['/about', 'about']]) {
      await admin.open(path);
      await admin.look(name);
      expect((await admin.page.locator('.notice.tone-error').count()) === 0, `${name}: ${await admin.page.locator('.notice.tone-error').allTextContents()}`);
    }
    await admin.page.goto(`${base}/tokens`);
  },

  // ACC-96 to ACC-99
  async 'audit log'({ admin }) {
    const { page } = admin;
    await admin.open('/audit-log');
    await admin.look('audit');
    await page.locator('main select').first().selectOption('users');
    await page.waitForURL(/f=category:eq:users/);
    await admin.settle();
    await page.locator('tbody .link', { hasText: admin.t('audit_verb.create') }).first().click();
    await page.locator('.compare').waitFor();
    await admin.look('audit-entry');
    await page.keyboard.press('Escape');
    const content = await admin.api('GET', '/audit-log?size=200');
    expect(!JSON.stringify(content.body).includes(DORA), 'a password is in the audit log');
    await admin.button('audit.check').click();
    await page.locator('.head-actions [role=status] .tone-ok').waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), (async () => {
      await admin.button('export.title').click();
      await admin.button('export.csv').click();
    })()]);
    expect((await download.path()) !== null, 'nothing was exported');
    await admin.look('audit-chain');
  },

  async 'regions that are in use stay'({ admin }) {
    await admin.open('/regions');
    await admin.page.getByRole('link', { name: 'North' }).click();
    await admin.settle();
    await admin.button('action.delete').click();
    await admin.page.locator('dialog[open]').getByRole('button', { name: admin.t('action.delete'), exact: true }).click();
    await admin.page.locator('.toast', { hasText: 'Dora' }).waitFor();
    await admin.look('region-in-use');
  },

  // ACC-42, ACC-43
  async 'automatic logout'({ admin, dora }) {
    await admin.open('/preferences?group=logout');
    await admin.fill({ minutes: '1' });
    await admin.submit();
    await admin.toast('preferences.saved');
    await dora.logIn('Dora');
    await dora.open('/devices');
    await dora.page.waitForSelector('dialog[open]', { timeout: 45000 });
    await dora.look('idle');
    await dora.page.waitForURL(/\/login\?return=%2Fdevices&ended=idle/, { timeout: 45000 });
    await dora.look('idle-ended');
    same(await dora.page.evaluate(async () => (await fetch('/api/v1/me')).status), 401, 'the session after the logout');
  },
};

const only = option('only', '');
const world = { admin: await newHand(), dora: await newHand(DORA), guest: await newHand(), mail: await startMailServer(), hook: await startHook() };
const hands = [world.admin, world.dora, world.guest];
const failures = [];
for (const [name, step] of Object.entries(steps)) {
  if (only && !only.split(',').some((part) => name.includes(part))) {
    continue;
  }
  try {
    await step(world);
  } catch (error) {
    failures.push(`${name}: ${error.message.split('\n').slice(0, 6).join(' ')}`);
    for (const [n, hand] of folder ? hands.entries() : []) {
      await hand.page.screenshot({ path: join(folder, `${language}-failed-${name.replace(/\W+/g, '-')}-${n}.png`) }).catch(() => undefined);
    }
  }
}
failures.push(...hands.flatMap((hand) => hand.problems));
for (const hand of hands) {
  await hand.close();
}
world.mail.stop();
world.hook.stop();
console.log(failures.length === 0 ? `access ${language}: all well` : `access ${language}:\n${failures.join('\n')}`);
process.exit(failures.length === 0 ? 0 : 1);
