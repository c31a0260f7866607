// One alert in words: what, how bad, who can fix it, where in the device, since when.
import type { Alert } from '../api/types';
import { code, t } from '../lib/i18n';
import { Status } from '../parts/status';
import { Time } from '../parts/time';

export function AlertDetail({ alert }: { alert: Alert }) {
  const group = code('alert_group', alert.group);
  const index = typeof alert.group_index === 'number' && alert.group_index >= 0 ? ` ${alert.group_index}` : '';
  const parts = [
    alert.text && code('alert_code', alert.code), // without a text the word is the title already
    group && group + index,
    code('training', alert.training),
    t('alert.code', { code: String(alert.code) }),
  ];
  return <span class="quiet">{parts.filter((part, i) => part && parts.indexOf(part) === i).join(' · ')}</span>;
}

export function AlertLine({ alert }: { alert: Alert }) {
  return (
    <>
      <Status family="alert" value={alert.severity}>
        <b>{alert.text || code('alert_code', alert.code)}</b>
      </Status>
      <AlertDetail alert={alert} />
      {alert.since && (
        <span class="quiet">
          {t('alert.since')} <Time value={alert.since} />
        </span>
      )}
    </>
  );
}
