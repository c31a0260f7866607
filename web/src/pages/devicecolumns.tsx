// The columns of the device list (DEV-77 to DEV-83).
import type { Alert, Device } from '../api/types';
import { formatNumber, formatPercent } from '../lib/format';
import { code, t } from '../lib/i18n';
import { safeUrl } from '../lib/safe';
import type { Column } from '../parts/columns';
import { Icon } from '../parts/icons';
import { Status } from '../parts/status';
import { supplyName, SupplyStrip, levelOf, levelText } from '../parts/supplybar';
import { Time } from '../parts/time';

const rank: Record<string, number> = { critical: 0, warning: 1, other: 2 };

// The most severe of several (DEV-81).
export function worstAlert(alerts: Alert[] | undefined): Alert | undefined {
  return [...(alerts ?? [])].sort((a, b) => (rank[a.severity] ?? 3) - (rank[b.severity] ?? 3))[0];
}

export function alertText(alert: Alert): string {
  return alert.text || code('alert_code', alert.code);
}

export function webPage(device: Pick<Device, 'address'>, address = device.address): string {
  return address.includes(':') ? `http://[${address}]/` : `http://${address}/`;
}

function Outside({ href, text }: { href: string; text: string }) {
  return (
    <a href={href} target="_blank" rel="noreferrer" title={t('device.web_page')}>
      {text}
    </a>
  );
}

const none = <span class="none">–</span>;
const words = (text: string | null | undefined) => text || none;

function plain(id: keyof Device & string, label: string, more: Partial<Column<Device>> = {}): Column<Device> {
  return {
    id,
    label,
    sort: id,
    cell: (d) => words(d[id] as string),
    text: (d) => (d[id] as string) ?? '',
    ...more,
  };
}

function moment(id: 'first_seen' | 'last_seen', label: string, off: boolean): Column<Device> {
  return { id, label, sort: id, off, cell: (d) => <Time value={d[id]} />, text: (d) => d[id] ?? '' };
}

export function deviceColumns(agents: { id: string; name: string }[] = []): Column<Device>[] {
  const agentName = (d: Device) => agents.find((a) => a.id === d.agent)?.name ?? d.agent ?? '';
  return [
    {
      id: 'severity',
      label: t('device.severity'),
      sort: 'severity',
      narrow: true,
      cell: (d) => (
        <a class="quiet-link" href={`/devices/${d.id}?tab=status`}>
          <Status family="severity" value={d.severity} />
        </a>
      ),
      text: (d) => code('severity', d.severity),
    },
    {
      id: 'name',
      label: t('device.name'),
      sort: 'name',
      head: true,
      fields: ['name', 'address'],
      cell: (d) => <a href={`/devices/${d.id}`}>{d.name || d.address || d.id}</a>,
      text: (d) => d.name,
    },
    plain('address', t('device.address'), {
      narrow: true,
      cell: (d) => (d.address ? <Outside href={webPage(d)} text={d.address} /> : none),
    }),
    plain('address6', t('device.address6'), {
      off: true,
      sort: '',
      cell: (d) => (d.address6 ? <Outside href={webPage(d, d.address6)} text={d.address6} /> : none),
    }),
    plain('hostname', t('device.hostname'), { off: true }),
    plain('manufacturer', t('device.manufacturer'), { off: true }),
    plain('model', t('device.model'), { narrow: true }),
    plain('location', t('device.location'), { narrow: true }),
    {
      id: 'power',
      label: t('device.power'),
      sort: 'power',
      narrow: true,
      cell: (d) => (
        <a class="quiet-link" href={`/devices/${d.id}?tab=status`}>
          <Status family="power" value={d.power} />
        </a>
      ),
      text: (d) => code('power', d.power),
    },
    {
      id: 'alerts',
      label: t('device.error_content'),
      narrow: true,
      cell: (d) => {
        const worst = worstAlert(d.alerts);
        const more = (d.alerts?.length ?? 0) - 1;
        return worst ? (
          <span title={(d.alerts ?? []).map(alertText).join('\n')}>
            {alertText(worst)}
            {more > 0 && <span class="quiet"> {t('device.more_alerts', { count: more })}</span>}
          </span>
        ) : (
          none
        );
      },
      text: (d) => (d.alerts ?? []).map(alertText).join('; '),
    },
    {
      id: 'training',
      label: t('device.training'),
      fields: ['alerts'],
      cell: (d) => {
        const worst = worstAlert(d.alerts);
        return worst ? (
          <a class="quiet-link" href={`/devices/${d.id}?tab=status`}>
            {code('training', worst.training)}
          </a>
        ) : (
          none
        );
      },
      text: (d) => code('training', worstAlert(d.alerts)?.training),
    },
    {
      id: 'supplies',
      label: t('device.supplies'),
      sort: 'supply_lowest',
      narrow: true,
      fields: ['supplies', 'supply_lowest'],
      cell: (d) => (
        <span class="strip-cell">
          <SupplyStrip supplies={d.supplies} />
          {typeof d.supply_lowest === 'number' && d.supply_lowest >= 0 && (
            <span class={d.supply_lowest <= 10 ? 'low-text' : 'quiet'}>{formatPercent(d.supply_lowest)}</span>
          )}
        </span>
      ),
      text: (d) => (d.supplies ?? []).map((s) => `${supplyName(s)} ${levelText(levelOf(s))}`).join('; '),
    },
    {
      id: 'page_count',
      label: t('device.page_count'),
      sort: 'page_count',
      number: true,
      cell: (d) => (typeof d.page_count === 'number' ? formatNumber(d.page_count) : none),
      text: (d) => (typeof d.page_count === 'number' ? String(d.page_count) : ''),
    },
    moment('last_seen', t('device.last_seen'), false),
    {
      id: 'link',
      label: t('device.link'),
      cell: (d) => {
        const url = safeUrl(d.link);
        return url ? (
          <a href={url} target="_blank" rel="noreferrer" aria-label={t('device.open_link', { name: d.name })} title={url}>
            <Icon name="external" />
          </a>
        ) : (
          none
        );
      },
      text: (d) => d.link ?? '',
    },
    plain('serial', t('device.serial'), { off: true }),
    plain('mac', t('device.mac'), { off: true }),
    plain('firmware', t('device.firmware'), { off: true }),
    plain('contact', t('device.contact'), { off: true }),
    plain('comment', t('device.comment'), { off: true, wide: true }),
    {
      id: 'region',
      label: t('device.region'),
      off: true,
      cell: (d) => words(d.region?.name),
      text: (d) => d.region?.name ?? '',
    },
    {
      id: 'groups',
      label: t('device.groups'),
      off: true,
      wide: true,
      cell: (d) => words((d.groups ?? []).map((g) => g.name).join(', ')),
      text: (d) => (d.groups ?? []).map((g) => g.name).join(', '),
    },
    plain('agent', t('device.agent'), { off: true, cell: (d) => words(agentName(d)), text: agentName }),
    {
      id: 'drivers',
      label: t('device.drivers'),
      off: true,
      cell: (d) => words((d.drivers ?? []).join(', ')),
      text: (d) => (d.drivers ?? []).join(', '),
    },
    {
      id: 'managed',
      label: t('device.managed'),
      sort: 'managed',
      off: true,
      cell: (d) => (d.managed ? t('value.yes') : t('value.no')),
      text: (d) => (d.managed ? t('value.yes') : t('value.no')),
    },
    moment('first_seen', t('device.first_seen'), true),
  ];
}
