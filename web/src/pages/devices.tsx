// The device list: what is broken, where, since when; and work on what is selected.
import { useState } from 'preact/hooks';
import { post } from '../api/http';
import { useAll, useResource } from '../api/resource';
import type { Agent, Device, Named, Page, TaskKind } from '../api/types';
import { codeWord, t, tn } from '../lib/i18n';
import { navigate } from '../lib/router';
import { Dialog } from '../parts/dialog';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List, type LiveRule } from '../parts/list';
import { Empty } from '../parts/message';
import type { SelectionAction } from '../parts/selection';
import { toast } from '../parts/toast';
import { mayUse } from '../shell/entries';
import { deviceColumns } from './devicecolumns';
import { deviceFilters } from './devicefilters';
import { handOver, kindWord } from './taskkinds';
import { ToGroup } from './togroup';

// Task kinds that read from devices and need no settings can be started from a selection at once; what
// changes them has its own page before.
export function simpleKinds(kinds: TaskKind[] | undefined): TaskKind[] {
  const reads = (kind: TaskKind) => !kind.writes && !kind.flow && !kind.script;
  return (kinds ?? []).filter((kind) => kind.targets === 'devices' && reads(kind) && !kind.settings?.required?.length);
}

export async function startTask(kind: TaskKind, devices: string[]): Promise<void> {
  const name = kindWord(kind.id, [kind]);
  const { data } = await post<{ run: string | null }>('/tasks', {
    kind: kind.id,
    name,
    schedule: { when: 'now' },
    targets: { devices },
    settings: {},
  });
  const more = data.run ? { link: { href: `/runs/${data.run}`, text: t('run.watch') } } : {};
  toast(tn('devices.started', devices.length, { task: name }), more);
}

export function kindLabel(kind: TaskKind): string {
  return codeWord('kind_action', kind.id) ?? kindWord(kind.id, [kind]);
}

function AddDevice({ agents, onClose }: { agents: Agent[]; onClose: () => void }) {
  return (
    <Dialog title={t('devices.add')} onClose={onClose}>
      <p>{t('devices.add_text')}</p>
      <Form
        fields={[
          { name: 'address', label: t('devices.add_address'), type: 'text', required: true, maxLength: 253 },
          {
            name: 'agent',
            label: t('device.agent'),
            type: 'select',
            options: agents.map((agent) => ({ value: agent.id, label: agent.name })),
            hidden: () => agents.length < 2,
          },
        ]}
        values={{ address: '', agent: agents[0]?.id ?? 'local' }}
        submit={t('devices.add_submit')}
        onCancel={onClose}
        onSubmit={async (values) => {
          const { data } = await post<{ run: string }>('/devices', values);
          onClose();
          toast(t('devices.searching', { address: String(values['address']) }), {
            link: { href: `/runs/${data.run}`, text: t('run.watch') },
          });
        }}
      />
    </Dialog>
  );
}

// A change counts when its row is shown, or when all rows are: then a new device is news too.
const live: LiveRule<Device>[] = [
  {
    event: 'device',
    changed: (data: { ids: string[] }, shown: Page<Device>) => {
      const whole = shown.total <= shown.items.length;
      const here = new Set(shown.items.map((d) => d.id));
      return data.ids.filter((id) => whole || here.has(id));
    },
  },
];

export function DevicesPage() {
  const [adding, setAdding] = useState(false);
  const manage = mayUse('discovery');
  const agents = useResource<Page<Agent>>(mayUse('discovery') ? '/agents?size=200' : null).data?.items ?? [];
  const kinds = useResource<{ items: TaskKind[] }>(mayUse('tasks') ? '/task-kinds' : null).data?.items;
  const [grouping, setGrouping] = useState<string[]>();
  const groups = useAll<Named>(mayUse('groups') ? '/groups?fields=id,name' : null).items;
  const regions = useAll<Named>('/regions?fields=id,name').items;
  const actions: SelectionAction[] = simpleKinds(kinds).map((kind) => ({
    label: kindLabel(kind),
    run: (ids) => startTask(kind, ids),
  }));
  if (mayUse('tasks')) {
    actions.push({ label: t('task.for_these'), run: (ids) => navigate(`/tasks/new?devices=${handOver(ids)}`) });
  }
  if (mayUse('groups')) {
    actions.push({ label: t('group.to_group'), run: async (ids) => setGrouping(ids) });
  }
  return (
    <div class="page fill">
      <Head title={t('menu.device_list')}>
        {manage && (
          <button type="button" class="button primary" onClick={() => setAdding(true)}>
            <Icon name="plus" />
            {t('devices.add')}
          </button>
        )}
      </Head>
      <List<Device>
        id="devices"
        label={t('menu.device_list')}
        path="/devices"
        columns={deviceColumns(agents)}
        rowId={(d) => d.id}
        sort="-severity,name"
        fields
        filters={deviceFilters(agents, regions, groups)}
        searchLabel={t('devices.search')}
        views
        live={live}
        {...(actions.length > 0 ? { actions } : {})}
        empty={
          <Empty title={t('devices.empty')}>
            <p>{t('devices.empty_text')}</p>
            {manage && (
              <a class="button primary" href="/discovery">
                {t('devices.to_discovery')}
              </a>
            )}
          </Empty>
        }
      />
      {grouping && <ToGroup devices={grouping} onClose={() => setGrouping(undefined)} />}
      {adding && <AddDevice agents={agents} onClose={() => setAdding(false)} />}
    </div>
  );
}
