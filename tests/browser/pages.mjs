// Every page against the mock: two languages, two widths, light and dark; the console stays empty,
// nothing overflows the window, and axe-core finds nothing in each language and at each width. Then the ways through the pages that need
// a hand on the keyboard.
//
//   node pages.mjs WEB_FOLDER [--shots=FOLDER] [--widths=360,1280] [--languages=en,de] [--only=NAME|walks]
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { openBrowser } from './chromium.mjs';
import { startMock } from './mock.mjs';
import { walks } from './walks.mjs';
import { accessWalks } from './walks-access.mjs';
import { functionWalks } from './walks-functions.mjs';
import { taskWalks } from './walks-tasks.mjs';

const option = (name, fallback) => process.argv.find((a) => a.startsWith(`--${name}=`))?.split('=')[1] ?? fallback;
const web = process.argv[2];
const shots = option('shots', '');
const widths = option('widths', '360,1280').split(',').map(Number);
const languages = option('languages', 'en,de').split(',');
const only = option('only', '');
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
if (shots) {
  mkdirSync(shots, { recursive: true });
}

// name, address, what to press before looking
const pages = [
  ['dashboard', '/'],
  ['dashboard-administrator', '/?board=administrator'],
  ['dashboard-panels', '/?board=administrator', '.board-head .popover > button'],
  ['devices', '/devices'],
  ['devices-filtered', '/devices?f=severity:eq:error&f=severity:eq:service&f=model:begins:NW&sort=-page_count'],
  ['devices-columns', '/devices', '.list-buttons .popover:nth-of-type(2) > button'],
  ['devices-selected', '/devices', 'thead input[type=checkbox]'],
  ['devices-no-match', '/devices?q=nothing+is+called+so'],
  ['device', '/devices/8'],
  ['device-status', '/devices/8?tab=status'],
  ['device-alerts', '/devices/8?tab=alerts'],
  ['device-counters', '/devices/8?tab=counters'],
  ['device-edit', '/devices/8', '.head-actions button:nth-of-type(1)'],
  ['discovery', '/discovery'],
  ['discovery-search', '/discovery', '.head-actions button'],
  ['credentials', '/discovery?tab=credentials'],
  ['credentials-add', '/discovery?tab=credentials', '.list-buttons > .primary'],
  ['verdicts', '/discovery?tab=verdicts'],
  ['tasks', '/tasks'],
  ['task-kinds', '/tasks/new'],
  ['task-new', '/tasks/new?kind=device.restart'],
  ['task-targets', '/tasks/1?tab=targets'],
  ['task-devices', '/tasks/1?tab=targets', '.form-panel:not([hidden]) .actions .button'],
  ['task-weekly', '/tasks/1'],
  ['task-monthly', '/tasks/3'],
  ['task-batch', '/tasks/3?tab=settings'],
  ['task-batch-add', '/tasks/3?tab=settings', '.batch-add'],
  ['task-settings', '/tasks/2?tab=settings'],
  ['task-rollout', '/tasks/1?tab=rollout'],
  ['task-mail', '/tasks/1?tab=mail'],
  ['runs', '/runs'],
  ['run', '/runs/45'],
  ['run-halted', '/runs/44'],
  ['run-target', '/runs/44?target=3'],
  ['built-in', '/built-in-tasks'],
  ['built-in-edit', '/built-in-tasks', '.row-actions button:nth-of-type(2)'],
  ['scripts', '/scripts'],
  ['script', '/scripts/3'],
  ['script-error', '/scripts/4'],
  ['script-stock', '/scripts/1'],
  ['script-new', '/scripts/new'],
  ['script-versions', '/scripts/3?tab=versions'],
  ['agents', '/agents'],
  ['agent', '/agents/3'],
  ['agent-functions', '/agents/2'],
  ['tokens', '/tokens'],
  ['tokens-add', '/tokens', '.list-buttons > .primary'],
  ['groups', '/groups'],
  ['group', '/groups/2'],
  ['group-devices', '/groups/3?tab=devices'],
  ['group-new', '/groups/new'],
  ['group-add', '/groups/4/add'],
  ['reports', '/reports'],
  ['audit', '/audit-log'],
  ['audit-entry', '/audit-log?f=action:eq:users.update', 'tbody .link'],
  ['audit-chain', '/audit-log', '.head-actions button'],
  ['users', '/users'],
  ['user', '/users/2'],
  ['user-locked', '/users/3'],
  ['user-directory', '/users/4'],
  ['user-new', '/users/new'],
  ['regions', '/regions'],
  ['region', '/regions/2'],
  ['region-new', '/regions/new'],
  ['outbox', '/outbox'],
  ['profile', '/profile'],
  ['profile-security', '/profile?tab=security'],
  ['profile-sessions', '/profile?tab=sessions'],
  ['profile-tokens', '/profile?tab=tokens'],
  ['profile-display', '/profile?tab=display'],
  ['preferences', '/preferences'],
  ...['directory', 'policy', 'logout', 'webhooks', 'groups', 'retention', 'communication', 'manual'].map((group) => [`preferences-${group}`, `/preferences?group=${group}`]),
  ['directory-test', '/preferences?group=directory', '[aria-labelledby=directory-test] button'],
  ['webhook-add', '/preferences?group=webhooks', '.list-buttons > .primary'],
  ['functions', '/functions'],
  ['functions-changelog', '/functions', '.fn-uploads summary'],
  ['functions-install', '/functions', '.card > .actions > .primary'],
  ['functions-delete', '/functions', '.fn-table .row-end button'],
  ['functions-history', '/functions?tab=history'],
  ['publishers', '/functions?tab=publishers'],
  ['publishers-add', '/functions?tab=publishers', '.card-head button'],
  ['function', '/functions/hello'],
  ['function-failed', '/functions/northwind'],
  ['plugin-list', '/p/hello/greetings'],
  ['plugin-list-selected', '/p/hello/greetings', 'thead input[type=checkbox]'],
  ['plugin-list-filtered', '/p/hello/greetings?f=state:eq:sent&f=tries:ge:2&sort=-tries'],
  ['plugin-new', '/p/hello/greetings/new'],
  ['plugin-row', '/p/hello/greetings/row/3'],
  ['plugin-file', '/p/hello/greetings', '.head-actions .button:nth-of-type(2)'],
  ['plugin-settings', '/p/hello/settings'],
  ['plugin-missing', '/p/hello/nothing'],
  ['about', '/about'],
  ['missing', '/no/such/page'],
];

const failures = [];

async function settle(page) {
  await page.waitForFunction(() => !document.querySelector('.waiting') && !document.querySelector('.stale'), undefined, { timeout: 10000 });
  await page.waitForTimeout(60);
}

// What axe-core sees depends on the language and on the width, hardly on both together: the second width
// in the first language, the first in the second. It takes longer than all the rest.
const withAxe = (locale, width) => languages.length === 1 || widths[(languages.indexOf(locale) + 1) % widths.length] === width;

async function hear(page, label, scheme) {
  // What is dark differs in colours only.
  const rules = scheme === 'dark' ? { runOnly: ['color-contrast'] } : {};
  const violations = await page.evaluate(async (more) => (await globalThis.axe.run(document, { resultTypes: ['violations'], ...more })).violations, rules);
  for (const v of violations) {
    failures.push(`${label}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} (${n.any[0]?.message ?? n.failureSummary})`).join('; ')}`);
  }
}

async function measure(page, label) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) {
    failures.push(`${label}: ${over} px wider than the window`);
  }
  if (shots) {
    await page.screenshot({ path: join(shots, `${label.replace(/ /g, '-')}.png`) });
  }
}

// The same page in both schemes: nothing has to be loaded anew for that.
async function inspect(page, name, locale, width) {
  const axeToo = withAxe(locale, width);
  if (axeToo) {
    await page.evaluate(axe);
  }
  for (const scheme of ['light', 'dark']) {
    const label = `${name} ${locale} ${width} ${scheme}`;
    await page.emulateMedia({ colorScheme: scheme });
    await measure(page, label);
    if (axeToo) {
      await hear(page, label, scheme);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

async function login(page, url) {
  await page.goto(`${url}/login`);
  await page.locator('input[name=user]').fill('Administrator');
  await page.locator('input[name=password]').fill('Sesame-123');
  await page.keyboard.press('Enter');
  try {
    await page.waitForSelector('nav.side', { state: 'attached' });
  } catch (error) {
    throw new Error(`no login: ${await page.locator('body').innerText()}`, { cause: error });
  }
}

async function look(locale) {
  const mock = await startMock({ web });
  mock.stage();
  const { page, problems, close } = await openBrowser({ locale });
  for (const [name, address] of only ? [] : [['login', '/login'], ['reset', '/reset'], ['reset-key', '/reset?user=Anna'], ['setup', '/setup']]) {
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(mock.url + address);
      await page.waitForSelector('h1');
      await settle(page);
      await inspect(page, name, locale, width);
    }
  }
  await login(page, mock.url);
  for (const [name, address, press] of pages.filter(([n]) => !only || only.split(',').includes(n))) {
    for (const width of widths) {
      await page.setViewportSize({ width, height: width > 2000 ? 1440 : 800 });
      await page.goto(mock.url + address);
      await page.waitForSelector('h1');
      await settle(page);
      // On narrow screens the head of the table, with its box, is not to be seen.
      if (press && (await page.locator(press).first().isVisible()) && !(width < 640 && press.startsWith('thead'))) {
        await page.locator(press).first().click();
        await page.waitForTimeout(150);
        await settle(page);
      }
      await inspect(page, name, locale, width);
    }
  }
  failures.push(...problems.map((p) => `${locale}: ${p}`));
  await close();
  mock.stop();
}

// Languages and walks each have their own browser and stand-in of the server: they go side by side.
const work = only === 'walks' ? [] : languages.map((locale) => () => look(locale));
if (!only || only === 'walks') {
  work.push(() => walks(web, login, failures));
  for (const language of languages) {
    work.push(() => accessWalks(web, failures, [language]), () => taskWalks(web, failures, [language]), () => functionWalks(web, failures, [language]));
  }
}
async function worker() {
  for (let next = work.shift(); next; next = work.shift()) {
    await next();
  }
}
await Promise.all([worker(), worker()]);

for (const failure of failures) {
  console.error(failure);
}
console.log(failures.length === 0 ? `pages: all well` : `pages: ${failures.length} failures`);
process.exit(failures.length === 0 ? 0 : 1);
