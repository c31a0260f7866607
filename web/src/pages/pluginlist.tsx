// A list that a plugin describes: everything that lists of Platen's own do, from its columns alone.
import { useRef, useState } from 'preact/hooks';
import { get } from '../api/http';
import type { PageAction, PluginRow } from '../api/pagetypes';
import type { Resource } from '../api/resource';
import type { Page } from '../api/types';
import { t, word } from '../lib/i18n';
import { FoldedCautions } from '../parts/cautions';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty } from '../parts/message';
import type { SelectionAction } from '../parts/selection';
import { fail } from '../parts/toast';
import { mayUse } from '../shell/entries';
import { pageTitle, type PageEntry } from '../shell/pages';
import { createTitle, isHere, keyAbove, mayDo, operationOf } from './operationforms';
import { act, ActionDialog, toTask } from './operations';
import { columnsOf, filtersOf, rowTone } from './plugincells';
import { groupTitle, PageTabs, rowHref, rowPath, WithPage } from './pluginpage';

// The devices of rows by the rows' keys, also of rows of other pages that stay selected.
function useDevices(page: PageEntry) {
  const seen = useRef(new Map<string, string>());
  const member = page.list.columns.find((column) => column.type === 'device' && (!page.list.device || column.id === page.list.device))?.id;
  const note = (row: { id: string } & Record<string, unknown>) => {
    const device = member ? (row[member] as { id?: string } | null) : null;
    if (device?.id) {
      seen.current.set(row.id, device.id);
    }
  };
  const of = (ids: string[]) => ids.flatMap((id) => seen.current.get(id) ?? []);
  return { member, note, of };
}

interface Asked {
  action: PageAction;
  ids: string[] | undefined;
  row: PluginRow | undefined;
}

export function PluginList({ page, only, sort = true }: { page: PageEntry; only?: string; sort?: boolean }) {
  const [list, setList] = useState<Resource<Page<PluginRow>>>();
  const [asked, setAsked] = useState<Asked>();
  const devices = useDevices(page);
  const reload = () => list?.reload();
  // The list may have less of a row than its form begins with.
  const ask = async (action: PageAction, ids: string[] | undefined) => {
    const one = action.on === 'row' ? ids?.[0] : undefined;
    const row = one === undefined ? undefined : (await get<PluginRow>(rowPath(page, one, only))).data;
    setAsked({ action, ids, row });
  };
  const above = keyAbove(only);
  const actions: SelectionAction[] = (page.actions ?? []).filter((action) => isHere(action, above)).flatMap((action): SelectionAction[] => {
    const label = word(action.title);
    if ((action.on === 'rows' || action.on === 'row') && mayDo(page, operationOf(action))) {
      return [{ label, one: action.on === 'row', danger: action.confirm !== undefined, run: async (ids) => void ((await act(page, action, ids, ask, above)) && reload()) }];
    }
    if (action.on === 'devices' && action.task && devices.member && mayUse('tasks')) {
      const kind = action.task;
      return [{ label, also: devices.member, onRow: devices.note, run: (ids) => toTask(kind, devices.of(ids)) }];
    }
    return [];
  });
  const { columns } = page.list;
  return (
    <>
      {above !== undefined && (
        <div class="actions">
          <PageActions page={page} above={above} onDone={reload} />
        </div>
      )}
      <List<PluginRow>
        id={`${page.plugin}.${page.id}`}
        label={pageTitle(page)}
        path={page.path}
        {...(only ? { only } : {})}
        columns={columnsOf(columns, (row) => rowHref(page, row.id, only))}
        rowId={(row) => row.id}
        rowClass={(row) => rowTone(page.list, row)}
        {...(page.list.sort && sort ? { sort: page.list.sort } : {})}
        fields
        filters={filtersOf(columns)}
        {...(columns.some((column) => column.search) ? { searchLabel: t('filter.search') } : {})}
        views
        {...(actions.length > 0 ? { actions } : {})}
        onData={(resource) => {
          resource.data?.items.forEach(devices.note);
          setList(resource);
        }}
        empty={<Empty title={t('plugin.none')} />}
      />
      {asked && <ActionDialog page={page} action={asked.action} ids={asked.ids} above={above} row={asked.row} onClose={() => setAsked(undefined)} onDone={reload} />}
    </>
  );
}

// What can be done without choosing rows; below a row, what is done for that one.
function PageActions({ page, above, onDone }: { page: PageEntry; above?: string; onDone: () => void }) {
  const [asked, setAsked] = useState<PageAction>();
  const run = (action: PageAction) => {
    const done = action.task ? toTask(action.task, []) : act(page, action, undefined, setAsked, above).then((did) => void (did && onDone()));
    done.catch(fail);
  };
  const offered = (page.actions ?? []).filter((action) => action.on === 'page' && (action.above !== undefined) === (above !== undefined) && (action.task ? mayUse('tasks') : mayDo(page, action.operation)));
  return (
    <>
      {offered.map((action) => (
        <button key={action.id} type="button" class="button" onClick={() => run(action)}>
          {word(action.title)}
        </button>
      ))}
      {asked && <ActionDialog page={page} action={asked} ids={undefined} above={above} onClose={() => setAsked(undefined)} onDone={onDone} />}
    </>
  );
}

export function PluginListPage({ plugin, id }: { plugin: string; id: string }) {
  const [round, setRound] = useState(0);
  return (
    <WithPage plugin={plugin} id={id}>
      {(page) => (
        <div class="page fill">
          <Head title={groupTitle(page)}>
            <PageActions page={page} onDone={() => setRound(round + 1)} />
            {mayDo(page, page.create?.operation) && (
              <a class="button primary" href={`${page.href}/new`}>
                <Icon name="plus" />
                {createTitle(page)}
              </a>
            )}
          </Head>
          <PageTabs page={page} />
          {page.help && <p class="page-help quiet">{word(page.help)}</p>}
          <FoldedCautions of={(page.cautions ?? []).filter((one) => !one.when)} />
          <PluginList key={round} page={page} />
        </div>
      )}
    </WithPage>
  );
}
