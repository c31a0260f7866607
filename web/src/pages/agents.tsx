// Agents: the hosts that talk to devices; a new remote one gets an activation key.
import { useState } from 'preact/hooks';
import { post } from '../api/http';
import type { Agent } from '../api/types';
import { formatNumber } from '../lib/format';
import { code, t } from '../lib/i18n';
import type { Column } from '../parts/columns';
import { Dialog } from '../parts/dialog';
import { Copy } from '../parts/facts';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { List } from '../parts/list';
import { Empty } from '../parts/message';
import { Status } from '../parts/status';
import { Time } from '../parts/time';
import { AgentVersion, hasTrouble } from './agentfunctions';

export function ActivationKey({ value }: { value: string }) {
  return (
    <>
      <p>{t('agent.key_text')}</p>
      <p class="secret">
        <code>{value}</code>
        <Copy value={value} label={t('agent.key')} />
      </p>
    </>
  );
}

function AddAgent({ onClose }: { onClose: (added: boolean) => void }) {
  const [added, setAdded] = useState<Agent>();
  return (
    <Dialog title={t('agent.add')} onClose={() => onClose(added !== undefined)}>
      {added ? (
        <>
          <ActivationKey value={added.activation_key ?? ''} />
          <div class="actions">
            <button type="button" class="button primary" onClick={() => onClose(true)}>
              {t('action.done')}
            </button>
          </div>
        </>
      ) : (
        <Form
          fields={[{ name: 'name', label: t('agent.name'), type: 'text', required: true, maxLength: 100 }]}
          values={{ name: '' }}
          submit={t('agent.add')}
          onCancel={() => onClose(false)}
          onSubmit={async (values) => setAdded((await post<Agent>('/agents', values)).data)}
        />
      )}
    </Dialog>
  );
}

// The state, with a sign when a function of the agent is in trouble (SYS-142).
function AgentState({ agent }: { agent: Agent }) {
  return (
    <span class="agent-function">
      <Status family="agent" value={agent.status} />
      {hasTrouble(agent) && (
        <a href={`/agents/${agent.id}`} class="quiet-link">
          <Status family="agent_function" value="failed">
            {t('agent.trouble')}
          </Status>
        </a>
      )}
    </span>
  );
}

function columns(): Column<Agent>[] {
  return [
    { id: 'status', label: t('agent.status'), narrow: true, cell: (a) => <AgentState agent={a} />, text: (a) => code('agent', a.status) },
    {
      id: 'name',
      label: t('agent.name'),
      head: true,
      sort: 'name',
      cell: (a) => (
        <span>
          <a href={`/agents/${a.id}`}>{a.name}</a> {a.local && <span class="tag">{t('agent.local')}</span>}
        </span>
      ),
      text: (a) => a.name,
    },
    { id: 'address', label: t('agent.address'), narrow: true, cell: (a) => a.address || <span class="none">–</span>, text: (a) => a.address ?? '' },
    { id: 'devices', label: t('menu.devices'), number: true, narrow: true, cell: (a) => formatNumber(a.devices ?? 0), text: (a) => String(a.devices ?? 0) },
    { id: 'ranges', label: t('ranges.ranges'), wide: true, cell: (a) => (a.ranges ?? []).join(', ') || <span class="none">–</span>, text: (a) => (a.ranges ?? []).join(', ') },
    { id: 'version', label: t('agent.version'), cell: (a) => <AgentVersion agent={a} />, text: (a) => a.version ?? '' },
    { id: 'last_seen', label: t('agent.last_seen'), sort: 'last_seen', cell: (a) => <Time value={a.last_seen} />, text: (a) => a.last_seen ?? '' },
  ];
}

export function AgentsPage() {
  const [adding, setAdding] = useState(false);
  const [reload, setReload] = useState<() => void>(() => () => undefined);
  return (
    <div class="page fill">
      <Head title={t('menu.agents')}>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          <Icon name="plus" />
          {t('agent.add')}
        </button>
      </Head>
      <List<Agent>
        id="agents"
        label={t('menu.agents')}
        path="/agents"
        columns={columns()}
        rowId={(a) => a.id}
        onData={(resource) => setReload(() => resource.reload)}
        empty={<Empty title={t('agent.none')} />}
      />
      {adding && (
        <AddAgent
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
