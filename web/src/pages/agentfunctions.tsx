// Which version of every function an agent has (SYS-141), and what went wrong with it there: one that
// could not be loaded, whose crashes have put it into quarantine, that tried what drivers must not, or
// whose process the agent's system cannot confine.
import { post } from '../api/http';
import type { Agent, AgentFunction } from '../api/types';
import { formatTime } from '../lib/format';
import { code, t, tn, word } from '../lib/i18n';
import { Facts } from '../parts/facts';
import { Hint } from '../parts/hint';
import { Status } from '../parts/status';
import { fail, toast } from '../parts/toast';

// Agents that say nothing of functions have drivers.
export function functionsOf(agent: Agent): AgentFunction[] {
  return agent.functions ?? (agent.drivers ?? []).map((driver) => ({ name: driver.id, version: driver.version }));
}

const isQuarantined = (one: AgentFunction) => Boolean(one.quarantined_until) || one.state === 'quarantined';
const stateOf = (one: AgentFunction) => (isQuarantined(one) ? 'quarantined' : one.error ? 'failed' : (one.state ?? 'active'));

const isUnconfined = (one: AgentFunction) => (one.confined ?? 'full') !== 'full';

export const hasTrouble = (agent: Agent) =>
  functionsOf(agent).some((one) => isQuarantined(one) || Boolean(one.error) || isUnconfined(one) || Boolean(one.refusals));

function Trouble({ one }: { one: AgentFunction }) {
  const lines = [
    one.error ?? '',
    isUnconfined(one) ? code('agent_confined', one.confined) : '',
    one.refusals ? tn('agent.refusals', one.refusals, { call: one.refused ?? '' }) : '',
    one.died ?? '',
    one.crashes ? tn('agent.crashes', one.crashes) : '',
    one.quarantined_until ? t('agent.quarantined_until', { at: formatTime(one.quarantined_until) }) : '',
  ].filter(Boolean);
  return lines.length > 0 ? <span class="reason">{lines.join(' · ')}</span> : null;
}

// A quarantine ends when somebody says so; the agent hears it with its next question.
async function release(agent: Agent, one: AgentFunction): Promise<void> {
  await post(`/agents/${encodeURIComponent(agent.id)}/functions/${encodeURIComponent(one.name)}/release`);
  toast(t('agent.released', { name: word(one.name) }));
}

export function AgentFunctions({ agent }: { agent: Agent }) {
  const all = functionsOf(agent);
  if (all.length === 0) {
    return <p class="quiet">{t('agent.no_functions')}</p>;
  }
  return (
    <Facts
      facts={all.map((one) => ({
        label: word(one.name),
        value: (
          <span class="agent-function">
            <Status family="agent_function" value={stateOf(one)}>
              {one.version} <span class="quiet">{code('agent_function', stateOf(one))}</span>
            </Status>
            <Trouble one={one} />
            {isQuarantined(one) && (
              <span class="row-actions">
                <button type="button" class="button small" onClick={() => void release(agent, one).catch(fail)}>
                  {t('agent.release')}
                </button>
              </span>
            )}
          </span>
        ),
      }))}
    />
  );
}

// The version of an agent; pointing at it shows those of its functions.
export function AgentVersion({ agent }: { agent: Agent }) {
  if (!agent.version) {
    return <span class="none">–</span>;
  }
  return (
    <Hint word={agent.version} label={t('agent.version_of', { version: agent.version, name: agent.name })}>
      <ul class="agent-versions">
        {functionsOf(agent).map((one) => (
          <li key={one.name}>
            {word(one.name)} <b>{one.version}</b>
            {stateOf(one) !== 'active' && (
              <>
                {' '}
                <Status family="agent_function" value={stateOf(one)} />
              </>
            )}
          </li>
        ))}
        {functionsOf(agent).length === 0 && <li>{t('agent.no_functions')}</li>}
      </ul>
    </Hint>
  );
}
