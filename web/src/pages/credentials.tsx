// Credentials for devices (DEV-15 to DEV-29). Secrets go in and are never shown again.
import { useState } from 'preact/hooks';
import { get, patch, post, remove } from '../api/http';
import type { Agent, Credential } from '../api/types';
import { code, t } from '../lib/i18n';
import type { Column } from '../parts/columns';
import { confirm } from '../parts/confirm';
import { Dialog } from '../parts/dialog';
import type { FieldSpec, FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty } from '../parts/message';
import { fail, toast } from '../parts/toast';

const kinds = ['snmpv1', 'snmpv3', 'user', 'system-manager', 'password', 'domain', 'service-management'] as const;
const withPassword = ['user', 'password', 'domain', 'service-management'];
const auths = ['none', 'md5', 'sha1', 'sha256', 'sha384', 'sha512'];
const privs = ['none', 'des', 'aes128', 'aes192', 'aes256', 'aes192c', 'aes256c'];
const secrets = ['community', 'auth_password', 'priv_password', 'password', 'pin'];

const only = (...wanted: string[]) => (values: FormValues) => !wanted.includes(String(values['kind']));
const options = (family: string, values: readonly string[]) => values.map((value) => ({ value, label: code(family, value) }));

function fieldsOf(agents: Agent[], old: Credential | undefined): FieldSpec[] {
  const secret = (name: string): Partial<FieldSpec> =>
    old?.set?.[name] ? { help: t('credential.keep') } : { required: true };
  const isNone = (name: string) => (values: FormValues) => only('snmpv3')(values) || values[name] === 'none';
  return [
    { name: 'kind', label: t('credential.kind'), type: 'select', options: options('credential_kind', kinds), hidden: () => old !== undefined },
    { name: 'community', label: t('credential.community'), type: 'password', hidden: only('snmpv1'), ...secret('community') },
    { name: 'user', label: t('credential.user'), type: 'text', required: true, hidden: only('snmpv3', 'user', 'domain') },
    { name: 'manager', label: t('credential.manager'), type: 'text', required: true, maxLength: 32, hidden: only('system-manager') },
    { name: 'pin', label: t('credential.pin'), type: 'password', maxLength: 32, hidden: only('system-manager'), autocomplete: 'new-password', ...secret('pin') },
    { name: 'auth', label: t('credential.auth'), type: 'select', options: options('auth', auths), hidden: only('snmpv3') },
    { name: 'auth_password', label: t('credential.auth_password'), type: 'password', minLength: 8, hidden: isNone('auth'), ...secret('auth_password') },
    { name: 'priv', label: t('credential.priv'), type: 'select', options: options('priv', privs), hidden: isNone('auth') },
    {
      name: 'priv_password',
      label: t('credential.priv_password'),
      type: 'password',
      minLength: 8,
      hidden: (values) => isNone('auth')(values) || isNone('priv')(values),
      ...secret('priv_password'),
    },
    { name: 'context', label: t('credential.context'), type: 'text', hidden: only('snmpv3') },
    { name: 'domain', label: t('credential.domain'), type: 'text', hidden: only('user', 'domain'), help: t('credential.domain_help') },
    { name: 'password', label: t('login.password'), type: 'password', hidden: only(...withPassword), autocomplete: 'new-password', ...secret('password') },
    {
      name: 'agents',
      label: t('credential.agents'),
      type: 'choices',
      help: t('credential.agents_help'),
      options: agents.map((a) => ({ value: a.id, label: a.name })),
      hidden: () => agents.length < 2,
    },
    { name: 'description', label: t('credential.description'), type: 'text', maxLength: 255 },
  ];
}

function valuesOf(old: Credential | undefined): FormValues {
  return {
    kind: old?.kind ?? 'snmpv1',
    community: '',
    user: old?.user ?? '',
    auth: old?.auth ?? 'sha256',
    auth_password: '',
    priv: old?.priv ?? 'aes128',
    priv_password: '',
    context: old?.context ?? '',
    domain: old?.domain ?? '',
    manager: old?.manager ?? '',
    pin: '',
    password: '',
    agents: old?.agents ?? [],
    description: old?.description ?? '',
  };
}

// What belongs to the kind; an empty secret means "as it is".
export function bodyOf(values: FormValues, old: Credential | undefined): FormValues {
  const byKind: Record<string, string[]> = {
    snmpv1: ['community'],
    snmpv3: ['user', 'auth', 'auth_password', 'priv', 'priv_password', 'context'],
    user: ['user', 'domain', 'password'],
    'system-manager': ['manager', 'pin'],
    password: ['password'],
    domain: ['domain', 'user', 'password'],
    'service-management': ['password'],
  };
  const names = [...(old ? [] : ['kind']), ...(byKind[String(values['kind'])] ?? []), 'agents', 'description'];
  const body: FormValues = {};
  for (const name of names) {
    const value = values[name];
    const optional = secrets.includes(name) || name === 'context' || name === 'domain';
    if (value !== undefined && !(optional && value === '' && (!old || secrets.includes(name)))) {
      body[name] = value;
    }
  }
  if (body['auth'] === 'none') {
    body['priv'] = 'none';
  }
  return body;
}

interface EditProps {
  agents: Agent[];
  old: Credential | undefined;
  etag: string | null;
  onDone: () => void;
  onClose: () => void;
}

function Edit({ agents, old, etag, onDone, onClose }: EditProps) {
  return (
    <Dialog title={old ? t('credential.edit') : t('credential.add')} onClose={onClose}>
      <Form
        fields={fieldsOf(agents, old)}
        values={valuesOf(old)}
        etag={etag}
        submit={t('action.save')}
        onCancel={onClose}
        reread={async () => {
          const fresh = await get<Credential>(`/device-credentials/${old?.id ?? ''}`);
          return { values: valuesOf(fresh.data), etag: fresh.etag };
        }}
        onSubmit={async (values, version) => {
          const body = bodyOf(values, old);
          await (old ? patch(`/device-credentials/${old.id}`, body, version) : post('/device-credentials', body));
          toast(t('credential.saved'));
          onDone();
        }}
      />
    </Dialog>
  );
}

async function drop(credential: Credential, onDone: () => void): Promise<void> {
  const yes = await confirm({
    title: t('credential.delete_title'),
    text: t('credential.delete_text', { kind: code('credential_kind', credential.kind), description: credential.description || credential.user || '–' }),
    action: t('action.delete'),
  });
  if (yes) {
    await remove(`/device-credentials/${credential.id}`);
    toast(t('credential.deleted'));
    onDone();
  }
}

export function CredentialsTab({ agents }: { agents: Agent[] }) {
  const [editing, setEditing] = useState<{ old?: Credential; etag: string | null }>();
  const [reload, setReload] = useState<() => void>(() => () => undefined);
  const open = async (id: string) => {
    const { data, etag } = await get<Credential>(`/device-credentials/${id}`);
    setEditing({ old: data, etag });
  };
  const names = (ids: string[]) => ids.map((id) => agents.find((a) => a.id === id)?.name ?? id).join(', ');
  const columns: Column<Credential>[] = [
    { id: 'kind', label: t('credential.kind'), head: true, sort: 'kind', cell: (c) => code('credential_kind', c.kind), text: (c) => code('credential_kind', c.kind) },
    {
      id: 'user',
      label: t('credential.user'),
      narrow: true,
      cell: (c) => c.user || <span class="none">–</span>,
      text: (c) => c.user ?? '',
    },
    {
      id: 'security',
      label: t('credential.security'),
      cell: (c) => (c.kind === 'snmpv3' ? `${code('auth', c.auth)} / ${code('priv', c.priv)}` : <span class="none">–</span>),
    },
    {
      id: 'agents',
      label: t('credential.agents'),
      cell: (c) => ((c.agents ?? []).length > 0 ? names(c.agents) : t('credential.all_agents')),
      text: (c) => names(c.agents ?? []),
    },
    { id: 'description', label: t('credential.description'), narrow: true, wide: true, cell: (c) => c.description || <span class="none">–</span>, text: (c) => c.description },
    {
      id: 'actions',
      label: t('list.actions'),
      narrow: true,
      cell: (c) => (
        <span class="row-actions">
          <button type="button" class="button small" onClick={() => void open(c.id).catch(fail)}>
            {t('action.edit')}
          </button>
          <button type="button" class="button small danger-text" onClick={() => void drop(c, reload).catch(fail)}>
            {t('action.delete')}
          </button>
        </span>
      ),
    },
  ];
  const add = (
    <button type="button" class="button primary" onClick={() => setEditing({ etag: null })}>
      <Icon name="plus" />
      {t('credential.add')}
    </button>
  );
  return (
    <>
      <List<Credential>
        id="credentials"
        label={t('discovery.credentials')}
        path="/device-credentials"
        columns={columns}
        rowId={(c) => c.id}
        toolbar={add}
        onData={(resource) => setReload(() => resource.reload)}
        empty={
          <Empty title={t('credential.none')}>
            <p>{t('credential.none_text')}</p>
          </Empty>
        }
      />
      {editing && (
        <Edit
          agents={agents}
          old={editing.old}
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
