// "System Configuration" (PRF-37): which functions there are, packages on their way in, what was
// installed when, and whose packages are accepted.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useEvent } from '../api/events';
import { follow, hasBegun, isUnderWay, outcome, watched } from '../api/installation';
import type { FunctionEvent, FunctionList } from '../api/functiontypes';
import { useResource } from '../api/resource';
import type { SystemInfo } from '../api/types';
import { code, t } from '../lib/i18n';
import { usePlace } from '../lib/router';
import { useStore } from '../lib/store';
import { Facts } from '../parts/facts';
import { Head } from '../parts/head';
import { Failed, Waiting } from '../parts/message';
import { Status } from '../parts/status';
import { Tabs } from '../parts/tabs';
import { HistoryList, HistoryPanel } from './functionhistory';
import { FunctionTable } from './functiontable';
import { Installing } from './installing';
import { Publishers } from './publishers';
import { UpdateFile } from './updatefile';

// PRF-39: the database, and what the manager finds out about itself (SYS-172).
function Database() {
  const { data } = useResource<SystemInfo>('/system');
  const parts = Object.entries(data?.diagnosis ?? {});
  return (
    <>
      <section class="card" aria-labelledby="fn-database">
        <h2 id="fn-database">{t('about.database')}</h2>
        <Facts facts={[{ label: t('about.database'), value: data?.database ?? '', ...(data ? { copy: data.database } : {}) }]} />
      </section>
      <section class="card" aria-labelledby="fn-diagnosis">
        <h2 id="fn-diagnosis">{t('fn.diagnosis')}</h2>
        <Facts
          facts={parts.map(([name, { ok, text }]) => ({
            label: code('diagnosis_part', name),
            value: (
              <>
                <Status family="diagnosis" value={ok ? 'well' : 'bad'} /> {text && <span class="quiet">{text}</span>}
              </>
            ),
          }))}
        />
      </section>
    </>
  );
}

// How the last installation that was begun here has ended; said once.
function Outcome() {
  const [entries, setEntries] = useState<FunctionEvent[]>([]);
  const running = useStore(watched);
  useEffect(() => {
    if (!running && hasBegun()) {
      outcome().then(setEntries, () => undefined);
    }
  }, [running]);
  if (entries.length === 0) {
    return null;
  }
  if (entries.every((entry) => entry.event === 'cancelled')) {
    return <HistoryList entries={entries} named />;
  }
  const bad = entries.some((entry) => entry.event === 'rolled-back');
  return (
    <div class={bad ? 'notice tone-warning' : 'notice tone-ok'} role="status">
      <p>{bad ? t('fn.ended_badly') : t('fn.ended_well')}</p>
      <HistoryList entries={entries} named />
    </div>
  );
}

function Functions() {
  const list = useResource<FunctionList>('/functions', true);
  const running = useStore(watched);
  const [round, setRound] = useState(0);
  const reload = () => {
    list.reload();
    setRound((n) => n + 1);
  };
  const latest = useRef(reload);
  latest.current = reload;
  useEvent('function', () => latest.current());
  useEvent('reset', () => latest.current());
  const installation = list.data?.installation ?? null;
  useEffect(() => {
    if (installation && isUnderWay(installation)) {
      follow(installation.functions, installation.state, () => latest.current());
    }
  }, [installation]);
  return (
    <>
      <Outcome />
      {running ? <Installing watched={running} /> : <UpdateFile round={round} onChange={reload} />}
      {!list.data && !running && (list.error === undefined ? <Waiting /> : <Failed error={list.error} retry={list.reload} />)}
      {list.data && <FunctionTable items={list.data.items} busy={running !== undefined} onEnd={reload} />}
      <Database />
    </>
  );
}

export function SystemConfigurationPage() {
  const tab = usePlace().query.get('tab') ?? 'functions';
  return (
    <div class="page">
      <Head title={t('menu.system_configuration')} />
      <Tabs
        label={t('menu.system_configuration')}
        current={tab}
        tabs={[
          { id: 'functions', label: t('fn.functions'), href: '/functions' },
          { id: 'history', label: t('fn.history'), href: '/functions?tab=history' },
          { id: 'publishers', label: t('fn.publishers'), href: '/functions?tab=publishers' },
        ]}
      />
      {tab === 'history' ? <HistoryPanel /> : tab === 'publishers' ? <Publishers /> : <Functions />}
    </div>
  );
}
