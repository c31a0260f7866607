// One agent: state, functions with their versions, name and whether it works.
import { get, patch, remove } from '../api/http';
import { useResource } from '../api/resource';
import type { Agent } from '../api/types';
import { formatNumber, formatTime } from '../lib/format';
import { t, tn } from '../lib/i18n';
import { navigate } from '../lib/router';
import { confirm } from '../parts/confirm';
import { Facts } from '../parts/facts';
import type { FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { Head } from '../parts/head';
import { Failed, Waiting } from '../parts/message';
import { Status } from '../parts/status';
import { fail, toast } from '../parts/toast';
import { AgentFunctions, AgentVersion } from './agentfunctions';
import { ActivationKey } from './agents';

const valuesOf = (agent: Agent): FormValues => ({ name: agent.name, active: agent.active });

async function drop(agent: Agent): Promise<void> {
  const yes = await confirm({
    title: t('agent.delete_title'),
    text: tn('agent.delete_text', agent.devices ?? 0, { name: agent.name }),
    action: t('action.delete'),
  });
  if (yes) {
    await remove(`/agents/${agent.id}`);
    toast(t('agent.deleted', { name: agent.name }));
    await navigate('/agents');
  }
}

export function AgentPage({ id }: { id: string }) {
  const one = useResource<Agent>(`/agents/${id}`);
  const agent = one.data;
  const back = { href: '/agents', text: t('menu.agents') };
  if (!agent) {
    return (
      <div class="page">
        <Head title={t('agent.title')} back={back} />
        {one.error === undefined ? <Waiting /> : <Failed error={one.error} retry={one.reload} />}
      </div>
    );
  }
  const fields = [
    { name: 'name', label: t('agent.name'), type: 'text' as const, required: true, maxLength: 100 },
    { name: 'active', label: t('agent.active'), type: 'checkbox' as const, help: t('agent.active_help'), hidden: () => agent.local },
  ];
  return (
    <div class="page">
      <Head title={agent.name} back={back} state={<Status family="agent" value={agent.status} />}>
        {!agent.local && (
          <button type="button" class="button danger" onClick={() => void drop(agent).catch(fail)}>
            {t('action.delete')}
          </button>
        )}
      </Head>
      {agent.activation_key && (
        <div class="notice tone-warning">
          <ActivationKey value={agent.activation_key} />
        </div>
      )}
      <div class="cards">
        <section class="card" aria-labelledby="agent-facts">
          <h2 id="agent-facts">{t('agent.facts')}</h2>
          <Facts
            facts={[
              { label: t('agent.address'), value: agent.address, copy: agent.address },
              { label: t('agent.version'), value: agent.version ? <AgentVersion agent={agent} /> : '' },
              { label: t('agent.last_seen'), value: agent.last_seen ? formatTime(agent.last_seen) : '' },
              {
                label: t('menu.devices'),
                value: <a href={`/devices?f=agent:eq:${encodeURIComponent(agent.id)}`}>{formatNumber(agent.devices ?? 0)}</a>,
              },
              {
                label: t('ranges.ranges'),
                value: (
                  <a href={`/discovery?agent=${encodeURIComponent(agent.id)}`}>
                    {(agent.ranges ?? []).join(', ') || t('agent.set_ranges')}
                  </a>
                ),
              },
            ]}
          />
        </section>
        <section class="card" aria-labelledby="agent-drivers">
          <h2 id="agent-drivers">{t('fn.functions')}</h2>
          <AgentFunctions agent={agent} />
        </section>
        <section class="card" aria-labelledby="agent-edit">
          <h2 id="agent-edit">{t('action.edit')}</h2>
          <Form
            fields={fields}
            values={valuesOf(agent)}
            etag={one.etag}
            submit={t('action.save')}
            reread={async () => {
              const fresh = await get<Agent>(`/agents/${id}`);
              return { values: valuesOf(fresh.data), etag: fresh.etag };
            }}
            onSubmit={async (values, etag) => {
              const body = agent.local ? { name: values['name'] } : values;
              await patch(`/agents/${id}`, body, etag);
              toast(t('agent.saved'));
              one.reload();
            }}
          />
        </section>
      </div>
    </div>
  );
}
