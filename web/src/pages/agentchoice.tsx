// Which agent: shown only where there are several; the choice stands in the address.
import type { Agent } from '../api/types';
import { t } from '../lib/i18n';
import { navigate, usePlace, withQuery } from '../lib/router';

export function AgentChoice({ agents, agent }: { agents: Agent[]; agent: Agent }) {
  const { query } = usePlace();
  if (agents.length < 2) {
    return null;
  }
  const choose = (id: string) => {
    const next = new URLSearchParams(query);
    next.set('agent', id);
    next.delete('page');
    void navigate(withQuery(next));
  };
  return (
    <label class="inline">
      {t('device.agent')}
      <select value={agent.id} onChange={(event) => choose((event.target as HTMLSelectElement).value)}>
        {agents.map((a) => (
          <option key={a.id} value={a.id}>
            {a.name}
          </option>
        ))}
      </select>
    </label>
  );
}
