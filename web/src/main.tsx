// Start: the language, who is logged in, then the pages.
import { render } from 'preact';
import { App } from './app';
import { startActivity } from './api/activity';
import { resume } from './api/session';
import { startAppearance, preferredLanguage } from './shell/appearance';
import { startFavicon } from './shell/favicon';
import { loadLanguage, t } from './lib/i18n';
import { startRouter } from './lib/router';
import { Failed } from './parts/message';
import './styles/index.css';

async function start(): Promise<void> {
  const root = document.getElementById('app') as HTMLElement;
  startAppearance();
  await loadLanguage(preferredLanguage());
  startActivity();
  startRouter();
  startFavicon();
  try {
    await resume();
    await loadLanguage(preferredLanguage());
  } catch (error) {
    document.title = t('app.name');
    render(
      <main class="door">
        <h1>{t('app.name')}</h1>
        <Failed error={error} retry={() => location.reload()} />
      </main>,
      root,
    );
    return;
  }
  render(<App />, root);
}

void start();
