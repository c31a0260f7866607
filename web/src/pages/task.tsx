// One task, a new one, and the choice of its kind (TSK-11 to TSK-17, TSK-42 to TSK-44, TSK-53).
import { useMemo, useState } from 'preact/hooks';
import { get, patch, post, remove } from '../api/http';
import { useResource, type Resource } from '../api/resource';
import type { Run, Targets, Task, TaskBody, TaskKind } from '../api/types';
import { t } from '../lib/i18n';
import { navigate, usePlace } from '../lib/router';
import { confirm } from '../parts/confirm';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { Pending } from '../parts/message';
import { Status } from '../parts/status';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';
import { LastRun, useRuns } from './lastrun';
import { PreviewDialog } from './preview';
import { taskBody, taskFields, taskTabs, taskValues, zoneOf, type TaskAround } from './taskfields';
import { byGroup, canPreview, groupWord, handedOver, kindWord, useKinds } from './taskkinds';
import { DevicePicker, useTargetSources } from './targetsfield';
import { duplicateTask, runTask } from './tasks';

const back = () => ({ href: '/tasks', text: t('menu.task_list') });

function KindChoice({ kinds }: { kinds: TaskKind[] }) {
  const [find, setFind] = useState('');
  const wanted = find.trim().toLowerCase();
  // Devices that were selected in their list go on to the form.
  const devices = usePlace().query.get('devices');
  const more = devices ? `&devices=${devices}` : '';
  const found = kinds.filter((kind) => (!devices || kind.targets === 'devices') && `${kindWord(kind.id, kinds)} ${kind.title}`.toLowerCase().includes(wanted));
  return (
    <>
      <p class="quiet">{t('task.choose_kind')}</p>
      <input
        type="search"
        class="kind-search"
        aria-label={t('filter.search')}
        placeholder={t('filter.search')}
        value={find}
        onInput={(event) => setFind((event.target as HTMLInputElement).value)}
      />
      <div class="cards">
        {byGroup(found).map(([group, own]) => (
          <section key={group} class="card" aria-labelledby={`group-${group}`}>
            <h2 id={`group-${group}`}>{groupWord(group)}</h2>
            <ul class="rows">
              {own.map((kind) => (
                <li key={kind.id}>
                  <a href={`/tasks/new?kind=${encodeURIComponent(kind.id)}${more}`}>{kindWord(kind.id, kinds)}</a>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </>
  );
}

// What the form of a task needs around it: choices, and the list from which devices are picked.
function useAround(kinds: TaskKind[] | undefined) {
  const sources = useTargetSources();
  const [picking, setPicking] = useState<{ value: Targets; onChange: (next: Targets) => void }>();
  const around: TaskAround | undefined = kinds && sources.ready ? { ...sources, kinds, pick: (value, onChange) => setPicking({ value, onChange }) } : undefined;
  const picker = picking && (
    <DevicePicker
      {...sources}
      onClose={() => setPicking(undefined)}
      onAdd={(ids) => picking.onChange({ ...picking.value, devices: [...new Set([...(picking.value.devices ?? []), ...ids])] })}
    />
  );
  return { around, picker };
}

// Tabs and the list of devices have their place in the address; the form stays at all of them.
const staysAt = (to: URL) => to.pathname === location.pathname && to.searchParams.get('kind') === new URLSearchParams(location.search).get('kind');

interface EditorProps {
  kind: TaskKind;
  around: TaskAround;
  task: TaskBody;
  one?: Resource<Task>; // of a task that is there already
}

function Editor({ kind, around, task, one }: EditorProps) {
  const [preview, setPreview] = useState<string>();
  const old = one?.data;
  const fields = taskFields(kind, around, zoneOf(task.schedule));
  const values = useMemo(() => taskValues(kind, around, task), [kind, task]);
  return (
    <section class="card">
      <Form
        fields={fields}
        values={values}
        etag={one?.etag ?? null}
        tabs={taskTabs(kind, task.schedule)}
        stays={staysAt}
        submit={old ? t('action.save') : t('task.create')}
        {...(canPreview(kind)
          ? {
              others: [
                {
                  label: t('preview.start'),
                  run: async (now) => {
                    const { data } = await post<{ run: string }>('/tasks/preview', { ...taskBody(kind, now), kind: kind.id });
                    setPreview(data.run);
                  },
                },
              ],
            }
          : {})}
        {...(old ? {} : { onCancel: () => void navigate('/tasks') })}
        reread={async () => {
          const fresh = await get<Task>(`/tasks/${old?.id ?? ''}`);
          return { values: taskValues(kind, around, fresh.data), etag: fresh.etag };
        }}
        onSubmit={async (now, etag) => {
          if (old) {
            await patch(`/tasks/${old.id}`, taskBody(kind, now, old), etag);
            toast(t('builtin.saved'));
            one?.reload();
            return;
          }
          const { data } = await post<Task>('/tasks', taskBody(kind, now));
          const watch = data.run ? { link: { href: `/runs/${data.run}`, text: t('run.watch') } } : {};
          toast(t('task.created', { name: data.name }), watch);
          await navigate(data.run ? `/runs/${data.run}` : '/tasks', true);
        }}
      />
      {preview && <PreviewDialog run={preview} onClose={() => setPreview(undefined)} />}
    </section>
  );
}

// A new task of a kind; one that recovers a run begins with what that run left open (TSK-53).
function NewTask({ kinds, id }: { kinds: TaskKind[]; id: string }) {
  const { query } = usePlace();
  const recover = query.get('recover');
  const recovery = useResource<TaskBody>(recover ? `/runs/${recover}/recovery` : null);
  const devices = query.get('devices');
  const { around, picker } = useAround(kinds);
  const kind = kinds.find((one) => one.id === id);
  const begin = useMemo<TaskBody>(() => (devices ? { targets: { devices: handedOver(devices) } } : {}), [devices]);
  const task = recover ? recovery.data : begin;
  if (!kind) {
    return <p class="notice tone-error">{t('task.no_kind', { kind: id })}</p>;
  }
  if (!around || !task) {
    return <Pending of={[recovery]} />;
  }
  return (
    <>
      {recover && <p class="notice tone-warning">{t('task.recovery')}</p>}
      <Editor key={kind.id} kind={kind} around={around} task={task} />
      {picker}
    </>
  );
}

export function NewTaskPage() {
  const { query } = usePlace();
  const kinds = useKinds();
  const id = query.get('kind');
  const word = id && kinds.data ? kindWord(id, kinds.data.items) : '';
  const to = id ? { href: '/tasks/new', text: t('task.add') } : back();
  return (
    <div class="page">
      <Head title={word ? t('task.new_of', { kind: word }) : t('task.add')} back={to} />
      {!kinds.data ? <Pending of={[kinds]} /> : id ? <NewTask key={id} kinds={kinds.data.items} id={id} /> : <KindChoice kinds={kinds.data.items} />}
    </div>
  );
}

async function drop(task: Task, etag: string | null): Promise<void> {
  const yes = await confirm({ title: t('task.delete_title'), text: t('task.delete_text', { name: task.name }), action: t('action.delete') });
  if (yes) {
    await remove(`/tasks/${task.id}`, etag);
    toast(t('task.deleted', { name: task.name }));
    await navigate('/tasks');
  }
}

function Facts({ task, runs }: { task: Task; runs: Run[] }) {
  return (
    <ul class="identity">
      <li>
        <span class="quiet">{t('builtin.next')}</span> {task.active && task.next ? <Time value={task.next} /> : <span class="none">–</span>}
      </li>
      <li>
        <span class="quiet">{t('builtin.last')}</span> <LastRun id={task.last_run} runs={runs} />
      </li>
      <li>
        <a href={`/runs?f=task:eq:${task.id}`}>{t('task.history')}</a>
      </li>
      {task.kind === 'flow.batch' && (
        <li>
          <a href={`/api/v1/tasks/${task.id}/lua`} download={`${task.name}.lua`}>
            {t('task.as_lua')}
          </a>
        </li>
      )}
    </ul>
  );
}

export function TaskPage({ id }: { id: string }) {
  const kinds = useKinds();
  const one = useResource<Task>(`/tasks/${id}`);
  const { around, picker } = useAround(kinds.data?.items);
  const task = one.data;
  const { runs } = useRuns([task?.last_run ?? null]);
  const kind = kinds.data?.items.find((each) => each.id === task?.kind);
  if (!task || !around) {
    return (
      <div class="page">
        <Head title={t('task.title')} back={back()} />
        <Pending of={[one, kinds]} />
      </div>
    );
  }
  return (
    <div class="page">
      <Head title={task.name} back={back()} state={<Status family="agent" value={task.active ? 'normal' : 'inactive'}>{task.active ? t('builtin.on') : t('builtin.off')}</Status>}>
        <button type="button" class="button" onClick={() => void runTask(task).catch(fail)}>
          <Icon name="play" />
          {t('builtin.run')}
        </button>
        <button type="button" class="button" onClick={() => void duplicateTask(task).catch(fail)}>
          <Icon name="copy" />
          {t('task.duplicate')}
        </button>
        <button type="button" class="button danger" onClick={() => void drop(task, one.etag).catch(fail)}>
          {t('action.delete')}
        </button>
      </Head>
      <p class="quiet">{kindWord(task.kind, kinds.data?.items)}</p>
      <Facts task={task} runs={runs} />
      {kind ? <Editor key={task.id} kind={kind} around={around} task={task} one={one} /> : <p class="notice tone-error">{t('task.no_kind', { kind: task.kind })}</p>}
      {picker}
    </div>
  );
}
