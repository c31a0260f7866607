// "Search now": which agents, what to do with what is found, then the run as it goes.
import { useState } from 'preact/hooks';
import { useEvent } from '../api/events';
import { post } from '../api/http';
import { useResource } from '../api/resource';
import type { Agent, Page, Run, Verdict } from '../api/types';
import type { Condition } from '../lib/filter';
import { formatDuration, elapsed } from '../lib/format';
import { code, t, tn } from '../lib/i18n';
import { Dialog } from '../parts/dialog';
import { FilterBar } from '../parts/filterbar';
import { Form } from '../parts/form';
import { Failed, Waiting } from '../parts/message';
import { isOpen, RunBar } from '../parts/runbar';
import { Status } from '../parts/status';
import { useNow } from '../parts/time';
import { conditionFields } from './devicefilters';

// What the search has found, once it is over: by the verdicts that are newer than its start.
function Found({ run, agent }: { run: Run; agent: string }) {
  const since = encodeURIComponent(run.started ?? run.created);
  const path = (decision: string) => `/agents/${agent}/verdicts?f=at:ge:${since}&f=decision:eq:${decision}&size=1`;
  const fresh = useResource<Page<Verdict>>(path('accepted')).data?.total;
  const known = useResource<Page<Verdict>>(path('known')).data?.total;
  return fresh === undefined || known === undefined ? null : (
    <p>{t('discovery.found', { fresh, known })}</p>
  );
}

interface ProgressProps {
  id: string;
  agents: string[];
  onClose: () => void;
}

function Progress({ id, agents, onClose }: ProgressProps) {
  const run = useResource<Run>(`/runs/${id}`);
  const now = useNow();
  useEvent('run', (data) => {
    if (data.id === id) {
      run.change((old) => ({ ...old, ...data }));
      if (!isOpen(data)) {
        run.reload();
      }
    }
  });
  if (!run.data) {
    return run.error === undefined ? <Waiting /> : <Failed error={run.error} retry={run.reload} />;
  }
  const over = !isOpen(run.data);
  return (
    <div class="search-run">
      <p role="status" aria-live="polite">
        <Status family="run" value={run.data.state}>
          <b>{code('run', run.data.state)}</b>{' '}
          {run.data.started && <span class="quiet">{formatDuration(elapsed(run.data.started, run.data.ended, now))}</span>}
        </Status>
      </p>
      <RunBar run={run.data} counts={(state) => `/runs/${id}${state ? `?f=state:eq:${state}` : ''}`} />
      {over && agents.length === 1 && <Found run={run.data} agent={agents[0] ?? ''} />}
      {(run.data.text || run.data.note) && <p>{run.data.text || run.data.note}</p>}
      <div class="actions">
        {over && (
          <a class="button primary" href="/devices" onClick={onClose}>
            {t('discovery.to_devices')}
          </a>
        )}
        <a class="button" href="/discovery?tab=verdicts" onClick={onClose}>
          {t('discovery.verdicts')}
        </a>
        <a class="button" href={`/runs/${id}`} onClick={onClose}>
          {t('run.details')}
        </a>
      </div>
    </div>
  );
}

export function SearchNow({ agents, onClose }: { agents: Agent[]; onClose: () => void }) {
  const [run, setRun] = useState<string>();
  const [chosen, setChosen] = useState<string[]>([]);
  const [conditions, setConditions] = useState<Condition[]>([]);
  const places = agents.reduce((sum, a) => sum + (a.ranges?.length ?? 0) + (a.hosts?.length ?? 0), 0);
  return (
    <Dialog title={t('discovery.search')} onClose={onClose} wide>
      {run ? (
        <Progress id={run} agents={chosen} onClose={onClose} />
      ) : (
        <>
          {places === 0 ? <p class="notice tone-warning">{t('discovery.no_ranges')}</p> : <p>{tn('discovery.search_text', places)}</p>}
          <Form
            guard={false}
            fields={[
              {
                name: 'agents',
                label: t('menu.agents'),
                type: 'choices',
                pointer: '/targets/agents',
                options: agents.map((a) => ({ value: a.id, label: a.name })),
                required: true,
                hidden: () => agents.length < 2,
              },
              {
                name: 'register',
                label: t('discovery.register'),
                type: 'select',
                pointer: '/settings/register',
                help: t('discovery.register_help'),
                options: [
                  { value: 'managed', label: t('discovery.managed') },
                  { value: 'unmanaged', label: t('discovery.unmanaged') },
                ],
              },
            ]}
            values={{ agents: agents.filter((a) => a.active).map((a) => a.id), register: 'managed' }}
            submit={t('discovery.start')}
            onCancel={onClose}
            onSubmit={async (values) => {
              const { data } = await post<{ run: string }>('/tasks', {
                kind: 'device.discover',
                name: t('discovery.task_name'),
                schedule: { when: 'now' },
                targets: { agents: values['agents'] },
                settings: { register: values['register'], ...(conditions.length > 0 ? { conditions } : {}) },
                active: true,
              });
              setChosen(values['agents'] as string[]);
              setRun(data.run);
            }}
          >
            <div class="field">
              <p class="label">{t('discovery.conditions')}</p>
              <FilterBar fields={conditionFields()} conditions={conditions} onChange={setConditions} />
              <p class="help">{t('discovery.conditions_help')}</p>
            </div>
          </Form>
        </>
      )}
    </Dialog>
  );
}
