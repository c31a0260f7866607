// One group: what it is, and its devices; a new one; and the choice of devices for a static one
// (DEV-143 to DEV-153).
import { useState } from 'preact/hooks';
import { get, patch, post, remove } from '../api/http';
import { useAll, useResource, type Resource } from '../api/resource';
import type { Agent, Device, Group, Named, Page } from '../api/types';
import { code, t, tn } from '../lib/i18n';
import { navigate, usePlace } from '../lib/router';
import { confirm } from '../parts/confirm';
import { Facts } from '../parts/facts';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty, Pending } from '../parts/message';
import type { SelectionAction } from '../parts/selection';
import { Tabs } from '../parts/tabs';
import { fail, toast } from '../parts/toast';
import { mayUse } from '../shell/entries';
import { deviceColumns } from './devicecolumns';
import { deviceFilters } from './devicefilters';
import { groupBody, groupFields, groupValues, nameOf, type Levels } from './groupfields';
import { kindOf, useLevels } from './groups';
import { changeMembers } from './members';

const back = () => ({ href: '/groups', text: t('menu.groups') });

interface Around {
  levels: Levels;
  groups: Group[];
  regions: Named[];
  agents: Agent[];
}

// What forms and lists need beside the group, and from where.
function useAround(): { around: Around | undefined; sources: { error: unknown; reload: () => void }[] } {
  const levels = useLevels();
  const groups = useAll<Group>('/groups?fields=id,name,path,parent');
  const regions = useAll<Named>('/regions?fields=id,name');
  const agents = useResource<Page<Agent>>(mayUse('discovery') ? '/agents?size=200' : null);
  const known = mayUse('discovery') ? agents.data?.items : [];
  const around = levels && groups.items && regions.items && known && { levels, groups: groups.items, regions: regions.items, agents: known };
  return { around, sources: [groups, regions, agents] };
}

export function NewGroupPage() {
  const { around, sources } = useAround();
  return (
    <div class="page">
      <Head title={t('group.add')} back={back()} />
      {!around ? (
        <Pending of={sources} />
      ) : (
        <section class="card narrow-page">
          <Form
            fields={groupFields(undefined, around)}
            values={groupValues(undefined, around.levels)}
            submit={t('group.create')}
            onCancel={() => void navigate('/groups')}
            onSubmit={async (values) => {
              const { data } = await post<Group>('/groups', groupBody(values, undefined, around.levels));
              toast(t('group.created', { name: String(values['name']) }));
              await navigate(values['type'] === 'static' ? `/groups/${data.id}/add` : `/groups/${data.id}?tab=devices`, true);
            }}
          />
        </section>
      )}
    </div>
  );
}

function Settings({ one, group, around }: { one: Resource<Group>; group: Group; around: Around }) {
  return (
    <div class="cards">
      <section class="card" aria-labelledby="group-settings">
        <h2 id="group-settings">{t('action.edit')}</h2>
        <Form
          fields={groupFields(group, around)}
          values={groupValues(group, around.levels)}
          etag={one.etag}
          submit={t('action.save')}
          reread={async () => {
            const fresh = await get<Group>(`/groups/${group.id}`);
            return { values: groupValues(fresh.data, around.levels), etag: fresh.etag };
          }}
          onSubmit={async (values, etag) => {
            await patch(`/groups/${group.id}`, groupBody(values, group, around.levels), etag);
            toast(t('group.saved'));
            one.reload();
          }}
        />
      </section>
      <section class="card" aria-labelledby="group-facts">
        <h2 id="group-facts">{t('agent.facts')}</h2>
        <Facts
          facts={[
            { label: t('group.id'), value: group.id, copy: group.id },
            { label: t('group.type'), value: group.level ? t('group.level_text') : code('group_type', group.type) },
            { label: t('group.path'), value: group.path },
            { label: t('menu.devices'), value: <a href={`/groups/${group.id}?tab=devices`}>{tn('dashboard.devices', group.devices ?? 0)}</a> },
          ]}
        />
      </section>
    </div>
  );
}

function Members({ group, around, onChange }: { group: Group; around: Around; onChange: () => void }) {
  const [reload, setReload] = useState<() => void>(() => () => undefined);
  const fixed = group.type === 'static' && !group.level;
  const actions: SelectionAction[] = [
    {
      label: t('group.take_out'),
      run: async (ids) => {
        await changeMembers(group.id, { remove: ids });
        const undo = () => void changeMembers(group.id, { add: ids }).then(() => [reload(), onChange()], fail);
        toast(tn('group.taken_out', ids.length), { undo });
        reload();
        onChange();
      },
    },
  ];
  const add = fixed && (
    <a class="button primary" href={`/groups/${group.id}/add`}>
      <Icon name="plus" />
      {t('group.add_devices')}
    </a>
  );
  return (
    <List<Device>
      id="group-devices"
      label={t('menu.devices')}
      path={`/groups/${group.id}/devices`}
      columns={deviceColumns(around.agents)}
      rowId={(d) => d.id}
      sort="name"
      fields
      filters={deviceFilters(around.agents, around.regions)}
      searchLabel={t('devices.search')}
      toolbar={add}
      {...(fixed ? { actions } : {})}
      onData={(resource) => setReload(() => resource.reload)}
      empty={
        <Empty title={t('group.empty')}>
          <p>{fixed ? t('group.empty_static') : group.level ? t('group.level_text') : t('group.empty_dynamic')}</p>
        </Empty>
      }
    />
  );
}

async function drop(group: Group, etag: string | null): Promise<void> {
  const yes = await confirm({
    title: t('group.delete_title'),
    text: tn('group.delete_text', group.devices ?? 0, { name: group.name }),
    action: t('action.delete'),
  });
  if (yes) {
    await remove(`/groups/${group.id}`, etag);
    toast(t('group.deleted', { name: group.name }));
    await navigate('/groups');
  }
}

export function GroupPage({ id }: { id: string }) {
  const { query } = usePlace();
  const one = useResource<Group>(`/groups/${id}`);
  const { around, sources } = useAround();
  const tab = query.get('tab') === 'devices' ? 'devices' : 'settings';
  const group = one.data;
  if (!group || !around) {
    return (
      <div class="page">
        <Head title={t('group.title')} back={back()} />
        <Pending of={[one, ...sources]} />
      </div>
    );
  }
  return (
    <div class={tab === 'devices' ? 'page fill' : 'page'}>
      <Head title={nameOf(group, around.levels)} back={back()} state={<span class="quiet">{kindOf(group)}</span>}>
        <button type="button" class="button danger" onClick={() => void drop(group, one.etag).catch(fail)}>
          {t('action.delete')}
        </button>
      </Head>
      <Tabs
        label={t('group.title')}
        current={tab}
        tabs={[
          { id: 'settings', label: t('group.settings'), href: `/groups/${id}` },
          { id: 'devices', label: t('menu.devices'), count: group.devices ?? 0, href: `/groups/${id}?tab=devices` },
        ]}
      />
      {tab === 'settings' && <Settings one={one} group={group} around={around} />}
      {tab === 'devices' && <Members group={group} around={around} onChange={one.reload} />}
    </div>
  );
}

// All devices; what is selected goes into the group.
export function GroupAddPage({ id }: { id: string }) {
  const group = useResource<Group>(`/groups/${id}`).data;
  const { around } = useAround();
  const title = group ? t('group.add_to', { name: group.name }) : t('group.add_devices');
  const actions: SelectionAction[] = [
    {
      label: t('group.put_in'),
      run: async (ids) => {
        await changeMembers(id, { add: ids });
        toast(tn('group.put', ids.length));
        await navigate(`/groups/${id}?tab=devices`);
      },
    },
  ];
  return (
    <div class="page fill">
      <Head title={title} back={{ href: `/groups/${id}?tab=devices`, text: group?.name ?? t('menu.groups') }} />
      <p class="quiet">{t('group.add_text')}</p>
      <List<Device>
        id="devices"
        label={t('menu.device_list')}
        path="/devices"
        columns={deviceColumns(around?.agents)}
        rowId={(d) => d.id}
        sort="name"
        fields
        filters={deviceFilters(around?.agents ?? [], around?.regions ?? [])}
        searchLabel={t('devices.search')}
        views
        actions={actions}
        empty={<Empty title={t('devices.empty')} />}
      />
    </div>
  );
}
