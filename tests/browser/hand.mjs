// A hand on the keyboard of a page that speaks one of the languages: what the walks through the pages
// have in common.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const locales = join(dirname(fileURLToPath(import.meta.url)), '../../web/locales');

export function expect(holds, text) {
  if (!holds) {
    throw new Error(text);
  }
}

export const same = (got, wanted, what) => expect(JSON.stringify(got) === JSON.stringify(wanted), `${what}: ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`);

// So many elements, now or within a few seconds: a page draws when its answers come.
export async function counted(locator, wanted, what) {
  const until = Date.now() + 5000;
  let got = await locator.count();
  while (got !== wanted && Date.now() < until) {
    await new Promise((done) => setTimeout(done, 50));
    got = await locator.count();
  }
  same(got, wanted, what);
}

// A page with the words of its language at hand.
export class Hand {
  constructor({ page, context, url, language, password }) {
    Object.assign(this, { page, context, url, language, password });
    this.words = JSON.parse(readFileSync(join(locales, `${language}.json`), 'utf8'));
  }

  t(key, params = {}) {
    return Object.entries(params).reduce((text, [name, value]) => text.replaceAll(`{${name}}`, value), this.words[key]);
  }

  button(key, params) {
    return this.page.getByRole('button', { name: this.t(key, params), exact: true });
  }

  input(name) {
    return this.page.locator(`[name="${name}"]`).first();
  }

  choice(label) {
    return this.page.getByLabel(label, { exact: true });
  }

  async open(path) {
    await this.page.goto(this.url + path);
    await this.settle();
  }

  async settle() {
    await this.page.waitForSelector('h1');
    await this.page.waitForFunction(() => !document.querySelector('.waiting, .stale'));
  }

  async says(key, params) {
    await this.page.getByText(this.t(key, params)).first().waitFor();
  }

  async toast(key, params) {
    const text = this.page.locator('.toast', { hasText: this.t(key, params) }).last();
    await text.waitFor();
    await text.getByRole('button', { name: this.t('action.close') }).click();
  }

  // The button of the question that stands over the page.
  async confirm(key) {
    await this.page.locator('dialog[open]').getByRole('button', { name: this.t(key), exact: true }).click();
    await this.page.waitForSelector('dialog[open]', { state: 'detached' });
  }

  async fill(values) {
    for (const [name, value] of Object.entries(values)) {
      await this.input(name).fill(value);
    }
  }

  async submit() {
    await this.page.locator('form.form button[type=submit]').first().click();
  }

  async logIn(user, more = {}) {
    await this.context.clearCookies();
    await this.page.goto(`${this.url}/login`);
    await this.fill({ user, password: more.password ?? this.password });
    if (more.remember) {
      await this.input('remember').check();
    }
    await this.submit();
    await this.page.waitForSelector(more.until ?? 'nav.side', { state: 'attached' });
  }

  // With the pages of plugins, which come a moment later.
  async menu() {
    await this.page.waitForSelector('nav.side:not([aria-busy=true])', { state: 'attached' });
    return this.page.locator('nav.side a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  }
}
