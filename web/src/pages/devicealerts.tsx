// Alerts of a device as a time line, and its states over the last days as a band.
import { useResource } from '../api/resource';
import type { DeviceStatus, Page, PastAlert, Spell } from '../api/types';
import { elapsed, formatDuration, formatTime } from '../lib/format';
import { code, t } from '../lib/i18n';
import { usePlace } from '../lib/router';
import { Empty, Failed, Waiting } from '../parts/message';
import { Status, tone } from '../parts/status';
import { Time, useNow } from '../parts/time';
import { AlertDetail, AlertLine } from './alertline';

const lengthOf = (alert: PastAlert, now: number) =>
  alert.duration_s ?? elapsed(alert.since ?? '', alert.until, now);

function History({ id }: { id: string }) {
  const { query } = usePlace();
  const size = Math.min(200, Math.max(25, Number(query.get('size') ?? 25) || 25));
  const history = useResource<Page<PastAlert>>(`/devices/${id}/history?size=${size}`, true);
  const now = useNow();
  if (!history.data) {
    return history.error === undefined ? <Waiting /> : <Failed error={history.error} retry={history.reload} />;
  }
  const { items, total } = history.data;
  if (items.length === 0) {
    return <Empty title={t('device.no_history')} />;
  }
  return (
    <>
      <ol class="timeline">
        {items.map((alert) => (
          <li key={alert.id} class={alert.until ? undefined : 'open'}>
            <span class="timeline-when">
              <Time value={alert.since} exact />
              <span class="quiet">
                {alert.until ? formatDuration(lengthOf(alert, now)) : t('alert.ongoing', { time: formatDuration(lengthOf(alert, now)) })}
              </span>
            </span>
            <span class="timeline-what">
              <Status family="alert" value={alert.severity}>
                <b>{alert.text || code('alert_code', alert.code)}</b>
              </Status>
              <AlertDetail alert={alert} />
            </span>
          </li>
        ))}
      </ol>
      {total > items.length && size < 200 && (
        <a class="button" href={`/devices/${id}?tab=alerts&size=200`}>
          {t('alert.more')}
        </a>
      )}
    </>
  );
}

// The share of each state in the time shown; the table below says the same in words.
function Spells({ id }: { id: string }) {
  const spells = useResource<Page<Spell>>(`/devices/${id}/spells?size=100`);
  const now = useNow();
  const items = [...(spells.data?.items ?? [])].sort((a, b) => a.start.localeCompare(b.start));
  if (items.length === 0) {
    return spells.error === undefined ? null : <Failed error={spells.error} retry={spells.reload} />;
  }
  return (
    <section class="card span" aria-labelledby="spells">
      <h2 id="spells">{t('device.spells')}</h2>
      <div class="shares" aria-hidden="true">
        {items.map((spell) => (
          <span
            key={spell.start}
            class={`tone-${spell.power === 'on' ? tone('severity', spell.severity) : tone('power', spell.power)}`}
            style={{ '--part': String(Math.max(1, elapsed(spell.start, spell.end, now))) }}
          />
        ))}
      </div>
      <p class="ends quiet">
        <span>{formatTime(items[0]?.start ?? '')}</span>
        <span>{t('time.now')}</span>
      </p>
      <details>
        <summary>{t('action.as_table')}</summary>
        <table class="plain-table">
          <caption class="hidden">{t('device.spells')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('alert.since')}</th>
              <th scope="col">{t('alert.duration')}</th>
              <th scope="col">{t('device.power')}</th>
              <th scope="col">{t('device.severity')}</th>
            </tr>
          </thead>
          <tbody>
            {[...items].reverse().map((spell) => (
              <tr key={spell.start}>
                <td>{formatTime(spell.start)}</td>
                <td>{formatDuration(elapsed(spell.start, spell.end, now))}</td>
                <td>
                  <Status family="power" value={spell.power} />
                </td>
                <td>
                  <Status family="severity" value={spell.severity} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}

export function DeviceAlerts({ device }: { device: DeviceStatus }) {
  return (
    <div class="cards">
      <section class="card span" aria-labelledby="alerts-now">
        <h2 id="alerts-now">{t('device.alerts_now')}</h2>
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
      <Spells id={device.id} />
      <section class="card span" aria-labelledby="alerts-past">
        <h2 id="alerts-past">{t('device.history')}</h2>
        <History id={device.id} />
      </section>
    </div>
  );
}
