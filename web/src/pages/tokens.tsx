// Tokens for programs: made here, shown once, revoked here. A token can do no more than who made it
// may at the time of its use.
import { useState } from 'preact/hooks';
import { post, remove } from '../api/http';
import { useAll } from '../api/resource';
import { me } from '../api/session';
import type { Named, Token } from '../api/types';
import { code, t } from '../lib/i18n';
import type { Column } from '../parts/columns';
import { confirm } from '../parts/confirm';
import { Dialog } from '../parts/dialog';
import { Copy } from '../parts/facts';
import type { FieldSpec, FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty, Pending } from '../parts/message';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';
import { useFunctions } from './functions';
import { reachOf, regionFields, regionNames } from './regionfields';
import { functionName, roles } from './userfields';

// From the least to the most: a token cannot do more than its maker.
const rising = [...roles].reverse();
const lifetimes = ['30', '90', '365', ''];

function expiry(days: string): string | null {
  return days ? new Date(Date.now() + Number(days) * 86400000).toISOString().replace(/\.\d+Z$/, 'Z') : null;
}

function fieldsOf(functions: { value: string; label: string }[], regions: Named[]): FieldSpec[] {
  const own = me.get()?.role ?? 'user';
  return [
    { name: 'name', label: t('token.name'), type: 'text', required: true, maxLength: 64, help: t('token.name_help') },
    { name: 'role', label: t('token.role'), type: 'select', options: rising.slice(0, rising.indexOf(own) + 1).map((value) => ({ value, label: code('role', value) })) },
    {
      name: 'functions',
      label: t('user.functions'),
      type: 'choices',
      options: functions,
      hidden: (values) => values['role'] !== 'device-manager',
    },
    ...regionFields(regions, t('user.regions'), t('token.regions_help'), (values) => values['role'] === 'system-manager'),
    {
      name: 'expires',
      label: t('token.expires'),
      type: 'select',
      options: lifetimes.map((value) => ({ value, label: value ? t('token.days', { days: Number(value) }) : t('token.never') })),
    },
  ];
}

function bodyOf(values: FormValues, regions: Named[]): Record<string, unknown> {
  const role = values['role'];
  return {
    name: values['name'],
    role,
    expires: expiry(String(values['expires'])),
    ...(role === 'device-manager' ? { functions: values['functions'] } : {}),
    // "All" of somebody with regions are that one's regions.
    ...(role === 'system-manager' || regions.length === 0 || (values['scope'] === 'all' && me.get()?.all_regions === false) ? {} : reachOf(values)),
  };
}

function AddToken({ onClose }: { onClose: (added: boolean) => void }) {
  const [made, setMade] = useState<Token>();
  const functions = useFunctions();
  const regions = useAll<Named>('/regions?fields=id,name');
  if (made?.token) {
    return (
      <Dialog title={t('token.made')} onClose={() => onClose(true)}>
        <p>{t('token.once')}</p>
        <p class="secret">
          <code>{made.token}</code>
          <Copy value={made.token} label={t('token.token')} />
        </p>
        <div class="actions">
          <button type="button" class="button primary" onClick={() => onClose(true)}>
            {t('action.done')}
          </button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t('token.add')} onClose={() => onClose(false)}>
      {!functions.items || !regions.items ? (
        <Pending of={[functions, regions]} />
      ) : (
        <Form
          fields={fieldsOf(functions.items, regions.items)}
          values={{ name: '', role: 'user', functions: functions.items.map(({ value }) => value), scope: 'all', regions: [], expires: '365' }}
          submit={t('token.add')}
          onCancel={() => onClose(false)}
          onSubmit={async (values) => setMade((await post<Token>('/tokens', bodyOf(values, regions.items ?? []))).data)}
        />
      )}
    </Dialog>
  );
}

async function revoke(token: Token, done: () => void): Promise<void> {
  const yes = await confirm({
    title: t('token.revoke_title'),
    text: t('token.revoke_text', { name: token.name }),
    action: t('token.revoke'),
  });
  if (yes) {
    await remove(`/tokens/${token.id}`);
    toast(t('token.revoked', { name: token.name }));
    done();
  }
}

function columns(regions: Named[], everybody: boolean, reload: () => void): Column<Token>[] {
  const reach = (x: Token) => (x.role === 'system-manager' || x.all_regions !== false ? t('region.all') : regionNames(x.regions ?? [], regions));
  const rights = (x: Token) => (x.role === 'device-manager' ? (x.functions ?? []).map((id) => functionName(id)).join(', ') : '');
  return [
    { id: 'name', label: t('token.name'), head: true, sort: 'name', cell: (x) => x.name, text: (x) => x.name },
    ...(everybody ? [{ id: 'user', label: t('audit.user'), sort: 'user', narrow: true, cell: (x: Token) => x.user ?? '', text: (x: Token) => x.user ?? '' }] : []),
    { id: 'role', label: t('token.role'), narrow: true, cell: (x) => code('role', x.role), text: (x) => code('role', x.role) },
    { id: 'functions', label: t('user.functions'), wide: true, cell: (x) => rights(x) || <span class="none">–</span>, text: rights },
    ...(regions.length > 0 ? [{ id: 'regions', label: t('menu.regions'), wide: true, cell: reach, text: reach }] : []),
    { id: 'created', label: t('run.created'), sort: 'created', cell: (x) => <Time value={x.created} />, text: (x) => x.created ?? '' },
    { id: 'last_used', label: t('token.last_used'), sort: 'last_used', cell: (x) => <Time value={x.last_used} />, text: (x) => x.last_used ?? '' },
    {
      id: 'expires',
      label: t('token.expires'),
      sort: 'expires',
      narrow: true,
      cell: (x) => (x.expires ? <Time value={x.expires} exact /> : t('token.never')),
      text: (x) => x.expires ?? '',
    },
    {
      id: 'actions',
      label: t('list.actions'),
      narrow: true,
      cell: (x) => (
        <button type="button" class="button small danger-text" onClick={() => void revoke(x, reload).catch(fail)}>
          {t('token.revoke')}
        </button>
      ),
    },
  ];
}

// Everybody's tokens for system managers; on the profile only one's own.
export function Tokens({ everybody }: { everybody: boolean }) {
  const [adding, setAdding] = useState(false);
  const [reload, setReload] = useState<() => void>(() => () => undefined);
  const regions = useAll<Named>('/regions?fields=id,name').items ?? [];
  return (
    <>
      <List<Token>
        id="tokens"
        label={t('menu.tokens')}
        path="/tokens"
        columns={columns(regions, everybody, reload)}
        rowId={(x) => x.id}
        {...(everybody ? {} : { only: `user:eq:${me.get()?.name ?? ''}` })}
        toolbar={
          <button type="button" class="button primary" onClick={() => setAdding(true)}>
            <Icon name="plus" />
            {t('token.add')}
          </button>
        }
        onData={(resource) => setReload(() => resource.reload)}
        empty={
          <Empty title={t('token.none')}>
            <p>{t('token.none_text')}</p>
          </Empty>
        }
      />
      {adding && (
        <AddToken
          onClose={(added) => {
            setAdding(false);
            if (added) {
              reload();
            }
          }}
        />
      )}
    </>
  );
}

export function TokensPage() {
  return (
    <div class="page fill">
      <Head title={t('menu.tokens')} />
      <Tokens everybody />
    </div>
  );
}
