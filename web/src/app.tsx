// Which page stands at which address.
import type { ComponentChild } from 'preact';
import { me } from './api/session';
import { language, t } from './lib/i18n';
import { match } from './lib/match';
import { usePlace } from './lib/router';
import { useStore } from './lib/store';
import { ConfirmHost } from './parts/confirm';
import { Empty } from './parts/message';
import { Head } from './parts/head';
import { ToastHost } from './parts/toast';
import { AboutPage } from './pages/about';
import { AgentPage } from './pages/agent';
import { AgentsPage } from './pages/agents';
import { BuiltInPage } from './pages/builtin';
import { DashboardPage } from './pages/dashboard';
import { DevicePage } from './pages/device';
import { DevicesPage } from './pages/devices';
import { DiscoveryPage } from './pages/discovery';
import { LoginPage } from './pages/login';
import { PreferencesPage } from './pages/preferences';
import { RunPage } from './pages/run';
import { RunsPage } from './pages/runs';
import { SetupPage } from './pages/setup';
import { TokensPage } from './pages/tokens';
import { may } from './shell/entries';
import { Shell } from './shell/shell';

type Route = [pattern: string, page: (params: Record<string, string>) => ComponentChild];

const routes: Route[] = [
  ['/', () => <DashboardPage />],
  ['/devices', () => <DevicesPage />],
  ['/devices/:id', ({ id }) => <DevicePage key={id} id={id ?? ''} />],
  ['/discovery', () => <DiscoveryPage />],
  ['/runs', () => <RunsPage />],
  ['/runs/:id', ({ id }) => <RunPage key={id} id={id ?? ''} />],
  ['/built-in-tasks', () => <BuiltInPage />],
  ['/agents', () => <AgentsPage />],
  ['/agents/:id', ({ id }) => <AgentPage key={id} id={id ?? ''} />],
  ['/tokens', () => <TokensPage />],
  ['/preferences', () => <PreferencesPage />],
  ['/about', () => <AboutPage />],
];

function NotHere({ text }: { text: string }) {
  return (
    <>
      <Head title={text} />
      <Empty title={t('page.not_here')}>
        <a class="button" href="/">
          {t('menu.dashboard')}
        </a>
      </Empty>
    </>
  );
}

function Page({ path }: { path: string }) {
  for (const [pattern, page] of routes) {
    const params = match(pattern, path);
    if (params) {
      return may(path) ? <>{page(params)}</> : <NotHere text={t('page.forbidden')} />;
    }
  }
  return <NotHere text={t('page.not_found')} />;
}

export function App() {
  const { path } = usePlace();
  const user = useStore(me);
  useStore(language); // draws everything anew in another language
  let content: ComponentChild;
  if (path === '/setup') {
    content = <SetupPage />;
  } else if (path === '/login' || !user) {
    content = <LoginPage />;
  } else {
    content = (
      <Shell>
        <Page path={path} />
      </Shell>
    );
  }
  return (
    <div class="app">
      {content}
      <ConfirmHost />
      <ToastHost />
    </div>
  );
}
