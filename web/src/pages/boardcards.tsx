// What the panels of a dashboard show that the pages know anyway: counts, agents, runs, alerts.
import { useEffect, useRef } from 'preact/hooks';
import { useEvent } from '../api/events';
import { useResource } from '../api/resource';
import type { Dashboard, Device, Page, PastAlert, Run } from '../api/types';
import { formatNumber, formatPercent } from '../lib/format';
import { code, t, tn } from '../lib/i18n';
import { useStore } from '../lib/store';
import { Failed, Waiting } from '../parts/message';
import { RunBar } from '../parts/runbar';
import { Status, tone } from '../parts/status';
import { Time } from '../parts/time';
import { isSystemManager } from '../shell/entries';
import { openRuns } from '../shell/summary';
import { alertText, worstAlert } from './devicecolumns';
import { runName } from './runs';

interface SharesProps {
  family: 'severity' | 'power';
  values: string[];
  counts: Record<string, number>;
  total: number;
}

// Counts as numbers first, then as one bar; each row leads to its devices.
export function Shares({ family, values, counts, total }: SharesProps) {
  return (
    <>
      <div class="shares" aria-hidden="true">
        {values.map((value) =>
          counts[value] ? (
            <span key={value} class={`tone-${tone(family, value)} share-${value}`} style={{ '--part': String(counts[value]) }} />
          ) : null,
        )}
      </div>
      <ul class="share-list">
        {values.map((value) => {
          const count = counts[value] ?? 0;
          return (
            <li key={value}>
              <a href={`/devices?f=${family}:eq:${value}`} class={count === 0 ? 'zero' : undefined}>
                <Status family={family} value={value} />
                <span class="share-count">{formatNumber(count)}</span>
                <span class="share-part quiet">{total > 0 ? formatPercent((count / total) * 100) : ''}</span>
              </a>
            </li>
          );
        })}
      </ul>
    </>
  );
}

export function AgentsPanel({ agents }: { agents: Dashboard['agents'] }) {
  return (
    <ul class="rows">
      {agents.map((agent) => (
        <li key={agent.id}>
          {isSystemManager() ? <a href={`/agents/${agent.id}`}>{agent.name}</a> : <span>{agent.name}</span>}
          <Status family="agent" value={agent.status} />
        </li>
      ))}
    </ul>
  );
}

export function RunsPanel() {
  const running = useStore(openRuns);
  const last = useResource<Page<Run>>('/runs?sort=-id&size=8');
  useEvent('run', (run) => run.ended && last.reload());
  const ended = (last.data?.items ?? []).filter((run) => !running.some((r) => r.id === run.id));
  return (
    <>
      {running.length > 0 && (
        <ul class="rows stacked">
          {running.slice(0, 5).map((run) => (
            <li key={run.id}>
              <span class="row-line">
                <a href={`/runs/${run.id}`}>{runName(run)}</a>
                <Status family="run" value={run.state} />
              </span>
              <RunBar run={run} />
            </li>
          ))}
        </ul>
      )}
      {last.error !== undefined && <Failed error={last.error} retry={last.reload} />}
      <ul class="rows">
        {ended.map((run) => (
          <li key={run.id}>
            <Status family="run" value={run.state}>
              <a href={`/runs/${run.id}`}>{runName(run)}</a> <span class="quiet">{code('run', run.state)}</span>
            </Status>
            <span class="quiet">
              <Time value={run.ended ?? run.started ?? run.created} />
            </span>
          </li>
        ))}
      </ul>
      {last.data && ended.length === 0 && running.length === 0 && <p class="quiet">{t('dashboard.no_runs')}</p>}
      <p>
        <a href="/runs">{t('header.all_runs')}</a>
      </p>
    </>
  );
}

// Many events make one reload, at most every few seconds.
function useSoon(event: 'alert', reload: () => void): void {
  const timer = useRef(0);
  useEvent(event, () => {
    if (timer.current === 0) {
      timer.current = window.setTimeout(() => {
        timer.current = 0;
        reload();
      }, 3000);
    }
  });
  useEffect(() => () => window.clearTimeout(timer.current), []);
}

// The newest alerts of the fleet, with the names of their devices in one further request.
export function NewestPanel() {
  const newest = useResource<Page<PastAlert>>('/alerts?sort=-since&size=10', true);
  useSoon('alert', newest.reload);
  const alerts = newest.data?.items ?? [];
  const ids = [...new Set(alerts.map((alert) => alert.device))].join(',');
  const names = useResource<Page<Device>>(ids ? `/devices?f=id:in:${ids}&fields=id,name,address&size=10` : null, true);
  const nameOf = (id: string) => {
    const device = names.data?.items.find((d) => d.id === id);
    return device?.name || device?.address || id;
  };
  return (
    <>
      {newest.error !== undefined && <Failed error={newest.error} retry={newest.reload} />}
      {newest.data && alerts.length === 0 && <p class="quiet">{t('device.no_history')}</p>}
      <ul class="rows" aria-live="polite">
        {alerts.map((alert) => (
          <li key={alert.id}>
            <Status family="alert" value={alert.severity}>
              {alert.text || code('alert_code', alert.code)} <a href={`/devices/${alert.device}?tab=alerts`}>{nameOf(alert.device)}</a>
            </Status>
            <span class="quiet">
              <Time value={alert.since} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

const attention =
  '/devices?f=severity:eq:service&f=severity:eq:error&sort=-severity&size=50&fields=id,name,address,location,severity,alerts';

// The devices that are worst off, newest alerts first.
export function AttentionPanel() {
  const worst = useResource<Page<Device>>(attention, true);
  useSoon('alert', worst.reload);
  const since = (d: Device) => worstAlert(d.alerts)?.since ?? '';
  const order = (d: Device) => (d.severity === 'service' ? 0 : 1);
  const devices = [...(worst.data?.items ?? [])].sort((a, b) => order(a) - order(b) || since(b).localeCompare(since(a)));
  return (
    <>
      {worst.error !== undefined && <Failed error={worst.error} retry={worst.reload} />}
      {!worst.data && worst.error === undefined && <Waiting />}
      {worst.data && devices.length === 0 && <p class="quiet">{t('dashboard.all_well')}</p>}
      {devices.length > 0 && (
        <table class="plain-table attention">
          <caption class="hidden">{t('dashboard.attention')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('device.severity')}</th>
              <th scope="col">{t('device.name')}</th>
              <th scope="col" class="roomy">
                {t('device.location')}
              </th>
              <th scope="col">{t('device.error_content')}</th>
              <th scope="col">{t('alert.since')}</th>
            </tr>
          </thead>
          <tbody>
            {devices.slice(0, 12).map((d) => {
              const alert = worstAlert(d.alerts);
              return (
                <tr key={d.id}>
                  <td>
                    <Status family="severity" value={d.severity} />
                  </td>
                  <th scope="row">
                    <a href={`/devices/${d.id}`}>{d.name || d.address}</a>
                  </th>
                  <td class="roomy">{d.location}</td>
                  <td>{alert ? alertText(alert) : ''}</td>
                  <td>
                    <Time value={alert?.since} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {worst.data && worst.data.total > 12 && (
        <p>
          <a href="/devices?f=severity:eq:service&f=severity:eq:error&sort=-severity">{tn('dashboard.all_attention', worst.data.total)}</a>
        </p>
      )}
    </>
  );
}
