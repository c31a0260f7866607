// Webhooks (PRF-19 to PRF-26): other systems that are told of events, and how the last call went.
import { useState } from 'preact/hooks';
import { get, patch, post, remove } from '../api/http';
import { useResource } from '../api/resource';
import type { Webhook } from '../api/types';
import { code, t, tn, word } from '../lib/i18n';
import { safeUrl } from '../lib/safe';
import type { Column } from '../parts/columns';
import { confirm } from '../parts/confirm';
import { Dialog } from '../parts/dialog';
import { changes, type FieldSpec, type FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty } from '../parts/message';
import { Status } from '../parts/status';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';
import { dropName, secretFields } from './settings';

interface HookEvent {
  id: string;
  title: string | null; // of a function's: a key of its words, or plain text
}

const eventTitle = ({ id, title }: HookEvent) => (title ? word(title) : code('webhook_event', id));

const none = <span class="none">–</span>;

function fields(old: Webhook | undefined, events: HookEvent[]): FieldSpec[] {
  return [
    { name: 'name', label: t('webhook.name'), type: 'text', required: true, maxLength: 100, help: t('webhook.name_help') },
    {
      name: 'url',
      label: t('webhook.url'),
      type: 'url',
      required: true,
      maxLength: 2000,
      placeholder: 'https://',
      check: (value) => (safeUrl(String(value)) ? undefined : t('form.url')),
    },
    ...secretFields({ name: 'token', label: t('token.token'), type: 'password', maxLength: 255, autocomplete: 'off', help: t('webhook.token_help') }, { token_set: old?.token_set ?? false }),
    { name: 'events', label: t('webhook.events'), type: 'choices', required: true, options: events.map((event) => ({ value: event.id, label: eventTitle(event) })) },
    { name: 'active', label: t('builtin.active'), type: 'checkbox' },
  ];
}

function valuesOf(old: Webhook | undefined): FormValues {
  return { name: old?.name ?? '', url: old?.url ?? '', token: '', [dropName('token')]: false, events: [...(old?.events ?? [])].sort(), active: old?.active ?? true };
}

// An empty token means "as it is".
function bodyOf(values: FormValues, old: Webhook | undefined): Record<string, unknown> {
  const { [dropName('token')]: forget, ...body } = old ? changes(valuesOf(old), values) : values;
  if (body['token'] === '') {
    delete body['token'];
  }
  return forget === true ? { ...body, token: null } : body;
}

interface EditProps {
  old: Webhook | undefined;
  events: HookEvent[];
  etag: string | null;
  onDone: () => void;
  onClose: () => void;
}

function Edit({ old, events, etag, onDone, onClose }: EditProps) {
  return (
    <Dialog title={old ? t('webhook.edit') : t('webhook.add')} onClose={onClose}>
      <Form
        fields={fields(old, events)}
        values={valuesOf(old)}
        etag={etag}
        submit={t('action.save')}
        onCancel={onClose}
        reread={async () => {
          const fresh = await get<Webhook>(`/webhooks/${old?.id ?? ''}`);
          return { values: valuesOf(fresh.data), etag: fresh.etag };
        }}
        onSubmit={async (values, version) => {
          const body = bodyOf(values, old);
          await (old ? patch(`/webhooks/${old.id}`, body, version) : post('/webhooks', body));
          toast(t('webhook.saved'));
          onDone();
        }}
      />
    </Dialog>
  );
}

function Last({ last }: { last: Webhook['last'] }) {
  if (!last) {
    return none;
  }
  const well = typeof last.status === 'number' ? last.status >= 200 && last.status < 300 : last.status === 'success';
  return (
    <Status family="run" value={well ? 'success' : 'error'}>
      {last.status}{' '}
      <span class="quiet">
        <Time value={last.at} /> {last.text !== String(last.status) && last.text}
      </span>
    </Status>
  );
}

async function drop(hook: Webhook, onDone: () => void): Promise<void> {
  const yes = await confirm({ title: t('webhook.delete_title'), text: t('webhook.delete_text', { name: hook.name }), action: t('action.delete') });
  if (yes) {
    await remove(`/webhooks/${hook.id}`);
    toast(t('webhook.deleted'));
    onDone();
  }
}

async function tryOut(hook: Webhook, onDone: () => void): Promise<void> {
  await post(`/webhooks/${hook.id}/test`);
  toast(t('webhook.tested', { name: hook.name }));
  onDone();
}

export function Webhooks() {
  const [editing, setEditing] = useState<{ old?: Webhook; etag: string | null }>();
  const [reload, setReload] = useState<() => void>(() => () => undefined);
  const events = useResource<{ items: HookEvent[] }>('/webhooks/events').data?.items ?? [];
  const titleOf = (id: string) => eventTitle(events.find((event) => event.id === id) ?? { id, title: null });
  const open = async (id: string) => {
    const { data, etag } = await get<Webhook>(`/webhooks/${id}`);
    setEditing({ old: data, etag });
  };
  const columns: Column<Webhook>[] = [
    {
      id: 'name',
      label: t('webhook.name'),
      head: true,
      sort: 'name',
      cell: (h) => (
        <button type="button" class="link" onClick={() => void open(h.id).catch(fail)}>
          {h.name}
        </button>
      ),
      text: (h) => h.name,
    },
    { id: 'url', label: t('webhook.url'), narrow: true, cell: (h) => h.url, text: (h) => h.url },
    {
      id: 'active',
      label: t('builtin.active'),
      narrow: true,
      cell: (h) => <Status family="agent" value={h.active ? 'normal' : 'inactive'}>{h.active ? t('builtin.on') : t('builtin.off')}</Status>,
      text: (h) => (h.active ? t('value.yes') : t('value.no')),
    },
    {
      id: 'events',
      label: t('webhook.events'),
      off: true,
      cell: (h) => <span title={h.events.map(titleOf).join('\n')}>{tn('webhook.count', h.events.length)}</span>,
      text: (h) => h.events.join(', '),
    },
    { id: 'last', label: t('webhook.last'), narrow: true, wide: true, cell: (h) => <Last last={h.last} />, text: (h) => (h.last ? `${h.last.at} ${h.last.status} ${h.last.text}` : '') },
    {
      id: 'actions',
      label: t('list.actions'),
      narrow: true,
      cell: (h) => (
        <span class="row-actions">
          <button type="button" class="button small" onClick={() => void tryOut(h, reload).catch(fail)}>
            {t('webhook.test')}
          </button>
          <button type="button" class="button small danger-text" onClick={() => void drop(h, reload).catch(fail)}>
            {t('action.delete')}
          </button>
        </span>
      ),
    },
  ];
  return (
    <>
      <h2>{t('settings.webhooks')}</h2>
      <p class="quiet">{t('webhook.text')}</p>
      <List<Webhook>
        id="webhooks"
        label={t('settings.webhooks')}
        path="/webhooks"
        columns={columns}
        rowId={(h) => h.id}
        toolbar={
          <button type="button" class="button primary" onClick={() => setEditing({ etag: null })}>
            <Icon name="plus" />
            {t('webhook.add')}
          </button>
        }
        onData={(resource) => setReload(() => resource.reload)}
        empty={<Empty title={t('webhook.none')} />}
      />
      {editing && (
        <Edit
          old={editing.old}
          events={events}
          etag={editing.etag}
          onClose={() => setEditing(undefined)}
          onDone={() => {
            setEditing(undefined);
            reload();
          }}
        />
      )}
    </>
  );
}
