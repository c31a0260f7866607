// What a system manager decides about a user: role, functions, regions (ACC-62 to ACC-66, ACC-88).
import type { Named, RoleInfo, User } from '../api/types';
import { code, codeWord, t, word } from '../lib/i18n';
import { changes, type FieldSpec, type FormValues } from '../parts/field';
import { newPasswordFields, withHelp } from './passwordfields';
import { reachOf, reachValues, regionFields } from './regionfields';

export const roles = ['system-manager', 'device-manager', 'user'];

export function functionName(id: string, menu = ''): string {
  return codeWord('function', id) ?? word(menu || id);
}

// The functions that exist, as the server names them for device managers.
export function functionOptions(roleInfo: RoleInfo[] | undefined): { value: string; label: string }[] {
  const known = roleInfo?.find((info) => info.role === 'device-manager')?.functions ?? [];
  return known.map(({ id, menu }) => ({ value: id, label: functionName(id, menu) }));
}

// The first account keeps its role (ACC-06).
export function isFirst(user: User | undefined): boolean {
  return user?.kind === 'local' && user.name === 'Administrator';
}

export interface UserChoices {
  roleInfo: RoleInfo[];
  regions: Named[];
  rules: string | undefined; // for passwords
}

export function userFields(old: User | undefined, { roleInfo, regions, rules }: UserChoices): FieldSpec[] {
  const help = [old && t('user.password_keep'), rules].filter(Boolean).join(' ');
  const password = { required: !old, ...withHelp(help) };
  return [
    ...(old ? [] : [{ name: 'name', label: t('login.user'), type: 'text' as const, required: true, maxLength: 64 }]),
    // Address and password of a directory's user are the directory's.
    ...(old?.kind === 'directory'
      ? []
      : [{ name: 'email', label: t('setup.email'), type: 'email' as const, maxLength: 254, help: t('user.email_help') }, ...newPasswordFields(password)]),
    {
      name: 'role',
      label: t('user.role'),
      type: 'select',
      options: [
        ...(old && !old.role ? [{ value: '', label: t('user.no_role') }] : []),
        ...roles.map((value) => ({ value, label: code('role', value) })),
      ],
      hidden: () => isFirst(old),
    },
    {
      name: 'functions',
      label: t('user.functions'),
      type: 'choices',
      help: t('user.functions_help'),
      options: functionOptions(roleInfo),
      hidden: (values) => values['role'] !== 'device-manager',
    },
    ...regionFields(regions, t('user.regions'), t('user.regions_help'), (values) => values['role'] === 'system-manager'),
  ];
}

export function userValues(user: User | undefined): FormValues {
  return {
    name: user?.name ?? '',
    email: user?.email ?? '',
    password: '',
    again: '',
    role: user ? (user.role ?? '') : 'user',
    functions: [...(user?.functions ?? [])].sort(),
    ...reachValues(user ?? { all_regions: true, regions: [] }),
  };
}

// What belongs to the role and has changed; an empty password means "as it is".
export function userBody(values: FormValues, old: User | undefined): Record<string, unknown> {
  const changed = old ? changes(userValues(old), values) : values;
  const body: Record<string, unknown> = {};
  for (const name of ['name', 'email', 'password', 'role']) {
    if (name in changed && !(name === 'name' && old)) {
      body[name] = changed[name];
    }
  }
  if (values['role'] === 'device-manager' && ('functions' in changed || 'role' in changed)) {
    body['functions'] = values['functions'];
  }
  if (values['role'] !== 'system-manager' && values['role'] !== '' && ('scope' in changed || 'regions' in changed || 'role' in changed)) {
    Object.assign(body, reachOf(values));
  }
  return body;
}
