// Verdicts: for each address that answered anything, what was decided and the reason as a sentence.
import type { Agent, Verdict } from '../api/types';
import { code, codeWord, t } from '../lib/i18n';
import type { Column } from '../parts/columns';
import type { FilterField } from '../parts/filterfield';
import { List } from '../parts/list';
import { Empty } from '../parts/message';
import { Status } from '../parts/status';
import { Time } from '../parts/time';
import { AgentChoice } from './agentchoice';

const decisions = ['accepted', 'known', 'rejected', 'condition', 'error'];
const protocols = ['snmpv1', 'snmpv2c', 'snmpv3', 'ipp'];

// These say all there is to say; with the others the agent adds what it saw.
const plainCodes = ['accepted', 'known', 'condition', 'not-a-printer'];

function reasonOf(v: Verdict): string {
  const words = codeWord('verdict', v.code) ?? codeWord('error', v.code);
  return words ? (v.text && !plainCodes.includes(v.code) ? `${words}: ${v.text}` : words) : v.text || v.code;
}

const none = <span class="none">–</span>;

function columns(): Column<Verdict>[] {
  return [
    {
      id: 'address',
      label: t('device.address'),
      head: true,
      sort: 'address',
      cell: (v) => (v.device ? <a href={`/devices/${v.device}`}>{v.address}</a> : v.address),
      text: (v) => v.address,
    },
    {
      id: 'decision',
      label: t('verdict.decision'),
      sort: 'decision',
      narrow: true,
      cell: (v) => <Status family="decision" value={v.decision} />,
      text: (v) => code('decision', v.decision),
    },
    {
      id: 'text',
      label: t('verdict.reason'),
      narrow: true,
      wide: true,
      cell: (v) => (
        <span>
          {reasonOf(v)}
          {v.code && <span class="quiet code-word"> {v.code}</span>}
        </span>
      ),
      text: (v) => `${reasonOf(v)} (${v.code})`,
    },
    { id: 'protocol', label: t('verdict.protocol'), sort: 'protocol', cell: (v) => code('protocol', v.protocol) || none, text: (v) => v.protocol ?? '' },
    {
      id: 'driver',
      label: t('verdict.driver'),
      sort: 'driver',
      cell: (v) =>
        v.driver ? (
          <span>
            {v.driver}
            {typeof v.sureness === 'number' && <span class="quiet"> {t('verdict.sureness', { sureness: v.sureness })}</span>}
          </span>
        ) : (
          none
        ),
      text: (v) => v.driver ?? '',
    },
    { id: 'evidence', label: t('verdict.evidence'), cell: (v) => <span class="quiet" title={v.evidence}>{v.evidence}</span>, text: (v) => v.evidence ?? '' },
    { id: 'answered', label: t('verdict.answered'), off: true, cell: (v) => (v.answered ?? []).join(', ') || none, text: (v) => (v.answered ?? []).join(', ') },
    { id: 'at', label: t('verdict.at'), sort: 'at', cell: (v) => <Time value={v.at} />, text: (v) => v.at },
  ];
}

function filters(): FilterField[] {
  return [
    { id: 'decision', label: t('verdict.decision'), type: 'choice', options: decisions.map((value) => ({ value, label: code('decision', value) })) },
    { id: 'address', label: t('device.address'), type: 'text' },
    { id: 'protocol', label: t('verdict.protocol'), type: 'choice', options: protocols.map((value) => ({ value, label: code('protocol', value) })) },
  ];
}

export function VerdictsTab({ agents, agent }: { agents: Agent[]; agent: Agent }) {
  return (
    <>
      <AgentChoice agents={agents} agent={agent} />
      <List<Verdict>
        id="verdicts"
        label={t('discovery.verdicts')}
        path={`/agents/${agent.id}/verdicts`}
        columns={columns()}
        rowId={(v) => v.id}
        filters={filters()}
        empty={
          <Empty title={t('verdict.none')}>
            <p>{t('verdict.none_text')}</p>
          </Empty>
        }
      />
    </>
  );
}
