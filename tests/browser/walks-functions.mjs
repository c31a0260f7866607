// Ways through the pages for functions and through pages that plugins describe, against the mock, by
// the words of a catalogue.
import { join } from 'node:path';
import { openBrowser } from './chromium.mjs';
import { counted, expect, Hand, same } from './hand.mjs';
import { PASSWORD } from './mock-access.mjs';
import { startMock } from './mock.mjs';

const KEY = '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n';
const packageFile = (name, size = 2048) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.alloc(size, 7) });

async function add(hand, ...files) {
  await hand.page.locator('#fn-file').setInputFiles(files);
  await hand.button('fn.add').click();
}

const staged = (hand, name) => hand.page.locator('.fn-staged', { hasText: name });
const inState = (hand, name, state) => staged(hand, name).locator('.status', { hasText: hand.t(`upload_state.${state}`) }).waitFor();
const rowOf = (hand, name) => hand.page.locator('.fn-table tbody tr', { has: hand.page.locator('th', { hasText: name }) });
const body = async (hand, path, method = 'POST') => (await hand.page.waitForRequest((r) => r.method() === method && new URL(r.url()).pathname === `/api/v1${path}`)).postDataJSON();

const steps = {
  // PRF-37, PRF-38, PRF-39, PRF-49
  async 'functions: names, versions, the manager itself, the database'(hand) {
    await hand.open('/functions');
    await rowOf(hand, 'Platen').getByText('0.1.0').waitFor();
    await rowOf(hand, 'northwind').getByText('needs tcp/2').waitFor();
    await rowOf(hand, 'Greetings of Acme').or(rowOf(hand, 'Grüße von Acme')).first().waitFor();
    await hand.page.getByText('SQLite').first().waitFor();
    const diagnosis = hand.page.locator('section[aria-labelledby=fn-diagnosis]'); // PRF-39, SYS-172
    await diagnosis.getByText('port 8443, port 8080').waitFor();
    await counted(diagnosis.locator('.status', { hasText: hand.t('diagnosis.bad') }), 1, 'parts that are not well');
    await diagnosis.getByText('the certificate ends in 6 days').waitFor();
    await rowOf(hand, 'hello').locator('a[href="/p/hello/settings"]').waitFor();
    await counted(hand.page.locator('.fn-table .row-end button'), 3, 'functions that can be deleted'); // PRF-50
  },

  // PRF-42, SYS-127: pieces of 4 MiB, a digest, and the rest after the line broke
  async 'upload: in pieces, goes on after a broken line'(hand) {
    const { page } = hand;
    await hand.open('/functions');
    const offsets = [];
    const listen = (request) => request.method() === 'PUT' && offsets.push(Number(new URL(request.url()).searchParams.get('offset')));
    page.on('request', listen);
    await page.route('**/uploads/*?offset=4194304', (route) => route.abort(), { times: 1 });
    const begun = body(hand, '/functions/uploads');
    await add(hand, packageFile('large-1.0.0.ppk', 9 * 1024 * 1024));
    const { file_name: name, size, sha256 } = await begun;
    same([name, size, /^[0-9a-f]{64}$/.test(sha256)], ['large-1.0.0.ppk', 9 * 1024 * 1024, true], 'what was announced');
    await page.locator('.fn-sending [role=progressbar]').waitFor();
    await inState(hand, 'large', 'ready');
    page.off('request', listen);
    same(offsets, [0, 4194304, 4194304, 8388608], 'pieces');
    await staged(hand, 'large').getByRole('button').last().click();
    await staged(hand, 'large').waitFor({ state: 'detached' });
  },

  async 'upload: goes on with the same file after a reload'(hand) {
    const { page } = hand;
    await hand.open('/functions');
    await page.route('**/uploads/*?offset=4194304', (route) => route.abort());
    await add(hand, packageFile('later-1.0.0.ppk', 6 * 1024 * 1024));
    await page.waitForFunction(() => document.querySelector('.fn-sending [role=progressbar]')?.getAttribute('aria-valuenow') === '67');
    page.once('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await hand.settle();
    await page.unroute('**/uploads/*?offset=4194304');
    await staged(hand, 'later').getByText(hand.t('fn.resume', { name: 'later-1.0.0.ppk' }).split(':')[0]).waitFor();
    const [piece] = await Promise.all([page.waitForRequest((r) => r.method() === 'PUT'), add(hand, packageFile('later-1.0.0.ppk', 6 * 1024 * 1024))]);
    same(new URL(piece.url()).searchParams.get('offset'), '4194304', 'where it goes on');
    await inState(hand, 'later', 'ready');
    await staged(hand, 'later').getByRole('button').last().click();
    await staged(hand, 'later').waitFor({ state: 'detached' });
  },

  // PRF-43, PRF-44
  async 'upload: a refused package says why, and is not installed'(hand) {
    await hand.open('/functions');
    await add(hand, packageFile('refused-hello-3.0.0.ppk'));
    await inState(hand, 'refused-hello', 'refused');
    await staged(hand, 'refused-hello').getByText('is not the file that was signed').waitFor();
    await counted(hand.button('fn.start'), 0, 'buttons that install');
    await add(hand, packageFile('no-package.zip'));
    await hand.page.locator('.toast.tone-error').waitFor();
    await hand.page.locator('.toast.tone-error').getByRole('button', { name: hand.t('action.close') }).click();
    await staged(hand, 'refused-hello').getByRole('button').last().click();
  },

  // PRF-42, PRF-45, PRF-46, PRF-48, SYS-124, SYS-126, SYS-129
  async 'installation: several at once, licence, restart, login page, list'(hand) {
    const { page } = hand;
    await hand.open('/functions');
    await add(hand, packageFile('hello-1.2.0.ppk'), packageFile('profiles-acme-8.ppk'));
    await inState(hand, 'hello-1.2.0', 'ready');
    await inState(hand, 'profiles-acme', 'ready');
    await staged(hand, 'hello-1.2.0').locator('.fn-changes li').nth(4).waitFor();
    await staged(hand, 'hello-1.2.0').locator('.fn-changes li', { hasText: 'place of a greeting, index of names' }).waitFor();
    await hand.button('fn.start').click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByText(hand.words['fn.start_text'].other.replace('{n}', '2')).waitFor();
    await dialog.getByRole('button', { name: hand.t('value.yes'), exact: true }).click();
    await dialog.getByText('Licence of Acme').waitFor();
    const sent = body(hand, '/functions/install');
    await dialog.getByRole('button', { name: hand.t('fn.accept'), exact: true }).click();
    const { accept_license: accepted, uploads, when_busy: busy } = await sent;
    same([accepted, uploads.length, busy], [true, 2, 'refuse'], 'what was asked for');
    await page.locator('.fn-steps .now').waitFor();
    await hand.says('fn.away');
    await page.waitForSelector('input[name=password]', { timeout: 20000 });
    await hand.says('fn.after_installation');
    await hand.fill({ user: 'Administrator', password: PASSWORD });
    await hand.submit();
    await page.waitForURL('**/functions');
    await hand.says('fn.ended_well');
    await rowOf(hand, 'hello').getByText('1.2.0').waitFor();
    await hand.open('/functions');
    await counted(page.getByText(hand.t('fn.ended_well')), 0, 'told a second time');
  },

  // PRF-47
  async 'installation: one that waits for tasks is cancelled'(hand) {
    const { page } = hand;
    await hand.open('/functions');
    await add(hand, packageFile('waits-one-1.0.0.ppk'));
    await inState(hand, 'waits-one', 'ready');
    await hand.button('fn.start').click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('input[type=checkbox]').check();
    await dialog.getByRole('button', { name: hand.t('value.yes'), exact: true }).click();
    await dialog.getByRole('button', { name: hand.t('fn.accept'), exact: true }).click();
    await hand.button('fn.cancel').click();
    await page.locator('.timeline .status', { hasText: hand.t('function_event.cancelled') }).first().waitFor();
    await counted(page.locator('.fn-steps'), 0, 'installations that are shown');
    await counted(page.getByText(hand.t('fn.ended_well')), 0, 'told as a success');
    await page.locator('#fn-file').waitFor({ state: 'attached' });
  },

  // PRF-47, SYS-125
  async 'installation: running tasks are named, and can be waited for; a failed one says so'(hand) {
    const { page } = hand;
    await hand.open('/functions');
    await add(hand, packageFile('busy-one-1.0.0.ppk'));
    await inState(hand, 'busy-one', 'ready');
    await hand.button('fn.start').click();
    const dialog = page.locator('dialog[open]');
    const yes = async () => {
      await dialog.getByRole('button', { name: hand.t('value.yes'), exact: true }).click();
      await dialog.getByRole('button', { name: hand.t('fn.accept'), exact: true }).click();
    };
    await yes();
    await dialog.locator('[role=alert]', { hasText: 'Monitor Printers' }).waitFor();
    await dialog.getByRole('button', { name: hand.t('action.close') }).click();
    await staged(hand, 'busy-one').getByRole('button').last().click();
    await staged(hand, 'busy-one').waitFor({ state: 'detached' });
    await add(hand, packageFile('fails-one-1.2.0.ppk'));
    await inState(hand, 'fails-one', 'ready');
    await hand.button('fn.start').click();
    await dialog.locator('input[type=checkbox]').check();
    const sent = body(hand, '/functions/install');
    await yes();
    same((await sent).when_busy, 'wait', 'when busy');
    await page.waitForSelector('input[name=password]', { timeout: 20000 });
    await hand.fill({ user: 'Administrator', password: PASSWORD });
    await hand.submit();
    await hand.says('fn.ended_badly');
    await page.getByText('did not register what it declares').first().waitFor();
  },

  // PRF-50, PRF-51
  async 'delete: with its data when asked for, then it is gone from the list'(hand) {
    const { page, mock } = hand;
    await hand.open('/functions');
    await rowOf(hand, 'hello').locator('.row-end button').click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByLabel(hand.t('fn.data_delete')).check();
    await dialog.getByRole('button', { name: hand.t('value.yes'), exact: true }).click();
    await page.waitForSelector('input[name=password]', { timeout: 20000 });
    same(mock.hands.deleted, { name: 'hello', data: 'delete' }, 'what was deleted');
    await hand.fill({ user: 'Administrator', password: PASSWORD });
    await hand.submit();
    await rowOf(hand, 'Platen').waitFor();
    await counted(page.locator('.fn-table tbody th', { hasText: 'hello' }), 0, 'rows of what was deleted');
  },

  async 'publishers: added by a key, revoked'(hand) {
    const { page } = hand;
    await hand.open('/functions?tab=publishers');
    await hand.button('fn.publisher_add').first().click();
    await hand.fill({ name: 'Contoso', key: 'nothing' });
    await page.locator('dialog[open] button[type=submit]').click();
    await page.locator('dialog[open] .field-error').waitFor();
    await hand.fill({ key: KEY, expires: '2031-05-06' });
    await page.locator('dialog[open] button[type=submit]').click();
    await hand.toast('fn.publisher_added', { name: 'Contoso' });
    const row = page.locator('tbody tr', { hasText: 'Contoso' });
    await row.locator('.status', { hasText: hand.t('fn.valid_until').split('{')[0].trim() }).waitFor();
    await row.locator('.status', { hasText: '2031' }).waitFor();
    await page.locator('tbody tr', { hasText: 'Initech' }).locator('.status', { hasText: hand.t('fn.expired_at').split('{')[0].trim() }).waitFor();
    await row.getByRole('button', { name: hand.t('fn.revoke') }).click();
    await hand.confirm('fn.revoke');
    await row.locator('.status', { hasText: hand.t('fn.revoked_at').split('{')[0].trim() }).waitFor();
  },

  // SYS-141, SYS-142
  async 'agents: versions of all functions at the version, errors and quarantine'(hand) {
    const { page } = hand;
    await hand.open('/agents');
    const lyon = page.locator('tbody tr', { hasText: 'Lyon' });
    await lyon.getByText(hand.t('agent.trouble')).waitFor();
    await lyon.locator('.hint-word').hover();
    await page.locator('.hint-panel', { hasText: 'northwind 2.3.1' }).waitFor();
    const seen = await page.locator('.hint-panel').evaluate((panel) => {
      const { left, bottom, width } = panel.getBoundingClientRect();
      return panel.contains(document.elementFromPoint(left + width / 2, bottom - 4));
    });
    expect(seen, 'the versions are cut off');
    await page.mouse.move(0, 0);
    await page.locator('.hint-panel').waitFor({ state: 'detached' });
    await page.locator('tbody .hint-word').first().focus();
    await page.locator('.hint-panel', { hasText: 'printer-mib' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.hint-panel').waitFor({ state: 'detached' });
    await hand.open('/agents/2');
    await page.getByText('it needs glibc 2.38').waitFor();
    await hand.says('agent_function.quarantined');
    await page.getByText('SIGSEGV').waitFor();
    await hand.button('agent.release').click();
    await hand.toast('agent.released', { name: 'northwind' });
  },

  async 'pages of plugins: in the menu by role, with their words, a key where there is none'(hand) {
    await hand.open('/p/hello/greetings');
    const links = await hand.menu();
    expect(links.includes('/p/hello/greetings') && links.includes('/p/hello/settings'), `menu: ${links}`);
    const title = hand.language === 'de' ? 'Grüße' : 'Greetings';
    await hand.page.getByRole('heading', { name: title, exact: true }).waitFor();
    await hand.open('/p/hello/settings');
    await hand.page.locator('thead').getByText(hand.language === 'de' ? 'hello.value' : 'Value').waitFor();
    await hand.open('/p/hello/nothing');
    await hand.says('page.not_here');
  },

  async 'pages of plugins: filter, search, sort, pages, and all that match'(hand) {
    const { page, mock } = hand;
    await hand.open('/p/hello/greetings?f=state:eq:sent');
    await page.locator('.pager', { hasText: '87' }).waitFor();
    await page.locator('.list input[type=search]').fill('no. 11');
    await page.waitForURL(/q=no/);
    await page.waitForFunction(() => !document.querySelector('.stale') && document.querySelectorAll('tbody tr').length < 10);
    await hand.open('/p/hello/greetings?f=state:eq:sent&size=25');
    await page.locator('thead input[type=checkbox]').check();
    await page.locator('.selection').getByRole('button', { name: hand.words['list.select_all'].other.replace('{n}', '87') }).click();
    await page.locator('.selection').getByRole('button', { name: hand.language === 'de' ? 'Noch einmal senden' : 'Send again' }).click();
    await page.locator('.toast').getByRole('link').waitFor();
    same(mock.done.at(-1).body.ids.length, 87, 'rows of the operation');
    await counted(page.getByText('hello.secret'), 0, 'actions that one may not do');
  },

  async 'pages of plugins: create, errors at fields, edit, a list below, delete'(hand) {
    const { page, mock } = hand;
    await hand.open('/p/hello/greetings');
    await page.locator('.head-actions a.primary').click();
    await page.waitForURL('**/new');
    await hand.submit();
    await page.locator('.field-error').waitFor();
    await hand.input('/text').fill('forbidden');
    await hand.submit();
    await page.locator('.field-error', { hasText: 'this is no greeting' }).first().waitFor();
    await hand.input('/text').fill('Made by hand');
    await hand.submit();
    await page.waitForURL('**/p/hello/greetings');
    const { text, state, tries } = mock.done.at(-1).body;
    same([text, state, tries], ['Made by hand', 'new', 3], 'what was made');
    await hand.open('/p/hello/greetings?q=by+hand');
    await page.getByRole('link', { name: 'Made by hand' }).click();
    await page.waitForURL(/\/row\/\d+/);
    await hand.input('/tries').fill('5');
    await hand.submit();
    await hand.toast('plugin.did', { action: hand.t('action.save') });
    same([mock.done.at(-1).operation, mock.done.at(-1).body.tries, typeof mock.done.at(-1).body.id], ['hello.edit', 5, 'string'], 'the change');
    await page.locator('.head-actions .danger').click();
    await page.locator('dialog[open] .button.danger').click();
    await page.waitForURL('**/p/hello/greetings');
    await hand.open('/p/hello/greetings/row/3');
    await page.locator('.row-below tbody tr').nth(1).waitFor();
  },

  async 'pages of plugins: an action with a form, a task for the devices of rows'(hand) {
    const { page, mock } = hand;
    await hand.open('/p/hello/greetings/row/3');
    await page.locator('.head-actions').getByRole('button', { name: hand.language === 'de' ? 'Weiterleiten' : 'Forward' }).click();
    await page.locator('dialog[open] input').fill('Anna');
    await page.locator('dialog[open] button[type=submit]').click();
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    same(mock.done.at(-1), { operation: 'hello.forward', body: { to: 'Anna', ids: ['3'] } }, 'the operation');
    await hand.open('/p/hello/greetings');
    await page.locator('tbody input[type=checkbox]').nth(0).check();
    await page.locator('tbody input[type=checkbox]').nth(1).check();
    await page.locator('.selection').getByRole('button', { name: hand.language === 'de' ? 'Geräte neu starten' : 'Restart devices' }).click();
    await page.waitForURL(/\/tasks\/new\?kind=device\.restart&devices=\d+,\d+/);
  },

  async 'pages of plugins: a file and a password go in, a file comes out'(hand) {
    const { page, mock } = hand;
    const english = hand.language !== 'de';
    await hand.open('/p/hello/greetings');
    await page.locator('.head-actions').getByRole('button', { name: english ? 'Take a file' : 'Datei übernehmen' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.locator('input[type=password]').first().waitFor();
    await counted(dialog.locator('input[type=password]'), 1, 'fields for secrets');
    await dialog.locator('input[type=password]').fill('sesame');
    const file = dialog.locator('input[type=file]');
    await file.setInputFiles({ name: 'large.bin', mimeType: 'application/octet-stream', buffer: Buffer.alloc(5000, 7) });
    await dialog.locator('button[type=submit]').click();
    await dialog.locator('.field-error').first().waitFor();
    await file.setInputFiles({ name: 'small.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([0, 255, 128, 10]) });
    await dialog.locator('button[type=submit]').click();
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    const { operation, body } = mock.done.at(-1);
    same([operation, body.content, body.password], ['hello.take', 'AP+ACg==', 'sesame'], 'what was handed over');
    await hand.open('/p/hello/greetings/row/3');
    const button = page.locator('.head-actions').getByRole('button', { name: english ? 'Save as a file' : 'Als Datei speichern' });
    const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
    same([download.suggestedFilename(), mock.done.at(-1).body], ['greeting-3.txt', { id: '3' }], 'the file');
  },

  async 'pages of plugins: below a row a list that is asked for it'(hand) {
    const { page } = hand;
    await hand.open('/p/hello/greetings/row/3?tab=words');
    await page.locator('.row-below').getByRole('link', { name: 'morning' }).click();
    await page.waitForURL(/\/p\/hello\/words\/row\/morning\?of=of%3Aeq%3A3/);
    await page.locator('a[href*="/p/hello/greetings/row/3?tab=words"]').first().click();
    await page.waitForURL(/greetings\/row\/3\?tab=words/);
    await counted(page.locator('nav a[href="/p/hello/words"]'), 0, 'pages in the menu that stand below others');
  },

  async 'plugins: a report with settings, a panel on the dashboard'(hand) {
    const { page } = hand;
    const title = hand.language === 'de' ? ['Grüße nach Gerät', 'Letzte Grüße', 'Gesendet am'] : ['Greetings by device', 'Latest greetings', 'Sent at'];
    await hand.open('/reports');
    await page.getByRole('button', { name: `${title[0]}: CSV` }).click();
    await page.locator('dialog[open] select').selectOption({ index: 0 });
    const [request] = await Promise.all([page.waitForRequest(/\/reports\/hello\.greetings/), page.locator('dialog[open] button[type=submit]').click()]);
    same(JSON.parse(new URL(request.url()).searchParams.get('settings')), { state: 'new' }, 'settings of the report');
    await page.waitForSelector('dialog[open]', { state: 'detached' });
    await hand.open('/');
    await page.locator('.board-head .popover > button').click();
    await page.locator('.panel').getByRole('button', { name: title[1] }).click();
    const card = page.locator('.card', { has: page.getByRole('heading', { name: title[1] }) });
    await card.getByRole('columnheader', { name: title[2] }).waitFor();
    await card.getByText('Good morning').waitFor();
  },

  async 'functions: one by itself, and what happened to all'(hand) {
    const { page } = hand;
    await hand.open('/functions/platen');
    await hand.says('function_kind.core');
    await hand.open('/functions?tab=history');
    await page.locator('.timeline li').nth(4).waitFor();
  },
};

export async function functionWalks(web, failures, languages = ['en', 'de']) {
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
    failures.push(...problems.filter((p) => !/503|ERR_EMPTY_RESPONSE|ERR_FAILED|ERR_CONNECTION/.test(p)).map((p) => `function walks ${language}: ${p}`));
    await close();
    mock.stop();
  }
}
