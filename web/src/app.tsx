// Which page stands at which address.
import type { ComponentChild } from 'preact';
import { me } from './api/session';
import { addedWords, language, t } from './lib/i18n';
import { match } from './lib/match';
import { usePlace } from './lib/router';
import { useStore } from './lib/store';
import { ConfirmHost } from './parts/confirm';
import { lazy } from './parts/lazy';
import { Empty } from './parts/message';
import { Head } from './parts/head';
import { ToastHost } from './parts/toast';
import { DashboardPage } from './pages/dashboard';
import { DevicePage } from './pages/device';
import { DevicesPage } from './pages/devices';
import { LoginPage } from './pages/login';
import { may } from './shell/entries';
import { Shell } from './shell/shell';

// What most people open first comes at once; the rest when it is asked for.
const AboutPage = lazy(() => import('./pages/about').then((m) => m.AboutPage));
const AgentPage = lazy(() => import('./pages/agent').then((m) => m.AgentPage));
const AgentsPage = lazy(() => import('./pages/agents').then((m) => m.AgentsPage));
const AuditPage = lazy(() => import('./pages/audit').then((m) => m.AuditPage));
const BuiltInPage = lazy(() => import('./pages/builtin').then((m) => m.BuiltInPage));
const DiscoveryPage = lazy(() => import('./pages/discovery').then((m) => m.DiscoveryPage));
const FunctionPage = lazy(() => import('./pages/function').then((m) => m.FunctionPage));
const GroupAddPage = lazy(() => import('./pages/group').then((m) => m.GroupAddPage));
const GroupPage = lazy(() => import('./pages/group').then((m) => m.GroupPage));
const GroupsPage = lazy(() => import('./pages/groups').then((m) => m.GroupsPage));
const NewGroupPage = lazy(() => import('./pages/group').then((m) => m.NewGroupPage));
const NewRegionPage = lazy(() => import('./pages/region').then((m) => m.NewRegionPage));
const NewScriptPage = lazy(() => import('./pages/script').then((m) => m.NewScriptPage));
const NewTaskPage = lazy(() => import('./pages/task').then((m) => m.NewTaskPage));
const NewUserPage = lazy(() => import('./pages/user').then((m) => m.NewUserPage));
const OutboxPage = lazy(() => import('./pages/outbox').then((m) => m.OutboxPage));
const PluginFormPage = lazy(() => import('./pages/pluginform').then((m) => m.PluginFormPage));
const PluginActionPage = lazy(() => import('./pages/pluginform').then((m) => m.PluginActionPage));
const PluginListPage = lazy(() => import('./pages/pluginlist').then((m) => m.PluginListPage));
const PluginRowPage = lazy(() => import('./pages/pluginrow').then((m) => m.PluginRowPage));
const PreferencesPage = lazy(() => import('./pages/preferences').then((m) => m.PreferencesPage));
const ProfilePage = lazy(() => import('./pages/profile').then((m) => m.ProfilePage));
const RegionPage = lazy(() => import('./pages/region').then((m) => m.RegionPage));
const RegionsPage = lazy(() => import('./pages/regions').then((m) => m.RegionsPage));
const ResetPage = lazy(() => import('./pages/reset').then((m) => m.ResetPage));
const RunPage = lazy(() => import('./pages/run').then((m) => m.RunPage));
const RunsPage = lazy(() => import('./pages/runs').then((m) => m.RunsPage));
const ScriptPage = lazy(() => import('./pages/script').then((m) => m.ScriptPage));
const ScriptsPage = lazy(() => import('./pages/scripts').then((m) => m.ScriptsPage));
const SetupPage = lazy(() => import('./pages/setup').then((m) => m.SetupPage));
const ReportsPage = lazy(() => import('./pages/reports').then((m) => m.ReportsPage));
const SystemConfigurationPage = lazy(() => import('./pages/sysconfig').then((m) => m.SystemConfigurationPage));
const TaskPage = lazy(() => import('./pages/task').then((m) => m.TaskPage));
const TasksPage = lazy(() => import('./pages/tasks').then((m) => m.TasksPage));
const TokensPage = lazy(() => import('./pages/tokens').then((m) => m.TokensPage));
const UserPage = lazy(() => import('./pages/user').then((m) => m.UserPage));
const UsersPage = lazy(() => import('./pages/users').then((m) => m.UsersPage));

type Route = [pattern: string, page: (params: Record<string, string>) => ComponentChild];

const routes: Route[] = [
  ['/', () => <DashboardPage />],
  ['/devices', () => <DevicesPage />],
  ['/devices/:id', ({ id }) => <DevicePage key={id} id={id ?? ''} />],
  ['/discovery', () => <DiscoveryPage />],
  ['/tasks', () => <TasksPage />],
  ['/tasks/new', () => <NewTaskPage />],
  ['/tasks/:id', ({ id }) => <TaskPage key={id} id={id ?? ''} />],
  ['/runs', () => <RunsPage />],
  ['/runs/:id', ({ id }) => <RunPage key={id} id={id ?? ''} />],
  ['/built-in-tasks', () => <BuiltInPage />],
  ['/scripts', () => <ScriptsPage />],
  ['/scripts/new', () => <NewScriptPage />],
  ['/scripts/:id', ({ id }) => <ScriptPage key={id} id={id ?? ''} />],
  ['/groups', () => <GroupsPage />],
  ['/groups/new', () => <NewGroupPage />],
  ['/groups/:id', ({ id }) => <GroupPage key={id} id={id ?? ''} />],
  ['/groups/:id/add', ({ id }) => <GroupAddPage key={id} id={id ?? ''} />],
  ['/audit-log', () => <AuditPage />],
  ['/users', () => <UsersPage />],
  ['/users/new', () => <NewUserPage />],
  ['/users/:id', ({ id }) => <UserPage key={id} id={id ?? ''} />],
  ['/regions', () => <RegionsPage />],
  ['/regions/new', () => <NewRegionPage />],
  ['/regions/:id', ({ id }) => <RegionPage key={id} id={id ?? ''} />],
  ['/agents', () => <AgentsPage />],
  ['/agents/:id', ({ id }) => <AgentPage key={id} id={id ?? ''} />],
  ['/tokens', () => <TokensPage />],
  ['/outbox', () => <OutboxPage />],
  ['/reports', () => <ReportsPage />],
  ['/profile', () => <ProfilePage />],
  ['/preferences', () => <PreferencesPage />],
  ['/functions', () => <SystemConfigurationPage />],
  ['/functions/:name', ({ name }) => <FunctionPage key={name} name={name ?? ''} />],
  ['/p/:plugin/:id', ({ plugin, id }) => <PluginListPage key={`${plugin}/${id}`} plugin={plugin ?? ''} id={id ?? ''} />],
  ['/p/:plugin/:id/new', ({ plugin, id }) => <PluginFormPage key={`${plugin}/${id}`} plugin={plugin ?? ''} id={id ?? ''} />],
  ['/p/:plugin/:id/do/:action', ({ plugin, id, action }) => <PluginActionPage key={`${plugin}/${id}/${action}`} plugin={plugin ?? ''} id={id ?? ''} action={action ?? ''} />],
  ['/p/:plugin/:id/row/:row', ({ plugin, id, row }) => <PluginRowPage key={`${plugin}/${id}/${row}`} plugin={plugin ?? ''} id={id ?? ''} row={row ?? ''} />],
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
  useStore(addedWords); // and with the words of plugins
  let content: ComponentChild;
  if (path === '/setup') {
    content = <SetupPage />;
  } else if (path === '/reset') {
    content = <ResetPage />;
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
