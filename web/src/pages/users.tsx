// Users: who may log in, in which role, and who is locked out (ACC-60, ACC-61).
import { useAll } from '../api/resource';
import type { Named, User } from '../api/types';
import { formatNumber } from '../lib/format';
import { code, t } from '../lib/i18n';
import type { Column } from '../parts/columns';
import type { FilterField } from '../parts/filterfield';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty } from '../parts/message';
import { Status } from '../parts/status';
import { Time } from '../parts/time';
import { functionName, roles } from './userfields';
import { regionNames } from './regionfields';

const none = <span class="none">–</span>;

export function stateOf(user: User): string {
  return user.locked_until && Date.parse(user.locked_until) > Date.now() ? 'locked' : 'open';
}

export function originOf(user: User): string {
  return user.domain ? `${code('user_kind', user.kind)}: ${user.domain}` : code('user_kind', user.kind);
}

function functionsOf(user: User): string {
  return user.role === 'device-manager' ? (user.functions ?? []).map((id) => functionName(id)).join(', ') : '';
}

const roleOf = (user: User) => (user.role ? code('role', user.role) : t('user.no_role'));

function columns(regions: Named[]): Column<User>[] {
  const reach = (u: User) => (u.all_regions ? t('region.all') : regionNames(u.regions ?? [], regions) || t('region.none_at_all'));
  return [
    { id: 'name', label: t('login.user'), head: true, sort: 'name', cell: (u) => <a href={`/users/${u.id}`}>{u.name}</a>, text: (u) => u.name },
    { id: 'state', label: t('user.state'), sort: 'locked_until', narrow: true, cell: (u) => <Status family="account" value={stateOf(u)} />, text: (u) => code('account', stateOf(u)) },
    { id: 'role', label: t('user.role'), sort: 'role', narrow: true, cell: roleOf, text: roleOf },
    { id: 'functions', label: t('user.functions'), wide: true, cell: (u) => functionsOf(u) || none, text: functionsOf },
    ...(regions.length > 0 ? [{ id: 'regions', label: t('menu.regions'), narrow: true, wide: true, cell: reach, text: reach }] : []),
    { id: 'kind', label: t('user.kind'), sort: 'kind', cell: originOf, text: originOf },
    { id: 'email', label: t('setup.email'), sort: 'email', cell: (u) => u.email || none, text: (u) => u.email },
    {
      id: 'second_factor',
      label: t('user.second_factor'),
      cell: (u) => (u.second_factor ? t('value.yes') : t('value.no')),
      text: (u) => (u.second_factor ? t('value.yes') : t('value.no')),
    },
    { id: 'sessions', label: t('user.sessions'), number: true, off: true, cell: (u) => formatNumber(u.sessions ?? 0), text: (u) => String(u.sessions ?? 0) },
    { id: 'last_login', label: t('user.last_login'), sort: 'last_login', narrow: true, cell: (u) => <Time value={u.last_login} />, text: (u) => u.last_login ?? '' },
    { id: 'created', label: t('run.created'), sort: 'created', off: true, cell: (u) => <Time value={u.created} />, text: (u) => u.created ?? '' },
  ];
}

function filters(): FilterField[] {
  const choices = (family: string, values: string[]) => values.map((value) => ({ value, label: code(family, value) }));
  return [
    { id: 'name', label: t('login.user'), type: 'text' },
    { id: 'role', label: t('user.role'), type: 'choice', options: choices('role', roles) },
    { id: 'kind', label: t('user.kind'), type: 'choice', options: choices('user_kind', ['local', 'directory']) },
    { id: 'email', label: t('setup.email'), type: 'text' },
    { id: 'last_login', label: t('user.last_login'), type: 'time' },
  ];
}

export function UsersPage() {
  const regions = useAll<Named>('/regions?fields=id,name').items ?? [];
  return (
    <div class="page fill">
      <Head title={t('menu.users')}>
        <a class="button primary" href="/users/new">
          <Icon name="plus" />
          {t('user.add')}
        </a>
      </Head>
      <List<User>
        id="users"
        label={t('menu.users')}
        path="/users"
        columns={columns(regions)}
        rowId={(u) => u.id}
        sort="name"
        filters={filters()}
        searchLabel={t('user.search')}
        empty={<Empty title={t('user.none')} />}
      />
    </div>
  );
}
