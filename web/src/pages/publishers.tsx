// Whose packages are accepted: publishers with the key that their packages are signed with (PRF-43).
import { useState } from 'preact/hooks';
import { post, remove } from '../api/http';
import type { Publisher } from '../api/functiontypes';
import { useResource } from '../api/resource';
import { formatTime } from '../lib/format';
import { t } from '../lib/i18n';
import { confirm } from '../parts/confirm';
import { Dialog } from '../parts/dialog';
import type { FieldSpec } from '../parts/field';
import { Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { Empty, Failed, Waiting } from '../parts/message';
import { Status } from '../parts/status';
import { fail, toast } from '../parts/toast';

const fields = (): FieldSpec[] => [
  { name: 'name', label: t('fn.name'), type: 'text', required: true, maxLength: 100 },
  { name: 'key', label: t('fn.key'), type: 'code', required: true, maxLength: 4096, help: t('fn.key_help'), placeholder: '-----BEGIN PUBLIC KEY-----' },
  { name: 'expires', label: t('fn.until'), type: 'date', help: t('fn.until_help') },
];

// A day as people choose it is over at midnight of where they are.
const endOf = (day: string) => (day ? new Date(`${day}T24:00:00`).toISOString().replace(/\.\d+Z$/, 'Z') : null);

function Add({ onClose }: { onClose: (added: boolean) => void }) {
  return (
    <Dialog title={t('fn.publisher_add')} onClose={() => onClose(false)}>
      <p>{t('fn.publisher_text')}</p>
      <Form
        fields={fields()}
        values={{ name: '', key: '', expires: '' }}
        submit={t('fn.publisher_add')}
        onCancel={() => onClose(false)}
        onSubmit={async (values) => {
          await post<Publisher>('/publishers', { ...values, expires: endOf(String(values['expires'])) });
          toast(t('fn.publisher_added', { name: String(values['name']) }));
          onClose(true);
        }}
      />
    </Dialog>
  );
}

async function revoke(one: Publisher): Promise<boolean> {
  const yes = await confirm({ title: t('fn.revoke_title'), text: t('fn.revoke_text', { name: one.name }), action: t('fn.revoke') });
  if (yes) {
    await remove(`/publishers/${encodeURIComponent(one.id)}`);
    toast(t('fn.revoked_now', { name: one.name }));
  }
  return yes;
}

function state(one: Publisher): string {
  if (one.revoked) {
    return t('fn.revoked_at', { at: formatTime(one.revoked) });
  }
  if (!one.expires) {
    return t('fn.valid');
  }
  const at = formatTime(one.expires);
  return one.state === 'expired' ? t('fn.expired_at', { at }) : t('fn.valid_until', { at });
}

function Table({ items, onChange }: { items: Publisher[]; onChange: () => void }) {
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={t('fn.publishers')}>
      <table class="plain-table">
        <caption class="hidden">{t('fn.publishers')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('fn.name')}</th>
            <th scope="col">{t('agent.status')}</th>
            <th scope="col">{t('fn.added')}</th>
            <th scope="col">{t('fn.key')}</th>
            <th scope="col">
              <span class="hidden">{t('fn.revoke')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <tr key={one.id}>
              <th scope="row">{one.name}</th>
              <td>
                <Status family="function_state" value={one.state === 'trusted' ? 'active' : 'failed'}>
                  {state(one)}
                </Status>
              </td>
              <td>{one.added ? formatTime(one.added) : <span class="none">–</span>}</td>
              <td>
                <code class="fn-key">{one.id}</code>
              </td>
              <td class="row-end">
                {!one.revoked && (
                  <button type="button" class="button small" onClick={() => void revoke(one).then((yes) => yes && onChange(), fail)}>
                    {t('fn.revoke')}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Publishers() {
  const list = useResource<{ items: Publisher[] }>('/publishers');
  const [adding, setAdding] = useState(false);
  return (
    <div class="card">
      <div class="card-head">
        <h2>{t('fn.publishers')}</h2>
        <button type="button" class="button" onClick={() => setAdding(true)}>
          <Icon name="plus" />
          {t('fn.publisher_add')}
        </button>
      </div>
      <p class="help">{t('fn.publishers_help')}</p>
      {!list.data && (list.error === undefined ? <Waiting /> : <Failed error={list.error} retry={list.reload} />)}
      {list.data && (list.data.items.length === 0 ? <Empty title={t('fn.no_publishers')} /> : <Table items={list.data.items} onChange={list.reload} />)}
      {adding && (
        <Add
          onClose={(added) => {
            setAdding(false);
            if (added) {
              list.reload();
            }
          }}
        />
      )}
    </div>
  );
}
