// Runs: what was done, what is being done, with what outcome (TSK-45 to TSK-47).
import type { Page, Run } from '../api/types';
import { elapsed, formatDuration, formatNumber } from '../lib/format';
import { code, codeWord, t } from '../lib/i18n';
import type { Column } from '../parts/columns';
import type { FilterField } from '../parts/filterfield';
import { Head } from '../parts/head';
import { List, type LiveRule } from '../parts/list';
import { Empty } from '../parts/message';
import { RunBar } from '../parts/runbar';
import { Status } from '../parts/status';
import { Time, useNow } from '../parts/time';

export const runStateNames = ['running', 'waiting', 'success', 'warning', 'error', 'timeout', 'cancelled'];

// Built-in tasks have names in every language; tasks of users have the names that users gave.
export function runName(run: Run): string {
  return (run.builtin ? codeWord('kind', run.kind) : undefined) ?? (run.name || code('kind', run.kind));
}

export function RunTime({ run }: { run: { started: string | null; ended: string | null } }) {
  const now = useNow();
  return run.started ? <>{formatDuration(elapsed(run.started, run.ended, now))}</> : <span class="none">–</span>;
}

function columns(): Column<Run>[] {
  return [
    {
      id: 'state',
      label: t('run.state'),
      sort: 'state',
      narrow: true,
      cell: (r) => (
        <a class="quiet-link" href={`/runs/${r.id}`}>
          <Status family="run" value={r.state} />
        </a>
      ),
      text: (r) => code('run', r.state),
    },
    { id: 'name', label: t('run.name'), head: true, sort: 'name', cell: (r) => <a href={`/runs/${r.id}`}>{runName(r)}</a>, text: runName },
    { id: 'kind', label: t('run.kind'), sort: 'kind', cell: (r) => code('kind', r.kind), text: (r) => code('kind', r.kind) },
    { id: 'progress', label: t('run.progress'), narrow: true, cell: (r) => <RunBar run={r} /> },
    {
      id: 'counts',
      label: t('run.targets'),
      number: true,
      cell: (r) => formatNumber(r.counts?.total ?? 0),
      text: (r) => String(r.counts?.total ?? 0),
    },
    { id: 'created', label: t('run.created'), sort: 'created', off: true, cell: (r) => <Time value={r.created} />, text: (r) => r.created },
    { id: 'started', label: t('run.started'), sort: 'started', narrow: true, cell: (r) => <Time value={r.started} />, text: (r) => r.started ?? '' },
    { id: 'duration', label: t('run.duration'), cell: (r) => <RunTime run={r} /> },
    { id: 'ended', label: t('run.ended'), sort: 'ended', cell: (r) => <Time value={r.ended} />, text: (r) => r.ended ?? '' },
    { id: 'text', label: t('run.text'), wide: true, cell: (r) => r.text || r.note || <span class="none">–</span>, text: (r) => r.text || r.note || '' },
  ];
}

export function runKinds(): { value: string; label: string }[] {
  return ['device.discover', 'device.monitor', 'device.information', 'device.counters'].map((value) => ({
    value,
    label: code('kind', value),
  }));
}

function filters(): FilterField[] {
  return [
    { id: 'state', label: t('run.state'), type: 'choice', options: runStateNames.map((value) => ({ value, label: code('run', value) })) },
    { id: 'kind', label: t('run.kind'), type: 'choice', options: runKinds() },
    { id: 'name', label: t('run.name'), type: 'text' },
    {
      id: 'builtin',
      label: t('menu.built_in'),
      type: 'choice',
      options: [
        { value: 'true', label: t('value.yes') },
        { value: 'false', label: t('value.no') },
      ],
    },
    { id: 'started', label: t('run.started'), type: 'time' },
  ];
}

// A run that is shown changes in its row; others are counted.
const live: LiveRule<Run>[] = [
  {
    event: 'run',
    merge: (run: Run, shown: Page<Run>) =>
      shown.items.some((r) => r.id === run.id)
        ? { ...shown, items: shown.items.map((r) => (r.id === run.id ? { ...r, ...run } : r)) }
        : undefined,
    changed: (run: Run) => [run.id],
  },
];

export function RunsPage() {
  return (
    <div class="page fill">
      <Head title={t('menu.runs')} />
      <List<Run>
        id="runs"
        label={t('menu.runs')}
        path="/runs"
        columns={columns()}
        rowId={(r) => r.id}
        sort="-created"
        filters={filters()}
        live={live}
        empty={
          <Empty title={t('run.none')}>
            <p>{t('run.none_text')}</p>
          </Empty>
        }
      />
    </div>
  );
}
