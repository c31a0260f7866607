// The menu: what this release has, for which roles and functions (spec/02, section 8).
import { me } from '../api/session';
import type { Role } from '../api/types';
import { t } from '../lib/i18n';
import type { IconName } from '../parts/icons';
import { pageLabel, pages, type PageEntry } from './pages';

export interface Entry {
  href: string;
  label: string;
  icon: IconName;
  roles: Role[];
  more?: string[]; // other addresses of it
  // A device manager needs one of these.
  functions?: string[];
}

export interface Section {
  id: string; // as plugins' pages name it
  label: string;
  entries: Entry[];
}

const all: Role[] = ['system-manager', 'device-manager', 'user'];
const managers: Role[] = ['system-manager', 'device-manager'];
const system: Role[] = ['system-manager'];

function sections(): Section[] {
  return [
    {
      id: '',
      label: '',
      entries: [{ href: '/', label: t('menu.dashboard'), icon: 'dashboard', roles: all }],
    },
    {
      id: 'devices',
      label: t('menu.devices'),
      entries: [
        { href: '/devices', label: t('menu.device_list'), icon: 'printer', roles: all, functions: ['devices'] },
        { href: '/groups', label: t('menu.groups'), icon: 'group', roles: managers, functions: ['groups'] },
        { href: '/discovery', label: t('menu.discovery'), icon: 'radar', roles: managers, functions: ['discovery', 'communication'] },
      ],
    },
    {
      id: 'tasks',
      label: t('menu.tasks'),
      entries: [
        { href: '/tasks', label: t('menu.task_list'), icon: 'tasks', roles: managers, functions: ['tasks'] },
        { href: '/runs', label: t('menu.runs'), icon: 'runs', roles: managers, functions: ['tasks'] },
        { href: '/built-in-tasks', label: t('menu.built_in'), icon: 'clock', roles: managers, functions: ['tasks'] },
        { href: '/scripts', label: t('menu.scripts'), icon: 'script', roles: managers, functions: ['scripts'] },
      ],
    },
    { id: 'data', label: t('menu.data'), entries: [] },
    {
      id: 'reports',
      label: t('menu.reports'),
      entries: [
        { href: '/reports', label: t('menu.report_files'), icon: 'download', roles: all, functions: ['reports'] },
        { href: '/audit-log', label: t('menu.audit'), icon: 'book', roles: system },
      ],
    },
    {
      id: 'system',
      label: t('menu.system'),
      entries: [
        { href: '/users', label: t('menu.users'), icon: 'user', roles: system },
        { href: '/regions', label: t('menu.regions'), icon: 'globe', roles: system },
        { href: '/agents', label: t('menu.agents'), icon: 'agent', roles: system },
        { href: '/tokens', label: t('menu.tokens'), icon: 'key', roles: system },
        { href: '/outbox', label: t('menu.outbox'), icon: 'mail', roles: system },
        { href: '/functions', label: t('menu.system_configuration'), icon: 'package', roles: system },
        { href: '/preferences', label: t('menu.preferences'), icon: 'sliders', roles: system },
        { href: '/about', label: t('menu.about'), icon: 'info', roles: all },
      ],
    },
  ];
}

// The entry that a path belongs to: "/devices/7" to "/devices".
export function isCurrent(entry: Entry, path: string): boolean {
  const below = (href: string) => path === href || path.startsWith(`${href}/`);
  return entry.href === '/' ? path === '/' : [entry.href, ...(entry.more ?? [])].some(below);
}

// What a device manager was granted; nobody else is asked (ACC-47).
function granted(functions: string[] | undefined): boolean {
  const user = me.get();
  return user?.role !== 'device-manager' || !functions || functions.some((name) => user.functions?.includes(name));
}

function allowed(entry: Entry): boolean {
  const role = me.get()?.role;
  return role !== undefined && entry.roles.includes(role) && granted(entry.functions);
}

// The server names only pages that one may see.
function added(section: Section): Entry[] {
  const known = pages.get() ?? [];
  const tabsOf = (page: PageEntry) => known.filter((one) => one.plugin === page.plugin && one.tab === page.id).map((one) => one.href);
  return known
    .filter((page) => page.menu === section.id)
    .map((page) => ({ href: page.href, more: tabsOf(page), label: pageLabel(page), icon: 'page', roles: all }));
}

export function menu(): Section[] {
  return sections()
    .map((section) => ({ ...section, entries: [...section.entries.filter(allowed), ...added(section)] }))
    .filter((section) => section.entries.length > 0);
}

export function may(path: string): boolean {
  const entry = sections()
    .flatMap((section) => section.entries)
    .find((e) => isCurrent(e, path));
  return !entry || allowed(entry);
}

// Whether one may work with a function, not just look at it.
export function mayUse(name: string): boolean {
  const role = me.get()?.role;
  return role !== undefined && managers.includes(role) && granted([name]);
}

export function isSystemManager(): boolean {
  return me.get()?.role === 'system-manager';
}
