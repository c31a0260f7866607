// One script: its text with errors by line, a dry run, and its versions with what changed between them.
import { useState } from 'preact/hooks';
import { get, patch, post, remove } from '../api/http';
import { useAll, useResource, type Resource } from '../api/resource';
import type { Script, ScriptCheck, ScriptVersion } from '../api/types';
import { code, t } from '../lib/i18n';
import { around, lineDiff, type DiffLine } from '../lib/linediff';
import { navigate, usePlace } from '../lib/router';
import { CodeArea } from '../parts/codearea';
import { confirm } from '../parts/confirm';
import type { FieldSpec, FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Pending } from '../parts/message';
import { Tabs } from '../parts/tabs';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';
import { DryRun, lineErrors, useCheck } from './scriptcheck';
import { enable, ScriptState } from './scripts';

const back = () => ({ href: '/scripts', text: t('menu.scripts') });

const SAMPLE = `-- What it does, in a sentence.
return platen.flow {
  title = "[Printer] My flow",
  run = function(ctx, device)
    ctx:log("begin")
    return ctx:subtask("device.information", device)
  end,
}
`;

function textField(check: ScriptCheck | undefined, readOnly: boolean): FieldSpec {
  return {
    name: 'text',
    label: t('script.text'),
    type: 'custom',
    missing: (value) => String(value).trim() === '',
    draw: ({ id, value, error, onChange }) => (
      <>
        <CodeArea id={id} name="text" label={t('script.text')} value={String(value)} onChange={onChange} errors={lineErrors(check)} readOnly={readOnly} />
        {error && lineErrors(check).length === 0 && <p class="field-error">{error}</p>}
      </>
    ),
  };
}

// A copy says its own name, where the old one said its.
function renamed(script: Script): string {
  return (script.text ?? '').replace(/^(\s*name\s*=\s*["'])([a-z0-9-]+)(["'])/m, (whole, before: string, name: string, after: string) =>
    name === script.name ? `${before}my-${name}${after}` : whole,
  );
}

interface EditorProps {
  begin: FormValues;
  one?: Resource<Script>;
}

function Editor({ begin, one }: EditorProps) {
  const old = one?.data;
  const readOnly = old !== undefined && old.source !== 'user';
  const [shown, setShown] = useState({ name: old?.name ?? '', text: String(begin['text']), kind: String(begin['kind']) });
  const check = useCheck(shown);
  const kinds = ['flow', 'task', 'lib'].map((value) => ({ value, label: code('script_kind', value) }));
  const fields: FieldSpec[] = [
    {
      name: 'name',
      label: t('run.name'),
      type: 'text',
      required: true,
      maxLength: 64,
      help: t('script.name_help'),
      hidden: () => old !== undefined,
      check: (value) => (/^[a-z][a-z0-9-]*$/.test(String(value)) ? undefined : t('script.name_help')),
    },
    {
      name: 'kind',
      label: t('run.kind'),
      type: 'select',
      options: kinds,
      hidden: () => old !== undefined,
    },
    textField(check, readOnly),
    { name: 'enabled', label: t('script.enabled'), type: 'checkbox', hidden: () => old !== undefined },
  ];
  return (
    <>
      <section class="card">
        {readOnly && <p class="notice">{t('script.read_only')}</p>}
        {readOnly ? (
          <CodeArea id="script-text" name="text" label={t('script.text')} value={old.text ?? ''} onChange={() => undefined} errors={lineErrors(check)} readOnly />
        ) : (
          <Form
            fields={fields}
            values={begin}
            etag={one?.etag ?? null}
            onValues={({ name, kind, text }) => setShown({ name: old?.name ?? String(name), kind: String(kind), text: String(text) })}
            submit={old ? t('action.save') : t('task.create')}
            {...(old ? {} : { onCancel: () => void navigate('/scripts') })}
            reread={async () => {
              const fresh = await get<Script>(`/scripts/${old?.id ?? ''}`);
              return { values: { ...begin, text: fresh.data.text ?? '' }, etag: fresh.etag };
            }}
            onSubmit={async (values, etag) => {
              if (old) {
                await patch(`/scripts/${old.id}`, { text: values['text'] }, etag);
                toast(t('script.saved'));
                one?.reload();
                return;
              }
              const { data } = await post<Script>('/scripts', values);
              toast(t('script.created', { name: data.name }));
              await navigate(`/scripts/${data.id}`, true);
            }}
          />
        )}
        {check?.ok && <p role="status">{t('script.well')}</p>}
      </section>
      <DryRun script={shown} check={check} />
    </>
  );
}

export function NewScriptPage() {
  const { query } = usePlace();
  const from = query.get('copy');
  const copy = useResource<Script>(from ? `/scripts/${from}` : null);
  const begin = from ? copy.data : undefined;
  return (
    <div class="page">
      <Head title={t('script.add')} back={back()} />
      {from && !begin ? <Pending of={[copy]} /> : <Editor begin={{ name: begin ? `my-${begin.name}` : '', kind: begin?.kind ?? 'flow', text: begin ? renamed(begin) : SAMPLE, enabled: false }} />}
    </div>
  );
}

function Line({ line }: { line: DiffLine | undefined }) {
  if (!line) {
    return (
      <tr class="diff-gap">
        <td colSpan={4}>…</td>
      </tr>
    );
  }
  const sign = line.kind === 'new' ? '+' : line.kind === 'gone' ? '−' : '';
  return (
    <tr class={`diff-${line.kind}`}>
      <td class="number">{line.before}</td>
      <td class="number">{line.after}</td>
      <td>
        {sign && (
          <>
            <span aria-hidden="true">{sign}</span>
            <span class="hidden">{line.kind === 'new' ? t('diff.new') : t('diff.gone')}</span>
          </>
        )}
      </td>
      <td class="diff-text">{line.text}</td>
    </tr>
  );
}

function Difference({ script, from, to }: { script: string; from: number; to: number }) {
  const before = useResource<ScriptVersion>(`/scripts/${script}/versions/${from}`);
  const after = useResource<ScriptVersion>(`/scripts/${script}/versions/${to}`);
  if (!before.data || !after.data) {
    return <Pending of={[before, after]} />;
  }
  const lines = around(lineDiff(before.data.text ?? '', after.data.text ?? ''));
  if (!lines.some((line) => line && line.kind !== 'same')) {
    return <p class="quiet">{t('diff.none')}</p>;
  }
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={t('diff.title', { from, to })}>
      <table class="diff">
        <caption class="hidden">{t('diff.title', { from, to })}</caption>
        <thead class="hidden">
          <tr>
            <th scope="col">{from}</th>
            <th scope="col">{to}</th>
            <th scope="col">{t('target.changes')}</th>
            <th scope="col">{t('script.text')}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, n) => (
            <Line key={n} line={line} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Versions({ one, script }: { one: Resource<Script>; script: Script }) {
  const all = useAll<ScriptVersion>(`/scripts/${script.id}/versions`);
  const [pair, setPair] = useState<{ from?: number; to?: number }>({});
  const versions = [...(all.items ?? [])].sort((a, b) => b.number - a.number);
  const to = pair.to ?? versions[0]?.number;
  const from = pair.from ?? versions[1]?.number;
  const restore = async (number: number) => {
    await patch(`/scripts/${script.id}`, { version: number }, one.etag);
    toast(t('script.restored', { version: number }));
    one.reload();
    all.reload();
  };
  const choose = (label: string, value: number | undefined, set: (n: number) => void) => (
    <label class="inline">
      {label}
      <select value={String(value ?? '')} onChange={(event) => set(Number((event.target as HTMLSelectElement).value))}>
        {versions.map(({ number }) => (
          <option key={number} value={String(number)}>
            {number}
          </option>
        ))}
      </select>
    </label>
  );
  if (!all.items) {
    return <Pending of={[all]} />;
  }
  return (
    <div class="cards">
      <section class="card" aria-labelledby="script-versions">
        <h2 id="script-versions">{t('script.versions')}</h2>
        <ul class="rows">
          {versions.map((version) => (
            <li key={version.number}>
              <span>
                <b>{version.number}</b> <Time value={version.at} /> <span class="quiet">{version.author}</span>
              </span>
              {version.number !== script.version && script.source === 'user' && (
                <button type="button" class="button small" onClick={() => void restore(version.number).catch(fail)}>
                  {t('script.restore')}
                </button>
              )}
            </li>
          ))}
        </ul>
      </section>
      {from !== undefined && to !== undefined && (
        <section class="card span" aria-labelledby="script-diff">
          <h2 id="script-diff">{t('diff.heading')}</h2>
          <div class="actions">
            {choose(t('diff.from'), from, (n) => setPair((old) => ({ ...old, from: n })))}
            {choose(t('diff.to'), to, (n) => setPair((old) => ({ ...old, to: n })))}
          </div>
          <Difference script={script.id} from={from} to={to} />
        </section>
      )}
    </div>
  );
}

async function drop(script: Script, etag: string | null): Promise<void> {
  const yes = await confirm({ title: t('task.delete_title'), text: t('script.delete_text', { name: script.name }), action: t('action.delete') });
  if (yes) {
    await remove(`/scripts/${script.id}`, etag);
    toast(t('script.deleted', { name: script.name }));
    await navigate('/scripts');
  }
}

export function ScriptPage({ id }: { id: string }) {
  const { query } = usePlace();
  const one = useResource<Script>(`/scripts/${id}`);
  const tab = query.get('tab') === 'versions' ? 'versions' : 'text';
  const script = one.data;
  if (!script) {
    return (
      <div class="page">
        <Head title={t('run.script')} back={back()} />
        <Pending of={[one]} />
      </div>
    );
  }
  return (
    <div class="page">
      <Head title={script.name} back={back()} state={<ScriptState script={script} />}>
        <button type="button" class="button" onClick={() => void enable(script, !script.enabled, one.reload).catch(fail)}>
          {script.enabled ? t('script.disable') : t('script.enable')}
        </button>
        <a class="button" href={`/scripts/new?copy=${id}`}>
          {t('task.duplicate')}
        </a>
        {script.source === 'user' && (
          <button type="button" class="button danger" onClick={() => void drop(script, one.etag).catch(fail)}>
            {t('action.delete')}
          </button>
        )}
      </Head>
      <p class="quiet">
        {[script.title, code('script_kind', script.kind), code('script_source', script.source), script.enabled ? t('script.enabled') : t('script.disabled')].filter(Boolean).join(' · ')}
      </p>
      <Tabs
        label={t('run.script')}
        current={tab}
        tabs={[
          { id: 'text', label: t('script.text'), href: `/scripts/${id}` },
          { id: 'versions', label: t('script.versions'), href: `/scripts/${id}?tab=versions` },
        ]}
      />
      {tab === 'text' && <Editor begin={{ name: script.name, kind: script.kind, text: script.text ?? '', enabled: script.enabled }} one={one} />}
      {tab === 'versions' && <Versions one={one} script={script} />}
    </div>
  );
}
