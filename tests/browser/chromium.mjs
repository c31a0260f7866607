// Debian's Chromium with a fresh profile, and what every browser test needs of it.
import { chromium } from 'playwright-core';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

// options: {locale, width, height, scheme, more: arguments of Chromium, state: what it remembers of
// earlier starts}. Gives {context, page, problems, close}.
export async function openBrowser({ locale = 'en', width = 1280, height = 800, scheme = 'light', more = [], state } = {}) {
  const profile = mkdtempSync(join(tmpdir(), 'platen-chromium-'));
  if (state) {
    writeFileSync(join(profile, 'Local State'), JSON.stringify(state));
  }
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.PLATEN_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [...args, ...more],
    locale,
    colorScheme: scheme,
    viewport: { width, height },
    ignoreHTTPSErrors: true,
    timezoneId: 'Europe/Zurich',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const problems = [];
  page.on('console', (message) => {
    // A refused login and the question who one is are ordinary answers.
    const expected = /status of (401|403|404|409|412|422|502)/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !expected) {
      problems.push(`console: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => problems.push(`page: ${error.stack ?? error}`));
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol.startsWith('http') && page.url().startsWith('http') && host !== new URL(page.url()).host) {
      problems.push(`request to another host: ${request.url()}`);
    }
  });
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, page, problems, close };
}
