// The frame of every page: header, menu, content.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { me } from '../api/session';
import { useChange } from '../lib/change';
import { t } from '../lib/i18n';
import { usePlace } from '../lib/router';
import { useStore } from '../lib/store';
import { Icon } from '../parts/icons';
import { isCurrent, menu } from './entries';
import { Header } from './header';
import { HelpDialog } from './help';
import { IdleWatch } from './idle';
import { pages, usePlugins } from './pages';
import { useShortcuts } from './shortcuts';
import { useSummary } from './summary';

function Menu({ open }: { open: boolean }) {
  const { path } = usePlace();
  const user = useStore(me);
  const known = useStore(pages);
  return (
    <nav class={open ? 'side open' : 'side'} id="menu" aria-label={t('menu.title')} aria-busy={known === undefined}>
      {user &&
        menu().map((section) => (
          <div key={section.id} class="side-section">
            {section.label && <p class="side-label">{section.label}</p>}
            <ul>
              {section.entries.map((entry) => (
                <li key={entry.href}>
                  <a href={entry.href} aria-current={isCurrent(entry, path) ? 'page' : undefined}>
                    <Icon name={entry.icon} />
                    {entry.label}
                  </a>
                </li>
              ))}
            </ul>
          </div>
        ))}
    </nav>
  );
}

export function Shell({ children }: { children: ComponentChildren }) {
  const { path } = usePlace();
  const [menu, setMenu] = useState(false);
  const [help, setHelp] = useState(false);
  useSummary();
  usePlugins();
  useShortcuts(() => setHelp(true));
  useChange(() => setMenu(false), [path]);
  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={(event) => {
        event.preventDefault();
        document.getElementById('content')?.focus();
      }}>
        {t('menu.skip')}
      </a>
      <Header menuOpen={menu} onMenu={() => setMenu(!menu)} onHelp={() => setHelp(true)} />
      <Menu open={menu} />
      <main id="content" tabIndex={-1} data-scroll="main">
        {children}
      </main>
      <IdleWatch />
      {help && <HelpDialog onClose={() => setHelp(false)} />}
    </div>
  );
}
