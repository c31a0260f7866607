// Overview of a device: supplies and alerts first, then who and where it is.
import type { DeviceStatus } from '../api/types';
import { formatNumber, formatTime } from '../lib/format';
import { code, t } from '../lib/i18n';
import { safeUrl } from '../lib/safe';
import { Facts } from '../parts/facts';
import { AlertLine } from './alertline';

import { SupplyTable } from './supplytable';

export function DeviceOverview({ device }: { device: DeviceStatus }) {
  const link = safeUrl(device.link);
  return (
    <div class="cards">
      <section class="card" aria-labelledby="device-supplies">
        <h2 id="device-supplies">{t('device.supplies')}</h2>
        <SupplyTable supplies={device.supplies ?? []} />
      </section>
      <section class="card" aria-labelledby="device-now">
        <h2 id="device-now">{t('device.alerts_now')}</h2>
        {(device.alerts ?? []).length === 0 ? (
          <p class="quiet">{t('device.no_alerts')}</p>
        ) : (
          <ul class="rows stacked">
            {device.alerts.map((alert, index) => (
              <li key={index}>
                <AlertLine alert={alert} />
              </li>
            ))}
          </ul>
        )}
      </section>
      <section class="card" aria-labelledby="device-facts">
        <h2 id="device-facts">{t('device.identity')}</h2>
        <Facts
          facts={[
            { label: t('device.manufacturer'), value: device.manufacturer },
            { label: t('device.model'), value: device.model, copy: device.model },
            { label: t('device.serial'), value: device.serial, copy: device.serial },
            { label: t('device.mac'), value: device.mac, copy: device.mac },
            { label: t('device.firmware'), value: device.firmware, copy: device.firmware },
            { label: t('device.description'), value: device.description },
          ]}
        />
      </section>
      <section class="card" aria-labelledby="device-place">
        <h2 id="device-place">{t('device.place')}</h2>
        <Facts
          facts={[
            { label: t('device.address'), value: device.address, copy: device.address },
            { label: t('device.address6'), value: device.address6, copy: device.address6 },
            { label: t('device.hostname'), value: device.hostname, copy: device.hostname },
            { label: t('device.location'), value: device.location },
            { label: t('device.contact'), value: device.contact },
            { label: t('device.comment'), value: device.comment },
            {
              label: t('device.link'),
              value: link ? (
                <a href={link} target="_blank" rel="noreferrer">
                  {link}
                </a>
              ) : (
                device.link
              ),
            },
          ]}
        />
      </section>
      <section class="card" aria-labelledby="device-managing">
        <h2 id="device-managing">{t('device.managing')}</h2>
        <Facts
          facts={[
            { label: t('device.managed'), value: device.managed ? t('value.yes') : t('value.no') },
            !!device.region && { label: t('device.region'), value: device.region.name },
            (device.groups ?? []).length > 0 && { label: t('device.groups'), value: device.groups.map((group) => group.name).join(', ') },
            { label: t('device.agent'), value: device.agent },
            { label: t('device.drivers'), value: (device.drivers ?? []).join(', ') },
            {
              label: t('device.page_count'),
              value:
                typeof device.page_count === 'number'
                  ? `${formatNumber(device.page_count)} ${code('unit', device.page_unit)}`
                  : '',
            },
            { label: t('device.first_seen'), value: device.first_seen ? formatTime(device.first_seen) : '' },
            { label: t('device.last_seen'), value: device.last_seen ? formatTime(device.last_seen) : '' },
          ]}
        />
      </section>
      {(device.firmware_parts ?? []).length > 0 && (
        <section class="card" aria-labelledby="device-firmware">
          <h2 id="device-firmware">{t('device.firmware_parts')}</h2>
          <Facts facts={device.firmware_parts.map((p) => ({ label: p.component, value: p.version, copy: p.version }))} />
        </section>
      )}
    </div>
  );
}
