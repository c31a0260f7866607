// Discovery: where to search, with which credentials, what was found and why.
import { useState } from 'preact/hooks';
import { useResource } from '../api/resource';
import type { Agent, Page } from '../api/types';
import { t } from '../lib/i18n';
import { usePlace } from '../lib/router';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { Failed, Waiting } from '../parts/message';
import { Tabs } from '../parts/tabs';
import { mayUse } from '../shell/entries';
import { CredentialsTab } from './credentials';
import { RangesTab } from './ranges';
import { SearchNow } from './searchnow';
import { VerdictsTab } from './verdicts';

const tabs = ['ranges', 'credentials', 'verdicts'] as const;

export function DiscoveryPage() {
  const { query } = usePlace();
  const wanted = query.get('tab');
  const own = tabs.filter((name) => mayUse(name === 'credentials' ? 'communication' : 'discovery'));
  const tab = own.find((name) => name === wanted) ?? own[0];
  const [searching, setSearching] = useState(false);
  const agents = useResource<Page<Agent>>(mayUse('discovery') ? '/agents?size=200' : null, true);
  const items = agents.data?.items ?? [];
  const agent = items.find((a) => a.id === query.get('agent')) ?? items.find((a) => a.local) ?? items[0];
  const labels = { ranges: t('discovery.ranges'), credentials: t('discovery.credentials'), verdicts: t('discovery.verdicts') };
  return (
    <div class={tab === 'ranges' ? 'page' : 'page fill'}>
      <Head title={t('menu.discovery')}>
        {mayUse('discovery') && mayUse('tasks') && (
          <button type="button" class="button primary" onClick={() => setSearching(true)} disabled={items.length === 0}>
            <Icon name="radar" />
            {t('discovery.search')}
          </button>
        )}
      </Head>
      <Tabs
        label={t('menu.discovery')}
        current={tab ?? ''}
        tabs={own.map((name) => {
          const place = new URLSearchParams(name === 'ranges' ? {} : { tab: name });
          if (agent && !agent.local) {
            place.set('agent', agent.id);
          }
          return { id: name, label: labels[name], href: `/discovery${place.toString() ? `?${place}` : ''}` };
        })}
      />
      {!agents.data && mayUse('discovery') && (agents.error === undefined ? <Waiting /> : <Failed error={agents.error} retry={agents.reload} />)}
      {agent && tab === 'ranges' && <RangesTab agents={items} agent={agent} onSaved={agents.reload} />}
      {(agents.data || !mayUse('discovery')) && tab === 'credentials' && <CredentialsTab agents={items} />}
      {agent && tab === 'verdicts' && <VerdictsTab agents={items} agent={agent} />}
      {searching && <SearchNow agents={items} onClose={() => setSearching(false)} />}
    </div>
  );
}
