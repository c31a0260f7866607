// One function: what it is, what it brought, its pages, how far the agents are, and its history.
import type { FunctionDetail } from '../api/functiontypes';
import { useEvent } from '../api/events';
import { useResource } from '../api/resource';
import { watched } from '../api/installation';
import { formatTime } from '../lib/format';
import { t } from '../lib/i18n';
import { navigate } from '../lib/router';
import { useStore } from '../lib/store';
import { useState } from 'preact/hooks';
import { Facts } from '../parts/facts';
import { Head } from '../parts/head';
import { Failed, Waiting } from '../parts/message';
import { Status } from '../parts/status';
import { fail } from '../parts/toast';
import { pages, pageTitle } from '../shell/pages';
import { HistoryList, newestFirst } from './functionhistory';
import { AgentsProgress, functionTitle, kindOfFunction } from './functionwords';
import { Installing } from './installing';
import { RemoveDialog, rollBack } from './removefunction';
import { functionName } from './userfields';

function OwnPages({ name }: { name: string }) {
  const own = (useStore(pages) ?? []).filter((page) => page.plugin === name);
  return own.length === 0 ? null : (
    <section class="card" aria-labelledby="fn-pages">
      <h2 id="fn-pages">{t('fn.pages')}</h2>
      <ul class="rows">
        {own.map((page) => (
          <li key={page.id}>
            <a href={page.href}>{pageTitle(page)}</a>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function FunctionPage({ name }: { name: string }) {
  const one = useResource<FunctionDetail>(`/functions/${encodeURIComponent(name)}`);
  const running = useStore(watched);
  const [removing, setRemoving] = useState(false);
  useEvent('function', one.reload);
  const back = { href: '/functions', text: t('menu.system_configuration') };
  const { data } = one;
  if (!data) {
    return (
      <div class="page">
        <Head title={name} back={back} />
        {one.error === undefined ? <Waiting /> : <Failed error={one.error} retry={one.reload} />}
      </div>
    );
  }
  const gone = () => void navigate('/functions', true);
  return (
    <div class="page">
      <Head title={functionTitle(data)} back={back} state={<Status family="function_state" value={data.state} />}>
        {data.previous && (
          <button type="button" class="button" disabled={running !== undefined} onClick={() => void rollBack(data, one.reload).catch(fail)}>
            {t('fn.rollback', { to: data.previous })}
          </button>
        )}
        {data.deletable && (
          <button type="button" class="button danger" disabled={running !== undefined} onClick={() => setRemoving(true)}>
            {t('action.delete')}
          </button>
        )}
      </Head>
      {running && <Installing watched={running} />}
      {data.error && <p class="notice tone-error">{data.error}</p>}
      <div class="cards">
        <section class="card" aria-labelledby="fn-facts">
          <h2 id="fn-facts">{t('agent.facts')}</h2>
          <Facts
            facts={[
              { label: t('fn.name'), value: data.name, copy: data.name },
              { label: t('agent.version'), value: data.version, copy: data.version },
              { label: t('fn.kind'), value: kindOfFunction(data.kind) },
              { label: t('fn.publisher'), value: data.publisher || (data.builtin ? t('fn.builtin') : '') },
              { label: t('fn.installed_at'), value: data.installed_at ? formatTime(data.installed_at) : '' },
              { label: t('fn.previous'), value: data.previous ?? '' },
              { label: t('menu.agents'), value: <AgentsProgress counts={data.agents} /> },
              { label: t('fn.permissions'), value: data.functions.map((id) => functionName(id)).join(', ') },
              { label: t('fn.tables'), value: data.tables.join(', ') },
            ]}
          />
        </section>
        <OwnPages name={data.name} />
        <section class="card" aria-labelledby="fn-past">
          <h2 id="fn-past">{t('fn.history')}</h2>
          {data.history.length === 0 ? <p class="quiet">{t('fn.no_history')}</p> : <HistoryList entries={newestFirst(data.history)} />}
        </section>
      </div>
      {removing && <RemoveDialog one={data} onClose={() => setRemoving(false)} onEnd={gone} />}
    </div>
  );
}
