// One target of a run: its outcome, what was changed, what happened step by step (TSK-47).
import { useResource } from '../api/resource';
import type { RunTarget } from '../api/types';
import { code, codeWord, t } from '../lib/i18n';
import { elapsed, formatDuration, formatTimeExact } from '../lib/format';
import { Changes } from '../parts/changes';
import { Dialog } from '../parts/dialog';
import { Facts } from '../parts/facts';
import { Pending } from '../parts/message';
import { Status } from '../parts/status';
import { Time } from '../parts/time';

export const targetName = (x: RunTarget) => x.name || x.address || x.device || x.agent || x.id;

// Our words for the code, then what the device or the protocol said.
export function Result({ target }: { target: RunTarget }) {
  const words = target.code ? codeWord('error', target.code) : undefined;
  if (!words && !target.text) {
    return <span class="none">–</span>;
  }
  return (
    <span>
      {[words, target.text].filter(Boolean).join(' — ')}
      {target.code && target.code !== 'ok' && <span class="quiet code-word"> {target.code}</span>}
    </span>
  );
}

function Log({ target }: { target: RunTarget }) {
  const lines = target.log ?? [];
  if (lines.length === 0) {
    return <p class="quiet">{t('target.no_log')}</p>;
  }
  return (
    <ol class="step-log">
      {lines.map((line, n) => {
        const at = new Date(line.at);
        return (
          <li key={n}>
            <time dateTime={at.toISOString()} title={formatTimeExact(at.toISOString())}>
              {at.toLocaleTimeString()}
            </time>
            <Status family="log" value={line.level}>
              {line.text}
              <span class="hidden"> ({code('log', line.level)})</span>
            </Status>
          </li>
        );
      })}
    </ol>
  );
}

export function TargetDialog({ run, id, onClose }: { run: string; id: string; onClose: () => void }) {
  const one = useResource<RunTarget>(`/runs/${run}/targets/${id}`);
  const target = one.data;
  const params = Object.entries(target?.params ?? {});
  return (
    <Dialog title={target ? targetName(target) : t('run.target')} onClose={onClose} wide>
      {!target && <Pending of={[one]} />}
      {target && (
        <>
          <Facts
            facts={[
              { label: t('run.state'), value: <Status family="run" value={target.state} /> },
              { label: t('run.result'), value: <Result target={target} /> },
              { label: t('device.address'), value: target.address, copy: target.address },
              target.device !== null && { label: t('target.device'), value: <a href={`/devices/${target.device}`}>{targetName(target)}</a> },
              { label: t('run.started'), value: target.started ? <Time value={target.started} exact /> : '' },
              { label: t('run.ended'), value: target.ended ? <Time value={target.ended} exact /> : '' },
              target.started && target.ended ? { label: t('run.duration'), value: formatDuration(elapsed(target.started, target.ended, 0)) } : undefined,
              ...params.map(([name, value]) => ({ label: name, value: typeof value === 'object' ? JSON.stringify(value) : String(value) })),
            ]}
          />
          {(target.changes?.length ?? 0) > 0 && (
            <>
              <h3>{t('target.changes')}</h3>
              <Changes changes={target.changes ?? []} label={t('changes.of', { name: targetName(target) })} />
            </>
          )}
          <h3>{t('target.log')}</h3>
          <Log target={target} />
        </>
      )}
    </Dialog>
  );
}
