// About: which version of what is running.
import { useResource } from '../api/resource';
import type { SystemInfo } from '../api/types';
import { formatDuration } from '../lib/format';
import { t } from '../lib/i18n';
import { Facts } from '../parts/facts';
import { Head } from '../parts/head';
import { Failed, Waiting } from '../parts/message';

export function AboutPage() {
  const system = useResource<SystemInfo>('/system');
  const { data } = system;
  return (
    <div class="page">
      <Head title={t('menu.about')} />
      {!data && (system.error === undefined ? <Waiting /> : <Failed error={system.error} retry={system.reload} />)}
      {data && (
        <div class="cards">
          <section class="card" aria-labelledby="about-system">
            <h2 id="about-system">{t('app.name')}</h2>
            <Facts
              facts={[
                { label: t('about.version'), value: data.version, copy: data.version },
                { label: t('about.api'), value: data.api },
                { label: t('about.database'), value: data.database, copy: data.database },
                { label: t('about.uptime'), value: formatDuration(data.uptime_s) },
              ]}
            />
          </section>
          <section class="card" aria-labelledby="about-libraries">
            <h2 id="about-libraries">{t('about.libraries')}</h2>
            <Facts facts={Object.entries(data.libraries ?? {}).map(([label, value]) => ({ label, value }))} />
          </section>
        </div>
      )}
    </div>
  );
}
