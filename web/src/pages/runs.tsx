// Runs, the history of tasks: what was done, what is being done, with what outcome (TSK-45 to TSK-47).
import type { Page, Run, TaskKind } from '../api/types';
import { elapsed, formatDuration, formatNumber } from '../lib/format';
import { code, codeWord, t } from '../lib/i18n';
import type { Column } from '../parts/columns';
import type { FilterField } from '../parts/filterfield';
import { Head } from '../parts/head';
import { List, type LiveRule } from '../parts/list';
import { useListPlace } from '../parts/liststate';
import { Empty } from '../parts/message';
import { RunBar } from '../parts/runbar';
import { Status } from '../parts/status';
import { Time, useNow } from '../parts/time';
import { kindFilter, kindWord, useKinds } from './taskkinds';

const runStateNames = ['running', 'waiting', 'success', 'warning', 'error', 'timeout', 'cancelled', 'missed'];

// A run that is halted waits for somebody; a preview did nothing.
export function RunState({ run }: { run: Run }) {
  const open = run.state === 'waiting' || run.state === 'running';
  const state = open && run.halted ? 'halted' : run.state;
  return (
    <Status family="run" value={state}>
      {code('run', state)}
      {run.mode === 'preview' && <span class="quiet"> ({t('preview.title')})</span>}
    </Status>
  );
}

// Built-in tasks have names in every language; tasks of users have the names that users gave.
export function runName(run: Run): string {
  return (run.builtin ? codeWord('kind', run.kind) : undefined) ?? (run.name || code('kind', run.kind));
}

// What the run says of itself, and what is to be known of it.
export function noteOf(run: Run): string {
  return [run.text, run.note ? (codeWord('run_note', run.note) ?? run.note) : ''].filter(Boolean).join(' · ');
}

export function RunTime({ run }: { run: { started: string | null; ended: string | null } }) {
  const now = useNow();
  return run.started ? <>{formatDuration(elapsed(run.started, run.ended, now))}</> : <span class="none">–</span>;
}

function columns(kinds: TaskKind[] | undefined): Column<Run>[] {
  return [
    {
      id: 'state',
      label: t('run.state'),
      sort: 'state',
      narrow: true,
      cell: (r) => (
        <a class="quiet-link" href={`/runs/${r.id}`}>
          <RunState run={r} />
        </a>
      ),
      text: (r) => code('run', r.state),
    },
    { id: 'name', label: t('run.name'), head: true, sort: 'name', cell: (r) => <a href={`/runs/${r.id}`}>{runName(r)}</a>, text: runName },
    { id: 'kind', label: t('run.kind'), sort: 'kind', cell: (r) => kindWord(r.kind, kinds), text: (r) => kindWord(r.kind, kinds) },
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
    { id: 'text', label: t('run.text'), wide: true, cell: (r) => noteOf(r) || <span class="none">–</span>, text: noteOf },
    { id: 'changed', label: t('run.changed'), number: true, off: true, cell: (r) => formatNumber(r.changed ?? 0), text: (r) => String(r.changed ?? 0) },
  ];
}

function filters(kinds: TaskKind[] | undefined): FilterField[] {
  return [
    { id: 'state', label: t('run.state'), type: 'choice', options: runStateNames.map((value) => ({ value, label: code('run', value) })) },
    kindFilter(kinds),
    { id: 'name', label: t('run.name'), type: 'text' },
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

// Whose tasks are shown (TSK-46): a condition like any other, so it stands in the address.
function Shown() {
  const place = useListPlace({ sort: '-created' });
  const { conditions } = place.state;
  const own = conditions.find((c) => c.field === 'builtin');
  const change = (value: string) => {
    const others = conditions.filter((c) => c.field !== 'builtin');
    place.go({ conditions: value === '' ? others : [...others, { field: 'builtin', op: 'eq', value }] });
  };
  return (
    <label class="inline">
      {t('runs.shown')}
      <select value={own?.value ?? ''} onChange={(event) => change((event.target as HTMLSelectElement).value)}>
        <option value="">{t('runs.all')}</option>
        <option value="false">{t('runs.users')}</option>
        <option value="true">{t('menu.built_in')}</option>
      </select>
    </label>
  );
}

export function RunsPage() {
  const kinds = useKinds().data?.items;
  const builtin: FilterField = {
    id: 'builtin',
    label: t('menu.built_in'),
    type: 'choice',
    options: [
      { value: 'true', label: t('value.yes') },
      { value: 'false', label: t('value.no') },
    ],
  };
  return (
    <div class="page fill">
      <Head title={t('menu.runs')} />
      <List<Run>
        id="runs"
        label={t('menu.runs')}
        path="/runs"
        columns={columns(kinds)}
        rowId={(r) => r.id}
        sort="-created"
        filters={[...filters(kinds), builtin]}
        live={live}
        toolbar={<Shown />}
        empty={
          <Empty title={t('run.none')}>
            <p>{t('run.none_text')}</p>
          </Empty>
        }
      />
    </div>
  );
}
