// Built-in tasks: they come with the product, run by themselves and cannot be deleted (MON-01).
import { useState } from 'preact/hooks';
import { get, patch, post } from '../api/http';
import { useEvent } from '../api/events';
import { useResource } from '../api/resource';
import { me } from '../api/session';
import type { BuiltInTask, Page } from '../api/types';
import { codeWord, t } from '../lib/i18n';
import { scheduleValues } from '../lib/schedule';
import { ownZone } from '../lib/zones';
import { Dialog } from '../parts/dialog';
import type { FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { Failed, Waiting } from '../parts/message';
import { Status } from '../parts/status';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';
import { LastRun, useRuns } from './lastrun';
import { scheduleFields, scheduleIn, scheduleText } from './schedulefields';
import { zoneOf } from './taskfields';

const nameOf = (task: BuiltInTask) => codeWord('kind', task.kind) ?? (task.name || task.kind);
const valuesOf = (task: BuiltInTask): FormValues => ({ active: task.active, ...scheduleValues(task.schedule, ownZone()) });

async function runNow(task: BuiltInTask): Promise<void> {
  const { data } = await post<{ run: string }>(`/built-in-tasks/${task.id}/run`);
  toast(t('builtin.started', { task: nameOf(task) }), { link: { href: `/runs/${data.run}`, text: t('run.watch') } });
}

function Edit({ id, onDone, onClose }: { id: string; onDone: () => void; onClose: () => void }) {
  const list = useResource<Page<BuiltInTask>>('/built-in-tasks');
  const task = list.data?.items.find((item) => item.id === id);
  if (!task) {
    return null;
  }
  return (
    <Dialog title={nameOf(task)} onClose={onClose}>
      <Form
        fields={[{ name: 'active', label: t('builtin.active'), type: 'checkbox' }, ...scheduleFields(zoneOf(task.schedule), true)]}
        values={valuesOf(task)}
        submit={t('action.save')}
        onCancel={onClose}
        reread={async () => {
          const fresh = await get<Page<BuiltInTask>>('/built-in-tasks');
          const again = fresh.data.items.find((item) => item.id === id) ?? task;
          return { values: valuesOf(again), etag: null };
        }}
        onSubmit={async (values) => {
          const body = { active: values['active'], schedule: scheduleIn(values, task.schedule) };
          await patch(`/built-in-tasks/${id}`, body);
          const before = { active: task.active, schedule: task.schedule };
          toast(t('builtin.saved'), { undo: () => void patch(`/built-in-tasks/${id}`, before).then(onDone, fail) });
          onDone();
        }}
      />
    </Dialog>
  );
}

export function BuiltInPage() {
  const tasks = useResource<Page<BuiltInTask>>('/built-in-tasks');
  const runs = useRuns(tasks.data?.items.map((task) => task.last_run) ?? []);
  const [editing, setEditing] = useState<string>();
  const mine = me.get()?.all_regions !== false; // they work on the devices of all regions
  useEvent('run', (run) => {
    if (tasks.data?.items.some((task) => task.id === run.task) && (run.ended || run.state === 'running')) {
      tasks.reload();
      runs.reload();
    }
  });
  return (
    <div class="page">
      <Head title={t('menu.built_in')} />
      <p class="quiet">{t('builtin.text')}</p>
      {!tasks.data && (tasks.error === undefined ? <Waiting /> : <Failed error={tasks.error} retry={tasks.reload} />)}
      {tasks.data && (
        <div class="table-wrap" tabIndex={0} role="region" aria-label={t('menu.built_in')}>
          <table class="table" role="table">
            <caption class="hidden">{t('menu.built_in')}</caption>
            <thead role="rowgroup">
              <tr role="row">
                {[t('builtin.name'), t('builtin.active'), t('task.schedule'), t('builtin.last'), t('builtin.next'), t('list.actions')].map((label) => (
                  <th key={label} scope="col" role="columnheader">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody role="rowgroup">
              {tasks.data.items.map((task) => (
                <tr key={task.id} role="row">
                  <th scope="row" role="rowheader">
                    {nameOf(task)}
                  </th>
                  <td role="cell" data-label={t('builtin.active')}>
                    <Status family="agent" value={task.active ? 'normal' : 'inactive'}>
                      {task.active ? t('builtin.on') : t('builtin.off')}
                    </Status>
                  </td>
                  <td role="cell" data-label={t('task.schedule')}>
                    {scheduleText(task.schedule)}
                  </td>
                  <td role="cell" data-label={t('builtin.last')}>
                    <LastRun id={task.last_run} runs={runs.runs} />
                  </td>
                  <td role="cell" data-label={t('builtin.next')}>
                    {task.active ? <Time value={task.next} /> : <span class="none">–</span>}
                  </td>
                  <td role="cell" data-label={t('list.actions')}>
                    {mine && (
                      <span class="row-actions">
                        <button type="button" class="button small" onClick={() => void runNow(task).catch(fail)}>
                          <Icon name="play" />
                          {t('builtin.run')}
                        </button>
                        <button type="button" class="button small" onClick={() => setEditing(task.id)}>
                          <Icon name="edit" />
                          {t('action.edit')}
                        </button>
                      </span>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {editing && (
        <Edit
          id={editing}
          onClose={() => setEditing(undefined)}
          onDone={() => {
            setEditing(undefined);
            tasks.reload();
          }}
        />
      )}
    </div>
  );
}
