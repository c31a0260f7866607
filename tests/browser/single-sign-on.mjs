// Single sign-on in a real Chromium with a ticket of its owner (ACC-25, ACC-27): the button of the
// login page lets in a browser that trusts the address, and says why not to one that does not.
// Usage: node single-sign-on.mjs URL NAME; KRB5CCNAME holds a ticket.
import { openBrowser } from './chromium.mjs';

const [url, name] = process.argv.slice(2);

// On Linux Chromium loads Kerberos only when it was asked for a ticket once before its start.
const state = { net: { received_http_auth_negotiate_headers: true } };

async function visit(more, work) {
  const browser = await openBrowser({ more, state });
  try {
    browser.page.setDefaultTimeout(30000);
    await browser.page.goto(`${url}/login`);
    await work(browser.page, browser.page.getByRole('button', { name: 'Log in with single sign-on' }));
    if (browser.problems.length > 0) {
      throw new Error(browser.problems.join('\n'));
    }
  } finally {
    await browser.close();
  }
}

await visit(['--auth-server-allowlist=localhost'], async (page, button) => {
  await button.click();
  await page.waitForSelector('nav.side', { state: 'attached' });
  const me = await page.evaluate(async () => (await fetch('/api/v1/me')).json());
  if (me.name !== name || me.kind !== 'directory') {
    throw new Error(`in as ${me.name} (${me.kind}), not as ${name}`);
  }
});
await visit(['--auth-server-allowlist=elsewhere.example.org'], async (page, button) => {
  await button.click();
  await page.waitForSelector('[role="alert"]');
  if ((await page.locator('nav.side').count()) > 0) {
    throw new Error('a browser without leave to use tickets is in');
  }
});
console.log('single sign-on in a browser: in with a ticket, out without');
