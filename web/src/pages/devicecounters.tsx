// Counters: totals since the device left the factory (DEV-114), each with its source.
import { useResource } from '../api/resource';
import type { Counter, DeviceStatus } from '../api/types';
import { formatNumber } from '../lib/format';
import { code, codeWord, t } from '../lib/i18n';
import { Empty, Failed, Waiting } from '../parts/message';
import { Time } from '../parts/time';

// "copy.color" as "Copy · Colour" when it has no word of its own.
function counterName(key: string): string {
  return codeWord('counter_key', key) ?? key.split('.').map((part) => code('counter_key', part)).join(' · ');
}

export function DeviceCounters({ device }: { device: DeviceStatus }) {
  const counters = useResource<{ items: Counter[] }>(`/devices/${device.id}/counters`);
  if (!counters.data) {
    return counters.error === undefined ? <Waiting /> : <Failed error={counters.error} retry={counters.reload} />;
  }
  if (counters.data.items.length === 0) {
    return <Empty title={t('counter.none')} />;
  }
  return (
    <section class="card" aria-labelledby="counters">
      <h2 id="counters">{t('counter.title')}</h2>
      <div class="table-scroll" tabIndex={0} role="group" aria-labelledby="counters">
        <table class="plain-table">
          <thead>
            <tr>
              <th scope="col">{t('counter.name')}</th>
              <th scope="col" class="number">
                {t('counter.value')}
              </th>
              <th scope="col">{t('counter.unit')}</th>
              <th scope="col">{t('counter.source')}</th>
              <th scope="col">{t('counter.at')}</th>
            </tr>
          </thead>
          <tbody>
            {counters.data.items.map((counter) => (
              <tr key={`${counter.key}${counter.source}`}>
                <th scope="row">{counterName(counter.key)}</th>
                <td class="number">{formatNumber(counter.value)}</td>
                <td>{code('unit', counter.unit)}</td>
                <td class="quiet">{counter.source}</td>
                <td>
                  <Time value={counter.at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
