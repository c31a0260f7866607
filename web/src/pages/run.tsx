// One run: its bar by state, counts that filter, and a result per device with code and words.
import { useRef } from 'preact/hooks';
import { useEvent, type EventMap } from '../api/events';
import { useResource, type Resource } from '../api/resource';
import type { Page, Run, RunTarget } from '../api/types';
import { formatNumber } from '../lib/format';
import { code, t, tn } from '../lib/i18n';
import { navigate, usePlace, withQuery } from '../lib/router';
import type { Column } from '../parts/columns';
import type { FilterField } from '../parts/filterfield';
import { Head } from '../parts/head';
import { List, type LiveRule } from '../parts/list';
import { Empty, Failed, Waiting } from '../parts/message';
import { isOpen, RunBar } from '../parts/runbar';
import { Status } from '../parts/status';
import { Time } from '../parts/time';
import { mayUse } from '../shell/entries';
import { noteOf, runName, RunState, RunTime } from './runs';
import { Result, TargetDialog, targetName } from './runtarget';
import { HaltBar, RunActions, Wave } from './runwork';
import { kindWord, useKinds } from './taskkinds';

const none = <span class="none">–</span>;

const resultStates = ['success', 'warning', 'error', 'timeout', 'cancelled', 'skipped'] as const;

// The state of a target leads to its details (TSK-47).
function columns(details: (id: string) => string): Column<RunTarget>[] {
  const place = targetName;
  return [
    { id: 'state', label: t('run.state'), sort: 'state', narrow: true, cell: (x) => (
        <a class="quiet-link" href={details(x.id)}>
          <Status family="run" value={x.state} />
        </a>
      ), text: (x) => code('run', x.state) },
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
    { id: 'changes', label: t('target.changes'), number: true, narrow: true, cell: (x) => (x.changes?.length ? <a href={details(x.id)}>{formatNumber(x.changes.length)}</a> : none), text: (x) => String(x.changes?.length ?? 0) },
    { id: 'wave', label: t('target.wave'), number: true, off: true, cell: (x) => formatNumber((x.wave ?? 0) + 1), text: (x) => String((x.wave ?? 0) + 1) },
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

const doneOf = (counts: Run['counts']) => resultStates.reduce((sum, state) => sum + (counts?.[state] ?? 0), 0);

// New results are counted; how many is what the run has done beyond those that were there.
function liveOf(id: string, filtered: boolean): LiveRule<RunTarget>[] {
  const fresh = (counts: Run['counts'], shown: Page<RunTarget>) => (filtered ? 0 : Math.max(0, doneOf(counts) - shown.total));
  return [
    { event: 'run', count: (run: Run, shown: Page<RunTarget>) => (run.id === id ? fresh(run.counts, shown) : 0) },
    { event: 'target-result', count: (news: EventMap['target-result'], shown: Page<RunTarget>) => (news.run === id ? fresh(news.counts, shown) : 0) },
  ];
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
  // Once a second at most, with the counts alone: nothing is asked for.
  useEvent('target-result', (news) => {
    if (news.run === id) {
      run.change((old) => ({ ...old, counts: news.counts, progress: null }));
      if (results.current?.data?.total === 0) {
        results.current.reload();
      }
    }
  });
  useEvent('reset', run.reload);
  const kinds = useKinds().data?.items;
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
  const shown = query.get('target');
  const details = (target: string) => {
    const next = new URLSearchParams(query);
    next.delete('target');
    if (target) {
      next.set('target', target);
    }
    return withQuery(next);
  };
  return (
    <div class="page fill">
      <Head title={runName(data)} back={back} state={<RunState run={data} />}>
        <RunActions run={data} onChange={run.reload} />
      </Head>
      <ul class="identity">
        <li>{kindWord(data.kind, kinds)}</li>
        {data.task && !data.builtin && mayUse('tasks') && (
          <li>
            <a href={`/tasks/${data.task}`}>{t('task.title')}</a>
          </li>
        )}
        {data.script && (
          <li>
            <span class="quiet">{t('run.script')}</span> {data.script.name} ({data.script.version})
          </li>
        )}
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
        {!data.started && data.due && (
          <li>
            <span class="quiet">{t('run.due')}</span> <Time value={data.due} exact />
          </li>
        )}
        <Wave run={data} />
        {(data.changed ?? 0) > 0 && <li>{tn('run.changed_count', data.changed ?? 0)}</li>}
      </ul>
      {data.mode === 'preview' && <p class="notice">{t('preview.text')}</p>}
      <HaltBar run={data} onChange={run.reload} />
      <RunBar run={data} counts={(state) => `/runs/${id}${state ? `?f=state:eq:${state}` : ''}`} />
      {noteOf(data) && <p class="notice">{noteOf(data)}</p>}
      <List<RunTarget>
        id="targets"
        label={t('run.results')}
        path={`/runs/${id}/targets`}
        columns={columns(details)}
        rowId={(x) => x.id}
        filters={filters()}
        live={liveOf(id, query.has('f'))}
        onData={(resource) => (results.current = resource)}
        empty={<Empty title={t('run.no_targets')} />}
      />
      {shown && <TargetDialog key={shown} run={id} id={shown} onClose={() => void navigate(details(''), true)} />}
    </div>
  );
}
