// Device groups, as a tree or as a list: the preferences decide (PRF-27, DEV-142).
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useAll, useResource, type All } from '../api/resource';
import type { Group, Named, Preferences } from '../api/types';
import { formatNumber } from '../lib/format';
import { code, t } from '../lib/i18n';
import { branches } from '../lib/tree';
import type { Column } from '../parts/columns';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty, Failed, Waiting } from '../parts/message';
import { nameOf, type Levels } from './groupfields';
import { regionNames } from './regionfields';

const none = <span class="none">–</span>;

// Undefined until the preferences are there.
export function useLevels(): Levels | undefined {
  const preferences = useResource<Preferences>('/preferences');
  const own = preferences.data?.['device_groups'];
  if (!preferences.data && preferences.error === undefined) {
    return undefined;
  }
  return { view: own?.['view'] === 'list' ? 'list' : 'tree', delimiter: String(own?.['delimiter'] ?? ':') };
}

export const kindOf = (group: Group) => (group.level ? t('group.level') : code('group_kind', group.type));

export function GroupDevices({ group }: { group: Group }) {
  return <a href={`/devices?f=group:eq:${group.id}`}>{formatNumber(group.devices ?? 0)}</a>;
}

function columns(regions: Named[], levels: Levels): Column<Group>[] {
  const reach = (g: Group) => regionNames(g.regions ?? [], regions) || t('region.all');
  return [
    {
      id: 'name',
      label: t('group.name'),
      head: true,
      sort: levels.view === 'list' ? 'path' : 'name',
      cell: (g) => <a href={`/groups/${g.id}`}>{nameOf(g, levels)}</a>,
      text: (g) => nameOf(g, levels),
    },
    { id: 'type', label: t('group.type'), sort: 'type', narrow: true, cell: kindOf, text: kindOf },
    { id: 'devices', label: t('menu.devices'), number: true, narrow: true, cell: (g) => <GroupDevices group={g} />, text: (g) => String(g.devices ?? 0) },
    ...(regions.length > 0 ? [{ id: 'regions', label: t('menu.regions'), narrow: true, wide: true, cell: reach, text: reach }] : []),
    { id: 'comment', label: t('device.comment'), wide: true, cell: (g) => g.comment || none, text: (g) => g.comment ?? '' },
  ];
}

function Tree({ all, regions, empty }: { all: All<Group>; regions: Named[]; empty: ComponentChildren }) {
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  if (!all.items) {
    return all.error === undefined ? <Waiting /> : <Failed error={all.error} retry={all.reload} />;
  }
  if (all.items.length === 0) {
    return <>{empty}</>;
  }
  const fold = (id: string) => {
    const next = new Set(folded);
    if (!next.delete(id)) {
      next.add(id);
    }
    setFolded(next);
  };
  const others = columns(regions, { view: 'tree', delimiter: '' }).filter((column) => !column.head);
  return (
    <div class="table-wrap" tabIndex={0} role="region" aria-label={t('menu.groups')} data-scroll="groups">
      <table class="table tree" role="table">
        <caption class="hidden">{t('menu.groups')}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th scope="col" role="columnheader">
              {t('group.name')}
            </th>
            {others.map((column) => (
              <th key={column.id} scope="col" role="columnheader" class={column.number ? 'number' : undefined}>
                {column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {branches(all.items, folded).map(({ node: group, depth, children }) => (
            <tr key={group.id} role="row">
              <th scope="row" role="rowheader">
                <span class="branch" style={{ '--depth': String(depth) }}>
                  {children > 0 ? (
                    <button
                      type="button"
                      class="button plain small"
                      aria-expanded={!folded.has(group.id)}
                      aria-label={t('group.fold', { name: group.name })}
                      onClick={() => fold(group.id)}
                    >
                      <Icon name={folded.has(group.id) ? 'right' : 'down'} />
                    </button>
                  ) : (
                    <span class="leaf" />
                  )}
                  <a href={`/groups/${group.id}`} title={group.path}>
                    {group.name}
                  </a>
                </span>
              </th>
              {others.map((column) => (
                <td key={column.id} role="cell" data-label={column.label} class={column.number ? 'number' : column.wide ? 'wide' : undefined}>
                  {column.cell(group)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function GroupsPage() {
  const levels = useLevels();
  const tree = levels?.view === 'tree';
  const all = useAll<Group>(tree ? '/groups' : null);
  const regions = useAll<Named>('/regions?fields=id,name').items ?? [];
  const empty = (
    <Empty title={t('group.none')}>
      <p>{t('group.none_text')}</p>
    </Empty>
  );
  return (
    <div class="page fill">
      <Head title={t('menu.groups')}>
        <a class="button primary" href="/groups/new">
          <Icon name="plus" />
          {t('group.add')}
        </a>
      </Head>
      {!levels && <Waiting />}
      {tree && <Tree all={all} regions={regions} empty={empty} />}
      {levels?.view === 'list' && (
        <List<Group>
          id="groups"
          label={t('menu.groups')}
          path="/groups"
          columns={columns(regions, levels)}
          rowId={(g) => g.id}
          sort="path"
          filters={[
            { id: 'name', label: t('group.name'), type: 'text' },
            { id: 'type', label: t('group.type'), type: 'choice', options: ['static', 'dynamic'].map((value) => ({ value, label: code('group_kind', value) })) },
          ]}
          empty={empty}
        />
      )}
    </div>
  );
}
