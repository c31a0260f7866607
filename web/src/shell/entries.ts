// The menu: what this release has, and for which roles (spec/02, section 8).
import { me } from '../api/session';
import type { Role } from '../api/types';
import { t } from '../lib/i18n';
import type { IconName } from '../parts/icons';

export interface Entry {
  href: string;
  label: string;
  icon: IconName;
  roles: Role[];
}

export interface Section {
  label: string;
  entries: Entry[];
}

const all: Role[] = ['system-manager', 'device-manager', 'user'];
const managers: Role[] = ['system-manager', 'device-manager'];
const system: Role[] = ['system-manager'];

function sections(): Section[] {
  return [
    {
      label: '',
      entries: [{ href: '/', label: t('menu.dashboard'), icon: 'dashboard', roles: all }],
    },
    {
      label: t('menu.devices'),
      entries: [
        { href: '/devices', label: t('menu.device_list'), icon: 'printer', roles: all },
        { href: '/discovery', label: t('menu.discovery'), icon: 'radar', roles: managers },
      ],
    },
    {
      label: t('menu.tasks'),
      entries: [
        { href: '/runs', label: t('menu.runs'), icon: 'runs', roles: managers },
        { href: '/built-in-tasks', label: t('menu.built_in'), icon: 'clock', roles: managers },
      ],
    },
    {
      label: t('menu.system'),
      entries: [
        { href: '/agents', label: t('menu.agents'), icon: 'agent', roles: system },
        { href: '/tokens', label: t('menu.tokens'), icon: 'key', roles: all },
        { href: '/preferences', label: t('menu.preferences'), icon: 'sliders', roles: system },
        { href: '/about', label: t('menu.about'), icon: 'info', roles: all },
      ],
    },
  ];
}

// The entry that a path belongs to: "/devices/7" to "/devices".
function holds(entry: Entry, path: string): boolean {
  return entry.href === '/' ? path === '/' : path === entry.href || path.startsWith(`${entry.href}/`);
}

export const isCurrent = holds;

export function menuFor(role: Role): Section[] {
  return sections()
    .map((section) => ({ ...section, entries: section.entries.filter((e) => e.roles.includes(role)) }))
    .filter((section) => section.entries.length > 0);
}

export function may(path: string): boolean {
  const role = me.get()?.role;
  const entry = sections()
    .flatMap((section) => section.entries)
    .find((e) => holds(e, path));
  return !entry || (role !== undefined && entry.roles.includes(role));
}

export function mayManage(): boolean {
  const role = me.get()?.role;
  return role !== undefined && managers.includes(role);
}

export function isSystemManager(): boolean {
  return me.get()?.role === 'system-manager';
}
