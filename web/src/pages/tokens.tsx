// Tokens for programs: made here, shown once, revoked here.
import { useState } from 'preact/hooks';
import { post, remove } from '../api/http';
import { me } from '../api/session';
import type { Token } from '../api/types';
import { code, t } from '../lib/i18n';
import type { Column } from '../parts/columns';
import { confirm } from '../parts/confirm';
import { Dialog } from '../parts/dialog';
import { Copy } from '../parts/facts';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty } from '../parts/message';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';

// From the least to the most: a token cannot do more than its maker.
const roles = ['user', 'device-manager', 'system-manager'];
const lifetimes = ['30', '90', '365', ''];

function expiry(days: string): string | null {
  return days ? new Date(Date.now() + Number(days) * 86400000).toISOString().replace(/\.\d+Z$/, 'Z') : null;
}

function AddToken({ onClose }: { onClose: (added: boolean) => void }) {
  const [made, setMade] = useState<Token>();
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
      <Form
        fields={[
          { name: 'name', label: t('token.name'), type: 'text', required: true, maxLength: 64, help: t('token.name_help') },
          { name: 'role', label: t('token.role'), type: 'select', options: roles.slice(0, roles.indexOf(me.get()?.role ?? 'user') + 1).map((value) => ({ value, label: code('role', value) })) },
          {
            name: 'expires',
            label: t('token.expires'),
            type: 'select',
            options: lifetimes.map((value) => ({ value, label: value ? t('token.days', { days: Number(value) }) : t('token.never') })),
          },
        ]}
        values={{ name: '', role: 'user', expires: '365' }}
        submit={t('token.add')}
        onCancel={() => onClose(false)}
        onSubmit={async (values) => {
          const body = { name: values['name'], role: values['role'], expires: expiry(String(values['expires'])) };
          setMade((await post<Token>('/tokens', body)).data);
        }}
      />
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

export function TokensPage() {
  const [adding, setAdding] = useState(false);
  const [reload, setReload] = useState<() => void>(() => () => undefined);
  const columns: Column<Token>[] = [
    { id: 'name', label: t('token.name'), head: true, sort: 'name', cell: (x) => x.name, text: (x) => x.name },
    { id: 'role', label: t('token.role'), narrow: true, cell: (x) => code('role', x.role), text: (x) => code('role', x.role) },
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
  return (
    <div class="page fill">
      <Head title={t('menu.tokens')}>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          <Icon name="plus" />
          {t('token.add')}
        </button>
      </Head>
      <List<Token>
        id="tokens"
        label={t('menu.tokens')}
        path="/tokens"
        columns={columns}
        rowId={(x) => x.id}
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
    </div>
  );
}
