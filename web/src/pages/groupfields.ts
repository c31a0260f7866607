// What a group is made of: name and place, how it takes its devices, regions (DEV-142 to DEV-150).
import { me } from '../api/session';
import type { Agent, Group, Named } from '../api/types';
import { code, t } from '../lib/i18n';
import { possibleParents } from '../lib/tree';
import type { FieldSpec, FormValues } from '../parts/field';
import { deviceFilters } from './devicefilters';
import { reachOf, reachValues, regionFields } from './regionfields';

// How levels are shown and named (PRF-27 to PRF-30).
export interface Levels {
  view: 'tree' | 'list';
  delimiter: string;
}

export const nameOf = (group: Group, levels: Levels) => (levels.view === 'tree' ? group.name : group.path || group.name);

interface Around {
  levels: Levels;
  groups: Group[];
  regions: Named[];
  agents: Agent[];
}

export function groupFields(old: Group | undefined, { levels, groups, regions, agents }: Around): FieldSpec[] {
  const parents = possibleParents(groups, old?.id).map((group) => ({ value: group.id, label: group.path || group.name }));
  const tree = levels.view === 'tree';
  return [
    {
      name: 'name',
      label: t('group.name'),
      type: 'text',
      required: true,
      maxLength: 255,
      help: tree ? t('group.name_tree', { delimiter: levels.delimiter }) : t('group.name_list', { delimiter: levels.delimiter }),
      check: (value) => (tree && String(value).includes(levels.delimiter) ? t('group.name_wrong', { delimiter: levels.delimiter }) : undefined),
    },
    {
      name: 'parent',
      label: t('group.parent'),
      type: 'select',
      options: [{ value: '', label: t('group.top') }, ...parents.sort((a, b) => a.label.localeCompare(b.label))],
      hidden: () => !tree || parents.length === 0,
    },
    { name: 'comment', label: t('device.comment'), type: 'textarea', maxLength: 1000 },
    {
      name: 'type',
      label: t('group.type'),
      type: 'radio',
      options: ['static', 'dynamic'].map((value) => ({ value, label: code('group_type', value) })),
      help: t('group.type_help'),
      hidden: () => old !== undefined,
    },
    {
      name: 'filters',
      label: t('group.filters'),
      type: 'filter',
      // A group holds managed devices only, and is not made of groups.
      filters: deviceFilters(agents, regions).filter(({ id }) => id !== 'managed' && id !== 'group'),
      help: t('group.filters_help'),
      required: true,
      hidden: (values) => values['type'] !== 'dynamic',
    },
    ...regionFields(regions, t('user.regions'), t('group.regions_help')),
  ];
}

// In a list the name has all its levels (DEV-148).
export function groupValues(group: Group | undefined, levels: Levels): FormValues {
  const regions = group?.regions ?? [];
  return {
    name: group ? nameOf(group, levels) : '',
    parent: group?.parent ?? '',
    comment: group?.comment ?? '',
    type: group?.type ?? 'static',
    filters: group?.filters ?? [],
    ...reachValues({ all_regions: regions.length === 0, regions }),
  };
}

// A group without regions may hold any device (ACC-83), and is not for those who have regions: "all" of
// theirs are named.
function regionsOf(values: FormValues): string[] {
  const { all_regions: all, regions } = reachOf(values);
  const user = me.get();
  return all && user?.all_regions === false ? user.regions : regions;
}

export function groupBody(values: FormValues, old: Group | undefined, levels: Levels): Record<string, unknown> {
  return {
    name: values['name'],
    comment: values['comment'],
    regions: regionsOf(values),
    ...(levels.view === 'tree' ? { parent: values['parent'] || null } : {}),
    ...(old ? {} : { type: values['type'] }),
    ...(values['type'] === 'dynamic' ? { filters: values['filters'] } : {}),
  };
}
