// Scripts: kinds of tasks, flows and libraries that are text.
import { useState } from 'preact/hooks';
import { patch } from '../api/http';
import type { Resource } from '../api/resource';
import type { Page, Script } from '../api/types';
import { code, t } from '../lib/i18n';
import type { Column } from '../parts/columns';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty } from '../parts/message';
import { Status } from '../parts/status';
import { Switch } from '../parts/switch';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';

export async function enable(script: Pick<Script, 'id' | 'name'>, on: boolean, done: () => void): Promise<void> {
  await patch(`/scripts/${script.id}`, { enabled: on });
  const undo = () => void patch(`/scripts/${script.id}`, { enabled: !on }).then(done, fail);
  toast(on ? t('script.enabled_now', { name: script.name }) : t('script.disabled_now', { name: script.name }), { undo });
  done();
}

export function ScriptState({ script }: { script: Script }) {
  const wrong = script.state === 'error';
  return (
    <Status family="run" value={wrong ? 'error' : 'success'}>
      {wrong ? (script.error ? script.error.line === 0 ? script.error.text : t('form.line', { line: script.error.line, text: script.error.text }) : t('run.error')) : t('script.ok')}
    </Status>
  );
}

function columns(done: () => void): Column<Script>[] {
  return [
    { id: 'name', label: t('run.name'), head: true, sort: 'name', cell: (s) => <a href={`/scripts/${s.id}`}>{s.name}</a>, text: (s) => s.name },
    { id: 'title', label: t('script.title_of'), wide: true, cell: (s) => s.title || <span class="none">–</span>, text: (s) => s.title },
    { id: 'kind', label: t('run.kind'), sort: 'kind', narrow: true, cell: (s) => code('script_kind', s.kind), text: (s) => code('script_kind', s.kind) },
    { id: 'state', label: t('run.state'), narrow: true, wide: true, cell: (s) => <ScriptState script={s} />, text: (s) => s.state },
    {
      id: 'enabled',
      label: t('script.enabled'),
      narrow: true,
      cell: (s) => <Switch on={s.enabled} label={t('script.switch', { name: s.name })} onChange={(on) => void enable(s, on, done).catch(fail)} />,
      text: (s) => (s.enabled ? t('value.yes') : t('value.no')),
    },
    { id: 'source', label: t('script.source'), sort: 'source', cell: (s) => code('script_source', s.source), text: (s) => code('script_source', s.source) },
    { id: 'version', label: t('script.version'), number: true, cell: (s) => s.version, text: (s) => String(s.version) },
    { id: 'updated', label: t('script.updated'), sort: 'updated', cell: (s) => <Time value={s.updated} />, text: (s) => s.updated },
    { id: 'author', label: t('script.author'), cell: (s) => s.author || <span class="none">–</span>, text: (s) => s.author },
  ];
}

export function ScriptsPage() {
  const [list, setList] = useState<Resource<Page<Script>>>();
  const options = (family: 'script_kind' | 'script_source', values: string[]) =>
    values.map((value) => ({ value, label: family === 'script_kind' ? code('script_kind', value) : code('script_source', value) }));
  return (
    <div class="page fill">
      <Head title={t('menu.scripts')}>
        <a class="button primary" href="/scripts/new">
          <Icon name="plus" />
          {t('script.add')}
        </a>
      </Head>
      <List<Script>
        id="scripts"
        label={t('menu.scripts')}
        path="/scripts"
        columns={columns(() => list?.reload())}
        rowId={(s) => s.id}
        sort="name"
        filters={[
          { id: 'name', label: t('run.name'), type: 'text' },
          { id: 'kind', label: t('run.kind'), type: 'choice', options: options('script_kind', ['task', 'flow', 'lib']) },
          { id: 'source', label: t('script.source'), type: 'choice', options: options('script_source', ['stock', 'folder', 'user']) },
        ]}
        onData={setList}
        empty={<Empty title={t('script.none')} />}
      />
    </div>
  );
}
