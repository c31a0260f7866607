// The tasks that users have made: active or not, when they run next, how they ended last (TSK-41 to
// TSK-44).
import { useState } from 'preact/hooks';
import { patch, post, remove } from '../api/http';
import { useEvent } from '../api/events';
import type { Resource } from '../api/resource';
import type { Page, Task, TaskKind } from '../api/types';
import { t, tn } from '../lib/i18n';
import { navigate } from '../lib/router';
import type { Column } from '../parts/columns';
import { confirm } from '../parts/confirm';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty } from '../parts/message';
import type { SelectionAction } from '../parts/selection';
import { Switch } from '../parts/switch';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';
import { LastRun, useRuns } from './lastrun';
import { scheduleText } from './schedulefields';
import { kindFilter, kindWord, useKinds } from './taskkinds';

const none = <span class="none">–</span>;

export async function runTask(task: Pick<Task, 'id' | 'name'>): Promise<void> {
  const { data } = await post<{ run: string }>(`/tasks/${task.id}/run`);
  toast(t('builtin.started', { task: task.name }), { link: { href: `/runs/${data.run}`, text: t('run.watch') } });
}

export async function duplicateTask(task: Pick<Task, 'id'>): Promise<void> {
  const { data } = await post<Task>(`/tasks/${task.id}/duplicate`);
  toast(t('task.duplicated', { name: data.name }));
  await navigate(`/tasks/${data.id}`);
}

async function activate(task: Task, on: boolean, done: () => void): Promise<void> {
  await patch(`/tasks/${task.id}`, { active: on });
  const undo = () => void patch(`/tasks/${task.id}`, { active: !on }).then(done, fail);
  toast(on ? t('task.activated', { name: task.name }) : t('task.deactivated', { name: task.name }), { undo });
  done();
}

async function drop(ids: string[]): Promise<void> {
  const yes = await confirm({ title: t('task.delete_title'), text: tn('task.delete_many', ids.length), action: t('action.delete') });
  if (yes) {
    for (const id of ids) {
      await remove(`/tasks/${id}`);
    }
    toast(tn('task.deleted_many', ids.length));
  }
}

function columns(kinds: TaskKind[] | undefined, runs: ReturnType<typeof useRuns>['runs'], done: () => void): Column<Task>[] {
  return [
    { id: 'name', label: t('run.name'), head: true, sort: 'name', cell: (x) => <a href={`/tasks/${x.id}`}>{x.name}</a>, text: (x) => x.name },
    {
      id: 'active',
      label: t('builtin.active'),
      sort: 'active',
      narrow: true,
      cell: (x) => <Switch on={x.active} label={t('task.switch', { name: x.name })} onChange={(on) => void activate(x, on, done).catch(fail)} />,
      text: (x) => (x.active ? t('value.yes') : t('value.no')),
    },
    { id: 'last_run', label: t('builtin.last'), narrow: true, cell: (x) => <LastRun id={x.last_run} runs={runs} /> },
    { id: 'next', label: t('builtin.next'), sort: 'next', narrow: true, cell: (x) => (x.active && x.next ? <Time value={x.next} /> : none), text: (x) => x.next ?? '' },
    { id: 'kind', label: t('run.kind'), sort: 'kind', cell: (x) => kindWord(x.kind, kinds), text: (x) => kindWord(x.kind, kinds) },
    { id: 'schedule', label: t('task.schedule'), wide: true, cell: (x) => scheduleText(x.schedule), text: (x) => scheduleText(x.schedule) },
    { id: 'created', label: t('run.created'), sort: 'created', off: true, cell: (x) => <Time value={x.created} />, text: (x) => x.created },
    {
      id: 'actions',
      label: t('list.actions'),
      cell: (x) => (
        <span class="row-actions">
          <button type="button" class="button small" onClick={() => void runTask(x).catch(fail)}>
            <Icon name="play" />
            {t('builtin.run')}
          </button>
          <button type="button" class="button small" onClick={() => void duplicateTask(x).catch(fail)}>
            <Icon name="copy" />
            {t('task.duplicate')}
          </button>
        </span>
      ),
    },
  ];
}

export function TasksPage() {
  const kinds = useKinds().data?.items;
  const [list, setList] = useState<Resource<Page<Task>>>();
  const { runs, reload } = useRuns(list?.data?.items.map((task) => task.last_run) ?? []);
  const refresh = () => list?.reload();
  useEvent('run', (run) => {
    if (list?.data?.items.some((task) => task.id === run.task) && (run.ended || run.state === 'running')) {
      refresh();
      reload();
    }
  });
  const actions: SelectionAction[] = [
    {
      label: t('action.delete'),
      danger: true,
      run: async (ids) => {
        await drop(ids);
        refresh();
      },
    },
  ];
  const add = (
    <a class="button primary" href="/tasks/new">
      <Icon name="plus" />
      {t('task.add')}
    </a>
  );
  const yesNo = [
    { value: 'true', label: t('value.yes') },
    { value: 'false', label: t('value.no') },
  ];
  return (
    <div class="page fill">
      <Head title={t('menu.task_list')}>{add}</Head>
      <List<Task>
        id="tasks"
        label={t('menu.task_list')}
        path="/tasks"
        columns={columns(kinds, runs, refresh)}
        rowId={(task) => task.id}
        sort="name"
        filters={[{ id: 'name', label: t('run.name'), type: 'text' }, kindFilter(kinds), { id: 'active', label: t('builtin.active'), type: 'choice', options: yesNo }]}
        actions={actions}
        onData={setList}
        empty={
          <Empty title={t('task.none')}>
            <p>{t('task.none_text')}</p>
          </Empty>
        }
      />
    </div>
  );
}
