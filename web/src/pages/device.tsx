// One device: identity and state on top, then tabs.
import { useState } from 'preact/hooks';
import { useEvent } from '../api/events';
import { remove } from '../api/http';
import { useResource } from '../api/resource';
import type { DeviceStatus, TaskKind } from '../api/types';
import { code, t } from '../lib/i18n';
import { safeUrl } from '../lib/safe';
import { navigate, usePlace } from '../lib/router';
import { confirm } from '../parts/confirm';
import { Dialog } from '../parts/dialog';
import { Copy } from '../parts/facts';
import { Head } from '../parts/head';
import { Icon } from '../parts/icons';
import { Failed, Waiting } from '../parts/message';
import { Popover } from '../parts/popover';
import { Status } from '../parts/status';
import { Tabs } from '../parts/tabs';
import { Time } from '../parts/time';
import { fail, toast } from '../parts/toast';
import { mayUse } from '../shell/entries';
import { DeviceAlerts } from './devicealerts';
import { DeviceCounters } from './devicecounters';
import { DeviceEdit } from './deviceedit';
import { DeviceOverview } from './deviceoverview';
import { DeviceStatusTab } from './devicestatus';
import { kindLabel, simpleKinds, startTask } from './devices';
import { webPage } from './devicecolumns';

const tabs = ['overview', 'status', 'alerts', 'counters'] as const;

async function removeDevice(device: DeviceStatus): Promise<void> {
  const yes = await confirm({
    title: t('device.remove_title'),
    text: t('device.remove_text', { name: device.name || device.address }),
    action: t('device.remove'),
  });
  if (yes) {
    await remove(`/devices/${device.id}`);
    toast(t('device.removed', { name: device.name || device.address }));
    await navigate('/devices');
  }
}

function Actions({ device, onEdit }: { device: DeviceStatus; onEdit: () => void }) {
  const manage = mayUse('devices');
  const kinds = simpleKinds(useResource<{ items: TaskKind[] }>(mayUse('tasks') ? '/task-kinds' : null).data?.items);
  const page = safeUrl(webPage(device));
  return (
    <>
      {page && device.address && (
        <a class="button" href={page} target="_blank" rel="noreferrer">
          <Icon name="external" />
          {t('device.web_page')}
        </a>
      )}
      {manage && (
        <button type="button" class="button" onClick={onEdit}>
          <Icon name="edit" />
          {t('action.edit')}
        </button>
      )}
      {manage && (
        <Popover
          name={t('device.actions')}
          align="right"
          label={
            <>
              {t('device.actions')}
              <Icon name="down" />
            </>
          }
        >
          {(close) => (
            <ul class="menu">
              {kinds.map((kind) => (
                <li key={kind.id}>
                  <button type="button" class="menu-item" onClick={() => {
                    close();
                    void startTask(kind, [device.id]).catch(fail);
                  }}>
                    {kindLabel(kind)}
                  </button>
                </li>
              ))}
              <li>
                <button type="button" class="menu-item danger-text" onClick={() => {
                  close();
                  void removeDevice(device).catch(fail);
                }}>
                  {t('device.remove')}
                </button>
              </li>
            </ul>
          )}
        </Popover>
      )}
    </>
  );
}

function Identity({ device }: { device: DeviceStatus }) {
  return (
    <ul class="identity">
      <li>
        <Status family="severity" value={device.severity} />
      </li>
      <li>
        <Status family="power" value={device.power}>
          {code('power', device.power)}
          {device.state && <span class="quiet"> · {code('device_state', device.state)}</span>}
        </Status>
      </li>
      {device.address && (
        <li>
          {device.address}
          <Copy value={device.address} label={t('device.address')} />
        </li>
      )}
      {device.serial && (
        <li>
          <span class="quiet">{t('device.serial')}</span> {device.serial}
          <Copy value={device.serial} label={t('device.serial')} />
        </li>
      )}
      <li>
        <span class="quiet">{t('device.last_seen')}</span> <Time value={device.last_seen} />
      </li>
    </ul>
  );
}

export function DevicePage({ id }: { id: string }) {
  const { query } = usePlace();
  const wanted = query.get('tab');
  const tab = tabs.find((name) => name === wanted) ?? 'overview';
  const status = useResource<DeviceStatus>(`/devices/${id}/status`);
  const [changed, setChanged] = useState(0);
  const [editing, setEditing] = useState(false);
  useEvent('device', (data) => data.ids.includes(id) && setChanged((n) => n + 1));
  useEvent('reset', status.reload);
  const device = status.data;
  const back = { href: '/devices', text: t('menu.device_list') };

  if (!device) {
    return (
      <div class="page">
        <Head title={t('device.title')} back={back} />
        {status.error === undefined ? <Waiting /> : <Failed error={status.error} retry={status.reload} />}
      </div>
    );
  }
  const refresh = () => {
    setChanged(0);
    status.reload();
  };
  return (
    <div class="page">
      <Head
        title={device.name || device.address || device.id}
        back={back}
        state={<span class="quiet">{[device.manufacturer, device.model].filter(Boolean).join(' ')}</span>}
      >
        {changed > 0 && (
          <button type="button" class="button soft" onClick={refresh}>
            <Icon name="refresh" />
            {t('device.changed')}
          </button>
        )}
        <Actions device={device} onEdit={() => setEditing(true)} />
      </Head>
      <Identity device={device} />
      <Tabs
        label={t('device.title')}
        current={tab}
        tabs={tabs.map((name) => ({
          id: name,
          label: code('device_tab', name),
          href: name === 'overview' ? `/devices/${id}` : `/devices/${id}?tab=${name}`,
          ...(name === 'alerts' ? { count: device.alerts?.length ?? 0 } : {}),
        }))}
      />
      {tab === 'overview' && <DeviceOverview device={device} />}
      {tab === 'status' && <DeviceStatusTab device={device} />}
      {tab === 'alerts' && <DeviceAlerts device={device} />}
      {tab === 'counters' && <DeviceCounters device={device} />}
      {editing && (
        <Dialog title={t('device.edit')} onClose={() => setEditing(false)}>
          <DeviceEdit
            id={id}
            onDone={() => {
              setEditing(false);
              refresh();
            }}
            onCancel={() => setEditing(false)}
          />
        </Dialog>
      )}
    </div>
  );
}
