// One run: its bar by state, counts that filter, and a result per device with code and words.
import { useRef } from 'preact/hooks';
import { useEvent } from '../api/events';
import { post } from '../api/http';
import { useResource, type Resource } from '../api/resource';
import type { Page, Run, RunTarget } from '../api/types';
import { code, codeWord, t, tn } from '../lib/i18n';
import { usePlace } from '../lib/router';
import type { Column } from '../parts/columns';
import { confirm } from '../parts/confirm';
import type { FilterField } from '../parts/filterfield';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List, type LiveRule } from '../parts/list';
import { Empty, Failed, Waiting } from '../parts/message';
import { isOpen, RunBar } from '../parts/runbar';
import { Status } from '../parts/status';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';
import { mayUse } from '../shell/entries';
import { runName, RunTime } from './runs';

const resultStates = ['success', 'warning', 'error', 'timeout', 'cancelled', 'skipped'] as const;

// Our words for the code, then what the device or the protocol said.
function Result({ target }: { target: RunTarget }) {
  const words = target.code ? codeWord('error', target.code) : undefined;
  if (!words && !target.text) {
    return <span class="none">–</span>;
  }
  return (
    <span>
      {[words, target.text].filter(Boolean).join(' — ')}
      {target.code && target.code !== 'ok' && <span class="quiet code-word"> {target.code}</span>}
    </span>
  );
}

function columns(): Column<RunTarget>[] {
  const place = (x: RunTarget) => x.name || x.address || x.device || x.agent || x.id;
  return [
    { id: 'state', label: t('run.state'), sort: 'state', narrow: true, cell: (x) => <Status family="run" value={x.state} />, text: (x) => code('run', x.state) },
    {
      id: 'name',
      label: t('run.target'),
      head: true,
      sort: 'name',
      cell: (x) => (x.device ? <a href={`/devices/${x.device}`}>{place(x)}</a> : place(x)),
      text: place,
    },
    { id: 'address', label: t('device.address'), sort: 'address', cell: (x) => x.address || <span class="none">–</span>, text: (x) => x.address },
    { id: 'text', label: t('run.result'), narrow: true, wide: true, cell: (x) => <Result target={x} />, text: (x) => [x.code, x.text].filter(Boolean).join(' ') },
    { id: 'ended', label: t('run.ended'), sort: 'ended', cell: (x) => <Time value={x.ended} />, text: (x) => x.ended ?? '' },
  ];
}

function filters(): FilterField[] {
  return [
    { id: 'state', label: t('run.state'), type: 'choice', options: resultStates.map((value) => ({ value, label: code('run', value) })) },
    { id: 'name', label: t('run.target'), type: 'text' },
    { id: 'address', label: t('device.address'), type: 'text' },
  ];
}

const doneOf = (run: Run) => resultStates.reduce((sum, state) => sum + (run.counts?.[state] ?? 0), 0);

// New results are counted; how many is what the run has done beyond those that were there.
function liveOf(id: string, filtered: boolean): LiveRule<RunTarget>[] {
  return [
    {
      event: 'run',
      changed: (run: Run, shown: Page<RunTarget>) => {
        const fresh = run.id === id && !filtered ? Math.max(0, doneOf(run) - shown.total) : 0;
        return Array.from({ length: fresh }, (_, n) => `new-${n}`);
      },
    },
  ];
}

async function cancel(run: Run): Promise<void> {
  const open = (run.counts?.waiting ?? 0) + (run.counts?.running ?? 0);
  const yes = await confirm({
    title: t('run.cancel_title'),
    text: tn('run.cancel_text', open),
    action: t('run.cancel'),
    cancel: t('run.keep'),
  });
  if (yes) {
    await post(`/runs/${run.id}/cancel`);
    toast(t('run.cancelling'));
  }
}

export function RunPage({ id }: { id: string }) {
  const run = useResource<Run>(`/runs/${id}`);
  const { query } = usePlace();
  const results = useRef<Resource<Page<RunTarget>>>();
  useEvent('run', (data) => {
    if (data.id !== id) {
      return;
    }
    run.change((old) => ({ ...old, ...data }));
    // First results and the end need no click: nobody is reading rows then, or all are there.
    if (!isOpen(data) || results.current?.data?.total === 0) {
      results.current?.reload();
    }
  });
  useEvent('reset', run.reload);
  const back = { href: '/runs', text: t('menu.runs') };
  if (!run.data) {
    return (
      <div class="page">
        <Head title={t('run.title')} back={back} />
        {run.error === undefined ? <Waiting /> : <Failed error={run.error} retry={run.reload} />}
      </div>
    );
  }
  const { data } = run;
  return (
    <div class="page fill">
      <Head title={runName(data)} back={back} state={<Status family="run" value={data.state} />}>
        {isOpen(data) && !data.builtin && mayUse('tasks') && (
          <button type="button" class="button danger" onClick={() => void cancel(data).catch(fail)}>
            <Icon name="stop" />
            {t('run.cancel')}
          </button>
        )}
      </Head>
      <ul class="identity">
        <li>{code('kind', data.kind)}</li>
        <li>
          <span class="quiet">{t('run.started')}</span> <Time value={data.started} exact />
        </li>
        <li>
          <span class="quiet">{t('run.duration')}</span> <RunTime run={data} />
        </li>
        {data.ended && (
          <li>
            <span class="quiet">{t('run.ended')}</span> <Time value={data.ended} exact />
          </li>
        )}
      </ul>
      <RunBar run={data} counts={(state) => `/runs/${id}${state ? `?f=state:eq:${state}` : ''}`} />
      {(data.text || data.note) && <p class="notice">{[data.text, data.note].filter(Boolean).join(' · ')}</p>}
      <List<RunTarget>
        id="targets"
        label={t('run.results')}
        path={`/runs/${id}/targets`}
        columns={columns()}
        rowId={(x) => x.id}
        filters={filters()}
        live={liveOf(id, query.has('f'))}
        onData={(resource) => (results.current = resource)}
        empty={<Empty title={t('run.no_targets')} />}
      />
    </div>
  );
}
