// What an agent searches: address ranges, host names, ports (DEV-47).
import { get, patch } from '../api/http';
import { useResource } from '../api/resource';
import type { Agent } from '../api/types';
import { t, tn } from '../lib/i18n';
import { isHostName, lines, rangeSize } from '../lib/ranges';
import type { FieldSpec, FormValues } from '../parts/field';
import { Form } from '../parts/form';
import { Failed, Waiting } from '../parts/message';
import { toast } from '../parts/toast';
import { isSystemManager } from '../shell/entries';
import { AgentChoice } from './agentchoice';

function valuesOf(agent: Agent): FormValues {
  return {
    ranges: (agent.ranges ?? []).join('\n'),
    hosts: (agent.hosts ?? []).join('\n'),
    snmp: String(agent.port?.snmp ?? 161),
  };
}

function checkLines(value: unknown, valid: (line: string) => boolean, text: string): string | undefined {
  const wrong = lines(String(value)).findIndex((line) => !valid(line));
  return wrong < 0 ? undefined : t('form.line', { line: wrong + 1, text });
}

export function RangesTab({ agents, agent, onSaved }: { agents: Agent[]; agent: Agent; onSaved: () => void }) {
  const one = useResource<Agent>(`/agents/${agent.id}`);
  if (!one.data) {
    return one.error === undefined ? <Waiting /> : <Failed error={one.error} retry={one.reload} />;
  }
  const total = (one.data.ranges ?? []).reduce((sum, range) => sum + (rangeSize(range) ?? 0), 0);
  const fields: FieldSpec[] = [
    {
      name: 'ranges',
      label: t('ranges.ranges'),
      type: 'lines',
      help: t('ranges.ranges_help'),
      placeholder: '10.1.0.0/16\n10.2.0.10-10.2.0.99\n10.3.0.7',
      check: (value) => checkLines(value, (line) => rangeSize(line) !== undefined, t('ranges.wrong')),
    },
    {
      name: 'hosts',
      label: t('ranges.hosts'),
      type: 'lines',
      help: t('ranges.hosts_help'),
      placeholder: 'printer1.example.org',
      check: (value) => checkLines(value, isHostName, t('ranges.wrong_host')),
    },
    { name: 'snmp', label: t('ranges.snmp'), type: 'number', pointer: '/port/snmp', min: 1, max: 65535, required: true },
  ];
  return (
    <div class="narrow-page">
      <AgentChoice agents={agents} agent={agent} />
      <p class="quiet">{tn('ranges.total', total)}</p>
      {isSystemManager() ? (
        <Form
          key={agent.id}
          fields={fields}
          values={valuesOf(one.data)}
          etag={one.etag}
          submit={t('action.save')}
          reread={async () => {
            const fresh = await get<Agent>(`/agents/${agent.id}`);
            return { values: valuesOf(fresh.data), etag: fresh.etag };
          }}
          onSubmit={async (values, etag) => {
            await patch(
              `/agents/${agent.id}`,
              {
                ranges: lines(String(values['ranges'])),
                hosts: lines(String(values['hosts'])),
                port: { ...one.data?.port, snmp: Number(values['snmp']) },
              },
              etag,
            );
            toast(t('ranges.saved'));
            one.reload();
            onSaved();
          }}
        />
      ) : (
        <pre class="console">{[...(one.data.ranges ?? []), ...(one.data.hosts ?? [])].join('\n')}</pre>
      )}
    </div>
  );
}
