// The pages for functions, and those that plugins bring, against a running manager: a publisher by its
// key, a package that is refused, one that is installed through the restart, an upgrade, and deleting it.
//
//   node functions.mjs BASE_URL PASSWORD LANGUAGE FOLDER PACKAGES [--only=PART,PART]
//
// PACKAGES holds public.pem, crashes.ppk (refused), first.ppk and second.ppk (guest 1.0.0 and 1.1.0).
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { openBrowser } from './chromium.mjs';
import { counted, expect, Hand } from './hand.mjs';

const [base, password, language, folder, packages] = process.argv.slice(2);
const only = process.argv.find((a) => a.startsWith('--only='))?.split('=')[1] ?? '';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(folder, { recursive: true });

const { page, context, problems, close } = await openBrowser({ locale: language });
page.setDefaultTimeout(30000);
const hand = new Hand({ page, context, url: base, language, password });

async function look(name) {
  let violations = [];
  await page.evaluate(axe);
  for (let tries = 0; tries === 0 || (violations.length > 0 && tries < 4); tries += 1) {
    await page.waitForTimeout(tries * 400);
    await hand.settle();
    ({ violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] })));
  }
  await page.screenshot({ path: join(folder, `${language}-functions-${name}.png`) });
  expect(violations.length === 0, `${name}: ${violations.map((v) => `${v.id} ${v.nodes[0]?.target.join(' ')}`).join('; ')}`);
}

const staged = (name) => page.locator('.fn-staged', { hasText: name });
const rowOf = (name) => page.locator('.fn-table tbody tr', { has: page.locator('th', { hasText: name }) });

async function add(name, state) {
  await hand.open('/functions');
  await page.locator('#fn-file').setInputFiles(join(packages, name));
  await hand.button('fn.add').click();
  await staged(name).locator('.status', { hasText: hand.t(`upload_state.${state}`) }).waitFor();
}

// The restart ends with the login page, or with the list when the login has outlived it (PRF-45).
async function restarted() {
  const login = page.locator('input[name=password]');
  const told = page.locator('.notice', { has: page.locator('.timeline') });
  await login.or(told).first().waitFor({ timeout: 90000 });
  if (await login.isVisible()) {
    await look('login');
    await hand.fill({ user: 'Administrator', password });
    await hand.submit();
  }
  await told.waitFor();
}

async function install() {
  await hand.button('fn.start').click();
  const dialog = page.locator('dialog[open]');
  await look('question');
  await dialog.getByRole('button', { name: hand.t('value.yes'), exact: true }).click();
  await dialog.getByText('All rights reserved.').waitFor(); // PRF-48
  await look('licence');
  await dialog.getByRole('button', { name: hand.t('fn.accept'), exact: true }).click();
  await page.locator('.fn-steps').waitFor();
  await restarted();
}

const steps = {
  // PRF-37, PRF-39
  async 'list'() {
    await hand.open('/functions');
    await rowOf('Platen').waitFor();
    await rowOf('printer-mib').waitFor();
    await page.getByText('SQLite').first().waitFor();
    await look('list');
  },

  // PRF-43
  async 'publisher'() {
    await hand.open('/functions?tab=publishers');
    await hand.button('fn.publisher_add').click();
    await hand.fill({ name: 'Test works', key: 'no key' });
    await page.locator('dialog[open] button[type=submit]').click();
    await page.locator('dialog[open] [role=alert]').waitFor();
    await hand.fill({ key: readFileSync(join(packages, 'public.pem'), 'utf8') });
    await page.locator('dialog[open] button[type=submit]').click();
    await page.locator('tbody tr', { hasText: 'Test works' }).waitFor();
    await look('publishers');
  },

  // PRF-44
  async 'refused'() {
    await add('crashes.ppk', 'refused');
    await staged('crashes.ppk').getByText('self-test-crash').waitFor();
    await look('refused');
    await staged('crashes.ppk').getByRole('button').last().click();
    await staged('crashes.ppk').waitFor({ state: 'detached' });
  },

  // PRF-42, PRF-45, PRF-46, SYS-126, SYS-129
  async 'install'() {
    await add('first.ppk', 'ready');
    await look('ready');
    await install();
    await hand.says('fn.ended_well');
    await rowOf('Guest').getByText('1.0.0').waitFor();
    await look('installed');
  },

  async 'upgrade'() {
    await add('second.ppk', 'ready');
    await install();
    await hand.says('fn.ended_well');
    await rowOf('Guest').getByText('1.1.0').waitFor();
    await hand.open('/functions/guest');
    await page.locator('.timeline li').nth(2).waitFor();
    await look('detail');
    await hand.open('/functions?tab=history');
    await page.locator('.timeline li').nth(3).waitFor();
    await look('history');
  },

  // SYS-141
  async 'agents'() {
    await hand.open('/agents');
    await page.locator('tbody .hint-word').first().hover();
    await page.locator('.hint-panel', { hasText: 'printer-mib' }).waitFor();
    await look('agents');
  },

  // PRF-50, PRF-51
  async 'delete'() {
    await hand.open('/functions');
    await rowOf('Guest').locator('.row-end button').click();
    await page.getByLabel(hand.t('fn.data_delete')).check();
    await look('delete');
    await page.locator('dialog[open]').getByRole('button', { name: hand.t('value.yes'), exact: true }).click();
    await restarted();
    await counted(page.locator('.fn-table tbody th', { hasText: 'Guest' }), 0, 'rows of what was deleted');
  },

  // Whatever pages the installed plugins have: each with its words, none with an error.
  async 'pages'() {
    await hand.open('/');
    const links = (await hand.menu()).filter((href) => href.startsWith('/p/'));
    for (const href of links) {
      await hand.open(href);
      await page.locator('tbody tr, .empty').first().waitFor(); // rows, or why there are none
      await counted(page.locator('.notice.tone-error'), 0, `failures at ${href}`);
      await look(href.slice(3).replace(/\W/g, '-'));
      const first = page.locator('tbody th a').first();
      if ((await first.count()) > 0) {
        await first.click();
        await page.waitForURL(/\/row\//);
        await page.locator('.facts').first().waitFor();
        await look(`${href.slice(3).replace(/\W/g, '-')}-row`);
      }
    }
    console.log(`pages of plugins: ${links.length}`);
  },
};

const failures = [];
await hand.logIn('Administrator');
for (const [name, step] of Object.entries(steps)) {
  if (only && !only.split(',').includes(name)) {
    continue;
  }
  try {
    await step();
  } catch (error) {
    failures.push(`${name}: ${error.message.split('\n').slice(0, 6).join(' ')}`);
    await page.screenshot({ path: join(folder, `${language}-failed-${name}.png`) }).catch(() => undefined);
  }
}
// The restart breaks lines, and is answered 503 for a while.
failures.push(...problems.filter((text) => !/status of 503|net::ERR_/.test(text)));
await close();
console.log(failures.length === 0 ? `functions ${language}: all well` : `functions ${language}:\n${failures.join('\n')}`);
process.exit(failures.length === 0 ? 0 : 1);
