// The audit log: who did what, when and from where, with the state before and after; and whether the
// chain of its entries is whole (ACC-96 to ACC-99).
import { useState } from 'preact/hooks';
import { get } from '../api/http';
import type { AuditChain, AuditEntry } from '../api/types';
import { formatTimeExact } from '../lib/format';
import { code, codeWord, t, tn } from '../lib/i18n';
import { replaceField } from '../lib/filter';
import { members } from '../lib/members';
import type { Column } from '../parts/columns';
import { Dialog } from '../parts/dialog';
import { Facts } from '../parts/facts';
import type { FilterField } from '../parts/filterfield';
import { Head } from '../parts/head';
import { List } from '../parts/list';
import { useListPlace } from '../parts/liststate';
import { Empty } from '../parts/message';
import { Status } from '../parts/status';
import { Time } from '../parts/time';
import { fail } from '../parts/toast';

export const categories = [
  'login',
  'logout',
  'users',
  'me',
  'tokens',
  'regions',
  'groups',
  'devices',
  'device-credentials',
  'agents',
  'tasks',
  'built-in-tasks',
  'runs',
  'scripts',
  'preferences',
  'webhooks',
  'outbox',
  'audit-log',
  'setup',
  'system',
  'database',
  'key',
  'link',
];
const ways = ['session', 'token', 'agent', 'system', 'console'];

const none = <span class="none">–</span>;
const succeeded = (entry: AuditEntry) => entry.result === 'success';
const resultWord = (entry: AuditEntry) => (succeeded(entry) ? t('run.success') : (codeWord('error', entry.result) ?? entry.result));
const objectOf = (entry: AuditEntry) => [entry.object_name, entry.object && entry.object !== entry.object_name && `(${entry.object})`].filter(Boolean).join(' ');
const whoOf = (entry: AuditEntry) => entry.user_name || entry.user || code('audit_way', entry.way);

// "users.create" as words: what was done to what kind of thing.
export function actionWords(action: string): string {
  const parts = action.split('.');
  const verb = parts.length < 2 ? undefined : codeWord('audit_verb', parts[parts.length - 1] ?? '');
  return codeWord('audit_action', action) ?? (verb ? `${code('audit_category', parts[0])}: ${verb}` : action);
}

function Change({ entry }: { entry: AuditEntry }) {
  const before = members(entry.before);
  const after = members(entry.after);
  const names = [...new Set([...before.keys(), ...after.keys()])];
  if (names.length === 0) {
    return <p class="quiet">{t('audit.no_change')}</p>;
  }
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={t('audit.change')}>
      <table class="plain-table compare">
        <caption class="hidden">{t('audit.change')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('conflict.field')}</th>
            <th scope="col">{t('audit.before')}</th>
            <th scope="col">{t('audit.after')}</th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name} class={before.get(name) === after.get(name) ? undefined : 'differs'}>
              <th scope="row">{name || t('audit.content')}</th>
              <td class="lines">{before.get(name) ?? none}</td>
              <td class="lines">{after.get(name) ?? none}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function EntryDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  return (
    <Dialog title={actionWords(entry.action)} wide onClose={onClose}>
      <Facts
        facts={[
          { label: t('audit.at'), value: formatTimeExact(entry.at) },
          { label: t('audit.user'), value: whoOf(entry), copy: entry.user_name },
          { label: t('audit.way'), value: code('audit_way', entry.way) },
          { label: t('agent.address'), value: entry.address, copy: entry.address },
          { label: t('audit.action'), value: <code>{entry.action}</code> },
          { label: t('audit.object'), value: objectOf(entry) },
          { label: t('audit.result'), value: <Result entry={entry} /> },
        ]}
      />
      <Change entry={entry} />
    </Dialog>
  );
}

function Result({ entry }: { entry: AuditEntry }) {
  return (
    <Status family="run" value={succeeded(entry) ? 'success' : 'error'}>
      {resultWord(entry)}
      {!succeeded(entry) && <span class="quiet code-word"> {entry.result}</span>}
    </Status>
  );
}

function columns(onOpen: (entry: AuditEntry) => void): Column<AuditEntry>[] {
  const json = (value: unknown) => (value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));
  return [
    { id: 'at', label: t('audit.at'), sort: 'at', narrow: true, cell: (e) => <Time value={e.at} exact />, text: (e) => e.at },
    { id: 'user_name', label: t('audit.user'), sort: 'user_name', narrow: true, cell: whoOf, text: whoOf },
    {
      id: 'action',
      label: t('audit.action'),
      head: true,
      sort: 'action',
      cell: (e) => (
        <button type="button" class="link" onClick={() => onOpen(e)}>
          {actionWords(e.action)}
        </button>
      ),
      text: (e) => e.action,
    },
    { id: 'object_name', label: t('audit.object'), narrow: true, cell: (e) => objectOf(e) || none, text: objectOf },
    { id: 'result', label: t('audit.result'), sort: 'result', narrow: true, wide: true, cell: (e) => <Result entry={e} />, text: (e) => e.result },
    { id: 'way', label: t('audit.way'), sort: 'way', cell: (e) => code('audit_way', e.way), text: (e) => e.way },
    { id: 'address', label: t('agent.address'), cell: (e) => e.address || none, text: (e) => e.address },
    { id: 'category', label: t('audit.category'), sort: 'category', off: true, cell: (e) => code('audit_category', e.category), text: (e) => e.category },
    { id: 'before', label: t('audit.before'), off: true, wide: true, cell: (e) => json(e.before) || none, text: (e) => json(e.before) },
    { id: 'after', label: t('audit.after'), off: true, wide: true, cell: (e) => json(e.after) || none, text: (e) => json(e.after) },
  ];
}

function filters(): FilterField[] {
  const choices = (family: string, values: string[]) => values.map((value) => ({ value, label: code(family, value) }));
  return [
    { id: 'category', label: t('audit.category'), type: 'choice', options: choices('audit_category', categories) },
    { id: 'at', label: t('audit.at'), type: 'time' },
    { id: 'user_name', label: t('audit.user'), type: 'text' },
    { id: 'action', label: t('audit.action'), type: 'text' },
    { id: 'object_name', label: t('audit.object'), type: 'text' },
    { id: 'address', label: t('agent.address'), type: 'text' },
    { id: 'way', label: t('audit.way'), type: 'choice', options: choices('audit_way', ways) },
    { id: 'result', label: t('audit.result'), type: 'text', operators: ['eq', 'ne', 'contains'] },
  ];
}

// The choice at the top of the list (ACC-98): one category, or all.
function Category() {
  const place = useListPlace({ sort: '-at' });
  const { conditions } = place.state;
  const own = conditions.filter((c) => c.field === 'category');
  const choose = (value: string) =>
    place.go({ conditions: replaceField(conditions, 'category', value ? [{ field: 'category', op: 'eq', value }] : []) });
  return (
    <label class="inline">
      {t('audit.category')}
      <select value={own.length === 1 ? own[0]?.value : ''} onChange={(event) => choose((event.target as HTMLSelectElement).value)}>
        <option value="">{t('audit.all')}</option>
        {categories.map((value) => (
          <option key={value} value={value}>
            {code('audit_category', value)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Chain() {
  const [chain, setChain] = useState<AuditChain>();
  const [busy, setBusy] = useState(false);
  const check = async () => {
    setBusy(true);
    try {
      setChain((await get<AuditChain>('/audit-log/verify')).data);
    } catch (error) {
      fail(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      {chain && (
        <span role="status">
          <Status family="run" value={chain.whole ? 'success' : 'error'}>
            {chain.whole ? tn('audit.whole', chain.entries) : t('audit.broken', { id: chain.broken ?? '?' })}
            {!chain.whole && chain.text && <span class="quiet"> {chain.text}</span>}
          </Status>
        </span>
      )}
      <button type="button" class="button" disabled={busy} onClick={() => void check()}>
        {busy ? t('audit.checking') : t('audit.check')}
      </button>
    </>
  );
}

export function AuditPage() {
  const [open, setOpen] = useState<AuditEntry>();
  return (
    <div class="page fill">
      <Head title={t('menu.audit')}>
        <Chain />
      </Head>
      <Category />
      <List<AuditEntry>
        id="audit"
        label={t('menu.audit')}
        path="/audit-log"
        columns={columns(setOpen)}
        rowId={(e) => e.id}
        sort="-at"
        filters={filters()}
        searchLabel={t('audit.search')}
        views
        empty={<Empty title={t('audit.none')} />}
      />
      {open && <EntryDialog entry={open} onClose={() => setOpen(undefined)} />}
    </div>
  );
}
