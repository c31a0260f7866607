// One row of a plugin's list: its facts, what can be done with it, its form, and the lists below it.
import { useMemo, useState } from 'preact/hooks';
import { get } from '../api/http';
import type { PageAction, PageCall, PluginRow } from '../api/pagetypes';
import { Problem } from '../api/problem';
import { useResource, type Resource } from '../api/resource';
import { t, word } from '../lib/i18n';
import { navigate, usePlace } from '../lib/router';
import { useStore } from '../lib/store';
import { Cautions, cautionsFor } from '../parts/cautions';
import { Facts } from '../parts/facts';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Failed, Waiting } from '../parts/message';
import { Tabs } from '../parts/tabs';
import { fail } from '../parts/toast';
import { mayUse } from '../shell/entries';
import { pageLabel, pages, pageTitle, type PageEntry } from '../shell/pages';
import { formSchema, isHere, keyAbove, mayDo, operationOf, valuesOfRow } from './operationforms';
import { act, ActionDialog, argumentsField, argumentsOf, callOperation, toTask } from './operations';
import { cellContent, cellText } from './plugincells';
import { PluginList } from './pluginlist';
import { rowHref, rowPath, WithPage } from './pluginpage';

type One = Resource<PluginRow>;

// The row that this one belongs to, when the address says it; else the list.
function backOf(page: PageEntry, all: PageEntry[], of: string | null) {
  const [filter, key] = of?.split(':eq:') ?? [];
  const parent = key && all.find((one) => one.plugin === page.plugin && one.detail?.lists?.some((list) => list.page === page.id && list.filter === filter));
  return parent ? { href: `${rowHref(parent, key)}?tab=${encodeURIComponent(page.id)}`, text: pageTitle(parent) } : { href: page.href, text: page.tab ? pageTitle(page) : pageLabel(page) };
}

function deviceOf(page: PageEntry, row: PluginRow): string | undefined {
  const values = page.list.columns.filter((column) => column.type === 'device').map((column) => row[column.id]);
  const found = values.find((value) => typeof value === 'object' && value !== null);
  return typeof found === 'object' ? found?.id : undefined;
}

// What an action did to the row: it has changed, or it is gone.
async function after(path: string, back: string, one: One): Promise<void> {
  try {
    await get(path);
    one.reload();
  } catch (error) {
    if (!(error instanceof Problem && error.status === 404)) {
      throw error;
    }
    await navigate(back, true);
  }
}

function Actions({ page, row, above, onDone }: { page: PageEntry; row: PluginRow; above: string | undefined; onDone: () => void }) {
  const [asked, setAsked] = useState<PageAction>();
  const device = deviceOf(page, row);
  const run = (action: PageAction) => {
    const done = action.task ? toTask(action.task, device ? [device] : []) : act(page, action, [row.id], setAsked, above).then((did) => void (did && onDone()));
    done.catch(fail);
  };
  const fits = (action: PageAction) =>
    isHere(action, above) && (((action.on === 'rows' || action.on === 'row') && mayDo(page, operationOf(action))) || (action.on === 'devices' && action.task !== undefined && device !== undefined && mayUse('tasks')));
  return (
    <>
      {(page.actions ?? []).filter(fits).map((action) => (
        <button key={action.id} type="button" class={action.confirm ? 'button danger' : 'button'} onClick={() => run(action)}>
          {word(action.title)}
        </button>
      ))}
      {asked && <ActionDialog page={page} action={asked} ids={[row.id]} above={above} row={asked.on === 'row' ? row : undefined} onClose={() => setAsked(undefined)} onDone={onDone} />}
    </>
  );
}

function Edit({ page, call, row, onSaved }: { page: PageEntry; call: PageCall; row: PluginRow; onSaved: () => void }) {
  const { operation } = call;
  const schema = formSchema(page, call);
  const values = useMemo(() => ({ arguments: valuesOfRow(schema, row) }), [page, operation, row]);
  return (
    <section class="card" aria-labelledby="row-edit">
      <h2 id="row-edit">{t('action.edit')}</h2>
      <Form
        fields={[argumentsField(operation, schema, t('action.edit'))]}
        values={values}
        submit={t('action.save')}
        onSubmit={async (now) => {
          await callOperation(operation, { ...argumentsOf(schema, now['arguments']), ...call.arguments, id: row.id }, t('action.save'));
          onSaved();
        }}
      />
    </section>
  );
}

// Pages of the same plugin whose rows belong to this one, a tab each: the list at an address is one.
function Below({ page, row }: { page: PageEntry; row: string }) {
  const all = useStore(pages) ?? [];
  const wanted = usePlace().query.get('tab');
  const lists = (page.detail?.lists ?? []).flatMap(({ page: id, filter }) => {
    const found = all.find((one) => one.plugin === page.plugin && one.id === id);
    return found ? [{ found, filter }] : [];
  });
  const current = lists.find(({ found }) => found.id === wanted) ?? lists[0];
  if (!current) {
    return null;
  }
  return (
    <div class="row-below">
      <Tabs
        label={t('plugin.lists')}
        current={current.found.id}
        tabs={lists.map(({ found }) => ({ id: found.id, label: pageTitle(found), href: `${rowHref(page, row)}?tab=${encodeURIComponent(found.id)}` }))}
      />
      <PluginList key={current.found.id} page={current.found} only={`${current.filter}:eq:${row}`} />
    </div>
  );
}

function Row({ page, row }: { page: PageEntry; row: string }) {
  const of = usePlace().query.get('of');
  const path = rowPath(page, row, of);
  const one = useResource<PluginRow>(path);
  const back = backOf(page, useStore(pages) ?? [], of);
  const { data } = one;
  const { columns } = page.list;
  if (!data) {
    return (
      <div class="page">
        <Head title={pageTitle(page)} back={back} />
        {one.error === undefined ? <Waiting /> : <Failed error={one.error} retry={one.reload} />}
      </div>
    );
  }
  const first = columns[0];
  const shown = page.detail?.columns ? page.detail.columns.flatMap((id) => columns.find((column) => column.id === id) ?? []) : columns;
  const { edit } = page;
  const changed = () => void after(path, back.href, one).catch(fail);
  return (
    <div class="page">
      <Head title={(first && cellText(first, data[first.id])) || data.id} back={back}>
        <Actions page={page} row={data} above={keyAbove(of)} onDone={changed} />
      </Head>
      <div class="cards">
        <section class="card" aria-labelledby="row-facts">
          <h2 id="row-facts">{t('agent.facts')}</h2>
          <Facts facts={shown.map((column) => ({ label: word(column.title), value: cellContent(column, data[column.id]) }))} />
        </section>
        {edit && mayDo(page, edit.operation) && <Edit page={page} call={edit} row={data} onSaved={changed} />}
      </div>
      <Cautions of={cautionsFor(page.cautions?.filter((one) => one.when), data)} />
      <Below page={page} row={row} />
    </div>
  );
}

export function PluginRowPage({ plugin, id, row }: { plugin: string; id: string; row: string }) {
  return (
    <WithPage plugin={plugin} id={id}>
      {(page) => <Row page={page} row={row} />}
    </WithPage>
  );
}
